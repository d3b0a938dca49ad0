"""Remembers long texts that were scanned, so that of a later version of one only what changed has to be looked at.

A history holds a file once for every change that was made to it, and most of the bytes of any two versions are the same.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

_LEAST = 8 * 1024  # bytes; of a shorter text a change and what stands around it are most of it
_HELD = 24 << 20  # bytes of texts that are remembered
_HEAD, _TAIL = 1024, 256  # bytes at either end by which a text is taken for a version of another
_SKIPS = (0, 64, 512, 2048, 8192)  # bytes after a difference behind which the two are tried to be the same again
_ANCHOR = 64  # bytes by which that is told
_INSERTED = 16 * 1024  # bytes that may have come between
_MOST_SEGMENTS = 100

Stretch = tuple[int, int]  # start and end


class Segment(NamedTuple):
    """What stands from `start` to `end` of the newer text stands `shift` bytes before in the older one."""

    start: int
    end: int
    shift: int


class Version(NamedTuple):
    """A text that was scanned: all its candidates, in rising order, and where anything was found, reported or not. `far` says whether
    it holds what tells of things far behind.
    """

    text: bytes
    ends: Mapping[int, Sequence[int]]
    encoded: Mapping[int, Sequence[int]]
    far: bool
    found: Sequence[Stretch] = ()


class Versions:
    """Shared by the scanners of one run. What was seen longest ago is forgotten first."""

    def __init__(self, held: int = _HELD) -> None:
        self._most = held
        self._held = 0
        self._by_head: dict[bytes, Version] = {}  # the latest last
        self._heads: dict[bytes, bytes] = {}  # by tail
        self._lock = threading.Lock()

    def takes(self, text: bytes) -> bool:
        return len(text) >= _LEAST and b"\0" not in text

    def like(self, text: bytes) -> Version | None:
        """A text that this one may be a version of."""
        if not self.takes(text):
            return None
        with self._lock:
            return self._by_head.get(text[:_HEAD]) or self._by_head.get(self._heads.get(text[-_TAIL:], b""))

    def keep(self, version: Version) -> None:
        head = version.text[:_HEAD]
        with self._lock:
            self._forget(head)
            self._by_head[head] = version
            self._heads[version.text[-_TAIL:]] = head
            self._held += len(version.text)
            while self._held > self._most:
                self._forget(next(iter(self._by_head)))

    def _forget(self, head: bytes) -> None:
        version = self._by_head.pop(head, None)
        if version:
            self._held -= len(version.text)
            self._heads.pop(version.text[-_TAIL:], None)


def unchanged(old: bytes, new: bytes) -> list[Segment]:
    """What the two have in common, in order; not all of it where they differ much."""
    segments: list[Segment] = []
    was = now = 0
    while len(segments) < _MOST_SEGMENTS:
        alike = _alike(old, was, new, now)
        if alike:
            segments.append(Segment(now, now + alike, now - was))
        was, now = was + alike, now + alike
        if was == len(old) or now == len(new):
            return segments
        again = _again(old, was, new, now)
        if again is None:
            break
        was, now = again
    alike = _alike_before(old, was, len(old), new, now, len(new))
    if alike:
        segments.append(Segment(len(new) - alike, len(new), len(new) - len(old)))
    return segments


def _again(old: bytes, was: int, new: bytes, now: int) -> Stretch | None:
    """Where the older and the newer text are the same again, after they differed at these offsets."""
    for skip in _SKIPS:
        anchor = old[was + skip : was + skip + _ANCHOR]
        found = new.find(anchor, now, now + skip + _INSERTED) if len(anchor) == _ANCHOR else -1
        if found >= 0:
            alike = _alike_before(old, was, was + skip, new, now, found)
            return was + skip - alike, found - alike
    return None


def _alike(old: bytes, was: int, new: bytes, now: int) -> int:
    """How many bytes from these offsets on are the same."""
    return _longest(min(len(old) - was, len(new) - now), lambda at, to: old[was + at : was + to] == new[now + at : now + to])


def _alike_before(old: bytes, least: int, was: int, new: bytes, first: int, now: int) -> int:
    """How many bytes before the offsets `was` and `now` are the same, back to `least` and `first`."""
    return _longest(min(was - least, now - first), lambda at, to: old[was - to : was - at] == new[now - to : now - at])


def _longest(most: int, same: Callable[[int, int], bool]) -> int:
    """How many bytes are the same, at most so many; `same` compares those between two distances."""
    at = 0
    while most:
        half = (most + 1) // 2
        if same(at, at + half):
            at += half
            most -= half
        else:
            most = half - 1
    return at


def known(segments: Sequence[Segment], old: int, new: int, reach: int) -> list[Segment]:
    """Where ends of matches, which are at most `reach` bytes long, are those of the older text: from `start` to `end`, this one too.
    `old` and `new` are the lengths of the texts.
    """
    zones = []
    for start, end, shift in segments:
        # A match may depend on a byte before it and one behind.
        first = 0 if start == 0 == shift else start + reach + 2
        last = end if end == new and end - shift == old else end - 1
        if first <= last:
            zones.append(Segment(first, last, shift))
    return zones


def windows(zones: Sequence[Segment], length: int, reach: int) -> list[Stretch]:
    """What has to be looked at for all other matches."""
    stretches: list[Stretch] = []
    after = 0  # the first offset that is in no zone
    for start, end in (*((zone.start, zone.end) for zone in zones), (length + 1, length + 1)):
        if after < start:
            first, last = max(0, after - reach - 2), min(length, start + 1)
            if stretches and first <= stretches[-1][1]:
                first = stretches.pop()[0]
            stretches.append((first, last))
        after = end + 1
    return stretches


def merged(old: Mapping[int, Sequence[int]], fresh: Mapping[int, Sequence[int]], zones: Sequence[Segment]) -> dict[int, list[int]]:
    """Where matches end in the newer text: `old` are the ends in the older one, `fresh` those in the windows."""
    ends: dict[int, list[int]] = {}
    for number in {*old, *fresh}:
        before, now = old.get(number, ()), fresh.get(number, ())
        every: list[int] = []
        after = 0
        for start, end, shift in zones:
            every += now[bisect_left(now, after) : bisect_left(now, start)]
            every += [each + shift for each in before[bisect_left(before, start - shift) : bisect_right(before, end - shift)]]
            after = end + 1
        every += now[bisect_left(now, after) :]
        if every:
            ends[number] = every
    return ends


class Reach(NamedTuple):
    """How many bytes before and behind the end of a match may tell whether there is anything."""

    before: int
    behind: int


def unsettled(ends: Mapping[int, Sequence[int]], doubtful: Sequence[Stretch], reaches: Mapping[int, Reach]) -> dict[int, list[int]]:
    """The ends that are to be looked at: not those whose reach holds nothing of what is doubtful, changed or worth a look before."""
    left = {}
    for number, every in ends.items():
        reach = reaches.get(number)
        few = list(every) if reach is None else _within(every, [(start - reach.behind, end + reach.before) for start, end in doubtful])
        if few:
            left[number] = few
    return left


def _within(ends: Sequence[int], stretches: Sequence[Stretch]) -> list[int]:
    few: list[int] = []
    for start, end in sorted(stretches):
        if few:
            start = max(start, few[-1] + 1)
        few += ends[bisect_left(ends, start) : bisect_right(ends, end)]
    return few


def changed(segments: Sequence[Segment], old: int, new: int) -> list[Stretch]:
    """What is not the same, in offsets of the newer text, of texts of these lengths; where something was taken out nothing stands."""
    stretches = []
    was = now = 0
    for start, end, shift in (*segments, Segment(new, new, new - old)):
        if was < start - shift or now < start:
            stretches.append((now, start))
        was, now = end - shift, end
    return stretches


def moved(found: Sequence[Stretch], segments: Sequence[Segment]) -> list[Stretch]:
    """Those stretches of the older text, as far as they stand in the newer one."""
    stretches = []
    for start, end in found:
        for segment in segments:
            first, last = max(start, segment.start - segment.shift), min(end, segment.end - segment.shift)
            if first <= last:
                stretches.append((first + segment.shift, last + segment.shift))
    return stretches
