from __future__ import annotations

import pytest

from gates.commits.sources import title_actions as reader
from gates.core.documents import DocumentError
from tests.commits.sources.shared import WORKFLOW, names, spelled, step

PREFIXES = "uses: deepakputhraya/action-pr-title@v1\n"
REGEXP = "uses: Slashgear/action-check-pr-title@v4.3.0\n"
FILE = ".github/pr-title-checker-config.json"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (PREFIXES + "with:\n  allowed_prefixes: 'feat,fix'\n", [["feat", "fix"]]),
        (PREFIXES + "with:\n  allowed_prefixes: 'feat:, fix('\n", [["feat", "fix"]]),
        (PREFIXES + "with:\n  prefixes: feat,docs\n", [["feat", "docs"]]),
        (PREFIXES + "with:\n  regex: '^(feat|fix)(\\(.+\\))?: '\n", [["feat", "fix"]]),
        (PREFIXES + "with:\n  regex: 'feat|fix'\n  allowed_prefixes: feat\n", [["feat"], ["feat", "fix"]]),
        (PREFIXES, []),
        (REGEXP + "with:\n  regexp: '(feat|fix): .+'\n", [["feat", "fix"]]),
        (REGEXP + "with:\n  regexp: '(feat|docs): .+'\n", [["feat", "docs"]]),
        (REGEXP, []),
        ("uses: thehanimo/pr-title-checker@v1.4.2\n", []),
    ],
)
def test_types_come_from_prefixes_and_expressions(source: str, expected: list[list[str]]) -> None:
    data = step(source)
    found = reader.read(data, WORKFLOW)
    assert [names(each) for each in found] == expected
    assert all(spelled(data, each) for each in found if "(" not in source.partition("prefixes")[2])


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (REGEXP + "with:\n  regexp: '([a-z])+'\n", "holds no list of types"),
        (REGEXP + "with:\n  regexp: ${{ vars.TITLE }}\n", "is an expression"),
        (PREFIXES + "with:\n  allowed_prefixes: ${{ vars.TYPES }}\n", "are an expression"),
        (PREFIXES + "with:\n  regex: '^(feat|fi(x)?)'\n", "more than words"),
    ],
)
def test_what_lists_nothing_is_opaque(source: str, why: str) -> None:
    (found,) = reader.read(step(source), WORKFLOW)
    assert found.types is None
    assert why in found.opaque


def test_the_longest_title_and_the_expression_are_kept() -> None:
    (found,) = reader.read(step(PREFIXES + "with:\n  regex: '^(feat|fix): '\n  max_length: 72\n"), WORKFLOW)
    assert (found.header.max_length, found.header.pattern) == (72, "^(feat|fix): ")
    (found,) = reader.read(step(PREFIXES + "with:\n  prefixes: feat\n  max_length: -1\n"), WORKFLOW)
    assert found.header.max_length == 0


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{"CHECKS": {"prefixes": ["fix: ", "feat: "]}}', [("checks-title", ["fix", "feat"])]),
        ('{"CHECKS": {"prefixes": ["fix", "feat(", "[WIP]", "Merge branch"]}}', [("checks-title", ["fix", "feat"])]),
        ('{"CHECKS": {"prefixes": ["fix: "], "regexp": "(docs|test): "}}', [("checks-title", ["fix", "docs", "test"])]),
        ('{"CHECKS": {"prefixes": ["fix: "], "regexp": ""}}', [("checks-title", ["fix"])]),
        ('{"CHECKS": {"prefixes": ["fix: "], "alwaysPassCI": true}}', [("tells", ["fix"])]),
        ('{"CHECKS": {}}', []),
        ('{"LABEL": {}}', []),
    ],
)
def test_the_checkers_file(source: str, expected: list[tuple[str, list[str]]]) -> None:
    assert [(each.role, names(each)) for each in reader.read(source.encode(), FILE)] == expected


def test_the_checkers_file_is_opaque_or_refused() -> None:
    (found,) = reader.read(b'{"CHECKS": {\n "prefixes": ["fix: "],\n "regexp": "docs(v[0-9]): "}}', FILE)
    assert (found.opaque != "", found.location.line) == (True, 3)
    for source in (b'{"CHECKS": {"prefixes": "fix"}}', b'{"CHECKS": []}', b"{"):
        with pytest.raises(DocumentError):
            reader.read(source, FILE)


def test_is_source() -> None:
    assert [reader.is_source(path) for path in (WORKFLOW, FILE, "pr-title-checker-config.json")] == [True, True, False]
