"""The waivers in force as VEX, of the components that a document lists: nothing is said of what is not in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gates.core.globs import compile_globs
from gates.core.purl import Purl, in_range, same_package
from gates.core.waivers import Waiver, Waivers, covers_image
from gates.core.waivers_export import Item, Left
from gates.core.waivers_vex import rank, stated, statement
from gates.sbom.component import Vulnerability


class Part(NamedTuple):
    """A component that an entry may be about. `locks` are the files that name it, `images` the names of the image that it is in: what is
    in an image is judged by another gate.
    """

    ref: str
    purl: Purl
    locks: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


class Said(NamedTuple):
    vulnerabilities: tuple[Vulnerability, ...]
    left: tuple[Left, ...]


def say(waivers: Waivers, today: date, parts: Sequence[Part]) -> Said:
    """`left` are the entries that cannot be said in CycloneDX; those about other packages are none of them."""
    items, left = stated(waivers, today)
    by_name: dict[Purl, list[Part]] = {}
    for part in parts:
        by_name.setdefault(part.purl._replace(version=""), []).append(part)
    best: dict[tuple[str, str], Item] = {}
    for item in items:
        for ref in _covered(item.waiver, by_name):
            first = best.setdefault((item.advisory, ref), item)
            if _rank(item) < _rank(first):
                best[item.advisory, ref] = item
    return Said(tuple(_vulnerability(item, best) for item in items if item in best.values()), left)


def _vulnerability(item: Item, best: Mapping[tuple[str, str], Item]) -> Vulnerability:
    return Vulnerability(
        statement(item), tuple(ref for (advisory, ref), chosen in best.items() if chosen is item and advisory == item.advisory)
    )


def _rank(item: Item) -> int:
    return rank(statement(item).state)


def _covered(waiver: Waiver, by_name: Mapping[Purl, Sequence[Part]]) -> list[str]:
    purl = waiver.purl
    if purl is None:
        return []
    near = by_name.get(purl._replace(version=""), ())
    return [
        part.ref for part in near if bool(part.images) == (waiver.gate == "image") and same_package(purl, part.purl) and _fits(waiver, part)
    ]


def _fits(waiver: Waiver, part: Part) -> bool:
    if waiver.image and not any(covers_image(waiver.image, name) for name in part.images):
        return False
    if waiver.versions and not in_range(waiver.versions, part.purl.version):
        return False
    if not waiver.paths:
        return True
    # What is waived in one lock and not in another one is not waived.
    matches = compile_globs(waiver.paths)
    return bool(part.locks) and all(matches(path) for path in part.locks)
