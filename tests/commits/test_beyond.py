"""Headers whose type is none of the known ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.commits import patterns
from gates.commits.beyond import beyond
from gates.commits.patterns import Mode

KNOWN = frozenset(("feat", "fix", "docs"))
TAIL = r"(\(.+\))?!?: .+"


def example(pattern: str, mode: Mode = "start", known: frozenset[str] = KNOWN) -> str:
    found = beyond(patterns.compile(pattern, "python", mode=mode), known)
    if found is None:
        return ""
    compiled = re.compile(pattern)
    assert (compiled.search if mode == "search" else compiled.match)(found.header)
    assert found.type not in known
    return found.header


@pytest.mark.parametrize(
    ("pattern", "header"),
    [
        (f"^(feat|fix|docs|new feature){TAIL}", "new feature: a"),
        (f"^(feat|fix|docs|a/b){TAIL}", "a/b: a"),
        (rf"^(feat|fix|docs|v1\.0){TAIL}", "v1.0: a"),
        (f"^(feat|fix|docs|d\u043ecs){TAIL}", "d\u043ecs: a"),
        (f"^(feat|fix|docs|docs\u200b){TAIL}", "docs\u200b: a"),
        (f"^(feat|fix|docs|{'q' * 80}){TAIL}", "q" * 80 + ": a"),
        (rf"^(feat\w*|fix|docs){TAIL}", "feata: a"),
        (rf"^(feat\d*|fix|docs){TAIL}", "feat0: a"),
        (f"^(feat|fix|docs)+{TAIL}", "fixfix: a"),
        (f"(?i)^(feat|fix|docs){TAIL}", "fiX: a"),
        ("^([a-c]{1,12}|feat|fix|docs): .+", "a: a"),
        ("(feat|fix|docs).*: .+", "fixa: a"),
        ("feat|fix|docs", "fixa:a"),
        (f"^((feat|fix|docs){TAIL}|perf!: drop .+)", "perf!: drop a"),
        (r"^((feat|fix|docs)(\(.+\))?!?|wip\(now\)): .+", "wip(now): a"),
        (rf"^((feat|fix|docs){TAIL}|release: v[0-9]+)", "release: v0"),
        (rf"^(?!x)\w+{TAIL}", "a: a"),
    ],
)
def test_a_type_beyond_the_list_is_found(pattern: str, header: str) -> None:
    assert example(pattern) == header


def test_searched_for_anywhere_another_type_can_stand_before() -> None:
    assert example(f"(feat|fix|docs){TAIL}", "search") == "afix: a"
    assert example(f"^(feat|fix|docs){TAIL}", "search") == ""


@pytest.mark.parametrize(
    "pattern",
    [
        f"^(feat|fix|docs){TAIL}",
        r"(?s)(feat|fix|docs)(\(\S+\))?!?: ([^\n\r]+)((\n\n.*)|(\s*))?$",
        rf"^(?:(?:feat|fix|docs)\s*{TAIL}|Merge .*|Revert .*|fixup! .*)",
        rf"^(?=.{{1,50}}$)(feat|fix|docs){TAIL}",
        rf"^(?!wip)(feat|fix|docs|wip){TAIL}",
        r"^(feat|fix|docs)\b(\(.+\))?!?: .{1,50}$",
    ],
)
def test_nothing_is_beyond_a_plain_list(pattern: str) -> None:
    assert example(pattern) == ""


def test_of_two_expressions_the_difference_is_told() -> None:
    expressions = (r"^feat\w*: .+", r"^(?!wip)feat\w*: .*", r"^(?!featx)feat\w*: .+")
    first, same, other = (patterns.compile(one, "python", mode="start") for one in expressions)
    assert beyond(first, KNOWN, same) is None
    found = beyond(first, KNOWN, other)
    assert found is not None
    assert not patterns.accepts_header(other, found.header)


def test_more_than_can_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="too many headers"):
        example(r"^(?!.*:)([ab]*a[ab]{14}): .+")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(alphabet="abé/. -", min_size=1, max_size=4).map(str.strip).filter(bool), min_size=1, max_size=5, unique=True),
    st.data(),
)
def test_a_word_is_beyond_unless_it_is_known(names: list[str], data: st.DataObject) -> None:
    known = frozenset(data.draw(st.lists(st.sampled_from(names), unique=True)))
    header = example(f"^({'|'.join(map(re.escape, names))}): .+", known=known)
    assert (header.partition(":")[0] in set(names) - known) if set(names) - known else not header
