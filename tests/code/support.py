"""Runs the code gate on a folder, as the runner would."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from gates.code.gate import GATE, Options
from gates.core.deadline import Deadline
from gates.core.finding import Finding
from gates.core.gate import Context, Event, Scanned, Selection, Skipped, Unread


def context(root: Path, *, seconds: float = 60.0, timeout: float = 60.0) -> Context:
    return Context(
        root=str(root),
        repository=None,
        selection=Selection("paths", (".",)),
        excluded=lambda path: "",
        today=date(2026, 11, 20),
        deadline=Deadline(seconds),
        tool_timeout=timeout,
        environment=dict(os.environ),
        offline=True,
        progress=lambda done, total, unit: None,
    )


def look(root: Path, jobs: int = 0) -> list[Event]:
    return list(GATE.check(context(root), Options(jobs)))


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def findings(events: Iterable[Event]) -> list[Finding]:
    return [event for event in events if isinstance(event, Finding)]


def unread(events: Iterable[Event]) -> dict[str, tuple[int, str]]:
    return {event.path: (event.line, event.message) for event in events if isinstance(event, Unread)}


def skipped(events: Iterable[Event]) -> dict[str, str]:
    return {event.path: event.reason for event in events if isinstance(event, Skipped)}


def scanned_files(events: Iterable[Event]) -> int:
    return sum(event.files for event in events if isinstance(event, Scanned))


def said(finding: Finding) -> str:
    """A finding as a person sees it in a line of text."""
    assert finding.location
    place = finding.location
    return f"{place.path}:{place.line}:{place.column} {finding.severity} {finding.rule.id} {finding.message}"
