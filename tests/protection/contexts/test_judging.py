"""Required contexts against workflows: the cases that are easy to get wrong."""

from __future__ import annotations

import json
import random
from datetime import date

import pytest

from gates.core.finding import Severity
from gates.protection.contexts.judging import judge
from gates.protection.options import Differs, External, Options, Remote
from tests.protection.support import found, protection, repository, rules, said, situation

STEPS = "    runs-on: ubuntu-latest\n    steps:\n      - run: make check\n"
MAIN = "branch-protection/main.json"
CI = ".github/workflows/ci.yml"


def job(name: str, *lines: str) -> str:
    return f"  {name}:\n" + "".join(f"    {line}\n" for line in lines) + STEPS


def workflow(*jobs: str, on: str = "on: pull_request", name: str = "CI") -> str:
    return f"name: {name}\n{on}\njobs:\n" + "".join(jobs)


AGGREGATE = """\
  all:
    needs: {needs}
    if: {condition}
    runs-on: ubuntu-latest
    steps:
      - run: {run}
"""


def aggregate(needs: str, run: str, condition: str = "always()") -> str:
    return AGGREGATE.format(needs=needs, run=run, condition=condition)


# Triggers


@pytest.mark.parametrize(
    "on",
    [
        "on: [push, pull_request]",
        "on: pull_request",
        "on: {pull_request: }",
        '"on": pull_request',
        "on:\n  pull_request:",
        "on:\n  pull_request_target:\n    branches: [main]",
        "on:\n  pull_request:\n    branches-ignore: ['dependabot/**']",
    ],
)
def test_each_way_to_write_the_trigger_counts(on: str) -> None:
    assert rules(found(repository(workflow(job("test"), on=on), "test"))) == []


@pytest.mark.parametrize(
    ("on", "severity"),
    [
        ("on: push", Severity.MEDIUM),
        ("on:\n  push:\n    branches: ['**']", Severity.MEDIUM),
        ("on:\n  push:\n    branches-ignore: [main]", Severity.MEDIUM),
        ("on: deployment_status", Severity.MEDIUM),
        ("on:\n  push:\n    branches: [main]", Severity.HIGH),
        ("on:\n  push:\n    tags: ['v*']", Severity.HIGH),
        ("on:\n  push:\n    paths: ['src/**']", Severity.HIGH),
        ("on:\n  workflow_run:\n    workflows: [Other]", Severity.HIGH),
        ("on: [workflow_dispatch, issue_comment, merge_group]", Severity.HIGH),
    ],
)
def test_a_workflow_without_pull_requests_is_graver_unless_most_heads_get_its_checks(on: str, severity: Severity) -> None:
    (finding,) = found(repository(workflow(job("test"), on=on), "test"))
    assert (finding.rule.id, finding.severity) == ("protection/never-on-pull-request", severity)


def test_a_job_for_pushes_only_in_a_workflow_for_both_is_a_free_pass() -> None:
    files = repository(
        workflow(job("test"), job("deploy", "if: github.event_name == 'push'"), on="on: [push, pull_request]"), "test", "deploy"
    )
    (finding,) = found(files)
    assert (finding.rule.id, finding.severity) == ("protection/skippable-job", Severity.HIGH)


def test_the_ref_of_a_pull_request_is_no_branch() -> None:
    files = repository(workflow(job("deploy", "if: github.ref == 'refs/heads/main'")), "deploy")
    assert [finding.severity for finding in found(files)] == [Severity.HIGH]


def test_two_workflows_of_one_name_are_ambiguous_only_where_both_run_on_pull_requests_into_the_branch() -> None:
    other = workflow(job("test"), on="on:\n  pull_request:\n    branches: [develop]")
    files = {**repository(workflow(job("test")), "test"), ".github/workflows/other.yml": other}
    assert rules(found(files)) == []
    files["branch-protection/develop.json"] = protection("test")
    assert [(finding.data["branch"], finding.rule.id) for finding in found(files)] == [("develop", "protection/ambiguous-context")]


