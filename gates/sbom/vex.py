"""The exceptions about what one SBOM lists, and no others: what a VEX document for its readers says."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gates.core.accountability import live
from gates.core.purl import Purl, in_range, same_package
from gates.core.waivers import ADVISORY_GATES, Waiver, Waivers
from gates.core.waivers_export import Left
from gates.sbom.reading import Document


class Held(NamedTuple):
    """`waivers` has an entry for each component that one is about, of exactly its version. `left` could be about one, and may not be."""

    waivers: Waivers
    left: tuple[Left, ...]


def held(waivers: Waivers, today: date, document: Document) -> Held:
    listed: dict[Purl, list[Purl]] = {}
    for component in document.components:
        if component.purl:
            version = component.purl.version or component.version
            listed.setdefault(component.purl._replace(version=""), []).append(component.purl._replace(version=version))
    entries: list[Waiver] = []
    left: list[Left] = []
    for waiver in waivers.entries:
        if waiver.purl is None:
            entries.append(waiver)  # the export says why it is none for VEX
            continue
        found = sorted({purl for purl in listed.get(waiver.purl._replace(version=""), ()) if _covers(waiver, waiver.purl, purl)})
        if found and waiver.paths and waiver.gate in ADVISORY_GATES and live(waiver.sunset, today):
            left.append(Left(waiver.id, "it holds for some lock files alone, and the SBOM does not tell which one a component is from"))
        elif not waiver.paths:
            entries += (waiver._replace(purl=purl, versions=None) for purl in found)
    return Held(waivers._replace(entries=tuple(entries)), tuple(left))


def product(document: Document) -> Purl | None:
    """What the document describes, where it says so by a package URL."""
    main = document.main
    if main is None or main.purl is None:
        return None
    return main.purl._replace(version=main.purl.version or main.version)


def _covers(waiver: Waiver, wanted: Purl, found: Purl) -> bool:
    return same_package(wanted, found) and (waiver.versions is None or in_range(waiver.versions, found.version))
