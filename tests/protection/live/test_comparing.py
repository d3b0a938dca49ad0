from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from gates.core import network
from gates.protection.live.asked import Asked
from gates.protection.live.comparing import Comparison, compare
from tests.doubles.github import ACTIONS, GitHub, Refusal
from tests.doubles.http import Fault
from tests.protection.live.support import RULESET, api, protection, ruleset

COUNT = "required_approving_review_count"
CHECKS = {"strict": True, "checks": [{"context": "lint", "app_id": ACTIONS}, {"context": "test", "app_id": ACTIONS}]}
REVIEWS = {
    "dismiss_stale_reviews": True,
    "require_code_owner_reviews": True,
    "require_last_push_approval": True,
    "required_approving_review_count": 2,
}
LIVE: dict[str, Any] = {
    "required_status_checks": CHECKS,
    "enforce_admins": True,
    "required_pull_request_reviews": REVIEWS,
    "required_signatures": True,
    "required_linear_history": True,  # which the file does not mention
}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PAUSES", (0.0, 0.0))


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as double:
        yield double
        assert double.violations == []
        assert double.written == []  # a comparison writes nothing


def compared(github: GitHub, *files: Asked, branch: str = "", token: str | None = None, timeout: float = 5) -> Comparison:
    more = {} if token is None else {"token": token}
    with api(github, timeout=timeout, **more) as client:
        return compare(client, files, branch)


def keys(found: Comparison) -> list[str]:
    return [each.key for each in found.differences]


def test_equal_where_all_is_as_the_file_says(github: GitHub) -> None:
    github.protect("main", **LIVE)
    assert compared(github, protection()) == Comparison(1, (), (), ())


@pytest.mark.parametrize(
    ("setting", "value", "key"),
    [
        ("enforce_admins", False, "enforce_admins"),
        ("allow_force_pushes", True, "allow_force_pushes"),
        ("required_signatures", False, "required_signatures"),
        ("required_pull_request_reviews", None, "required_pull_request_reviews"),
        ("required_pull_request_reviews", REVIEWS | {COUNT: 1}, f"required_pull_request_reviews.{COUNT}"),
        ("restrictions", {"users": ["mona"], "teams": []}, "restrictions"),
        ("required_status_checks", CHECKS | {"strict": False}, "required_status_checks.strict"),
        ("required_status_checks", None, "required_status_checks"),
        ("required_linear_history", False, ""),  # not in the file
    ],
)
def test_each_setting_of_the_file_is_compared(github: GitHub, setting: str, value: object, key: str) -> None:
    github.protect("main", **{**LIVE, setting: value})
    found = compared(github, protection())
    assert keys(found) == ([key] if key else [])
    for each in found.differences:
        assert each.location.path == "branch-protection/main.json"
        assert each.location.line > 1


@pytest.mark.parametrize(
    ("checks", "key", "asked", "live"),
    [
        ([("lint", ACTIONS)], "test", "required", "absent"),
        ([("lint", ACTIONS), ("test", ACTIONS), ("more", None)], "more", "absent", "required from any app"),
        ([("lint", None), ("test", ACTIONS)], "lint", "required from app 15368", "required from any app"),
        ([("lint", 7), ("test", ACTIONS)], "lint", "required from app 15368", "required from app 7"),
        ([("lint", ACTIONS), ("test", None)], "", "", ""),
    ],
)
def test_required_checks_are_sets_with_apps(github: GitHub, checks: list[tuple[str, int | None]], key: str, asked: str, live: str) -> None:
    listed = [{"context": name, "app_id": app} for name, app in checks]
    github.protect("main", **{**LIVE, "required_status_checks": {"strict": True, "checks": listed}})
    found = compared(github, protection())
    assert [(each.key, each.asked, each.live) for each in found.differences] == (
        [(f"required_status_checks.checks.{key}", asked, live)] if key else []
    )


def test_any_app_is_not_a_certain_one(github: GitHub) -> None:
    github.protect("main", required_status_checks={"strict": True, "checks": [{"context": "lint", "app_id": ACTIONS}]})
    any_app = protection({"required_status_checks": {"strict": True, "checks": [{"context": "lint", "app_id": -1}]}})
    assert [each.asked for each in compared(github, any_app).differences] == ["required from any app"]


# 404


