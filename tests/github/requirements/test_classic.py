"""Classic protections: the values, their places, and what silence means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.finding import Location
from gates.github.requirement import Protection, RequiredContext, Setting
from gates.github.requirements import read
from tests.github.requirements.bodies import ACTIONS, answer, protection, put

PATH = "branch-protection/main.json"
SETTINGS = (
    "strict",
    "force_pushes",
    "deletions",
    "approvals",
    "code_owner_reviews",
    "dismiss_stale_reviews",
    "last_push_approval",
    "conversations",
    "linear_history",
    "signatures",
)


def values(found: Protection) -> dict[str, Any]:
    said = {name: getattr(found, name) for name in SETTINGS}
    return {name: None if setting is None else setting.value for name, setting in said.items()}


ALL = dict.fromkeys(SETTINGS, True) | {"force_pushes": False, "deletions": False, "approvals": 1}


@pytest.mark.parametrize("body", [put(), answer()])
def test_body_and_answer_say_the_same(body: dict[str, Any]) -> None:
    found = protection(body)
    assert values(found) == ALL
    assert found.whole
    assert found.exempt == ()
    assert found.enforcement is None
    assert [(context.name, context.app, context.listed) for context in found.contexts] == [("test", ACTIONS, "checks")]


def test_silence_of_a_whole_body_is_off() -> None:
    found = protection(
        {"required_status_checks": None, "enforce_admins": None, "required_pull_request_reviews": None, "restrictions": None}
    )
    assert found.whole
    assert values(found) == dict.fromkeys(SETTINGS) | {"force_pushes": False, "deletions": False, "approvals": 0}
    assert [who.value for who in found.exempt] == ["administrators"]
    assert found.checks_location == Location(PATH, 2, 3, 2, 27)


def test_nothing_follows_from_the_silence_of_a_fragment() -> None:
    found = protection({"required_status_checks": {"checks": [{"context": "test"}]}})
    assert not found.whole
    assert values(found) == dict.fromkeys(SETTINGS)
    assert found.exempt == ()


def test_body_without_restrictions_is_whole() -> None:
    assert protection(put(restrictions=...)).whole
    assert not protection(put(enforce_admins=...)).whole


def test_answer_is_whole_whatever_it_leaves_out() -> None:
    found = protection({"url": "https://api.github.com/repos/o/r/branches/main/protection", "enforce_admins": {"enabled": True}})
    assert found.whole
    assert found.approvals is None


@pytest.mark.parametrize(("value", "allowed"), [(True, True), (False, False), (None, False), (..., False)])
def test_force_pushes(value: Any, allowed: bool) -> None:
    setting = protection(put(allow_force_pushes=value)).force_pushes
    assert setting is not None
    assert setting.value is allowed


@pytest.mark.parametrize(("value", "allowed"), [(True, True), (False, False), (..., False)])
def test_deletions(value: Any, allowed: bool) -> None:
    setting = protection(put(allow_deletions=value)).deletions
    assert setting is not None
    assert setting.value is allowed


def test_asking_for_reviews_asks_for_one() -> None:
    found = protection(put(required_pull_request_reviews={}))
    assert (found.approvals and found.approvals.value, found.code_owner_reviews and found.code_owner_reviews.value) == (1, False)


def test_both_lists_of_contexts_are_kept_in_the_order_of_the_file() -> None:
    found = protection(
        put(
            required_status_checks={
                "strict": False,
                "contexts": ["a"],
                "checks": [{"context": "b", "app_id": -1}, {"context": "c", "app_id": None}],
            }
        )
    )
    assert [(each.name, each.app, each.listed) for each in found.contexts] == [
        ("a", None, "contexts"),
        ("b", -1, "checks"),
        ("c", None, "checks"),
    ]


@pytest.mark.parametrize(
    ("allowances", "words"),
    [
        ({"users": ["mona"], "teams": ["ops"], "apps": ["bot"]}, ["user mona, in reviews", "team ops, in reviews", "app bot, in reviews"]),
        ({"users": [{"login": "mona", "id": 7}]}, ["user mona, in reviews"]),
        ({"users": [], "teams": [], "apps": []}, []),
        (None, []),
    ],
)
def test_who_may_pass_reviews(allowances: Any, words: list[str]) -> None:
    found = protection(put(required_pull_request_reviews={"bypass_pull_request_allowances": allowances}))
    assert [who.value for who in found.exempt] == words


def test_every_value_has_its_place() -> None:
    text = """{
  "required_status_checks": {"strict": true, "contexts": ["t\\u00e9st", "b"]},
  "enforce_admins": false,
  "required_pull_request_reviews": null,
  "restrictions": null,
  "allow_force_pushes": true
}"""
    (found,) = read(text.encode(), PATH, {})
    assert found.location == Location(PATH, 1, 1)
    assert found.checks_location == Location(PATH, 2, 3, 2, 27)
    assert found.strict == Setting(True, Location(PATH, 2, 30, 2, 38))
    assert found.contexts == (
        RequiredContext("tést", Location(PATH, 2, 59, 2, 70), None, "contexts"),
        RequiredContext("b", Location(PATH, 2, 72, 2, 75), None, "contexts"),
    )
    assert found.exempt == (Setting("administrators", Location(PATH, 3, 3, 3, 19)),)
    assert found.approvals == Setting(0, Location(PATH, 4, 3, 4, 34))
    assert found.force_pushes == Setting(True, Location(PATH, 6, 3, 6, 23))
    assert found.deletions == Setting(False, Location(PATH, 1, 1))


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)


@given(st.lists(NAMES, max_size=4), st.sampled_from([None, 2]), st.booleans())
def test_names_are_kept_to_the_letter_and_found_again_at_their_place(names: list[str], indent: int | None, escaped: bool) -> None:
    text = json.dumps(put(required_status_checks={"strict": True, "contexts": names}), indent=indent, ensure_ascii=escaped)
    (found,) = read(text.encode(), PATH, {})
    assert [context.name for context in found.contexts] == names
    lines = text.split("\n")
    for context in found.contexts:
        at = context.location
        assert at.line == at.end_line
        assert json.loads(lines[at.line - 1][at.column - 1 : at.end_column - 1]) == context.name


def test_places_are_right_with_a_byte_order_mark_and_carriage_returns() -> None:
    text = '\ufeff{"required_status_checks":\r\n {"strict": true, "contexts": ["a"]}}'
    (found,) = read(text.encode(), PATH, {})
    assert found.checks_location == Location(PATH, 1, 2, 1, 26)
    assert found.contexts[0].location == Location(PATH, 2, 32, 2, 35)
