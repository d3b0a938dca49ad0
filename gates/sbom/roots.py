"""What a document describes: the project, as its own manifest names it, or as the caller does."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from posixpath import dirname, join
from typing import NamedTuple

from gates.core.documents import Table, read_json, read_toml
from gates.core.documents.node import Node
from gates.core.errors import UsageError
from gates.core.patterns import lazy
from gates.core.purl import Purl
from gates.core.waivers_export import escaped
from gates.inventory.package import canonical
from gates.sbom.component import Component, Licence
from gates.sbom.licences import declared, written

Read = Callable[[str], "bytes | None"]  # a file of the repository, None where there is none; raises UsageError

_WAY_OUT = "give it with --root NAME@VERSION"
# What hatch, flit, pdm and setuptools look for in a file that holds the version: https://hatch.pypa.io/latest/version/
_ASSIGNED = lazy(r"^(?:__version__|VERSION|version)\s*(?::\s*(?:str|Final(?:\[str\])?)\s*)?=\s*(['\"])v?([^'\"\n]{1,100})\1", re.MULTILINE)
_PLAIN = lazy(r"[0-9A-Za-z][0-9A-Za-z.+!_-]{0,99}")
_ATTRIBUTE = lazy(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_PERSON = lazy(r"\s*([^<(]*)")


class Root(NamedTuple):
    """`path` is the manifest's, "" where there is none. `authors` are the names that it gives."""

    component: Component
    authors: tuple[str, ...]
    path: str


class Project(NamedTuple):
    """As a manifest names it; the version is "" where it is made when the project is built."""

    name: str
    version: str


class _Named(NamedTuple):
    ecosystem: str  # a type of purl
    path: str
    name: str
    version: str
    why: str  # what hides the version, "" where it is known
    licences: tuple[Licence, ...]
    authors: tuple[str, ...]


def read(folders: Collection[str], wish: str, read: Read) -> Root:
    """`folders` are those of the locks; the top is looked at too. `wish` is NAME@VERSION or NAME, "" where the manifest is to tell.

    The manifest that lies highest is the project's; in one folder pyproject.toml goes before package.json. Raises UsageError.
    """
    name, version = _wished(wish)
    found = _manifest(folders, read, name)
    if found is None and not name:
        raise UsageError(f"no manifest names the project; {_WAY_OUT}")
    own = found is not None and (not name or _same(found, name))
    if found is None or not own:
        found = _Named("generic", "", name, version, "no manifest names it", (), ())
    version = version or found.version
    if not version:
        raise UsageError(f"the version of {found.name} is not known: {found.why}; {_WAY_OUT}", found.path)
    purl = _purl(found, version)
    supplier = found.authors[0] if found.authors else ""
    evidence = f"{found.path.rpartition('/')[2]}: author" if supplier else ""
    part = Component(escaped(purl), "application", found.name, version, purl, found.licences, supplier=supplier, supplier_from=evidence)
    return Root(part, found.authors, found.path)


def projects(folders: Collection[str], wish: str, read: Read) -> tuple[Project, ...]:
    """All that an SBOM of the repository may describe: the wish alone, or whatever a manifest of these folders and the top names."""
    name, version = _wished(wish)
    named = [found for folder in sorted({"", *folders}) for found in (_pyproject(folder, read), _package_json(folder, read)) if found]
    if name:
        known = [found.version for found in named if _same(found, name)]
        return (Project(name, version or (known[0] if known else "")),)
    return tuple(Project(found.name, found.version) for found in named)


def _wished(wish: str) -> tuple[str, str]:
    """The @ of an npm scope is none that a version follows."""
    scope, rest = wish[:1] if wish.startswith("@") else "", wish.removeprefix("@")
    name, at, version = rest.partition("@")
    if wish and (
        not name
        or (scope and "/" not in name)
        or (at and not version)
        or any(character.isspace() or character in "?#@" for character in name + version)
    ):
        raise UsageError(f"--root: {wish!r} is not written as NAME@VERSION")
    return scope + name, version


