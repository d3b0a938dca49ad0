"""`.asf.yaml` and `.github/settings.yml`."""

from __future__ import annotations

import pytest

from gates.core.documents import DocumentError
from gates.core.finding import Location
from gates.github.requirement import Protection
from gates.github.requirements import read
from tests.github.requirements.test_classic import ALL, SETTINGS, values

ASF = ".asf.yaml"
SETTINGS_FILE = ".github/settings.yml"


def asf(text: str) -> list[Protection]:
    return read(text.encode(), ASF, {})


def settings(text: str) -> list[Protection]:
    return read(text.encode(), SETTINGS_FILE, {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "notifications: {}\n",
        "github:\n",
        "github:\n  labels: [a]\n",
        "github:\n  protected_branches: ~\n  rulesets: ~\n",
    ],
)
def test_asf_that_protects_nothing(text: str) -> None:
    assert asf(text) == []


def test_asf_branch() -> None:
    (found,) = asf("""
github:
  protected_branches:
    main:
      required_status_checks:
        strict: yes
        contexts:
          - unit-tests
          - "Helm tests"
        checks:
          - context: site
            app_id: 15368
      required_pull_request_reviews:
        required_approving_review_count: 2
        require_code_owner_reviews: false
      required_linear_history: true
""")
    assert (found.kind, found.include, found.whole, found.label) == ("asf", ("main",), False, "branch 'main' in .asf.yaml")
    assert [(each.name, each.app, each.listed) for each in found.contexts] == [
        ("unit-tests", -1, "contexts"),
        ("Helm tests", -1, "contexts"),
        ("site", 15368, "checks"),
    ]
    assert [each.location for each in found.contexts] == [
        Location(ASF, 8, 13, 8, 23),
        Location(ASF, 9, 13, 9, 25),
        Location(ASF, 11, 22, 11, 26),
    ]
    assert found.location == Location(ASF, 4, 5, 4, 9)
    assert values(found) == dict.fromkeys(SETTINGS) | {
        "strict": True,
        "approvals": 2,
        "code_owner_reviews": False,
        "linear_history": True,
        "force_pushes": False,
    }


def test_places_of_yaml_texts_however_they_are_quoted() -> None:
    (found,) = asf("""
github:
  protected_branches:
    "main":
      required_status_checks:
        contexts: ['it''s', "a\\"b", plain text, &x anchored, *x]
""")
    assert [(each.name, each.location.column, each.location.end_column) for each in found.contexts] == [
        ("it's", 20, 27),
        ('a"b', 29, 35),
        ("plain text", 37, 47),
        ("anchored", 49, 0),
        ("anchored", 62, 0),
    ]


def test_asf_minimal_branch_blocks_force_pushes_and_says_nothing_else() -> None:
    (found,) = asf("github:\n  protected_branches:\n    main: {}\n    old: ~\n")
    assert values(found) == dict.fromkeys(SETTINGS) | {"force_pushes": False}
    assert not found.whole


def test_asf_reviews_without_a_number_ask_for_none() -> None:
    (found,) = asf("github:\n  protected_branches:\n    main:\n      required_pull_request_reviews: {dismiss_stale_reviews: true}\n")
    assert found.approvals
    assert found.approvals.value == 0


@pytest.mark.parametrize(
    ("expression", "pattern"),
    [
        ("feature/.*", "feature/**/*"),
        ("release/v\\d+\\.\\d+", "release/v*.*"),
        ("users/[^/]+/fix", "users/*/fix"),
        ("^branch-\\d\\.x$", "branch-?.x"),
        (".*", "**/*"),
    ],
)
def test_asf_pattern(expression: str, pattern: str) -> None:
    main, found = asf(f"github:\n  protected_branches:\n    main: {{}}\n    some:\n      pattern: '{expression}'\n")
    assert main.exclude == ()
    assert (found.include, found.exclude) == ((pattern,), ("main",))


def test_asf_pattern_that_cannot_be_told_is_refused() -> None:
    with pytest.raises(DocumentError, match="cannot be told") as caught:
        asf("github:\n  protected_branches:\n    some:\n      pattern: '(a|b)'\n")
    assert caught.value.line == 4


def test_asf_ruleset() -> None:
    (found,) = asf("""
github:
  rulesets:
    - name: "Default Branch Protection"
      type: branch
      branches:
        includes: ["~DEFAULT_BRANCH", "release/*"]
        excludes: [refs/heads/release/old]
      bypass_teams: [root]
      required_signatures: true
      required_linear_history: true
      required_conversation_resolution: true
      required_pull_request_reviews:
        dismiss_stale_reviews: true
        require_last_push_approval: true
        require_code_owner_reviews: true
        required_approving_review_count: 1
      required_status_checks_strict: true
      required_status_checks:
        - plain
        - name: build
          app_slug: github-actions
        - context: codeql
          app_slug: github-advanced-security
        - name: any
          app_slug: -1
    - name: Release tags
      type: tag
""")
    assert values(found) == ALL
    assert (found.kind, found.whole) == ("ruleset", True)
    assert (found.include, found.exclude) == (("~DEFAULT_BRANCH", "release/*"), ("release/old",))
    assert [(each.name, each.app) for each in found.contexts] == [("plain", -1), ("build", 15368), ("codeql", 0), ("any", -1)]
    assert [who.value for who in found.exempt] == ["team root, always"]


