"""Pipfile.lock, pipfile-spec 6, with the categories of later pipenv versions."""

from __future__ import annotations

from gates.core.documents import DocumentError, Table, read_json
from gates.core.documents.node import quoted
from gates.inventory.package import Inventory, Package
from gates.inventory.python.reading import MAX_BYTES, address, is_here, merged, parse_hash, parse_name, parse_version, unique

_META = "_meta"
_PRODUCTION = "default"
_VCS = ("git", "hg", "svn", "bzr")


def read(data: bytes, path: str) -> Inventory:
    """The project itself, where it is installed too, is the root. Raises DocumentError, also for an entry without an exact version."""
    lock = Table(read_json(data, path, max_bytes=MAX_BYTES), path, "the lock")
    meta = lock.table(_META)
    if meta is None:
        raise lock.error("'_meta' is missing in the lock; write it again with pipenv lock")
    spec = meta.whole("pipfile-spec")
    if spec != 6:
        raise meta.error(f"version {spec} of Pipfile.lock is not known here, only 6 is", "pipfile-spec")
    packages = []
    root = ""
    for category in lock:
        section = lock.table(category)
        if category == _META or section is None:
            continue
        for key in section:
            entry = section.table(key)
            if entry is None:
                continue
            package = _package(entry, key, () if category == _PRODUCTION else (category,))
            if is_here(package.source) and package.source:
                root = package.name
            else:
                packages.append(package)
    return Inventory(path, "Pipfile.lock", merged(packages), root)


def _package(entry: Table, key: str, groups: tuple[str, ...]) -> Package:
    try:
        name = parse_name(key)
    except ValueError:
        raise entry.error(f"{quoted(key)} is no name of a Python package") from None
    source = _source(entry)
    version = _version(entry, name) if not source or "version" in entry else ""
    hashes = []
    for text in entry.texts("hashes", ()):
        try:
            hashes.append(parse_hash(text))
        except ValueError as error:
            raise entry.error(str(error), "hashes") from None
    marked = "markers" in entry
    return Package("PyPI", name, version, entry.path, entry.line, groups=groups, hashes=unique(hashes), source=source, conditional=marked)


def _source(entry: Table) -> str:
    for vcs in _VCS:
        if vcs in entry:
            commit = entry.text("ref", "")
            return f"{vcs}+{address(entry.text(vcs))}" + (f"@{commit}" if commit else "")
    for key in ("file", "url", "path", "uri"):
        if key in entry:
            return address(entry.text(key))
    return ""


def _version(entry: Table, name: str) -> str:
    """pipenv itself writes "*" for a package that the platform it locks on does not need."""
    text = entry.text("version")
    exact = text.removeprefix("===") if text.startswith("===") else text.removeprefix("==") if text.startswith("==") else ""
    try:
        return parse_version(exact.strip())
    except ValueError:
        raise _unpinned(entry, name, text) from None


def _unpinned(entry: Table, name: str, text: str) -> DocumentError:
    return entry.error(f"{name} {quoted(text)} is not pinned; give it an exact version in the Pipfile and run pipenv lock", "version")
