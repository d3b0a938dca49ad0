"""codeowners-missing and codeowners-gap, each failing and passing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gates.core.finding import Finding, Location, Severity
from gates.github.requirement import Protection, Setting
from gates.protection.ownership import judge
from gates.protection.rules.ownership import GAP, MISSING

HERE = Location("branch-protection/main.json", 7, 5)
WORKFLOW = ".github/workflows/ci.yml"
OWNED = "* @team\n"


def protection(asks: bool | None = True, enforcement: str | None = None, **changes: object) -> Protection:
    return Protection(
        kind="classic",
        location=Location("branch-protection/main.json", 1, 1),
        label="branch-protection/main.json",
        include=("main",),
        exclude=(),
        whole=True,
        contexts=(),
        checks_location=None,
        enforcement=None if enforcement is None else Setting(enforcement, HERE),
        code_owner_reviews=None if asks is None else Setting(asks, HERE),
    )._replace(**changes)


def judged(codeowners: str | None, *files: str, place: str = ".github/CODEOWNERS", by: Protection | None = None) -> list[Finding]:
    there: Mapping[str, bytes] = {} if codeowners is None else {place: codeowners.encode()}
    return list(judge([*files, *there], there.get, [by or protection()]))


def test_a_review_that_is_required_of_nobody() -> None:
    (found,) = judged(None, WORKFLOW)
    assert (found.rule, found.location, found.subject, found.severity) == (MISSING, HERE, "CODEOWNERS", Severity.HIGH)
    assert found.data == {"context": "", "branch": "main", "emitters": [], "hint": "add .github/CODEOWNERS"}


def test_in_forms_with_several_branches_the_subject_names_the_branch() -> None:
    (found,) = judged(None, by=protection(kind="ruleset"))
    assert found.subject == "main: CODEOWNERS"


def test_a_file_that_github_does_not_load_is_missing() -> None:
    (found,) = judged("#" * 3_000_000, WORKFLOW)
    assert found.rule == MISSING
    assert "3 MB" in found.message


@pytest.mark.parametrize("by", [protection(False), protection(None), protection(True, "disabled"), protection(True, "evaluate")])
def test_where_no_branch_asks_a_missing_file_is_no_finding_and_a_gap_a_note(by: Protection) -> None:
    assert not judged(None, WORKFLOW, by=by)
    assert {found.severity for found in judged("/docs/ @team\nnonsense nobody\n", WORKFLOW, by=by)} == {Severity.INFO}


def test_a_file_that_owns_everything_has_no_gap() -> None:
    files = (
        WORKFLOW,
        "branch-protection/main.json",
        "security/gates.toml",
        ".pre-commit-config.yaml",
        ".claude/settings.json",
        ".asf.yaml",
    )
    assert not judged(OWNED, *files)
    assert not judged(
        "/.github/ @t\n/branch-protection/ @t\n/security/ @t\n/.claude/ @t\n/.pre-commit-config.yaml @t\n.asf.yaml @t\n", *files
    )


def test_nothing_that_decides_but_the_file_itself() -> None:
    assert not judged("/.github/CODEOWNERS @team\n", "README.md", "src/security/x.py")


@pytest.mark.parametrize(
    ("path", "group"),
    [
        (WORKFLOW, "workflows"),
        (".github/workflows/ci.yaml", "workflows"),
        ("branch-protection/main.json", "protection files"),
        (".github/branch-protection/main.json", "protection files"),
        (".github/rulesets/main.json", "protection files"),
        (".asf.yaml", "protection files"),
        (".github/settings.yml", "protection files"),
        ("security/a/b.toml", "security policy"),
        (".github/security/pip-audit-ignore.txt", "security policy"),
        (".pre-commit-config.yaml", "hooks"),
        (".claude/hooks/guard.sh", "hooks"),
        (".husky/pre-commit", "hooks"),
        ("lefthook.yml", "hooks"),
        (".config/lefthook.toml", "hooks"),
    ],
)
def test_each_kind_of_deciding_file_has_its_gap(path: str, group: str) -> None:
    (found,) = judged(f"{OWNED}/{path}\n", path)
    assert (found.rule, found.subject, found.severity) == (GAP, group, Severity.HIGH)
    assert found.location == Location(".github/CODEOWNERS", 2)
    assert path in found.message
    assert "line 2" in found.message


def test_one_finding_for_a_group_names_the_first_and_how_many_more() -> None:
    (found,) = judged("/.github/CODEOWNERS @team\n", ".github/workflows/b.yml", WORKFLOW, ".github/workflows/a.yml")
    assert found.message.startswith(".github/workflows/a.yml has no code owner, nor have 2 more of the workflows")
    assert found.location == Location(".github/CODEOWNERS")
    assert found.data["hint"] == "/.github/workflows/ @owner"


@pytest.mark.parametrize(
    "line", ["/.github/workflows/ci.yml @team", "/.github/workflows/*.yml @team", "/.github/workflows/c* @team", "*.yml @team"]
)
def test_a_workflow_yet_to_come_must_be_owned_too(line: str) -> None:
    (found,) = judged(f"/.github/CODEOWNERS @team\n{line}\n", WORKFLOW)
    assert found.subject == "workflows"
    assert "a new file in .github/workflows/" in found.message


def test_beside_a_file_that_stands_alone_nothing_is_asked() -> None:
    assert not judged("/.github/CODEOWNERS @team\n/.pre-commit-config.yaml @team\n", ".pre-commit-config.yaml", "README.md")


def test_a_hint_names_the_file_alone_where_it_stands_alone() -> None:
    (found,) = judged("/.github/CODEOWNERS @team\n", ".github/settings.yml")
    assert found.data["hint"] == "/.github/settings.yml @owner"


def test_the_file_itself_must_be_owned() -> None:
    (found,) = judged("/src/ @team\n")
    assert found.subject == "CODEOWNERS"
    assert found.data["hint"] == "/.github/CODEOWNERS @owner"


@pytest.mark.parametrize(("place", "open_to"), [("CODEOWNERS", ".github/CODEOWNERS"), ("docs/CODEOWNERS", ".github/CODEOWNERS")])
def test_a_place_that_is_looked_at_earlier_must_be_owned_too(place: str, open_to: str) -> None:
    (found,) = judged(f"/{place} @team\n", place=place)
    assert found.message.startswith(f"{open_to} would have no code owner")
    assert not judged("CODEOWNERS @team\n", place=place)


def test_a_skipped_line_is_named_and_opens_a_gap_where_it_alone_owned() -> None:
    found = judged("/.github/CODEOWNERS @team\n/security/ nobody\n", "security/gates.toml")
    assert [(one.subject, one.severity) for one in found] == [
        ("security policy", Severity.HIGH),
        ("line '/security/ nobody'", Severity.MEDIUM),
    ]
    assert found[1].location == Location(".github/CODEOWNERS", 2)


def test_two_skipped_lines_of_one_text_are_two_findings() -> None:
    assert len({one.subject for one in judged(f"{OWNED}x no\nx no\n")}) == 2
