"""What the workflows report on an event, told anew only where a name depends on the event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from gates.core.documents import Node
from gates.core.patterns import lazy
from gates.github.emission import Emission, Problem
from gates.github.emissions import emissions
from gates.github.triggers import PULL_REQUEST_EVENTS
from gates.github.workflow import Workflow

_EVENT: Final = lazy(r"(?i)\bgithub\b\s*(?:\.\s*(?:event_name|base_ref)|\[|\.\s*\*|[,)])")


def reporting(
    workflows: Mapping[str, Workflow], remote: Mapping[str, tuple[str, ...]]
) -> tuple[Callable[[str, str], Sequence[Emission]], list[Problem]]:
    """Emissions by the name of an event and of the branch it is about; and what could not be told."""
    depends = any(_EVENT.search(text) for workflow in workflows.values() for text in _texts(workflow))
    told: dict[tuple[str, str], list[Emission]] = {}
    problems: dict[Problem, None] = {}

    def tell(event: str, branch: str) -> Sequence[Emission]:
        key = (event, branch) if depends else ("", "")
        if key not in told:
            found = emissions(workflows, remote, {"event_name": event, "base_ref": branch} if depends else {})
            told[key] = [each for each in found if isinstance(each, Emission)]
            problems.update((each, None) for each in found if isinstance(each, Problem))
        return told[key]

    tell(PULL_REQUEST_EVENTS[0], "")
    return tell, list(problems)


def _texts(workflow: Workflow) -> Iterator[str]:
    """Those that a name can come from, with expressions."""
    nodes = [node for job in workflow.jobs.values() for node in (job.matrix, *job.inputs.values()) if node is not None]
    nodes += [each.default for each in workflow.inputs.values() if each.default is not None]
    texts = [job.name for job in workflow.jobs.values()]
    texts += [text for node in nodes for text in _in(node)]
    return (text for text in texts if "${{" in text)


def _in(node: Node) -> Iterator[str]:
    if isinstance(node.value, str):
        yield node.value
    elif isinstance(node.value, list | dict):
        for item in node.value.values() if isinstance(node.value, dict) else node.value:
            yield from _in(item)
