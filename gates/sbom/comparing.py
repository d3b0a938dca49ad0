"""What changed from one SBOM to the next: packages, versions, licences, suppliers, and hashes of what should be the same.

Packages are told apart by their package URL without its version, so several versions of one stand together; what has no package URL goes
by its kind, group and name. Everything of it is said by the documents, which anybody may have written.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from gates.core.purl import Purl, compare_versions, version_key
from gates.inventory.package import canonical
from gates.sbom import digests
from gates.sbom.digests import Hashes
from gates.sbom.reading import Document, Listed, items, text

Direction = Literal["upgrade", "downgrade", ""]

# Their versions are semantic ones, which are known here by npm's name: https://semver.org/spec/v2.0.0.html
_ORDERED = {"cargo": "npm", "golang": "npm", "hex": "npm", "pub": "npm", "swift": "npm"}

_SCOPE = "required"  # where none is told: https://cyclonedx.org/docs/1.6/json/#components_items_scope


class Package(NamedTuple):
    """`type` is that of the package URL; in its place stands what CycloneDX calls the component, where it has none."""

    type: str
    namespace: str
    name: str
    purl: bool

    def __str__(self) -> str:
        if self.purl:
            return str(Purl(self.type, self.namespace, self.name))
        return " ".join(filter(None, (self.type, "/".join(filter(None, (self.namespace, self.name)))))) or "a component without a name"


class Release(NamedTuple):
    """One version of a package, from every place where the document lists it. `line` is the first of them."""

    line: int
    licences: frozenset[str]
    suppliers: frozenset[str]
    scopes: frozenset[str]
    hashes: Hashes


Packages = Mapping[Package, Mapping[str, Release]]  # by version


class Summary(NamedTuple):
    """What is compared of a document, and no more: two large ones are never in memory together. `root` is what it describes."""

    path: str
    root: Package | None
    root_name: str  # as it is written, which a package URL need not agree with
    root_version: str
    components: int
    packages: Packages
    described: Packages  # the root alone


class Change(NamedTuple):
    """Versions, licences, suppliers or scopes that one side alone has, in order. `direction` is that of versions where it can be told."""

    package: Package
    before: tuple[str, ...]
    after: tuple[str, ...]
    direction: Direction = ""


class Present(NamedTuple):
    """A package that is in one of the documents."""

    package: Package
    versions: tuple[str, ...]
    licences: tuple[str, ...]


class Rehashed(NamedTuple):
    """One version with other hashes than before. `replaced`: of the same file, as far as is told; else of files that differ, or hashes
    that cannot be compared. `line` is that of the second document.
    """

    package: Package
    version: str
    replaced: bool
    why: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    line: int

    @property
    def subject(self) -> str:
        """With the new hashes: what is accepted is this change, and not the next one."""
        from hashlib import sha256

        # Of every part by itself: names that read alike when they are put together are not the same.
        said = sha256("\0".join((*map(str, self.package[:3]), self.version, *self.after)).encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.package}@{self.version} {said[:16]}"


class Comparison(NamedTuple):
    before: Summary
    after: Summary
    added: tuple[Present, ...]
    removed: tuple[Present, ...]
    versions: tuple[Change, ...]
    licences: tuple[Change, ...]
    suppliers: tuple[Change, ...]
    scopes: tuple[Change, ...]
    hashes: tuple[Rehashed, ...]

    @property
    def other_root(self) -> bool:
        return self.before.root != self.after.root or self.before.root_name != self.after.root_name


def summary(document: Document) -> Summary:
    main = document.main
    return Summary(
        document.path,
        _package(main) if main else None,
        _written_name(main) if main else "",
        _version(main) if main else "",
        len(document.components),
        _packages(document.components),
        _packages((main,) if main else ()),
    )


def compare(before: Summary, after: Summary) -> Comparison:
    both = sorted(before.packages.keys() & after.packages.keys())
    same = [(package, before.packages[package], after.packages[package]) for package in both]
    if before.root and before.root == after.root:
        # Its version is told once, of the whole.
        same.append((before.root, before.described[before.root], after.described[before.root]))
    return Comparison(
        before,
        after,
        added=_present(after.packages, before.packages),
        removed=_present(before.packages, after.packages),
        versions=tuple(_versions(package, old, new) for package, old, new in same[: len(both)] if old.keys() != new.keys()),
        licences=tuple(filter(None, (_said(package, _licences(old), _licences(new)) for package, old, new in same))),
        suppliers=tuple(filter(None, (_said(package, _suppliers(old), _suppliers(new)) for package, old, new in same))),
        scopes=tuple(filter(None, (_said(package, _scopes(old), _scopes(new)) for package, old, new in same))),
        hashes=(*_rehashed(same), *_nameless(before.packages, after.packages)),
    )


# what a document says


def _packages(components: Iterable[Listed]) -> Packages:
    found: dict[Package, dict[str, Release]] = {}
    for component in components:
        releases = found.setdefault(_package(component), {})
        version = _version(component)
        release = Release(
            component.line,
            frozenset(_told_licences(component)),
            frozenset(_told_supplier(component)),
            frozenset({text(component.node, "scope") or _SCOPE}),
            digests.of(component),
        )
        first = releases.get(version)
        releases[version] = _joined(first, release) if first else release
    return found


def _joined(first: Release, other: Release) -> Release:
    """A version that the document lists in several places."""
    hashes = digests.joined(first.hashes, other.hashes)
    return Release(first.line, first.licences | other.licences, first.suppliers | other.suppliers, first.scopes | other.scopes, hashes)


def _package(component: Listed) -> Package:
    if purl := component.purl:
        return Package(purl.type, purl.namespace, purl.name, purl=True)
    return Package(text(component.node, "type"), text(component.node, "group"), component.name, purl=False)


def _written_name(component: Listed) -> str:
    return "/".join(filter(None, (text(component.node, "group"), component.name)))


def _version(component: Listed) -> str:
    return (component.purl.version if component.purl else "") or component.version


def _told_licences(component: Listed) -> Iterator[str]:
    for choice in items(component.node, "licenses"):
        told = text(choice, "expression") or text(choice, "license", "id") or text(choice, "license", "name")
        if told := " ".join(told.split()):
            yield told


def _told_supplier(component: Listed) -> Iterator[str]:
    """The nearest to who supplies it that is told: https://cyclonedx.org/docs/1.6/json/#components_items_supplier"""
    node = component.node
    authors = ", ".join(filter(None, (text(author, "name") for author in items(node, "authors"))))
    company = text(node, "supplier", "name") or text(node, "manufacturer", "name") or text(node, "publisher")
    if told := company or authors or text(node, "author"):
        yield " ".join(told.split())


