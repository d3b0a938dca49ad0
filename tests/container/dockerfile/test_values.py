from __future__ import annotations

import pytest

from gates.container.dockerfile import reading, values
from gates.container.dockerfile.instruction import Instruction
from gates.container.dockerfile.values import Pair


def instruction(text: str, escape: str = "\\") -> Instruction:
    return reading.read(f"# escape={escape}\nFROM a\n{text}".encode(), "Dockerfile").instructions[1]


def test_pairs_with_their_places() -> None:
    found = instruction('  ENV A="b c" \\\n  # why\n    B=$X\'$X\' \\\n\n\tC=\\"d\\ e F=\n')
    assert values.pairs(found, {"X": "x"}, "\\") == (
        Pair("A", "b c", '"b c"', 3, 7),
        Pair("B", "x$X", "$X'$X'", 5, 5),
        Pair("C", '"d e', '\\"d\\ e', 7, 2),
        Pair("F", "", "", 7, 11),
    )


def test_the_old_form_takes_the_rest_of_the_line() -> None:
    found = instruction('ENV A  b "c" \\\n  $X\n')
    assert values.pairs(found, {"X": "x"}, "\\") == (Pair("A", "b c   x", 'b "c"   $X', 3, 5),)


def test_an_argument_need_not_have_a_value_and_sees_those_before_it() -> None:
    found = instruction("ARG A B=1 C=$B$D D\n")
    assert values.pairs(found, {"D": "d"}, "\\") == (
        Pair("A", None, None, 3, 5),
        Pair("B", "1", "1", 3, 7),
        Pair("C", "1d", "$B$D", 3, 11),
        Pair("D", None, None, 3, 18),
    )


def test_pairs_of_one_env_do_not_see_each_other() -> None:
    assert [pair.value for pair in values.pairs(instruction("ENV A=2 B=$A\n"), {"A": "1"}, "\\")] == ["2", "1"]


def test_a_label_s_name_may_be_quoted_and_hold_variables() -> None:
    assert [pair.name for pair in values.pairs(instruction("LABEL \"a b\"=c 'd'.$X=e $Y=f\n"), {"X": "x"}, "\\")] == ["a b", "d.x", "$Y"]


def test_what_is_wrong_with_a_value_is_told() -> None:
    (found,) = values.pairs(instruction("ENV A=${B\n"), {}, "\\")
    assert found.value is None
    assert found.problem


def test_another_escape_character() -> None:
    found = instruction("ENV A=C:\\b B=c` d `\n  C=e\n", "`")
    assert [(pair.name, pair.value, pair.line) for pair in values.pairs(found, {}, "`")] == [
        ("A", "C:\\b", 3),
        ("B", "c d", 3),
        ("C", "e", 4),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COPY a \t b  /c\n", ("a", "b", "/c")),
        ('COPY ["a b", "/c"]\n', ("a b", "/c")),
        ("EXPOSE 80 443\n", ("80", "443")),
        ("USER a b\n", ("a b",)),
        ("RUN a  b\n", ("a  b",)),
        ('RUN ["a", "b"]\n', ("a", "b")),
        ("EXPOSE\n", ()),
    ],
)
def test_operands(text: str, expected: tuple[str, ...]) -> None:
    assert values.operands(instruction(text)) == expected


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("type=secret,id=a,target=/b", ("type=secret", "id=a", "target=/b")),
        ('type=bind,"source=a,b","c""d"', ("type=bind", "source=a,b", 'c"d')),
        ('type="bind"', None),
        ('"a"b', None),
        ('"a', None),
        ("", None),
        ("a,", ("a", "")),
    ],
)
def test_the_fields_of_a_mount(flag: str, expected: tuple[str, ...] | None) -> None:
    assert values.fields(flag) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("CMD curl a", ("CMD", "curl a")), ("none", ("none", "")), ("CMD\t[]", ("CMD", "[]")), ("", ("", ""))],
)
def test_the_kind_of_a_healthcheck(text: str, expected: tuple[str, str]) -> None:
    assert values.health(instruction(f"HEALTHCHECK {text}\n")) == expected
