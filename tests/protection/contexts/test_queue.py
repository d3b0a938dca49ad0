"""Conditions of jobs in the merge queue."""

from __future__ import annotations

import json

import pytest

from gates.core.finding import Finding, Severity
from tests.protection.support import found, protection, rules

CI = ".github/workflows/ci.yml"
CALLED = ".github/workflows/called.yml"
QUEUE = {
    "name": "queue",
    "target": "branch",
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
    "rules": [{"type": "merge_queue", "parameters": {}}],
}
RUN = "    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
MATRIX = "    strategy: {matrix: {v: [1]}}\n"
ON_PULL_REQUESTS = "    if: github.event_name == 'pull_request'\n"
AGGREGATE = """\
  all:
    needs: test
    if: always() && github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    steps:
      - if: needs.test.result != 'success'
        run: exit 1
"""


def judged(jobs: str, *contexts: str, **more: str) -> list[Finding]:
    files = {CI: f"on: {{pull_request: , merge_group: }}\njobs:\n{jobs}", "branch-protection/main.json": protection(*contexts)}
    return found({**files, ".github/rulesets/queue.json": json.dumps(QUEUE), **more})


@pytest.mark.parametrize(
    "condition",
    ["github.event_name == 'pull_request'", "github.event_name != 'merge_group'", "github.event.pull_request", "github.base_ref == 'main'"],
)
def test_a_leg_that_is_skipped_in_the_queue_is_never_reported_there(condition: str) -> None:
    findings = judged(f"  test:\n    if: {condition}\n{MATRIX}{RUN}", "test (1)")
    assert rules(findings) == ["merge-queue-unreported"]
    assert "never holds for the event merge_group" in findings[0].message


def test_neither_is_a_callee() -> None:
    called = {CALLED: f"on: workflow_call\njobs:\n  unit:\n{RUN}"}
    assert rules(judged(f"  call:\n    uses: ./{CALLED}\n{ON_PULL_REQUESTS}", "call / unit", **called)) == ["merge-queue-unreported"]


def test_nor_one_behind_a_job_that_is_skipped_there() -> None:
    findings = judged(f"  first:\n{ON_PULL_REQUESTS}{RUN}  test:\n    needs: first\n{MATRIX}{RUN}", "first", "test (1)")
    assert sorted(rules(findings)) == ["merge-queue-unreported", "skippable-job"]


def test_a_plain_job_that_is_skipped_in_the_queue_passes_there() -> None:
    findings = judged(f"  test:\n{ON_PULL_REQUESTS}{RUN}", "test")
    assert [(finding.rule.id, finding.severity) for finding in findings] == [("protection/skippable-job", Severity.MEDIUM)]
    assert "merge_group" in findings[0].message


def test_an_aggregate_that_is_skipped_in_the_queue_lets_everything_through() -> None:
    findings = judged(f"  test:\n{RUN}{AGGREGATE}", "all")
    assert [(finding.rule.id, finding.severity) for finding in findings] == [("protection/skippable-job", Severity.HIGH)]


@pytest.mark.parametrize(
    "condition",
    [
        "github.event_name == 'pull_request' || github.event_name == 'merge_group'",
        "github.event_name != 'push'",
        "github.event.pull_request.merged != true",
        "github.ref != 'refs/heads/main'",
        "!contains(github.event.head_commit.message, 'skip')",
    ],
)
def test_a_condition_that_holds_in_both_skips_nothing(condition: str) -> None:
    assert judged(f'  test:\n    if: "{condition}"\n{MATRIX}{RUN}', "test (1)") == []


def test_another_workflow_may_report_the_name_in_the_queue() -> None:
    other = {".github/workflows/queue.yml": f"on: merge_group\njobs:\n  test:\n{MATRIX}{RUN}"}
    assert rules(judged(f"  test:\n{ON_PULL_REQUESTS}{MATRIX}{RUN}", "test (1)", **other)) == []
