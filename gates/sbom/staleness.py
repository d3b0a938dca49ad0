"""Whether the SBOMs of a release list what its lock files hold: the same packages, in the same versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from gates.core.finding import Finding
from gates.core.gate import Context, Scanned, Selection, Skipped, Unread
from gates.core.purl import Purl, parse_purl, same_version
from gates.inventory.files import Stale, inventories
from gates.inventory.package import Inventory, Package, canonical
from gates.sbom import references, rules
from gates.sbom.checking import Draft, capped
from gates.sbom.reading import Document, Listed, items, text

# A package of a lock that the environment did not install, for its marker asks for another platform: a property of metadata.
NOT_INSTALLED = "gates:not-installed"
_COMPARED = frozenset({"pypi", "npm"})
_IMAGES = frozenset({"container", "operating-system"})
# npm installs these where it can: https://docs.npmjs.com/cli/configuring-npm/package-lock-json
_WHERE_POSSIBLE = frozenset({"optional", "peer"})
_NAMED = 5

Name = tuple[str, str, str]  # type, namespace and name of a purl


class Locked(NamedTuple):
    """`released` must be in an SBOM, `possible` may be, `known` is all that the locks hold. `own` are the projects' own names."""

    released: tuple[Package, ...]
    possible: tuple[Package, ...]
    known: tuple[Package, ...]
    own: frozenset[str]


class Comparison(NamedTuple):
    """`direct` are the direct dependencies of what is released that are in no SBOM in any version; `different` the drafts of findings, by
    document.
    """

    direct: tuple[Package, ...]
    different: Mapping[str, list[Draft]]


def judge(documents: Sequence[Document], context: Context, groups: Sequence[str]) -> Iterator[Finding | Scanned | Skipped | Unread]:
    """The documents together against all inventories of the repository: what one lacks, another one may hold."""
    compared = []
    for document in documents:
        if document.main and text(document.main.node, "type") in _IMAGES:
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
    found = compare(compared, locked(held, groups))
    if found.direct:
        yield _without_direct(compared[0], found.direct)
        return
    for document in compared:
        yield from capped(rules.STALE, found.different.get(document.path, ()), document.path)


def _without_direct(document: Document, direct: Sequence[Package]) -> Unread:
    names = ", ".join(dict.fromkeys(package.name for package in direct[:_NAMED])) + (" and more" if len(direct) > _NAMED else "")
    message = (
        f"lacks direct dependencies of what is released: {names} (see {_place(direct[0])}), so it is not the release's SBOM; make it again"
    )
    return Unread(document.path, references.line_of(document, "components"), message)


def locked(held: Iterable[Inventory], groups: Iterable[str]) -> Locked:
    """`groups` belong to the release besides what runs in production."""
    chosen = frozenset(groups)
    released: list[Package] = []
    possible: list[Package] = []
    known: list[Package] = []
    own: set[str] = set()
    for inventory in held:
        own |= {inventory.root, canonical(inventory.root)} if inventory.root else set()
        for package in inventory.packages:
            known.append(package)
            if not package.groups or chosen.intersection(package.groups):
                released.append(package)
            elif package.ecosystem == "npm" and _WHERE_POSSIBLE.intersection(package.groups):
                possible.append(package)
    return Locked(tuple(released), tuple(possible), tuple(known), frozenset(own))


def compare(documents: Sequence[Document], locks: Locked) -> Comparison:
    """Versions count as their ecosystem compares them."""
    listed: dict[Name, list[tuple[Document, Listed]]] = {}
    for document in documents:
        images = references.of_images(document, references.edges(document))
        for place, component in enumerate(document.components):
            excluded = place in images or text(component.node, "scope") == "excluded"
            if component.purl and component.purl.type in _COMPARED and not excluded:
                listed.setdefault(component.purl[:3], []).append((document, component))
    released, possible, known = _by_name(locks.released), _by_name(locks.possible), _by_name(locks.known)
    absent, built = _absent(documents), _built(documents)
    direct: list[Package] = []
    different: dict[str, list[Draft]] = {}
    for name in sorted(released.keys() | listed.keys()):
        here, wanted = listed.get(name, []), released.get(name, {})
        allowed = [*wanted, *possible.get(name, ())]
        there = [*(component.version for _, component in here), *absent.get(name, ())]
        missing = [package for version, package in wanted.items() if not _among(name[0], version, there)]
        extra = [each for each in here if not _among(name[0], each[1].version, allowed)]
        if built and here and not extra and name[0] == "pypi":
            missing = []  # a lock may hold a version for each platform, an environment holds one
        if not here:
            direct += [package for package in missing if package.direct]
        if not missing and (not extra or _shown(name) in locks.own):
            continue
        document = extra[0][0] if extra else documents[0]
        line = extra[0][1].line if extra else references.line_of(document, "components")
        draft = _difference(name, line, [component for _, component in extra], missing, known.get(name, {}))
        different.setdefault(document.path, []).append(draft)
    return Comparison(tuple(direct), different)


def _by_name(packages: Iterable[Package]) -> dict[Name, dict[str, Package]]:
    """By the purl's parts, by version."""
    found: dict[Name, dict[str, Package]] = {}
    for package in packages:
        # What purls hold is in lower case, and names of npm need not be.
        purl = parse_purl(str(package.purl)) if package.ecosystem == "npm" and not package.name.islower() else package.purl
        found.setdefault(purl[:3], {}).setdefault(package.version, package)
    return found


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
