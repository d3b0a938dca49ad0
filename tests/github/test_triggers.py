from __future__ import annotations

import pytest

from gates.github.triggers import activity_types, covers_new_commits, on_branch, path_filter, pushed_heads
from gates.github.workflow import Filter, Trigger


def only(*patterns: str) -> Filter:
    return Filter(patterns, False, 1)


def all_but(*patterns: str) -> Filter:
    return Filter(patterns, True, 1)


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
@pytest.mark.parametrize(
    ("types", "missing"),
    [
        (None, ()),
        (("opened", "synchronize"), ()),
        (("synchronize", "labeled", "opened"), ()),
        (("opened", "reopened", "edited"), ("synchronize",)),
        (("synchronize",), ("opened",)),
        (("labeled",), ("opened", "synchronize")),
        ((), ("opened", "synchronize")),
        (("Opened", "Synchronize"), ("opened", "synchronize")),
    ],
)
def test_a_pull_request_needs_opened_and_synchronize(event: str, types: tuple[str, ...] | None, missing: tuple[str, ...]) -> None:
    assert covers_new_commits(Trigger(event, 1, types=types)) == missing


def test_a_merge_group_needs_checks_requested() -> None:
    assert covers_new_commits(Trigger("merge_group", 1)) == ()
    assert covers_new_commits(Trigger("merge_group", 1, types=("checks_requested",))) == ()
    assert covers_new_commits(Trigger("merge_group", 1, types=("destroyed",))) == ("checks_requested",)


def test_push_has_no_activity_types() -> None:
    assert covers_new_commits(Trigger("push", 1)) == ()
    assert activity_types(Trigger("push", 1)) == ()
    assert activity_types(Trigger("pull_request", 1)) == ("opened", "synchronize", "reopened")


@pytest.mark.parametrize(
    ("trigger", "runs"),
    [
        (Trigger("pull_request", 1), True),
        (Trigger("pull_request", 1, branches=only("main")), True),
        (Trigger("pull_request", 1, branches=only("develop")), False),
        (Trigger("pull_request", 1, branches=all_but("ma*")), False),
        (Trigger("pull_request", 1, tags=only("v*")), True),
        (Trigger("merge_group", 1, branches=only("main")), True),
        (Trigger("merge_group", 1, branches=only("develop")), False),
        (Trigger("push", 1, branches=only("main")), True),
        (Trigger("push", 1, tags=only("v*")), False),
        (Trigger("push", 1, branches=only("main"), tags=only("v*")), True),
    ],
)
def test_the_branch_filter_is_about_the_branch_that_is_changed(trigger: Trigger, runs: bool) -> None:
    assert on_branch(trigger, "main") is runs


@pytest.mark.parametrize(
    ("branches", "heads"),
    [
        (None, "all"),
        (only("**"), "all"),
        (only("**", "!main"), "all"),
        (all_but("main"), "all"),
        (all_but("main", "develop"), "all"),
        (all_but("dependabot/**"), "some"),
        (only("main"), "none"),
        (only("main", "develop"), "none"),
        (only("main", "feature/**"), "some"),
        (only("*"), "some"),
        (only("!feature/**"), "none"),
        (all_but("**"), "none"),
        (only(), "none"),
    ],
)
def test_which_heads_a_push_covers(branches: Filter | None, heads: str) -> None:
    assert pushed_heads(Trigger("push", 1, branches=branches), ("main", "develop")) == heads


def test_a_push_of_tags_covers_no_head() -> None:
    assert pushed_heads(Trigger("push", 1, tags=only("v*")), ("main",)) == "none"


def test_a_paths_filter_counts_where_it_can_keep_the_workflow_from_running() -> None:
    docs = only("docs/**")
    assert path_filter(Trigger("pull_request", 1, paths=docs)) == docs
    assert path_filter(Trigger("push", 1, paths=docs)) == docs
    assert path_filter(Trigger("merge_group", 1, paths=docs)) is None
    assert path_filter(Trigger("pull_request", 1, paths=only("**"))) is None
    assert path_filter(Trigger("pull_request", 1)) is None
