"""The command line: finds the command, and turns whatever goes wrong outside a gate into one line and an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from itertools import pairwise

from gates import __version__
from gates.commands import COMMANDS
from gates.core.errors import GateUnavailable, UsageError, internal_error
from gates.core.world import World

EXIT_USAGE = 2
EXIT_ERROR = 3
EXIT_INTERRUPTED = 130


def usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {command.help}" for name, command in COMMANDS.items()]
    return "\n".join(
        (
            "usage: gates COMMAND [options]",
            "",
            *lines,
            "",
            "gates COMMAND --help tells a command's options",
            "exit codes: 0 pass, 1 blocking findings, 2 usage or policy error, 3 a gate could not run",
        )
    )


def run(argv: list[str], world: World) -> int:
    """The exit code. Whatever goes wrong outside a gate ends here as one line on stderr."""
    try:
        code = _dispatch(argv, world)
        world.stdout.flush()
        return code
    except UsageError as error:
        return _refused(error, argv, world)
    except GateUnavailable as error:
        _say(world, str(error))
        return EXIT_ERROR
    except KeyboardInterrupt:
        _say(world, "interrupted; nothing was decided")
        return EXIT_INTERRUPTED
    except OSError as error:
        # A full disk or a closed pipe: half a report is no report.
        _say(world, f"the report could not be written: {error.strerror or error}")
        _silence(world)
        return EXIT_ERROR
    except Exception as error:  # a bug must not end with status 1, which means findings
        _say(world, internal_error(error))
        return EXIT_ERROR


def _dispatch(argv: list[str], world: World) -> int:
    if not argv:
        raise UsageError("no command given; gates --help lists them")
    for before, word in pairwise(argv):
        # `--policy-ref "$BASE"` with nothing in BASE must not judge by the tree's policy, nor `--range ""` look at something else.
        if not word or (word.startswith("--") and word.endswith("=")):
            raise UsageError(f"{word or before}: an empty value; leave it out, or set the variable that it comes from")
    name, rest = argv[0], argv[1:]
    if name in ("-h", "--help", "help"):
        world.stdout.write(usage() + "\n")
        return 0
    if name in ("-V", "--version"):
        world.stdout.write(f"gates {__version__}\n")
        return 0
    command = COMMANDS.get(name)
    if command is None:
        raise UsageError(f"unknown command {name!r}{_nearest(name)}; gates --help lists the commands of this version")
    try:
        code: int = import_module(command.module).run(name, rest, world)
    except SystemExit as left:  # --help: argparse has written it, and whether it could be written shows when it is flushed
        return int(left.code or 0)
    return code


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _refused(error: UsageError, argv: list[str], world: World) -> int:
    """Nothing was judged: stdout stays empty, but for a JSON document where JSON was asked for."""
    _say(world, str(error))
    if _wants_json(argv):
        from json import dumps

        place = {"path": error.path, "line": error.line} if error.path else {}
        with suppress(OSError):  # 2 goes before 3, and stderr has said it
            world.stdout.write(dumps({"error": {"message": error.message, **place}}) + "\n")
            world.stdout.flush()
    return EXIT_USAGE


def _wants_json(argv: list[str]) -> bool:
    return "--format=json" in argv or any(pair == ("--format", "json") for pair in pairwise(argv))


def _say(world: World, message: str) -> None:
    from gates.report.escape import printable

    with suppress(OSError):  # nobody is left to be told; the exit code says it
        world.stderr.write(f"gates: {printable(message)}\n")
        world.stderr.flush()


def _silence(world: World) -> None:
    """Keeps the interpreter from failing once more when it flushes a stdout that is gone."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
