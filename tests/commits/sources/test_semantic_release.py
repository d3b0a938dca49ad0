from __future__ import annotations

import json

import pytest

from gates.commits.sources import semantic_release as reader
from gates.core.documents import DocumentError
from tests.commits.sources.shared import names

ANGULAR = ["feat", "fix", "perf", "revert", "docs-", "style-", "refactor-", "test-", "build-", "ci-"]
CONVENTIONAL = ["feat", "feature", "fix", "perf", "revert", "docs-", "style-", "chore-", "refactor-", "test-", "build-", "ci-"]
ANALYZER, NOTES = "@semantic-release/commit-analyzer", "@semantic-release/release-notes-generator"
TYPES = {"types": [{"type": "feat", "section": "F"}, {"type": "docs", "hidden": True}]}
OTHER_TYPES = {"types": [{"type": "feat", "section": "F"}, {"type": "chore", "hidden": True}]}
RULES = [{"type": "docs", "release": "patch"}, {"type": "chore", "release": False}, {"scope": "x", "release": "minor"}, {"type": "te*"}]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, [(ANGULAR, True, "lost")]),
        ({"branches": ["main"]}, [(ANGULAR, True, "lost")]),
        ({"preset": "angular"}, [(ANGULAR, True, "lost")]),
        ({"preset": "angular", "presetConfig": TYPES}, [(ANGULAR, True, "lost")]),
        ({"preset": "conventionalcommits"}, [(CONVENTIONAL, True, "lost")]),
        ({"preset": "conventionalcommits", "presetConfig": TYPES}, [(["feat", "docs-"], False, "lost")]),
        ({"preset": "conventionalcommits", "presetConfig": OTHER_TYPES}, [(["feat", "chore-"], False, "lost")]),
        ({"plugins": [ANALYZER, [NOTES, {"preset": "conventionalcommits", "presetConfig": TYPES}]]}, [(["feat", "docs-"], False, "lost")]),
        ({"preset": "angular", "plugins": [[NOTES, {"preset": "conventionalcommits"}]]}, [(CONVENTIONAL, True, "lost")]),
        ({"plugins": [[ANALYZER, {"releaseRules": RULES}], NOTES]}, [(["docs", "chore-"], False, "hidden"), (ANGULAR, True, "lost")]),
        ({"plugins": [[ANALYZER, {"releaseRules": [{"scope": "x"}]}]]}, []),
        ({"plugins": [ANALYZER]}, []),
        ({"plugins": [ANALYZER, "@semantic-release/github", "semantic-release-pypi"]}, []),
        ({"extends": "shared", "plugins": [NOTES]}, [(ANGULAR, True, "lost")]),
    ],
)
def test_notes_and_rules(config: object, expected: list[tuple[list[str], bool, str]]) -> None:
    for path, document in ((".releaserc.json", config), ("package.json", {"name": "x", "release": config}), (".releaserc", config)):
        found = reader.read(json.dumps(document, indent="\t").encode(), path)
        assert [(names(each), each.implied, each.rest) for each in found] == expected
        assert {each.role for each in found} <= {"releases"}
    found = reader.read(
        f"/** @type {{import('semantic-release').GlobalConfig}} */\nexport default {json.dumps(config)};".encode(), "release.config.mjs"
    )
    assert [(names(each), each.implied, each.rest) for each in found] == expected


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"preset": "eslint"}, "no types are known"),
        ({"preset": 1}, "is no name"),
        ({"config": "conventional-changelog-mine"}, "a package"),
        ({"extends": "@acme/release"}, "shared configuration"),
        ({"plugins": ["semantic-release-gitmoji"]}, "is a program"),
        ({"plugins": [[ANALYZER, {"releaseRules": "./rules.cjs"}]]}, "is a program"),
    ],
)
def test_what_is_elsewhere_is_opaque(config: object, why: str) -> None:
    (found,) = reader.read(json.dumps(config).encode(), ".releaserc.json")
    assert found.types is None
    assert why in found.opaque


def test_yaml() -> None:
    source = (
        "plugins:\n  - - '@semantic-release/release-notes-generator'\n    - preset: conventionalcommits\n"
        "      presetConfig:\n        types:\n          - type: feat\n            section: F\n"
    )
    for path in (".releaserc", ".releaserc.yml", ".releaserc.yaml"):
        (found,) = reader.read(source.encode(), path)
        assert [(each.name, each.location.line, each.location.column) for each in found.types or ()] == [("feat", 6, 19)]
    (found,) = reader.read(b"{preset: conventionalcommits}", ".releaserc")
    assert names(found) == CONVENTIONAL
    (found,) = reader.read(b"# defaults\n", ".releaserc.yml")
    assert names(found) == ANGULAR


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("release.config.js", "module.exports = require('./shared')"),
        ("release.config.cjs", "const x = {};\nx.plugins = [];\nmodule.exports = x;"),
        (".releaserc.js", "module.exports = { ...base }"),
        (".releaserc.cjs", f"module.exports = {{ plugins: [['{NOTES}', {{ writerOpts: {{ transform: (commit) => commit }} }}]] }}"),
        (".releaserc.mjs", "export default { preset: 'conventionalcommits', presetConfig: { types: [...base] } }"),
        ("release.config.mjs", "export default { plugins: process.env.CI ? [] : ['x'] }"),
        ("release.config.ts", "const config: Options = made();\nexport default config;"),
    ],
)
def test_a_program_is_opaque(path: str, source: str) -> None:
    (found,) = reader.read(source.encode(), path)
    assert "is a program" in found.opaque


