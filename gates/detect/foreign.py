"""What another engine took for a secret, as our own record: a raw value becomes digests here, and goes no farther."""

from __future__ import annotations

import hmac
from bisect import bisect_right
from typing import NamedTuple

from gates.detect.family import Family
from gates.detect.scan import Match


class Keys(NamedTuple):
    """What digests are keyed with: the policy's salt for those in reports, and what the scanners of this run share."""

    salt: str
    identity_key: bytes


class Place(NamedTuple):
    """Where a byte stands in a content. Lines and columns are 1-based, columns count code points."""

    offset: int = 0
    line: int = 1
    column: int = 1

    def after(self, data: bytes) -> Place:
        """Where the byte behind `data` stands, which begins here."""
        end = data.rfind(b"\n")
        width = len(data[end + 1 :].decode("utf-8", "surrogateescape"))
        return Place(self.offset + len(data), self.line + data.count(b"\n"), (self.column if end < 0 else 1) + width)


class Text:
    """A part of a content in which an engine reported something; `start` is where the part begins."""

    def __init__(self, start: Place, data: bytes) -> None:
        self._start = start
        self._data = data
        self._lines = [0]
        self._last = start
        at = data.find(b"\n")
        while at >= 0:
            self._lines.append(at + 1)
            at = data.find(b"\n", at + 1)

    def match(self, family: Family, value: bytes, line: int, end_line: int, keys: Keys) -> Match:
        """The value as an unchecked match of the family, where it really stands: engines count columns in ways of their own.

        `line` and `end_line` are 1-based lines of this part, around the value. A value that stands nowhere in the part was decoded
        from something in these lines: it gets their numbers, no columns and no bytes. Raises ValueError for lines that are not there.
        """
        if not 1 <= line <= end_line <= len(self._lines) or not value:
            raise ValueError("no such place")
        first = self._lines[line - 1]
        behind = self._lines[end_line] if end_line < len(self._lines) else len(self._data)
        at = self._data.find(value, first, behind + len(value))
        if at < 0:
            at = self._data.find(value)
        if at < 0:
            offset = self._start.offset + first
            place = Place(offset, self._start.line + line - 1, 0)
            end = Place(offset, self._start.line + end_line - 1, 0)
        else:
            place = self._place(at)
            end = place.after(value)
        return Match(
            family=family,
            severity=family.severity,
            structure="unchecked",
            start=place.offset,
            end=end.offset,
            line=place.line,
            column=place.column,
            end_line=end.line,
            end_column=end.column,
            # The digests of gates.detect.scan: the same value has the same, whoever found it.
            subject=hmac.digest(keys.salt.encode(), value, "sha256")[:3].hex(),
            identity=hmac.digest(keys.identity_key, value, "sha256"),
            redacted=f"… {len(value)} characters",
            frame=None,
            encoding="",
        )

    def _place(self, at: int) -> Place:
        index = bisect_right(self._lines, at) - 1
        begin = self._lines[index]
        place = Place(self._start.offset + begin, self._start.line + index, self._start.column if index == 0 else 1)
        # A line may be as long as the part, with many finds in it.
        if self._last.line == place.line and place.offset <= self._last.offset <= self._start.offset + at:
            place = self._last
        self._last = place.after(self._data[place.offset - self._start.offset : at])
        return self._last
