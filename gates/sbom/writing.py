"""A Bom as CycloneDX, 1.6 (https://cyclonedx.org/docs/1.6/json/) or 1.7: what is known, in an order that never changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from json import dumps
from json.encoder import encode_basestring
from typing import Any, Final, Literal

from gates.core.patterns import lazy
from gates.core.purl import Purl
from gates.core.waivers_export import escaped
from gates.core.waivers_vex import Object, vulnerability
from gates.sbom.component import Bom, Component, Digest, Licence, Vulnerability
from gates.sbom.licences import is_identifier

Spec = Literal["1.6", "1.7"]
SPECS: Final[tuple[Spec, ...]] = ("1.6", "1.7")

_SURROGATE = lazy(r"[\ud800-\udfff]")
_ADDRESSES = ("https://", "http://", "ssh://")


def document(bom: Bom, spec: Spec, version: str, timestamp: int | None) -> Object:
    """Without a serial number. `version` is that of gates, `timestamp` is in seconds since 1970."""
    metadata: Object = {}
    if timestamp is not None:
        metadata["timestamp"] = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata["lifecycles"] = [{"phase": bom.lifecycle}]
    metadata["tools"] = {"components": [{"type": "application", "name": "gates", "version": version}]}
    if bom.authors:
        metadata["authors"] = [{"name": name} for name in bom.authors]
    metadata["component"] = component(bom.root)
    if bom.properties:
        metadata["properties"] = [{"name": name, "value": value} for name, value in bom.properties]
    written: Object = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec,
        "version": 1,
        "metadata": metadata,
        "components": [component(bom.components[ref]) for ref in sorted(bom.components)],
        "dependencies": [_edges(ref, bom.edges.get(ref, ())) for ref in (bom.root.ref, *sorted(bom.components))],
        "compositions": [_composition(bom)],
    }
    if bom.vulnerabilities:
        written["vulnerabilities"] = vulnerabilities(bom.vulnerabilities)
    return written


def rendered(document: Object) -> str:
    """JSON that UTF-8 can hold: the bytes of a path that is not UTF-8 are shown as \\xNN."""
    text = _indented(document, "\n") + "\n"
    return text if text.isascii() else _SURROGATE.sub(lambda found: f"\\\\x{ord(found[0]) & 0xFF:02x}", text)


def _indented(value: Any, line: str) -> str:
    """As `json.dumps` with an indent of 2, which is written in Python, and slow with the digests of thousands of files."""
    if isinstance(value, str):
        return encode_basestring(value)
    deeper = line + "  "
    if isinstance(value, dict) and value:
        inner = [f"{encode_basestring(key)}: {_indented(item, deeper)}" for key, item in value.items()]
        return f"{{{deeper}{f',{deeper}'.join(inner)}{line}}}"
    if isinstance(value, list) and value:
        return f"[{deeper}{f',{deeper}'.join([_indented(item, deeper) for item in value])}{line}]"
    return dumps(value)


def component(part: Component) -> Object:
    written: Object = {"type": part.kind, "bom-ref": part.ref}
    if part.supplier:
        written["supplier"] = {"name": part.supplier}
    if part.purl and part.purl.namespace:
        written["group"] = part.purl.namespace
    written["name"] = part.purl.name if part.purl else part.name
    if part.version:
        written["version"] = part.version
    return written | _details(part)


def _details(part: Component) -> Object:
    written: Object = {}
    if part.kind != "application":
        written["scope"] = "optional" if part.groups else "required"
    if part.digests:
        written["hashes"] = _hashes(part.digests)
    if part.licences:
        written["licenses"] = licences(part.licences)
    if part.purl:
        written["purl"] = identity(part.purl, part.source)
    if references := [*_references(part)]:
        written["externalReferences"] = references
    if properties := [*_properties(part)]:
        written["properties"] = [{"name": name, "value": value} for name, value in properties]
    return written


def identity(purl: Purl, source: str) -> str:
    """The purl for programs, with where it comes from if that is no registry: two packages of one name and version may differ in that.

    https://github.com/package-url/purl-spec/blob/main/PURL-SPECIFICATION.rst#known-qualifiers-keyvalue-pairs
    """
    from urllib.parse import quote

    repository = source.partition("+")[0] in ("git", "hg", "bzr", "svn")
    if not repository and not source.startswith(_ADDRESSES):
        return escaped(purl)
    return f"{escaped(purl)}?{'vcs_url' if repository else 'download_url'}={quote(source, safe='/:')}"


def licences(known: Sequence[Licence]) -> list[Object]:
    """An expression stands alone, or it is one name among others: the schema has no third way."""
    if len(known) == 1 and known[0].expression and not is_identifier(known[0].expression):
        return [{"expression": known[0].expression, "acknowledgement": _acknowledged(known[0])}]
    return [{"license": _licence(licence)} for licence in known]


def _licence(licence: Licence) -> Object:
    named = {"id": licence.expression} if is_identifier(licence.expression) else {"name": licence.expression or licence.name}
    return {**named, "acknowledgement": _acknowledged(licence)}


def _acknowledged(licence: Licence) -> str:
    """https://cyclonedx.org/docs/1.6/json/#components_items_licenses"""
    return "declared" if licence.declared else "concluded"


def _hashes(digests: Iterable[Digest]) -> list[Object]:
    return [{"alg": digest.algorithm, "content": digest.value} for digest in digests]


def _references(part: Component) -> Iterable[Object]:
    for distribution in part.distributions:
        named: Object = {"type": "distribution", "url": _iri(distribution.name or escaped(part.purl or Purl("generic", "", part.name)))}
        if not distribution.name:
            named["comment"] = "the digests of all files, of which one is installed"
        yield {**named, "hashes": _hashes(distribution.digests)} if distribution.digests else named


def _iri(text: str) -> str:
    """A file's name as a relative reference: https://www.rfc-editor.org/rfc/rfc3987"""
    from urllib.parse import quote

    return text if text.startswith("pkg:") else quote(text)


def _properties(part: Component) -> Iterable[tuple[str, str]]:
    if part.artifact:
        yield "gates:artifact", part.artifact
    for group in part.groups:
        yield "gates:group", group
    if part.source:
        yield "gates:source", part.source
    if part.supplier_from:
        yield "gates:supplier-from", part.supplier_from
    yield from part.properties


def _edges(ref: str, needed: Iterable[str]) -> Object:
    targets = sorted(set(needed))
    return {"ref": ref, "dependsOn": targets} if targets else {"ref": ref}


def _composition(bom: Bom) -> Object:
    """One statement for all: https://cyclonedx.org/docs/1.6/json/#compositions"""
    return {"aggregate": bom.aggregate, "dependencies": [bom.root.ref, *sorted(bom.components)]}


def vulnerabilities(said: Iterable[Vulnerability]) -> list[Object]:
    found: list[Object] = []
    refs: dict[str, int] = {}
    for each in said:
        ref = f"{dict(each.statement.properties).get('gates:waiver', 'vex')}/{each.statement.advisory}"
        refs[ref] = refs.get(ref, 0) + 1
        unique = ref if refs[ref] == 1 else f"{ref}/{refs[ref]}"
        found.append(vulnerability(each.statement, unique, [{"ref": target} for target in sorted(each.affects)]))
    return found
