"""`python -m gates` and the `gates` script."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from gates import cli
from gates.core.world import World


def main() -> int:
    """Runs the command line; the exit code is the contract of docs/exit-codes.md."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end the run.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]  # both are TextIOWrapper
    world = World(os.environ, os.getcwd(), datetime.now(UTC).date(), sys.stdin.buffer, sys.stdout, sys.stderr)
    return cli.run(sys.argv[1:], world)


if __name__ == "__main__":
    sys.exit(main())
