"""The expected texts are what BuildKit 0.32 makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.container.dockerfile.expansion import MAX_GROWTH, expand, expansion

VARIABLES = {"a": "1", "b": "aXbXc", "empty": "", "d": "x/y/z.tar.gz", "e": "hello world", "star": "a*b?c", "back": "a\\b", "none": None}

EXPANDED = [
    ("$a-${a}-\\$a-'$a'-\"$a\"", "1-1-$a-$a-1"),
    ("$a$", "1$"),
    ("$ab", None),
    ("${a}b", "1b"),
    ("a  'b c'  \"d  e\"", "a  b c  d  e"),
    ("\\a \\\\ \\'", "a \\ '"),
    ('"\\a \\\\ \\" \\$a"', '\\a \\ " $a'),
    ("${none:-x}${none-y}${gone:-z}", "xyz"),
    ("${empty:-x}${empty-x}${a:-x}${a-x}", "x11"),
    ("${a:+x}${empty:+x}${empty+y}${none:+z}${gone+z}", "xy"),
    ("${a:?no}${empty?no}", "1"),
    ("${gone:-${none:-$a}}", "1"),
    ("${gone:-'a b'}-${gone:-\"}\"}", "a b-}"),
    ("${gone:-a\\}b}", "a}b"),
    ("${b#a}-${b#*X}-${b##*X}-${b#z}", "XbXc-bXc-c-aXbXc"),
    ("${b%c}-${b%X*}-${b%%X*}-${b%z}", "aXbX-aXb-a-aXbXc"),
    ("${d##*/}-${d%.*}-${d%%.*}-${d#?/}", "z.tar.gz-x/y/z.tar-x/y/z-y/z.tar.gz"),
    ("${b/X/-}-${b//X/-}-${b/X*/-}-${b//[/-}", "a-bXc-a-b-c-a--aXbXc"),
    ("${d/\\//-}-${d//\\//-}", "x-y/z.tar.gz-x-y-z.tar.gz"),
    ("${star#a\\*}-${star%\\?c}-${star/\\*/-}", "b?c-a*b-a-b?c"),
    ("${back#a\\\\}", "b"),
    ("${e/o/}-${e//o/}-${e// /}", "hell world-hell wrld-helloworld"),
    ("${b##}-${b%%}-${empty##*}-${empty/*/x}", "aXbXc-aXbXc--x"),
    ("${b//*/x}-${b//?/x}", "x-xxxxx"),
    ("a<<b <c", "a<<b <c"),
    ("", ""),
]

REFUSED = ["'a", '"a', "${", "${a", "${}", "${:-a}", "${a^}", "${a:#b}", "${a:0:1}", "${a/b}", "${a:-b", "${b#\\a}", "${" + "a:-${" * 100]


@pytest.mark.parametrize(("text", "expected"), EXPANDED)
def test_expanded(text: str, expected: str | None) -> None:
    assert expand(text, VARIABLES) == expected


@pytest.mark.parametrize("text", REFUSED)
def test_what_buildkit_refuses_has_no_value_and_a_reason(text: str) -> None:
    found = expansion(text, VARIABLES)
    assert found.text is None
    assert found.problem


@pytest.mark.parametrize(
    "text", ["$none", "a${gone}", "${none:?x}", "${none#x}", "${none/x/y}", "${a:+$none}", "${b#$none}", "${gone:-$none}"]
)
def test_a_variable_without_a_value_leaves_no_value_and_no_reason(text: str) -> None:
    found = expansion(text, VARIABLES)
    assert found.text is None
    assert not found.problem


def test_a_default_that_is_not_needed_may_be_unknown() -> None:
    assert expand("${a:-$none}", VARIABLES) == "1"
    assert expand("${empty:+$none}", VARIABLES) == ""


def test_what_the_builder_sets_is_unknown_and_never_missing() -> None:
    assert expand("${TARGETARCH:-amd64}", {"TARGETARCH": None}) is None
    assert expand("${TARGETARCH+set}", {"TARGETARCH": None}) == "set"
    assert expand("${TARGETVARIANT:+set}", {"TARGETVARIANT": None}) is None
    assert expand("${TARGETARCH:-amd64}", {"TARGETARCH": "arm64"}) == "arm64"
    assert expand("${TARGETARCH:-amd64}", {}) == "amd64"


def test_another_escape_character() -> None:
    assert expand('C:\\$a `$a "`$a \\$a"', VARIABLES, "`") == "C:\\1 $a $a \\1"


def test_quotes_mean_nothing_in_a_here_document() -> None:
    assert expansion('it\'s "$a" \\$a', VARIABLES, quotes=False).text == 'it\'s "1" $a'


def test_it_tells_what_it_asked_for() -> None:
    found = expansion("$a ${gone:-x} ${b#y}", VARIABLES)
    assert (found.names, found.by_default) == ({"a", "gone", "b"}, True)
    assert not expansion("${a:-x}", VARIABLES).by_default


def test_a_value_that_would_grow_without_end_is_not_told() -> None:
    assert expand("$a" * 10, {"a": "x" * MAX_GROWTH}) is None


@given(st.text(alphabet="${}ab:-+?#%/*\\'\"<` ", max_size=40), st.sampled_from("\\`"))
def test_no_text_makes_it_fail(text: str, escape: str) -> None:
    expand(text, VARIABLES, escape)
