"""Inspects an image that a test describes, in the way that the runner does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from gates.core.deadline import Deadline
from gates.core.finding import Finding
from gates.core.gate import Context, Event, Scanned, Selection, Skipped, Unread
from gates.image.inspecting.gate import inspect_gate
from gates.image.options import Options
from tests.doubles.images import Form, Image, Layer, write


class Told(NamedTuple):
    events: tuple[Event, ...]

    @property
    def findings(self) -> list[Finding]:
        return [event for event in self.events if isinstance(event, Finding)]

    @property
    def unread(self) -> list[Unread]:
        return [event for event in self.events if isinstance(event, Unread)]

    @property
    def skipped(self) -> list[Skipped]:
        return [event for event in self.events if isinstance(event, Skipped)]

    @property
    def scanned(self) -> Scanned:
        return Scanned(*map(sum, zip(*(event for event in self.events if isinstance(event, Scanned)), strict=True)))

    def of(self, rule: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.rule.id == f"image/{rule}"]

    def one(self, rule: str) -> Finding:
        (finding,) = self.of(rule)
        return finding


def inspect(
    image: Image, options: Options | None = None, *, form: Form = "docker", excluded: Callable[[str], str] = lambda path: ""
) -> Told:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve() / "image.tar"
        write(image, path, form)
        return inspect_path(path, options, excluded=excluded)


def inspect_path(path: Path, options: Options | None = None, *, excluded: Callable[[str], str] = lambda path: "") -> Told:
    context = Context(
        root=os.fspath(path.parent),
        repository=None,
        selection=Selection("message"),
        excluded=excluded,
        today=date(2026, 11, 20),
        deadline=Deadline(60.0),
        tool_timeout=60.0,
        environment=os.environ,
        offline=True,
        progress=lambda done, total, unit: None,
    )
    return Told(tuple(inspect_gate(os.fspath(path)).check(context, options or Options())))


def layers(*layers: Layer | dict[str, object], **config: object) -> Image:
    """An image of these layers; a table is one by its files."""
    return Image([layer if isinstance(layer, Layer) else Layer(layer) for layer in layers], config)  # type: ignore[arg-type]
