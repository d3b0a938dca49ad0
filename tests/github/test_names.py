from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import DocumentError
from gates.github.emission import Name, Pattern
from gates.github.names import MAX_LENGTH, join, match, named, raw, unsettled
from tests.github.build import job

REST = "runs-on: x\n  steps: [{run: make}]"


def names(source: str, known: dict[str, object] | None = None) -> list[Name]:
    (workflow,) = job(f"test:\n  {source}\n  {REST}").values()
    return list(named(workflow.jobs["test"], known or {}, workflow.path).names)  # type: ignore[arg-type]


def answer(found: list[Name], context: str) -> str:
    answers = {match(name, context) for name in found}
    return "yes" if "yes" in answers else "maybe" if "maybe" in answers else "no"


# The table: a job as YAML in flow style, and the names it has by the rules. Spelled out by hand.

TABLE = [
    # no matrix
    ("{}", ["test"]),
    ("{name: Unit tests}", ["Unit tests"]),
    ('{name: ""}', ["test"]),
    ("{name: 3.10}", ["3.1"]),
    ("{name: ' padded '}", [" padded "]),
    # one vector
    ("{strategy: {matrix: {os: [linux, mac]}}}", ["test (linux)", "test (mac)"]),
    ("{name: T, strategy: {matrix: {os: [linux, mac]}}}", ["T (linux)", "T (mac)"]),
    ("{strategy: {matrix: {v: [3.9, 3.10]}}}", ["test (3.9)", "test (3.1)"]),
    ("{strategy: {matrix: {v: ['3.9', '3.10']}}}", ["test (3.9)", "test (3.10)"]),
    ("{strategy: {matrix: {v: [1.0, 2, -3, 1e3]}}}", ["test (1)", "test (2)", "test (-3)", "test (1000)"]),
    ("{strategy: {matrix: {v: [1e16, 0.00001, 123456789012345678]}}}", ["test (1E+16)", "test (1E-05)", "test (1.23456789012346E+17)"]),
    ("{strategy: {matrix: {v: [true, false]}}}", ["test (true)", "test (false)"]),
    ("{strategy: {matrix: {v: [yes, off, on]}}}", ["test (yes)", "test (off)", "test (on)"]),
    ("{strategy: {matrix: {v: [0x10, 12:30]}}}", ["test (16)", "test (12:30)"]),
    ("{strategy: {matrix: {v: [null, x]}}}", ["test", "test (x)"]),
    ("{strategy: {matrix: {v: ['', x]}}}", ["test", "test (x)"]),
    ("{strategy: {matrix: {v: [a, a]}}}", ["test (a)", "test (a)"]),
    # several vectors
    ("{strategy: {matrix: {a: [1, 2], b: [x, y]}}}", ["test (1, x)", "test (1, y)", "test (2, x)", "test (2, y)"]),
    ("{strategy: {matrix: {b: [x, y], a: [1, 2]}}}", ["test (x, 1)", "test (x, 2)", "test (y, 1)", "test (y, 2)"]),
    ("{strategy: {matrix: {a: [1, ''], b: [x, null]}}}", ["test (1, x)", "test (1)", "test (x)", "test"]),
    ("{strategy: {matrix: {a: [1], b: [2], c: [3]}}}", ["test (1, 2, 3)"]),
    # objects and lists
    ("{strategy: {matrix: {t: [{os: linux, arch: arm}, {os: mac}]}}}", ["test (linux, arm)", "test (mac)"]),
    ("{strategy: {matrix: {t: [{a: {b: 1, c: [2, 3]}, d: ''}], e: [x]}}}", ["test (1, 2, 3, x)"]),
    ("{strategy: {matrix: {t: [[a, b], [c]]}}}", ["test (a, b)", "test (c)"]),
    ("{strategy: {matrix: {t: [{}, []]}}}", ["test", "test"]),
    # exclude
    ("{strategy: {matrix: {a: [1, 2], b: [x, y], exclude: [{a: 1, b: y}]}}}", ["test (1, x)", "test (2, x)", "test (2, y)"]),
    ("{strategy: {matrix: {a: [1, 2], b: [x, y], exclude: [{a: 1}]}}}", ["test (2, x)", "test (2, y)"]),
    ("{strategy: {matrix: {a: [1, 2], exclude: [{a: '1'}]}}}", ["test (2)"]),
    ("{strategy: {matrix: {a: [Linux, mac], exclude: [{A: linux}]}}}", ["test (mac)"]),
    ("{strategy: {matrix: {a: [1, 2], exclude: [{a: 3}]}}}", ["test (1)", "test (2)"]),
    ("{strategy: {matrix: {t: [{os: a, v: 1}, {os: b, v: 1}], exclude: [{t: {os: a}}]}}}", ["test (b, 1)"]),
    ("{strategy: {matrix: {t: [[a, b], [a, c]], exclude: [{t: [a, c]}]}}}", ["test (a, b)"]),
    # include
    ("{strategy: {matrix: {a: [1, 2], include: [{a: 1, extra: e}]}}}", ["test (1)", "test (2)"]),
    ("{strategy: {matrix: {a: [1, 2], include: [{extra: e}]}}}", ["test (1)", "test (2)"]),
    ("{strategy: {matrix: {a: [1], include: [{a: 3, extra: e}]}}}", ["test (1)", "test (3, e)"]),
    ("{strategy: {matrix: {a: [1], include: [{extra: e, a: 3}]}}}", ["test (1)", "test (3, e)"]),
    ("{strategy: {matrix: {a: [1], b: [2], include: [{x: e, b: 4, a: 3}]}}}", ["test (1, 2)", "test (4, 3, e)"]),
    ("{strategy: {matrix: {a: [1], include: [{a: 3}, {a: 3, more: m}]}}}", ["test (1)", "test (3)", "test (3, m)"]),
    ("{strategy: {matrix: {a: [1, 2], exclude: [{a: 1}], include: [{a: 1}]}}}", ["test (2)", "test (1)"]),
    ("{strategy: {matrix: {include: [{a: 1, b: x}, {b: y, a: 2}]}}}", ["test (1, x)", "test (y, 2)"]),
    ("{strategy: {matrix: {include: [{a: x, b: '', c: z}]}}}", ["test (x, z)"]),
    ("{strategy: {matrix: {include: [{a: 1, t: {u: [2, 3]}}]}}}", ["test (1, 2, 3)"]),
    ("{strategy: {matrix: {a: [1], include: [{a: 1, x: p}, {x: q}]}, fail-fast: false}, name: 'n ${{ matrix.x }}'}", ["n q"]),
    ("{strategy: {matrix: {a: [1, 2], include: [{a: 1, x: p}, {a: 9, x: q}]}}, name: 'n ${{ matrix.x }}'}", ["n p", "n ", "n q"]),
    # the example of the documentation
    (
        (
            "{strategy: {matrix: {fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat},"
            " {fruit: apple, shape: circle}, {fruit: banana}, {fruit: banana, animal: cat}]}},"
            " name: '${{ matrix.fruit }} ${{ matrix.animal }} ${{ matrix.color }} ${{ matrix.shape }}'}"
        ),
        ["apple cat pink circle", "apple dog green circle", "pear cat pink ", "pear dog green ", "banana   ", "banana cat  "],
    ),
    # names with an expression
    ("{name: 'n ${{ matrix.a }}', strategy: {matrix: {a: [1, 2], b: [3]}}}", ["n 1", "n 2"]),
    ("{name: 'n ${{ matrix.A }}', strategy: {matrix: {a: [1.0, true]}}}", ["n 1", "n true"]),
    ("{name: \"${{ 'same' }}\", strategy: {matrix: {a: [1, 2]}}}", ["same", "same"]),
    ("{name: '${{ matrix.cfg.name }}', strategy: {matrix: {cfg: [{name: one}, {id: 2}]}}}", ["one", "test (2)"]),
    ("{name: '${{ matrix.a }}', strategy: {matrix: {a: ['', x]}}}", ["test", "x"]),
    ("{name: '${{ matrix.missing }}'}", ["test"]),
    ("{name: '${{ strategy.job-index }} of ${{ strategy.job-total }}', strategy: {matrix: {a: [x, y]}}}", ["0 of 2", "1 of 2"]),
    ("{name: \"${{ matrix.x || 'default' }}\", strategy: {matrix: {a: [1], include: [{a: 2, x: p}]}}}", ["default", "p"]),
    ("{name: \"n ${{ join(matrix.*, '-') }}\", strategy: {matrix: {a: [1, 2], b: [x]}}}", ["n 1-x", "n 2-x"]),
    # values that are expressions
    ("{strategy: {matrix: {v: \"${{ fromJSON('[1, 2]') }}\"}}}", ["test (1)", "test (2)"]),
    ('{strategy: {matrix: "${{ fromJSON(\'{\\"v\\": [1], \\"include\\": [{\\"v\\": 2, \\"w\\": 3}]}\') }}"}}', ["test (1)", "test (2, 3)"]),
    ("{strategy: {matrix: {v: [a, \"${{ format('b{0}', 1) }}\"]}}}", ["test (a)", "test (b1)"]),
]


