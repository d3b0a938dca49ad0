"""`gates container check`: the gate."""

from __future__ import annotations

from gates.commands import gate
from gates.commands.options import Parser
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    return gate.run("container", argv, world)


def parser(name: str) -> Parser:
    return gate.parser("container")
