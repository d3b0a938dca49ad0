"""What the tests of the dependency gate share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from gates.core.deadline import Deadline
from gates.core.gate import Context, Selection
from gates.inventory.package import Package


def context(root: Path, *, seconds: float = 120.0, environment: Mapping[str, str] = os.environ, offline: bool = False) -> Context:
    return Context(
        root=str(root),
        repository=None,
        selection=Selection(),
        excluded=lambda path: "",
        today=date(2026, 11, 20),
        deadline=Deadline(seconds),
        tool_timeout=120.0,
        environment=dict(environment),
        offline=offline,
        progress=lambda done, total, unit: None,
    )


def package(name: str, version: str, line: int = 1, path: str = "uv.lock") -> Package:
    return Package("PyPI", name, version, path, line)
