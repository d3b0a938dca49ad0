from __future__ import annotations

import random
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.github.emission import Emission, Pattern, Problem
from gates.github.emissions import MAX_LEVELS, MAX_NAMES, emissions
from gates.github.names import match
from gates.github.workflow import Workflow
from tests.github.build import CI, job, problems, told, workflow, workflows

STEPS = "runs-on: x, steps: [{run: make}]"


def emitted(files: dict[str, Workflow], remote: dict[str, tuple[str, ...]] | None = None) -> list[Emission]:
    return [event for event in emissions(files, remote or {}, {"event_name": "pull_request"}) if isinstance(event, Emission)]


def best(files: dict[str, Workflow], context: str) -> str:
    answers = {match(name, context) for emission in emitted(files) for name in emission.names}
    return next(answer for answer in ("yes", "maybe", "no") if answer in answers)


# The hard cases about names


def test_a_part_of_a_name_may_read_no_matrix() -> None:
    files = job(f"t: {{name: '${{{{ matrix.v }}}} ${{{{ github.event_name }}}}', strategy: {{matrix: {{v: [1, 2]}}}}, {STEPS}}}")
    assert told(files, {"event_name": "push"}) == ["1 push", "2 push"]
    assert [match(name, "2 push") for name in told(files)] == ["no", "maybe"]


def test_case_1_versions_without_quotes() -> None:
    files = job(f"t: {{strategy: {{matrix: {{v: [3.9, 3.10]}}}}, {STEPS}}}")
    assert told(files) == ["t (3.9)", "t (3.1)"]
    assert best(files, "t (3.10)") == "no"


def test_case_2_versions_in_quotes() -> None:
    assert told(job(f"t: {{strategy: {{matrix: {{v: ['3.9', \"3.10\"]}}}}, {STEPS}}}")) == ["t (3.9)", "t (3.10)"]


def test_case_3_objects_as_values() -> None:
    matrix = "{p: [{os: linux, arch: arm64}, {arch: x64, os: mac}]}"
    assert told(job(f"t: {{strategy: {{matrix: {matrix}}}, {STEPS}}}")) == ["t (linux, arm64)", "t (x64, mac)"]


def test_case_4_include_alone_with_an_empty_text() -> None:
    assert told(job(f"t: {{strategy: {{matrix: {{include: [{{a: 1, b: '', c: z}}]}}}}, {STEPS}}}")) == ["t (1, z)"]


def test_case_5_include_that_extends_and_include_that_conflicts() -> None:
    matrix = "{os: [linux, mac], v: [1, 2], include: [{os: linux, extra: e}, {os: linux, v: 3, extra: f}]}"
    files = job(f"t: {{strategy: {{matrix: {matrix}}}, {STEPS}}}")
    assert told(files) == ["t (linux, 1)", "t (linux, 2)", "t (mac, 1)", "t (mac, 2)", "t (linux, 3, f)"]


def test_case_6_exclude_with_some_of_the_keys() -> None:
    matrix = "{os: [linux, mac], v: [1, 2], exclude: [{os: mac}]}"
    assert told(job(f"t: {{strategy: {{matrix: {matrix}}}, {STEPS}}}")) == ["t (linux, 1)", "t (linux, 2)"]


def test_case_7_a_name_that_is_missing_on_one_leg() -> None:
    matrix = "{cfg: [{name: One}, {id: 2}]}"
    assert told(job(f"t: {{name: '${{{{ matrix.cfg.name }}}}', strategy: {{matrix: {matrix}}}, {STEPS}}}")) == ["One", "t (2)"]


def test_case_8_a_name_of_the_event_alone() -> None:
    files = job(f"t: {{name: '${{{{ github.event_name }}}}', strategy: {{matrix: {{v: [1, 2, 3]}}}}, {STEPS}}}")
    assert told(files, {"event_name": "pull_request"}) == ["pull_request"] * 3
    assert told(files) == [Pattern(("", ""), "${{ github.event_name }}", event_data=True)] * 3


