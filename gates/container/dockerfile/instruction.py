"""A Dockerfile in parts (https://docs.docker.com/reference/dockerfile/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Flag(NamedTuple):
    """`--name=value`, `value` "" where there is none."""

    name: str
    value: str


class Heredoc(NamedTuple):
    """`line` is that of the first line of `body`. `expands`: its name is not quoted."""

    name: str
    body: str
    line: int
    expands: bool = True
    strips_tabs: bool = False


class Instruction(NamedTuple):
    """`keyword` is upper case. `value` is what follows keyword and flags, continuations joined and comments taken out, as BuildKit has it.

    `source` is the same text with a line for every line of the file from `line` on: continuations as a backslash at the end of the line,
    comments and empty lines within as a lone backslash. A shell reads both alike, and a place in `source` is a place in the file:
    its first line begins at `column` of `line`. Here-documents are not part of either.
    `words` is there where the arguments are a JSON array.
    """

    keyword: str
    value: str
    line: int
    end_line: int
    flags: tuple[Flag, ...] = ()
    words: tuple[str, ...] | None = None
    heredocs: tuple[Heredoc, ...] = ()
    source: str = ""
    column: int = 1
    trigger: Instruction | None = None  # what an ONBUILD holds

    def flag(self, name: str) -> str | None:
        """The last value of the flag `--name`, None where it is not given."""
        return next((flag.value for flag in reversed(self.flags) if flag.name == name), None)


class Problem(NamedTuple):
    """What BuildKit would refuse. The rest of the file is still read."""

    line: int
    message: str


class Syntax(NamedTuple):
    """A file as written. `directives` are those at its top, names lower case."""

    instructions: tuple[Instruction, ...]
    directives: Mapping[str, str]
    escape: str
    problems: tuple[Problem, ...] = ()


class Base(NamedTuple):
    """`image` is the reference with variables expanded, None where one has no value here; `stage` is the number, from 0, of the stage
    that it names.
    """

    text: str
    image: str | None
    stage: int | None
    by_default: bool = False  # the default of an ARG made it
    platform: str = ""


class Step(NamedTuple):
    """An instruction of a stage. `value` is its text with variables expanded where BuildKit does that (None where one has no value here),
    its `value` elsewhere. `variables` are those known before it, ARG and ENV; None is one without a value. `shell` are the words before
    a command in shell form at this place.
    """

    instruction: Instruction
    value: str | None
    variables: Mapping[str, str | None]
    shell: tuple[str, ...] = ("/bin/sh", "-c")


class Stage(NamedTuple):
    """`name` is as written after AS, "" without one; `shell` are the words before a command in shell form, at the stage's end.
    The steps begin with the triggers of the stage that it is built from.
    """

    number: int
    name: str
    base: Base
    line: int
    steps: tuple[Step, ...]
    shell: tuple[str, ...] = ("/bin/sh", "-c")


class Dockerfile(NamedTuple):
    """`arguments` are those before the first FROM, with their defaults. The image is the last stage, where nobody names a target."""

    path: str
    syntax: Syntax
    arguments: Mapping[str, str | None]
    stages: tuple[Stage, ...]
    problems: tuple[Problem, ...] = ()  # those of `syntax` too

    def stage(self, target: str) -> Stage | None:
        """By name, whatever its case, or by number; "" is the last."""
        if not target:
            return self.stages[-1] if self.stages else None
        named = (stage for stage in reversed(self.stages) if stage.name and stage.name.lower() == target.lower())
        return next(named, None) or next((stage for stage in self.stages if str(stage.number) == target), None)

    def ancestry(self, stage: Stage) -> tuple[Stage, ...]:
        """The stage, the stage that it is built from, and so on."""
        found = [stage]
        while found[-1].base.stage is not None and found[-1].base.stage < found[-1].number:
            found.append(self.stages[found[-1].base.stage])
        return tuple(found)
