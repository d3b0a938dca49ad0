"""The legs of a job's matrix: https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple, TypeAlias

from gates.core.documents import DocumentError, Node
from gates.github import scalars
from gates.github.expressions import UNKNOWN, Open, Unknown, Value, evaluate, fill, same, template, unavailable
from gates.github.expressions.values import folded

MAX_LEGS = 256
MAX_COMBINATIONS = 4096  # of the vectors before anything is excluded
MAX_ENTRIES = 1024  # of include or exclude
_CONTEXTS = frozenset(("github", "inputs", "needs", "strategy", "vars"))

# Only so much of a text can show in a name that is cut; the rest need not be carried along.
_SHOWN = 101


class Hole(NamedTuple):
    """One value of a suffix, or several, or none, that only a run can tell."""

    value: Unknown
    key: str  # of the matrix; "" where even that is not known


Suffix: TypeAlias = "str | tuple[str | Hole, ...]"  # " (linux, 3.1)" as it stands in the name, or the values


class Expansion(NamedTuple):
    """`suffixes` gives one for each leg, in GitHub's order; `context` the `matrix` context of the leg of that number; `column` what
    one key of it is for every leg, null where it is missing.

    `maybe` are legs of which only a run tells whether there are any. `complete`: no leg stands for a number of them.
    """

    legs: int
    suffixes: Callable[[], Sequence[Suffix]]
    context: Callable[[int], Value]
    column: Callable[[str], Sequence[Value]]
    maybe: frozenset[int] = frozenset()
    complete: bool = True


SINGLE = Expansion(1, lambda: ("",), lambda index: {}, lambda key: (None,))
_ANY = Expansion(1, lambda: ((Hole(UNKNOWN, ""),),), lambda index: UNKNOWN, lambda key: (UNKNOWN,), frozenset((0,)), complete=False)


class _Entries(NamedTuple):
    """What include or exclude lists, as far as it is known."""

    items: Sequence[dict[str, Value]]
    complete: bool


class _Vector:
    """One list of the matrix. One that is wholly unknown has the one value UNKNOWN."""

    def __init__(self, values: Sequence[Value], dynamic: bool = False) -> None:
        self.values = values
        self.dynamic = dynamic
        self._texts: dict[str, list[int]] | None = None

    def places(self, wanted: Value) -> tuple[Sequence[int], Sequence[int]]:
        """The numbers of the values that certainly are what an entry names, and of those that may be, the certain ones included."""
        if isinstance(wanted, str) and (texts := self._by_text()) is not None:
            found = texts.get(folded(wanted), [])
            return found, found
        answers = [_matches(wanted, value) for value in self.values]
        certain = [index for index, answer in enumerate(answers) if answer]
        return certain, [index for index, answer in enumerate(answers) if answer is not False] if None in answers else certain

    def _by_text(self) -> dict[str, list[int]] | None:
        """None where not every value is text."""
        if self._texts is None and set(map(type, self.values)) == {str}:
            self._texts = {}
            for index, value in enumerate(self.values):
                self._texts.setdefault(folded(str(value)), []).append(index)
        return self._texts


class _Matrix(NamedTuple):
    vectors: Mapping[str, _Vector]
    include: _Entries
    exclude: _Entries


class _Legs(NamedTuple):
    """Those of the vectors by their places in the product before anything is excluded, what include adds to them, and its own."""

    matrix: _Matrix
    alive: Sequence[int]
    extras: Mapping[int, dict[str, Value]]  # by the same places
    added: Sequence[dict[str, Value]]

    def suffixes(self) -> list[Suffix]:
        others = [] if self.matrix.include.complete else [(Hole(UNKNOWN, ""),)]
        return [*_suffixes(self.matrix.vectors, self.alive), *map(_suffix, self.added), *others]

    def context(self, index: int) -> Value:
        if index >= len(self.alive):
            return self.added[index - len(self.alive)] if index < len(self.alive) + len(self.added) else UNKNOWN
        number = self.alive[index]
        context: dict[str, Value] = {}
        for key, vector in reversed(tuple(self.matrix.vectors.items())):
            number, place = divmod(number, len(vector.values))
            context[key] = vector.values[place]
        context = dict(reversed(context.items())) | self.extras.get(self.alive[index], {})
        return context if self.matrix.include.complete else Open(context)

    def column(self, key: str) -> Sequence[Value]:
        name = _vector(self.matrix.vectors, key)
        values = [_item(self.extras.get(number, {}), key) for number in self.alive] if name is None else self._repeated(name)
        values += [_item(item, key) for item in self.added]
        return values if self.matrix.include.complete else [*values, UNKNOWN]

    def _repeated(self, name: str) -> list[Value]:
        sizes = [len(vector.values) for vector in self.matrix.vectors.values()]
        place = list(self.matrix.vectors).index(name)
        before, after = math.prod(sizes[:place]), math.prod(sizes[place + 1 :])
        whole = [value for value in self.matrix.vectors[name].values for _ in range(after)] * before
        return whole if len(whole) == len(self.alive) else [whole[number] for number in self.alive]


def expand(matrix: Node | None, known: Mapping[str, Value], path: str) -> Expansion:
    """A job without a matrix has one leg. Raises DocumentError for what GitHub refuses, and for more than MAX_LEGS legs."""
    if matrix is None:
        return SINGLE
    read = _read(matrix, known, path)
    if read is None:
        return _ANY
    line = matrix.key_line or matrix.line
    alive, maybe = _combined(read, path, line)
    expansion = _included(read, alive, maybe)
    legs = expansion.legs - len(expansion.maybe)
    if legs > MAX_LEGS:
        raise DocumentError(f"the matrix has {legs} legs, and GitHub runs at most {MAX_LEGS}; split the job", path, line)
    if not expansion.legs:
        raise DocumentError("the matrix has no leg left; drop an entry of 'exclude', or the job", path, line)
    return expansion


# Reading


def _read(matrix: Node, known: Mapping[str, Value], path: str) -> _Matrix | None:
    """None: nothing is known of it."""
    line = matrix.key_line or matrix.line
    if isinstance(matrix.value, dict):
        if any("${{" in key for key in matrix.value):
            return None
        table = {key: resolve(node, known, path) for key, node in matrix.value.items()}
        lines = {key: node.key_line or node.line for key, node in matrix.value.items()}
    else:
        value = resolve(matrix, known, path)
        if isinstance(value, Unknown):
            return None
        if not isinstance(value, dict):
            raise DocumentError("the matrix must be a mapping of lists; GitHub refuses anything else", path, line)
        table, lines = value, {}
    vectors: dict[str, _Vector] = {}
    for key, value in table.items():
        if key in ("include", "exclude"):
            continue
        where = lines.get(key, line)
        if isinstance(value, Unknown):
            vectors[key] = _Vector([UNKNOWN._replace(event_data=value.event_data)], dynamic=True)
        elif not isinstance(value, list):
            raise DocumentError(f"{key!r} of the matrix must be a list; GitHub refuses anything else", path, where)
        elif not value:
            raise DocumentError(f"{key!r} of the matrix is an empty list, which GitHub refuses; give it a value or drop it", path, where)
        else:
            vectors[key] = _Vector(value)
    entries = {key: _entries(key, table.get(key), path, lines.get(key, line)) for key in ("include", "exclude")}
    if not vectors and not entries["include"].items and entries["include"].complete:
        raise DocumentError("the matrix is empty, which GitHub refuses; give it a list of values, or drop it", path, line)
    for item in entries["exclude"].items:
        for key in item:
            if _vector(vectors, key) is None:
                message = f"'exclude' names {key!r}, and the matrix has no such list, so GitHub refuses it; drop the key"
                raise DocumentError(message, path, lines.get("exclude", line))
    return _Matrix(vectors, entries["include"], entries["exclude"])


def _entries(key: str, value: Value, path: str, line: int) -> _Entries:
    if value is None:
        return _Entries((), complete=True)
    if isinstance(value, Unknown):
        return _Entries((), complete=False)
    if not isinstance(value, list) or not all(isinstance(item, dict | Unknown) for item in value):
        raise DocumentError(f"{key!r} of the matrix must be a list of mappings; GitHub refuses anything else", path, line)
    if len(value) > MAX_ENTRIES:
        raise DocumentError(f"{key!r} of the matrix has more than {MAX_ENTRIES} entries; split the job", path, line)
    items = [item for item in value if isinstance(item, dict)]
    return _Entries(items, complete=len(items) == len(value))


def resolve(node: Node, known: Mapping[str, Value], path: str, contexts: frozenset[str] = _CONTEXTS) -> Value:
    """The value with its expressions evaluated; a text that is one expression alone becomes whatever that is. Raises DocumentError."""
    if not isinstance(node.value, str):
        if isinstance(node.value, dict):
            return {key: resolve(item, known, path, contexts) for key, item in node.value.items()}
        if isinstance(node.value, list):
            return [resolve(item, known, path, contexts) for item in node.value]
        return node.value if isinstance(node.value, int | float | None) else scalars.text(node.value)
    if "${{" not in node.value:
        return node.value
    try:
        parts = template(node.value)
    except ValueError as error:
        raise DocumentError(str(error), path, node.line) from None
    for part in parts:
        if not isinstance(part, str) and (missing := unavailable(part, contexts)):
            raise DocumentError(f"{missing} is not available here, and GitHub refuses the workflow; use another", path, node.line)
    return evaluate(parts[0], known) if len(parts) == 1 and not isinstance(parts[0], str) else fill(parts, known)


def _vector(vectors: Mapping[str, _Vector], key: str) -> str | None:
    """The key as the matrix writes it: GitHub looks it up whatever its case."""
    if key in vectors:
        return key
    wanted = folded(key)
    return next((name for name in vectors if folded(name) == wanted), None)


def _split(vectors: Mapping[str, _Vector], item: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """An entry's values for the vectors, under the names that those have, and the others."""
    wanted: dict[str, Value] = {}
    more: dict[str, Value] = {}
    for key, value in item.items():
        if (name := _vector(vectors, key)) is None:
            more[key] = value
        else:
            wanted[name] = value
    return wanted, more


