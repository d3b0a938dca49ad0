from __future__ import annotations

import pytest

from gates.commits import patterns
from gates.commits.sources import commitizen
from gates.core.documents import DocumentError
from tests.commits.sources.support import drift, names, spelled

TWELVE = ["build", "bump", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"]
# The schema pattern of cz_conventional_commits 4.19.3.
PATTERN = r"(?s)(build|bump|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\(\S+\))?!?: ([^\n\r]+)((\n\n.*)|(\s*))?$"


def customized(rest: str, pattern: str = "'^(feat|fix): .+'") -> str:
    return f'[tool.commitizen]\nname = "cz_customize"\n[tool.commitizen.customize]\nschema_pattern = {pattern}\n{rest}'


def read(text: str, path: str = "pyproject.toml") -> list[commitizen.Source]:
    return commitizen.read(text.encode(), path)


def test_files_are_those_of_the_root_in_the_order_of_the_tool() -> None:
    assert commitizen.FILES[0] == ".cz.toml"
    assert commitizen.FILES[-1] == "pyproject.toml"
    assert all(commitizen.is_source(path) for path in commitizen.FILES)
    assert not commitizen.is_source("docs/pyproject.toml")
    assert not commitizen.is_source(".cz.yml")


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("pyproject.toml", '[project]\nname = "x"\n[tool.commitizen]\nname = "cz_conventional_commits"\n', (4, 8)),
        ("pyproject.toml", '[tool.commitizen]\nversion = "1"\n', (1, 1)),
        ("cz.toml", "[tool.commitizen]\n", (1, 1)),
        (".cz.json", '{"commitizen": {"name": "cz_conventional_commits"}}', (1, 25)),
        ("cz.json", '{"commitizen": {}}', (1, 16)),
        (".cz.yaml", "commitizen:\n  name: cz_conventional_commits\n", (2, 9)),
        ("cz.yaml", "commitizen: {version: 1.0}\n", (1, 13)),
    ],
)
def test_the_default_accepts_twelve_types_and_offers_nine(path: str, text: str, place: tuple[int, int]) -> None:
    accepted, offered = read(text, path)
    assert (accepted.kind, accepted.role, offered.role) == ("commitizen", "accepts", "tells")
    assert accepted.implied
    assert offered.implied
    assert names(accepted) == TWELVE
    assert drift(accepted, offered) == (["bump", "chore", "revert"], [])
    assert accepted.location == accepted.types[0].location == (path, *place, 0, 0, "")


def test_the_default_list_is_that_of_its_pattern() -> None:
    assert [word.text for word in patterns.words(patterns.compile(PATTERN, "python", mode="start")) or ()] == TWELVE


@pytest.mark.parametrize(
    ("path", "text"),
    [("pyproject.toml", '[project]\nname = "x"\n'), ("pyproject.toml", "[tool.ruff]\n"), (".cz.json", "{}"), ("cz.yaml", "")],
)
def test_a_file_without_the_table_is_no_source(path: str, text: str) -> None:
    assert read(text, path) == []


@pytest.mark.parametrize("name", ["cz_jira", "cz_conventional_gitmoji"])
def test_another_plugin_is_opaque(name: str) -> None:
    (source,) = read(f'[tool.commitizen]\nname = "{name}"\n')
    assert source.opaque == f"the plugin '{name}' decides which types there are"
    assert source.types is None
    assert source.location[1:3] == (2, 8)


def test_length_of_the_header() -> None:
    accepted, offered = read("[tool.commitizen]\nmessage_length_limit = 72\n")
    assert accepted.header.max_length == 72
    assert offered.header.max_length == 0


# Patterns

