"""Runs the container gate on a folder, as the runner would."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from gates.container.gate import GATE
from gates.container.options import Options
from gates.core import git
from gates.core.deadline import Deadline
from gates.core.finding import Finding
from gates.core.gate import Context, Event, Selection, Unread

TODAY = date(2026, 11, 20)


def look(
    root: Path,
    options: Options | None = None,
    profile: Literal["baseline", "hardened"] = "baseline",
    paths: tuple[str, ...] = (".",),
) -> list[Event]:
    """In a work tree of git the selection is the tree, elsewhere the whole folder, or what `paths` name in it."""
    repository = git.discover(str(root), os.environ, explicit=True, deadline=Deadline(60)) if (root / ".git").exists() else None
    context = Context(
        root=str(root),
        repository=repository,
        selection=Selection() if repository else Selection("paths", paths),
        excluded=lambda path: "",
        today=TODAY,
        deadline=Deadline(60),
        tool_timeout=60,
        environment=dict(os.environ),
        offline=True,
        progress=lambda done, total, unit: None,
        profile=profile,
    )
    return list(GATE.check(context, options or Options()))


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def findings(events: Iterable[Event]) -> list[Finding]:
    return [event for event in events if isinstance(event, Finding)]


def rules(events: Iterable[Event]) -> set[str]:
    """Of what is judged: not what cannot be told."""
    return {found.rule.id.removeprefix("container/") for found in findings(events) if found.data["resolved"]}


def unread(events: Iterable[Event]) -> dict[str, str]:
    return {event.path: event.message for event in events if isinstance(event, Unread)}