def block(source: str) -> str:
    return f"on: pull_request\njobs:\n  test: {source[:-1]}{', ' if source != '{}' else ''}runs-on: x, steps: [{{run: make}}]}}\n"


@pytest.mark.parametrize(("source", "expected"), TABLE)
def test_table(source: str, expected: list[str]) -> None:
    from tests.github.build import workflow

    found = workflow(block(source))
    assert list(named(found.jobs["test"], {"inputs": {}}, found.path).names) == expected


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 40


def test_names_are_cut_at_100_characters() -> None:
    assert names(f"name: {'n' * 100}") == ["n" * 100]
    assert names(f"name: {'n' * 106}") == ["n" * 97 + "..."]
    (found,) = names(f"strategy: {{matrix: {{v: [{'v' * 300}]}}}}")
    assert found == "test (" + "v" * 91 + "..."
    assert isinstance(found, str)
    assert len(found) == MAX_LENGTH


def test_names_seen_on_github() -> None:
    """https://github.com/kata-containers/kata-containers/issues/11176 and https://github.com/google/mono_repo.dart/issues/535"""
    source = """strategy:
    matrix:
      command: ['sudo -E PATH="$PATH" make test']
      component:
        - name: agent-ctl
          path: src/tools/agent-ctl
          needs: [rust, protobuf-compiler, clang]"""
    assert names(source) == ['test (sudo -E PATH="$PATH" make test, agent-ctl, src/tools/agent-ctl, rust, protobuf-compiler, cl...']
    source = "name: 'analyzer_and_format; Dart 3.9.0; PKGS: build_cli, build_cli_annotations; `dart analyze --fatal-infos .`'"
    assert names(source) == ["analyzer_and_format; Dart 3.9.0; PKGS: build_cli, build_cli_annotations; `dart analyze --fatal-in..."]


