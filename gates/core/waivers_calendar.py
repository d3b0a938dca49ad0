"""The last days of the exceptions as a calendar: https://www.rfc-editor.org/rfc/rfc5545."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import NamedTuple

from gates.core.baseline import Baseline
from gates.core.waivers import Waiver, Waivers, name

_MOST_OCTETS = 75  # of a line, without its end


class Event(NamedTuple):
    """`uid` stays the same when the entry is renewed, so that a calendar moves the event; `written` is the day of the entry."""

    uid: str
    sunset: date
    summary: str
    description: str
    written: date


def calendar(waivers: Waivers, baseline: Baseline, today: date) -> str:
    """One event for each entry, ended or not, on its last day, with an alarm `warn_days` before. Lines end in CR LF."""
    events = [*(_of_waiver(waiver, today) for waiver in waivers.entries), *_of_baseline(baseline, today)]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//gates//waivers//EN", "CALSCALE:GREGORIAN"]
    for event in sorted(events, key=lambda event: (event.sunset, event.uid)):
        lines += _lines(event, waivers.terms.warn_days)
    return "".join(f"{folded}\r\n" for line in (*lines, "END:VCALENDAR") for folded in fold(line))


def _of_waiver(waiver: Waiver, today: date) -> Event:
    scope = "\0".join((waiver.gate, *sorted(waiver.rules), str(waiver.purl or ""), waiver.fingerprint, *waiver.paths, waiver.image))
    package = f" in {waiver.purl}" if waiver.purl else ""
    text = f"{waiver.reason}\nowner: {waiver.owner}\nin: {waiver.path}"
    if waiver.ticket:
        text += f"\nticket: {waiver.ticket}"
    return Event(_uid(waiver.id, scope), waiver.sunset, f"{name(waiver)}{package} ends", text, waiver.created or today)


def _of_baseline(baseline: Baseline, today: date) -> Iterator[Event]:
    for gate, section in baseline.sections.items():
        text = f"{section.account.reason}\nowner: {section.account.owner}\nin: {baseline.path}"
        summary = f"the baseline of {gate} ends ({len(section.fingerprints)} findings)"
        yield Event(_uid(f"baseline-{gate}", gate), section.account.sunset, summary, text, today)


def _uid(entry: str, scope: str) -> str:
    """Lists of several repositories may stand in one calendar, and each has a W-0001."""
    return f"{entry}-{sha256(scope.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}@waivers.gates"


def _lines(event: Event, warn_days: int) -> Iterable[str]:
    return (
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{event.written:%Y%m%d}T000000Z",
        f"SEQUENCE:{event.written.toordinal()}",
        f"DTSTART;VALUE=DATE:{event.sunset:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.sunset + timedelta(1):%Y%m%d}",
        f"SUMMARY:{escape(event.summary)}",
        f"DESCRIPTION:{escape(event.description)}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{escape(event.summary)}",
        f"TRIGGER:-P{warn_days}D",
        "END:VALARM",
        "END:VEVENT",
    )


def escape(text: str) -> str:
    for mark in "\\;,":
        text = text.replace(mark, f"\\{mark}")
    lines = ("".join(character if character.isprintable() else " " for character in line) for line in text.split("\n"))
    return "\\n".join(lines)


def fold(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets of UTF-8; those behind the first begin with a blank, which a reader takes away."""
    piece, octets = "", 0
    for character in line:
        size = len(character.encode("utf-8", "replace"))
        if octets + size > _MOST_OCTETS:
            yield piece
            piece, octets = " ", 1
        piece, octets = piece + character, octets + size
    yield piece
