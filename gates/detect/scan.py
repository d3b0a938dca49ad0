"""Scans bytes for secrets: candidates from the prefilter, confirmed by `re` in a bounded window, judged by structure, redacted at birth.

A secret's raw value is seen by the functions of this module and of `structure` only; what leaves is a `Match`.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gates.core.finding import Frame, Severity
from gates.core.patterns import lazy
from gates.detect.family import Family, Structure
from gates.detect.placeholders import is_placeholder
from gates.detect.prefilter import Engine, Prefilter
from gates.detect.structure import judge

REACH = 4096  # bytes; no pattern matches more
AFTER = 16 * 1024  # bytes behind a secret's start that a structure check may read: a whole PEM body
BLOCK = 4 << 20  # bytes read at a time
MARGIN = 64 * 1024  # bytes seen on both sides of every match, whatever the block borders; more than REACH + AFTER for wide text too

# Text in UTF-16 and UTF-32 shows as printable bytes with NULs between them, in either byte order.
_UTF16 = lazy(rb"(?:[\t\n\r -~]\x00){8,}")
_UTF32 = lazy(rb"(?:[\t\n\r -~]\x00\x00\x00){8,}")
_UTF32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_HEAD = 4096  # bytes in which a file in UTF-32 shows that it is one
_WORD = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_WORD_AFTER = _WORD | frozenset(b"_-")
# What may stand right before a token although it ends in a letter or digit: an escape in a string, a URL or a terminal's colour.
_ESCAPE = lazy(rb"(?:\\[abefnrtv0]|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\x1b\[[0-9;]{0,12}m)\Z")
_WORDS = lazy(rb"[0-9A-Za-z+/_.~-]{16,4096}={0,2}")
_OPAQUE = lazy(rb"[0-9]")  # a long word with a digit in it may be part of a secret that no family describes
_FRAME_WIDTH = 160  # bytes of a line that are shown


class Match(NamedTuple):
    """A secret, without the secret.

    `start` and `end` are byte offsets in the stream; lines and columns as in `Location`. `subject` is the 24-bit keyed digest that
    reports show; `identity` tells equal values from different ones within one run and means nothing outside it.
    """

    family: Family
    severity: Severity
    structure: Structure
    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int
    subject: str
    identity: bytes
    redacted: str
    frame: Frame | None


class _Span(NamedTuple):
    """A confirmed secret within a block: where it starts and ends there, in bytes of the block itself, `unit` bytes a character."""

    family: Family
    structure: Structure
    start: int
    end: int
    value: bytes
    unit: int = 1


class Scanner:
    """Holds what one thread needs: its prefilter and the patterns compiled so far. Scanners of one run share `identity_key`."""

    def __init__(self, families: Sequence[Family], engine: Engine, salt: str, identity_key: bytes) -> None:
        self._families = families
        self._prefilter: Prefilter = engine.new()
        self._salt = salt.encode()
        self._identity_key = identity_key
        self._patterns: dict[int, re.Pattern[bytes]] = {}

    def scan(self, data: bytes) -> list[Match]:
        """Every secret in `data`, which is a whole file; by start."""
        return list(self._matches(data, self._spans(data), 0, 1, 1))

    def recognises(self, data: bytes) -> list[str]:
        """The families found in `data`, without a word about the secrets: for proving that the scanner works."""
        return [span.family.id for span in self._spans(data)]

    def stream(self, read: Callable[[int], bytes], block: int = BLOCK) -> Iterator[Match]:
        """Every secret of a stream of any length, in bounded memory. `read(n)` gives up to n bytes, b"" at the end.

        Findings do not depend on `block`: a match counts in the one block where MARGIN bytes stand on both sides of it.
        """
        data = b""  # what is being looked at
        base, line, column = 0, 1, 1  # where data starts in the stream
        accepted = 0  # matches that start before this offset of data were reported with the block before
        ended = False
        while not ended:
            fresh = _read_full(read, block)
            ended = len(fresh) < block
            data = data + fresh if data else fresh
            limit = len(data) if ended else len(data) - MARGIN
            spans = [span for span in self._spans(data) if accepted <= span.start < limit]
            yield from self._matches(data, spans, base, line, column)
            drop = max(0, limit - MARGIN)
            line, column = _advance(data, drop, line, column)
            base += drop
            accepted = limit - drop
            data = data[drop:]

    def _spans(self, data: bytes) -> list[_Span]:
        candidates = self._prefilter(data)
        spans = self._confirmed(data, candidates.ends) if candidates.ends else []
        if candidates.wide:
            spans += self._wide(data, _UTF16, 2)
        if b"\x00\x00\x00" in data[:_HEAD] and (data.startswith(_UTF32_MARKS) or _UTF32.search(data, 0, _HEAD)):
            spans += self._wide(data, _UTF32, 4)
        return _without_overlaps(spans) if len(spans) > 1 else spans

    def _wide(self, data: bytes, runs: re.Pattern[bytes], unit: int) -> Iterator[_Span]:
        for run in runs.finditer(data):
            narrow = run[0][::unit]
            for span in self._confirmed(narrow, self._prefilter(narrow).ends):
                start, end = run.start() + span.start * unit, run.start() + span.end * unit
                yield span._replace(start=start, end=end, unit=unit)

    def _confirmed(self, data: bytes, ends: dict[int, list[int]]) -> list[_Span]:
        spans = []
        for index, family_ends in ends.items():
            family = self._families[index]
            for start, end in _windows(data, self._pattern(index), family_ends):
                value = data[start:end]
                if is_placeholder(value):
                    continue
                spans.append(_Span(family, judge(family, value, data[start : start + AFTER]), start, end, value))
        return spans

    def _pattern(self, index: int) -> re.Pattern[bytes]:
        pattern = self._patterns.get(index)
        if pattern is None:
            pattern = self._patterns[index] = re.compile(self._families[index].pattern.encode(), re.MULTILINE)
        return pattern

    def _matches(self, data: bytes, spans: list[_Span], base: int, line: int, column: int) -> Iterator[Match]:
        at = 0
        for index, span in enumerate(spans):
            line, column = _advance(data, span.start, line, column, at)
            at = span.start
            end_line, end_column = _advance(data, span.end, line, column, at)
            subject, identity = self._digests(span.value)
            yield Match(
                family=span.family,
                severity=_severity(span),
                structure=span.structure,
                start=base + span.start,
                end=base + span.end,
                line=line,
                column=(column - 1) // span.unit + 1,
                end_line=end_line,
                end_column=(end_column - 1) // span.unit + 1,
                subject=subject,
                identity=identity,
                redacted=_redacted(span.family, span.value),
                frame=_frame(data, spans, index, line) if span.unit == 1 else None,
            )

    def _digests(self, value: bytes) -> tuple[str, bytes]:
        import hmac  # only where there is something to report

        return hmac.digest(self._salt, value, "sha256")[:3].hex(), hmac.digest(self._identity_key, value, "sha256")


def new_identity_key() -> bytes:
    return os.urandom(16)


def _read_full(read: Callable[[int], bytes], size: int) -> bytes:
    """`size` bytes, fewer only at the end: pipes give less than they are asked for."""
    first = read(size)
    if len(first) == size or not first:
        return first
    parts, missing = [first], size - len(first)
    while missing and (part := read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _windows(data: bytes, pattern: re.Pattern[bytes], ends: list[int]) -> Iterator[tuple[int, int]]:
    """Where group 1 of `pattern` stands as a token of its own: leftmost and longest first, each start tried once.

    The search starts within `data`, not on a slice of it, so that a word boundary sees what stands before the window.
    """
    position = 0
    for end in ends:
        position = max(position, end - REACH)
        limit = min(len(data), end + REACH)
        while position < end:
            match = pattern.search(data, position, limit)
            if match is None or match.start() >= end:
                break
            if _stands_alone(data, *match.span(1)):
                yield match.span(1)
                position = match.end()
            else:
                position = match.start() + 1


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    """Whether the secret is not a piece of a longer word. A secret that ends in a symbol of its own needs no boundary there."""
    if end < len(data) and data[end] in _WORD_AFTER and data[end - 1] in _WORD_AFTER:
        return False
    if start and data[start - 1] in _WORD and data[start] in _WORD:
        return _ESCAPE.search(data[max(0, start - 16) : start]) is not None
    return True


def _without_overlaps(spans: list[_Span]) -> list[_Span]:
    """By start. Of two spans that overlap the better one stays: confirmed before unchecked before refuted, graver, longer, first id."""
    rank = {"valid": 0, "unchecked": 1, "invalid": 2}
    kept: list[_Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end, s.family.id)):
        if kept and span.start < kept[-1].end:
            kept[-1] = min(kept[-1], span, key=lambda s: (rank[s.structure], -s.family.severity, s.start - s.end, s.start, s.family.id))
        else:
            kept.append(span)
    return kept


def _severity(span: _Span) -> Severity:
    """A checksum that is known to be wrong means no secret that works: shown, but not in anyone's way."""
    return min(span.family.severity, Severity.LOW) if span.structure == "invalid" else span.family.severity