def test_an_evaluated_name_may_be_cut_or_not() -> None:
    found = names(f"name: ${{{{ 'x' }}}}{'n' * 110}")
    assert answer(found, "x" + "n" * 110) == answer(found, "x" + "n" * 96 + "...") == "maybe"
    assert answer(found, "x" + "n" * 96) == "no"


DYNAMIC = "${{ fromJSON(needs.x.outputs.y) }}"


@pytest.mark.parametrize(
    ("matrix", "maybe", "no"),
    [
        (f"'{DYNAMIC}'", ["test (a)", "test (a, b)", "test", "test (" + "a" * 91 + "..."], ["test a", "tests", "best (a)"]),
        (f"{{v: '{DYNAMIC}'}}", ["test (a)", "test"], ["test2"]),
        (f"{{os: [linux], v: '{DYNAMIC}'}}", ["test (linux, a)", "test (linux)"], ["test (mac, a)", "test (linuxa)", "test"]),
        (f"{{v: '{DYNAMIC}', os: [linux]}}", ["test (a, linux)", "test (linux)"], ["test (a, mac)"]),
        (f"{{v: '{DYNAMIC}', o: [m], w: '{DYNAMIC}'}}", ["test (a, m, b)", "test (m)", "test (m, b)", "test (a, m)"], ["test (n)", "test"]),
        (f"{{include: '{DYNAMIC}'}}", ["test (a)", "test"], ["x"]),
        (f"{{os: [linux], include: '{DYNAMIC}'}}", ["test (a)", "test (windows, b)"], ["x"]),
        ("{v: ['a-${{ vars.X }}']}", ["test (a-b)", "test (a-)"], ["test (b)", "test"]),
        (
            "{a: ['${{ vars.X }}'], b: ['${{ vars.X }}'], c: [1], d: ['${{ vars.X }}']}",
            ["test (1)", "test (x, y, 1, z)"],
            ["test", "test (2)"],
        ),
    ],
)
def test_dynamic(matrix: str, maybe: list[str], no: list[str]) -> None:
    found = names(f"strategy: {{matrix: {matrix}}}")
    assert [answer(found, context) for context in maybe] == ["maybe"] * len(maybe)
    assert [answer(found, context) for context in no] == ["no"] * len(no)
    assert not any(isinstance(name, Pattern) and name.opaque for name in found)


