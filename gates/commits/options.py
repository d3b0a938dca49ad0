"""What the policy can say about commits."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gates.core.accountability import Account, account_problem


class Opaque(NamedTuple):
    """A source whose types cannot be read, and who answers for them being the right ones. It counts through its sunset."""

    path: str
    owner: str
    reason: str
    sunset: date

    def problem(self) -> tuple[str, str] | None:
        return account_problem(self.owner, self.reason)


class Options(NamedTuple):
    """`authority` is the path of the source whose list the others follow: `--fix` writes it into them, and `lint` judges by it.
    `machine_types` are written by programs alone, so that one list may have them and another not. `bots` are authors whose messages are
    not judged. `title_check` is the context of the job that checks titles, where the workflows do not tell.
    """

    authority: str = ""
    machine_types: tuple[str, ...] = ("bump",)
    unreleased: tuple[str, ...] = ()  # accepted types that a changelog leaves out on purpose, besides those that it hides itself
    opaque: tuple[Opaque, ...] = ()
    types: tuple[str, ...] = ()  # for lint, where no source lists them
    scopes: tuple[str, ...] = ()  # for lint; empty: any
    max_header: int = 100
    bots: tuple[str, ...] = ("dependabot[bot]", "renovate[bot]", "github-actions[bot]")
    title_check: str = ""

    def laxer(self) -> tuple[str, ...]:
        """What is asked for less than by default."""
        usual = Options()
        return (
            *(("unreleased",) if self.unreleased else ()),
            *(key for key in ("machine_types", "bots") if not set(getattr(self, key)) <= set(getattr(usual, key))),
            *(("max_header",) if self.max_header > usual.max_header or not self.max_header else ()),
        )

    def answered(self) -> tuple[tuple[str, Account], ...]:
        return tuple((f"opaque source {each.path}", Account(each.owner, each.reason, each.sunset)) for each in self.opaque)