# Rulesets


def ruleset(
    *contexts: str, include: tuple[str, ...] = ("~DEFAULT_BRANCH",), exclude: tuple[str, ...] = (), enforcement: str = "active"
) -> str:
    checks = [{"context": name, "integration_id": 15368} for name in contexts]
    return json.dumps(
        {
            "name": "checks",
            "target": "branch",
            "enforcement": enforcement,
            "conditions": {
                "ref_name": {
                    "include": [name if name.startswith("~") else f"refs/heads/{name}" for name in include],
                    "exclude": [f"refs/heads/{name}" for name in exclude],
                }
            },
            "rules": [
                {
                    "type": "required_status_checks",
                    "parameters": {"strict_required_status_checks_policy": True, "required_status_checks": checks},
                }
            ],
        },
        indent=2,
    )


def test_rulesets_add_up_and_what_they_exclude_is_left_out() -> None:
    files = {
        CI: workflow(job("build"), job("test", "needs: build")),
        ".github/rulesets/one.json": ruleset("test", include=("~DEFAULT_BRANCH", "develop"), exclude=("develop",)),
        ".github/rulesets/two.json": ruleset("build"),
    }
    assert rules(found(files)) == []
    del files[".github/rulesets/two.json"]
    assert [finding.subject for finding in found(files) if finding.severity >= Severity.HIGH] == ["main: test"]


def test_a_ruleset_that_is_not_in_force_requires_nothing() -> None:
    files = {
        CI: workflow(job("build"), job("test", "needs: build")),
        ".github/rulesets/one.json": ruleset("test"),
        ".github/rulesets/two.json": ruleset("build", enforcement="evaluate"),
    }
    assert rules(found(files)) == ["needs-bypass"]
    files[".github/rulesets/two.json"] = ruleset("gone", enforcement="disabled")
    assert rules(found(files)) == ["needs-bypass"]


def test_several_branches_in_one_file_have_findings_of_their_own() -> None:
    files = {CI: workflow(job("test")), ".github/rulesets/one.json": ruleset("gone", include=("main", "develop"))}
    subjects = [finding.subject for finding in found(files) if finding.severity == Severity.HIGH]
    assert subjects == ["develop: gone", "main: gone"]


# Both lists


def test_contexts_and_checks_that_differ_are_both_judged() -> None:
    body = json.loads(protection("test", "gone"))
    body["required_status_checks"]["contexts"] = ["test", "lost"]
    files = {CI: workflow(job("test")), MAIN: json.dumps(body, indent=2)}
    assert sorted(rules(found(files))) == ["inconsistent-contexts", "unreported-context", "unreported-context"]


def test_the_same_context_in_both_lists_is_judged_once() -> None:
    body = json.loads(protection("gone"))
    body["required_status_checks"]["contexts"] = ["gone"]
    assert rules(found({CI: workflow(job("test")), MAIN: json.dumps(body)})) == ["unreported-context"]


# A trigger for pull requests with a filter, beside one for every push


@pytest.mark.parametrize("narrow", ["paths: [a]", "types: [labeled]", "branches: [dev]"])
def test_a_narrow_trigger_makes_nothing_worse_than_every_push_alone(narrow: str) -> None:
    (finding,) = found(repository(workflow(job("test"), on=f"on: {{pull_request: {{{narrow}}}, push: }}"), "test"))
    assert (finding.rule.id, finding.severity) == ("protection/never-on-pull-request", Severity.MEDIUM)
    assert "not on forks" in finding.message
    only = job("test", "if: github.event_name == 'pull_request'")
    findings = found(repository(workflow(only, on=f"on: {{pull_request: {{{narrow}}}, push: }}"), "test"))
    assert findings[0].severity == Severity.HIGH


# External contexts


def declared(*names: str, sunset: date = date(2026, 11, 20)) -> Options:
    return Options(external=tuple(External(name, "@acme/dev", "reported by a service", sunset) for name in names))


