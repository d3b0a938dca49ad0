"""The table of rules against bandit's own registry, and the cases of each rule."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest
from bandit.core import docs_utils, extension_loader

from gates.code.gate import GATE
from gates.code.rules import CONTROL, RULES, UNLISTED, rule_of
from gates.core.finding import Finding, Rule
from tests.code.support import findings, look, said, unread

CASES = Path(__file__).parent / "cases"
FAILING = sorted(CASES.glob("*/fails-*"))
PASSING = sorted(CASES.glob("*/passes-*"))
IDS = sorted(rule.id.removeprefix("code/") for rule in RULES)
REGISTRY = extension_loader.MANAGER

By = dict[str, list[Finding]]


def name(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


@pytest.fixture(scope="module")
def found() -> By:
    """Findings of one run over all cases, by case, with paths relative to it."""
    events = look(CASES)
    assert not unread(events)
    by: By = defaultdict(list)
    for finding in findings(events):
        assert finding.location
        rule, case, path = finding.location.path.split("/", 2)
        by[f"{rule}/{case}"].append(finding._replace(location=finding.location._replace(path=path)))
    return by


def test_every_test_of_bandit_has_a_rule_and_every_rule_a_test() -> None:
    known = {*REGISTRY.plugins_by_id, *REGISTRY.blacklist_by_id}
    assert sorted(f"bandit-{test.lower()}" for test in known) == IDS


@pytest.mark.parametrize("test", sorted({*REGISTRY.plugins_by_id, *REGISTRY.blacklist_by_id}))
def test_a_rule_links_to_the_page_of_its_test(test: str) -> None:
    page = docs_utils.get_url(test).partition("/en/")[2].partition("/")[2]
    assert rule_of(test).references[0].endswith(f"/en/latest/{page}")


@pytest.mark.parametrize("entry", REGISTRY.blacklist_by_id.values(), ids=lambda entry: str(entry["id"]))
def test_a_rule_of_a_listed_call_or_import_has_bandits_severity_and_weakness(entry: dict[str, object]) -> None:
    rule = rule_of(str(entry["id"]))
    assert (str(rule.severity), rule.cwe) == (str(entry.get("level", "MEDIUM")).lower(), (entry["cwe"],))


def test_a_test_that_is_not_known_gets_the_rule_for_those() -> None:
    assert rule_of("B999") is UNLISTED


@pytest.mark.parametrize("rule", GATE.rules, ids=lambda rule: str(rule.id))
def test_a_rule_says_what_is_wrong_in_a_phrase_and_why_and_the_way_out_in_sentences(rule: Rule) -> None:
    assert not rule.summary.endswith(".")
    assert rule.why.endswith(".")
    assert rule.remedy.endswith(".")


def test_the_control_is_a_row_of_the_controls_page() -> None:
    assert f"| {CONTROL} |" in (Path(__file__).parents[2] / "docs" / "controls.md").read_text(encoding="utf-8")


def test_every_rule_has_a_failing_and_a_passing_case() -> None:
    assert sorted({case.parent.name for case in FAILING}) == IDS
    assert sorted({case.parent.name for case in PASSING}) == IDS


@pytest.mark.parametrize("case", FAILING, ids=name)
def test_a_failing_case_is_found_and_said(case: Path, found: By) -> None:
    """When the output changes on purpose: GATES_REGENERATE=1, then read the diff."""
    text = "".join(f"{line}\n" for line in sorted(map(said, found[name(case)])))
    if os.environ.get("GATES_REGENERATE"):
        (case / "expected.txt").write_text(text, encoding="utf-8")
    assert text == (case / "expected.txt").read_text(encoding="utf-8")
    assert f" code/{case.parent.name} " in text


@pytest.mark.parametrize("case", FAILING, ids=name)
def test_the_rules_severity_is_that_of_its_usual_finding(case: Path, found: By) -> None:
    ours = [finding for finding in found[name(case)] if finding.rule.id == f"code/{case.parent.name}"]
    assert {finding.severity for finding in ours} == {finding.rule.severity for finding in ours}


@pytest.mark.parametrize("case", PASSING, ids=name)
def test_a_passing_case_is_not_found(case: Path, found: By) -> None:
    assert f"code/{case.parent.name}" not in {finding.rule.id for finding in found[name(case)]}
