"""From workflow files to the names that their jobs report, through reusable workflows:
https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from gates.core.documents import DocumentError
from gates.github import scalars
from gates.github.emission import Caller, Emission, Name, Pattern, Problem
from gates.github.expressions import STATUS_FUNCTIONS, UNKNOWN, Open, Unknown, Value, parse, unavailable, written
from gates.github.expressions.values import folded
from gates.github.matrix import resolve
from gates.github.names import Named, join, leg_contexts, named, raw, unsettled
from gates.github.workflow import Input, Job, Workflow

MAX_LEVELS = 10  # of workflows, the outermost included
MAX_NAMES = 1 << 14  # of one job on one way: the legs of its callers times its own
MAX_CHECKS = 100_000  # names of one outermost workflow, and of the jobs it starts on whatever way

_IN_CONDITIONS = frozenset(("github", "inputs", "needs", "vars"))
_IN_DEFAULTS = frozenset(("github", "inputs", "vars"))
_IN_INPUTS = frozenset(("github", "inputs", "matrix", "needs", "strategy", "vars"))
_EMPTY: dict[str, Value] = {"boolean": False, "number": 0}

_ANYTHING = Pattern(("", ""), "*")

_Event: TypeAlias = "Emission | Problem"


class _Frame(NamedTuple):
    """One leg of the caller: what stands before the names, and what the workflow is given."""

    prefix: Name | None
    inputs: Value


class _Level(NamedTuple):
    """A workflow as one way leads to it."""

    workflow: Workflow
    frames: Sequence[_Frame]
    via: tuple[Caller, ...]
    skipped: tuple[Name, ...]  # what reports where one of the callers is skipped
    truncated: bool


def emissions(workflows: Mapping[str, Workflow], remote: Mapping[str, tuple[str, ...]], github: Mapping[str, str]) -> list[_Event]:
    """Of every workflow that an event can start, in the order of their paths and of their jobs. `workflows` are those of the
    repository by path; `remote` the check names of other repositories' workflows by their `uses`, with or without @ref; `github` what
    is known of the `github` context, such as event_name.

    Where GitHub would refuse a workflow there is a Problem. Where a limit or a cycle keeps names from being told there is a Problem
    and an Emission whose Pattern stands for whatever they may be.
    """
    found: list[_Event] = []
    for path in sorted(workflows):
        workflow = workflows[path]
        if any(event != "workflow_call" for event in workflow.triggers):
            found += _Walk(workflows, remote, workflow, github).events()
    return list(_once(found))


def _once(events: Iterable[_Event]) -> Iterator[_Event]:
    """A workflow that is called from several places has its problems once."""
    seen: set[Problem] = set()
    for event in events:
        if isinstance(event, Emission):
            yield event
        elif event not in seen:
            seen.add(event)
            yield event


class _Walk:
    """Everything that one outermost workflow starts."""

    def __init__(
        self, workflows: Mapping[str, Workflow], remote: Mapping[str, tuple[str, ...]], outermost: Workflow, github: Mapping[str, str]
    ) -> None:
        self._workflows = workflows
        self._remote = remote
        self._outermost = outermost
        self._github = github
        self._told = 0

    def events(self) -> Iterator[_Event]:
        by_hand = "workflow_dispatch" in self._outermost.triggers and self._github.get("event_name") in (None, "workflow_dispatch")
        inputs: Value = UNKNOWN if by_hand else {}
        yield from self._level(_Level(self._outermost, (_Frame(None, inputs),), (), (), truncated=False))

    def _level(self, level: _Level) -> Iterator[_Event]:
        for job in level.workflow.jobs.values():
            if self._told > MAX_CHECKS:
                message = f"the workflow has more than {MAX_CHECKS} checks through the workflows it calls; split it"
                yield Problem(self._outermost.path, next(iter(self._outermost.jobs.values())).line, message)
                yield Emission(self._outermost, level.workflow.path, job, level.via, (_ANYTHING,))
                return
            yield from _conditions(job, level.workflow.path)
            yield from self._job(level, job)

    def _job(self, level: _Level, job: Job) -> Iterator[_Event]:
        path = level.workflow.path
        try:
            answers = self._named(level, job)
            told = sum(len(answers[id(frame.inputs)].names) for frame in level.frames)
            self._told += 1 + told
            if told > MAX_NAMES:
                message = f"the job {job.id!r} has more than {MAX_NAMES} names through the matrices of its callers; split it"
                raise DocumentError(message, path, job.line)
        except DocumentError as error:
            yield Problem(path, error.line or job.line, error.message)
            yield self._unsettled(level, job)
            return
        if job.uses:
            yield from self._call(level, job, answers)
            return
        truncated = level.truncated or any(answer.truncated for answer in answers.values())
        names = _all_names(level.frames, answers)
        skipped = level.skipped if job.matrix is None else _with(level, raw(job))
        skipped = () if set(skipped) == set(names) else skipped
        yield Emission(self._outermost, path, job, level.via, names, skipped, truncated=truncated)

    def _named(self, level: _Level, job: Job) -> dict[int, Named]:
        """By the identity of the inputs: legs of the callers that are given the same share them. Raises DocumentError."""
        answers: dict[int, Named] = {}
        for frame in level.frames:
            if id(frame.inputs) not in answers:
                answers[id(frame.inputs)] = named(job, self._known(frame), level.workflow.path)
        return answers

    def _known(self, frame: _Frame) -> dict[str, Value]:
        properties: dict[str, Value] = {**self._github, "workflow": self._outermost.name or self._outermost.path}
        return {"github": Open(properties, event_data=True), "inputs": frame.inputs}

    def _unsettled(self, level: _Level, job: Job) -> Emission:
        names = tuple(join(frame.prefix, unsettled(job)) for frame in level.frames)
        return Emission(self._outermost, level.workflow.path, job, level.via, names, _with(level, raw(job)))

    # Reusable workflows

    def _call(self, level: _Level, job: Job, answers: Mapping[int, Named]) -> Iterator[_Event]:
        path = level.workflow.path
        line = job.node.value["uses"].key_line if isinstance(job.node.value, dict) and "uses" in job.node.value else job.line
        truncated = level.truncated or any(answer.truncated for answer in answers.values())
        skipped = _with(level, raw(job))
        if "${{" in job.uses:
            yield Problem(path, line, f"the job {job.id!r} calls a workflow by an expression, which GitHub refuses; write its path")
            return
        if not job.uses.startswith("./"):
            yield from self._far(level, job, answers, line, skipped, truncated)
            return
        callee = self._workflows.get(job.uses[2:])
        stack = [caller.workflow.path for caller in level.via] + [path]
        if callee is None:
            yield Problem(path, line, f"the job {job.id!r} calls {job.uses}, and there is no such workflow to read; correct the path")
        elif problem := _uncallable(callee, job, stack):
            yield Problem(path, line, problem)
            if callee.path in stack or len(stack) >= MAX_LEVELS:
                yield self._open(level, job, answers, callee.path, skipped)
        else:
            try:
                frames = self._frames(level, job, answers, callee)
            except DocumentError as error:
                yield Problem(path, error.line or line, error.message)
                yield self._open(level, job, answers, callee.path, skipped)
                return
            yield from self._level(_Level(callee, frames, (*level.via, Caller(level.workflow, job)), skipped, truncated))

    def _far(
        self, level: _Level, job: Job, answers: Mapping[int, Named], line: int, skipped: tuple[Name, ...], truncated: bool
    ) -> Iterator[_Event]:
        """A workflow of another repository: GitHub reads it at a version."""
        uses, at, _ = job.uses.partition("@")
        if not at:
            hint = f"write ./{uses}" if uses.startswith(".github/") else "write it behind an @"
            yield Problem(level.workflow.path, line, f"the job {job.id!r} calls {job.uses} without a version, which GitHub refuses; {hint}")
            return
        declared = self._remote.get(job.uses, self._remote.get(uses))
        if declared is None:
            yield self._open(level, job, answers, job.uses, skipped)._replace(remote=True, truncated=truncated)
            return
        names = tuple(join(caller, name) for caller in _all_names(level.frames, answers) for name in declared)
        yield Emission(self._outermost, job.uses, job, level.via, names, skipped, remote=True, truncated=truncated)

    def _open(self, level: _Level, job: Job, answers: Mapping[int, Named], source: str, skipped: tuple[Name, ...]) -> Emission:
        names = tuple(join(caller, _ANYTHING) for caller in _all_names(level.frames, answers))
        return Emission(self._outermost, source, job, level.via, names, skipped)

    def _frames(self, level: _Level, job: Job, answers: Mapping[int, Named], callee: Workflow) -> list[_Frame]:
        """One for each name of the caller. Raises DocumentError."""
        _check_inputs(callee, job, level.workflow.path)
        shared: dict[object, Value] = {}
        given: dict[int, list[Value]] = {}
        frames: list[_Frame] = []
        for frame in level.frames:
            answer = answers[id(frame.inputs)]
            if id(frame.inputs) not in given:
                given[id(frame.inputs)] = self._inputs(level, job, frame, answer, callee, shared)
            inputs = given[id(frame.inputs)]
            frames += [
                _Frame(join(frame.prefix, name), inputs[leg if len(inputs) > 1 else 0])
                for name, leg in zip(answer.names, answer.legs, strict=True)
            ]
        return frames

    def _inputs(self, level: _Level, job: Job, frame: _Frame, answer: Named, callee: Workflow, shared: dict[object, Value]) -> list[Value]:
        """What each leg of the caller gives, or one answer for all. Equal inputs become one object in `shared`."""
        known = self._known(frame)
        varying = any(isinstance(node.value, str) and "${{" in node.value for node in job.inputs.values())
        inputs: list[Value] = []
        for context in leg_contexts(answer.expansion, known) if varying else [known]:
            given = {folded(key): resolve(node, context, level.workflow.path, _IN_INPUTS) for key, node in job.inputs.items()}
            value: Value = {
                key: _typed(given[folded(key)] if folded(key) in given else _default(wanted, known, callee.path), wanted.type)
                for key, wanted in callee.inputs.items()
            }
            inputs.append(shared.setdefault(_frozen(value), value))
        return inputs


def _all_names(frames: Sequence[_Frame], answers: Mapping[int, Named]) -> tuple[Name, ...]:
    if len(frames) == 1 and frames[0].prefix is None:
        return tuple(answers[id(frames[0].inputs)].names)
    return tuple(join(frame.prefix, name) for frame in frames for name in answers[id(frame.inputs)].names)


def _with(level: _Level, name: str) -> tuple[Name, ...]:
    """What reports where a caller is skipped, and this name where the job of that name is."""
    return tuple(dict.fromkeys((*level.skipped, *(join(frame.prefix, name) for frame in level.frames))))


def _conditions(job: Job, path: str) -> Iterator[Problem]:
    """GitHub reads them before anything starts, and one that is malformed stops the whole workflow."""
    if job.condition:
        try:
            if missing := unavailable(parse(job.condition), _IN_CONDITIONS, STATUS_FUNCTIONS):
                message = f"the condition of the job {job.id!r} uses {missing}, which GitHub refuses there; use github, needs or inputs"
                yield Problem(path, job.condition_line, message)
        except ValueError as error:
            yield Problem(path, job.condition_line, f"the condition of the job {job.id!r}: {error}")
    for step in job.steps:
        if step.condition:
            try:
                parse(step.condition)
            except ValueError as error:
                yield Problem(path, step.line, f"the condition of a step of the job {job.id!r}: {error}")


def _uncallable(callee: Workflow, job: Job, stack: Sequence[str]) -> str:
    if callee.path in stack:
        circle = " -> ".join((*stack[stack.index(callee.path) :], callee.path))
        return f"the job {job.id!r} calls workflows in a circle: {circle}; drop one of the calls"
    if len(stack) >= MAX_LEVELS:
        return f"the job {job.id!r} calls {callee.path} as level {len(stack) + 1}, and GitHub takes {MAX_LEVELS}; call it from further up"
    if "workflow_call" not in callee.triggers:
        return f"the job {job.id!r} calls {callee.path}, which no workflow can call; add workflow_call to its 'on'"
    return ""


def _check_inputs(callee: Workflow, job: Job, path: str) -> None:
    wanted = {folded(key) for key in callee.inputs}
    for key, node in job.inputs.items():
        if folded(key) not in wanted:
            message = f"the job {job.id!r} gives {key!r}, which is no input of {callee.path}, so GitHub refuses it; drop it"
            raise DocumentError(message, path, node.key_line or node.line)
    given = {folded(key) for key in job.inputs}
    for key, details in callee.inputs.items():
        if details.required and folded(key) not in given:
            message = f"the job {job.id!r} does not give {key!r}, which {callee.path} requires, so GitHub refuses it; add it under 'with'"
            raise DocumentError(message, path, job.line)


def _default(wanted: Input, known: Mapping[str, Value], path: str) -> Value:
    """Raises DocumentError."""
    if wanted.default is None:
        return _EMPTY.get(wanted.type, "")
    return resolve(wanted.default, {"github": known["github"]}, path, _IN_DEFAULTS)


def _typed(value: Value, wanted: str) -> Value:
    """As the called workflow sees it; what is of another kind than the input stays as it is."""
    if wanted == "boolean" and value in ("true", "false"):
        return value == "true"
    if wanted == "string" and not isinstance(value, list | dict):
        return written(value) if isinstance(value, Unknown | Open) else scalars.text(value)
    return value


def _frozen(value: Value) -> object:
    """The same for equal values and for no others: 1, true and "1" are three."""
    if isinstance(value, dict):
        return tuple((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, list):
        return (list, *map(_frozen, value))
    return (Open, _frozen(value.properties), value.event_data) if isinstance(value, Open) else (type(value), value)
