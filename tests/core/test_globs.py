from __future__ import annotations

import re
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.globs import compile_globs, matches_everything, problem


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.md", "a.md", True),
        ("*.md", "docs/a.md", False),
        ("**/*.md", "a.md", True),
        ("**/*.md", "x/y/a.md", True),
        ("docs/**", "docs/a/b", True),
        ("docs/**", "docs", False),
        ("docs/**", "docs2/a", False),
        ("docs/**/a.md", "docs/a.md", True),
        ("docs/**/a.md", "docs/x/y/a.md", True),
        ("a/**/b/**/c", "a/b/b/x/c", True),
        ("a/**/b/**/c", "a/b/c", True),
        ("a/**/b/**/c", "a/x/c", False),
        ("**/b/c", "b/b/c", True),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/b/c", False),
        ("a/*/c", "a//c", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "aXbYbZ", False),
        ("*a*", "a", True),
        ("app/[id]/page.tsx", "app/[id]/page.tsx", True),
        ("app/[id]/page.tsx", "app/i/page.tsx", False),
        ("a.b", "axb", False),
        ("a", "a\n", False),
        ("a*", "a\nb", True),
        ("\udcff*", "\udcffx", True),
        ("**", "a/b", True),
        ("**/**/a", "a", True),
    ],
)
def test_patterns(pattern: str, path: str, matches: bool) -> None:
    assert compile_globs([pattern])(path) is matches


def test_no_pattern_matches_nothing() -> None:
    assert not compile_globs([])("")


def test_several_patterns_are_alternatives() -> None:
    matches = compile_globs(["a|b", "c"])
    assert (matches("a|b"), matches("c"), matches("a"), matches("b")) == (True, True, False, False)


@pytest.mark.parametrize("pattern", ["", " ", "/a", "a/", "a//b", "./a", "a/../b", "a\\b", "a**", "**a/b", "a/***"])
def test_a_pattern_that_could_never_match_is_refused(pattern: str) -> None:
    assert problem(pattern)
    with pytest.raises(ValueError, match=re.escape(problem(pattern))):
        compile_globs([pattern])


@pytest.mark.parametrize("pattern", ["*", "**", "**/*", "*/**", "?*", "*/*"])
def test_patterns_that_name_nothing_are_known(pattern: str) -> None:
    assert matches_everything(pattern)
    assert not matches_everything(f"{pattern}a")


def slowly(pattern: list[str], path: list[str]) -> bool:
    """The meaning, by trying everything."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        least = 1 if len(pattern) == 1 else 0
        return any(slowly(pattern[1:], path[taken:]) for taken in range(least, len(path) + 1))
    name = "".join("[^/]*" if char == "*" else "[^/]" if char == "?" else re.escape(char) for char in pattern[0])
    return bool(path) and re.fullmatch(name, path[0]) is not None and slowly(pattern[1:], path[1:])


NAMES = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5)
PATTERNS = st.lists(st.just("**") | st.text("ab*?", min_size=1, max_size=4).filter(lambda name: "**" not in name), min_size=1, max_size=5)


@given(PATTERNS, NAMES)
def test_agrees_with_trying_everything(pattern: list[str], path: list[str]) -> None:
    assert compile_globs(["/".join(pattern)])("/".join(path)) is slowly(pattern, path)


def test_hostile_names_take_no_longer() -> None:
    matches = compile_globs(["*a*a*a*a*a*a*a*a*a*b", "/".join(["**", "a"] * 12) + "/b"])
    started = perf_counter()
    assert not matches("a" * 4000)
    assert not matches("a/" * 2000 + "c")
    assert perf_counter() - started < 10
