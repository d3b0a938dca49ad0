"""What a pyproject.toml (or a Pipfile) asks for, and whether a lock still answers it. Nothing is resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from gates.core.documents import DocumentError, Table, read_toml
from gates.core.documents.node import quoted
from gates.core.patterns import lazy
from gates.inventory.package import Inventory, Package, canonical
from gates.inventory.python.reading import name_of, parse_name

Origin = Literal["project", "groups", "uv", "poetry", "pipenv"]


class Wanted(NamedTuple):
    """`group` is "" for what the project always needs. `specifier` is by PEP 440; None where versions do not decide: the manifest names an
    address or a folder, overrides the version, or says it in a way that has no equal there.
    """

    origin: Origin
    group: str
    name: str
    specifier: str | None
    extras: tuple[str, ...]
    conditional: bool  # a marker stands with it, so that a lock may leave it out
    line: int


class Manifest(NamedTuple):
    name: str  # canonical, "" where there is none
    wanted: tuple[Wanted, ...]


def read_manifest(data: bytes, path: str) -> Manifest:
    """A file called Pipfile is read as one, any other as a pyproject.toml. Raises DocumentError."""
    document = Table(read_toml(data, path), path, "the manifest")
    if path.replace("\\", "/").rpartition("/")[2] == "Pipfile":
        return Manifest("", tuple(_pipfile(document)))
    project, tool = document.table("project"), document.table("tool")
    poetry, uv = (tool.table("poetry"), tool.table("uv")) if tool is not None else (None, None)
    name = name_of(project) if project is not None else name_of(poetry) if poetry is not None and "name" in poetry else ""
    wanted = [*_project(project), *_groups(document), *_uv(uv), *_poetry(poetry)]
    unsettled = {*_sourced(uv), *(item.name for item in wanted if item.origin == "poetry" and item.specifier is None)}
    return Manifest(
        name,
        tuple(
            item._replace(specifier=None) if item.name in unsettled else item
            for item in wanted
            if item.name != name  # a project's extra may ask for another extra of itself
        ),
    )


def stale(inventory: Inventory, manifest: bytes, path: str) -> list[str]:
    """What the manifest asks for and the lock does not hold, one message each; [] also where that cannot be told without resolving.

    Raises DocumentError where the manifest cannot be read.
    """
    found = read_manifest(manifest, path)
    if inventory.wants is not None and inventory.root and found.name and inventory.root != found.name:
        return []  # the lock is another project's
    scope = _SCOPES.get(inventory.kind)
    if scope is None:
        return []
    pins: dict[str, list[Package]] = {}
    for package in inventory.packages:
        pins.setdefault(package.name, []).append(package)
    held = {name for name, _ in inventory.wants} if inventory.wants is not None else set(pins)
    held.add(inventory.root)
    wanted: dict[str, list[Wanted]] = {}
    for item in found.wanted:
        if scope(item):
            wanted.setdefault(item.name, []).append(item)
    remedy = _REMEDIES[inventory.kind]
    return [f"{problem}; {remedy}" for name, items in wanted.items() for problem in _problems(name, items, pins.get(name, []), held, path)]


# Which of a manifest's requirements a lock of this kind is bound to hold. A pdm.lock may be made without some groups and a pylock.toml
# without all of them; poetry before 2.2 does not know [dependency-groups].
_SCOPES: dict[str, Callable[[Wanted], bool]] = {
    "uv.lock": lambda item: item.origin in ("project", "groups", "uv"),
    "poetry.lock": lambda item: item.origin in ("project", "poetry"),
    "pdm.lock": lambda item: item.origin == "project" and not item.group,
    "pylock.toml": lambda item: item.origin == "project" and not item.group,
    "Pipfile.lock": lambda item: item.origin == "pipenv",
}
_REMEDIES = {
    "uv.lock": "run uv lock",
    "poetry.lock": "run poetry lock",
    "pdm.lock": "run pdm lock",
    "pylock.toml": "write the lock again",
    "Pipfile.lock": "run pipenv lock",
}


def _problems(name: str, wanted: Sequence[Wanted], pins: Sequence[Package], held: set[str], path: str) -> Iterator[str]:
    certain = [item for item in wanted if not item.conditional]
    if name not in held:
        if certain:
            yield f"{name} is asked for in {path}:{certain[0].line} and is not in the lock"
        return
    versions = [pin.version for pin in pins if pin.version and not pin.source]
    if not versions or len(versions) < len(pins) or any(item.specifier is None for item in wanted):
        return
    locked = " and ".join(versions)
    for item in certain:
        if not admits(item.specifier, versions):
            yield f"{name}{item.specifier} is asked for in {path}:{item.line} and {locked} is in the lock"
    # Of requirements for different platforms at least one must be met, whichever platforms they are.
    if not certain and not any(admits(item.specifier, versions) for item in wanted):
        item = wanted[0]
        yield f"{name}{item.specifier} is asked for in {path}:{item.line} and {locked} is in the lock"


def admits(specifier: str | None, versions: Iterable[str]) -> bool:
    from packaging.specifiers import SpecifierSet

    return any(SpecifierSet(specifier or "").contains(version, prereleases=True) for version in versions)


def _project(project: Table | None) -> Iterator[Wanted]:
    if project is None:
        return
    yield from (_requirement(project, "dependencies", text, "project", "") for text in project.texts("dependencies", ()))
    extras = project.table("optional-dependencies")
    if extras is not None:
        for extra in extras:
            yield from (_requirement(extras, extra, text, "project", canonical(extra)) for text in extras.texts(extra))


def _uv(uv: Table | None) -> Iterator[Wanted]:
    if uv is not None:
        yield from (_requirement(uv, "dev-dependencies", text, "uv", "dev") for text in uv.texts("dev-dependencies", ()))


def _sourced(uv: Table | None) -> Iterator[str]:
    """Names whose versions uv takes from elsewhere: a source, an override, an exclusion."""
    if uv is None:
        return
    sources = uv.table("sources")
    yield from (canonical(name) for name in sources or ())
    for key in ("override-dependencies", "exclude-dependencies"):
        yield from (_requirement(uv, key, text, "uv", "").name for text in uv.texts(key, ()))


def _groups(document: Table) -> Iterator[Wanted]:
    """[dependency-groups], with what a group includes counted to it too: https://peps.python.org/pep-0735/"""
    groups = document.table("dependency-groups")
    if groups is None:
        return
    keys = {canonical(group): group for group in groups}
    for group in groups:
        yield from _group(groups, keys, group, canonical(group), ())


