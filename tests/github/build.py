"""Workflows from text, for the tests of what is made of them."""

from __future__ import annotations

from textwrap import dedent

from gates.core.documents import Node, read_yaml
from gates.github.emission import Emission, Name, Problem
from gates.github.emissions import emissions
from gates.github.scalars import text
from gates.github.workflow import NO_NODES, Input, Job, Step, Trigger, Workflow

CI = ".github/workflows/ci.yml"


def workflow(source: str, path: str = CI) -> Workflow:
    try:
        from gates.github.reading import read
    except ImportError:
        return _read(source, path)
    found = read(source.encode(), path)
    assert found is not None
    return found


def workflows(**sources: str) -> dict[str, Workflow]:
    """By the names of their files without .yml; each is dedented."""
    paths = {f".github/workflows/{name}.yml": source for name, source in sources.items()}
    return {path: workflow(dedent(source), path) for path, source in paths.items()}


def job(source: str, head: str = "on: pull_request") -> dict[str, Workflow]:
    """One workflow with the jobs that the text holds, indented by nothing."""
    body = "\n".join("  " + line for line in dedent(source).strip().splitlines())
    return {CI: workflow(f"{head}\njobs:\n{body}\n")}


def told(files: dict[str, Workflow], github: dict[str, str] | None = None, remote: dict[str, tuple[str, ...]] | None = None) -> list[Name]:
    """Every name, in order. There must be no problem."""
    found = emissions(files, remote or {}, github or {})
    assert not [event for event in found if isinstance(event, Problem)]
    return [name for event in found if isinstance(event, Emission) for name in event.names]


def problems(files: dict[str, Workflow]) -> list[Problem]:
    return [event for event in emissions(files, {}, {}) if isinstance(event, Problem)]


def _read(source: str, path: str) -> Workflow:
    root = _table(read_yaml(source.encode(), path))
    on = root["on"]
    events = _table(on) if isinstance(on.value, dict) else {event.value: on for event in (on.value if isinstance(on.value, list) else [on])}
    inputs = {}
    if "workflow_call" in events:
        for key, node in _table(_table(events["workflow_call"]).get("inputs")).items():
            details = _table(node)
            required = "required" in details and details["required"].value is True
            inputs[key] = Input(details.get("default"), required, str(details["type"].value) if "type" in details else "string")
    jobs = {key: _job(key, node) for key, node in _table(root["jobs"]).items()}
    name = text(root["name"].value) if "name" in root else ""
    return Workflow(path, name, {event: Trigger(event, on.line) for event in events}, jobs, inputs)


def _job(key: str, node: Node) -> Job:
    table = _table(node)
    strategy = _table(table.get("strategy"))
    matrix = strategy.get("matrix")
    needs = table["needs"].value if "needs" in table else []
    return Job(
        key,
        node.key_line,
        node.key_column,
        _text(table, "name"),
        table["name"].key_line if "name" in table else node.key_line,
        _text(table, "if"),
        table["if"].key_line if "if" in table else node.key_line,
        tuple(str(one.value) for one in needs) if isinstance(needs, list) else (str(needs),),
        None if matrix is None or matrix.value is None else matrix,
        _text(table, "uses"),
        _table(table["with"]) if "with" in table else NO_NODES,
        "",
        0,
        tuple(_step(step) for step in table["steps"].value) if "steps" in table else (),
        node,
    )


def _step(node: Node) -> Step:
    table = _table(node)
    return Step(node.line, "", _text(table, "uses"), _text(table, "run"), _text(table, "if"), "", 0, node)


def _text(table: dict[str, Node], key: str) -> str:
    return text(table[key].value).removeprefix("${{ ").removesuffix(" }}") if key == "if" and key in table else _any(table, key)


def _any(table: dict[str, Node], key: str) -> str:
    return text(table[key].value) if key in table else ""


def _table(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}
