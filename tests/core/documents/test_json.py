from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.documents import MAX_DEPTH, DocumentError, Node, plain, read_json

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


def no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("duplicate")
    return table


def refuse(word: str) -> object:
    raise ValueError(word)


def by_the_standard_parser(data: bytes) -> object:
    """What `json` makes of it where it is stricter than it is by default. Raises ValueError."""
    parsed = json.loads(data.decode().removeprefix("\ufeff"), object_pairs_hook=no_duplicates, parse_constant=refuse)
    json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()  # half a surrogate pair, or a number that became infinite
    return parsed


@given(DOCUMENTS, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_reads_what_the_standard_library_writes(document: object, indent: int | str | None, ascii_only: bool) -> None:
    data = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    found = plain(read_json(data, "a.json"))
    assert found == document
    assert json.dumps(found) == json.dumps(document)  # True is not 1, and 1 is not 1.0


PIECES = st.lists(
    st.sampled_from(
        [
            *'[]{}:,"\\ \n\t\r',
            "true",
            "null",
            "NaN",
            "Infinity",
            "-",
            "0",
            "12",
            "1.",
            ".5",
            "1e5",
            "1e999",
            '"a"',
            '"b":',
            "\\u12",
            '"\\ud800"',
            '"\\ud83d\\ude00"',
            "é",
            "//",
            "\x0b",
        ]
    ),
    max_size=25,
).map(lambda parts: "".join(parts).encode())


@given(st.one_of(PIECES, st.binary(max_size=100)))
def test_accepts_and_refuses_what_the_standard_parser_does(data: bytes) -> None:
    try:
        expected: object = by_the_standard_parser(data)
        acceptable = b"\0" not in data
    except ValueError:
        acceptable = False
    try:
        found, accepted = plain(read_json(data, "a.json")), True
    except DocumentError:
        found, accepted = None, False
    assert accepted is acceptable
    assert not accepted or found == expected


def test_positions_with_tabs_and_windows_line_ends() -> None:
    root = read_json(b'{\r\n\t"contexts": ["a",\r\n\t\t"b"],\r\n"x": 1}', "a.json")
    assert isinstance(root.value, dict)
    contexts = root.value["contexts"]
    assert contexts[1:5] == (2, 14, 2, 2)
    assert contexts.value == [Node("a", 2, 15), Node("b", 3, 3)]
    assert root.value["x"] == Node(1, 4, 6, 4, 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"a": 1,\n"a": 2}', 2),
        ("[1,\n2,]", 2),
        ("[\nNaN]", 2),
        ("[1]\n[2]", 2),
        ("", 1),
        ("{1: 2}", 1),
        ('["a\n"]', 1),
        ('\n["\\ud800"]', 2),
        ('\n["\\x"]', 2),
        ("[\n1e999]", 2),
        ("[\n" + "9" * 5000 + "]", 2),
        ("[01]", 1),
        ('{"a" 1}', 1),
        ("[1 2]", 1),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(DocumentError) as caught:
        read_json(text.encode(), "a.json")
    assert caught.value.line == line


def test_depth_limit_is_exact() -> None:
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "a.json")
    for text in (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), b'{"a":' * 100_000, b"[" * 500_000):
        with pytest.raises(DocumentError, match="deeper"):
            read_json(text, "a.json")


def test_numbers_keep_their_kind() -> None:
    found = plain(read_json(b"[1, 1.0, -0, 1e2, 123456789012345678901234567890]", "a.json"))
    assert found == [1, 1.0, 0, 100.0, 123456789012345678901234567890]
    assert isinstance(found, list)
    assert [type(number) for number in found] == [int, float, int, float, int]
    assert math.isfinite(found[3])
