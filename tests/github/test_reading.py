from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.core.documents import DocumentError, Node, plain
from gates.github.reading import is_workflow, read
from gates.github.workflow import Filter, Job, Trigger, Workflow

PATH = ".github/workflows/ci.yml"
WORK = "runs-on: u, steps: [{run: x}]"


def workflow(text: str) -> Workflow:
    found = read(text.encode(), PATH)
    assert found is not None
    return found


def on(text: str) -> Mapping[str, Trigger]:
    return workflow(f"on: {text}\njobs: {{a: {{{WORK}}}}}\n").triggers


def job(text: str) -> Job:
    """`text` is the inside of a job, indented by four."""
    return workflow(f"on: push\njobs:\n  b: {{{WORK}}}\n  a:\n    runs-on: u\n{text}\n    steps: [{{run: x}}]\n").jobs["a"]


def step(text: str) -> Job:
    return workflow(f"on: push\njobs: {{a: {{runs-on: u, steps: [{{{text}}}]}}}}")


def refusal(text: str) -> str:
    with pytest.raises(DocumentError) as caught:
        read(text.encode(), PATH)
    assert caught.value.path == PATH
    return f"{caught.value.line}: {caught.value.message}"


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        (".github/workflows/ci.yml", True),
        (".github/workflows/ci.yaml", True),
        (".github/workflows/a.b.yml", True),
        (".github/workflows/ci.YML", False),
        (".github/workflows/ci.json", False),
        (".github/workflows/old/ci.yml", False),
        ("a/.github/workflows/ci.yml", False),
        (".github/ci.yml", False),
    ],
)
def test_workflows_stand_directly_in_their_folder(path: str, is_one: bool) -> None:
    assert is_workflow(path) is is_one


def test_a_file_of_comments_is_no_workflow() -> None:
    assert read(b"# off for now\n", PATH) is None
    assert read(b"", PATH) is None


@pytest.mark.parametrize(
    "written", ["[push, pull_request]", "{push: , pull_request: }", "{push: {}, 'pull_request': ~}", "\n  - push\n  - pull_request"]
)
def test_events_are_written_in_several_ways(written: str) -> None:
    triggers = on(written)
    assert list(triggers) == ["push", "pull_request"]
    assert triggers["pull_request"][2:] == Trigger("", 1)[2:]


def test_one_event_is_text_and_its_key_may_be_quoted() -> None:
    assert on("pull_request") == {"pull_request": Trigger("pull_request", 1)}
    assert list(workflow(f"'on': push\njobs: {{a: {{{WORK}}}}}").triggers) == ["push"]


def test_filters_keep_their_order_and_lines() -> None:
    text = """
  pull_request:
    branches: ['release/**', '!release/old']
    paths-ignore: docs/**
    types: [opened, synchronize]
  push:
    branches-ignore:
      - 1.x
      - 2.0
    tags: v*
    paths: [a]
  schedule:
    - cron: '0 0 * * *'"""
    triggers = on(text)
    assert triggers["pull_request"] == Trigger(
        "pull_request",
        2,
        branches=Filter(("release/**", "!release/old"), False, 3),
        paths=Filter(("docs/**",), True, 4),
        types=("opened", "synchronize"),
        types_line=5,
    )
    assert triggers["push"] == Trigger("push", 6, Filter(("1.x", "2"), True, 7), Filter(("v*",), False, 10), Filter(("a",), False, 11))
    assert triggers["schedule"] == Trigger("schedule", 12)


def test_a_filter_with_nothing_behind_it_is_a_filter() -> None:
    assert on("{push: {branches: , types: }}")["push"] == Trigger("push", 1, branches=Filter((), False, 1), types=(), types_line=1)


def test_an_unknown_event_is_let_through() -> None:
    assert list(on("{hurricane: {names: [a]}}")) == ["hurricane"]


def test_inputs_of_a_reusable_workflow() -> None:
    text = """
  workflow_call:
    inputs:
      os: {type: string, default: linux}
      deep: {type: boolean, required: true}
      bare:"""
    inputs = workflow(f"on:{text}\njobs: {{a: {{{WORK}}}}}").inputs
    assert list(inputs) == ["os", "deep", "bare"]
    assert inputs["os"].default == Node("linux", 4, 35, 4, 26)
    assert inputs["os"][1:] == (False, "string")
    assert inputs["deep"] == (None, True, "boolean")
    assert inputs["bare"] == (None, False, "string")
    assert on("workflow_call") != {}