def _advance(data: bytes, to: int, line: int, column: int, since: int = 0) -> tuple[int, int]:
    """The line and column of offset `to`, given those of offset `since`. Columns count code points."""
    newlines = data.count(b"\n", since, to)
    if newlines:
        line += newlines
        since = data.rfind(b"\n", since, to) + 1
        column = 1
    return line, column + len(data[since:to].decode("utf-8", "surrogateescape"))


def _redacted(family: Family, value: bytes) -> str:
    """The family's public prefix and the length: enough to recognise, nothing to use."""
    prefix = family.prefix if family.prefix and value.startswith(family.prefix.encode()) else ""
    return f"{prefix}… {len(value)} characters"


def _frame(data: bytes, spans: list[_Span], index: int, line: int) -> Frame:
    """The line the secret starts on, cut around it; every secret and every long opaque word in it is masked, character by character."""
    span = spans[index]
    line_start = data.rfind(b"\n", 0, span.start) + 1
    line_end = data.find(b"\n", span.start)
    line_end = len(data) if line_end < 0 else line_end
    start = max(line_start, span.start - _FRAME_WIDTH // 2)
    end = min(line_end, start + _FRAME_WIDTH)
    text = bytearray(data[start:end])
    near = _around(spans, index, start, end)
    for other in near:
        _mask(text, other.start - start, other.end - start)
    for word in _WORDS.finditer(data, max(line_start, start - REACH), min(line_end, end + REACH)):
        if _OPAQUE.search(word[0]) or any(other.start < word.end() and word.start() < other.end for other in near):
            _mask(text, word.start() - start, word.end() - start)
    prefix = span.family.prefix.encode()
    if prefix and span.value.startswith(prefix):
        text[span.start - start : span.start - start + len(prefix)] = prefix
    cut = text.rstrip(b"\r").decode("utf-8", "replace")
    lead = len(data[line_start:start].decode("utf-8", "surrogateescape"))
    return Frame(line, (cut,), lead + 1)


def _around(spans: list[_Span], index: int, start: int, end: int) -> list[_Span]:
    """The spans that touch the stretch from `start` to `end`, which holds the one at `index`; spans don't overlap."""
    first = last = index
    while first and spans[first - 1].end > start:
        first -= 1
    while last + 1 < len(spans) and spans[last + 1].start < end:
        last += 1
    return spans[first : last + 1]


def _mask(text: bytearray, start: int, end: int) -> None:
    start, end = max(0, start), min(len(text), end)
    if start < end:
        text[start:end] = b"*" * (end - start)
