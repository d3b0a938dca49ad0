"""What an environment says of the packages that locks chose: which are there, what they say of themselves, which file they came in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from posixpath import join
from typing import Final, NamedTuple
from urllib.parse import unquote

from gates.core.errors import GateUnavailable
from gates.core.purl import Purl
from gates.inventory.package import Inventory, Package, canonical
from gates.inventory.python.installed import Installed
from gates.sbom import choosing
from gates.sbom.choosing import Asked, Chosen

UNLOCKED: Final = "unlocked"  # the kind of an inventory of what is installed and in no lock
_IN_PLACE: Final = "environment"  # … and of an environment in place of a lock
_NAMED = 8  # packages that one message names


class Environment(NamedTuple):
    inventory: Inventory
    details: Mapping[str, Installed]


class Confirmed(NamedTuple):
    """`absent` are the packages that locks chose and that are not installed, as for another platform. `notes` are for the caller.
    `whole`: nothing that belongs to the release is missing in the environment, or not in the locks, or from somewhere else.
    """

    chosen: tuple[Chosen, ...]
    absent: tuple[Purl, ...]
    notes: tuple[str, ...]
    whole: bool


def as_lock(environment: Environment, root: str, folder: str, asked: Asked) -> Inventory:
    """An environment in place of a lock: what is installed, but for the project itself, with what needs what. `folder` is the project's.

    Where its manifest says what it asks for, in whatever group, what nothing of that needs is left out: no more than a lock would have it.
    """
    packages = tuple(
        package._replace(path="", needs=_needs(environment, package), direct=True, source=_shown(package.source))
        for package in environment.inventory.packages
        if package.name != canonical(root)
    )
    if folder not in asked:
        return Inventory(join(folder, "environment"), _IN_PLACE, packages)
    names = {wanted.name for wanted in asked[folder]}
    packages = choosing.reached((package for package in packages if package.name in names), packages)
    needs = {"": tuple((package.name, package.version) for package in packages)}
    return Inventory(join(folder, "environment"), _IN_PLACE, packages, needs=needs)


def confirm(chosen: Sequence[Chosen], environment: Environment, due: Collection[str], own: Collection[str] = ()) -> Confirmed:
    """What the locks chose and the environment has, and what it has beside that. `due` are the names that the project asks for on every
    platform, `own` those of the projects themselves, canonical.

    Raises GateUnavailable where the environment is not the one that the locks describe, or lacks what is needed.
    """
    wanted: dict[str, set[str]] = {}
    for package in (package for each in chosen for package in each.packages if package.ecosystem == "PyPI"):
        wanted.setdefault(package.name, set()).add(package.version)
    have = {package.name: package for package in environment.inventory.packages}
    _refuse_other_versions(wanted, have)
    if missing := sorted(name for name in due if name in wanted and name not in have):
        raise GateUnavailable(f"{_listed(missing)}: asked for by the project and not installed in the environment; install from the lock")
    absent = sorted(
        {package.purl for each in chosen for package in each.packages if package.ecosystem == "PyPI" and not _is_there(package, have)}
    )
    beside = _beside(chosen, environment, wanted, have, own)
    unlocked = frozenset(package.name for package in beside if not package.path)
    confirmed = [_confirmed(each, environment, have, unlocked) for each in chosen]
    listed = [package for each in confirmed for package in each.packages if package.ecosystem == "PyPI"]
    if beside:
        needed = {name for package in (*listed, *beside) for name, _ in package.needs or ()}
        start = tuple(package for package in beside if package.name not in needed)
        confirmed.append(Chosen(Inventory("", UNLOCKED, beside), beside, start))
    lacking = _lacking(environment, [*confirmed], wanted)
    registered = {choosing.key(package)[:3] for each in chosen for package in each.packages if not package.source}
    elsewhere = sorted({package.name for package in listed if package.source and choosing.key(package)[:3] in registered})
    left = sorted(set(have) - set(own) - {package.name for package in (*listed, *beside)})
    notes = [
        *([f"in a lock and not installed: {_listed(sorted({purl.name for purl in absent}))}"] if absent else []),
        *([f"needed by what is installed, and missing in the environment: {_listed(lacking)}"] if lacking else []),
        *([f"installed, and in no lock, so listed as incomplete: {_listed(sorted(unlocked))}"] if unlocked else []),
        *([f"installed from elsewhere than the lock says, so without its digests: {_listed(elsewhere)}"] if elsewhere else []),
        *([f"installed, and left out, for the locks have it for other groups alone: {_listed(left)}"] if left else []),
    ]
    return Confirmed(tuple(confirmed), tuple(absent), tuple(notes), not lacking and not unlocked and not elsewhere)


def _beside(
    chosen: Sequence[Chosen],
    environment: Environment,
    wanted: Collection[str],
    have: Mapping[str, Package],
    own: Collection[str],
) -> tuple[Package, ...]:
    """What is installed and was not chosen: without a path what no lock has, with one what a lock has for other groups alone and which
    something of the former needs.
    """
    locked = {package.name: package for each in chosen for package in each.inventory.packages if package.ecosystem == "PyPI"}
    versions = {(package.name, package.version): package for each in chosen for package in each.inventory.packages}
    queue = [name for name in have if name not in locked and name not in wanted and name not in own]
    seen = dict.fromkeys(queue)
    for name in queue:  # the queue grows while it is walked
        for need, _ in _needs(environment, have[name]):
            if need not in seen and need not in wanted and need not in own:
                seen[need] = None
                queue.append(need)
    found = []
    for name in seen:
        installed = have[name]
        package = versions.get((name, installed.version)) or installed._replace(path="", source=_shown(installed.source))
        found.append(_from(package._replace(groups=(), needs=_needs(environment, installed)), installed))
    return tuple(found)


def _refuse_other_versions(wanted: Mapping[str, Collection[str]], have: Mapping[str, Package]) -> None:
    # A local folder's version may be unknown to the lock: it is made when the folder is built.
    others = [
        f"{name} {have[name].version} (the lock has {' and '.join(sorted(versions))})"
        for name, versions in sorted(wanted.items())
        if name in have and have[name].version not in versions and "" not in versions and have[name].version
    ]
    if others:
        raise GateUnavailable(f"the environment is not the one that the lock describes: {_listed(others)}; install from the lock")


def _confirmed(each: Chosen, environment: Environment, have: Mapping[str, Package], unlocked: Collection[str]) -> Chosen:
    packages = tuple(_merged(package, environment, have, unlocked) for package in each.packages if _is_there(package, have))
    direct = each.direct
    if direct is not None:
        direct = tuple(_merged(package, environment, have, unlocked) for package in direct if _is_there(package, have))
    return Chosen(each.inventory, packages, direct)


def _is_there(package: Package, have: Mapping[str, Package]) -> bool:
    found = have.get(package.name)
    return package.ecosystem != "PyPI" or (found is not None and package.version in ("", found.version))


def _merged(package: Package, environment: Environment, have: Mapping[str, Package], unlocked: Collection[str]) -> Package:
    if package.ecosystem != "PyPI":
        return package
    installed = have[package.name]
    told = _needs(environment, package)
    if package.needs is None:
        needs = told
    else:
        # The version of a folder may be known only where it was built.
        pins = ((name, version or (have[name].version if name in have else "")) for name, version in package.needs)
        needs = tuple(dict.fromkeys((*pins, *(pin for pin in told if pin[0] in unlocked))))
    return _from(package._replace(version=package.version or installed.version, needs=needs), installed)


def _from(package: Package, installed: Package) -> Package:
    """Without the digests of a registry where the package is from somewhere else; a file of the same digest is the registry's."""
    digests = {*package.hashes, *(file.hash for file in package.files if file.hash)}
    if package.source or not installed.source or digests.intersection(installed.hashes):
        return package
    return package._replace(source=_shown(installed.source), hashes=(), files=())