def test_case_9_a_matrix_from_the_output_of_a_job() -> None:
    files = job(f"t: {{strategy: {{matrix: {{v: '${{{{ fromJSON(needs.x.outputs.y) }}}}'}}}}, {STEPS}}}")
    assert best(files, "t (a)") == best(files, "t") == "maybe"
    assert best(files, "u (a)") == "no"


def test_case_10_a_vector_from_literal_json() -> None:
    files = job(f"t: {{strategy: {{matrix: {{v: '${{{{ fromJSON(''[\"a\",\"b\"]'') }}}}'}}}}, {STEPS}}}")
    assert told(files) == ["t (a)", "t (b)"]


def test_case_11_a_name_of_106_characters() -> None:
    files = job(f"t: {{name: {'n' * 106}, {STEPS}}}")
    assert told(files) == ["n" * 97 + "..."]
    assert emitted(files)[0].truncated
    assert not emitted(job(f"t: {{name: {'n' * 100}, {STEPS}}}"))[0].truncated


def test_case_12_matrices_of_caller_and_callee() -> None:
    files = workflows(
        ci="""
            on: pull_request
            jobs:
              call:
                strategy: {matrix: {os: [linux, mac]}}
                uses: ./.github/workflows/callee.yml
        """,
        callee=f"""
            on: workflow_call
            jobs:
              build: {{strategy: {{matrix: {{v: [1, 2]}}}}, {STEPS}}}
        """,
    )
    assert told(files) == ["call (linux) / build (1)", "call (linux) / build (2)", "call (mac) / build (1)", "call (mac) / build (2)"]


def test_case_13_three_levels_with_an_input_from_the_outermost() -> None:
    files = workflows(
        ci="""
            on: pull_request
            jobs:
              a: {uses: ./.github/workflows/two.yml, with: {what: fast}}
        """,
        two="""
            on: {workflow_call: {inputs: {what: {type: string}, more: {type: string, default: x}}}}
            jobs:
              b:
                uses: ./.github/workflows/three.yml
                with: {label: "very ${{ inputs.what }} ${{ inputs.more }}"}
        """,
        three=f"""
            on: {{workflow_call: {{inputs: {{label: {{type: string, required: true}}}}}}}}
            jobs:
              c: {{name: "run ${{{{ inputs.label }}}}", {STEPS}}}
        """,
    )
    assert told(files) == ["a / b / run very fast x"]
    (found,) = emitted(files)
    assert [(caller.workflow.path, caller.job.id) for caller in found.via] == [(CI, "a"), (".github/workflows/two.yml", "b")]
    assert (found.workflow.path, found.source, found.job.id) == (CI, ".github/workflows/three.yml", "c")
    assert found.skipped_as == ("a", "a / b")


def test_case_14_a_workflow_of_another_repository() -> None:
    uses = "owner/repo/.github/workflows/x.yml@0123456789012345678901234567890123456789"
    files = job(f"call: {{uses: {uses}}}")
    (found,) = emitted(files)
    assert found.names == (Pattern(("call / ", ""), "call / *"),)
    assert found.remote
    assert found.source == uses
    assert best(files, "call / whatever (1)") == "maybe"
    assert best(files, "other / whatever") == best(files, "call") == "no"
    for key in (uses, uses.partition("@")[0]):
        (found,) = emitted(files, {key: ("build", "test (1)")})
        assert found.names == ("call / build", "call / test (1)")
        assert found.remote
    assert emitted(files, {"owner/repo/.github/workflows/x.yml@v1": ("build",)})[0].names == (Pattern(("call / ", ""), "call / *"),)


def test_case_15_yaml_as_the_ending_and_a_circle() -> None:
    callee = workflow(f"on: workflow_call\njobs:\n  b: {{{STEPS}}}\n", ".github/workflows/callee.yaml")
    files = job("a: {uses: ./.github/workflows/callee.yaml}") | {callee.path: callee}
    assert told(files) == ["a / b"]
    circle = workflows(
        ci="on: pull_request\njobs:\n  a: {uses: ./.github/workflows/two.yml}\n",
        two="on: workflow_call\njobs:\n  b:\n    uses: ./.github/workflows/three.yml\n",
        three="on: [workflow_call]\njobs:\n  c:\n    if: always()\n    uses: ./.github/workflows/two.yml\n",
    )
    (problem,) = problems(circle)
    assert (problem.path, problem.line) == (".github/workflows/three.yml", 5)
    assert ".github/workflows/two.yml -> .github/workflows/three.yml -> .github/workflows/two.yml" in problem.message
    assert best(circle, "a / b / c / x") == "maybe"


