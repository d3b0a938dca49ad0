from __future__ import annotations

import subprocess
import sys

import pytest

from gates.core.finding import Frame, Location, Rule, Severity, finding
from gates.core.report import Judged, Report, Status
from gates.report import facts, text
from tests.report import sample

RULE = Rule("code/x", Severity.HIGH, "s", "w", "r")


def _with(*found: Judged, status: Status = "fail") -> Report:
    secrets, waivers = sample.clean().gates
    return sample.clean()._replace(gates=(secrets._replace(status=status, findings=found), waivers))


def _framed(line: str, location: Location, first_column: int = 1) -> list[str]:
    one = finding(RULE, "m", location, "s", frame=Frame(location.line, (line,), first_column))
    return text.render(_with(sample.judged(one, 1, blocking=True))).split("\n")[1:3]


@pytest.mark.parametrize(
    ("line", "columns", "caret"),
    [
        ("abc = 1", (1, 4), "    | ^^^"),
        ("\tabc", (2, 5), "    |     ^^^"),
        ("a\tb", (3, 4), "    |     ^"),
        ("\u6f22\u5b57 = x", (6, 7), "    |        ^"),
        ("e\u0301 = x", (6, 7), "    |     ^"),
        ("\x1b = x", (5, 6), "    |        ^"),
        ("abc", (2, 0), "    |  ^^"),  # the end is unknown: to the end of the line
        ("abc", (2, 90), "    |  ^^"),
        ("abc", (3, 3), "    |   ^"),
    ],
)
def test_carets_stand_under_the_span(line: str, columns: tuple[int, int], caret: str) -> None:
    assert _framed(line, Location("a", 12, columns[0], 12, columns[1]))[1] == f" {caret}"


def test_a_span_that_goes_on_is_marked_to_the_end_of_its_first_line() -> None:
    assert _framed("key = [", Location("a", 5, 7, 9, 2)) == ["  5 | key = [", "    |       ^"]


def test_a_frame_cut_on_the_left_says_so_and_keeps_the_caret_in_place() -> None:
    assert _framed("bcd", Location("a", 1, 102, 1, 103), first_column=101) == ["  1 | \u2026bcd", "    |   ^"]


def test_a_span_outside_the_shown_part_gets_no_caret() -> None:
    assert _framed("abc", Location("a", 1, 50, 1, 60))[1] == "  fix: r"


@pytest.mark.parametrize("report", [sample.clean(), sample.one_finding()])
def test_a_clean_run_and_one_finding_fit_the_first_screen(report: Report) -> None:
    # Nine gates and the two built-in ones: the most that a run can have.
    more = [report.gates[1]._replace(gate=f"gate{number}") for number in range(11 - len(report.gates))]
    assert text.render(report._replace(gates=(*report.gates, *more))).count("\n") <= 24


def test_blocking_findings_are_in_full_however_many_and_the_others_are_counted_by_rule() -> None:
    one = finding(RULE, "m", Location("a", 1, 1), "s", frame=Frame(1, ("code",)))
    many = [sample.judged(one, number, blocking=number < 50) for number in range(100)]
    rendered = text.render(_with(*many))
    assert rendered.count("a:1:1 high code/x m") == 60
    assert "high code/x 40 times, first at a:1:1" in rendered
    assert rendered.count("fix: r") == 60


def test_quiet_keeps_what_blocks_what_failed_and_the_verdict() -> None:
    rendered = text.render(sample.report(), quiet=True)
    assert "code/assert-used" not in rendered
    assert "\nimage" not in rendered
    assert "weakened: 3 entries" in rendered
    for kept in ("src/settings.py:10:15 critical", "deps could not run", "broken.py:7:", "secrets     fail"):
        assert kept in rendered
    assert text.render(sample.clean(), quiet=True) == "PASS 0 blocking \u00b7 250 ms\n"


def test_without_colour_there_is_no_escape_and_links_need_to_be_asked_for() -> None:
    assert "\x1b" not in text.render(sample.report())
    assert "\x1b]8" not in text.render(sample.report(), colour=True)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((40,), "1 waived \u00b7"),
        ((5, 40), "2 waived (1 sunsets in 5 days) \u00b7"),
        ((1,), "1 waived (1 sunsets in 1 day) \u00b7"),
        ((0, 14), "2 waived (2 sunset soon, the first today) \u00b7"),
    ],
)
def test_the_verdict_announces_waivers_that_end_soon(days: tuple[int, ...], words: str) -> None:
    one = finding(RULE, "m", None, "s")
    waived = [sample.judged(one, left, blocking=False, waiver=sample.RISK._replace(id=f"W-{left}", days_left=left)) for left in days]
    assert facts.verdict(_with(*waived, status="pass")).startswith(f"PASS 0 blocking, {words}")


def test_a_waiver_of_many_findings_is_announced_once() -> None:
    one = finding(RULE, "m", None, "s")
    waived = [sample.judged(one, number, blocking=False, waiver=sample.TEST_DATA) for number in range(3)]
    assert "3 waived (1 sunsets in 5 days)" in facts.verdict(_with(*waived))


def test_a_run_in_which_no_gate_judged_says_so() -> None:
    skipped = sample.clean().gates[0]._replace(status="skip", reason="no files")
    report = sample.clean()._replace(verdict="error", gates=(skipped,), timed=False)
    assert facts.verdict(report) == "ERROR 0 blocking, no gate judged anything"


def test_the_text_format_loads_no_other() -> None:
    code = (
        "import sys; import gates.report.text; print([name for name in ('json', 'base64', 'zlib', 'unicodedata') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_remedy_of_several_lines_stands_as_it_is_to_be_typed() -> None:
    one = finding(RULE, "m", Location("a", 1), "s", remedy="RUN useradd app\nUSER app\x1b")
    lines = text.render(_with(sample.judged(one, 1, blocking=True))).split("\n")
    assert lines[1:3] == ["  fix: RUN useradd app", "       USER app\\x1b"]
