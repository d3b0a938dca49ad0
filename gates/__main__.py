"""`python -m gates` and the `gates` script."""

from __future__ import annotations

import gc
import os
import sys
from datetime import UTC, datetime
from typing import NoReturn

from gates.core.world import World

_START_UP_OBJECTS = 50_000  # allocated before the collector looks for garbage: start-up makes many objects and hardly any garbage


def main() -> NoReturn:
    """Runs the command line and ends the process with its exit code."""
    # All is written by then, and what a gate left running must not hold us: taking the interpreter apart adds a tenth to a hook.
    os._exit(run())


def run() -> int:
    """The exit code, by the contract of docs/exit-codes.md."""
    gc.set_threshold(_START_UP_OBJECTS)
    from gates import cli  # after that: half of what start-up takes is in these imports

    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end the run.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]  # both are TextIOWrapper
    world = World(os.environ, os.getcwd(), datetime.now(UTC).date(), sys.stdin.buffer, sys.stdout, sys.stderr)
    return cli.run(sys.argv[1:], world)


if __name__ == "__main__":
    main()