# Reusable workflows

CALLEE = f"""
    on: {{workflow_call: {{inputs: {{os: {{type: string, default: any}}, fast: {{type: boolean}}, n: {{type: number}}}}}}}}
    jobs:
      build: {{name: "${{{{ inputs.os }}}} ${{{{ inputs.fast && 'fast' || 'slow' }}}} ${{{{ inputs.n }}}}", {STEPS}}}
"""


def called(how: str) -> dict[str, Workflow]:
    return workflows(ci=f"on: pull_request\njobs:\n  call: {{uses: ./.github/workflows/callee.yml{how}}}\n", callee=CALLEE)


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("", ["call / any slow 0"]),
        (", with: {os: linux, fast: true, n: 3}", ["call / linux fast 3"]),
        (", with: {OS: 3.10}", ["call / 3.1 slow 0"]),
        (", with: {fast: \"${{ github.event_name == 'pull_request' }}\"}", ["call / any fast 0"]),
        (
            ", strategy: {matrix: {os: [a, b]}}, with: {os: '${{ matrix.os }}', n: '${{ strategy.job-index }}'}",
            ["call (a) / a slow 0", "call (b) / b slow 1"],
        ),
        (", name: 'Call ${{ matrix.os }}', strategy: {matrix: {os: [a, b]}}", ["Call a / any slow 0", "Call b / any slow 0"]),
    ],
)
def test_inputs(how: str, expected: list[str]) -> None:
    assert told(called(how), {"event_name": "pull_request"}) == expected


def test_an_input_that_is_known_in_part() -> None:
    files = called(", with: {os: 'on-${{ vars.X }}'}")
    assert best(files, "call / on-x slow 0") == "maybe"
    assert best(files, "call / off slow 0") == best(files, "call / on-x") == "no"
    names = told(called(", with: {os: '${{ github.head_ref }}'}"))
    assert all(isinstance(name, Pattern) and name.event_data for name in names)
    assert len({name.shown for name in names if isinstance(name, Pattern)}) == 1


def test_a_matrix_from_an_input() -> None:
    files = workflows(
        ci="""
            on: pull_request
            jobs:
              a: {uses: ./.github/workflows/callee.yml, with: {list: '["x", "y"]'}}
              b: {uses: ./.github/workflows/callee.yml, with: {list: "${{ needs.a.outputs.z }}"}}
        """,
        callee=f"""
            on: {{workflow_call: {{inputs: {{list: {{type: string}}}}}}}}
            jobs:
              t: {{strategy: {{matrix: {{v: "${{{{ fromJSON(inputs.list) }}}}"}}}}, {STEPS}}}
        """,
    )
    assert told(files)[:2] == ["a / t (x)", "a / t (y)"]
    assert best(files, "b / t (z)") == "maybe"
    assert best(files, "a / t (z)") == "no"


def test_a_workflow_that_is_only_called_reports_nothing_by_itself() -> None:
    assert told({".github/workflows/callee.yml": workflow(dedent(CALLEE), ".github/workflows/callee.yml")}) == []


def test_a_workflow_that_is_also_started_has_no_inputs_unless_by_hand() -> None:
    source = f"jobs:\n  a: {{name: 'x${{{{ inputs.os }}}}', {STEPS}}}\n"
    assert told({CI: workflow("on: {pull_request: null, workflow_call: {inputs: {os: {default: y}}}}\n" + source)}) == ["x"]
    by_hand = {CI: workflow("on: [pull_request, workflow_dispatch]\n" + source)}
    assert told(by_hand, {"event_name": "pull_request"}) == ["x"]
    assert told(by_hand) == [Pattern(("x", ""), "x${{ inputs.os }}")]


