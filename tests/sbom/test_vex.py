"""Exceptions narrowed to what one SBOM lists."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from gates.core import waivers_export, waivers_vex
from gates.core.purl import parse_purl, parse_range
from gates.core.waivers import Vex, Waiver, Waivers
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
    held = vex.held(_listed(entry), document(*purls))
    return [str(each.purl) for each in held.entries]


def _listed(*entries: Waiver) -> Waivers:
    return Waivers(entries=entries, terms=None, data={})  # type: ignore[arg-type]


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


def exported(form: str, *purls: str, entries: tuple[Waiver, ...]) -> waivers_export.Exported:
    return waivers_vex.export(vex.held(_listed(*entries), document(*purls)), TODAY, form, version="1")


@pytest.mark.parametrize("form", waivers_vex.FORMS)
def test_what_holds_for_some_locks_alone_is_left_out_and_said(form: str) -> None:
    def left(purl: str, **more: Any) -> list[str]:
        found = exported(form, purl, entries=(waiver(paths=("app/uv.lock",), **more),))
        assert found.number == 0
        return [each.id for each in found.left]

    assert left("pkg:pypi/requests@1") == ["W-1"]
    assert left("pkg:pypi/other@1") == []
    assert left("pkg:pypi/requests@1", sunset=date(2026, 11, 19)) == []


@pytest.mark.parametrize("form", waivers_vex.FORMS)
def test_of_a_version_that_two_entries_are_about_the_more_careful_one_is_said(form: str) -> None:
    fine, bad = waiver(vex=Vex("not_affected", "code_not_reachable")), waiver("pkg:pypi/requests@2", id="W-2", vex=Vex("exploitable"))
    found = exported(form, "pkg:pypi/requests@1", "pkg:pypi/requests@2.0", entries=(fine, bad))
    said = found.text
    assert (found.number, said.count("W-1 of") + said.count('"W-1"'), said.count("W-2 of") + said.count('"W-2"')) == (2, 1, 1)
    assert [(each.id, "W-2 says exploitable" in each.why) for each in found.left] == [("W-1", True)]


def test_the_product_is_what_the_document_describes() -> None:
    assert str(vex.product(document(type="application", name="acme", version="2", purl="pkg:pypi/acme"))) == "pkg:pypi/acme@2"
    assert vex.product(document(type="application", name="acme", version="2")) is None
