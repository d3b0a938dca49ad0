from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import pytest

from gates.core import network
from gates.core.errors import GateUnavailable, UsageError
from gates.github.rest import Api
from gates.protection.live.applying import Change, carry_out, overlaid, plan
from gates.protection.live.asked import Asked
from gates.protection.live.comparing import Comparison, compare
from tests.doubles.github import ACTIONS, TOKEN, GitHub, Refusal
from tests.doubles.http import Asked as Request
from tests.doubles.http import Fault
from tests.protection.live.support import MAIN, RULESET, api, protection, ruleset


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "PAUSES", (0.0, 0.0))


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as double:
        yield double
        assert double.violations == []
        assert not any(asked.method == "DELETE" for asked in double.asked)


def apply(github: GitHub, *files: Asked, timeout: float = 5) -> list[Change]:
    changes: list[Change] = []
    with api(github, timeout=timeout) as client:
        _all(client, files, changes)
    return changes


def refused(github: GitHub, *files: Asked, timeout: float = 5) -> tuple[str, list[Change]]:
    """What the error says, and what was recorded before it."""
    changes: list[Change] = []
    with api(github, timeout=timeout) as client, pytest.raises(GateUnavailable) as failure:
        _all(client, files, changes)
    assert TOKEN not in str(failure.value) + repr(changes)
    return str(failure.value), changes


def _all(client: Api, files: Sequence[Asked], changes: list[Change]) -> None:
    for step in plan(client, files):
        carry_out(client, step, changes.append)


def equal(github: GitHub, *files: Asked) -> bool:
    with api(github) as client:
        return compare(client, files) == Comparison(len(files), (), (), ())


def test_an_unprotected_branch_is_protected_and_the_second_run_changes_nothing(github: GitHub) -> None:
    github.apps = {"test": ACTIONS}
    changes = apply(github, protection())
    assert [change.endpoint for change in changes] == [
        "PUT /repos/acme/widget/branches/main/protection",
        "PATCH /repos/acme/widget/branches/main/protection/required_status_checks",
        "POST /repos/acme/widget/branches/main/protection/required_signatures",
    ]
    assert [change.status for change in changes] == [200, 200, 200]
    assert changes[0].before is None
    assert changes[-1].missing == ()
    assert equal(github, protection())
    before = len(github.written)
    assert apply(github, protection()) == []
    assert len(github.written) == before


def test_the_four_keys_are_always_sent(github: GitHub) -> None:
    apply(github, protection({"allow_deletions": False}))
    (put,) = [asked for asked in github.asked if asked.method == "PUT"]
    assert put.body == (
        b'{"allow_deletions":false,"enforce_admins":null,"required_status_checks":null,"required_pull_request_reviews":null,"restrictions":null}'
    )


def test_what_the_file_does_not_mention_stays(github: GitHub) -> None:
    github.protect(
        "main",
        required_linear_history=True,
        lock_branch=True,
        required_signatures=True,
        restrictions={"users": ["mona"], "teams": ["core"], "apps": []},
        required_status_checks={"strict": True, "checks": [{"context": "old", "app_id": 7}]},
        required_pull_request_reviews={
            "dismiss_stale_reviews": True,
            "require_code_owner_reviews": False,
            "required_approving_review_count": 3,
            "require_last_push_approval": True,
            "dismissal_restrictions": {"users": ["mona"], "teams": []},
        },
    )
    before = deepcopy(github.protections["main"])
    apply(github, protection({"required_pull_request_reviews": {"require_code_owner_reviews": True}, "enforce_admins": True}))
    after = github.protections["main"]
    assert after.pop("required_pull_request_reviews") == before.pop("required_pull_request_reviews") | {"require_code_owner_reviews": True}
    assert after == before | {"enforce_admins": True}


def test_the_app_of_a_check_stays_where_the_file_names_none(github: GitHub) -> None:
    checks = [{"context": "lint", "app_id": 7}, {"context": "old", "app_id": 8}]
    github.protect("main", required_status_checks={"strict": False, "checks": checks})
    file = protection({"required_status_checks": {"strict": True, "contexts": ["lint", "new"]}})
    apply(github, file)
    assert github.protections["main"]["required_status_checks"] == {
        "strict": True,
        "checks": [{"context": "lint", "app_id": 7}, {"context": "new", "app_id": None}],
    }
    assert equal(github, file)


def test_any_app_is_sent_as_such(github: GitHub) -> None:
    github.apps = {"lint": 7}
    file = protection({"required_status_checks": {"strict": True, "checks": [{"context": "lint", "app_id": -1}]}})
    apply(github, file)
    assert github.protections["main"]["required_status_checks"]["checks"] == [{"context": "lint", "app_id": None}]
    assert apply(github, file) == []


