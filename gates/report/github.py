"""For GitHub Actions: annotations as workflow commands, and the step summary in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from gates.core.finding import Location, Severity
from gates.core.gate import Unread
from gates.core.report import GateResult, Judged, Report
from gates.report import facts
from gates.report.escape import command_data, command_property, markdown, markdown_cell

Level = Literal["error", "warning", "notice"]

SHOWN = 10  # annotations of a level that GitHub shows for a step
BUDGET = 900_000  # bytes of a step summary: at 1 MiB GitHub drops the whole of it
_LISTED = 200  # findings that a section of the summary lists
_NOTE = 2_000  # bytes kept free for the note on what was left out


# --- annotations --------------------------------------------------------------------------------------------------------


def render(report: Report) -> str:
    """The worst findings as annotations, then the verdict as a plain line. Gates that could not run share the first error."""
    piles = facts.findings(report.gates)
    commands: dict[Level, list[str]] = {"error": [], "warning": [], "notice": []}
    broken = facts.could_not_run(report)
    if broken:
        commands["error"].append(_could_not_run(broken))
    for judged in (*piles.blocking, *piles.open, *piles.waived):
        level = _level(judged)
        commands[level].append(_annotation(level, judged))
    shown = {level: lines[:SHOWN] for level, lines in commands.items()}
    if any(len(lines) > SHOWN for lines in commands.values()):
        shown["notice"] = shown["notice"][: SHOWN - 1]  # the closing notice takes the last place
        more = sum(map(len, commands.values())) - sum(map(len, shown.values()))
        shown["notice"].append(f"::notice title=gates::{command_data(f'{more} more in the summary')}")
    return "\n".join([*shown["error"], *shown["warning"], *shown["notice"], facts.verdict(report)]) + "\n"


def _level(judged: Judged) -> Level:
    if judged.blocking:
        return "error"
    return "warning" if judged.severity >= Severity.MEDIUM and judged.waiver is None else "notice"


def _annotation(level: Level, judged: Judged) -> str:
    found = judged.finding
    properties = [*_place(found.location), f"title={command_property(f'{judged.severity} {found.rule.id}')}"]
    lines = [found.message]
    if found.location and found.location.commit:
        lines.append(f"commit: {found.location.commit}")
    if judged.waiver:
        lines.append(facts.waived_by(judged.waiver))
    elif found.remedy:
        lines.append(f"fix: {found.remedy}")
    lines.append(f"docs: {facts.url(found.rule) or f'gates explain {found.rule.id}'}")
    return f"::{level} {','.join(properties)}::{command_data(*lines)}"


def _place(location: Location | None) -> Iterator[str]:
    """GitHub takes columns only where the finding starts and ends on one line."""
    if location is None:
        return
    yield f"file={command_property(location.path)}"
    if not location.line:
        return
    yield f"line={location.line}"
    one_line = location.end_line in (0, location.line)
    if location.column and one_line:
        yield f"col={location.column}"
    if location.end_line:
        yield f"endLine={location.end_line}"
    if location.column and location.end_column and one_line:
        yield f"endColumn={location.end_column}"


def _could_not_run(broken: Sequence[GateResult]) -> str:
    lines = []
    for result in broken:
        lines.append(f"{result.gate}: {result.reason}")
        lines.extend(
            f"{facts.place(Location(error.path, error.line))}: {error.message}" if error.path else error.message
            for error in result.errors[:SHOWN]
        )
        if len(result.errors) > SHOWN:
            lines.append(f"{len(result.errors) - SHOWN} more")
    title = command_property(f"{facts.count(len(broken), 'gate')} could not run")
    return f"::error title={title}::{command_data(*lines)}"


# --- step summary -------------------------------------------------------------------------------------------------------


class _Section(NamedTuple):
    title: str
    text: str


def summary(report: Report, budget: int = BUDGET) -> str:
    """Markdown of at most `budget` bytes in UTF-8; whole sections are left out, with a note, where there is not room for all.

    The limit is GitHub's and counts all that a step appends to its summary, so a caller passes what is left of it.
    """
    head = f"## gates: {facts.verdict(report)}\n\n"
    kept, missing = [head], []
    left = budget - len(head.encode()) - _NOTE
    for section in _sections(report):
        text = f"### {section.title}\n\n{section.text}\n"
        size = len(text.encode())
        if size <= left:
            kept.append(text)
            left -= size
        else:
            missing.append(section.title)
    if missing:
        kept.append(f"Left out to stay within {facts.size(budget)}: {', '.join(missing)}. The JSON report has everything.\n")
    text = "".join(kept)
    return text if len(text.encode()) <= budget else ""


def _sections(report: Report) -> Iterator[_Section]:
    """Most important first. Titles and gate names are ours; everything else is a code span."""
    yield _Section("Gates", _gates(report))
    for result in facts.could_not_run(report):
        lines = [f"- {markdown(result.reason)}\n"] if result.reason else []
        lines.extend(f"- {_unread(error)}\n" for error in result.errors[:_LISTED])
        yield _Section(f"{result.gate} could not run", "".join(lines) + _more(len(result.errors)))
    for result in report.gates:
        blocking = facts.findings([result]).blocking
        if blocking:
            yield _Section(f"{result.gate}: {len(blocking)} blocking", _findings(blocking))
    if report.weakened:
        yield _Section("Weakened", _weakened(report))
    piles = facts.findings(report.gates)
    if piles.waived:
        yield _Section(f"{len(piles.waived)} waived", _findings(piles.waived))
    if piles.open:
        yield _Section(f"{len(piles.open)} not blocking", _findings(piles.open))


def _unread(error: Unread) -> str:
    place = f"{markdown(facts.place(Location(error.path, error.line)))} " if error.path else ""
    return place + markdown(error.message)


def _gates(report: Report) -> str:
    rows = ["| gate | status | scope | skipped |", "|---|---|---|---|"]
    for result in report.gates:
        reason = markdown_cell(result.reason) if result.status == "skip" else facts.scope(result)
        rows.append(f"| {result.gate} | {result.status} | {reason} | {markdown_cell(facts.skipped(result.skipped))} |")
    return "\n".join(rows) + "\n"


def _findings(judged: Sequence[Judged]) -> str:
    return "".join(_finding(one) for one in judged[:_LISTED]) + _more(len(judged))


def _finding(judged: Judged) -> str:
    found = judged.finding
    where = f" {markdown(facts.place(found.location))}" if found.location else ""
    lines = [f"- **{judged.severity}** {markdown(found.rule.id)}{where} {markdown(found.message)}"]
    if found.location and found.location.commit:
        lines.append(f"  - commit {markdown(found.location.commit)}")
    if judged.waiver:
        lines.append(f"  - {markdown(facts.waived_by(judged.waiver))}")
    elif found.remedy:
        lines.append(f"  - fix: {markdown(found.remedy)}")
    return "\n".join(lines) + "\n"


def _more(total: int) -> str:
    return f"- {total - _LISTED} more in the JSON report\n" if total > _LISTED else ""


def _weakened(report: Report) -> str:
    rows = ["| what | until | owner | reason |", "|---|---|---|---|"]
    rows.extend(
        f"| {' | '.join(markdown_cell(value) for value in (entry.what, entry.sunset, entry.owner, entry.reason))} |"
        for entry in report.weakened
    )
    return "\n".join(rows) + "\n"
