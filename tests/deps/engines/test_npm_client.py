"""The real npm, on a folder of our own, against a registry double; a stand-in where npm cannot be made to misbehave."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gates.core.errors import GateUnavailable, UsageError
from gates.core.finding import Severity
from gates.core.network import Network
from gates.deps.advisory import Audit
from gates.deps.engines import npm_bulk, npm_client
from gates.deps.engines.registry import Registry
from gates.inventory.package import Package
from tests.deps.engines.npm_support import LOCKS, NAMES, context, found, installed, lock, need_npm, package, packages_of
from tests.doubles.npm_registry import Double, Fault, Request

SECRET = "not-to-be-shown-0123456789"
EVERYTHING = [one for name in NAMES for one in packages_of(name)]
PRIVATE = ["@acme/*"]


class Seen:
    """One run of each engine over the packages of all lock files, from within a hostile repository."""

    def __init__(self, top: Path) -> None:
        root, marker = top / "repository", top / "ran"
        programs = root / "node_modules" / ".bin"
        programs.mkdir(parents=True)
        for name in ("npm", "node"):
            (programs / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
            (programs / name).chmod(0o755)
        scripts = dict.fromkeys(("preaudit", "audit", "postaudit", "preinstall", "install", "prepare"), f"touch {marker}")
        (root / "package.json").write_text(json.dumps({"name": "x", "version": "1.0.0", "scripts": scripts, "workspaces": ["tmp/*"]}))
        (root / "tmp").mkdir()
        with Double({}) as evil, Double(packuments=True, token=f"Bearer {SECRET}") as double:
            (root / ".npmrc").write_text(f"registry={evil.url}\nomit[]=dev\naudit-level=critical\naudit=false\n")
            given = context(
                root,
                path=os.pathsep.join((str(programs), "node_modules/.bin", os.environ["PATH"])),
                npm_config_registry=evil.url,
                npm_config_omit="dev",
                npm_config_audit="false",
                npm_config_userconfig=str(root / ".npmrc"),
                NODE_ENV="production",
                NODE_OPTIONS=f"--require={root}/evil.js",
            )
            wanted = [*EVERYTHING, package("@acme/secret", "1.0.0"), package("left-only", "2.0.0")]
            self.registry = Registry(double.url, SECRET)
            self.client = npm_client.audit(wanted, given, self.registry, Network(), private=PRIVATE)
            self.requests: list[Request] = list(double.requests)
            self.bulk = npm_bulk.audit(wanted, given, self.registry, Network(), private=PRIVATE)
            self.evil: list[Request] = list(evil.requests)
        self.ran = marker.exists()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    need_npm()
    return Seen(tmp_path_factory.mktemp("npm"))


def test_both_engines_say_the_same_of_every_package(seen: Seen) -> None:
    assert seen.client.verdicts == seen.bulk.verdicts
    assert len(found(seen.client)) >= 10
    assert seen.client.engine == "npm"
    assert int(seen.client.version.partition(".")[0]) >= 7
    assert seen.client.database.source == seen.bulk.database.source


def test_the_severity_is_that_of_the_installed_version(seen: Seen) -> None:
    worst = {
        (verdict.package.name, verdict.package.version): max(one.severity or Severity.INFO for one in verdict.advisories)
        for verdict in seen.client.verdicts
        if verdict.advisories
    }
    assert worst["left-only", "2.0.0"] is Severity.LOW
    assert worst["minimist", "0.0.8"] is Severity.CRITICAL


def test_nothing_of_a_hostile_repository_runs_or_decides(seen: Seen) -> None:
    assert not seen.ran
    assert not seen.evil


def test_private_names_are_not_given_to_npm(seen: Seen) -> None:
    assert len([request for request in seen.requests if request.method == "POST"]) == 1
    assert "acme" not in json.dumps([(request.path, request.body) for request in seen.requests])
    assert seen.client.notes == seen.bulk.notes == ["1 private name was not asked about"]


def test_the_token_goes_to_the_registry_alone(seen: Seen) -> None:
    assert all(request.headers["authorization"] == f"Bearer {SECRET}" for request in seen.requests)
    assert SECRET not in repr(seen.client)


def of_lock(audit: Audit, name: str) -> set[tuple[str, str, str]]:
    wanted = set(installed(name).values())
    return {triple for triple in found(audit) if triple[1:] in wanted}


@pytest.mark.parametrize("name", NAMES)
def test_npm_finds_the_same_in_the_lock_file_itself(seen: Seen, tmp_path: Path, name: str) -> None:
    """npm's report does not tell which of the copies of a package an advisory speaks of: advisories and copies are compared apart."""
    (tmp_path / "package-lock.json").write_bytes((LOCKS / name / "package-lock.json").read_bytes())
    (tmp_path / "package.json").write_text(json.dumps(lock(name)["packages"][""]))
    for path, entry in lock(name)["packages"].items():
        if path and "node_modules" not in path:
            (tmp_path / path).mkdir(parents=True)
            (tmp_path / path / "package.json").write_text(json.dumps(entry))
    with Double() as double:
        report = npm_audit(tmp_path, double)
    copies = installed(name)
    nodes = {copies[node] for entry in report["vulnerabilities"].values() for node in entry["nodes"] if has_advisory(entry, copies[node])}
    advisories = {
        (via["url"].rpartition("/")[2], via["name"])
        for entry in report["vulnerabilities"].values()
        for via in entry["via"]
        if isinstance(via, dict)
    }
    assert {triple[1:] for triple in of_lock(seen.bulk, name)} == nodes
    assert {triple[:2] for triple in of_lock(seen.bulk, name)} == advisories
    assert bool(nodes) == (name != "clean")


