from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.github.expressions import (
    UNKNOWN,
    Open,
    Unknown,
    Value,
    evaluate,
    fill,
    has_status_function,
    joined,
    parse,
    references,
    status_functions,
    template,
    truth,
    unavailable,
)

KNOWN: dict[str, Value] = {
    "matrix": {"os": "linux", "version": 3.10, "empty": "", "nothing": None, "cfg": {"name": "fast", "tags": ["a", "b"]}},
    "github": Open({"event_name": "pull_request", "base_ref": "main"}, event_data=True),
    "inputs": {"flag": True, "list": '["x", "y"]'},
    "needs": Open({"build": Open({"result": "success"})}),
}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("true", True),
        ("null", None),
        ("711", 711),
        ("-9.2", -9.2),
        ("0xff", 255),
        ("0o17", 15),
        ("-2.99e-2", -0.0299),
        ("'It''s'", "It's"),
        ("matrix.os", "linux"),
        ("MATRIX.OS", "linux"),
        ("matrix['os']", "linux"),
        ("matrix.cfg.name", "fast"),
        ("matrix.cfg.tags[1]", "b"),
        ("matrix.cfg.tags[2]", None),
        ("matrix.cfg.missing.more", None),
        ("join(matrix.cfg.tags, '-')", "a-b"),
        ("join(matrix.cfg.tags)", "a,b"),
        ('join(fromJSON(\'[{"a": 1}, {"a": 2}, {}]\').*.a)', "1,2"),
        ("matrix.missing || 'default'", "default"),
        ("matrix.os && 'yes' || 'no'", "yes"),
        ("matrix.empty && 'yes' || 'no'", "no"),
        ("github.event_name", "pull_request"),
        ("github.event_name == 'PULL_REQUEST'", True),
        ("github.event_name != 'push'", True),
        ("matrix.version == '3.1'", True),
        ("null == 0", True),
        ("null == ''", True),
        ("true == 1", True),
        ("true == '1'", True),
        ("'x' == 1", False),
        ("matrix.cfg == 'Object'", False),
        ("1 < 2", True),
        ("2 <= 2", True),
        ("'b' > 'A'", True),
        ("'x' >= 1", False),
        ("!matrix.empty", True),
        ("!!matrix.os", True),
        ("1 == 1 == true", True),
        ("contains('Hello', 'ell')", True),
        ("contains(matrix.cfg.tags, 'B')", True),
        ("contains(fromJSON(inputs.list), 'z')", False),
        ("startsWith('Hello', 'he') && endsWith('Hello', 'LO')", True),
        ("format('{0} on {1} {{x}}', matrix.version, matrix.os)", "3.1 on linux {x}"),
        ("fromJSON(inputs.list)[0]", "x"),
        ("fromJSON('3.10')", 3.1),
        ("toJSON('a')", '"a"'),
        ("toJSON(null)", "null"),
        ("toJSON(fromJSON('[]'))", "[]"),
        ("case(matrix.os == 'mac', 'm', matrix.os == 'linux', 'l', 'other')", "l"),
        ("case(false, 1, 2)", 2),
        ("always()", True),
        ("needs.build.result == 'success'", True),
        ("(1 == 2 || false) && needs.x.result", False),
    ],
)
def test_value(source: str, expected: object) -> None:
    assert evaluate(parse(source), KNOWN) == expected


@pytest.mark.parametrize(
    "source",
    [
        "needs.other.result",
        "vars.X",
        "secrets.X == 'a'",
        "success()",
        "cancelled()",
        "hashFiles('x')",
        "github.ref",
        "needs.other.result && 'a' || 'b'",
        "contains(github.ref, 'x')",
        "contains(needs.*.result, 'failure')",
        "fromJSON(needs.x.outputs.y)",
        "fromJSON('[')",
        "format('{1}', 1)",
        "matrix[github.ref]",
    ],
)
def test_what_only_a_run_tells_is_unknown(source: str) -> None:
    assert isinstance(evaluate(parse(source), KNOWN), Unknown)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("false && vars.X", False),
        ("vars.X && false", False),
        ("vars.X || true", True),
        ("!(vars.X && false)", True),
        ("vars.X", None),
        ("!vars.X", None),
        ("vars.X || false", None),
        ("format('a{0}', vars.X)", True),
        ("always() && github.event_name == 'push'", False),
        ("always(", None),
        ("format('{0} && {1}', false, false)", True),
    ],
)
def test_truth_has_three_values(source: str, expected: bool | None) -> None:
    assert truth(source, KNOWN) is expected


