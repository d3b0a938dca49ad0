"""What git gives a commit-msg hook and what it stores, with git itself for judge where it is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.message import Line, from_commit, from_file, from_text, from_title, hidden
from tests.core.conftest import Maker, make

__all__ = ["make"]

SCISSORS = b"# ------------------------ >8 ------------------------\n"
TEMPLATE = b"# Please enter the commit message for your changes. Lines starting\n# with '#' will be ignored.\n#\n# On branch main\n#\n"


def texts(data: bytes, **settings: object) -> list[str]:
    return [line.text for line in from_file(data, **settings).lines]  # type: ignore[arg-type]  # as the test gives them


def test_comments_and_blank_ends_are_left_out_and_numbers_stay() -> None:
    message = from_file(b"\n# a hint of the template\nfeat: x  \n\nbody\n# in between\nmore\n\n\n" + TEMPLATE)
    assert message.lines == (Line(3, "feat: x"), Line(4, ""), Line(5, "body"), Line(7, "more"))


def test_what_is_below_the_scissors_is_left_out() -> None:
    assert texts(b"feat: x\n" + TEMPLATE + SCISSORS + b"# Do not modify\ndiff --git a b\n+\xff\0\n") == ["feat: x"]
    assert texts(SCISSORS + b"feat: x\n") == []
    assert texts(b"feat: x\r\n" + SCISSORS.replace(b"\n", b"\r\n") + b"diff\r\n") == ["feat: x"]


def test_scissors_within_a_line_cut_nothing() -> None:
    line = "see " + SCISSORS.decode().strip()
    assert texts(f"feat: x\n\n{line}\nmore\n".encode()) == ["feat: x", "", line, "more"]
    assert texts(b"feat: x\n\n" + SCISSORS.strip() + b" and more\nlast\n") == ["feat: x", "", "last"]  # a comment, no cut


@pytest.mark.parametrize("sign", "#;@!$%^&|:")
def test_the_sign_of_comments_is_seen_at_the_end(sign: str) -> None:
    template = TEMPLATE.replace(b"#", sign.encode())
    assert texts(f"{sign} of the template\nfeat: x\n\n#12 is text\n".encode() + template)[0] == "feat: x"
    scissors = SCISSORS.replace(b"#", sign.encode())
    assert texts(f"{sign} of the template\nfeat: x\n".encode() + scissors + b"diff\n# no sign of its own\n") == ["feat: x"]


def test_the_sign_of_comments_can_be_given() -> None:
    assert texts(b"// hint\nfeat: x\n// On branch\n", comment="//") == ["feat: x"]
    assert texts(b"feat: x\n//" + SCISSORS[1:] + b"diff\n", comment="//") == ["feat: x"]
    assert texts(b"feat: x\n\n- a list\n", comment="auto") == ["feat: x", "", "- a list"]


def test_a_message_that_no_editor_showed_has_no_comments() -> None:
    assert texts(b"#12\n\nfeat: x\n", edited=False) == ["#12", "", "feat: x"]
    assert texts(b"#12\n\nfeat: x\n") == ["feat: x"]


def test_line_ends_of_windows_are_line_ends() -> None:
    assert texts(b"feat: x\r\n\r\nbody\r\n# hint\r\n") == ["feat: x", "", "body"]
    assert [line.text for line in from_text(b"feat: x\r\n\r\nbody\r").lines] == ["feat: x", "", "body"]


def test_other_breaks_of_a_line_are_none() -> None:
    (line,) = from_text("feat: a\u2028b\x0bc\x85d\x0ce\n".encode()).lines
    assert [index for index, _ in hidden(line.text)] == [7, 9, 11, 13]


def test_a_byte_order_mark_is_kept_as_git_keeps_it(make: Callable[..., Maker]) -> None:
    data = b"\xef\xbb\xbffeat: x\n"
    repository = make()
    repository.git("commit", "-q", "--allow-empty", "-F", "-", stdin=data)
    assert repository.git("log", "-1", "--format=%s") == "\ufefffeat: x" == from_file(data).lines[0].text


@pytest.mark.parametrize(
    "text",
    [
        "feat: x\n\nbody\n\n\n\nmore  \n\n\n",
        "\n\n# hint\nfeat: x\n# hint\nbody\n",
        "feat: x\n\n#12\n #34\nlast\n",
        "feat: x\t \n \n\u00a0\nbody \u00a0.\n",
        "# only hints\n#\n",
        "\n \n",
    ],
)
def test_the_lines_are_those_that_git_stores(make: Callable[..., Maker], text: str) -> None:
    stored = make().git("stripspace", "--strip-comments", stdin=text.encode())
    ours = [line.text for line in from_file(text.encode()).lines]
    without_runs = [line for index, line in enumerate(ours) if line.strip(" \t") or ours[index - 1].strip(" \t")]
    assert without_runs == (stored.split("\n") if stored else [])


def test_a_commit_tells_its_parents_and_its_author(make: Callable[..., Maker]) -> None:
    repository = make()
    first = repository.commit("feat: x")
    tree = repository.git("rev-parse", "HEAD^{tree}")
    other = repository.git("commit-tree", tree, "-m", "other")
    merge = repository.git(
        "commit-tree", tree, "-p", first, "-p", other, "-m", "Merge", GIT_AUTHOR_NAME="app[bot]", GIT_AUTHOR_EMAIL="1+app[bot]@example.org"
    )
    data = repository.git("cat-file", "commit", merge).encode()
    commit = from_commit(data)
    assert (commit.parents, commit.author, commit.email) == (2, "app[bot]", "1+app[bot]@example.org")
    assert commit.message.lines == (Line(1, "Merge"),)


def test_a_signature_is_no_message() -> None:
    signature = b"gpgsig -----BEGIN\n parent 3\n \n -----END\n"
    data = b"tree 1\nparent 2\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\n" + signature + b"\nfeat: x\n# kept\n"
    commit = from_commit(data)
    assert commit.parents == 1
    assert [line.text for line in commit.message.lines] == ["feat: x", "# kept"]


@pytest.mark.parametrize(
    ("encoding", "data", "header"),
    [
        ("ISO-8859-1", b"feat: \xe9", "feat: é"),
        ("windows-1252", b"feat: \x80", "feat: €"),
        ("Shift_JIS", "feat: 修正".encode("shift_jis"), "feat: 修正"),
        ("utf-8", "feat: é".encode(), "feat: é"),
        ("utf-7", b"feat: +AGE-", "feat: +AGE-"),  # it could write what does not show
        ("unicode_escape", rb"feat: \x41", r"feat: \x41"),
        ("iso-8859-12", b"feat: x", "feat: x"),  # there is none
        ("zip", b"feat: x", "feat: x"),
    ],
)
def test_the_encoding_of_a_commit_counts_if_it_is_one_of_letters(encoding: str, data: bytes, header: str) -> None:
    commit = from_commit(b"tree 1\nauthor A <a@b> 1 +0000\nencoding " + encoding.encode() + b"\n\n" + data)
    assert commit.message.lines[0].text == header


@given(st.binary(max_size=80))
def test_any_bytes_are_read(data: bytes) -> None:
    for message in (from_file(data), from_file(data, edited=False), from_text(data), from_commit(data).message):
        assert all("\n" not in line.text for line in message.lines)
        if message.lines:
            assert message.lines[0].text.strip(" \t\r")


@pytest.mark.parametrize(
    "text",
    [
        "a\0b", "a\x1b[31m", "a\x7f", "a\u202eb", "a\u2066b", "a\u200bb", "a\u200db", "a\ufeffb", "a\u00adb", "a\u2060b", "a\u3164b",
        "a\U000e0041b", "a\udcffb", "a\ufe0fb", "\u200dab", "a\u061cb", "a\u2028b",
    ],
)  # fmt: skip
def test_what_does_not_show_is_told(text: str) -> None:
    ((index, character),) = hidden(text)
    assert text[index] == character


@pytest.mark.parametrize("text", ["plain", "❤️ and 👩‍💻 and 1️⃣", "می‌خواهم", "क्‍ष", "é ü 修正", "a\u00a0b", "“quoted” — dash", "שלום", "🇩🇪"])
def test_writing_of_all_kinds_shows(text: str) -> None:
    assert list(hidden(text)) == []


def test_joiners_in_a_row_carry_more_than_is_shown() -> None:
    assert len(list(hidden("é\u200d\u200c\u200d"))) == 2
    assert len(list(hidden("é\ufe01\ufe02\ufe03"))) == 2


def test_a_title_is_one_line() -> None:
    assert from_title("feat: x\n::error::y").lines == (Line(1, "feat: x\n::error::y"),)
    assert from_title(" ").lines == ()
