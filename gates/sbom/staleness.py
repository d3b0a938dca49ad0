"""Whether the SBOMs of a release list what its lock files hold: the same packages, versions, files and edges."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from gates.core.errors import UsageError
from gates.core.finding import Finding, Severity
from gates.core.gate import Context, Scanned, Selection, Skipped, Unread
from gates.core.process import is_inside
from gates.core.purl import Purl, parse_purl, same_version
from gates.core.source import read_regular
from gates.inventory.files import Stale, inventories
from gates.inventory.package import Inventory, Package, canonical
from gates.sbom import agreement, certain, choosing, references, roots, rules
from gates.sbom.agreement import Name
from gates.sbom.checking import Draft, capped
from gates.sbom.reading import Document, Listed, at, items, text

# A package of a lock that the environment did not install, for its marker asks for another platform: a property of metadata.
NOT_INSTALLED = "gates:not-installed"
UNCOMPARED = "compared with no lock file"  # begins the reason
_COMPARED = frozenset({"pypi", "npm"})
_NAMED = 5


class Locked(NamedTuple):
    """`released` must be in an SBOM, `possible` may be, `known` is all that the locks hold. `own` are the projects' names, `direct` is what
    the projects themselves need on every platform, `certain` what the release has there, `projects` those
    that an SBOM may describe.
    """

    released: tuple[Package, ...]
    possible: tuple[Package, ...]
    known: tuple[Package, ...]
    own: frozenset[str]
    direct: frozenset[choosing.Key]
    certain: frozenset[choosing.Key]
    projects: tuple[roots.Project, ...] = ()


class Comparison(NamedTuple):
    """`direct` are the direct dependencies of what is released that are in no SBOM in any version; `different` the drafts of findings, by
    document.
    """

    direct: tuple[Package, ...]
    different: Mapping[str, list[Draft]]


def judge(
    documents: Sequence[Document], context: Context, groups: Sequence[str], root: str = ""
) -> Iterator[Finding | Scanned | Skipped | Unread]:
    """The documents together against all inventories of the repository: what one lacks, another one may hold."""
    compared = []
    for document in documents:
        if document.main and references.is_image(document.main):
            yield Skipped(document.path, "compared with no lock file: it describes an image")
        else:
            compared.append(document)
    if not compared:
        return
    held: list[Inventory] = []
    broken = False
    for event in inventories(context._replace(selection=Selection()), (), ()):
        if isinstance(event, Inventory):
            held.append(event)
        elif not isinstance(event, Stale):  # which is for the deps gate to say
            broken = broken or isinstance(event, Unread)
            yield event
    if broken:
        return  # an error already; what no other lock has may be in the one that could not be read
    if not held:
        yield from (Skipped(document.path, "compared with no lock file: the repository has none") for document in compared)
        return
    try:
        locks = locked(held, groups, partial(_own_file, context.root), root)
    except UsageError as error:
        yield Unread(error.path, error.line, error.message)
        return
    found = compare(compared, locks)
    if found.direct:
        yield _without_direct(compared[0], found.direct)
        return
    for document in compared:
        yield from capped(rules.STALE, found.different.get(document.path, ()), document.path)


def _own_file(root: str, path: str) -> bytes | None:
    """None also for what links lead out to."""
    place = os.path.realpath(os.path.join(root, path))
    return read_regular(place, path) if is_inside(place, root) else None


def _without_direct(document: Document, direct: Sequence[Package]) -> Unread:
    names = ", ".join(dict.fromkeys(package.name for package in direct[:_NAMED])) + (" and more" if len(direct) > _NAMED else "")
    message = (
        f"lacks direct dependencies of what is released: {names} (see {_place(direct[0])}), so it is not the release's SBOM; make it again"
    )
    return Unread(document.path, references.line_of(document, "components"), message)


def locked(held: Sequence[Inventory], names: Iterable[str], read: roots.Read, root: str = "") -> Locked:
    """As `gates sbom make` chooses. `names` are groups that belong to the release besides what runs in production, `read` gives a file of
    the repository. Raises UsageError, also for a group that nothing knows.
    """
    folders = {roots.folder_of(inventory.path) for inventory in held}
    asked = choosing.asked(folders, read)
    groups = choosing.groups(names, False, held, asked)
    released: list[Package] = []
    possible: list[Package] = []
    direct: set[choosing.Key] = set()
    sure: set[choosing.Key] = set()
    for inventory in held:
        chosen = choosing.choose(inventory, groups, asked)
        direct.update(certain.direct(chosen, groups, asked))
        sure.update(certain.packages(chosen, groups, asked))
        for package in chosen.packages:
            due = not package.groups or any(map(groups.has, package.groups))
            (released if due or package.ecosystem != "npm" else possible).append(package)
    own = {name for inventory in held if inventory.root for name in (inventory.root, canonical(inventory.root))}
    known = [package for inventory in held for package in inventory.packages]
    projects = roots.projects(folders, root, read)
    return Locked(tuple(released), tuple(possible), tuple(known), frozenset(own), frozenset(direct), frozenset(sure), projects)


def compare(documents: Sequence[Document], locks: Locked) -> Comparison:
    """Versions count as their ecosystem compares them."""
    listed: dict[Name, list[tuple[Document, Listed]]] = {}
    for document in documents:
        images = references.of_images(document, references.edges(document))
        for place, component in enumerate(document.components):
            excluded = place in images or _not_shipped(component)
            if component.purl and component.purl.type in _COMPARED and not excluded:
                listed.setdefault(component.purl[:3], []).append((document, component))
    released, possible, known = _by_name(locks.released), _by_name(locks.possible), _by_name(locks.known)
    every = _all_by_name(locks.known)
    absent, built, lax = _absent(documents), _built(documents), _of_another_tool(documents)
    direct: list[Package] = []
    different: dict[str, list[Draft]] = {}
    for name in sorted(released.keys() | listed.keys()):
        here, wanted = listed.get(name, []), released.get(name, {})
        allowed = [*wanted, *possible.get(name, ())]
        # A document is believed that something was not installed where the lock itself says that it may not be.
        there = [*(component.version for _, component in here), *absent.get(name, ())]
        missing = [
            package
            for version, package in wanted.items()
            if not _among(name[0], version, there if choosing.key(package) not in locks.certain else [each.version for _, each in here])
        ]
        extra = [each for each in here if not _among(name[0], each[1].version, allowed)]
        if built and here and not extra and name[0] == "pypi":
            missing = []  # a lock may hold a version for each platform, an environment holds one
        if not here:
            direct += [package for package in missing if choosing.key(package) in locks.direct]
        for document, component in here:
            drafts = agreement.of_component(component, every.get(name, ()))
            different.setdefault(document.path, []).extend(drafts)
        for document in documents:
            different.setdefault(document.path, []).extend(agreement.twice([each for where, each in here if where is document]))
        if not missing and (not extra or _shown(name) in locks.own):
            continue
        document = extra[0][0] if extra else documents[0]
        line = extra[0][1].line if extra else references.line_of(document, "components")
        draft = _difference(name, line, [component for _, component in extra], missing, known.get(name, {}))
        if lax and not extra and not any(choosing.key(package) in locks.certain for package in missing):
            draft = draft._replace(message=f"{draft.message}; the lock asks for it on some platforms alone", severity=Severity.MEDIUM)
        different.setdefault(document.path, []).append(draft)
    for document in documents:
        different.setdefault(document.path, []).extend(_of_the_whole(document, [*listed.values()], locks))
    return Comparison(tuple(direct), {path: drafts for path, drafts in different.items() if drafts})


def _of_the_whole(document: Document, listed: Iterable[Sequence[tuple[Document, Listed]]], locks: Locked) -> Iterator[Draft]:
    here = [component for same in listed for where, component in same if where is document]
    named = [(_name(package), package) for package in locks.released]
    direct = {name for name, package in named if choosing.key(package) in locks.direct}
    for draft in (agreement.of_project(document, locks.projects), agreement.of_edges(document, here, named, direct)):
        if draft is not None:
            yield draft


def _not_shipped(component: Listed) -> bool:
    """https://cyclonedx.org/docs/1.7/json/#components_items_isExternal"""
    external = at(component.node, "isExternal")
    return text(component.node, "scope") == "excluded" or (external is not None and external.value is True)