def _group(groups: Table, keys: dict[str, str], key: str, name: str, above: tuple[str, ...]) -> Iterator[Wanted]:
    if key in above:
        raise groups.error(f"the group {quoted(key)} includes itself", key)
    node = groups.node(key)
    items = node.value if node is not None else None
    if not isinstance(items, list):
        raise groups.error(f"{key!r} must be a list", key)
    for item in items:
        if isinstance(item.value, str):
            yield _requirement(groups, key, item.value, "groups", name, item.line)
            continue
        included = Table(item, groups.path, f"an entry of {key!r}").text("include-group")
        other = keys.get(canonical(included))
        if other is None:
            raise DocumentError(f"the group {quoted(included)} is included and does not exist", groups.path, item.line)
        yield from _group(groups, keys, other, name, (*above, key))


def _requirement(table: Table, key: str, text: str, origin: Origin, group: str, line: int = 0) -> Wanted:
    from packaging.requirements import Requirement

    line = line or _line_in(table, key, text)
    try:
        found = Requirement(text)
        name = parse_name(found.name)
    except (ValueError, RecursionError):
        raise DocumentError(f"{quoted(text)} is no requirement", table.path, line) from None
    specifier = None if found.url else str(found.specifier)
    return Wanted(origin, group, name, specifier, tuple(sorted(map(canonical, found.extras))), found.marker is not None, line)


def _line_in(table: Table, key: str, text: str) -> int:
    node = table.node(key)
    if node is not None and isinstance(node.value, list):
        return next((item.line for item in node.value if item.value == text), node.key_line)
    return table.line_of(key)


