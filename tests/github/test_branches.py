"""Patterns of branches, what covers what, and what several protections add up to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.github.branches import covers, effective, in_force, is_pattern, likely_default, matches, problem, protected_branches, sample
from gates.github.requirement import Protection
from tests.github.requirements.bodies import protection, put, ruleset
from tests.github.requirements.test_classic import ALL, values


def about(*include: str, exclude: tuple[str, ...] = (), **changes: Any) -> Protection:
    return protection(ruleset(conditions={"ref_name": {"include": list(include), "exclude": list(exclude)}}, **changes))


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("main", "main", True),
        ("main", "Main", False),
        ("main", "main2", False),
        ("*", "main", True),
        ("*", "release/1", False),
        ("qa/*", "qa/foo", True),
        ("qa/*", "qa/foo/bar", False),
        ("qa/**/*", "qa/foo/bar/foobar/hello-world", True),
        ("qa/**/*", "qa/foo", True),
        ("qa/**/*", "qa", False),
        ("qa**/**/*", "qa-2/foo/bar", True),
        ("qa**/**/*", "qa/foo", True),
        ("**/main", "main", True),
        ("**/main", "a/b/main", True),
        ("**/main", "a/b/mains", False),
        ("a/**/b/**/c", "a/b/c", True),
        ("a/**/b/**/c", "a/x/b/y/z/c", True),
        ("a/**/b/**/c", "a/x/c", False),
        ("release/**", "release/1", True),
        ("release/**", "release/1/2", False),
        ("release/**", "release", False),
        ("v?", "v1", True),
        ("v?", "v", False),
        ("v?", "v12", False),
        ("a?b", "a/b", False),
        ("v[0-9].[0-9]", "v1.2", True),
        ("v[0-9]", "va", False),
        ("[ab-]*", "-x", True),
        ("*-*-x", "a-b-c-x", True),
        ("*-*-x", "a-x", False),
        ("", "main", False),
        ("**/**/x", "a/b/c/x", True),
        ("a[b]", "a[b]", False),
    ],
)
def test_pattern(pattern: str, name: str, expected: bool) -> None:
    assert matches(pattern, name) is expected


FOLDERS = st.lists(st.sampled_from(["a", "b", "*", "**", "?", "a*", "*b", "[ab]", "a*b*"]), min_size=1, max_size=4)
NAMES = st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=4)


def as_expression(folders: list[str]) -> str:
    """The same as a regular expression, written from Ruby's description."""
    expression = ""
    for number, folder in enumerate(folders):
        last = number == len(folders) - 1
        if folder == "**" and not last:
            expression += "(?:[^/]+/)*"
        else:
            expression += re.sub(r"[*]+", "[^/]*", folder.replace("?", "[^/]")) + ("" if last else "/")
    return expression


@given(FOLDERS, NAMES)
def test_agrees_with_a_regular_expression(folders: list[str], parts: list[str]) -> None:
    name = "/".join(parts)
    assert matches("/".join(folders), name) is (re.fullmatch(as_expression(folders), name) is not None)


@given(FOLDERS)
def test_sample_is_covered_by_its_pattern(folders: list[str]) -> None:
    pattern = "/".join(folders)
    name = sample(pattern)
    assert matches(pattern, name)
    assert not is_pattern(name)


def test_pattern_of_many_stars_is_matched_in_no_time() -> None:
    assert not matches("*a" * 60 + "/" + "**/" * 60 + "x", "a" * 120 + "/" + "a/" * 60 + "y")


@pytest.mark.parametrize("pattern", ["main", "release/**/*", "v[0-9]*", "feature-[abc]", "~ALL"])
def test_good_pattern(pattern: str) -> None:
    assert problem(pattern) == ""


@pytest.mark.parametrize("pattern", ["a\\*", "v[^0-9]", "v[!0-9]", "v[0-9", "[a/b]", "v[]"])
def test_pattern_that_github_does_not_take(pattern: str) -> None:
    assert problem(pattern)


@pytest.mark.parametrize(
    ("include", "exclude", "branch", "expected"),
    [
        (("~DEFAULT_BRANCH",), (), "trunk", True),
        (("~DEFAULT_BRANCH",), (), "main", False),
        (("~ALL",), (), "feature/x", True),
        (("~ALL",), ("feature/**/*",), "feature/x", False),
        (("main", "release/*"), (), "release/1", True),
        (("main", "release/*"), ("release/1",), "release/1", False),
        (("release/**/*",), (), "release/**/*", True),
        (("release/**/*",), ("release/1",), "release/**/*", True),
        (("release/**/*",), ("release/*",), "release/**/*", False),
        (("~ALL",), (), "release/*", True),
        (("main",), ("~DEFAULT_BRANCH",), "main", True),
        (("trunk",), ("~DEFAULT_BRANCH",), "trunk", False),
        ((), (), "main", False),
    ],
)
def test_covers(include: tuple[str, ...], exclude: tuple[str, ...], branch: str, expected: bool) -> None:
    assert covers(about(*include, exclude=exclude), branch, "trunk") is expected


def test_protected_branches_are_named_once_and_patterns_stay() -> None:
    found = protected_branches(
        [protection(put(), "branch-protection/develop.json"), about("~DEFAULT_BRANCH", "release/**/*"), about("~ALL"), about("develop")],
        "trunk",
    )
    assert found == ("develop", "trunk", "release/**/*")


def test_branch_that_nothing_covers_in_the_end_is_not_protected() -> None:
    assert protected_branches([about("main", "old", exclude=("old",))], "main") == ("main",)
    assert protected_branches([about()], "main") == ()
    assert protected_branches([], "main") == ()


def test_likely_default() -> None:
    assert likely_default([about("master"), about("develop")]) == "master"
    assert likely_default([about("~DEFAULT_BRANCH")]) == "main"
    assert likely_default([about("main"), about("master")]) == "main"


@pytest.mark.parametrize(("state", "expected"), [("active", True), ("evaluate", False), ("disabled", False)])
def test_in_force(state: str, expected: bool) -> None:
    assert in_force(about("main", enforcement=state)) is expected
    assert in_force(protection(put()))


def test_strictest_value_counts() -> None:
    loose = protection(
        put(
            allow_force_pushes=True,
            allow_deletions=True,
            required_pull_request_reviews={"required_approving_review_count": 0},
            required_status_checks={"strict": False, "contexts": ["other"]},
            required_linear_history=False,
        )
    )
    strict = about("main")
    for pair in ([loose, strict], [strict, loose]):
        together = effective(pair)
        assert values(together) == ALL
        assert {context.name for context in together.contexts} == {"other", "test"}
        assert together.whole
    assert together.approvals == strict.approvals


def test_whole_only_where_each_is() -> None:
    fragment = protection({"required_status_checks": {"checks": []}})
    assert not effective([protection(put()), fragment]).whole


def test_checks_are_located_where_some_are_listed() -> None:
    empty = protection(put(required_status_checks=None), "branch-protection/a.json")
    listed = protection(put(), "branch-protection/b.json")
    assert effective([empty, listed]).checks_location == listed.checks_location
    assert effective([empty]).checks_location == empty.checks_location
