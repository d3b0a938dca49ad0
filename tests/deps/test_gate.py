"""`gates deps` as people type it: what it reads, whom it asks, what it says, and when it refuses to say anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Answer, Command, gates, repository
from tests.core.conftest import Maker, make
from tests.doubles.npm_registry import Double
from tests.doubles.osv import CANARY, OsvDouble, record

__all__ = ["gates", "make", "repository"]

OFFLINE = ("--engine", "builtin", "--advisory-db", "advisories")
VULNERABLE = record(
    "PYSEC-2026-1", "flask", ["2.0.1"], fixed=["1.9.9", "2.0.2", "3.0.0"], aliases=["CVE-2026-0001"], modified="2026-11-18T00:00:00Z"
)
NPM = {
    "schema_version": "1.7.0",
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-11-18T00:00:00Z",
    "summary": "prototypes can be changed",
    "database_specific": {"severity": "MODERATE"},
    "affected": [
        {
            "package": {"ecosystem": "npm", "name": "left"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.0.2"}]}],
        }
    ],
}


def advise(repository: Maker, *records: dict[str, Any]) -> None:
    for each in records:
        repository.write(f"advisories/{each['id']}.json", json.dumps(each))


def lock(name: str = "flask", version: str = "2.0.1", **more: str) -> str:
    source = more.get("source", '{ registry = "https://packages.example.invalid/simple" }')
    return f"""version = 1
requires-python = ">=3.11"

[[package]]
name = "shop"
version = "1"
source = {{ virtual = "." }}
dependencies = [{{ name = "{name}" }}]

[package.metadata]
requires-dist = [{{ name = "{name}", specifier = "{more.get("specifier", "==" + version)}" }}]

