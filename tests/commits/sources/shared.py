"""What the tests of several readers need: a workflow around one step, and sources as they compare best."""

from __future__ import annotations

from textwrap import dedent, indent

from gates.commits.source import Source
from gates.core.finding import Location

WORKFLOW = ".github/workflows/pr-title.yml"
HEAD = "on: pull_request\njobs:\n  title:\n    runs-on: ubuntu-latest\n    steps:\n"


def step(source: str) -> bytes:
    """A workflow whose one job has this step, written as a mapping. The step's first line is line 6 of the file."""
    lines = indent(dedent(source).strip("\n"), " " * 8)
    return (HEAD + lines[:6] + "- " + lines[8:] + "\n").encode()


def names(source: Source) -> list[str]:
    """Hidden types end with "-"."""
    return [listed.name + "-" * listed.hidden for listed in source.types or ()]


def cut(data: bytes, location: Location) -> str:
    """What stands at an exact location, whose end is known."""
    line = data.decode().splitlines()[location.line - 1]
    return line[location.column - 1 : location.end_column - 1]


def spelled(data: bytes, source: Source) -> bool:
    """Every type stands, to the letter, where the source says."""
    return all(cut(data, listed.location) == listed.name for listed in source.types or ())
