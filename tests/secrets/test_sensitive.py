"""Files that should not be in a repository: the cases of both rules, and every place where they are looked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gates.core.finding import Finding, Severity
from gates.core.gate import Context, Selection, Skipped
from gates.secrets import sensitive
from gates.secrets.gate import GATE, Options
from tests.commands.conftest import Command, gates, make, repository
from tests.core.conftest import Maker
from tests.detect.expand import expand
from tests.secrets.support import context_of

__all__ = ["gates", "make", "repository"]

CASES = Path(__file__).parent / "cases"
RULES = {rule.id.removeprefix("secrets/"): rule for rule in sensitive.RULES}
FOLDERS = sorted(folder for rule in RULES for folder in (CASES / rule).iterdir())
SECRET = expand("{alnum:24}", 3).decode()
LEAK = f"DB_PASSWORD={SECRET}\n"


def look(context: Context) -> list[Finding]:
    return [event for event in GATE.check(context, Options()) if isinstance(event, Finding) and event.rule in sensitive.RULES]


def said(finding: Finding) -> str:
    assert finding.location
    return f"{finding.location.path} {finding.severity} {finding.rule.id} {finding.message}"


def lay_out(case: Path, maker: Maker) -> None:
    """The files of a case, `dot-env.case` as `.env`: under their own names, git and gates would take them for what they stand for."""
    for file in sorted(case.rglob("*.case")):
        name = file.relative_to(case).as_posix().removesuffix(".case")
        path = "/".join("." + part[4:] if part.startswith("dot-") else part for part in name.split("/"))
        maker.write(path, expand(file.read_text("utf-8")))


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_each_case(case: Path, repository: Maker) -> None:
    """When the output changes on purpose: GATES_REGENERATE=1, then read the diff."""
    lay_out(case, repository)
    if case.parent.name == "sensitive-file":  # what this rule is about is committed, and what the other is about is not
        repository.git("add", "-f", ".")
    text = "".join(f"{line}\n" for line in sorted(map(said, look(context_of(repository)))) if f" secrets/{case.parent.name} " in line)
    if case.name.startswith("passes-"):
        assert text == ""
        return
    expected = case / "expected.txt"
    if os.environ.get("GATES_REGENERATE"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8") != ""


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_a_failing_and_a_passing_case(rule: str) -> None:
    assert {folder.name.partition("-")[0] for folder in FOLDERS if folder.parent.name == rule} == {"fails", "passes"}


def test_the_control_is_a_row_of_the_controls_page() -> None:
    page = (Path(__file__).parents[2] / "docs/controls.md").read_text("utf-8")
    assert all(f"| {rule.control} |" in page for rule in RULES.values())


# where they are looked for


def test_the_index_is_judged_and_not_the_work_tree(repository: Maker) -> None:
    repository.write("a/.env", LEAK)
    repository.git("add", ".")
    repository.write("a/.env", "cleaned=1\n")
    repository.write("b/.env", LEAK)
    (found,) = look(context_of(repository, Selection("staged")))
    assert said(found) == "a/.env high secrets/sensitive-file an environment file with credentials in it"


def test_a_range_and_the_history_name_the_commit_that_brought_it_in(repository: Maker) -> None:
    repository.write("app.py", "x = 1\n")
    base = repository.commit("base", 1_700_000_000)
    repository.write("app/.env", LEAK)
    first = repository.commit("first", 1_700_000_010)
    repository.write("app/.env", LEAK + "PORT=1\n")
    repository.commit("second", 1_700_000_020)
    repository.git("mv", "app/.env", "app/env.example")
    last = repository.commit("third", 1_700_000_030)
    for selection in (Selection("history"), Selection("range", range=f"{base}..{last}")):
        (found,) = look(context_of(repository, selection))
        assert (found.location and (found.location.path, found.location.commit)) == ("app/.env", first)
    assert look(context_of(repository, Selection("range", range=f"{first}..{last}")))
    assert not look(context_of(repository, Selection("range", range=f"{last}..{last}")))


def test_a_blob_is_found_at_each_of_its_paths(repository: Maker) -> None:
    """git names a blob once, by whichever path it meets first."""
    repository.write("a/copy.txt", LEAK)
    repository.write("z/.env", LEAK)
    repository.commit()
    (found,) = look(context_of(repository, Selection("history")))
    assert found.location
    assert found.location.path == "z/.env"


def test_what_a_merge_brings_into_a_range_from_its_base_is_not_the_ranges(repository: Maker) -> None:
    repository.commit("root", 1_700_000_000)
    repository.git("checkout", "-qb", "work")
    repository.write("app.py", "x = 1\n")
    repository.commit("work", 1_700_000_010)
    repository.git("checkout", "-q", "main")
    repository.write(".env", LEAK)
    repository.commit("main", 1_700_000_020)
    repository.git("checkout", "-q", "work")
    repository.git("merge", "-q", "--no-edit", "main")
    assert not look(context_of(repository, Selection("range", range="main..work")))
    assert look(context_of(repository, Selection("history")))


def test_paths_filter_and_exclusions_are_shown(repository: Maker) -> None:
    repository.write("a/.env", LEAK)
    repository.write("b/.env", LEAK)
    repository.commit()
    for selection in (Selection("tree"), Selection("history")):
        context = context_of(repository, selection)._replace(excluded=lambda path: "by policy" if path.startswith("b/") else "")
        events = list(GATE.check(context, Options()))
        ours = [event for event in events if isinstance(event, Finding) and event.rule in sensitive.RULES]
        assert [said(event).split()[0] for event in ours] == ["a/.env"]
        assert Skipped("b/.env", "by policy") in events
    (found,) = look(context_of(repository, Selection("history", ("b",))))
    assert found.location
    assert found.location.path == "b/.env"


def test_a_path_in_the_repository_is_walked_but_what_is_ignored_is_where_it_should_be(repository: Maker) -> None:
    repository.write(".gitignore", ".env\n")
    repository.write("a/.env", LEAK)
    repository.write("a/.netrc", f"machine a login b password {SECRET}\n")
    found = look(context_of(repository, Selection("paths", ("a",))))
    assert [said(each).split()[0] for each in found] == ["a/.netrc"]


def test_a_tree_outside_of_any_repository_is_judged_as_it_is(tmp_path: Path) -> None:
    Maker(tmp_path).write("x/.env", LEAK)
    (found,) = look(context_of(tmp_path))
    assert (found.rule.id, found.severity) == ("secrets/sensitive-file", Severity.HIGH)


def test_links_and_submodules_are_no_such_files(repository: Maker) -> None:
    repository.commit()
    (repository.top / "id_rsa").symlink_to("/nowhere")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},core")
    repository.git("add", "id_rsa")
    for selection in (Selection("tree"), Selection("staged")):
        assert not look(context_of(repository, selection))
    repository.git("commit", "-qm", "links")
    assert not look(context_of(repository, Selection("history")))


@pytest.mark.parametrize("selection", [Selection("tree"), Selection("staged"), Selection("history")])
def test_a_key_that_its_family_reports_is_reported_once(repository: Maker, selection: Selection) -> None:
    repository.write("id_rsa", expand("{pem:rsa}\n"))
    repository.write("server.key", expand("{pem:pkcs8}\n"))
    repository.git("add", ".")
    if selection.kind == "history":
        repository.commit()
    found = [event for event in GATE.check(context_of(repository, selection), Options()) if isinstance(event, Finding)]
    assert sorted(each.location.path for each in found if each.location) == ["id_rsa", "server.key"]
    assert not any(each.rule in sensitive.RULES for each in found)


def test_a_store_of_credentials_is_reported_beside_what_is_in_it(repository: Maker) -> None:
    repository.write(".env", b"GITHUB_TOKEN=" + expand("{github:ghp_}") + b"\n")
    repository.git("add", ".")
    found = [event for event in GATE.check(context_of(repository), Options()) if isinstance(event, Finding)]
    assert {"secrets/github-pat", "secrets/sensitive-file"} <= {each.rule.id for each in found}


def test_one_finding_speaks_for_all_examples(repository: Maker) -> None:
    for path in ("z/.env.example", "a/b/.env.sample", "tests/.env.template"):
        repository.write(path, "KEY=\n")
    repository.commit()
    (found,) = look(context_of(repository))
    assert said(found) == (
        "z/.env.example medium secrets/dotenv-not-ignored nothing makes git ignore the .env that .env.example is for (and 2 more like it)"
    )
    assert found.data["paths"] == ["z/.env", "a/b/.env", "tests/.env"]


def test_a_committed_env_without_secrets_needs_no_ignoring(repository: Maker) -> None:
    repository.write(".env", "PORT=1\n")
    repository.write(".env.example", "PORT=\n")
    repository.commit()
    assert not look(context_of(repository))


def test_the_report_shows_nothing_of_the_content(gates: Command, repository: Maker) -> None:
    repository.write(".env", LEAK)
    repository.git("add", ".")
    answer = gates("secrets", "--format", "json", at=repository.top)
    assert answer.code == 1
    assert not any(SECRET[at : at + 6] in answer.stdout + answer.stderr for at in range(len(SECRET) - 6))


# what a test's findings are judged by


def test_a_step_lower_in_tests_and_the_policy_has_the_last_word(gates: Command, repository: Maker) -> None:
    token = expand("{github:ghp_}", 4).decode()
    repository.write("tests/test_app.py", f"token = '{token}'\n")
    repository.commit()
    (found,) = gates("secrets", "--format", "json", at=repository.top).gate("secrets")["findings"]
    assert (found["severity"], found["blocking"], found["data"]["place"]) == ("high", True, "test")
    assert found["message"].endswith("; in a test, so one step lower)")
    repository.write("security/gates.toml", '[rules."secrets/github-pat"]\nseverity = "critical"\n')
    raising = gates("secrets", "--format", "json", at=repository.top)
    assert raising.code == 1, raising
    (raised,) = raising.gate("secrets")["findings"]
    assert raised["severity"] == "critical"
    repository.write("security/gates.toml", "")
    repository.write(
        "security/waivers.yaml",
        "version: 1\nwaivers:\n  - id: W-0001\n    gate: secrets\n    kind: test-data\n    rule: secrets/github-pat\n"
        f"    fingerprint: {found['fingerprint']}\n"
        "    reason: made up for this test, and opens nothing\n    owner: '@a/b'\n    created: 2026-11-01\n    sunset: 2027-01-15\n",
    )
    answer = gates("secrets", "--format", "json", at=repository.top)
    (waived,) = answer.gate("secrets")["findings"]
    assert (answer.code, waived["waiver"]["id"], waived["severity"]) == (0, "W-0001", "high")
