"""The builtin matcher beside the real pip-audit, over a generated database of the size and the oddities of the public one.

pip-audit compares no versions itself: it asks the OSV service for one version, reads what comes back, leaves out what was withdrawn and
puts records of one vulnerability together. Its service is played here by the rule of the OSV specification, written once more and in
another way, on `packaging`, which is what pip-audit knows versions by.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from benchmarks import advisories
from gates.deps.advisories import osv
from gates.deps.advisories.database import AdvisoryDatabase, open_database
from gates.deps.advisories.matcher import audit
from gates.deps.advisories.versions import affected, parser
from gates.inventory.package import Package


@cache
def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _known(text: str) -> Version:
    found = _version(text)
    assert found is not None
    return found


def _spans(events: list[dict[str, str]]) -> Iterator[tuple[Version | None, Version | None, bool]]:
    """(first affected, end, whether the end itself is affected); None is endless."""
    order = sorted(
        ((kind, text) for event in events for kind, text in event.items() if kind != "limit"),
        key=lambda event: (event[1] != "0", _known(event[1])),
    )
    start: list[Version | None] = []
    for kind, text in order:
        if kind == "introduced" and not start:
            start = [None if text == "0" else _known(text)]
        elif kind != "introduced" and start:
            yield start.pop(), _known(text), kind == "last_affected"
    if start:
        yield start[0], None, False


def _speaks_of(record: dict[str, Any], name: str, asked: Version) -> bool:
    """As the OSV service answers for a package and a version."""
    for version in {asked, Version(asked.public)}:
        for entry in record["affected"]:
            if entry["package"]["ecosystem"] != "PyPI" or canonicalize_name(entry["package"]["name"]) != name:
                continue
            if any(_version(text) == version for text in entry.get("versions", ())):
                return True
            for span in (
                span for kind in entry.get("ranges", ()) if kind["type"] == "ECOSYSTEM" for span in _limited(kind["events"], version)
            ):
                first, end, included = span
                after = first is None or first <= version
                before = end is None or version < end or (included and version == end)
                if after and before:
                    return True
    return False


def _limited(events: list[dict[str, str]], version: Version) -> Iterator[tuple[Version | None, Version | None, bool]]:
    limits = [event["limit"] for event in events if "limit" in event]
    if not limits or any(limit == "*" or version < _known(limit) for limit in limits):
        yield from _spans(events)


@pytest.fixture(scope="module")
def material() -> advisories.Material:
    return advisories.draw(3)


@pytest.fixture(scope="module")
def database(material: advisories.Material, tmp_path_factory: pytest.TempPathFactory) -> AdvisoryDatabase:
    folder = tmp_path_factory.mktemp("advisories")
    advisories.write_zip(folder / "PyPI" / "all.zip", material.records)
    return open_database(str(folder))


def test_the_material_is_as_odd_as_the_public_database(material: advisories.Material) -> None:
    entries = [record["affected"][0] for record in material.records]
    events = [event for entry in entries for one in entry.get("ranges", ()) for event in one["events"]]
    assert len(material.records) >= 2_700
    assert len(material.pins) == 133
    assert sum(_version(text) is None for entry in entries for text in entry.get("versions", ())) == 110
    assert sum("withdrawn" in record for record in material.records) == 10
    assert sum("last_affected" in event for event in events) > 10
    assert sum("limit" in event for event in events) > 10
    assert sum("versions" not in entry for entry in entries) > 100
    assert sum("ranges" not in entry for entry in entries) > 100
    assert any(entry["package"]["name"] != canonicalize_name(entry["package"]["name"]) for entry in entries)


def test_every_record_speaks_of_the_same_versions(material: advisories.Material) -> None:
    """Every record, with two dozen versions of its package each: released ones, those it names, and spellings that nobody released."""
    chance, parse = random.Random(5), parser("PyPI")
    pairs = 0
    for record in material.records:
        name = canonicalize_name(record["affected"][0]["package"]["name"])
        read = osv.read({**record, "withdrawn": None}, ("PyPI", name), lambda _: parse)
        named = [text for entry in read.affected for text in (*entry.versions, *(event.version for one in entry.ranges for event in one))]
        drawn = chance.sample(material.releases[name], min(12, len(material.releases[name]))) + chance.sample(named, min(8, len(named)))
        for text in drawn:
            if _version(text) is None:
                continue
            for version in (text, f"{text}{chance.choice(('.dev1', '.post9', '+local.1', '.0', '+cu118'))}"):
                if _version(version) is None:
                    continue
                found = any(affected(version, entry.versions, entry.ranges, parse) for entry in read.affected)
                assert found is _speaks_of(record, name, Version(version)), (record["id"], version)
                pairs += 1
    assert pairs > 40_000


def _need_pip_audit() -> None:
    if find_spec("pip_audit") is None:
        if os.environ.get("GATES_REQUIRE_TOOLS"):
            pytest.fail("pip-audit is not installed")
        pytest.skip("pip-audit is not installed")


class _Answer:
    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._records = records

    def raise_for_status(self) -> None:
        pass

    def json(self) -> dict[str, Any]:
        return {"vulns": self._records} if self._records else {}


def _served(database: AdvisoryDatabase, name: str, version: str) -> list[dict[str, Any]]:
    """In the order of the ids, as the database has them."""
    records = [json.loads(stored.text) for stored in database.lookup("PyPI", name)]
    return [record for record in records if _speaks_of(record, name, Version(version))]


def test_pip_audits_own_code_comes_to_the_same_advisories(material: advisories.Material, database: AdvisoryDatabase) -> None:
    """Its reading of records and its joining of aliases, for every package of the database in three versions."""
    _need_pip_audit()
    from pip_audit._audit import Auditor
    from pip_audit._service.interface import ResolvedDependency
    from pip_audit._service.osv import OsvService

    chance = random.Random(9)
    asked = [(name, version) for name, releases in material.releases.items() for version in chance.sample(releases, min(3, len(releases)))]

    class Session:
        def post(self, url: str, data: str, timeout: float) -> _Answer:
            query = json.loads(data)
            return _Answer(_served(database, query["package"]["name"], query["version"]))

    class Pins:
        def collect(self) -> Iterator[ResolvedDependency]:
            return (ResolvedDependency(name, Version(version)) for name, version in asked)

    service = OsvService.__new__(OsvService)
    service.session, service.timeout, service.osv_url = Session(), 1, ""  # type: ignore[assignment]
    theirs = list(Auditor(service).audit(Pins()))  # type: ignore[arg-type]
    ours = audit([Package("PyPI", name, version, "uv.lock", 1) for name, version in asked], database)
    assert len(theirs) == len(ours.verdicts) == len(asked)
    total = 0
    for (_, results), verdict in zip(theirs, ours.verdicts, strict=True):
        assert verdict.unreadable == ()
        # pip-audit names one vulnerability twice when two records have its PYSEC id: there is one for each id here.
        expected: dict[str, set[str]] = {}
        for result in results:
            expected.setdefault(result.id, {result.id}).update(result.aliases)
        found = {frozenset((advisory.id, *advisory.aliases)): advisory for advisory in verdict.advisories}
        assert set(found) == {frozenset(ids) for ids in expected.values()}, verdict.package
        for result in results:
            advisory = found[frozenset(expected[result.id])]
            assert advisory.id == (
                result.id if result.id.startswith("PYSEC") else next(one for one in sorted(expected[result.id]) if one[:3] != "CVE")
            )
        total += len(found)
    assert total > 1_000


@contextmanager
def _service(database: AdvisoryDatabase) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            vulns = _served(database, query["package"]["name"], query["version"])
            body = json.dumps({"vulns": vulns} if vulns else {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.address_family = socket.AF_INET
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def test_the_pip_audit_program_finds_the_same_packages_vulnerable(
    material: advisories.Material, database: AdvisoryDatabase, tmp_path: Path
) -> None:
    _need_pip_audit()
    pins = [*material.pins, ("unknown-package", "1.0")]
    packages = "".join(f'[[packages]]\nname = "{name}"\nversion = "{version}"\n' for name, version in pins)
    (tmp_path / "pylock.toml").write_text(f'lock-version = "1.0"\ncreated-by = "test"\n{packages}')
    with _service(database) as url:
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--locked",
            str(tmp_path),
            "-s",
            "osv",
            "--osv-url",
            url,
            "-f",
            "json",
            "--aliases",
            "on",
        ]
        options = ["--desc", "off", "--progress-spinner", "off", "--cache-dir", str(tmp_path / "cache"), "-o", str(tmp_path / "out.json")]
        subprocess.run([*command, *options], check=False, capture_output=True, timeout=120, env={"HOME": str(tmp_path), "PATH": ""})
    theirs = {
        (one["name"], str(Version(one["version"]))): {frozenset((vuln["id"], *vuln["aliases"])) for vuln in one["vulns"]}
        for one in json.loads((tmp_path / "out.json").read_text())["dependencies"]
    }
    ours = audit([Package("PyPI", name, version, "uv.lock", 1) for name, version in pins], database).verdicts
    assert len(theirs) == len(ours) == 134
    for verdict in ours:
        found = theirs[verdict.package.name, str(Version(verdict.package.version))]
        ids = {frozenset((advisory.id, *advisory.aliases)) for advisory in verdict.advisories}
        assert {one for group in found for one in group} == {one for group in ids for one in group}, verdict.package
    assert sum(bool(verdict.advisories) for verdict in ours) > 50
