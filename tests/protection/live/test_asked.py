from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import DocumentError
from gates.github.requirement import ANY_APP
from gates.protection.live import asked, classic_form, ruleset_form
from gates.protection.live.form_parts import Malformed
from tests.protection.live.support import MAIN, RULESET, protection, protections, ruleset


def test_a_classic_body_is_about_the_branch_that_its_path_names() -> None:
    assert protection(path="branch-protection/main.json").name == "main"
    assert protection(path=".github/branch-protection/release/1.x.json").name == "release/1.x"
    assert protection({**MAIN, "branch": "refs/heads/dev"}).name == "dev"
    assert protection({**MAIN, "url": "https://api.github.com/repos/a/b/branches/release%2F2/protection"}).name == "release/2"
    assert protection({"branch": "dev", "protection": MAIN}).name == "dev"
    assert [each.name for each in protections({"main": MAIN, "develop": MAIN})] == ["main", "develop"]
    (named,) = asked.read(json.dumps(MAIN).encode(), "branch-protection/x.json", {"branch-protection/x.json": "main"})
    assert named.name == "main"


def test_a_ruleset_is_known_wherever_it_lies() -> None:
    assert (ruleset().kind, ruleset().name) == ("ruleset", "main")
    assert protection(RULESET).kind == "ruleset"
    assert [each.name for each in protections([RULESET, {**RULESET, "name": "other"}])] == ["main", "other"]


def test_which_files_are_read() -> None:
    good = ("branch-protection/main.json", ".github/branch-protection/release/beta/1.json", ".github/rulesets/a.json")
    assert all(map(asked.is_asked, good))
    assert not any(map(asked.is_asked, ("branch-protection/gitlab.json", "branch-protection/main.yml", "x/branch-protection/main.json")))


def test_a_saved_answer_and_the_body_have_one_form() -> None:
    answer = {
        "url": "https://api.github.com/repos/a/b/branches/main/protection",
        "required_status_checks": {
            "url": "x",
            "strict": True,
            "contexts": ["lint", "test"],
            "checks": [{"context": "lint", "app_id": 15368}, {"context": "test", "app_id": None}],
        },
        "enforce_admins": {"url": "x", "enabled": True},
        "allow_deletions": {"enabled": False},
        "restrictions": {"url": "x", "users": [{"login": "Mona"}], "teams": [{"slug": "core"}], "apps": [{"slug": "bot"}]},
    }
    body = {
        "required_status_checks": {"strict": True, "contexts": ["test"], "checks": [{"context": "lint", "app_id": 15368}]},
        "enforce_admins": True,
        "allow_deletions": False,
        "restrictions": {"users": ["mona"], "teams": ["core"], "apps": ["bot"]},
    }
    assert classic_form.form_of(answer) == classic_form.form_of(body)


def test_only_what_the_file_says_is_in_its_form() -> None:
    assert protection({"allow_deletions": False, "_why": "x", "$schema": "y"}).form == {"allow_deletions": False}
    assert set(ruleset({"name": "x", "rules": []}).form) == {"name", "rules"}


def test_what_is_live_says_all() -> None:
    live = classic_form.live_form({"url": "x", "required_status_checks": {"contexts": ["a"], "checks": [{"context": "a", "app_id": None}]}})
    assert live["required_status_checks"] == {"strict": False, "checks": (("a", ANY_APP),)}
    assert live["allow_force_pushes"] is False
    assert live["restrictions"] is None
    old = classic_form.live_form({"url": "x", "required_status_checks": {"strict": True, "contexts": ["a"]}})
    assert old["required_status_checks"] == {"strict": True, "checks": (("a", None),)}


def test_a_setting_that_is_not_known_yet_is_kept_of_what_is_live() -> None:
    assert classic_form.live_form({"url": "x", "required_quietness": {"enabled": True}})["required_quietness"] is True


