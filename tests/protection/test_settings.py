"""The rules on settings: each with what breaks it and what keeps it, in a body, an answer and a ruleset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gates.core.finding import Finding, Severity
from gates.github.branches import protected_branches
from gates.github.requirement import Protection
from gates.github.requirements import read
from gates.protection.options import Options
from gates.protection.rules.settings import RULES
from gates.protection.settings import covering, judge, without_branches
from tests.github.requirements.bodies import answer, protection, protections, put, ruleset

CLASSIC = "branch-protection/main.json"
RULESET = ".github/rulesets/main.json"
REVIEWS = put()["required_pull_request_reviews"]
CHECKS = put()["required_status_checks"]


def found(*asked: Protection, options: Options | None = None, branch: str = "main", **more: Any) -> list[Finding]:
    return list(judge(branch, covering(asked, branch, "main"), options or Options(), **more))


def rules(findings: list[Finding]) -> list[str]:
    return [each.rule.id.removeprefix("protection/") for each in findings]


def in_each_form(changes: dict[str, Any], as_ruleset: dict[str, Any] | None) -> list[Protection]:
    forms = [protection(put(**changes), CLASSIC), protection(answer(**changes), CLASSIC)]
    return forms if as_ruleset is None else [*forms, protection(ruleset(**as_ruleset), RULESET)]


@pytest.mark.parametrize("asked", in_each_form({}, {}))
def test_branch_that_is_protected_in_every_way_passes(asked: Protection) -> None:
    assert found(asked) == []


BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any] | None, Severity]] = {
    "force-push-allowed": ({"allow_force_pushes": True}, {"without": ("non_fast_forward",)}, Severity.HIGH),
    "deletion-allowed": ({"allow_deletions": True}, {"without": ("deletion",)}, Severity.HIGH),
    "code-owner-review-off": (
        {"required_pull_request_reviews": {**REVIEWS, "require_code_owner_reviews": False}},
        {"reviews": {"require_code_owner_review": False}},
        Severity.HIGH,
    ),
    "review-not-required": (
        {"required_pull_request_reviews": {**REVIEWS, "required_approving_review_count": 0}},
        {"reviews": {"required_approving_review_count": 0}},
        Severity.HIGH,
    ),
    "admins-exempt": (
        {"enforce_admins": False},
        {"bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}]},
        Severity.HIGH,
    ),
    "not-strict": ({"required_status_checks": {**CHECKS, "strict": False}}, {"strict": False}, Severity.HIGH),
    "stale-reviews-kept": (
        {"required_pull_request_reviews": {**REVIEWS, "dismiss_stale_reviews": False}},
        {"reviews": {"dismiss_stale_reviews_on_push": False}},
        Severity.MEDIUM,
    ),
    "last-push-unapproved": (
        {"required_pull_request_reviews": {**REVIEWS, "require_last_push_approval": False}},
        {"reviews": {"require_last_push_approval": False}},
        Severity.MEDIUM,
    ),
    "conversations-open": (
        {"required_conversation_resolution": False},
        {"reviews": {"required_review_thread_resolution": False}},
        Severity.MEDIUM,
    ),
    "history-not-linear": ({"required_linear_history": False}, {"without": ("required_linear_history",)}, Severity.MEDIUM),
    "signatures-not-required": ({"required_signatures": False}, {"without": ("required_signatures",)}, Severity.MEDIUM),
    "no-required-checks": (
        {"required_status_checks": {"strict": True, "contexts": [], "checks": []}},
        {"without": ("required_status_checks",)},
        Severity.HIGH,
    ),
}


@pytest.mark.parametrize(
    ("rule", "asked", "severity"),
    [(rule, asked, severity) for rule, (changes, other, severity) in BROKEN.items() for asked in in_each_form(changes, other)],
)
def test_each_rule_finds_what_breaks_it_and_nothing_else_does(rule: str, asked: Protection, severity: Severity) -> None:
    (only,) = found(asked)
    assert only.rule.id == f"protection/{rule}"
    assert only.severity == severity
    assert only.location
    assert only.location.line
    assert only.location.column
    assert only.data == {"context": "", "branch": "main", "emitters": [], "hint": ""}
    assert only.subject.startswith("main: ") == (asked.kind == "ruleset")
    assert only.message.startswith("main ")
    assert "; " in only.message


@pytest.mark.parametrize(
    ("left_out", "rule"),
    [
        ("required_linear_history", "history-not-linear"),
        ("required_conversation_resolution", "conversations-open"),
        ("required_signatures", "signatures-not-required"),
    ],
)
def test_what_a_whole_body_leaves_out_is_off(left_out: str, rule: str) -> None:
    assert rules(found(protection(put(**{left_out: ...})))) == [rule]


def test_what_a_fragment_leaves_out_is_not_judged() -> None:
    assert found(protection({"required_status_checks": CHECKS})) == []
    assert rules(found(protection({"required_status_checks": CHECKS, "allow_force_pushes": True}))) == ["force-push-allowed"]


def test_nothing_is_said_of_how_to_review_where_no_review_is_asked_for() -> None:
    assert rules(found(protection(put(required_pull_request_reviews=None)))) == ["review-not-required"]
    assert rules(found(protection(ruleset(without=("pull_request",))))) == ["review-not-required", "conversations-open"]


def test_location_is_the_key_that_says_it() -> None:
    (only,) = found(protection(put(allow_force_pushes=True, required_linear_history=...)), options=Options())[:1]
    assert only.location
    lines = json.dumps(put(allow_force_pushes=True, required_linear_history=...), indent=2).split("\n")
    at = only.location
    assert lines[at.line - 1][at.column - 1 : at.end_column - 1] == '"allow_force_pushes"'


def test_reviews_are_counted_against_the_policy() -> None:
    asked = protection(put())
    assert rules(found(asked, options=Options(approvals=2))) == ["review-not-required"]
    assert "asks for one review before a merge, the policy for 2" in found(asked, options=Options(approvals=2))[0].message
    none = protection(put(required_pull_request_reviews=None))
    assert found(none, options=Options(approvals=0)) == []


# Several protections of one branch


def test_protections_add_up() -> None:
    reviews = protection(ruleset(without=("required_status_checks", "deletion", "non_fast_forward")), RULESET)
    rest = protection(ruleset(without=("pull_request", "required_signatures", "required_linear_history")), RULESET)
    loose = protection(put(allow_force_pushes=True, required_pull_request_reviews=None, required_status_checks=None), CLASSIC)
    assert found(reviews, rest, loose) == []
    assert rules(found(rest)) == ["review-not-required", "conversations-open", "history-not-linear", "signatures-not-required"]


def test_one_silent_form_that_leaves_things_alone_ends_what_follows_from_silence() -> None:
    ruleset_alone = protection(ruleset(without=("pull_request", "required_status_checks")), RULESET)
    (asf,) = read(b"github:\n  protected_branches:\n    main:\n      required_signatures: false\n", ".asf.yaml", {})
    assert rules(found(ruleset_alone)) == ["review-not-required", "conversations-open", "no-required-checks"]
    assert found(ruleset_alone, asf) == []
    assert rules(found(asf)) == ["signatures-not-required"]


def test_settings_say_what_they_say() -> None:
    (asked,) = read(
        b"branches:\n  - name: main\n    protection:\n      required_pull_request_reviews: null\n      allow_force_pushes: true\n",
        ".github/settings.yml",
        {},
    )
    findings = found(asked)
    assert rules(findings) == ["review-not-required", "force-push-allowed"]
    assert [each.subject for each in findings] == ["main: required_approving_review_count", "main: allow_force_pushes"]


def test_settings_that_remove_a_protection() -> None:
    (asked,) = read(b"branches:\n  - name: main\n    protection: null\n", ".github/settings.yml", {})
    assert {"force-push-allowed", "deletion-allowed", "review-not-required", "no-required-checks"} <= set(rules(found(asked)))


# Who is exempt


@pytest.mark.parametrize(
    ("branch", "mode", "severity"),
    [
        ("main", "always", Severity.HIGH),
        ("main", "exempt", Severity.HIGH),
        ("main", "pull_request", Severity.MEDIUM),
        ("release/1", "always", Severity.MEDIUM),
        ("release/1", "pull_request", Severity.LOW),
    ],
)
def test_exemptions_are_worst_on_the_default_branch_and_outside_of_reviews(branch: str, mode: str, severity: Severity) -> None:
    conditions = {"ref_name": {"include": ["main", "release/*"], "exclude": []}}
    asked = protection(ruleset(conditions=conditions, bypass_actors=[{"actor_id": 7, "actor_type": "Team", "bypass_mode": mode}]), RULESET)
    (only,) = found(asked, branch=branch)
    assert only.rule.id == "protection/admins-exempt"
    assert only.severity == severity
    assert "team 7" in only.message


def test_allowances_of_reviews_are_exemptions() -> None:
    reviews = {**REVIEWS, "bypass_pull_request_allowances": {"users": ["mona"], "teams": [], "apps": ["bot"]}}
    findings = found(protection(put(required_pull_request_reviews=reviews)))
    assert rules(findings) == ["admins-exempt", "admins-exempt"]
    assert [each.subject for each in findings] == ["user mona, in reviews", "app bot, in reviews"]
    assert {each.severity for each in findings} == {Severity.MEDIUM}


def test_hidden_exemptions_are_no_pass() -> None:
    (only,) = found(protection(ruleset(bypass_actors=..., id=42), RULESET))
    assert only.rule.id == "protection/admins-exempt"
    assert only.severity == Severity.HIGH
    assert "does not list bypass_actors" in only.message
    assert rules(found(*protections([{"type": "deletion", "ruleset_id": 1}], RULESET)))[-2:] == ["admins-exempt", "no-required-checks"]


def test_nobody_is_exempt_from_what_another_protection_asks_as_well() -> None:
    exempting = protection(put(enforce_admins=False), CLASSIC)
    binding = protection(ruleset(), RULESET)
    assert found(exempting, binding) == []
    for weaker in (
        ruleset(without=("required_status_checks",)),
        ruleset(without=("deletion",)),
        ruleset(reviews={"required_approving_review_count": 0}),
        ruleset(strict=False),
        ruleset(bypass_actors=..., id=42),
    ):
        assert "admins-exempt" in rules(found(exempting, protection(weaker, RULESET)))


# Rulesets that are not in force


@pytest.mark.parametrize("state", ["evaluate", "disabled"])
def test_ruleset_that_is_not_in_force(state: str) -> None:
    (only,) = found(protection(ruleset(enforcement=state), RULESET))
    assert only.rule.id == "protection/ruleset-inactive"
    assert only.severity == Severity.HIGH
    assert only.subject == "main: enforcement of ruleset 'main'"


def test_waiving_that_a_ruleset_is_not_in_force_hides_nothing_else() -> None:
    asked = protection(ruleset(enforcement="disabled", without=("deletion",)), RULESET)
    assert rules(found(asked)) == ["ruleset-inactive", "deletion-allowed"]


def test_ruleset_that_is_not_in_force_asks_nothing_beside_one_that_is() -> None:
    resting = protection(ruleset(enforcement="evaluate"), RULESET)
    findings = found(resting, protection(put(allow_deletions=True), CLASSIC))
    assert rules(findings) == ["ruleset-inactive", "deletion-allowed"]
    assert findings[0].severity == Severity.MEDIUM


@pytest.mark.parametrize("refs", [{"include": []}, {"include": ["old"], "exclude": ["~ALL"]}])
def test_ruleset_that_covers_no_branch(refs: dict[str, Any]) -> None:
    asked = [protection(ruleset(conditions={"ref_name": refs}), RULESET), protection(put(), CLASSIC)]
    (only,) = without_branches(asked, "main")
    assert only.rule.id == "protection/ruleset-inactive"
    assert only.subject == "conditions of ruleset 'main'"
    assert set(only.data) == {"context", "branch", "emitters", "hint"}
    assert list(without_branches(asked[1:], "main")) == []


def test_nothing_is_judged_where_nothing_covers_the_branch() -> None:
    assert found(protection(put()), branch="develop") == []


# Required checks


def test_strictness_is_a_matter_of_the_policy_and_of_no_concern_to_a_merge_queue() -> None:
    loose = protection(put(required_status_checks={**CHECKS, "strict": False}))
    assert rules(found(loose)) == ["not-strict"]
    assert found(loose, options=Options(up_to_date=())) == []
    assert found(loose, options=Options(merge_queue=("main",))) == []
    queue = protection(ruleset(rules=[{"type": "merge_queue"}]), RULESET)
    assert found(loose, queue) == []
    develop = protection(put(required_status_checks={**CHECKS, "strict": False}), "branch-protection/develop.json")
    assert found(develop, branch="develop") == []
    assert rules(found(develop, branch="develop", options=Options(up_to_date=("develop",)))) == ["not-strict"]


def test_own_gate_must_be_required() -> None:
    asked = protection(put())
    assert found(asked, options=Options(own_contexts=("test",))) == []
    (only,) = found(asked, options=Options(own_contexts=("gates", "test")))
    assert (only.rule.id, only.subject, only.data["context"]) == ("protection/own-gate-not-required", "gates", "gates")
    assert only.location == asked.checks_location
    assert rules(found(asked, own=["gates"])) == ["own-gate-not-required"]


def test_expected_contexts_must_be_required() -> None:
    options = Options(expected=("test", "lint", "types"))
    findings = found(protection(put()), options=options)
    assert rules(findings) == ["expected-context-missing"] * 2
    assert [each.subject for each in findings] == ["lint", "types"]
    extra = protection(
        ruleset(
            rules=[
                {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "lint"}, {"context": "types"}]}}
            ]
        ),
        RULESET,
    )
    assert found(protection(put()), extra, options=options) == []


def test_expected_contexts_cannot_be_missed_where_the_checks_are_not_said() -> None:
    (asked,) = read(b"github:\n  protected_branches:\n    main: {}\n", ".asf.yaml", {})
    assert found(asked, options=Options(expected=("lint",))) == []


# What holds for all findings


def test_each_finding_of_a_file_has_a_subject_of_its_own() -> None:
    loose = ruleset(enforcement="disabled", bypass_actors=[{"actor_id": 1, "actor_type": "Team"}], rules=[])
    conditions = {"ref_name": {"include": ["main", "release/*"], "exclude": []}}
    asked = protections([{**loose, "name": name, "conditions": conditions} for name in "ab"], RULESET)
    asked += protections({"main": put(enforce_admins=False), "release/1": put(enforce_admins=False)}, "branch-protection/all.json")
    options = Options(expected=("a", "b"), own_contexts=("gates",), approvals=3)
    findings = [each for branch in protected_branches(asked, "main") for each in found(*asked, branch=branch, options=options)]
    assert len(findings) > 20
    keys = [(each.rule.id, each.location.path if each.location else "", each.subject) for each in findings]
    assert len(set(keys)) == len(keys)


def test_every_rule_is_here_and_serves_a_control() -> None:
    controls = (Path(__file__).parents[2] / "docs" / "controls.md").read_text("utf-8")
    others = {"ruleset-inactive", "own-gate-not-required", "expected-context-missing"}
    assert {rule.id.removeprefix("protection/") for rule in RULES} == BROKEN.keys() | others
    for rule in RULES:
        assert f"| {rule.control} |" in controls
        assert all(reference.startswith("https://docs.github.com/") for reference in rule.references)
        assert not rule.summary.endswith(".")
        assert rule.why.endswith(".")
        assert rule.remedy.endswith(".")
