"""The two verbs behind the name of a command, with a gate that finds what a test wants."""

from __future__ import annotations

from collections.abc import Sequence

from gates.commands import protection_apply, protection_diff
from gates.core.world import World

against: list[str] = []  # what the gate has against applying; a test fills and empties it


def run(name: str, argv: list[str], world: World) -> int:
    if argv[0] == "diff":
        return protection_diff.run(argv[1:], world)
    return protection_apply.run(argv[1:], world, check)


def check(repo: str, policy: str, world: World) -> Sequence[str]:
    return tuple(against)
