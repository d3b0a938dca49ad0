from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.source import Header
from gates.commits.sources import semantic_pull_request as reader
from gates.core.documents import DocumentError
from tests.commits.sources.shared import WORKFLOW, names, spelled, step

ELEVEN = ["feat", "fix", "docs", "style", "refactor", "perf", "test", "build", "ci", "chore", "revert"]
USES = "uses: amannn/action-semantic-pull-request@v6\n"


def types_of(source: str) -> list[str]:
    (found,) = reader.read(step(source), WORKFLOW)
    return names(found)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (USES + "with:\n  types: |\n    feat\n    fix\n", ["feat", "fix"]),
        (USES + "with:\n  types: |-\n    feat\n\n    fix\n", ["feat", "fix"]),
        (USES + "with:\n  types: |\n    feat\n    docs\n", ["feat", "docs"]),
        (USES + "with:\n  types: |  # the list\n      feat\n      fix\n", ["feat", "fix"]),
        (USES + "with:\n  types: |\n    feat\n    # later\n    fix\n", ["feat", "fix"]),
        (USES + "with:\n  types: |\n    feat # new\n    fix\n", ["feat # new", "fix"]),
        (USES + "with:\n  types: feat\n", ["feat"]),
        (USES + 'with:\n  types: "feat\\nfix"\n', ["feat", "fix"]),
        (USES + "with:\n  types: >\n    feat\n\n    fix\n", ["feat", "fix"]),
        (USES + "with:\n  types: >\n    feat\n    fix\n", ["feat fix"]),
        (USES + "with:\n  types: 'feat, fix'\n", ["feat, fix"]),
        (USES + "with:\n  TYPES: |\n    feat\n", ["feat"]),
        (USES + "with:\n  types: '  '\n", []),
        ("uses: amannn/action-semantic-pull-request@v4\nwith:\n  types: feat, fix docs\n", ["feat", "fix", "docs"]),
        ("uses: amannn/action-semantic-pull-request@v3.4.1\nwith:\n  types: |\n    feat\n    fix\n", ["feat", "fix"]),
        ("uses: amannn/action-semantic-pull-request@v4\nwith:\n  types: |\n    feat # fix\n", ["feat", "fix"]),
        ("uses: amannn/action-semantic-pull-request@0123456789abcdef0123456789abcdef01234567 # v4.5.0\nwith:\n  types: a,b\n", ["a", "b"]),
        ("uses: amannn/action-semantic-pull-request@0123456789abcdef0123456789abcdef01234567 # v5\nwith:\n  types: a,b\n", ["a,b"]),
        ("uses: amannn/action-semantic-pull-request@main\nwith:\n  types: a,b\n", ["a,b"]),
        ("uses: Amannn/Action-Semantic-Pull-Request/sub@v6\nwith:\n  types: feat\n", ["feat"]),
    ],
)
def test_types_are_read_as_the_action_reads_them(source: str, expected: list[str]) -> None:
    assert types_of(source) == expected


@pytest.mark.parametrize("source", [USES, USES + "with:\n  types: ''\n", USES + "with:\n  types:\n", USES + "with:\n  wip: true\n"])
def test_without_types_the_action_takes_the_eleven(source: str) -> None:
    (found,) = reader.read(step(source), WORKFLOW)
    assert (names(found), found.implied, found.role) == (ELEVEN, True, "checks-title")
    assert {(listed.location.line, listed.location.column) for listed in found.types or ()} == {(6, 15)}


@pytest.mark.parametrize(
    "source",
    [
        USES + "with:\n  types: |\n    feat\n\n    fix\n  scopes: |\n    fix\n",
        USES + "with:\n  types: |4-\n      feat\n      fix\n",
        USES + "with:\n  types: >-\n    feat\n\n    fix\n",
        USES + 'with:\n  types: "feat\\nfix"\n',
        USES + "with:\n  types: 'feat\n\n    fix'\n",
        "uses: amannn/action-semantic-pull-request@v4\nwith:\n  types: feat, fix\n",
    ],
)
def test_each_type_has_its_own_place(source: str) -> None:
    data = step(source)
    (found,) = reader.read(data, WORKFLOW)
    assert len(names(found)) == 2
    assert spelled(data, found)


def test_each_type_has_its_own_place_with_other_line_ends_and_a_byte_order_mark() -> None:
    data = step(USES + "with:\n  types: |\n    feat\n    fix\n").replace(b"\n", b"\r\n")
    (found,) = reader.read(b"\xef\xbb\xbf" + data, WORKFLOW)
    assert spelled(data, found)


