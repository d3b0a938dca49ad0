"""Which jobs check titles of pull requests, whatever with, and what lets a title pass by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from posixpath import basename, dirname
from typing import Literal, NamedTuple

from gates.commits.source import Source
from gates.commits.sources import semantic_pull_request, title_actions
from gates.commits.sources.actions import inputs_of, is_expression, is_true, uses
from gates.core.documents import DocumentError, Node
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.github import expressions
from gates.github.emission import Caller
from gates.github.emissions import MAX_LEVELS
from gates.github.scalars import text
from gates.github.workflow import Job, Step, Workflow

# The last two have no list of their own: "gates" is a step that runs `gates commits lint`, which goes by the authority's, and "tool" one
# that hands the title to commitizen or commitlint.
CheckKind = Literal["semantic-pull-request", "title-action", "title-script", "gates", "tool"]

_MAX_VISITS = 10_000  # of workflows, on whatever way: calls can branch at each level
_SEPARATORS = lazy(r"[\n;&|]+")
_AROUND_WORDS = "$(){}\"'`"
_IGNORED_FAILURE = lazy(r"\|\|[ \t]*(?:true\b|:|exit[ \t]+0\b|echo\b)")
# What the author of a pull request, or who may label it, decides.
_OPEN_TO_AUTHORS = (
    ("github", "actor"),
    ("github", "triggering_actor"),
    ("github", "head_ref"),
    ("github", "event", "pull_request"),
    ("github", "event", "sender"),
    ("github", "event", "label"),
)


class TitleCheck(NamedTuple):
    """`workflow` holds the job, `via` are the calls that lead to it, outermost first, as in `Emission`. `step` is None where the marked
    list stands outside any step.
    """

    workflow: Workflow
    job: Job
    step: Step | None
    kind: CheckKind
    via: tuple[Caller, ...] = ()

    @property
    def top(self) -> Workflow:
        """The workflow whose triggers decide when the check runs."""
        return self.via[0].workflow if self.via else self.workflow


class Hatch(NamedTuple):
    """What switches a check off. `value` is the label, the condition, the prefix of a title or the command as it is written."""

    kind: Literal["label", "wip", "condition", "continue-on-error", "ignored-failure"]
    value: str
    location: Location


def title_checks(workflows: Mapping[str, Workflow], sources: Sequence[Source] = ()) -> list[TitleCheck]:
    """In the order of the workflows. Of `sources`, those of the kind "title-script" say which steps run a marked program.

    A workflow that can only be called counts once for each call that leads to it, and not by itself. Raises DocumentError where there
    are too many ways to follow.
    """
    search = _Search(workflows, [source for source in sources if source.kind == "title-script"])
    return [
        check for workflow in workflows.values() if tuple(workflow.triggers) != ("workflow_call",) for check in search.checks(workflow, ())
    ]


class _Search:
    def __init__(self, workflows: Mapping[str, Workflow], scripts: Sequence[Source]) -> None:
        self._workflows = workflows
        self._scripts = scripts
        self._visits = 0

    def checks(self, workflow: Workflow, via: tuple[Caller, ...]) -> Iterator[TitleCheck]:
        self._visits += 1
        if self._visits > _MAX_VISITS:
            raise DocumentError(f"the workflows call each other in more than {_MAX_VISITS} ways; split them", workflow.path)
        for job in workflow.jobs.values():
            if (callee := self._callee(job, workflow, via)) is not None:
                yield from self.checks(callee, (*via, Caller(workflow, job)))
            marked = any(_in_job(source, workflow, job) for source in self._scripts)
            for step in job.steps:
                if kind := _kind(step, job, workflow, self._scripts):
                    yield TitleCheck(workflow, job, step, kind, via)
                    marked = False
            if marked:
                yield TitleCheck(workflow, job, None, "title-script", via)

    def _callee(self, job: Job, workflow: Workflow, via: tuple[Caller, ...]) -> Workflow | None:
        if not job.uses.startswith("./") or len(via) + 1 >= MAX_LEVELS:
            return None
        path = job.uses.removeprefix("./")
        return None if path in (workflow.path, *(caller.workflow.path for caller in via)) else self._workflows.get(path)


def _kind(step: Step, job: Job, workflow: Workflow, scripts: Sequence[Source]) -> CheckKind | None:
    if uses(step, semantic_pull_request.ACTION):
        return "semantic-pull-request"
    if any(uses(step, action) for action in title_actions.ACTIONS):
        return "title-action"
    if any(map(_lints, _commands(step.run))):
        return "gates"
    if any(map(_runs_tool, _commands(step.run))) and _knows_title(step, job):
        return "tool"
    return "title-script" if any(_runs(step, workflow, source.location) for source in scripts) else None


def _commands(run: str) -> list[list[str]]:
    """The words of each simple command, near enough to tell what it runs."""
    return [[word.strip(_AROUND_WORDS) for word in command.split()] for line in _lines(run) for command in _SEPARATORS.split(line)]


def _lines(run: str) -> list[str]:
    """Without lines that are comments, and with lines joined that go on."""
    return [line for line in run.replace("\\\n", " ").split("\n") if not line.lstrip().startswith("#")]


def _lints(words: Sequence[str]) -> bool:
    program = next((number for number, word in enumerate(words) if basename(word).removesuffix(".exe") == "gates"), None)
    if program is None:
        return False
    verbs = list(words[program:])
    lints = any(pair == ("commits", "lint") for pair in pairwise(verbs))
    return lints and any(word.partition("=")[0] == "--title-env" for word in verbs)


def _runs_tool(words: Sequence[str]) -> bool:
    names = [basename(word) for word in words]
    return "commitlint" in names or "@commitlint/cli" in words or ("cz", "check") in pairwise(names)


def _knows_title(step: Step, job: Job) -> bool:
    given = [_child(step.node, "env"), _child(job.node, "env")]
    values = [step.run, *(text(node.value) for each in given if each and isinstance(each.value, dict) for node in each.value.values())]
    return any("github.event.pull_request.title" in value for value in values)


def _child(node: Node, key: str) -> Node | None:
    return node.value.get(key) if isinstance(node.value, dict) else None


def _runs(step: Step, workflow: Workflow, script: Location) -> bool:
    """The marked list stands in the step, or in a program that the step names, or in an action of this repository that it uses."""
    if script.path == workflow.path:
        return _first_line(step.node) <= script.line <= _last_line(step.node)
    if step.uses.startswith("./"):
        return dirname(script.path) == step.uses.removeprefix("./").rstrip("/")
    module = script.path.removesuffix(".py").replace("/", ".")
    words = (word.removeprefix("./") for command in _commands(step.run) for word in command)
    return any(word in (script.path, module) or word.endswith("/" + script.path) for word in words)


def _in_job(source: Source, workflow: Workflow, job: Job) -> bool:
    line = source.location.line
    return source.location.path == workflow.path and job.line <= line <= _last_line(job.node)


def _first_line(node: Node) -> int:
    return min((child.key_line for child in node.value.values()), default=node.line) if isinstance(node.value, dict) else node.line


def _last_line(node: Node) -> int:
    """The last line that the value takes, as near as its parts tell."""
    if isinstance(node.value, dict):
        return max(map(_last_line, node.value.values()), default=node.line)
    if isinstance(node.value, list):
        return max(map(_last_line, node.value), default=node.line)
    # Of a block scalar the text starts in the line below; comments and blank lines are part of it.
    return node.line + (node.value.rstrip("\n").count("\n") + 1 if isinstance(node.value, str) and "\n" in node.value else 0)


# What lets a title pass by


def hatches(workflow: Workflow, job: Job, step: Step | None) -> list[Hatch]:
    """`workflow` is the one that holds the job. The conditions of jobs that call it are not among them."""
    path = workflow.path
    # `continue-on-error` of a job lets the run go on; the check is still one that failed.
    found = list(_condition(job.condition, Location(path, job.condition_line)))
    return found if step is None else [*found, *_step_hatches(step, path)]


def _step_hatches(step: Step, path: str) -> Iterator[Hatch]:
    condition = _child(step.node, "if")
    yield from _condition(step.condition, Location(path, condition.key_line if condition else step.line))
    if step.continue_on_error.strip().lower() not in ("", "false"):
        yield Hatch("continue-on-error", step.continue_on_error, Location(path, step.continue_line))
    for line in _lines(step.run):
        if _IGNORED_FAILURE.search(line):
            yield Hatch("ignored-failure", line.strip(), Location(path, step.line))
    if uses(step, semantic_pull_request.ACTION):
        yield from _inputs(step, path)


def _inputs(step: Step, path: str) -> Iterator[Hatch]:
    inputs = inputs_of(step)
    if labels := inputs.get("ignorelabels"):
        value, place = text(labels.value), Location(path, labels.key_line)
        # Up to version 4 the action also parts them at commas and blanks.
        names = [value] if is_expression(value) else [line.strip() for line in value.split("\n")]
        yield from (Hatch("label", name, place) for name in names if name)
    wip = inputs.get("wip")
    if wip is not None and (is_true(text(wip.value)) or is_expression(text(wip.value))):
        yield Hatch("wip", "[WIP]", Location(path, wip.key_line))


def _condition(source: str, place: Location) -> Iterator[Hatch]:
    """One that asks only for the event or the branch lets no title pass by."""
    for reference in expressions.references(source):
        if any(reference[: len(path)] == path for path in _OPEN_TO_AUTHORS):
            yield Hatch("condition", source, place)
            return
