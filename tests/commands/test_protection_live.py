from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gates.commands import protection_apply, protection_diff
from gates.core import network
from tests.commands.conftest import Answer
from tests.commands.conftest import Command as Gates
from tests.core.conftest import Maker
from tests.doubles.github import TOKEN, GitHub, Refusal
from tests.doubles.http import Asked, Double, Fault
from tests.protection.gitlab.support import settings as gitlab_settings
from tests.protection.live.support import MAIN, RULESET

Run = Callable[..., Answer]
WORKFLOW = """on: [pull_request, merge_group]
jobs:
  lint:
    runs-on: ubuntu-24.04
    steps: [{run: make lint}]
  test:
    runs-on: ubuntu-24.04
    steps: [{run: make test}]
"""
_UNSET = ("GITHUB_EVENT_NAME", "GITHUB_REPOSITORY", "GITHUB_API_URL", "GITHUB_TOKEN", "GH_TOKEN", "CI_PIPELINE_SOURCE")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _UNSET:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(network, "PAUSES", (0.0, 0.0))


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as double:
        yield double
        assert double.violations == []


@pytest.fixture
def files(repository: Maker) -> Maker:
    repository.write("branch-protection/main.json", json.dumps(MAIN, indent=2))
    repository.write(".github/rulesets/main.json", json.dumps(RULESET, indent=2))
    repository.write(".github/workflows/ci.yml", WORKFLOW)
    repository.write(".github/CODEOWNERS", "* @acme/maintainers\n")
    repository.commit("protection")
    return repository


@pytest.fixture
def live(gates: Gates, files: Maker, github: GitHub) -> Run:
    """`live("diff", "--live")`: as a job of a workflow runs it. The token is looked for in everything that comes out."""

    def run(*argv: str, at: Path | None = None, **environment: str) -> Answer:
        known = {"GITHUB_REPOSITORY": "acme/widget", "GITHUB_API_URL": github.api, "GITHUB_TOKEN": TOKEN, **environment}
        answer = gates("protection", *argv, at=at or files.top, environment=known)
        assert TOKEN not in answer.stdout + answer.stderr
        return answer

    return run


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# diff


def test_diff_tells_what_differs_and_then_that_nothing_does(live: Run, github: GitHub) -> None:
    answer = live("diff", "--live")
    assert answer.code == 1
    assert "branch-protection/main.json:1: branch 'main': not there\n" in answer.stdout
    assert answer.stdout.endswith("acme/widget: 2 differences, 2 protections compared\n")
    assert live("apply", "--yes").code == 0
    answer = live("diff", "--live")
    assert (answer.code, answer.stdout) == (0, "acme/widget: as the files ask, 2 protections compared\n")
    github.protections["main"]["enforce_admins"] = False
    answer = live("diff", "--live", "--branch", "main")
    assert answer.code == 1
    assert "branch-protection/main.json:14: branch 'main': enforce_admins: the file says true, live is false\n" in answer.stdout


def test_diff_as_json(live: Run) -> None:
    answer = live("diff", "--live", "--format", "json")
    assert answer.code == 1
    document = answer.report
    assert (document["verdict"], document["complete"], document["compared"]) == ("different", True, 2)
    assert document["repository"] == "acme/widget"
    assert document["differences"][0]["path"] == ".github/rulesets/main.json"
    live("apply", "--yes")
    assert live("diff", "--live", "--format", "json").report["verdict"] == "equal"


def test_diff_needs_live(live: Run) -> None:
    answer = live("diff")
    assert (answer.code, answer.stdout) == (2, "")
    assert "--live" in answer.stderr


@pytest.mark.parametrize("argv", [["--live", "--branch", "a b"], ["--live", "--branch", "other"], ["--live", "--timeout", "x"]])
def test_diff_with_a_wrong_command_line(live: Run, argv: list[str]) -> None:
    assert live("diff", *argv).code == 2


REFUSALS: tuple[Refusal, ...] = ("401", "403", "403-limit", "404", "429")
FAULTS: tuple[Fault, ...] = ("500", "slow", "truncated", "html", "redirect")