def test_the_workflow_of_the_github_context_is_the_outermost() -> None:
    files = workflows(
        ci="name: CI\non: pull_request\njobs:\n  a: {uses: ./.github/workflows/callee.yml}\n",
        callee=f"name: Callee\non: workflow_call\njobs:\n  b: {{name: '${{{{ github.workflow }}}}!', {STEPS}}}\n",
    )
    assert told(files) == ["a / CI!"]


# What reports where something is skipped


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"a: {{{STEPS}}}", ()),
        (f"a: {{name: 'x ${{{{ github.event_name }}}}', {STEPS}}}", ()),
        (f"a: {{strategy: {{matrix: {{v: [1]}}}}, {STEPS}}}", ("a",)),
        (f"a: {{strategy: {{matrix: {{v: ['']}}}}, {STEPS}}}", ()),
        (f"a: {{name: 'x (${{{{ matrix.v }}}})', strategy: {{matrix: {{v: [1]}}}}, {STEPS}}}", ("x (${{ matrix.v }})",)),
        ("a: {uses: o/r/.github/workflows/x.yml@v1}", ("a",)),
    ],
)
def test_skipped_as(source: str, expected: tuple[str, ...]) -> None:
    assert emitted(job(source))[0].skipped_as == expected


def test_skipped_as_inside_a_callee() -> None:
    files = workflows(
        ci="on: pull_request\njobs:\n  a: {name: 'A ${{ matrix.v }}', strategy: {matrix: {v: [1, 2]}}, uses: ./.github/workflows/b.yml}\n",
        b=f"on: workflow_call\njobs:\n  b: {{strategy: {{matrix: {{v: [1]}}}}, {STEPS}}}\n  c: {{{STEPS}}}\n",
    )
    matrix, plain = emitted(files)
    assert matrix.skipped_as == ("A ${{ matrix.v }}", "A 1 / b", "A 2 / b")
    assert plain.skipped_as == ("A ${{ matrix.v }}",)


# Problems


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        (f"a:\n  name: ${{{{ x\n  {STEPS.split(',')[0]}\n  steps: [{{run: x}}]", 4, "not closed"),
        ("a:\n  runs-on: x\n  if: matrix.x\n  steps: [{run: x}]", 5, "the context 'matrix'"),
        ("a:\n  runs-on: x\n  if: a ==\n  steps: [{run: x}]", 5, "ends too early"),
        ("a:\n  runs-on: x\n  steps:\n    - if: failure(\n      run: x", 6, "ends too early"),
        ("a:\n  uses: ./.github/workflows/none.yml", 4, "no such workflow"),
        ("a:\n  uses: .github/workflows/none.yml", 4, "without a version"),
        ("a:\n  uses: ./.github/workflows/${{ vars.X }}.yml", 4, "by an expression"),
        (f"a: {{strategy: {{matrix: {{v: {list(range(257))}}}}}, {STEPS}}}", 3, "257 combinations"),
    ],
)
def test_problem(source: str, line: int, message: str) -> None:
    (found,) = problems(job(source))
    assert (found.path, found.line) == (CI, line)
    assert message in found.message


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (", with: {unheard: 1}", "no input of"),
        (", with: {os: '${{ env.X }}'}", "the context 'env'"),
        (", with: {os: '${{ 1'}", "not closed"),
    ],
)
def test_problem_of_a_call(how: str, message: str) -> None:
    (found,) = problems(called(how))
    assert found.path == CI
    assert message in found.message


def test_required_inputs_and_callees_that_cannot_be_called() -> None:
    caller = "on: pull_request\njobs:\n  a: {uses: ./.github/workflows/b.yml}\n"
    files = workflows(ci=caller, b=f"on: {{workflow_call: {{inputs: {{x: {{required: true}}}}}}}}\njobs:\n  b: {{{STEPS}}}\n")
    assert "requires" in problems(files)[0].message
    files = workflows(ci=caller, b=f"on: push\njobs:\n  b: {{{STEPS}}}\n")
    assert "add workflow_call" in problems(files)[0].message


