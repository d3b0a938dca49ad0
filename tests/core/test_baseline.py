from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import baseline
from gates.core.accountability import Account
from gates.core.baseline import Baseline, Section
from gates.core.errors import UsageError
from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.core.policy import ExceptionFiles
from gates.core.source import Source
from gates.core.waivers import Terms

SUNSET = date(2027, 1, 15)
ACCOUNT = Account("@acme/sec", "found when the gate was adopted", SUNSET)
OLD, NEW = "a" * 32, "b" * 32
LISTED = Baseline({"code": Section(ACCOUNT, frozenset({OLD}), 4)}, "security/baseline.json")


def found(rule: str = "code/bandit-b101") -> Finding:
    return finding(Rule(rule, Severity.HIGH, "s", "w", "r"), "m", Location("a"), "subject")


def test_covers_old_findings_of_its_gate_through_the_sunset() -> None:
    applied = baseline.match(LISTED, found(), OLD, SUNSET, Terms())
    assert applied == ("baseline:code", "baseline", "@acme/sec", SUNSET, ACCOUNT.reason, 0)
    assert baseline.match(LISTED, found(), OLD, date(2027, 1, 16), Terms()) is None
    assert baseline.match(LISTED, found(), NEW, SUNSET, Terms()) is None
    assert baseline.match(LISTED, found("secrets/generic"), OLD, SUNSET, Terms()) is None


def test_never_covers_and_never_takes_in_what_is_under_never() -> None:
    terms = Terms(never=("code/bandit-*",))
    assert baseline.match(LISTED, found(), OLD, SUNSET, terms) is None
    assert baseline.section({OLD: found(), NEW: found("code/other")}, ACCOUNT, terms).fingerprints == {NEW}


def test_says_when_it_ends() -> None:
    assert [each.rule.id for each in baseline.ending(LISTED, date(2027, 1, 16), Terms())] == ["waivers/expired"]
    assert [each.rule.id for each in baseline.ending(LISTED, SUNSET, Terms())] == ["waivers/expiring"]
    assert list(baseline.ending(LISTED, date(2026, 12, 31), Terms())) == []
    assert [entry.what for entry in LISTED.weakened(SUNSET)] == ["baseline: 1 old findings of code"]
    assert LISTED.weakened(date(2027, 1, 16)) == ()


SECTIONS = st.dictionaries(
    st.sampled_from(["secrets", "code"]),
    st.builds(Section, st.just(ACCOUNT), st.frozensets(st.text("0123456789abcdef", min_size=32, max_size=32), max_size=5), st.just(0)),
)


@given(SECTIONS)
def test_what_is_written_is_read_and_written_again_the_same(sections: dict[str, Section]) -> None:
    data = baseline.write(sections)
    again = baseline.read(data, "b.json", ["secrets", "code"])
    assert {gate: part._replace(line=0) for gate, part in again.sections.items()} == sections
    assert baseline.write(again.sections) == data
    assert baseline.write(dict(reversed(sections.items()))) == data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "'version' must be 1"),
        ({"gate": {}}, "unknown key 'gate'"),
        ({"gates": {"cod": {}}}, "unknown gate 'cod'; did you mean 'code'?"),
        ({"gates": {"code": {"owner": "@a"}}}, "'fingerprints' is missing"),
        ({"gates": {"code": {"owner": "@a", "reason": "long enough a reason", "fingerprints": []}}}, "'sunset' is missing"),
        ({"gates": {"code": {"fingerprints": ["x"]}}}, "32 lower-case hex digits"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        baseline.read(json.dumps({"version": 1, "gates": {}, **change}).encode(), "b.json", ["code"])
    assert message in str(caught.value)
    assert caught.value.line == 1


def test_missing_file_is_fine_unless_the_policy_names_it() -> None:
    nothing = Source("tree", lambda path: None)
    assert baseline.load(nothing, ExceptionFiles(), ["code"]) == Baseline()
    with pytest.raises(UsageError, match="no such baseline"):
        baseline.load(nothing, ExceptionFiles(baseline="x.json"), ["code"])


@given(st.binary(max_size=100))
def test_any_bytes_are_a_baseline_or_a_usage_error(data: bytes) -> None:
    try:
        blamed = baseline.read(data, "b.json", ["code"]).path
    except UsageError as error:
        blamed = error.path
    assert blamed == "b.json"
