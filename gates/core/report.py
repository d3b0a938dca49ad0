"""The result of a run, as records: what every format renders."""

from datetime import date
from typing import Literal, NamedTuple

from gates.core.finding import Finding, Severity
from gates.core.gate import Scanned, Skipped, ToolUsed, Unread

Status = Literal["pass", "fail", "error", "skip"]
Verdict = Literal["pass", "fail", "error"]


class AppliedWaiver(NamedTuple):
    """The live waiver or baseline entry that covers a finding. `kind`: risk, false-positive, test-data or baseline."""

    id: str
    kind: str
    owner: str
    sunset: date
    reason: str
    days_left: int


class Judged(NamedTuple):
    """A finding with what the run decided about it. `severity` is after the policy's overrides."""

    finding: Finding
    severity: Severity
    fingerprint: str  # 32 lower-case hex digits over (rule, path, subject)
    blocking: bool
    waiver: AppliedWaiver | None


class GateResult(NamedTuple):
    """One gate's outcome; findings sorted by path, line, column, rule, subject."""

    gate: str
    status: Status
    reason: str  # why skipped, or why it could not run; empty otherwise
    scanned: Scanned
    skipped: tuple[Skipped, ...]
    tools: tuple[ToolUsed, ...]
    errors: tuple[Unread, ...]
    findings: tuple[Judged, ...]
    duration: float  # seconds


class Weakening(NamedTuple):
    """A policy value laxer than the default, an exclusion, or a waiver file's lax setting."""

    what: str
    owner: str
    reason: str
    sunset: str  # YYYY-MM-DD, "" where the policy needs none


class Report(NamedTuple):
    """A whole run. `duration` and the gates' durations are None-like (negative) under --no-timing."""

    version: str  # of gates
    verdict: Verdict
    complete: bool  # no gate ended in error
    head: str  # commit id, "" on an unborn branch or outside git
    policy_source: str  # "default", "tree" or "ref:<name>"
    policy: bytes  # the file as it was read, empty for the default policy
    today: date
    weakened: tuple[Weakening, ...]
    gates: tuple[GateResult, ...]
    duration: float
    timed: bool = True
    part: str = ""  # of its gate, where a command runs a part that has reports of its own: "inspect"
