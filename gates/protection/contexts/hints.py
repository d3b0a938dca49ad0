"""What a required context that nothing reports was probably meant to be."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple

from gates.github.emission import Emission
from gates.protection.contexts.findings import listed, shown

_CUTOFF: Final = 0.7  # of difflib's ratio: "test" and "tests" are 0.89, "lint" and "build" 0.44
_MOST_COMPARED: Final = 2_000  # names; a comparison takes some 20 µs
_MOST_LEGS: Final = 64
_DASHES: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_EVENTS: Final = ("(pull_request)", "(pull_request_target)", "(push)", "(merge_group)")


class Hint(NamedTuple):
    """`replacement`: the name that was certainly meant; "" where that is a guess."""

    text: str
    replacement: str = ""


NONE: Final = Hint("")


class Names(NamedTuple):
    """What is reported on pull requests into a branch, made ready to be searched."""

    emissions: Sequence[Emission]
    all: Mapping[str, Emission]
    lowered: Mapping[str, str]  # by the name in lower case; of several that differ by that alone, the last
    folded: Mapping[str, list[str]]  # by what it looks like: the names that `lowered` cannot hold, as these are few
    bases: Mapping[str, list[str]]  # without the values of a matrix
    parts: Mapping[str, list[str]]  # by what one of them starts with before a " / ", and ends with behind it


def names(emissions: Sequence[Emission]) -> Names:
    everything: dict[str, Emission] = {}
    for emission in emissions:
        everything.update((name, emission) for name in emission.names if isinstance(name, str))
    lowered = dict(zip(map(str.lower, everything), everything, strict=True))
    crowded = len(lowered) < len(everything)
    folded: dict[str, list[str]] = {}
    bases: dict[str, list[str]] = {}
    parts: dict[str, list[str]] = {}
    for name in everything:
        if crowded or not name.isascii() or "  " in name or name[:1] == " " or name[-1:] == " ":
            folded.setdefault(_fold(name), []).append(name)
        bases.setdefault(name.partition(" (")[0] if name.endswith(")") else name, []).append(name)
        if " / " in name:
            for part in _parts(name):
                parts.setdefault(part, []).append(name)
    return Names(emissions, everything, lowered, folded, bases, parts)


def _parts(name: str) -> Iterator[str]:
    pieces = name.split(" / ")
    for cut in range(1, len(pieces)):
        yield f"{' / '.join(pieces[:cut])} / "
        yield f" / {' / '.join(pieces[cut:])}"


def hint(context: str, reported: Names, required: Collection[str], *, guess: bool = True) -> Hint:
    """The first explanation that fits. A replacement is never a name that is required already: then one of the two was forgotten.
    To `guess` by what is written alike is slow where there are many names.
    """
    for explain in (_lookalike, _workflow, _job_id, _caller, _matrix, *([_nearest] if guess else [])):
        found = explain(context, reported)
        if found.text:
            return found._replace(replacement="") if found.replacement in required else found
    return NONE


def lookalike(context: str, reported: Names) -> str:
    """What is said where a job's name, or its id, is the same text but for case and the like; "" where none is."""
    named = _lookalike(context, reported).text
    ids = sorted({emission.job.id for emission in reported.emissions if emission.job.id.casefold() == context.casefold()})
    return named or (f"a job has the id {listed(ids)}" if ids else "")


def _one(candidates: Iterable[str]) -> str:
    found = set(candidates)
    return found.pop() if len(found) == 1 else ""


# What looks the same


def _lookalike(context: str, reported: Names) -> Hint:
    fold = _fold(context)
    candidates = sorted({*reported.folded.get(fold, ()), *([reported.lowered[fold]] if fold in reported.lowered else [])})
    if not candidates:
        return NONE
    name = candidates[0]
    return Hint(f"{_difference(context, name)}: the job reports {listed(candidates)}", _one(candidates))


def _difference(context: str, name: str) -> str:
    if context.casefold() == name.casefold():
        return "it differs only in upper and lower case"
    for one, whose in ((context, "it"), (name, "the job's name")):
        odd = sorted({unicodedata.name(char, "a character without a name").lower() for char in one if not char.isascii() and _plain(char)})
        if odd:
            return f"{whose} holds {', '.join(odd)} instead of a plain character"
    if context.strip() == name:
        return "it has a space at its start or end"
    return "it differs only in spaces"


def _plain(char: str) -> bool:
    """Whether the character is an odd way to write an ordinary one."""
    return _fold(f"x{char}x") != f"x{char}x".casefold()


def _fold(name: str) -> str:
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name).translate(_DASHES)
        name = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return " ".join(name.split()).casefold()


# The name of a workflow, which the pages of GitHub show before the job's