EXTERNAL = ("codecov/project", "DCO", "ci/circleci: test")


def test_declared_contexts_are_fine_through_their_sunset() -> None:
    files = {CI: workflow(job("check")), MAIN: protection(*EXTERNAL, listed="contexts")}
    assert rules(found(files, declared(*EXTERNAL))) == []
    judged = found(files, declared(*EXTERNAL, sunset=date(2026, 11, 19)))
    ended = [finding for finding in judged if finding.rule.id != "protection/unrequired-job"]
    assert set(rules(ended)) == {"undeclared-external-context"}
    assert all("its declaration by @acme/dev ended on 2026-11-19" in finding.message for finding in ended)


def test_an_ended_declaration_of_a_name_that_nobody_knows_is_named_where_it_is_missed() -> None:
    (finding,) = found(repository(workflow(job("test")), "test", "acme/x"), declared("acme/x", sunset=date(2026, 1, 1)))[-1:]
    assert finding.rule.id == "protection/unreported-context"
    assert "ended on 2026-01-01" in finding.message


def test_default_setup_of_codeql_is_known_only_where_no_workflow_runs_it() -> None:
    files = repository(workflow(job("test")), "test", "Analyze (python)")
    assert rules(found(files)) == ["undeclared-external-context"]
    files[".github/workflows/codeql.yml"] = (
        "on: pull_request\njobs:\n  codeql:\n    runs-on: x\n    steps:\n      - uses: github/codeql-action/analyze@v4\n"
    )
    assert rules(found(files)) == ["unreported-context"]


def test_a_status_that_a_step_posts_is_not_missing() -> None:
    posts = (
        "name: Review\non: workflow_run\njobs:\n  post:\n    runs-on: x\n    steps:\n"
        "      - run: gh api repos/$R/statuses/$SHA -f state=success -f context='review ok'\n"
    )
    files = {**repository(workflow(job("test")), "test", "review ok"), ".github/workflows/post.yml": posts}
    (finding,) = found(files)
    assert finding.rule.id == "protection/undeclared-external-context"
    assert ".github/workflows/post.yml:7" in finding.message
    files[MAIN] = protection("test", "review")
    assert rules(found(files)) == ["unreported-context"]


def test_strict_makes_what_cannot_be_told_blocking() -> None:
    call = "  call:\n    uses: acme/ci/.github/workflows/test.yml@v1\n"
    files = {CI: workflow(call), MAIN: protection("call / unit", "codecov/project", listed="contexts")}
    assert [finding.severity for finding in found(files)] == [Severity.MEDIUM] * 2
    assert [finding.severity for finding in found(files, Options(strict=True))] == [Severity.HIGH] * 2
    remote = Options(remote_workflows=(Remote("acme/ci/.github/workflows/test.yml", ("unit",)),))
    assert rules(found(files, remote)) == ["unpinned-app", "undeclared-external-context"]


@pytest.mark.parametrize("name", ["codecov/project", "DCO"])
def test_what_github_actions_must_report_is_no_other_service(name: str) -> None:
    (finding,) = found(repository(workflow(job("test")), "test", name))
    assert finding.rule.id == "protection/unreported-context"
    assert "and not GitHub Actions (15368), which must" in finding.message


@pytest.mark.parametrize("line", ["", "name: wip"])
def test_a_service_with_nearly_the_name_of_a_job_is_told_with_a_hint(line: str) -> None:
    files = {CI: workflow(job("Wip" if not line else "check", *filter(None, [line]))), MAIN: protection("WIP", listed="contexts")}
    (finding,) = [each for each in found(files) if each.rule.id == "protection/undeclared-external-context"]
    assert "it differs only in upper and lower case" in str(finding.data["hint"])


# Names that only a run tells


def test_a_context_that_a_dynamic_name_may_be_is_never_called_missing() -> None:
    dynamic = job("test", "strategy:", "  matrix: ${{ fromJSON(needs.plan.outputs.m) }}", "needs: plan")
    files = repository(workflow(job("plan"), dynamic), "plan", "test (a, b)", "test")
    assert set(rules(found(files))) == {"unverifiable-context"}


