"""`gates commits VERB`: the lists of commit types, and what is written by them."""

from __future__ import annotations

from gates.commands import verbs
from gates.commands.options import Parser
from gates.core.world import World

VERBS = verbs.Verbs(
    "commits",
    "one list of commit types, held everywhere",
    "check",
    {
        "check": "whether every tool that lists commit types lists the same ones",
        "lint": "whether a message, a title or the messages of a range are written by the list",
    },
)


def run(name: str, argv: list[str], world: World) -> int:
    return verbs.run(VERBS, argv, world)


def parser(name: str) -> Parser:
    return verbs.parser(VERBS)


def parsers(name: str) -> list[Parser]:
    return verbs.parsers(VERBS)
