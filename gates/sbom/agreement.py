"""Where an SBOM and the locks name the same packages: whether they also say the same of their files, places, edges and of the project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gates.core.documents.node import quoted
from gates.core.finding import Severity
from gates.core.purl import same_version
from gates.inventory.package import Package, canonical
from gates.sbom import digests, references
from gates.sbom.checking import Draft
from gates.sbom.reading import Document, Listed, text
from gates.sbom.roots import Project

_NAMED = 3
# A purl's qualifiers that send whoever installs it elsewhere; vcs_url is what some tools write of every package of npm.
_PLACES = {"pypi": ("repository_url", "download_url", "vcs_url"), "npm": ("repository_url",)}

Name = tuple[str, str, str]  # type, namespace and name of a purl
Edge = tuple[Name, Name]


def of_component(component: Listed, packages: Sequence[Package]) -> Iterator[Draft]:
    """`packages` are all that the locks hold of its name."""
    purl = component.purl
    if purl is None:
        return
    same = [package for package in packages if not package.version or same_version(purl.type, package.version, component.version)]
    if other := list(_other_hashes(component, same)):
        listed = ", ".join(other[:_NAMED]) + (f" and {len(other) - _NAMED} more" if len(other) > _NAMED else "")
        where = f"{same[0].path}:{same[0].line}" if same[0].line else same[0].path
        yield Draft(f"hash of {purl}", component.line, f"{component.label} has another hash than the lock: {listed} is not in {where}")
    for key, value in digests.qualifiers(text(component.node, "purl")):
        if key in _PLACES.get(purl.type, ()) and same and not any(package.source for package in same):
            message = f"{component.label} is from {quoted(value)} by its package URL, and from the registry in the lock"
            yield Draft(f"source of {purl}", component.line, message)


def _other_hashes(component: Listed, packages: Sequence[Package]) -> Iterator[str]:
    known: dict[str, set[str]] = {}
    for written in (digest for package in packages for digest in (*package.hashes, *(file.hash for file in package.files))):
        algorithm, _, value = written.partition(":")
        known.setdefault(algorithm.lower(), set()).add(value.lower())
    for (_, algorithm), values in digests.of(component).items():
        if held := known.get(algorithm.lower().replace("-", "")):
            yield from (f"{algorithm} {value}" for value in sorted(values - held))


def twice(listed: Sequence[Listed]) -> Iterator[Draft]:
    """Of one name. A package of npm may be installed in several places."""
    times = Counter(component.version for component in listed)
    for component in listed[1:]:
        if component.purl and component.purl.type == "pypi" and times.pop(component.version, 0) > 1:
            message = f"{component.label} is listed more than once, under several references"
            yield Draft(f"twice {component.purl}", component.line, message)


# edges


class _Told(NamedTuple):
    edges: frozenset[Edge]
    names: frozenset[Name]


def of_edges(
    document: Document, listed: Sequence[Listed], packages: Iterable[tuple[Name, Package]], direct: Iterable[Name]
) -> Draft | None:
    """One for the document. `listed` are the components that are compared, `packages` what is released, `direct` what the project needs."""
    told = _told(document, listed)
    wanted: set[Edge] = set()
    sure: set[Edge] = set()
    known: set[Name] = set()
    by_pin: dict[tuple[str, str, str], Name] = {}
    packages = list(packages)
    for name, package in packages:
        by_pin[package.ecosystem, package.name, package.version] = name
    for name, package in packages:
        if package.needs is None or name not in told.names:
            continue
        known.add(name)
        for pin in package.needs:
            target = by_pin.get((package.ecosystem, *pin))
            if target in told.names and target is not None and target != name:
                wanted.add((name, target))
                if pin not in package.maybe:
                    sure.add((name, target))
    root = ("", "", "")
    sure |= {(root, name) for name in direct if name in told.names}
    missing = sorted(sure - told.edges)
    extra = sorted(edge for edge in told.edges - wanted if edge[0] in known)
    if not missing and not extra:
        return None
    said = [f"{len(missing)} of the locks are not in the SBOM ({_shown(missing)})"] if missing else []
    said += [f"{len(extra)} of the SBOM are in no lock ({_shown(extra)})"] if extra else []
    message = f"edges differ: {' and '.join(said)}"
    line = references.line_of(document, "dependencies")
    return Draft("edges", line, message, {"missing": len(missing), "extra": len(extra)}, Severity.MEDIUM)


def _told(document: Document, listed: Sequence[Listed]) -> _Told:
    root = ("", "", "")
    names: dict[str, Name] = {component.ref: component.purl[:3] for component in listed if component.ref and component.purl}
    if document.main and document.main.ref:
        names[document.main.ref] = root
    found = {
        (names[ref], names[target])
        for ref, targets in references.edges(document).needs.items()
        for target in targets
        if ref in names and target in names and names[ref] != names[target]
    }
    # What is part of a component is needed by it: https://cyclonedx.org/docs/1.6/json/#components_items_components
    for component in listed:
        holder = None if component.holder is None else document.main if component.holder < 0 else document.components[component.holder]
        if holder is not None and holder.ref in names and component.purl:
            found.add((names[holder.ref], component.purl[:3]))
    return _Told(frozenset(found), frozenset(names.values()))


def _shown(edges: Sequence[Edge]) -> str:
    named = ", ".join(f"{one[2] or 'the project'} -> {other[2]}" for one, other in edges[:_NAMED])
    return named + (" and more" if len(edges) > _NAMED else "")


# the project


def of_project(document: Document, projects: Sequence[Project]) -> Draft | None:
    """`projects` are those that the repository's manifests name; without any nothing can be told."""
    main = document.main
    if main is None or not projects or not main.name.strip():
        return None
    group = text(main.node, "group")
    names = {canonical(name) for name in (main.name, f"{group}/{main.name}", main.name.rpartition("/")[2]) if name}
    if main.purl and main.purl.type == "npm":  # npm sbom has the folder's name beside it
        names |= {canonical("/".join(filter(None, (main.purl.namespace, main.purl.name))))}
    same = [project for project in projects if canonical(project.name) in names]
    if not same:
        known = " or ".join(dict.fromkeys(project.name for project in projects[:_NAMED]))
        message = f"it describes {main.label}, and the manifest names {known}; [sbom] root says which is meant"
        return Draft("the project", main.line, message)
    versions = {project.version for project in same}
    if "" in versions or any(main.version == version or same_version("pypi", main.version, version) for version in versions):
        return None
    said = f"in version {main.version}" if main.version else "without a version"
    return Draft(
        "the project's version", main.line, f"it describes {main.name} {said}, and the manifest says {' or '.join(sorted(versions))}"
    )
