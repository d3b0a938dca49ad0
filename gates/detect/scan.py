"""Scans bytes for secrets: candidates from the prefilter, confirmed by `re` in a bounded window, judged by structure, redacted at birth.

A secret's raw value is seen by the functions of this module and of `structure` only; what leaves is a `Match`.
"""

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from gates.core.finding import Frame, Severity
from gates.core.patterns import lazy
from gates.detect.credentials import FAR_WORD, NEAR, READERS
from gates.detect.family import Family, Structure
from gates.detect.placeholders import is_placeholder
from gates.detect.prefilter import Candidates, Engine, Prefilter
from gates.detect.structure import judge
from gates.detect.versions import Reach, Segment, Version, Versions, changed, known, merged, moved, unchanged, unsettled, windows
from gates.detect.views import ENCODINGS, views

REACH = 4096  # bytes; no pattern may match more
_WIDEST = 2304  # bytes; no pattern of today's families and encodings does
AFTER = 16 * 1024  # bytes behind a secret's start that a structure check may read: a whole PEM body
BLOCK = 4 << 20  # bytes read at a time
MARGIN = 64 * 1024  # bytes seen on both sides of every match, whatever the block borders; more than REACH + AFTER for wide text too

# Text in UTF-16 and UTF-32 shows as printable bytes with NULs between them, in either byte order.
_UTF16 = lazy(rb"(?:[\t\n\r -~]\x00){8,}")
_UTF32 = lazy(rb"(?:[\t\n\r -~]\x00\x00\x00){8,}")
_WIDE_END = lazy(rb"(?:\x00[\t\n\r -~]){8}\Z")  # high byte first, the last character lacks the NUL that the prefilter waits for
_PRINTABLE = lazy(rb"[\t\n\r -~]")
_UTF32_MARKS = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 256  # bytes in which a file in UTF-16 or UTF-32 shows that it is one
_DEEPEST = 4  # encodings within encodings
_HEAD_OF_TEXT = 8000  # bytes without a NUL make a text, as git has it: https://git-scm.com/docs/gitattributes
_WORD = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_WORD_AFTER = _WORD | frozenset(b"_-")
# What may stand right before a token although it ends in a letter or digit: an escape in a string, a URL (escaped twice, too) or a
# mail, and a terminal's colour, as it is or as a string writes it.
_ESCAPE = lazy(
    rb"(?:\\(?:[abefnrtv]|[0-7]{1,3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})|%(?:25){0,4}[0-9A-Fa-f]{2}|=[0-9A-F]{2}"
    rb"|(?:\x1b|\\(?:e|033|x1[bB]|u001[bB]))\[[0-9;]{0,20}[A-Za-z])\Z"
)
# What may stand right behind one although a token could go on like that: the end of emphasis, of a comment, of a sentence.
_CLOSING = lazy(rb"[_-]{1,3}(?![0-9A-Za-z_-])")
_ESCAPE_REACH = 32  # bytes; the longest of them
_HEAD_OF_SECRET = 1000  # bytes; of a secret as long as this a pattern may hold the head only, and the check reads on
_WORDS = lazy(rb"[0-9A-Za-z+/_.~-]{16,4096}={0,2}")
_IN_WORDS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/_.~-="
_OPAQUE = lazy(rb"[0-9]")  # a long word with a digit in it may be part of a secret that no family describes
_INK = lazy(rb"[^\r\n]")
_FRAME_WIDTH = 160  # bytes of a line that are shown
_NEAR_CODE = Reach(10 * 1024, 10 * 1024)  # a longer run is looked at as a whole wherever it changes


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
    encoding: str  # "" for a secret that stands there as it is
    frame: Frame | None


class _Span(NamedTuple):
    """A confirmed secret within a block: where it starts and ends there, in bytes of the block itself, `unit` bytes a character."""

    family: Family
    severity: Severity
    structure: Structure
    start: int
    end: int
    value: bytes
    unit: int = 1
    encoding: str = ""


_Stretch = tuple[int, int]  # start and end within a block


class Suspect(NamedTuple):
    """What the scan of a text has to look at, None where that is not known, and what there will be to remember of it."""

    candidates: Candidates | None = None
    version: Version | None = None


class _Spans(NamedTuple):
    """What a block holds: the spans to report, none overlapping another, and what any span covers, also one that another stands for."""

    kept: list[_Span]
    covered: list[_Stretch]


class _Change(NamedTuple):
    """What sets a text apart from an older version of it, and where the candidates of that one still hold."""

    old: Version
    segments: Sequence[Segment]
    zones: Sequence[Segment]