def _same(found: _Named, name: str) -> bool:
    return canonical(found.name) == canonical(name) if found.ecosystem == "pypi" else found.name == name


def _purl(found: _Named, version: str) -> Purl:
    if found.ecosystem == "pypi":
        return Purl("pypi", "", canonical(found.name), version)
    namespace, _, name = found.name.rpartition("/")
    return Purl(found.ecosystem, namespace, name.lower() if found.ecosystem == "npm" else name, version)


def _manifest(folders: Collection[str], read: Read, name: str) -> _Named | None:
    by_depth: dict[int, list[_Named]] = {}
    for folder in sorted({"", *folders}):
        found = [manifest for manifest in (_pyproject(folder, read), _package_json(folder, read)) if manifest is not None]
        if found:
            matching = [manifest for manifest in found if name and _same(manifest, name)]
            by_depth.setdefault(folder.count("/") + bool(folder), []).append((matching or found)[0])
    if not by_depth:
        return None
    highest = by_depth[min(by_depth)]
    if matching := [manifest for manifest in highest if name and _same(manifest, name)]:
        return matching[0]
    if len(highest) > 1 and not name:
        raise UsageError(f"{' and '.join(manifest.path for manifest in highest)} each name a project; {_WAY_OUT}")
    return highest[0]


# pyproject.toml


def _pyproject(folder: str, read: Read) -> _Named | None:
    path = join(folder, "pyproject.toml")
    data = read(path)
    if data is None:
        return None
    document = Table(read_toml(data, path), path, "the manifest")
    project, tool = document.table("project"), document.table("tool")
    if project is None or "name" not in project:
        poetry = tool.table("poetry") if tool is not None else None
        return _poetry(poetry, path) if poetry is not None and "name" in poetry else None
    name = project.text("name").strip()
    version, why = project.text("version", ""), ""
    if not version:
        version = _dynamic(document, tool, folder, name, read) if "version" in project.texts("dynamic", ()) else ""
        why = "" if version else "it is made when the project is built"
    return _Named("pypi", path, name, version, why, _licence(project), tuple(_authors(project)))


def _poetry(poetry: Table, path: str) -> _Named:
    """https://python-poetry.org/docs/pyproject/"""
    node = poetry.node("license")
    told = written(node.value) if node is not None and isinstance(node.value, str) else ()
    people = tuple(filter(None, (person(author) for author in poetry.texts("authors", ()))))
    version = poetry.text("version", "")
    return _Named("pypi", path, poetry.text("name").strip(), version, "" if version else "[tool.poetry] has none", told, people)


def _licence(project: Table) -> tuple[Licence, ...]:
    """https://packaging.python.org/en/latest/specifications/pyproject-toml/#license"""
    node = project.node("license")
    expression = node.value if node is not None and isinstance(node.value, str) else ""
    old = project.table("license") if node is not None and isinstance(node.value, dict) else None
    text = old.node("text") if old is not None else None
    field = text.value if text is not None and isinstance(text.value, str) else ""
    classifiers = [each for each in project.texts("classifiers", ()) if each.startswith("License ::")]
    return declared(expression, field, classifiers)


def _authors(project: Table) -> Iterator[str]:
    for person in (*project.tables("authors"), *project.tables("maintainers")):
        if told := person.text("name", "").strip() or person.text("email", "").strip():
            yield told


