"""What the readers of workflows share: the steps that use an action, the inputs they give it, its version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gates.commits.sources.locating import Text
from gates.core.documents import DocumentError, Node
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.github.scalars import text
from gates.github.workflow import NO_NODES, Job, Step, Workflow

_VERSION = lazy(r"v?([0-9]{1,4})(?:\.[0-9A-Za-z.+-]*)?")
_COMMENT = lazy(r"#[ \t]*(?:[\w./-]*@)?v?([0-9]{1,4})(?:[. \t]|$)")


def uses(step: Step, action: str) -> bool:
    """Any version, and any folder of the action's repository; GitHub does not look at case."""
    used = step.uses.partition("@")[0].strip().lower()
    return used == action or used.startswith(action + "/")


def steps_with(workflow: Workflow, *names: str) -> Iterator[tuple[Job, Step]]:
    for job in workflow.jobs.values():
        for step in job.steps:
            if any(uses(step, name) for name in names):
                yield job, step


def inputs_of(step: Step) -> Mapping[str, Node]:
    """By their names in lower case, since GitHub does not look at case; those that are given as nothing are not given."""
    given = _child(step, "with")
    if given is None or not isinstance(given.value, dict):
        return NO_NODES
    return {name.lower(): node for name, node in given.value.items() if node.value not in (None, "")}


def written(node: Node | None, path: str) -> str:
    """An input as the action gets it, "" where it is not given."""
    if node is None:
        return ""
    if isinstance(node.value, dict | list):
        raise DocumentError("an input of an action must be text; write a list as a block with | and one entry a line", path, node.line)
    return text(node.value)


def is_expression(value: str) -> bool:
    return "${{" in value


def is_true(value: str) -> bool:
    return value.strip().lower() == "true"


def place_of(step: Step, path: str) -> Location:
    """Of the action's name."""
    used = _child(step, "uses")
    return Location(path, used.line, used.column) if used is not None else Location(path, step.line)


def major_version(step: Step, source: Text) -> int | None:
    """Of a tag, or of the comment that people and bots put behind a commit's hash; None for a branch and where nothing says."""
    reference = step.uses.partition("@")[2].strip()
    if found := _VERSION.fullmatch(reference):
        return int(found[1])
    used = _child(step, "uses")
    if used is None or (found := _COMMENT.search(source.line(used.line))) is None:
        return None
    return int(found[1])


def _child(step: Step, key: str) -> Node | None:
    return step.node.value.get(key) if isinstance(step.node.value, dict) else None
