from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.container.compose.interpolation import UNKNOWN, expand, named, split


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        ("${A:-b}", "b"),
        ("${A-b}", "b"),
        ("${A-}", ""),
        ("x${A:-b c}y${B-d}", "xb cyd"),
        ("${A:-${B:-c}}", "c"),
        ("${A:-{}}", "{}"),
        ("${A:-a}b}", "ab}"),
        ("${A:-x:?y}", "x:?y"),
        ("${A:-$$x}", "$x"),
        ("${A:-$(x)}", "$(x)"),
    ],
)
def test_a_default_makes_the_value(text: str, expanded: str) -> None:
    assert expand(text) == (expanded, "${" in text, "")


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$A", UNKNOWN),
        ("${A}", UNKNOWN),
        ("$A.b-$B", f"{UNKNOWN}.b-{UNKNOWN}"),
        ("${A:?must be set}", UNKNOWN),
        ("x${A?}", f"x{UNKNOWN}"),
        ("${A:+b}", UNKNOWN),
        ("${A+b}", UNKNOWN),
        ("$$$A", f"${UNKNOWN}"),
    ],
)
def test_a_variable_without_a_default_is_unknown(text: str, expanded: str) -> None:
    assert expand(text) == (expanded, False, "")


def test_the_text_of_a_required_variable_is_no_default() -> None:
    assert expand("${A:?see ${B:-the manual}}") == (UNKNOWN, False, "")


def test_a_default_that_depends_on_a_variable_is_unknown_too() -> None:
    assert expand("foo ${A:-${B}} bar") == (f"foo {UNKNOWN} bar", True, "")


@pytest.mark.parametrize("text", ["$(date)", "$1", "a$", "$", "$-", '"$" x', "$é"])
def test_a_dollar_sign_that_starts_no_variable_is_itself(text: str) -> None:
    assert expand(text) == (text, False, "")


@pytest.mark.parametrize(("text", "expanded"), [("$$x", "$x"), ("$${A}", "${A}"), ("$$$$", "$$")])
def test_two_dollar_signs_are_one(text: str, expanded: str) -> None:
    assert expand(text) == (expanded, False, "")


@pytest.mark.parametrize(
    "text", ["${", "${}", "${A", "${A/b}", "${1}", "${A:=x}", "${a.b}", "${A!}", "${A }", "${ A}", "${A:}", "${A:b}", "${é}"]
)
def test_what_compose_refuses_is_invalid(text: str) -> None:
    assert expand(text).invalid


def test_a_known_variable_has_its_value_whatever_the_default() -> None:
    known = {"HOME": "~"}
    assert expand("$HOME/x", known) == ("~/x", False, "")
    assert expand("${HOME:-/root}/x", known) == ("~/x", False, "")
    assert expand("${HOME:+set}", known) == ("set", False, "")


def test_variables_can_be_left_by_name() -> None:
    assert named("a ${B:?must be set} ${C:-d} $E").text == "a ${B} d ${E}"


def test_a_text_is_cut_outside_of_variables() -> None:
    assert split("${A:-b:c}:d:${E}", ":") == ["${A:-b:c}", "d", "${E}"]


def test_deep_nesting_is_refused() -> None:
    assert "nest" in expand("${A:-" * 10_000).invalid
    assert expand("${A:-" * 30 + "x" + "}" * 30).text == "x"


@given(st.text(alphabet="$${}AB:-?+/ é", max_size=60))
def test_any_text_expands_or_is_invalid(text: str) -> None:
    found = expand(text)
    assert found.invalid or isinstance(found.text, str)
    assert bool(found.invalid) == bool(named(text).invalid)
    assert ":".join(split(text, ":")) == text
