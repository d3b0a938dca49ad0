"""Each escaper against the reader it protects from."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gates.report import escape
from tests.report.hostile import hidden, names


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("src/caf\u00e9 \u6f22.py", "src/caf\u00e9 \u6f22.py"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31m\x07\x7f", "\\x1b[31m\\x07\\x7f"),
        ("\x9b31m", "\\u009b31m"),
        ("caf\udce9", "caf\\xe9"),
        ("\ud83d", "\\ud83d"),
        ("a\u202eb\u200bc\ufeff", "a\\u202eb\\u200bc\\ufeff"),
        ("x\U000e0041", "x\\U000e0041"),
    ],
)
def test_what_does_not_show_is_shown_as_an_escape(value: str, shown: str) -> None:
    assert escape.printable(value) == shown


@pytest.mark.parametrize("value", ["::error::x", " ::error::x", "\u3000::add-mask::x", "x ##[command]y", ":", "###[x]"])
def test_a_log_line_made_of_a_value_is_no_command(value: str) -> None:
    line = escape.printable(value)
    assert not line.lstrip().startswith(":")
    assert "##[" not in line


@given(names)
def test_printable_text_is_printable_and_stays_as_it_is_when_escaped_again(value: str) -> None:
    shown = escape.printable(value)
    assert not hidden(shown)
    assert escape.printable(shown) == shown
    shown.encode()


@given(st.binary())
def test_path_bytes_are_the_bytes_of_a_name_that_is_not_utf8(raw: bytes) -> None:
    try:
        raw.decode()
    except UnicodeDecodeError:
        assert escape.path_bytes(raw.decode("utf-8", "surrogateescape")) == raw
    else:
        assert escape.path_bytes(raw.decode()) is None


def test_path_bytes_exist_for_half_a_utf16_pair_too() -> None:
    assert escape.path_bytes("a\ud83d") == b"a\xed\xa0\xbd"


@given(names)
def test_command_properties_and_data_come_back_as_the_printable_value(value: str) -> None:
    for escaped in (escape.command_property(value), escape.command_data(value)):
        assert "\n" not in escaped
        assert not re.search("%(?!25|3A|2C|0A)", escaped)
    assert not set(":,") & set(escape.command_property(value))


@given(names)
def test_markdown_is_one_code_span_with_the_printable_value_in_it(value: str) -> None:
    tokens = MarkdownIt("commonmark").parseInline(f"x {escape.markdown(value)} y")[0].children or []
    if value:
        assert [token.type for token in tokens] == ["text", "code_inline", "text"]
        assert tokens[1].content == escape.printable(value)
    else:
        assert [token.type for token in tokens] == ["text"]


@given(names, names)
def test_a_value_stays_in_its_cell_of_a_table(first: str, second: str) -> None:
    row = f"| {escape.markdown_cell(first)} | {escape.markdown_cell(second)} |"
    tokens = MarkdownIt("commonmark").enable("table").parse(f"| a | b |\n|---|---|\n{row}\n")
    cells = [token for before, token in pairwise(tokens) if before.type == "td_open"]
    assert len(cells) == 2
    for cell, value in zip(cells, (first, second), strict=True):
        spans = [child.content for child in cell.children or []]
        assert "".join(spans).replace("\\x5c", "\\") == escape.printable(value).replace("\\x5c", "\\")
        assert all(child.type == "code_inline" for child in cell.children or [])


def test_prose_of_rules_keeps_its_code_spans() -> None:
    assert escape.markdown_prose("a `b_c <d>` and *e* <f> | g`") == "a `b_c <d>` and \\*e\\* &lt;f> \\| g\\`"


@given(names)
def test_a_sarif_message_holds_no_link(value: str) -> None:
    assert "](" not in escape.sarif_text(value)
