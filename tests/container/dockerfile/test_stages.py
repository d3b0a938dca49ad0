"""What a build gives was compared with BuildKit 0.32 for each of the files here."""

from __future__ import annotations

import pytest

from gates.container.dockerfile import reading, stages
from gates.container.dockerfile.instruction import Base, Dockerfile, Stage


def model(text: str) -> Dockerfile:
    return stages.model(reading.read(text.encode(), "Dockerfile"), "Dockerfile")


def last(text: str) -> Stage:
    found = model(text)
    assert not found.problems
    return found.stages[-1]


def said(stage: Stage) -> list[str | None]:
    return [step.value for step in stage.steps if step.instruction.keyword != "ARG"]


def bases(text: str) -> list[Base]:
    return [stage.base for stage in model(text).stages]


def test_an_image_of_arguments_with_defaults() -> None:
    text = "ARG V=3.19\nARG I=alpine:${V}\nARG N\nFROM ${I} AS b\nFROM --platform=$BUILDPLATFORM $N\nFROM ${N:-c}:1\nFROM d:$GONE\n"
    assert bases(text) == [
        Base("${I}", "alpine:3.19", None, by_default=True),
        Base("$N", None, None, platform="$BUILDPLATFORM"),
        Base("${N:-c}:1", "c:1", None, by_default=True),
        Base("d:$GONE", None, None),
    ]
    assert model(text).arguments == {"V": "3.19", "I": "alpine:3.19", "N": None}


def test_the_platform_of_a_stage_is_expanded() -> None:
    assert bases("ARG P=linux/arm64\nFROM --platform=${P} a\n")[0].platform == "linux/arm64"


def test_a_stage_is_found_by_name_whatever_its_case_and_only_behind_it() -> None:
    found = bases("FROM a AS a\nFROM a AS Build\nFROM build\nFROM 0\nFROM late\nFROM b AS late\n")
    assert [(base.image, base.stage) for base in found] == [("a", None), ("a", 0), ("build", 1), ("0", None), ("late", None), ("b", None)]


def test_the_nearest_stage_of_a_name_counts() -> None:
    assert [base.stage for base in bases("FROM a AS b\nFROM c AS b\nFROM b\n")] == [None, None, 1]


def test_a_stage_by_name_number_and_as_the_last() -> None:
    found = model("FROM a AS one\nFROM one AS Two\nFROM two\n")
    assert [stage.number for name in ("one", "TWO", "2", "") if (stage := found.stage(name))] == [0, 1, 2, 2]
    assert found.stage("three") is None
    assert [stage.number for stage in found.ancestry(found.stages[2])] == [2, 1, 0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARG A=g\nFROM scratch\nARG A=1\nENV B=$A\n", ["B=1"]),
        ("ARG A=g\nFROM scratch\nARG A\nENV B=$A\n", ["B=g"]),
        ("ARG A=g\nARG A\nFROM scratch\nARG A\nENV B=$A\n", ["B=g"]),
        ("ARG A=g\nFROM scratch\nENV B=$A\n", [None]),
        ("FROM scratch\nARG A=1\nENV A=2\nENV B=$A\n", ["A=2", "B=2"]),
        ("FROM scratch\nENV A=2\nARG A=1\nENV B=$A\n", ["A=2", "B=1"]),
        ("FROM scratch\nENV A=2\nARG A\nENV B=$A\n", ["A=2", "B=2"]),
        ("ARG A=g\nFROM scratch\nENV A=2\nARG A\nENV B=$A\n", ["A=2", "B=g"]),
        ("FROM scratch\nARG A=1 B=$A\nENV C=$B\n", ["C=1"]),
        ("FROM scratch\nENV A=1\nENV A=2 B=$A\nENV C=$A$B\n", ["A=1", "A=2 B=1", "C=21"]),
        ("FROM scratch\nARG TARGETARCH\nENV A=${TARGETARCH:-x}\n", [None]),
        ("FROM scratch\nARG HTTP_PROXY\nENV A=${HTTP_PROXY:-x}\n", ["A=x"]),
        ("FROM scratch AS b\nARG A=1\nENV B=2\nFROM b\nENV C=$A$B\n", ["C=12"]),
        ("FROM scratch AS b\nARG A=1\nFROM b\nARG A\nENV C=$A\n", ["C=1"]),
        ("FROM scratch AS b\nENV A=1\nFROM scratch\nENV B=$A\n", [None]),
        ("FROM scratch\nENV A=1\nENV X$A=\"b c\" Y='$A'\n", ["A=1", "X1=b c Y=$A"]),
        ('FROM scratch\nENV A $B  "c"\nENV B=1\n', [None, "B=1"]),
        ("FROM scratch\nLABEL a=\"b\" \\\n # c\n d='e'\nLABEL x y  z\n", ["a=b d=e", "x=y  z"]),
        ('FROM scratch\nARG A=1\nRUN echo $A\nCMD $A\nSHELL ["$A"]\n', ["echo $A", "$A", '["$A"]']),
        ('FROM scratch\nARG A=/1\nWORKDIR $A\nUSER "$A b"\nVOLUME $A /c\nVOLUME ["$A d"]\n', ["/1", "/1 b", "/1 /c", "/1 d"]),
        ("FROM scratch\nARG P=80\nEXPOSE $P  443/udp $Q\nSTOPSIGNAL $P\n", [None, "80"]),
        ('FROM scratch\nARG A=1\nCOPY a$A  b /c/\nADD ["d $A", "/e"]\n', ["a1 b /c/", "d 1 /e"]),
        ("FROM scratch\nARG A=1\nHEALTHCHECK CMD $A\nMAINTAINER $A\n", ["CMD $A", "$A"]),
    ],
)
def test_what_the_last_stage_says(text: str, expected: list[str | None]) -> None:
    assert said(last(text)) == expected


