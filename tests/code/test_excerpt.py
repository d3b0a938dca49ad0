"""What a finding shows of the source, and what its identity hangs on."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from gates.code.bandit import Issue
from gates.code.excerpt import CUT, WIDTH, digest, extent, frame, hidden, lines_of, location
from gates.core.finding import Location, Severity

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
NUMBERS = st.integers(-2, 12)


def issue(line: int = 1, lines: tuple[int, ...] | None = None, test: str = "B602", column: int = 0, end_column: int = 0) -> Issue:
    return Issue(test, Severity.HIGH, "high", "high", line, (line,) if lines is None else lines, column, end_column)


ISSUES = st.builds(
    issue,
    line=NUMBERS,
    lines=st.none() | st.lists(NUMBERS, max_size=4).map(tuple),
    test=st.sampled_from(["B602", "B105", "B106", "B107", "B503", "B613"]),
    column=st.integers(-2, 80),
    end_column=st.integers(-2, 80),
)


def test_lines_are_counted_as_python_counts_them() -> None:
    source = b"a = 1\r\nb = '\x0c'\rc = '\xe2\x80\xa8'\nd = 4\n"
    assert lines_of(source) == ["a = 1", "b = '\x0c'", "c = '\u2028'", "d = 4"]
    assert [statement.lineno for statement in ast.parse(source).body] == [1, 2, 3, 4]


def test_the_coding_comment_and_the_byte_order_mark_are_heeded() -> None:
    assert lines_of("# coding: latin-1\nname = 'é'\n".encode("latin-1"))[1] == "name = 'é'"
    assert lines_of("\ufeffname = 'é'\n".encode()) == ["name = 'é'"]


@given(st.binary(max_size=80))
def test_any_bytes_have_lines(source: bytes) -> None:
    assert lines_of(source)
    assert lines_of(b"# coding: punycode\n" + source)
    assert lines_of(b"# coding: rot13\n" + source)


@given(ISSUES, st.lists(TEXT, min_size=1, max_size=8))
def test_any_issue_has_a_place_a_digest_and_a_frame_within_the_file(found: Issue, lines: list[str]) -> None:
    assert set(extent(found, lines)) <= set(range(1, len(lines) + 1))
    place = location("a.py", found, lines)
    assert place.line == found.line
    assert place.column >= 0
    assert place.end_line == 0 or (place.end_line, place.end_column) >= (place.line, place.column)
    assert len(digest(found, lines)) in {6, 16}
    shown = frame(found.line, lines, hidden([found], lines))
    assert shown is None or all(len(line) <= WIDTH for line in shown.lines)


def test_columns_count_code_points() -> None:
    lines = ["é = eval(text)"]
    assert location("a.py", issue(column=5, end_column=15), lines) == Location("a.py", 1, 5, 1, 15)


def test_columns_of_a_call_are_left_out_where_the_line_is_that_of_an_argument() -> None:
    lines = ["run(", "    name,", "    shell=True,", ")"]
    assert location("a.py", issue(3, (1, 2, 3, 4), column=0, end_column=1), lines) == Location("a.py", 3)


@given(st.sampled_from(["", "    ", "\t"]), st.sampled_from([" ", "   ", "\t"]))
def test_white_space_does_not_count(indent: str, gap: str) -> None:
    assert digest(issue(), [f"{indent}run({gap}name, shell=True)"]) == digest(issue(), ["run( name, shell=True)"])


def test_every_line_of_a_call_counts() -> None:
    before = ["run(", "    ['ls', name],", "    shell=True,", ")"]
    after = [*before[:1], "    f'ls {name}',", *before[2:]]
    assert digest(issue(3, (1, 2, 3, 4)), before) != digest(issue(3, (1, 2, 3, 4)), after)


def test_of_a_function_with_a_password_the_head_counts_and_not_the_body() -> None:
    head = ["def connect(", "    user, password='swordfish',", "):  # see below"]
    found = issue(1, (1, 2, 3, 4, 5), "B107")
    assert digest(found, [*head, "    a = 1", "    return a"]) == digest(found, [*head, "    b = 2", "    return b"])
    assert digest(found, [*head, "    a = 1", "    return a"]) != digest(
        found, [head[0], "    user, password='x',", head[2], "    a = 1", ""]
    )


def test_a_second_bidirectional_character_changes_what_was_accepted_for_the_first() -> None:
    first = ["name = 'a\u202eb'", "x = 1", "y = 2"]
    second = ["name = 'a\u202eb'", "x = 1", "y = 'c\u2066d'"]
    found = issue(1, (1,), "B613")
    assert digest(found, first) != digest(found, second)


def test_a_password_has_a_digest_too_short_to_confirm_a_guess() -> None:
    assert len(digest(issue(test="B105"), ["password = 'swordfish'"])) * 4 == 24
    assert len(digest(issue(), ["run(name, shell=True)"])) * 4 == 64


PASSWORD = "sword" + "fish"
HOLDERS = st.sampled_from(
    [
        ("B105", (1,), ["password = '{}'"]),
        ("B105", (1,), ["password = 'x'  # was {}"]),
        ("B105", (1, 2, 3), ["password = '''", "{}", "'''"]),
        ("B105", (1, 2, 3), ["settings = {{", "    'password': '{}',", "}}"]),
        ("B106", (1, 2), ["connect(", "    password='{}')"]),
        ("B107", (1, 2, 3), ["def connect(", "    password='{}'):", "    pass"]),
    ]
)


@given(HOLDERS, st.integers(0, 4), st.booleans())
def test_a_password_is_in_no_frame_of_its_file(holder: tuple[str, tuple[int, ...], list[str]], at: int, other: bool) -> None:
    test, numbers, template = holder
    lines = [line.format(PASSWORD) for line in template]
    found = issue(numbers[0], numbers, test)
    shown = frame(at, lines, hidden([found, issue(2)] if other else [found], lines))
    assert shown is None or PASSWORD not in "\n".join(shown.lines)


def test_a_frame_shows_what_comes_before_a_password() -> None:
    lines = ["import os", "password = 'swordfish'", "run(password)"]
    shown = frame(2, lines, hidden([issue(2, test="B105")], lines))
    assert shown is not None
    assert (shown.first_line, shown.lines) == (1, ("import os", f"password = {CUT}", "run(password)"))


def test_a_long_word_with_a_digit_beside_a_finding_is_cut() -> None:
    lines = ["key = 'abcd" + "e1" * 12 + "'", "eval(key)"]
    shown = frame(2, lines, {})
    assert shown is not None
    assert shown.lines == (f"key = 'abcd{CUT}'", "eval(key)")


def test_a_long_line_is_cut() -> None:
    shown = frame(1, ["x = " + "a + " * 100 + "a"], {})
    assert shown is not None
    assert len(shown.lines[0]) == WIDTH
    assert shown.lines[0].endswith(CUT)