def test_asf_ruleset_restricts_by_default_and_only_then() -> None:
    default, loose = asf(
        "github:\n  rulesets:\n    - name: a\n    - name: b\n      restrict_deletion: false\n      restrict_force_push: false\n"
    )
    assert default.include == ("~DEFAULT_BRANCH",)
    assert default.force_pushes
    assert default.deletions
    assert (loose.force_pushes, loose.deletions) == (None, None)


def test_asf_ruleset_with_checks_as_a_table() -> None:
    (found,) = asf("""
github:
  rulesets:
    - name: a
      required_status_checks: {strict: true, contexts: [x], checks: [{context: y, app_id: 5}]}
""")
    assert [(each.name, each.app) for each in found.contexts] == [("x", -1), ("y", 5)]
    assert found.strict
    assert found.strict.value


def test_asf_ruleset_as_the_api_takes_it() -> None:
    (found,) = asf(
        "github:\n  rulesets:\n    - name: a\n      conditions: {ref_name: {include: [main]}}\n      rules: [{type: deletion}]\n"
    )
    assert found.include == ("main",)
    assert found.enforcement
    assert found.enforcement.value == "active"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("github:\n  protected_branches:\n    main:\n      enforce_admins: true\n", 4),
        ("github:\n  protected_branches:\n    main: true\n", 3),
        ("github:\n  protected_branches: [main]\n", 2),
        ("github:\n  rulesets:\n    - type: branch\n", 3),
        ("github:\n  rulesets:\n    - name: a\n      type: push\n", 4),
        ("github:\n  rulesets:\n    - name: a\n      deletion: true\n", 4),
        ("github: [", 1),
    ],
)
def test_asf_refuses(text: str, line: int) -> None:
    with pytest.raises(DocumentError) as caught:
        asf(text)
    assert caught.value.line >= line


@pytest.mark.parametrize("text", ["", "repository:\n  name: shop\n", "branches:\n", "branches: []\n"])
def test_settings_that_protect_nothing(text: str) -> None:
    assert settings(text) == []


def test_settings_branch() -> None:
    (found,) = settings("""
repository: {name: shop}
branches:
  - name: main
    protection:
      required_pull_request_reviews:
        required_approving_review_count: 1
        require_code_owner_reviews: true
      required_status_checks:
        strict: true
        contexts: []
        checks:
          - context: test
          - lint
      enforce_admins: false
      restrictions: null
""")
    assert (found.kind, found.include, found.whole) == ("settings", ("main",), False)
    assert values(found) == dict.fromkeys(SETTINGS) | {"strict": True, "approvals": 1, "code_owner_reviews": True}
    assert [each.name for each in found.contexts] == ["test", "lint"]
    assert [who.value for who in found.exempt] == ["administrators"]


def test_settings_default_branch_of_safe_settings() -> None:
    (found,) = settings("branches:\n  - name: default\n    protection: {enforce_admins: true}\n")
    assert found.include == ("~DEFAULT_BRANCH",)


@pytest.mark.parametrize("nothing", ["null", "{}"])
def test_settings_that_remove_the_protection_say_that_all_is_off(nothing: str) -> None:
    (found,) = settings(f"branches:\n  - name: main\n    protection: {nothing}\n")
    assert found.whole
    assert values(found) == dict.fromkeys(SETTINGS)


def test_settings_that_leave_the_checks_to_others_say_nothing_of_them() -> None:
    (found,) = settings("""
branches:
  - name: main
    protection:
      required_status_checks: {strict: true, contexts: ["{{EXTERNALLY_DEFINED}}"]}
""")
    assert (found.contexts, found.checks_location, found.whole) == ((), None, False)


def test_settings_rulesets() -> None:
    (found,) = settings("""
rulesets:
  - name: main
    target: branch
    enforcement: active
    bypass_actors: []
    conditions: {ref_name: {include: ["~DEFAULT_BRANCH"], exclude: []}}
    rules: [{type: deletion}]
""")
    assert (found.kind, found.label) == ("ruleset", "ruleset 'main' in .github/settings.yml")


@pytest.mark.parametrize(
    "text",
    [
        "branches:\n  - protection: {}\n",
        "branches:\n  - name: main\n",
        "branches:\n  - name: main\n    protection: {allow_deletion: false}\n",
        "branches:\n  - name: main\n    protections: {}\n",
        "branches: main\n",
        "- main\n",
    ],
)
def test_settings_refuse(text: str) -> None:
    with pytest.raises(DocumentError):
        settings(text)