def test_lists_of_people_are_switched_off(github: GitHub) -> None:
    reviews = {
        "dismiss_stale_reviews": True,
        "require_code_owner_reviews": True,
        "required_approving_review_count": 1,
        "require_last_push_approval": False,
        "bypass_pull_request_allowances": {"users": ["mona"], "teams": [], "apps": ["bot"]},
    }
    github.protect("main", required_pull_request_reviews=reviews)
    file = protection({"required_pull_request_reviews": {"bypass_pull_request_allowances": {}, "dismissal_restrictions": {}}})
    apply(github, file)
    assert "bypass_pull_request_allowances" not in github.protections["main"]["required_pull_request_reviews"]
    assert apply(github, file) == []


def test_a_branch_with_a_slash(github: GitHub) -> None:
    file = protection({"allow_deletions": False, "enforce_admins": True}, path="branch-protection/release/1.json")
    (change,) = apply(github, file)
    assert change.endpoint == "PUT /repos/acme/widget/branches/release%2F1/protection"
    assert equal(github, file)


def test_signatures_alone_need_no_put(github: GitHub) -> None:
    github.protect("main")
    assert [change.endpoint.partition(" ")[0] for change in apply(github, protection({"required_signatures": True}))] == ["POST"]


def test_signatures_are_not_switched_off(github: GitHub) -> None:
    github.protect("main", required_signatures=True)
    with api(github) as client, pytest.raises(UsageError, match="nothing is deleted here") as failure:
        plan(client, [protection({"required_signatures": False})])
    assert failure.value.line == 2
    assert github.written == []


# rulesets


def test_a_ruleset_is_made_and_then_left_alone(github: GitHub) -> None:
    (change,) = apply(github, ruleset())
    assert (change.endpoint, change.status, change.before) == ("POST /repos/acme/widget/rulesets", 201, None)
    assert equal(github, ruleset())
    assert apply(github, ruleset()) == []


def test_a_ruleset_is_changed_where_it_differs(github: GitHub) -> None:
    there = github.add_ruleset(**deepcopy(RULESET))
    there["enforcement"] = "evaluate"
    there["rules"][3]["parameters"]["allowed_merge_methods"] = ["squash"]
    there["rules"].append({"type": "required_linear_history"})
    (change,) = apply(github, ruleset())
    assert change.endpoint == "PUT /repos/acme/widget/rulesets/100"
    assert there["rules"][3]["parameters"]["allowed_merge_methods"] == ["squash"]  # not in the file
    assert [rule["type"] for rule in there["rules"]] == ["deletion", "non_fast_forward", "required_status_checks", "pull_request"]
    assert equal(github, ruleset())


def test_bypass_actors_stay_where_the_file_does_not_mention_them(github: GitHub) -> None:
    there = github.add_ruleset(**deepcopy(RULESET) | {"enforcement": "disabled"})
    apply(github, ruleset({key: value for key, value in RULESET.items() if key != "bypass_actors"}))
    assert there["bypass_actors"] == RULESET["bypass_actors"]
    assert there["enforcement"] == "active"


def test_a_ruleset_of_the_organization_is_not_touched(github: GitHub) -> None:
    github.add_ruleset(name="main", source_type="Organization", source="acme")
    (change,) = apply(github, ruleset())
    assert change.endpoint.startswith("POST")


def test_a_name_that_two_rulesets_have_is_refused(github: GitHub) -> None:
    github.add_ruleset()
    github.add_ruleset()
    said, changes = refused(github, ruleset())
    assert "has 2 rulesets named 'main'" in said
    assert changes == []
    assert github.written == []


def test_two_files_about_one_thing_are_refused(github: GitHub) -> None:
    with api(github) as client, pytest.raises(UsageError, match=r"is about branch 'main', as branch-protection/main\.json is"):
        plan(client, [protection(), protection(path=".github/branch-protection/main.json")])
    assert github.asked == []


def test_a_new_ruleset_must_say_whether_it_is_enforced(github: GitHub) -> None:
    with api(github) as client, pytest.raises(UsageError, match="'enforcement' is missing"):
        plan(client, [ruleset({"name": "main", "rules": []})])


def test_hidden_bypass_actors_stop_it(github: GitHub) -> None:
    github.add_ruleset(**deepcopy(RULESET))
    github.admin = False
    said, _ = refused(github, ruleset())
    assert "who may bypass it is unknown" in said
    assert github.written == []


# what goes wrong


