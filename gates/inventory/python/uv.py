"""uv.lock, of projects, workspaces and scripts. Format: version 1; a new `revision` may add keys and changes no old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gates.core.documents import DocumentError, Node, Table, read_toml
from gates.inventory.package import Artifact, Inventory, Package, Part
from gates.inventory.python.graph import Need, Needs, certain, edges, trace, without
from gates.inventory.python.reading import MAX_BYTES, address, check_files, hash_of, is_here, leaf, name_of, pinned, unique, version_of

_LOCAL = ("virtual", "editable", "directory")  # folders; their version may be absent, because it is made when they are built
_GROUPED = ("optional-dependencies", "dev-dependencies", "dependency-groups")
_SOURCES = ("registry", "git", "url", "path", *_LOCAL)


class _Entry(NamedTuple):
    name: str
    version: str
    kind: str  # one of _SOURCES
    source: str  # as written
    line: int
    table: Table


def read(data: bytes, path: str) -> Inventory:
    """The projects of a workspace are its roots, no packages of it. Raises DocumentError."""
    lock = Table(read_toml(data, path, max_bytes=MAX_BYTES), path, "the lock")
    version = lock.whole("version")
    if version != 1:
        raise lock.error(f"version {version} of uv.lock is not known here, only version 1 is", "version")
    if "distribution" in lock:
        raise lock.error("the lock is of a uv before 0.3; write it again with uv lock", "distribution")
    entries = [_entry(table) for table in lock.tables("package")]
    _refuse_twins(entries, path)
    manifest = lock.table("manifest") or Table(Node({}, lock.line, 1), path)
    members = frozenset(manifest.texts("members", ()))
    roots = frozenset(index for index, entry in enumerate(entries) if _is_root(entry, members))
    book = _Book(entries)
    needs = [book.needs(entry) for entry in entries]
    wanted = _wanted(book, entries, roots, manifest)
    places = trace(needs, wanted, roots)
    graph, sure = edges(needs, wanted, roots), certain(needs, wanted, roots)
    ids = [(entry.name, entry.version) for entry in entries]
    files = [_files(entry) for entry in entries]
    packages = tuple(
        Package(
            "PyPI",
            entry.name,
            entry.version,
            path,
            entry.line,
            groups=place.groups,
            direct=place.direct,
            chain=tuple(entries[step].name for step in place.chain),
            hashes=unique(file.hash for file in files[index] if file.hash),
            source=_shown(entry),
            needs=pinned(ids, graph.of[index]),
            files=files[index],
            maybe=pinned(ids, without(graph.of[index], sure.of[index])),
        )
        for index, (entry, place) in enumerate(zip(entries, places, strict=True))
        if index not in roots
    )
    main = _main([entries[index] for index in sorted(roots)])
    asked = {group: pinned(ids, targets) for group, targets in graph.wanted.items()}
    maybe = {group: pinned(ids, without(targets, sure.wanted[group])) for group, targets in graph.wanted.items()}
    parts = _parts(book, entries, roots, manifest, edges(needs, wanted).of, main)
    return Inventory(path, "uv.lock", packages, main.name if main else "", _declared(main, manifest), asked, maybe, parts)


def _parts(
    book: _Book, entries: Sequence[_Entry], roots: frozenset[int], manifest: Table, of: Sequence[tuple[int, ...]], main: _Entry | None
) -> tuple[Part, ...]:
    """`of` has the edges of each entry. The project is what leads to all members, whether or not it needs them."""
    members = [index for index in sorted(roots) if entries[index] is not main]
    if not members:
        return ()
    ids = [(entry.name, entry.version) for entry in entries]

    def pins(needs: Iterable[Need]) -> tuple[tuple[str, str], ...]:
        return pinned(ids, (target for need in needs for target in need.targets))

    own = {"": pins(book.of(manifest, "requirements"))}
    own |= {group: pins(needs) for group, needs in book.grouped(manifest, "dependency-groups").items()}
    parts = []
    for index in sorted(roots):
        entry = entries[index]
        needs = {"": pinned(ids, of[index])}
        for key in _GROUPED:
            for group, some in book.grouped(entry.table, key).items():
                needs[group] = tuple(dict.fromkeys((*needs.get(group, ()), *pins(some))))
        if entry is main:
            own = {group: (*own.get(group, ()), *needs.get(group, ())) for group in {**own, **needs}}
        else:
            parts.append(Part(entry.name, entry.version, entry.source, entry.line, needs))
    own[""] = tuple(dict.fromkeys((*own[""], *(ids[index] for index in members))))
    return (Part(main.name if main else "", main.version if main else "", "", main.line if main else 0, own), *parts)


def _entry(table: Table) -> _Entry:
    name = name_of(table)
    source = table.table("source")
    if source is None:
        raise table.error(f"'source' is missing in the entry of {name}")
    kinds = [kind for kind in _SOURCES if kind in source]
    if len(kinds) != 1:
        raise table.error(f"the source of {name} is of no known kind", "source")
    kind = kinds[0]
    version = version_of(table) if "version" in table or kind == "registry" else ""
    return _Entry(name, version, kind, source.text(kind), table.line_of("name"), table)


def _refuse_twins(entries: Sequence[_Entry], path: str) -> None:
    seen: dict[tuple[str, str, str, str], int] = {}
    for entry in entries:
        first = seen.setdefault(entry[:4], entry.line)
        if first != entry.line:
            raise DocumentError(f"{entry.name} {entry.version} is already in line {first}; write the lock again", path, entry.line)


def _is_root(entry: _Entry, members: frozenset[str]) -> bool:
    """A folder that is no member of the workspace is somebody's code that is installed, so it stays a package; a virtual one is not."""
    if entry.kind == "virtual":
        return True
    return entry.kind in _LOCAL and (is_here(entry.source) or entry.name in members)


