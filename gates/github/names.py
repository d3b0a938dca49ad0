"""The names of a job's checks, one for each leg of its matrix: a job's name with an expression stands for itself, any other has the
leg's values behind it in brackets, and is cut at 100 characters.

White space belongs to a name: nothing is trimmed, and a required context that differs by a space is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Literal, NamedTuple, TypeGuard

from gates.core.documents import DocumentError
from gates.github.emission import Name, Pattern
from gates.github.expressions import (
    UNKNOWN,
    Expression,
    Open,
    Part,
    Unknown,
    Value,
    evaluate,
    fill,
    joined,
    template,
    unavailable,
    written,
)
from gates.github.expressions.syntax import Access, references_of
from gates.github.matrix import Expansion, Hole, Suffix, expand
from gates.github.workflow import Job

MAX_LENGTH = 100
MAX_EVALUATED = 1000  # characters; of a longer name the rest counts as unknown
MAX_VANISHING = 3  # places of a suffix that may turn out empty, before the whole suffix counts as one

_KEPT = MAX_LENGTH - len("...")
_CONTEXTS = frozenset(("github", "inputs", "matrix", "needs", "strategy", "vars"))


class Named(NamedTuple):
    """`names` in the order of the legs, and for each the number of its leg: one that is not wholly known can have several names."""

    names: Sequence[Name]
    legs: Sequence[int]
    expansion: Expansion
    truncated: bool


def match(name: Name, context: str) -> Literal["yes", "maybe", "no"]:
    """A pattern says at most maybe, one of nothing but holes always does: whether that counts is for the caller to say."""
    if isinstance(name, str):
        return "yes" if name == context else "no"
    first, *rest = name.literals
    if not rest:
        return "maybe" if first == context else "no"
    *middle, last = rest
    end = len(context) - len(last)
    if not context.startswith(first) or not context.endswith(last) or len(first) > end:
        return "no"
    position = len(first)
    for literal in middle:
        found = context.find(literal, position, end)
        if found < 0:
            return "no"
        position = found + len(literal)
    return "maybe"


def join(caller: Name | None, callee: Name) -> Name:
    """`caller / callee`; None: it is called by nobody."""
    if caller is None:
        return callee
    if isinstance(caller, str) and isinstance(callee, str):
        return f"{caller} / {callee}"
    before, after = _pattern(caller), _pattern(callee)
    literals = (*before.literals[:-1], f"{before.literals[-1]} / {after.literals[0]}", *after.literals[1:])
    return Pattern(literals, f"{before.shown} / {after.shown}", before.event_data or after.event_data)


def _pattern(name: Name) -> Pattern:
    return Pattern((name,), name) if isinstance(name, str) else name


def raw(job: Job) -> str:
    """What a job is called that was skipped before its matrix was expanded."""
    return job.name if "${{" in job.name else _cut(job.name or job.id)


def unsettled(job: Job) -> Pattern:
    """For a job of which no name can be told: whatever begins like its name up to its first expression."""
    start = job.name.partition("${{")[0] if "${{" in job.name else (job.name or job.id)[:_KEPT]
    return Pattern((start, ""), raw(job))


def named(job: Job, known: Mapping[str, Value], path: str) -> Named:
    """Raises DocumentError where GitHub refuses the name or the matrix."""
    parts = _parts(job, path)
    expansion = expand(job.matrix, known, path)
    if parts is None:
        return _with_suffixes(job.name or job.id, expansion)
    return _evaluated(job, parts, expansion, known)


def leg_contexts(expansion: Expansion, known: Mapping[str, Value]) -> list[dict[str, Value]]:
    """What each leg knows: `matrix` and `strategy` besides what its job does."""
    return [_context(expansion, known, index) for index in range(expansion.legs)]


def _context(expansion: Expansion, known: Mapping[str, Value], index: int) -> dict[str, Value]:
    strategy = {"job-index": index, "job-total": expansion.legs} if expansion.complete and not expansion.maybe else {}
    return {**known, "matrix": expansion.context(index), "strategy": Open({**strategy})}


def _parts(job: Job, path: str) -> tuple[Part, ...] | None:
    if "${{" not in job.name:
        return None
    try:
        parts = template(job.name)
    except ValueError as error:
        raise DocumentError(f"the name of the job {job.id!r}: {error}", path, job.name_line) from None
    for part in parts:
        if not isinstance(part, str) and (missing := unavailable(part, _CONTEXTS)):
            message = f"the name of the job {job.id!r} uses {missing}, which GitHub refuses there; use matrix, inputs or github"
            raise DocumentError(message, path, job.name_line)
    return parts


# Names without an expression


def _with_suffixes(base: str, expansion: Expansion) -> Named:
    suffixes = expansion.suffixes()
    exact = [base + suffix for suffix in suffixes if isinstance(suffix, str)]
    if expansion.maybe or len(exact) < len(suffixes):
        return _collected([_default(base, suffix, index in expansion.maybe) for index, suffix in enumerate(suffixes)], expansion)
    truncated = max(map(len, exact)) > MAX_LENGTH
    return Named(list(map(_cut, exact)) if truncated else exact, range(len(exact)), expansion, truncated)


def _collected(names: Sequence[Sequence[Name]], expansion: Expansion) -> Named:
    flat = [name for of_leg in names for name in of_leg]
    legs = [index for index, of_leg in enumerate(names) for _ in of_leg]
    return Named(flat, legs, expansion, any(_is_cut(name) for name in flat))


def _is_cut(name: Name) -> bool:
    return len(name) == MAX_LENGTH and name.endswith("...") if isinstance(name, str) else False


def _cut(name: str) -> str:
    """As seen on GitHub, for names with and without a matrix: https://github.com/google/mono_repo.dart/issues/535"""
    return name if len(name) <= MAX_LENGTH else f"{name[:_KEPT]}..."