def test_a_name_of_nothing_but_a_hole_does_not_hide_a_drift_that_is_plain() -> None:
    files = repository(workflow(job("open", "name: ${{ vars.NAME }}"), job("test", "name: Unit tests")), "test", "else")
    findings = {finding.subject: finding for finding in found(files) if finding.severity >= Severity.LOW}
    assert findings["test"].severity == Severity.HIGH
    assert findings["test"].data["replacement"] == "Unit tests"
    assert findings["else"].severity == Severity.MEDIUM
    assert {finding.rule.id for finding in findings.values()} == {"protection/unverifiable-context"}


def test_where_a_workflow_could_not_be_read_nothing_is_called_missing() -> None:
    judged, _ = situation(repository(workflow(job("test")), "gone"))
    findings = list(judge(judged._replace(unread=(".github/workflows/broken.yml",))))
    assert rules(findings) == ["unverifiable-context"]
    assert ".github/workflows/broken.yml" in findings[-1].message


# Conditions and needs


def test_a_draft_is_no_reason_to_be_alarmed_where_being_ready_starts_the_workflow() -> None:
    legs = job("test", "if: ${{ !github.event.pull_request.draft }}", "strategy:", "  matrix:", "    os: [a, b]")
    types = "on:\n  pull_request:\n    types: [opened, synchronize, reopened{}]"
    assert rules(found(repository(workflow(legs, on=types.format(", ready_for_review")), "test (a)", "test (b)"))) == []
    assert rules(found(repository(workflow(legs, on=types.format("")), "test (a)", "test (b)"))) == ["skippable-expansion"] * 2


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("always()", []),
        ("${{ !cancelled() }}", []),
        ("success() || failure()", []),
        ("success()", ["needs-bypass"]),
        ("${{ !failure() && !cancelled() }}", ["needs-bypass"]),
        ("always() && needs.build.result == 'success'", ["needs-bypass"]),
        ("always() && needs.build.result != 'skipped'", []),
        ("always() && github.event_name == 'pull_request'", []),
    ],
)
def test_whether_a_failing_job_skips_the_one_that_needs_it(condition: str, expected: list[str]) -> None:
    text = workflow(job("build"), aggregate("build", "test ${{ needs.build.result }} = success", condition))
    assert rules(found(repository(text, "all"))) == expected


def test_a_job_that_is_there_to_fail_is_no_free_pass() -> None:
    for condition in ("failure()", "failure() || cancelled()", "always() && contains(needs.*.result, 'failure')"):
        assert rules(found(repository(workflow(job("build"), aggregate("build", "exit 1", condition)), "all"))) == []
        assert rules(found(repository(workflow(job("build"), aggregate("build", "echo failed", condition)), "all"))) == ["hollow-aggregate"]


@pytest.mark.parametrize(
    ("types", "condition", "expected"),
    [
        ("[opened, synchronize, closed]", "github.event.action != 'closed'", []),
        ("[opened, synchronize, labeled]", "github.event.action == 'labeled'", [Severity.HIGH]),
        ("[opened, synchronize]", "github.event.action == 'opened'", [Severity.MEDIUM]),
    ],
)
def test_only_the_activities_that_bring_new_commits_count(types: str, condition: str, expected: list[Severity]) -> None:
    text = workflow(job("test", f"if: {condition}"), on=f"on:\n  pull_request:\n    types: {types}")
    assert [finding.severity for finding in found(repository(text, "test"))] == expected