@pytest.mark.parametrize(
    "source",
    [
        USES + "with:\n  types: >\n    feat\n    fix\n",
        USES + 'with:\n  types: "f\\u0065at\\nfix"\n',
        USES + "env:\n  X: &types |\n    feat\n    fix\nwith:\n  types: *types\n",
    ],
)
def test_where_the_place_cannot_be_told_the_key_stands_for_it(source: str) -> None:
    data = step(source)
    (found,) = reader.read(data, WORKFLOW)
    line = data.decode().splitlines().index(next(line for line in data.decode().splitlines() if "types:" in line)) + 1
    assert found.location.line == line
    assert {listed.location for listed in found.types or ()} == {found.location}


def test_an_expression_is_opaque() -> None:
    (found,) = reader.read(step(USES + "with:\n  types: |\n    feat\n    ${{ vars.TYPES }}\n"), WORKFLOW)
    assert found.types is None
    assert found.opaque == "the types are an expression, which only a run can evaluate"


def test_what_is_asked_of_the_header_is_kept() -> None:
    data = step(
        USES + "with:\n  scopes: |\n    core\n    JIRA-\\d+\n  requireScope: true\n"
        "  subjectPattern: ^(?![A-Z]).+$\n  headerPattern: '^(\\w*): (.*)$'\n"
    )
    (found,) = reader.read(data, WORKFLOW)
    assert found.header == Header(0, ("core", "JIRA-\\d+"), True, "^(?![A-Z]).+$", "^(\\w*): (.*)$")


def test_every_step_is_a_source_and_other_actions_are_none() -> None:
    data = step(USES) + b"      - uses: amannn/action-semantic-pull-request-fork@v1\n      - uses: amannn/action-semantic-pull-request@v5\n"
    assert [found.location.line for found in reader.read(data, WORKFLOW)] == [6, 8]
    assert reader.read(b"# nothing\n", WORKFLOW) == []


def test_a_list_where_text_is_wanted_is_refused() -> None:
    with pytest.raises(DocumentError, match="must be text"):
        reader.read(step(USES + "with:\n  types: [feat, fix]\n"), WORKFLOW)


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1), st.sampled_from(["|", "|-", "|+", ">"]), st.integers(1, 5))
def test_any_list_is_read_and_located(types: list[str], style: str, width: int) -> None:
    gap = "\n\n" if style == ">" else "\n"
    block = gap.join(" " * (2 + width) + name for name in types)
    data = step(USES + f"with:\n  types: {style}\n{block}\n")
    (found,) = reader.read(data, WORKFLOW)
    assert names(found) == types
    assert spelled(data, found)


# The app


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", [("checks-title", True, ELEVEN)]),
        ("titleOnly: true\n", [("checks-title", True, ELEVEN)]),
        ("titleOnly: true\ntypes:\n  - feat\n  - fix\n", [("checks-title", False, ["feat", "fix"])]),
        ("commitsOnly: true\ntypes: [feat]\n", [("accepts", False, ["feat"])]),
        ("titleAndCommits: true\n", [("checks-title", True, ELEVEN), ("accepts", True, ELEVEN)]),
        ("enabled: false\ntypes: [feat]\n", []),
    ],
)
def test_the_app_checks_titles_messages_or_both(source: str, expected: list[tuple[str, bool, list[str]]]) -> None:
    found = reader.read(source.encode(), ".github/semantic.yml")
    assert [(each.role, each.implied, names(each)) for each in found] == expected


def test_the_apps_types_stand_where_they_are_listed() -> None:
    (found,) = reader.read(b"types:\n  - feat\n  - fix\nscopes: [ui]\n", ".github/semantic.yml")
    assert [(each.location.line, each.location.column) for each in found.types or ()] == [(2, 5), (3, 5)]
    assert found.header.scopes == ("ui",)


@pytest.mark.parametrize("source", ["types: feat\n", "types: [1]\n", "types:\n", "commitsOnly: 'true'\n", "- feat\n"])
def test_what_the_app_does_not_take_is_refused(source: str) -> None:
    with pytest.raises(DocumentError):
        reader.read(source.encode(), ".github/semantic.yml")


def test_is_source() -> None:
    paths = [WORKFLOW, ".github/semantic.yml", ".github/semantic.yaml", "semantic.yml", ".github/workflows/deep/x.yml", "x.yml"]
    assert [reader.is_source(path) for path in paths] == [True, True, True, False, False, False]