@pytest.mark.parametrize("lost", ["allow_force_pushes", "required_status_checks", "enforce_admins", "required_signatures"])
def test_a_write_that_drops_a_setting_is_noticed(github: GitHub, lost: str) -> None:
    github.loses = {lost}
    document = {**MAIN, "allow_force_pushes": True}
    if lost == "required_status_checks":
        document["required_status_checks"] = {"strict": True, "contexts": ["lint"]}
    said, changes = refused(github, protection(document))
    assert f"this is not live: {lost}" in said
    assert lost in changes[-1].missing
    assert changes[-1].problem


def test_a_write_that_drops_a_rule_is_noticed(github: GitHub) -> None:
    github.loses = {"non_fast_forward"}
    said, (change,) = refused(github, ruleset())
    assert "this is not live: rules.non_fast_forward" in said
    assert change.missing == ("rules.non_fast_forward",)
    assert change.status == 201


def test_a_write_that_changes_something_else_is_noticed(github: GitHub) -> None:
    github.protect("main", required_linear_history=True)
    github.protections["main"]["required_quietness"] = {"enabled": True}  # younger than this program
    said, (change,) = refused(github, protection({"enforce_admins": True}))
    assert "this changed without being asked for: required_quietness" in said
    assert "required_quietness" in change.problem


def test_a_change_by_somebody_else_stops_it(github: GitHub) -> None:
    github.protect("main")
    reads = []

    def meddle(asked: Request) -> None:
        if asked.method == "GET" and asked.path.endswith("/protection"):
            reads.append(asked)
            if len(reads) == 2:
                github.protections["main"]["lock_branch"] = True

    github.meddle = meddle
    said, changes = refused(github, protection())
    assert "was changed by somebody since it was read" in said
    assert changes == []
    assert github.written == []


def test_a_ruleset_that_appears_meanwhile_stops_it(github: GitHub) -> None:
    def meddle(asked: Request) -> None:
        if len(github.asked) == 2:
            github.add_ruleset(rules=[{"type": "deletion"}])

    github.meddle = meddle
    said, _ = refused(github, ruleset())
    assert "was changed by somebody" in said
    assert github.written == []


REFUSALS: tuple[Refusal, ...] = ("401", "403", "403-limit", "404", "409", "429")
FAULTS: tuple[Fault, ...] = ("500", "slow", "drop", "silent", "truncated", "html", "redirect", "noise")


def is_write(asked: Request) -> bool:
    return asked.method != "GET"


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refused_write_is_recorded_and_ends_the_run(github: GitHub, refusal: Refusal) -> None:
    github.protect("main")
    github.refusal, github.strikes = refusal, is_write
    before = deepcopy(github.protections)
    said, (change,) = refused(github, protection(), ruleset())
    assert f"status {refusal[:3]}" in said
    assert (change.status, change.after) == (0, None)
    assert github.protections == before
    assert github.rulesets == []
    assert len(github.written) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_write_without_an_answer_is_recorded_as_unknown(github: GitHub, fault: Fault) -> None:
    github.fault, github.strikes = fault, is_write
    said, (change,) = refused(github, protection(), ruleset(), timeout=0.2)
    assert "what is live now is not known, compare with diff" in said
    assert (change.status, change.after) == (0, None)
    assert len(github.written) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_write_that_cannot_be_read_again_is_recorded(github: GitHub, fault: Fault) -> None:
    github.fault = fault
    github.strikes = lambda asked: bool(github.written) and asked.method == "GET"
    said, (change,) = refused(github, ruleset(), timeout=0.2)
    assert "was written, but what is live could not be read afterwards" in said
    assert (change.status, change.after) == (201, None)
    assert change.problem.startswith("not seen afterwards")


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_cannot_be_read_is_not_written(github: GitHub, refusal: Refusal) -> None:
    github.refusal = refusal
    _, changes = refused(github, protection(), ruleset())
    assert changes == []
    assert github.written == []


def test_a_token_without_rights_writes_nothing(github: GitHub) -> None:
    github.protect("main", enforce_admins=True)
    github.admin = False
    said, changes = refused(github, protection())
    assert "Administration permission" in said
    assert changes == []


def test_the_tie_to_an_app_that_is_refused_is_told(github: GitHub) -> None:
    github.refusal, github.strikes = "403", lambda asked: asked.method == "PATCH"
    said, changes = refused(github, protection())
    assert "PATCH /repos/acme/widget/branches/main/protection/required_status_checks" in said
    assert [change.status for change in changes] == [200, 0]


def test_laying_over_keeps_what_is_not_said() -> None:
    there: dict[str, Any] = {"a": 1, "b": {"c": 1, "d": 2}, "rules": {"x": {"p": 1, "q": 2}, "y": {}}}
    wanted: dict[str, Any] = {"b": {"c": 3}, "rules": {"x": {"p": 5}}}
    assert overlaid(wanted, there) == {"a": 1, "b": {"c": 3, "d": 2}, "rules": {"x": {"p": 5, "q": 2}}}
