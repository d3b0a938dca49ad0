"""The programs that stand in for engines do what they are told, and their reports have the shape of the real ones."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.doubles.images import Image, Layer, write
from tests.doubles.systems import Installed, alpine
from tests.doubles.trivy import FAULTS, GRYPE_FAULTS, Fault, calls, grype_report, match, report, stand_in, vulnerability
from tests.doubles.trivy_db import Advisory
from tests.doubles.trivy_db import write as write_database
from tests.image.test_fixtures import scan

BUILT = datetime(2026, 11, 20, tzinfo=UTC)
PLANTED = vulnerability("CVE-2026-10001", "planted", "1.0-r0", "1.0-r1")
GOOD = report(vulnerabilities=(PLANTED,))
GOOD_GRYPE = grype_report(matches=(match("CVE-2026-10002", "libc6", "2.41-1"),), built=BUILT)


def run(program: Path, *words: str, folder: Path, timeout: float = 30.0) -> subprocess.CompletedProcess[bytes]:
    environment = {"PATH": os.defpath, "HOME": os.fspath(folder), "TRIVY_SEVERITY": "LOW"}
    return subprocess.run([program, *words], cwd=folder, env=environment, capture_output=True, check=False, timeout=timeout)


def test_a_report_goes_where_it_is_asked_for_and_the_call_is_written_down(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    program = stand_in(tmp_path / "bin", GOOD)
    ignored = tmp_path / "ignore"
    ignored.write_text("CVE-1\n")
    assert json.loads(run(program, "image", "--format", "json", f"--ignorefile={ignored}", folder=folder).stdout) == GOOD
    assert run(program, "image", "--output", "report.json", folder=folder).stdout == b""
    assert json.loads((folder / "report.json").read_text()) == GOOD
    first, second = calls(program)
    assert first.words[:3] == ["image", "--format", "json"]
    assert (first.folder, first.files) == (os.fspath(folder.resolve()), [])
    assert first.named == {os.fspath(ignored): "CVE-1\n"}
    assert second.environment["TRIVY_SEVERITY"] == "LOW"


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_trivy_is_another_answer(fault: Fault, tmp_path: Path) -> None:
    differs(stand_in(tmp_path / "bin", GOOD, fault), fault, tmp_path, json.dumps(GOOD).encode())


@pytest.mark.parametrize("fault", GRYPE_FAULTS)
def test_each_fault_of_grype_is_another_answer(fault: Fault, tmp_path: Path) -> None:
    differs(stand_in(tmp_path / "bin", GOOD_GRYPE, fault, name="grype"), fault, tmp_path, json.dumps(GOOD_GRYPE).encode())


def differs(program: Path, fault: Fault, folder: Path, good: bytes) -> None:
    if fault.startswith("hangs"):
        words = ("--version",) if fault == "hangs-on-version" else ("image",)
        with pytest.raises(subprocess.TimeoutExpired):
            run(program, *words, folder=folder, timeout=0.5)
        return
    if fault == "version-status-1":
        assert run(program, "--version", folder=folder).returncode == 1
        return
    done = run(program, "image", folder=folder)
    if fault == "writes":
        assert (folder / "written-by-the-stand-in").exists()
    assert done.stdout != good or done.stderr or done.returncode or fault == "writes"


@pytest.mark.parametrize(("version", "said"), [("", b"Version: 0.74.0\n"), ("0.69.4", b"Version: 0.69.4\n"), ("dev", b"Version: dev\n")])
def test_the_version_is_what_the_test_wants(version: str, said: bytes, tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin", GOOD, version=version)
    assert run(program, "--version", folder=tmp_path).stdout == said
    assert json.loads(run(program, "version", "--format", "json", folder=tmp_path).stdout) == {"Version": said.decode().split()[1]}


def test_what_grype_cannot_show_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="grype has no end-of-life"):
        stand_in(tmp_path / "bin", GOOD_GRYPE, "end-of-life", name="grype")


def test_the_report_has_no_field_that_the_real_trivy_does_not_write(tmp_path: Path) -> None:
    cache = write_database(tmp_path / "cache", [Advisory("alpine 3.99", "planted", "CVE-2026-10001", "1.0-r1")], datetime.now(UTC))
    image = write(Image((Layer(alpine(packages=(Installed("planted", "1.0-r0"),))),)), tmp_path / "image.tar")
    real = dict(fields(scan(image.path, cache)))
    ours = dict(fields(report(image.image_id, (PLANTED,))))
    assert {path: real.get(path) for path in ours} == ours


def fields(document: object, path: str = "") -> Iterator[tuple[str, type]]:
    """Path of each field and the type that it has; entries of a list share one path."""
    yield path, type(document)
    if isinstance(document, dict):
        for key, value in document.items():
            yield from fields(value, f"{path}.{key}")
    if isinstance(document, list):
        for value in document:
            yield from fields(value, f"{path}[]")
