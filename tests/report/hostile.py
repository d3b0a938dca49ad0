"""Names and messages that somebody wishes us to print, and reports full of them."""

from __future__ import annotations

import re
from datetime import date

from hypothesis import strategies as st

from gates.core.finding import Frame, Location, Rule, Severity, finding
from gates.core.gate import Scanned, Skipped, ToolUsed, Unread
from gates.core.report import AppliedWaiver, GateResult, Judged, Report, Status, Weakening

FRAGMENTS = (
    *("\n", "\r\n", "\t", " ", "\x00", "\x1b[31m", "\x1b]8;;", "\x07", "\x85", "\x9b", "\u2028", "\u202e", "\u200b", "\ufeff"),
    *("\ud800", "\udcff", "\udc80", "\U000e0041", "::", "::error::x", "##[", "add-mask]x", "%", "%0A", ":", ",", "=", ";"),
    *("|", "\\", "`", "```", "$`", "*", "_", "~~", "#1", "@user", "a@b.example", "<script>", "<!--", "&lt;", "[a](", "](b)"),
    *("https://evil.example", "www.evil.example", "{0}", "\u6f22", "e\u0301", "\U0001f600", "src/a.py", "../", "'", '"'),
)

names = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.characters()), max_size=8).map("".join)
_texts = names.map(lambda name: name or "x")  # messages and reasons are never empty
_lines = st.integers(0, 3)
_severities = st.sampled_from(Severity)


def hidden(text: str) -> str:
    """The characters of a printed line that act or do not show."""
    return "".join(re.findall("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]", text))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports as the runner makes them, with a hostile text wherever a text can come from outside."""
    gates = []
    for number, gate in enumerate(("secrets", "code")[: draw(st.integers(1, 2))]):
        findings = tuple(_judged(draw, gate, 100 * number + index) for index in range(draw(st.integers(0, 4))))
        errors = tuple(Unread(draw(names), draw(_lines), draw(_texts)) for _ in range(draw(st.integers(0, 2))))
        status: Status = "error" if errors else "fail" if any(judged.blocking for judged in findings) else "pass"
        gates.append(
            GateResult(
                gate=gate,
                status=status,
                reason=draw(_texts) if status == "error" else "",
                scanned=Scanned(1, 2, 3),
                skipped=tuple(Skipped(draw(names), draw(_texts)) for _ in range(draw(st.integers(0, 2)))),
                tools=(ToolUsed("tool", draw(names)),),
                errors=errors,
                findings=findings,
                duration=0.5,
            )
        )
    return Report(
        version="0.1.0",
        verdict="fail" if any(judged.blocking for result in gates for judged in result.findings) else "pass",
        complete=all(result.status != "error" for result in gates),
        head="",
        policy_source="tree",
        policy=b"",
        today=date(2026, 11, 21),
        weakened=tuple(Weakening(draw(_texts), draw(names), draw(names), "") for _ in range(draw(st.integers(0, 1)))),
        gates=tuple(gates),
        duration=1.0,
        timed=draw(st.booleans()),
    )


def _judged(draw: st.DrawFn, gate: str, number: int) -> Judged:
    rule = Rule(f"{gate}/rule-{number % 2}", Severity.HIGH, "a summary", "a reason", "a remedy", ("https://docs.example.com/x",), cwe=(79,))
    place = None
    if draw(st.booleans()):
        place = Location(draw(_texts), draw(_lines), draw(_lines), draw(_lines), draw(_lines), draw(st.sampled_from(("", "ab" * 20))))
    frame = Frame(draw(st.integers(1, 3)), tuple(draw(st.lists(names, min_size=1, max_size=3)))) if draw(st.booleans()) else None
    data = {draw(names): [draw(names), 1, None]}
    found = finding(rule, draw(_texts), place, draw(names), severity=draw(_severities), remedy=draw(names), data=data, frame=frame)
    waiver = None
    if draw(st.booleans()):
        waiver = AppliedWaiver("W-1", "risk", draw(names), date(2027, 1, 1), draw(_texts), draw(st.integers(0, 50)))
    return Judged(found, found.severity, f"{number:032x}", waiver is None and draw(st.booleans()), waiver)
