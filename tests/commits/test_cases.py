"""The cases of each rule on lists and titles: small repositories in folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gates.commits.rules import lists, titles
from gates.core.finding import Rule, Severity
from tests.commits import support

CASES = Path(__file__).parent / "cases"
RULES = (*lists.RULES, *titles.RULES)
NAMES = sorted(rule.id.removeprefix("commits/") for rule in RULES)
FAILING = sorted(case for name in NAMES for case in CASES.glob(f"{name}/fails-*"))
PASSING = sorted(case for name in NAMES for case in CASES.glob(f"{name}/passes-*"))


def name(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def told(case: Path) -> str:
    return "".join(f"{support.said(event)}\n" for event in support.found(support.of_folder(case), support.options_of(case)))


def test_every_rule_has_a_failing_and_a_passing_case() -> None:
    assert sorted({case.parent.name for case in FAILING}) == NAMES
    assert sorted({case.parent.name for case in PASSING}) == NAMES
    assert len(FAILING) + len(PASSING) >= 60


@pytest.mark.parametrize("case", FAILING, ids=name)
def test_a_failing_case_is_found(case: Path) -> None:
    """When the output changes on purpose: GATES_REGENERATE=1, then read the diff."""
    text = told(case)
    if os.environ.get("GATES_REGENERATE"):
        (case / "expected.txt").write_text(text, encoding="utf-8")
    assert text == (case / "expected.txt").read_text(encoding="utf-8")
    assert f" {case.parent.name} " in text or (case.parent.name == "source-unreadable" and " error " in text)


@pytest.mark.parametrize("case", PASSING, ids=name)
def test_a_passing_case_is_not_found(case: Path) -> None:
    events = support.found(support.of_folder(case), support.options_of(case))
    lines = [support.said(event) for event in events]
    assert not [line for line in lines if f" {case.parent.name} " in line or " error " in line]
    assert not [line for line in lines if any(f" {severity!s} " in line for severity in (Severity.HIGH, Severity.MEDIUM))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_says_what_is_wrong_in_a_phrase_and_why_and_the_way_out_in_sentences(rule: Rule) -> None:
    assert not rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert rule.remedy.endswith(".")
    assert rule.references


def test_the_controls_are_rows_of_the_controls_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "controls.md").read_text(encoding="utf-8")
    assert all(f"| {rule.control} |" in page for rule in RULES)
