"""Tells what a document is that is no CycloneDX in JSON, so that the error names it."""

from __future__ import annotations

from gates.core.documents import Node
from gates.core.patterns import lazy

_HEAD = 8192  # bytes from the start that are looked at
_MAGIC = (
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first"),
    (b"BZh", "compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ", "compressed with xz; unpack it first"),
    (b"\xff\xfe", "UTF-16 text; store it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text; store it as UTF-8"),
)
# https://spdx.github.io/spdx-spec/v2.3/document-creation-information/
_TAG_VALUE = lazy(rb"^[ \t]*SPDXVersion:", 8)  # 8: re.MULTILINE
_YAML = lazy(rb"^[\"']?(?:spdxVersion|SPDXID)[\"']?[ \t]*:", 8)
_TURTLE = lazy(rb"^@prefix[ \t]", 8)


def of_bytes(data: bytes) -> str:
    """What it is, with the way out, "" for what may be JSON."""
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    text = head.lstrip()
    if not text:
        return "empty"
    if text.startswith(b"<"):
        return _xml(text)
    if text.startswith((b"{", b"[")):
        return ""
    if _TAG_VALUE.search(head):
        return "an SPDX document in tag-value form"
    if _YAML.search(head):
        return "an SPDX document in YAML"
    if _TURTLE.search(head):
        return "RDF in Turtle"
    return "CycloneDX as protocol buffers, or another binary format" if b"\0" in head or not text[:1].isascii() else "no JSON"


def _xml(text: bytes) -> str:
    lower = text.lower()
    if b"cyclonedx.org/schema/bom" in lower:
        return "CycloneDX in XML"
    if b"spdx.org/rdf" in lower:
        return "an SPDX document in RDF/XML"
    if b"standards.iso.org/iso/19770" in lower or b"softwareidentity" in lower:
        return "a SWID tag"
    return "HTML" if lower.startswith((b"<!doctype html", b"<html")) else "XML"


def of_json(root: Node) -> str:
    """What a JSON document is that lacks "bomFormat": "CycloneDX"."""
    if not isinstance(root.value, dict):
        return "JSON, but no table"
    keys = root.value.keys()
    # https://github.com/anchore/syft/tree/main/schema/json
    if "artifacts" in keys and "syft" in _text(root, "descriptor", "name") + _text(root, "schema", "url"):
        return "JSON of Syft's own"
    if "spdxVersion" in keys or "SPDXID" in keys:
        return "an SPDX document in JSON"
    context = _text(root, "@context")
    if "spdx.org" in context:
        return "an SPDX 3 document in JSON-LD"
    if "openvex.dev" in context:
        return "an OpenVEX document"
    if {"payload", "payloadType"} <= keys or "dsseEnvelope" in keys:
        return "a signed envelope; take the SBOM out of its payload"
    if "predicateType" in keys:
        return "an in-toto statement; take the SBOM out of its predicate"
    if {"SchemaVersion", "ArtifactName"} <= keys:
        return "JSON of Trivy's own"
    if {"detectors", "scanned"} & keys and "manifests" in keys:
        return "a snapshot for GitHub's dependency graph"
    if "sbom" in keys and isinstance(sbom := root.value["sbom"].value, dict) and "spdxVersion" in sbom:
        return "an SPDX document in the form of GitHub's export"
    return "JSON, but no SBOM that is known here"


def _text(node: Node, *keys: str) -> str:
    for key in keys:
        if not isinstance(node.value, dict) or key not in node.value:
            return ""
        node = node.value[key]
    if isinstance(node.value, list):
        return " ".join(item.value for item in node.value if isinstance(item.value, str))
    return node.value if isinstance(node.value, str) else ""
