"""Which packages of a lock belong to a release: what runs in production, and the groups that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from posixpath import join
from typing import Final, NamedTuple

from gates.core.documents import Table, read_toml
from gates.core.documents.table import nearest
from gates.core.errors import UsageError
from gates.core.patterns import lazy
from gates.inventory.package import Ecosystem, Inventory, Package, canonical
from gates.inventory.python.manifest import Wanted, read_manifest
from gates.sbom.roots import Read, folder_of

Asked = Mapping[str, "tuple[Wanted, ...]"]  # by folder: what the manifest there asks for, where it says it itself

# npm installs these for everybody, where it can: https://docs.npmjs.com/cli/configuring-npm/package-lock-json
_EVERYWHERE: Final = frozenset({"optional", "peer"})
_DEVELOPMENT = lazy(r"(?:^|[-_./])(dev|develop|development|test|tests|testing|docs?|lint|typing|types|ci|bench|benchmarks?)(?=[-_.]|$)")


class Groups(NamedTuple):
    """`all`: every group and extra."""

    names: frozenset[str] = frozenset()
    all: bool = False

    def has(self, group: str) -> bool:
        return self.all or not group or group in self.names or canonical(group) in self.names


Key = tuple[str, str, str, str]


def key(package: Package) -> Key:
    """What is one component, whatever lock names it."""
    return package.ecosystem, package.name, package.version, package.source


class Chosen(NamedTuple):
    """`packages` are in the lock's order; `direct` are those that the project itself needs, None where the file does not tell."""

    inventory: Inventory
    packages: tuple[Package, ...]
    direct: tuple[Package, ...] | None


def asked(folders: Iterable[str], read: Read) -> dict[str, tuple[Wanted, ...]]:
    """By folder, where a pyproject.toml says itself what the project needs. Raises UsageError."""
    found = {}
    for folder in sorted(folders):
        path = join(folder, "pyproject.toml")
        data = read(path)
        if data is None:
            continue
        document = Table(read_toml(data, path), path, "the manifest")
        project, tool = document.table("project"), document.table("tool")
        if (project is not None and "dependencies" not in project.texts("dynamic", ())) or (tool is not None and "poetry" in tool):
            found[folder] = read_manifest(data, path).wanted
    return found


def groups(names: Iterable[str], everything: bool, inventories: Sequence[Inventory], asked: Asked) -> Groups:
    """Raises UsageError for a group that nothing knows: it would be left out without a word."""
    known = {group for inventory in inventories for package in inventory.packages for group in package.groups}
    known |= {group for inventory in inventories for group in inventory.needs or ()}
    known |= {wanted.group for each in asked.values() for wanted in each}
    known |= {_of_file(inventory) for inventory in inventories}
    known -= {""}
    names = frozenset(names)
    for name in sorted(names):
        if name not in known and canonical(name) not in known:
            listed = f"; there are {', '.join(sorted(known))}" if known else "; there are none"
            raise UsageError(f"--group: no lock and no manifest has a group {name!r}{nearest(name, known) or listed}")
    return Groups(names | frozenset(map(canonical, names)), everything)


def choose(inventory: Inventory, groups: Groups, asked: Asked) -> Chosen:
    inventory = _with_members(inventory, groups)
    told = _told(inventory, asked)
    if told is None and not groups.has(_of_file(inventory)):
        return Chosen(inventory, (), ())
    kept = [package for package in inventory.packages if _belongs(package, groups)]
    if inventory.needs is None:
        direct = None if told is None else tuple(package for package in kept if package.name in _names(told, groups))
        return Chosen(inventory, tuple(kept), direct)
    if told is not None:
        # The file does not know of groups: the manifest does.
        names = _names(told, groups)
        start = [package for package in kept if package.direct and package.name in names]
        return Chosen(inventory, reached(start, inventory.packages), tuple(start))
    pins = [pin for group, wanted in inventory.needs.items() if _serves(inventory, group, groups) for pin in wanted]
    found = _by_pin(inventory.packages)
    direct = tuple({key(package): package for pin in pins for package in found.get(pin, ())}.values())
    # What the file marks as production is kept even where no edge leads to it, and what is needed is kept whatever it is marked as.
    return Chosen(inventory, reached((*direct, *kept), inventory.packages), direct)