@pytest.mark.parametrize(
    ("document", "line", "says"),
    [
        ([], 1, "is no protection"),
        ("x", 1, "is no protection"),
        ({}, 1, "is no protection"),
        ({"main": 1}, 1, "is no protection"),
        ({"enforce_admins": True, "allow_force_push": True}, 3, "is no setting that GitHub knows here"),
        ({"enforce_admins": "yes"}, 2, "is neither true nor false"),
        ({"required_status_checks": ["a"]}, 2, "is no table"),
        ({"required_status_checks": {"strict": True, "checks": ["a"]}}, 4, "is no list of"),
        ({"required_status_checks": {"checks": [{"context": "a", "app_id": True}]}}, 3, "is no list of"),
        ({"required_status_checks": {"contexts": [1]}}, 3, "is no list of names"),
        ({"required_pull_request_reviews": {"required_approving_review_count": "2"}}, 3, "is no whole number"),
        ({"required_pull_request_reviews": {"require_codeowner_reviews": True}}, 3, "is no setting"),
        ({"required_pull_request_reviews": {"dismissal_restrictions": {"people": []}}}, 4, "is no setting"),
        ({"restrictions": {"users": [1]}}, 3, "is no list of names"),
        ({"rules": []}, 1, "is missing: a ruleset is known by its name"),
        ({"name": "x", "rules": [{"type": "deletion"}, {"type": "deletion"}]}, 4, "stands there twice"),
        ({"name": "x", "rules": [{}]}, 3, "a rule without a type"),
        ({"name": "x", "rules": [], "bypass": []}, 4, "is no setting"),
        ({"name": "x", "rules": [], "source_type": "Organization"}, 4, "is not the repository's own"),
        ({"name": "x", "rules": [], "bypass_actors": [{"actor_id": "1", "actor_type": "Team"}]}, 4, "an id that is no number"),
        ({"branch": "x", "protection": MAIN, "surplus": 1}, 1, "unknown key 'surplus'"),
        ([{"type": "deletion"}], 2, "is no protection"),
    ],
)
def test_what_cannot_be_applied_is_refused_with_its_line(document: object, line: int, says: str) -> None:
    with pytest.raises(DocumentError) as failure:
        protections(document)
    assert says in failure.value.message
    assert failure.value.line == line


def test_each_key_has_its_place() -> None:
    found = protection()
    lines = json.dumps(MAIN, indent=2).splitlines()
    for key, text in {
        ("enforce_admins",): '"enforce_admins"',
        ("required_status_checks", "checks", "test"): '"checks"',
        ("required_pull_request_reviews", "required_approving_review_count"): '"required_approving_review_count"',
        ("required_linear_history",): "{",
    }.items():
        place = found.location(key)
        assert (place.path, place.column > 0) == ("branch-protection/main.json", True)
        if key[-1] != "test":
            assert text in lines[place.line - 1]
    rule = ruleset().location(("rules", "pull_request", "require_code_owner_review"))
    assert '"require_code_owner_review"' in json.dumps(RULESET, indent=2).splitlines()[rule.line - 1]


def test_the_branches_of_a_ruleset() -> None:
    def about(include: list[str], exclude: list[str], branch: str) -> bool:
        names = {"include": include, "exclude": exclude}
        return ruleset({**RULESET, "conditions": {"ref_name": names}}).covers(branch, lambda: "main")

    assert about(["~DEFAULT_BRANCH"], [], "main")
    assert not about(["~DEFAULT_BRANCH"], [], "dev")
    assert about(["refs/heads/release/*"], [], "release/1")
    assert not about(["refs/heads/release/*"], [], "release/1/x")
    assert about(["refs/heads/**/*"], [], "release/1/x")
    assert about(["refs/heads/v[0-9]"], [], "v7")
    assert not about(["~ALL"], ["refs/heads/dev*"], "develop")
    assert not ruleset({**RULESET, "target": "tag"}).covers("main", lambda: "main")
    assert ruleset().branches() == ("~DEFAULT_BRANCH",)
    some = {"ref_name": {"include": ["refs/heads/a", "refs/heads/b*"], "exclude": []}}
    assert ruleset({**RULESET, "conditions": some}).branches() == ("a",)


def test_a_body_of_a_ruleset_is_what_the_file_holds() -> None:
    sent = ruleset_form.body_of(ruleset().form)
    assert ruleset_form.form_of(sent) == ruleset().form
    assert sent["name"] == "main"


KEYS = (*classic_form.KEYS, *ruleset_form.KEYS, "strict", "contexts", "checks", "context", "app_id", "type", "parameters", "enabled")
settings: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(settings)
def test_any_json_is_a_protection_or_an_error(document: object) -> None:
    found = []
    with suppress(DocumentError):
        found = protections(document)
    for each in found:
        each.contexts()
        each.branches()
        if each.kind == "classic":
            body = classic_form.put_body(each.form, {})
            assert {"required_status_checks", "enforce_admins", "required_pull_request_reviews", "restrictions"} <= set(body)
        else:
            assert ruleset_form.form_of(ruleset_form.body_of(each.form)) == each.form


@given(settings)
def test_any_answer_has_a_form_or_is_malformed(document: object) -> None:
    for form in (classic_form.live_form, ruleset_form.live_form):
        with suppress(Malformed):
            form(document if isinstance(document, dict) else {})
