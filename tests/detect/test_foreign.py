"""Where a value that another engine reports really stands, and that nothing of it is left but digests."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.detect.foreign import Keys, Place, Text
from gates.secrets.rules import OTHER_ENGINE

KEYS = Keys("salt", b"key")
LINES = st.lists(st.text("aé\U0001f600 \t", max_size=12), min_size=1, max_size=8)
VALUE = b"secret\nvalue"


def expected(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


@given(LINES, LINES, LINES)
def test_places_are_those_of_the_whole_content(first: list[str], before: list[str], behind: list[str]) -> None:
    head, rest = "\n".join(first), "\n".join(before)
    whole = head + rest + VALUE.decode() + "\n".join(behind)
    at = len(head) + len(rest)
    start = Place().after(head.encode())
    text = Text(start, whole[len(head) :].encode())
    line = rest.count("\n") + 1
    for _ in range(2):  # asked again, it stands there still
        match = text.match(OTHER_ENGINE, VALUE, line, line + 1, KEYS)
        assert (match.line, match.column) == expected(whole, at)
        assert (match.end_line, match.end_column) == expected(whole, at + len(VALUE))
        assert (match.start, match.end) == (len(whole[:at].encode()), len(whole[:at].encode()) + len(VALUE))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=20))
def test_the_order_of_questions_does_not_matter(order: list[int]) -> None:
    data = b" ".join(b"\xc3\xa9%02d" % number for number in range(41))
    text = Text(Place(100, 7, 5), data)
    for number in order:
        match = text.match(OTHER_ENGINE, b"%02d" % number, 1, 1, KEYS)
        assert (match.line, match.column, match.start) == (7, 5 + 4 * number + 1, 100 + 5 * number + 2)


@given(st.binary(min_size=1, max_size=30), st.binary(max_size=80), st.integers(1, 6), st.integers(0, 3))
def test_any_bytes(value: bytes, data: bytes, line: int, more: int) -> None:
    text = Text(Place(), data)
    if line + more > data.count(b"\n") + 1:
        with pytest.raises(ValueError, match="no such place"):
            text.match(OTHER_ENGINE, value, line, line + more, KEYS)
        return
    match = text.match(OTHER_ENGINE, value, line, line + more, KEYS)
    assert (match.column > 0) is (value in data)
    assert data[match.start : match.end] == (value if value in data else b"")
    assert match.subject == hmac.digest(b"salt", value, "sha256").hex()[:6]
    assert repr(value) not in repr(match._replace(identity=b"")) or len(value) < 4


def test_a_decoded_value_has_the_line_it_was_decoded_from() -> None:
    match = Text(Place(10, 3, 4), b"a\nb\nc").match(OTHER_ENGINE, b"decoded", 2, 3, KEYS)
    assert (match.line, match.column, match.end_line, match.end_column, match.start, match.end) == (4, 0, 5, 0, 12, 12)
    assert match.redacted == "… 7 characters"