_NONE = _Spans([], [])
_NOWHERE = Candidates({}, (), {})


class Scanner:
    """Holds what one thread needs: its prefilter and the patterns compiled so far. Scanners of one run share `identity_key`."""

    def __init__(
        self, families: Sequence[Family], engine: Engine, salt: str, identity_key: bytes, versions: Versions | None = None
    ) -> None:
        self._families = families
        self._prefilter: Prefilter = engine.new()
        self._salt = salt.encode()
        self._identity_key = identity_key
        self._patterns: dict[int, re.Pattern[bytes]] = {}
        self._versions = versions
        self._near = {index: Reach(*NEAR[family.reader]) for index, family in enumerate(families) if family.reader in NEAR}

    def scan(self, data: bytes, suspect: Suspect | None = None) -> list[Match]:
        """Every secret in `data`, which is a whole file; by start. `suspect` is what `suspects` told of it."""
        candidates, version = suspect or Suspect()
        spans = self._spans(data, is_text(data), _unit(data), candidates)
        if version and self._versions:
            self._versions.keep(version._replace(found=spans.covered))
        return list(self._matches(data, spans.kept, spans.covered, 0, 1, 1))

    def suspects(self, pieces: Sequence[bytes]) -> dict[int, Suspect]:
        """The indexes of those pieces that need a scan, each with what the scan needs to know: in the others there is nothing. Each
        piece must be one that `can_be_joined`.
        """
        texts = [index for index, piece in enumerate(pieces) if is_text(piece)]
        found = self._suspects(pieces, texts, True)
        if len(texts) < len(pieces):
            found |= self._suspects(pieces, sorted(set(range(len(pieces))).difference(texts)), False)
        return found

    def _suspects(self, pieces: Sequence[bytes], chosen: Sequence[int], text: bool) -> dict[int, Suspect]:
        changes = self._changes(pieces, chosen) if text else {}
        parts: list[tuple[int, int, int]] = []  # of which piece, from where to where
        for index in chosen:
            if index in changes:
                parts += [(index, start, stop) for start, stop in windows(changes[index].zones, len(pieces[index]), _WIDEST)]
            else:
                parts.append((index, 0, len(pieces[index])))
        looked_at = [pieces[index][start:stop] for index, start, stop in parts]
        candidates = self._prefilter(b"\n".join(looked_at), text)
        if not any(candidates) and not (text and self._versions):
            return {}
        borders = [0, *accumulate(len(part) + 1 for part in looked_at)]
        shares: dict[int, Candidates] = {}

        def share(kind: Mapping[int, list[int]], own: Callable[[Candidates], dict[int, list[int]]]) -> None:
            for number, ends in kind.items():
                base, before = 0, -1  # of the part that `mine` belongs to: most ends follow others in the same one
                mine: list[int] = []
                for end in ends:
                    if not base < end <= before:
                        at = bisect_left(borders, end) - 1
                        index, start, stop = parts[at]
                        base, before = borders[at], borders[at + 1]
                        mine = own(shares.setdefault(index, Candidates({}, (), {}))).setdefault(number, [])
                    mine.append(min(end - base + start, stop))

        share(candidates.ends, lambda part: part.ends)
        share(candidates.encoded, lambda part: part.encoded)
        found = {index: Suspect(part) for index, part in shares.items()}
        if candidates.wide:  # in which of them, is not known
            found |= dict.fromkeys((index for index in chosen if b"\0" in pieces[index]), Suspect())
        if text and self._versions:
            for index in chosen:
                if self._versions.takes(pieces[index]):
                    found.pop(index, None)
                    if suspect := self._succeeding(pieces[index], shares.get(index, _NOWHERE), changes.get(index)):
                        found[index] = suspect
        return found

    def _changes(self, pieces: Sequence[bytes], chosen: Sequence[int]) -> dict[int, _Change]:
        """What became of those of which an older version is remembered."""
        changes = {}
        for index in chosen if self._versions else ():
            old = self._versions.like(pieces[index]) if self._versions else None
            if old:
                segments = unchanged(old.text, pieces[index])
                changes[index] = _Change(old, segments, known(segments, len(old.text), len(pieces[index]), _WIDEST))
        return changes

    def _succeeding(self, text: bytes, fresh: Candidates, change: _Change | None) -> Suspect | None:
        """What to look at in a text that is remembered once that is done; None, and it is remembered at once, where there is nothing."""
        if change is None:
            looked_at, version = fresh, Version(text, fresh.ends, fresh.encoded, FAR_WORD in text)
        else:
            old, segments, zones = change
            ends, encoded = merged(old.ends, fresh.ends, zones), merged(old.encoded, fresh.encoded, zones)
            stretches = changed(segments, len(old.text), len(text))
            far = old.far or any(FAR_WORD in text[max(0, start - len(FAR_WORD)) : end + len(FAR_WORD)] for start, end in stretches)
            doubtful = [*stretches, *moved(old.found, segments)]
            codes = dict.fromkeys(encoded, _NEAR_CODE)
            looked_at = Candidates(unsettled(ends, doubtful, {} if far else self._near), (), unsettled(encoded, doubtful, codes))
            version = Version(text, ends, encoded, far)
        if any(looked_at):
            return Suspect(looked_at, version)
        if self._versions:
            self._versions.keep(version)
        return None

    def recognises(self, data: bytes) -> list[str]:
        """The families found in `data`, without a word about the secrets: for proving that the scanner works."""
        return [span.family.id for span in self._spans(data, is_text(data), 1).kept]

    def suspicions(self, text: bytes) -> set[str]:
        """The families and encodings that `text` is to be looked at for, which takes far less than looking."""
        candidates = self._prefilter(text, True)
        return {self._families[index].id for index in candidates.ends} | {ENCODINGS[index].name for index in candidates.encoded}

    def masked(self, data: bytes) -> bytes:
        """`data` with asterisks for every secret in it, byte for byte and the ends of lines left: for frames of other gates' findings."""
        text = bytearray(data)
        for start, end in self._spans(data, is_text(data), 1).covered:
            if data.startswith(b"-----BEGIN ", start):  # patterns see the first line of a key only
                end = max(end, data.find(b"-----END ", end, start + AFTER))
            text[start:end] = _INK.sub(b"*", data[start:end])
        return bytes(text)

    def stream(self, read: Callable[[int], bytes], block: int = BLOCK) -> Iterator[Match]:
        """Every secret of a stream of any length, in bounded memory. `read(n)` gives up to n bytes, b"" at the end.

        Findings do not depend on `block`: a match counts in the one block where MARGIN bytes stand on both sides of it.
        """
        data = b""  # what is being looked at
        base, line, column = 0, 1, 1  # where data starts in the stream
        accepted = 0  # matches that start before this offset of data were reported with the block before
        ended = text = False
        unit = 1
        while not ended:
            fresh = _read_full(read, block)
            ended = len(fresh) < block
            data = data + fresh if data else fresh
            limit = len(data) if ended else len(data) - MARGIN
            text, unit = (text, unit) if base else (is_text(data), _unit(data))
            kept, covered = self._spans(data, text, unit)
            yield from self._matches(data, [span for span in kept if accepted <= span.start < limit], covered, base, line, column)
            drop = _between_characters(data, max(0, limit - MARGIN))
            line, column = _advance(data, drop, line, column)
            base += drop
            accepted = limit - drop
            data = data[drop:]

    def _spans(self, data: bytes, text: bool, unit: int, candidates: Candidates | None = None) -> _Spans:
        spans = self._found(data, text, 0, candidates)
        if unit > 1:
            spans += self._wide(data, _UTF16 if unit == 2 else _UTF32, unit, None, 0)
        if not spans:
            return _NONE
        spans.sort(key=lambda span: (span.start, span.end, span.family.id))
        return _Spans(_without_overlaps([span for span in spans if _speaks(span)]), _covered(spans))

    def _found(self, data: bytes, text: bool, depth: int, candidates: Candidates | None = None) -> list[_Span]:
        """Everything in `data`, which stands `depth` encodings deep, in no order; what is encoded in it by the bytes that encode it."""
        candidates = candidates or self._prefilter(data, text)
        spans = self._confirmed(data, candidates.ends) if candidates.ends else []
        if depth == _DEEPEST:
            return spans
        if candidates.wide or _WIDE_END.match(data, max(0, len(data) - 16)):
            spans += self._wide(data, _UTF16, 2, candidates.wide, depth)
        if candidates.encoded:
            spans += self._encoded(data, candidates.encoded, depth)
        return spans

    def _encoded(self, data: bytes, encoded: Mapping[int, Sequence[int]], depth: int) -> Iterator[_Span]:
        for view in views(data, encoded):
            for span in self._found(view.text, True, depth + 1):
                if view.shows(span.start, span.end):
                    start, end = view.origin(span.start, span.end)
                    as_it_is = data[start:end] == span.value  # only what stands around it is encoded
                    yield span._replace(start=start, end=end, encoding="" if as_it_is else span.encoding or view.encoding)

    def _wide(self, data: bytes, runs: re.Pattern[bytes], unit: int, families: Collection[int] | None, depth: int) -> Iterator[_Span]:
        """What stands in runs of wide characters. `families` are those whose twins matched, None where the file shows by its start that
        it is such a text.
        """
        if families is not None and not any(
            index in families for phase in range(unit) for index in self._prefilter(data[phase::unit], False).ends
        ):
            return  # twins match more than their patterns do, and to look for the runs takes long
        high = b"\0" * (unit - 1)
        for run in runs.finditer(data):
            narrow = run[0][::unit]
            # High byte first, the NULs stand before each character: those behind the last one belong to what follows, if anything does.
            if data.endswith(high, 0, run.start()) and _PRINTABLE.match(data, run.end()):
                narrow += data[run.end() : run.end() + 1]
            for span in self._found(narrow, True, depth + 1):
                start, end = run.start() + span.start * unit, run.start() + span.end * unit
                yield span._replace(start=start, end=end, unit=unit)

    def _confirmed(self, data: bytes, ends: dict[int, list[int]]) -> list[_Span]:
        spans = []
        for index, family_ends in ends.items():
            family = self._families[index]
            if family.reader:
                for start, end, value, severity in READERS[family.reader](data, sorted(family_ends)):
                    spans.append(_Span(family, severity, "unchecked", start, end, value))
                continue
            for start, end in _windows(data, self._pattern(index), family_ends):
                value = data[start:end]
                if is_placeholder(value):
                    continue
                structure = judge(family, value, data[start : start + AFTER])
                severity = min(family.severity, Severity.LOW) if structure == "invalid" else family.severity
                spans.append(_Span(family, severity, structure, start, end, value))
        return spans

    def _pattern(self, index: int) -> re.Pattern[bytes]:
        pattern = self._patterns.get(index)
        if pattern is None:
            pattern = self._patterns[index] = re.compile(self._families[index].pattern.encode(), re.MULTILINE)
        return pattern

    def _matches(self, data: bytes, spans: list[_Span], covered: list[_Stretch], base: int, line: int, column: int) -> Iterator[Match]:
        at = 0
        for span in spans:
            line, column = _advance(data, span.start, line, column, at)
            at = span.start
            end_line, end_column = _advance(data, span.end, line, column, at)
            subject, identity = self._digests(span.value)
            yield Match(
                family=span.family,
                severity=span.severity,
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
                encoding=span.encoding,
                frame=_frame(data, span, covered, line, column) if span.unit == 1 else None,
            )

    def _digests(self, value: bytes) -> tuple[str, bytes]:
        import hmac  # only where there is something to report

        return hmac.digest(self._salt, value, "sha256")[:3].hex(), hmac.digest(self._identity_key, value, "sha256")


