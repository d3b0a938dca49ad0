"""Whether a check of titles runs whenever a title can come or change: its triggers, their filters, and the conditions on the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from gates.commits.sources.title_checks import TitleCheck
from gates.core.finding import Location
from gates.github import expressions
from gates.github.expressions import Open, Value
from gates.github.triggers import PULL_REQUEST_EVENTS, activity_types, on_branch, path_filter
from gates.github.workflow import Job, Trigger, Workflow

TYPES: Final = ("opened", "edited", "synchronize")
# How the status functions answer on a pull request whose other jobs and steps all succeed.
_STATUS: Final = {"success": True, "failure": False, "cancelled": False, "always": True}


class Gap(NamedTuple):
    """Activity types that one cause keeps the check from running on. `trigger` is None where the workflow has none for pull requests;
    `value` is the condition, or the branch that is left out.
    """

    why: Literal["triggers", "branches", "paths", "condition"]
    missing: tuple[str, ...]
    trigger: Trigger | None
    location: Location
    value: str = ""


class _Condition(NamedTuple):
    source: str
    location: Location


def gaps(check: TitleCheck, branches: Sequence[str]) -> tuple[Gap, ...]:
    """For the trigger that runs the check most; empty where it runs on all types. The default branch is one of `branches`."""
    workflow = check.top
    triggers = [workflow.triggers[event] for event in PULL_REQUEST_EVENTS if event in workflow.triggers]
    if not triggers:
        place = Location(workflow.path, next(iter(workflow.triggers.values())).line)
        return (Gap("triggers", TYPES, None, place),)
    found = [tuple(_of(check, trigger, branches)) for trigger in triggers]
    return min(found, key=lambda each: len({name for gap in each for name in gap.missing}))


def _of(check: TitleCheck, trigger: Trigger, branches: Sequence[str]) -> Iterator[Gap]:
    path, given = check.top.path, activity_types(trigger)
    if missing := tuple(name for name in TYPES if name not in given):
        yield Gap("triggers", missing, trigger, Location(path, trigger.types_line or trigger.line))
    if not any(on_branch(trigger, branch) for branch in branches):
        line = trigger.branches.line if trigger.branches else trigger.line
        yield Gap("branches", TYPES, trigger, Location(path, line), branches[0])
    if paths := path_filter(trigger):
        yield Gap("paths", TYPES, trigger, Location(path, paths.line))
    kept: dict[_Condition, list[str]] = {}
    for name in TYPES:
        if name in given and (condition := _skipping(check, trigger, name, branches)):
            kept.setdefault(condition, []).append(name)
    for condition, names in kept.items():
        yield Gap("condition", tuple(names), trigger, condition.location, condition.source)


def _skipping(check: TitleCheck, trigger: Trigger, action: str, branches: Sequence[str]) -> _Condition | None:
    """The first condition on the way that is false for all pull requests with that activity."""
    known: dict[str, Value] = {"github": _github(trigger, action, branches)}
    ways = [*((caller.workflow, caller.job) for caller in check.via), (check.workflow, check.job)]
    for workflow, job in ways:
        if condition := _job_skipping(workflow, job, known):
            return condition
    if check.step is None or not _false(check.step.condition, known):
        return None
    node = check.step.node.value.get("if") if isinstance(check.step.node.value, dict) else None
    return _Condition(check.step.condition, Location(check.workflow.path, node.key_line if node else check.step.line))


def _job_skipping(workflow: Workflow, job: Job, known: dict[str, Value]) -> _Condition | None:
    """A skipped job skips those that need it, unless their condition asks for the status itself."""
    waiting, seen = [job.id], {job.id}
    while waiting:
        each = workflow.jobs[waiting.pop()]
        if _false(each.condition, known):
            return _Condition(each.condition, Location(workflow.path, each.condition_line))
        if not expressions.has_status_function(each.condition):
            needs = [name for name in each.needs if name in workflow.jobs and name not in seen]
            waiting += needs
            seen.update(needs)
    return None


def _false(source: str, known: dict[str, Value]) -> bool:
    if not source:
        return False
    try:
        expression = expressions.parse(source)
    except ValueError:
        return False
    return expressions.truth(expressions.assuming(expression, _STATUS), known) is False


def _github(trigger: Trigger, action: str, branches: Sequence[str]) -> Open:
    event: dict[str, Value] = {"action": action, "pull_request": Open({}, event_data=True)}
    properties: dict[str, Value] = {"event_name": trigger.event, "event": Open(event, event_data=True)}
    if len(branches) == 1:
        properties["base_ref"] = branches[0]
    return Open(properties, event_data=True)
