from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.github.filters import MAX_PATTERN, complements, lets_all_through, lets_through, problem
from gates.github.workflow import Filter


def only(*patterns: str) -> Filter:
    return Filter(patterns, False, 1)


def all_but(*patterns: str) -> Filter:
    return Filter(patterns, True, 1)


def matches(pattern: str, name: str) -> bool:
    return lets_through(only(pattern), name)


# The examples of the cheat sheet, and names beside them that must not match.
BRANCHES = [
    ("feature/*", ["feature/my-branch", "feature/your-branch"], ["feature/a/b", "feature", "my-feature/a"]),
    ("feature/**", ["feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat"], ["feature", "features/a"]),
    ("main", ["main"], ["Main", "main2", "a/main"]),
    ("releases/mona-the-octocat", ["releases/mona-the-octocat"], ["releases/mona"]),
    ("*", ["main", "releases"], ["all/the/branches"]),
    ("**", ["all/the/branches", "every/tag", "main"], []),
    ("*feature", ["mona-feature", "feature", "ver-10-feature"], ["a/feature", "features"]),
    ("v2*", ["v2", "v2.0", "v2.9"], ["v3", "v2/a", "av2"]),
    ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.1.1", "v1..1", "v1.1", "v1.1.1-rc", "v1x10x1"]),
    ("[CB]at", ["Cat", "Bat"], ["Rat", "cat", "CBat"]),
    ("[1-2]00", ["100", "200"], ["300", "00"]),
    ("release-[0-9a-zA-Z._-]+", ["release-1.0_B-c"], ["release-", "release-/"]),
    ("[-a]b", ["-b", "ab"], ["b"]),
    (r"a\+b\*\?", ["a+b*?"], ["aab", "a+bc?"]),
    (r"\!a", ["!a"], ["a"]),
    ("a!b]", ["a!b]"], ["ab"]),
    ("(a|b).^$", ["(a|b).^$"], ["a"]),
    ("colou?r", ["color", "colour"], ["colouur"]),
    ("o+", ["o", "ooo"], ["", "oa"]),
    ("a*?", ["a", "abc"], ["a/b"]),
    ("a***b", ["ab", "a/x/b"], ["a"]),
]
PATHS = [
    ("*", ["README.md", "server.rb"], ["docs/a"]),
    ("*.jsx?", ["page.js", "page.jsx"], ["a/page.js", "page.jsxx"]),
    ("*.js", ["app.js", "index.js"], ["js/index.js"]),
    ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["index.ts"]),
    ("docs/*", ["docs/README.md", "docs/file.txt"], ["docs/a/b", "docs"]),
    ("docs/**", ["docs/README.md", "docs/mona/octocat.txt"], ["docs", "a/docs/b"]),
    ("docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"], ["docs/a.txt", "docsx/a.md"]),
    ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["docs", "mydocs/a"]),
    ("**/README.md", ["README.md", "js/README.md"], ["js/MYREADME.md", "aREADME.md"]),
    ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["src", "src2/a"]),
    ("**/*-post.md", ["my-post.md", "path/their-post.md"], ["post.md"]),
    ("**/migrate-*.sql", ["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"], ["db/migrate.sql"]),
    ("**/**/a", ["a", "b/a", "b/c/a"], ["ba"]),
    ("a/**/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a"]),
    ("a**/b", ["a/b", "ax/y/b"], ["ab", "b"]),
    ("**/?b", ["/b", "b", "x/b"], ["x/c"]),
]


@pytest.mark.parametrize(("pattern", "hits", "misses"), BRANCHES + PATHS)
def test_patterns_match_as_documented(pattern: str, hits: list[str], misses: list[str]) -> None:
    assert problem(pattern) == ""
    assert [name for name in hits if not matches(pattern, name)] == []
    assert [name for name in misses if matches(pattern, name)] == []


@pytest.mark.parametrize(
    ("names", "through", "out"),
    [
        (only("*.md", "!README.md"), ["hello.md"], ["README.md", "docs/hello.md"]),
        (only("*.md", "!README.md", "README*"), ["hello.md", "README.md", "README.doc"], []),
        (only("!main"), [], ["main", "other"]),
        (only(), [], ["main"]),
        (only("release/**", "!release/old"), ["release/new"], ["release/old", "main"]),
        (only("!release/old", "release/**"), ["release/old"], []),
        (all_but("docs/**"), ["a.py"], ["docs/a.md"]),
        (all_but("docs/**", "!docs/conf.py"), ["docs/conf.py"], ["docs/a.md"]),
        (all_but(), ["anything"], []),
    ],
)
def test_the_last_pattern_that_matches_decides(names: Filter, through: list[str], out: list[str]) -> None:
    assert all(lets_through(names, name) for name in through)
    assert not any(lets_through(names, name) for name in out)


def test_no_filter_lets_everything_through() -> None:
    assert lets_through(None, "main")
    assert lets_all_through(None)


