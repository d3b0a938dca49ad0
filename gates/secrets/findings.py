"""From matches to findings: one for each secret in each file, wherever and however often it stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from gates.core.finding import Finding, Location, finding
from gates.detect.places import IN_TEST, is_test, lowered
from gates.detect.scan import Match
from gates.secrets.rules import RULE_OF
from gates.secrets.sources import Hit

_LINES_LISTED = 20
_SPELT = {
    "base64": "in base64",
    "hexadecimal": "in hexadecimal",
    "escapes": "with escapes",
    "parts": "put together from parts",
    "folded lines": "on folded lines",
}


def findings(hits: Sequence[Hit], describe: Callable[[Match], Mapping[str, object]] | None = None) -> Iterator[Finding]:
    """Hits of one value in one file become one finding at its first place. `hits` are in the order of the report; `describe` gives more
    for a finding's data.
    """
    groups: dict[tuple[str, str, bytes], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.place, hit.match.family.id, hit.match.identity), []).append(hit)
    taken: dict[tuple[str, str, str], int] = {}
    for group in groups.values():
        path, match = group[0].place, group[0].match
        # Two secrets of a file may share their 24 bits: the second is told apart by its ordinal.
        place = (path, match.family.id, match.subject)
        taken[place] = taken.get(place, 0) + 1
        subject = match.subject if taken[place] == 1 else f"{match.subject}-{taken[place]}"
        yield _finding(group, subject, describe(match) if describe else {})


def _finding(group: list[Hit], subject: str, more: Mapping[str, object]) -> Finding:
    hit = group[0]
    match = hit.match
    lines = sorted({other.match.line for other in group})
    data: dict[str, object] = {"structure": match.structure, "occurrences": len(group), "lines": lines[:_LINES_LISTED], **more}
    if match.encoding:
        data["encoding"] = match.encoding
    places = [(other.place, other.match.severity) for other in group]
    story = ""
    if hit.life:
        from gates.secrets import lives  # not on the path of a hook

        places = lives.judged_by(hit.life, hit.path)
        story = f"; {lives.story(hit.life, hit.path)}"
        data |= lives.data(hit.life)
    in_test = all(is_test(path) for path, _ in places)
    if in_test:
        data["place"] = "test"
    return finding(
        RULE_OF[match.family.id],
        _message(match, len(group), in_test) + story,
        Location(hit.place, match.line, match.column, match.end_line, match.end_column, hit.commit),
        subject,
        severity=max(lowered(severity) if is_test(path) else severity for path, severity in places),
        data=data,
        frame=match.frame,
    )


def _message(match: Match, times: int, in_test: bool) -> str:
    notes = {"valid": "its structure checks out", "unchecked": "", "invalid": "a stand-in or wrong in its structure, so it opens nothing"}
    parts = [match.redacted]
    if notes[match.structure]:
        parts.append(notes[match.structure])
    if match.encoding:
        parts.append(_SPELT[match.encoding])
    if times > 1:
        parts.append(f"{times} times in this file")
    if in_test:
        parts.append(IN_TEST)
    return f"{match.family.title} ({'; '.join(parts)})"