def _main(roots: Sequence[_Entry]) -> _Entry | None:
    here = [entry for entry in roots if is_here(entry.source)]
    if here:
        return here[0]
    return roots[0] if len(roots) == 1 else None


def _shown(entry: _Entry) -> str:
    if entry.kind == "registry":
        return ""
    if entry.kind != "git":
        return address(entry.source) if entry.kind == "url" else entry.source
    commit = entry.source.rpartition("#")[2] if "#" in entry.source else ""
    return f"git+{address(entry.source)}" + (f"@{commit}" if commit else "")


def _files(entry: _Entry) -> tuple[Artifact, ...]:
    tables = entry.table.tables("wheels")
    sdist = entry.table.table("sdist")
    if sdist is not None:
        tables = [sdist, *tables]
    written = [[leaf(table.text(key)) for key in ("filename", "url", "path") if key in table] for table in tables]
    if entry.kind == "registry":
        check_files(entry.name, entry.version, [name for names in written for name in names], entry.table.path, entry.line)
    return tuple(
        Artifact(names[0] if names else "", hash_of(table) if "hash" in table else "") for table, names in zip(tables, written, strict=True)
    )


class _Book:
    """Finds entries by what a dependency says of them."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self._entries = entries
        self._named: dict[str, list[int]] = {}
        for index, entry in enumerate(entries):
            self._named.setdefault(entry.name, []).append(index)

    def needs(self, entry: _Entry) -> Needs:
        """By extra."""
        return {"": self.of(entry.table, "dependencies"), **self.grouped(entry.table, "optional-dependencies")}

    def of(self, table: Table, key: str) -> list[Need]:
        items = table.tables(key)
        times = Counter(name_of(item) for item in items)
        # A fork of the resolution has an entry for each platform, and so one of them counts on every platform.
        return [self._need(item, "marker" in item and times[name_of(item)] == 1) for item in items]

    def grouped(self, table: Table, key: str) -> dict[str, list[Need]]:
        groups = table.table(key)
        return {group: self.of(groups, group) for group in groups} if groups is not None else {}

    def _need(self, item: Table, marked: bool) -> Need:
        name = name_of(item)
        targets = self._named.get(name, [])
        if "version" in item:
            version = version_of(item)
            targets = [index for index in targets if self._entries[index].version == version]
        source = item.table("source")
        if source is not None and len(targets) > 1:
            wanted = {source.text(kind) for kind in _SOURCES if kind in source}
            targets = [index for index in targets if self._entries[index].source in wanted]
        if not targets:
            raise item.error(f"the lock holds no entry for the dependency {name}; write it again with uv lock")
        return Need(tuple(targets), item.texts("extra", ()), marked)


def _wanted(book: _Book, entries: Sequence[_Entry], roots: frozenset[int], manifest: Table) -> Needs:
    """What the projects ask for, by group or extra. Without a project, as in a script, it stands in the manifest."""
    wanted = {"": book.of(manifest, "requirements")}
    groups = [book.grouped(manifest, "dependency-groups")]
    for index in sorted(roots):
        table = entries[index].table
        wanted[""].extend(book.of(table, "dependencies"))
        groups.extend(book.grouped(table, key) for key in _GROUPED)
    for named in groups:
        for group, needs in named.items():
            wanted.setdefault(group, []).extend(needs)
    return wanted


def _declared(main: _Entry | None, manifest: Table) -> tuple[tuple[str, str], ...] | None:
    if main is None:
        return (*_pairs(manifest, "requirements"), *_grouped(manifest, "dependency-groups")) or None
    metadata = main.table.table("metadata")
    if metadata is None:
        return None
    return (*_pairs(metadata, "requires-dist"), *_grouped(metadata, "requires-dev"))


def _pairs(table: Table, key: str) -> Iterator[tuple[str, str]]:
    for item in table.tables(key):
        yield name_of(item), item.text("specifier", "")


def _grouped(table: Table, key: str) -> Iterator[tuple[str, str]]:
    groups = table.table(key)
    if groups is not None:
        for group in groups:
            yield from _pairs(groups, group)
