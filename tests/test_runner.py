"""The guard: whatever a gate does, a pass needs evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import pytest

from gates import runner
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, NothingToJudge
from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.core.gate import Context, Event, Gate, Kind, Scanned, Selection, Skipped, ToolUsed, Unread
from gates.core.report import GateResult, Judged

RULE = Rule("demo/bad", Severity.HIGH, "bad", "because", "do better")
HIGH = finding(RULE, "bad here", Location("a.py", 1), "subject")


class Options(NamedTuple):
    pass


def judge(gate: str, findings: Sequence[Finding]) -> tuple[Judged, ...]:
    return tuple(
        Judged(
            each,
            each.severity,
            f"{each.rule.id} {each.location and each.location.path} {each.subject}",
            each.severity >= Severity.HIGH,
            None,
        )
        for each in findings
    )


def result_of(
    check: Callable[[Context, object], Iterator[Event]], *, kind: Kind = "tree", required: bool = False, seconds: float = 30.0
) -> GateResult:
    context = Context(
        root="/",
        repository=None,
        selection=Selection(kind),
        excluded=lambda path: "",
        today=date(2026, 11, 20),
        deadline=Deadline(seconds),
        tool_timeout=10.0,
        environment={},
        offline=True,
        progress=lambda done, total, unit: None,
    )
    gate = Gate("demo", "a demonstration", (RULE,), Options, check)
    (result,) = runner.run([runner.Job(gate, context, Options(), required)], judge)
    return result


def events(*given: Event, then: BaseException | None = None) -> Callable[[Context, object], Iterator[Event]]:
    def check(context: Context, options: object) -> Iterator[Event]:
        yield from given
        if then:
            raise then

    return check


def test_a_clean_gate_passes_with_its_evidence_added_up() -> None:
    result = result_of(events(Scanned(files=2, bytes=10), Scanned(files=1, bytes=5), ToolUsed("demo", "1")))
    assert (result.status, result.scanned, result.tools) == ("pass", Scanned(3, 15, 0), (ToolUsed("demo", "1"),))


def test_a_blocking_finding_fails() -> None:
    result = result_of(events(Scanned(files=1), HIGH))
    assert result.status == "fail"
    assert runner.verdict([result]) == "fail"


def test_a_finding_below_the_threshold_passes() -> None:
    result = result_of(events(Scanned(files=1), HIGH._replace(severity=Severity.MEDIUM)))
    assert (result.status, len(result.findings)) == ("pass", 1)


@pytest.mark.parametrize(
    "check",
    [
        events(),
        events(Scanned()),
        events(Scanned(files=1), Unread("a", 3, "cannot be parsed")),
        events(Scanned(files=1), then=GateUnavailable("no tool")),
        events(Scanned(files=1), then=ValueError("a secret value")),
        events(Scanned(files=1), then=SystemExit(0)),
        events(Scanned(files=1), then=KeyboardInterrupt()),
        events(Scanned(files=1), then=MemoryError()),
        events(Scanned(files=1), then=RecursionError()),
        events(HIGH, then=NothingToJudge("no files")),
        events(Scanned(files=1), HIGH, HIGH),
        events(Scanned(files=1), "no event"),  # type: ignore[arg-type]  # what a broken gate might yield
    ],
)
def test_what_a_gate_could_not_do_is_an_error(check: Callable[[Context, object], Iterator[Event]]) -> None:
    result = result_of(check)
    assert result.status == "error"
    assert result.reason
    assert runner.verdict([result]) in ("error", "fail")


def test_findings_before_a_breakdown_are_kept_and_outrank_it() -> None:
    result = result_of(events(Scanned(files=1), HIGH, then=GateUnavailable("the tool crashed")))
    assert (result.status, len(result.findings), result.reason) == ("error", 1, "the tool crashed")
    assert runner.verdict([result]) == "fail"


def test_an_internal_error_names_its_place_and_not_its_text() -> None:
    result = result_of(events(Scanned(files=1), then=ValueError("hunter2")))
    assert "ValueError at tests.test_runner:" in result.reason
    assert "hunter2" not in result.reason


def test_nothing_to_judge_is_a_skip_and_an_error_where_the_gate_is_required() -> None:
    assert result_of(events(then=NothingToJudge("no lock file"))).status == "skip"
    required = result_of(events(then=NothingToJudge("no lock file")), required=True)
    assert (required.status, required.reason) == ("error", "required by the policy, but no lock file")


@pytest.mark.parametrize("kind", ["staged", "range", "stdin"])
def test_an_empty_index_range_or_stream_passes_and_says_so(kind: Kind) -> None:
    result = result_of(events(Scanned()), kind=kind)
    assert result.status == "pass"
    assert result.reason


@pytest.mark.parametrize("kind", ["staged", "range", "stdin"])
def test_an_empty_selection_without_evidence_is_an_error(kind: Kind) -> None:
    assert result_of(events(), kind=kind).status == "error"


def test_a_gate_that_ignores_its_deadline_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_GRACE", 0.05)

    def sleeps(context: Context, options: object) -> Iterator[Event]:
        yield Scanned(files=1)
        time.sleep(2)

    started = time.monotonic()
    result = result_of(sleeps, seconds=0.1)
    assert (result.status, result.reason) == ("error", "the time limit of the gate passed")
    assert time.monotonic() - started < 1.5


def test_gates_run_side_by_side() -> None:
    """Each waits for the other: in a row neither would ever end."""
    import threading

    barrier = threading.Barrier(2, timeout=10)

    def meets(context: Context, options: object) -> Iterator[Event]:
        barrier.wait()
        yield Scanned(files=1)

    job = runner.Job(Gate("demo", "", (RULE,), Options, meets), _context(), Options(), False)
    results = runner.run([job, job], judge)
    assert [result.status for result in results] == ["pass", "pass"]


def _context() -> Context:
    return Context(
        "/", None, Selection(), lambda path: "", date(2026, 11, 20), Deadline(30.0), 10.0, {}, True, lambda done, total, unit: None
    )


def test_a_run_in_which_every_gate_was_skipped_is_an_error() -> None:
    skipped = result_of(events(then=NothingToJudge("nothing here")))
    assert runner.verdict([skipped]) == "error"
    passed = result_of(events(Scanned(files=1)))
    assert runner.verdict([skipped], [passed]) == "error"  # built-in checks judge the exceptions, not the code
    assert runner.verdict([passed], [skipped]) == "pass"
    assert runner.verdict([]) == "error"


def test_skipped_files_and_errors_come_sorted() -> None:
    result = result_of(events(Scanned(files=1), Skipped("b", "x"), Skipped("a", "x"), Unread("z", 0, "x"), Unread("y", 0, "x")))
    assert [each.path for each in result.skipped] == ["a", "b"]
    assert [each.path for each in result.errors] == ["y", "z"]