def new_identity_key() -> bytes:
    return os.urandom(16)


def can_be_joined(data: bytes) -> bool:
    """Whether a file may be looked at as a part of a longer text: not so in UTF-16 and UTF-32, which are known by how a file starts."""
    return _unit(data) == 1


def is_text(data: bytes) -> bool:
    return data.find(b"\0", 0, _HEAD_OF_TEXT) < 0


def _unit(data: bytes) -> int:
    """How many bytes a character has, by the first ones of a file. Within other files only UTF-16 is looked for, and only for secrets
    with a form of their own: tables of numbers look the same.
    """
    if b"\0" not in data[:4]:
        return 2 if data.startswith(_UTF16_MARKS) else 1
    if data.startswith(_UTF32_MARKS) or _UTF32.search(data, 0, _HEAD):
        return 4
    return 2 if data.startswith(_UTF16_MARKS) or _UTF16.search(data, 0, _HEAD) else 1


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
    cut = end - start < _HEAD_OF_SECRET and end < len(data) and data[end] in _WORD_AFTER and data[end - 1] in _WORD_AFTER
    if cut and not _CLOSING.match(data, end):
        return False
    if start and data[start - 1] in _WORD and data[start] in _WORD:
        return _ESCAPE.search(data[max(0, start - _ESCAPE_REACH) : start]) is not None
    return True


