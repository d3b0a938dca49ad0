"""Exceptions narrowed to what one SBOM lists."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from gates.core.purl import parse_purl, parse_range
from gates.core.waivers import Waiver, Waivers
from gates.sbom import reading, vex

TODAY = date(2026, 11, 20)


def document(*purls: str, **main: Any) -> reading.Document:
    components = [{"type": "library", "name": "x", "purl": purl} for purl in purls]
    made = {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"component": main}, "components": components}
    return reading.read(json.dumps(made).encode(), "a.json")


def waiver(purl: str = "pkg:pypi/requests", **more: Any) -> Waiver:
    wanted = parse_purl(purl) if purl else None
    made = Waiver("W-1", "deps", "risk", ("CVE-2023-32681",), "@a", "a good reason here", date(2026, 11, 1), date(2026, 12, 1), "w.yaml", 1)
    return made._replace(purl=wanted, **more)


def narrowed(entry: Waiver, *purls: str) -> list[str]:
    held = vex.held(_listed(entry), TODAY, document(*purls))
    return [str(each.purl) for each in held.waivers.entries]


def _listed(entry: Waiver) -> Waivers:
    return Waivers(entries=(entry,), terms=None, data={})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entry", "purls", "expected"),
    [
        (waiver(), ["pkg:pypi/requests@2.19.0"], ["pkg:pypi/requests@2.19.0"]),
        (waiver(), ["pkg:pypi/Requests@2.19.0?download_url=x"], ["pkg:pypi/requests@2.19.0"]),
        (waiver(), ["pkg:npm/requests@2.19.0"], []),
        (waiver(), ["pkg:pypi/requests@2", "pkg:pypi/requests@1", "pkg:pypi/requests@1"], ["pkg:pypi/requests@1", "pkg:pypi/requests@2"]),
        (waiver("pkg:pypi/requests@2.19"), ["pkg:pypi/requests@2.19.0"], ["pkg:pypi/requests@2.19.0"]),
        (waiver("pkg:pypi/requests@2.20.0"), ["pkg:pypi/requests@2.19.0"], []),
        (waiver(versions=parse_range("vers:pypi/<2.0")), ["pkg:pypi/requests@1", "pkg:pypi/requests@2"], ["pkg:pypi/requests@1"]),
        (waiver(), [], []),
    ],
)
def test_an_entry_is_narrowed_to_the_versions_that_are_listed(entry: Waiver, purls: list[str], expected: list[str]) -> None:
    assert narrowed(entry, *purls) == expected


def test_what_holds_for_some_locks_alone_is_left_out_and_said() -> None:
    held = vex.held(_listed(waiver(paths=("app/uv.lock",))), TODAY, document("pkg:pypi/requests@1"))
    assert held.waivers.entries == ()
    assert [each.id for each in held.left] == ["W-1"]
    assert vex.held(_listed(waiver(paths=("app/uv.lock",))), TODAY, document("pkg:pypi/other@1")).left == ()
    assert vex.held(_listed(waiver(paths=("a",), sunset=date(2026, 11, 19))), TODAY, document("pkg:pypi/requests@1")).left == ()


def test_the_product_is_what_the_document_describes() -> None:
    assert str(vex.product(document(type="application", name="acme", version="2", purl="pkg:pypi/acme"))) == "pkg:pypi/acme@2"
    assert vex.product(document(type="application", name="acme", version="2")) is None