@pytest.mark.parametrize(
    "pattern", ["", "!", "?a", "+", "a+?", "a++", "[", "[]", "[a", "[!a]", "[^a]", "[a-]]x[", "[z-a]", "[a-9]", "a\\", r"[\]]", "a" * 1001]
)
def test_a_pattern_that_says_nothing_clear_is_named_and_matches_nothing(pattern: str) -> None:
    assert problem(pattern)
    assert not any(matches(pattern, name) for name in ("", "a", "+", "?", "[", "]", pattern, pattern.removeprefix("!")))


def test_problems_are_seen_behind_an_exclamation_mark() -> None:
    assert problem("![") == problem("[") != ""


@pytest.mark.parametrize(
    "names",
    [
        only("**"),
        only("a", "**"),
        only("!a", "**"),
        only("**/*"),
        only("**/**"),
        only("***"),
        all_but(),
        all_but("!a"),
        all_but("a", "!**"),
    ],
)
def test_what_keeps_nothing_out(names: Filter) -> None:
    assert lets_all_through(names)


@pytest.mark.parametrize(
    "names",
    [
        only(),
        only("*"),
        only("**", "!a"),
        only("a"),
        only("**/"),
        only("**/a"),
        only("**/*/**"),
        only("**/*.*"),
        only("!**"),
        all_but("a"),
        all_but("!a", "a"),
    ],
)
def test_what_may_keep_something_out(names: Filter) -> None:
    assert not lets_all_through(names)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (only("docs/**"), all_but("docs/**")),
        (all_but("a", "b"), only("b", "a")),
        (only("docs/**", "*.md"), only("**", "!*.md", "!docs/**")),
        (only("a", "!b"), all_but("a", "!b")),
    ],
)
def test_paths_and_paths_ignore_of_the_same_patterns_are_complements(one: Filter, other: Filter) -> None:
    assert complements(one, other)
    assert complements(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (only("docs/**"), only("docs/**")),
        (all_but("docs/**"), all_but("docs/**")),
        (only("docs/**"), all_but("docs/**", "*.md")),
        (only("a", "!b"), all_but("!b", "a")),
        (only("**", "!a"), all_but("a")),
        (only(), only("a")),
    ],
)
def test_anything_else_is_no_complement(one: Filter, other: Filter) -> None:
    assert not complements(one, other)
    assert not complements(other, one)


PIECE = st.sampled_from(["a", "b", "/", "*", "**", "**/", "/**/", "?", "+", "[ab]", "\\*", "!"])
NAME = st.text(alphabet="ab/*!", max_size=9)


def reference(pattern: str) -> re.Pattern[str]:
    """Backtracking, and so for short names only."""
    written, at = "", 0
    while at < len(pattern):
        rest = pattern[at:]
        if (found := re.match(r"(\*\*+/)+(?![?+])", rest)) and re.fullmatch(r"|.*[^\\]/|/", pattern[:at]):
            written, at = written + "(?:.*/)?", at + found.end()
        elif found := re.match(r"(\*+)[?+]*", rest):
            written, at = written + ("[^/]*" if found[1] == "*" else ".*"), at + found.end()
        elif found := re.match(r"\[ab\]|\\.|[^?+]", rest, re.DOTALL):
            one = found[0] if found[0][0] == "[" else re.escape(found[0][-1])
            written, at = written + one, at + found.end()
            if pattern[at : at + 1] in ("?", "+"):
                written, at = written + pattern[at], at + 1
    return re.compile(written, re.DOTALL)


@settings(max_examples=400)
@given(st.lists(PIECE, max_size=7).map("".join), NAME)
def test_the_automaton_agrees_with_a_plain_expression(pattern: str, name: str) -> None:
    if not pattern.startswith("!") and not problem(pattern):
        assert matches(pattern, name) is (reference(pattern).fullmatch(name) is not None)


@given(st.lists(st.lists(PIECE, max_size=5).map("".join), max_size=4), st.booleans(), NAME.filter(bool))
def test_what_lets_all_through_lets_each_through(patterns: list[str], ignore: bool, name: str) -> None:
    names = Filter(tuple(patterns), ignore, 1)
    if lets_all_through(names):
        assert lets_through(names, name)


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_pattern_and_any_name_have_an_answer(pattern: str, name: str) -> None:
    assert isinstance(matches(pattern, name), bool)
    assert isinstance(problem(pattern), str)


@given(st.text(alphabet="abcXYZ019-_./", min_size=1, max_size=20))
def test_a_name_without_special_characters_matches_itself_alone(name: str) -> None:
    assert matches(name, name)
    assert not matches(name, name + "x")


@pytest.mark.parametrize(
    "pattern", ["a?" * 500, "a+" * 500, "*a" * 500, "**" + "*a" * 400, "**/a/" * 200, "[ab]+" * 200, "(a+)+" * 166, "a?b?" * 250]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    """Each of these would keep a backtracking engine busy for longer than anybody waits."""
    assert len(pattern) <= MAX_PATTERN
    assert isinstance(matches(pattern, "a" * 4_000 + "!"), bool)
