"""Required jobs against pipelines: each rule failing and passing, and the ways in which GitLab puts a configuration together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gates.core.finding import Location, Severity
from gates.core.gate import Scanned
from tests.protection.gitlab.support import MAIN, events, findings, said, settings, unread

MR = 'if: $CI_PIPELINE_SOURCE == "merge_request_event"'
PASS: list[tuple[str, str]] = []
ABSENT = [("job-not-on-merge-requests", "high")]
MAYBE = [("job-may-be-skipped", "medium")]
FAILS = [("job-allowed-to-fail", "high")]
MISSING = [("required-job-missing", "high")]
GUESS = [("required-job-unverifiable", "medium")]
WORKFLOW = f"""
workflow:
  rules:
    - {MR}
    - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS
      when: never
    - if: $CI_COMMIT_BRANCH
"""


def job(body: str, name: str = "test") -> str:
    lines = "".join(f"  {line}\n" for line in body.strip().split("\n"))
    return f"{name}:\n  script: make\n{lines}"


# which pipeline decides


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        ("test: {script: make}", PASS),  # only the branch has a pipeline, and the job is in it
        (job(f"rules:\n  - {MR}"), PASS),
        (job("rules:\n  - if: $CI_MERGE_REQUEST_IID"), PASS),
        (job(f"rules:\n  - {MR}\n  - if: $CI_COMMIT_BRANCH"), PASS),
        (job("rules:\n  - when: always"), PASS),
        ("test: {script: make}\n" + job(f"rules:\n  - {MR}", "lint"), ABSENT),  # the merge request's own pipeline has lint alone
        (WORKFLOW + "test: {script: make}\n" + job(f"rules:\n  - {MR}", "lint"), PASS),  # a workflow takes the default of only away
        (job("rules:\n  - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"), ABSENT),
        (job("rules:\n  - if: $CI_COMMIT_TAG"), ABSENT),
        (job('rules:\n  - if: $CI_PIPELINE_SOURCE == "schedule"'), ABSENT),
        (job("rules: []"), ABSENT),
        (job(f"rules:\n  - {MR}\n    when: never\n  - when: always"), PASS),  # the branch's pipeline has it, and is the only one
        (job(f"rules:\n  - {MR}\n    when: never\n  - when: always") + job(f"rules:\n  - {MR}", "lint"), ABSENT),
        ("workflow:\n  rules:\n    - if: $CI_COMMIT_TAG\ntest: {script: make}", ABSENT),  # no pipeline at all
        ("workflow:\n  rules:\n    - when: never\ntest: {script: make}", ABSENT),
        ("workflow: {name: x}\ntest: {script: make}", PASS),
        (f"workflow:\n  rules:\n    - {MR}\n      changes: ['**/*']\n" + "test: {script: make}", PASS),
        (f"workflow:\n  rules:\n    - {MR}\n      changes: [docs/**]\n    - if: $CI_COMMIT_BRANCH\n" + job(f"rules:\n  - {MR}"), PASS),
        # with documentation alone a pipeline of the merge request starts, and the job is not in it
        ("test: {script: make}\n" + job(f"rules:\n  - {MR}\n    changes: [docs/**]", "docs"), MAYBE),
        ("test: {script: make}\n" + job(f"stage: .pre\nrules:\n  - {MR}", "lint"), PASS),  # .pre alone starts nothing
    ],
)
def test_which_pipeline_decides(pipeline: str, expected: list[tuple[str, str]]) -> None:
    assert said(pipeline) == expected


def test_a_job_of_the_branch_alone_is_named_with_its_place() -> None:
    (found,) = findings("test: {script: make}\n" + job(f"rules:\n  - {MR}", "lint"))
    assert found.location == Location("branch-protection/gitlab.json", 25, 5)
    assert found.subject == "test"
    assert found.data["context"] == "test"
    assert found.data["emitters"] == [{"workflow": ".gitlab-ci.yml", "line": 1, "job": "test", "name": "test"}]
    assert "merge request" in found.message


# rules, only and except


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"rules:\n  - {MR}\n    changes: [src/**]", MAYBE),
        (f"rules:\n  - {MR}\n    changes:\n      paths: [src/**]", MAYBE),
        (f"rules:\n  - {MR}\n    changes: ['**/*']", PASS),
        (f"rules:\n  - {MR}\n    changes: {{paths: ['**/*'], compare_to: main}}", MAYBE),
        (f"rules:\n  - {MR}\n    exists: [Dockerfile]", MAYBE),
        (f"rules:\n  - if: $SKIP\n    when: never\n  - {MR}", MAYBE),
        (f"rules:\n  - if: $SKIP\n  - {MR}", PASS),
        ("rules:\n  - if: $CI_MERGE_REQUEST_LABELS =~ /run/", MAYBE),
        ("only: [merge_requests]", PASS),
        ("only: [branches]", PASS),
        ("only: [pushes]", PASS),
        ("only: [main]", ABSENT),
        ("only: [develop]", MAYBE),
        ("only: ['/^feature/']", MAYBE),
        ("only: [tags]", ABSENT),
        ("only: schedules", ABSENT),
        ("only: [branches@group/project]", MAYBE),
        ("only:\n  refs: [merge_requests]\n  changes: [src/**]", MAYBE),
        ("only:\n  changes: [src/**]", MAYBE),
        ("only:\n  refs: [merge_requests]\n  variables: [$CI_MERGE_REQUEST_IID]", PASS),
        ("only:\n  refs: [merge_requests]\n  variables: [$CI_COMMIT_TAG]", ABSENT),
        ("only:\n  kubernetes: active", MAYBE),
        ("except: [main]", PASS),
        ("except: [schedules, tags]", PASS),
        ("except: [branches]", ABSENT),
        ("except:\n  changes: ['*.md']", MAYBE),
    ],
)
def test_when_a_job_is_in_the_pipeline(body: str, expected: list[tuple[str, str]]) -> None:
    assert said(job(body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("allow_failure: true", FAILS),
        ("allow_failure: yes", FAILS),  # a boolean to Ruby
        ("allow_failure: false", PASS),
        ("allow_failure: no", PASS),
        ("allow_failure:\n  exit_codes: [137]", [("job-allowed-to-fail", "medium")]),
        ("when: manual", FAILS),
        ("when: manual\nallow_failure: false", PASS),
        (f"rules:\n  - {MR}\n    when: manual", PASS),
        (f"rules:\n  - {MR}\n    when: manual\n    allow_failure: true", FAILS),
        (f"rules:\n  - {MR}\n    allow_failure: true", FAILS),
        (f"allow_failure: true\nrules:\n  - {MR}\n    allow_failure: false", PASS),
        (f"when: manual\nrules:\n  - {MR}", FAILS),
        (f"rules:\n  - if: $FLAKY\n    allow_failure: true\n  - {MR}", [("job-allowed-to-fail", "medium")]),
        ("when: delayed\nstart_in: 1 hour", PASS),
        ("when: on_failure", [("job-may-be-skipped", "high")]),
        ("trigger: {project: other/one}", FAILS),
        ("trigger: other/one", FAILS),
        ("trigger: {project: other/one, strategy: depend}", PASS),
        ("trigger: {project: other/one, strategy: mirror}", PASS),
    ],
)
def test_whether_its_failure_counts(body: str, expected: list[tuple[str, str]]) -> None:
    assert said(job(body)) == expected


def test_a_job_behind_one_that_nobody_has_to_start() -> None:
    chain = job("needs: [middle]") + job("needs:\n  - job: first", "middle") + job("when: manual", "first")
    assert said(chain) == MAYBE
    assert said(chain.replace("when: manual", "when: manual\n  allow_failure: false")) == PASS
    assert said(job("needs: [test]")) == PASS
    assert said(job("needs:\n  - project: a/b\n    job: x\n    ref: main\n  - nothing")) == PASS


def test_a_rule_for_one_target_is_a_finding_of_that_branch() -> None:
    data = settings(protected_branches=[MAIN, {**MAIN, "name": "develop"}])
    (found,) = findings(job('rules:\n  - if: $CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "main"'), data)
    assert (found.subject, found.data["branch"]) == ("develop: test", "develop")
    assert found.severity == Severity.HIGH
    data = settings(protected_branches=[MAIN, {**MAIN, "name": "release/*"}])
    (found,) = findings(job('rules:\n  - if: $CI_MERGE_REQUEST_TARGET_BRANCH_NAME == "main"'), data)
    assert (found.subject, str(found.severity)) == ("release/*: test", "medium")


# names


@pytest.mark.parametrize(
    ("pipeline", "hint"),
    [
        ("tests: {script: make}", "did you mean 'tests'?"),
        ("Test: {script: make}", "did you mean 'Test'? the case of letters counts"),
        (".test: {script: make}\nother: {script: make}", ""),
        ("lint: {script: make}", ""),
        ("test-unit:\n  script: make\n  parallel: 2\n", "did you mean 'test-unit'?"),
    ],
)
def test_a_job_that_is_not_there(pipeline: str, hint: str) -> None:
    (found,) = findings(pipeline)
    assert found.rule.id == "protection/gitlab-required-job-missing"
    assert found.data["hint"] == hint


@pytest.mark.parametrize("name", [".hidden", "stages"])
def test_what_never_runs_is_no_job(name: str) -> None:
    (found,) = findings("stages: [test]\n.hidden: {script: make}\ntest: {script: make}", settings(required_jobs=[name]))
    assert "never runs" in found.message


@pytest.mark.parametrize(
    ("parallel", "name", "expected"),
    [
        ("3", "test", PASS),
        ("3", "test 3/3", PASS),
        ("3", "test 4/3", MISSING),
        ("\n  matrix:\n    - PY: ['3.12', 3.13]\n      OS: linux\n    - PY: x", "test: [3.12, linux]", PASS),
        ("\n  matrix:\n    - PY: ['3.12', 3.13]\n      OS: linux\n    - PY: x", "test: [x]", PASS),
        ("\n  matrix:\n    - PY: ['3.12', 3.13]\n      OS: linux\n    - PY: x", "test: [3.11, linux]", MISSING),
    ],
)
def test_parallel_jobs(parallel: str, name: str, expected: list[tuple[str, str]]) -> None:
    assert said(job(f"parallel: {parallel}"), settings(required_jobs=[name])) == expected


def test_a_defect_of_a_parallel_job_is_one_of_each_instance() -> None:
    assert said(job("parallel: 2\nallow_failure: true"), settings(required_jobs=["test 1/2"])) == FAILS


# one configuration out of many parts


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        (".a:\n  allow_failure: true\n" + job("extends: .a"), FAILS),
        (".a:\n  allow_failure: true\n.b:\n  extends: .a\n" + job("extends: .b"), FAILS),
        (".a:\n  allow_failure: true\n.b:\n  allow_failure: false\n" + job("extends: [.a, .b]"), PASS),
        (".a:\n  allow_failure: true\n.b:\n  allow_failure: false\n" + job("extends: [.b, .a]"), FAILS),
        (".a:\n  allow_failure: true\n" + job("extends: .a\nallow_failure: null"), PASS),
        (f".a:\n  rules:\n    - {MR}\n" + job("rules:\n  - !reference [.a, rules]\n  - when: never"), PASS),
        (".a:\n  rules:\n    - when: never\n" + job(f"rules:\n  - !reference [.a, rules]\n  - {MR}"), ABSENT),
        (f".a:\n  rules:\n    - {MR}\n.b:\n  rules: !reference [.a, rules]\n" + job("rules: !reference [.b, rules]"), PASS),
        (".a: &a\n  allow_failure: true\n" + job("<<: *a"), FAILS),
        (".a: &a\n  allow_failure: true\n" + job("<<: *a\nallow_failure: false"), PASS),
        (".a: &a\n  allow_failure: true\n" + job("allow_failure: false\n<<: *a"), FAILS),  # what stands later wins
        (".a: &a {when: manual}\n.b: &b {when: always}\n" + job("<<: [*a, *b]"), FAILS),
        (".a: &a {when: manual}\n.b: &b {when: always}\n" + job("<<: [*b, *a]"), PASS),
        (".a: &a {when: manual}\n.b: &b {when: always}\n" + job("<<: *a\n<<: *b"), PASS),
        (".a: &a {when: manual}\n.b: &b {when: always}\n" + job("<<: *b\n<<: *a"), FAILS),
        (f".r: &r\n  - {MR}\n" + job("rules: *r"), PASS),
        (f".r: &r\n  - {MR}\n" + job("rules:\n  - *r\n  - when: manual"), PASS),
        ("default: {interruptible: true}\nvariables: {A: b}\nimage: x\nbefore_script: [y]\ntest: {script: make}", PASS),
        ("spec:\n  inputs:\n    soft: {default: true}\n---\n" + job("allow_failure: $[[ inputs.soft ]]"), FAILS),
        ("spec:\n  inputs:\n    job: {default: te}\n---\n" + job("stage: test", '"$[[ inputs.job ]]st"'), PASS),
        ("spec:\n  inputs:\n    soft: {type: boolean}\n---\n" + job("allow_failure: $[[ inputs.soft ]]"), GUESS),
        ("spec:\n  inputs:\n    w:\n---\n" + job("when: $[[ inputs.w ]]"), GUESS),
        ("spec:\n  inputs:\n    n:\n---\n" + job("stage: test", '"$[[ inputs.n ]]"'), GUESS),
        ("spec:\n  inputs:\n    n:\n---\n" + job("rules: $[[ inputs.n ]]"), GUESS),
        ("spec:\n  inputs:\n    n: {default: x}\n---\n" + job("rules:\n  - if: $[[ inputs.n | expand_vars ]]"), MAYBE),
    ],
)
def test_configurations_are_put_together(pipeline: str, expected: list[tuple[str, str]]) -> None:
    assert said(pipeline) == expected


def test_included_files_come_first_and_their_own_includes_before_them() -> None:
    files = {
        ".gitlab-ci.yml": "include:\n  - local: /ci/a.yml\n  - ci/b.yml\ntest:\n  stage: test\n",
        "ci/a.yml": "include: ci/c.yml\ntest:\n  allow_failure: false\n",
        "ci/b.yml": "lint: {script: x}\n",
        "ci/c.yml": "test:\n  script: make\n  allow_failure: true\n",
    }
    assert said(files) == PASS
    assert said({**files, "ci/b.yml": "test: {allow_failure: true}"}) == FAILS
    assert [one.files for one in events(files) if isinstance(one, Scanned)] == [1, 4]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("ci/*.yml", True), ("ci/**.yml", True), ("ci/**/*.yml", False), ("*/a.yml", True), ("ci/sub/*.yml", False), ("c*/a.yaml", False)],
)
def test_wildcards_of_an_include(pattern: str, found: bool) -> None:
    files = {".gitlab-ci.yml": f"include: '{pattern}'\nlint: {{script: x}}\n", "ci/a.yml": "test: {script: make}\n", "ci/sub/b.txt": ""}
    assert said(files) == (PASS if found else MISSING)
    assert ("required-job-unverifiable", "medium") in said(files, listed=False)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (f"- {MR}", PASS),
        ("- if: $CI_COMMIT_TAG", MISSING),
        (f"- {MR}\n        when: never", MISSING),
        ("- if: $MORE", MAYBE),
        ("- exists: [x]", MAYBE),
    ],
)
def test_an_include_with_rules(rules: str, expected: list[tuple[str, str]]) -> None:
    root = f"include:\n  - local: a.yml\n    rules:\n      {rules}\nlint:\n  script: x\n  rules:\n    - {MR}\n"
    assert said({".gitlab-ci.yml": root, "a.yml": job(f"rules:\n  - {MR}")}) == expected


def test_an_include_with_inputs() -> None:
    files = {
        ".gitlab-ci.yml": "include:\n  - local: a.yml\n    inputs: {name: test, soft: true}\n",
        "a.yml": 'spec:\n  inputs:\n    name:\n    soft: {default: false}\n---\n"$[[ inputs.name ]]":\n  script: make\n'
        "  allow_failure: $[[ inputs.soft ]]\n",
    }
    assert said(files) == FAILS
    assert said({**files, ".gitlab-ci.yml": files[".gitlab-ci.yml"].replace("soft: true", "soft: false")}) == PASS


@pytest.mark.parametrize(
    "include",
    [
        "template: Security/SAST.gitlab-ci.yml",
        "remote: https://example.com/ci.yml",
        "https://example.com/ci.yml",
        "project: group/ci\n    file: x.yml",
        "component: $CI_SERVER_FQDN/a/b@1",
        "local: $WHERE",
    ],
)
def test_what_stands_outside_can_hold_a_job_and_is_no_proof_of_one(include: str) -> None:
    pipeline = WORKFLOW + f"include:\n  - {include}\nlint: {{script: x}}\n"
    assert said(pipeline) == GUESS
    assert said(pipeline, strict=True) == [("required-job-unverifiable", "high")]
    assert said(pipeline + "test: {script: make}\n") == PASS


def test_without_a_workflow_what_stands_outside_may_decide_for_all() -> None:
    (found,) = findings("include:\n  - template: Security/SAST.gitlab-ci.yml\ntest: {script: make}\n")
    assert (found.subject, found.data["hint"]) == ("workflow", "define workflow:rules")
    assert str(found.severity) == "medium"


@pytest.mark.parametrize("body", ["extends: .theirs", "rules: !reference [.theirs, rules]", "allow_failure: !reference [.theirs, soft]"])
def test_what_a_job_takes_from_outside_is_not_known(body: str) -> None:
    assert said(WORKFLOW + "include: [{remote: 'https://example.com/x.yml'}]\n" + job(body)) == GUESS


def test_the_rest_of_a_job_may_stand_outside() -> None:
    assert said(WORKFLOW + "include: [{remote: 'https://example.com/x.yml'}]\ntest: {stage: test}\n") == GUESS


def test_a_job_of_a_child_pipeline_is_not_followed() -> None:
    pipeline = "child:\n  trigger: {include: child.yml, strategy: depend}\n"
    (found,) = findings(pipeline)
    assert "the child pipeline that 'child' starts" in found.message
    assert found.rule.id == "protection/gitlab-required-job-unverifiable"


# what cannot be read


@pytest.mark.parametrize(
    ("pipeline", "line", "message"),
    [
        ("a: [", 2, "not valid YAML"),
        ("- a", 1, "must be a table"),
        ("a: {script: x}\na: {script: y}", 2, "duplicate key"),
        ("a: {script: x}\n---\nb: {script: x}", 3, "spec"),
        ("test: make", 1, "must be a table"),
        ("test: {stage: x}", 1, "no script"),
        ("test: !secret [a]", 1, "no tag"),
        ("test: {script: x, when: sometimes}", 1, "'when' must be one of"),
        ("test: {script: x, allow_failure: 3}", 1, "true or false"),
        ("test: {script: x, allow_failure: {codes: 3}}", 1, "exit_codes"),
        ("test:\n  script: x\n  rules:\n    - if: $A ==", 4, "cannot be read"),
        ("test:\n  script: x\n  rules: [always]", 3, "a rule must be a table"),
        ("test:\n  script: x\n  rules: []\n  only: [main]", 3, "one of them"),
        ("test:\n  script: x\n  extends: .no", 3, "does not exist"),
        ("test:\n  script: x\n  extends: test", 3, "extends itself"),
        (".a: {extends: .b}\n.b:\n  extends: .a\ntest: {script: x, extends: .a}", 1, "extends itself"),
        ("test:\n  script: x\n  rules: !reference [.no, rules]", 3, "does not exist"),
        ("test:\n  script: x\n  rules: !reference [test, rules]", 3, "leads on"),
        ("test:\n  script: x\n  rules: !reference rules", 3, "takes a list"),
        ("test:\n  script: x\n  <<: 3", 3, "<< takes"),
        ("test:\n  script: x\n  parallel: 201", 3, "between 1 and 200"),
        ("test:\n  script: x\n  parallel: {matrix: [{A: [" + ",".join(map(str, range(201))) + "]}]}", 3, "more than 200"),
        ("test:\n  script: x\n  parallel: yes please", 3, "must be a number"),
        ("include: no.yml\ntest: {script: x}", 1, "does not exist"),
        ("include:\n  - locale: no.yml", 2, "must name one of"),
        ("include: .gitlab-ci.yml", 1, "includes itself"),
        ("workflow:\n  rules:\n    - if: (", 3, "cannot be read"),
    ],
)
def test_what_gitlab_would_refuse_is_an_error_with_its_line(pipeline: str, line: int, message: str) -> None:
    found = unread(pipeline)
    assert message in found.message
    assert (found.path, found.line) == (".gitlab-ci.yml", line)


def test_an_error_in_an_included_file_names_that_file() -> None:
    found = unread({".gitlab-ci.yml": "include: a.yml", "a.yml": "\ntest: {script: x, when: 1}"})
    assert (found.path, found.line) == ("a.yml", 2)


def test_no_pipeline_is_an_error() -> None:
    found = unread(None)
    assert "protection files without workflows" in found.message


def test_a_circle_of_includes_is_an_error() -> None:
    found = unread({".gitlab-ci.yml": "include: a.yml", "a.yml": "include: b.yml", "b.yml": "include: a.yml"})
    assert (found.path, found.message) == ("b.yml", "a.yml includes itself")


def test_references_to_lists_of_references_do_not_grow_for_ever() -> None:
    levels = "".join(f".a{n}:\n  x: [{', '.join([f'!reference [.a{n - 1}, x]'] * 40)}]\n" for n in range(1, 9))
    found = unread(".a0: {x: [1]}\n" + levels + "test:\n  script: x\n  rules: !reference [.a8, x]\n")
    assert "references stand for more than" in found.message


def test_deep_values_behind_references_are_an_error() -> None:
    deep = "".join(f".a{n}:\n  x: {'[' * 50}!reference [.a{n + 1}, x]{']' * 50}\n" for n in range(8))
    found = unread(deep + ".a8: {x: 1}\ntest:\n  script: x\n  rules: !reference [.a0, x]\n")
    assert "nested deeper" in found.message


def test_the_settings_are_judged_though_the_pipeline_cannot_be_read() -> None:
    found = events("a: [", settings(only_allow_merge_if_pipeline_succeeds=False))
    assert [type(one).__name__ for one in found] == ["Scanned", "Finding", "Unread"]


# what holds for any


@given(st.text(st.sampled_from("test:- \n[]{}&*<!'\"$|&=()rules"), max_size=80))
@hypothesis_settings(max_examples=200)
def test_any_text_is_judged_or_refused(text: str) -> None:
    found = events(text)
    assert any(type(one).__name__ in ("Unread", "Finding") for one in found) or "test" in text


BODIES = ["", "allow_failure: true", "when: manual", "only: [tags]", "only: [merge_requests]", f"rules:\n  - {MR}", "rules:\n  - if: $X"]


@given(st.sampled_from(BODIES), st.sampled_from(BODIES), st.booleans(), st.sampled_from(["extends", "anchor", "include", "plain"]))
def test_how_it_is_written_changes_no_verdict(body: str, other: str, workflow: bool, way: str) -> None:
    top = WORKFLOW if workflow else ""
    plain = top + job(body) + job(other, "lint")
    if way == "extends":
        written: dict[str, str] | str = top + job(body, ".base") + "test: {extends: .base}\n" + job(other, "lint")
    elif way == "anchor":
        written = top + job(body, ".base").replace(".base:", ".base: &base") + "test: {<<: *base}\n" + job(other, "lint")
    elif way == "include":
        written = {".gitlab-ci.yml": f"include: [a.yml, b.yml]\n{top}", "a.yml": job(other, "lint"), "b.yml": job(body)}
    else:
        written = job(other, "lint") + "# a comment\n\n" + job(body) + top
    assert said(written) == said(plain)


@given(st.sampled_from(["test", "lint", "build"]), st.sampled_from(["", "-renamed", None]))
def test_a_required_job_that_goes_or_is_renamed_is_always_found(name: str, change: str | None) -> None:
    parts = {one: job(f"rules:\n  - {MR}", one) for one in ("test", "lint", "build")}
    if change is None:
        del parts[name]
    else:
        parts[name] = parts[name].replace(f"{name}:", f"{name}{change}:", 1)
    expected = PASS if change == "" else MISSING
    assert said("".join(parts.values()), settings(required_jobs=[*("test", "lint", "build")])) == expected