def test_dynamic_beside_what_is_known() -> None:
    assert answer(names(f"strategy: {{matrix: {{os: [linux], include: '{DYNAMIC}'}}}}"), "test (linux)") == "yes"
    found = names(f"name: 'on ${{{{ matrix.os }}}}'\n  strategy: {{matrix: {{os: [linux], v: '{DYNAMIC}'}}}}")
    assert found == ["on linux"]
    found = names(f"strategy: {{matrix: {{os: [linux, mac], exclude: '{DYNAMIC}'}}}}")
    assert [match(name, "test (mac)") for name in found] == ["no", "maybe"]
    found = names(f"strategy: {{matrix: {{os: [a], v: '{DYNAMIC}', include: [{{os: a, v: 2, x: 3}}]}}}}")
    assert answer(found, "test (a, 2, 3)") == "maybe"
    found = names(f"name: 'n ${{{{ matrix.x }}}}'\n  strategy: {{matrix: {{v: '{DYNAMIC}', include: [{{v: 2, x: 3}}]}}}}")
    assert answer(found, "n 3") == answer(found, "n ") == "maybe"
    assert names(f"name: 'n ${{{{ matrix.a }}}}'\n  strategy: {{matrix: '{DYNAMIC}'}}")[0] == Pattern(("n ", ""), "n ${{ matrix.a }}")
    assert names("strategy: {matrix: {v: '${{ fromJSON(github.event.x) }}'}}")[0] == Pattern(
        ("test (", ")"), "test (${{ matrix.v }})", True
    )


def test_many_dynamic_vectors_stay_few_names() -> None:
    matrix = ", ".join(f"v{index}: '{DYNAMIC}', k{index}: [{index}]" for index in range(20))
    found = names(f"strategy: {{matrix: {{{matrix}}}}}")
    assert len(found) <= 3
    assert answer(found, "test (a, 0)") == "maybe"


