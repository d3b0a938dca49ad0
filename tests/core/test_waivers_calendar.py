from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gates.core import waivers_calendar
from gates.core.accountability import Account
from gates.core.baseline import Baseline, Section
from gates.core.purl import parse_purl
from gates.core.waivers import Terms, Waiver, Waivers

TODAY = date(2026, 11, 20)
BASE = Waiver(
    "W-0007", "deps", "risk", ("CVE-2023-32681",), "@acme/sec", "redirects are disabled; see docs, there", date(2026, 11, 1),
    date(2027, 1, 15), "security/waivers.yaml", 3, purl=parse_purl("pkg:pypi/requests"), ticket="https://t.example/1",
)  # fmt: skip
OLD = Baseline(
    {"code": Section(Account("@acme/sec", "found at adoption", date(2027, 3, 1)), frozenset({"a" * 32}))}, "security/baseline.json"
)


def written(*entries: Waiver, baseline: Baseline = Baseline(), terms: Terms = Terms(), today: date = TODAY) -> str:  # noqa: B008 - immutable
    return waivers_calendar.calendar(Waivers(entries, terms), baseline, today)


def unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def uid(text: str) -> str:
    (line,) = [line for line in unfolded(text) if line.startswith("UID:")]
    return line


def test_an_event_stands_on_the_last_day_with_an_alarm_before() -> None:
    lines = unfolded(written(BASE))
    assert lines[:4] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//gates//waivers//EN", "CALSCALE:GREGORIAN"]
    assert lines[-1] == "END:VCALENDAR"
    for line in (
        "DTSTAMP:20261101T000000Z",
        "DTSTART;VALUE=DATE:20270115",
        "DTEND;VALUE=DATE:20270116",
        "SUMMARY:waiver W-0007 for CVE-2023-32681 in pkg:pypi/requests ends",
        "DESCRIPTION:redirects are disabled\\; see docs\\, there\\nowner: @acme/sec\\nin: security/waivers.yaml\\nticket: https://t.example/1",
        "TRIGGER:-P14D",
    ):
        assert line in lines
    assert "TRIGGER:-P3D" in unfolded(written(BASE, terms=Terms(warn_days=3)))


def test_a_renewed_entry_is_the_same_event() -> None:
    renewed = BASE._replace(created=date(2026, 12, 1), sunset=date(2027, 2, 1), reason="another reason that holds")
    assert uid(written(BASE)) == uid(written(renewed))
    assert uid(written(BASE)) != uid(written(BASE._replace(purl=parse_purl("pkg:pypi/other"))))


def test_events_come_by_day_and_the_baseline_has_one() -> None:
    lines = unfolded(written(BASE, BASE._replace(id="W-0008", sunset=date(2026, 12, 1)), baseline=OLD))
    assert [line for line in lines if line.startswith("DTSTART")] == [
        f"DTSTART;VALUE=DATE:{day}" for day in ("20261201", "20270115", "20270301")
    ]
    assert "SUMMARY:the baseline of code ends (1 findings)" in lines


def test_an_empty_list_is_an_empty_calendar() -> None:
    assert unfolded(written())[-1] == "END:VCALENDAR"
    assert "VEVENT" not in written()


@given(st.text(max_size=300))
def test_lines_are_folded_at_75_octets_and_no_character_is_cut(reason: str) -> None:
    text = written(BASE._replace(reason=reason.encode("utf-8", "replace").decode()))
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    assert sum(line.startswith("DESCRIPTION:") for line in unfolded(text)) == 2
    assert all(":" in line for line in unfolded(text))
