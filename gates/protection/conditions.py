"""When a job reports on pull requests into a branch: the triggers that start it, and the conditions that skip it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from gates.core.documents import DocumentError
from gates.github import expressions
from gates.github.emission import Emission
from gates.github.expressions import UNKNOWN, Open, Value
from gates.github.expressions.syntax import Access, Call, Compare, Expression, Junction, Not
from gates.github.expressions.syntax import Literal as Constant
from gates.github.matrix import resolve
from gates.github.triggers import (
    DEPLOYMENT_EVENTS,
    MERGE_QUEUE,
    PULL_REQUEST_EVENTS,
    PUSH,
    activity_types,
    covers_new_commits,
    on_branch,
    path_filter,
    pushed_heads,
)
from gates.github.workflow import Filter, Job, Trigger, Workflow

Skipping = Literal["never", "elsewhere", "perhaps", "always"]
Outcome = Literal["success", "failure", "skipped"]

# The same for every pull request of a repository but those from forks, or in a fork of it.
_SETTLED: Final = (
    ("github", "repository"),
    ("github", "repository_owner"),
    ("github", "repository_id"),
    ("github", "repository_owner_id"),
    ("github", "event", "repository"),
    ("github", "event", "pull_request", "head", "repo"),
    ("github", "event", "pull_request", "base", "repo"),
    ("vars",),
)
_KNOWN: Final = (("github", "event_name"), ("github", "base_ref"))
_IN_INPUTS: Final = frozenset(("github", "inputs", "matrix", "needs", "strategy", "vars"))
_NO_INPUTS: Final[Value] = {}
_READY: Final = "ready_for_review"
# No branch and no tag has this name: the number of a pull request is not known, and equals nothing that a condition names.
_ANY_NUMBER: Final = "4294967295"


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
    """The best first; empty for a workflow without a trigger for pull requests."""
    found = [_way(workflow.triggers[event], branch) for event in PULL_REQUEST_EVENTS if event in workflow.triggers]
    return tuple(sorted(found, key=lambda way: (way.filtered, bool(way.missing), way.paths is not None)))


def _way(trigger: Trigger, branch: str) -> Way:
    return Way(trigger, branch, not on_branch(trigger, branch), covers_new_commits(trigger), path_filter(trigger))


def queued(workflow: Workflow, branch: str) -> bool:
    trigger = workflow.triggers.get(MERGE_QUEUE)
    return trigger is not None and on_branch(trigger, branch) and not covers_new_commits(trigger)


def on_most_heads(workflow: Workflow, branch: str) -> str:
    """Why a workflow without a trigger for pull requests still reports on the heads of most, in words; "" where it does not."""
    push = workflow.triggers.get(PUSH)
    if push is not None and pushed_heads(push, (branch,)) == "all" and path_filter(push) is None:
        return "it runs on every push, and so on the heads of all pull requests but those from forks"
    if any(event in workflow.triggers for event in DEPLOYMENT_EVENTS):
        return "it runs on deployments, and so only where something deploys the heads of all pull requests"
    return ""


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
    truths = {_truth(link, way, dict.fromkeys(job.needs, "success"), failed=False) for way in found}
    if True in truths:
        return "never"
    if truths == {False} and any(runs(link, found, outcomes(link.workflow, failed, found, link.inputs)) for failed in job.needs):
        return "never"
    if None not in truths:
        return "always"
    return "elsewhere" if _settled(job.condition) else "perhaps"


def outcomes(workflow: Workflow, failed: str, found: Sequence[Way], inputs: Value) -> Mapping[str, Outcome]:
    """What the jobs of a file come to when one of them fails and nothing else does."""
    done: dict[str, Outcome] = {}
    tainted = {failed}
    for name in _in_turn(workflow):
        link = Link(workflow, workflow.jobs[name], inputs)
        if tainted.intersection(link.job.needs):
            tainted.add(name)
        if name == failed:
            done[name] = "failure"
        elif name in tainted and not runs(link, found, done):
            done[name] = "skipped"
        else:
            done[name] = "success"
    return done


def runs(link: Link, found: Sequence[Way], results: Mapping[str, Outcome]) -> bool:
    """Whether a job may run although a job before it failed: a condition without a status function has `success() &&` before it."""
    if not expressions.has_status_function(link.job.condition):
        return False
    needs = {name: results.get(name, "success") for name in link.job.needs}
    return any(_truth(link, way, needs, failed=True) is not False for way in found)


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


def _truth(link: Link, way: Way, results: Mapping[str, Outcome], *, failed: bool) -> bool | None:
    try:
        expression = expressions.parse(link.job.condition)
    except ValueError:
        return None
    assumed = {"success": not failed, "failure": failed, "cancelled": False}
    needs: Value = {name: Open({"result": result}) for name, result in results.items()}
    return expressions.truth(_assuming(expression, assumed), {"github": _github(way), "inputs": link.inputs, "needs": needs})


def _github(way: Way) -> Open:
    """What conditions can ask of a pull request into the branch that has one answer for all of them."""
    pull_request = way.trigger.event == "pull_request"
    properties: dict[str, Value] = {
        "event_name": way.trigger.event,
        "base_ref": way.branch,
        "ref": f"refs/pull/{_ANY_NUMBER}/merge" if pull_request else f"refs/heads/{way.branch}",
        "ref_name": f"{_ANY_NUMBER}/merge" if pull_request else way.branch,
        "ref_type": "branch",
    }
    if _READY in activity_types(way.trigger):
        # A draft cannot be merged, and when it is ready the workflow runs again.
        properties["event"] = Open({"pull_request": Open({"draft": False}, event_data=True)}, event_data=True)
    return Open(properties, event_data=True)


def _assuming(expression: Expression, assumed: Mapping[str, bool]) -> Expression:
    """With what the status functions answer put in their place."""
    match expression:
        case Call(name, arguments):
            if name in assumed:
                return Constant(assumed[name])
            return Call(name, tuple(_assuming(argument, assumed) for argument in arguments))
        case Not(operand):
            return Not(_assuming(operand, assumed))
        case Compare(operator, left, right):
            return Compare(operator, _assuming(left, assumed), _assuming(right, assumed))
        case Junction(operator, operands):
            return Junction(operator, tuple(_assuming(operand, assumed) for operand in operands))
        case Access() | Constant():
            return expression
