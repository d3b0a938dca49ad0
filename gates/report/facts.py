"""What the formats say alike: the order of findings, what is counted, how a place or a size is written. Nothing here is escaped."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gates.core.finding import Location, Rule
from gates.core.gate import Skipped
from gates.core.report import AppliedWaiver, GateResult, Judged, Report

SOON = 14  # days before its sunset in which a waiver is announced in the verdict


class Sorted(NamedTuple):
    """A report's findings in three piles, each worst first and then by path."""

    blocking: tuple[Judged, ...]
    open: tuple[Judged, ...]  # neither blocking nor waived
    waived: tuple[Judged, ...]


def findings(results: Iterable[GateResult]) -> Sorted:
    ordered = sorted((judged for result in results for judged in result.findings), key=_worst_first)
    return Sorted(
        tuple(judged for judged in ordered if judged.blocking),
        tuple(judged for judged in ordered if not judged.blocking and judged.waiver is None),
        tuple(judged for judged in ordered if not judged.blocking and judged.waiver is not None),
    )


def _worst_first(judged: Judged) -> tuple[object, ...]:
    location = judged.finding.location or Location("")
    return -judged.severity, location.path, location.line, location.column, judged.finding.rule.id, judged.fingerprint


def could_not_run(report: Report) -> tuple[GateResult, ...]:
    return tuple(result for result in report.gates if result.status == "error")


def url(rule: Rule) -> str:
    """The rule's first reference that is a web address, "" where it has none."""
    return next((reference for reference in rule.references if reference.startswith(("https://", "http://"))), "")


def verdict(report: Report) -> str:
    """The last line of a report: `FAIL 3 blocking, 2 waived (1 sunsets in 5 days), 1 gate could not run · 2.4 s`."""
    piles = findings(report.gates)
    broken = len(could_not_run(report))
    parts = [f"{len(piles.blocking)} blocking"]
    if piles.open:
        parts.append(f"{len(piles.open)} not blocking")
    if piles.waived:
        parts.append(f"{len(piles.waived)} waived{_sunsets(piles.waived)}")
    if broken:
        parts.append(f"{count(broken, 'gate')} could not run")
    elif report.verdict == "error":
        parts.append("no gate judged anything")
    time = f" · {seconds(report.duration)}" if report.timed else ""
    return f"{report.verdict.upper()} {', '.join(parts)}{time}"


def _sunsets(waived: Sequence[Judged]) -> str:
    days = {judged.waiver.id: judged.waiver.days_left for judged in waived if judged.waiver}
    soon = sorted(left for left in days.values() if left <= SOON)
    if not soon:
        return ""
    first = "today" if soon[0] <= 0 else f"in {count(soon[0], 'day')}"
    return f" (1 sunsets {first})" if len(soon) == 1 else f" ({len(soon)} sunset soon, the first {first})"


def waived_by(waiver: AppliedWaiver) -> str:
    """`waived by W-0007 until 2027-01-15 (55 days left): reason`."""
    what = "in the baseline" if waiver.kind == "baseline" else f"waived by {waiver.id}"
    left = f"{count(waiver.days_left, 'day')} left" if waiver.days_left > 0 else "its last day"
    return f"{what} until {waiver.sunset} ({left}): {waiver.reason}"


def place(location: Location) -> str:
    """`path:line:column`, as far as they are known."""
    line = f":{location.line}" if location.line else ""
    column = f":{location.column}" if location.line and location.column else ""
    return f"{location.path}{line}{column}"


def scope(result: GateResult) -> str:
    """What the gate looked at: `412 files, 3.4 MB, 12 commits`."""
    scanned = result.scanned
    parts = [count(scanned.files, "file")]
    if scanned.bytes:
        parts.append(size(scanned.bytes))
    if scanned.commits:
        parts.append(count(scanned.commits, "commit"))
    return ", ".join(parts)


def skipped(entries: Sequence[Skipped], reasons: int = 3) -> str:
    """`5 skipped: binary (3), a submodule (2)`, the commonest reasons first; "" where nothing was skipped."""
    if not entries:
        return ""
    common = sorted(Counter(entry.reason for entry in entries).items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{reason} ({number})" for reason, number in common[:reasons]]
    rest = sum(number for _, number in common[reasons:])
    if rest:
        parts.append(f"other reasons ({rest})")
    return f"{len(entries)} skipped: {', '.join(parts)}"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size(number: float) -> str:
    """Decimal units: `3.4 MB` is 3,400,000 bytes."""
    if number < 1000:
        return f"{number:.0f} B"
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if number < 999.95:
            return f"{number:.1f} {unit}"
    return f"{number / 1000:.1f} TB"


def seconds(duration: float) -> str:
    return f"{duration:.1f} s" if duration >= 1 else f"{duration * 1000:.0f} ms"
