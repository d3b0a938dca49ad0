"""pylock.toml and pylock.*.toml, lock-version 1: https://packaging.python.org/en/latest/specifications/pylock-toml/"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

from gates.core.documents import Table, read_toml
from gates.core.documents.node import quoted
from gates.core.patterns import lazy
from gates.inventory.package import Artifact, Inventory, Package, canonical
from gates.inventory.python.reading import (
    MAX_BYTES,
    address,
    check_files,
    is_here,
    leaf,
    merged,
    name_of,
    parse_hash,
    unique,
    version_of,
)

_PLATFORM = lazy(r"\b(?:sys_|os_|platform_|python_|implementation_)\w+")  # of what a marker can ask besides groups and extras
_VERSION = lazy(r"1(?:\.[0-9]+)*")


def read(data: bytes, path: str) -> Inventory:
    """The project itself, where the file holds it, is the root. Raises DocumentError."""
    lock = Table(read_toml(data, path, max_bytes=MAX_BYTES), path, "the lock")
    version = lock.text("lock-version")
    if not _VERSION.fullmatch(version):
        raise lock.error(f"lock-version {quoted(version)} is not known here, only 1.0 is", "lock-version")
    lock.text("created-by")
    default = frozenset(map(canonical, lock.texts("default-groups", ())))
    tables = lock.tables("packages", None)
    entries = [_package(table, default) for table in tables]
    roots = {index for index, table in enumerate(tables) if "directory" in table and is_here(entries[index].source)}
    needs = _needs(tables, entries, roots)
    packages = merged(entry._replace(needs=needs[index]) for index, entry in enumerate(entries) if index not in roots)
    main = max(roots, default=None)
    asked = None if main is None or (wanted := needs[main]) is None else {"": wanted}
    return Inventory(path, "pylock.toml", packages, "" if main is None else entries[main].name, None, asked)


def _needs(tables: Sequence[Table], entries: Sequence[Package], roots: Set[int]) -> list[tuple[tuple[str, str], ...] | None]:
    """None for an entry that does not tell: the specification leaves `dependencies` to the tool, and for information only, so that what
    fits no entry is no reason to refuse the file.
    """
    named: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        named.setdefault(entry.name, []).append(index)
    found: list[tuple[tuple[str, str], ...] | None] = []
    for table, entry in zip(tables, entries, strict=True):
        targets = [_targets(item, named, entries) for item in table.tables("dependencies")]
        if "dependencies" not in table or not all(targets):
            found.append(None)
            continue
        needs = dict.fromkeys((entries[target].name, entries[target].version) for some in targets for target in some if target not in roots)
        needs.pop((entry.name, entry.version), None)
        found.append(tuple(needs))
    return found


def _targets(item: Table, named: Mapping[str, Sequence[int]], entries: Sequence[Package]) -> list[int]:
    """All entries that what is said fits; the specification wants it to fit one."""
    if "name" not in item:
        return []
    version = version_of(item) if "version" in item else None
    return [index for index in named.get(name_of(item), ()) if version is None or entries[index].version == version]


def _package(table: Table, default: Set[str]) -> Package:
    name = name_of(table)
    line = table.line_of("name")
    sdist, wheels = table.table("sdist"), table.tables("wheels")
    tables = [*wheels, *([sdist] if sdist is not None else [])]
    elsewhere = [key for key in ("vcs", "directory", "archive") if key in table]
    if len(elsewhere) + bool(tables) != 1:
        raise table.error(f"{name} must have either files or one of vcs, directory and archive", "name")
    version = version_of(table) if "version" in table or tables else ""
    archive = table.table("archive")
    files: list[Artifact] = []
    hashes: list[str] = []
    for file in tables if archive is None else [archive]:
        written = [leaf(file.text(key)) for key in ("name", "url", "path") if key in file]
        if archive is None:
            check_files(name, version, written, table.path, line)
        digests = list(_hashes(file))
        hashes.extend(digests)
        files.append(Artifact(written[0], max(digests, key=len, default="")))
    return Package(
        "PyPI",
        name,
        version,
        table.path,
        line,
        groups=_groups(table, default),
        hashes=unique(hashes),
        source=_source(table),
        files=tuple(files),
        conditional="marker" in table and _PLATFORM.search(table.text("marker")) is not None,
    )


def _hashes(file: Table) -> Iterable[str]:
    if "url" not in file and "path" not in file:
        raise file.error("'url' or 'path' is missing; the specification asks for one of them")
    hashes = file.table("hashes")
    if hashes is None:
        raise file.error("'hashes' is missing; the specification asks for them")
    for algorithm in hashes:
        try:
            yield parse_hash(f"{algorithm}:{hashes.text(algorithm)}")
        except ValueError as error:
            raise hashes.error(str(error), algorithm) from None


def _source(table: Table) -> str:
    vcs, directory, archive = table.table("vcs"), table.table("directory"), table.table("archive")
    if vcs is not None:
        return f"{vcs.text('type')}+{_where(vcs)}@{vcs.text('commit-id')}"
    if directory is not None:
        return directory.text("path")
    return _where(archive) if archive is not None else ""


def _where(table: Table) -> str:
    return address(table.text("url")) if "url" in table else table.text("path")


def _groups(table: Table, default: Set[str]) -> tuple[str, ...]:
    """Those that the marker asks for. What any platform installs without naming a group or an extra belongs to production."""
    if "marker" not in table:
        return ()
    from packaging.markers import Marker

    text = table.text("marker")
    try:
        Marker(text)
        marker = _Marker(text)
        if marker.may_hold(default):
            return ()
        names = unique(marker.names)
        return tuple(name for name in names if marker.may_hold({*default, name})) or names
    except (ValueError, RecursionError):
        raise table.error(f"{quoted(text)} is no marker", "marker") from None


_TOKEN = lazy(r"""\s*(?:([()])|('[^']*'|"[^"]*")|(===|[~=!<>]=|<|>)|([A-Za-z_][\w.]*))""")
_SETS = ("extras", "dependency_groups")


class _Marker:
    """A marker judged by groups and extras alone: whatever it says of platforms and versions of Python may hold somewhere."""

    def __init__(self, text: str) -> None:
        self._tokens = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError("no marker")
            self._tokens.append(match[match.lastindex or 0])
            at = match.end()
        self.names: list[str] = []
        self._given: Set[str] = frozenset()
        self._at = 0

    def may_hold(self, given: Set[str]) -> bool:
        """Names of groups and extras are looked for in one set. Raises ValueError, RecursionError."""
        self._given = given
        self._at = 0
        holds = self._either()
        if self._at != len(self._tokens):
            raise ValueError("no marker")
        return holds

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise ValueError("no marker")
        self._at += 1
        return self._tokens[self._at - 1]

    def _taken(self, word: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at] == word
        self._at += taken
        return taken

    def _either(self) -> bool:
        holds = self._all()
        while self._taken("or"):
            holds = self._all() or holds  # in this order: each side is read, whatever the other says
        return holds

    def _all(self) -> bool:
        holds = self._one()
        while self._taken("and"):
            holds = self._one() and holds
        return holds

    def _one(self) -> bool:
        if self._taken("("):
            holds = self._either()
            if self._next() != ")":
                raise ValueError("no marker")
            return holds
        left, operator = self._next(), self._next()
        if operator == "not":
            operator += " " + self._next()
        right = self._next()
        if right not in _SETS or left[0] not in "'\"":
            return True
        name = canonical(left[1:-1])
        self.names.append(name)
        return (name in self._given) == (operator == "in")
