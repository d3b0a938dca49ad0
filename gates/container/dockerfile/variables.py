"""The variables that a stage knows at each of its steps, without a copy for each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from operator import itemgetter

Known = Mapping[str, str | None]  # None: declared, without a value
_Changes = dict[str, list[tuple[int, str | None]]]


class Scope:
    """What is `inherited`, and what has been set since."""

    def __init__(self, inherited: Known) -> None:
        self._inherited = inherited
        self._changes: _Changes = {}
        self._number = 0

    def set(self, name: str, value: str | None) -> None:
        self._changes.setdefault(name, []).append((self._number, value))
        self._number += 1

    def now(self) -> Known:
        """It stays as it is, whatever is set later."""
        return _Variables(self._inherited, self._changes, self._number)


class _Variables(Known):
    __slots__ = ("_changes", "_inherited", "_until")

    def __init__(self, inherited: Known, changes: _Changes, until: int) -> None:
        self._inherited = inherited
        self._changes = changes
        self._until = until

    def __getitem__(self, name: str) -> str | None:
        changes = self._changes.get(name)
        if changes and (at := bisect_left(changes, self._until, key=itemgetter(0))):
            return changes[at - 1][1]
        return self._inherited[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._inherited
        for name, changes in self._changes.items():
            if name not in self._inherited and changes[0][0] < self._until:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))
