"""package.json: what a project declares, and whether its lock file still answers it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from gates.core.documents import Table, read_json
from gates.core.documents.node import quoted
from gates.inventory.node.origin import MAX_BYTES, is_name, is_plain, shown
from gates.inventory.package import Inventory

# Among an inventory's `wants`, for a specifier that the lock file does not record as the manifest writes it.
UNKNOWN: Final = "?"

_NPM: Final = ("package-lock.json", "npm-shrinkwrap.json")
# Protocols that name a place in the repository. Lock files write such a dependency in another form than the manifest, or not at all.
_LOCAL: Final = ("workspace:", "link:", "file:", "portal:", "exec:", "./", "../", "/", "~/")


class Declared(NamedTuple):
    specifier: str
    line: int


class Manifest(NamedTuple):
    """Names to what is declared of them. `workspaces`: it has parts with manifests of their own. `overridden` are the packages that
    it gives another version than those who want them ask for.
    """

    name: str
    dependencies: Mapping[str, Declared]
    dev: Mapping[str, Declared]
    optional: Mapping[str, Declared]
    peers: Mapping[str, Declared]
    workspaces: bool
    overridden: frozenset[str]


def read(data: bytes, path: str) -> Manifest:
    """A name that is both optional and not counts as optional, as npm has it. Raises DocumentError."""
    document = Table(read_json(data, path, max_bytes=MAX_BYTES), path, "the manifest")
    optional = _declared(document, "optionalDependencies")
    dependencies = {name: declared for name, declared in _declared(document, "dependencies").items() if name not in optional}
    name = document.node("name")
    return Manifest(
        name.value if name and isinstance(name.value, str) else "",
        dependencies,
        _declared(document, "devDependencies"),
        optional,
        _declared(document, "peerDependencies"),
        "workspaces" in document,
        frozenset(_overridden(document)),
    )


def _declared(document: Table, section: str) -> dict[str, Declared]:
    found: dict[str, Declared] = {}
    inner = document.table(section)
    for name in inner or ():
        node = inner.node(name) if inner else None
        if node is None or not isinstance(node.value, str):
            raise document.error(f"the range of {quoted(name)} in {section!r} must be text", section)
        if is_name(name):  # some keep comments under the name //
            found[name] = Declared(node.value, node.key_line)
    return found


def _overridden(document: Table) -> Iterator[str]:
    """https://yarnpkg.com/configuration/manifest#resolutions: the package is the last part of a path such as **/a/b@npm:1."""
    inner = document.node("resolutions")
    for pattern in inner.value if inner and isinstance(inner.value, dict) else ():
        at = pattern.rfind("@")
        parts = (pattern[:at] if at > 0 and pattern[at - 1] != "/" else pattern).split("/")
        yield "/".join(parts[-2:]) if len(parts) > 1 and parts[-2].startswith("@") else parts[-1]


def stale(inventory: Inventory, manifest: bytes, path: str) -> list[str]:
    """One line for each dependency that the manifest at `path` declares and the lock file does not hold, or holds for another range.

    Specifiers are compared as text, nothing is resolved. Nothing is said where a lock file does not record what was asked for, and of
    dependencies within the repository. Raises DocumentError where the manifest cannot be read.
    """
    declared = read(manifest, path)
    if inventory.wants is None:
        return []
    wanted: dict[str, set[str]] = {}
    for name, specifier in inventory.wants:
        wanted.setdefault(name, set()).add(_normal(specifier))
    return [
        line
        for name, (specifier, at), peer in _all(declared)
        if (line := _complaint(inventory.kind, declared, wanted.get(name), name, specifier, at, peer))
    ]


def _all(manifest: Manifest) -> Iterator[tuple[str, Declared, bool]]:
    # What is declared for production and for development is locked as the former.
    for name, declared in {**manifest.dev, **manifest.dependencies, **manifest.optional}.items():
        yield name, declared, False
    for name, declared in manifest.peers.items():
        yield name, declared, True


def _complaint(kind: str, manifest: Manifest, wanted: set[str] | None, name: str, specifier: str, line: int, peer: bool) -> str:
    local = specifier.startswith(_LOCAL)
    what = f"{name} {shown(specifier)!r} (line {line} of the manifest)"
    if wanted is None:
        # Only npm locks the project's own peers, and classic yarn's file tells a workspace from a package by its absence.
        unlocked = (peer and kind not in _NPM) or (kind == "yarn.lock v1" and manifest.workspaces)
        return "" if local or unlocked else f"{what} is not in the lock file"
    if local or (peer and kind not in _NPM) or UNKNOWN in wanted or _normal(specifier) in wanted:
        return ""
    if name in manifest.overridden or any(other.startswith(_LOCAL) for other in wanted):
        return ""
    # yarn rewrites what is no range: an address, a patch, a catalog.
    if kind.startswith("yarn.lock") and not is_plain(_normal(specifier)) and not _normal(specifier).startswith("npm:"):
        return ""
    return f"{what} is locked for {' and '.join(repr(shown(other)) for other in sorted(wanted))}"


def _normal(specifier: str) -> str:
    """Blanks do not count, and yarn from version 2 on writes npm: before ranges too, not only before other names."""
    text = " ".join(specifier.split())
    plain = text.removeprefix("npm:")
    return plain if "@" not in plain[1:] and is_plain(plain) else text