def test_a_job_knows_its_places() -> None:
    found = workflow(
        """name: CI
on: push
jobs:
  build:
    name: Build it
    if: ${{ github.actor != 'x' }}
    runs-on: u
    strategy:
      matrix: {os: [a, b]}
    continue-on-error: true
    steps:
      - uses: actions/checkout@v4
      - name: say
        if: ${{ always() }}
        run: |
          echo
        continue-on-error: ${{ matrix.os == 'a' }}
      - run: |

          make all
          make more
      - {run: ''}
"""
    )
    assert found.name == "CI"
    build = found.jobs["build"]
    assert (build.id, build.line, build.column, build.name, build.name_line) == ("build", 4, 3, "Build it", 5)
    assert (build.condition, build.condition_line) == ("github.actor != 'x'", 6)
    assert (build.continue_on_error, build.continue_line) == ("true", 10)
    assert build.matrix is not None
    assert plain(build.matrix) == {"os": ["a", "b"]}
    assert [(step.line, step.label) for step in build.steps] == [(12, "actions/checkout@v4"), (13, "say"), (18, "make all"), (22, "step 4")]
    say = build.steps[1]
    assert (say.condition, say.run, say.continue_on_error, say.continue_line) == ("always()", "echo\n", "matrix.os == 'a'", 17)


def test_what_a_job_does_not_say_is_empty() -> None:
    found = job("")
    assert (found.name, found.name_line, found.condition, found.needs, found.matrix, found.uses) == ("", 4, "", (), None, "")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Build", "Build"),
        ("3.10", "3.1"),
        ("'3.10'", "3.10"),
        ("true", "true"),
        ("yes", "yes"),
        ("010", "10"),
        ("0o17", "15"),
        ("", ""),
        ("''", ""),
    ],
)
def test_names_are_written_as_github_writes_scalars(written: str, name: str) -> None:
    assert job(f"    name: {written}").name == name


def test_numbers_in_a_matrix_are_those_of_yaml_1_2() -> None:
    matrix = job("    strategy: {matrix: {v: [010, 0o17, 3.10, 00.50, '010', 12:30, 0x1F, on]}}").matrix
    assert matrix is not None
    assert plain(matrix) == {"v": [10, 15, 3.1, 0.5, "010", "12:30", 31, "on"]}


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("${{ a }}", "a"),
        ("a == 'b'", "a == 'b'"),
        ("true", "true"),
        ("0", "0"),
        ("\"${{ contains('}}', a) }}\"", "contains('}}', a)"),
        ("${{ a }} && ${{ b }}", "format('{0} && {1}', a, b)"),
        ("${{ a }} == 'x'", "format('{0} == ''x''', a)"),
        ("${{ a }}{}", "format('{0}{{}}', a)"),
        ("|\n      ${{ a }}", "format('{0}\n', a)"),
        ("|\n      a ||\n      b", "a ||\n      b".replace("      ", "")),
        (">-\n      ${{ a &&\n      b }}", "a && b"),
        ("${{ a", "${{ a"),
        ("${{ a }} ${{ b", "${{ a }} ${{ b"),
        ("", ""),
    ],
)
def test_a_condition_is_the_source_of_one_expression(written: str, source: str) -> None:
    assert job(f"    if: {written}").condition == source


def test_needs_are_text_or_a_list_and_case_makes_no_difference() -> None:
    assert job("    needs: b").needs == ("b",)
    assert job("    needs: [B]").needs == ("b",)
    assert job("    needs: []").needs == ()


def test_a_caller_has_its_inputs() -> None:
    found = workflow(
        "on: push\njobs: {a: {uses: ./.github/workflows/b.yml, with: {os: linux}, secrets: inherit, strategy: {matrix: {v: [1]}}}}"
    ).jobs["a"]
    assert found.uses == "./.github/workflows/b.yml"
    assert found.steps == ()
    assert {name: node.value for name, node in found.inputs.items()} == {"os": "linux"}
    assert found.matrix is not None


