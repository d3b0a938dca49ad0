"""Records and small databases for the tests of advisories."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gates.inventory.package import Ecosystem, Package


def record(identifier: str = "PYSEC-2024-1", name: str = "jinja2", ecosystem: str = "PyPI", **fields: Any) -> dict[str, Any]:
    """Affected before 2.0 unless the fields say otherwise; `events`, `versions` and `entry` shape what is affected."""
    entry: dict[str, Any] = {"package": {"ecosystem": ecosystem, "name": name}}
    events = fields.pop("events", [{"introduced": "0"}, {"fixed": "2.0" if ecosystem == "PyPI" else "2.0.0"}])
    if events is not None:
        entry["ranges"] = [{"type": "ECOSYSTEM", "events": events}]
    if "versions" in fields:
        entry["versions"] = fields.pop("versions")
    entry |= fields.pop("entry", {})
    return {"id": identifier, "modified": "2024-05-06T07:08:09Z", "affected": [entry], **fields}


def write_records(folder: Path, *records: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(records):
        (folder / f"{number}-{one.get('id', 'none')}.json").write_text(json.dumps(one), encoding="utf-8")
    return folder


def package(version: str, name: str = "jinja2", ecosystem: Ecosystem = "PyPI") -> Package:
    return Package(ecosystem, name, version, "uv.lock", 1)


def require(program: str) -> str:
    """Its path; skips where it is missing, unless every tool is asked for."""
    found = shutil.which(program)
    if not found:
        if os.environ.get("GATES_REQUIRE_TOOLS"):
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")
    return found
