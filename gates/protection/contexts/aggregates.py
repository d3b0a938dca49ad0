"""Jobs that stand for others: what they need, whether they look at what it came to, and whether they can fail over it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gates.core.documents import Node
from gates.github import expressions
from gates.github.workflow import Job, Step
from gates.protection.contexts import scripts
from gates.protection.contexts.conditions import reads_results

# Steps that fetch, keep or set up something: whatever they do, the job that has nothing else does no work of its own.
_HELPERS: Final = ("actions/checkout", "actions/upload-artifact", "actions/download-artifact", "actions/cache", "actions/setup-")
_POSIX_SHELLS: Final = ("", "bash", "sh")
_PASSED_ON: Final = ("GITHUB_OUTPUT", "GITHUB_ENV")


def hollow(job: Job) -> str:
    """Why a job passes whatever its needs came to, in words; "" where it may fail over them, and for a job that calls a workflow."""
    if job.uses:
        return ""
    reading = [step for step in job.steps if _reads(step.node) or reads_results(step.condition)]
    if not reading and not _reads_for_all(job):
        return "it never looks at the results of its needs"
    judged = job.steps if _reads_for_all(job) or any(_passes_on(step, job) for step in reading) else reading
    if any(_fails(step, job) for step in judged):
        return ""
    lines = ", ".join(str(step.line) for step in judged)
    return f"it looks at the results of its needs only in steps that cannot fail (line {lines})"


def speaks(job: Job) -> bool:
    """Whether it can fail over what its needs came to; of one that calls a workflow, whether it hands that on."""
    if job.uses:
        return any(_reads(value) for value in job.inputs.values())
    return bool(job.needs) and not hollow(job)


def works(job: Job) -> bool:
    """Whether it does something of its own besides speaking for others."""
    return any(
        (step.uses and not step.uses.startswith(_HELPERS)) or (step.run and (not _posix(step, job) or scripts.works(step.run)))
        for step in job.steps
    )


# Where results are read


def _reads_for_all(job: Job) -> bool:
    """In a place that speaks to every step."""
    environment = _key(job.node, "env")
    return (
        reads_results(job.condition)
        or "failure" in expressions.status_functions(job.condition)
        or (environment is not None and _reads(environment))
    )


def _passes_on(step: Step, job: Job) -> bool:
    """Whether another step may act on what this one read."""
    if any(name in step.run for name in _PASSED_ON):
        return True
    return _key(step.node, "id") is not None and any(
        "steps" in (path[0] for path in expressions.references(other.condition)) or any("steps." in text for text in _texts(other.node))
        for other in job.steps
        if other is not step
    )


def _reads(node: Node) -> bool:
    return any("needs" in text and "${{" in text and _text_reads(text) for text in _texts(node))


def _text_reads(text: str) -> bool:
    return any(reads_results(source) for source in sources(text))


def sources(text: str) -> Iterator[str]:
    """The expressions in a text, without their ${{ }}."""
    rest = text
    while "${{" in rest:
        rest = rest.partition("${{")[2]
        source, _, rest = rest.partition("}}")
        yield source.strip()


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node.value, str):
        yield node.value
    elif isinstance(node.value, list):
        for item in node.value:
            yield from _texts(item)
    elif isinstance(node.value, dict):
        for item in node.value.values():
            yield from _texts(item)


# What can fail


def _fails(step: Step, job: Job) -> bool:
    if step.continue_on_error.strip().lower() == "true":
        return False
    return bool(step.uses) or not _posix(step, job) or scripts.can_fail(step.run)


def _posix(step: Step, job: Job) -> bool:
    shell = _key(step.node, "shell")
    if shell is None:
        run = _key(job.node, "defaults", "run")
        shell = _key(run, "shell") if run is not None else None
    if shell is None:
        return True
    words = shell.value.split() if isinstance(shell.value, str) else []
    return bool(words) and words[0] in _POSIX_SHELLS


def _key(node: Node, *keys: str) -> Node | None:
    for key in keys:
        found = node.value.get(key) if isinstance(node.value, dict) else None
        if found is None:
            return None
        node = found
    return node
