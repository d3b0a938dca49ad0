"""CODEOWNERS: the examples of GitHub's documentation, its exceptions, and what holds for any pattern."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gates.core.documents import DocumentError
from gates.github.codeowners import PLACES, deciding_line, find, owners_of, parse

EXAMPLE = b"""\
# This is a comment.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/places/ @octocat
/places/github
/others/ @octocat
/others/github @doctocat
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("deep/down/below.rs", ("@global-owner1", "@global-owner2")),
        ("src/app.js", ("@js-owner",)),
        ("main.go", ("docs@example.com",)),
        ("a/b/notes.txt", ("@octo-org/octocats",)),
        ("build/logs/2026/one.log", ("@octocat",)),  # **/logs comes later
        ("sub/apps/x/y", ("@octocat",)),
        ("docs/getting-started.md", ("@doctocat",)),
        ("scripts/run", ("@doctocat", "@octocat")),
        ("deeply/nested/logs/x", ("@octocat",)),
        ("places/main.c", ("@octocat",)),
        ("places/github/main.c", ()),
        ("others/github/main.c", ("@doctocat",)),
    ],
)
def test_the_example_of_the_documentation_reads_as_it_says(path: str, owners: tuple[str, ...]) -> None:
    assert owners_of(parse(EXAMPLE, "CODEOWNERS"), path) == owners


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/b/a.md", False),
        ("docs/*", "x/docs/a.md", False),
        ("docs/", "x/docs/b/a.md", True),
        ("/docs", "docs/b/a.md", True),
        ("/docs", "x/docs/a.md", False),
        ("docs/**", "docs/b/a.md", True),
        ("docs/**/", "docs/a.md", False),
        ("docs/**/", "docs/b/a.md", True),
        ("**", "a/b", True),
        ("*", "a/b", True),
        ("/*", "a", True),
        ("/*", "a/b", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z/inside", True),
        ("*.yml", ".github/workflows/ci.yml", True),
        ("/.github/workflows/*.yml", ".github/workflows/ci.yaml", False),
        ("a?c", "x/abc", True),
        ("a?c", "x/a/c", False),
        ("/Docs/", "docs/a", False),
        (r"my\ file", "my file", True),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        ("a#b", "a#b", True),
        ("x**y", "xaby", True),
        ("x**y", "xa/by", False),
    ],
)
def test_patterns(pattern: str, path: str, matches: bool) -> None:
    owners = parse(f"{pattern} @me\n".encode(), "CODEOWNERS")
    assert not owners.invalid
    assert bool(owners_of(owners, path)) is matches


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("!docs/ @me", "!"),
        ("src/[ab].c @me", "[ ]"),
        (r"\#x @me", "start with #"),
        ("***/*.rb @me", "in a row"),
        ("docs/ me", "no owner"),
        ("docs/ @", "no owner"),
        ("docs/ @a/b/c", "no owner"),
        ("docs/ me@localhost", "no owner"),
        ("docs/ @me#late", "no owner"),
        ("a//b @me", "empty"),
        ("../b @me", ".."),
        ("/ @me", "empty"),
        ("[Section]", "[ ]"),
        ("end\\", "backslash"),
    ],
)
def test_a_line_that_github_skips_owns_nothing_and_is_named(line: str, reason: str) -> None:
    owners = parse(f"* @all\n{line}\n".encode(), "CODEOWNERS")
    assert [(found.number, found.text) for found in owners.invalid] == [(2, line)]
    assert reason in owners.invalid[0].reason
    assert owners_of(owners, "docs/a") == ("@all",)


def test_a_later_line_without_owners_takes_them_away() -> None:
    owners = parse(b"* @all\r\n/security/   # nobody\r\n", "CODEOWNERS")
    assert owners_of(owners, "security/gates.toml") == ()
    line = deciding_line(owners, "security/gates.toml")
    assert line is not None
    assert (line.number, line.pattern) == (2, "/security/")
    assert deciding_line(parse(b"", "CODEOWNERS"), "x") is None


