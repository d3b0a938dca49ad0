"""`gates run`: policy, waivers, baseline, trusted refs, formats and exit codes, on real repositories."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.commands.conftest import Command
from tests.core.conftest import Maker
from tests.detect.expand import expand

TOKEN = expand("{github:ghp_}", 1).decode()
LEAK = f"token = '{TOKEN}'\n"
ACCOUNT = 'owner = "@acme/sec"\nreason = "accepted until the vendor has moved"\nsunset = 2026-12-31\n'


def fingerprint(gates: Command, repository: Maker) -> str:
    (found,) = gates("secrets", "--format", "json", at=repository.top).gate("secrets")["findings"]
    return str(found["fingerprint"])


def waive(
    repository: Maker,
    fingerprint: str,
    *,
    gate: str = "secrets",
    sunset: str = "2026-12-01",
    created: str = "2026-11-01",
    kind: str = "risk",
) -> None:
    repository.write(
        "security/waivers.yaml",
        f"""version: 1
waivers:
  - id: W-1
    gate: {gate}
    kind: {kind}
    fingerprint: {fingerprint}
    reason: a revoked token in the sample data
    owner: "@acme/sec"
    created: {created}
    sunset: {sunset}
""",
    )


@pytest.fixture
def leaky(repository: Maker) -> Maker:
    repository.write("leak.txt", LEAK)
    repository.write("ok.py", "x = 1\n")
    repository.commit()
    return repository


def test_a_run_holds_every_gate(gates: Command, leaky: Maker) -> None:
    answer = gates("run", "--format", "json", at=leaky.top)
    assert answer.code == 1
    assert {each["gate"]: each["status"] for each in answer.report["gates"]} == {
        "secrets": "fail",
        "deps": "skip",
        "code": "pass",
        "protection": "skip",
        "commits": "skip",
        "image": "skip",
        "container": "skip",
        "sbom": "skip",
    }


def test_a_run_of_named_gates_holds_these(gates: Command, leaky: Maker) -> None:
    answer = gates("run", "code", "--format", "json", at=leaky.top)
    assert answer.code == 0
    assert [each["gate"] for each in answer.report["gates"]] == ["code"]
    assert gates("run", "nonsense", at=leaky.top).code == 2


def test_a_gate_without_its_kind_of_input_is_skipped_and_a_required_one_is_an_error(gates: Command, repository: Maker) -> None:
    repository.write("a.txt", "no Python here\n")
    repository.commit()
    answer = gates("run", "--format", "json", at=repository.top)
    assert (answer.code, answer.gate("code")["status"]) == (0, "skip")
    repository.write("security/gates.toml", "[code]\nrequired = true\n")
    answer = gates("run", "--format", "json", at=repository.top)
    assert (answer.code, answer.gate("code")["status"]) == (3, "error")


def test_a_run_in_which_every_gate_was_skipped_is_an_error(gates: Command, repository: Maker) -> None:
    repository.write("a.txt")
    repository.commit()
    assert gates("run", "code", at=repository.top).code == 3


def test_a_live_waiver_lets_pass_and_stays_in_the_report(gates: Command, leaky: Maker) -> None:
    waive(leaky, fingerprint(gates, leaky))
    answer = gates("run", "--format", "json", at=leaky.top)
    assert answer.code == 0
    (found,) = answer.gate("secrets")["findings"]
    assert found["blocking"] is False
    assert found["waiver"] == {
        "id": "W-1",
        "kind": "risk",
        "owner": "@acme/sec",
        "sunset": "2026-12-01",
        "reason": "a revoked token in the sample data",
        "days_left": 11,
    }
    assert "waivers/expiring" in [each["rule"] for each in answer.gate("waivers")["findings"]]
    assert any("W-1" in each["what"] for each in answer.report["weakened"])


@pytest.mark.parametrize(("today", "code"), [("2026-12-01", 0), ("2026-12-02", 1)])
def test_a_waiver_counts_on_its_sunset_day_and_stops_the_day_after(gates: Command, leaky: Maker, today: str, code: int) -> None:
    waive(leaky, fingerprint(gates, leaky))
    answer = gates("run", "--today", today, "--format", "json", at=leaky.top)
    assert answer.code == code
    if code:
        (found,) = answer.gate("secrets")["findings"]
        assert "waiver W-1 ended on 2026-12-01" in found["message"]
        assert [each["rule"] for each in answer.gate("waivers")["findings"]] == ["waivers/expired"]


def test_a_waiver_that_matches_nothing_is_stale_only_after_a_complete_run(gates: Command, leaky: Maker) -> None:
    """The tree is all that bandit can see, but for secrets there is the history too."""
    waive(leaky, "0" * 32, gate="code")
    whole = gates("run", "--format", "json", at=leaky.top)
    assert "waivers/stale" in [each["rule"] for each in whole.gate("waivers")["findings"]]
    waive(leaky, "0" * 32)
    for argv, stale in ((["run"], False), (["run", "--stage", "commit"], False), (["secrets", "--history"], True)):
        answer = gates(*argv, "--format", "json", at=leaky.top)
        found = [each["rule"] for gate in answer.report["gates"] for each in gate["findings"]]
        assert ("waivers/stale" in found) is stale


def test_the_day_before_heads_commit_is_refused(gates: Command, repository: Maker) -> None:
    repository.write("a.txt")
    repository.commit(when=1_750_000_000)
    answer = gates("run", "--today", "2025-01-01", at=repository.top)
    assert answer.code == 2
    assert "before the date of HEAD's commit" in answer.stderr


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("security/gates.toml", "[secrets]\nsalty = 'x'\n", "security/gates.toml:2: unknown key 'salty'"),
        ("security/gates.toml", "[secrets\n", "security/gates.toml:1"),
        ("security/gates.toml", "[secretz]\n", "did you mean 'secrets'"),
        ("security/gates.toml", "[secrets]\nfail_on = 3\n", "security/gates.toml:2"),
        ("security/gates.toml", '[rules."secrets/nonsense"]\nseverity = "low"\n' + ACCOUNT, "unknown rule"),
        ("security/gates.toml", '[rules."secrets/github-pat"]\nseverity = "low"\n', "takes an owner, a reason and a sunset"),
        ("security/gates.toml", '[[exclude]]\npaths = ["**"]\ngates = ["secrets"]\n' + ACCOUNT, "must name what it leaves out"),
        ("security/waivers.yaml", "version: 1\nwaivers:\n  - id: W-1\n    gate: secrets\n", "security/waivers.yaml:3"),
        ("security/waivers.yaml", "version: 1\nversion: 1\n", "security/waivers.yaml:2"),
        ("security/waivers.yaml", "version: 1\npolicy: {never: [secrets/nonsense]}\nwaivers: []\n", "names no known rule"),
        ("security/waivers.yaml", "[" * 60_000, "security/waivers.yaml"),
        ("security/pip-audit-ignore.txt", "CVE-2024-1234\n", "security/pip-audit-ignore.txt:1"),
        ("security/baseline.json", "{}", "security/baseline.json"),
    ],
)
def test_a_broken_policy_or_exception_list_judges_nothing(gates: Command, leaky: Maker, file: str, content: str, said: str) -> None:
    leaky.write(file, content)
    answer = gates("run", "--format", "json", at=leaky.top)
    assert answer.code == 2
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert list(json.loads(answer.stdout)) == ["error"]


def test_two_policies_are_one_too_many(gates: Command, leaky: Maker) -> None:
    leaky.write("security/gates.toml", "")
    leaky.write("pyproject.toml", "[tool.gates]\n")
    assert gates("secrets", at=leaky.top).code == 2


def test_an_exclusion_is_shown_and_ends(gates: Command, leaky: Maker) -> None:
    leaky.write("security/gates.toml", '[[exclude]]\npaths = ["leak.txt"]\ngates = ["secrets"]\n' + ACCOUNT)
    answer = gates("run", "--format", "json", at=leaky.top)
    assert answer.code == 0
    assert [each["path"] for each in answer.gate("secrets")["scope"]["skipped"]] == ["leak.txt"]
    assert any("leak.txt" in each["what"] for each in answer.report["weakened"])
    assert gates("run", "--today", "2027-01-01", at=leaky.top).code == 1


def test_a_milder_severity_is_shown_and_ends(gates: Command, leaky: Maker) -> None:
    leaky.write("security/gates.toml", '[rules."secrets/github-pat"]\nseverity = "low"\n' + ACCOUNT)
    answer = gates("secrets", "--format", "json", at=leaky.top)
    assert answer.code == 0
    assert answer.gate("secrets")["findings"][0]["severity"] == "low"
    assert any("secrets/github-pat" in each["what"] for each in answer.report["weakened"])
    assert gates("secrets", "--today", "2027-01-01", at=leaky.top).code == 1


def test_a_raised_threshold_is_shown(gates: Command, repository: Maker) -> None:
    repository.write("a.py", "import subprocess\nsubprocess.call('ls', shell=True)\n")
    repository.write("security/gates.toml", '[code]\nfail_on = "critical"\n')
    repository.commit()
    answer = gates("code", "--format", "json", at=repository.top)
    assert answer.code == 0
    assert any("code" in each["what"] for each in answer.report["weakened"])
    strict = gates("code", "--fail-on", "low", "--format", "json", at=repository.top)
    assert strict.code == 1
    lax = gates("secrets", "--fail-on", "critical", "--format", "json", at=repository.top)
    assert any("--fail-on" in each["what"] for each in lax.report["weakened"])


def test_policy_and_waivers_can_come_from_a_trusted_commit(gates: Command, leaky: Maker) -> None:
    """The pull request brings a waiver for its own leak; judged by the target branch it does not count."""
    leaky.write("security/gates.toml", "[secrets]\n")
    leaky.commit("policy")
    leaky.git("branch", "trusted")
    waive(leaky, fingerprint(gates, leaky))
    leaky.write("security/gates.toml", '[[exclude]]\npaths = ["leak.txt"]\ngates = ["secrets"]\n' + ACCOUNT)
    leaky.commit("waive myself")
    assert gates("run", at=leaky.top).code == 0
    answer = gates("run", "--policy-ref", "trusted", "--format", "json", at=leaky.top)
    assert answer.code == 1
    assert answer.report["policy"]["source"] == "ref:trusted"
    changed = [each for each in answer.gate("policy")["findings"] if each["rule"] == "policy/changed"]
    assert {each["location"]["path"] for each in changed} == {"security/gates.toml", "security/waivers.yaml"}
    assert all(each["severity"] == "medium" for each in changed)


def test_a_missing_trusted_commit_is_refused(gates: Command, leaky: Maker) -> None:
    answer = gates("run", "--policy-ref", "origin/main", at=leaky.top)
    assert answer.code == 2
    assert "origin/main" in answer.stderr


def test_a_pull_request_judged_by_its_own_policy_is_told(gates: Command, leaky: Maker) -> None:
    answer = gates("secrets", "--format", "json", at=leaky.top, environment={"GITHUB_EVENT_NAME": "pull_request"})
    assert [each["rule"] for each in answer.gate("policy")["findings"]] == ["policy/from-the-change"]


def test_the_stages_look_at_what_their_moment_is_about(gates: Command, leaky: Maker) -> None:
    assert gates("run", "--stage", "commit", at=leaky.top).code == 0  # nothing is staged
    leaky.write("new.txt", LEAK)
    leaky.git("add", "new.txt")
    assert gates("run", "--stage", "commit", at=leaky.top).code == 1
    assert gates("run", "--stage", "push", at=leaky.top).code == 1
    assert gates("run", "--stage", "pull-request", at=leaky.top).code == 2
    assert gates("run", "--stage", "pull-request", "--range", "HEAD..HEAD", at=leaky.top).code == 0
    leaky.write("new.txt", "another line\n" + LEAK)
    leaky.commit("leak", 1_700_000_300)
    assert gates("run", "--stage", "pull-request", "--range", "HEAD~1..HEAD", at=leaky.top).code == 1


def test_old_findings_go_into_a_baseline_that_ends(gates: Command, leaky: Maker) -> None:
    write = ("run", "--write-baseline", "--owner", "@acme/sec", "--sunset", "2027-01-31")
    answer = gates(*write, at=leaky.top)
    assert answer.code == 0
    assert (leaky.top / "security/baseline.json").exists()
    covered = gates("run", "--format", "json", at=leaky.top)
    assert covered.code == 0
    assert covered.gate("secrets")["findings"][0]["waiver"]["kind"] == "baseline"
    assert any("baseline" in each["what"] for each in covered.report["weakened"])
    leaky.write("leak.txt", LEAK + expand("{github:ghp_}", 5).decode())
    assert gates("run", at=leaky.top).code == 1
    leaky.write("leak.txt", LEAK)
    assert gates("run", "--today", "2027-02-01", at=leaky.top).code == 1


def test_old_findings_of_the_history_go_into_a_baseline_too(gates: Command, leaky: Maker) -> None:
    """And cover in the tree what still stands there; neither another file nor another secret."""
    leaky.write("old.txt", expand("{github:ghp_}", 5))
    leaky.commit("old", 1_700_000_100)
    leaky.git("rm", "-q", "old.txt")
    leaky.commit("gone", 1_700_000_200)
    write = ("run", "secrets", "--history", "--write-baseline", "--owner", "@acme/sec", "--sunset", "2027-01-31")
    assert gates("run", "secrets", "--history", at=leaky.top).code == 1
    assert "2 findings accepted" in gates(*write, at=leaky.top).stdout
    for argv in (["run", "secrets", "--history"], ["secrets", "--history"], ["run", "secrets"]):
        assert gates(*argv, at=leaky.top).code == 0
    leaky.write("new.txt", LEAK)
    leaky.commit("copy", 1_700_000_300)
    for argv in (["run", "secrets", "--history"], ["run", "secrets"]):
        assert gates(*argv, at=leaky.top).code == 1


def test_a_run_over_the_history_says_what_is_stale(gates: Command, leaky: Maker) -> None:
    waive(leaky, "0" * 32)
    answer = gates("run", "--history", "--format", "json", at=leaky.top)
    assert "waivers/stale" in [each["rule"] for each in answer.gate("waivers")["findings"]]
    assert answer.gate("secrets")["scope"]["commits"] == 1
    assert gates("run", "--history", "--stage", "push", at=leaky.top).code == 2


@pytest.mark.parametrize(
    "flags", [[], ["--owner", "@a"], ["--owner", "@acme", "--sunset", "2040-01-01"], ["--owner", "nobody", "--sunset", "2027-01-01"]]
)
def test_a_baseline_needs_an_owner_and_a_near_sunset(gates: Command, leaky: Maker, flags: list[str]) -> None:
    assert gates("run", "--write-baseline", *flags, at=leaky.top).code == 2
    assert not (leaky.top / "security/baseline.json").exists()


def test_several_formats_go_to_files_and_one_to_the_terminal(gates: Command, leaky: Maker, tmp_path: Path) -> None:
    sarif, document = tmp_path / "a.sarif", tmp_path / "a.json"
    answer = gates("secrets", "--format", f"sarif={sarif}", "--format", f"json={document}", "--format", "text", at=leaky.top)
    assert answer.code == 1
    assert json.loads(sarif.read_text())["version"] == "2.1.0"
    assert json.loads(document.read_text())["verdict"] == "fail"
    assert answer.stdout.splitlines()[-1].startswith("FAIL")


@pytest.mark.parametrize("format_", ["junit", "markdown", "html", "gitlab", "nonsense", "json="])
def test_formats_that_are_not_there_are_usage_errors(gates: Command, leaky: Maker, format_: str) -> None:
    assert gates("secrets", "--format", format_, at=leaky.top).code == 2


def test_github_gets_annotations_and_a_summary(gates: Command, leaky: Maker, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    answer = gates("secrets", "--format", "github", at=leaky.top, environment={"GITHUB_STEP_SUMMARY": os.fspath(summary)})
    assert answer.code == 1
    assert answer.stdout.startswith("::error file=leak.txt,line=1")
    assert "secrets/github-pat" in summary.read_text()


def test_the_summary_leaves_room_for_what_the_step_has_written(gates: Command, leaky: Maker, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("x" * 899_000)
    gates("secrets", "--format", "github", at=leaky.top, environment={"GITHUB_STEP_SUMMARY": os.fspath(summary)})
    assert 899_000 < summary.stat().st_size <= 900_000


def test_equal_input_gives_equal_bytes(gates: Command, leaky: Maker) -> None:
    for format_ in ("json", "sarif", "text"):
        first = gates("run", "--no-timing", "--format", format_, at=leaky.top).stdout
        assert gates("run", "--no-timing", "--format", format_, at=leaky.top).stdout == first


def test_a_report_that_cannot_be_written_is_an_error(gates: Command, leaky: Maker, tmp_path: Path) -> None:
    answer = gates("secrets", "--format", f"json={tmp_path / 'no' / 'such' / 'folder.json'}", at=leaky.top)
    assert answer.code == 3
    assert "could not be written" in answer.stderr


def test_a_baseline_is_not_written_through_a_link(gates: Command, leaky: Maker, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (leaky.top / "security").symlink_to(outside)
    answer = gates("run", "secrets", "--write-baseline", "--owner", "@acme/sec", "--sunset", "2027-01-15", at=leaky.top)
    assert answer.code == 2
    assert "symbolic link" in answer.stderr
    assert os.listdir(outside) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
def test_a_report_to_a_pipe_or_a_device_leaves_it_in_place(gates: Command, leaky: Maker, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert gates("secrets", "--format", f"json={pipe}", at=leaky.top).code == 1
        assert json.loads(os.read(reader, 1 << 16))["verdict"] == "fail"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_in_the_place_of_a_report_is_replaced_not_followed(gates: Command, leaky: Maker, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (leaky.top / "gates.json").symlink_to(tmp_path / "victim")
    assert gates("secrets", "--format", f"json={leaky.top / 'gates.json'}", at=leaky.top).code == 1
    assert (tmp_path / "victim").read_text() == "mine"


def test_quiet_says_only_what_did_not_pass(gates: Command, repository: Maker) -> None:
    repository.write("a.txt")
    repository.commit()
    assert gates("secrets", "--quiet", "--no-timing", at=repository.top).stdout == "PASS 0 blocking\n"


def test_nothing_of_the_repository_runs(gates: Command, leaky: Maker, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\n")
    script.chmod(0o755)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "core.sshCommand", "gpg.program", "filter.x.clean", "diff.x.textconv"):
        leaky.git("config", key, os.fspath(script))
    leaky.git("config", "core.hooksPath", os.fspath(tmp_path))
    leaky.write(".gitattributes", "* filter=x diff=x\n")
    leaky.write("sitecustomize.py", f"open({os.fspath(canary)!r}, 'w')\n")
    leaky.write("bandit.py", f"open({os.fspath(canary)!r}, 'w')\n")
    leaky.write(".bandit", "[bandit]\nskips: B101\n")
    for argv in (["run"], ["secrets", "--staged"], ["secrets", "--history"], ["run", "--policy-ref", "HEAD"]):
        assert gates(*argv, at=leaky.top).code in (0, 1)
    assert not canary.exists()
