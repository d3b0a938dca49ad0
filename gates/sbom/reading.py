"""Reads an SBOM: CycloneDX 1.2 to 1.7 as JSON, each value with its line (https://cyclonedx.org/docs/1.6/json/).

What the schema forbids is read too, as far as it makes sense: one mistake should not hide what else is to be said.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from gates.core.documents import DocumentError, Node, read_json
from gates.core.documents.node import quoted
from gates.core.purl import Purl, parse_purl
from gates.sbom import formats

VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
MAX_BYTES = 64 << 20
MAX_VALUES = 3_000_000  # each takes some 200 bytes of memory
MAIN = -1
_NOTHING: Mapping[str, Node] = {}


class Listed(NamedTuple):
    """A component. `purl` is None where there is none, or none that can be read. `holder` is the place in `Document.components` of the one
    that it is part of, MAIN for what the document describes, None at the top.
    """

    node: Node
    ref: str
    name: str
    version: str
    purl: Purl | None
    holder: int | None

    @property
    def line(self) -> int:
        return self.node.line

    @property
    def label(self) -> str:
        """For people."""
        group = text(self.node, "group")
        name = f"{group}/{self.name}" if group else self.name
        return " ".join(filter(None, (name, self.version))) or "a component without a name"

    @property
    def subject(self) -> str:
        """Whatever version it is of."""
        return str(self.purl._replace(version="")) if self.purl else self.name or self.ref or "?"


class Document(NamedTuple):
    """`main` is what the document describes. `components` are all others, those that are part of another one right behind it."""

    path: str
    spec: str
    size: int
    root: Node
    main: Listed | None
    components: tuple[Listed, ...]


def read(data: bytes, path: str) -> Document:
    """Raises DocumentError, also for a document in another format, which it names."""
    if len(data) > MAX_BYTES:
        raise DocumentError(f"the file has {len(data)} bytes; at most {MAX_BYTES} are read", path)
    if other := formats.of_bytes(data):
        raise DocumentError(f"{_WANTED}; this is {other}", path)
    # A value stands behind an opening bracket or a comma: counted before any of them takes memory.
    if sum(map(data.count, (b",", b"[", b"{"))) > MAX_VALUES:
        raise DocumentError(f"more than {MAX_VALUES} values, too many for an SBOM", path)
    root = read_json(data, path, max_bytes=MAX_BYTES)
    if text(root, "bomFormat") != "CycloneDX":
        raise DocumentError(f"{_WANTED}; this is {formats.of_json(root)}", path)
    main = at(root, "metadata", "component")
    listed: list[Listed] = []
    for part in items(main, "components"):
        _collect(part, MAIN, listed)
    for component in items(root, "components"):
        _collect(component, None, listed)
    return Document(path, _version(root, path), len(data), root, _listed(main, None) if main else None, tuple(listed))


_WANTED = "an SBOM is read as CycloneDX in JSON"


def _version(root: Node, path: str) -> str:
    node = at(root, "specVersion")
    if node is None or not isinstance(node.value, str):
        raise DocumentError("specVersion is missing, so the schema is not known", path, node.line if node else root.line)
    if node.value not in VERSIONS:
        raise DocumentError(f"CycloneDX {quoted(node.value)} is not known; {VERSIONS[0]} to {VERSIONS[-1]} are", path, node.line)
    return node.value


def _collect(node: Node, holder: int | None, listed: list[Listed]) -> None:
    """No deeper than the reader of JSON goes."""
    if isinstance(node.value, dict):
        listed.append(_listed(node, holder))
        place = len(listed) - 1
        for part in items(node, "components"):
            _collect(part, place, listed)


def _listed(node: Node, holder: int | None) -> Listed:
    purl: Purl | None = None
    if written := text(node, "purl"):
        with suppress(ValueError):
            purl = parse_purl(written)
    return Listed(node, text(node, "bom-ref"), text(node, "name"), text(node, "version"), purl, holder)


# values by their keys, where a value of another kind is as good as none


def fields(node: Node | None) -> Mapping[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else _NOTHING


def at(node: Node | None, *keys: str) -> Node | None:
    for key in keys:
        node = fields(node).get(key)
    return node


def text(node: Node | None, *keys: str) -> str:
    found = at(node, *keys)
    return found.value if found is not None and isinstance(found.value, str) else ""


def items(node: Node | None, *keys: str) -> list[Node]:
    found = at(node, *keys)
    return found.value if found is not None and isinstance(found.value, list) else []