def has_advisory(entry: dict[str, Any], pin: tuple[str, str]) -> bool:
    """Not only a dependency that has one."""
    return any(isinstance(via, dict) and via["name"] == pin[0] for via in entry["via"])


def npm_audit(place: Path, double: Double) -> dict[str, Any]:
    words = ["npm", "audit", "--json", "--audit-level=none", "--package-lock-only", f"--registry={double.url}", f"--cache={place}/cache"]
    words += ["--include=dev", "--include=optional", "--include=peer", f"--userconfig={place}/none", "--logs-max=0", f"--prefix={place}"]
    done = subprocess.run(words, cwd=place, capture_output=True)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("404", "failed with status 404"),
        ("500", "failed with status 500"),
        ("html", "something that is not JSON"),
        ("error", "no answer that npm can read"),
        ("empty", "knows no advisory for lodash 4.17.15, so its silence proves nothing"),
        ("truncated", "no answer that npm can read"),
        ("silent", "was not reached"),
        ("bare gzip", "something that is not JSON"),
        ("wrong canary", "knows no advisory for lodash 4.17.15, so its silence proves nothing"),
    ],
)
def test_no_fault_of_the_registry_passes(tmp_path: Path, fault: Fault, message: str) -> None:
    need_npm()
    with Double(fault=fault) as double, pytest.raises(GateUnavailable, match=message) as refusal:
        npm_client.audit([package("qs", "6.7.0")], context(tmp_path), Registry(double.url, SECRET), Network(timeout=0.3))
    assert "\n" not in str(refusal.value)
    assert SECRET not in str(refusal.value)


class StandIn:
    """A program by the name of npm that notes what it was given and writes the report it is told to."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.notes = top / "notes"
        self.notes.mkdir()
        (top / "bin").mkdir()
        (top / "repository").mkdir()

    def audit(self, report: object, *packages: Package, status: int = 0, registry: Registry | None = None, **more: Any) -> Audit:
        (self.top / "report").write_text(report if isinstance(report, str) else json.dumps(report))
        script = f"""#!/bin/sh
