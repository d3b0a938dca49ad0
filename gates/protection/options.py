"""What the policy can say about protection."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gates.core.accountability import Account, account_problem


class External(NamedTuple):
    """A required context that something else than a workflow of this repository reports. It counts through its sunset."""

    context: str
    owner: str
    reason: str
    sunset: date

    def problem(self) -> tuple[str, str] | None:
        return account_problem(self.owner, self.reason)


class Remote(NamedTuple):
    """The check names of a reusable workflow of another repository: `uses` as a job writes it, with or without @ref."""

    uses: str
    names: tuple[str, ...]


class Branch(NamedTuple):
    """What a classic protection file is about where its name does not say it."""

    file: str
    name: str


class Differs(NamedTuple):
    """A branch that may require other contexts than the rest, and why."""

    branch: str
    reason: str


class Options(NamedTuple):
    """`strict` makes blocking what can only be guessed. `expected` are contexts that every protected branch must require,
    `own_contexts` those by which gates itself reports, where they cannot be told from the workflows. `up_to_date` are the branches whose
    pull requests must be up to date before merging; `merge_queue` those with a queue, besides the ones whose ruleset says so.
    """

    strict: bool = False
    default_branch: str = ""
    branches: tuple[Branch, ...] = ()
    external: tuple[External, ...] = ()
    remote_workflows: tuple[Remote, ...] = ()
    expected: tuple[str, ...] = ()
    own_contexts: tuple[str, ...] = ()
    up_to_date: tuple[str, ...] = ("main", "master")
    merge_queue: tuple[str, ...] = ()
    approvals: int = 1
    aggregates_cover_all: bool = False
    require_all: bool = False
    differs: tuple[Differs, ...] = ()

    def laxer(self) -> tuple[str, ...]:
        """What is believed on the policy's word alone, or asked for less than by default."""
        usual = Options()
        return (
            *(key for key in ("remote_workflows", "differs") if getattr(self, key)),
            *(("up_to_date",) if not set(usual.up_to_date) <= set(self.up_to_date) else ()),
            *(("approvals",) if self.approvals < usual.approvals else ()),
        )

    def answered(self) -> tuple[tuple[str, Account], ...]:
        return tuple((f"external context {each.context}", Account(each.owner, each.reason, each.sunset)) for each in self.external)