def _speaks(span: _Span) -> bool:
    """Whether it is worth a line. Refuted, and without a provider's mark to show that a secret was meant, it is any odd text."""
    return span.structure != "invalid" or span.family.prefix != ""


def _without_overlaps(spans: list[_Span]) -> list[_Span]:
    """Of two spans that overlap the better one stays: known by its own form before known by a format and before known by a name,
    confirmed before unchecked before refuted, graver, decoded, longer, first id. `spans` are by start.
    """
    rank = {"valid": 0, "unchecked": 1, "invalid": 2}

    def order(span: _Span) -> tuple[int, int, int, bool, int, int, str]:
        place = 0 if not span.family.reader else 2 if span.family.id.startswith("generic-") else 1
        return place, rank[span.structure], -span.severity, span.encoding == "", span.start - span.end, span.start, span.family.id

    kept: list[_Span] = []
    for span in spans:
        if kept and span.start < kept[-1].end:
            kept[-1] = min(kept[-1], span, key=order)
        else:
            kept.append(span)
    return kept


def _covered(spans: list[_Span]) -> list[_Stretch]:
    """The stretches that spans, which are by start, cover together."""
    stretches: list[_Stretch] = []
    for span in spans:
        if stretches and span.start <= stretches[-1][1]:
            stretches[-1] = stretches[-1][0], max(stretches[-1][1], span.end)
        else:
            stretches.append((span.start, span.end))
    return stretches