if [ "$1" = --version ]; then echo 11.0.0; exit 0; fi
printf '%s\\n' "$@" > {self.notes}/words; env > {self.notes}/environment; cp npmrc package.json package-lock.json {self.notes}
cat {self.top}/report; echo 'npm error why {SECRET}' >&2; exit {status}
"""
        (self.top / "bin" / "npm").write_text(script)
        (self.top / "bin" / "npm").chmod(0o755)
        given = context(self.top / "repository", path=f"{self.top}/bin{os.pathsep}{os.environ['PATH']}")
        network = more.pop("network", Network())
        return npm_client.audit(packages, given, registry or Registry("https://packages.corp.internal/npm"), network, **more)


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def report(total: int = 2, **vulnerabilities: object) -> dict[str, Any]:
    via = {"source": 1, "name": "lodash", "title": "x", "url": "https://x/GHSA-35jh-r3h4-6jhm", "severity": "high", "range": "<4.17.21"}
    return {
        "auditReportVersion": 2,
        "vulnerabilities": {"lodash": {"via": [via], "nodes": ["node_modules/p0"]}, **vulnerabilities},
        "metadata": {"dependencies": {"total": total}},
    }


def test_a_sound_report_is_believed(stand_in: StandIn) -> None:
    (verdict,) = stand_in.audit(report(), package("qs", "6.7.0")).verdicts
    assert not verdict.advisories


VIA = {"source": 8, "name": "qs", "title": "x", "url": "https://x/GHSA-hrpp-h998-j3pp", "severity": "high", "range": "<6.7.3"}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "gave no report"),
        ("not JSON", "gave no report"),
        ("[]", "could not ask packages.corp.internal"),
        ({}, "of an unknown kind"),
        ({**report(), "auditReportVersion": 1}, "npm 7 or newer is needed"),
        ({**report(), "error": {"code": "ENOLOCK", "summary": "x"}}, "it ended with ENOLOCK"),
        ({**report(), "message": f"request failed {SECRET}"}, "could not ask"),
        ({**report(), "metadata": {}}, "has no dependencies where one belongs"),
        ({key: value for key, value in report().items() if key != "vulnerabilities"}, "has no vulnerabilities where one belongs"),
        (report(total=1), "another number of packages"),
        (report(total=3), "another number of packages"),
        (report(other={"via": [], "nodes": []}), "reports 'other', which it was not given"),
        (report(qs={"via": [VIA], "nodes": ["node_modules/p0"]}), "at a place where there is none"),
        (report(qs={"via": [VIA], "nodes": ["node_modules/p7"]}), "at a place where there is none"),
        (report(qs={"via": ["lodash"], "nodes": "node_modules/p1"}), "has no nodes where one belongs"),
        (report(qs={"via": [], "nodes": ["node_modules/p1"]}), "its report does not say why"),
        (report(qs={"via": [{**VIA, "range": "<1.0.0"}], "nodes": ["node_modules/p1"]}), "its report does not say why"),
        (report(lodash={"via": [], "nodes": []}), "silence proves nothing"),
    ],
)
def test_a_report_that_is_no_proof_is_an_error(stand_in: StandIn, written: object, message: str) -> None:
    with pytest.raises(GateUnavailable, match=message) as refusal:
        stand_in.audit(written, package("qs", "6.7.0"), registry=Registry("https://packages.corp.internal/npm", SECRET))
    assert SECRET not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_status_other_than_zero_means_that_npm_could_not_look(stand_in: StandIn) -> None:
    with pytest.raises(GateUnavailable, match="could not ask"):
        stand_in.audit(report(), package("qs", "6.7.0"), status=1)


def test_an_advisory_that_cannot_be_understood_leaves_its_package_undetermined(stand_in: StandIn) -> None:
    odd = {**VIA, "range": "before 6.7.3"}
    (verdict,) = stand_in.audit(report(qs={"via": [odd], "nodes": ["node_modules/p1"]}), package("qs", "6.7.0")).verdicts
    assert verdict.unreadable == ("GHSA-hrpp-h998-j3pp",)


def test_what_npm_is_given(stand_in: StandIn) -> None:
    own = Registry("https://packages.corp.internal/npm", SECRET)
    network = Network(proxy=f"http://ci:{SECRET}@proxy.corp.internal:3128", ca_bundle="/etc/corp.pem", timeout=7)
    stand_in.audit(report(), package("qs", "6.7.0"), registry=own, network=network)
    words = (stand_in.notes / "words").read_text().splitlines()
    assert words[:5] == ["audit", "--json", "--audit-level=none", "--package-lock-only", "--ignore-scripts"]
    assert {"--include=dev", "--include=optional", "--include=peer", f"--registry={own.url}", "--fetch-timeout=7000"} <= set(words)
    files = {name: (stand_in.notes / name).read_text() for name in ("words", "npmrc", "package.json", "package-lock.json")}
    assert SECRET not in "".join(files.values())
    assert files["npmrc"].splitlines() == [
        "//packages.corp.internal/npm/:_authToken=${GATES_NPM_TOKEN}",
        "proxy=${GATES_NPM_PROXY}",
        "https-proxy=${GATES_NPM_PROXY}",
        "noproxy=localhost,127.0.0.1,::1",
    ]
    assert json.loads(files["package-lock.json"])["packages"] == {
        "": {"name": "gates-audit", "version": "0.0.0"},
        "node_modules/p0": {"name": "lodash", "version": "4.17.15"},
        "node_modules/p1": {"name": "qs", "version": "6.7.0"},
    }
    variables = dict(line.partition("=")[::2] for line in (stand_in.notes / "environment").read_text().splitlines())
    assert variables["GATES_NPM_TOKEN"] == SECRET
    assert variables["NODE_EXTRA_CA_CERTS"] == "/etc/corp.pem"
    assert variables["HOME"] == variables["PWD"]


@pytest.mark.parametrize("name", ["__proto__", "_x", ".x", "a b", "../x", "@acme/_x", "@acme/a/b", "@", "-\n", ""])
def test_a_name_that_npm_would_drop_is_an_error(stand_in: StandIn, name: str) -> None:
    with pytest.raises(GateUnavailable, match="npm cannot be asked about"):
        stand_in.audit(report(), package(name, "1.0.0"))


@pytest.mark.parametrize("version", ["", "latest", "1.0", "file:../x"])
def test_so_is_a_version(stand_in: StandIn, version: str) -> None:
    with pytest.raises(GateUnavailable, match="npm cannot be asked about"):
        stand_in.audit(report(), package("qs", version))


def test_basic_credentials(stand_in: StandIn) -> None:
    stand_in.audit(report(), package("qs", "6.7.0"), registry=Registry("https://packages.corp.internal", "Y2k6eA==", "Basic"))
    assert (stand_in.notes / "npmrc").read_text() == "//packages.corp.internal/:_auth=${GATES_NPM_TOKEN}\n"


def test_offline_npm_is_not_asked(stand_in: StandIn) -> None:
    with pytest.raises(GateUnavailable, match="cannot run offline"):
        stand_in.audit(report(), package("qs", "6.7.0"), network=Network(offline=True))
    assert not (stand_in.notes / "words").exists()


def test_a_private_canary_is_the_users_error(stand_in: StandIn) -> None:
    with pytest.raises(UsageError, match="the canary lodash is a private name"):
        stand_in.audit(report(), package("qs", "6.7.0"), private=["lodash"])


def test_without_npm_there_is_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(GateUnavailable, match="npm is not installed"):
        npm_client.audit(
            [package("qs", "6.7.0")], context(tmp_path, path=str(tmp_path)), Registry("https://packages.corp.internal"), Network()
        )
