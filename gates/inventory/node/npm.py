"""package-lock.json and npm-shrinkwrap.json, as npm 7 and later write them.

Format: https://docs.npmjs.com/cli/configuring-npm/package-lock-json. What npm 11 makes of an entry was read in its own source
(@npmcli/arborist, load-virtual.js and reify.js): an entry without an address is fetched from the registry by name and version,
and a link whose target is missing ends the installation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Final

from gates.core.documents import DocumentError, Table, read_json
from gates.core.documents.node import quoted
from gates.inventory.node.graph import Entry, packages, project_needs
from gates.inventory.node.origin import MAX_BYTES, artifacts, from_registry, hashes, is_name, is_version, shown
from gates.inventory.package import Inventory, Part

_KINDS: Final = ("package-lock.json", "npm-shrinkwrap.json")
_RELOCK: Final = "npm install --package-lock-only --lockfile-version 3"
_SECTIONS: Final = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_LONGEST: Final = 4_096  # characters of an entry's folder
_DEEPEST: Final = 100  # folders


def read(data: bytes, path: str) -> Inventory:
    """Versions 2 and 3; of version 2 the part that npm 7 and later install from. Raises DocumentError."""
    document = Table(read_json(data, path, max_bytes=MAX_BYTES), path, "the lock file")
    _check_version(document)
    locations = document.table("packages")
    if locations is None:
        raise document.error(f"'packages' is missing in the lock file; run {_RELOCK}")
    tables = {location: Table(node, path, f"the entry {quoted(location)}") for location in locations if (node := locations.node(location))}
    _check_complete(document, tables)
    reader = _Reader(tables)
    entries = {location: reader.entry(location, table) for location, table in tables.items() if not reader.is_link(location)}
    roots = [location for location, entry in entries.items() if entry.ours and not entry.flagged]
    kind = PurePosixPath(path).name
    return Inventory(
        path,
        kind if kind in _KINDS else _KINDS[0],
        packages(path, entries, roots),
        _root_name(document, tables),
        tuple(_wants(tables)),
        project_needs(entries),
        parts=_parts(reader, entries, tables),
    )


def _parts(reader: _Reader, entries: Mapping[str, Entry], tables: Mapping[str, Table]) -> tuple[Part, ...]:
    """A member is called what its manifest calls it, which npm writes where the folder is called otherwise; else as the link to it is."""
    ours = [location for location, entry in entries.items() if entry.ours]
    if "" not in ours:
        ours = ["", *ours]
    if ours == [""]:
        return ()
    ids = {location: (entry.name, entry.version) for location, entry in entries.items()}
    for location in ours:
        if table := tables.get(location):
            ids[location] = (table.text("name", "") or reader.name_of(location), table.text("version", ""))
    root = tables.get("")
    members = [location for location in ours if location]
    if root is None or "workspaces" not in root:
        needed = {key for location in ours for key in _all(entries.get(location))}
        members = [location for location in members if location not in needed]
    parts = []
    for location in ours:
        entry = entries.get(location) or Entry("", "", 0, ours=True)
        needs = (*entry.needs, *members) if not location else entry.needs
        grouped = (("", needs), ("optional", entry.optional), *entry.grouped)
        pins = {group: tuple(dict.fromkeys(ids[key] for key in keys if key != location)) for group, keys in grouped if keys}
        name, version = ids.get(location, ("", ""))
        parts.append(Part(name, version, location, entry.line, pins, entry.flagged or ()))
    return tuple(parts)


def _all(entry: Entry | None) -> tuple[str, ...]:
    return (*entry.needs, *entry.optional, *(key for _, keys in entry.grouped for key in keys)) if entry else ()


def _check_version(document: Table) -> None:
    version = document.whole("lockfileVersion", 1)
    if version == 1:
        raise document.error(f"lockfileVersion 1 does not say which file needs what; run {_RELOCK}", "lockfileVersion")
    if version not in (2, 3):
        raise document.error(f"lockfileVersion {version} is not known; 2 and 3 are, so run {_RELOCK}", "lockfileVersion")


def _check_complete(document: Table, tables: Mapping[str, Table]) -> None:
    """Version 2 holds everything twice, for npm 6 under `dependencies`: an empty first half must not hide what stands in the second."""
    legacy = document.table("dependencies")
    if legacy is not None and any(True for _ in legacy) and not any(location for location in tables):
        raise document.error(f"'packages' is empty, 'dependencies' is not; run {_RELOCK}", "packages")


def _root_name(document: Table, tables: Mapping[str, Table]) -> str:
    root = tables.get("")
    return (root.text("name", "") if root else "") or document.text("name", "")


def _wants(tables: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
    if (root := tables.get("")) is not None:
        for section in _SECTIONS:
            yield from _specifiers(root, section).items()


def _specifiers(table: Table, section: str) -> dict[str, str]:
    found: dict[str, str] = {}
    inner = table.table(section)
    for name in inner or ():
        node = inner.node(name) if inner else None
        if node is None or not isinstance(node.value, str):
            raise DocumentError(f"the range of {quoted(name)} in {section!r} must be text", table.path, table.line_of(section))
        found[name] = node.value
    return found


class _Reader:
    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._links: dict[str, str] = {}
        self._installed = {location[: location.rfind("node_modules/") + 13] for location in tables if "node_modules/" in location}
        for location, table in tables.items():
            if len(location) > _LONGEST or location.count("/") > _DEEPEST:
                raise table.error("the folder of an entry is nested deeper than npm can install")
            if table.flag("link", False):
                self._links[location] = self._target(table)

    def is_link(self, location: str) -> bool:
        return location in self._links

    def name_of(self, folder: str) -> str:
        """Of the package that is linked from there, the folder's own where there is no such link."""
        names = (_name_in(location) for location, target in self._links.items() if target == folder)
        return next(filter(None, names), PurePosixPath(folder).name)

    def _target(self, link: Table) -> str:
        node = link.node("resolved")
        if node is None or not isinstance(node.value, str):
            raise link.error("a link must say in 'resolved' which folder it leads to", "resolved")
        target = normpath(node.value) if node.value else ""
        target = "" if target == "." else target
        table = self._tables.get(target)
        if table is None or table.flag("link", False):
            raise link.error(f"the link leads to {quoted(target)}, which is no entry of the lock file; run npm install", "resolved")
        return target

    def entry(self, location: str, table: Table) -> Entry:
        needs, optional, grouped = self._edges(location, table)
        flagged = _flagged(table)
        name = _name_in(location)
        if not name:
            return self._folder(location, table, Entry(location, "", table.line, (), "", needs, optional, grouped, True, flagged))
        name = table.text("name", name)
        version = table.text("version")
        if not is_name(name):
            raise table.error(f"{quoted(name)} is no name of a package")
        resolved = table.text("resolved", "")
        source = "" if not resolved or from_registry(resolved, name, version) else shown(resolved)
        if not source and not is_version(version):
            raise table.error(f"{quoted(version)} is no version of a package of a registry; run npm install", "version")
        digests = _hashes(table)
        files = artifacts(resolved, digests)
        return Entry(name, version, table.line, digests, source, needs, optional, (), False, flagged, files, _licence(table))

    def _folder(self, location: str, table: Table, entry: Entry) -> Entry:
        """A part of the project itself. One that claims an address would be a package in disguise."""
        if "node_modules" in location.split("/"):
            raise table.error(f"{quoted(location)} is no folder that a package is installed to")
        if "resolved" in table or "integrity" in table:
            raise table.error(f"{quoted(location)} is outside node_modules and yet says where it is fetched from; run npm install")
        return entry

    def _edges(self, location: str, table: Table) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
        optional = _specifiers(table, "optionalDependencies")
        needs = [name for name in _specifiers(table, "dependencies") if name not in optional]
        peers = set(_specifiers(table, "peerDependencies"))
        ours = not _name_in(location)
        dev = list(_specifiers(table, "devDependencies")) if ours else []
        # What nothing wants any more, and what came inside another package's archive, may lack what it needs.
        lax = table.flag("extraneous", False) or table.flag("inBundle", False)
        required = peers - _optional_peers(table) if not ours else set()
        lenient = sorted(peers - required)
        wanted = self._keys(location, table, needs, lax) + self._keys(location, table, sorted(required), True)
        if not ours:
            return wanted, self._keys(location, table, [*optional, *lenient], True), ()
        grouped = (("dev", self._keys(location, table, dev, lax)), ("peer", self._keys(location, table, lenient, True)))
        return wanted, self._keys(location, table, list(optional), True), tuple((group, keys) for group, keys in grouped if keys)

    def _keys(self, location: str, table: Table, names: list[str], lax: bool) -> tuple[str, ...]:
        if not names:
            return ()
        keys = []
        folders = list(self._searched(location))
        for name in names:
            found = next((key for folder in folders if (key := folder + name) in self._tables), None)
            if found is not None:
                keys.append(self._links.get(found, found))
            elif not lax:
                raise table.error(f"{quoted(name)} is needed here and not in the lock file; run npm install")
        return tuple(keys)

    def _searched(self, location: str) -> Iterator[str]:
        """The folders of packages that are looked through for what is needed at a place, the nearest first:
        https://nodejs.org/api/modules.html#loading-from-node_modules-folders
        """
        folder = location
        while folder and folder != ".." and not folder.endswith("/.."):
            if (packages := f"{folder}/node_modules/") in self._installed:
                yield packages
            folder = folder.rpartition("/")[0]
        if not folder:
            yield "node_modules/"
        elif (packages := f"{folder}/node_modules/") in self._installed:
            yield packages


def _name_in(location: str) -> str:
    """The name that a folder gives to what is installed there, "" for a folder that is no place for packages."""
    folder, found, name = location.rpartition("node_modules/")
    return name if found and (not folder or folder.endswith("/")) and is_name(name) else ""


def _optional_peers(table: Table) -> set[str]:
    meta = table.table("peerDependenciesMeta")
    return {name for name in meta or () if meta and (entry := meta.table(name)) and entry.flag("optional", False)}


def _flagged(table: Table) -> tuple[str, ...]:
    """`dev` and `optional` together mean: optional to something that only development needs."""
    if table.flag("dev", False):
        return ("dev",)
    if table.flag("devOptional", False):
        return ("dev", "optional")
    return tuple(flag for flag in ("optional", "peer") if table.flag(flag, False))


def _licence(table: Table) -> str:
    """npm copies it from the package unchecked, so anything may stand there; what is no text says nothing."""
    node = table.node("license")
    return node.value.strip() if node is not None and isinstance(node.value, str) else ""


def _hashes(table: Table) -> tuple[str, ...]:
    try:
        return hashes(table.text("integrity", ""))
    except ValueError:
        raise table.error("'integrity' holds no digest that can be read; run npm install", "integrity") from None
