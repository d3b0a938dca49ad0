"""Rulesets: export, answers of the API, lists of them."""

from __future__ import annotations

from typing import Any

import pytest

from gates.core.documents import DocumentError
from gates.core.finding import Location
from tests.github.requirements.bodies import ACTIONS, protection, protections, put, ruleset
from tests.github.requirements.test_classic import ALL, SETTINGS, values

PATH = ".github/rulesets/main.json"
ANSWERED = {
    "id": 42,
    "source_type": "Repository",
    "source": "octo/shop",
    "node_id": "RRS_x",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "current_user_can_bypass": "never",
    "_links": {"self": {"href": "https://api.github.com/repos/octo/shop/rulesets/42"}},
}


@pytest.mark.parametrize("more", [{}, {key: ANSWERED[key] for key in ("id", "source_type", "source")}, ANSWERED])
def test_export_and_answer_say_what_a_classic_body_says(more: dict[str, Any]) -> None:
    found = protection(ruleset(**more), PATH)
    assert values(found) == values(protection(put())) == ALL
    assert found.whole
    assert found.exempt_known
    assert found.label == "ruleset 'main' in .github/rulesets/main.json"
    assert [(context.name, context.app, context.listed) for context in found.contexts] == [("test", ACTIONS, "checks")]


def test_rule_that_is_absent_hinders_nobody() -> None:
    found = protection(ruleset(rules=[]), PATH)
    assert values(found) == dict.fromkeys(SETTINGS)
    assert found.checks_location is None
    assert found.merge_queue is None


def test_merge_queue_and_creation() -> None:
    checks = {"required_status_checks": [], "strict_required_status_checks_policy": False, "do_not_enforce_on_create": True}
    found = protection(
        ruleset(
            rules=[
                {"type": "merge_queue", "parameters": {"merge_method": "SQUASH"}},
                {"type": "required_status_checks", "parameters": checks},
            ]
        ),
        PATH,
    )
    assert found.merge_queue
    assert found.merge_queue.value
    assert found.skips_creation
    assert found.skips_creation.value


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ({"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}, "repository role admin, always"),
        ({"actor_id": 901, "actor_type": "RepositoryRole", "bypass_mode": "exempt"}, "repository role 901, exempt from the rules"),
        ({"actor_id": 7, "actor_type": "Team", "bypass_mode": "pull_request"}, "team 7, in reviews"),
        ({"actor_id": 8, "actor_type": "Integration"}, "app 8, always"),
        ({"actor_id": 9, "actor_type": "User", "bypass_mode": "always"}, "user 9, always"),
        ({"actor_id": 1, "actor_type": "OrganizationAdmin", "bypass_mode": "always"}, "organization administrators, always"),
        ({"actor_id": None, "actor_type": "DeployKey", "bypass_mode": "always"}, "deploy keys, always"),
    ],
)
def test_who_may_pass(actor: dict[str, Any], words: str) -> None:
    found = protection(ruleset(bypass_actors=[actor]), PATH)
    assert [who.value for who in found.exempt] == [words]


@pytest.mark.parametrize(("body", "known"), [(ruleset(bypass_actors=..., **ANSWERED), False), (ruleset(bypass_actors=...), True)])
def test_answer_without_bypass_actors_hides_them(body: dict[str, Any], known: bool) -> None:
    assert protection(body, PATH).exempt_known is known


@pytest.mark.parametrize("target", ["tag", "push", "repository"])
def test_other_targets_protect_no_branch(target: str) -> None:
    assert protections(ruleset(target=target), PATH) == []


@pytest.mark.parametrize("state", ["active", "evaluate", "disabled"])
def test_enforcement_is_kept(state: str) -> None:
    found = protection(ruleset(enforcement=state), PATH)
    assert found.enforcement
    assert found.enforcement.value == state
    assert found.enforcement.location == Location(PATH, 4, 3, 4, 16)


