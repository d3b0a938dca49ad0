"""poetry.lock, versions 1 and 2. Groups stand in version 2.1 and, as a category, before 1.5 of poetry; in between they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gates.core.documents import Table, read_toml
from gates.core.documents.node import quoted
from gates.inventory.package import Artifact, Inventory, Package, canonical
from gates.inventory.python.graph import Need, Needs, Place, certain, edges, trace, without
from gates.inventory.python.manifest import Manifest, admits, pep440, read_manifest
from gates.inventory.python.reading import (
    MAX_BYTES,
    address,
    belongs,
    check_files,
    hash_of,
    leading,
    leaf,
    merged,
    name_of,
    pinned,
    unique,
    version_of,
)

_OTHER_REGISTRY = "legacy"
_UNLOCKED = frozenset({"distribute", "pip", "setuptools", "wheel"})  # which poetry before 1.3 kept out of its locks


class _Entry(NamedTuple):
    name: str
    version: str
    source: str
    line: int
    table: Table


def read(data: bytes, path: str, manifest: bytes | None = None, manifest_path: str = "pyproject.toml") -> Inventory:
    """Which packages are direct, and by which way the others come in, is known with the manifest alone. Raises DocumentError."""
    lock = Table(read_toml(data, path, max_bytes=MAX_BYTES), path, "the lock")
    metadata = lock.table("metadata")
    if metadata is None:
        raise lock.error("'metadata' is missing in the lock; write it again with poetry lock")
    version = metadata.text("lock-version")
    if version.partition(".")[0] not in ("1", "2"):
        raise metadata.error(f"version {quoted(version)} of poetry.lock is not known here, only 1 and 2 are", "lock-version")
    older_files = metadata.table("files")
    entries = [_entry(table) for table in lock.tables("package")]
    needs = _needs(entries, _UNLOCKED if version.startswith("1") else frozenset())
    asked = read_manifest(manifest, manifest_path) if manifest is not None else None
    roots = _roots(entries, asked) if asked is not None and asked.wanted else None
    places = trace(needs, roots) if roots is not None else None
    graph, sure = edges(needs, roots or {}), certain(needs, roots or {})
    ids = [(entry.name, entry.version) for entry in entries]
    files = [_files(entry, older_files) for entry in entries]
    extras = _extras(lock.table("extras"), entries)
    by_extra = trace(needs, extras)
    packages = [
        Package(
            "PyPI",
            entry.name,
            entry.version,
            path,
            entry.line,
            groups=_groups(entry.table, places[index] if places is not None else None, by_extra[index]),
            direct=places[index].direct if places is not None else None,
            chain=tuple(entries[step].name for step in places[index].chain) if places is not None else (),
            hashes=unique(file.hash for file in files[index]),
            source=entry.source,
            needs=pinned(ids, graph.of[index]),
            files=_own(entry, files[index]),
            conditional="markers" in entry.table,
            maybe=pinned(ids, without(graph.of[index], sure.of[index])),
        )
        for index, entry in enumerate(entries)
    ]
    wanted = {group: pinned(ids, targets) for group, targets in graph.wanted.items()} if roots is not None else None
    return Inventory(path, "poetry.lock", merged(packages), asked.name if asked is not None else "", None, wanted)


def _entry(table: Table) -> _Entry:
    return _Entry(name_of(table), version_of(table), _source(table.table("source")), table.line_of("name"), table)


def _source(source: Table | None) -> str:
    if source is None:
        return ""
    kind = source.choice("type", ("git", "url", "file", "directory", _OTHER_REGISTRY))
    where = source.text("url")
    if kind == _OTHER_REGISTRY:
        return ""
    if kind == "git":
        return f"git+{address(where)}@{source.text('resolved_reference' if 'resolved_reference' in source else 'reference')}"
    return address(where)


def _groups(table: Table, place: Place | None, by_extra: Place) -> tuple[str, ...]:
    """What the lock itself says comes first; a package that nothing puts into a group counts as one of production."""
    optional = "optional" in table and table.flag("optional")
    only = by_extra.groups or ("optional",)
    if "groups" in table:
        named = tuple(map(canonical, table.texts("groups")))
        others = tuple(group for group in named if group != "main")
        if "main" in named or not named:
            return unique((*only, *others)) if optional else ()
        return others
    if "category" in table:
        category = table.text("category")
        if category != "main":
            return (category,)
        return only if optional else ()
    if optional:
        return only
    return place.groups if place is not None else ()


def _files(entry: _Entry, older: Table | None) -> tuple[Artifact, ...]:
    """Of an older lock those of all versions of the name, which it keeps together."""
    tables = entry.table.tables("files")
    if older is not None:
        tables = [*tables, *(file for key in older if canonical(key) == entry.name for file in older.tables(key))]
    files = tuple(Artifact(leaf(table.text("file")), hash_of(table)) for table in tables)
    if older is None and not entry.source:
        check_files(entry.name, entry.version, [file.name for file in files], entry.table.path, entry.line)
    return files


def _own(entry: _Entry, files: tuple[Artifact, ...]) -> tuple[Artifact, ...]:
    return tuple(file for file in files if entry.source or belongs(file.name, entry.name, entry.version))


def _needs(entries: Sequence[_Entry], unlocked: frozenset[str]) -> list[Needs]:
    named = _named(entries)
    return [_needs_of(entry, entries, named, unlocked) for entry in entries]


def _named(entries: Sequence[_Entry]) -> dict[str, tuple[int, ...]]:
    named: dict[str, tuple[int, ...]] = {}
    for index, entry in enumerate(entries):
        named[entry.name] = (*named.get(entry.name, ()), index)
    return named


def _needs_of(entry: _Entry, entries: Sequence[_Entry], named: Mapping[str, tuple[int, ...]], unlocked: frozenset[str]) -> Needs:
    """A dependency that only an extra adds is listed among all others and is marked optional; [package.extras] says which extra."""
    found: dict[str, list[Need]] = {"": []}
    offers: dict[str, list[str]] = {}
    extras = entry.table.table("extras")
    if extras is not None:
        for extra in extras:
            for text in extras.texts(extra):
                offers.setdefault(leading(text)[0], []).append(canonical(extra))
    dependencies = entry.table.table("dependencies")
    if dependencies is None:
        return found
    for key in dependencies:
        node = dependencies.node(key)
        if node is None or isinstance(node.value, str):
            variants = []
        elif isinstance(node.value, list):
            variants = dependencies.tables(key)
        else:
            variants = [Table(node, dependencies.path, repr(key))]
        name = canonical(key)
        if name not in unlocked:
            _refuse_unmet(dependencies, key, variants, [entries[target] for target in named.get(name, ())])
        asked = tuple(canonical(extra) for variant in variants for extra in variant.texts("extras", ()))
        optional = bool(variants) and all("optional" in variant and variant.flag("optional") for variant in variants)
        for extra in offers.get(name, []) if optional else [""]:
            found.setdefault(extra, []).append(Need(named.get(name, ()), asked, len(variants) == 1 and "markers" in variants[0]))
    return found


def _refuse_unmet(dependencies: Table, key: str, variants: Sequence[Table], held: Sequence[_Entry]) -> None:
    """What is needed on every platform must be held, in a version that is asked for. Poetry keeps conditions that can never be true."""
    plain = dependencies.node(key)
    if plain is not None and isinstance(plain.value, str):
        constraints = [plain.value]
    else:
        certain = [each for each in variants if not any(mark in each for mark in ("markers", "python", "platform", "optional"))]
        constraints = [each.text("version") if "version" in each else "*" for each in certain]
    if constraints and not held:
        raise dependencies.error(f"{quoted(key)} is needed here and not in the lock; write it again with poetry lock", key)
    if any(entry.source for entry in held):
        return
    for constraint in constraints:
        specifier = pep440(constraint)
        if specifier is not None and not admits(specifier, (entry.version for entry in held)):
            locked = " and ".join(entry.version for entry in held)
            raise dependencies.error(
                f"{quoted(key)} {quoted(constraint)} is needed here and {locked} is in the lock; write it again with poetry lock", key
            )


def _roots(entries: Sequence[_Entry], manifest: Manifest) -> Needs:
    named = _named(entries)
    roots: dict[str, list[Need]] = {}
    for item in manifest.wanted:
        if item.origin != "uv":
            roots.setdefault(item.group, []).append(Need(named.get(item.name, ()), item.extras))
    return roots


def _extras(extras: Table | None, entries: Sequence[_Entry]) -> Needs:
    """Of the project: by extra, what it adds."""
    named = _named(entries)
    if extras is None:
        return {}
    return {canonical(extra): [Need(named.get(leading(text)[0], ())) for text in extras.texts(extra)] for extra in extras}
