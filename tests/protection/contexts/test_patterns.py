"""Names that a run completes: what holds whatever they turn out to be."""

from __future__ import annotations

import pytest

from tests.protection.support import found, repository, rules

RUN = "    runs-on: ubuntu-latest\n    steps: [{run: make}]\n"
DYNAMIC = "    needs: gen\n    strategy: {matrix: {v: '${{ fromJSON(needs.gen.outputs.m) }}'}}\n"
REMOTE = "    uses: acme/ci/.github/workflows/test.yml@v1\n"


def judged(job: str, context: str, on: str = "on: pull_request") -> list[str]:
    return rules(found(repository(f"{on}\njobs:\n  gen:\n{RUN}{job}", context, "gen")))


@pytest.mark.parametrize("condition", ["false", "github.event_name == 'push'", "${{ !github.event.pull_request.draft }}"])
@pytest.mark.parametrize(("job", "context"), [(f"  test:\n{RUN}{DYNAMIC}", "test (a)"), (f"  test:\n{REMOTE}", "test / unit")])
def test_a_condition_that_skips_the_job(job: str, context: str, condition: str) -> None:
    assert judged(f"{job}    if: {condition}\n", context) == ["skippable-expansion", "unverifiable-context"]


@pytest.mark.parametrize(
    ("on", "rule"),
    [
        ("on: {pull_request: {paths: [a]}}", "path-filtered"),
        ("on: {pull_request: {types: [labeled]}}", "activity-types-missing"),
    ],
)
def test_a_filter_of_the_trigger(on: str, rule: str) -> None:
    assert judged(f"  test:\n{REMOTE}", "test / unit", on) == [rule, "unverifiable-context", rule]


def test_a_branch_filter() -> None:
    assert judged(f"  test:\n{REMOTE}", "test / unit", "on: {pull_request: {branches: [dev]}}") == ["branch-filtered"] * 2


@pytest.mark.parametrize(("more", "rule"), [("", "needs-bypass"), ("    if: always()\n", "hollow-aggregate")])
def test_needs(more: str, rule: str) -> None:
    jobs = f"  first:\n{RUN}  test:\n    name: t ${{{{ vars.X }}}}\n    needs: first\n{more}{RUN}"
    assert judged(jobs, "t 1") == [rule, "unverifiable-context"]


def test_two_jobs_that_a_variable_names_alike() -> None:
    jobs = "".join(f"  {name}:\n    name: t ${{{{ vars.X }}}}\n{RUN}" for name in ("one", "two"))
    assert judged(jobs, "t 1") == ["ambiguous-context", "unverifiable-context"]


def test_a_defect_counts_where_every_job_that_may_report_the_name_has_it() -> None:
    skipped = f"  one:\n    name: t ${{{{ vars.X }}}}\n    if: false\n{RUN}"
    other = f"  two:\n    name: t ${{{{ vars.Y }}}}\n{RUN}"
    assert judged(skipped, "t 1") == ["skippable-job", "unverifiable-context"]
    assert judged(skipped + other, "t 1") == ["unverifiable-context"]
