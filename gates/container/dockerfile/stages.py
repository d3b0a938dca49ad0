"""The stages of a Dockerfile: what each is built from, and what its instructions say once variables are expanded
(https://docs.docker.com/reference/dockerfile/#from, #scope, #onbuild; https://docs.docker.com/build/building/variables/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gates.container.dockerfile import values
from gates.container.dockerfile.expansion import PLATFORM_ARGUMENTS, Expansion, expansion
from gates.container.dockerfile.instruction import Base, Dockerfile, Instruction, Problem, Stage, Step, Syntax
from gates.container.dockerfile.variables import Known, Scope
from gates.core.documents.node import quoted

MAX_STAGES, MAX_VARIABLES = 500, 5000  # in one file, the second with triggers that run; the time to judge it grows with their product
DEFAULT_SHELL = ("/bin/sh", "-c")
# what RUN sees without ARG; elsewhere they are variables like any other
PROXY_ARGUMENTS = frozenset(
    name for each in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY") for name in (each, each.lower())
)
# whose words have variables and quotes replaced, besides ARG, ENV, FROM and LABEL
EXPANDED = ("ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR")


class _End(NamedTuple):
    """What a stage leaves to those that are built from it."""

    variables: Mapping[str, str | None]
    shell: tuple[str, ...]
    triggers: tuple[Instruction, ...]


class _File(NamedTuple):
    """What has been read of it; the two lists grow."""

    escape: str
    stages: list[Stage]
    ends: list[_End]
    problems: list[Problem]


def model(syntax: Syntax, path: str) -> Dockerfile:
    file = _File(syntax.escape, [], [], list(syntax.problems))
    arguments: Mapping[str, str | None] = {}
    left = MAX_VARIABLES
    for number, group in enumerate(_groups(syntax.instructions)):
        left -= sum(each.value.count("=") + 1 for each in group if each.keyword in ("ARG", "ENV"))
        if number > MAX_STAGES or left < 0:
            limit = f"{MAX_STAGES} stages or {MAX_VARIABLES} variables and triggers"
            file.problems.append(Problem(group[0].line, f"the file has more than {limit}; from here on it is not judged"))
            break
        if number:
            left -= _add_stage(group[0], group[1:], arguments, file)
        else:
            arguments = _arguments(group, file)
    for stage in file.stages:
        file.problems.extend(_refused(stage, file.stages))
    return Dockerfile(path, syntax, arguments, tuple(file.stages), tuple(sorted(set(file.problems))))


def _groups(instructions: Sequence[Instruction]) -> Iterator[Sequence[Instruction]]:
    """Those before the first FROM, and for each FROM it and what follows."""
    begin = 0
    for number, instruction in enumerate(instructions):
        if instruction.keyword == "FROM":
            yield instructions[begin:number]
            begin = number
    yield instructions[begin:]


def origins(dockerfile: Dockerfile, instruction: Instruction) -> tuple[Base, ...]:
    """The images and stages that `COPY --from` and `RUN --mount=…,from=…` take files from. A build context that is named on the command
    line looks like an image.
    """
    return _origins(instruction, dockerfile.stages)


def _arguments(instructions: Sequence[Instruction], file: _File) -> dict[str, str | None]:
    scope = Scope(dict.fromkeys(PLATFORM_ARGUMENTS))
    found: dict[str, str | None] = {}
    for instruction in instructions:
        if instruction.keyword != "ARG":
            continue
        for pair in values.pairs(instruction, scope.now(), file.escape):
            if pair.problem:
                file.problems.append(Problem(pair.line, f"ARG {quoted(pair.name)}: {pair.problem}"))
            # without a default it leaves a value that the name has
            if pair.text is not None or pair.name not in found:
                found[pair.name] = pair.value
                scope.set(pair.name, pair.value)
    return found


def _add_stage(first: Instruction, held: Sequence[Instruction], arguments: Known, file: _File) -> int:
    """How many triggers it runs."""
    words = values.operands(first)
    base = _base(first, words[0] if words else "", arguments, file)
    parent = _End({}, DEFAULT_SHELL, ()) if base.stage is None else file.ends[base.stage]
    scope = Scope(parent.variables)
    shell = parent.shell
    steps: list[Step] = []
    for instruction in (*parent.triggers, *held):
        known = scope.now()
        if instruction.keyword in values.PAIRED:
            value = _set(instruction, known, arguments, scope, file)
        else:
            value = _value(instruction, known, file)
        steps.append(Step(instruction, value, known, shell))
        if instruction.keyword == "SHELL":
            shell = instruction.words or shell
    triggers = tuple(each.trigger for each in held if each.trigger)
    name = words[2] if len(words) == 3 else ""
    file.stages.append(Stage(len(file.stages), name, base, first.line, tuple(steps), shell))
    file.ends.append(_End(scope.now(), shell, triggers))
    return len(parent.triggers)


def _base(first: Instruction, text: str, arguments: Known, file: _File) -> Base:
    known = {**dict.fromkeys(PLATFORM_ARGUMENTS), **arguments}
    image = _expanded(text, first, known, file)
    platform = first.flag("platform") or ""
    expanded = _expanded(platform, first, known, file).text if platform else ""
    if image.text == "":
        file.problems.append(Problem(first.line, f"FROM {quoted(text)} names no image"))
    return Base(
        text,
        image.text,
        _named(image.text, file.stages) if image.text else None,
        image.text is not None and (image.by_default or not image.names.isdisjoint(arguments)),
        platform if expanded is None else expanded,
    )


def _set(instruction: Instruction, known: Known, arguments: Known, scope: Scope, file: _File) -> str | None:
    """Gives the scope what ARG and ENV set; the text of either, or of LABEL."""
    written: list[str | None] = []
    for pair in values.pairs(instruction, known, file.escape):
        value = pair.value
        if pair.problem:
            file.problems.append(Problem(pair.line, f"{instruction.keyword} {quoted(pair.name)}: {pair.problem}"))
        if pair.text is None:
            # an ARG without a default takes that of the ARG before the first FROM, and leaves a value that the name has
            value = arguments.get(pair.name)
            if value is None and pair.name in known:
                value = known[pair.name]
            written.append(pair.name)
        else:
            written.append(None if value is None else f"{pair.name}={value}")
        if instruction.keyword != "LABEL":
            scope.set(pair.name, value)
    return None if None in written else " ".join(word for word in written if word)


def _value(instruction: Instruction, known: Known, file: _File) -> str | None:
    if instruction.keyword not in EXPANDED:
        return instruction.value
    words = [_expanded(word, instruction, known, file).text for word in values.operands(instruction)]
    return None if None in words else " ".join(word for word in words if word)


def _expanded(text: str, instruction: Instruction, known: Known, file: _File) -> Expansion:
    found = expansion(text, known, file.escape)
    if found.problem:
        file.problems.append(Problem(instruction.line, f"{instruction.keyword} {quoted(text)}: {found.problem}"))
    return found


def _origins(instruction: Instruction, stages: Sequence[Stage]) -> tuple[Base, ...]:
    if instruction.keyword == "COPY" and (text := instruction.flag("from")):
        number = _named(text, stages)
        if number is None and text.isascii() and text.isdecimal():
            number = int(text[:9])
            return (Base(text, None, number if number < len(stages) else None),)
        return (_origin(text, number),)
    if instruction.keyword == "RUN":
        mounts = [values.fields(flag.value) or () for flag in instruction.flags if flag.name == "mount"]
        parts = [[part.partition("=") for part in mount] for mount in mounts]
        given = [[text for name, _, text in part if name.lower() == "from" and text][-1:] for part in parts]
        return tuple(_origin(text, _named(text, stages)) for each in given for text in each)
    return ()


def _origin(text: str, number: int | None) -> Base:
    return Base(text, None if "$" in text else text, number)


def _named(name: str, stages: Sequence[Stage]) -> int | None:
    return next((stage.number for stage in reversed(stages) if stage.name and stage.name.lower() == name.lower()), None)


def _refused(stage: Stage, stages: Sequence[Stage]) -> Iterator[Problem]:
    for step in stage.steps:
        for base in _origins(step.instruction, stages):
            said = f"{step.instruction.keyword} takes files from {quoted(base.text)}"
            if base.stage == stage.number:
                yield Problem(step.instruction.line, f"{said}, the stage that it stands in")
            elif base.stage is None and "$" in base.text:
                yield Problem(step.instruction.line, f"{said}: no variable is replaced there; name a stage that is built FROM it")
            elif base.stage is None and base.image is None:
                yield Problem(step.instruction.line, f"{said}, but the file has no such stage")