def _shown(source: str) -> str:
    """Without the folders of the machine, which say nothing to others, and would make the document another one on each."""
    kind, plus, address = source.rpartition("+")
    if not address.startswith(("file:", "/", "\\")) and address[1:2] != ":":
        return source
    commit = address.rpartition("@")[2] if plus and "@" in address else ""
    path = address.removesuffix(f"@{commit}") if commit else address
    leaf = unquote(path.replace("\\", "/").rstrip("/").rpartition("/")[2])
    return f"{kind}{plus}file:{leaf}" + (f"@{commit}" if commit else "")


def _needs(environment: Environment, package: Package) -> tuple[tuple[str, str], ...]:
    details = environment.details
    return tuple((name, details[name].version) for name in details[package.name].needs) if package.name in details else ()


def _lacking(environment: Environment, confirmed: Sequence[Chosen], wanted: Collection[str]) -> list[str]:
    """Names for a note. What is needed on every platform is no matter for one: raises GateUnavailable, unless the lock of the package says
    that it is not needed, as an override does.
    """
    noted: set[str] = set()
    refused: set[str] = set()
    for each in confirmed:
        told = each.inventory.kind not in (_IN_PLACE, UNLOCKED)
        locked = {(package.name, package.version): package.needs for package in each.inventory.packages} if told else {}
        for package in each.packages:
            details = environment.details.get(package.name) if package.ecosystem == "PyPI" else None
            if details is None:
                continue
            needs = locked.get((package.name, package.version))
            for name in details.missing:
                known = needs is None or any(name == need for need, _ in needs)
                if name in details.always and known:
                    refused.add(f"{name} (of {package.name})")
                elif name in details.always or name in wanted or not told:
                    noted.add(name)
    if refused:
        raise GateUnavailable(f"{_listed(sorted(refused))}: needed by what is installed, and not installed; install from the lock")
    return sorted(noted)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def people(details: Installed) -> Iterator[tuple[str, str]]:
    """Who made it, and the field of the metadata that says so."""
    for field, names in (("Author", details.authors), ("Maintainer", details.maintainers)):
        for name in names:
            yield name, field
