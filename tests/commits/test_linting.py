"""What a person is told about a message, and what is let through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits import linting
from gates.commits.linting import CONVENTIONAL, HOOK, STORED, STREAM, TITLE, Accepted, Stage, accepted, accepted_by, lint
from gates.commits.message import from_text, from_title
from gates.commits.options import Options
from gates.commits.source import Header, Listed, Source
from gates.core.documents import DocumentError
from gates.core.finding import Location

ACCEPTED = Accepted(max_length=50)


def told(text: str, terms: Accepted = ACCEPTED, stage: Stage = STORED, *, merge: bool = False) -> list[str]:
    message = from_title(text) if stage == TITLE else from_text(text.encode("utf-8", "surrogateescape"))
    return [problem.text for problem in lint(message, terms, stage, merge=merge)]


def remedy(text: str, terms: Accepted = ACCEPTED, stage: Stage = STORED) -> str:
    return lint(from_text(text.encode()), terms, stage)[0].remedy


@pytest.mark.parametrize(
    "text",
    [
        *(f"{type_}: x" for type_ in CONVENTIONAL),
        "feat(api)!: drop the old one\n\nbody\n\nBREAKING CHANGE: it is gone\nRefs #12",
        "fix: x\n\nbreaking changes are none, and this is prose",
        'Revert "feat: x"\n\nThis reverts commit 1.',
        'Revert "anything" (#12)',
        'Reapply "feat: x"',
        "revert: feat: x",
    ],
)
@pytest.mark.parametrize("stage", [HOOK, STREAM, STORED])
def test_good_messages(text: str, stage: Stage) -> None:
    assert told(text, stage=stage) == []


@pytest.mark.parametrize(
    ("text", "problem", "way_out"),
    [
        ("faet: add x", "'faet' is no type of commit; did you mean 'feat'?", "write it as 'feat: add x'; the types are build, chore, ci,"),
        ("Fix(api)!: x", "'Fix' is no type of commit; did you mean 'fix'?", "write it as 'fix(api)!: x'; the types are"),
        ("zzz: x", "'zzz' is no type of commit", "write it as 'feat: x'; the types are"),
        ("Fix crash on start", "the header has no type", "write it as 'fix: crash on start'; the types are"),
        ("Add x", "the header has no type", "write it as 'feat: Add x'; the types are"),
        ("feature :x", "a space stands before ':'", "write it as 'feat: x'; the types are"),
        ("feat!(api): x", "the ! stands before the scope", "write it as 'feat(api)!: x'"),
        ("feat:", "the subject is empty", "write it as 'feat: what it changes'"),
        ("", "the message is empty", "write it as 'feat: what it changes'; the types are"),
        ("feat: x\nbody", "no blank line stands between header and body", "leave the second line empty"),
        ("feat: x\n\nbreaking change: y", "'breaking change:' announces no breaking change", "write the footer as BREAKING CHANGE: and"),
        ("feat: x\n\nBREAKING CHANGE:", "'BREAKING CHANGE:' announces no breaking change", "write the footer as"),
        ("feat: x\n\nBREAKING CHANGES: y", "'BREAKING CHANGES:' announces no breaking change", "write the footer as"),
        ("feat: x\n\nBREAKING-CHANGE #12", "'BREAKING-CHANGE #' announces no breaking change", "write the footer as"),
        ("feat: " + "x" * 50, "the header has 56 characters, 6 more than the 50 that are allowed", "say less in the header"),
        ("fixup! feat: x", "'fixup!' marks a commit that is still to be squashed", "squash it into the commit that it names"),
        ("Merge branch 'x'", "the message says that it is a merge, and it is none", "write it as"),
        ("\ufefffeat: x", "the message starts with a byte order mark, which git keeps", "write what is to be read"),
        ("feat: \u202egnp.exe", "U+202E (right-to-left override) makes the header read otherwise than it is written", "write what is"),
        ("feat: a\u200bb", "U+200B (zero width space) makes the header", "write what is"),
        ("feat: a\x1b[2Jb", "U+001B (a control character) makes the header", "write what is"),
        ("feat: a\0b", "a NUL byte, which git refuses to store", "write what is"),
        ("feat: x\n\na\0b", "a NUL byte, which git refuses to store", "save the message as UTF-8 text"),
        ("feat: x\n\na\n\u202eb", "U+202E (right-to-left override) makes the line read otherwise than it is written", "write what is"),
        ("feat: x\n\na\u200bb", "U+200B (zero width space) makes the line", "write what is"),
        ("feat: x\n\na\x1b[2Jb", "U+001B (a control character) makes the line", "write what is"),
        ("feat: x\n\na\n\nRefs: \u2066x", "U+2066 (left-to-right isolate) makes the line", "write what is"),
        ("feat: x\n\na\udcffb", "the byte 0xFF is not UTF-8", "save the message as UTF-8 text"),
        ("feat: x\n\nBREAKING\u00a0CHANGE: y", "'BREAKING\\xa0CHANGE:' announces no breaking change", "write the footer"),
        ("feat: \udcff", "the byte 0xFF is not UTF-8", "write what is"),
    ],
)
def test_bad_messages_and_the_way_out(text: str, problem: str, way_out: str) -> None:
    (found,) = lint(from_text(text.encode("utf-8", "surrogateescape")), ACCEPTED, STORED)
    assert found.text.startswith(problem)
    assert found.remedy.startswith(way_out)
    assert "\n" not in found.text + found.remedy


def test_a_wrong_type_names_the_whole_list_and_where_it_stands() -> None:
    terms = Accepted(("add", "change"), origin="pyproject.toml:12")
    assert remedy("chnage: x", terms) == "write it as 'change: x'; the types are add, change (pyproject.toml:12)"
    many = Accepted(tuple(f"t{number}" for number in range(100)))
    assert remedy("x: y", many).endswith(", t29 and 70 more")


def test_all_that_is_wrong_is_told_at_once_and_in_order() -> None:
    problems = lint(from_text(b"faet(web): " + b"x" * 50 + b"\nbody"), Accepted(scopes=("api",), max_length=50), STORED)
    assert [(each.line, each.column, each.end_column) for each in problems] == [(1, 1, 5), (1, 6, 9), (1, 51, 62), (2, 1, 0)]


@pytest.mark.parametrize(
    ("text", "terms", "expected"),
    [
        ("feat: x", Accepted(scope_required=True), ["the scope is missing"]),
        ("feat(a): x", Accepted(scope_required=True), []),
        ("feat(a): x", Accepted(scopes=()), ["a scope may not be given"]),
        ("feat: x", Accepted(scopes=()), []),
        ("feat(apii): x", Accepted(scopes=("api", "web")), ["'apii' is no scope; did you mean 'api'?"]),
        ("feat(api, web): x", Accepted(scopes=("api", "web")), []),
        ("feat(api,db): x", Accepted(scopes=("api", "web")), ["'db' is no scope"]),
        ("feat(a, b): x", Accepted(scopes=("a, b",)), []),
        ("anything: x", Accepted(None), []),
        ("bump: x", Accepted(also=("bump",)), []),
        ("feat: X", Accepted(matches=str.islower, origin=".gitlint:3"), ["the pattern of .gitlint:3 does not take 'feat: X'"]),
        ("feat: x", Accepted(matches=str.islower), []),
    ],
)
def test_the_list_decides(text: str, terms: Accepted, expected: list[str]) -> None:
    assert told(text, terms) == expected


@pytest.mark.parametrize(
    ("text", "hook", "stream", "stored", "title"),
    [
        ("fixup! feat: x", True, False, False, False),
        ("squash! x", True, False, False, False),
        ("amend! x", True, False, False, False),
        ("Merge branch 'a' into b", True, True, False, False),
        ("Merge branches 'a' and 'b'", True, True, False, False),
        ("Merge remote-tracking branch 'origin/a'", True, True, False, False),
        ("Merge tag 'v1'", True, True, False, False),
        ("Merge pull request #1 from a/b", True, True, False, False),
        ("Merge the two ways of doing it", False, False, False, False),
        ('Revert "x"', True, True, True, True),
        ("Revert x", False, False, False, False),
        ("feat: x", True, True, True, True),
    ],
)
def test_what_git_writes_is_taken_where_it_may_stand(text: str, hook: bool, stream: bool, stored: bool, title: bool) -> None:
    assert [told(text, stage=stage) == [] for stage in (HOOK, STREAM, STORED, TITLE)] == [hook, stream, stored, title]


def test_a_real_merge_may_say_anything_that_shows() -> None:
    assert told("whatever", merge=True) == []
    assert len(told("what\u202eever", merge=True)) == 1


def test_the_number_that_github_adds_is_not_the_authors() -> None:
    text = "feat: " + "x" * 44
    assert told(f"{text} (#12345)") == []
    assert len(told(f"{text} (#12345)", stage=TITLE)) == 1
    assert len(told(f"{text}x (#12345)")) == 1


def test_a_title_with_two_lines_is_told_as_one() -> None:
    assert told("feat: x\n::error::y", stage=TITLE) == ["U+000A (a control character) makes the header read otherwise than it is written"]
    assert told("", stage=TITLE) == ["the title is empty"]


def test_the_policy_goes_before_the_source_and_that_before_the_convention() -> None:
    source = Accepted(("a",), max_length=72, origin="x:1")
    assert accepted(Options(types=("b",)), source).types == ("b",)
    assert accepted(Options(), source)[:4] == (("a",), None, False, 72)
    assert accepted(Options(), None)[:4] == (CONVENTIONAL, None, False, 100)
    assert accepted(Options(scopes=("s",), max_header=50), source)[:4] == (("a",), ("s",), False, 50)
    assert accepted(Options(max_header=0), None).max_length == 0
    assert accepted(Options(), None).also == ("bump",)


def test_a_source_says_what_it_accepts() -> None:
    place = Location("committed.toml", 3)
    types = (Listed("a", place), Listed("b", place), Listed("a", place))
    source = Source("committed", "accepts", place, types, header=Header(60, ("s",), True))
    assert accepted_by(source) == Accepted(("a", "b"), ("s",), True, 60, origin="committed.toml:3")
    assert accepted_by(source._replace(types=None)).types is None
    with pytest.raises(DocumentError, match=r"committed.toml:3: the types of committed cannot be told \(a plugin\)"):
        accepted_by(source._replace(opaque="a plugin"))


@given(st.text(max_size=60), st.sampled_from([HOOK, STREAM, STORED, TITLE]))
def test_any_text_is_judged_and_told_in_two_lines(text: str, stage: Stage) -> None:
    message = from_title(text) if stage == TITLE else from_text(text.encode("utf-8", "surrogatepass"))
    for problem in lint(message, Accepted(max_length=20, scopes=("a",)), stage):
        assert problem.text
        assert "\n" not in problem.text + problem.remedy
        assert problem.line >= 1


def test_the_list_of_the_convention_has_eleven_types() -> None:
    assert len(linting.CONVENTIONAL) == 11 == len(set(linting.CONVENTIONAL))
