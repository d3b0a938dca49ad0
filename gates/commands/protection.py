"""`gates protection VERB`: the checks that branches require, and the checks that workflows report."""

from __future__ import annotations

from gates.commands import verbs
from gates.commands.options import Parser
from gates.core.world import World

VERBS = verbs.Verbs(
    "protection",
    "the checks that branches require, and the checks that workflows report",
    "check",
    {
        "check": "whether each required check can report, can fail, and what else the files ask of the branches",
        "names": "every check name that the workflows report, with file and line",
        "diff": "what the files ask for, against what the branches have on GitHub (--live)",
        "apply": "make GitHub's settings those of the files; a dry run unless told otherwise",
    },
)


def run(name: str, argv: list[str], world: World) -> int:
    return verbs.run(VERBS, argv, world)


def parser(name: str) -> Parser:
    return verbs.parser(VERBS)


def parsers(name: str) -> list[Parser]:
    return verbs.parsers(VERBS)
