"""Which files are read, how their forms are told apart, and which branch they are about."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import DocumentError
from gates.github.requirements import is_protection, read
from tests.github.requirements.bodies import answer, protection, protections, put, ruleset


@pytest.mark.parametrize(
    "path",
    [
        "branch-protection/main.json",
        ".github/branch-protection/main.json",
        ".github/branch-protection/release/1.x.json",
        ".github/rulesets/everything.json",
        "branch-protection/releases/beta/3.json",
        ".github/branch-protection/a/b/c.json",
        ".asf.yaml",
        ".github/settings.yml",
        ".github/settings.yaml",
        ".github/branch-protection.json",
        "branch-protection.json",
    ],
)
def test_reads_protection(path: str) -> None:
    assert is_protection(path)


@pytest.mark.parametrize(
    "path",
    [
        "branch-protection/gitlab.json",
        "branch-protection/README.md",
        "docs/branch-protection/main.json",
        ".github/rulesets.json",
        "settings.yml",
        ".github/.asf.yaml",
        "branch-protection",
    ],
)
def test_leaves_alone(path: str) -> None:
    assert not is_protection(path)


@pytest.mark.parametrize("folder", ["branch-protection", ".github/branch-protection", ".github/rulesets"])
def test_form_is_told_by_its_shape_whatever_the_folder(folder: str) -> None:
    assert protection(put(), f"{folder}/main.json").kind == "classic"
    assert protection(ruleset(), f"{folder}/main.json").kind == "ruleset"


@pytest.mark.parametrize(
    ("body", "path", "branch"),
    [
        (put(), "branch-protection/main.json", "main"),
        (put(), ".github/branch-protection/release/1.x.json", "release/1.x"),
        (put(), "branch-protection/releases/beta/3.json", "releases/beta/3"),
        (put(), "branch-protection/release%2F1.x.json", "release/1.x"),
        (put(), "branch-protection/half%2foff%25.json", "half/off%25"),
        (put(), ".github/rulesets/release-1.x.json", "release-1.x"),
        (put(), ".github/branch-protection.json", "~DEFAULT_BRANCH"),
        (put(branch="develop"), "branch-protection/main.json", "develop"),
        ({"branch": "develop", "protection": put()}, "branch-protection/main.json", "develop"),
        ({"protection": put()}, "branch-protection/main.json", "main"),
        (answer("develop"), "branch-protection/main.json", "develop"),
        (answer("release%2F1.x"), "branch-protection/main.json", "release/1.x"),
        (put(name="develop"), "branch-protection/main.json", "develop"),
        (put(branch="refs/heads/develop"), "branch-protection/main.json", "develop"),
    ],
)
def test_branch_of_a_classic_body(body: object, path: str, branch: str) -> None:
    assert protection(body, path).include == (branch,)


@pytest.mark.parametrize("body", [put(), put(branch="develop"), answer("develop"), {"branch": "develop", "protection": put()}])
def test_policy_says_the_branch_before_all_else(body: object) -> None:
    (found,) = read(json.dumps(body).encode(), "branch-protection/main.json", {"branch-protection/main.json": "trunk"})
    assert found.include == ("trunk",)


def test_table_of_branches_holds_a_whole_body_for_each() -> None:
    main, develop = protections({"_comment": "both", "main": put(), "develop": put(enforce_admins=False)}, "branch-protection/all.json")
    assert (main.include, develop.include) == (("main",), ("develop",))
    assert main.kind == develop.kind == "settings"
    assert main.whole
    assert develop.whole
    assert develop.label == "branch 'develop' in branch-protection/all.json"


def test_comments_say_nothing() -> None:
    comments = {"_comment": "applied by a script", "$schema": "https://example.org/schema.json", "//": "…"}
    assert protection(put(**comments)).contexts == protection(put()).contexts
    assert protection(ruleset(**comments)).include == protection(ruleset()).include


@pytest.mark.parametrize(
    ("body", "line", "says"),
    [
        ({"required_status_checks": ["test"], "enforce_admins": True}, 2, "must be a table with 'strict' and 'checks', not a list"),
        (put(allow_force_push=False), 25, "unknown key 'allow_force_push' in a branch protection; did you mean 'allow_force_pushes'?"),
        (put(required_status_checks={"strict": True, "always": ["a"]}), 4, "unknown key 'always'"),
        ({"branch": "main", "github_branch_protection": put()}, 2, "unknown key 'branch'"),
        ({"protect": True}, 2, "unknown key 'protect'; a classic protection has"),
        ({"branch": "main", "protection": put(), "remarks": []}, 28, "unknown key 'remarks'"),
        ({}, 1, "protects nothing"),
        ({"_comment": "later"}, 1, "protects nothing"),
        ([], 1, "a list must hold rulesets"),
        ([1], 1, "a list must hold rulesets"),
        ("main", 1, "must be a table"),
        (None, 1, "must be a table"),
        (put(rules=[]), 1, "mixes a classic protection with a ruleset"),
        (put(branch=1), 25, "'branch' must be a text"),
        (put(allow_deletions=None), 0, "'allow_deletions' must be true or false"),
        (put(enforce_admins="yes"), 0, "'enforce_admins' must be true or false"),
        (put(enforce_admins={"on": True}), 0, "unknown key 'on'"),
        (put(enforce_admins={}), 0, "'enabled' is missing"),
        (put(lock_branch="no"), 0, "'lock_branch' must be true or false"),
        (put(restrictions={"users": "mona"}), 0, "'users' must be a list"),
        (put(restrictions={"people": []}), 0, "unknown key 'people'"),
        (put(restrictions=[]), 0, "'restrictions' must be a table"),
        (put(required_status_checks={"strict": True, "contexts": "test"}), 0, "'contexts' must be a list"),
        (put(required_status_checks={"strict": True, "contexts": [""]}), 0, "the name of a required check must be a text"),
        (put(required_status_checks={"strict": True, "checks": ["test"]}), 0, "a required check must be a table"),
        (put(required_status_checks={"strict": True, "checks": [{"app_id": 1}]}), 0, "'context' is missing"),
        (put(required_status_checks={"strict": True, "checks": [{"context": "a", "app_id": "1"}]}), 0, "must be the number of an app"),
        (put(required_status_checks={"strict": True, "checks": [{"context": "a", "app_id": True}]}), 0, "must be the number of an app"),
        (put(required_pull_request_reviews={"required_approving_review_count": True}), 0, "a whole number from 0 to 10"),
        (put(required_pull_request_reviews={"required_approving_review_count": -1}), 0, "a whole number from 0 to 10"),
        (put(required_pull_request_reviews={"require_code_owner_review": True}), 0, "did you mean 'require_code_owner_reviews'?"),
        (put(name="how main is protected"), 0, "'name' must be a branch"),
        ([{"type": "deletion", "ruleset_id": [1]}], 0, "'ruleset_id' must be a text or a number"),
        (put(enabled=False), 0, "the branch is not protected"),
    ],
)
def test_refuses_what_it_does_not_know(body: object, line: int, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        protections(body)
    assert says in caught.value.message
    assert caught.value.path == "branch-protection/main.json"
    assert caught.value.line == line or (line == 0 and caught.value.line > 0)


def test_refuses_two_keys_of_one_name() -> None:
    with pytest.raises(DocumentError, match="duplicate key"):
        read(b'{"enforce_admins": true, "enforce_admins": false}', "branch-protection/main.json", {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 20) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*put(), *ruleset(), "main", "type", "context", "url", "name", "ruleset_id"]), inner, max_size=5)
    ),
    max_leaves=15,
)


@given(JSON)
def test_any_document_is_read_or_refused(body: object) -> None:
    line = 1
    try:
        found = protections(body)
    except DocumentError as refused:
        found, line = [], refused.line
    assert line
    assert all(each.location.line for each in found)


@given(JSON, st.sampled_from([".asf.yaml", ".github/settings.yml"]))
def test_any_yaml_is_read_or_refused(body: object, path: str) -> None:
    wrapped = (
        {"github": {"protected_branches": {"main": body}, "rulesets": [body]}}
        if path == ".asf.yaml"
        else {"branches": [{"name": "main", "protection": body}], "rulesets": [body]}
    )
    line = 1
    try:
        read(json.dumps(wrapped).encode(), path, {})
    except DocumentError as refused:
        line = refused.line
    assert line