def _default(base: str, suffix: Suffix, maybe: bool) -> list[Name]:
    if isinstance(suffix, str):
        name = _cut(base + suffix)
        return [Pattern((name,), name) if maybe else name]
    shown = f"{base} ({', '.join(map(_shown, suffix))})"
    known = joined([f"{base} (", *(_values(suffix[: _first_hole(suffix)]))])
    assert isinstance(known, str)  # noqa: S101 - for the type checker: it ends before the first hole
    if len(known) > MAX_LENGTH + 1:  # it ends in a comma and a space, where a bracket may stand instead
        name = _cut(known)
        return [Pattern((name,), name) if maybe else name]
    variants = [_variant(base, values) for values in _kept(suffix)]
    names = [Pattern(literals, shown, any(isinstance(one, Hole) and one.value.event_data for one in suffix)) for literals in variants]
    # Nobody knows how long the values are; where they are long the closing bracket is cut off.
    return [*names, names[0]._replace(literals=(known[:_KEPT], "..."))]


def _first_hole(suffix: Sequence[str | Hole]) -> int:
    return next(index for index, one in enumerate(suffix) if isinstance(one, Hole))


def _shown(value: str | Hole) -> str:
    if isinstance(value, str):
        return value
    hole = f"${{{{ matrix.{value.key or '*'} }}}}"
    return hole.join(value.value.literals) if value.value.literals != ("", "") else hole


def _values(values: Iterable[str | Hole]) -> list[str | Unknown]:
    """With a comma behind each."""
    return [part for value in values for part in (value.value if isinstance(value, Hole) else value, ", ")]


def _variant(base: str, values: Sequence[str | Hole]) -> tuple[str, ...]:
    if not values:
        return (base,)
    text = joined([f"{base} (", *_values(values)[:-1], ")"])
    return (text,) if isinstance(text, str) else text.literals


def _kept(suffix: Sequence[str | Hole]) -> list[list[str | Hole]]:
    """The values with and without each place that may turn out empty, all of them first. Holes side by side are one place."""
    places: list[str | Hole] = []
    for value in suffix:
        if not (_vanishes(value) and places and _vanishes(places[-1])):
            places.append(value)
    vanishing = [index for index, value in enumerate(places) if _vanishes(value)]
    if len(vanishing) > MAX_VANISHING:
        return [[Hole(UNKNOWN, "")], []]
    choices = product(*((True, False) if _vanishes(value) else (True,) for value in places))
    return [[value for value, chosen in zip(places, choice, strict=True) if chosen] for choice in choices]