# what differs


def _present(here: Packages, there: Packages) -> tuple[Present, ...]:
    return tuple(
        Present(package, _ordered(package, releases), tuple(sorted(_licences(releases))))
        for package, releases in sorted(here.items())
        if package not in there
    )


def _versions(package: Package, before: Mapping[str, Release], after: Mapping[str, Release]) -> Change:
    gone, new = _ordered(package, before.keys() - after.keys()), _ordered(package, after.keys() - before.keys())
    return Change(package, gone, new, _direction(package, gone, new))


def _ordered(package: Package, versions: Iterable[str]) -> tuple[str, ...]:
    from functools import cmp_to_key

    def compared(one: str, other: str) -> int:
        return _compared(package, one, other) or 0

    return tuple(sorted(sorted(versions), key=cmp_to_key(compared)))


def _direction(package: Package, before: tuple[str, ...], after: tuple[str, ...]) -> Direction:
    """Of all to all, which are in order; of those that overlap there is none."""
    if not before or not after:
        return ""
    if any(_compared(package, version, version) is None for version in (*before, *after)):
        return ""
    if _compared(package, before[-1], after[0]) == -1:
        return "upgrade"
    return "downgrade" if _compared(package, before[0], after[-1]) == 1 else ""


def _compared(package: Package, one: str, other: str) -> int | None:
    return compare_versions(_ORDERED.get(package.type, package.type), one, other) if package.purl else None


def _licences(releases: Mapping[str, Release]) -> frozenset[str]:
    return frozenset().union(*(release.licences for release in releases.values()))


def _suppliers(releases: Mapping[str, Release]) -> frozenset[str]:
    return frozenset().union(*(release.suppliers for release in releases.values()))


def _scopes(releases: Mapping[str, Release]) -> frozenset[str]:
    return frozenset().union(*(release.scopes for release in releases.values()))


def _said(package: Package, before: frozenset[str], after: frozenset[str]) -> Change | None:
    """None where both say the same but for upper and lower case, which SPDX does not tell apart."""
    if {each.casefold() for each in before} == {each.casefold() for each in after}:
        return None
    return Change(package, tuple(sorted(before)), tuple(sorted(after)))


Same = tuple[Package, Mapping[str, Release], Mapping[str, Release]]


def _rehashed(same: Iterable[Same]) -> Iterator[Rehashed]:
    for package, before, after in same:
        olds, news = _by_version(package, before), _by_version(package, after)
        for version in _ordered(package, (each for each, _ in news.values())):
            key = version_key(package.type, version) if package.purl else version
            # What has no version may change with every release.
            if not version or key not in olds:
                continue
            old, new = olds[key][1], news[key][1]
            if found := digests.difference(old.hashes, new.hashes):
                told = digests.told(old.hashes, found.before), digests.told(new.hashes, found.after)
                yield Rehashed(package, version, found.replaced, found.why, *told, new.line)


def _by_version(package: Package, releases: Mapping[str, Release]) -> Mapping[Hashable, tuple[str, Release]]:
    """A version that is written in several ways is one: 4.16 and 4.16.0. It goes by the first of them."""
    found: dict[Hashable, tuple[str, Release]] = {}
    for version, release in sorted(releases.items()):
        key = version_key(package.type, version) if package.purl else version
        first = found.get(key)
        found[key] = (first[0], _joined(first[1], release)) if first else (version, release)
    return found


def _nameless(before: Packages, after: Packages) -> Iterator[Rehashed]:
    """Of packages without a package URL that one side alone has, and which their name tells: what has lost it is still the same."""
    for nameless, purled in _namesakes(after, before):
        pairs = [(each, before[each], after[nameless]) for each in purled]
        yield from _of_all(pairs)
    for nameless, purled in _namesakes(before, after):
        pairs = [(each, before[nameless], after[each]) for each in purled]
        yield from _of_all(pairs)


def _namesakes(here: Packages, there: Packages) -> Iterator[tuple[Package, list[Package]]]:
    wanted = sorted(each for each in here.keys() - there.keys() if not each.purl)
    found: dict[str, list[Package]] = {}
    for package in sorted(there) if wanted else ():
        if package.purl:
            found.setdefault(_plain_name(package), []).append(package)
    yield from ((package, found.get(_plain_name(package), [])) for package in wanted)


def _plain_name(package: Package) -> str:
    return canonical("/".join(filter(None, (package.namespace, package.name))))


def _of_all(pairs: Iterable[Same]) -> list[Rehashed]:
    """Packages of several ecosystems can have the name: with the hashes of one of them it is that one."""
    found = [[*_rehashed([pair])] for pair in pairs if _shared(pair)]
    return found[0] if found and all(found) else []


def _shared(pair: Same) -> bool:
    package, before, after = pair
    return not _by_version(package, before).keys().isdisjoint(_by_version(package, after).keys())