def _advance(data: bytes, to: int, line: int, column: int, since: int = 0) -> tuple[int, int]:
    """The line and column of offset `to`, given those of offset `since`. Columns count code points."""
    newlines = data.count(b"\n", since, to)
    if newlines:
        line += newlines
        since = data.rfind(b"\n", since, to) + 1
        column = 1
    return line, column + len(data[since:to].decode("utf-8", "surrogateescape"))


def _between_characters(data: bytes, at: int) -> int:
    """`at`, or a byte or three before it where it would part a character of UTF-8."""
    for before in range(min(at, 3) + 1):
        if at - before < len(data) and data[at - before] & 0xC0 != 0x80:
            return at - before
    return at


def _redacted(family: Family, value: bytes) -> str:
    """The family's public prefix and the length: enough to recognise, nothing to use."""
    prefix = family.prefix if family.prefix and value.startswith(family.prefix.encode()) else ""
    return f"{prefix}… {len(value)} characters"


def _frame(data: bytes, span: _Span, covered: list[_Stretch], line: int, column: int) -> Frame:
    """The line the secret starts on, cut around it; every secret and every long opaque word in it is masked, character by character.

    `line` and `column` are the secret's. Looks no farther than words reach: a line may be as long as a file.
    """
    least = max(0, span.start - _FRAME_WIDTH // 2)
    line_start = max(data.rfind(b"\n", max(0, least - REACH), span.start) + 1, least - REACH)
    start = max(line_start, least)
    most = min(len(data), start + _FRAME_WIDTH)
    line_end = data.find(b"\n", span.start, most + REACH)
    line_end = min(len(data), most + REACH) if line_end < 0 else line_end
    end = min(line_end, most)
    text = bytearray(data[start:end])
    near = _near(covered, start, end)
    for first, last in near:
        _mask(text, first - start, last - start)
    before, behind = data[max(line_start, start - REACH) : start], data[end : min(line_end, end + REACH)]
    first_word = start - len(before) + len(before.rstrip(_IN_WORDS))
    last_word = end + len(behind) - len(behind.lstrip(_IN_WORDS))
    for word in _WORDS.finditer(data, first_word, last_word):
        if _OPAQUE.search(word[0]) or any(first < word.end() and word.start() < last for first, last in near):
            _mask(text, word.start() - start, word.end() - start)
    prefix = span.family.prefix.encode()
    if prefix and not span.encoding and span.value.startswith(prefix):
        text[span.start - start : span.start - start + len(prefix)] = prefix
    cut = text.rstrip(b"\r").decode("utf-8", "replace")
    return Frame(line, (cut,), column - len(data[start : span.start].decode("utf-8", "surrogateescape")))


def _near(covered: list[_Stretch], start: int, end: int) -> list[_Stretch]:
    """Those of the stretches, which are in order and apart, that touch what lies between `start` and `end`."""
    first = bisect_left(covered, start, key=lambda stretch: stretch[1])
    last = bisect_left(covered, end, lo=first, key=lambda stretch: stretch[0])
    return covered[first:last]


def _mask(text: bytearray, start: int, end: int) -> None:
    start, end = max(0, start), min(len(text), end)
    if start < end:
        text[start:end] = b"*" * (end - start)
