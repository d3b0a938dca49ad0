from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.sources.javascript import NotLiteral, read
from gates.core.documents import DocumentError, plain

PATH = "release.config.js"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("module.exports = {a: 1, 'b': [true, null,], \"c\": 'x',};", {"a": 1, "b": [True, None], "c": "x"}),
        ("// @ts-check\n'use strict'\n/* c */ module.exports = { a: `x` /* y */ } // z\n", {"a": "x"}),
        ("export default [1.5, -2]", [1.5, -2]),
        ("const config = {a: {}};\nexport default config\n", {"a": {}}),
        ("/** @type {X} */\nconst config = {a: []}\n\nmodule.exports = config;", {"a": []}),
        (r"module.exports = {a: 'it\'s', b: 'x\ny'}", {"a": "it's", "b": "x\ny"}),
    ],
)
def test_a_literal_is_read(source: str, expected: object) -> None:
    assert plain(read(source, PATH)) == expected


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("", 1),
        ("module.exports = {\n  a: process.env.X,\n}", 2),
        ("module.exports = {\n  ...base\n}", 2),
        ("module.exports = {\n  [a]: 1\n}", 2),
        ("module.exports = {\n  a() { return 1 }\n}", 2),
        ("module.exports = {\n  a: `${x}`\n}", 2),
        ("module.exports = {\n  a: /x/\n}", 2),
        ("module.exports = {a: 1}\nmodule.exports.b = 2", 2),
        ("const a = {}\na.b = 1\nmodule.exports = a", 2),
        ("import x from 'y'\nexport default {}", 1),
        ("module.exports = {a: 'x' + 'y'}", 1),
        ("module.exports = {a: '\\x41'}", 1),
        ("module.exports = {a: 0x10}", 1),
        ("module.exports = {a: 1", 1),
        ("module.exports = Object.freeze({})", 1),
        ("module.exports = {a: 'x}", 1),
        ("exports.a = {}", 1),
        ("let a = {}; module.exports = a", 1),
    ],
)
def test_anything_more_is_refused_with_its_line(source: str, line: int) -> None:
    with pytest.raises(NotLiteral) as caught:
        read(source, PATH)
    assert caught.value.line == line


def test_values_have_their_places() -> None:
    node = read("module.exports = {\n  a: [\n    'x',\n  ],\n};\n", PATH)
    assert isinstance(node.value, dict)
    listed = node.value["a"]
    assert (listed.line, listed.column, listed.key_line, listed.key_column) == (2, 6, 2, 3)
    assert isinstance(listed.value, list)
    assert [(item.value, item.line, item.column) for item in listed.value] == [("x", 3, 5)]


def test_a_key_written_twice_and_deep_nesting_are_refused() -> None:
    for source in ("{a: 1, 'a': 2}", "[" * 100 + "]" * 100):
        with pytest.raises(DocumentError):
            read(f"module.exports = {source}", PATH)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(alphabet=st.characters(codec="ascii", exclude_characters="\\"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES)
def test_what_json_can_say_is_read_as_json_says_it(value: object) -> None:
    source = json.dumps(value)
    if "\\u" not in source:
        assert plain(read(f"module.exports = {source};", PATH)) == value


@given(st.text(alphabet="modulexprts.= {}[]:,'\"`/*\\\n$()ab1", max_size=60))
def test_whatever_a_module_holds_it_is_a_value_or_is_refused(source: str) -> None:
    for text in (source, "module.exports = " + source):
        try:
            read(text, PATH)
        except (NotLiteral, DocumentError):
            continue
