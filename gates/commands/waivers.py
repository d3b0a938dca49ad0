"""`gates waivers VERB`: the exception list."""

from __future__ import annotations

from gates.commands import verbs
from gates.commands.options import Parser
from gates.core.world import World

VERBS = verbs.Verbs(
    "waivers",
    "the exception list",
    "check",
    {
        "check": "whether the list is in order, and what has ended or ends soon",
        "list": "what the list holds",
        "add": "an entry for a finding",
        "renew": "a new last day for an entry, with a reason",
        "prune": "take out what has ended, or covers nothing",
        "import": "entries from the ignore lists of other tools",
        "export": "the list for other tools, and as VEX",
        "calendar": "the last days as a calendar file",
    },
)


def run(name: str, argv: list[str], world: World) -> int:
    return verbs.run(VERBS, argv, world)


def parser(name: str) -> Parser:
    return verbs.parser(VERBS)


def parsers(name: str) -> list[Parser]:
    return verbs.parsers(VERBS)