@pytest.mark.parametrize(
    ("conditions", "include", "exclude"),
    [
        (
            {"ref_name": {"include": ["refs/heads/main", "release/**/*"], "exclude": ["refs/heads/release/old"]}},
            ("main", "release/**/*"),
            ("release/old",),
        ),
        ({"ref_name": {"include": ["~ALL"]}}, ("~ALL",), ()),
        (
            {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}, "repository_name": {"include": ["shop"], "exclude": []}},
            ("~DEFAULT_BRANCH",),
            (),
        ),
        ({"ref_name": {"include": [], "exclude": []}}, (), ()),
        ({}, (), ()),
        (None, (), ()),
        (..., (), ()),
    ],
)
def test_branches(conditions: Any, include: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    found = protection(ruleset(conditions=conditions), PATH)
    assert (found.include, found.exclude) == (include, exclude)


def test_list_of_rulesets() -> None:
    found = protections([ruleset(name="a"), ruleset(name="tags", target="tag"), ruleset(name="b")], PATH)
    assert [each.label for each in found] == [f"ruleset 'a' in {PATH}", f"ruleset 'b' in {PATH}"]


def test_rules_of_a_branch_are_a_protection_for_each_ruleset() -> None:
    def rule(number: int, **rule: Any) -> dict[str, Any]:
        return {**rule, "ruleset_source_type": "Repository", "ruleset_source": "octo/shop", "ruleset_id": number}

    found = protections(
        [rule(1, type="deletion"), rule(2, type="deletion"), rule(1, type="non_fast_forward")], ".github/rulesets/main.json"
    )
    assert [(each.label, each.include) for each in found] == [
        (f"ruleset 1 of octo/shop in {PATH}", ("main",)),
        (f"ruleset 2 of octo/shop in {PATH}", ("main",)),
    ]
    assert found[0].force_pushes
    assert found[1].force_pushes is None
    assert not any(each.exempt_known for each in found)
    assert all(each.enforcement and each.enforcement.value == "active" for each in found)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (ruleset(enforcement="on"), "'enforcement' is 'on'; known are active, evaluate, disabled"),
        (ruleset(enforcement=...), "'enforcement' is missing"),
        (ruleset(rules=...), "'rules' is missing"),
        (ruleset(target="branches"), "'target' is 'branches'"),
        (ruleset(branch="main"), "unknown key 'branch' in a ruleset"),
        (ruleset(rules=[{"type": "deleton"}]), "did you mean 'deletion'?"),
        (ruleset(rules=[{"type": "deletion"}, {"type": "deletion"}]), "listed twice"),
        (ruleset(rules=[{}]), "'type' is missing"),
        (ruleset(rules=[{"type": "required_status_checks"}]), "'required_status_checks' is missing"),
        (ruleset(reviews={"require_code_owner_reviews": True}), "did you mean 'require_code_owner_review'?"),
        (ruleset(rules={"deletion": True}), "'rules' must be a list"),
        (ruleset(bypass_actors=[{"actor_id": 1}]), "'actor_type' is missing"),
        (ruleset(bypass_actors=[{"actor_type": "Robot"}]), "'actor_type' is 'Robot'"),
        (ruleset(bypass_actors=[{"actor_type": "Team", "bypass_mode": "sometimes"}]), "'bypass_mode' is 'sometimes'"),
        (ruleset(conditions={"ref_names": {}}), "unknown key 'ref_names'"),
        (ruleset(conditions={"ref_name": {"includes": []}}), "unknown key 'includes'"),
        (ruleset(conditions={"ref_name": {"include": ["release/[^a]"]}}), "a set cannot be turned round"),
        (ruleset(conditions={"ref_name": {"include": "main"}}), "'include' must be a list"),
    ],
)
def test_refuses(body: dict[str, Any], says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        protections(body, PATH)
    assert says in caught.value.message
    assert caught.value.line