def test_a_job_whose_names_cannot_be_told_may_have_any_that_begin_like_it() -> None:
    files = job(f"a: {{strategy: {{matrix: {{v: {list(range(257))}}}}}, {STEPS}}}\nb: {{{STEPS}}}")
    assert best(files, "a (1)") == "maybe"
    assert best(files, "b") == "yes"
    assert best(files, "c") == "no"


def test_ten_levels_and_no_more() -> None:
    def chain(levels: int) -> dict[str, Workflow]:
        sources = {"w0": "on: pull_request\njobs:\n  j: {uses: ./.github/workflows/w1.yml}\n"}
        for level in range(1, levels):
            body = f"{{uses: ./.github/workflows/w{level + 1}.yml}}" if level < levels - 1 else f"{{{STEPS}}}"
            sources[f"w{level}"] = f"on: workflow_call\njobs:\n  j: {body}\n"
        return workflows(**sources)

    assert told(chain(MAX_LEVELS)) == [" / ".join(["j"] * MAX_LEVELS)]
    (problem,) = problems(chain(MAX_LEVELS + 1))
    assert problem.path == ".github/workflows/w9.yml"


def test_names_of_callers_and_callees_are_limited() -> None:
    big = f"strategy: {{matrix: {{v: {list(range(200))}}}}}"
    files = workflows(
        ci=f"on: pull_request\njobs:\n  a: {{{big}, uses: ./.github/workflows/b.yml}}\n",
        b=f"on: workflow_call\njobs:\n  b: {{{big}, {STEPS}}}\n  c: {{{STEPS}}}\n",
    )
    (problem,) = problems(files)
    assert (problem.path, problem.line) == (".github/workflows/b.yml", 3)
    assert str(MAX_NAMES) in problem.message
    assert best(files, "a (7) / b (8)") == "maybe"
    assert best(files, "a (7) / c") == "yes"


def test_a_fan_of_calls_ends() -> None:
    sources = {"w0": "on: pull_request\njobs:\n"}
    for level in range(9):
        calls = "".join(f"  j{number}: {{uses: ./.github/workflows/w{level + 1}.yml}}\n" for number in range(8))
        sources[f"w{level}"] = ("on: pull_request" if level == 0 else "on: workflow_call") + f"\njobs:\n{calls}"
    sources["w9"] = f"on: workflow_call\njobs:\n  j: {{{STEPS}}}\n"
    files = workflows(**sources)
    assert "more than" in problems(files)[0].message
    assert best(files, "anything") == "maybe"


def test_a_problem_that_is_met_twice_is_told_once() -> None:
    files = workflows(
        ci="on: pull_request\njobs:\n  a: {uses: ./.github/workflows/b.yml}\n  b: {uses: ./.github/workflows/b.yml}\n",
        b="on: workflow_call\njobs:\n  b: {runs-on: x, if: matrix.x, steps: [{run: x}]}\n",
    )
    assert len(problems(files)) == 1


# Properties

IDS = st.sampled_from(["a", "b", "build-1", "_t"])
TEXTS = st.sampled_from(
    ["", "Name", "n ${{ matrix.os }}", "${{ matrix.v }}", "${{ x", "${{ inputs.os }} ${{ github.ref }}", "${{ env.X }}", "N" * 120, "é 🦄"]
)
MATRIX = st.sampled_from(
    [
        "{os: [linux, mac], v: [1, 3.10]}",
        "{include: [{os: a}, {v: 2, os: ''}]}",
        "{v: '${{ fromJSON(needs.a.outputs.b) }}', os: [x]}",
        "'${{ fromJSON(inputs.os) }}'",
        "{v: []}",
        "{os: [a], include: '${{ fromJSON(vars.X) }}', exclude: [{os: a}]}",
        "{t: [{a: 1, b: [c]}]}",
        "text",
    ]
)
USES = st.sampled_from(
    ["./.github/workflows/w0.yml", "./.github/workflows/w1.yml", "./.github/workflows/w2.yml", "o/r/x.yml@v1", "o/r/x.yml", "./x"]
)


