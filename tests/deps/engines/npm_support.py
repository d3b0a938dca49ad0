"""What the tests of the npm engines share: a context with a home of its own, packages, and lock files that npm wrote."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gates.core.deadline import Deadline
from gates.core.gate import Context, Selection
from gates.deps.advisory import Audit
from gates.inventory.package import Package

LOCKS = Path(__file__).parent / "cases" / "npm"
NAMES = sorted(path.name for path in LOCKS.iterdir())


def need_npm() -> None:
    if shutil.which("npm") is None:
        if os.environ.get("GATES_REQUIRE_TOOLS"):
            pytest.fail("npm is not installed")
        pytest.skip("npm is not installed")


def context(
    root: Path, home: Path | None = None, *, path: str = "", seconds: float = 60.0, offline: bool = False, **variables: Any
) -> Context:
    environment = {"PATH": path or os.environ.get("PATH", ""), "HOME": str(home or root.parent / "home"), **variables}
    return Context(
        root=str(root),
        repository=None,
        selection=Selection("paths", (".",)),
        excluded=lambda path: "",
        today=date(2026, 11, 20),
        deadline=Deadline(seconds),
        tool_timeout=seconds,
        environment=environment,
        offline=offline,
        progress=lambda done, total, unit: None,
    )


def package(name: str, version: str, source: str = "") -> Package:
    return Package("npm", name, version, "package-lock.json", 1, source=source)


def lock(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((LOCKS / name / "package-lock.json").read_bytes())
    return document


def installed(name: str) -> dict[str, tuple[str, str]]:
    """What a lock file would install: where, and which name and version. Workspaces and links are none of it."""
    return {
        path: (entry.get("name") or path.rpartition("node_modules/")[2], entry["version"])
        for path, entry in lock(name)["packages"].items()
        if path.rpartition("node_modules/")[1] and not entry.get("link")
    }


def packages_of(name: str) -> list[Package]:
    return [package(*pin) for pin in installed(name).values()]


def found(audit: Audit) -> set[tuple[str, str, str]]:
    """(advisory, name, version)"""
    return {(advisory.id, verdict.package.name, verdict.package.version) for verdict in audit.verdicts for advisory in verdict.advisories}
