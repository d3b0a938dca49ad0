"""A workflow file into a `Workflow`: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax

What GitHub refuses is refused here, since no check ever comes from such a file. What it might accept is let through: unknown keys but
those of a job, unusual values that decide nothing about checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gates.core.documents import DocumentError, Node, Table, read_yaml
from gates.core.patterns import lazy
from gates.github.scalars import text
from gates.github.workflow import NO_NODES, Filter, Input, Job, Step, Trigger, Workflow

_FOLDER = ".github/workflows/"
_JOB_ID = lazy(r"[A-Za-z_][A-Za-z0-9_-]*")
_MERGE_KEY = lazy(rb"""<<["']?[ \t]*:""")
_JOB_KEYS = frozenset(
    (
        *("cancel-timeout-minutes", "concurrency", "container", "continue-on-error", "defaults", "env", "environment", "if", "name"),
        *("needs", "outputs", "permissions", "runs-on", "secrets", "services", "snapshot", "steps", "strategy", "timeout-minutes"),
        *("uses", "with"),
    )
)
_LABEL_LENGTH = 60

# An expression ends at the first }} outside quotes. No alternative can take what another could: matching is linear.
_EXPRESSION = lazy(r"\$\{\{((?:[^'}]++|'[^']*+'|\}(?!\}))*+)\}\}")


def is_workflow(path: str) -> bool:
    """GitHub reads this folder and none below it."""
    return path.startswith(_FOLDER) and path.endswith((".yml", ".yaml")) and "/" not in path[len(_FOLDER) :]


def read(data: bytes, path: str) -> Workflow | None:
    """None for a file of nothing but comments. Raises DocumentError."""
    root = read_yaml(data, path, core_numbers=True)
    if root.value is None:
        return None
    if _MERGE_KEY.search(data):
        _refuse_merge_keys(root, path)
    top = Table(root, path, "the workflow")
    triggers, inputs = _on(top)
    return Workflow(path, _text(top, "name"), triggers, _jobs(top), inputs, root)


def _refuse_merge_keys(root: Node, path: str) -> None:
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if isinstance(node.value, list):
            nodes += node.value
        elif isinstance(node.value, dict):
            if "<<" in node.value:
                message = "GitHub knows no merge keys; write out what << stands for, or give an alias the whole value"
                raise DocumentError(message, path, node.value["<<"].key_line)
            nodes += node.value.values()


# Triggers


def _on(top: Table) -> tuple[Mapping[str, Trigger], Mapping[str, Input]]:
    found = top.node("on")
    if found is None:
        raise top.error("the workflow has no 'on'; say which events start it")
    inputs: Mapping[str, Input] = {}
    triggers: dict[str, Trigger] = {}
    if isinstance(found.value, dict):
        events = Table(found, top.path, "'on'")
        for event, node in found.value.items():
            triggers[event] = _trigger(event, node, top.path)
        if (call := events.node("workflow_call")) is not None and isinstance(call.value, dict):
            inputs = _inputs(Table(call, top.path, "'workflow_call'"))
    else:
        for item in _items(found):
            if not isinstance(item.value, str):
                raise DocumentError("'on' must be an event, a list of events or a mapping of them", top.path, item.line)
            triggers.setdefault(item.value, Trigger(item.value, item.line))
    if not triggers:
        raise top.error("'on' names no event; say which events start the workflow", "on")
    return triggers, inputs


def _trigger(event: str, node: Node, path: str) -> Trigger:
    line = node.key_line
    if not isinstance(node.value, dict):
        if event != "schedule" and node.value not in (None, "", []):  # the schedule is a list of times
            raise DocumentError(f"the event {event!r} must hold a mapping of filters, or nothing", path, node.line)
        return Trigger(event, line)
    table = Table(node, path, f"the event {event!r}")
    types = table.node("types")
    return Trigger(
        event,
        line,
        branches=_filter(table, "branches"),
        tags=_filter(table, "tags"),
        paths=_filter(table, "paths"),
        types=None if types is None else _texts(types, table, "types"),
        types_line=0 if types is None else table.line_of("types"),
    )