[[package]]
name = "{name}"
version = "{version}"
source = {source}
"""


def npm_lock(version: str = "1.0.1", dev: bool = False) -> str:
    entry = {"version": version, "resolved": f"https://r.example.invalid/left/-/left-{version}.tgz", "dev": dev}
    root = {"name": "shop", "devDependencies" if dev else "dependencies": {"left": version}}
    return json.dumps({"name": "shop", "lockfileVersion": 3, "packages": {"": root, "node_modules/left": entry}})


def said(answer: Answer) -> list[tuple[str, str, bool]]:
    return [(each["rule"], each["subject"], each["blocking"]) for each in answer.gate("deps")["findings"]]


@pytest.fixture
def deps(gates: Command, repository: Maker) -> Any:
    def run(*argv: str, **more: Any) -> Answer:
        return gates("deps", "--format", "json", "--no-timing", *argv, at=repository.top, **more)

    return run


@pytest.mark.parametrize("engine", ["builtin", "pip-audit", "both"])
def test_a_vulnerable_package_blocks_and_the_finding_says_all_of_it(deps: Any, repository: Maker, engine: str) -> None:
    advise(repository, VULNERABLE)
    repository.write("app/uv.lock", lock())
    answer = deps("--engine", engine, "--advisory-db", "advisories")
    assert answer.code == 1
    (found,) = answer.gate("deps")["findings"]
    assert found["rule"] == "deps/vulnerable-package"
    assert found["subject"] == "PYSEC-2026-1 pkg:pypi/flask@2.0.1"
    assert (found["location"]["path"], found["location"]["line"]) == ("app/uv.lock", 14)
    assert found["remedy"].startswith("update flask to 2.0.2 or later")
    data = found["data"]
    assert data["package"] == {"name": "flask", "version": "2.0.1", "purl": "pkg:pypi/flask@2.0.1"}
    assert data["aliases"] == ["CVE-2026-0001"]
    assert data["fix_versions"] == ["2.0.2", "3.0.0"]
    assert (data["direct"], data["chain"], data["severity_known"]) == (True, ["flask"], False)
    assert data["db"]["age_days"] == 2
    assert answer.gate("deps")["scope"]["files"] == 1


def test_what_is_fixed_passes(deps: Any, repository: Maker) -> None:
    advise(repository, VULNERABLE)
    repository.write("uv.lock", lock(version="2.0.2"))
    answer = deps(*OFFLINE)
    assert (answer.code, said(answer)) == (0, [])
    assert answer.gate("deps")["status"] == "pass"


def test_npm_blocks_from_high_and_the_line_can_be_moved(deps: Any, repository: Maker) -> None:
    advise(repository, NPM)
    repository.write("package-lock.json", npm_lock())
    answer = deps(*OFFLINE)
    assert answer.code == 0
    assert said(answer) == [("deps/vulnerable-package", "GHSA-aaaa-bbbb-cccc pkg:npm/left@1.0.1", False)]
    repository.write("security/gates.toml", '[deps]\nnpm_fail_on = "medium"\n')
    assert deps(*OFFLINE).code == 1


def test_development_is_left_out_only_when_that_is_asked_for(deps: Any, repository: Maker) -> None:
    advise(repository, {**NPM, "database_specific": {"severity": "HIGH"}})
    repository.write("package-lock.json", npm_lock(dev=True))
    assert deps(*OFFLINE).code == 1
    answer = deps(*OFFLINE, "--omit-dev")
    assert answer.code == 0
    assert answer.gate("deps")["scope"]["skipped"] == [{"path": "package-lock.json", "reason": "1 packages for development (omit_dev)"}]


def test_a_rating_that_nobody_gave_blocks(deps: Any, repository: Maker) -> None:
    advise(repository, {**NPM, "database_specific": {}})
    repository.write("package-lock.json", npm_lock())
    assert deps(*OFFLINE).code == 1


def test_a_record_that_cannot_be_read_leaves_its_package_undetermined(deps: Any, repository: Maker) -> None:
    broken = {
        **VULNERABLE,
        "affected": [{"package": {"ecosystem": "PyPI", "name": "flask"}, "ranges": [{"type": "ECOSYSTEM", "events": [{}]}]}],
    }
    advise(repository, broken)
    repository.write("uv.lock", lock())
    for engine in ("builtin", "pip-audit"):
        answer = deps("--engine", engine, "--advisory-db", "advisories")
        assert answer.code == 1
        assert said(answer) == [("deps/advisory-unreadable", "PYSEC-2026-1 pkg:pypi/flask@2.0.1", True)]


@pytest.mark.parametrize("source", ['{ git = "https://git.example.invalid/flask" }', '{ url = "https://x.example.invalid/flask.whl" }'])
def test_what_no_advisory_can_speak_of_is_a_finding(deps: Any, repository: Maker, source: str) -> None:
    advise(repository, VULNERABLE)
    repository.write("uv.lock", lock(source=source))
    answer = deps(*OFFLINE)
    assert answer.code == 1
    assert [rule for rule, _, _ in said(answer)] == ["deps/unauditable"]


def test_a_lock_that_does_not_fit_its_manifest_is_told(deps: Any, repository: Maker) -> None:
    advise(repository, VULNERABLE)
    repository.write("uv.lock", lock(version="2.0.2"))
    repository.write("pyproject.toml", '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask>=3"]\n')
    assert [rule for rule, _, _ in said(deps(*OFFLINE))] == ["deps/lock-stale"]


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        ("requirements.txt", "flask>=2\n", "is not pinned"),
        ("requirements.txt", "# nothing\n", "names no package"),
        ("requirements.txt", "-r other.txt\n", "other.txt"),
        ("uv.lock", "version = 99\n", "99"),
        ("uv.lock", "version = [\n", "uv.lock"),
        ("package-lock.json", '{"lockfileVersion": 1}', "lockfile"),
        ("package-lock.json", "{", "package-lock.json"),
        ("pyproject.toml", '[project]\nname = "shop"\ndependencies = ["flask"]\n', "not locked"),
        ("package.json", '{"dependencies": {"left": "1"}}', "not locked"),
        ("Pipfile", '[packages]\nflask = "*"\n', "pipenv lock"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['flask'])\n", "not locked"),
        ("setup.cfg", "[options]\ninstall_requires =\n  flask\n", "not locked"),
        ("pyproject.toml", '[project]\nname = "shop"\ndynamic = ["dependencies"]\n', "not locked"),
    ],
)
def test_what_cannot_be_judged_is_an_error_with_a_line_and_a_way_out(
    deps: Any, repository: Maker, path: str, text: str, complaint: str
) -> None:
    advise(repository, VULNERABLE, NPM)
    repository.write(path, text)
    answer = deps(*OFFLINE)
    assert answer.code == 3
    (error,) = answer.gate("deps")["errors"]
    assert error["path"].endswith((path, "other.txt"))
    assert complaint in f"{error['path']} {error['message']}"


def test_a_repository_without_dependencies_is_skipped(deps: Any, repository: Maker) -> None:
    repository.write("pyproject.toml", '[project]\nname = "shop"\nversion = "1"\n')
    answer = deps(*OFFLINE, "--advisory-db", ".")
    assert answer.gate("deps")["status"] == "skip"
    assert answer.code == 3  # nothing was judged at all


@pytest.mark.parametrize(
    "argv",
    [
        ("-r", "missing.txt"),
        ("--environment", "missing"),
        ("--engine", "builtin"),
        ("--engine", "guess"),
        ("--advisory-db", "missing"),
        ("--osv-url", "http://osv.example.invalid"),
    ],
)
def test_what_cannot_be_meant_is_refused(deps: Any, repository: Maker, argv: tuple[str, ...]) -> None:
    repository.write("uv.lock", lock())
    assert deps(*argv).code == 2


def test_files_named_by_hand_are_read_alone(deps: Any, repository: Maker) -> None:
    advise(repository, VULNERABLE)
    repository.write("uv.lock", lock(version="2.0.2"))
    repository.write("deploy.txt", "flask==2.0.1\n")
    assert deps(*OFFLINE).code == 0
    answer = deps(*OFFLINE, "-r", "deploy.txt", "-r", "uv.lock")
    assert [subject for _, subject, _ in said(answer)] == ["PYSEC-2026-1 pkg:pypi/flask@2.0.1"]


def test_a_file_is_named_from_where_one_stands(gates: Command, repository: Maker) -> None:
    advise(repository, VULNERABLE)
    repository.write("requirements.txt", "flask==2.0.2\n")
    repository.write("app/requirements.txt", "flask==2.0.1\n")
    argv = ("deps", "--engine", "builtin", "--advisory-db", "../advisories", "-r", "requirements.txt", "--format", "json")
    answer = gates(*argv, at=repository.top / "app")
    assert answer.code == 1
    assert answer.gate("deps")["findings"][0]["location"]["path"] == "app/requirements.txt"


def test_an_environment_is_read_and_not_started(deps: Any, repository: Maker, tmp_path: Path) -> None:
    advise(repository, VULNERABLE)
    site = tmp_path / "site-packages"
    (site / "flask-2.0.1.dist-info").mkdir(parents=True)
    (site / "flask-2.0.1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: Flask\nVersion: 2.0.1\n")
    marker = tmp_path / "ran"
    (site / "run.pth").write_text(f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n")
    (site / "sitecustomize.py").write_text(f"import pathlib; pathlib.Path({str(marker)!r}).touch()\n")
    assert deps(*OFFLINE, "--environment", str(site)).code == 1
    assert not marker.exists()


@pytest.mark.parametrize(
    ("modified", "code", "rules"), [("2026-11-12T00:00:00Z", 0, ["deps/advisories-old"]), ("2026-10-01T00:00:00Z", 3, [])]
)
def test_an_old_database_is_told_and_a_very_old_one_is_not_believed(
    deps: Any, repository: Maker, modified: str, code: int, rules: list[str]
) -> None:
    advise(repository, {**VULNERABLE, "modified": modified})
    repository.write("uv.lock", lock(version="2.0.2"))
    answer = deps(*OFFLINE)
    assert answer.code == code
    assert [rule for rule, _, _ in said(answer)] == rules


def test_a_database_without_the_ecosystem_proves_nothing(deps: Any, repository: Maker) -> None:
    advise(repository, VULNERABLE)
    repository.write("package-lock.json", npm_lock())
    answer = deps(*OFFLINE)
    assert answer.code == 3
    assert "holds no advisory of npm" in answer.gate("deps")["reason"]


@pytest.mark.parametrize("glob", ["acme-*", "Acme_*", "acme.core"])
def test_private_names_are_never_sent(deps: Any, repository: Maker, glob: str) -> None:
    repository.write(
        "uv.lock",
        lock("acme-core", "1.0")
        + '\n[[package]]\nname = "flask"\nversion = "2.0.1"\nsource = { registry = "https://p.example.invalid" }\n',
    )
    repository.write("security/gates.toml", f'[deps]\nprivate = ["{glob}"]\n')
    with OsvDouble([CANARY, VULNERABLE]) as service:
        answer = deps("--osv-url", service.url)
        names = json.dumps([asked.body for asked in service.asked], default=str)
    assert "flask" in names
    assert "acme" not in names
    assert answer.code == 1
    assert "acme-core@1.0: a private name" in answer.gate("deps")["scope"]["skipped"][0]["reason"]
    assert any("private" in each["what"] for each in answer.report["weakened"])


def test_a_service_that_fails_is_an_error_without_a_database_and_told_with_one(deps: Any, repository: Maker) -> None:
    repository.write("package-lock.json", npm_lock())
    repository.write("security/gates.toml", '[deps]\nadvisory_db = "advisories"\n')
    advise(repository, NPM)
    with Double({}, fault="500") as registry:
        answer = deps("--policy", str(_policy(repository, registry.url, "")))
        assert answer.code == 3
        answer = deps("--policy", str(_policy(repository, registry.url, 'advisory_db = "advisories"')))
    assert [rule for rule, _, _ in said(answer)] == ["deps/source-unreachable", "deps/vulnerable-package"]
    assert answer.code == 0


def _policy(repository: Maker, registry: str, more: str) -> Path:
    path = repository.top.parent / "policy.toml"
    path.write_text(f'[deps]\nnpm_registry = "{registry}"\n{more}\n')
    return path


def test_a_waiver_covers_by_any_id_until_its_day(gates: Command, deps: Any, repository: Maker) -> None:
    advise(repository, VULNERABLE)
    repository.write("uv.lock", lock())
    entry = (
        "{{id: W-0001, gate: deps, rule: CVE-2026-0001, purl: 'pkg:pypi/{0}', owner: '@a/b', "
        "reason: nothing of ours reaches it, created: 2026-11-01, sunset: {1}}}"
    )
    for name, sunset, code in (("flask", "2026-11-20", 0), ("flask", "2026-11-19", 1), ("other", "2026-11-20", 1)):
        repository.write("security/waivers.yaml", f"version: 1\nwaivers:\n  - {entry.format(name, sunset)}\n")
        assert deps(*OFFLINE).code == code


def test_a_database_can_be_imported(gates: Command, deps: Any, repository: Maker) -> None:
    advise(repository, VULNERABLE, NPM)
    repository.write("uv.lock", lock())
    answer = gates("deps", "db", "import", "advisories", "known.sqlite", at=repository.top)
    assert answer.code == 0
    assert answer.stdout.startswith("known.sqlite: 1 advisories of PyPI, 1 advisories of npm; sha256 ")
    assert deps("--engine", "builtin", "--advisory-db", "known.sqlite").code == 1


def test_committed_locks_count_whatever_their_folder_is_called(deps: Any, repository: Maker) -> None:
    advise(repository, VULNERABLE)
    for folder in ("venv", "site-packages", "node_modules"):
        repository.write(f"{folder}/requirements.txt", "flask==2.0.1\n")
    assert len(said(deps(*OFFLINE))) == 3


def test_a_link_to_what_nobody_judges_is_an_error(deps: Any, repository: Maker, tmp_path: Path) -> None:
    advise(repository, VULNERABLE)
    repository.write("requirements.txt", "flask==2.0.2\n")
    (repository.top / "requirements-app.txt").symlink_to("requirements.txt")
    assert deps(*OFFLINE).code == 0
    (tmp_path / "pins").write_text("flask==2.0.1\n")
    (repository.top / "requirements-more.txt").symlink_to(tmp_path / "pins")
    answer = deps(*OFFLINE)
    assert answer.code == 3
    assert [error["path"] for error in answer.gate("deps")["errors"]] == ["requirements-more.txt"]


def test_a_run_that_asks_about_no_package_is_no_pass(deps: Any, repository: Maker) -> None:
    repository.write("uv.lock", lock())
    repository.write("security/gates.toml", '[deps]\nprivate = ["*"]\n')
    assert deps().code == 3


def test_a_record_of_a_day_to_come_makes_no_database_young(deps: Any, repository: Maker) -> None:
    advise(repository, {**VULNERABLE, "modified": "2026-11-22T00:00:00Z"})
    repository.write("uv.lock", lock(version="2.0.2"))
    answer = deps(*OFFLINE)
    assert answer.code == 3
    assert "a day to come" in answer.gate("deps")["reason"]


def test_a_database_that_the_policy_names_is_told(deps: Any, repository: Maker) -> None:
    advise(repository, VULNERABLE)
    repository.write("uv.lock", lock(version="2.0.2"))
    repository.write("security/gates.toml", '[deps]\nadvisory_db = "advisories"\nengine = "builtin"\n')
    assert [each["what"] for each in deps().report["weakened"]] == ["deps: advisory_db is set"]
