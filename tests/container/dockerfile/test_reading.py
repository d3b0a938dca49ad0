from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.container.dockerfile import heredocs, reading, stages, values
from gates.container.dockerfile.instruction import Flag, Heredoc, Instruction, Problem
from gates.container.dockerfile.lexing import SPACES
from gates.core.documents import DocumentError
from tests.container.dockerfile.hard import HARD
from tests.container.dockerfile.mutating import mutations

TEXTS = [hard.text for hard in HARD.values()]


def instruction(text: str) -> Instruction:
    """The second of a file that is fine."""
    syntax = reading.read(f"FROM a\n{text}".encode(), "Dockerfile")
    assert not syntax.problems
    return syntax.instructions[1]


def messages(text: str) -> list[str]:
    return [problem.message for problem in reading.read(text.encode(), "Dockerfile").problems]


@pytest.mark.parametrize("name", HARD)
def test_buildkit_s_refusals_are_problems_and_nothing_else_is(name: str) -> None:
    assert bool(messages(HARD[name].text)) == HARD[name].refused


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"FROM a\n\xff", "UTF-8"), (b"FROM a\0", "NUL"), ("FROM a".encode("utf-16"), "UTF-8"), (b"#" * 2000, "at most 1000")],
)
def test_what_is_no_text_or_too_big_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        reading.read(data, "Dockerfile", max_bytes=1000)


def test_directives_are_told_by_their_lower_case_names() -> None:
    syntax = reading.read(b"# Syntax = docker/dockerfile:1 \n#CHECK=skip=all\n# escape=`\n# other=1\nFROM a\n", "Dockerfile")
    assert syntax.directives == {"syntax": "docker/dockerfile:1", "check": "skip=all", "escape": "`"}
    assert syntax.escape == "`"


def test_the_rest_of_a_file_with_problems_is_read() -> None:
    syntax = reading.read(b"RUN early\nFROM a\nRUM b\nCOPY c\nUSER d\n", "Dockerfile")
    assert [each.keyword for each in syntax.instructions] == ["RUN", "FROM", "RUM", "COPY", "USER"]
    assert [problem.line for problem in syntax.problems] == [1, 3, 4]


def test_a_here_document_is_told_with_its_first_line() -> None:
    found = instruction("RUN cat <<-'A B' \\\n  <<C\n\tb\n\tA B\nc\nC\n")
    assert found.value == "cat <<-'A B'   <<C"
    assert found.heredocs == (Heredoc("A B", "\tb\n", 4, expands=False, strips_tabs=True), Heredoc("C", "c\n", 6))
    assert (found.line, found.end_line) == (2, 7)


def test_a_here_document_without_an_end_takes_the_rest_of_the_file() -> None:
    syntax = reading.read(b"FROM a\nRUN <<A <<B\nb\nc", "Dockerfile")
    assert syntax.problems == (Problem(2, "the here-document 'A' does not end"),)
    assert [each.body for each in syntax.instructions[1].heredocs] == ["b\nc\n", ""]


@pytest.mark.parametrize(
    ("text", "is_script"),
    [
        ("RUN <<A\nb\nA\n", True),
        ("RUN --network=none  <<-'A'\n\tb\n\tA\n", True),
        ("RUN << A\nb\nA\n", True),
        ("RUN sh <<A\nb\nA\n", False),
        ("RUN <<A sh\nb\nA\n", False),
        ("RUN <<A <<B\nb\nA\nB\n", False),
        ("COPY <<A /b\nb\nA\n", False),
        ("RUN b\n", False),
    ],
)
def test_a_here_document_alone_is_a_script(text: str, is_script: bool) -> None:
    found = instruction(text)
    assert heredocs.script(found) == (found.heredocs[0] if is_script else None)


def test_what_onbuild_holds_is_an_instruction_of_its_own() -> None:
    found = instruction("ONBUILD  copy --from=b \\\n  c d\n")
    assert found.trigger is not None
    assert (found.keyword, found.value) == ("ONBUILD", "copy --from=b   c d")
    assert (found.trigger.keyword, found.trigger.value, found.trigger.flag("from")) == ("COPY", "c d", "b")
    assert (found.column, found.trigger.line, found.trigger.end_line) == (10, 2, 3)
    assert found.trigger.source == "\\\n  c d"


def test_the_here_document_of_a_trigger_is_the_trigger_s_too() -> None:
    found = instruction("ONBUILD RUN <<A\nb\nA\n")
    assert found.trigger is not None
    assert found.trigger.heredocs == found.heredocs == (Heredoc("A", "b\n", 3),)


def test_source_keeps_the_file_s_lines_and_columns() -> None:
    found = instruction("  RUN --mount=type=cache,target=/x \\\n    # why\n  --network=none a \\\t\n\n    && b\n")
    assert found.source == "\\\n\\\n                 a \\\n\\\n    && b"
    assert found.flags == (Flag("mount", "type=cache,target=/x"), Flag("network", "none"))
    assert (found.line, found.column, found.end_line) == (2, 36, 6)
    assert found.value == "a     && b"


def test_source_has_backslashes_whatever_the_escape_character() -> None:
    syntax = reading.read(b"# escape=`\nFROM a\nRUN b `\n  c\n", "Dockerfile")
    assert syntax.instructions[1].source == "b \\\n  c"