def _of_another_tool(documents: Iterable[Document]) -> bool:
    """Whether no document tells of each package that was not installed, as gates does, and none is of locks alone, where all stand."""
    for document in documents:
        tools = at(document.root, "metadata", "tools")
        if any(text(tool, "name") == "gates" for tool in (*items(tools, "components"), *items(document.root, "metadata", "tools"))):
            return False
        if any(text(each, "phase") == "pre-build" for each in items(document.root, "metadata", "lifecycles")):
            return False
    return True


def _by_name(packages: Iterable[Package]) -> dict[Name, dict[str, Package]]:
    """By the purl's parts, by version."""
    found: dict[Name, dict[str, Package]] = {}
    for package in packages:
        found.setdefault(_name(package), {}).setdefault(package.version, package)
    return found


def _all_by_name(packages: Iterable[Package]) -> dict[Name, list[Package]]:
    found: dict[Name, list[Package]] = {}
    for package in packages:
        found.setdefault(_name(package), []).append(package)
    return found


def _name(package: Package) -> Name:
    """What purls hold is in lower case, and names of npm need not be."""
    purl = parse_purl(str(package.purl)) if package.ecosystem == "npm" and not package.name.islower() else package.purl
    return purl[:3]


def _among(kind: str, version: str, versions: Iterable[str]) -> bool:
    """A lock gives no version to some of what comes from a folder."""
    return any(not version or not other or same_version(kind, version, other) for other in versions)