# The legs of the vectors, as numbers: their places in the product before anything is excluded


def _combined(matrix: _Matrix, path: str, line: int) -> tuple[list[int], set[int]]:
    """Those that are left after `exclude`, and which of them only a run tells to be."""
    total = math.prod(len(vector.values) for vector in matrix.vectors.values()) if matrix.vectors else 0
    excluding = bool(matrix.exclude.items) or not matrix.exclude.complete
    if total > (MAX_COMBINATIONS if excluding else MAX_LEGS):
        raise DocumentError(f"the matrix has {total} combinations, and GitHub runs at most {MAX_LEGS}; split the job", path, line)
    excluded: set[int] = set()
    maybe: set[int] = set()
    for item in matrix.exclude.items:
        if item:
            certain, possible = _matched(matrix.vectors, _split(matrix.vectors, item)[0])
            excluded.update(certain)
            maybe.update(possible)
    alive = [number for number in range(total) if number not in excluded]
    return alive, set(alive) & maybe if matrix.exclude.complete else set(alive)


def _matched(vectors: Mapping[str, _Vector], wanted: Mapping[str, Value]) -> tuple[set[int], set[int]]:
    """The legs that have these values for certain, and those that may have them besides."""
    certain: list[Sequence[int]] = []
    possible: list[Sequence[int]] = []
    for key, vector in vectors.items():
        places = vector.places(wanted[key]) if key in wanted else (range(len(vector.values)),) * 2
        certain.append(places[0])
        possible.append(places[1])
    sizes = [len(vector.values) for vector in vectors.values()]
    sure = _numbers(sizes, certain)
    return sure, _numbers(sizes, possible) - sure if possible != certain else set()


