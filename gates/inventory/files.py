"""Finds the lock files, requirements and environments in scope, and reads them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from posixpath import dirname
from typing import NamedTuple

from gates.core import scope
from gates.core.documents import Table, read_toml
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Context, Scanned, Skipped, Unread
from gates.inventory.package import Inventory

LIMIT = 64 << 20  # bytes of a lock file
_MANIFESTS = {"pyproject.toml": "python", "Pipfile": "python", "setup.py": "python", "setup.cfg": "python", "package.json": "node"}
_WAY_OUT = {"package.json": "npm install --package-lock-only", "Pipfile": "pipenv lock"}
_INSTALL_REQUIRES = b"install_requires"  # of setuptools: what follows it may be code, so that it stands there is all that is asked
# What lies below these is installed, not declared: its own locks are not in force. Of a work tree they count: there they are committed.
_INSTALLED = frozenset({"node_modules", "site-packages"})


class Stale(NamedTuple):
    """A lock that does not fit the manifest beside it, and in what."""

    path: str
    differences: tuple[str, ...]


Event = Inventory | Stale | Scanned | Skipped | Unread


class _Files(NamedTuple):
    locks: list[scope.File]
    manifests: list[scope.File]


def inventories(context: Context, requirements: Sequence[str], environments: Sequence[str]) -> Iterator[Event]:
    """Everything in scope that names packages. `requirements` are files named by hand, relative to the root; with them or with
    `environments`, folders named site-packages, nothing else is looked for.
    """
    if requirements or environments:
        yield from _named(context, requirements, environments)
        return
    found = _Files([], [])
    links: list[str] = []
    for entry in scope.files(context):
        if context.deadline.passed():
            raise GateUnavailable("the time limit passed before every file was read")
        if not isinstance(entry, scope.File):
            if isinstance(entry, Skipped) and _kind(entry.path) and os.path.islink(os.path.join(context.root, entry.path)):
                links.append(entry.path)
            else:
                yield entry
        elif kind := _kind(entry.path):
            if context.selection.kind == "paths" and _INSTALLED.intersection(entry.path.split("/")[:-1]):
                yield Skipped(entry.path, "of an installed package")
            else:
                (found.manifests if kind == "manifest" else found.locks).append(entry)
    yield from _linked(context, links, {os.path.realpath(file.absolute) for file in (*found.locks, *found.manifests)})
    locked: dict[str, set[str]] = {"python": set(), "node": set()}
    for lock in found.locks:
        folder = dirname(lock.path)
        locked[_language(lock.path)].add(dirname(folder) if os.path.basename(folder) == "requirements" else folder)
        yield from _read(context, lock)
    for manifest in found.manifests:
        yield from _unlocked(context, manifest, locked[_MANIFESTS[os.path.basename(manifest.path)]])


def _linked(context: Context, links: Sequence[str], judged: set[str]) -> Iterator[Event]:
    """Links that are named like a lock or a manifest: what they lead to is judged where it lies, or nobody judges it."""
    for path in links:
        if os.path.realpath(os.path.join(context.root, path)) in judged:
            yield Skipped(path, "a symbolic link; its target is judged where it lies")
        else:
            yield Unread(path, 0, "a symbolic link to what is not judged elsewhere; put the file itself in its place")


def _named(context: Context, requirements: Sequence[str], environments: Sequence[str]) -> Iterator[Event]:
    for named in requirements:
        path = _in_report(context, named)
        yield from _read(context, scope.File(path, os.path.join(context.root, named)), as_requirements=not _kind(path))
    for folder in environments:
        from gates.inventory.python.environment import read_environment

        yield from _guarded(_in_report(context, folder), partial(read_environment, os.path.join(context.root, folder)), 0)


def _in_report(context: Context, named: str) -> str:
    """A path that was named by hand, relative to the root where it lies below it."""
    absolute = os.path.join(context.root, named)
    inside = os.path.relpath(absolute, context.root)
    return absolute if inside.startswith("..") else inside.replace(os.sep, "/")


def _kind(path: str) -> str:
    """ "lock", "manifest", or "" for a file that names no packages."""
    from gates.inventory.python.requirements import is_requirements

    name = os.path.basename(path)
    if name in _MANIFESTS:
        return "manifest"
    return "lock" if _reader(name) or is_requirements(path) else ""


def _language(path: str) -> str:
    return "node" if os.path.basename(path) in ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock") else "python"


def _reader(name: str) -> Callable[[bytes, str, bytes | None], Inventory] | None:
    """The reader of a lock file by its name; it gets the manifest beside the lock too, which some locks cannot be told apart without."""
    # Each is loaded where there is such a file.
    if name == "uv.lock":
        from gates.inventory.python import uv

        return lambda data, path, manifest: uv.read(data, path)
    if name == "poetry.lock":
        from gates.inventory.python import poetry

        return poetry.read
    if name == "pdm.lock":
        from gates.inventory.python import pdm

        return pdm.read
    if name == "Pipfile.lock":
        from gates.inventory.python import pipfile

        return lambda data, path, manifest: pipfile.read(data, path)
    if name == "pylock.toml" or fnmatchcase(name, "pylock.*.toml"):
        from gates.inventory.python import pylock

        return lambda data, path, manifest: pylock.read(data, path)
    if name in ("package-lock.json", "npm-shrinkwrap.json"):
        from gates.inventory.node import npm

        return lambda data, path, manifest: npm.read(data, path)
    if name == "pnpm-lock.yaml":
        from gates.inventory.node import pnpm

        return lambda data, path, manifest: pnpm.read(data, path)
    if name == "yarn.lock":
        from gates.inventory.node import yarn

        return yarn.read
    return None


def _read(context: Context, file: scope.File, *, as_requirements: bool = False) -> Iterator[Event]:
    reader = None if as_requirements else _reader(os.path.basename(file.path))
    if reader is None:
        from gates.inventory.python.requirements import read_requirements

        def load(path: str) -> bytes:
            return _bytes(os.path.join(context.root, path))

        yield from _guarded(file.path, lambda: read_requirements(file.path, load), _size(file.absolute))
        return
    try:
        data = _bytes(file.absolute)
        manifest = _beside(file)
    except OSError as error:
        yield Unread(file.path, 0, f"cannot be read: {error.strerror or error}")
        return
    inventory: Inventory | None = None
    for event in _guarded(file.path, lambda: reader(data, file.path, manifest), len(data)):
        inventory = event if isinstance(event, Inventory) else inventory
        yield event
    if inventory and manifest is not None:
        yield from _stale(inventory, file, manifest)


def _guarded(path: str, read: Callable[[], Inventory], size: int) -> Iterator[Event]:
    try:
        inventory = read()
    except UsageError as error:
        yield Unread(error.path or path, error.line, error.message)
        return
    except OSError as error:
        yield Unread(path, 0, f"cannot be read: {error.strerror or error}")
        return
    if not inventory.packages and not inventory.root and not inventory.wants:
        yield Unread(path, 0, "names no package, so there is nothing to audit; remove it, or exclude it in the policy with a reason")
        return
    yield Scanned(files=1, bytes=size)
    yield inventory


def _stale(inventory: Inventory, file: scope.File, manifest: bytes) -> Iterator[Event]:
    if _language(file.path) == "node":
        from gates.inventory.node.manifest import stale
    else:
        from gates.inventory.python.manifest import stale
    path = os.path.join(dirname(file.path), _manifest_of(file.path))
    try:
        differences = stale(inventory, manifest, path)
    except UsageError as error:
        yield Unread(error.path or path, error.line, error.message)
        return
    if differences:
        yield Stale(file.path, tuple(differences))


def _unlocked(context: Context, manifest: scope.File, locked: set[str]) -> Iterator[Event]:
    """A manifest with dependencies that no lock beside it or above it holds down."""
    folder = dirname(manifest.path)
    above = [folder]
    while folder:
        folder = dirname(folder)
        above.append(folder)
    if locked.intersection(above):
        return
    try:
        data = _bytes(manifest.absolute)
        line = _first_dependency(os.path.basename(manifest.path), data, manifest.path)
    except UsageError as error:
        yield Unread(error.path or manifest.path, error.line, error.message)
        return
    except OSError as error:
        yield Unread(manifest.path, 0, f"cannot be read: {error.strerror or error}")
        return
    if line:
        way_out = _WAY_OUT.get(os.path.basename(manifest.path), "uv lock")
        yield Unread(manifest.path, line, f"its dependencies are not locked, so nobody knows what will be installed; run {way_out}")


def _first_dependency(name: str, data: bytes, path: str) -> int:
    """The line of the first dependency that the manifest declares, 0 where it declares none. Raises DocumentError."""
    if name == "package.json":
        from gates.inventory.node import manifest as node

        read = node.read(data, path)
        return min((declared.line for group in (read.dependencies, read.dev, read.optional) for declared in group.values()), default=0)
    if name in ("setup.py", "setup.cfg"):
        at = data.find(_INSTALL_REQUIRES)
        return 0 if at < 0 else data.count(b"\n", 0, at) + 1
    from gates.inventory.python import manifest as python

    return min((wanted.line for wanted in python.read_manifest(data, path).wanted), default=0) or _dynamic(name, data, path)


def _dynamic(name: str, data: bytes, path: str) -> int:
    """The line where a pyproject.toml leaves its dependencies to its build backend, 0 where it does not.

    https://packaging.python.org/en/latest/specifications/pyproject-toml/#dynamic
    """
    project = Table(read_toml(data, path), path).table("project") if name == "pyproject.toml" else None
    dynamic = project.texts("dynamic", ()) if project else ()
    return project.line_of("dynamic") if project and {"dependencies", "optional-dependencies"}.intersection(dynamic) else 0


def _beside(file: scope.File) -> bytes | None:
    try:
        return _bytes(os.path.join(os.path.dirname(file.absolute), _manifest_of(file.path)))
    except FileNotFoundError:
        return None


def _manifest_of(lock: str) -> str:
    if _language(lock) == "node":
        return "package.json"
    return "Pipfile" if os.path.basename(lock) == "Pipfile.lock" else "pyproject.toml"


def _bytes(path: str) -> bytes:
    with open(scope.open_regular(path), "rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise UsageError(f"more than {LIMIT >> 20} MiB, too much for a lock file", path)
    return data


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
