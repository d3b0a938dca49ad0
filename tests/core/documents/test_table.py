from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from gates.core.documents import DocumentError, Table, read_toml, read_yaml


def table(text: str) -> Table:
    return Table(read_yaml(text.encode(), "a.yaml"), "a.yaml")


def test_reads_each_kind() -> None:
    found = table("t: x\nn: 3\nf: 1.5\nb: true\nd: 2027-01-15\nl: [a, b]\ns: {k: v}\nm: [{k: 1}]\n")
    assert (found.text("t"), found.whole("n"), found.number("f"), found.flag("b")) == ("x", 3, 1.5, True)
    assert (found.day("d"), found.texts("l")) == (date(2027, 1, 15), ("a", "b"))
    inner = found.table("s")
    assert inner is not None
    assert inner.text("k") == "v"
    assert [entry.whole("k") for entry in found.tables("m")] == [1]
    assert list(found) == [*"tnfbdlsm"]


def test_defaults_stand_for_absent_keys_only() -> None:
    found = table("n:\n")
    assert (found.text("x", "d"), found.whole("x", 7), found.texts("x", ("a",)), found.table("x")) == ("d", 7, ("a",), None)
    with pytest.raises(DocumentError, match="'n' must be text, not empty"):
        found.text("n", "d")


@pytest.mark.parametrize(
    ("text", "ask", "message"),
    [
        ("a: 1\n", lambda t: t.text("a"), "a.yaml:1: 'a' must be text, not a number"),
        ("a: 1\n", lambda t: t.text("b"), "a.yaml:1: 'b' is missing in the document"),
        ("a: true\n", lambda t: t.whole("a"), "'a' must be a whole number, not true or false"),
        ("x: 1\na: 500\n", lambda t: t.whole("a", at_most=90), "a.yaml:2: 'a' must be between 0 and 90"),
        ("a: '2027-02-30'\n", lambda t: t.day("a"), "no day of the calendar"),
        ("a: 2027-1-5\n", lambda t: t.day("a"), "no day of the calendar"),
        ("a: 20270115\n", lambda t: t.day("a"), "must be a day as YYYY-MM-DD, not a number"),
        ("a: yes\n", lambda t: t.flag("a"), "'a' must be true or false, not text"),
        ("a: b\n", lambda t: t.texts("a"), "'a' must be a list, not text"),
        ("a:\n - b\n - 1\n", lambda t: t.texts("a"), "a.yaml:3: 'a' must be a list of texts"),
        ("a: ' '\n", lambda t: t.text("a"), "'a' is empty"),
        ("a: hihg\n", lambda t: t.choice("a", ["low", "high"]), "must be one of low, high; did you mean 'high'?"),
        ("a: [1]\n", lambda t: t.tables("a"), "an entry of 'a' must be a table, not a number"),
    ],
)
def test_complaints_name_place_and_kind(text: str, ask: Callable[[Table], object], message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        ask(table(text))
    assert message in str(caught.value)


def test_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(DocumentError) as caught:
        table("a: 1\nsunst:\n  - x\n").closed(["a", "sunset"])
    assert str(caught.value) == "a.yaml:2: unknown key 'sunst' in the document; did you mean 'sunset'?"


def test_toml_dates_are_days_and_times_are_not() -> None:
    found = Table(read_toml(b"a = 2027-01-15\nb = 2027-01-15T00:00:00Z\nc = inf\n", "a.toml"), "a.toml")
    assert found.day("a") == date(2027, 1, 15)
    with pytest.raises(DocumentError, match="not a date or time"):
        found.day("b")
    with pytest.raises(DocumentError, match="out of range"):
        found.number("c")