def test_a_skipped_job_skips_those_that_need_it() -> None:
    jobs = (job("plan", "if: github.event_name == 'push'"), job("build", "needs: plan"), job("test", "needs: build"))
    findings = found(repository(workflow(*jobs, on="on: [push, pull_request]"), "plan", "build", "test"))
    assert [(finding.rule.id, finding.severity) for finding in findings] == [("protection/skippable-job", Severity.HIGH)] * 3
    assert "of 'plan', which it needs," in findings[-1].message
    legs = job("test", "needs: plan", "strategy:", "  matrix:", "    os: [a]")
    perhaps = job("plan", "if: contains(github.event.pull_request.labels.*.name, 'full')")
    assert rules(found(repository(workflow(perhaps, legs), "plan", "test (a)"))) == ["skippable-job", "skippable-expansion"]
    always = job("test", "needs: plan", "if: ${{ !failure() && !cancelled() }}", "strategy:", "  matrix:", "    os: [a]")
    assert rules(found(repository(workflow(perhaps, always), "plan", "test (a)"))) == ["skippable-job"]


def test_needs_of_a_caller_keep_its_callees_from_reporting() -> None:
    call = "  call:\n    needs: build\n    uses: ./.github/workflows/unit.yml\n"
    files = {
        **repository(workflow(job("build"), call), "call / unit"),
        ".github/workflows/unit.yml": workflow(job("unit"), on="on: workflow_call"),
    }
    (finding,) = (finding for finding in found(files) if finding.severity >= Severity.LOW)
    assert (finding.rule.id, finding.severity) == ("protection/needs-bypass", Severity.MEDIUM)


def test_needs_inside_a_called_workflow_are_its_own() -> None:
    files = {
        **repository(workflow("  call:\n    uses: ./.github/workflows/unit.yml\n"), "call / unit"),
        ".github/workflows/unit.yml": workflow(job("build"), job("unit", "needs: build"), on="on: workflow_call"),
    }
    assert rules(found(files)) == ["needs-bypass"]
    files[MAIN] = protection("call / unit", "call / build")
    assert rules(found(files)) == []


def test_an_aggregate_covers_the_called_workflows_that_it_needs() -> None:
    call = "  call:\n    uses: ./.github/workflows/unit.yml\n"
    gate = aggregate("call", "test ${{ needs.call.result }} = success")
    files = {
        **repository(workflow(call, gate), "all"),
        ".github/workflows/unit.yml": workflow(job("build"), job("unit", "needs: build"), on="on: workflow_call"),
    }
    assert found(files) == []


def test_a_job_with_work_of_its_own_that_runs_in_any_case_is_judged_more_mildly() -> None:
    text = workflow(job("build"), aggregate("build", "make docs"))
    findings = [finding for finding in found(repository(text, "all")) if finding.severity >= Severity.LOW]
    assert [(finding.rule.id, finding.severity) for finding in findings] == [("protection/hollow-aggregate", Severity.MEDIUM)]
    assert rules(found(repository(text, "all", "build"))) == []


# Options


def test_every_leg_must_be_required_where_the_policy_says_so() -> None:
    text = workflow(job("test", "strategy:", "  matrix:", "    os: [a, b]"), job("lint"))
    findings = found(repository(text, "test (a)"), Options(require_all=True))
    assert [(finding.subject, finding.severity) for finding in findings] == [("test", Severity.HIGH), ("lint", Severity.HIGH)]
    assert "'test (b)'" in findings[0].message
    assert "'test (a)'" not in findings[0].message


def test_branches_may_differ_for_a_reason() -> None:
    files = {**repository(workflow(job("test"), job("lint")), "test", "lint"), "branch-protection/develop.json": protection("test")}
    (finding,) = (finding for finding in found(files) if finding.rule.id == "protection/branches-differ")
    assert finding.location
    assert finding.location.path == "branch-protection/develop.json"
    assert "main alone requires 'lint'" in finding.message
    assert rules(found(files, Options(differs=(Differs("develop", "is merged by a bot"),))), Severity.INFO) == []


def test_a_queue_can_be_told_of_in_the_policy() -> None:
    files = repository(workflow(job("test")), "test")
    assert rules(found(files, Options(merge_queue=("main",)))) == ["merge-queue-unreported"]
    assert rules(found(files, Options(merge_queue=("develop",)))) == []


# All findings


