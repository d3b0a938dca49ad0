"""The hashes of one version in two SBOMs: whether they are of the same files, and whether a file was replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gates.core.documents import Node
from gates.sbom import distributions
from gates.sbom.reading import Listed, at, items, text

# These say which of a version's files it is; all others say where it is from, or are anybody's invention.
# https://github.com/package-url/purl-spec/blob/main/PURL-TYPES.rst
_CHOICES = frozenset({"arch", "build", "channel", "classifier", "distro", "os", "platform", "subdir", "type"})
_MOST_FILES = 300  # of one version
_DISTRIBUTIONS = ("distribution", "distribution-intake")


class File(NamedTuple):
    """`told` is what its name, or the package URL, says of it that no other file of the version has: ("tag", "py3-none-any"). Where that
    is nothing it may be any of them. `listing`: not one file, but all that the version can be had as.
    """

    name: str
    told: tuple[tuple[str, str], ...] = ()
    listing: bool = False


Key = tuple[File, str]  # with the algorithm
Hashes = Mapping[Key, frozenset[str]]


def of(component: Listed) -> Hashes:
    """Those of the component, and those of the files that it can be had as."""
    found: dict[Key, set[str]] = {}
    node = component.node
    for file, holder in ((_file(component), node), *_distributions(component)):
        for each in items(holder, "hashes"):
            algorithm, value = text(each, "alg"), text(each, "content").strip().lower()
            if algorithm and value:
                found.setdefault((file, algorithm.upper()), set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def _file(component: Listed) -> File:
    for each in items(component.node, "properties"):
        if text(each, "name") == "gates:artifact":
            return _named(component, text(each, "value"))
    given = dict(qualifiers(text(component.node, "purl")))
    if name := given.get("file_name", ""):
        return _named(component, name)
    if component.purl is None or component.purl.type in ("npm", "pypi"):
        return File("")  # of these the name alone tells, or there is but one
    told = tuple(sorted((key, value) for key, value in given.items() if key in _CHOICES and value))
    return File("&".join(f"{key}={value}" for key, value in told), told)


def _named(component: Listed, name: str) -> File:
    purl = component.purl
    if purl is not None and purl.type != "pypi":
        return File(name)
    return File(name, distributions.told(name, purl.name if purl else component.name, (purl.version if purl else "") or component.version))


def qualifiers(purl: str) -> Iterator[tuple[str, str]]:
    from urllib.parse import unquote

    for pair in purl.partition("#")[0].partition("?")[2].split("&"):
        key, equals, value = pair.partition("=")
        if equals:
            yield key.lower(), unquote(value)


def _distributions(component: Listed) -> Iterator[tuple[File, Node]]:
    from urllib.parse import unquote

    for each in items(component.node, "externalReferences"):
        if text(each, "type") in _DISTRIBUTIONS and at(each, "hashes"):
            address = text(each, "url").partition("#")[0].partition("?")[0]
            name = "" if address.startswith("pkg:") else unquote(address.rpartition("/")[2])
            yield (_named(component, name) if name else File("", listing=True)), each


Files = Mapping[File, frozenset[str]]  # of one algorithm


class Difference(NamedTuple):
    """The keys of the hashes that show it, on either side."""

    replaced: bool
    why: str
    before: tuple[Key, ...]
    after: tuple[Key, ...]


def difference(before: Hashes, after: Hashes) -> Difference | None:
    """None where nothing is lost or changed."""
    if not before:
        return None
    old, new = tuple(sorted(before)), tuple(sorted(after))
    if not after:
        return Difference(False, "had a hash, and has none now", old, new)
    algorithms = sorted({algorithm for _, algorithm in old} & {algorithm for _, algorithm in new})
    if not algorithms:
        return Difference(False, "has hashes by other algorithms, which cannot be compared", old, new)
    replaced = [pair for by in algorithms for pair in _replaced(_of(before, by), _of(after, by), by)]
    if replaced:
        were, are = (tuple(dict.fromkeys(side)) for side in zip(*replaced, strict=True))
        return Difference(True, "has another hash than before", were, are)
    for algorithm in algorithms:
        if _all(_of(before, algorithm)) != _all(_of(after, algorithm)):
            apart = not {file for file, _ in old} & {file for file, _ in new}
            return Difference(False, "is another file than before" if apart else "has other files than before", old, new)
    return None


def _replaced(before: Files, after: Files, algorithm: str) -> Iterator[tuple[Key, Key]]:
    """A hash that is new is that of another file only where both sides say which file theirs is, and these cannot be one."""
    some = bool(_all(before) & _all(after))
    where: dict[str, list[File]] = {}
    for file, values in after.items():
        for value in values:
            where.setdefault(value, []).append(file)
    many = max(len(before), len(after)) > _MOST_FILES  # then none is told apart: each with each would take too long
    places = [(other, old, (other,) if many else _places(other, old, where)) for other, old in sorted(before.items())]
    everything = _all(before)
    for file, values in sorted(after.items()):
        near = places if many else [each for each in places if not all(_apart(file, place) for place in each[2])]
        if values <= (everything if many else frozenset().union(*(old for _, old, _ in near))):
            continue
        for other, _, _ in near[:_MOST_FILES]:
            # Of all files of a version one may be new; where none is as it was, they were replaced.
            if not (some and (file.listing or other.listing)):
                yield (other, algorithm), (file, algorithm)
                if many:
                    break


def _places(file: File, values: frozenset[str], where: Mapping[str, list[File]]) -> tuple[File, ...]:
    """What is told of a file, by the other side where that has all of it and the own one tells nothing."""
    if file.told or not values <= where.keys():
        return (file,)
    return tuple(dict.fromkeys(each for value in sorted(values) for each in where[value]))


def _apart(one: File, other: File) -> bool:
    """Whether something is told of both that no file has both of."""
    here, there = _by_key(one), _by_key(other)
    return any(here[key].isdisjoint(there[key]) for key in here.keys() & there.keys())


def _by_key(file: File) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, value in file.told:
        found.setdefault(key, set()).add(value)
    return found


def _of(hashes: Hashes, algorithm: str) -> Files:
    return {file: values for (file, by), values in hashes.items() if by == algorithm}


def _all(files: Files) -> frozenset[str]:
    return frozenset().union(*files.values())


def told(hashes: Hashes, keys: Iterable[Key]) -> tuple[str, ...]:
    """`SHA-256 …`, with the file where it is told."""
    return tuple(
        f"{algorithm} {value}" + (f" of {file.name}" if file.name else "")
        for file, algorithm in keys
        for value in sorted(hashes[file, algorithm])
    )


def joined(one: Hashes, other: Hashes) -> Hashes:
    return {key: one.get(key, frozenset()) | other.get(key, frozenset()) for key in (*one, *other)}
