"""`gates protection check` and `names`, and the gate in `gates run`, on real repositories."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Command
from tests.core.conftest import Maker

WORKFLOW = """name: CI
on: [pull_request, merge_group]
jobs:
  lint:
    runs-on: ubuntu-24.04
    steps: [{run: make lint}]
  test:
    name: test (${{ matrix.python }})
    runs-on: ubuntu-24.04
    strategy: {matrix: {python: ["3.11", "3.12"]}}
    steps: [{run: make test}]
"""
ACTIONS = 15368


def body(*names: str, **changes: object) -> dict[str, Any]:
    return {
        "required_status_checks": {"strict": True, "checks": [{"context": name, "app_id": ACTIONS} for name in names]},
        "enforce_admins": True,
        "required_pull_request_reviews": {
            "required_approving_review_count": 1,
            "require_code_owner_reviews": True,
            "dismiss_stale_reviews": True,
            "require_last_push_approval": True,
        },
        "restrictions": None,
        "required_linear_history": True,
        "required_conversation_resolution": True,
        "required_signatures": True,
        **changes,
    }


REQUIRED = ("lint", "test (3.11)", "test (3.12)")


@pytest.fixture
def project(repository: Maker) -> Maker:
    repository.write(".github/workflows/ci.yml", WORKFLOW)
    repository.write(".github/CODEOWNERS", "* @acme/maintainers\n")
    repository.write("branch-protection/main.json", json.dumps(body(*REQUIRED), indent=2))
    repository.commit("protect main")
    return repository


def found(gates: Command, project: Maker, *argv: str) -> list[tuple[str, str, int]]:
    answer = gates("protection", "check", "--format", "json", *argv, at=project.top)
    return [(each["rule"], each["data"]["context"], each["location"]["line"]) for each in answer.gate("protection")["findings"]]


def test_a_repository_in_order_passes(gates: Command, project: Maker) -> None:
    answer = gates("protection", "--format", "json", at=project.top)
    assert answer.code == 0
    assert answer.gate("protection")["findings"] == []
    assert answer.gate("protection")["scope"]["files"] == 2


def test_a_renamed_job_is_a_drift_at_the_context(gates: Command, project: Maker) -> None:
    project.write(".github/workflows/ci.yml", WORKFLOW.replace("  lint:\n", "  lint:\n    name: lint and format\n"))
    answer = gates("protection", "--format", "json", at=project.top)
    assert answer.code == 1
    spare, drift = answer.gate("protection")["findings"]
    assert (spare["rule"], spare["severity"]) == ("protection/unrequired-job", "info")
    assert drift["rule"] == "protection/unreported-context"
    assert drift["location"]["path"] == "branch-protection/main.json"
    assert drift["location"]["line"] == json.dumps(body(*REQUIRED), indent=2).split('"lint"')[0].count("\n") + 1
    assert drift["data"]["replacement"] == "lint and format"
    assert set(drift["data"]) >= {"context", "branch", "emitters", "hint"}


@pytest.mark.parametrize(
    "edit", [("  lint:", "  linting:"), ("test (${{ matrix.python }})", "'test  (${{ matrix.python }})'"), ('"3.12"', '"3.13"')]
)
def test_each_change_of_a_name_blocks(gates: Command, project: Maker, edit: tuple[str, str]) -> None:
    project.write(".github/workflows/ci.yml", WORKFLOW.replace(*edit))
    assert gates("protection", at=project.top).code == 1


def test_fix_writes_what_was_certainly_meant(gates: Command, project: Maker) -> None:
    project.write(".github/workflows/ci.yml", WORKFLOW.replace("  lint:\n", "  lint:\n    name: lint and format\n"))
    before = (project.top / "branch-protection/main.json").read_text()
    answer = gates("protection", "check", "--fix", at=project.top)
    assert answer.code == 0
    assert "branch-protection/main.json:6: 'lint' is now 'lint and format'\n" in answer.stderr
    assert (project.top / "branch-protection/main.json").read_text() == before.replace('"lint"', '"lint and format"')


def test_fix_leaves_what_it_must_guess(gates: Command, project: Maker) -> None:
    project.write("branch-protection/main.json", json.dumps(body(*REQUIRED, "linter"), indent=2))
    before = (project.top / "branch-protection/main.json").read_bytes()
    assert gates("protection", "check", "--fix", at=project.top).code == 1
    assert (project.top / "branch-protection/main.json").read_bytes() == before


def test_without_protection_files_it_is_skipped(gates: Command, repository: Maker) -> None:
    repository.write(".github/workflows/ci.yml", WORKFLOW)
    repository.commit("ci")
    answer = gates("run", "protection", "--format", "json", at=repository.top)
    assert answer.gate("protection")["status"] == "skip"
    assert "no branch protection" in answer.gate("protection")["reason"]
    repository.write("security/gates.toml", "[protection]\nrequired = true\n")
    assert gates("run", "protection", at=repository.top).code == 3


BROKEN = {
    "no workflows": ({".github/workflows/ci.yml": None}, "branch-protection/main.json", 2),
    "a workflow that is no YAML": ({".github/workflows/other.yml": "on: [\n"}, ".github/workflows/other.yml", 2),
    "a workflow with a key twice": ({".github/workflows/other.yml": "on: push\non: push\n"}, ".github/workflows/other.yml", 2),
    "protection that is no JSON": ({"branch-protection/dev.json": "{,}"}, "branch-protection/dev.json", 1),
    "a dialect": ({"branch-protection/dev.json": '{\n"required": []}'}, "branch-protection/dev.json", 2),
    "a key twice": (
        {"branch-protection/dev.json": '{"enforce_admins": true,\n"enforce_admins": false}'},
        "branch-protection/dev.json",
        2,
    ),
    "a circle of workflows": (
        {
            ".github/workflows/a.yml": "on: [pull_request, workflow_call]\njobs:\n  a:\n    uses: ./.github/workflows/a.yml\n",
        },
        ".github/workflows/a.yml",
        4,
    ),
    "257 legs": (
        {
            ".github/workflows/a.yml": "on: pull_request\njobs:\n  a:\n    runs-on: x\n    strategy:\n      matrix:\n"
            f"        n: {list(range(257))}\n    steps: [{{run: make}}]\n",
        },
        ".github/workflows/a.yml",
        6,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_an_error_with_its_line(gates: Command, project: Maker, name: str) -> None:
    edits, path, line = BROKEN[name]
    for edited, text in edits.items():
        if text is None:
            (project.top / edited).unlink()
        else:
            project.write(edited, text)
    answer = gates("protection", "--format", "json", at=project.top)
    assert answer.gate("protection")["status"] == "error"
    assert answer.code in (1, 3)
    assert answer.code == 3 or name == "no workflows"
    assert (path, line) in {(each["path"], each["line"]) for each in answer.gate("protection")["errors"]}


def test_what_a_broken_workflow_reports_is_not_called_missing(gates: Command, project: Maker) -> None:
    project.write(".github/workflows/ci.yml", WORKFLOW.replace("jobs:", "jobs: ["))
    answer = gates("protection", "--format", "json", at=project.top)
    assert answer.code == 3
    assert {each["rule"] for each in answer.gate("protection")["findings"]} == {"protection/unverifiable-context"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_in_place_of_a_file_that_decides_is_an_error(gates: Command, project: Maker, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_text(json.dumps(body("lint")))
    (project.top / "branch-protection/develop.json").symlink_to(tmp_path / "elsewhere.json")
    answer = gates("protection", "--format", "json", at=project.top)
    assert answer.code == 3
    assert [each["path"] for each in answer.gate("protection")["errors"]] == ["branch-protection/develop.json"]


def test_declared_contexts_are_listed_as_weakened_and_end(gates: Command, project: Maker) -> None:
    protection = body(*REQUIRED)
    protection["required_status_checks"]["checks"].append({"context": "codecov/project", "app_id": 254})
    project.write("branch-protection/main.json", json.dumps(protection, indent=2))
    assert found(gates, project)[0][:2] == ("protection/undeclared-external-context", "codecov/project")
    account = 'owner = "@acme/web"\nreason = "the coverage service reports it"\nsunset = 2026-12-31\n'
    project.write("security/gates.toml", f'[[protection.external]]\ncontext = "codecov/project"\n{account}')
    answer = gates("protection", "--format", "json", at=project.top)
    assert answer.gate("protection")["findings"] == []
    assert [(each["what"], each["owner"]) for each in answer.report["weakened"]] == [
        ("protection: external context codecov/project", "@acme/web")
    ]
    assert found(gates, project, "--today", "2027-01-01")[0][:2] == ("protection/undeclared-external-context", "codecov/project")


def test_names_lists_every_name_with_its_place(gates: Command, project: Maker) -> None:
    answer = gates("protection", "names", at=project.top)
    assert answer.code == 0
    assert [line.split("  ")[0].strip() for line in answer.stdout.splitlines()] == list(REQUIRED)
    assert ".github/workflows/ci.yml:8" in answer.stdout.splitlines()[1]
    as_json = json.loads(gates("protection", "names", "--format", "json", at=project.top).stdout)
    assert [each["name"] for each in as_json["names"]] == list(REQUIRED)
    assert {each["kind"] for each in as_json["names"]} == {"exact"}
    assert gates("protection", "names", "--event", "push", at=project.top).stdout == ""


def test_names_tells_what_it_could_not_read(gates: Command, project: Maker) -> None:
    project.write(".github/workflows/other.yml", "on: [\n")
    answer = gates("protection", "names", at=project.top)
    assert answer.code == 3
    assert ".github/workflows/other.yml:2" in answer.stderr
    assert "lint" in answer.stdout


def test_names_by_branch_and_patterns(gates: Command, project: Maker) -> None:
    project.write(
        ".github/workflows/release.yml",
        "on: {pull_request: {branches: ['release/**']}}\njobs:\n  ship:\n    uses: acme/flows/.github/workflows/ship.yml@v1\n",
    )
    assert "ship / *" not in gates("protection", "names", "--branch", "main", at=project.top).stdout
    line = gates("protection", "names", "--branch", "release/1.x", at=project.top).stdout.splitlines()[-1]
    assert line.startswith("ship / * ")
    assert ".github/workflows/release.yml:3" in line


def test_our_own_job_must_be_required(gates: Command, project: Maker) -> None:
    project.write(
        ".github/workflows/gates.yml",
        "on: [pull_request, merge_group]\njobs:\n  meta:\n    runs-on: x\n    steps: [{run: gates protection check}]\n",
    )
    assert "protection/own-gate-not-required" in {rule for rule, _, _ in found(gates, project)}


def test_the_default_branch_is_the_policy_s_or_the_clone_s(gates: Command, project: Maker) -> None:
    (project.top / "branch-protection/main.json").unlink()
    document = {
        "name": "all",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [
            {
                "type": "required_status_checks",
                "parameters": {"strict_required_status_checks_policy": True, "required_status_checks": [{"context": "lnt"}]},
            }
        ],
    }
    project.write(".github/rulesets/all.json", json.dumps(document))
    for argv, branch in ((("--default-branch", "trunk"), "trunk"), ((), "main")):
        answer = gates("protection", "check", "--format", "json", *argv, at=project.top)
        drift = next(each for each in answer.gate("protection")["findings"] if each["rule"] == "protection/unreported-context")
        assert drift["data"]["branch"] == branch


HIDDEN = {
    "rulesets": (".github/rulesets", ""),
    "a folder below": ("branch-protection/release", ""),
    "a folder that is gone": ("branch-protection", "branch-protection/main.json"),
    "workflows": (".github/workflows", ".github/workflows/ci.yml"),
}


@pytest.mark.parametrize(("folder", "instead"), HIDDEN.values(), ids=HIDDEN)
def test_a_folder_behind_a_link_is_an_error_at_the_link(gates: Command, project: Maker, folder: str, instead: str) -> None:
    if instead:
        (project.top / instead).unlink()
        (project.top / folder).rmdir()
    (project.top / "elsewhere").mkdir()
    (project.top / folder).symlink_to(project.top / ("nowhere" if folder == "branch-protection" else "elsewhere"))
    project.commit("linked")
    answer = gates("protection", "check", "--format", "json", at=project.top)
    assert answer.code == 3
    assert [error["path"] for error in answer.gate("protection")["errors"]] == [folder]


def test_a_link_to_a_file_beside_the_protection_is_none_of_it(gates: Command, project: Maker) -> None:
    (project.top / "branch-protection/README.md").symlink_to("../README.md")
    project.commit("linked")
    assert found(gates, project) == []


@pytest.mark.parametrize("folder", [".github/rulesets", "branch-protection/release"])
def test_a_folder_in_a_submodule_is_an_error(gates: Command, project: Maker, folder: str) -> None:
    project.git("update-index", "--add", "--cacheinfo", f"160000,{project.git('rev-parse', 'HEAD').strip()},{folder}")
    answer = gates("protection", "check", "--format", "json", at=project.top)
    assert [error["path"] for error in answer.gate("protection")["errors"]] == [folder]


def test_names_need_the_folder_of_the_workflows(gates: Command, project: Maker) -> None:
    (project.top / ".github/workflows").rename(project.top / "flows")
    (project.top / ".github/workflows").symlink_to("../flows")
    project.commit("linked")
    answer = gates("protection", "names", at=project.top)
    assert answer.code == 3
    assert ".github/workflows:0: a symbolic link" in answer.stderr


def test_workflows_that_the_policy_excludes_are_called_so(gates: Command, project: Maker) -> None:
    exclusion = 'gates = ["protection"]\npaths = [".github/workflows/**"]\nreason = "they are judged in another place"'
    project.write("security/gates.toml", f'[[exclude]]\n{exclusion}\nowner = "@acme/maintainers"\nsunset = 2027-01-31\n')
    answer = gates("protection", "check", "--format", "json", at=project.top)
    (error,) = answer.gate("protection")["errors"]
    assert "the policy excludes every workflow that could report them ('.github/workflows/ci.yml')" in error["message"]


def test_quiet_still_says_why_nothing_was_judged(gates: Command, repository: Maker) -> None:
    answer = gates("protection", "--quiet", "--no-timing", at=repository.top)
    assert answer.code == 3
    assert "protection  skip   no branch protection in " in answer.stdout