def test_findings_carry_what_others_read() -> None:
    files = repository(workflow(job("build"), job("test", "needs: build")), "test", "test (a)", "gone")
    for finding in found(files):
        assert {"context", "branch", "emitters", "hint"} <= set(finding.data)
        json.dumps(dict(finding.data))
        assert finding.location
        assert finding.location.column > 0
    bypass = next(finding for finding in found(files) if finding.rule.id == "protection/needs-bypass")
    assert bypass.data["emitters"] == [{"workflow": CI, "line": 8, "job": "test", "name": "test"}]
    assert bypass.data["branch"] == "main"


def test_a_subject_stands_once_in_a_file_for_each_rule() -> None:
    text = workflow(job("test"))
    duplicates = protection("test", "test", "test", "gone", "gone")
    keys = [
        (finding.rule.id, finding.location and finding.location.path, finding.subject) for finding in found({CI: text, MAIN: duplicates})
    ]
    assert len(keys) == len(set(keys))


def test_the_order_of_the_files_changes_nothing() -> None:
    files = {
        CI: workflow(job("build"), job("test", "needs: build")),
        ".github/workflows/two.yml": workflow(job("test"), job("upper", "name: Test"), job("docs", "name: Docs")),
        MAIN: protection("test", "TEST", "docs", "codecov/patch"),
        "branch-protection/develop.json": protection("build", "docs"),
        ".github/rulesets/one.json": ruleset("gone", "test", include=("main", "develop")),
    }
    first = [said(finding) for finding in found(files)]
    assert len(first) > 10
    shuffled = list(files.items())
    for seed in range(10):
        random.Random(seed).shuffle(shuffled)
        assert [said(finding) for finding in found(dict(shuffled))] == first


# Renaming and deleting

PROJECT = {
    CI: workflow(
        job("lint"),
        job("test", "strategy:", "  matrix:", "    python: ['3.12', '3.13']", "    os: [linux, macos]"),
        job("types", "name: Types and ${{ 'imports' }}"),
        "  call:\n    strategy:\n      matrix:\n        area: [core, web]\n    uses: ./.github/workflows/unit.yaml\n",
        aggregate("[lint, test]", "test -z '${{ join(needs.*.result) }}'"),
    ),
    ".github/workflows/unit.yaml": workflow(job("unit", "name: Unit tests"), job("docs"), on="on: workflow_call"),
}
REQUIRED = (
    "lint",
    "test (3.12, linux)",
    "test (3.12, macos)",
    "test (3.13, linux)",
    "test (3.13, macos)",
    "Types and imports",
    "call (core) / Unit tests",
    "call (web) / Unit tests",
    "call (core) / docs",
    "call (web) / docs",
    "all",
)
RENAMED = [
    (CI, "  lint:", "  linting:"),
    (CI, "  test:", "  tests:"),
    (CI, "Types and $", "Types, $"),
    (CI, "'imports'", "'layers'"),
    (CI, "  call:", "  calls:"),
    (CI, "[core, web]", "[core, site]"),
    (CI, "os: [linux, macos]", "os: [linux]"),
    (CI, "'3.13'", "'3.14'"),
    (CI, "  all:", "  everything:"),
    (CI, "    strategy:\n      matrix:\n        area: [core, web]\n", ""),
    (".github/workflows/unit.yaml", "Unit tests", "Units"),
    (".github/workflows/unit.yaml", "    name: Unit tests\n", ""),
    (".github/workflows/unit.yaml", "  docs:", "  pages:"),
]


def blocking(files: dict[str, str]) -> list[str]:
    return rules(found(files), Severity.HIGH)


def test_the_project_is_in_order() -> None:
    assert found({**PROJECT, MAIN: protection(*REQUIRED)}) == []


