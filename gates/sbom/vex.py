"""The exceptions about what one SBOM lists, and no others: what a VEX document for its readers says."""

from __future__ import annotations

from gates.core.purl import Purl, in_range, same_package
from gates.core.waivers import Waiver, Waivers
from gates.sbom.reading import Document


def held(waivers: Waivers, document: Document) -> Waivers:
    """With an entry for each component that one is about, of exactly its version. Why one is none for VEX is said by the export."""
    listed: dict[Purl, list[Purl]] = {}
    for component in document.components:
        if component.purl:
            version = component.purl.version or component.version
            listed.setdefault(component.purl._replace(version=""), []).append(component.purl._replace(version=version))
    entries: list[Waiver] = []
    for waiver in waivers.entries:
        if waiver.purl is None:
            entries.append(waiver)
            continue
        found = sorted({purl for purl in listed.get(waiver.purl._replace(version=""), ()) if _covers(waiver, waiver.purl, purl)})
        entries += (waiver._replace(purl=purl, versions=None) for purl in found)
    return waivers._replace(entries=tuple(entries))


def product(document: Document) -> Purl | None:
    """What the document describes, where it says so by a package URL."""
    main = document.main
    if main is None or main.purl is None:
        return None
    return main.purl._replace(version=main.purl.version or main.version)


def _covers(waiver: Waiver, wanted: Purl, found: Purl) -> bool:
    return same_package(wanted, found) and (waiver.versions is None or in_range(waiver.versions, found.version))
