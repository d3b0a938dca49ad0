"""Waivers as VEX: of the components that are there, and of no others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gates.core import waivers
from gates.core.purl import parse_purl
from gates.sbom import waived, writing
from gates.sbom.waived import Part

TODAY = date(2026, 11, 20)
A = Part("a", parse_purl("pkg:pypi/a@1.0"), ("uv.lock",))
A2 = Part("a2", parse_purl("pkg:pypi/a@2.0"), ("sub/uv.lock",))
IN_IMAGE = Part("image/a", parse_purl("pkg:pypi/a@1.0"), images=("app.tar", "acme/app:1.0"))


def say(*entries: str, parts: tuple[Part, ...] = (A, A2, IN_IMAGE)) -> list[dict[str, Any]]:
    known = {"deps": None, "image": None}
    account = "owner: '@acme/sec', reason: 'no such call is made in our code', created: 2026-11-01, sunset: 2027-01-15"
    lines = [f"  - {{id: W-{number}, {account}, {entry}}}\n" for number, entry in enumerate(entries, 1)]
    text = "version: 1\nwaivers:\n" + "".join(lines)
    listed = waivers.read(text.encode(), "waivers.yaml", known, TODAY)
    return writing.vulnerabilities(waived.say(listed, TODAY, parts).vulnerabilities)


def affected(said: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(each["bom-ref"], [target["ref"] for target in each["affects"]]) for each in said]


def test_an_accepted_risk_is_exploitable() -> None:
    (said,) = say("gate: deps, rule: CVE-2026-1, purl: 'pkg:pypi/a'")
    assert said["analysis"] == {
        "state": "exploitable",
        "response": ["will_not_fix"],
        "detail": "no such call is made in our code",
        "lastUpdated": "2026-11-01T00:00:00Z",
    }
    assert (said["id"], affected([said])) == ("CVE-2026-1", [("W-1/CVE-2026-1", ["a", "a2"])])
    assert {"name": "gates:sunset", "value": "2027-01-15"} in said["properties"]


def test_a_justification_is_said() -> None:
    (said,) = say("gate: deps, rule: CVE-2026-1, purl: 'pkg:pypi/a', vex: {state: not_affected, justification: code_not_reachable}")
    assert said["analysis"]["state"] == "not_affected"
    assert said["analysis"]["justification"] == "code_not_reachable"


@pytest.mark.parametrize(
    ("scope", "refs"),
    [
        ("gate: deps, purl: 'pkg:pypi/a@1.0'", ["a"]),
        ("gate: deps, purl: 'pkg:pypi/a', versions: 'vers:pypi/<2'", ["a"]),
        ("gate: deps, purl: 'pkg:pypi/a', paths: [sub/**]", ["a2"]),
        ("gate: deps, purl: 'pkg:npm/a'", []),
        ("gate: deps, purl: 'pkg:pypi/other'", []),
        ("gate: image, purl: 'pkg:pypi/a', image: acme/app", ["image/a"]),
        ("gate: image, purl: 'pkg:pypi/a', image: acme/other", []),
    ],
)
def test_it_is_said_of_what_the_entry_covers(scope: str, refs: list[str]) -> None:
    said = say(f"rule: CVE-2026-1, {scope}")
    assert [ref for each in said for ref in (target["ref"] for target in each["affects"])] == refs


def test_what_is_waived_in_one_lock_of_two_is_not_waived() -> None:
    both = A._replace(locks=("sub/uv.lock", "uv.lock"))
    assert say("gate: deps, rule: CVE-2026-1, purl: 'pkg:pypi/a', paths: [sub/**]", parts=(both,)) == []


def test_the_most_careful_of_two_entries_is_said() -> None:
    reachable = "gate: deps, rule: CVE-2026-1, purl: 'pkg:pypi/a'"
    unreachable = "gate: deps, rule: CVE-2026-1, purl: 'pkg:pypi/a@1.0', vex: {state: not_affected, justification: code_not_reachable}"
    for entries in ((reachable, unreachable), (unreachable, reachable)):
        assert [each["analysis"]["state"] for each in say(*entries)] == ["exploitable"]


def test_an_ended_entry_says_nothing() -> None:
    (said,) = say("gate: deps, rule: CVE-2026-1, purl: 'pkg:pypi/a'")
    assert said
    listed = waivers.read(
        b"version: 1\nwaivers:\n  - {id: W-1, gate: deps, rule: CVE-2026-1, purl: 'pkg:pypi/a', owner: '@acme/sec', "
        b"reason: 'no such call is made', created: 2026-09-01, sunset: 2026-11-19}\n",
        "waivers.yaml",
        {"deps": None},
        TODAY,
    )
    assert waived.say(listed, TODAY, (A,)).vulnerabilities == ()