@pytest.mark.parametrize("strategy", ["${{ fromJSON(inputs.s) }}", "{matrix: '${{ fromJSON(inputs.m) }}'}"])
def test_an_expression_in_place_of_a_matrix_stays_one(strategy: str) -> None:
    matrix = job(f"    strategy: {strategy}").matrix
    assert matrix is not None
    assert str(matrix.value).startswith("${{")


@pytest.mark.parametrize("strategy", ["", "{}", "{fail-fast: false}", "{matrix: }"])
def test_a_strategy_need_not_have_a_matrix(strategy: str) -> None:
    assert job(f"    strategy: {strategy}").matrix is None


def test_anchors_and_aliases_work() -> None:
    found = workflow(
        f"""on:
  push: &filter
    branches: &main [main]
  pull_request: *filter
  merge_group: {{branches: *main}}
jobs:
  a: &job {{{WORK}}}
  b: *job
  c: {{needs: [a, b], {WORK}}}
"""
    )
    assert [trigger.branches and trigger.branches.patterns for trigger in found.triggers.values()] == [("main",)] * 3
    assert found.triggers["pull_request"].line == 4
    assert (found.jobs["b"].id, found.jobs["b"].line) == ("b", 8)


def test_two_less_than_signs_are_fine_where_they_are_no_key() -> None:
    assert step("run: 'cat <<EOF', env: {A: '<<: x'}")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("on: push\n", "1: the workflow has no jobs; give it one"),
        ("on: push\njobs:\n", "2: the workflow has no jobs; give it one"),
        ("on: push\njobs: {}\n", "2: the workflow has no jobs; give it one"),
        ("on: push\njobs: [a]\n", "2: 'jobs' must be a mapping of job ids to jobs"),
        (f"jobs: {{a: {{{WORK}}}}}", "1: the workflow has no 'on'; say which events start it"),
        (f"true: push\njobs: {{a: {{{WORK}}}}}", "1: the workflow has no 'on'; say which events start it"),
        (f"jobs: {{a: {{{WORK}}}}}\non:\n", "2: 'on' names no event; say which events start the workflow"),
        (f"on: []\njobs: {{a: {{{WORK}}}}}", "1: 'on' names no event; say which events start the workflow"),
        ("- on: push\n", "1: the workflow must be a table, not a list"),
        ("on: 5\n", "1: 'on' must be an event, a list of events or a mapping of them"),
        ("on: [{push: }]\n", "1: 'on' must be an event, a list of events or a mapping of them"),
        ("on:\n  push: main\n", "2: the event 'push' must hold a mapping of filters, or nothing"),
        ("on:\n  push:\n    branches:\n      a: b\n", "4: 'branches' must be text or a list of texts"),
        (
            "on:\n  push:\n    branches: [a]\n    branches-ignore: [b]\n",
            "4: an event can have 'branches' or 'branches-ignore', not both; write exceptions as patterns with ! in front",
        ),
        ("on: push\njobs:\n  a b: {}\n", "3: 'a b' is no job id; start with a letter or _ and go on with letters, digits, - and _"),
        ("on: push\njobs:\n  1a: {}\n", "3: '1a' is no job id; start with a letter or _ and go on with letters, digits, - and _"),
        ("on: push\njobs:\n  a:\n", "3: the job 'a' must be a table, not empty"),
        ("on: push\njobs:\n  a: {steps: [{run: x}]}\n", "3: the job 'a' has neither 'runs-on' nor 'uses'; say what runs it"),
        ("on: push\njobs:\n  a: {runs-on: u}\n", "3: the job 'a' has no steps; give it one"),
        ("on: push\njobs:\n  a: {runs-on: u, steps: x}\n", "3: the steps of the job 'a' must be a list"),
        ("on: push\njobs:\n  a:\n    runs-on: u\n    steps:\n      - x\n", "6: a step must be a table, not text"),
        (
            "on: push\njobs:\n  a:\n    uses: x\n    steps: []\n",
            "5: the job 'a' calls a workflow with 'uses', so it cannot have 'steps'; drop one of them",
        ),
        (
            "on: push\njobs:\n  a:\n    uses: x\n    runs-on: u\n",
            "5: the job 'a' calls a workflow with 'uses', so it cannot have 'runs-on'; drop one of them",
        ),
        (
            f"on: push\njobs:\n  a: {{{WORK}, needs: [gone]}}\n",
            "3: the job 'a' needs 'gone', and no job has that id; name one of this file",
        ),
        (f"on: push\njobs:\n  a: {{{WORK}, name: [x]}}\n", "3: 'name' must be text"),
        (f"on: push\njobs:\n  a: {{{WORK}, if: {{x: y}}}}\n", "3: 'if' must be text"),
        (f"on: push\njobs:\n  a: {{{WORK}}}\n  a: {{{WORK}}}\n", "4: duplicate key 'a'; it is already set in line 3"),
        (
            "on: push\nenv: &e {A: b}\njobs:\n  a:\n    runs-on: u\n    env:\n      <<: *e\n    steps: [{run: x}]\n",
            "7: GitHub knows no merge keys; write out what << stands for, or give an alias the whole value",
        ),
        ("on: [push\n", "2: not valid YAML: did not find expected ',' or ']'"),
    ],
)
def test_what_github_refuses_is_refused_with_its_line(text: str, complaint: str) -> None:
    assert refusal(text) == complaint