def test_what_decides_nothing_may_be_computed() -> None:
    (found,) = reader.read(b"module.exports = { branches: [process.env.BRANCH], preset: 'angular' };", "release.config.js")
    assert (names(found), found.location.line) == (ANGULAR, 1)


def test_a_package_without_the_tools_table_is_no_source() -> None:
    assert reader.read(b'{"name": "x"}', "package.json") == []
    (found,) = reader.read(b'{"release": "@acme/release"}', "package.json")
    assert found.opaque


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (".releaserc.json", "{"),
        (".releaserc.json", "[]"),
        (".releaserc.json", '{"plugins": {}}'),
        (".releaserc.json", '{"plugins": [[]]}'),
        (".releaserc.json", '{"plugins": [["x", {}, {}]]}'),
        (".releaserc.json", '{"preset": "conventionalcommits", "presetConfig": {"types": "feat"}}'),
        (".releaserc.json", '{"preset": "conventionalcommits", "presetConfig": {"types": [{"section": "F"}]}}'),
        (".releaserc.json", f'{{"plugins": [["{ANALYZER}", {{"releaseRules": ["feat"]}}]]}}'),
        (".releaserc.yml", "plugins: ["),
        ("release.config.js", "module.exports = []"),
        ("package.json", '{"release": []}'),
    ],
)
def test_what_cannot_be_read_is_refused(path: str, source: str) -> None:
    with pytest.raises(DocumentError):
        reader.read(source.encode(), path)
    with pytest.raises(DocumentError):
        reader.read(b"\xff", path)


def test_is_source() -> None:
    paths = [
        ".releaserc",
        ".releaserc.yml",
        "release.config.cjs",
        "package.json",
        "pyproject.toml",
        "a/package.json",
        "a/.releaserc",
        "x.json",
    ]
    assert [reader.is_source(path) for path in paths] == [True, True, True, True, True, False, False, False]


# python-semantic-release

DEFAULT = ["build", "chore", "ci", "docs", "feat", "fix", "perf", "style", "refactor", "test"]


@pytest.mark.parametrize(
    ("source", "types", "implied"),
    [
        ("[tool.semantic_release]\n", DEFAULT, True),
        ('[tool.semantic_release]\ncommit_parser = "angular"\n', DEFAULT, True),
        ('[tool.semantic_release.commit_parser_options]\nminor_tags = ["feature"]\n', DEFAULT, True),
        ('[tool.semantic_release.commit_parser_options]\nallowed_tags = ["feat", "fix"]\n', ["feat", "fix"], False),
        ('[tool.semantic_release.commit_parser_options]\nallowed_tags = ["feat", "docs"]\n', ["feat", "docs"], False),
        ('[tool.semantic_release.commit_parser_options]\nallowed_tags = ["feat|fix"]\n', ["feat", "fix"], False),
    ],
)
def test_the_python_tool_shows_what_its_parser_takes(source: str, types: list[str], implied: bool) -> None:
    (found,) = reader.read(source.encode(), "pyproject.toml")
    assert (names(found), found.implied, found.parsers) == (types, implied, ())


def test_the_python_tools_exclusions_are_parsers() -> None:
    source = b"[tool.semantic_release.changelog]\nexclude_commit_patterns = [\n  '''chore(?:\\([^)]*?\\))?: .+''',\n]\n"
    (found,) = reader.read(source, "pyproject.toml")
    assert [(each.dialect, each.hidden, each.location.line) for each in found.parsers] == [("python", True, 3)]


def test_other_parsers_of_the_python_tool_are_opaque() -> None:
    for name in ("emoji", "mine.parser:Parser"):
        (found,) = reader.read(f'[tool.semantic_release]\ncommit_parser = "{name}"\n'.encode(), "pyproject.toml")
        assert found.opaque
    assert reader.read(b"[tool.other]\n", "pyproject.toml") == []


@pytest.mark.parametrize(
    "source",
    [
        "[tool.semantic_release.commit_parser_options]\nallowed_tags = 'feat'\n",
        "[tool.semantic_release.commit_parser_options]\nallowed_tags = ['fe.t']\n",
        "[tool.semantic_release.changelog]\nexclude_commit_patterns = ['(']\n",
        "[tool.semantic_release.changelog]\nexclude_commit_patterns = 'x'\n",
        "[tool.semantic_release.changelog]\nexclude_commit_patterns = [" + "'x', " * 501 + "]\n",
        "[tool]\nsemantic_release = 1\n",
    ],
)
def test_what_the_python_tool_refuses_is_refused(source: str) -> None:
    with pytest.raises(DocumentError):
        reader.read(source.encode(), "pyproject.toml")
