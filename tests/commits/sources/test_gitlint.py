from __future__ import annotations

from configparser import ConfigParser, Error

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits import patterns
from gates.commits.source import Source
from gates.commits.sources import gitlint, ini
from gates.commits.sources.places import Text
from gates.core.documents import DocumentError
from tests.commits.sources.support import drift, names, spelled

ELEVEN = ["fix", "feat", "chore", "docs", "style", "refactor", "perf", "test", "revert", "ci", "build"]


def read(text: str) -> list[Source]:
    return gitlint.read(text.encode(), ".gitlint")


def test_the_file_stands_in_the_root() -> None:
    assert gitlint.is_source(".gitlint")
    assert not gitlint.is_source("a/.gitlint")


@pytest.mark.parametrize("rule", ["CT1", "contrib-title-conventional-commits", "contrib-body-requires-signed-off-by, CT1"])
def test_the_rule_has_eleven_types_by_default(rule: str) -> None:
    (source,) = read(f"[general]\nverbosity=2\ncontrib = {rule}\n")
    assert names(source) == ELEVEN
    assert source.implied
    assert source.location[1:3] == (3, 11)
    assert source.header.max_length == 72


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[general]\ncontrib=CC1\n",
        "[title-max-length]\nline-length=50\n",
        "[general]\ncontrib=CT1\nignore=CT1\n",
        "[general]\ncontrib=CT1\nignore=all\n",
        "[general]\nignore=title-match-regex\n[title-match-regex]\nregex=^feat: \n",
        "# [general]\n; contrib=CT1\n",
    ],
)
def test_without_a_rule_on_types_it_is_no_source(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize("section", ["CT1", "contrib-title-conventional-commits"])
@pytest.mark.parametrize(
    ("types", "expected"), [("feat,fix", ([], [])), ("feat,\n  fix , ", ([], [])), ("fix", (["feat"], [])), ("feat,fix,wip", ([], ["wip"]))]
)
def test_types_of_the_file(section: str, types: str, expected: tuple[list[str], list[str]]) -> None:
    text = f"[general]\ncontrib=CT1\n\n[{section}]\ntypes = {types}\n[T1]\nline-length=60"
    (source,) = read(text)
    (other,) = read("[CT1]\ntypes=feat,fix")
    assert drift(other, source) == expected
    assert list(spelled(source, text)) == names(source)
    assert not source.implied
    assert source.header.max_length == 60


@pytest.mark.parametrize(
    ("regex", "expected"),
    [(r"^(feat|fix)(\(.+\))?: .+", ([], [])), ("^(feat|fix|wip): .+", ([], ["wip"])), ("^feat", (["fix"], []))],
)
@pytest.mark.parametrize("section", ["title-match-regex", "T7"])
def test_types_of_an_expression(section: str, regex: str, expected: tuple[list[str], list[str]]) -> None:
    text = f"[{section}]\nregex={regex}\n"
    (source,) = read(text)
    (other,) = read("[CT1]\ntypes=feat,fix")
    assert drift(other, source) == expected
    assert list(spelled(source, text)) == names(source)
    assert source.pattern == regex


def test_an_expression_is_searched_for_anywhere() -> None:
    (source,) = read("[T7]\nregex=(feat|fix): .+\n")
    assert source.types is None
    assert patterns.any_type(source)


def test_an_expression_that_cannot_be_read_is_opaque() -> None:
    (source,) = read("[T7]\nregex=^(feat)\\1\n")
    assert source.opaque == "the regex cannot be read: a reference to a group"


def test_two_rules_are_two_sources() -> None:
    one, two = read("[general]\ncontrib=CT1\nignore=T1\n[T7]\nregex=^(feat|fix): \n")
    assert drift(two, one) == ([], sorted(set(ELEVEN) - {"feat", "fix"}))
    assert one.header.max_length == 0


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("contrib=CT1", 1, "a line stands before the first section"),
        ("[a]\nx", 2, "neither a section nor a key"),
        ("[a]\n=x", 2, "neither a section nor a key"),
        ("[a]\nx=1\nX:2", 3, "duplicate key 'x'"),
        ("[a]\n[a]", 2, "the section 'a' stands twice"),
        ("[DEFAULT]\ntypes=feat", 2, "the section DEFAULT is not read"),
        ("[CT1]\ntypes=%(x)s", 2, "a percent sign"),
        ("[CT1]\ntypes=feat\n  fix", 2, "goes over a line's end"),
        ("[T1]\nline-length=x\n", 2, "'line-length' must be a whole number, not 'x'"),
        ("\xff", 1, "a line stands before the first section"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read(text)
    assert caught.value.line == line


LINES = st.lists(
    st.sampled_from(
        (
            "[a]",
            "[b]",
            "[c d]",
            "k=v",
            "K : w",
            "j",
            "x = 1 = 2",
            "  more",
            "    deeper: x",
            "",
            "  ",
            "# c",
            "  ; c",
            "y=",
            "z:50%%",
            "[",
            "[]",
            "[a]x]",
            "l = [b]",
        )
    ),
    max_size=12,
)


@given(LINES)
def test_agrees_with_configparser(lines: list[str]) -> None:
    text = "\n".join(lines)
    reference = ConfigParser()
    try:
        reference.read_string(text)
        expected = {name: dict(reference.items(name)) for name in reference.sections()}
    except Error:
        with pytest.raises(DocumentError):
            ini.read(Text(text.encode(), "x", 1 << 16))
    else:
        found = ini.read(Text(text.encode(), "x", 1 << 16))
        assert {name: {key: value.text for key, value in keys.items()} for name, keys in found.items()} == expected
