"""pnpm-lock.yaml of the versions 5.4, 6.0 and 9.0, as pnpm 7 to 12 write them.

Format: https://github.com/pnpm/spec/tree/master/lockfile and https://pnpm.io/lockfile. From pnpm 11 on the file may hold two
documents: what the package manager itself needs, with the config dependencies, and then what the project does.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import normpath
from typing import Final, NamedTuple

from gates.core.documents import DocumentError, Node, Table, read_yamls
from gates.core.documents.node import quoted
from gates.inventory.node.graph import Entry, packages, project_needs
from gates.inventory.node.manifest import UNKNOWN
from gates.inventory.node.origin import MAX_BYTES, artifacts, from_registry, hashes, is_name, is_version, shown, split
from gates.inventory.package import Inventory

_VERSIONS: Final = {"5.4": 5, "6.0": 6, "9.0": 9}
_RELOCK: Final = "run pnpm install --lockfile-only with pnpm 9 or later"
# Of an importer: its section, and the group that alone wants what it names.
_GROUPS: Final = (("devDependencies", "dev"), ("configDependencies", "config"), ("packageManagerDependencies", "package-manager"))
_ENVIRONMENT: Final = frozenset(("configDependencies", "packageManagerDependencies"))


class _Document(NamedTuple):
    entries: dict[str, Entry]
    roots: list[str]
    wants: tuple[tuple[str, str], ...] | None


def read(data: bytes, path: str) -> Inventory:
    """Raises DocumentError. What is bundled inside another package's archive is not in such a file, and so not in the inventory."""
    nodes = read_yamls(data, path, max_bytes=MAX_BYTES)
    if not nodes:
        raise DocumentError(f"the lock file is empty; {_RELOCK}", path)
    tables = [Table(node, path, "the lock file") for node in nodes]
    if len(tables) > 2 or (len(tables) == 2 and not _is_environment(tables[0])):
        raise DocumentError("the lock file holds several YAML documents of which pnpm writes only one; keep that", path, tables[1].line)
    documents = [_Reader(table, f"{number}\n").document() for number, table in enumerate(tables)]
    entries = {key: entry for document in documents for key, entry in document.entries.items()}
    roots = [key for document in documents for key in document.roots]
    folders = tuple(sorted({entries[key].name for key in roots} - {"."}))
    return Inventory(
        path, "pnpm-lock.yaml", packages(path, entries, roots), "", documents[-1].wants, project_needs(entries), unnamed=folders
    )


def _is_environment(table: Table) -> bool:
    importers = table.table("importers")
    return importers is not None and all(
        (importer := importers.table(name)) is not None and set(importer) <= _ENVIRONMENT for name in importers
    )