def _filter(table: Table, key: str) -> Filter | None:
    """A key with nothing behind it is a filter that lets nothing through."""
    ignored = f"{key}-ignore"
    if key in table and ignored in table:
        raise table.error(f"an event can have {key!r} or {ignored!r}, not both; write exceptions as patterns with ! in front", ignored)
    for written, ignore in ((key, False), (ignored, True)):
        if (node := table.node(written)) is not None:
            return Filter(_texts(node, table, written), ignore, table.line_of(written))
    return None


def _inputs(call: Table) -> Mapping[str, Input]:
    found = call.node("inputs")
    if found is None or not isinstance(found.value, dict):
        return {}
    inputs = {}
    for name, node in found.value.items():
        details = node.value if isinstance(node.value, dict) else {}
        required, kind = details.get("required"), details.get("type")
        inputs[name] = Input(
            default=details.get("default"),
            required=required is not None and required.value is True,
            type=text(kind.value) if kind else "string",
        )
    return inputs


# Jobs


def _jobs(top: Table) -> Mapping[str, Job]:
    found = top.node("jobs")
    if found is None or not found.value:
        raise top.error("the workflow has no jobs; give it one", "jobs")
    if not isinstance(found.value, dict):
        raise top.error("'jobs' must be a mapping of job ids to jobs", "jobs")
    _refuse_twins(found, top.path)
    ids = {name.lower(): name for name in found.value}
    jobs = {}
    for name, node in found.value.items():
        if not _JOB_ID.fullmatch(name):
            message = f"{name!r} is no job id; start with a letter or _ and go on with letters, digits, - and _"
            raise DocumentError(message, top.path, node.key_line)
        jobs[name] = _job(name, node, ids, Table(node, top.path, f"the job {name!r}"))
    _refuse_cycle(jobs, top.path)
    return jobs


def _refuse_twins(mapping: Node, path: str) -> None:
    """Keys that differ in case alone are the same key twice to GitHub, which refuses that."""
    seen: dict[str, str] = {}
    for key, node in mapping.value.items() if isinstance(mapping.value, dict) else ():
        if (first := seen.setdefault(key.lower(), key)) != key:
            message = f"the keys {first!r} and {key!r} differ in case alone, which GitHub refuses; rename one"
            raise DocumentError(message, path, node.key_line)


def _job(name: str, node: Node, ids: Mapping[str, str], table: Table) -> Job:
    _refuse_twins(node, table.path)
    table.closed(sorted(_JOB_KEYS))
    uses = _text(table, "uses")
    if uses:
        for key in ("runs-on", "steps"):
            if key in table:
                raise table.error(f"the job {name!r} calls a workflow with 'uses', so it cannot have {key!r}; drop one of them", key)
    elif _empty(table.node("runs-on")):
        raise table.error(f"the job {name!r} has neither 'runs-on' nor 'uses'; say what runs it")
    elif _empty(table.node("steps")):
        raise table.error(f"the job {name!r} has no steps; give it one")
    given = table.node("with") if uses else None
    return Job(
        id=name,
        line=node.key_line,
        column=node.key_column,
        name=_text(table, "name"),
        name_line=table.line_of("name"),
        condition=_source(table, "if"),
        condition_line=table.line_of("if"),
        needs=tuple(_needs(name, ids, table)),
        matrix=_matrix(table),
        uses=uses,
        inputs=given.value if given is not None and isinstance(given.value, dict) else NO_NODES,
        continue_on_error=_source(table, "continue-on-error"),
        continue_line=table.line_of("continue-on-error"),
        steps=() if uses else _steps(name, table),
        node=node,
    )


def _needs(name: str, ids: Mapping[str, str], table: Table) -> Iterator[str]:
    """Ids as the jobs themselves write them: case makes no difference."""
    found = table.node("needs")
    if found is None:
        return
    for needed in _texts(found, table, "needs"):
        if needed.lower() not in ids:
            raise table.error(f"the job {name!r} needs {needed!r}, and no job has that id; name one of this file", "needs")
        yield ids[needed.lower()]