def test_an_unprotected_branch_is_a_difference_where_the_branch_says_so_itself(github: GitHub) -> None:
    found = compared(github, protection())
    assert [(each.key, each.live) for each in found.differences] == [("", "absent")]
    assert not found.unseen


def test_what_this_token_may_not_see_is_not_unprotected(github: GitHub) -> None:
    github.protect("main", **LIVE)
    github.admin = False
    found = compared(github, protection())
    assert (found.compared, found.differences) == (0, ())
    assert "the branch is protected, and this takes a token with the Administration permission" in found.unseen[0].reason


def test_a_branch_that_is_not_there_or_not_shown_is_unseen(github: GitHub) -> None:
    found = compared(github, protection(path="branch-protection/gone.json"))
    assert (found.compared, found.differences) == (0, ())
    assert "status 404" in found.unseen[0].reason


def test_a_branch_that_rulesets_protect_has_no_classic_protection_where_github_says_so(github: GitHub) -> None:
    github.add_ruleset(rules=[{"type": "deletion"}])
    assert [each.live for each in compared(github, protection()).differences] == ["absent"]
    github.admin = False
    assert compared(github, protection()).unseen


def test_a_repository_that_is_not_shown_is_unseen(github: GitHub) -> None:
    github.public = False
    found = compared(github, protection(), ruleset(), token="")
    assert found.compared == 0
    assert len(found.unseen) >= 2


def test_without_a_token_a_classic_protection_is_unseen_and_a_ruleset_is_not(github: GitHub) -> None:
    github.protect("main", **LIVE)
    github.add_ruleset(**deepcopy(RULESET))
    github.rulesets[0]["conditions"] = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    found = compared(github, protection(), ruleset({key: value for key, value in RULESET.items() if key != "bypass_actors"}), token="")
    assert found.compared == 1
    assert not found.differences
    assert "set GITHUB_TOKEN or GH_TOKEN" in found.unseen[0].reason


def test_a_pattern_cannot_be_looked_up(github: GitHub) -> None:
    found = compared(github, protection(path="branch-protection/release/*.json"))
    assert "knows no patterns" in found.unseen[0].reason


# rulesets


def same(github: GitHub, **changed: Any) -> dict[str, Any]:
    return github.add_ruleset(**{**deepcopy(RULESET), **changed})


def test_a_ruleset_that_is_as_the_file_says(github: GitHub) -> None:
    there = same(github)
    there["rules"].reverse()
    there["rules"][0]["parameters"]["allowed_merge_methods"] = ["merge"]  # which the file does not mention
    assert compared(github, ruleset()) == Comparison(1, (), (), ())


def change(ruleset: dict[str, Any], how: str) -> None:
    if how == "rule":
        ruleset["rules"] = [rule for rule in ruleset["rules"] if rule["type"] != "deletion"]
    elif how == "more":
        ruleset["rules"].append({"type": "required_linear_history"})
    elif how == "parameter":
        ruleset["rules"][3]["parameters"]["required_approving_review_count"] = 0
    elif how == "check":
        ruleset["rules"][2]["parameters"]["required_status_checks"].pop()
    elif how == "app":
        del ruleset["rules"][2]["parameters"]["required_status_checks"][0]["integration_id"]
    elif how == "enforcement":
        ruleset["enforcement"] = "evaluate"
    elif how == "branches":
        ruleset["conditions"]["ref_name"]["exclude"] = ["refs/heads/main"]
    elif how == "bypass":
        ruleset["bypass_actors"][0]["bypass_mode"] = "always"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("rule", {"rules.deletion"}),
        ("more", {"rules.required_linear_history"}),
        ("parameter", {"rules.pull_request.required_approving_review_count"}),
        ("check", {"rules.required_status_checks.checks.test"}),
        ("app", {"rules.required_status_checks.checks.lint"}),
        ("enforcement", {"enforcement"}),
        ("branches", {"conditions.ref_name.exclude"}),
        ("bypass", {"bypass_actors"}),
    ],
)
def test_each_part_of_a_ruleset_is_compared(github: GitHub, how: str, expected: set[str]) -> None:
    change(same(github), how)
    found = compared(github, ruleset())
    assert expected <= set(keys(found))
    beside = [each.live for each in found.differences if each.key not in expected]
    assert all("not in force on branch 'main'" in str(live) for live in beside)
    assert not found.unseen


