"""A filter leaves a pattern out only where it leaves out every branch of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.github.branches import matches, samples
from gates.github.filters import examples, lets_through
from gates.github.samples import disjoint, passing
from gates.github.workflow import Filter

MEETING = [
    ("release-*", "release-[0-9]+.[0-9]+"),
    ("*-stable", "[0-9]+-[0-9]+-stable"),
    ("*-stable", "release-*"),
    ("releases/*", "releases/[0-9]+.x"),
    ("branch-*", "branch-*.*"),
    ("v*", "v[0-9]+.[0-9]+"),
    ("*", "[0-9]+.[0-9]+.x"),
    ("release/**/*", "release/*/*"),
    ("release/**/*", "release/*"),
    ("[0-9]*", "[0-9]+.x"),
    ("v?", "v[2-9]"),
    ("hotfix/*", "hotfix/JIRA-[0-9]+"),
    ("release/*", "**"),
]
APART = [
    ("release/*", "main"),
    ("release/*", "releases/**"),
    ("*-stable", "[0-9]+.x"),
    ("release/*", "release/*/old"),
    ("v*", "x[0-9]+"),
]


@pytest.mark.parametrize(("branch", "pattern"), MEETING)
def test_a_branch_that_both_take_is_found(branch: str, pattern: str) -> None:
    names = Filter(("main", pattern), False, 1)
    name = passing(branch, names)
    assert matches(branch, name)
    assert lets_through(names, name)
    assert not disjoint(branch, names)


@pytest.mark.parametrize(("branch", "pattern"), APART)
def test_patterns_apart_are_known_to_be(branch: str, pattern: str) -> None:
    names = Filter(("main", pattern), False, 1)
    assert passing(branch, names) == ""
    assert disjoint(branch, names)


def test_what_is_not_plain_is_not_called_so() -> None:
    names = Filter(("release-[0-9]+-[a-f]+-z",), False, 1)
    assert passing("release-*q*-z", names) == ""
    assert not disjoint("release-*q*-z", names)


def test_an_ignore_list_keeps_a_pattern_out_only_as_a_whole() -> None:
    assert passing("release/*", Filter(("release/**",), True, 1)) == ""
    assert disjoint("release/*", Filter(("release/**",), True, 1))
    assert passing("release/*", Filter(("release/1",), True, 1))


def test_a_branch_is_itself() -> None:
    assert passing("release/1", Filter(("release/*",), False, 1)) == "release/1"
    assert passing("release/1", Filter(("release/2",), False, 1)) == ""
    assert passing("~ALL", Filter(("main",), False, 1)) == "main"
    assert passing("release/*", None) == "release/1"


@given(st.text(alphabet="ab1*?[]+\\\\/.-", min_size=1, max_size=12), st.sampled_from(["1", "x", "1.2"]))
def test_examples_of_a_filter_pass_it(pattern: str, filling: str) -> None:
    assert all(lets_through(Filter((pattern,), False, 1), name) for name in examples(pattern, filling))


@given(st.text(alphabet="ab1*?/.-", min_size=1, max_size=12))
def test_samples_are_of_their_pattern(pattern: str) -> None:
    assert all(matches(pattern, name) for name in samples(pattern))
