"""What holds of the edges of any inventory, whatever it was read from."""

from __future__ import annotations

from collections.abc import Iterable

from gates.inventory.package import Inventory, Package

Id = tuple[str, str]


def check(inventory: Inventory) -> None:
    """Every edge ends in the file; what a chain leads to is reached, from the project and in production too."""
    ids = {(package.name, package.version) for package in inventory.packages}
    for package in inventory.packages:
        assert len(set(package.needs or ())) == len(package.needs or ())
        assert set(package.needs or ()) <= ids - {(package.name, package.version)}
        assert {file.hash for file in package.files} - {""} <= set(package.hashes)
    if inventory.needs is None:
        return
    assert {need for needs in inventory.needs.values() for need in needs} <= ids
    if any(package.needs is None for package in inventory.packages):
        return
    every = reached(inventory, inventory.needs)
    production = reached(inventory, [""])
    for package in inventory.packages:
        if package.chain:
            assert (package.name, package.version) in every
            if package.groups == ():
                assert (package.name, package.version) in production, package


def reached(inventory: Inventory, groups: Iterable[str]) -> set[Id]:
    needs: dict[Id, list[Id]] = {}
    for package in inventory.packages:
        needs.setdefault((package.name, package.version), []).extend(package.needs or ())
    queue = [need for group in groups for need in (inventory.needs or {}).get(group, ())]
    found = set(queue)
    for need in queue:
        for further in needs[need]:
            if further not in found:
                found.add(further)
                queue.append(further)
    return found


def edges(packages: Iterable[Package]) -> set[tuple[str, str]]:
    """By name."""
    return {(package.name, name) for package in packages for name, _ in package.needs or ()}