@pytest.mark.parametrize("trouble", [*REFUSALS, *FAULTS])
def test_what_cannot_be_looked_at_is_no_pass(live: Run, github: GitHub, trouble: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    github.protect("main", enforce_admins=True)
    if trouble in REFUSALS:
        github.refusal = trouble
    else:
        github.fault = trouble
    monkeypatch.setattr(protection_diff.protection_live, "_LONGEST_SILENCE", 0.1)
    answer = live("diff", "--live")
    assert answer.code == 3
    assert "not compared" in answer.stdout
    assert live("diff", "--live", "--format", "json").report["verdict"] == "unknown"
    answer = live("apply", "--yes")
    assert (answer.code, answer.stdout) == (3, "")
    assert github.written == []


def test_a_difference_goes_before_what_is_unseen(live: Run, github: GitHub) -> None:
    github.add_ruleset(**json.loads(json.dumps(RULESET)) | {"enforcement": "disabled"})
    github.protect("main")
    github.admin = False
    answer = live("diff", "--live", "--format", "json")
    assert answer.code == 1
    assert answer.report["complete"] is False


def test_a_file_that_cannot_be_read_is_no_pass(live: Run, files: Maker) -> None:
    live("apply", "--yes")
    files.write("branch-protection/develop.json", '{"enforce_admins": true,\n "enforce_admins": false}')
    answer = live("diff", "--live")
    assert answer.code == 3
    assert "branch-protection/develop.json: line 2: not compared: duplicate key" in answer.stdout
    assert "2 protections compared; 1 could not be compared" in answer.stdout
    answer = live("apply", "--yes")
    assert answer.code == 3
    assert "nothing was written" in answer.stderr


def test_a_repository_without_files(live: Run, repository: Maker, tmp_path: Path) -> None:
    for verb in ("diff", "apply"):
        (repository.top / "branch-protection/main.json").unlink(missing_ok=True)
        (repository.top / ".github/rulesets/main.json").unlink(missing_ok=True)
        answer = live(verb, *(["--live"] if verb == "diff" else []))
        assert (answer.code, answer.stdout) == (3, "")
        assert "there is no protection file" in answer.stderr


def test_forms_that_other_tools_apply_are_named(live: Run, files: Maker) -> None:
    files.write(".asf.yaml", "github: {}\n")
    files.write(".github/settings.yml", "branches: []\n")
    files.write("branch-protection/gitlab.json", gitlab_settings().decode())
    files.write(".gitlab-ci.yml", "test: {script: [make test], rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]}\n")
    applied = live("apply", "--yes")
    assert applied.code == 0, applied.stderr
    answer = live("diff", "--live")
    assert answer.code == 0
    assert "note: .asf.yaml is applied by the ASF's infrastructure, and is left out here\n" in answer.stdout
    assert "note: .github/settings.yml is applied by the Settings app" in answer.stdout
    assert "note: branch-protection/gitlab.json is about GitLab" in answer.stdout


# which repository, which server, which token


def test_the_repository_is_that_of_the_remote(live: Run, files: Maker, github: GitHub) -> None:
    files.git("remote", "add", "origin", f"{github.url}/acme/widget.git")
    assert live("diff", "--live", GITHUB_REPOSITORY="").code == 1
    assert all("/repos/acme/widget" in asked.path for asked in github.asked)


def test_a_remote_on_another_server_is_refused(live: Run, files: Maker, github: GitHub) -> None:
    answer = live("diff", "--live", GITHUB_REPOSITORY="")
    assert answer.code == 2
    assert "give --repository OWNER/NAME" in answer.stderr
    files.git("remote", "add", "origin", "git@gitlab.com:acme/widget.git")
    answer = live("diff", "--live", GITHUB_REPOSITORY="")
    assert answer.code == 2
    assert "the remote origin is on gitlab.com" in answer.stderr
    assert github.asked == []


def test_options_go_before_the_environment(live: Run, github: GitHub) -> None:
    options = ("--repository", "acme/widget", "--api-url", github.api)
    answer = live("diff", "--live", *options, GITHUB_REPOSITORY="x/y", GITHUB_API_URL="nonsense")
    assert answer.code == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [("--repository", "acme"), ("--api-url", "http://api.example.invalid"), ("--api-url", "https://a:b@api.example.invalid")],
)
def test_what_no_token_is_sent_to(live: Run, github: GitHub, option: str, value: str) -> None:
    assert live("diff", "--live", option, value).code == 2
    assert github.asked == []


def test_a_token_with_a_line_break_is_not_shown(live: Run) -> None:
    answer = live("diff", "--live", GITHUB_TOKEN=f"{TOKEN}\nx")
    assert answer.code == 2
    assert "check GITHUB_TOKEN and GH_TOKEN" in answer.stderr


def test_the_policy_has_the_last_word_on_the_network(live: Run, files: Maker, github: GitHub) -> None:
    files.write("security/gates.toml", "[network]\noffline = true\n")
    answer = live("diff", "--live")
    assert answer.code == 3
    assert "the run is offline" in answer.stdout
    assert github.asked == []


class Other(Double):
    def answer(self, asked: Asked) -> tuple[int, bytes]:
        return 200, b"{}"


def test_a_redirect_takes_the_token_nowhere(live: Run, github: GitHub) -> None:
    with Other() as other:
        github.fault, github.elsewhere = "redirect", f"{other.url}/steal"
        assert live("diff", "--live").code == 3
        assert live("apply", "--yes").code == 3
        assert other.asked == []


# apply


def test_apply_is_a_dry_run_unless_told_otherwise(live: Run, github: GitHub) -> None:
    answer = live("apply")
    assert answer.code == 1
    assert "branch 'main': not there" in answer.stdout
    assert answer.stdout.endswith("acme/widget: a dry run, nothing was written; --yes applies it\n")
    assert github.written == []


