"""What the adapter of another scanner is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gates.core import process
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable

FILES = "files"  # the folder of the workshop that is scanned; everything in it was written by us
REPORT_LIMIT = 256 << 20  # bytes

# file, rule, value, first and last line: called for each thing that a report names, so that no value outlives the reading of it.
Tell = Callable[[str, str, bytes, int, int], None]


class Workshop(NamedTuple):
    """A private directory with nothing in it but our own files and those in `FILES`, whose names are ours too."""

    path: str
    outside: str  # the tree under test: no program is taken from there
    cache: str  # a private folder that stays, "" where there is none
    environment: Mapping[str, str]
    deadline: Deadline
    timeout: float  # seconds, for each run of a program

    def run(self, program: str, *words: str) -> process.Completed:
        # A home of its own: no setting of the user's counts either. Tokens and the engines' own variables are not on the allow-list.
        clean = process.clean_environment(self.environment, outside=self.outside)
        return process.run(
            [process.find_tool(program, self.environment, self.outside), *words],
            cwd=self.path,
            environment={**clean, "HOME": self.path},
            deadline=self.deadline,
            timeout=self.timeout,
            output_limit=REPORT_LIMIT,
            name=program,
        )


class Outcome(NamedTuple):
    """What an engine says that it has looked at; held against what it was given."""

    version: str
    bytes: int


class Engine(NamedTuple):
    """`scan` looks at the folder `FILES` of the workshop. It raises Broken for every answer that is not whole and understood. `keeps`
    asks for a folder that stays, for what the engine compiles.
    """

    name: str
    install: str
    scan: Callable[[Workshop, Tell], Outcome]
    keeps: bool = False


class Broken(GateUnavailable):
    """The engine ran, and its answer cannot be used. The text is ours alone: what an engine writes may hold secrets."""


def supported(version: str, least: tuple[int, int]) -> bool:
    """Whether it is a version of the same major number, and not before `least`."""
    numbers = version.split(".")
    if len(numbers) < 2 or not all(number.isascii() and number.isdigit() for number in numbers[:2]):
        return False
    return int(numbers[0]) == least[0] and int(numbers[1]) >= least[1]
