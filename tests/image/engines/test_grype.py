"""Grype behind the same interface. A program stands in for it, which writes what its source documents; the real one was not at hand."""

from __future__ import annotations

import copy
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gates.core.errors import GateUnavailable
from gates.core.finding import Severity
from gates.image.engines import grype
from gates.image.engines.running import Settings
from gates.image.engines.targets import Asked
from gates.image.options import Options
from gates.image.package import Scan
from tests.doubles import images
from tests.doubles.images import Written
from tests.doubles.systems import Installed
from tests.image.engines.support import NOON, StandIn, context, stand_in, system

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a #! line")

MATCH: dict[str, Any] = {
    "vulnerability": {
        "id": "GHSA-aaaa-bbbb-cccc",
        "dataSource": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
        "namespace": "github:language:python",
        "severity": "High",
        "description": "a planted vulnerability",
        "fix": {"versions": ["1.1"], "state": "fixed"},
        "advisories": [],
    },
    "relatedVulnerabilities": [{"id": "CVE-2026-10004", "severity": "Critical"}],
    "artifact": {
        "name": "planted-python",
        "version": "1.0",
        "type": "python",
        "locations": [{"path": "/app/planted_python-1.0.dist-info/METADATA", "layerID": "sha256:" + "3" * 64}],
        "purl": "pkg:pypi/planted-python@1.0",
    },
}
BOM: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "components": [
        {"type": "library", "name": "planted-python", "purl": "pkg:pypi/planted-python@1.0"},
        {"type": "library", "name": "planted", "purl": "pkg:deb/debian/planted@2.0-1"},
        {"type": "operating-system", "name": "debian"},
    ],
}


def document(image_id: str, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "matches": [copy.deepcopy(MATCH)],
        "source": {
            "type": "image",
            "target": {"imageID": image_id, "manifestDigest": "sha256:" + "5" * 64, "repoDigests": [], "layers": [{}]},
        },
        "distro": {"name": "debian", "version": "13", "idLike": []},
        "descriptor": {
            "name": "grype",
            "version": "0.104.0",
            "db": {"status": {"schemaVersion": "v6.1.2", "built": (NOON - timedelta(hours=6)).isoformat(), "valid": True}},
            "timestamp": "2026-11-20T13:00:00.5+01:00",
        },
    }
    return made | changes


@pytest.fixture
def image(tmp_path: Path) -> Written:
    return images.write(system(Installed("planted", "2.0-1")), tmp_path / "image", "oci")


def program(tmp_path: Path, made: object, bom: object = BOM, **faults: Any) -> StandIn:
    outputs = {"json": json.dumps(made), "cyclonedx-json": json.dumps(bom)}
    return stand_in(tmp_path / "bin", "grype", **{"version": "grype 0.104.0", "outputs": outputs, **faults})


def scan(tmp_path: Path, image: Written, started: StandIn, keep: list[bytes] | None = None, **options: Any) -> Scan:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    (tmp_path / "db").mkdir(exist_ok=True)
    given = Options(**{"engine": "grype", "grype": os.fspath(started.program), "db": os.fspath(tmp_path / "db"), **options})
    settings = Settings(given, "", keep.append if keep is not None else None)
    return grype.scan(Asked("image", os.fspath(image.path)), settings, context(root))


def test_a_report_becomes_a_scan(tmp_path: Path, image: Written) -> None:
    keep: list[bytes] = []
    started = program(tmp_path, document(image.image_id))
    found = scan(tmp_path, image, started, keep)
    assert (found.digest, found.os, found.end_of_life, found.packages, found.engine) == (image.image_id, "debian 13", False, 2, "grype")
    assert found.database.updated == NOON - timedelta(hours=6)
    (each,) = found.vulnerabilities
    assert (each.id, each.aliases, each.severity, each.fix_versions) == (
        "GHSA-aaaa-bbbb-cccc",
        ("CVE-2026-10004",),
        Severity.HIGH,
        ("1.1",),
    )
    assert (each.package.purl, each.package.path) == ("pkg:pypi/planted-python@1.0", "app/planted_python-1.0.dist-info/METADATA")
    assert (each.status, each.layer) == ("fixed", "sha256:" + "3" * 64)
    assert json.loads(keep[0])["bomFormat"] == "CycloneDX"


