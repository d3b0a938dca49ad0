"""The jobs by which gates itself reports: without them among the required checks, nothing keeps the others honest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from gates.core.patterns import lazy
from gates.github.branches import sample
from gates.github.emission import Emission
from gates.github.triggers import PULL_REQUEST_EVENTS, on_branch
from gates.github.workflow import Job

_COMMAND: Final = lazy(r"(?:^|[\s;&|(/])gates[ \t]+(run|protection)\b((?:[ \t]+[a-z]+)*)")


def contexts(emissions: Callable[[str, str], Sequence[Emission]], branch: str) -> tuple[str, ...]:
    """Names that jobs which run this gate report on pull requests into the branch."""
    return tuple(dict.fromkeys(_names(emissions, branch)))


def _names(emissions: Callable[[str, str], Sequence[Emission]], branch: str) -> Iterator[str]:
    event, base = PULL_REQUEST_EVENTS[0], sample(branch)
    for emission in emissions(event, base):
        triggers = (emission.workflow.triggers.get(name) for name in PULL_REQUEST_EVENTS)
        if runs_gates(emission.job) and any(trigger and on_branch(trigger, base) for trigger in triggers):
            yield from (name for name in emission.names if isinstance(name, str))


def runs_gates(job: Job) -> bool:
    """Whether a step runs `gates protection check`, or `gates run` with every gate or this one."""
    commands = (command for step in job.steps for command in _COMMAND.finditer(step.run))
    return any(_checks(command[1], command[2].split()) for command in commands)


def _checks(command: str, words: list[str]) -> bool:
    return words[:1] in ([], ["check"]) if command == "protection" else not words or "protection" in words
