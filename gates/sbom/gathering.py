"""From what locks and environments hold to what a release is made of: one root, each component once, and who needs whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gates.core.errors import GateUnavailable
from gates.inventory.package import Package
from gates.inventory.python.installed import Installed
from gates.sbom import artifacts, choosing, licences
from gates.sbom.choosing import Chosen, Key
from gates.sbom.component import Aggregate, Bom, Component, Licence
from gates.sbom.installed import UNLOCKED, Environment, people
from gates.sbom.node_modules import Described
from gates.sbom.roots import Root
from gates.sbom.writing import identity

Describe = Callable[[Package], Described]


class Gathered(NamedTuple):
    """`locks` are, by ref, the paths of the locks that name the component."""

    bom: Bom
    locks: Mapping[str, tuple[str, ...]]


class _Edges(NamedTuple):
    """`known`: what is needed was read everywhere, and nothing guessed."""

    of: dict[str, tuple[str, ...]]
    known: bool


def gather(
    root: Root,
    chosen: Sequence[Chosen],
    environment: Environment | None,
    describe: Describe,
    *,
    whole: bool = True,
    properties: Sequence[tuple[str, str]] = (),
) -> Gathered:
    """One component for each package, whatever number of locks names it: those that differ in version, ecosystem or source stay apart.

    `describe` tells what an installed npm package says of itself. `whole`: nothing is known to be missing. `properties`
    are of the whole. Raises GateUnavailable where there is no component.
    """
    copies: dict[Key, list[Package]] = {}
    for each in chosen:
        for package in each.packages:
            copies.setdefault(choosing.key(package), []).append(package)
    refs = _refs(copies, root.component.ref)
    if not copies:
        raise GateUnavailable("nothing that the project depends on was found, and a list of nothing says nothing; name the right locks")
    details = environment.details if environment else {}
    unlocked = {choosing.key(each) for some in chosen if some.inventory.kind == UNLOCKED for each in some.packages if not each.path}
    parts = {
        refs[key]: _component(refs[key], same, details.get(key[1]) if key[0] == "PyPI" else None, describe, key in unlocked)
        for key, same in copies.items()
        if refs[key] != root.component.ref
    }
    folders = {refs[key] for each in chosen for member in choosing.members(each.inventory) if (key := choosing.key(member)) in refs}
    edges = _edges(root.component.ref, chosen, refs, environment is not None)
    bom = Bom(
        root=root.component,
        components=parts,
        edges=edges.of,
        lifecycle="build" if environment else "pre-build",
        aggregate=_aggregate([part for ref, part in parts.items() if ref not in folders], edges.known, whole),
        authors=root.authors,
        properties=tuple(properties),
    )
    return Gathered(bom, {refs[key]: _paths(same) for key, same in copies.items()})


def _refs(copies: Mapping[Key, Sequence[Package]], root: str) -> dict[Key, str]:
    """The purl, which tells two sources apart where they have an address; folders are told apart by their names.

    A package that is the project itself, as some test tools need it, has the root's.
    """
    found: dict[Key, str] = {}
    taken: set[str] = set()
    for key, same in copies.items():
        ref = identity(same[0].purl, same[0].source)
        if ref in taken:
            ref = f"{ref}#{key[3]}"
        if ref != root:
            taken.add(ref)
        found[key] = ref
    return found


def _component(ref: str, same: Sequence[Package], installed: Installed | None, describe: Describe, unlocked: bool) -> Component:
    """`same` are what several locks say of one package, or the environment alone of one that is `unlocked`."""
    first = same[0]
    if installed is not None and first.version and installed.version != first.version:
        installed = None
    files = tuple(dict.fromkeys(file for package in same for file in package.files))
    hashes = tuple(dict.fromkeys(digest for package in same for digest in package.hashes))
    held = artifacts.held(files, hashes, installed)
    described = describe(first) if first.ecosystem == "npm" else Described()
    supplier, field = next(people(installed), ("", "")) if installed is not None else (described.author, "author")
    # A group says who alone needs it: what one lock has for production is in production.
    groups = sorted({group for package in same for group in package.groups}) if all(package.groups for package in same) else ()
    return Component(
        ref=ref,
        kind="library",
        name=first.name,
        version=first.version,
        purl=first.purl,
        licences=_licences(same, installed, described),
        digests=held.digests,
        supplier=supplier,
        supplier_from=field if supplier else "",
        groups=tuple(groups),
        source=first.source,
        artifact=held.artifact,
        distributions=held.distributions,
        properties=(*(("gates:lock", path) for path in _paths(same)), *((("gates:unlocked", "true"),) if unlocked else ())),
    )


def _licences(same: Sequence[Package], installed: Installed | None, described: Described) -> tuple[Licence, ...]:
    if installed is not None and (told := licences.declared(installed.expression, installed.licence, installed.classifiers)):
        return told
    written = next((package.licence for package in same if package.licence), "") or described.licence
    return licences.written(written) if written else ()


def _paths(same: Sequence[Package]) -> tuple[str, ...]:
    return tuple(sorted({package.path for package in same if package.path}))


# Edges


def _edges(root: str, chosen: Sequence[Chosen], refs: Mapping[Key, str], installed: bool) -> _Edges:
    """`installed`: there is one version of each, so what one lock has may be needed by what stands elsewhere."""
    everywhere = _pins((package for each in chosen for package in each.packages if installed and package.ecosystem == "PyPI"), refs)
    of: dict[str, dict[str, None]] = {root: {}, **{ref: {} for ref in refs.values()}}
    known = True
    for each in chosen:
        own = _pins(each.packages, refs)
        for package in each.packages:
            ref = refs[choosing.key(package)]
            known = known and package.needs is not None
            pins = everywhere if installed and package.ecosystem == "PyPI" else own
            of[ref].update(dict.fromkeys(target for pin in package.needs or () for target in pins.get(pin, ()) if target != ref))
        known = known and each.direct is not None
        of[root].update(dict.fromkeys(refs[choosing.key(package)] for package in each.direct or ()))
    of[root].pop(root, None)
    for ref in _loose(root, of):
        of[root][ref] = None
        known = False
    return _Edges({ref: tuple(targets) for ref, targets in of.items()}, known)


def _pins(packages: Iterable[Package], refs: Mapping[Key, str]) -> dict[tuple[str, str], list[str]]:
    pins: dict[tuple[str, str], list[str]] = {}
    for package in packages:
        refs_of = pins.setdefault((package.name, package.version), [])
        if (ref := refs[choosing.key(package)]) not in refs_of:
            refs_of.append(ref)
    return pins


def _loose(root: str, of: Mapping[str, Mapping[str, None]]) -> Iterator[str]:
    """What no way leads to from the root: first what nothing else needs, then the first of each circle."""
    needed = {target for ref, targets in of.items() if ref != root for target in targets}
    reached = _walk((root,), of, set())
    for free in (True, False):
        for ref in sorted(of):
            if ref not in reached and (not free or ref not in needed):
                yield ref
                reached = _walk((ref,), of, reached)


def _walk(start: Sequence[str], of: Mapping[str, Mapping[str, None]], reached: set[str]) -> set[str]:
    queue = [ref for ref in start if ref not in reached]
    reached.update(queue)
    for ref in queue:  # the queue grows while it is walked
        for target in of[ref]:
            if target not in reached:
                reached.add(target)
                queue.append(target)
    return reached


def _aggregate(parts: Iterable[Component], known: bool, whole: bool) -> Aggregate:
    """Complete only with every edge and every digest; `parts` are without the project's own folders, which have none. Unknown where edges
    are, for then components may be missing too."""
    if not known:
        return "unknown"
    hashed = all(part.digests or any(each.digests for each in part.distributions) for part in parts)
    return "complete" if whole and hashed else "incomplete"