def test_nothing_but_our_settings_decides(tmp_path: Path, image: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRYPE_ONLY_FIXED", "true")
    started = program(tmp_path, document(image.image_id))
    scan(tmp_path, image, started)
    for call in started.calls():
        assert call["entries"] == []
        own = {name: value for name, value in call["environment"].items() if name.startswith("GRYPE_")}
        assert own == {
            "GRYPE_CHECK_FOR_APP_UPDATE": "false",
            "GRYPE_DB_AUTO_UPDATE": "false",
            "GRYPE_DB_CACHE_DIR": os.fspath(tmp_path / "db"),
            "GRYPE_DB_VALIDATE_AGE": "false",
        }
    assert started.calls()[1]["words"][-1].startswith("oci-dir:")


@pytest.mark.parametrize(
    ("word", "severity"),
    [("Negligible", Severity.INFO), ("critical", Severity.CRITICAL), ("Unknown", None), ("", None), ("Awful", None)],
)
def test_severities_are_read_in_its_words(tmp_path: Path, image: Written, word: str, severity: Severity | None) -> None:
    made = document(image.image_id)
    made["matches"][0]["vulnerability"]["severity"] = word
    assert scan(tmp_path, image, program(tmp_path, made)).vulnerabilities[0].severity is severity


@pytest.mark.parametrize(("state", "status"), [("not-fixed", "affected"), ("wont-fix", "will_not_fix"), ("unknown", "unknown")])
def test_what_has_no_fix_is_told(tmp_path: Path, image: Written, state: str, status: str) -> None:
    made = document(image.image_id)
    made["matches"][0]["vulnerability"]["fix"] = {"versions": [], "state": state}
    (found,) = scan(tmp_path, image, program(tmp_path, made)).vulnerabilities
    assert (found.fix_versions, found.status) == ((), status)


def test_an_old_system_is_told(tmp_path: Path, image: Written) -> None:
    alert = {"package": {}, "alerts": [{"type": "distro-eol", "message": "old"}]}
    assert scan(tmp_path, image, program(tmp_path, document(image.image_id, alertsByPackage=[alert]))).end_of_life


def with_database(image_id: str, **status: Any) -> dict[str, Any]:
    made = document(image_id)
    made["descriptor"]["db"]["status"] |= status
    return made


@pytest.mark.parametrize(
    ("changes", "bom", "text"),
    [
        ({"matches": None}, BOM, "no matches"),
        ({"source": {"type": "directory", "target": "/"}}, BOM, "not about an image"),
        ({"source": None}, BOM, "source is no object"),
        ({"descriptor": {"version": "0.104.0", "db": {}, "timestamp": "2026-11-20T12:00:00Z"}}, BOM, "no built"),
        ({"descriptor": {"version": "0.90.0"}}, BOM, "another version wrote it"),
        ({"distro": {}}, BOM, "no operating system"),
        ({"ignoredMatches": [{**MATCH, "appliedIgnoreRules": [{"vulnerability": "CVE-1"}]}]}, BOM, "a rule that is not ours"),
        ({"ignoredMatches": [{**MATCH, "appliedIgnoreRules": [{"fix-state": "not-fixed"}]}]}, BOM, "a rule that is not ours"),
        ({"alertsByPackage": [{"alerts": [{"type": "distro-disabled"}]}]}, BOM, "does not look for advisories of 'debian 13'"),
        ({}, {"bomFormat": "CycloneDX"}, "found no package"),
        ({}, {"bomFormat": "CycloneDX", "components": [{"purl": "pkg:pypi/a@1"}]}, "no operating system with packages"),
        ({}, {"components": []}, "no CycloneDX"),
        ({"source": {"type": "image", "target": {"imageID": "sha256:" + "9" * 64, "layers": [{}]}}}, BOM, "the engine looked at sha256:9"),
        ({"source": {"type": "image", "target": {"imageID": "sha256:" + "9" * 64, "layers": []}}}, BOM, "saw no layer"),
        ({"source": {"type": "image", "target": {"imageID": "sha256:" + "9" * 64}}}, BOM, "no layers"),
    ],
)
def test_a_report_that_proves_nothing_is_an_error(tmp_path: Path, image: Written, changes: dict[str, Any], bom: object, text: str) -> None:
    with pytest.raises(GateUnavailable, match=text):
        scan(tmp_path, image, program(tmp_path, document(image.image_id, **changes), bom))


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ({"built": (NOON - timedelta(hours=80)).isoformat()}, "80 hours ago"),
        ({"built": (NOON + timedelta(hours=1)).isoformat()}, "still to come"),
        ({"valid": False}, "not valid"),
        ({"error": "checksum"}, "not valid"),
    ],
)
def test_the_age_of_its_database_is_judged(tmp_path: Path, image: Written, status: dict[str, Any], text: str) -> None:
    with pytest.raises(GateUnavailable, match=text):
        scan(tmp_path, image, program(tmp_path, with_database(image.image_id, **status)))


@pytest.mark.parametrize(
    ("faults", "text"),
    [
        ({"version": "grype 0.80.0"}, "too old, 0.88.0 is needed"),
        ({"version": "grype [not provided]"}, "says nothing"),
        ({"status": 1, "stderr": "[0000] ERROR no luck\n"}, "grype failed with status 1: no luck"),
        ({"outputs": {}}, "wrote no report"),
        ({"outputs": {"json": "{", "cyclonedx-json": json.dumps(BOM)}}, "not whole JSON"),
    ],
)
def test_a_run_that_went_wrong_is_an_error(tmp_path: Path, image: Written, faults: dict[str, Any], text: str) -> None:
    with pytest.raises(GateUnavailable, match=text):
        scan(tmp_path, image, program(tmp_path, document(image.image_id), **faults))
