"""Ours against BuildKit's own parser, where it is installed."""

from __future__ import annotations

import re

import pytest

from tests.container.dockerfile import oracle
from tests.container.dockerfile.hard import HARD
from tests.container.dockerfile.mutating import mutations

# what BuildKit reads otherwise since 0.12: white space after <<, an array with more behind it, parts of variables, the directive check
NEWER = re.compile(r"""<<-?[ \t\r]|\][^\n\\`]*[^\s\\`]|\$\{\w*:?[#%/]|#\s*check""")


@pytest.mark.parametrize("name", [name for name, hard in HARD.items() if not hard.newer])
def test_a_hard_case_is_read_as_buildkit_reads_it(name: str) -> None:
    parser = oracle.need()
    found = oracle.theirs(parser, HARD[name].text)
    if found is None:
        assert HARD[name].refused
    else:
        assert oracle.ours(HARD[name].text) == found


@pytest.mark.parametrize("name", [name for name, hard in HARD.items() if hard.newer])
def test_an_older_buildkit_reads_newer_syntax_otherwise(name: str) -> None:
    parser = oracle.need()
    assert oracle.theirs(parser, HARD[name].text) != oracle.ours(HARD[name].text), "no longer newer: the parser has learnt it"


def test_mutations_of_the_hard_cases_are_read_as_buildkit_reads_them() -> None:
    parser = oracle.need()
    old = [hard.text for hard in HARD.values() if not hard.newer]
    for text in mutations(old, seed=20, number=1500):
        found = None if NEWER.search(text) else oracle.theirs(parser, text)
        assert found is None or oracle.ours(text) == found, text
