"""Modules are read as JSON is where they are JSON, and nothing they hold makes the reader fail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.sources.javascript import COMPUTED, exported
from gates.commits.sources.places import Text
from gates.core.documents import Node, plain

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 10**6) | st.text(alphabet="a'\"`\\/*\n\u2028é$", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="ab'/-", min_size=1, max_size=3), inner, max_size=3),
    max_leaves=10,
)


def read(text: str) -> Node:
    return exported(Text(text.encode(), "x.js", 1 << 20), {("Level", "High"): 2})


@given(
    st.dictionaries(st.sampled_from(("a", "b-c")), VALUES), st.sampled_from(("module.exports = ", "export default ", "/* ' */\nexport = "))
)
def test_json_is_read_as_json(value: object, opening: str) -> None:
    assert plain(read(opening + json.dumps(value))) == value


@given(st.text(alphabet="ab{}[]()'\"`$\\/*:,;.= \n-", max_size=30))
def test_any_text_is_read_or_told_to_be_computed(text: str) -> None:
    read(f"export default {text}")
    read(text)


def test_places_are_those_of_the_text() -> None:
    node = read("export default {\n  'a': [1,\n   /* x */ `b`], c: Level.High}")
    assert isinstance(node.value, dict)
    assert node.value["a"][1:5] == (2, 8, 2, 3)
    assert isinstance(node.value["a"].value, list)
    assert node.value["a"].value[1][:3] == ("b", 3, 12)
    assert node.value["c"].value == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'\'\n\x41\u0042\u{43}\q'", "'\nABCq"),
        ("'a\\\nb'", "ab"),
        ('"\\ud800"', None),
        ("'\\0'", None),
        ("017", None),
        ("0x10", None),
        ("1.5", None),
        ("-1", None),
        ("Level.Low", None),
        ("Level.High.x", None),
        ("Level.High + 1", None),
        ("('a')", "a"),
        ("('a', 'b')", None),
        ("'a' as const", "a"),
        ("x ? 'a' : 'b'", None),
        ("/'/", None),
        ("`a${`b${'c'}`}`", None),
    ],
)
def test_values(text: str, value: object) -> None:
    node = read(f"export default [{text}]")
    assert isinstance(node.value, list)
    assert (node.value[0].tag == COMPUTED) == (value is None)
    assert value is None or node.value[0].value == value