@pytest.mark.parametrize(("path", "old", "new"), RENAMED, ids=[f"{old.strip()} -> {new.strip()}" for _, old, new in RENAMED])
def test_renaming_what_is_required_blocks(path: str, old: str, new: str) -> None:
    assert old in PROJECT[path]
    text = PROJECT[path].replace(old, new)
    if path == CI and old in ("  lint:", "  test:"):
        text = text.replace(f"[{'lint' if 'lint' in old else 'lint, test'}", f"[{new.strip(' :') if 'lint' in new else 'lint, tests'}")
    assert "unreported-context" in blocking({**PROJECT, path: text, MAIN: protection(*REQUIRED)})


@pytest.mark.parametrize("name", ["lint", "test", "types", "call", "all"])
def test_deleting_what_is_required_blocks(name: str) -> None:
    start = PROJECT[CI].index(f"\n  {name}:\n") + 1
    after = [at for other in ("lint", "test", "types", "call", "all") if (at := PROJECT[CI].find(f"\n  {other}:\n", start)) >= 0]
    text = PROJECT[CI][:start] + (PROJECT[CI][min(after) + 1 :] if after else "")
    text = text.replace("[lint, test]", str([one for one in ("lint", "test") if one != name]))
    assert "unreported-context" in blocking({**PROJECT, CI: text, MAIN: protection(*REQUIRED)})


def test_deleting_a_workflow_file_blocks() -> None:
    only = {".github/workflows/x.yml": workflow(job("x")), MAIN: protection(*REQUIRED)}
    assert blocking(only) == ["unreported-context"] * len(REQUIRED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("linux, macos", "linux,   macos"),
        ("    python: ['3.12', '3.13']\n", "    python:\n          - '3.12'\n          - \"3.13\"\n"),
        ("  lint:", '  "lint":'),
    ],
)
def test_another_way_to_write_the_same_changes_nothing(old: str, new: str) -> None:
    assert old in PROJECT[CI]
    assert found({**PROJECT, CI: PROJECT[CI].replace(old, new), MAIN: protection(*REQUIRED)}) == []


@pytest.mark.parametrize(
    ("pattern", "let_through", "expected"),
    [
        ("release-*", "release-[0-9]+.[0-9]+", None),
        ("v*", "v[0-9]+.[0-9]+", None),
        ("release-*", "releases/**", Severity.HIGH),
        ("release-*q*-z", "release-[0-9]+-[a-f]+-z", Severity.MEDIUM),
    ],
)
def test_a_pattern_is_filtered_out_where_none_of_its_branches_passes(pattern: str, let_through: str, expected: Severity | None) -> None:
    trigger = f"on: {{pull_request: {{branches: ['main', '{let_through}']}}, merge_group: {{branches: ['{let_through}']}}}}\n"
    files = {CI: workflow(job("test"), on=trigger), ".github/rulesets/r.json": ruleset("test", include=(pattern,))}
    told = [finding.severity for finding in found(files) if finding.rule.id == "protection/branch-filtered"]
    assert told == ([expected] if expected else [])


def test_of_very_many_jobs_that_nothing_requires_the_last_finding_tells_the_number() -> None:
    files = repository(workflow(*(job(f"j{number}") for number in range(250))), "j0")
    told = [finding for finding in found(files) if finding.rule.id == "protection/unrequired-job"]
    assert len(told) == 200
    (last,) = (finding.message for finding in told if finding.subject == "more jobs")
    assert last.startswith("50 more jobs are reported")


def test_beyond_fifty_contexts_the_nearest_name_is_not_looked_for() -> None:
    names = [f"jab-{number}-of-tham" for number in range(60)]
    files = repository(workflow(*(job(f"job-{number}-of-them") for number in range(60))), *names)
    told = [finding.message for finding in found(files) if finding.rule.id == "protection/unreported-context"]
    assert len(told) == 60
    assert sum("the nearest name" in message for message in told) == 50


def test_a_long_chain_of_needs_is_judged_as_a_short_one() -> None:
    jobs = [job("j0"), *(job(f"j{number}", f"needs: j{number - 1}") for number in range(1, 400))]
    (told,) = (finding for finding in found(repository(workflow(*jobs), "j399")) if finding.rule.id == "protection/needs-bypass")
    assert "j0" in told.message