TYPES = ["feat", "fix"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("'^(feat|fix): .+'", TYPES),
        ("'^(feat|fix|docs): .+'", [*TYPES, "docs"]),
        (r"'^(feat|fix)(\(.+\))?!?: .+'", TYPES),
        (r'"^\\b(feat|fix)(\\(.+\\))?!?: .+"', TYPES),
        (r"'^\b(feat|fix)\b.*'", TYPES),
        ('"""\n(?x)^(\n  feat |\n  fix\n): [ ] .+"""', TYPES),
        ("'(?i)^(feat|fix): '", TYPES),
        ("'^(?!wip)(feat|wip|fix): '", TYPES),
        ("'^(Merge .*|(feat|fix): .+)$'", TYPES),
    ],
)
def test_types_of_a_schema_pattern_stand_within_it(pattern: str, expected: list[str]) -> None:
    text = customized("", pattern)
    (accepted,) = read(text)
    assert names(accepted) == expected
    assert accepted.pattern
    assert not accepted.implied
    assert list(spelled(accepted, text)) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".cz.json", '{"commitizen": {"name": "cz_customize", "customize": {\n "schema_pattern": "^(feat|fix)(\\\\(.+\\\\))?: .+"}}}'),
        ("cz.yaml", "commitizen:\n  name: cz_customize\n  customize:\n    schema_pattern: ^(feat|fix):.+\n"),
        ("cz.yaml", 'commitizen:\n  name: cz_customize\n  customize:\n    schema_pattern: "^(feat|fix)\\\\b.*"\n'),
        (
            "cz.yaml",
            "commitizen:\n  name: cz_customize\n  customize:\n    schema_pattern: >-\n      ^(feat|fix).*\n",
        ),
    ],
)
def test_types_of_a_schema_pattern_in_json_and_yaml(path: str, text: str) -> None:
    (accepted,) = read(text, path)
    assert names(accepted) == TYPES
    assert list(spelled(accepted, text)) == TYPES


def test_a_type_that_is_not_spelled_out_stands_at_the_pattern() -> None:
    (accepted,) = read(customized("", "'^(f(eat|ix)): .+'"))
    assert {one.location[1:3] for one in accepted.types or ()} == {(4, 18)}


@pytest.mark.parametrize("pattern", ["'^[a-z]+: .+'", "'.*'", "''"])
def test_a_pattern_that_any_type_matches(pattern: str) -> None:
    (accepted,) = read(customized("", pattern))
    assert accepted.types is None
    assert not accepted.opaque
    assert patterns.any_type(accepted)


def test_a_customized_plugin_without_a_pattern_takes_everything() -> None:
    (accepted,) = read('[tool.commitizen]\nname = "cz_customize"\n[tool.commitizen.customize]\n')
    assert (accepted.types, accepted.pattern, accepted.opaque) == (None, "", "")


