"""What a finding shows and hashes of the source it is in."""

from __future__ import annotations

import hashlib
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO

from gates.code.bandit import Issue
from gates.code.rules import PASSWORD_TESTS
from gates.core.finding import Frame, Location

WIDTH = 160  # code points of a line that a frame shows
AROUND = 1  # lines before and after
CUT = "\N{HORIZONTAL ELLIPSIS}"

_LINE_END = re.compile("\r\n|\r|\n")  # as Python counts: form feeds and the separators of Unicode end no line
_QUOTE_OR_COMMENT = re.compile("[\"'#]")
# A long word with a digit in it may be a secret that stands beside the finding; four characters are enough to recognise it by.
_WORD = re.compile(r"[0-9A-Za-z+/_=~-]{20,}")
_DIGIT = re.compile(r"[0-9]")
_BIDIRECTIONAL = re.compile("[\u200f\u202a-\u202e\u2066-\u2069]")

# These name a whole function, whose head is what they are about: its body changes for other reasons.
_HEAD_TESTS = frozenset({"B107", "B503"})
# This names the first character of its kind in a file, so the others must count too: they would hide behind a waiver of the first.
_FILE_TESTS = frozenset({"B613"})


def lines_of(source: bytes) -> list[str]:
    """The lines without their ends, decoded by the byte-order mark or the coding comment as Python does."""
    try:
        text = source.decode(tokenize.detect_encoding(BytesIO(source).readline)[0], "replace")
    except (SyntaxError, LookupError, ValueError):
        text = source.decode("latin-1")
    return _LINE_END.split(text.removesuffix("\n"))


def location(path: str, issue: Issue, lines: Sequence[str]) -> Location:
    """With columns where bandit's belong to the reported line: a test may name the line of an argument beside the call's columns."""
    if not issue.lines or issue.line != issue.lines[0] or not 0 < issue.line <= len(lines) or issue.test in _FILE_TESTS:
        return Location(path, issue.line)
    line = lines[issue.line - 1].encode(errors="replace")
    if len(issue.lines) > 1 or issue.end_column < issue.column:
        return Location(path, issue.line, _column(line, issue.column))
    return Location(path, issue.line, _column(line, issue.column), issue.line, _column(line, issue.end_column))


def _column(line: bytes, offset: int) -> int:
    return len(line[: max(offset, 0)].decode(errors="replace")) + 1


def extent(issue: Issue, lines: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the lines that the issue is about, in order; all of them are in the file."""
    if issue.test in _FILE_TESTS:
        return tuple(number for number, line in enumerate(lines, start=1) if _BIDIRECTIONAL.search(line))
    about = [number for number in (issue.lines if issue.line in issue.lines else (issue.line,)) if 0 < number <= len(lines)]
    if issue.test in _HEAD_TESTS:
        for index, number in enumerate(about):
            if lines[number - 1].partition("#")[0].rstrip().endswith(":"):
                return tuple(about[: index + 1])
    return tuple(about)


def digest(issue: Issue, lines: Sequence[str]) -> str:
    """Of the lines that the issue is about, whatever their white space: 64 bits in hexadecimal; 24 where they hold a password,
    enough to notice that it changed and too little to confirm a guess.
    """
    snippet = "\n".join(" ".join(lines[number - 1].split()) for number in extent(issue, lines))
    whole = hashlib.sha256(snippet.encode(errors="replace")).hexdigest()
    return whole[:6] if issue.test in PASSWORD_TESTS else whole[:16]


def hidden(issues: Iterable[Issue], lines: Sequence[str]) -> dict[int, str]:
    """What may be shown of the lines that hold a password, by number: the first of an issue up to its first quote or comment
    (which may say what the quotes said last week), nothing of the others.
    """
    shown: dict[int, str] = {}
    for issue in issues:
        if issue.test in PASSWORD_TESTS:
            for index, number in enumerate(extent(issue, lines)):
                start = _QUOTE_OR_COMMENT.split(lines[number - 1], maxsplit=1)[0] if index == 0 else ""
                shown[number] = min(start + CUT, shown.get(number, start + CUT), key=len)
    return shown


def frame(line: int, lines: Sequence[str], instead: Mapping[int, str]) -> Frame | None:
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    if first > last:
        return None
    return Frame(first, tuple(_cut(instead.get(number, lines[number - 1])) for number in range(first, last + 1)))


def _cut(line: str) -> str:
    line = _WORD.sub(_recognisable, line.rstrip())
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + CUT


def _recognisable(word: re.Match[str]) -> str:
    return word[0][:4] + CUT if _DIGIT.search(word[0]) else word[0]
