from __future__ import annotations

import pytest

from gates.core.finding import Location, Rule, Severity, finding
from gates.core.gate import Unread
from gates.core.report import Judged, Report
from gates.report import github
from tests.report import sample
from tests.report.readers import Command, command

RULE = Rule("code/x", Severity.HIGH, "s", "w", "r")


def _report(*found: Judged) -> Report:
    secrets, waivers = sample.clean().gates
    return sample.clean()._replace(gates=(secrets._replace(findings=found), waivers))


def _many(number: int, severity: Severity, *, blocking: bool = False, start: int = 0) -> list[Judged]:
    one = finding(RULE, "m", Location("a", 1), "s", severity=severity)
    return [sample.judged(one, start + index, blocking=blocking) for index in range(number)]


def _commands(report: Report) -> list[Command]:
    return [one for one in map(command, github.render(report).splitlines()) if one]


def test_what_blocks_is_an_error_else_severity_decides_and_a_waived_finding_is_a_notice() -> None:
    one = finding(RULE, "m", None, "s")
    assert [
        github._level(sample.judged(one._replace(severity=severity), 1, blocking=blocking, waiver=waiver))
        for severity, blocking, waiver in (
            (Severity.INFO, True, None),
            (Severity.CRITICAL, False, None),
            (Severity.MEDIUM, False, None),
            (Severity.LOW, False, None),
            (Severity.CRITICAL, False, sample.RISK),
        )
    ] == ["error", "warning", "warning", "notice", "notice"]


def test_ten_of_each_level_are_shown_and_the_rest_is_counted_in_the_last_notice() -> None:
    found = [
        *_many(12, Severity.HIGH, blocking=True),
        *_many(13, Severity.MEDIUM, start=100),
        *_many(11, Severity.LOW, start=200),
    ]
    commands = _commands(_report(*found))
    assert [[one.name for one in commands].count(level) for level in ("error", "warning", "notice")] == [10, 10, 10]
    assert commands[-1].data == "7 more in the summary"


def test_no_closing_notice_when_all_are_shown() -> None:
    assert [one.name for one in _commands(_report(*_many(10, Severity.LOW)))] == ["notice"] * 10


def test_the_worst_come_first() -> None:
    found = [
        *_many(1, Severity.LOW),
        *_many(11, Severity.MEDIUM, start=10, blocking=True),
        *_many(1, Severity.CRITICAL, blocking=True, start=90),
    ]
    assert _commands(_report(*found))[0].properties["title"] == "critical code/x"


def test_gates_that_could_not_run_are_an_error_that_no_number_of_findings_displaces() -> None:
    secrets, waivers = _report(*_many(30, Severity.HIGH, blocking=True)).gates
    broken = waivers._replace(status="error", reason="no tool", errors=tuple(Unread(f"f{n}", n, "bad") for n in range(12)))
    first = _commands(sample.clean()._replace(gates=(secrets, broken)))[0]
    assert (first.name, first.properties) == ("error", {"title": "1 gate could not run"})
    assert first.data.split("\n") == ["waivers: no tool", "f0: bad", *(f"f{n}:{n}: bad" for n in range(1, 10)), "2 more"]


@pytest.mark.parametrize(
    ("location", "properties"),
    [
        (None, {}),
        (Location("a,b:c"), {"file": "a,b:c"}),
        (Location("a", 3), {"file": "a", "line": "3"}),
        (Location("a", 3, 5, 3, 9), {"file": "a", "line": "3", "col": "5", "endLine": "3", "endColumn": "9"}),
        (Location("a", 3, 5, 4, 9), {"file": "a", "line": "3", "endLine": "4"}),
    ],
)
def test_places_are_written_as_far_as_they_are_known(location: Location | None, properties: dict[str, str]) -> None:
    one = sample.judged(finding(RULE, "m", location, "s"), 1, blocking=True)
    assert _commands(_report(one))[0].properties == {**properties, "title": "high code/x"}


def test_the_summary_keeps_to_its_budget_and_names_what_it_left_out() -> None:
    blocking = [sample.judged(finding(RULE, "\u6f22" * 300, None, "s"), number, blocking=True) for number in range(100)]
    report = _report(*blocking, *_many(5, Severity.LOW, start=200))
    whole = github.summary(report)
    assert "Left out" not in whole
    for budget in (3_000, 10_000, 50_000, 95_000):
        text = github.summary(report, budget)
        assert len(text.encode()) <= budget
        assert text.startswith("## gates: ")
        assert "Left out to stay within" in text
        assert "secrets: 100 blocking" in text.splitlines()[-1]
        assert "### Gates" in text or budget < 3_000


def test_a_budget_too_small_for_the_verdict_gives_nothing() -> None:
    assert github.summary(sample.report(), 50) == ""


def test_a_section_lists_the_worst_and_counts_the_rest() -> None:
    text = github.summary(_report(*_many(1_000, Severity.LOW)))
    assert text.count("**low**") == 200
    assert "800 more in the JSON report" in text