class _Reader:
    """Of one document; `prefix` keeps its keys apart from those of another."""

    def __init__(self, document: Table, prefix: str) -> None:
        self._document = document
        self._prefix = prefix
        self._path = document.path
        self._version = self._read_version()
        self._packages = _tables(document, "packages")
        # Up to version 6 one table says both what a package is and what it needs.
        self._snapshots = _tables(document, "snapshots") if self._version == 9 else self._packages
        self._importers = _tables(document, "importers")
        if not self._importers and self._version < 9:
            self._importers = {".": document}

    def _read_version(self) -> int:
        node = self._document.node("lockfileVersion")
        text = str(node.value) if node and isinstance(node.value, str | float) else ""
        if text not in _VERSIONS:
            known = ", ".join(_VERSIONS)
            raise self._document.error(f"lockfileVersion {quoted(text)} is not known, {known} are; {_RELOCK}", "lockfileVersion")
        return _VERSIONS[text]

    def document(self) -> _Document:
        entries = {self._importer_key(name): self._importer(name, table) for name, table in self._importers.items()}
        roots = list(entries)
        described = set()
        for key, snapshot in self._snapshots.items():
            base = key if self._version < 9 or key in self._packages else _without_suffix(key)
            table = self._packages.get(base)
            if table is None:
                raise snapshot.error(f"{quoted(shown(key))} is no entry of 'packages'; {_RELOCK}")
            described.add(base)
            entries[self._prefix + key] = self._entry(base, table, snapshot)
        for key, table in self._packages.items():
            if key not in described:
                entries[self._prefix + key] = self._entry(key, table, None)
        return _Document(entries, roots, self._wants())

    def _importer_key(self, name: str) -> str:
        return f"{self._prefix}\n{name}"

    def _importer(self, name: str, table: Table) -> Entry:
        optional = self._keys(table, "optionalDependencies")
        grouped = tuple((group, keys) for section, group in _GROUPS if (keys := self._keys(table, section)))
        return Entry(name, "", table.line, (), "", self._keys(table, "dependencies"), optional, grouped, ours=True)

    def _wants(self) -> tuple[tuple[str, str], ...] | None:
        importer = self._importers.get(".")
        return None if importer is None else tuple(self._specifiers(importer))

    def _specifiers(self, importer: Table) -> Iterator[tuple[str, str]]:
        """What overrides change is written down changed, so that it says nothing of the manifest."""
        overridden = {split(key.rpartition(">")[2])[0] for key in self._document.table("overrides") or ()}
        if (written := importer.table("specifiers")) is not None:
            for name in written:
                yield name, UNKNOWN if name in overridden else _text(written.node(name))
        for section in ("dependencies", "devDependencies", "optionalDependencies"):
            for name, node in _nodes(importer, section):
                if isinstance(node.value, dict):
                    yield name, UNKNOWN if name in overridden else _text(node.value.get("specifier"))

    def _keys(self, table: Table, section: str) -> tuple[str, ...]:
        keys = (self._key(table, name, node) for name, node in _nodes(table, section))
        return tuple(key for key in keys if key)

    def _key(self, table: Table, name: str, node: Node) -> str:
        """The entry that a dependency stands for; "" for a folder that is merely linked to."""
        value = node.value["version"] if isinstance(node.value, dict) and "version" in node.value else node
        reference = value.value
        if not isinstance(reference, str):
            raise DocumentError(f"{quoted(name)} must say which version it stands for; {_RELOCK}", self._path, node.key_line)
        if reference.startswith("link:"):
            return ""
        joined = {5: f"/{name}/{reference}", 6: f"/{name}@{reference}", 9: f"{name}@{reference}"}[self._version]
        for key in (joined, reference):
            if key in self._snapshots:
                return self._prefix + key
        raise DocumentError(f"{quoted(name)} is needed here and not in the lock file; {_RELOCK}", self._path, node.key_line)

    def _entry(self, key: str, table: Table, snapshot: Table | None) -> Entry:
        needs = self._keys(snapshot, "dependencies") if snapshot else ()
        optional = self._keys(snapshot, "optionalDependencies") if snapshot else ()
        resolution = table.table("resolution")
        if resolution is None:
            raise table.error(f"'resolution' is missing in the entry {quoted(shown(key))}; {_RELOCK}")
        if resolution.text("type", "") == "directory" and normpath(resolution.text("directory")) in self._importers:
            return Entry(key, "", table.line, (), "", needs, optional, ours=True)
        name, version, address = self._identity(key, table)
        source = _source(resolution, name, version, address)
        digests = _hashes(resolution)
        files = artifacts(resolution.text("tarball", ""), digests)
        return Entry(name, version, table.line, digests, source, needs, optional, files=files)

    def _identity(self, key: str, table: Table) -> tuple[str, str, str]:
        """Name, version, and where it comes from if the key itself names no version of a registry."""
        name, version = self._key_parts(key)
        address = ""
        if not (is_name(name) and is_version(version)):
            # The key is an address; up to version 6 the name stands beside it.
            name, address = (name, version) if self._version == 9 else ("", key)
            name, version = table.text("name", name), table.text("version", "")
        elif (table.text("name", name), table.text("version", version)) != (name, version):
            raise table.error(f"the entry {quoted(key)} says that it is another package")
        if not is_name(name):
            raise table.error(f"{quoted(shown(key))} holds no name of a package")
        return name, version, address

    def _key_parts(self, key: str) -> tuple[str, str]:
        if self._version == 9:
            return split(key)
        if not key.startswith("/"):
            return "", ""
        if self._version == 6:
            return split(_without_suffix(key[1:]))
        name, _, version = key[1:].rpartition("/")
        return name, version.partition("_")[0]


def _tables(table: Table, section: str) -> dict[str, Table]:
    inner = table.table(section)
    return {key: Table(node, table.path, f"the entry {quoted(shown(key))}") for key in inner or () if inner and (node := inner.node(key))}


def _nodes(table: Table, section: str) -> Iterator[tuple[str, Node]]:
    inner = table.table(section)
    for key in inner or ():
        if inner and (node := inner.node(key)):
            yield key, node


def _text(node: Node | None) -> str:
    return node.value if node and isinstance(node.value, str) else UNKNOWN


def _without_suffix(key: str) -> str:
    """Without the peers, and what else it was resolved with, that stand in parentheses behind it."""
    end = len(key)
    while end and key[end - 1] == ")":
        depth = 0
        for at in range(end - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(key[at], 0)
            if not depth:
                break
        else:
            return key
        end = at
    return key[:end]


def _source(resolution: Table, name: str, version: str, address: str) -> str:
    """ "" for a registry. Without an address, the registry's own is the one that follows from name and version."""
    kind = resolution.text("type", "")
    tarball = resolution.text("tarball", "")
    if kind == "git":
        found = f"git+{resolution.text('repo')}#{resolution.text('commit')}"
    elif kind == "directory":
        found = f"file:{resolution.text('directory')}"
    elif kind or (address and not tarball):
        found = address or kind
    elif tarball and not from_registry(tarball, name, version):
        found = tarball
    elif not tarball and "integrity" not in resolution:
        raise resolution.error(f"the resolution of {quoted(name)} says neither where it comes from nor what it holds; {_RELOCK}")
    else:
        return ""
    return shown(found)


def _hashes(resolution: Table) -> tuple[str, ...]:
    try:
        return hashes(resolution.text("integrity", ""))
    except ValueError:
        raise resolution.error(f"'integrity' holds no digest that can be read; {_RELOCK}", "integrity") from None
