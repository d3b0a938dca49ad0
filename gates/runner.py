"""Runs gates, each behind a guard that turns everything it did not expect into `error`: what could not be looked at never passes."""

import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

from gates.core.errors import GateUnavailable, NothingToJudge, UsageError, internal_error
from gates.core.finding import Finding
from gates.core.gate import Context, Gate, Scanned, Skipped, ToolUsed, Unread
from gates.core.report import GateResult, Judged, Status, Verdict

_GRACE = 3.0  # seconds that a gate has, after its deadline, to notice and kill what it started
# With these an empty scope is an answer ("nothing is staged"); with the others it means that a gate looked in the wrong place.
_MAY_BE_EMPTY = {"staged": "nothing is staged", "range": "the range adds nothing", "stdin": "the stream is empty"}


class Job(NamedTuple):
    """A gate with what it is given. `required`: being skipped is an error."""

    gate: Gate
    context: Context
    options: object
    required: bool


class Outcome:
    """What a gate has said so far; filled by its thread, read when the thread is done or is given up.

    `ended` is waited for in place of the thread: a `Thread.join` that a signal interrupts takes the thread for dead (Python 3.11, 3.12).
    """

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.findings: list[Finding] = []
        self.scanned: list[Scanned] = []
        self.skipped: list[Skipped] = []
        self.errors: list[Unread] = []
        self.tools: list[ToolUsed] = []
        self.skip_reason = ""
        self.error = ""
        self.finished = False
        self.duration = 0.0


Judge = Callable[[str, Sequence[Finding]], tuple[Judged, ...]]  # the gate's name and its findings, in the report's order


def run(jobs: Sequence[Job], judge: Judge) -> list[GateResult]:
    """The results in the order of the jobs. Gates run side by side; a gate that ignores its deadline is given up, and is an error."""
    outcomes = [Outcome() for _ in jobs]
    started: list[Outcome] = []
    try:
        for job, outcome in zip(jobs, outcomes, strict=True):
            threading.Thread(target=_guarded, args=(job, outcome), name=job.gate.name, daemon=True).start()
            started.append(outcome)
        for job, outcome in zip(jobs, outcomes, strict=True):
            while not outcome.ended.is_set() and not job.context.deadline.passed():
                outcome.ended.wait(job.context.deadline.remaining())
            outcome.ended.wait(_GRACE)
    except BaseException:
        # Ctrl-C: programs that gates started live in sessions of their own and must be told to go.
        for job in jobs:
            job.context.deadline.cancel()
        for outcome in started:
            outcome.ended.wait(_GRACE)
        raise
    return [_result(job, outcome, judge) for job, outcome in zip(jobs, outcomes, strict=True)]


def _guarded(job: Job, outcome: Outcome) -> None:
    try:
        _check(job, outcome)
    finally:
        outcome.ended.set()


def _check(job: Job, outcome: Outcome) -> None:
    started = monotonic()
    try:
        for event in job.gate.check(job.context, job.options):
            match event:
                case Finding():
                    outcome.findings.append(event)
                case Scanned():
                    outcome.scanned.append(event)
                case Skipped():
                    outcome.skipped.append(event)
                case Unread():
                    outcome.errors.append(event)
                case ToolUsed():
                    outcome.tools.append(event)
                case _:
                    raise TypeError(f"the gate yielded a {type(event).__name__}")
        outcome.finished = True
    except NothingToJudge as nothing:
        outcome.skip_reason = str(nothing) or "nothing to judge"
    except (GateUnavailable, UsageError) as problem:
        outcome.error = str(problem) or "the gate could not run"
    except MemoryError:
        outcome.error = "out of memory"
    except BaseException as surprise:  # SystemExit too: a gate that leaves early has not judged
        outcome.error = internal_error(surprise)
    outcome.duration = monotonic() - started


def _result(job: Job, outcome: Outcome, judge: Judge) -> GateResult:
    alive = not outcome.ended.is_set()
    scanned = Scanned(*map(sum, zip(*outcome.scanned, strict=True))) if outcome.scanned else Scanned()
    findings = judge(job.gate.name, outcome.findings)
    status, reason = _status(job, outcome, alive, scanned, findings)
    return GateResult(
        gate=job.gate.name,
        status=status,
        reason=reason,
        scanned=scanned,
        skipped=tuple(sorted(outcome.skipped)),
        tools=tuple(outcome.tools),
        errors=tuple(sorted(outcome.errors)),
        findings=findings,
        duration=outcome.duration,
    )


def _status(job: Job, outcome: Outcome, alive: bool, scanned: Scanned, findings: tuple[Judged, ...]) -> tuple[Status, str]:
    if alive:
        return "error", "the time limit of the gate passed"
    if outcome.error:
        return "error", outcome.error
    if not outcome.finished and not outcome.skip_reason:
        return "error", "the gate ended early"
    if len({judged.fingerprint for judged in findings}) != len(findings):
        return "error", "internal error: two findings share a fingerprint; please report it"
    if outcome.skip_reason:
        if outcome.findings or outcome.errors:
            return "error", f"the gate found something and then nothing to judge ({outcome.skip_reason})"
        return ("error", f"required by the policy, but {outcome.skip_reason}") if job.required else ("skip", outcome.skip_reason)
    if outcome.errors:
        return "error", "not everything in its scope could be judged"
    if not outcome.scanned or not any(scanned):
        empty = _MAY_BE_EMPTY.get(job.context.selection.kind)
        if not outcome.scanned or not empty:
            return "error", "the gate looked at nothing: there is no file in its scope; is this the right place?"
        return "pass", empty
    return ("fail" if any(judged.blocking for judged in findings) else "pass"), ""


def verdict(results: Sequence[GateResult], built_in: Sequence[GateResult] = ()) -> Verdict:
    """Blocking findings outrank a gate that could not run; a run in which no gate judged anything is no pass, whatever the built-in
    checks say.
    """
    if any(judged.blocking for result in (*results, *built_in) for judged in result.findings):
        return "fail"
    if any(result.status == "error" for result in (*results, *built_in)):
        return "error"
    return "pass" if any(result.status == "pass" for result in results) else "error"


EXIT = {"pass": 0, "fail": 1, "error": 3}