def _absent(documents: Iterable[Document]) -> dict[Name, list[str]]:
    """Versions that the documents say are in a lock and were not installed."""
    found: dict[Name, list[str]] = {}
    for document in documents:
        for each in items(document.root, "metadata", "properties"):
            if text(each, "name") == NOT_INSTALLED:
                with suppress(ValueError):  # it explains nothing, so what it should explain is missing
                    purl = parse_purl(text(each, "value"))
                    found.setdefault(purl[:3], []).append(purl.version)
    return found


def _built(documents: Iterable[Document]) -> bool:
    """Whether an environment was looked at."""
    phases = {text(each, "phase") for document in documents for each in items(document.root, "metadata", "lifecycles")}
    return bool(phases & {"build", "post-build"})


def _difference(name: Name, line: int, extra: Sequence[Listed], missing: Sequence[Package], known: Mapping[str, Package]) -> Draft:
    purl, shown = Purl(*name), _shown(name)
    ours, theirs = sorted({component.version for component in extra}), sorted({package.version for package in missing})
    data = {"purl": str(purl), "extra": ours, "missing": theirs, "locks": sorted({package.path for package in missing})}
    if missing and ours:
        message = f"{shown} is {', '.join(ours)} in the SBOM, and {', '.join(theirs)} in {_place(missing[0])}"
    elif missing:
        message = f"{shown} {', '.join(theirs)} of {_place(missing[0])} is not in the SBOM"
    elif groups := sorted({group for package in known.values() for group in package.groups}):
        message = f"{shown} {', '.join(ours)} is in the SBOM, and in the locks for {', '.join(groups)} alone, which is not released"
    else:
        message = f"{shown} {', '.join(ours)} is in the SBOM, and in no lock file"
    return Draft(str(purl), line, message, data)


def _shown(name: Name) -> str:
    return "/".join(filter(None, name[1:]))


def _place(package: Package) -> str:
    return f"{package.path}:{package.line}" if package.line else package.path
