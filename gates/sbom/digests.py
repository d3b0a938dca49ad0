"""The hashes of one version in two SBOMs: whether they are of the same files, and whether a file was replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gates.core.documents import Node
from gates.sbom.reading import Listed, at, items, text

# These say where a package is from. All other qualifiers say which of a version's files it is: an architecture, a classifier.
# https://github.com/package-url/purl-spec/blob/main/PURL-SPECIFICATION.rst#known-qualifiers-keyvalue-pairs
_PLACES = frozenset({"checksum", "download_url", "repository_url", "vcs_url"})
_DISTRIBUTIONS = ("distribution", "distribution-intake")

Hashes = Mapping[tuple[str, str], frozenset[str]]  # (file, algorithm) -> values; the file is "" where it is not told


def of(component: Listed) -> Hashes:
    """Those of the component, and those of the files that it can be had as."""
    found: dict[tuple[str, str], set[str]] = {}
    node = component.node
    for name, holder in ((_file(component), node), *_distributions(component)):
        for each in items(holder, "hashes"):
            algorithm, value = text(each, "alg"), text(each, "content").strip().lower()
            if algorithm and value:
                found.setdefault((name, algorithm.upper()), set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def _file(component: Listed) -> str:
    for each in items(component.node, "properties"):
        if text(each, "name") == "gates:artifact":
            return text(each, "value")
    given = dict(qualifiers(text(component.node, "purl")))
    return given.get("file_name") or "&".join(f"{key}={value}" for key, value in sorted(given.items()) if key not in _PLACES)


def qualifiers(purl: str) -> Iterator[tuple[str, str]]:
    from urllib.parse import unquote

    for pair in purl.partition("#")[0].partition("?")[2].split("&"):
        key, equals, value = pair.partition("=")
        if equals:
            yield key.lower(), unquote(value)


def _distributions(component: Listed) -> Iterator[tuple[str, Node]]:
    from urllib.parse import unquote

    for each in items(component.node, "externalReferences"):
        if text(each, "type") in _DISTRIBUTIONS and at(each, "hashes"):
            address = text(each, "url").partition("#")[0].partition("?")[0]
            yield ("" if address.startswith("pkg:") else unquote(address.rpartition("/")[2])), each


Files = Mapping[str, frozenset[str]]  # of one algorithm


class Difference(NamedTuple):
    """The keys of the hashes that show it, on either side."""

    replaced: bool
    why: str
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]


def difference(before: Hashes, after: Hashes) -> Difference | None:
    """None where nothing is lost or changed."""
    if not before:
        return None
    old, new = tuple(sorted(before)), tuple(sorted(after))
    if not after:
        return Difference(False, "had a hash, and has none now", old, new)
    algorithms = {algorithm for _, algorithm in old} & {algorithm for _, algorithm in new}
    if not algorithms:
        return Difference(False, "has hashes by other algorithms, which cannot be compared", old, new)
    replaced = [pair for by in sorted(algorithms) for pair in _replaced(_of(before, by), _of(after, by), by)]
    if replaced:
        were, are = (tuple(dict.fromkeys(side)) for side in zip(*replaced, strict=True))
        return Difference(True, "has another hash than before", were, are)
    for algorithm in algorithms:
        if _all(_of(before, algorithm)) != _all(_of(after, algorithm)):
            apart = not {name for name, _ in old} & {name for name, _ in new}
            return Difference(False, "is another file than before" if apart else "has other files than before", old, new)
    return None


def _replaced(before: Files, after: Files, algorithm: str) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """A file that is not told may be any of the other side's."""
    for name, values in sorted(before.items()):
        if name in after and not values & (after[name] if name else _all(after)):
            yield (name, algorithm), (name, algorithm)
        elif not name and not values & _all(after):
            yield from (((name, algorithm), (other, algorithm)) for other in sorted(after))
    if "" in after and "" not in before and not after[""] & _all(before):
        yield from (((other, algorithm), ("", algorithm)) for other in sorted(before))


def _of(hashes: Hashes, algorithm: str) -> Files:
    return {name: values for (name, by), values in hashes.items() if by == algorithm}


def _all(files: Files) -> frozenset[str]:
    return frozenset().union(*files.values())


def told(hashes: Hashes, keys: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """`SHA-256 …`, with the file where it is told."""
    return tuple(
        f"{algorithm} {value}" + (f" of {name}" if name else "") for name, algorithm in keys for value in sorted(hashes[name, algorithm])
    )


def joined(one: Hashes, other: Hashes) -> Hashes:
    return {key: one.get(key, frozenset()) | other.get(key, frozenset()) for key in (*one, *other)}
