"""The images and the database that the tests write are what they pretend to be: the real Trivy reads them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.images import File, Form, Image, Layer, Written, write
from tests.doubles.systems import END_OF_LIFE, Installed, alpine, debian, node_package, python_package
from tests.doubles.trivy_db import NODE, PYTHON, Advisory
from tests.doubles.trivy_db import write as write_database
from tests.image.tools import need

ADVISORIES = (
    Advisory("alpine 3.99", "planted", "CVE-2026-10001", "1.2.3-r4"),
    Advisory("debian 13", "planted", "CVE-2026-10002", "2.0-1+deb13u2", "CRITICAL"),
    Advisory("debian 13", "unfixed", "CVE-2026-10003", status="will_not_fix"),
    Advisory(PYTHON, "planted-python", "CVE-2026-10004", "1.1", aliases=("GHSA-aaaa-bbbb-cccc",)),
    Advisory(NODE, "planted-node", "CVE-2026-10005", "3.0.1", "LOW"),
)

VULNERABLE = {
    "alpine": {**alpine(packages=(Installed("planted-libs", "1.2.3-r3", "planted"), Installed("other", "1.0-r0")))},
    "debian": {**debian(packages=(Installed("planted", "2.0-1+deb13u1"), Installed("unfixed", "1.0-1")))},
    "python": {**alpine(packages=(Installed("other", "1.0-r0"),)), **python_package("planted_python", "1.0")},
    "node": {**alpine(packages=(Installed("other", "1.0-r0"),)), **node_package("planted-node", "3.0.0")},
}
REPAIRED = {
    "alpine": {**alpine(packages=(Installed("planted-libs", "1.2.3-r4", "planted"), Installed("other", "1.0-r0")))},
    "debian": {**debian(packages=(Installed("planted", "2.0-1+deb13u2"),))},
    "python": {**alpine(packages=(Installed("other", "1.0-r0"),)), **python_package("planted_python", "1.1")},
    "node": {**alpine(packages=(Installed("other", "1.0-r0"),)), **node_package("planted-node", "3.0.1")},
}
EXPECTED = {
    "alpine": [("CVE-2026-10001", "planted-libs", "1.2.3-r3", "1.2.3-r4", "HIGH", "fixed")],
    "debian": [
        ("CVE-2026-10002", "planted", "2.0-1+deb13u1", "2.0-1+deb13u2", "CRITICAL", "fixed"),
        ("CVE-2026-10003", "unfixed", "1.0-1", "", "HIGH", "will_not_fix"),
    ],
    "python": [("CVE-2026-10004", "planted_python", "1.0", "1.1", "HIGH", "fixed")],
    "node": [("CVE-2026-10005", "planted-node", "3.0.0", "3.0.1", "LOW", "fixed")],
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("cache"), ADVISORIES, datetime.now(UTC))


def image(files: Mapping[str, File], *more: Layer) -> Image:
    return Image((Layer(files), *more))


def scan(place: Path, cache: Path) -> dict[str, Any]:
    """What Trivy says of it, without a network."""
    words = [need("trivy"), "image", "--input", os.fspath(place), "--cache-dir", os.fspath(cache), "--format", "json", "--quiet"]
    words += ["--scanners", "vuln", "--offline-scan", "--skip-db-update", "--skip-java-db-update", "--skip-check-update"]
    words += ["--skip-version-check", "--skip-vex-repo-update", "--disable-telemetry"]
    environment = {"PATH": os.defpath, "HOME": os.fspath(cache)}
    done = subprocess.run(words, cwd=cache, env=environment, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["SchemaVersion"] == 2
    return report


def found(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    fields = ("VulnerabilityID", "PkgName", "InstalledVersion", "FixedVersion", "Severity", "Status")
    results: Sequence[Mapping[str, Any]] = report.get("Results") or ()
    return sorted(tuple(each.get(field, "") for field in fields) for result in results for each in result.get("Vulnerabilities") or ())


@pytest.mark.parametrize("kind", list(VULNERABLE))
def test_trivy_finds_what_is_planted_and_nothing_in_the_repaired_twin(kind: str, tmp_path: Path, cache: Path) -> None:
    report = scan(write(image(VULNERABLE[kind]), tmp_path / "vulnerable.tar").path, cache)
    assert found(report) == EXPECTED[kind]
    report = scan(write(image(REPAIRED[kind]), tmp_path / "repaired.tar").path, cache)
    assert found(report) == []
    assert report["Metadata"]["OS"].get("EOSL") is None


@pytest.mark.parametrize("form", ["docker", "docker-oci", "crane", "oci"])
def test_trivy_reads_each_form_and_sees_the_same_image(form: Form, tmp_path: Path, cache: Path) -> None:
    layers = (
        Layer(VULNERABLE["alpine"], compression="gzip"),  # a plain first one makes Trivy read the rest of a docker archive as plain too
        Layer(python_package("planted_python", "1.0")),
        Layer({"app/a": "a", "srv/b": File(b"b", repeat=3_000_000)}, compression="zstd"),
        Layer(node_package("planted-node", "3.0.0"), deleted=("app/a",), opaque=("srv",), compression="gzip"),
    )
    written = write(Image(layers, {"User": "app"}, attested=form == "oci"), tmp_path / "image", form)
    report = scan(written.path, cache)
    assert found(report) == sorted(EXPECTED["alpine"] + EXPECTED["python"] + EXPECTED["node"])
    assert about(report) == about_of(written)
    assert report["Metadata"]["ImageConfig"]["config"]["User"] == "app"


def about(report: Mapping[str, Any]) -> tuple[str, list[str]]:
    return report["Metadata"]["ImageID"], report["Metadata"]["DiffIDs"]


def about_of(written: Written) -> tuple[str, list[str]]:
    return written.image_id, list(written.diff_ids)


def test_a_deleted_package_is_no_finding(tmp_path: Path, cache: Path) -> None:
    deleted = "usr/local/lib/python3.12/site-packages/planted_python-1.0.dist-info"
    written = write(image(VULNERABLE["python"], Layer(deleted=(deleted,))), tmp_path / "image.tar")
    assert found(scan(written.path, cache)) == []


def test_a_vulnerability_tells_its_layer_package_and_source(tmp_path: Path, cache: Path) -> None:
    written = write(image(alpine(), Layer(python_package("planted_python", "1.0"))), tmp_path / "image.tar")
    report = scan(written.path, cache)
    (vulnerability,) = [each for result in report["Results"] for each in result.get("Vulnerabilities") or ()]
    assert vulnerability["Layer"]["DiffID"] == written.diff_ids[1]
    assert vulnerability["PkgIdentifier"]["PURL"] == "pkg:pypi/planted-python@1.0"
    assert vulnerability["VendorIDs"] == ["GHSA-aaaa-bbbb-cccc"]
    assert vulnerability["DataSource"]["ID"] == "ghsa"
    assert vulnerability["SeveritySource"] == "ghsa"


def test_trivy_knows_that_a_system_gets_no_more_advisories(tmp_path: Path, cache: Path) -> None:
    written = write(image(alpine(END_OF_LIFE, (Installed("planted", "1.0-r0"),))), tmp_path / "image.tar")
    assert scan(written.path, cache)["Metadata"]["OS"] == {"Family": "alpine", "Name": END_OF_LIFE, "EOSL": True}


def test_trivy_passes_an_image_without_a_system_in_silence(tmp_path: Path, cache: Path) -> None:
    report = scan(write(image({"app": File(b"\x7fELF", 0o755)}), tmp_path / "image.tar").path, cache)
    assert found(report) == []
    assert "OS" not in report["Metadata"]


@pytest.mark.parametrize("version", [1, 3])
def test_trivy_refuses_a_database_of_another_schema(version: int, tmp_path: Path) -> None:
    cache = write_database(tmp_path / "cache", ADVISORIES, datetime.now(UTC), metadata={"Version": version})
    place = write(image(VULNERABLE["alpine"]), tmp_path / "image.tar").path
    words = [need("trivy"), "image", "--input", os.fspath(place), "--cache-dir", os.fspath(cache), "--skip-db-update", "--offline-scan"]
    done = subprocess.run([*words, "--scanners", "vuln"], cwd=tmp_path, capture_output=True, check=False, timeout=120)
    assert done.returncode == 1


def test_trivy_reads_a_database_with_many_pages(tmp_path: Path) -> None:
    many = [Advisory("alpine 3.99", f"package-{number}", f"CVE-2026-{number}", "2.0-r0") for number in range(20_000, 23_000)]
    many += [Advisory("alpine 3.99", "planted", f"CVE-2026-{number}", "2.0-r0", title="long " * 300) for number in range(30_000, 30_200)]
    cache = write_database(tmp_path / "cache", many, datetime.now(UTC))
    packages = (Installed("package-20000", "1.0-r0"), Installed("package-21500", "1.0-r0"), Installed("package-22999", "1.0-r0"))
    written = write(image(alpine(packages=(*packages, Installed("planted", "1.0-r0")))), tmp_path / "image.tar")
    answer = [each[0] for each in found(scan(written.path, cache))]
    assert answer == ["CVE-2026-20000", "CVE-2026-21500", "CVE-2026-22999", *(f"CVE-2026-{number}" for number in range(30_000, 30_200))]


@pytest.mark.parametrize("form", ["docker", "docker-oci", "crane", "oci-tar"])
def test_an_image_is_the_same_bytes_each_time(form: Form, tmp_path: Path) -> None:
    built = Image((Layer(VULNERABLE["debian"], compression="gzip"), Layer({"a": "a"}, compression="zstd")), {"User": "app"})
    first, second = (write(built, tmp_path / name, form, whole="gzip") for name in ("first", "second"))
    assert first.path.read_bytes() == second.path.read_bytes()
