"""What an environment says of the packages that locks chose: which are there, what they say of themselves, which file they came in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from posixpath import join
from typing import NamedTuple

from gates.core.errors import GateUnavailable
from gates.core.purl import Purl
from gates.inventory.package import Inventory, Package, canonical
from gates.inventory.python.installed import Installed
from gates.sbom.choosing import Asked, Chosen

_NAMED = 8  # packages that one message names


class Environment(NamedTuple):
    inventory: Inventory
    details: Mapping[str, Installed]


class Confirmed(NamedTuple):
    """`absent` are the packages that locks chose and that are not installed, as for another platform. `notes` are for the caller.
    `whole`: nothing that belongs to the release is missing in the environment, or not in the locks.
    """

    chosen: tuple[Chosen, ...]
    absent: tuple[Purl, ...]
    notes: tuple[str, ...]
    whole: bool


def as_lock(environment: Environment, root: str, folder: str, asked: Asked) -> Inventory:
    """An environment in place of a lock: what is installed, but for the project itself, with what needs what. `folder` is the project's."""
    packages = tuple(
        package._replace(path="", needs=_needs(environment, package), direct=True)
        for package in environment.inventory.packages
        if package.name != canonical(root)
    )
    needs = {"": tuple((package.name, package.version) for package in packages)} if folder in asked else None
    return Inventory(join(folder, "environment"), "environment", packages, needs=needs)


def confirm(chosen: Sequence[Chosen], environment: Environment, due: Collection[str]) -> Confirmed:
    """What the locks chose and the environment has. `due` are the names that the project asks for on every platform.

    Raises GateUnavailable where the environment is not the one that the locks describe.
    """
    wanted: dict[str, set[str]] = {}
    for package in (package for each in chosen for package in each.packages if package.ecosystem == "PyPI"):
        wanted.setdefault(package.name, set()).add(package.version)
    have = {package.name: package for package in environment.inventory.packages}
    _refuse_other_versions(wanted, have)
    if missing := sorted(name for name in due if name in wanted and name not in have):
        raise GateUnavailable(f"{_listed(missing)}: asked for by the project and not installed in the environment; install from the lock")
    listed = frozenset(wanted).intersection(have)
    absent = sorted(
        {package.purl for each in chosen for package in each.packages if package.ecosystem == "PyPI" and not _is_there(package, have)}
    )
    lacking, unlocked = _lacking(environment, listed, wanted), _unlocked(chosen, environment, listed)
    notes = [
        *([f"in a lock and not installed: {_listed(sorted({purl.name for purl in absent}))}"] if absent else []),
        *([f"needed by what is installed, and missing in the environment: {_listed(lacking)}"] if lacking else []),
        *([f"needed by what is installed, and in no lock: {_listed(unlocked)}"] if unlocked else []),
    ]
    confirmed = tuple(_confirmed(each, environment, have) for each in chosen)
    return Confirmed(confirmed, tuple(absent), tuple(notes), not lacking and not unlocked)


def _refuse_other_versions(wanted: Mapping[str, Collection[str]], have: Mapping[str, Package]) -> None:
    # A local folder's version may be unknown to the lock: it is made when the folder is built.
    others = [
        f"{name} {have[name].version} (the lock has {' and '.join(sorted(versions))})"
        for name, versions in sorted(wanted.items())
        if name in have and have[name].version not in versions and "" not in versions and have[name].version
    ]
    if others:
        raise GateUnavailable(f"the environment is not the one that the lock describes: {_listed(others)}; install from the lock")


def _confirmed(each: Chosen, environment: Environment, have: Mapping[str, Package]) -> Chosen:
    packages = tuple(_merged(package, environment, have) for package in each.packages if _is_there(package, have))
    direct = each.direct
    if direct is not None:
        direct = tuple(_merged(package, environment, have) for package in direct if _is_there(package, have))
    return Chosen(each.inventory, packages, direct)


def _is_there(package: Package, have: Mapping[str, Package]) -> bool:
    found = have.get(package.name)
    return package.ecosystem != "PyPI" or (found is not None and package.version in ("", found.version))


def _merged(package: Package, environment: Environment, have: Mapping[str, Package]) -> Package:
    if package.ecosystem != "PyPI":
        return package
    version = package.version or have[package.name].version
    needs = _needs(environment, package) if package.needs is None else package.needs
    return package._replace(version=version, needs=needs)


def _needs(environment: Environment, package: Package) -> tuple[tuple[str, str], ...]:
    details = environment.details
    return tuple((name, details[name].version) for name in details[package.name].needs) if package.name in details else ()


def _lacking(environment: Environment, listed: Collection[str], wanted: Collection[str]) -> list[str]:
    details = environment.details
    return sorted({name for each in listed if each in details for name in details[each].missing if name in wanted})


def _unlocked(chosen: Sequence[Chosen], environment: Environment, listed: Collection[str]) -> list[str]:
    """What a package needs whose lock does not say what it needs."""
    locked = {package.name for each in chosen for package in each.inventory.packages}
    return sorted(
        {
            name
            for each in chosen
            for package in each.packages
            if package.needs is None and package.name in listed
            for name, _ in _needs(environment, package)
            if name not in locked
        }
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def people(details: Installed) -> Iterator[tuple[str, str]]:
    """Who made it, and the field of the metadata that says so."""
    for field, names in (("Author", details.authors), ("Maintainer", details.maintainers)):
        for name in names:
            yield name, field
