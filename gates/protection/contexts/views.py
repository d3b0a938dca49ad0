"""What a branch requires beside what workflows report on pull requests into it: all that the rules on contexts are judged by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gates.github.branches import covers, in_force, sample
from gates.github.emission import Emission, Pattern
from gates.github.expressions import has_status_function
from gates.github.requirement import Protection
from gates.github.triggers import MERGE_QUEUE, PULL_REQUEST_EVENTS
from gates.github.workflow import Workflow
from gates.protection.contexts import aggregates
from gates.protection.contexts.conditions import Link, Outcome, Way, ancestors, chain, outcomes, queued, runs, way_of, ways
from gates.protection.options import Options

# Where a job stands: the path of the outermost workflow, the ids of its callers, its own.
Key = tuple[str, ...]


class Situation(NamedTuple):
    """One repository. `emissions` are asked for by an event and the branch it is about, as a name may hold either."""

    workflows: Mapping[str, Workflow]
    emissions: Callable[[str, str], Sequence[Emission]]
    protections: Sequence[Protection]
    branches: Sequence[str]  # those that are protected; patterns stay patterns
    default_branch: str
    options: Options
    today: date
    unread: tuple[str, ...] = ()  # paths of workflows that could not be read, or not in full: what they report is not known


class Hit(NamedTuple):
    """A job that reports a certain name. `legs`: how often, which for the legs of one matrix can be more than once."""

    emission: Emission
    legs: int


class Reports(NamedTuple):
    """`exact` holds the names that something requires, and no others; `patterns` are the names that a run completes."""

    exact: Mapping[str, tuple[Hit, ...]]
    patterns: tuple[tuple[Pattern, Emission], ...]


class View(NamedTuple):
    """A branch. `required` are the contexts in force; `ways` go by the path of a workflow; `blocking` holds the jobs whose failing stops
    a merge through a required aggregate.
    """

    branch: str
    sample: str  # a name to judge filters by, where the branch is a pattern
    protections: tuple[Protection, ...]
    required: frozenset[str]
    emissions: Sequence[Emission]
    ways: Mapping[str, tuple[Way, ...]]
    reports: Reports
    queue: Reports | None  # what is reported in the merge queue; None where there is no queue
    below: Mapping[Key, tuple[Emission, ...]]  # what is reported by a job, and by the jobs of the workflow that it calls
    blocking: frozenset[Key]
    workflows: Mapping[str, Workflow]
    failures: dict[tuple[str, str, str], Mapping[str, Outcome]]  # fills up as it is asked: (outermost workflow, file, failed job)

    def reached(self, emission: Emission) -> tuple[Way, ...]:
        return self.ways.get(emission.workflow.path, ())

    def occasions(self, emission: Emission) -> tuple[Way, ...]:
        """All that a merge waits for: the runs on pull requests, and those in the queue where there is one."""
        return (*self.reached(emission), *self.in_queue(emission))

    def in_queue(self, emission: Emission) -> tuple[Way, ...]:
        return way_of(emission.workflow, MERGE_QUEUE, self.sample) if self.queue is not None else ()

    def links(self, emission: Emission) -> tuple[Link, ...]:
        return chain(emission, self.workflows)

    def survives(self, link: Link, outermost: Workflow, failed: str) -> bool:
        """Whether a job may still run when one that it waits for fails."""
        if not has_status_function(link.job.condition):
            return False  # what `runs` would say, once it was worked out what all the other jobs come to
        key = (outermost.path, link.workflow.path, failed)
        if key not in self.failures:
            self.failures[key] = outcomes(link.workflow, failed, self.ways[outermost.path], link.inputs)
        return runs(link, self.ways[outermost.path], self.failures[key])

    def blocks(self, key: Key) -> bool:
        """Whether the failing of a job stops a merge: all its names are required, or a required aggregate looks at its result."""
        if any(key[:length] in self.blocking for length in range(2, len(key) + 1)):
            return True
        below = self.below.get(key, ())
        return bool(below) and all(name in self.required for emission in below for name in emission.names)


def key_of(emission: Emission) -> Key:
    return (emission.workflow.path, *(caller.job.id for caller in emission.via), emission.job.id)


def view(situation: Situation, branch: str) -> View:
    covering = (each for each in situation.protections if covers(each, branch, situation.default_branch) and not _disabled(each))
    judged = sorted(covering, key=lambda each: each.location)
    forced = [each for each in judged if in_force(each)]
    required = frozenset(context.name for each in forced for context in each.contexts)
    wanted = required.union(context.name for each in judged for context in each.contexts)
    name = sample(branch)
    emissions = situation.emissions(PULL_REQUEST_EVENTS[0], name)
    has_queue = branch in situation.options.merge_queue or any(each.merge_queue and each.merge_queue.value for each in judged)
    waiting = [each for each in situation.emissions(MERGE_QUEUE, name) if queued(each.workflow, branch)] if has_queue else []
    plain = View(
        branch=branch,
        sample=name,
        protections=tuple(judged),
        required=required,
        emissions=emissions,
        ways={path: ways(workflow, branch) for path, workflow in {each.workflow.path: each.workflow for each in emissions}.items()},
        reports=_reports(emissions, wanted),
        queue=_reports(waiting, wanted) if has_queue else None,
        below=_below(emissions),
        blocking=frozenset(),
        workflows=situation.workflows,
        failures={},
    )
    return plain._replace(blocking=frozenset(_blocking(plain)))


def _disabled(protection: Protection) -> bool:
    return protection.enforcement is not None and protection.enforcement.value == "disabled"


def _reports(emissions: Iterable[Emission], wanted: frozenset[str]) -> Reports:
    exact: dict[str, list[Hit]] = {}
    patterns: dict[tuple[Pattern, int], tuple[Pattern, Emission]] = {}
    for number, emission in enumerate(emissions):
        for name in wanted.intersection(emission.names):
            exact.setdefault(name, []).append(Hit(emission, emission.names.count(name)))
        for open_name in emission.names:
            if isinstance(open_name, Pattern):
                patterns[open_name, number] = (open_name, emission)
    return Reports({name: tuple(hits) for name, hits in exact.items()}, tuple(patterns.values()))


def _below(emissions: Iterable[Emission]) -> dict[Key, tuple[Emission, ...]]:
    found: dict[Key, list[Emission]] = {}
    for emission in emissions:
        key = key_of(emission)
        for length in range(2, len(key) + 1):
            found.setdefault(key[:length], []).append(emission)
    return {key: tuple(some) for key, some in found.items()}


def _blocking(plain: View) -> set[Key]:
    found: set[Key] = set()
    for name in plain.required:
        for hit in plain.reports.exact.get(name, ()):
            if not plain.reached(hit.emission):
                continue
            key = key_of(hit.emission)
            links = plain.links(hit.emission)
            for level, link in enumerate(links, 1):
                if aggregates.speaks(links[level - 1 :], plain.occasions(hit.emission)):
                    found.update(
                        (*key[:level], needed)
                        for needed in ancestors(link.job, link.workflow.jobs)
                        if plain.survives(link, hit.emission.workflow, needed)
                    )
    return found