@st.composite
def jobs(draw: st.DrawFn) -> str:
    parts = []
    if name := draw(TEXTS):
        parts.append(f'name: "{name}"')
    if draw(st.booleans()):
        parts.append(f"strategy: {{matrix: {draw(MATRIX)}}}")
    if draw(st.booleans()):
        parts.append(f'if: "{draw(st.sampled_from(["always()", "github.ref == 1", "matrix.x", "a b"]))}"')
    if draw(st.booleans()):
        parts.append(f"uses: {draw(USES)}")
        if draw(st.booleans()):
            parts.append("with: {os: '${{ matrix.os }}'}")
    else:
        parts.append(STEPS)
    return "{" + ", ".join(parts) + "}"


@st.composite
def files(draw: st.DrawFn) -> dict[str, str]:
    found = {}
    for number in range(3):
        on = draw(
            st.sampled_from(["pull_request", "workflow_call", "[push, workflow_call]", "{workflow_call: {inputs: {os: {type: string}}}}"])
        )
        body = "".join(f"  {key}: {value}\n" for key, value in draw(st.dictionaries(IDS, jobs(), min_size=1, max_size=3)).items())
        found[f".github/workflows/w{number}.yml"] = f"on: {on}\njobs:\n{body}"
    return found


@given(files())
def test_any_workflows_give_names_or_problems(sources: dict[str, str]) -> None:
    read = {path: workflow(source, path) for path, source in sources.items()}
    found = emissions(read, {"o/r/x.yml": ("x",)}, {"event_name": "pull_request"})
    for event in found:
        if isinstance(event, Problem):
            assert event.path in read
            assert event.line > 0
        else:
            assert event.names
    again = dict(sorted(read.items(), reverse=True))
    assert emissions(again, {"o/r/x.yml": ("x",)}, {"event_name": "pull_request"}) == found


PLAIN = {
    "lint": {"name": "Lint it", "runs-on": "x"},
    "test": {
        "runs-on": "x",
        "strategy": {"matrix": {"os": ["linux", "mac os"], "v": ["3.10", "3.9"], "exclude": [{"os": "linux", "v": "3.9"}]}},
    },
    "deploy": {
        "name": "Deploy ${{ matrix.to }}",
        "strategy": {"matrix": {"include": [{"to": "a b", "n": "1"}, {"to": "c"}]}},
        "runs-on": "x",
    },
}


def formatted(value: object, choose: random.Random, indent: int) -> str:
    """YAML, each time in another style; the order of a matrix is kept, since names depend on it."""
    pad = "\n" + " " * indent
    if isinstance(value, dict):
        if choose.random() < 0.3:
            return " " + flow(value, choose)
        return "".join(f"{pad}{key}:{' ' * choose.randint(1, 3)}{formatted(item, choose, indent + 2)}" for key, item in value.items())
    if isinstance(value, list) and choose.random() < 0.5:
        return "".join(f"{pad}- {flow(item, choose)}  # {choose.randint(0, 9)}" for item in value)
    return flow(value, choose)


def flow(value: object, choose: random.Random) -> str:
    if isinstance(value, dict):
        return "{" + ",  ".join(f"{key}: {flow(item, choose)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item, choose) for item in value) + "]"
    return choose.choice(("'", '"')).join(("", str(value), ""))


@given(st.randoms(use_true_random=False), st.sampled_from(["yml", "yaml"]))
def test_formatting_changes_no_name(choose: random.Random, ending: str) -> None:
    ids = list(PLAIN)
    choose.shuffle(ids)
    source = "on: pull_request\njobs:\n"
    for key in ids:
        entries = list(PLAIN[key].items())
        choose.shuffle(entries)
        details = {**dict(entries), "steps": [{"run": "make"}]}
        source += f"  {key}:{formatted(details, choose, 4)}\n" + "\n" * choose.randint(0, 2)
    path = f".github/workflows/ci.{ending}"
    expected = ["Deploy a b", "Deploy c", "Lint it", "test (linux, 3.10)", "test (mac os, 3.10)", "test (mac os, 3.9)"]
    assert sorted(map(str, told({path: workflow(source, path)}))) == expected