def _numbers(sizes: Sequence[int], chosen: Sequence[Sequence[int]]) -> set[int]:
    numbers = [0]
    for size, indices in zip(sizes, chosen, strict=True):
        numbers = [number * size + index for number in numbers for index in indices]
    return set(numbers)


def _matches(wanted: Value, value: Value) -> bool | None:
    """Part by part where the entry has a mapping or a list; what the leg does not have counts as null."""
    if isinstance(wanted, dict | list):
        if isinstance(value, Unknown):
            return None
        pairs = list(wanted.items()) if isinstance(wanted, dict) else list(enumerate(wanted))
        answers = [_matches(part, _part(value, key)) for key, part in pairs]
        return False if False in answers else None if None in answers else True
    return same(value, wanted)


def _part(value: Value, key: str | int) -> Value:
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if key < len(value) else None
    if isinstance(value, dict) and isinstance(key, str):
        return _item(value, key)
    return None


def _item(table: Mapping[str, Value], key: str) -> Value:
    if key in table:
        return table[key]
    wanted = folded(key)
    return next((value for name, value in table.items() if folded(name) == wanted), None)


# Extending and adding legs


def _included(matrix: _Matrix, alive: list[int], maybe: set[int]) -> Expansion:
    extras: dict[int, dict[str, Value]] = {}
    added: list[dict[str, Value]] = []
    uncertain: list[int] = []  # of those added
    living = set(alive)
    for item in matrix.include.items:
        wanted, more = _split(matrix.vectors, item)
        certain, possible = _matched(matrix.vectors, wanted) if matrix.vectors else (set(), set())
        certain, possible = certain & living, possible & living
        for number in certain:
            extras.setdefault(number, {}).update(more)
        for number in possible:
            extras.setdefault(number, {}).update(dict.fromkeys(more, UNKNOWN))
        if not certain:
            if possible:
                uncertain.append(len(added))
            added.append(wanted | more)
    unsure = {index for index, number in enumerate(alive) if number in maybe} if maybe else set()
    unsure |= {len(alive) + index for index in uncertain}
    complete = matrix.include.complete and not any(vector.dynamic for vector in matrix.vectors.values())
    legs = _Legs(matrix, alive, extras, added)
    total = len(alive) + len(added)
    if not matrix.include.complete:
        unsure.add(total)
        total += 1
    return Expansion(total, legs.suffixes, legs.context, legs.column, frozenset(unsure), complete)


