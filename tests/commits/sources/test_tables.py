from __future__ import annotations

import pytest

from gates.commits.source import Source
from gates.commits.sources import tables
from gates.core.documents import DocumentError
from tests.commits.sources.support import drift, names, spelled

START, END = "<!-- gates:commit-types -->", "<!-- /gates:commit-types -->"
TYPES = ["feat", "fix"]


def read(text: str, path: str = "CONTRIBUTING.md") -> Source:
    (source,) = tables.read(text.encode(), path)
    return source


def marked(body: str) -> str:
    return f"# Commits\n\n{START}\n{body}\n{END}\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("CONTRIBUTING.md", True),
        ("docs/a/b.md", True),
        (".github/CONTRIBUTING.md", True),
        (".gitmessage", True),
        ("src/README.md", False),
        ("a/.gitmessage", False),
        ("CONTRIBUTING.rst", False),
    ],
)
def test_where_tables_may_stand(path: str, expected: bool) -> None:
    assert tables.is_source(path) == expected


BODIES = [
    "| type | for |\n|---|---|\n| TYPE1 | new |\n| TYPE2 | `docs` too |",
    "| `type` | for |\n| :-- | --: |\n|`TYPE1`|new|\n|   **TYPE2** | mended |",
    "- TYPE1: new\n- TYPE2: mended",
    "* `TYPE1` \u2013 new\n  - `docs` inside\n* **TYPE2** mended: `a`".replace("** m", "**: m"),
    "1. `TYPE1(scope)`: new\n2. TYPE2 (mended)",
    "- TYPE1\n- TYPE2  two spaces",
    "The types are `TYPE1`, `TYPE2!:` and no other.",
    "- `TYPE1`, `TYPE2`: both",
    "| types |\n|-|\n| `TYPE1`, `TYPE2` |",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(("second", "expected"), [("fix", ([], [])), ("wip", (["fix"], ["wip"]))])
def test_types_of_markdown(body: str, second: str, expected: tuple[list[str], list[str]]) -> None:
    text = marked(body.replace("TYPE1", "feat").replace("TYPE2", second))
    source = read(text)
    assert (source.kind, source.role, source.location[1:3]) == ("table", "tells", (3, 1))
    assert drift(read(marked("`feat` `fix`")), source) == expected
    assert list(spelled(source, text)) == names(source) == ["feat", second]


TEMPLATES = [
    "# TYPE1, TYPE2",
    "#   TYPE1     (new)\n#\n#   TYPE2     (mended)",
    "# - TYPE1: new\n# - TYPE2: mended",
    "# `TYPE1`, `TYPE2`",
    "# TYPE1\n# TYPE2",
]


@pytest.mark.parametrize("body", TEMPLATES)
@pytest.mark.parametrize(("second", "expected"), [("fix", ([], [])), ("wip", (["fix"], ["wip"]))])
def test_types_of_a_template(body: str, second: str, expected: tuple[list[str], list[str]]) -> None:
    body = body.replace("TYPE1", "feat").replace("TYPE2", second)
    text = f"\n# type: subject\n# gates:commit-types\n{body}\n# /gates:commit-types\n"
    source = read(text, ".gitmessage")
    assert drift(read(marked("`feat` `fix`")), source) == expected
    assert list(spelled(source, text)) == names(source)
    assert source.location[1:3] == (3, 1)


def test_markers_may_stand_within_a_line() -> None:
    text = f"Types: {START}`feat`, `fix`{END} and `docs`."
    assert names(read(text)) == TYPES
    assert list(spelled(read(text), text)) == TYPES


def test_each_pair_of_markers_is_a_source() -> None:
    one, two = tables.read((marked("`feat`") + marked("`fix`")).encode(), "docs/a.md")
    assert (names(one), names(two), two.location.line) == (["feat"], ["fix"], 8)


@pytest.mark.parametrize(
    "text",
    [
        "no markers",
        f"```\n{START}\n```\n",
        f"~~~~ md\n{START}\n~~~\n{END}\n{END}\n~~~~\n",
        f"write `{START}` and `{END}`",
        "# gates:commit-types",
    ],
)
def test_what_only_shows_a_marker_is_none(text: str) -> None:
    assert tables.read(text.encode(), "CONTRIBUTING.md") == []


@pytest.mark.parametrize(
    ("text", "path", "line", "message"),
    [
        (f"\n{START}\n`feat`\n", "CONTRIBUTING.md", 2, "is not closed"),
        (f"\n\n{END}\n", "CONTRIBUTING.md", 3, "that no marker starts"),
        (f"{START}\n{START}\n{END}", "CONTRIBUTING.md", 2, "starts a list of types within another"),
        (marked("nothing"), "CONTRIBUTING.md", 3, "no types stand between"),
        (marked("| type |\n|---|"), "CONTRIBUTING.md", 3, "no types stand between"),
        (marked("- `feat`\n- use the word fix"), "CONTRIBUTING.md", 5, "an item of the list names no type".replace("an ", "a ")),
        (marked("| a |\n|-|\n| |"), "CONTRIBUTING.md", 6, "a row of the table names no type"),
        (marked("`feat` `feat`"), "CONTRIBUTING.md", 4, "'feat' is listed twice"),
        ("# gates:commit-types\n# type may be one of\n# /gates:commit-types", ".gitmessage", 2, "a line names no type"),
        ("# gates:commit-types\n# feat", ".gitmessage", 1, "is not closed"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(text: str, path: str, line: int, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read(text, path)
    assert caught.value.line == line


def test_long_lines_are_read_once() -> None:
    """Each of these takes a matcher that tries again at every place hours."""
    for body in ("|" + "-" * 200_000 + "x", "- " + "a-" * 100_000 + "!", "`" + "a(" * 100_000, START[:-1] * 4_000):
        with pytest.raises(DocumentError):
            read(marked(body))