def test_a_trigger_runs_in_the_stage_that_is_built_from_its_own_and_no_further() -> None:
    found = model("FROM scratch AS a\nENV x=1\nONBUILD USER u$x\nONBUILD ENV y=$x\nFROM a AS b\nENV z=$y\nFROM b\nENV w=$y\n")
    assert [said(stage) for stage in found.stages] == [["x=1", "USER u$x", "ENV y=$x"], ["u1", "y=1", "z=1"], ["w=1"]]
    assert found.stages[1].steps[0].instruction.line == 3


def test_variables_are_those_known_before_the_step() -> None:
    steps = last("FROM a\nARG A\nENV B=1 C=$D\nRUN x\nENV B=2\n").steps
    assert [dict(step.variables) for step in steps] == [{}, {"A": None}, {"A": None, "B": "1", "C": None}, {"A": None, "B": "1", "C": None}]
    assert [len(step.variables) for step in steps] == [0, 1, 3, 3]
    assert "C" in steps[2].variables
    assert "C" not in steps[1].variables


def test_the_shell_holds_from_where_it_is_named_and_is_inherited() -> None:
    found = model('FROM a AS b\nRUN c\nSHELL ["/bin/bash", "-c"]\nRUN d\nFROM b\nRUN e\nFROM a\nRUN f\n')
    assert [stage.shell for stage in found.stages] == [("/bin/bash", "-c"), ("/bin/bash", "-c"), ("/bin/sh", "-c")]
    assert [step.shell[0] for step in found.stages[0].steps] == ["/bin/sh", "/bin/sh", "/bin/bash"]


def test_where_files_are_taken_from() -> None:
    found = model(
        "FROM a AS b\nFROM c\nCOPY --from=0 d e\nCOPY --from=B d e\nCOPY --from=f:1 d e\nCOPY d e\nADD d e\n"
        "RUN --mount=type=bind,from=b,target=/g --mount=type=cache,target=/h --mount='type=bind,\"from=i\",target=/j' k\n"
    )
    assert not found.problems
    assert [stages.origins(found, step.instruction) for step in found.stages[1].steps] == [
        (Base("0", None, 0),),
        (Base("B", "B", 0),),
        (Base("f:1", "f:1", None),),
        (),
        (),
        (Base("b", "b", 0), Base("i", "i", None)),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FROM a\nCOPY --from=1 b c\n", "COPY takes files from '1', but the file has no such stage"),
        ("FROM a\nCOPY --from=0 b c\n", "COPY takes files from '0', the stage that it stands in"),
        ("FROM a AS b\nRUN --mount=from=b,target=/c d\n", "RUN takes files from 'b', the stage that it stands in"),
        ("FROM a\nCOPY --from=$b c d\n", "COPY takes files from '$b': no variable is replaced there; name a stage that is built FROM it"),
        ("FROM a\nENV b=${c\n", "ENV 'b': what follows the name in ${c} is no modifier that BuildKit knows"),
        ("FROM a\nARG b='c\n", "ARG 'b': a single quote is not closed"),
        ("ARG b=${\nFROM a\n", "ARG 'b': a variable between braces has no name"),
        ('FROM a\nUSER "b\n', "USER '\"b': a double quote is not closed"),
        ('FROM ""\n', "FROM '\"\"' names no image"),
        ("FROM ${a^}\n", "FROM '${a^}': what follows the name in ${a} is no modifier that BuildKit knows"),
        ("ARG a\n", "the file has no FROM"),
    ],
)
def test_what_buildkit_refuses_is_told(text: str, message: str) -> None:
    assert message in [problem.message for problem in model(text).problems]


def test_a_file_without_a_stage_has_none() -> None:
    found = model("ARG a=1\nRUN b\n")
    assert (found.stages, found.arguments, found.stage("")) == ((), {"a": "1"}, None)


@pytest.mark.parametrize("text", ["FROM a\n" * (stages.MAX_STAGES + 1), "FROM a\n" + "ENV b=c\n" * (stages.MAX_VARIABLES)])
def test_too_much_is_a_problem(text: str) -> None:
    found = model(text)
    assert found.problems
    assert "is not judged" in found.problems[-1].message
