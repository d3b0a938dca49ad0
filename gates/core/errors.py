"""The ways a run can go wrong that are not a finding."""

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


def internal_error(error: BaseException) -> str:
    """One line that finds a bug again. Never the exception's own text: it may hold what a gate was looking at."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
    return f"internal error: {type(error).__name__} at {place}; please report it"