def test_apply_records_what_it_changed_on_stdout(live: Run, github: GitHub) -> None:
    answer = live("apply", "--yes")
    assert answer.code == 0
    lines = records(answer.stdout)
    assert [line["endpoint"].partition(" ")[0] for line in lines] == ["POST", "PUT", "PATCH", "POST"]
    put = lines[1]
    assert (put["file"], put["branch"], put["ruleset"]) == ("branch-protection/main.json", "main", None)
    assert (put["status"], put["before"]) == (200, None)
    assert len(put["sha256"]) == 64
    assert put["date"] == "2026-11-20"
    assert lines[-1]["after"]["required_signatures"] is True
    assert lines[0]["ruleset"] == "main"
    assert "applied and read again, 2 protections changed" in answer.stderr
    again = live("apply", "--yes")
    assert (again.code, again.stdout) == (0, "")
    assert "nothing to do, 2 protections as the files ask" in again.stderr
    assert len(github.written) == 4


def test_apply_records_in_a_file(live: Run, files: Maker) -> None:
    answer = live("apply", "--yes", "--record", "applied.jsonl")
    assert answer.code == 0
    assert "applied and read again" in answer.stdout
    text = (files.top / "applied.jsonl").read_text()
    assert len(records(text)) == 4
    assert TOKEN not in text
    live("apply", "--yes", "--record", "applied.jsonl")
    assert (files.top / "applied.jsonl").read_text() == text


def test_what_cannot_be_recorded_is_not_done(live: Run, github: GitHub) -> None:
    answer = live("apply", "--yes", "--record", "no/such/folder/applied.jsonl")
    assert answer.code == 3
    assert github.written == []
    assert live("apply", "--record", "x.jsonl").code == 2


def test_findings_of_the_gate_stand_against_it(live: Run, github: GitHub, files: Maker) -> None:
    files.write(".github/workflows/ci.yml", WORKFLOW.replace("  lint:", "  linting:"))
    for argv in (["apply"], ["apply", "--yes"]):
        answer = live(*argv)
        assert answer.code == 1
        assert "'lint' is reported by no workflow" in answer.stdout + answer.stderr
        assert "nothing was written: 2 findings of the gate in the way" in answer.stdout + answer.stderr
    assert github.written == []


@pytest.mark.parametrize(
    "environment",
    [
        {"GITHUB_EVENT_NAME": "pull_request"},
        {"GITHUB_EVENT_NAME": "pull_request_target"},
        {"GITHUB_EVENT_NAME": "pull_request_review"},
        {"CI_PIPELINE_SOURCE": "merge_request_event"},
    ],
)
def test_apply_never_runs_for_a_pull_request(live: Run, github: GitHub, environment: dict[str, str]) -> None:
    for argv in (["apply"], ["apply", "--yes"]):
        answer = live(*argv, **environment)
        assert answer.code == 2
        assert "does not run for a pull request" in answer.stderr
    assert github.asked == []
    assert live("diff", "--live", **environment).code == 1


def test_a_write_that_drops_a_rule_is_an_error_that_says_which(live: Run, github: GitHub) -> None:
    github.loses = {"deletion"}
    answer = live("apply", "--yes")
    assert answer.code == 3
    assert "this is not live: rules.deletion" in answer.stderr
    (line,) = records(answer.stdout)
    assert line["missing"] == ["rules.deletion"]
    assert [each["type"] for each in github.rulesets[0]["rules"]] == ["non_fast_forward", "required_status_checks", "pull_request"]
    assert github.protections == {}  # the run ended there


def test_a_change_between_reading_and_writing_stops_it(live: Run, github: GitHub) -> None:
    def meddle(asked: Asked) -> None:
        if len(github.asked) == 5:
            github.protect("main", lock_branch=True)
            github.add_ruleset(rules=[{"type": "deletion"}])

    github.meddle = meddle
    answer = live("apply", "--yes")
    assert answer.code == 3
    assert "was changed by somebody since it was read" in answer.stderr
    assert answer.stdout == ""
    assert github.written == []


def test_a_write_without_an_answer_is_recorded(live: Run, github: GitHub) -> None:
    github.fault, github.strikes = "drop", lambda asked: asked.method != "GET"
    answer = live("apply", "--yes")
    assert answer.code == 3
    (line,) = records(answer.stdout)
    assert line["status"] is None
    assert line["problem"]


def test_a_talkative_server_does_not_bring_the_token_out(live: Run, github: GitHub, files: Maker) -> None:
    github.refusal, github.strikes = "403", lambda asked: asked.method != "GET"
    answer = live("apply", "--yes", "--record", "applied.jsonl")
    assert answer.code == 3
    assert "Resource not accessible by integration Bearer ***" in answer.stderr
    assert TOKEN not in (files.top / "applied.jsonl").read_text()


def test_the_verbs_have_help() -> None:
    for parser in (protection_diff.parser("protection diff"), protection_apply.parser("protection apply")):
        assert "--api-url" in parser.format_help()
