"""The rules on the settings alone, each failing and passing, and the refusals of the dialect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import DocumentError
from gates.core.finding import Location, Severity
from gates.protection.gitlab import settings as dialect
from gates.protection.gitlab.policy import covers
from gates.protection.rules.gitlab import RULES
from tests.protection.gitlab.support import GOOD, MAIN, NOBODY, findings, said, settings, unread

PIPELINE = "test: {script: make}\n"
ONLY = "only_allow_merge_if_pipeline_succeeds"


def test_a_project_in_order_has_no_finding() -> None:
    assert not findings(PIPELINE)


@pytest.mark.parametrize("value", [False, None])
def test_a_pipeline_that_is_not_required(value: bool | None) -> None:
    assert said(PIPELINE, settings(**{ONLY: value})) == [("pipeline-not-required", "high")]


def test_a_setting_that_is_left_out_is_off_and_the_finding_stands_at_the_start() -> None:
    data = {key: value for key, value in GOOD.items() if key != ONLY}
    (found,) = findings(PIPELINE, json.dumps(data).encode())
    assert found.location == Location("branch-protection/gitlab.json", 1, 1)
    assert found.subject == ONLY


def test_a_skipped_pipeline_that_merges() -> None:
    (found,) = findings(PIPELINE, settings(allow_merge_on_skipped_pipeline=True))
    assert found.rule.id == "protection/gitlab-skipped-pipeline-merges"
    assert found.location == Location("branch-protection/gitlab.json", 4, 3)
    assert found.data == {"context": "", "branch": "", "emitters": [], "hint": ""}
    assert not findings(PIPELINE, settings(allow_merge_on_skipped_pipeline=False))


def test_open_discussions() -> None:
    assert said(PIPELINE, settings(only_allow_merge_if_all_discussions_are_resolved=False)) == [("discussions-open", "medium")]


@pytest.mark.parametrize("branches", [[], [{**MAIN, "name": "develop"}], [{**MAIN, "name": "mai"}]])
def test_a_default_branch_that_is_not_protected(branches: list[object]) -> None:
    assert said(PIPELINE, settings(protected_branches=branches)) == [("no-protected-branch", "high")]


@pytest.mark.parametrize("name", ["main", "*", "m*n", "ma*"])
def test_a_pattern_protects_the_default_branch(name: str) -> None:
    assert not findings(PIPELINE, settings(protected_branches=[{**MAIN, "name": name}]))


def branch(**changes: object) -> bytes:
    return settings(protected_branches=[{**MAIN, **changes}])


def test_a_forced_push() -> None:
    (found,) = findings(PIPELINE, branch(allow_force_push=True))
    assert (found.rule.id, found.subject, found.severity) == (
        "protection/gitlab-force-push-allowed",
        "main: allow_force_push",
        Severity.HIGH,
    )
    assert found.data["branch"] == "main"
    assert not findings(PIPELINE, branch(allow_force_push=None))


def test_who_can_push() -> None:
    levels = [*NOBODY, {"access_level": 40}, {"access_level": 40, "deploy_key_id": 7}, {"access_level": 40, "user_id": None, "group_id": 3}]
    found = findings(PIPELINE, branch(push_access_levels=levels))
    assert {one.rule.id for one in found} == {"protection/gitlab-direct-push-allowed"}
    assert [one.subject for one in found] == [
        "main: push_access_levels: maintainers",
        "main: push_access_levels: deploy key 7",
        "main: push_access_levels: group 3",
    ]
    assert not findings(PIPELINE, branch(push_access_levels=[]))


def test_the_same_one_twice_is_two_subjects() -> None:
    found = findings(PIPELINE, branch(push_access_levels=[{"access_level": 30}, {"access_level": 30}]))
    assert len({one.subject for one in found}) == 2


def test_who_can_push_is_not_said() -> None:
    entry = {key: value for key, value in MAIN.items() if key != "push_access_levels"}
    assert said(PIPELINE, settings(protected_branches=[entry])) == [("direct-push-allowed", "high")]


@pytest.mark.parametrize(("value", "severity"), [(False, "high"), (None, "medium")])
def test_the_approval_of_code_owners(value: bool | None, severity: str) -> None:
    assert said(PIPELINE, branch(code_owner_approval_required=value)) == [("code-owner-approval-off", severity)]


@pytest.mark.parametrize(
    ("data", "marker", "message"),
    [
        (b"{", "{", "not valid JSON"),
        (b"[]", "[]", "must be a table"),
        (settings(only_allow_merge_if_pipeline_suceeds=True), "suceeds", "did you mean"),
        (settings(required_jobs=[]), "required_jobs", "is empty"),
        (settings(required_jobs=["a", "a"]), '"a"', "required twice"),
        (settings(required_jobs=[""]), '""', "list of texts"),
        (settings(protected_branches="main"), "protected_branches", "a list"),
        (settings(protected_branches=[MAIN, MAIN]), '"name"', "protected twice"),
        (settings(default_branch=None), "default_branch", "text"),
        (branch(push_access_levels=[{"access_level": 50}]), "50", "no access level"),
        (branch(push_access_levels=[{}]), "{}", "missing"),
        (branch(allow_force_push="no"), "allow_force_push", "true or false"),
        (branch(forced=True), "forced", "unknown key"),
        (settings(approvals={"approvals_before_merge": -1}), "-1", "at least"),
        (settings(approvals={"reset_approvals": True}), "reset", "unknown key"),
        (settings(ci_config_path="ci.yml@group/project"), "@", "outside of the repository"),
        (settings(ci_config_path="https://example.com/ci.yml"), "https", "outside of the repository"),
    ],
)
def test_what_is_wrong_in_the_file_is_an_error_with_its_line(data: bytes, marker: str, message: str) -> None:
    found = unread(PIPELINE, data)
    assert message in found.message
    assert found.path == "branch-protection/gitlab.json"
    assert found.line == max(number for number, line in enumerate(data.decode().split("\n"), 1) if marker in line)


def test_answers_of_the_api_can_be_pasted() -> None:
    entry = {**MAIN, "id": 1, "inherited": False, "unprotect_access_levels": [{"id": 3, "access_level": 60, "member_role_id": None}]}
    approvals = {"approvals_before_merge": 2, "reset_approvals_on_push": True, "merge_requests_author_approval": None}
    assert not findings(PIPELINE, settings(protected_branches=[entry], approvals=approvals, ci_config_path=""))


def test_the_pipeline_may_stand_in_another_file() -> None:
    assert not findings({"ci/main.yml": PIPELINE}, settings(ci_config_path="/ci/main.yml"))
    assert unread(PIPELINE, settings(ci_config_path="ci/main.yml")).path == "ci/main.yml"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
def test_any_value_of_any_key_is_read_or_refused_with_a_line(value: object) -> None:
    lines = set()
    for key in GOOD:
        try:
            dialect.read(json.dumps({**GOOD, key: value}).encode(), "x")
        except DocumentError as refused:
            lines.add(refused.line)
    assert lines <= {1}


@given(st.text(st.sampled_from("ab*/"), max_size=6), st.text(st.sampled_from("ab/"), max_size=8))
def test_wildcards_stand_for_any_text(pattern: str, name: str) -> None:
    def slow(pattern: str, name: str) -> bool:
        if not pattern:
            return not name
        if pattern[0] == "*":
            return any(slow(pattern[1:], name[at:]) for at in range(len(name) + 1))
        return name[:1] == pattern[0] and slow(pattern[1:], name[1:])

    assert covers(pattern, name) is slow(pattern, name)


def test_the_control_is_a_row_of_the_controls_page() -> None:
    page = (Path(__file__).parents[3] / "docs/controls.md").read_text("utf-8")
    assert all(f"| {rule.control} |" in page for rule in RULES)
    assert len({rule.id for rule in RULES}) == len(RULES)