def _dynamic(document: Table, tool: Table | None, folder: str, name: str, read: Read) -> str:
    """As the build backends that keep it in a file read it, "" for all others: nothing of the project is run, nor a pattern of it."""
    hatch = _deeper(tool, "hatch", "version")
    if hatch is not None:
        return "" if {"source", "pattern"}.intersection(hatch) else _assigned(join(folder, hatch.text("path", "")), read)
    setuptools = _deeper(tool, "setuptools", "dynamic", "version")
    if setuptools is not None:
        if "file" in setuptools:
            return _whole(folder, setuptools, read)
        where = [""] + [base for base in _texts(_deeper(tool, "setuptools", "package-dir")) if base] + ["src"]
        return _attribute(folder, dict.fromkeys(where), setuptools.text("attr", ""), read)
    pdm = _deeper(tool, "pdm", "version")
    if pdm is not None:
        return _assigned(join(folder, pdm.text("path", "")), read) if pdm.text("source", "") == "file" else ""
    build = document.table("build-system")
    if build is not None and build.text("build-backend", "").startswith("flit_core"):
        module = _deeper(tool, "flit", "module")
        named = (module.text("name", "") if module is not None else "") or name.replace("-", "_")
        return _attribute(folder, {"": None, "src": None}, f"{named}.__version__", read)
    return ""


def _deeper(table: Table | None, *keys: str) -> Table | None:
    for key in keys:
        table = table.table(key) if table is not None and _is_table(table.node(key)) else None
    return table


def _is_table(node: Node | None) -> bool:
    return node is not None and isinstance(node.value, dict)


def _texts(table: Table | None) -> list[str]:
    return [node.value for key in table or () if table and (node := table.node(key)) and isinstance(node.value, str)]


def _assigned(path: str, read: Read) -> str:
    data = _inside(path, read)
    found = _ASSIGNED.search(data.decode("utf-8", "replace")) if data is not None else None
    return _checked(found[2]) if found else ""


def _attribute(folder: str, bases: Collection[str], attribute: str, read: Read) -> str:
    """https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata, as far as it is a plain assignment."""
    module, _, variable = attribute.rpartition(".")
    if not _ATTRIBUTE.fullmatch(attribute) or variable.lower() not in ("__version__", "version"):
        return ""
    places = (join(folder, base, module.replace(".", "/")) for base in bases)
    files = (path for place in places for path in (f"{place}/__init__.py", f"{place}.py"))
    return next((found for path in files if (found := _assigned(path, read))), "")


def _whole(folder: str, dynamic: Table, read: Read) -> str:
    node = dynamic.node("file")
    paths = (node.value,) if node is not None and isinstance(node.value, str) else dynamic.texts("file")
    data = _inside(join(folder, paths[0]), read) if len(paths) == 1 else None
    return _checked(data.decode("utf-8", "replace").strip()) if data is not None else ""


def _inside(path: str, read: Read) -> bytes | None:
    """The manifest may name any path, and only the repository's own files are looked at."""
    outside = path.startswith("/") or "\\" in path or ":" in path or ".." in path.split("/")
    return None if outside or not path or path.endswith("/") else read(path)


def _checked(version: str) -> str:
    return version if _PLAIN.fullmatch(version) else ""


# package.json


def _package_json(folder: str, read: Read) -> _Named | None:
    """https://docs.npmjs.com/cli/configuring-npm/package-json"""
    path = join(folder, "package.json")
    data = read(path)
    if data is None:
        return None
    document = Table(read_json(data, path), path, "the manifest")
    name, version = _text(document, "name"), _text(document, "version")
    if not name:
        return None
    author = document.node("author")
    told = author.value if author is not None else None
    if isinstance(told, dict):
        inner = told.get("name")
        told = inner.value if inner is not None else None
    people = tuple(filter(None, (person(told),))) if isinstance(told, str) else ()
    licences = written(_text(document, "license"))
    return _Named("npm", path, name, version, "" if version else "the manifest has none", licences, people)


def _text(table: Table, key: str) -> str:
    node = table.node(key)
    return node.value.strip() if node is not None and isinstance(node.value, str) else ""


def person(text: str) -> str:
    """The name of "Name <address> (page)"."""
    found = _PERSON.match(text)
    return found[1].strip() if found else ""


def folder_of(lock: str) -> str:
    """Where the manifest of a lock lies: beside it, or beside the folder `requirements`."""
    folder = dirname(lock)
    return dirname(folder) if folder.rpartition("/")[2] == "requirements" else folder