def _poetry(poetry: Table | None) -> Iterator[Wanted]:
    if poetry is None:
        return
    offers = _offers(poetry)
    yield from _poetry_table(poetry.table("dependencies"), "", offers)
    yield from _poetry_table(poetry.table("dev-dependencies"), "dev", {})
    groups = poetry.table("group")
    for group in groups or ():
        table = groups.table(group) if groups is not None else None
        if table is not None:
            yield from _poetry_table(table.table("dependencies"), canonical(group), {})


def _offers(poetry: Table) -> dict[str, list[str]]:
    """Extras by the names of what they add."""
    extras = poetry.table("extras")
    found: dict[str, list[str]] = {}
    for extra in extras or ():
        for name in extras.texts(extra) if extras is not None else ():
            found.setdefault(canonical(name), []).append(canonical(extra))
    return found


def _poetry_table(table: Table | None, group: str, offers: dict[str, list[str]]) -> Iterator[Wanted]:
    for key in table or ():
        if table is None or key == "python":
            continue
        try:
            name = parse_name(key)
        except ValueError:
            raise table.error(f"{quoted(key)} is no name of a Python package", key) from None
        node = table.node(key)
        several = node is not None and isinstance(node.value, list)
        for entry in table.tables(key) if several else [table]:
            line = table.line_of(key)
            if not several and node is not None and isinstance(node.value, str):
                yield Wanted("poetry", group, name, pep440(node.value), (), False, line)
                continue
            entry = entry if several else Table(node, table.path, repr(key)) if node is not None else entry
            plain = not any(where in entry for where in ("git", "path", "url", "file"))
            specifier = pep440(entry.text("version")) if plain and "version" in entry else None
            conditional = several or any(mark in entry for mark in ("markers", "python", "platform"))
            optional = "optional" in entry and entry.flag("optional")
            for served in offers.get(name, ["optional"]) if optional else [group]:
                yield Wanted("poetry", served, name, specifier, tuple(map(canonical, entry.texts("extras", ()))), conditional, line)


_PART = lazy(r"\s*(\^|~(?!=)|===|==|=|!=|~=|<=|>=|<|>)?\s*([^\s,|]+)\s*")
_RELEASE = lazy(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,8}")


def pep440(constraint: str) -> str | None:
    """A constraint in poetry's own notation (^1.2, ~1.2, 1.2, 1.*) as PEP 440 writes it; None where it cannot be written so."""
    from packaging.specifiers import SpecifierSet

    text = constraint.strip()
    if text in ("", "*"):
        return ""
    bounds = []
    for written in text.split(","):
        match = _PART.fullmatch(written)
        if match is None:
            return None
        sign, version = match[1] or "", match[2]
        if sign in ("^", "~"):
            if not _RELEASE.fullmatch(version):
                return None
            bounds.append(f">={version},<{_above(version, sign)}")
        else:
            bounds.append(("==" if sign in ("", "=") else sign) + version)
    specifier = ",".join(bounds)
    try:
        SpecifierSet(specifier)
    except ValueError:
        return None
    return specifier


def _above(version: str, sign: str) -> str:
    """The first version that ^ or ~ leaves out: https://python-poetry.org/docs/dependency-specification/"""
    numbers = [int(part) for part in version.split(".")]
    first = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    at = min(1, len(numbers) - 1) if sign == "~" else first
    return ".".join(map(str, [*numbers[:at], numbers[at] + 1]))


def _pipfile(document: Table) -> Iterator[Wanted]:
    for section, group in (("packages", ""), ("dev-packages", "develop")):
        table = document.table(section)
        for key in table or ():
            node = table.node(key) if table is not None else None
            if table is None or node is None:
                continue
            try:
                name = parse_name(key)
            except ValueError:
                raise table.error(f"{quoted(key)} is no name of a Python package", key) from None
            line = table.line_of(key)
            if isinstance(node.value, str):
                yield Wanted("pipenv", group, name, pep440(node.value), (), False, line)
                continue
            entry = Table(node, table.path, repr(key))
            extras = tuple(map(canonical, entry.texts("extras", ())))
            specifier = pep440(entry.text("version")) if "version" in entry else None
            conditional = bool(set(entry) - {"version", "extras", "index", "editable"})
            yield Wanted("pipenv", group, name, specifier, extras, conditional, line)