def test_unknown_parts_of_names() -> None:
    assert names("name: 'a ${{ vars.X }} b'")[0] == Pattern(("a ", " b"), "a ${{ vars.X }} b")
    (opaque,) = names("name: ${{ inputs.x }}")
    assert isinstance(opaque, Pattern)
    assert opaque.opaque
    assert match(opaque, "whatever") == "maybe"
    assert names("name: ${{ github.head_ref }}") == [Pattern(("", ""), "${{ github.head_ref }}", event_data=True)]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("name: ${{ matrix.x", "not closed"),
        ("name: ${{ env.X }}", "the context 'env'"),
        ("name: ${{ secrets.X }}", "the context 'secrets'"),
        ("name: ${{ hashFiles('x') }}", "the function hashfiles"),
        ("name: ${{ nonsense(1) }}", "no such function"),
        ("strategy: {matrix: {v: []}}", "empty list"),
        ("strategy: {matrix: {v: \"${{ fromJSON('[]') }}\"}}", "empty list"),
        ("strategy: {matrix: {}}", "is empty"),
        ("strategy: {matrix: {include: []}}", "is empty"),
        ("strategy: {matrix: {v: text}}", "must be a list"),
        ("strategy: {matrix: [1]}", "must be a mapping"),
        ("strategy: {matrix: {v: [1], include: [2]}}", "list of mappings"),
        ("strategy: {matrix: {v: [1], exclude: {v: 1}}}", "list of mappings"),
        ("strategy: {matrix: {v: [1], exclude: [{w: 1}]}}", "no such list"),
        ("strategy: {matrix: {v: [1], exclude: [{v: 1}]}}", "no leg left"),
        ("strategy: {matrix: {v: ['${{ matrix.x }}']}}", "the context 'matrix'"),
        ("strategy: {matrix: {v: ['${{ 1 +']}}", "not closed"),
        (f"strategy: {{matrix: {{v: {list(range(257))}}}}}", "257 combinations"),
        (f"strategy: {{matrix: {{a: {list(range(17))}, b: {list(range(16))}, exclude: [{{a: 0, b: 0}}]}}}}", "271 legs"),
        (f"strategy: {{matrix: {{a: {list(range(256))}, include: [{{a: 300}}]}}}}", "257 legs"),
    ],
)
def test_refused(source: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        names(source)
    assert caught.value.line in range(4, 6)


def test_limits_that_are_just_kept() -> None:
    assert len(names(f"strategy: {{matrix: {{a: {list(range(16))}, b: {list(range(16))}}}}}")) == 256
    assert len(names(f"strategy: {{matrix: {{a: {list(range(17))}, b: {list(range(16))}, exclude: [{{a: 3}}]}}}}")) == 256


def test_raw_names_and_unsettled_ones() -> None:
    (workflow,) = job(f"a:\n  name: x (${{{{ matrix.os }}}})\n  {REST}\nb:\n  {REST}").values()
    assert raw(workflow.jobs["a"]) == "x (${{ matrix.os }})"
    assert raw(workflow.jobs["b"]) == "b"
    assert unsettled(workflow.jobs["a"]).literals == ("x (", "")
    assert unsettled(workflow.jobs["b"]).literals == ("b", "")


def test_join() -> None:
    assert join(None, "a") == "a"
    assert join("a", "b") == "a / b"
    assert join("a", Pattern(("b (", ")"), "b (x)")) == Pattern(("a / b (", ")"), "a / b (x)")
    assert join(Pattern(("a", ""), "a*"), Pattern(("", "b"), "*b", event_data=True)) == Pattern(
        ("a", " / ", "b"), "a* / *b", event_data=True
    )


def test_match_is_exact() -> None:
    assert match("Test", "test") == match("test ", "test") == match("test", "test\N{NO-BREAK SPACE}") == "no"
    assert match("a - b", "a \N{EN DASH} b") == "no"
    assert match(Pattern(("ab", "ba"), ""), "aba") == "no"
    assert match(Pattern(("ab", "b"), ""), "ab") == "no"
    assert match(Pattern(("only",), "only"), "only") == "maybe"
    assert match(Pattern(("only",), "only"), "only ") == "no"


LITERAL = st.text(alphabet="ab (", max_size=4)


@given(st.lists(LITERAL, min_size=1, max_size=5), st.data())
def test_what_a_pattern_makes_it_matches(literals: list[str], data: st.DataObject) -> None:
    fillings = [data.draw(LITERAL) for _ in literals[1:]]
    made = literals[0] + "".join(filling + literal for filling, literal in zip(fillings, literals[1:], strict=True))
    assert match(Pattern(tuple(literals), ""), made) == "maybe"


@given(st.lists(LITERAL, min_size=1, max_size=5), st.text(alphabet="ab (", max_size=12))
def test_match_agrees_with_a_regular_expression(literals: list[str], context: str) -> None:
    import re

    expected = re.fullmatch(".*".join(map(re.escape, literals)), context)
    assert (match(Pattern(tuple(literals), ""), context) == "maybe") == bool(expected)


def test_match_does_not_backtrack() -> None:
    pattern = Pattern(("",) + ("a",) * 2000 + ("b",), "")
    assert match(pattern, "a" * 100_000 + "c") == "no"
    assert match(pattern, "a" * 100_000 + "b") == "maybe"
