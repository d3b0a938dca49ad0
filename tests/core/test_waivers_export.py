"""What other tools are told: read back by the rules of those tools, not by ours."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from gates.core import waivers_export, waivers_vex
from gates.core.purl import parse_purl, parse_range
from gates.core.waivers import VEX_JUSTIFICATIONS, Vex, Waiver, Waivers

TODAY = date(2026, 11, 20)
BASE = Waiver(
    "W-0007", "deps", "risk", ("CVE-2023-32681",), "@acme/sec", 'redirects are "off": see #12', date(2026, 11, 1),
    date(2027, 1, 15), "w", 3, purl=parse_purl("pkg:pypi/requests"),
)  # fmt: skip
SCOPED = BASE._replace(id="W-0008", rules=("GHSA-1-2-3",), purl=parse_purl("pkg:npm/%40acme/x.y@1.0.0"), paths=("app/*/package-lock.json",))
FIXABLE = BASE._replace(id="W-0009", rules=("CVE-2024-1", "CVE-2024-2"), until_fixed=True)
RANGE = BASE._replace(id="W-0010", versions=parse_range("vers:pypi/<2.31.0"))
LISTED = BASE._replace(id="CVE-2024-9", rules=("CVE-2024-9",), purl=None, created=None, path="ignore.txt")
CODE = BASE._replace(id="W-0011", gate="code", rules=("code/bandit-b602",), purl=None, paths=("a.py",))
ENDED = BASE._replace(id="W-0012", sunset=date(2026, 11, 19))
RULE = BASE._replace(id="W-0013", rules=("deps/unauditable",))
ONE = BASE._replace(id="W-0014", fingerprint="0" * 32)
IMAGE = BASE._replace(id="W-0015", gate="image", image="acme/app")
ALL = Waivers((BASE, SCOPED, FIXABLE, RANGE, LISTED, CODE, ENDED, RULE, ONE, IMAGE))


def exported(to: str, waivers: Waivers = ALL, today: date = TODAY) -> tuple[str, dict[str, str]]:
    if to in waivers_vex.FORMS:  # noqa: SIM108 - each form by itself
        found = waivers_vex.export(waivers, today, to, version="1.0")
    else:
        found = waivers_export.export(waivers, today, to)
    return found.text, {left.id: left.why for left in found.left}


def test_trivy() -> None:
    text, left = exported("trivy")
    entries = {entry["id"]: entry for entry in yaml.safe_load(text)["vulnerabilities"]}
    assert list(entries) == ["CVE-2023-32681", "CVE-2024-9", "GHSA-1-2-3"]
    assert entries["CVE-2023-32681"] == {
        "id": "CVE-2023-32681",
        "purls": ["pkg:pypi/requests"],
        "expired_at": date(2027, 1, 16),
        "statement": 'W-0007, @acme/sec, until 2027-01-15: redirects are "off": see #12',
    }
    assert entries["GHSA-1-2-3"]["purls"] == ["pkg:npm/%40acme/x.y@1.0.0"]
    assert entries["GHSA-1-2-3"]["paths"] == ["app/*/package-lock.json"]
    assert "purls" not in entries["CVE-2024-9"]
    assert set(left) == {"W-0009", "W-0010", "W-0013", "W-0014", "W-0015"}


def test_osv_scanner() -> None:
    text, left = exported("osv")
    entries = tomllib.loads(text)["IgnoredVulns"]
    assert [(entry["id"], entry["ignoreUntil"]) for entry in entries] == [
        ("CVE-2023-32681", datetime(2027, 1, 16, tzinfo=UTC)),
        ("CVE-2024-9", datetime(2027, 1, 16, tzinfo=UTC)),
    ]
    assert set(left) == {"W-0008", "W-0009", "W-0010", "W-0013", "W-0014", "W-0015"}


def test_of_two_packages_with_one_advisory_osv_scanner_gets_the_nearer_end() -> None:
    other = BASE._replace(id="W-0001", purl=parse_purl("pkg:pypi/zzz"), sunset=date(2026, 12, 1))
    text, _ = exported("osv", Waivers((BASE, other)))
    (entry,) = tomllib.loads(text)["IgnoredVulns"]
    assert entry["ignoreUntil"] == datetime(2026, 12, 2, tzinfo=UTC)


def test_grype() -> None:
    text, left = exported("grype", Waivers((*ALL.entries, SCOPED._replace(id="W-0020", paths=()))))
    entries = yaml.safe_load(text)["ignore"]
    by_id = {entry["vulnerability"]: entry for entry in entries}
    assert by_id["CVE-2023-32681"]["package"] == {"name": "requests", "type": "python"}
    assert by_id["CVE-2024-1"]["fix-state"] == "not-fixed"
    package = by_id["GHSA-1-2-3"]["package"]
    assert re.fullmatch(package["name"], "@acme/x.y")
    assert not re.fullmatch(package["name"], "@acme/xzy")
    assert (package["type"], package["version"]) == ("npm", "1.0.0")
    assert set(left) == {"W-0008", "W-0010", "W-0013", "W-0014", "W-0015"}


@pytest.mark.parametrize("to", ["trivy", "osv", "grype", "cyclonedx-vex"])
def test_an_export_without_entries_is_a_document_too(to: str) -> None:
    text, left = exported(to, Waivers((ENDED, CODE)))
    assert not left
    document: Any = tomllib.loads(text) if to == "osv" else yaml.safe_load(text)
    assert not document.get("vulnerabilities" if to in ("trivy", "cyclonedx-vex") else "ignore")


@pytest.mark.parametrize("to", [*waivers_export.FORMS, *waivers_vex.FORMS])
def test_the_day_before_the_sunset_and_the_day_itself_are_in_and_the_day_after_is_not(to: str) -> None:
    for days, there in ((0, True), (1, False)):
        text, _ = exported(to, Waivers((BASE,)), date(2027, 1, 15) + timedelta(days))
        assert ("CVE-2023-32681" in text) is there


@pytest.mark.parametrize("to", [*waivers_export.FORMS, *waivers_vex.FORMS])
def test_equal_lists_give_equal_bytes(to: str) -> None:
    assert exported(to) == exported(to)
    assert exported(to)[0] == exported(to, Waivers(tuple(reversed(ALL.entries))))[0]
    assert (
        exported(to)[0]
        == exported(to, today=TODAY - timedelta(1), waivers=Waivers(tuple(each for each in ALL.entries if each != ENDED)))[0]
    )


REASONS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(REASONS)
def test_no_reason_breaks_a_document(reason: str) -> None:
    waivers = Waivers((BASE._replace(reason=reason),))
    assert yaml.safe_load(exported("trivy", waivers)[0])["vulnerabilities"][0]["statement"].endswith(reason)
    assert tomllib.loads(exported("osv", waivers)[0])["IgnoredVulns"][0]["reason"].endswith(reason)
    assert yaml.safe_load(exported("grype", waivers)[0])["ignore"][0]["reason"].endswith(reason)
    assert reason in json.loads(exported("openvex", waivers)[0])["statements"][0]["action_statement"]


# VEX

JUSTIFIED = BASE._replace(id="W-0021", rules=("CVE-2025-21",), vex=Vex("not_affected", "code_not_reachable"))
REQUIRES = BASE._replace(id="W-0022", rules=("CVE-2025-22",), vex=Vex("not_affected", "requires_configuration"))
TRIAGE = BASE._replace(id="W-0023", rules=("CVE-2025-23",), vex=Vex("in_triage"))
EXPLOITABLE = BASE._replace(id="W-0024", rules=("CVE-2025-24",), vex=Vex("exploitable", response=("update", "workaround_available")))
FALSE = BASE._replace(id="W-0025", rules=("CVE-2025-25",), vex=Vex("false_positive"))
FALSE_JUSTIFIED = BASE._replace(id="W-0026", rules=("CVE-2025-26",), vex=Vex("false_positive", "code_not_present"))
SETTLED = BASE._replace(id="W-0027", kind="false-positive", fingerprint="0" * 32)
VEXED = Waivers((BASE, FIXABLE, RANGE, JUSTIFIED, REQUIRES, TRIAGE, EXPLOITABLE, FALSE, FALSE_JUSTIFIED, SETTLED, LISTED))


def statements(waivers: Waivers = VEXED) -> dict[str, dict[str, Any]]:
    document = json.loads(exported("openvex", waivers)[0])
    return {each["status_notes"].split()[0]: each for each in document["statements"]}


def test_openvex_says_affected_unless_the_entry_says_why_not() -> None:
    found = statements()
    assert found["W-0007"] == {
        "vulnerability": {"name": "CVE-2023-32681"},
        "products": [{"@id": "pkg:pypi/requests"}],
        "status": "affected",
        "timestamp": "2026-11-01T00:00:00Z",
        "status_notes": "W-0007 of @acme/sec, counts until 2027-01-15",
        "action_statement": 'redirects are "off": see #12',
    }
    assert found["W-0009"]["action_statement"] == BASE.reason
    assert found["W-0024"]["action_statement"] == f"update, workaround_available: {BASE.reason}"
    assert found["W-0021"]["justification"] == "vulnerable_code_not_in_execute_path"
    assert found["W-0022"]["impact_statement"].startswith("requires_configuration: ")
    assert found["W-0023"]["status"] == "under_investigation"
    assert found["W-0026"]["status"] == "not_affected"
    assert set(exported("openvex", VEXED)[1]) == {"W-0010", "W-0025", "W-0027", "CVE-2024-9"}


@pytest.mark.parametrize("to", waivers_vex.FORMS)
@pytest.mark.parametrize(
    "entry",
    [
        SCOPED,
        IMAGE,
        IMAGE._replace(image="", fingerprint="0" * 32),
        BASE._replace(paths=("uv.lock",), vex=Vex("not_affected", "code_not_present")),
    ],
)
def test_what_holds_for_some_places_alone_is_never_said_of_the_package(to: str, entry: Waiver) -> None:
    found = waivers_vex.export(Waivers((entry,)), TODAY, to, version="1", product=parse_purl("pkg:pypi/acme@1"))
    assert (found.number, [left.id for left in found.left]) == (0, [entry.id])


NOT = BASE._replace(id="W-0031", vex=Vex("not_affected", "code_not_reachable"))


@pytest.mark.parametrize("to", waivers_vex.FORMS)
@pytest.mark.parametrize(
    ("other", "overruled"),
    [
        (BASE._replace(vex=Vex("exploitable")), True),
        (BASE, True),
        (BASE._replace(purl=parse_purl("pkg:pypi/requests@2.0")), True),
        (RANGE, True),  # which OpenVEX has no words for
        (BASE._replace(paths=("uv.lock",)), True),
        (BASE._replace(vex=Vex("in_triage")), True),
        (BASE._replace(vex=Vex("false_positive", "code_not_present")), False),
        (BASE._replace(rules=("CVE-2020-1",)), False),
        (BASE._replace(purl=parse_purl("pkg:npm/requests")), False),
        (BASE._replace(sunset=date(2026, 11, 19)), False),
        (IMAGE, False),
    ],
)
def test_the_less_careful_of_two_entries_is_left_out_and_said(to: str, other: Waiver, overruled: bool) -> None:
    for entries in ((NOT, other), (other, NOT)):
        text, left = exported(to, Waivers(entries))
        assert ("W-0031" in left) == overruled
        assert ("W-0031" not in text) == overruled


def test_versions_that_do_not_overlap_are_two_statements() -> None:
    for narrow in (BASE._replace(purl=parse_purl("pkg:pypi/requests@2.31.0")), BASE._replace(purl=parse_purl("pkg:pypi/requests@3"))):
        assert exported("cyclonedx-vex", Waivers((NOT._replace(versions=RANGE.versions), narrow)))[1] == {}


@pytest.mark.parametrize("state", ["exploitable", "in_triage", "false_positive"])
def test_cyclonedx_has_a_justification_of_what_is_not_affected_alone(state: str) -> None:
    text, _ = exported("cyclonedx-vex", Waivers((BASE._replace(vex=Vex(state, "code_not_present")),)))
    assert "justification" not in json.loads(text)["vulnerabilities"][0]["analysis"]


def test_an_openvex_document_keeps_the_rules_of_its_specification() -> None:
    """https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md"""
    document = json.loads(exported("openvex", VEXED)[0])
    assert set(document) == {"@context", "@id", "author", "timestamp", "version", "tooling", "statements"}
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", document["@id"])
    for each in document["statements"]:
        datetime.fromisoformat(each["timestamp"])
        if each["status"] == "affected":
            assert each["action_statement"]
        if each["status"] == "not_affected":
            assert ("justification" in each) is not ("impact_statement" in each)
    assert len(set(map(json.dumps, document["statements"]))) == len(document["statements"])


def test_what_ships_the_package_can_be_named() -> None:
    found = waivers_vex.export(
        Waivers((SCOPED._replace(paths=()),)), TODAY, "openvex", version="1", product=parse_purl("pkg:oci/app@sha256:ab"), author="Acme"
    )
    document = json.loads(found.text)
    assert document["author"] == "Acme"
    assert document["statements"][0]["products"] == [
        {"@id": "pkg:oci/app@sha256%3Aab", "subcomponents": [{"@id": "pkg:npm/%40acme/x.y@1.0.0"}]}
    ]


@given(st.sampled_from(["not_affected", "exploitable", "in_triage", "false_positive", ""]), st.sampled_from(["", *VEX_JUSTIFICATIONS]))
def test_not_affected_is_never_said_without_a_justification(state: str, justification: str) -> None:
    if state == "not_affected" and not justification:
        return  # the loader refuses it
    waivers = Waivers((BASE._replace(vex=Vex(state, justification) if state else None),))
    for each in statements(waivers).values() if exported("openvex", waivers)[0] else ():
        assert each["status"] != "not_affected" or justification
    analysis = json.loads(exported("cyclonedx-vex", waivers)[0])["vulnerabilities"][0]["analysis"]
    assert analysis["state"] == (state or "exploitable")


def test_cyclonedx() -> None:
    document = json.loads(exported("cyclonedx-vex", VEXED)[0])
    by_waiver = {each["properties"][0]["value"]: each for each in document["vulnerabilities"]}
    assert by_waiver["W-0007"]["analysis"] == {
        "state": "exploitable",
        "response": ["will_not_fix"],
        "detail": 'redirects are "off": see #12',
        "lastUpdated": "2026-11-01T00:00:00Z",
    }
    assert by_waiver["W-0009"]["analysis"]["response"] == ["can_not_fix"]
    assert by_waiver["W-0010"]["affects"][0]["versions"] == [{"range": "vers:pypi/<2.31.0", "status": "affected"}]
    assert by_waiver["W-0021"]["analysis"]["justification"] == "code_not_reachable"
    assert by_waiver["W-0024"]["analysis"]["response"] == ["update", "workaround_available"]
    references = {each["bom-ref"] for each in document["components"]}
    assert {affected["ref"] for each in document["vulnerabilities"] for affected in each["affects"]} <= references
    assert set(exported("cyclonedx-vex", VEXED)[1]) == {"W-0027", "CVE-2024-9"}


def test_cyclonedx_is_valid_by_its_schema() -> None:
    resources = Path(pytest.importorskip("cyclonedx.schema._res", reason="cyclonedx-python-lib is not installed").__file__).parent
    schema = json.loads((resources / "bom-1.6.SNAPSHOT.schema.json").read_text("utf-8"))
    from referencing import Registry, Resource

    others = {name: json.loads((resources / f"{name}.SNAPSHOT.schema.json").read_text("utf-8")) for name in ("spdx", "jsf-0.82")}
    known = [(f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", Resource.from_contents(each)) for name, each in others.items()]
    registry: Any = Registry().with_resources(
        [*known, *((f"{name}.SNAPSHOT.schema.json", Resource.from_contents(each)) for name, each in others.items())]
    )
    for waivers in (VEXED, Waivers()):
        document = waivers_vex.export(waivers, TODAY, "cyclonedx-vex", version="1.0", product=parse_purl("pkg:pypi/app@1.0")).text
        jsonschema.Draft7Validator(schema, registry=registry).validate(json.loads(document))
