"""Expressions of rules:if: what is known, what is not, and that nothing is called known that is not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.protection.gitlab.conditions import Anything, Other, Truth, Value, Variables, truth

MERGE_REQUEST: Variables = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_IID": Other(),
    "CI_COMMIT_BRANCH": None,
    "CI_COMMIT_TAG": None,
    "CI_DEFAULT_BRANCH": "main",
    "CI_COMMIT_REF_NAME": Other(frozenset({"main"})),
    "EMPTY": "",
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('$CI_PIPELINE_SOURCE == "merge_request_event"', True),
        ("$CI_PIPELINE_SOURCE == 'push'", False),
        ('"merge_request_event" == $CI_PIPELINE_SOURCE', True),
        ('$CI_PIPELINE_SOURCE != "push"', True),
        ("$CI_MERGE_REQUEST_IID", True),
        ("${CI_MERGE_REQUEST_IID}", True),
        ('$CI_MERGE_REQUEST_IID == "7"', None),
        ('$CI_MERGE_REQUEST_IID == ""', False),
        ("$CI_MERGE_REQUEST_IID != null", True),
        ("$CI_COMMIT_BRANCH", False),
        ("$CI_COMMIT_BRANCH == null", True),
        ("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", False),
        ('$CI_COMMIT_BRANCH == ""', False),
        ("$CI_COMMIT_REF_NAME == $CI_DEFAULT_BRANCH", False),
        ('$CI_COMMIT_REF_NAME == "other"', None),
        ("$CI_COMMIT_BRANCH =~ /anything(?:at)* all/", False),
        ("$CI_COMMIT_BRANCH !~ /x/", True),
        ("$EMPTY", False),
        ('$EMPTY == ""', True),
        ("$EMPTY == null", False),
        ("$MINE", None),
        ('$MINE == "1"', None),
        ("$MINE && $CI_COMMIT_TAG", False),
        ("$MINE || $CI_MERGE_REQUEST_IID", True),
        ("$MINE && $CI_MERGE_REQUEST_IID", None),
        ("$CI_COMMIT_TAG || $CI_MERGE_REQUEST_IID && $CI_COMMIT_TAG", False),
        ("($CI_MERGE_REQUEST_IID || $CI_COMMIT_TAG) && $CI_MERGE_REQUEST_IID", True),
        ("$CI_MERGE_REQUEST_IID || $CI_COMMIT_TAG && $CI_COMMIT_TAG", True),
        ("$CI_PIPELINE_SOURCE =~ /^merge_request/", True),
        ("$CI_PIPELINE_SOURCE =~ /^(push|merge_request_event)$/", True),
        ("$CI_PIPELINE_SOURCE =~ /^(push|web)$/", False),
        ("$CI_PIPELINE_SOURCE =~ /^MERGE.*/i", True),
        ("$CI_PIPELINE_SOURCE =~ /m{1,3}/", None),
        ("$CI_PIPELINE_SOURCE =~ $PATTERN", None),
        ("$CI_DEFAULT_BRANCH =~ /^release\\/.*$/", False),
        ('$CI_DEFAULT_BRANCH == "$OTHER"', None),
        ("  $CI_MERGE_REQUEST_IID\n&& $CI_DEFAULT_BRANCH  ", True),
        ("null == null", True),
    ],
)
def test_expressions(source: str, expected: Truth) -> None:
    assert truth(source, MERGE_REQUEST) is expected


@pytest.mark.parametrize(
    "source",
    [
        *("", "   ", "$", "$A ==", "== $A", "$A = 'x'", "$A & $B", "($A", "$A)", "$A $B", "'open", "$A == /x/", "/x/ =~ $A", "/x/"),
        *("true == $A", "!$A", "$A =~ /x", "&&", "$A == $B == $C", "(" * 40 + "$A" + ")" * 40),
    ],
)
def test_what_gitlab_would_refuse_is_an_error(source: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        truth(source, {"A": "x"})


@pytest.mark.parametrize("source", ["$A =~ /(/", "$A =~ /a|)/"])
def test_a_regular_expression_that_is_none(source: str) -> None:
    with pytest.raises(ValueError, match="regular expression"):
        truth(source, {"A": "x"})


values = st.sampled_from([None, "", "a", "main"])
operands = st.sampled_from(["$A", "$B", "$C", '"a"', "'main'", '""', "null"])
comparisons = st.builds(lambda one, sign, other: f"{one} {sign} {other}", operands, st.sampled_from(["==", "!="]), operands)
matching = st.builds(lambda one, sign, other: f"{one} {sign} /{other}/", operands, st.sampled_from(["=~", "!~"]), st.sampled_from("am.^"))
expressions = st.recursive(
    operands | comparisons | matching,
    lambda inner: st.builds(lambda one, sign, other: f"({one}) {sign} {other}", inner, st.sampled_from(["&&", "||"]), inner),
    max_leaves=8,
)


@given(expressions, values, values, values, st.sets(st.sampled_from("ABC")))
def test_what_is_called_known_holds_whatever_the_unknown_turns_out_to_be(
    source: str, a: Value, b: Value, c: Value, hidden: set[str]
) -> None:
    full = {"A": a, "B": b, "C": c}
    known: dict[str, Value] = {}
    for name, value in full.items():
        if name not in hidden:
            known[name] = value
        else:
            known[name] = Other(frozenset({"main"} - {value})) if value else Anything()
    exact, guess = truth(source, full), truth(source, known)
    assert exact is not None
    assert guess in (None, exact)


@given(st.text(st.sampled_from("$A ('\")=!~/&|null\n"), max_size=30))
def test_any_text_is_read_or_refused(source: str) -> None:
    with suppress(ValueError):
        assert truth(source, {}) in (True, False, None)
