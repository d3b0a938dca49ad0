"""What an SBOM should hold by a published profile, and how much of it one holds.

- ntia: The Minimum Elements for a Software Bill of Materials, 2021 (https://www.ntia.gov/report/2021/minimum-elements-software-bill-materials-sbom)
- cisa-2025: 2025 Minimum Elements for a Software Bill of Materials, draft for comment (https://www.cisa.gov/resources-tools/resources/2025-minimum-elements-software-bill-materials-sbom)
- bsi: TR-03183-2, Cyber Resilience Requirements, part 2 (https://bsi.bund.de/dok/TR-03183), with BSI's names of properties
  (https://github.com/BSI-Bund/tr-03183-cyclonedx-property-taxonomy)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gates.core.documents import Node
from gates.sbom import licences
from gates.sbom.options import Profile
from gates.sbom.reading import VERSIONS, Document, Listed, at, items, text
from gates.sbom.references import Edges, depended_on

TITLES: Mapping[Profile, str] = {
    "ntia": "NTIA minimum elements (2021)",
    "cisa-2025": "CISA minimum elements (draft of 2025)",
    "bsi": "BSI TR-03183-2",
}


# What stands for "not told", the first by SPDX: https://spdx.github.io/spdx-spec/v2.3/package-information/
_NOBODY = frozenset({"", "noassertion", "none", "unknown", "n/a", "null", "-"})


class Known(NamedTuple):
    """What is looked up for each component: refs that something needs, and refs whose own needs are told."""

    needed: frozenset[str]
    told: frozenset[str]


class Element(NamedTuple):
    """`title` completes "without …". `holds` is asked of each component, `document` once."""

    name: str
    title: str
    profiles: frozenset[Profile]
    holds: Callable[[Listed, Known], bool] | None = None
    document: Callable[[Document], bool] | None = None


class Row(NamedTuple):
    """`lacking` are the components without the element. Of an element of the document `of` is 1."""

    element: Element
    required: bool
    held: int
    of: int
    lacking: tuple[Listed, ...]


class Completeness(NamedTuple):
    path: str
    spec: str
    profile: Profile
    components: int
    rows: tuple[Row, ...]


def assess(document: Document, profile: Profile, edges: Edges) -> Completeness:
    known = Known(depended_on(edges), frozenset(edges.needs))
    rows = [_row(element, document, profile, known) for element in ELEMENTS if element.profiles & {profile, *_ALWAYS_SHOWN}]
    return Completeness(document.path, document.spec, profile, len(document.components), tuple(rows))


def _row(element: Element, document: Document, profile: Profile, known: Known) -> Row:
    required = profile in element.profiles
    if element.document:
        return Row(element, required, int(element.document(document)), 1, ())
    holds = element.holds or _never
    lacking = tuple(component for component in document.components if not holds(component, known))
    return Row(element, required, len(document.components) - len(lacking), len(document.components), lacking)


def _never(component: Listed, known: Known) -> bool:
    return False


# of a component


def licence(component: Listed) -> bool:
    """Whether it has one that SPDX knows."""
    listed = items(component.node, "licenses")
    return any(_valid(text(each, "expression")) or licences.is_identifier(text(each, "license", "id")) for each in listed)


def _valid(expression: str) -> bool:
    try:
        return bool(licences.parse(expression))
    except ValueError:
        return False


def identifier(component: Listed) -> bool:
    node = component.node
    others = (*items(node, "swhid"), *items(node, "omniborId"))
    return component.purl is not None or _said(node, "cpe") or _said(node, "swid", "tagId") or any(map(_some, others))


def _producer(component: Listed, known: Known) -> bool:
    node = component.node
    told = [text(author, "name") for author in items(node, "authors")]
    told += [text(node, key, "name") for key in ("supplier", "manufacturer")] + [text(node, "publisher"), text(node, "author")]
    return any(name.strip().casefold() not in _NOBODY for name in told)


def _contact(component: Listed, known: Known) -> bool:
    """BSI asks for an e-mail address, or else a URL."""
    node = component.node
    organisations = (at(node, key) for key in ("supplier", "manufacturer"))
    return any(map(_reachable, organisations)) or any(_said(author, "email") for author in items(node, "authors"))


def _hashed(component: Listed, known: Known) -> bool:
    return any(_said(each, "content") for each in _hashes(component.node))


def _sha512(component: Listed, known: Known) -> bool:
    return any(text(each, "alg") == "SHA-512" and _said(each, "content") for each in _hashes(component.node))


def _hashes(node: Node) -> list[Node]:
    """Of the component, and of the file that is distributed."""
    references = (each for each in items(node, "externalReferences") if text(each, "type") == "distribution")
    return [*items(node, "hashes"), *(each for reference in references for each in items(reference, "hashes"))]


def _related(component: Listed, known: Known) -> bool:
    return component.holder is not None or component.ref in known.needed


def _told(component: Listed, known: Known) -> bool:
    return component.ref in known.told


def _property(name: str) -> Callable[[Listed, Known], bool]:
    def holds(component: Listed, known: Known) -> bool:
        properties = items(component.node, "properties")
        return any(text(each, "name") == name and _said(each, "value") for each in properties)

    return holds


# of the document


def _author(document: Document) -> bool:
    metadata = at(document.root, "metadata")
    people = any(_said(author, key) for author in items(metadata, "authors") for key in ("name", "email"))
    return people or any(_said(metadata, key, "name") for key in ("manufacturer", "manufacture", "supplier"))


def _author_contact(document: Document) -> bool:
    metadata = at(document.root, "metadata")
    people = any(_said(author, "email") for author in items(metadata, "authors"))
    return people or any(_reachable(at(metadata, key)) for key in ("manufacturer", "manufacture", "supplier"))


def _tool(document: Document) -> bool:
    """Up to 1.4 tools are a list, since then a table of components and services."""
    tools = at(document.root, "metadata", "tools")
    listed = (*items(tools), *items(tools, "components"), *items(tools, "services"))
    return any(_said(tool, "name") and _said(tool, "version") for tool in listed)


def _main(document: Document) -> bool:
    return document.main is not None and bool(document.main.name.strip())


def _lifecycle(document: Document) -> bool:
    return any(_said(each, key) for each in items(document.root, "metadata", "lifecycles") for key in ("phase", "name"))


def _recent(document: Document) -> bool:
    return VERSIONS.index(document.spec) >= VERSIONS.index("1.6")


def _compositions(document: Document) -> bool:
    return any(_said(each, "aggregate") for each in items(document.root, "compositions"))


def _without_vulnerabilities(document: Document) -> bool:
    return not items(document.root, "vulnerabilities")


def _reachable(organisation: Node | None) -> bool:
    contacts = items(organisation, "contact")
    return any(map(_some, items(organisation, "url"))) or any(_said(contact, "email") for contact in contacts)


def _said(node: Node | None, *keys: str) -> bool:
    return bool(text(node, *keys).strip())


def _some(node: Node) -> bool:
    return isinstance(node.value, str) and bool(node.value.strip())


_NTIA: frozenset[Profile] = frozenset({"ntia", "cisa-2025", "bsi"})
_CISA: frozenset[Profile] = frozenset({"cisa-2025", "bsi"})
_CISA_ALONE: frozenset[Profile] = frozenset({"cisa-2025"})
_BSI: frozenset[Profile] = frozenset({"bsi"})
_AMERICAN: frozenset[Profile] = frozenset({"ntia", "cisa-2025"})
_ALWAYS_SHOWN = _AMERICAN  # what BSI alone asks for is of no use to others

ELEMENTS = (
    Element("name", "a name", _NTIA, lambda component, known: bool(component.name.strip())),
    Element("version", "a version", _NTIA, lambda component, known: bool(component.version.strip())),
    Element("identifier", "a package URL or another identifier", _AMERICAN, lambda component, known: identifier(component)),
    Element("supplier", "a supplier or producer", _NTIA, _producer),
    Element("relationship", "a relationship to what depends on them", _NTIA, _related),
    Element("hash", "a hash", _CISA_ALONE, _hashed),
    Element("licence", "a licence of SPDX's list", _CISA, lambda component, known: licence(component)),
    Element("supplier-contact", "an e-mail address or URL of who made them", _BSI, _contact),
    Element("dependencies", "an entry that tells their own dependencies", _BSI, _told),
    Element("sha-512", "a SHA-512 hash", _BSI, _sha512),
    Element("file-name", "a file name (bsi:component:filename)", _BSI, _property("bsi:component:filename")),
    Element("executable", "bsi:component:executable", _BSI, _property("bsi:component:executable")),
    Element("archive", "bsi:component:archive", _BSI, _property("bsi:component:archive")),
    Element("structured", "bsi:component:structured", _BSI, _property("bsi:component:structured")),
    Element("main-component", "the component that it describes", _NTIA, document=_main),
    Element("author", "an author of the SBOM", _NTIA, document=_author),
    Element("timestamp", "the time when it was made", _NTIA, document=lambda document: _said(document.root, "metadata", "timestamp")),
    Element("tool", "a tool with its version", _CISA_ALONE, document=_tool),
    Element("lifecycle", "the phase of the lifecycle in which it was made", _CISA_ALONE, document=_lifecycle),
    Element("author-contact", "an e-mail address or URL of its author", _BSI, document=_author_contact),
    Element("format", "CycloneDX 1.6 or later", _BSI, document=_recent),
    Element("completeness", "a statement on how complete it is", _BSI, document=_compositions),
    Element("vulnerabilities-apart", "a place of their own for vulnerabilities", _BSI, document=_without_vulnerabilities),
)