def _vanishes(value: str | Hole) -> bool:
    return isinstance(value, Hole) and not any(value.value.literals)


# Names with an expression


def _evaluated(job: Job, parts: Sequence[Part], expansion: Expansion, known: Mapping[str, Value]) -> Named:
    """No suffix, even where no value of the matrix is used. An empty result falls back to the name of a job without one."""
    texts = _texts(parts, expansion, known)
    exact = [text for text in texts if isinstance(text, str)]
    if not expansion.maybe and len(exact) == len(texts) and all(exact) and max(map(len, exact)) <= MAX_LENGTH:
        return Named(exact, range(len(exact)), expansion, truncated=False)
    names = [
        _of_leg(text, job, suffix, index in expansion.maybe)
        for index, (text, suffix) in enumerate(zip(texts, expansion.suffixes(), strict=True))
    ]
    found = _collected(names, expansion)
    return found._replace(truncated=found.truncated or any(isinstance(text, str) and len(text) > MAX_LENGTH for text in texts))


def _of_leg(text: str | Unknown, job: Job, suffix: Suffix, maybe: bool) -> list[Name]:
    if text == "":
        return _default(job.id, suffix, maybe)
    if isinstance(text, Unknown):
        names: list[Name] = [Pattern(text.literals, job.name, text.event_data)]
        # Where the hole is filled with much, the end may be cut off.
        return names if not text.literals[-1] else [*names, Pattern((text.literals[0][:_KEPT], "..."), job.name, text.event_data)]
    if len(text) > MAX_EVALUATED:
        return [Pattern((text[:_KEPT], ""), _cut(text))]
    if len(text) > MAX_LENGTH:
        # It is known of names without an expression that they are cut, and not known of these: either may report.
        return [Pattern((text,), _cut(text)), Pattern((_cut(text),), _cut(text))]
    return [Pattern((text,), text) if maybe else text]


def _texts(parts: Sequence[Part], expansion: Expansion, known: Mapping[str, Value]) -> list[str | Unknown]:
    """A part is evaluated once for each combination of the values that it reads, since most read one list of several."""
    total = expansion.legs
    if not any(_reads_leg(part) for part in parts):
        return [fill(parts, known)] * total
    columns = [_column(part, expansion, known) if _reads_leg(part) else [fill((part,), known)] * total for part in parts]
    if all(set(map(type, column)) == {str} for column in columns):
        return list(map("".join, zip(*columns, strict=True)))
    return [joined(row) for row in zip(*columns, strict=True)]


def _reads_leg(part: Part) -> TypeGuard[Expression]:
    return not isinstance(part, str) and any(path[0] in ("matrix", "strategy") for path in references_of(part))


def _column(part: Expression, expansion: Expansion, known: Mapping[str, Value]) -> list[str | Unknown]:
    paths = [path for path in references_of(part) if path[0] in ("matrix", "strategy")]
    if any(path[0] == "strategy" or path[1:2] in ((), ("*",)) for path in paths):
        return [written(evaluate(part, context)) for context in leg_contexts(expansion, known)]
    keys = sorted({path[1] for path in paths})
    columns = [expansion.column(key) for key in keys]
    # One list alone, by far the most frequent, needs no pairs.
    places: list[object] = list(map(id, columns[0])) if len(keys) == 1 else list(zip(*(map(id, column) for column in columns), strict=True))
    distinct = dict(zip(places, range(len(places)), strict=True))
    if isinstance(part, Access) and part.root == "matrix" and len(part.steps) == 1:
        texts = {place: written(columns[0][index]) for place, index in distinct.items()}
    else:
        texts = {
            place: written(evaluate(part, {**known, "matrix": {key: column[index] for key, column in zip(keys, columns, strict=True)}}))
            for place, index in distinct.items()
        }
    return list(map(texts.__getitem__, places))