# Suffixes


def _suffixes(vectors: Mapping[str, _Vector], alive: Sequence[int]) -> list[Suffix]:
    if not alive:
        return []
    columns = [[_shown(key, value) for value in vector.values] for key, vector in vectors.items()]
    texts = [[shown for shown in column if isinstance(shown, str) and shown] for column in columns]
    if texts == columns:
        whole: list[Suffix] = [f" ({joined})" for joined in map(", ".join, product(*texts))]
    else:
        whole = [_assembled(combination) for combination in product(*columns)]
    return whole if len(alive) == len(whole) else [whole[number] for number in alive]


def _suffix(leg: Mapping[str, Value]) -> Suffix:
    return _assembled([_shown(key, value) for key, value in leg.items()])


def _assembled(values: Sequence[Suffix]) -> Suffix:
    flat = [one for value in values for one in ((value,) if isinstance(value, str) else value) if one]
    if any(isinstance(one, Hole) for one in flat):
        return tuple(flat)
    return f" ({', '.join(map(str, flat))})" if flat else ""


def _shown(key: str, value: Value) -> Suffix:
    """The values inside it, depth first, without those that are empty."""
    if isinstance(value, str):
        return value[:_SHOWN]
    flat: list[str | Hole] = []
    length = 0
    for leaf in _leaves(value):
        if isinstance(leaf, Unknown):
            flat.append(Hole(leaf, key))
        elif text := scalars.text(leaf)[:_SHOWN]:
            flat.append(text)
            length += len(text)
            if length > _SHOWN:
                break
    return tuple(flat) if any(isinstance(one, Hole) for one in flat) else ", ".join(map(str, flat))


def _leaves(value: Value) -> Iterator[bool | int | float | str | Unknown | None]:
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _leaves(member)
    elif isinstance(value, Open):
        yield UNKNOWN
    else:
        yield value