def test_a_pattern_with_too_many_types_is_asked() -> None:
    (accepted,) = read(customized("", "'^(feat|x-[a-z]+): .+'"))
    assert accepted.types is None
    assert patterns.accepted(accepted, ("feat", "fix", "x-y")) == ("feat", "x-y")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"'^(feat)\1: '", "the schema_pattern cannot be read: a reference to a group"),
        ("'^feat(?<!x): '", "the schema_pattern cannot be read: a lookbehind"),
        ("'^(feat'", "the schema_pattern cannot be read: a group that is not closed"),
        (r"'^:\w+: .+'", "the schema_pattern matches no header of the form 'type: subject'"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_opaque(pattern: str, reason: str) -> None:
    (accepted,) = read(customized("", pattern))
    assert accepted.opaque == reason
    assert accepted.location[1:3] == (4, 18)


@pytest.mark.parametrize("pattern", ["'(a+)+$'", "'(((a{1,9}){1,9}){1,9}){1,9}b'", "'(a|aa)*b: '"])
def test_a_hostile_pattern_is_read(pattern: str) -> None:
    (accepted,) = read(customized("", pattern))
    assert accepted.types is None


# The prompt

PROMPT = """
message_template = "{{%s}}: {{message}}"
[[tool.commitizen.customize.questions]]
type = "list"
name = "change_type"
choices = [{value = "feat", name = "feat: a feature"}, "fix:", {name = "docs"}, {value = "", name = "none"}]
[[tool.commitizen.customize.questions]]
type = "list"
name = "area"
choices = ["core", "api"]
[[tool.commitizen.customize.questions]]
type = "input"
name = "message"
"""


@pytest.mark.parametrize(("variable", "expected"), [("change_type", ["feat", "fix", "docs"]), ("area", ["core", "api"]), ("message", None)])
def test_the_question_that_the_message_starts_with_tells_the_types(variable: str, expected: list[str] | None) -> None:
    text = customized(PROMPT % variable)
    accepted, *offered = read(text)
    assert names(accepted) == TYPES
    if expected is None:
        assert offered == []
    else:
        (prompt,) = offered
        assert prompt.role == "tells"
        assert names(prompt) == expected
        assert list(spelled(prompt, text)) == expected


@pytest.mark.parametrize("template", ['"{% if scope %}"', '"[x] {{message}}"'])
def test_without_an_answer_at_the_start_the_usual_name_counts(template: str) -> None:
    accepted, prompt = read(customized(PROMPT.replace('"{{%s}}: {{message}}"', template)))
    assert drift(accepted, prompt) == ([], ["docs"])


def test_a_choice_without_text_is_refused() -> None:
    with pytest.raises(DocumentError, match="a choice must be text") as caught:
        read(customized('message_template = "$a"\nquestions = [{name = "a", choices = [1]}]\n'))
    assert caught.value.line == 6


# What is released


def test_a_changelog_pattern_releases_what_it_matches() -> None:
    accepted, released = read(customized("changelog_pattern = '^(feat|perf)(!)?'"))
    assert released.role == "releases"
    assert drift(accepted, released) == (["fix"], ["perf"])
    assert [one.location[1:3] for one in released.types or ()] == [(5, 24), (5, 29)]


def test_a_commit_parser_releases_what_it_matches() -> None:
    pattern = r"^((?P<change_type>feat|fix|BREAKING CHANGE)(?:\((?P<scope>[^()\r\n]*)\)|\()?(?P<breaking>!)?|\w+!):\s(?P<message>.*)?"
    accepted, released = read(customized(f"commit_parser = '{pattern}'"))
    assert drift(accepted, released) == ([], [])


def test_types_that_a_map_leaves_out_are_hidden_on_purpose() -> None:
    text = customized('bump_map = {"^.+!$" = "MAJOR", "^break" = "MAJOR", "^feat" = "MINOR", "BREAKING CHANGE" = "MAJOR"}')
    accepted, released = read(text)
    assert (released.role, released.pattern) == ("releases", "")
    assert names(released) == ["break", "feat"]
    assert names(released, hidden=True) == ["fix"]
    assert drift(accepted, released) == (["fix"], ["break"])
    assert [one.location[1:3] for one in released.types or ()][:2] == [(5, 32), (5, 52)]


@pytest.mark.parametrize("table", ["tool.commitizen", "tool.commitizen.customize"])
@pytest.mark.parametrize(("entries", "extra"), [('feat = "Features"\nfix = "Fixes"', []), ('feat = "F"\nrefact = "R"', ["refact"])])
def test_a_map_of_headings(table: str, entries: str, extra: list[str]) -> None:
    accepted, released = read(customized(f"[{table}.change_type_map]\n{entries}\n"))
    assert released.role == "releases"
    assert drift(accepted, released)[1] == extra
    assert set(names(released) or ()) | set(names(released, hidden=True) or ()) >= set(TYPES)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[tool.commitizen\n", 1, "not valid TOML"),
        ("[tool.commitizen]\nname = 1\n", 2, "'name' must be text"),
        ('[tool.commitizen]\nname = "cz_customize"\n', 2, "without the table 'customize'"),
        (customized("", "3"), 4, "'schema_pattern' must be text"),
        (customized("questions = 1"), 5, "'questions' must be a list"),
        (customized(r"bump_map = {'(a)\1' = 'MAJOR'}"), 5, "cannot be read: a reference"),
        (customized(r"changelog_pattern = '(a)\1'"), 5, "cannot be read: a reference"),
        (customized("change_type_map = 1"), 5, "'change_type_map' must be a table"),
        ('[tool.commitizen]\nmessage_length_limit = "x"\n', 2, "must be a whole number"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read(text)
    assert (caught.value.path, caught.value.line) == ("pyproject.toml", line)


def test_line_ends_of_windows_do_not_move_places() -> None:
    text = customized("").replace("\n", "\r\n")
    (accepted,) = read(text)
    assert list(spelled(accepted, text)) == TYPES
