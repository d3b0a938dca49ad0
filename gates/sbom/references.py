"""What refers to what: bom-refs that stand twice or nowhere, and components that nothing leads to.

https://cyclonedx.org/docs/1.6/json/#dependencies
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from gates.core.documents import Node
from gates.sbom.reading import MAIN, Document, Listed, at, items, text

# Whose value, or the texts of whose list, are bom-refs, in all versions of the schema. Lists of tables may have the same names.
_REFERRING = frozenset(
    {
        *("ref", "dependsOn", "provides", "assemblies", "dependencies", "vulnerabilities", "subjects", "tools"),
        *("algorithm", "algorithmRef", "algorithms", "signatureAlgorithmRef", "subjectPublicKeyRef", "cryptoRefArray"),
        *("auth", "encr", "integ", "ke", "prf"),
        *("assessor", "claims", "counterClaims", "counterEvidence", "evidence", "mitigationStrategies", "requirement", "requirements"),
        *("target", "parent", "asserter", "attributedTo", "members", "patentRefs", "process"),
    }
)
# Values that are no part of the document's own graph: JSF has an `algorithm` too.
_ELSEWHERE = frozenset({"signature", "properties", "hashes"})
_SCANNERS = ("aquasecurity:trivy:", "syft:")
_DIGEST = "sha256:"
_LINK = "urn:cdx:"  # https://cyclonedx.org/capabilities/bomlink/


class Mention(NamedTuple):
    """`key` says as what."""

    line: int
    key: str


class References(NamedTuple):
    """By bom-ref: the lines where it is given, and where it is used, in the document's order."""

    given: dict[str, list[int]]
    used: dict[str, list[Mention]]


class Edges(NamedTuple):
    """`needs` has what each ref says it needs. `repeated` are the lines of further entries of one ref."""

    needs: dict[str, list[str]]
    repeated: dict[str, list[int]]


def read(document: Document) -> References:
    """References into other documents are left out."""
    found = References({}, {})
    own = f"{_LINK}{text(document.root, 'serialNumber').removeprefix('urn:uuid:')}/"
    for key, node in _walk(document.root):
        if not isinstance(node.value, str):
            continue
        if key == "bom-ref":
            found.given.setdefault(node.value, []).append(node.line)
        elif ref := _inside(node.value, own):
            found.used.setdefault(ref, []).append(Mention(node.line, key))
    return found


def _inside(ref: str, own: str) -> str:
    """The bom-ref that is meant, "" for one of another document."""
    if not ref.startswith(_LINK):
        return ref
    return unquote(ref.partition("#")[2]) if ref.startswith(own) else ""


def _walk(root: Node) -> Iterator[tuple[str, Node]]:
    """Each bom-ref and each value that refers to one, with its key."""
    waiting: list[tuple[str, Node]] = [("", root)]
    while waiting:
        key, node = waiting.pop()
        value = node.value
        if isinstance(value, dict):
            waiting.extend((name, child) for name, child in reversed(value.items()) if name not in _ELSEWHERE and _matters(name, child))
        elif isinstance(value, list):
            waiting.extend((key, child) for child in reversed(value) if _matters(key, child))
        else:
            yield key, node


def _matters(key: str, node: Node) -> bool:
    return isinstance(node.value, dict | list) or key == "bom-ref" or key in _REFERRING


def duplicates(found: References) -> dict[str, list[int]]:
    return {ref: lines for ref, lines in found.given.items() if len(lines) > 1}


def dangling(found: References) -> dict[str, list[Mention]]:
    return {ref: mentions for ref, mentions in found.used.items() if ref not in found.given}


def edges(document: Document) -> Edges:
    """Of `dependencies`. What a component provides is an algorithm or the like that it implements, and no package that it needs."""
    assets = {component.ref for component in document.components if text(component.node, "type") == "cryptographic-asset"}
    needs: dict[str, list[str]] = {}
    repeated: dict[str, list[int]] = {}
    for entry in items(document.root, "dependencies"):
        ref = text(entry, "ref")
        if not ref:
            continue
        if ref in needs:
            repeated.setdefault(ref, []).append(entry.line)
        provided = [target for target in items(entry, "provides") if target.value in assets]
        targets = (*items(entry, "dependsOn"), *provided)
        needs.setdefault(ref, []).extend(target.value for target in targets if isinstance(target.value, str))
    return Edges(needs, repeated)


def unreached(document: Document, known: Edges) -> list[Listed]:
    """Components that neither an edge nor the component that they are part of connects with what the document describes."""
    reached = _reached(document, known, _main(document), frozenset())
    return [component for place, component in enumerate(document.components) if place not in reached]


def of_images(document: Document, known: Edges) -> frozenset[int]:
    """The places of container images beside what the document describes, and of what only they lead to and has a layer of theirs."""
    images = frozenset(place for place, component in enumerate(document.components) if is_image(component))
    if not images:
        return images
    inside = _reached(document, known, [*images], frozenset()) - _reached(document, known, _main(document), images)
    return frozenset(place for place in inside if place in images or _in_layer(document.components[place]))


def is_image(component: Listed) -> bool:
    """By more than its type, which anything can be called."""
    if text(component.node, "type") not in ("container", "operating-system"):
        return False
    by_purl = component.purl is not None and component.purl.type in ("oci", "docker")
    return by_purl or _DIGEST in component.version or any(name.startswith(_SCANNERS) for name in _properties(component))


def _in_layer(component: Listed) -> bool:
    """Who lists an image tells the layer that a file was found in: https://trivy.dev/latest/docs/supply-chain/sbom/"""
    return any(name.startswith(_SCANNERS) and "layer" in name.lower() for name in _properties(component))


def _properties(component: Listed) -> list[str]:
    return [text(each, "name") for each in items(component.node, "properties")]


def _main(document: Document) -> list[int | str]:
    parts = [place for place, component in enumerate(document.components) if component.holder == MAIN]
    return [*parts, document.main.ref] if document.main and document.main.ref else [*parts]


def _reached(document: Document, known: Edges, start: Iterable[int | str], closed: frozenset[int]) -> frozenset[int]:
    """Places of components; the way begins at places and refs, and does not go through those that are closed."""
    places: dict[str, list[int]] = {}
    parts: dict[int | None, list[int]] = {}
    for place, component in enumerate(document.components):
        if component.ref:
            places.setdefault(component.ref, []).append(place)
        parts.setdefault(component.holder, []).append(place)
    shut = {document.components[place].ref for place in closed}
    reached: set[int] = set()
    refs: set[str] = set()
    waiting = list(start)
    while waiting:
        step = waiting.pop()
        if isinstance(step, str):
            if step not in refs and step not in shut:
                refs.add(step)
                waiting.extend(known.needs.get(step, ()))
                waiting.extend(places.get(step, ()))
        elif step not in reached and step not in closed:
            reached.add(step)
            waiting.extend(parts.get(step, ()))
            if ref := document.components[step].ref:
                waiting.append(ref)
    return frozenset(reached)


def depended_on(known: Edges) -> frozenset[str]:
    """Refs that something needs."""
    return frozenset(target for ref, targets in known.needs.items() for target in targets if target != ref)


def line_of(document: Document, key: str) -> int:
    """Of a key at the top, the document's own where there is none."""
    node = at(document.root, key)
    return (node.key_line or node.line) if node else document.root.line


def lines(found: Iterable[int]) -> str:
    """For people."""
    listed = sorted(found)
    return f"line {listed[0]}" if len(listed) == 1 else f"lines {', '.join(map(str, listed[:3]))}{' and more' if len(listed) > 3 else ''}"
