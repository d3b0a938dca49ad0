"""yarn.lock as yarn 2 to 4 write it: YAML, a table of descriptors (name@range) to what they stand for.

Format: the entries that those versions write, of `__metadata.version` 4 to 10; https://yarnpkg.com/protocols explains the references.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qs, unquote

from gates.core.documents import Node, Table, read_yaml
from gates.core.documents.node import quoted
from gates.inventory.node.graph import Entry, packages, project_needs
from gates.inventory.node.manifest import UNKNOWN, Manifest
from gates.inventory.node.origin import MAX_BYTES, from_registry, is_name, is_version, shown, split
from gates.inventory.package import Inventory

KIND: Final = "yarn.lock"
_VERSIONS: Final = range(4, 11)
_RELOCK: Final = "run yarn install with yarn 4"
_LOCAL_VERSION: Final = "0.0.0-use.local"  # of a folder, whose own version is not recorded
_MOST_PATCHES: Final = 8  # of one package, each on top of another
_MOST_VERSIONS: Final = 100  # of one name, where any of them might be meant


def read(data: bytes, path: str, manifest: Manifest | None) -> Inventory:
    """Checksums are those of the archives that yarn makes itself, not of what the registry serves, and so no hashes of a package.
    What is bundled inside another package's archive is in such a file only if it is named there, and what a manifest does not tell
    counts as running in production.
    """
    document = Table(read_yaml(data, path, max_bytes=MAX_BYTES), path, "the lock file")
    metadata = document.table("__metadata")
    version = metadata.whole("version") if metadata else 0
    if version not in _VERSIONS:
        raise document.error(
            f"version {version} of the lock file is not known, {_VERSIONS[0]} to {_VERSIONS[-1]} are; {_RELOCK}", "__metadata"
        )
    tables = {
        key: Table(node, path, f"the entry {quoted(shown(key))}")
        for key in document
        if key != "__metadata" and (node := document.node(key))
    }
    reader = _Reader(tables)
    entries = {key: reader.entry(key, manifest) for key in tables}
    roots = [key for key, entry in entries.items() if entry.ours]
    root = next((key for key in roots if reader.locators[key].reference == "workspace:."), None)
    wants = None if root is None else tuple(_specifiers(tables[root], "dependencies"))
    name = "" if root is None else reader.locators[root].name
    folders = tuple(sorted(reader.locators[key].reference.removeprefix("workspace:") for key in roots if key != root))
    return Inventory(path, KIND, packages(path, entries, roots), name, wants, project_needs(entries) if roots else None, unnamed=folders)


class _Locator(NamedTuple):
    """`resolution` split in name, reference, and the parameters behind its ::."""

    name: str
    reference: str
    parameters: Mapping[str, list[str]]


class _Origin(NamedTuple):
    name: str
    version: str
    source: str = ""
    patched: str = ""  # the resolution of what a patch is applied to


class _Reader:
    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self.locators = {key: _locator(table.text("resolution"), table) for key, table in tables.items()}
        self._exact: dict[str, str] = {}
        self._named: dict[str, list[str]] = {}
        self._patches: dict[str, list[str]] = {}
        self._resolved: dict[str, str] = {}
        for key, table in tables.items():
            self._resolved[table.text("resolution")] = key
            for descriptor in key.split(", "):
                # A descriptor may be bound to the workspace that it was found in.
                self._exact.setdefault(descriptor, key)
                self._exact.setdefault(descriptor.partition("::")[0], key)
                name = split(descriptor)[0]
                self._named.setdefault(name, []).append(key)
                if self.locators[key].reference.startswith("patch:"):
                    self._patches.setdefault(name, []).append(key)

    def entry(self, key: str, manifest: Manifest | None) -> Entry:
        table, locator = self._tables[key], self.locators[key]
        optional_names = _optional(table)
        wanted = [(name, self._answers(table, name, specifier)) for name, specifier in _specifiers(table, "dependencies")]
        if locator.reference.startswith("workspace:"):
            root = locator.reference == "workspace:."
            return _workspace(table, wanted, optional_names, manifest if root else None)
        origin = _origin(table, locator, table.text("version"))
        if not is_name(origin.name):
            raise table.error(f"{quoted(origin.name)} is no name of a package", "resolution")
        if not origin.source and not is_version(origin.version):
            raise table.error(f"{quoted(origin.version)} is no version of a package of a registry", "version")
        needs = [answer for name, answers in wanted for answer in answers if name not in optional_names]
        if origin.patched in self._resolved:
            needs.append(self._resolved[origin.patched])
        optional = [answer for name, answers in wanted for answer in answers if name in optional_names]
        version = "" if origin.version == _LOCAL_VERSION else origin.version
        return Entry(origin.name, version, table.line, (), shown(origin.source), tuple(needs), tuple(optional))

    def _answers(self, table: Table, name: str, specifier: str) -> tuple[str, ...]:
        """The entry for a range, with those that patch it; any of that name where a resolution or a catalog changed the range."""
        exact = next((key for text in (specifier, f"npm:{specifier}") if (key := self._exact.get(f"{name}@{text}"))), None)
        found = self._named.get(name, []) if exact is None else [exact, *self._patches.get(name, [])]
        if not found:
            raise table.error(f"{quoted(name)} is needed here and not in the lock file; {_RELOCK}")
        if len(found) > _MOST_VERSIONS:
            raise table.error(f"{quoted(name)} is needed here, and which of {len(found)} entries is meant is not told; {_RELOCK}")
        return tuple(dict.fromkeys(found))


def _workspace(table: Table, wanted: list[tuple[str, tuple[str, ...]]], optional: set[str], manifest: Manifest | None) -> Entry:
    dev = set(manifest.dev) - set(manifest.dependencies) - set(manifest.optional) if manifest else set()

    def keys(names: set[str]) -> tuple[str, ...]:
        return tuple(answer for name, answers in wanted if name in names for answer in answers)

    needs = {name for name, _ in wanted} - optional - dev
    return Entry("", "", table.line, (), "", keys(needs), keys(optional - dev), (("dev", keys(dev)),), ours=True)


def _specifiers(table: Table, section: str) -> Iterator[tuple[str, str]]:
    inner = table.table(section)
    for name in inner or ():
        node: Node | None = inner.node(name) if inner else None
        if node is None or isinstance(node.value, dict | list):
            raise table.error(f"the range of {quoted(name)} in {section!r} must be text", section)
        # Older versions do not quote a range such as 1.10, which YAML takes for a number and so loses its last digit.
        yield name, node.value if isinstance(node.value, str) else UNKNOWN


def _optional(table: Table) -> set[str]:
    meta = table.table("dependenciesMeta")
    return {name for name in meta or () if meta and (entry := meta.table(name)) and entry.flag("optional", False)}


def _locator(resolution: str, table: Table) -> _Locator:
    name, reference = split(resolution)
    reference, _, parameters = reference.partition("::")
    if not reference:
        raise table.error("'resolution' must be a name with a reference", "resolution")
    try:
        return _Locator(name, reference, parse_qs(parameters, max_num_fields=20))
    except ValueError:
        raise table.error("'resolution' holds parameters that cannot be read", "resolution") from None


def _origin(table: Table, locator: _Locator, version: str) -> _Origin:
    """A patched package keeps the name and version of what is patched, and with them its advisories."""
    patched = ""
    for _ in range(_MOST_PATCHES):
        if not locator.reference.startswith("patch:"):
            break
        inner = unquote(locator.reference.removeprefix("patch:").partition("#")[0])
        patched = patched or inner
        locator = _locator(inner, table)
    if not locator.reference.startswith("npm:"):
        return _Origin(locator.name, version, locator.reference, patched)
    if locator.reference != f"npm:{version}":
        raise table.error("'version' and 'resolution' name different versions", "version")
    archive = locator.parameters.get("__archiveUrl", [""])[0]
    return _Origin(locator.name, version, "" if not archive or from_registry(archive, locator.name, version) else archive, patched)
