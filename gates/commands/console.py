"""What a person sees while and after a run: progress, colour, and reports that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import TextIO

from gates.core.world import World

_SHOWN_AFTER = 1.0  # seconds before progress appears
_EVERY = 0.1


def is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def colour(choice: bool | None, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether to colour: the option, then NO_COLOR and FORCE_COLOR (https://no-color.org, https://force-color.org), then the terminal."""
    if choice is not None:
        return choice
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", environment.get("CLICOLOR_FORCE", "0")) not in ("", "0"):
        return True
    return is_terminal(stream) and environment.get("TERM") != "dumb"


class Progress:
    """One line on stderr, for work that takes more than a second; nothing where stderr is no terminal."""

    def __init__(self, world: World, quiet: bool) -> None:
        self._stream = world.stderr
        self._active = not quiet and is_terminal(world.stderr)
        self._next = monotonic() + _SHOWN_AFTER
        self._shown = False

    def of(self, gate: str) -> Callable[[int, int, str], None]:
        def report(done: int, total: int, unit: str) -> None:
            if not self._active or monotonic() < self._next:
                return
            self._next = monotonic() + _EVERY
            self._shown = True
            share = f"{done:,} of {total:,}" if total else f"{done:,}"
            self._stream.write(f"\r\x1b[K{gate}: {share} {unit}")
            self._stream.flush()

        return report

    def clear(self) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _is_no_file(path: str) -> bool:
    """A link is followed only where the system keeps it, as /dev/stdout: one in the tree may lead anywhere, and is replaced."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return False
    if stat.S_ISLNK(mode):
        return os.path.abspath(path).startswith(("/dev/", "/proc/"))
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def write_file(path: str, text: str, *, mode: int | None = None) -> None:
    """Replaces the file at once: a reader finds the old report or the new one, never half of one. `mode` are its permissions where they
    are not to be the usual ones. Raises OSError.

    A device or a pipe (/dev/null, /dev/stdout, >(jq)) is written to instead: root would put a file in its place.
    """
    if _is_no_file(path):
        with open(path, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        return
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
