"""Runs the secrets gate over a selection, with second engines that are real or stand in for one."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pytest

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.core.finding import Finding
from gates.core.gate import Context, Scanned, Selection, Skipped, ToolUsed, Unread
from gates.core.git import Repository
from gates.secrets.gate import GATE, Options

BESIDE_PYTHON = os.path.dirname(sys.executable)
TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", ".tools", "bin")
SEARCHED = os.pathsep.join((os.environ.get("PATH", ""), BESIDE_PYTHON, os.path.normpath(TOOLS)))


def need(name: str) -> None:
    if shutil.which(name, path=SEARCHED) is None:
        if os.environ.get("GATES_REQUIRE_TOOLS"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")


class Answer(NamedTuple):
    findings: list[Finding]
    tools: dict[str, str]
    scanned: Scanned
    notes: list[Skipped | Unread]
    error: str

    def engines(self) -> dict[tuple[str, str], object]:
        """By path and rule, who knows it."""
        return {(found.location.path if found.location else "", found.rule.id): found.data["engines"] for found in self.secrets()}

    def secrets(self) -> list[Finding]:
        """Not those about files that should not be there."""
        return [found for found in self.findings if "engines" in found.data]


def judge(
    root: Path,
    selection: Selection,
    *engines: str,
    repository: Repository | None = None,
    stdin: BinaryIO | None = None,
    path: str = SEARCHED,
    timeout: float = 60.0,
    salt: str = "",
    excluded: str = "",
    variables: dict[str, str] | None = None,
) -> Answer:
    context = Context(
        root=os.fspath(root),
        repository=repository,
        selection=selection,
        excluded=lambda path: "by policy" if path == excluded else "",
        today=date(2026, 11, 20),
        deadline=Deadline(120.0),
        tool_timeout=timeout,
        environment={**os.environ, "PATH": path, **(variables or {})},
        offline=True,
        progress=lambda done, total, unit: None,
        stdin=stdin,
    )
    findings: list[Finding] = []
    tools: dict[str, str] = {}
    scanned = Scanned()
    notes: list[Skipped | Unread] = []
    error = ""
    try:
        for event in GATE.check(context, Options(salt, ("builtin", *engines))):
            match event:
                case Finding():
                    findings.append(event)
                case Scanned():
                    scanned = event
                case ToolUsed():
                    tools[event.name] = event.version
                case Skipped() | Unread():
                    notes.append(event)
    except GateUnavailable as unavailable:
        error = str(unavailable)
    return Answer(findings, tools, scanned, notes, error)