@pytest.mark.parametrize("needs", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "b"}])
def test_a_cycle_of_needs_is_refused(needs: dict[str, str]) -> None:
    jobs = "".join(f"  {name}: {{{WORK}, needs: {needed}}}\n" for name, needed in needs.items())
    assert refusal(f"on: push\njobs:\n{jobs}") == "3: the job 'a' waits for itself through its needs, or for jobs that do; drop one"


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob(".github/workflows/*.y*ml")), ids=lambda path: path.name)
def test_our_own_workflows_are_read(path: Path) -> None:
    found = read(path.read_bytes(), f".github/workflows/{path.name}")
    assert found is not None
    assert found.jobs


VALUES = st.recursive(
    st.sampled_from(["push", "pull_request", "${{ a }}", "main", "a", "b", "", "'", "}}", 1, 3.1, True, None]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["branches", "types", "a", "b", "run", "uses", "matrix", "push"]), inner, max_size=4)
    ),
    max_leaves=8,
)
JOB = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("name", "if", "needs", "runs-on", "uses", "with", "steps", "strategy", "continue-on-error"), VALUES),
)


@settings(max_examples=200)
@given(st.fixed_dictionaries({"on": VALUES, "jobs": st.dictionaries(st.sampled_from(["a", "b", "c d"]), JOB, max_size=3)}))
def test_any_document_is_a_workflow_or_a_document_error(document: object) -> None:
    line = 1
    try:
        found = read(json.dumps(document).encode(), PATH)
    except DocumentError as error:
        line = error.line
    else:
        assert found is not None
        assert found.jobs
        assert found.triggers
    assert line == 1


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        (f"  test: {{{WORK}}}\n  Test: {{{WORK}}}", "4: the keys 'test' and 'Test' differ in case alone, which GitHub refuses; rename one"),
        (
            "  a:\n    runs-on: u\n    strategy:\n      matrix:\n        os: [a]\n        OS: [b]\n    steps: [{run: x}]",
            "8: the keys 'os' and 'OS' differ in case alone, which GitHub refuses; rename one",
        ),
        (f"  a: {{nmae: x, {WORK}}}", "3: unknown key 'nmae' in the job 'a'; did you mean 'name'?"),
        (f"  a: {{Name: x, {WORK}}}", "3: unknown key 'Name' in the job 'a'; did you mean 'name'?"),
    ],
)
def test_keys_that_github_refuses(jobs: str, expected: str) -> None:
    assert refusal(f"on: push\njobs:\n{jobs}\n") == expected


def test_every_documented_key_of_a_job_is_known() -> None:
    keys = (
        "permissions: {}",
        "snapshot: x",
        "environment: x",
        "concurrency: x",
        "outputs: {}",
        "env: {a: b}",
        "defaults: {}",
        "timeout-minutes: 1",
        "cancel-timeout-minutes: 1",
        "strategy: {fail-fast: false}",
        "container: x",
        "services: {}",
    )
    assert workflow(f"on: push\njobs: {{a: {{{WORK}, {', '.join(keys)}}}}}").jobs["a"].steps
    assert workflow("on: push\njobs: {a: {uses: ./x.yml, with: {}, secrets: inherit}}").jobs["a"].uses


def test_infinity_is_a_number() -> None:
    assert job("    name: -.inf").name == "-Infinity"
    assert job("    name: .NaN").name == "NaN"
