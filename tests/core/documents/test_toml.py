from __future__ import annotations

import math
import tomllib
from datetime import date
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import MAX_DEPTH, DocumentError, Node, plain, read_toml

ROOT = Path(__file__).parents[3]

SAMPLE = """\
title = "x" # comment
"quoted key".'and # this' = [1, 2, # three
  3, { a = 1, b.c = '''
x]''' }]
[a.b]
day = 2027-01-15
when = 1979-05-27 07:32:00Z
[[a.list]]
n = 1
[a.list.inner]
m = 2
[[a.list]]
text = \"\"\"one "" two\"\"\"\"
esc = "\\"]"
"""


def test_values_are_those_of_tomllib() -> None:
    assert plain(read_toml(SAMPLE.encode(), "a.toml")) == tomllib.loads(SAMPLE)


def at(node: Node, *path: str | int) -> Node:
    for step in path:
        assert isinstance(node.value, dict | list)
        node = node.value[step]  # type: ignore[index]  # the path fits the sample
    return node


def test_every_key_has_its_place() -> None:
    root = read_toml(SAMPLE.encode(), "a.toml")
    assert at(root, "title") == Node("x", 1, 9, 1, 1)
    assert at(root, "quoted key", "and # this")[1:5] == (2, 29, 2, 1)
    assert at(root, "quoted key", "and # this", 2)[1:3] == (3, 3)
    assert at(root, "quoted key", "and # this", 3, "b", "c")[1:5] == (3, 21, 3, 15)
    assert at(root, "a")[1:5] == (5, 1, 5, 1)
    assert at(root, "a", "b", "day") == Node(date(2027, 1, 15), 6, 7, 6, 1)
    assert at(root, "a", "list", 0, "n").line == 9
    assert at(root, "a", "list", 0, "inner", "m").line == 11
    assert at(root, "a", "list", 1).line == 12
    assert at(root, "a", "list", 1, "esc").line == 14


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\na = 2", 2),
        ("a = 1\n[a]", 2),
        ("[a]\nb = ", 2),
        ("a = 1\nb = 2027-02-30", 2),
        ("a = '", 1),
        ("\n= 1", 2),
        ("a = [1,\n2", 2),
        ("a = 1 b = 2", 1),
        ("a = 1\r", 1),
        ('a = "\\ud800"', 1),
        ("a = " + "9" * 5000, 1),
    ],
)
def test_what_is_wrong_is_named(text: str, line: int) -> None:
    with pytest.raises(DocumentError) as caught:
        read_toml(text.encode(), "a.toml")
    assert caught.value.path == "a.toml"
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 500_000,
        "a" + ".a" * 500_000 + " = 1",
        "[" + "a." * 500_000 + "a]",
        "a = " + "{a=" * 300_000,
        'a = "' + '\\"' * 400_000,
    ],
    ids=["arrays", "dotted", "header", "tables", "text"],
)
def test_hostile_megabytes_end_quickly(text: str) -> None:
    started = perf_counter()
    with pytest.raises(DocumentError):
        read_toml(text.encode(), "a.toml")
    assert perf_counter() - started < 20  # half a million parts of one key take minutes where no limit holds


def test_depth_limit() -> None:
    fits = "a = " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert read_toml(fits.encode(), "a.toml")


PIECES = st.lists(
    st.sampled_from(
        [
            "a",
            "b",
            "a.b",
            '"a"',
            "'b'",
            '"\\u0061"',
            " = ",
            "=",
            "[",
            "]",
            "[[",
            "]]",
            "[a]\n",
            "[[a]]\n",
            "[a.b]\n",
            "{",
            "}",
            ",",
            ".",
            "\n",
            "\r\n",
            "\r",
            " ",
            "#c\n",
            "1",
            "-1.5",
            "true",
            "inf",
            "nan",
            "2027-01-15",
            "07:32:00",
            "1979-05-27 07:32:00",
            '"x"',
            "'''",
            '"""',
            '"',
            "'",
            "\\",
            "a = 1\n",
            "b = [1, 2]\n",
            "c = {a = 1}\n",
            "é",
        ]
    ),
    max_size=14,
).map("".join)
LINES = st.lists(
    st.sampled_from(
        [
            "a = 1",
            "b.c = [1, {d = 2}]",
            "b.e = 3",
            "[t]",
            "[t.u]",
            "[[l]]",
            "[[l.m]]",
            "[l.n]",
            "x = '''\n]'''",
            'y = """a\\\n  b"""',
            "z = 2027-01-15 # c",
            "'q r'.s = []",
            "[b]",
            "[[t.k]]",
            'w = """"""',
            "v = ''''it''s'''",
        ]
    ),
    max_size=8,
).map("\n".join)


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@given(st.one_of(PIECES, LINES, st.text(max_size=60)))
def test_accepts_and_refuses_what_tomllib_does(text: str) -> None:
    try:
        data = text.encode()
        expected = tomllib.loads(text.removeprefix("\ufeff"))
        acceptable = "\0" not in text
    except ValueError:
        acceptable = False
    try:
        found = plain(read_toml(data, "a.toml"))
    except DocumentError:
        assert not acceptable
    else:
        assert acceptable
        assert same(found, expected)


@given(LINES)
def test_every_place_is_within_the_text(text: str) -> None:
    try:
        root = read_toml(text.encode(), "a.toml")
    except DocumentError:
        return
    lines = text.split("\n")

    def walk(node: Node) -> None:
        for child in node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ():
            assert 1 <= child.line <= len(lines)
            assert 1 <= child.column <= len(lines[child.line - 1])
            walk(child)

    walk(root)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_tree_or_a_document_error(data: bytes) -> None:
    try:
        read_toml(data, "a.toml")
        blamed = "a.toml"
    except DocumentError as error:
        blamed = error.path
    assert blamed == "a.toml"


def test_reads_a_real_file() -> None:
    data = (ROOT / "pyproject.toml").read_bytes()
    assert plain(read_toml(data, "pyproject.toml")) == tomllib.loads(data.decode())
