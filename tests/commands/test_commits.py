"""`gates commits check`, on real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import Command
from tests.core.conftest import Maker

TITLES = """name: pr title
on:
  pull_request:
    types: [opened, edited, synchronize]
jobs:
  title:
    runs-on: ubuntu-24.04
    steps:
      - uses: amannn/action-semantic-pull-request@v6
        with:
          types: |
            feat
            fix
"""
COMMITTED = 'style = "conventional"\nallowed_types = [\n  "feat", # new\n  "fix",\n]\n'


@pytest.fixture
def project(repository: Maker) -> Maker:
    repository.write("committed.toml", COMMITTED)
    repository.write(".github/workflows/pr-title.yml", TITLES)
    repository.commit("feat: lists")
    return repository


def rules(gates: Command, project: Maker, *argv: str) -> list[tuple[str, str]]:
    answer = gates("commits", "check", "--format", "json", *argv, at=project.top)
    return [(each["rule"], each["location"]["path"]) for each in answer.gate("commits")["findings"]]


def test_lists_that_agree_pass(gates: Command, project: Maker) -> None:
    answer = gates("commits", "--format", "json", at=project.top)
    assert answer.code == 0
    assert answer.gate("commits")["findings"] == []
    assert answer.gate("commits")["scope"]["files"] == 2


def test_a_list_that_drifted_blocks_and_names_both_places(gates: Command, project: Maker) -> None:
    project.write("committed.toml", COMMITTED.replace('"fix"', '"fix", "perf"'))
    answer = gates("commits", "--format", "json", at=project.top)
    assert answer.code == 1
    (found,) = answer.gate("commits")["findings"]
    assert found["rule"] == "commits/type-lists-differ"
    assert "perf" in found["message"]
    assert "committed.toml:" in found["message"]
    assert found["location"]["path"] == ".github/workflows/pr-title.yml"


def test_fix_writes_the_authority_into_the_others(gates: Command, project: Maker) -> None:
    project.write("committed.toml", COMMITTED.replace('"fix"', '"fix", "perf"'))
    refused = gates("commits", "check", "--fix", at=project.top)
    assert refused.code == 2
    assert "authority" in refused.stderr
    project.write("security/gates.toml", '[commits]\nauthority = "committed.toml"\n')
    answer = gates("commits", "check", "--fix", at=project.top)
    assert answer.code == 0
    assert (project.top / ".github/workflows/pr-title.yml").read_text() == TITLES + "            perf\n"
    assert ".github/workflows/pr-title.yml: " in answer.stderr


def test_nothing_that_lists_types_is_a_skip_or_an_error(gates: Command, repository: Maker) -> None:
    repository.write("a.txt", "nothing\n")
    repository.commit("chore: nothing")
    assert gates("run", "commits", "--format", "json", at=repository.top).gate("commits")["status"] == "skip"
    repository.write("security/gates.toml", "[commits]\nrequired = true\n")
    assert gates("run", "commits", at=repository.top).code == 3


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("committed.toml", "allowed_types = [\n", 1),
        ("commitlint.config.js", "module.exports = { rules: { 'type-enum': [2, 'always', [...types]] } };\n", 1),
        (".commitlintrc.json", "{", 1),
        (".cz.yaml", "commitizen: [\n", 2),
        (".github/workflows/pr-title.yml", TITLES.replace("types: |", "types: ${{ vars.TYPES }}").partition("            feat")[0], 11),
    ],
)
def test_what_cannot_be_told_is_an_error_until_somebody_answers_for_it(
    gates: Command, project: Maker, path: str, text: str, line: int
) -> None:
    project.write(path, text)
    answer = gates("commits", "--format", "json", at=project.top)
    assert answer.code == 3
    (error,) = answer.gate("commits")["errors"]
    assert (error["path"], error["line"]) == (path, line)
    account = 'owner = "@acme/web"\nreason = "held to the list by its own tests"\nsunset = 2026-12-31\n'
    project.write("security/gates.toml", f'[[commits.opaque]]\npath = "{path}"\n{account}')
    assert ("commits/source-unreadable", path) in rules(gates, project)
    assert "source-unreadable" not in str(rules(gates, project, "--today", "2027-01-01"))
    assert gates("commits", "--today", "2027-01-01", at=project.top).code == 3


def test_a_file_that_its_tool_does_not_look_at_does_not_count(gates: Command, project: Maker) -> None:
    project.write(
        ".cz.toml",
        "[tool.commitizen]\nname = \"cz_customize\"\n[tool.commitizen.customize]\nschema_pattern = '(feat|fix)(\\([^)]+\\))?!?: .+'\n",
    )
    project.write("cz.toml", '[tool.commitizen]\nname = "cz_customize"\n[tool.commitizen.customize]\nschema_pattern = "(other): .+"\n')
    answer = gates("commits", "--format", "json", at=project.top)
    assert answer.code == 0
    skipped = {each["path"]: each["reason"] for each in answer.gate("commits")["scope"]["skipped"]}
    assert skipped == {"cz.toml": "its tool reads .cz.toml instead"}


def test_a_link_in_place_of_a_list_is_an_error(gates: Command, project: Maker, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("[general]\ncontrib=CT1\n")
    (project.top / ".gitlint").symlink_to(tmp_path / "list")
    assert gates("commits", at=project.top).code == 3


def test_protection_that_cannot_be_read_is_an_error_where_titles_are_checked(gates: Command, project: Maker) -> None:
    project.write("branch-protection/main.json", "{")
    answer = gates("commits", "--format", "json", at=project.top)
    assert answer.code == 3
    assert [each["path"] for each in answer.gate("commits")["errors"]] == ["branch-protection/main.json"]
    (project.top / ".github/workflows/pr-title.yml").unlink()
    assert gates("commits", at=project.top).code == 0
