"""Every check name that the workflows of a repository report: the list that a person writes required contexts from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from gates.github.branches import sample
from gates.github.emission import Emission, Name, Pattern
from gates.github.samples import passing
from gates.github.triggers import MERGE_QUEUE, PULL_REQUEST_EVENTS, PUSH, on_branch
from gates.github.workflow import Job

Kind = Literal["exact", "pattern", "opaque"]
_BY_BRANCH = (*PULL_REQUEST_EVENTS, PUSH, MERGE_QUEUE)  # the events that have a branch to filter by


class Listed(NamedTuple):
    """`name` shows an expression where a run decides. `path` and `line` are where the job stands, `via` the jobs that call it,
    outermost first, as path:line. `events` are those on which the name reports, in the order of the workflow.
    """

    name: str
    kind: Kind
    path: str
    line: int
    job: str
    workflow: str
    via: tuple[str, ...]
    events: tuple[str, ...]


_Place: TypeAlias = "tuple[str, int, str, str, tuple[str, ...], tuple[str, ...]]"  # what follows name and kind in Listed


def listed(emissions: Callable[[str, str], Sequence[Emission]], branch: str = "", event: str = "") -> list[Listed]:
    """By workflow and in the order of its jobs and legs, each name once for each job and way to it. With `branch` only what reports for
    it; with `event` only what reports on it.
    """
    told: list[Listed] = []
    seen: dict[_Place, set[Name]] = {}
    for place, emission in _listed(emissions, branch, event):
        before = seen.setdefault(place, set())
        names = [name for name in dict.fromkeys(emission.names) if name not in before]
        before.update(names)
        told += [Listed(_shown(name), _kind(name), *place) for name in names]
    return told


def _listed(emissions: Callable[[str, str], Sequence[Emission]], branch: str, event: str) -> Iterator[tuple[_Place, Emission]]:
    base = sample(branch) if branch else ""
    for emission in emissions(event or PULL_REQUEST_EVENTS[0], base):
        triggers = emission.workflow.triggers
        events = tuple(
            name
            for name, trigger in triggers.items()
            if name != "workflow_call"
            and event in ("", name)
            and (not base or name not in _BY_BRANCH or on_branch(trigger, passing(branch, trigger.branches) or base))
        )
        if events:
            via = tuple(f"{caller.workflow.path}:{caller.job.line}" for caller in emission.via)
            yield (stands_in(emission), line(emission.job), emission.job.id, emission.workflow.path, via, events), emission


def stands_in(emission: Emission) -> str:
    """The file that holds the job; of a workflow of another repository, the file that calls it."""
    if not emission.remote:
        return emission.source
    return emission.via[-1].job.uses.removeprefix("./") if emission.via else emission.workflow.path


def line(job: Job) -> int:
    return job.name_line or job.line


def _shown(name: Name) -> str:
    return name.shown if isinstance(name, Pattern) else name


def _kind(name: Name) -> Kind:
    return "exact" if isinstance(name, str) else "opaque" if name.opaque else "pattern"
