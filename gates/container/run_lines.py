"""Finds `docker run` and its kin in shell scripts, Makefiles, documentation and the steps of workflows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from gates.container import run_flags, run_options, run_sources
from gates.container.run_values import Variables
from gates.container.run_words import spliced, variables_of
from gates.container.setting import Setting
from gates.container.spec import RuntimeSpec, Variable
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.shell.command import Assignment, Command, Problem, Script, Word
from gates.shell.parsing import read as read_shell
from gates.shell.programs import Arguments, effective, options, unfolded

Kind = Literal["script", "makefile", "markdown", "workflow-run"]

MAX_RESTARTS: Final = 20
_ENGINES: Final = frozenset({"docker", "podman", "nerdctl"})
_ENGINE_VARIABLE = lazy(
    r"(?i)\$\{*(?:\$\()?\s*(?:[a-z0-9_]*[_.])?(?:(?P<engine>docker|podman|nerdctl)(?:_?(?:bin|cmd|cli|exe|command|engine))?"
    r"|container_?(?:engine|runtime|tool|cmd|cli|bin|manager)|oci_?(?:bin|engine|runtime|cmd)|engine)\s*(?::?[-=][^}]*)?\)?\}*"
)
_STARTS: Final = frozenset({"run", "create"})
_OTHER_INTERPRETER = lazy(r"\A#![^\n]*\b(?:python|perl|ruby|node|deno|bun|php|lua|awk|tclsh|pwsh|osascript|make)")
_MIGHT = lazy(r"(?i)docker|podman|nerdctl|engine|runtime|container|oci_?bin")
_PLACEHOLDER = lazy(r"[A-Z][A-Z_-]*(?:\[.*)?")


class Found(NamedTuple):
    """`problems` say from where on the text is no shell; what stands on later lines is still looked for. Documentation has none:
    its blocks may hold anything.
    """

    specs: tuple[RuntimeSpec, ...]
    problems: tuple[Problem, ...] = ()


def read(text: str, path: str, *, kind: Kind, line: int = 1, column: int = 1) -> Iterator[RuntimeSpec]:
    """`line` and `column` are where the text begins; of a block of YAML every line begins at `column`.

    Each is named after its `--name`, else "docker run" with its ordinal in the text.
    """
    yield from found(text, path, kind=kind, line=line, column=column).specs


def found(text: str, path: str, *, kind: Kind, line: int = 1, column: int = 1) -> Found:
    """The same, with what could not be read."""
    if not _MIGHT.search(text) or (kind == "script" and _OTHER_INTERPRETER.match(text)):
        return Found(())
    scripts: list[Script] = []
    for source in run_sources.sources(text.replace("\r\n", "\n"), kind, line, column):
        scripts += _scripts(source)
    variables = variables_of(scripts)
    specs: list[RuntimeSpec] = []
    names: dict[str, int] = {}
    ordinals: dict[str, int] = {}
    for script in scripts:
        for command in script.commands:
            spec = _spec(command, path, variables, ordinals, documentation=kind == "markdown")
            if spec is not None:
                names[spec.name] = names.get(spec.name, 0) + 1
                again = names[spec.name] > 1
                specs.append(spec._replace(name=f"{spec.name} ({names[spec.name]})" if again else spec.name, example=kind == "markdown"))
    return Found(tuple(specs), () if kind == "markdown" else tuple(problem for script in scripts for problem in script.problems))


def _scripts(source: run_sources.Source) -> Iterator[Script]:
    """Where something cannot be read, reading begins anew on the line below it."""
    text, line = source.text, source.line
    for _ in range(MAX_RESTARTS):
        script = unfolded(read_shell(text, line, expressions=source.expressions))
        yield source.placed(script)
        if not script.problems:
            return
        # what opens an unclosed `if` may stand far above what was read of it
        reached = max((*(problem.line for problem in script.problems), *(command.line for command in script.commands)))
        skipped = reached - line + 1
        rest = text.split("\n", skipped)
        if len(rest) <= skipped or skipped < 1:
            return
        text, line = rest[skipped], line + skipped


def _spec(command: Command, path: str, variables: Variables, ordinals: dict[str, int], *, documentation: bool) -> RuntimeSpec | None:
    # most commands are others, and need not be looked at closely
    if not any(word.text in _STARTS or "$" in word.text for word in command.words):
        return None
    invocation = effective(command._replace(words=spliced(command.words, variables)))
    engine = _engine(invocation.program)
    if engine is None or invocation.word is None:
        return None
    # pflag has no abbreviations, and stops at the subcommand
    before = options(invocation.arguments, run_options.GLOBAL_WITH_VALUE, permute=False)
    words = before.operands[1:] if before.operands[:1] and before.operands[0].text == "container" else before.operands
    if not words or words[0].text not in _STARTS:
        return None
    line = run_options.read(words[1:])
    if not line.operands and not (line.partial and len(words) > 1):
        return None
    key = f"{engine} {words[0].text}"
    ordinals[key] = ordinals.get(key, 0) + 1
    name = key if ordinals[key] == 1 else f"{key} {ordinals[key]}"
    start = invocation.word
    spec = run_flags.from_line(line, path, name=name, syntax="docker-run", line=start.line, column=start.column, variables=variables)
    if documentation and spec.image and spec.image.value and _PLACEHOLDER.fullmatch(spec.image.value):
        spec = spec._replace(image=spec.image._replace(value=None))
    return spec._replace(environment=(*spec.environment, *_engine_address(before, invocation.assignments, path)))


def _engine(program: str) -> str | None:
    if program in _ENGINES:
        return program
    named = _ENGINE_VARIABLE.fullmatch(program)
    return (named["engine"] or "docker").lower() if named else None


def _engine_address(before: Arguments, assignments: Sequence[Assignment], path: str) -> Iterator[Variable]:
    """An engine that is spoken to over the network is told as the variable that names it, which does the same."""
    host = before.option("-H", "--host")
    if host is not None and host.value is not None:
        yield _variable("DOCKER_HOST", host.value, path)
    secure = before.option("--tlsverify")
    if secure is not None:
        yield _variable("DOCKER_TLS_VERIFY", secure.word._replace(text="1"), path)
    for assignment in assignments:
        if assignment.name in ("DOCKER_HOST", "DOCKER_TLS_VERIFY"):
            yield _variable(assignment.name, assignment.value, path)


def _variable(name: str, word: Word, path: str) -> Variable:
    place = Location(path, word.line, word.column)
    return Variable(name, Setting(None if word.dynamic else word.text, place, word.text), place)
