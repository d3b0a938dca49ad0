"""Jobs that stand for others: what they need, whether they look at what it came to, and whether they can fail over it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gates.core.documents import Node
from gates.github import expressions
from gates.github.expressions import UNKNOWN, Unknown, Value
from gates.github.workflow import Job, Step
from gates.protection.contexts import events, scripts
from gates.protection.contexts.conditions import Link, Way, reads_results

# Steps that fetch, keep or set up something: whatever they do, the job that has nothing else does no work of its own.
_HELPERS: Final = (
    "actions/checkout",
    "actions/upload-artifact",
    "actions/download-artifact",
    "actions/cache",
    "actions/setup-",
    "re-actors/alls-green",
)
_POSIX_SHELLS: Final = ("", "bash", "sh")
_PASSED_ON: Final = ("GITHUB_OUTPUT", "GITHUB_ENV")
_RESULT: Final = Unknown(truth=True, choices=("success", "failure", "cancelled", "skipped"))
_ALLS_GREEN: Final = "re-actors/alls-green"


def hollow(links: Sequence[Link], occasions: Sequence[Way]) -> str:
    """Why the check behind a job passes whatever its needs came to, in words; "" where it may fail over them, or nobody can tell.
    `links` lead from the job with the needs to the one that works, which is the same unless it calls a workflow; `occasions` are what
    starts it.
    """
    last = links[-1]
    job = last.job
    if job.uses or (len(links) > 1 and any(link.job.needs for link in links[1:])):
        return ""
    handed = _handed(links)
    everywhere = any(_speaks_to_all(link.job) for link in links[:-1]) or _reads_for_all(job, handed)
    reading = [step for step in job.steps if _reads(step.node, handed) or _looks(step.condition, handed)]
    if not reading and not everywhere:
        return "it never looks at the results of its needs" if handed is None else "the workflow it calls never looks at their results"
    judged = job.steps if everywhere or any(_passes_on(step, job) for step in reading) else reading
    failed = False
    for step in job.steps:
        fails = _fails(step, job) and _may_run(step, last, occasions, failed)
        if fails and step in judged:
            return ""
        failed = failed or fails
    idle = "never run or cannot fail" if any(step.condition for step in judged) else "cannot fail"
    return f"it looks at the results of its needs only in steps that {idle} (line {', '.join(str(step.line) for step in judged)})"


def speaks(links: Sequence[Link], occasions: Sequence[Way]) -> bool:
    """Whether it can fail over what its needs came to; of one that calls a workflow of which nothing is known, whether it hands that on."""
    job = links[0].job
    if job.uses:
        return any(_reads(value, None) for value in job.inputs.values()) and not hollow(links, occasions)
    return bool(job.needs) and not hollow(links, occasions)


def works(job: Job) -> bool:
    """Whether it does something of its own besides speaking for others."""
    return any(
        (step.uses and not step.uses.startswith(_HELPERS)) or (step.run and (not _posix(step, job) or scripts.works(step.run)))
        for step in job.steps
    )


# Where results are read


def _handed(links: Sequence[Link]) -> frozenset[str] | None:
    """The inputs, in lower case, that tell the last job what the needs of the first came to; None where these are its own."""
    handed: frozenset[str] | None = None
    for link in links[:-1]:
        handed = frozenset(key.lower() for key, value in link.job.inputs.items() if _reads(value, handed))
    return handed


def _speaks_to_all(job: Job) -> bool:
    return reads_results(job.condition) or "failure" in expressions.status_functions(job.condition)


def _reads_for_all(job: Job, handed: frozenset[str] | None) -> bool:
    """In a place that speaks to every step."""
    environment = _key(job.node, "env")
    return (
        _looks(job.condition, handed)
        or (handed is None and _speaks_to_all(job))
        or (environment is not None and _reads(environment, handed))
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


def _reads(node: Node, handed: frozenset[str] | None) -> bool:
    return any(_looks(source, handed) for text in _texts(node) for source in sources(text))


def _looks(source: str, handed: frozenset[str] | None) -> bool:
    if handed is None:
        return "needs" in source.lower() and reads_results(source)
    paths = expressions.references(source) if handed and "inputs" in source.lower() else ()
    return any(path[0] == "inputs" and (len(path) < 2 or path[1].lower() in handed or path[1] == "*") for path in paths)


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


# What can run, and fail


def _may_run(step: Step, link: Link, occasions: Sequence[Way], failed: bool) -> bool:
    """`failed`: whether a step before it can fail, as failure() asks for those alone."""
    try:
        expression = expressions.parse(step.condition) if step.condition and occasions else None
    except ValueError:
        expression = None
    if expression is None:
        return True
    assumed = expressions.assuming(expression, {} if failed else {"failure": False})
    needs: Value = {name: {"result": _RESULT, "outputs": UNKNOWN} for name in link.job.needs}
    contexts = (github for way in occasions for github in events.known(way.trigger, way.branch))
    return any(expressions.truth(assumed, {"github": github, "inputs": link.inputs, "needs": needs}) is not False for github in contexts)


def _fails(step: Step, job: Job) -> bool:
    if step.continue_on_error.strip().lower() == "true" or _allows_all(step, job.needs):
        return False
    if step.uses or not _posix(step, job):
        return True
    return scripts.can_fail(step.run, errexit=_errexit(_shell(step, job)))


def _allows_all(step: Step, needs: Iterable[str]) -> bool:
    """https://github.com/re-actors/alls-green#options: a list with commas between, or in JSON."""
    allowed = _key(step.node, "with", "allowed-failures")
    if not step.uses.startswith(_ALLS_GREEN) or allowed is None or not isinstance(allowed.value, str):
        return False
    try:
        listed = json.loads(allowed.value)
    except ValueError:
        listed = [name.strip() for name in allowed.value.split(",")]
    return isinstance(listed, list) and all(name in listed for name in needs)


def _shell(step: Step, job: Job) -> str | None:
    """As it is written; None where it is not, "" where it is no text."""
    shell = _key(step.node, "shell")
    if shell is None:
        run = _key(job.node, "defaults", "run")
        shell = _key(run, "shell") if run is not None else None
    if shell is None:
        return None
    return shell.value if isinstance(shell.value, str) else ""


def _posix(step: Step, job: Job) -> bool:
    shell = _shell(step, job)
    return shell is None or shell.split()[:1] in ([name] for name in _POSIX_SHELLS)


def _errexit(shell: str | None) -> bool:
    """Bare names of shells stand for commands that end with the first failing one; a template says all of it by itself."""
    words = (shell or "").split()
    return "{0}" not in words or scripts.errexit_of(words, False)


def _key(node: Node, *keys: str) -> Node | None:
    for key in keys:
        found = node.value.get(key) if isinstance(node.value, dict) else None
        if found is None:
            return None
        node = found
    return node