def test_text_that_is_known_in_part_keeps_what_is_known() -> None:
    value = evaluate(parse("format('test ({0}, {1})', matrix.os, github.head_ref)"), KNOWN)
    assert value == Unknown(("test (linux, ", ")"), event_data=True)
    assert fill(template("build ${{ vars.A }}${{ vars.B }} on ${{ matrix.os }}"), KNOWN) == Unknown(("build ", " on linux"))


def test_what_is_the_same_for_every_event_is_no_event_data() -> None:
    assert evaluate(parse("github.repository"), {}) == UNKNOWN
    assert evaluate(parse("github.head_ref"), {}) == Unknown(event_data=True)


@pytest.mark.parametrize(
    "source",
    [
        "",
        " ",
        "a b",
        "a ==",
        "== a",
        "(a",
        "a)",
        "a[1",
        "a.",
        "a..b",
        "'open",
        '"double"',
        "a = b",
        "a & b",
        "unheard(1)",
        "contains('a')",
        "1x",
        "1.2.3",
        "a ? b : c",
        "a + b",
        "always(1)",
        "(" * 60 + "1" + ")" * 60,
        "==".join("1" * 100),
        "'" + "x" * 21_000 + "'",
    ],
)
def test_malformed_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="expression"):
        parse(source)


def test_long_chains_are_not_deep() -> None:
    assert truth(" || ".join(["false"] * 1000), {}) is False
    assert evaluate(parse("matrix" + ".x" * 1000), KNOWN) is None
    assert truth("!" * 1000 + "true", {}) is True


def test_doubling_ends() -> None:
    source = "'xx'"
    for _ in range(40):
        source = f"format('{{0}}{{0}}', {source})"
    assert isinstance(evaluate(parse(source), {}), Unknown)


def test_template() -> None:
    assert template("plain }} text") == ("plain }} text",)
    assert len(template("a ${{ 'b }} c' }} d")) == 3
    assert fill(template("a ${{ 'b }} c' }} d"), {}) == "a b }} c d"
    for malformed in ("a ${{ b", "${{ }}", "${{ '}}"):
        with pytest.raises(ValueError, match="expression"):
            template(malformed)


def test_references_and_functions() -> None:
    source = "always() && contains(needs.*.result, 'failure') || Needs.build.outputs['x'] == toJSON(needs) && !FAILURE() && a[github.ref]"
    assert references(source) == (
        ("needs", "*", "result"),
        ("needs", "build", "outputs", "x"),
        ("needs",),
        ("a", "*"),
        ("github", "ref"),
    )
    assert status_functions(source) == ("always", "failure")
    assert has_status_function("!cancelled()")
    assert not has_status_function("github.event_name == 'always()'")
    assert references("a b") == ()
    assert not has_status_function("always() always()")


def test_what_a_place_does_not_know() -> None:
    contexts = frozenset(("github",))
    assert unavailable(parse("github.ref == 'x'"), contexts) == ""
    assert unavailable(parse("github.ref == matrix.x"), contexts) == "the context 'matrix'"
    assert unavailable(parse("always()"), contexts) == "the function always()"
    assert unavailable(parse("always()"), contexts, frozenset(("always",))) == ""


WORDS = (
    "matrix",
    ".",
    "os",
    "[",
    "]",
    "(",
    ")",
    "'a'",
    "1",
    "==",
    "!",
    "&&",
    "||",
    "*",
    ",",
    " ",
    "contains",
    "format",
    "fromJSON",
    "vars",
)


@given(st.lists(st.sampled_from(WORDS), max_size=14).map("".join) | st.text(max_size=30))
def test_parsing_ends_in_a_value_or_a_refusal(source: str) -> None:
    truth(source, KNOWN)
    references(source)
    try:
        template(f"x ${{{{ {source} }}}}")
    except ValueError:
        return


@given(st.lists(st.text(alphabet="ab", max_size=3) | st.tuples(st.text("ab", max_size=2), st.text("ab", max_size=2)).map(Unknown)))
def test_joined_keeps_the_order_and_knows_what_it_does_not(parts: list[str | Unknown]) -> None:
    result = joined(parts)
    everything = "".join(part if isinstance(part, str) else "".join(part.literals) for part in parts)
    if isinstance(result, Unknown):
        assert "".join(result.literals) == everything
        assert all(result.literals[1:-1])
    else:
        assert result == everything
        assert all(isinstance(part, str) for part in parts)
