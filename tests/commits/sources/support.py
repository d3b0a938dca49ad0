"""What tests of sources ask of a reader."""

from __future__ import annotations

from collections.abc import Iterable

from gates.commits.source import Source


def names(source: Source, *, hidden: bool = False) -> list[str] | None:
    """Without those hidden on purpose, or those alone."""
    return None if source.types is None else [one.name for one in source.types if one.hidden == hidden]


def spelled(source: Source, text: str) -> Iterable[str]:
    """What stands where the source says that its types do, as long as each type's name, without an opening quote."""
    lines = text.replace("\r\n", "\n").split("\n")
    for one in source.types or ():
        place = one.location
        yield lines[place.line - 1][place.column - 1 :].lstrip("'\"`")[: len(one.name)]


def drift(one: Source, other: Source) -> tuple[list[str], list[str]]:
    """The types that only the first has, and that only the other has."""
    first, second = set(names(one) or ()), set(names(other) or ())
    return sorted(first - second), sorted(second - first)
