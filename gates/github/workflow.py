"""The nouns of a workflow file, as far as they decide which checks report, when, and whether they can fail."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from gates.core.documents import Node

NO_NODES: Final[Mapping[str, Node]] = MappingProxyType({})


class Filter(NamedTuple):
    """Patterns in the order of the file, which counts: a later one that starts with ! takes away what an earlier one let through."""

    patterns: tuple[str, ...]
    ignore: bool  # `branches-ignore`, `paths-ignore`, `tags-ignore`
    line: int


class Trigger(NamedTuple):
    """One event under `on`. A filter that is None was not given, and lets everything through."""

    event: str
    line: int
    branches: Filter | None = None
    tags: Filter | None = None
    paths: Filter | None = None
    types: tuple[str, ...] | None = None  # activity types; None: those that the event has by default
    types_line: int = 0


class Input(NamedTuple):
    """An input of a reusable workflow."""

    default: Node | None
    required: bool
    type: str  # "string", "boolean", "number"


class Step(NamedTuple):
    """`condition` and `continue_on_error` are the source of an expression without ${{ }}, or a literal as text; "" where not given."""

    line: int
    label: str  # how a person finds it: its name, else what it uses or the start of what it runs
    uses: str
    run: str
    condition: str
    continue_on_error: str
    continue_line: int
    node: Node


class Job(NamedTuple):
    """`name` is as written, with its ${{ }}; "" where it is missing or empty. `condition` as in Step."""

    id: str
    line: int
    column: int
    name: str
    name_line: int  # of the name where there is one, else the job's
    condition: str
    condition_line: int
    needs: tuple[str, ...]
    matrix: Node | None  # the value of strategy.matrix
    uses: str  # a job that calls a reusable workflow has no steps
    inputs: Mapping[str, Node]  # `with` of such a job
    continue_on_error: str
    continue_line: int
    steps: tuple[Step, ...]
    node: Node


class Workflow(NamedTuple):
    """`inputs` are those of `workflow_call`."""

    path: str
    name: str  # "" where not given; never part of a check's name
    triggers: Mapping[str, Trigger]
    jobs: Mapping[str, Job]
    inputs: Mapping[str, Input]
    node: Node | None = None
