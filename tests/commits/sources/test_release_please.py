from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.commits.sources import release_please as reader
from gates.core.documents import DocumentError
from tests.commits.sources.shared import WORKFLOW, names, step

FILE = "release-please-config.json"
USUAL = ["feat", "feature", "fix", "perf", "revert", "docs-", "style-", "chore-", "refactor-", "test-", "build-", "ci-"]
PYTHON = ["feat", "fix", "perf", "deps", "revert", "docs", "style-", "chore-", "refactor-", "test-", "build-", "ci-"]
FEAT_FIX = [{"type": "feat", "section": "Features"}, {"type": "fix", "section": "Fixes", "hidden": True}]
FEAT_DOCS = [{"type": "feat", "section": "Features"}, {"type": "docs", "section": "Documentation", "hidden": False}]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"changelog-sections": FEAT_FIX, "packages": {".": {}}}, [(["feat", "fix-"], False)]),
        ({"changelog-sections": FEAT_DOCS, "packages": {".": {}}}, [(["feat", "docs"], False)]),
        ({"changelog-sections": FEAT_FIX}, [(["feat", "fix-"], False)]),
        ({"packages": {".": {"changelog-sections": FEAT_FIX}}}, [(["feat", "fix-"], False)]),
        (
            {"changelog-sections": FEAT_FIX, "packages": {"a": {"changelog-sections": FEAT_DOCS}, "b": {}, "c": {}}},
            [(["feat", "docs"], False), (["feat", "fix-"], False)],
        ),
        ({"packages": {".": {}}}, [(USUAL, True)]),
        ({}, [(USUAL, True)]),
        ({"packages": {".": {"release-type": "python"}}}, [(PYTHON, True)]),
        ({"release-type": "python", "packages": {"a": {}, "b": {"release-type": "node"}, "c": {}}}, [(PYTHON, True), (USUAL, True)]),
        ({"changelog-sections": [*FEAT_FIX, {"type": "", "section": "Others"}]}, [(["feat", "fix-"], False)]),
        ({"changelog-type": "github", "packages": {".": {}}}, []),
        ({"changelog-type": "github", "packages": {".": {"changelog-type": "default"}}}, [(USUAL, True)]),
    ],
)
def test_sections_of_packages_come_before_those_of_the_top(config: object, expected: list[tuple[list[str], bool]]) -> None:
    found = reader.read(json.dumps(config, indent=2).encode(), FILE)
    assert [(names(each), each.implied) for each in found] == expected
    assert all((each.role, each.rest, each.opaque) == ("releases", "lost", "") for each in found)


def test_some_release_types_take_no_sections() -> None:
    (found,) = reader.read(json.dumps({"release-type": "php-yoshi", "changelog-sections": FEAT_FIX}).encode(), FILE)
    assert (found.implied, "misc" in names(found)) == (True, True)


def test_types_stand_where_they_are_listed() -> None:
    (found,) = reader.read(b'{\n\t"changelog-sections": [\n\t\t{"type": "feat", "section": "F"}\n\t]\n}', FILE)
    assert [(each.location.line, each.location.column) for each in found.types or ()] == [(3, 12)]
    assert (found.location.line, found.location.column) == (2, 2)


@pytest.mark.parametrize(
    "source",
    [
        "{",
        "[]",
        '{"changelog-sections": {}}',
        '{"changelog-sections": null}',
        '{"changelog-sections": ["feat"]}',
        '{"changelog-sections": [{"section": "x"}]}',
        '{"changelog-sections": [{"type": 1}]}',
        '{"changelog-sections": [{"type": "feat", "hidden": "yes"}]}',
        '{"packages": []}',
        '{"packages": {".": []}}',
    ],
)
def test_what_cannot_be_read_is_refused(source: str) -> None:
    with pytest.raises(DocumentError):
        reader.read(source.encode(), FILE)


# The action

V3 = "uses: google-github-actions/release-please-action@v3\nwith:\n"
V4 = "uses: googleapis/release-please-action@v4\nwith:\n"
LIST = '[{"type":"feat","section":"Features"},{"type":"docs","section":"Docs","hidden":true}]'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (V3 + f"  changelog-types: '{LIST}'\n", [(["feat", "docs-"], False)]),
        (V3 + f"  release-type: node\n  changelog-types: '{LIST}'\n", [(["feat", "docs-"], False)]),
        (V3 + f"  changelog-types: |\n    {LIST}\n", [(["feat", "docs-"], False)]),
        (
            V3 + '  changelog-types: |\n    [\n      {"type": "feat"},\n      {"type": "docs", "hidden": true}\n    ]\n',
            [(["feat", "docs-"], False)],
        ),
        (V3 + "  release-type: python\n", [(PYTHON, True)]),
        (V3 + "  command: manifest\n", []),
        (V4 + f"  release-type: node\n  changelog-types: '{LIST}'\n", [(USUAL, True)]),
        (V4 + "  config-file: x.json\n", []),
        (V4 + "  release-type: node\n  changelog-notes-type: github\n", []),
        ("uses: googleapis/release-please-action@v4\n", []),
        ("run: npx release-please\n", []),
    ],
)
def test_the_actions_inputs(source: str, expected: list[tuple[list[str], bool]]) -> None:
    data = step(source)
    found = reader.read(data, WORKFLOW)
    assert [(names(each), each.implied) for each in found] == expected


@pytest.mark.parametrize("source", [f"  changelog-types: '{LIST}'\n", f"  changelog-types: |\n\n      {LIST}\n"])
def test_types_in_an_input_have_their_own_place(source: str) -> None:
    data = step(V3 + source)
    (found,) = reader.read(data, WORKFLOW)
    lines = data.decode().splitlines()
    for listed in found.types or ():
        place = listed.location
        assert lines[place.line - 1][place.column - 1 : place.end_column - 1] == f'"{listed.name}"'


def test_types_in_a_folded_input_stand_at_the_key() -> None:
    (found,) = reader.read(step(V3 + '  changelog-types: >\n    [{"type": "feat"},\n    {"type": "docs"}]\n'), WORKFLOW)
    assert {(each.location.line, each.location.end_column) for each in found.types or ()} == {(8, 0)}


def test_an_input_can_be_opaque_or_wrong() -> None:
    (found,) = reader.read(step(V3 + "  changelog-types: ${{ vars.TYPES }}\n"), WORKFLOW)
    assert found.opaque
    for value in ("'{}'", "'[1]'", "'[{'"):
        with pytest.raises(DocumentError, match="changelog-types") as caught:
            reader.read(step(V3 + f"  changelog-types: {value}\n"), WORKFLOW)
        assert caught.value.line == 8


def test_is_source() -> None:
    paths = [FILE, f".github/{FILE}", f".{FILE}", WORKFLOW, ".release-please-manifest.json", f"packages/a/{FILE}"]
    assert [reader.is_source(path) for path in paths] == [True, True, True, True, False, False]


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.booleans()), min_size=1))
def test_file_and_input_say_the_same(types: list[tuple[str, bool]]) -> None:
    sections = json.dumps([{"type": name, "section": name, "hidden": hidden} for name, hidden in types])
    (of_file,) = reader.read(f'{{"changelog-sections": {sections}}}'.encode(), FILE)
    (of_input,) = reader.read(step(V3 + f"  changelog-types: '{sections}'\n"), WORKFLOW)
    assert names(of_file) == names(of_input) == [name + "-" * hidden for name, hidden in types]