def test_the_first_place_wins() -> None:
    there = {place: place.encode() for place in PLACES}
    assert find(there.get) == (".github/CODEOWNERS", b".github/CODEOWNERS")
    del there[".github/CODEOWNERS"]
    assert find(there.get) == ("CODEOWNERS", b"CODEOWNERS")
    del there["CODEOWNERS"]
    assert find(there.get) == ("docs/CODEOWNERS", b"docs/CODEOWNERS")
    assert find({}.get) is None


@pytest.mark.parametrize("data", [b"* @me\n\xff\n", b"* @me\n\0\n"])
def test_what_is_no_text_is_an_error(data: bytes) -> None:
    with pytest.raises(DocumentError) as error:
        parse(data, "CODEOWNERS")
    assert error.value.line == 2


names = st.text(st.sampled_from("ab.*?"), min_size=1, max_size=4).filter(lambda name: name not in (".", "..") and "**" not in name)
patterns = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(["", "/"]),
    st.lists(names | st.just("**"), min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
paths = st.lists(st.text(st.sampled_from("ab."), min_size=1, max_size=4), min_size=1, max_size=5).map("/".join)


def by_definition(pattern: str, path: str) -> bool:
    """gitignore's rules on a path and the folders above it, with GitHub's exception for a last `*`."""
    body = pattern.rstrip("/")
    anchored = "/" in body
    expression = "" if anchored else "(?:.*/)?"
    for number, name in enumerate(parts := body.lstrip("/").split("/")):
        last = number == len(parts) - 1
        if name == "**":
            expression += ".+" if last else "(?:[^/]+/)*"
        else:
            some = "[^/]+" if name == "*" else "".join({"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter)) for letter in name)
            expression += f"(?=[^/]){some}" + ("" if last else "/")
    folders = ["/".join(path.split("/")[:count]) for count in range(1, path.count("/") + 1)]
    direct = parts[-1] == "*" and not pattern.endswith("/") and anchored
    candidates = ([] if pattern.endswith("/") else [path]) + ([] if direct else folders)
    return any(re.fullmatch(expression, candidate) for candidate in candidates)


@given(patterns, paths)
@example("**/", "a")
@example("a/**/", "a/b")
def test_matching_is_what_the_rules_define(pattern: str, path: str) -> None:
    owners = parse(f"{pattern} @me".encode(), "CODEOWNERS")
    if not owners.invalid:
        assert bool(owners_of(owners, path)) is by_definition(pattern, path)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        owners = parse(data, "CODEOWNERS")
    except DocumentError:
        return
    numbers = [*(line.number for line in owners.lines), *(line.number for line in owners.invalid)]
    assert len(numbers) == len(set(numbers)) <= data.count(b"\n") + 1
    owners_of(owners, "a/b")


@given(st.lists(st.sampled_from(["* @all", "/a/ @a", "/a/b", "*.c @c", "!x @no", "# note", ""]), max_size=8), paths)
def test_comments_blank_and_skipped_lines_change_nothing(lines: list[str], path: str) -> None:
    kept = [line for line in lines if line and line[0] not in "#!"]
    assert owners_of(parse("\n".join(lines).encode(), "x"), path) == owners_of(parse("\n".join(kept).encode(), "x"), path)


@pytest.mark.parametrize("pattern", ["*a" * 500 + "b", "**/a/" * 300 + "b", "/" + "*/" * 400 + "b"])
def test_hostile_patterns_come_to_an_end(pattern: str) -> None:
    """They would keep a matcher that tries every way busy for years."""
    owners = parse(f"{pattern} @me".encode(), "CODEOWNERS")
    assert not owners_of(owners, "/".join(["a" * 200] * 50))
    assert not owners_of(owners, "a/" * 900 + "c")
