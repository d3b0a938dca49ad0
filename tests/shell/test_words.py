from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.shell.command import Word
from gates.shell.parsing import read
from tests.shell import bash


def words(text: str) -> tuple[Word, ...]:
    script = read(text)
    assert not script.problems, script.problems
    return script.commands[0].words


def texts(text: str) -> list[str]:
    return [word.text for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a  b\tc", ["a", "b", "c"]),
        ("a'b c'\"d e\"f\\ g", ["ab cd ef g"]),
        ("'' \"\"", ["", ""]),
        ("a\\\nb c\\\n d", ["ab", "c", "d"]),
        ("\"a\\\nb\" 'a\\\nb'", ["ab", "a\\\nb"]),
        (r'"\$a \` \" \\ \n"', [r"$a ` \" \\ \n".replace(r"\"", '"').replace(r"\\", "\\")]),
        (r"\a \" \' \#", ["a", '"', "'", "#"]),
        ("a#b #c", ["a#b"]),
        (r"$'a\tb\x41\101\u00e9\'\\' $'\cA'", ["a\tbAA\u00e9'\\", "\x01"]),
        (r"$'\xc3\xa9' $'a\0b'c", ["\u00e9", "ac"]),
        ('$"a b"', ["a b"]),
        ('"$\'a\'" "a$"', ["$'a'", "a$"]),
        ("if_ then fi done", ["if_", "then", "fi", "done"]),
        ("a=b c", ["c"]),
        ("echo a=b", ["echo", "a=b"]),
        ("a\r", ["a\r"]),
    ],
)
def test_quotes_are_taken_off(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@pytest.mark.parametrize(
    "word",
    [
        "$a",
        "${a}",
        "${a:-b}",
        "$(b)",
        "`b`",
        "$((1 + 2))",
        "$((a[1]+(2)))",
        "$[1 + 2]",
        "<(b | c)",
        ">(b)",
        "a<(b)c",
        "@(a|b c)",
        "!(a)",
        "*.c",
        "a?",
        "[ab]*",
        "{a,b}",
        "{1..3}",
        "${a#*/}",
        "${a//\\}/x}",
        "${a:-'}'}",
        '${a:-"}"}',
        "${a[$i]}",
        "${!a} ".strip(),
        "${#a}",
        "$@",
        "$?",
        "$1",
        "${{ github.event.inputs.a == '}}' && 'b' }}",
        "${ b; }",
        "${| b; }",
    ],
)
def test_expansions_are_kept_as_they_are_written(word: str) -> None:
    assert words(f"x {word} y") == (Word("x", 1, 1), Word(word, 1, 3, dynamic=True), Word("y", 1, 4 + len(word)))


@pytest.mark.parametrize(
    "text",
    ['"$a"', '"${a:-\'}"', '"${a:-"b c"}"', "\"${a#'}'}\"", '"$(b "c d")"', '"`b \\"c d\\"`"', '"$((1))"', "'a'$b", '"${a:-$(b "}")}"'],
)
def test_expansions_in_quotes(text: str) -> None:
    word = words(f"x {text}")[1]
    assert word.dynamic
    assert word.quoted
    if text.startswith('"'):
        assert word.text == text[1:-1]


@pytest.mark.parametrize("text", ["'$a'", r"\$a", r'"\$a"', "$", "{}", "a{b", "[", "a]", "'*'", '"{a,b}"', r"\*", "$'$a'", "a=[b"])
def test_nothing_is_expanded(text: str) -> None:
    assert not words(f"x {text}")[1].dynamic


def test_places() -> None:
    found = read("a 'b\nc' d \\\n  e\nf", line=10, column=5).commands
    assert [(word.text, word.line, word.column) for command in found for word in command.words] == [
        ("a", 10, 5),
        ("b\nc", 10, 7),
        ("d", 11, 4),
        ("e", 12, 3),
        ("f", 13, 1),
    ]


def test_expressions_of_workflows_count_within_single_quotes() -> None:
    text = "a '${{ b == 'c d' }}' \"${{ e }}\" ${{ f || 'g' }}-h"
    found = read(text, expressions=True).commands[0].words
    assert [(word.text, word.dynamic) for word in found] == [
        ("a", False),
        ("${{ b == 'c d' }}", True),
        ("${{ e }}", True),
        ("${{ f || 'g' }}-h", True),
    ]
    # as sed has it
    assert texts("sed 's/${{/x/'") == ["sed", "s/${{/x/"]


PIECES = [
    "a",
    "b ",
    "'",
    '"',
    "\\",
    "$'",
    '$"',
    "\\n",
    "\\x41",
    "\\'",
    '\\"',
    "\n",
    "\\\n",
    "#",
    " #c\n",
    "$",
    " ",
    "\t",
    "{",
    "}",
    "=",
    "!",
]
PIECES += ["%", "\\\\", "-", "\u00e9", "]", "\\101", "\\ca"]


@bash.needs_bash
@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join), min_size=1, max_size=4).map(" ".join))
def test_words_are_those_of_bash(text: str) -> None:
    script = read(f"x {text}")
    expected = bash.words(text)
    if "\n" in text and len(script.commands) > 1:
        return  # Bash runs further lines, behind a comment too, and finds no program
    if expected is None:
        assert script.problems or any(word.text.startswith(("-", "%")) for word in script.commands[0].words[1:2])
    elif not any(word.dynamic for word in script.commands[0].words):
        assert [word.text for word in script.commands[0].words[1:]] == expected
