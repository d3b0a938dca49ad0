"""The verbs that change the exception list: add, renew, prune, import; and export and calendar, which read it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gates.core.documents import plain, read_yaml
from tests.commands.audit_double import advisories, install
from tests.commands.conftest import Answer, Command
from tests.core.conftest import Maker

ROOT = Path(__file__).parents[2]
FILE = "security/waivers.yaml"
REASON = "redirects are disabled in our only client"
REQUESTS: dict[str, Any] = {"id": "PYSEC-2023-74", "aliases": ["CVE-2023-32681", "GHSA-1-2-3"], "purl": "pkg:pypi/requests@2.19.0"}
JINJA: dict[str, Any] = {"id": "PYSEC-2019-217", "aliases": ["CVE-2019-10906"], "purl": "pkg:pypi/jinja2@2.10"}
ADD = ("--owner", "@acme/sec", "--reason", REASON)
SHELL = 'import subprocess\n\n\ndef count(folder):\n    subprocess.run(f"ls {folder} | wc", shell=True)\n'

Run = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _deps(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)


@pytest.fixture
def waivers(gates: Command, repository: Maker) -> Run:
    return lambda *words, **more: gates("waivers", *words, at=repository.top, **more)


@pytest.fixture
def vulnerable(repository: Maker) -> Maker:
    advisories(repository, REQUESTS, JINJA)
    repository.commit()
    return repository


def entries(repository: Maker) -> list[dict[str, Any]]:
    document: Any = plain(read_yaml((repository.top / FILE).read_bytes(), FILE))
    listed: list[dict[str, Any]] = document["waivers"]
    return listed


def verdicts(gates: Command, repository: Maker, *words: str) -> dict[str, str]:
    answer = gates("run", *words, "--format", "json", at=repository.top)
    return {each["subject"].split()[0]: (each["waiver"] or {}).get("id", "") for each in answer.gate("deps")["findings"]}


def report(gates: Command, repository: Maker, *gates_: str) -> str:
    place = repository.top.parent / "report.json"
    gates("run", *gates_, "--format", f"json={place}", at=repository.top)
    return os.fspath(place)


# add


def test_an_advisory_in_a_package_is_waived(gates: Command, vulnerable: Maker, waivers: Run) -> None:
    answer = waivers("add", "cve-2023-32681", "pkg:pypi/requests", *ADD, "--days", "30", "--until-fixed", "--ticket", "https://t.example/1")
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout.startswith("W-0001 covers PYSEC-2023-74 pkg:pypi/requests@2.19.0 in uv.lock:3 (")
    assert entries(vulnerable) == [
        {
            "id": "W-0001",
            "gate": "deps",
            "kind": "risk",
            "rule": "CVE-2023-32681",
            "purl": "pkg:pypi/requests",
            "reason": REASON,
            "owner": "@acme/sec",
            "created": "2026-11-20",
            "sunset": "2026-12-20",
            "until_fixed": True,
            "ticket": "https://t.example/1",
        }
    ]
    assert verdicts(gates, vulnerable) == {"PYSEC-2023-74": "W-0001", "PYSEC-2019-217": ""}


def test_it_is_waived_until_a_fix_exists(gates: Command, vulnerable: Maker, waivers: Run) -> None:
    waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "30", "--until-fixed")
    advisories(vulnerable, {**REQUESTS, "fix_versions": ["2.31.0"]})
    answer = gates("run", "deps", "--format", "json", at=vulnerable.top)
    (found,) = answer.gate("deps")["findings"]
    assert (answer.code, found["blocking"]) == (1, True)
    assert "waiver W-0001 ended: fixed in 2.31.0" in found["message"]


def test_a_finding_is_waived_by_the_start_of_its_fingerprint(gates: Command, repository: Maker, waivers: Run) -> None:
    repository.write("a.py", SHELL)
    repository.commit()
    found = next(each for each in gates("code", "--format", "json", at=repository.top).gate("code")["findings"] if each["blocking"])
    answer = waivers("add", found["fingerprint"][:8], *ADD, "--sunset", "2028-11-01", "--kind", "false-positive")
    assert answer.code == 0, answer.stderr
    (entry,) = entries(repository)
    assert (entry["gate"], entry["rule"], entry["fingerprint"]) == ("code", found["rule"], found["fingerprint"])
    assert gates("code", at=repository.top).code == 0


def test_by_its_fingerprint_an_advisory_is_waived_in_that_file_alone(gates: Command, repository: Maker, waivers: Run) -> None:
    advisories(repository, REQUESTS, {**REQUESTS, "path": "other/uv.lock"}, {**REQUESTS, "path": "app/[id]/uv.lock"})
    repository.commit()
    place = report(gates, repository)
    found = {each["location"]["path"]: each["fingerprint"] for each in json.loads(Path(place).read_text())["gates"][1]["findings"]}
    assert waivers("add", found["other/uv.lock"], *ADD, "--days", "30", "--from", place).code == 0
    assert waivers("add", found["app/[id]/uv.lock"], *ADD, "--days", "30", "--from", place).code == 0
    assert [(entry["paths"], entry["purl"]) for entry in entries(repository)] == [
        (["other/uv.lock"], "pkg:pypi/requests"),
        (["app/[id]/uv.lock"], "pkg:pypi/requests"),
    ]
    answer = gates("run", "deps", "--format", "json", at=repository.top)
    assert {each["location"]["path"] for each in answer.gate("deps")["findings"] if each["blocking"]} == {"uv.lock"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("CVE-2099-1", "pkg:pypi/requests"), "no finding is about CVE-2099-1 in pkg:pypi/requests"),
        (("CVE-2023-32681", "pkg:pypi/jinja2"), "it is found in PYSEC-2023-74 pkg:pypi/requests@2.19.0"),
        (("CVE-2023-32681", "pkg:pypi/requests@2.20.0"), "no finding is about"),
        (("CVE-2023-32681", "requests"), "no package URL"),
        (("CVE-2023-32681",), "an advisory goes with its package"),
        (("0000000000",), "no finding has a fingerprint"),
        (("CVE-2023-32681", "pkg:pypi/requests", "--gate", "dep"), "unknown gate 'dep'"),
        (("CVE-2023-32681", "pkg:pypi/requests", "--from", "nowhere.json"), "nowhere.json: no such report"),
        (("CVE-2023-32681", "pkg:pypi/requests", "--from", "advisories.json"), "must be a table"),
    ],
)
def test_what_no_run_has_found_is_not_waived(vulnerable: Maker, waivers: Run, words: tuple[str, ...], said: str) -> None:
    answer = waivers("add", *words, *ADD, "--days", "30")
    assert (answer.code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert not (vulnerable.top / FILE).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--days", "91"), "at most 90 are allowed"),
        (("--days", "-1"), "which has passed"),
        (("--days", "999999999999"), "out of range"),
        (("--sunset", "2027-02-30"), "no day"),
        (("--days", "30", "--reason", "later"), "at least 15 characters"),
        (("--days", "30", "--owner", "somebody"), "'owner' must be @user"),
        (("--days", "30", "--ticket", "SEC-12"), "'ticket' must be a URL"),
        (("--days", "30", "--kind", "wontfix"), "invalid choice"),
        ((), "--sunset --days is required"),
        (("--days", "30", "--sunset", "2026-12-01"), "not allowed with"),
        (("--days", "30", "--policy-ref", "HEAD"), "--policy-ref"),
    ],
)
def test_an_entry_that_a_run_would_refuse_is_not_written(vulnerable: Maker, waivers: Run, words: tuple[str, ...], said: str) -> None:
    answer = waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, *words)
    assert (answer.code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert not (vulnerable.top / FILE).exists()


def test_what_is_covered_or_never_may_be_is_not_added(vulnerable: Maker, waivers: Run) -> None:
    assert waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "30").code == 0
    answer = waivers("add", "GHSA-1-2-3", "pkg:pypi/requests", *ADD, "--days", "30")
    assert (answer.code, "is covered already, by W-0001" in answer.stderr) == (2, True)
    vulnerable.write(FILE, "version: 1\npolicy: {never: [deps/vulnerable-package]}\nwaivers: []\n")
    answer = waivers("add", "GHSA-1-2-3", "pkg:pypi/requests", *ADD, "--days", "30")
    assert (answer.code, "under never" in answer.stderr) == (2, True)


def test_a_gate_that_broke_down_found_nothing_and_that_is_no_answer(repository: Maker, waivers: Run) -> None:
    advisories(repository, "broken")
    answer = waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "30")
    assert answer.code == 3
    assert "deps could not run" in answer.stderr


def test_a_false_positive_is_one_finding(vulnerable: Maker, waivers: Run) -> None:
    advisories(vulnerable, REQUESTS, {**REQUESTS, "path": "other/uv.lock"})
    answer = waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "300", "--kind", "false-positive")
    assert (answer.code, "name it by its fingerprint" in answer.stderr) == (2, True)
    advisories(vulnerable, REQUESTS)
    assert waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "300", "--kind", "false-positive").code == 0


def test_comments_and_permissions_survive(vulnerable: Maker, waivers: Run) -> None:
    before = "# ours\r\nversion: 1\r\nwaivers: []  # none\r\n"
    vulnerable.write(FILE, before)
    os.chmod(vulnerable.top / FILE, 0o640)
    assert waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "30").code == 0
    data = (vulnerable.top / FILE).read_bytes()
    assert data.startswith(b"# ours\r\nversion: 1\r\nwaivers:  # none\r\n  - id: W-0001\r\n")
    assert stat.S_IMODE((vulnerable.top / FILE).stat().st_mode) == 0o640


def test_a_list_behind_a_link_is_not_written(vulnerable: Maker, waivers: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (vulnerable.top / "security").symlink_to(outside)
    answer = waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "30")
    assert (answer.code, "symbolic link" in answer.stderr) == (2, True)
    assert os.listdir(outside) == []


def test_a_list_that_the_command_line_names_is_the_one_that_is_written(
    gates: Command, vulnerable: Maker, waivers: Run, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("version: 1\nwaivers: []\n")
    assert waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "30", "--waivers", os.fspath(other)).code == 0
    assert "W-0001" in other.read_text()
    assert not (vulnerable.top / FILE).exists()
    assert verdicts(gates, vulnerable, "--waivers", os.fspath(other))["PYSEC-2023-74"] == "W-0001"


def test_the_number_of_a_pruned_entry_does_not_come_back(vulnerable: Maker, waivers: Run) -> None:
    waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "0")
    vulnerable.commit("one", 1_700_000_100)
    waivers("prune", "--today", "2026-11-21")
    waivers("add", "CVE-2019-10906", "pkg:pypi/jinja2", *ADD, "--days", "10")
    assert [entry["id"] for entry in entries(vulnerable)] == ["W-0002"]


# renew


def entry(id: str = "W-0001", *, sunset: str = "2026-12-01", created: str = "2026-11-01", reason: str = REASON, more: str = "") -> str:
    return (
        f"  - id: {id}\n    gate: deps\n    rule: CVE-2023-32681\n    purl: pkg:pypi/requests\n    reason: {reason}  # agreed\n"
        f'    owner: "@acme/sec"\n    created: {created}\n    sunset: {sunset}\n{more}'
    )


def listed(*written: str, terms: str = "") -> str:
    return f"version: 1\n{terms}waivers:\n{''.join(written)}"


def test_a_renewal_starts_today_and_says_why(vulnerable: Maker, waivers: Run) -> None:
    vulnerable.write(FILE, listed(entry(), entry("W-0002", reason="another reason for the same")))
    vulnerable.commit("list", 1_700_000_100)
    answer = waivers("renew", "w-0001", "--sunset", "2027-01-15", "--reason", "the client is replaced in spring")
    assert answer.code == 0, answer.stderr
    text = (vulnerable.top / FILE).read_text()
    assert text == listed(
        entry(sunset="2027-01-15", created="2026-11-20", reason="the client is replaced in spring"),
        entry("W-0002", reason="another reason for the same"),
    )
    assert "W-0001 counts until 2027-01-15" in answer.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("W-0001", "--days", "30"), "needs a new --reason or --ticket"),
        (("W-0001", "--days", "30", "--reason", f" {REASON} "), "needs a new --reason or --ticket"),
        (("W-0001", "--sunset", "2026-12-01", "--reason", "another reason, longer"), "counts until 2026-12-01 already"),
        (("W-0001", "--days", "91", "--reason", "another reason, longer"), "at most 90"),
        (("W-0001", "--days", "30", "--reason", "short"), "at least 15 characters"),
        (("W-0001", "--days", "30", "--ticket", "SEC-1"), "must be a URL"),
        (("W-0003", "--days", "30", "--reason", "another reason, longer"), "no entry has the id W-0003; did you mean 'W-0001'?"),
        (("CVE-2024-1", "--days", "30", "--reason", "another reason, longer"), "stands in a plain list"),
    ],
)
def test_a_renewal_without_a_word_or_an_end_is_refused(vulnerable: Maker, waivers: Run, words: tuple[str, ...], said: str) -> None:
    vulnerable.write(FILE, listed(entry()))
    vulnerable.write("security/pip-audit-ignore.txt", f"CVE-2024-1 # sunset: 2026-12-01 owner: @a reason: {REASON}\n")
    answer = waivers("renew", *words)
    assert (answer.code, answer.stdout) == (2, "")
    assert said in answer.stderr
    assert (vulnerable.top / FILE).read_text() == listed(entry())


def renewed_three_times(repository: Maker) -> None:
    for number, day in enumerate(("2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24")):
        repository.write(FILE, listed(entry(sunset=day, reason=f"{REASON}, part {number}")))
        repository.commit(day, 1_700_000_100 + number)


def test_one_renewal_too_many_is_refused(gates: Command, vulnerable: Maker, waivers: Run) -> None:
    renewed_three_times(vulnerable)
    answer = gates("run", "--format", "json", at=vulnerable.top)
    assert not any(each["rule"].startswith("waivers/renew") for gate in answer.report["gates"] for each in gate["findings"])
    assert any("W-0001 for CVE-2023-32681, renewed 3 times" in each["what"] for each in answer.report["weakened"])
    answer = waivers("renew", "W-0001", "--days", "30", "--reason", "the client is replaced in spring")
    assert (answer.code, "for the 4th time, and at most 3 are allowed" in answer.stderr) == (2, True)
    # By another number it is no new entry either.
    vulnerable.write(FILE, "version: 1\nwaivers: []\n")
    answer = waivers("add", "CVE-2023-32681", "pkg:pypi/requests", *ADD, "--days", "30")
    assert (answer.code, "for the 4th time" in answer.stderr) == (2, True)


def test_renewals_by_hand_are_found(gates: Command, vulnerable: Maker) -> None:
    renewed_three_times(vulnerable)
    vulnerable.write(FILE, listed(entry(sunset="2026-12-24", reason=f"{REASON}, part 3")))
    for argv in (("run",), ("waivers", "check")):
        answer = gates(*argv, "--format", "json", at=vulnerable.top)
        found = {each["rule"]: each for each in answer.gate("waivers")["findings"]}
        assert {"waivers/renewed-too-often", "waivers/renewed-unchanged"} <= set(found)
        assert "was renewed 4 times; at most 3 are allowed" in found["waivers/renewed-too-often"]["message"]
        assert found["waivers/renewed-too-often"]["blocking"]
        assert answer.code == 1
    assert not gates("waivers", "check", "--today", "2026-12-25", at=vulnerable.top).code  # it has ended, and covers nothing


def test_in_a_shallow_clone_the_count_is_not_known_and_that_is_said(gates: Command, vulnerable: Maker, tmp_path: Path) -> None:
    renewed_three_times(vulnerable)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{vulnerable.top}", str(clone)], check=True)
    answer = gates("waivers", "check", "--format", "json", at=clone)
    (found,) = [each for each in answer.gate("waivers")["findings"] if each["rule"] == "waivers/renewals-unknown"]
    assert "shallow" in found["message"]
    answer = gates("waivers", "renew", "W-0001", "--days", "30", "--reason", "the client is replaced in spring", at=clone)
    assert (answer.code, "how often it was renewed is not known" in answer.stdout) == (0, True)


def test_the_count_comes_from_the_trusted_commit_with_the_list(gates: Command, vulnerable: Maker) -> None:
    renewed_three_times(vulnerable)
    vulnerable.git("tag", "trusted")
    vulnerable.write(FILE, listed(entry(sunset="2026-12-24", reason="yet another reason")))
    vulnerable.commit("four", 1_700_000_200)
    answer = gates("run", "--policy-ref", "trusted", "--format", "json", at=vulnerable.top)
    assert any("renewed 3 times" in each["what"] for each in answer.report["weakened"])


# prune


def test_what_has_ended_or_covers_nothing_is_removed(gates: Command, vulnerable: Maker, waivers: Run) -> None:
    gone, stale = entry("W-0002", sunset="2026-11-19"), entry("W-0003").replace("CVE-2023-32681", "CVE-2000-1")
    vulnerable.write(FILE, "# ours\n" + listed(entry(), "  # a comment\n", gone, stale, "# the end\n"))
    plain = (
        f"# list\nCVE-2024-1 # sunset: 2026-11-19 owner: @a reason: {REASON}\nCVE-2024-2 # sunset: 2026-12-01 owner: @a reason: {REASON}\n"
    )
    vulnerable.write("security/pip-audit-ignore.txt", plain)
    place = report(gates, vulnerable)
    said = waivers("prune", "--dry-run").stdout
    assert said.splitlines() == [
        "would remove W-0002 for CVE-2023-32681: ended on 2026-11-19",
        "would remove CVE-2024-1: ended on 2026-11-19",
    ]
    assert gone in (vulnerable.top / FILE).read_text()
    answer = waivers("prune", "--from", place)
    assert answer.code == 0, answer.stderr
    assert (vulnerable.top / FILE).read_text() == "# ours\n" + listed(entry(), "  # a comment\n", "# the end\n")
    assert (vulnerable.top / "security/pip-audit-ignore.txt").read_text() == "# list\n"
    assert waivers("prune").stdout == "nothing to remove\n"


def test_a_run_that_broke_down_tells_nothing_of_what_is_stale(gates: Command, vulnerable: Maker, waivers: Run) -> None:
    vulnerable.write(FILE, listed(entry()))
    advisories(vulnerable, "broken")
    answer = waivers("prune", "--from", report(gates, vulnerable))
    assert (answer.code, "a gate broke down in that run" in answer.stderr) == (2, True)
    advisories(vulnerable)
    assert "removed W-0001" in waivers("prune", "--from", report(gates, vulnerable)).stdout
    vulnerable.write(FILE, listed(entry(), terms="policy: {stale: off}\n"))
    answer = waivers("prune", "--from", report(gates, vulnerable))
    assert (answer.code, "stale: off" in answer.stderr) == (2, True)


def test_stale_is_said_only_of_gates_that_looked(gates: Command, vulnerable: Maker) -> None:
    """Not of one that was skipped, that broke down or did not run."""
    vulnerable.write(FILE, listed(entry()).replace("CVE-2023-32681", "CVE-2000-1"))
    vulnerable.write("a.py", "x = 1\n")

    def stale(*words: str) -> bool:
        answer = gates("run", *words, "--format", "json", at=vulnerable.top)
        return any(each["rule"] == "waivers/stale" for gate in answer.report["gates"] for each in gate["findings"])

    assert stale()
    assert not stale("code")
    advisories(vulnerable, REQUESTS, "broken")
    assert not stale()
    (vulnerable.top / "advisories.json").unlink()
    assert not stale()


def test_stale_can_block(gates: Command, vulnerable: Maker) -> None:
    advisories(vulnerable)
    vulnerable.write("a.py", "x = 1\n")
    vulnerable.write(FILE, listed(entry()))
    assert gates("run", at=vulnerable.top).code == 0
    vulnerable.write(FILE, listed(entry(), terms="policy: {stale: fail}\n"))
    assert gates("run", at=vulnerable.top).code == 1


def test_two_entries_for_one_finding_are_told(gates: Command, vulnerable: Maker) -> None:
    vulnerable.write(FILE, listed(entry("W-0002"), entry("W-0001").replace("CVE-2023-32681", "GHSA-1-2-3")))
    answer = gates("run", "--format", "json", at=vulnerable.top)
    (found,) = [each for each in answer.gate("waivers")["findings"] if each["rule"] == "waivers/overlap"]
    assert found["message"] == "waiver W-0001 for GHSA-1-2-3 covers what W-0002 covers already; keep one of them"
    assert (found["blocking"], found["location"]["line"]) == (False, 11)


# import


def test_lists_of_other_tools_become_entries(gates: Command, vulnerable: Maker, waivers: Run) -> None:
    vulnerable.write(".trivyignore", f"CVE-2023-32681 exp:2027-01-16 # {REASON}\nAVD-DS-0002\nCVE-1999-1\n")
    vulnerable.write("osv-scanner.toml", '[[IgnoredVulns]]\nid = "GHSA-1-2-3"\nignoreUntil = 2026-12-25\n')
    vulnerable.write(".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n      - run: pip-audit --ignore-vuln CVE-2019-10906\n")
    vulnerable.write("security/pip-audit-ignore.txt", f"CVE-2019-10906 # sunset: 2027-01-02 owner: @a reason: {REASON}\n")
    dry = waivers("import", "--owner", "@acme/sec", "--dry-run")
    assert (dry.code, (vulnerable.top / FILE).exists()) == (0, False)
    answer = waivers("import", "--owner", "@acme/sec")
    assert answer.code == 0, answer.stderr
    assert answer.stdout == (
        "W-0001 CVE-2023-32681 in pkg:pypi/requests until 2026-12-24 (.trivyignore:1, osv-scanner.toml:1)\n"
        "W-0002 CVE-2019-10906 in pkg:pypi/jinja2 until 2026-12-04"
        " (security/pip-audit-ignore.txt:1, .github/workflows/ci.yml:4; it had no end)\n"
        "not imported: .trivyignore:2 AVD-DS-0002: is no advisory about a package\n"
        "not imported: .trivyignore:3 CVE-1999-1: it names no package, and no finding of the run is about it\n"
        f"2 entries written; review and commit {FILE}\n"
        "security/pip-audit-ignore.txt is still read; remove the lines that were imported\n"
    )
    assert set(verdicts(gates, vulnerable).values()) == {"W-0001", "W-0002"}
    again = waivers("import", "--owner", "@acme/sec")
    assert "0 entries written" in again.stdout
    assert len(entries(vulnerable)) == 2


def test_a_file_is_named_or_there_must_be_one(gates: Command, vulnerable: Maker, waivers: Run, tmp_path: Path) -> None:
    assert "no ignore list in its usual place" in waivers("import", "--owner", "@a").stderr
    assert "no such file" in waivers("import", "nothing.txt", "--owner", "@a").stderr
    assert "--owner: 'owner' must be" in waivers("import", "--owner", "nobody").stderr
    (tmp_path / "ignored").write_text("CVE-2023-32681\n")
    answer = waivers("import", os.fspath(tmp_path / "ignored"), "--form", "trivy", "--owner", "@a", "--from", report(gates, vulnerable))
    assert (answer.code, len(entries(vulnerable))) == (0, 1)


def test_nothing_is_imported_where_the_packages_cannot_be_told(vulnerable: Maker, waivers: Run) -> None:
    advisories(vulnerable, "broken")
    vulnerable.write(".trivyignore", "CVE-2023-32681\n")
    assert waivers("import", "--owner", "@a").code == 3
    vulnerable.write(".trivyignore.yaml", "vulnerabilities:\n  - {id: CVE-2023-32681, purls: ['pkg:pypi/requests']}\n")
    assert waivers("import", ".trivyignore.yaml", "--owner", "@a").code == 0


def test_nothing_is_written_ahead_of_its_day(vulnerable: Maker, waivers: Run) -> None:
    """A run of the real today would refuse the list."""
    vulnerable.write(FILE, listed(entry()))
    vulnerable.write(".trivyignore", "CVE-2019-10906\n")
    for words in (
        ("add", "CVE-2019-10906", "pkg:pypi/jinja2", *ADD, "--days", "1"),
        ("renew", "W-0001", "--days", "30", "--reason", "the client is replaced in spring"),
        ("import", "--owner", "@a"),
    ):
        answer = waivers(*words, "--today", "2026-11-21")
        assert (answer.code, "lies ahead" in answer.stderr) == (2, True)
    assert (vulnerable.top / FILE).read_text() == listed(entry())


# export and calendar


@pytest.mark.parametrize("to", ["trivy", "osv", "grype", "openvex", "cyclonedx-vex"])
def test_what_is_exported_goes_to_stdout_or_a_file(vulnerable: Maker, waivers: Run, tmp_path: Path, to: str) -> None:
    vulnerable.write(FILE, listed(entry(), entry("W-0002", more='    versions: "vers:pypi/<2.31"\n')))
    answer = waivers("export", "--to", to)
    assert (answer.code, "CVE-2023-32681" in answer.stdout) == (0, True)
    if to != "cyclonedx-vex":
        assert answer.stderr == "gates: not exported: W-0002: a range of versions has no counterpart\n"
    place = tmp_path / "exported"
    assert waivers("export", "--to", to, "--output", os.fspath(place)).stdout == ""
    assert place.read_text("utf-8") == answer.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--to"),
        (("--to", "snyk"), "invalid choice"),
        (("--to", "openvex"), "nothing to say"),
        (("--to", "trivy", "--product", "pkg:pypi/x"), "--product belongs to the VEX forms"),
        (("--to", "openvex", "--product", "x"), "no package URL"),
    ],
)
def test_an_export_that_makes_no_sense_is_refused(vulnerable: Maker, waivers: Run, words: tuple[str, ...], said: str) -> None:
    answer = waivers("export", *words)
    assert (answer.code, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_the_calendar_is_written(vulnerable: Maker, waivers: Run, tmp_path: Path) -> None:
    vulnerable.write(FILE, listed(entry()))
    text = waivers("calendar").stdout
    assert "DTSTART;VALUE=DATE:20261201\r\n" in text
    waivers("calendar", "--output", os.fspath(tmp_path / "w.ics"))
    assert (tmp_path / "w.ics").read_bytes() == text.encode()


def test_reading_verbs_can_read_from_a_trusted_commit(vulnerable: Maker, waivers: Run) -> None:
    vulnerable.write(FILE, listed(entry()))
    vulnerable.commit("list", 1_700_000_100)
    vulnerable.write(FILE, listed(entry("W-0009")))
    assert "W-0001" in waivers("calendar", "--policy-ref", "HEAD").stdout
    assert "W-0001" in waivers("export", "--to", "grype", "--policy-ref", "HEAD").stdout
    assert waivers("renew", "W-0001", "--policy-ref", "HEAD", "--days", "1", "--reason", REASON).code == 2


# what every verb shares


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (entry(more="    sunst: 2027-01-01\n"), 11, "unknown key 'sunst'"),
        (entry().replace('    owner: "@acme/sec"\n', ""), 3, "'owner' is missing"),
        (entry().replace("    sunset: 2026-12-01\n", ""), 3, "'sunset' is missing"),
        (entry(sunset="2027-02-01"), 10, "at most 90 are allowed"),
        (entry().replace("CVE-2023-32681", "CVE-2023-*"), 5, "is a wildcard"),
    ],
)
@pytest.mark.parametrize("verb", [("check",), ("prune",), ("renew", "W-0001", "--days", "1"), ("export", "--to", "osv"), ("calendar",)])
def test_a_bad_list_is_refused_with_file_and_line(
    vulnerable: Maker, waivers: Run, text: str, line: int, said: str, verb: tuple[str, ...]
) -> None:
    vulnerable.write(FILE, listed(text))
    answer = waivers(*verb)
    assert (answer.code, answer.stdout) == (2, "")
    assert answer.stderr.startswith(f"gates: {FILE}:{line}: ")
    assert said in answer.stderr


def test_a_verb_that_is_not_there_is_refused(waivers: Run) -> None:
    answer = waivers("rewen", "W-0001")
    assert (answer.code, "unknown verb 'rewen'; did you mean 'renew'?" in answer.stderr) == (2, True)


def test_the_day_ends_at_midnight_in_utc_wherever_the_machine_stands(repository: Maker) -> None:
    """Side by side the two zones never have the same date, and one of them has another one than UTC."""

    def said(zone: str, *words: str) -> tuple[int, str]:
        environment = {**os.environ, "TZ": zone, "PYTHONPATH": os.fspath(ROOT)}
        argv = [sys.executable, "-m", "gates", *words, "--no-timing", "--format", "json"]
        done = subprocess.run(argv, cwd=repository.top, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout

    repository.write("a.py", SHELL)
    code = said("UTC", "code")[1]
    fingerprint = next(each["fingerprint"] for each in json.loads(code)["gates"][0]["findings"] if each["blocking"])
    while True:  # at midnight, once more
        today = datetime.now(UTC).date()
        answers = {}
        for days, expected in ((0, 0), (-1, 1)):
            text = entry(sunset=f"{today + timedelta(days)}", created=f"{today - timedelta(30)}")
            text = text.replace("gate: deps", "gate: code").replace("rule: CVE-2023-32681", f"fingerprint: {fingerprint}")
            repository.write(FILE, listed(text.replace("    purl: pkg:pypi/requests\n", "")))
            for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
                answers[days, zone, "code"] = (expected, *said(zone, "code"))
                for words in ((), ("--today", f"{today}")):
                    answers[days, zone, f"list {words}"] = (0, *said(zone, "waivers", "check", *words))
        if datetime.now(UTC).date() == today:
            break
    for expected, code, _ in answers.values():
        assert code == expected
    for (days, _, what), answer in answers.items():
        assert answer == answers[days, "Etc/GMT+12", what]
        assert answer == answers[days, "Etc/GMT+12", what.replace("()", f"('--today', '{today}')")]
        assert ("waivers/expired" in answer[2]) is (days < 0 and what != "code")


def test_a_finding_without_a_place_goes_into_the_baseline(gates: Command, repository: Maker) -> None:
    advisories(repository, {**REQUESTS, "path": ""}, JINJA)
    repository.commit()
    write = ("run", "deps", "--write-baseline", "--owner", "@acme/sec", "--sunset", "2027-01-31")
    assert "2 findings accepted" in gates(*write, at=repository.top).stdout
    assert gates("run", "deps", at=repository.top).code == 0
    advisories(repository, {**REQUESTS, "path": ""}, JINJA, {**JINJA, "id": "CVE-2099-1"})
    assert gates("run", "deps", at=repository.top).code == 1
    advisories(repository, {**REQUESTS, "path": "", "purl": "pkg:pypi/requests@2.20.0"})
    assert gates("run", "deps", at=repository.top).code == 1
    advisories(repository, {**REQUESTS, "path": ""})
    answer = gates("run", "deps", "--today", "2027-02-01", "--format", "json", at=repository.top)
    (found,) = answer.gate("deps")["findings"]
    assert found["message"].endswith("; the baseline of deps ended on 2027-01-31")


def test_a_gate_that_was_skipped_keeps_its_part_of_the_baseline(gates: Command, repository: Maker) -> None:
    advisories(repository, REQUESTS)
    repository.write("a.py", "x = 1\n")
    repository.commit()
    write = ("run", "--write-baseline", "--owner", "@acme/sec", "--sunset", "2027-01-31")
    assert gates(*write, at=repository.top).code == 0
    (repository.top / "advisories.json").unlink()
    assert gates(*write, at=repository.top).code == 0
    assert list(json.loads((repository.top / "security/baseline.json").read_text())["gates"]) == ["deps"]
