"""The grammar, against an own reading of the text of Conventional Commits 1.0.0."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.header import Footer, Header, Malformed, footers, parse


def reference(title: str) -> Header | None:
    """Items 1, 4, 5 and 13 of https://www.conventionalcommits.org/en/v1.0.0/#specification, with as little as it takes.

    A noun is a word: no white space, and none of the signs that the specification gives a meaning. The description immediately follows
    the colon and the space, so it is no white space itself.
    """
    for split in (at for at, sign in enumerate(title) if sign == ":" and title[at + 1 : at + 2] == " "):
        prefix, description = title[:split], title[split + 2 :]
        if prefix.count("(") != prefix.count(")"):
            continue  # this colon stands within parentheses
        breaking, prefix = prefix.endswith("!"), prefix.removesuffix("!")
        scope = None
        if prefix.endswith(")") and prefix.count("(") == 1:
            prefix, scope = prefix.removesuffix(")").split("(")
        noun = prefix != "" and not any(sign.isspace() or sign in "():!\uff1a" for sign in prefix)
        described = description.strip() == description != ""
        named = scope is None or (scope.strip() == scope != "" and ")" not in scope)
        return Header(prefix, scope or "", breaking, description) if noun and described and named else None
    return None


RIGHT = {
    "type": ["feat", "fix", "Feat", "build-deps", "типы", "revert", "a", "1"],
    "scope": ["", "", "", "(api)", "(a/b)", "(a, b)", "(a b)", "(a: b)", "(ü)", "(!)"],
    "mark": ["", "", "!"],
    "colon": [": "],
    "subject": ["add x", "a", "fix: nested", "é", 'say "it" (#12)', "!", ":", "a  b", "::error::x", "\u4fee\u6b63"],
}
WRONG = {
    "type": ["f x", "", " feat", "feat ", "fe:at"],
    "scope": ["()", "( )", "( a)", "(a ", "a)", "((a))", "(a)(b)"],
    "mark": ["!!", " !", "! "],
    "colon": [":", " : ", ":  ", ":\t", ":\u00a0", "\uff1a", "", " ", ":: "],
    "subject": ["x ", "", " "],
}


def titles(count: int) -> list[str]:
    """Titles of every kind of right and wrong, some with the mark before the scope or with a sign thrown in."""
    chance = random.Random(20261120)
    made = []
    for _ in range(count):
        order = ["type", "scope", "mark", "colon", "subject"]
        if chance.random() < 0.05:
            order[1], order[2] = order[2], order[1]
        title = "".join(chance.choice((WRONG if chance.random() < 0.1 else RIGHT)[part]) for part in order)
        if chance.random() < 0.15 and title:
            at = chance.randrange(len(title))
            title = title[:at] + chance.choice("():! \t#\u2003aZ") + title[at + chance.randrange(2) :]
        made.append(title)
    return made


def test_ten_thousand_titles_agree_with_the_reference() -> None:
    made = titles(10_000)
    read = [parse(title) for title in made]
    expected = [reference(title) for title in made]
    differing = [
        (title, ours, theirs)
        for title, ours, theirs in zip(made, read, expected, strict=True)
        if (ours if isinstance(ours, Header) else None) != theirs
    ]
    assert differing == []
    good = sum(each is not None for each in expected)
    assert 3_000 < good < 7_000  # both kinds are there in number


@given(st.text(alphabet=st.sampled_from("af():! \t\u00a0\uff1aB\u00e9#"), max_size=24))
def test_any_text_agrees_with_the_reference(title: str) -> None:
    ours = parse(title)
    assert (ours if isinstance(ours, Header) else None) == reference(title)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_place(title: str) -> None:
    read = parse(title)
    if isinstance(read, Malformed):
        assert 1 <= read.column <= len(title) + 1
        assert read.problem
        if read.meant:
            assert isinstance(parse(read.meant), Header)
    else:
        scope = f"({read.scope})" if read.scope else ""
        assert title == f"{read.type}{scope}{'!' if read.breaking else ''}: {read.subject}"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("feat: add x", Header("feat", "", False, "add x")),
        ("feat(parser): add x", Header("feat", "parser", False, "add x")),
        ("feat!: drop x", Header("feat", "", True, "drop x")),
        ("feat(api)!: drop x", Header("feat", "api", True, "drop x")),
        ("Fix(deps, dev): x: y", Header("Fix", "deps, dev", False, "x: y")),
        ("revert: feat: x", Header("revert", "", False, "feat: x")),
    ],
)
def test_good_headers(header: str, expected: Header) -> None:
    assert parse(header) == expected


@pytest.mark.parametrize(
    ("header", "problem", "column", "meant"),
    [
        ("", "the header is empty", 1, ""),
        (" feat: x", "starts with a space", 1, "feat: x"),
        ("add x", "no type: no colon follows its first word, 'add'", 4, ""),
        ("word", "has no type", 5, ""),
        (": x", "the type is missing in front of ':'", 1, ""),
        ("!: x", "the type is missing in front of '!'", 1, ""),
        ("(api): x", "a scope stands where the type belongs", 1, ""),
        ("feat!(api): x", "the ! stands before the scope; write it as type(scope)!: subject", 5, "feat(api)!: x"),
        ("feat (api): x", "a space stands before '('", 5, "feat(api): x"),
        ("feat : x", "a space stands before ':'", 5, "feat: x"),
        ("feat !: x", "a space stands before '!'", 5, "feat!: x"),
        ("feat(): x", "the scope is empty", 6, "feat: x"),
        ("feat( api): x", "the scope starts or ends with a space", 6, "feat(api): x"),
        ("feat(api: x", "the scope is not closed", 5, ""),
        ("feat((api)): x", "the scope holds a parenthesis", 6, ""),
        ("feat(a)(b): x", "a second scope follows the first", 8, ""),
        ("feat(a)b: x", "the colon is missing behind the scope", 8, ""),
        ("feat!! x", "more than one !", 6, ""),
        ("feat!!: x", "more than one !", 6, "feat!: x"),
        ("feat! x", "the colon is missing behind the !", 6, ""),
        ("feat:x", "a space is missing behind the colon", 6, "feat: x"),
        ("feat:  x", "more than one space", 7, "feat: x"),
        ("feat:\u00a0x", "U+00A0 in place of a space", 6, "feat: x"),
        ("feat\uff1ax", "full-width", 5, "feat: x"),
        ("feat:", "the subject is empty", 6, ""),
        ("feat: ", "the subject is empty", 6, ""),
        ("feat: x ", "ends with a space", 8, "feat: x"),
    ],
)
def test_what_is_wrong_with_a_header(header: str, problem: str, column: int, meant: str) -> None:
    read = parse(header)
    assert isinstance(read, Malformed)
    assert problem in read.problem
    assert (read.column, read.meant) == (column, meant)


@pytest.mark.parametrize("piece", ["feat", "(", "()", ")", "!", "! ", ":", " ", "a(", "a)", "a!", "\uff1a", "#", "a:"])
def test_a_header_of_any_length_is_read(piece: str) -> None:
    header = "feat" + piece * 300_000  # with anything but linear work this would not come to an end
    assert isinstance(parse(header), Malformed)
    assert len(footers([header, header])) <= 2


def test_footers_as_in_the_specification() -> None:
    body = [
        "",
        "see the issue for details",
        "Note: this line is no footer, for no blank line stands above it",
        "",
        "BREAKING CHANGE: the first line",
        "and the second: one",
        "Reviewed-by: Z",
        "Refs #123",
        "",
        "still the value of Refs",
        "BREAKING-CHANGE: another",
    ]
    assert footers(body) == (
        Footer("BREAKING CHANGE", "the first line\nand the second: one", 4),
        Footer("Reviewed-by", "Z", 6),
        Footer("Refs", "123\n\nstill the value of Refs", 7),
        Footer("BREAKING-CHANGE", "another", 10),
    )


@pytest.mark.parametrize(
    "line",
    [
        "breaking change: x",
        "BREAKING CHANGE:x",
        "BREAKING CHANGE #12",
        "BREAKING-CHANGE #12",
        "BREAKING CHANGE: ",
        "Acked by: x",
        "https://example.org",
        "a:b",
        "#12",
        "-x: y",
    ],
)
def test_what_is_no_footer(line: str) -> None:
    assert footers(["", line]) == ()


@given(st.lists(st.text(alphabet=st.sampled_from("aB-: #\n "), max_size=12).map(lambda text: text.replace("\n", "")), max_size=8))
def test_footers_stand_where_they_say(body: list[str]) -> None:
    for footer in footers(body):
        assert re.match(rf"{re.escape(footer.token)}(: | #)", body[footer.line])
        assert footer.value