def test_words_are_those_of_an_array_alone() -> None:
    assert instruction('CMD [ "a b", \\\n "c" ]\n').words == ("a b", "c")
    assert instruction("CMD []\n").words == ()
    assert instruction("CMD ['a']\n").words is None
    assert instruction('HEALTHCHECK --retries=1 CMD ["a", "b"]\n').words == ("a", "b")
    assert instruction('USER ["a"]\n').words is None


def test_deep_arrays_are_refused_and_not_followed() -> None:
    deep = "[" * 30_000
    assert messages(f"FROM a\nCMD {deep}\n") in ([], ["the JSON array of CMD holds something else than text"])


def test_a_text_that_hides_a_here_document_by_its_depth_is_a_problem() -> None:
    text = f"FROM a\nRUN echo {'${b:-' * 61}{'}' * 61} <<EOF\nUSER c\nEOF\n"
    assert messages(text)[0] == "variables are nested deeper than 60"


def test_a_line_that_buildkit_cannot_hold_is_a_problem() -> None:
    assert not messages("FROM a\nRUN " + "b" * 65531)
    assert messages("FROM a\nRUN " + "b" * 65532) == ["the line is longer than 65535 bytes"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("RUN --network=lan b", "--network is one of default, none, host, not 'lan'"),
        ("RUN --mount=from=$b,target=/c d", "--mount takes no variable in from; name a stage that is built FROM it"),
        ("RUN --mount='type=\"b' c", "--mount has quotes that do not match: 'type=\"b'"),
        ("HEALTHCHECK --interval=5 CMD b", "--interval is no duration of at least 1ms: '5'"),
        ("HEALTHCHECK --interval=5us CMD b", "--interval is no duration of at least 1ms: '5us'"),
        ("HEALTHCHECK --retries=many CMD b", "--retries is no number: 'many'"),
        ("HEALTHCHECK CMD", "HEALTHCHECK CMD has no command"),
        ("USER --b c", "USER has no flag '--b'"),
        ("WORKDIR", "WORKDIR has no argument"),
        ("ENV", "ENV has no name and no value"),
        ("ARG =b", "ARG has an empty name"),
        ("ONBUILD", "ONBUILD has no instruction"),
        ("ONBUILD ENV b", "ENV b has no value"),
    ],
)
def test_messages(line: str, message: str) -> None:
    assert messages(f"FROM a\n{line}\n") == [message]


def check(text: str) -> None:
    """What holds for every text: it is modelled, in order, and every character of a value stands where it is said to."""
    try:
        syntax = reading.read(text.encode(), "Dockerfile")
    except DocumentError:
        return
    lines = text.removeprefix("\ufeff").split("\n")
    last = 0
    for found in syntax.instructions:
        assert last < found.line <= found.end_line <= len(lines)
        last = found.end_line
        for each in (found, found.trigger or found):
            places = values.Places(each)
            for at, char in enumerate(each.value):
                line, column = places.place(at)
                assert lines[line - 1][column - 1] == char
            *parts, end = each.source.split("\n")
            assert ("".join(part.removesuffix("\\") for part in parts) + end).strip(SPACES) == each.value
    stages.model(syntax, "Dockerfile")


@pytest.mark.parametrize("name", HARD)
def test_places(name: str) -> None:
    check(HARD[name].text)


def test_no_damage_makes_it_fail() -> None:
    for text in mutations(TEXTS, seed=1, number=10_000):
        check(text)


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    check("FROM a\nRUN " + text)


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\n" + "RUN \\\n" * 150_000,
        "FROM a\nRUN " + "\\\n" * 450_000,
        "FROM a\nRUN " + "b \\\n# c\n\n" * 100_000,
        "FROM a\n" + "RUN <<E\n" * 100_000,
        "FROM a\nRUN " + "<<E " * 15_000,
        "FROM a\nRUN " + "<<E \\\n" * 100_000,
        "FROM a\nENV b=" + "\"'" * 30_000 + "\\\n" + "'\"" * 30_000,
        "FROM a\nENV " + "b=c \\\n" * 150_000,
        "FROM a\n" + "ENV b=$b$b$b$b\n" * 60_000,
        "FROM a\nENV b=" + "x" * 390 + "\n" + "ENV c=${b##*y*z*}\n" * 4_000,
        "FROM a AS a\n" * 80_000,
        "FROM a\n" + "USER ${b:-${b:-\n" * 60_000,
        "FROM a\nUSER " + "${b:-" * 12_000,
        "FROM a\nRUN <<" + "${b:-" * 12_000,
        "ONBUILD " * 120_000,
        "FROM a\nCOPY --b=" + "\\" * 60_000 + "\n",
        "FROM a\nRUN --mount=" + '"' * 60_000 + "\n",
        "ARG b\n" * 150_000,
        "FROM a AS b\n" + "ONBUILD USER c\n" * 7_000 + "FROM b\n" * 499,
        "FROM a\nRUN " + "\\ " * 30_000 + "\n",
        "FROM a\nHEALTHCHECK --interval=" + "1" * 60_000 + " CMD b\n",
        "FROM a\nHEALTHCHECK --retries=" + "1" * 60_000 + " CMD b\n",
        "FROM a\nCMD [" + "1" * 60_000 + "]\n",
        "FROM a AS " + "b" * 60_000 + "!\n",
    ],
    ids=lambda text: text[:24],
)
def test_a_hostile_file_is_read_to_its_end(text: str) -> None:
    stages.model(reading.read(text.encode()[: 1 << 17], "Dockerfile"), "Dockerfile")
