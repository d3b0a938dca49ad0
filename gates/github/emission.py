"""What a job reports when a workflow runs: the names of its checks, and the way to it."""

from __future__ import annotations

from typing import NamedTuple

from gates.github.workflow import Job, Workflow


class Pattern(NamedTuple):
    """A check name of which a part is known only when the workflow runs.

    `literals` are the texts around the holes in order, one more than there are holes: ("test (", ")") is "test (" + anything + ")".
    One literal and no hole is a name that some runs have and others do not.
    """

    literals: tuple[str, ...]
    shown: str  # for people: the name with its expressions left in, as in "test (${{ matrix.os }})"
    event_data: bool = False  # a hole is filled from `github.*`, so that the name can change with every event

    @property
    def opaque(self) -> bool:
        """Nothing but holes: it could be any name at all."""
        return not any(literal.strip() for literal in self.literals)


Name = str | Pattern


class Caller(NamedTuple):
    """A job that calls a reusable workflow, and the workflow that holds it."""

    workflow: Workflow
    job: Job


class Emission(NamedTuple):
    """One job, reached on one way. `names` holds a name for each leg of its matrix and of its callers' matrices, in GitHub's order.

    `skipped_as` are the names that report instead of `names` where the job, or one of its callers, is skipped before its matrix is
    expanded or its callee is started; empty where skipping changes no name.
    """

    workflow: Workflow  # the one whose triggers decide: the outermost
    source: str  # path of the file in which the job stands, or the `uses` of a remote workflow
    job: Job  # the job that works; of a remote workflow, the job that calls it
    via: tuple[Caller, ...]  # outermost first; empty for a job of the workflow itself
    names: tuple[Name, ...]
    skipped_as: tuple[Name, ...] = ()
    remote: bool = False  # a reusable workflow of another repository, of which nothing is known but what the policy declares
    truncated: bool = False  # a name has more than 100 characters and was cut


class Problem(NamedTuple):
    """Why no name can be told for a part of a file that is readable: a cycle, a callee that is not there, too many legs."""

    path: str
    line: int
    message: str