def _workflow(context: str, reported: Names) -> Hint:
    plain = next((context.removesuffix(event).rstrip() for event in _EVENTS if context.endswith(f" {event}")), context)
    inside: list[str] = []
    prefixes: set[str] = set()
    for emission in reported.emissions:
        workflow = emission.workflow
        if workflow.name and context == workflow.name:
            inside += _exact(emission)
        prefixes.update(title for title in (workflow.name, workflow.path.rpartition("/")[2].rpartition(".")[0]) if title)
    rests = [plain.removeprefix(f"{title} / ") for title in prefixes if plain.startswith(f"{title} / ")]
    found = [rest for rest in (*rests, plain) if rest != context and rest in reported.all]
    if found:
        return Hint(f"the name of the workflow or event is no part of it: the job reports {listed(sorted(set(found)))}", _one(found))
    if inside:
        return Hint(f"it is the name of a workflow; its jobs report {listed(sorted(set(inside)))}", _one(inside))
    return NONE


def _exact(emission: Emission) -> Iterator[str]:
    return (name for name in emission.names if isinstance(name, str))


# The id of a job that has a name


def _job_id(context: str, reported: Names) -> Hint:
    base, values = _split(context)
    if base in reported.bases:
        return NONE  # the job is called so too
    found: list[str] = []
    every: list[str] = []
    for emission in reported.emissions:
        if emission.job.id != base or not emission.job.name:
            continue
        exact = list(_exact(emission))
        every += exact or [name.shown for name in emission.names if not isinstance(name, str)]
        found += [name for name in exact if _split(name)[1] == values]
    if not every:
        return NONE
    return Hint(f"it is the id of a job that has a name, and reports {listed(sorted(set(found or every)))}", _one(found))


# One part of `caller / callee`


def _caller(context: str, reported: Names) -> Hint:
    ends = sorted(reported.parts.get(f" / {context}", ()))
    if ends:
        return Hint(f"it lost the name of the job that calls its workflow: {listed(ends)} is reported", _one(ends))
    starts = sorted(reported.parts.get(f"{context} / ", ()))
    if starts:
        return Hint(f"a job that calls a workflow reports no check of its own, but {listed(starts)}", _one(starts))
    for emission in reported.emissions:
        if emission.via and emission.via[0].job.id == context:
            under = sorted(set(_exact(emission)))
            return Hint(f"it is the id of a job that calls a workflow, and reports {listed(under)}" if under else "it calls a workflow")
    last = context.rpartition(" / ")[2]
    if last != context and last in reported.all:
        return Hint(f"no job calls it under that name: {shown(last)} is reported")
    return NONE


# The values of a matrix


def _matrix(context: str, reported: Names) -> Hint:
    base, values = _split(context)
    legs = sorted(name for name in reported.bases.get(base, ()) if name == base or reported.all[name].job.matrix is not None)
    if not legs:
        return NONE
    if not values:
        return Hint(f"the job has a matrix, and reports one check for each leg: {listed(legs)}", _one(legs))
    if legs == [base]:
        return Hint(f"the job has no matrix, and reports {shown(base)}", base)
    ordered = sorted(values)
    same = [leg for leg in legs if sorted(_split(leg)[1]) == ordered]
    if same:
        return Hint(f"the values of a matrix come in the order of its keys: {listed(same)} is reported", _one(same))
    plain = [_number(value) for value in values]
    written = [leg for leg in legs if [_number(value) for value in _split(leg)[1]] == plain]
    if written:
        text = (
            f"a number loses the zeros at its end and a boolean its capitals: {listed(written)} is reported; quote the value in the matrix"
        )
        return Hint(text)  # the matrix is what should change
    longer = [leg for leg in legs if set(values) < set(_split(leg)[1])]
    shorter = [leg for leg in legs if set(_split(leg)[1]) < set(values)]
    if longer or shorter:
        return Hint(f"the matrix has {'more' if longer else 'fewer'} keys: {listed(longer or shorter)} is reported")
    return Hint(f"the matrix has no such leg: {listed(legs)} is reported")


def _split(name: str) -> tuple[str, tuple[str, ...]]:
    """`test (3.11, linux)` as its base and its values."""
    if not name.endswith(")"):
        return name, ()
    base, bracket, values = name[:-1].partition(" (")
    return (base, tuple(values.split(", "))) if bracket else (name, ())


def _number(value: str) -> str:
    try:
        return str(float(value))
    except ValueError:
        return value.lower() if value.lower() in ("true", "false") else value


# What is written alike


def _nearest(context: str, reported: Names) -> Hint:
    """Names of the same base count before all others, so that a large matrix costs no more than a small one."""
    base = _split(context)[0]
    alike = [other for other in reported.bases if abs(len(other) - len(base)) <= len(base)]
    close = get_close_matches(base, sorted(alike)[:_MOST_COMPARED], 1, _CUTOFF)
    if not close:
        return NONE
    name = get_close_matches(context, sorted(reported.bases[close[0]])[:_MOST_LEGS], 1, 0.0)[0]
    job = reported.all[name].job
    source = reported.all[name].source
    return Hint(f"the nearest name that is reported is {shown(name)} ({source}:{job.line})")
