"""`python -m gates` and the `gates` script."""

from __future__ import annotations

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` looks for modules in the current directory first, which is the tree under test: its datetime.py would run.
    del sys.path[0]

import gc
import os
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

    _fill_gaps()
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end the run.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]  # both are TextIOWrapper
    _end_in_order()
    try:
        directory = os.getcwd()
    except OSError as error:
        sys.stderr.write(f"gates: the current directory cannot be told: {error.strerror}\n")
        return cli.EXIT_USAGE
    world = World(os.environ, directory, datetime.now(UTC).date(), sys.stdin.buffer, sys.stdout, sys.stderr)
    return cli.run(sys.argv[1:], world)


def _fill_gaps() -> None:
    """A standard stream that the caller closed is one that fails: what is opened next must not get its number, nor a pass its silence."""
    for number, mode in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # the lowest number that is free, so this one
    # Theirs until the process ends.
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115 - open until the end
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115 - open until the end
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115 - open until the end


def _end_in_order() -> None:
    """A job that is cancelled ends like one that is interrupted: the programs it started live in sessions of their own."""
    import signal  # `core.process` has loaded it by now

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    main()