def members(inventory: Inventory, groups: Groups | None = None) -> tuple[Package, ...]:
    """The parts of a workspace beside the project itself, with what they need in the groups that are asked for."""
    ecosystem: Ecosystem = "PyPI" if inventory.kind == "uv.lock" else "npm"
    groups = groups or Groups()
    return tuple(
        Package(
            ecosystem,
            part.name,
            part.version,
            inventory.path,
            part.line,
            groups=part.groups,
            source=part.folder,
            needs=tuple(
                dict.fromkeys(pin for group, pins in part.needs.items() if _group_serves(ecosystem, group, groups) for pin in pins)
            ),
        )
        for part in inventory.parts
        if part.folder
    )


def _with_members(inventory: Inventory, groups: Groups) -> Inventory:
    own = next((part.needs for part in inventory.parts if not part.folder), None)
    if own is None:
        return inventory
    return inventory._replace(packages=(*inventory.packages, *members(inventory, groups)), needs=own)


def extras(asked: Asked, groups: Groups) -> dict[str, set[str]]:
    """What the project's own requirements ask of packages beyond what these always need."""
    found: dict[str, set[str]] = {}
    for wanted in (each for known in asked.values() for each in known):
        if wanted.extras and groups.has(wanted.group):
            found.setdefault(wanted.name, set()).update(wanted.extras)
    return found


def due(asked: Asked, groups: Groups) -> set[str]:
    """Names of what the manifests ask for whatever the platform is."""
    return {wanted.name for known in asked.values() for wanted in known if not wanted.conditional and groups.has(wanted.group)}


def _told(inventory: Inventory, asked: Asked) -> tuple[Wanted, ...] | None:
    """What the manifest says, for files that do not know of groups."""
    return asked.get(folder_of(inventory.path)) if inventory.kind in ("requirements", "environment") else None


def _of_file(inventory: Inventory) -> str:
    """The group that a requirements file is for, as its name tells, "" for none."""
    if inventory.kind != "requirements":
        return ""
    stem = inventory.path.rpartition("/")[2].rpartition(".")[0]
    found = _DEVELOPMENT.search(stem)
    return found[1] if found else ""


def _belongs(package: Package, groups: Groups) -> bool:
    return not package.groups or any(_group_serves(package.ecosystem, group, groups) for group in package.groups)


def _serves(inventory: Inventory, group: str, groups: Groups) -> bool:
    return _group_serves(inventory.packages[0].ecosystem if inventory.packages else "", group, groups)


def _group_serves(ecosystem: str, group: str, groups: Groups) -> bool:
    return groups.has(group) or (ecosystem == "npm" and group in _EVERYWHERE)


def _names(told: Sequence[Wanted], groups: Groups) -> set[str]:
    return {wanted.name for wanted in told if groups.has(wanted.group)}


def _by_pin(packages: Sequence[Package]) -> dict[tuple[str, str], list[Package]]:
    found: dict[tuple[str, str], list[Package]] = {}
    for package in packages:
        found.setdefault((package.name, package.version), []).append(package)
    return found


def reached(start: Iterable[Package], packages: Sequence[Package]) -> tuple[Package, ...]:
    found = _by_pin(packages)
    seen = {key(package): package for package in start}
    queue = list(seen.values())
    for package in queue:  # the queue grows while it is walked
        for pin in package.needs or ():
            for target in found.get(pin, ()):
                if key(target) not in seen:
                    seen[key(target)] = target
                    queue.append(target)
    return tuple(package for package in packages if key(package) in seen)