def test_a_ruleset_that_is_not_there(github: GitHub) -> None:
    same(github, name="other", rules=[])
    same(github, source_type="Organization", source="acme", rules=[])  # not the repository's
    found = compared(github, ruleset())
    assert [(each.key, each.live) for each in found.differences] == [("", "absent")]


def test_two_rulesets_of_a_name_are_ambiguous(github: GitHub) -> None:
    same(github)
    same(github)
    assert "has 2 rulesets named 'main' (100, 101)" in compared(github, ruleset()).unseen[0].reason


def test_bypass_actors_that_are_hidden_are_unknown(github: GitHub) -> None:
    same(github)
    github.admin = False
    found = compared(github, ruleset())
    assert not found.differences
    assert [each.reason for each in found.unseen] == ["who may bypass it is unknown: GitHub does not show that to this token"]


# what the branch has beside


def test_a_check_that_a_ruleset_without_a_file_requires_is_a_difference(github: GitHub) -> None:
    github.protect("main", **LIVE)
    stray = {"strict_required_status_checks_policy": False, "required_status_checks": [{"context": "stray"}, {"context": "lint"}]}
    github.add_ruleset(name="by hand", rules=[{"type": "required_status_checks", "parameters": stray}])
    found = compared(github, protection())
    assert keys(found) == ["required_status_checks.stray"]
    assert found.differences[0].live == "required by a ruleset that no file holds"


def test_a_check_that_the_organization_requires_is_a_note(github: GitHub) -> None:
    github.protect("main", **LIVE)
    stray = {"strict_required_status_checks_policy": False, "required_status_checks": [{"context": "stray"}]}
    rules = [{"type": "required_status_checks", "parameters": stray}]
    github.add_ruleset(name="org", source_type="Organization", source="acme", rules=rules)
    found = compared(github, protection())
    assert not found.differences
    assert [note.text for note in found.notes] == ["branch 'main' also waits for 'stray', required by a ruleset of acme"]


def test_a_check_that_a_classic_protection_without_a_file_requires_is_a_difference(github: GitHub) -> None:
    same(github)
    github.protect("main", required_status_checks={"strict": False, "checks": [{"context": "stray", "app_id": None}]})
    github.protections["main"]["required_status_checks"]["contexts"] = ["stray"]
    found = compared(github, ruleset())
    assert keys(found) == ["required_status_checks.stray"]
    assert found.differences[0].live == "required by its classic protection"


def test_one_branch_alone(github: GitHub) -> None:
    github.protect("main", **LIVE)
    found = compared(github, protection(), protection(path="branch-protection/develop.json"), branch="main")
    assert (found.compared, found.differences) == (1, ())
    assert not any("develop" in asked.path for asked in github.asked)
    assert compared(github, protection(), branch="develop").compared == 0


# what goes wrong on the way

REFUSALS: tuple[Refusal, ...] = ("401", "403", "403-limit", "403-secondary", "404", "429")
FAULTS: tuple[Fault, ...] = ("500", "slow", "drop", "silent", "truncated", "html", "redirect", "empty", "noise")


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_never_equal(github: GitHub, refusal: Refusal) -> None:
    github.protect("main", **LIVE)
    same(github)
    github.refusal = refusal
    found = compared(github, protection(), ruleset())
    assert found.compared == 0
    assert not found.differences
    assert len(found.unseen) >= 2


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_never_equal(github: GitHub, fault: Fault) -> None:
    github.protect("main", **LIVE)
    same(github)
    github.fault = fault
    found = compared(github, protection(), ruleset(), timeout=0.1)
    assert found.compared == 0
    assert not found.differences
    assert len(found.unseen) >= 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda live: live.update(required_status_checks={"strict": "yes", "checks": []}),
        lambda live: live.update(required_pull_request_reviews={"dismiss_stale_reviews": 1, "require_code_owner_reviews": 2}),
    ],
)
def test_a_live_form_that_is_not_known_is_unseen(spoil: Callable[[dict[str, Any]], None]) -> None:
    with GitHub() as github:
        github.protect("main", **LIVE)
        spoil(github.protections["main"])
        assert "in a form that is not known" in compared(github, protection()).unseen[0].reason
