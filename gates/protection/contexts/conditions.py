"""When a job reports on pull requests into a branch: the triggers that start it, and the conditions that skip it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from gates.core.documents import DocumentError
from gates.github import expressions
from gates.github.branches import sample
from gates.github.emission import Emission
from gates.github.expressions import UNKNOWN, Open, Value
from gates.github.matrix import resolve
from gates.github.samples import passing
from gates.github.triggers import (
    DEPLOYMENT_EVENTS,
    MERGE_QUEUE,
    PULL_REQUEST_EVENTS,
    PUSH,
    covers_new_commits,
    on_branch,
    path_filter,
    pushed_heads,
)
from gates.github.workflow import Filter, Job, Trigger, Workflow
from gates.protection.contexts import events

Skipping = Literal["never", "elsewhere", "perhaps", "always"]
Outcome = Literal["success", "failure", "skipped"]

# The same for every pull request of a repository but those from forks, or in a fork of it.
_SETTLED: Final = (
    ("github", "repository"),
    ("github", "repository_owner"),
    ("github", "repository_id"),
    ("github", "repository_visibility"),
    ("github", "server_url"),
    ("github", "repository_owner_id"),
    ("github", "event", "repository"),
    ("github", "event", "pull_request", "head", "repo"),
    ("github", "event", "pull_request", "base", "repo"),
    ("vars",),
)
_KNOWN: Final = (
    ("github", "event_name"),
    ("github", "base_ref"),
    ("github", "event", "action"),
    ("github", "event", "pull_request", "base", "ref"),
    ("github", "event", "pull_request", "merged"),
    ("github", "event", "pull_request", "state"),
)
_CERTAINTY: Final = {"never": 0, "elsewhere": 1, "perhaps": 2, "always": 3}
_IN_INPUTS: Final = frozenset(("github", "inputs", "matrix", "needs", "strategy", "vars"))
_NO_INPUTS: Final[Value] = {}


# Triggers


class Way(NamedTuple):
    """An event that starts a workflow on pull requests into a branch, and what keeps it from always doing so."""

    trigger: Trigger
    branch: str
    filtered: bool  # the branch filter leaves the branch out
    missing: tuple[str, ...]  # activity types
    paths: Filter | None

    @property
    def clear(self) -> bool:
        return not (self.filtered or self.missing or self.paths)


def ways(workflow: Workflow, branch: str) -> tuple[Way, ...]:
    """The best first; empty for a workflow without a trigger for pull requests. Of a pattern, for a branch that the filter lets through
    where it has one.
    """
    found = [_way(workflow.triggers[event], branch) for event in PULL_REQUEST_EVENTS if event in workflow.triggers]
    return tuple(sorted(found, key=lambda way: (way.filtered, bool(way.missing), way.paths is not None)))


def _way(trigger: Trigger, branch: str) -> Way:
    name = passing(branch, trigger.branches) or sample(branch)
    return Way(trigger, name, not on_branch(trigger, name), covers_new_commits(trigger), path_filter(trigger))


def way_of(workflow: Workflow, event: str, branch: str) -> tuple[Way, ...]:
    """None or one, for an event besides those of pull requests."""
    return (_way(workflow.triggers[event], branch),) if event in workflow.triggers else ()


def queued(workflow: Workflow, branch: str) -> bool:
    trigger = workflow.triggers.get(MERGE_QUEUE)
    return trigger is not None and bool(passing(branch, trigger.branches)) and not covers_new_commits(trigger)


def on_most_heads(workflow: Workflow, branch: str) -> str:
    """Why a workflow without a trigger for pull requests still reports on the heads of most, in words; "" where it does not."""
    if on_every_push(workflow, branch):
        return "it runs on every push, and so on the heads of all pull requests but those from forks"
    if any(event in workflow.triggers for event in DEPLOYMENT_EVENTS):
        return "it runs on deployments, and so only where something deploys the heads of all pull requests"
    return ""


def on_every_push(workflow: Workflow, branch: str) -> bool:
    push = workflow.triggers.get(PUSH)
    return push is not None and pushed_heads(push, (branch,)) == "all" and path_filter(push) is None


# The way from a workflow to a check


class Link(NamedTuple):
    """One job on that way: a caller, or at the end the job that works. `inputs` are those of the file in which it stands."""

    workflow: Workflow
    job: Job
    inputs: Value

    @property
    def place(self) -> str:
        return f"{self.workflow.path}:{self.job.line}"


def chain(emission: Emission, workflows: Mapping[str, Workflow]) -> tuple[Link, ...]:
    """Outermost first. Where the called workflow is not known, the chain ends with the job that calls it."""
    links: list[Link] = []
    workflow, inputs = emission.workflow, _NO_INPUTS
    for caller in emission.via:
        links.append(Link(caller.workflow, caller.job, inputs))
        workflow = workflows.get(caller.job.uses.removeprefix("./"), caller.workflow)
        inputs = _inputs(workflow, links[-1])
    return (*links, Link(workflow, emission.job, inputs))


def _inputs(callee: Workflow, caller: Link) -> Value:
    given = {key.lower(): node for key, node in caller.job.inputs.items()}
    properties: dict[str, Value] = {}
    for key, wanted in callee.inputs.items():
        node = given.get(key.lower(), wanted.default)
        if node is None:
            properties[key] = {"boolean": False, "number": 0}.get(wanted.type, "")
            continue
        try:
            value = resolve(node, {"inputs": caller.inputs}, caller.workflow.path, _IN_INPUTS)
        except DocumentError:
            value = UNKNOWN  # reported where names are told
        properties[key] = value == "true" if wanted.type == "boolean" and value in ("true", "false") else value
    return properties


def expands(link: Link, emission: Emission, name: str) -> bool:
    """Whether skipping the job changes the name of the check, so that nothing reports it."""
    return bool(link.job.uses) or (link.job.matrix is not None and name not in emission.skipped_as)


# Conditions of jobs


def skipping(link: Link, found: Sequence[Way]) -> Skipping:
    """Whether the job's own condition skips it on pull requests whose jobs all succeed; "elsewhere": only on those from forks, in
    another repository, or by a setting of the repository. A job that is there to fail when one of its needs did counts as never skipped.
    """
    job = link.job
    if not job.condition:
        return "never"
    truths = _truths(link, found, dict.fromkeys(job.needs, "success"), "success")
    if True in truths or (truths == {False} and _is_there_to_fail(link, found)):
        return "never"
    if None not in truths:
        return "always"
    return "elsewhere" if _settled(job.condition) else "perhaps"


def skipped_by(link: Link, found: Sequence[Way]) -> tuple[Skipping, Job]:
    """Whether the job is skipped on pull requests, and whose condition that is: its own, or that of a job before it, as a job that is
    skipped skips those that wait for it, unless they run in any case. The most certain of several.
    """
    best = (skipping(link, found), link.job)
    jobs = link.workflow.jobs
    for name in sorted(name for name in ancestors(link.job, jobs) if jobs[name].condition):
        how = skipping(link._replace(job=jobs[name]), found)
        if _CERTAINTY[how] > _CERTAINTY[best[0]]:
            came_to = outcomes(link.workflow, name, found, link.inputs, "skipped")
            if not runs(link, found, came_to, "skipped"):
                best = (how, jobs[name])
    return best


def ancestors(job: Job, jobs: Mapping[str, Job]) -> frozenset[str]:
    """The ids of all jobs that must end before this one starts."""
    found: set[str] = set()
    waiting = list(job.needs)
    while waiting:
        name = waiting.pop()
        if name not in found and name in jobs:
            found.add(name)
            waiting += jobs[name].needs
    return frozenset(found)


def outcomes(workflow: Workflow, origin: str, found: Sequence[Way], inputs: Value, cause: Outcome = "failure") -> Mapping[str, Outcome]:
    """What the jobs of a file come to when one of them fails, or is skipped, and all others do what they can."""
    done: dict[str, Outcome] = {}
    tainted = {origin}
    for name in _in_turn(workflow):
        link = Link(workflow, workflow.jobs[name], inputs)
        if tainted.intersection(link.job.needs):
            tainted.add(name)
        if name == origin:
            done[name] = cause
        elif name in tainted and not runs(link, found, done, cause):
            done[name] = "skipped"
        else:
            done[name] = "success"
    return done


def runs(link: Link, found: Sequence[Way], results: Mapping[str, Outcome], cause: Outcome = "failure") -> bool:
    """Whether a job may run although one before it failed or was skipped: before a condition without a status function stands
    `success() &&`, and that asks all jobs before it.
    """
    if not expressions.has_status_function(link.job.condition):
        return False
    needs = {name: results.get(name, "success") for name in link.job.needs}
    return _truths(link, found, needs, cause) != {False}


def reads_results(source: str) -> bool:
    """Whether an expression looks at what the jobs it needs came to: `needs.x.result`, `needs.*.result`, or all of `needs`."""
    return any(path[0] == "needs" and (len(path) < 3 or path[2].lower() in ("result", "*")) for path in expressions.references(source))


def _in_turn(workflow: Workflow) -> list[str]:
    """Each job after those it needs; reading a workflow refuses needs in a circle."""
    waiting = {name: len(set(job.needs) & set(workflow.jobs)) for name, job in workflow.jobs.items()}
    needed_by: dict[str, list[str]] = {}
    for name, job in workflow.jobs.items():
        for needed in set(job.needs):
            needed_by.setdefault(needed, []).append(name)
    turn = [name for name, count in waiting.items() if not count]
    for name in turn:
        for after in needed_by.get(name, ()):
            waiting[after] -= 1
            if not waiting[after]:
                turn.append(after)
    return turn


def _settled(source: str) -> bool:
    paths = [path for path in expressions.references(source) if path not in _KNOWN]
    return bool(paths) and all(any(path[: len(settled)] == settled for settled in _SETTLED) for path in paths)


def _is_there_to_fail(link: Link, found: Sequence[Way]) -> bool:
    return any(runs(link, found, outcomes(link.workflow, failed, found, link.inputs)) for failed in link.job.needs)


def _truths(link: Link, found: Sequence[Way], results: Mapping[str, Outcome], cause: Outcome) -> set[bool | None]:
    """What the condition comes to, for each event that starts the workflow; None where that is not the same for all pull requests."""
    try:
        expression = expressions.parse(link.job.condition)
    except ValueError:
        return {None}
    assumed = expressions.assuming(expression, {"success": cause == "success", "failure": cause == "failure", "cancelled": False})
    needs: Value = {name: Open({"result": result}) for name, result in results.items()}
    truths: set[bool | None] = set()
    for way in found:
        contexts = ({"github": github, "inputs": link.inputs, "needs": needs} for github in events.known(way.trigger, way.branch))
        each = {expressions.truth(assumed, context) for context in contexts}
        truths.add(each.pop() if len(each) == 1 else None)
    return truths
