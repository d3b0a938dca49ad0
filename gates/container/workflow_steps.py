"""Containers that the steps of GitHub workflows start by themselves.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsrun
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from gates.container import run_lines
from gates.core.documents import Node
from gates.github.scalars import text
from gates.github.workflow import Job, Step, Workflow
from gates.shell.command import Word
from gates.shell.wrappers import SHELLS

_OPEN: Final = "${{"


def read(workflow: Workflow, written: str) -> Iterator[run_lines.Found]:
    """`written` is the text of the file."""
    lines = written.splitlines()
    for job in workflow.jobs.values():
        around = _matrix(job.matrix)
        outer = {**_variables(_child(workflow.node, "env")), **_variables(_child(job.node, "env"))}
        for step in job.steps:
            found = _of_step(step.node, workflow.path, lines, around, outer)
            yield found if _is_posix(workflow, job, step) else found._replace(problems=())


def of_action(steps: Iterable[Node], path: str, written: str) -> Iterator[run_lines.Found]:
    """Of a composite action; each of its steps names its own shell."""
    lines = written.splitlines()
    for step in steps:
        shell = _child(step, "shell")
        posix = shell is not None and isinstance(shell.value, str) and _starts_a_shell(shell.value)
        found = _of_step(step, path, lines, {}, {})
        yield found if posix else found._replace(problems=())


def _of_step(
    step: Node, path: str, lines: Sequence[str], around: Mapping[str, Sequence[Word]], outer: Mapping[str, Word]
) -> run_lines.Found:
    node = _child(step, "run")
    if node is None or not isinstance(node.value, str):
        return run_lines.Found(())
    known = dict(around)
    for name, word in {**outer, **_variables(_child(step, "env"))}.items():
        known[name] = known[f"env.{name}"] = [word]
    line, column = _beginning(node, lines)
    return run_lines.found(node.value, path, kind="workflow-run", line=line, column=column, known=known)


def _is_posix(workflow: Workflow, job: Job, step: Step) -> bool:
    """What a step of another shell holds is not expected to follow this grammar."""
    for holder in (step.node, _child(_child(job.node, "defaults"), "run"), _child(_child(workflow.node, "defaults"), "run")):
        shell = _child(holder, "shell")
        if shell is not None and isinstance(shell.value, str) and shell.value:
            return _starts_a_shell(shell.value)
    machine = _child(job.node, "runs-on")
    return machine is None or not isinstance(machine.value, str) or "windows" not in machine.value.lower()


def _starts_a_shell(line: str) -> bool:
    return line.split()[:1] != [] and line.split()[0].rpartition("/")[2] in SHELLS


def _child(node: Node | None, key: str) -> Node | None:
    return node.value.get(key) if node is not None and isinstance(node.value, dict) else None


def _variables(node: Node | None) -> dict[str, Word]:
    if node is None or not isinstance(node.value, dict):
        return {}
    return {name: _word(value) for name, value in node.value.items() if not isinstance(value.value, dict | list)}


def _matrix(matrix: Node | None) -> Mapping[str, Sequence[Word]]:
    """All that each variable of the matrix may be, as `matrix.NAME`."""
    found: dict[str, list[Word]] = {}
    if matrix is None or not isinstance(matrix.value, dict):
        return found
    for name, node in matrix.value.items():
        if isinstance(node.value, list) and name not in ("include", "exclude"):
            _add(found, ((name, each) for each in node.value))
    more = matrix.value.get("include")
    for entry in more.value if more is not None and isinstance(more.value, list) else ():
        if isinstance(entry.value, dict):
            _add(found, entry.value.items())
    return found


def _add(found: dict[str, list[Word]], values: Iterable[tuple[str, Node]]) -> None:
    for name, node in values:
        if not isinstance(node.value, dict | list):
            found.setdefault(f"matrix.{name}", []).append(_word(node))


def _word(node: Node) -> Word:
    value = text(node.value)
    return Word(value, node.line, node.column, dynamic=_OPEN in value)


def _beginning(node: Node, lines: Sequence[str]) -> tuple[int, int]:
    """Line and column where the text of a scalar begins: that of a block on the line below its mark, as far in as that line is."""
    written = lines[node.line - 1][node.column - 1 :]
    if not written.startswith(("|", ">")):
        return node.line, node.column + written.startswith(("'", '"'))
    first = lines[node.line] if node.line < len(lines) else ""
    return node.line + 1, len(first) - len(first.lstrip()) + 1
