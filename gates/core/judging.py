"""From findings to judged ones: severity by the policy, exceptions, and whether it blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from gates.core.finding import Finding, Severity
from gates.core.policy import GatePolicy, Policy, default_fail_on
from gates.core.report import AppliedWaiver, Judged, Weakening

if TYPE_CHECKING:  # a hook that finds nothing loads neither
    from gates.core.baseline import Baseline
    from gates.core.waivers import Matcher, Waivers


NO_RENEWALS: Mapping[str, int] = MappingProxyType({})


class Exceptions(NamedTuple):
    waivers: Waivers
    baseline: Baseline

    def weakened(self, today: date, renewals: Mapping[str, int] = NO_RENEWALS) -> tuple[Weakening, ...]:
        return self.waivers.weakened(today, renewals) + self.baseline.weakened(today)


class Judging:
    """Holds what a run is judged by. `matched` collects the ids of the waivers that matched, live or ended; `overlaps` those of pairs of
    live ones that matched one finding, the applied one first.

    `read` gives the exceptions when the first finding needs them: a hook that finds nothing reads none. It may raise UsageError.
    """

    def __init__(self, policy: Policy, read: Callable[[], Exceptions], fail_on: Severity | None, today: date) -> None:
        self._policy = policy
        self._read = read
        self._fail_on = fail_on
        self._today = today
        self._exceptions: Exceptions | None = None
        self._matcher: Matcher | None = None
        self.matched: set[str] = set()
        self.overlaps: set[tuple[str, str]] = set()

    def exceptions(self) -> Exceptions:
        if self._exceptions is None:
            from gates.core.waivers import Matcher

            self._exceptions = self._read()
            self._matcher = Matcher(self._exceptions.waivers)
        return self._exceptions

    @property
    def known_exceptions(self) -> Exceptions | None:
        """The exceptions if they have been read."""
        return self._exceptions

    def judge(self, gate: str, findings: Sequence[Finding]) -> tuple[Judged, ...]:
        """In the report's order: by path, line, column, rule, subject."""
        return tuple(self._judged(gate, found) for found in sorted(findings, key=_order))

    def _judged(self, gate: str, found: Finding) -> Judged:
        key = fingerprint(found)
        severity = self._policy.severity(found, self._today)
        waiver, ended = self._waiver(found, key)
        if ended:
            found = found._replace(message=f"{found.message}; {ended}")
        fail_on = self.fail_on(gate) if found.fail_on is None or self._fail_on is not None else found.fail_on
        return Judged(found, severity, key, waiver is None and found.may_block and severity >= fail_on, waiver)

    def fail_on(self, gate: str) -> Severity:
        if self._fail_on is not None:
            return self._fail_on
        settings: GatePolicy | None = self._policy.gates.get(gate)
        return settings.fail_on if settings else default_fail_on(gate, self._policy.profile)

    def _waiver(self, found: Finding, key: str) -> tuple[AppliedWaiver | None, str]:
        """What covers the finding, and what to say of an exception that no longer does."""
        from gates.core import baseline
        from gates.core.waivers import why_ended

        exceptions = self.exceptions()
        if self._matcher is None:
            return None, ""
        match = self._matcher.match(found, key, self._today)
        self.matched.update(waiver.id for waiver in (*match.live, *match.ended))
        self.overlaps.update((match.live[0].id, other.id) for other in match.live[1:])
        terms = exceptions.waivers.terms
        if applied := match.applied(self._today) or baseline.match(exceptions.baseline, found, key, self._today, terms):
            return applied, ""
        ended = [why_ended(waiver, found, self._today) for waiver in match.ended]
        return None, "; ".join(filter(None, (*ended, baseline.why_ended(exceptions.baseline, found, key, self._today, terms))))


def fingerprint(found: Finding) -> str:
    """32 hex digits over rule, path and subject: the same for the same defect on moved lines and in other commits."""
    from hashlib import sha256  # not on the path of a hook that finds nothing

    path = found.location.path if found.location else ""
    parts = (found.rule.id, path, found.subject)
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _order(found: Finding) -> tuple[str, int, int, str, str]:
    place = found.location
    return (place.path if place else "", place.line if place else 0, place.column if place else 0, found.rule.id, found.subject)