def _refuse_cycle(jobs: Mapping[str, Job], path: str) -> None:
    waiting = {name: set(job.needs) for name, job in jobs.items()}
    needed_by: dict[str, list[str]] = {name: [] for name in jobs}
    for name, needs in waiting.items():
        for needed in needs:
            needed_by[needed].append(name)
    ready = [name for name, needs in waiting.items() if not needs]
    while ready:
        done = ready.pop()
        del waiting[done]
        for name in needed_by[done]:
            waiting[name].discard(done)
            if not waiting[name]:
                ready.append(name)
    if waiting:
        first = next(iter(waiting))
        raise DocumentError(f"the job {first!r} waits for itself through its needs, or for jobs that do; drop one", path, jobs[first].line)


def _matrix(table: Table) -> Node | None:
    strategy = table.node("strategy")
    if strategy is None:
        return None
    if not isinstance(strategy.value, dict):
        # The whole strategy can be an expression; then nothing is known of its matrix, which this says in its own words.
        return None if strategy.value is None else strategy._replace(value="${{ strategy }}")
    matrix = strategy.value.get("matrix")
    if matrix is not None:
        _refuse_twins(matrix, table.path)
    return None if matrix is None or matrix.value is None else matrix


def _steps(job: str, table: Table) -> tuple[Step, ...]:
    found = table.node("steps")
    if found is None or not isinstance(found.value, list):
        raise table.error(f"the steps of the job {job!r} must be a list", "steps")
    return tuple(_step(node, Table(node, table.path, "a step"), number) for number, node in enumerate(found.value, 1))


def _step(node: Node, table: Table, number: int) -> Step:
    uses = _text(table, "uses")
    run = _text(table, "run")
    label = _text(table, "name") or uses or run.strip().partition("\n")[0] or f"step {number}"
    return Step(
        line=node.line,
        label=label if len(label) <= _LABEL_LENGTH else label[: _LABEL_LENGTH - 1] + "…",
        uses=uses,
        run=run,
        condition=_source(table, "if"),
        continue_on_error=_source(table, "continue-on-error"),
        continue_line=table.line_of("continue-on-error"),
        node=node,
    )


# Values


def _empty(node: Node | None) -> bool:
    return node is None or node.value in (None, "", [])


def _items(node: Node) -> list[Node]:
    """A list, or the one value that may stand for it."""
    if isinstance(node.value, list):
        return node.value
    return [] if node.value is None else [node]


def _texts(node: Node, table: Table, key: str) -> tuple[str, ...]:
    for item in (items := _items(node)):
        if isinstance(item.value, dict | list):
            raise DocumentError(f"{key!r} must be text or a list of texts", table.path, item.line)
    return tuple(text(item.value) for item in items)


def _text(table: Table, key: str) -> str:
    node = table.node(key)
    if node is None:
        return ""
    if isinstance(node.value, dict | list):
        raise table.error(f"{key!r} must be text", key)
    return text(node.value)


def _source(table: Table, key: str) -> str:
    """The expression that the text stands for. Around a text with more than one expression in it, or with anything else beside it,
    GitHub puts its `format` function: `${{ a }} && ${{ b }}` is a text that is never empty, and so is true whatever a and b are.
    """
    written = _text(table, key)
    if "${{" not in written:
        return written.strip()
    parts, expressions, end = [], [], 0
    for found in _EXPRESSION.finditer(written):
        parts.append(written[end : found.start()])
        expressions.append(found[1].strip())
        end = found.end()
    parts.append(written[end:])
    if not expressions or "${{" in "".join(parts):
        return written  # no expression at all, which is for its reader to say
    if len(expressions) == 1 and not any(parts):
        return expressions[0]
    template = "".join(f"{_braced(part)}{{{number}}}" for number, part in enumerate(parts[:-1])) + _braced(parts[-1])
    return f"format('{template}', {', '.join(expressions)})"


def _braced(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}").replace("'", "''")
