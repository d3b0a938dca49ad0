"""The two ways a run can go wrong that are not a finding."""

from __future__ import annotations


class UsageError(Exception):
    """The command line, the policy or the waiver file is wrong: exit 2, and nothing was judged.

    `path` and `line` name the place where there is one; line 0 means the whole file.
    """

    def __init__(self, message: str, path: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: " if self.line else f"{self.path}: " if self.path else ""
        return place + self.message


class GateUnavailable(Exception):
    """A gate could not look (no tool, no feed, unreadable history): its status is `error`, never `pass`."""


class NothingToJudge(Exception):
    """The gate's kind of input is absent: its status is `skip`, with this text as the reason."""
