"""From the entries of a lock file to packages: which are wanted directly, by which groups, and by which way the others are reached."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from gates.inventory.package import Artifact, Package

MAX_CHAIN: Final = 50  # packages; real chains have a dozen or two, and a file of nothing but one long chain would fill the memory


class Entry(NamedTuple):
    """One entry of a lock file. `needs`, `optional` and `grouped` are keys of other entries: what it cannot do without, what it can,
    and, for the project's own parts, what only a group such as "dev" wants.

    `ours` is the project itself or a folder of it: no package. `flagged` are the groups that the file itself says, None where they
    are to be found out. `files` and `licence` are as in Package.
    """

    name: str
    version: str
    line: int
    hashes: tuple[str, ...] = ()
    source: str = ""
    needs: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    grouped: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ours: bool = False
    flagged: tuple[str, ...] | None = None
    files: tuple[Artifact, ...] = ()
    licence: str = ""


def packages(path: str, entries: Mapping[str, Entry], roots: Iterable[str]) -> tuple[Package, ...]:
    """One package for each name, version and source, in the order of the entries; several entries of one are told as one.

    Its line is that of the entry that the shortest chain leads to. `roots` are the keys of the project's own parts that run in
    production. Where a file flags a package that one of them cannot do without, the flag is not believed; what nothing reaches
    counts as running in production.
    """
    found: dict[tuple[str, str, str], list[Package]] = {}
    ways = _Ways(entries)
    grouping = _Grouping(entries, tuple(roots))
    ids = _ids(entries)
    for key, entry in entries.items():
        if not entry.ours:
            package = Package(
                "npm",
                entry.name,
                entry.version,
                path,
                entry.line,
                grouping.groups(key),
                ways.direct(key),
                ways.chain(key),
                entry.hashes,
                entry.source,
                _others(ids, (*entry.needs, *entry.optional), ids[key]),
                entry.files,
                entry.licence,
            )
            found.setdefault((entry.name, entry.version, entry.source), []).append(package)
    return tuple(copies[0] if len(copies) == 1 else _merged(copies) for copies in found.values())


def project_needs(entries: Mapping[str, Entry]) -> dict[str, tuple[tuple[str, str], ...]]:
    """For `Inventory.needs`: what the project's own parts want, together. A part that the file flags is itself of those groups alone.

    What a group wants and the file flags as production's counts as production's, as it does for the package itself.
    """
    ids = _ids(entries)
    wanted: dict[str, list[str]] = {"": []}
    for entry in entries.values():
        if entry.ours:
            for group in entry.flagged or ("",):
                wanted.setdefault(group, []).extend(entry.needs)
            for group, keys in (("optional", entry.optional), *entry.grouped):
                for key in keys:
                    flagged = entries[key].flagged if key in entries else None
                    wanted.setdefault("" if flagged == () else group, []).append(key)
    return {group: found for group, keys in wanted.items() if (found := _others(ids, keys)) or not group}


def _ids(entries: Mapping[str, Entry]) -> dict[str, tuple[str, str]]:
    """Without the project's own parts: what they want is wanted anyway."""
    return {key: (entry.name, entry.version) for key, entry in entries.items() if not entry.ours}


def _others(ids: Mapping[str, tuple[str, str]], keys: Iterable[str], own: tuple[str, str] | None = None) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(found for other in keys if (found := ids.get(other)) is not None and found != own))


def _merged(copies: list[Package]) -> Package:
    nearest = min(copies, key=lambda copy: len(copy.chain) or MAX_CHAIN + 1)
    known = [copy.direct for copy in copies if copy.direct is not None]
    # A group says who alone needs it: copies of different groups are needed by either, one without any group by all.
    groups = sorted({group for copy in copies for group in copy.groups}) if all(copy.groups for copy in copies) else ()
    return nearest._replace(
        groups=tuple(groups),
        direct=any(known) if known else None,
        hashes=tuple(dict.fromkeys(digest for copy in copies for digest in copy.hashes)),
        needs=tuple(dict.fromkeys(need for copy in copies for need in copy.needs or ())),
        files=tuple(dict.fromkeys(file for copy in copies for file in copy.files)),
        licence=next((copy.licence for copy in copies if copy.licence), ""),
    )


class _Ways:
    """The shortest way to each entry from what the project's own parts want."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._direct: dict[str, None] = {}
        for entry in entries.values():
            if entry.ours:
                self._direct.update(dict.fromkeys(key for key in _wanted(entry) if not entries[key].ours))
        self._from: dict[str, str] = dict.fromkeys(self._direct, "")
        self._depth = dict.fromkeys(self._direct, 1)
        queue = deque(self._direct)
        while queue:
            key = queue.popleft()
            for other in (*entries[key].needs, *entries[key].optional):
                if other not in self._from and not entries[other].ours:
                    self._from[other] = key
                    self._depth[other] = self._depth[key] + 1
                    queue.append(other)

    def direct(self, key: str) -> bool | None:
        return key in self._direct if key in self._from else None

    def chain(self, key: str) -> tuple[str, ...]:
        """Empty where nothing leads there, or too much does."""
        depth = self._depth.get(key, 0)
        if not 0 < depth <= MAX_CHAIN:
            return ()
        names = []
        for _ in range(depth):
            names.append(self._entries[key].name)
            key = self._from[key]
        return tuple(reversed(names))


class _Grouping:
    def __init__(self, entries: Mapping[str, Entry], roots: tuple[str, ...]) -> None:
        self._entries = entries
        self._required = _reached(entries, roots, optional=False)
        self._production = _reached(entries, roots, optional=True)
        wanted: dict[str, list[str]] = {}
        for entry in entries.values():
            for group, keys in entry.grouped:
                for key in keys:
                    flagged = entries[key].flagged if key in entries else None
                    wanted.setdefault("" if flagged == () else group, []).append(key)
        self._groups = {group: _reached(entries, keys, optional=True) for group, keys in wanted.items()}

    def groups(self, key: str) -> tuple[str, ...]:
        flagged = self._entries[key].flagged
        if key in self._required:
            return tuple(group for group in flagged or () if group == "peer")
        if flagged is not None:
            return flagged
        found = {group for group, reached in self._groups.items() if key in reached}
        if key in self._production:
            found.add("optional")
        return tuple(sorted(found))


def _wanted(entry: Entry) -> Iterable[str]:
    yield from entry.needs
    yield from entry.optional
    for _, keys in entry.grouped:
        yield from keys


def _reached(entries: Mapping[str, Entry], start: Iterable[str], *, optional: bool) -> set[str]:
    reached = set(start)
    queue = list(reached)
    while queue:
        entry = entries[queue.pop()]
        for key in (*entry.needs, *entry.optional) if optional else entry.needs:
            if key not in reached:
                reached.add(key)
                queue.append(key)
    return reached
