"""The cases of each rule on contexts: small repositories in folders."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from gates.core.finding import Finding, Rule
from gates.protection.options import External, Options
from gates.protection.rules.contexts import RULES
from tests.protection import support

CASES = Path(__file__).parents[1] / "cases"
NAMES = sorted(rule.id.removeprefix("protection/") for rule in RULES)
FAILING = sorted(case for name in NAMES for case in CASES.glob(f"{name}/fails-*"))
PASSING = sorted(case for name in NAMES for case in CASES.glob(f"{name}/passes-*"))

# Two declarations are in force, and one is over.
OPTIONS = Options(
    external=(
        External("acme/audit", "@acme/sec", "the audit service of the company", date(2027, 1, 31)),
        External("acme/review", "@acme/sec", "was replaced by acme/audit", date(2026, 11, 19)),
        External("codecov/patch", "@acme/dev", "coverage of the change", date(2026, 11, 20)),
    ),
    aggregates_cover_all=True,
)


def name(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def line(finding: Finding) -> str:
    assert finding.location
    what = finding.data["context"] or finding.subject
    return f"{finding.location.path}:{finding.location.line} {finding.severity} {finding.rule.id.removeprefix('protection/')} {what!r}"


def test_every_rule_has_a_failing_and_a_passing_case() -> None:
    assert sorted({case.parent.name for case in FAILING}) == NAMES
    assert sorted({case.parent.name for case in PASSING}) == NAMES


@pytest.mark.parametrize("case", FAILING, ids=name)
def test_a_failing_case_is_found(case: Path) -> None:
    """When the output changes on purpose: GATES_REGENERATE=1, then read the diff."""
    text = "".join(f"{line(finding)}\n" for finding in support.found(support.of_folder(case), OPTIONS))
    if os.environ.get("GATES_REGENERATE"):
        (case / "expected.txt").write_text(text, encoding="utf-8")
    assert text == (case / "expected.txt").read_text(encoding="utf-8")
    assert f" {case.parent.name} " in text


@pytest.mark.parametrize("case", PASSING, ids=name)
def test_a_passing_case_is_not_found(case: Path) -> None:
    findings = support.found(support.of_folder(case), OPTIONS)
    assert case.parent.name not in support.rules(findings)
    assert f"protection/{case.parent.name}" not in {finding.rule.id for finding in findings}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_says_what_is_wrong_in_a_phrase_and_why_and_the_way_out_in_sentences(rule: Rule) -> None:
    assert not rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert rule.remedy.endswith(".")


def test_the_controls_are_rows_of_the_controls_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "controls.md").read_text(encoding="utf-8")
    assert all(f"| {rule.control} |" in page for rule in RULES)
