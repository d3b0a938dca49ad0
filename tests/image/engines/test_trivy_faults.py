"""Every fault that the stand-in for Trivy knows is an error in one line, or is told; none is a pass that proves nothing."""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gates.core.errors import GateUnavailable
from gates.image.engines import trivy
from gates.image.engines.running import Settings
from gates.image.engines.targets import Asked
from gates.image.options import Options
from gates.image.package import Scan
from tests.doubles.trivy import FAULTS, Fault, calls, report, stand_in
from tests.image.engines.support import ID, context, database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a #! line")

HARMLESS = ("end-of-life", "severity", "writes", "floods-stderr")
HANGING = ("hangs", "hangs-on-version")


def scan(tmp_path: Path, fault: Fault, timeout: float = 60.0) -> Scan:
    root = tmp_path / "root"
    root.mkdir()
    program = stand_in(tmp_path / "bin", report(ID), fault)
    options = Options(trivy=os.fspath(program), db=database(tmp_path / "db", datetime(2026, 10, 31, 12, tzinfo=UTC)))
    given = context(root, today=date(2026, 11, 1), tool_timeout=timeout)
    return trivy.scan(Asked("acme/app:1.0", ""), Settings(options, ID), given)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in HARMLESS])
def test_a_fault_is_an_error(tmp_path: Path, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIVY_TOKEN", "not-to-be-told")
    with pytest.raises(GateUnavailable) as caught:
        scan(tmp_path, fault, 1.0 if fault in HANGING else 60.0)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 500
    assert "not-to-be-told" not in message


@pytest.mark.parametrize("fault", ["", *HARMLESS])
def test_what_harms_nothing_passes(tmp_path: Path, fault: Fault) -> None:
    found = scan(tmp_path, fault)
    assert found.end_of_life == (fault == "end-of-life")
    assert [each.severity for each in found.vulnerabilities] == ([None] if fault == "severity" else [])


def test_what_it_writes_is_gone(tmp_path: Path) -> None:
    scan(tmp_path, "writes")
    assert not list(tmp_path.rglob("written-by-the-stand-in"))
    assert not os.path.exists(calls(tmp_path / "bin" / "trivy")[-1].folder)
