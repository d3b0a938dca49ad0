"""The report for a person: findings, worst first; what could not run; one line a gate; what is weakened; the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gates.core.finding import Finding, Frame, Location, Severity
from gates.core.report import GateResult, Judged, Report, Weakening
from gates.report import facts
from gates.report.escape import printable, visible

_TAB = 4
_IN_FULL = 10  # findings that do not block: these come with code and remedy, the others are counted by rule
_COLOURS = {
    Severity.CRITICAL: "1;31",
    Severity.HIGH: "31",
    Severity.MEDIUM: "33",
    Severity.LOW: "36",
    Severity.INFO: "2",
}
_STATUS_COLOURS = {"pass": "32", "fail": "1;31", "error": "1;31", "skip": "2"}

Paint = Callable[[str, str], str]  # (text, SGR code) -> text


def render(report: Report, *, colour: bool = False, links: bool = False, quiet: bool = False, most: int | None = None) -> str:
    """`links` makes the documentation address a terminal hyperlink. `quiet` leaves out what neither blocks nor failed. `most` is how many
    that block, and how many that are waived, are told each; None: all.
    """
    paint: Paint = _painted if colour else _plain
    piles = facts.findings(report.gates)
    blocks = [list(_finding(judged, paint, links, full=True)) for judged in piles.blocking[:most]]
    blocks.append(list(_more(piles.blocking, most, "blocking")))
    if not quiet:
        blocks.extend(_others(piles.open, paint, links))
        waived = [line for judged in piles.waived[:most] for line in _finding(judged, paint, links, full=False)]
        blocks.append([*waived, *_more(piles.waived, most, "waived")])
    blocks.extend(list(_errors(result, paint)) for result in report.gates if result.status == "error" or result.errors)
    blocks.append(list(_gates(report, paint, quiet)))
    blocks.append(list(_weakened(report.weakened, quiet)))
    body = "\n\n".join("\n".join(lines) for lines in blocks if lines)
    word, _, rest = facts.verdict(report).partition(" ")
    last = f"{paint(word, _STATUS_COLOURS[report.verdict])} {rest}\n"
    return f"{body}\n{last}" if body else last


def _more(judged: Sequence[Judged], most: int | None, what: str) -> Iterator[str]:
    if most is not None and len(judged) > most:
        yield f"and {len(judged) - most:,} more {what} (--format json lists each)"


def _plain(text: str, _code: str) -> str:
    return text


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m"


def _others(judged: Sequence[Judged], paint: Paint, links: bool) -> Iterator[list[str]]:
    for one in judged[:_IN_FULL]:
        yield list(_finding(one, paint, links, full=True))
    yield list(_by_rule(judged[_IN_FULL:], paint))


def _by_rule(judged: Sequence[Judged], paint: Paint) -> Iterator[str]:
    """A line a rule: hundreds of findings that block nothing would push those that do off the screen."""
    rules: dict[tuple[Severity, str], list[Judged]] = {}
    for one in judged:
        rules.setdefault((one.severity, one.finding.rule.id), []).append(one)
    if rules:
        yield "also found, not blocking (--format json lists each):"
    for (severity, rule), group in rules.items():
        first = group[0].finding
        where = f", first at {printable(facts.place(first.location))}" if first.location else ""
        summary = printable(first.rule.summary)
        yield f"  {paint(str(severity), _COLOURS[severity])} {printable(rule)} {facts.count(len(group), 'time')}{where}: {summary}"


def _finding(judged: Judged, paint: Paint, links: bool, *, full: bool) -> Iterator[str]:
    found = judged.finding
    where = f"{paint(printable(facts.place(found.location)), '1')} " if found.location else ""
    severity = paint(str(judged.severity), _COLOURS[judged.severity])
    yield f"{where}{severity} {printable(found.rule.id)} {printable(found.message)}"
    if found.location and found.location.commit:
        yield f"  commit: {printable(found.location.commit)}"
    if full:
        yield from _explained(found, paint, links)
    if judged.blocking:
        yield f"  fingerprint: {judged.fingerprint}"  # what a waiver names it by
    if judged.waiver:
        yield f"  {printable(facts.waived_by(judged.waiver))}"


def _explained(found: Finding, paint: Paint, links: bool) -> Iterator[str]:
    if found.frame:
        yield from _frame(found.frame, found.location, paint)
    if found.remedy:
        first, *more = found.remedy.split("\n")
        yield f"  fix: {printable(first)}"
        yield from (f"       {printable(line)}" for line in more)
    url = printable(facts.url(found.rule))
    if url:
        # The address of a hyperlink is what is shown, which `printable` has cleared of escape sequences.
        yield f"  docs: \x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\" if links and url.isascii() else f"  docs: {url}"
    else:
        yield f"  docs: gates explain {printable(found.rule.id)}"


def _frame(frame: Frame, location: Location | None, paint: Paint) -> Iterator[str]:
    gutter = len(str(frame.first_line + len(frame.lines) - 1))
    cut = "…" if frame.first_column > 1 else ""
    for number, line in enumerate(frame.lines, frame.first_line):
        shown = [*cut, *_characters(line)]
        yield f"  {paint(f'{number:>{gutter}} |', '2')} {''.join(shown)}".rstrip()
        span = _span(location, number, frame.first_column, len(line)) if location else None
        if span:
            start, end = span[0] + len(cut), span[1] + len(cut)
            caret = "^" * max(1, _width(shown[start:end]))
            yield f"  {paint(' ' * gutter + ' |', '2')} {' ' * _width(shown[:start])}{paint(caret, '1;31')}"


def _span(location: Location, number: int, first_column: int, length: int) -> tuple[int, int] | None:
    """The part of the shown line that the finding is about, where it starts on this line; 0-based, the end exclusive."""
    if location.line != number or not location.column:
        return None
    start = location.column - first_column
    end = location.end_column - first_column if location.end_line in (0, number) and location.end_column else length
    return (start, min(max(end, start + 1), length)) if 0 <= start < length else None


def _characters(line: str) -> Iterator[str]:
    """What is shown for each character of the line: itself, an escape, or the blanks of a tab."""
    column = 0
    for index, character in enumerate(line):
        if character == "\t":
            shown = " " * (_TAB - column % _TAB)
        elif line.startswith("##[", index):
            shown = "\\x23"  # see escape.printable, which knows whole values only
        else:
            shown = visible(character)
        column += _width([shown])
        yield shown


def _width(shown: Sequence[str]) -> int:
    """Columns of a terminal that the text takes."""
    text = "".join(shown)
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # a megabyte of tables that most reports never need

    return sum(0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1 for character in text)


def _errors(result: GateResult, paint: Paint) -> Iterator[str]:
    head = f"{printable(result.gate)} could not run" if result.status == "error" else f"{printable(result.gate)} could not read"
    yield f"{paint(head, '1;31')}: {printable(result.reason)}" if result.reason else paint(head, "1;31")
    for error in result.errors:
        place = f"{printable(facts.place(Location(error.path, error.line)))}: " if error.path else ""
        yield f"  {place}{printable(error.message)}"


def _gates(report: Report, paint: Paint, quiet: bool) -> Iterator[str]:
    width = max((len(result.gate) for result in report.gates), default=0)
    judged = any(result.status != "skip" for result in report.gates)
    for result in report.gates:
        # Where nothing was judged, that they were skipped is what failed.
        if quiet and (result.status == "pass" or (result.status == "skip" and judged)):
            continue
        parts = [result.reason] if result.reason and result.status != "error" else []
        if result.status != "skip":
            parts.append(facts.scope(result))
        parts.append(facts.skipped(result.skipped))
        if report.timed and result.status != "skip":
            parts.append(facts.seconds(result.duration))
        status = paint(f"{result.status:5}", _STATUS_COLOURS[result.status])
        yield f"{printable(result.gate):{width}}  {status}  {printable('; '.join(part for part in parts if part))}".rstrip()


def _weakened(weakened: Sequence[Weakening], quiet: bool) -> Iterator[str]:
    if not weakened:
        return
    if quiet:
        yield f"weakened: {facts.count(len(weakened), 'entry') if len(weakened) == 1 else f'{len(weakened)} entries'}"
        return
    yield "weakened:"
    for entry in weakened:
        sunset = f" until {entry.sunset}" if entry.sunset else ""
        owner = f" ({entry.owner})" if entry.owner else ""
        reason = f": {entry.reason}" if entry.reason else ""
        yield f"  {printable(f'{entry.what}{sunset}{owner}{reason}')}"
