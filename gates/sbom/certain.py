"""Which packages of a lock a release has on every platform: what it may lack elsewhere is for a marker of the lock to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gates.inventory.package import Inventory, Package
from gates.sbom import choosing
from gates.sbom.choosing import Asked, Chosen, Groups, Key
from gates.sbom.roots import folder_of

Pin = tuple[str, str]


def packages(chosen: Chosen, groups: Groups, asked: Asked) -> frozenset[Key]:
    """Of those that were chosen: what no marker stands before, on one way from the project at least. Where the lock does not tell of
    markers, everything.
    """
    inventory = chosen.inventory
    optional = _conditional(inventory, groups, asked)
    kept = [package for package in chosen.packages if not package.conditional]
    if inventory.needs is None:
        return frozenset(choosing.key(package) for package in kept if package.name not in optional)
    pins = _pins(kept)
    served = {group: wanted for group, wanted in inventory.needs.items() if groups.has(group)}
    start = [pin for wanted in served.values() for pin in wanted]
    sure = [pin for group, wanted in served.items() for pin in wanted if pin not in inventory.maybe.get(group, ())]
    reached = _walk([pin for pin in sure if pin[0] not in optional], pins, every=False)
    # What nothing leads to is there for a reason that the lock does not tell.
    loose = pins.keys() - _walk(start, _pins(chosen.packages), every=True)
    return frozenset(choosing.key(package) for package in kept if (package.name, package.version) in reached | loose)


def _pins(packages: Iterable[Package]) -> dict[Pin, Package]:
    return {(package.name, package.version): package for package in packages}


def direct(chosen: Chosen, groups: Groups, asked: Asked) -> frozenset[Key]:
    """What the project itself asks for, whatever the platform is; where its manifest can be read no other member of a workspace counts."""
    known = asked.get(folder_of(chosen.inventory.path))
    names = None if known is None else {wanted.name for wanted in known if groups.has(wanted.group) and not wanted.conditional}
    sure = packages(chosen, groups, asked)
    found = [package for package in chosen.direct or () if choosing.key(package) in sure]
    return frozenset(choosing.key(package) for package in found if names is None or package.ecosystem == "npm" or package.name in names)


def _conditional(inventory: Inventory, groups: Groups, asked: Asked) -> frozenset[str]:
    """Names that the manifest asks for under markers alone."""
    known = [wanted for wanted in asked.get(folder_of(inventory.path), ()) if groups.has(wanted.group)]
    if any(package.ecosystem == "npm" for package in inventory.packages):
        return frozenset()
    marked = {wanted.name for wanted in known if wanted.conditional}
    # Several lines for one name are for several platforms, so that one of them counts on each.
    return frozenset(name for name in marked if sum(wanted.name == name for wanted in known) == 1)


def _walk(start: Sequence[Pin], pins: Mapping[Pin, Package], *, every: bool) -> set[Pin]:
    reached = {pin for pin in start if pin in pins}
    queue = list(reached)
    for pin in queue:  # the queue grows while it is walked
        package = pins[pin]
        for target in package.needs or ():
            if target in pins and target not in reached and (every or target not in package.maybe):
                reached.add(target)
                queue.append(target)
    return reached
