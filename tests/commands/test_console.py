"""What a person sees beside the report: progress, colour, whole files."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from gates.commands import console
from gates.core.world import World


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def world(stderr: io.StringIO) -> World:
    return World({}, "/", date(2026, 11, 20), io.BytesIO(), io.StringIO(), stderr)


def test_progress_shows_on_a_terminal_after_a_second_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(console, "monotonic", lambda: now)
    screen = Terminal()
    progress = console.Progress(world(screen), quiet=False)
    report = progress.of("secrets")
    report(10, 0, "files")
    assert screen.getvalue() == ""
    now = 101.5
    report(12_345, 20_000, "files")
    assert screen.getvalue() == "\r\x1b[Ksecrets: 12,345 of 20,000 files"
    report(12_346, 20_000, "files")
    assert "12,346" not in screen.getvalue()
    progress.clear()
    assert screen.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(("stream", "quiet"), [(Terminal(), True), (io.StringIO(), False)])
def test_progress_is_silent_where_nobody_looks(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, quiet: bool) -> None:
    monkeypatch.setattr(console, "_SHOWN_AFTER", -1.0)
    progress = console.Progress(world(stream), quiet)
    progress.of("secrets")(1, 2, "files")
    progress.clear()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "coloured"),
    [
        (None, {}, True, True),
        (None, {}, False, False),
        (None, {"TERM": "dumb"}, True, False),
        (None, {"NO_COLOR": "1"}, True, False),
        (None, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        (None, {"FORCE_COLOR": "1"}, False, True),
        (None, {"CLICOLOR_FORCE": "1"}, False, True),
        (None, {"FORCE_COLOR": "0"}, False, False),
        (False, {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_follows_the_option_the_environment_and_the_terminal(
    choice: bool | None, environment: Mapping[str, str], terminal: bool, coloured: bool
) -> None:
    assert console.colour(choice, Terminal() if terminal else io.StringIO(), environment) is coloured


def test_a_report_replaces_the_old_one_at_once_and_leaves_no_other_file(tmp_path: Path) -> None:
    place = tmp_path / "report.json"
    place.write_text("old")
    console.write_file(os.fspath(place), "new\n")
    assert place.read_text() == "new\n"
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "report.json"
    place.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        console.write_file(os.fspath(place), "new\n")
    assert place.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.json"]
