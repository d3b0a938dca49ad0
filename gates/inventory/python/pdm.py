"""pdm.lock, version 4. A package that is asked for with extras has one more entry for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from gates.core.documents import Table, read_toml
from gates.core.documents.node import quoted
from gates.inventory.package import Artifact, Inventory, Package, canonical
from gates.inventory.python.graph import Need, Needs, Place, certain, edges, trace, without
from gates.inventory.python.manifest import Manifest, read_manifest
from gates.inventory.python.reading import (
    MAX_BYTES,
    address,
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

_VCS = ("git", "hg", "svn", "bzr")


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
        raise lock.error("'metadata' is missing in the lock; write it again with pdm lock")
    version = metadata.text("lock_version")
    if version.partition(".")[0] != "4":
        raise metadata.error(f"version {quoted(version)} of pdm.lock is not known here, only 4 is", "lock_version")
    older_files = metadata.table("files")
    entries = [_entry(table) for table in lock.tables("package")]
    asked = read_manifest(manifest, manifest_path) if manifest is not None else None
    needs = _needs(entries)
    roots = _roots(entries, asked) if asked is not None and asked.wanted else None
    places = trace(needs, roots) if roots is not None else None
    graph, sure = edges(needs, roots or {}), certain(needs, roots or {})
    ids = [(entry.name, entry.version) for entry in entries]
    packages = []
    for index, entry in enumerate(entries):
        package = _package(entry, path, places[index] if places is not None else None, entries, older_files)
        pins, maybe = (
            pinned(ids, (target for target in some if ids[target] != ids[index]))
            for some in (graph.of[index], without(graph.of[index], sure.of[index]))
        )
        packages.append(package._replace(needs=pins, maybe=maybe))
    wanted = {group: pinned(ids, targets) for group, targets in graph.wanted.items()} if roots is not None else None
    return Inventory(path, "pdm.lock", merged(packages), asked.name if asked is not None else "", None, wanted)


def _package(entry: _Entry, path: str, place: Place | None, entries: Sequence[_Entry], older_files: Table | None) -> Package:
    files = _files(entry, older_files)
    return Package(
        "PyPI",
        entry.name,
        entry.version,
        path,
        entry.line,
        groups=_groups(entry.table, place),
        direct=place.direct if place is not None else None,
        chain=tuple(entries[step].name for step in place.chain) if place is not None else (),
        hashes=unique(file.hash for file in files if file.hash),
        source=entry.source,
        files=files,
        conditional="marker" in entry.table,
    )


def _entry(table: Table) -> _Entry:
    source = _source(table)
    version = version_of(table) if "version" in table or not source else ""
    return _Entry(name_of(table), version, source, table.line_of("name"), table)


def _source(table: Table) -> str:
    for vcs in _VCS:
        if vcs in table:
            commit = table.text("revision" if "revision" in table else "ref", "")
            return f"{vcs}+{address(table.text(vcs))}" + (f"@{commit}" if commit else "")
    if "url" in table:
        return address(table.text("url"))
    return table.text("path") if "path" in table else ""


def _groups(table: Table, place: Place | None) -> tuple[str, ...]:
    """Without inherit_metadata the lock does not tell, and a package counts as one of production unless the manifest shows more."""
    if "groups" not in table:
        return place.groups if place is not None else ()
    named = table.texts("groups")
    return () if "default" in named else tuple(map(canonical, named))


def _files(entry: _Entry, older: Table | None) -> tuple[Artifact, ...]:
    tables = entry.table.tables("files")
    if older is not None:
        tables = [*tables, *(file for key in older if canonical(key) == f"{entry.name} {entry.version}" for file in older.tables(key))]
    found = []
    for table in tables:
        written = [leaf(table.text(key)) for key in ("file", "url") if key in table]
        if not entry.source:
            check_files(entry.name, entry.version, written, entry.table.path, entry.line)
        found.append(Artifact(written[0] if written else "", hash_of(table) if "hash" in table else ""))
    return tuple(found)


def _needs(entries: Sequence[_Entry]) -> list[Needs]:
    """An entry for extras stands for itself: what asks for the extras asks for it, and it asks for the plain one."""
    named = _named(entries)
    return [{"": _needs_of(entry.table.texts("dependencies", ()), named)} for entry in entries]


def _needs_of(texts: Sequence[str], named: dict[tuple[str, str], tuple[int, ...]]) -> list[Need]:
    times = Counter(leading(text)[0] for text in texts)
    # Several lines for one name are for several platforms, so that one of them counts on each.
    return [_need(text, named)._replace(marked=";" in text and times[leading(text)[0]] == 1) for text in texts]


def _named(entries: Sequence[_Entry]) -> dict[tuple[str, str], tuple[int, ...]]:
    """By name and extra; "" is the plain entry."""
    named: dict[tuple[str, str], tuple[int, ...]] = {}
    for index, entry in enumerate(entries):
        for extra in entry.table.texts("extras", ()) or ("",):
            key = (entry.name, canonical(extra))
            named[key] = (*named.get(key, ()), index)
    return named


def _need(text: str, named: dict[tuple[str, str], tuple[int, ...]]) -> Need:
    name, extras = leading(text)
    return Need(tuple(target for extra in ("", *extras) for target in named.get((name, extra), ())))


def _roots(entries: Sequence[_Entry], manifest: Manifest) -> Needs:
    named = _named(entries)
    roots: dict[str, list[Need]] = {}
    for item in manifest.wanted:
        if item.origin in ("project", "groups"):
            targets = tuple(target for extra in ("", *item.extras) for target in named.get((item.name, extra), ()))
            roots.setdefault(item.group, []).append(Need(targets))
    return roots
