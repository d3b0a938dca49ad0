"""The commands that the steps of a Dockerfile run, and how the rules on them say what they found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from gates.container.defect import Defect
from gates.container.dockerfile import values
from gates.container.dockerfile.expansion import expansion
from gates.container.dockerfile.instruction import Dockerfile, Instruction, Stage, Step
from gates.container.quoting import shown
from gates.container.references import reference
from gates.container.rules.levels import Levelled
from gates.container.setting import Setting
from gates.container.spec import RuntimeSpec
from gates.core.finding import Location, Severity
from gates.core.patterns import lazy
from gates.shell.command import Command, Problem, Script, Word
from gates.shell.parsing import read
from gates.shell.programs import Invocation, effective, options, unfolded
from gates.shell.wrappers import SHELLS

_HEREDOC = lazy(r"""<<-?[ \t]*(?:"[^"\n]*"|'[^'\n]*'|[^\s<>&|;"'()]+)""")
_INTERPRETER = lazy(r"#![ \t]*(?:/\S*/)?(?:env[ \t]+(?:-S[ \t]+)?)?(\S+)")
_WINDOWS_REPOSITORY = lazy(r"windows(?:/.*)?|dotnet/framework/.*|(?:.*/)?(?:nanoserver|(?:windows)?servercore(?:/.*)?)")
_WINDOWS_TAG = lazy(r"(?i)(?:.*-)?(?:windowsservercore|nanoserver)(?:-.*)?")
_MICROSOFT: Final = "mcr.microsoft.com"
# which run a command in an environment of packages; the options that take a value
_ENVIRONMENTS: Final = frozenset(("conda", "mamba", "micromamba"))
_ENVIRONMENT_VALUES: Final = frozenset(("-n", "--name", "-p", "--prefix", "--cwd", "-r", "--root-prefix", "-e", "-a", "--attach"))
_NAME_PART = lazy(r"[^A-Za-z0-9_.@/+=:~-]+")
_PROGRAM_BY_NAME = lazy(
    r"\$(?P<name>[A-Za-z_][A-Za-z0-9_]*)|\$\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)(?::?[-=](?P<default>[^{}]*))?\}"
    r"|(?:\$\(|`)\s*(?:which|command -v|type -p)\s+(?P<which>[A-Za-z0-9_./+-]+)\s*[)`]"
)
_PROGRAM = lazy(r"[A-Za-z0-9_./+-]+")


class Act(NamedTuple):
    """`number` is the command's position in its run. Lines are those of the file."""

    number: int
    command: Command
    program: str
    arguments: tuple[Word, ...]
    invocation: Invocation

    @property
    def line(self) -> int:
        return self.invocation.word.line if self.invocation.word else self.command.line

    @property
    def column(self) -> int:
        return self.invocation.word.column if self.invocation.word else 0


class Run(NamedTuple):
    """A RUN, or one that an ONBUILD holds. `unread` are places from which on it could not be read."""

    stage: Stage
    step: Step
    instruction: Instruction
    acts: tuple[Act, ...]
    unread: tuple[Problem, ...]
    mounts: tuple[tuple[str, str], ...]  # type and target of each --mount
    escape: str

    def text(self, word: Word) -> str | None:
        """What the program gets, None where that is not known here."""
        if not word.dynamic:
            return word.text
        return expansion(word.text, self.step.variables, self.escape, quotes=False).text

    def known(self, word: Word) -> str:
        """The same, as it is written where it is not known."""
        found = self.text(word)
        return word.text if found is None else found

    def variable(self, name: str) -> str:
        """ "" where there is none; "?" for one whose value is not known here."""
        if name not in self.step.variables:
            return ""
        value = self.step.variables[name]
        return "?" if value is None else value

    def caches(self, *parts: str) -> bool:
        """Whether a cache, or another folder that does not end up in the image, is mounted on a path that has one of these parts."""
        return any(kind in ("cache", "tmpfs") and any(part in target for part in parts) for kind, target in self.mounts)


class Plan(NamedTuple):
    """`delivered` are the stages that become an image somebody uses, `kept` the numbers of those that they are made of."""

    dockerfile: Dockerfile
    runs: tuple[Run, ...]
    delivered: tuple[Stage, ...]
    kept: frozenset[int]

    def kept_runs(self) -> Iterator[Run]:
        return (run for run in self.runs if run.stage.number in self.kept)


def plan(dockerfile: Dockerfile, started: tuple[RuntimeSpec, ...]) -> Plan:
    targets = dict.fromkeys(("", *(spec.build.target for spec in started if spec.build)))
    delivered = tuple({stage.number: stage for target in targets if (stage := dockerfile.stage(target))}.values())
    kept = frozenset(each.number for stage in delivered for each in dockerfile.ancestry(stage))
    return Plan(dockerfile, tuple(_runs(dockerfile)), delivered, kept)


def steps(dockerfile: Dockerfile) -> Iterator[tuple[Stage, Step]]:
    """Each instruction once, with those that ONBUILD holds as steps of the stage that they are written in."""
    seen: set[tuple[int, str]] = set()
    for stage in dockerfile.stages:
        for step in stage.steps:
            if step.instruction.trigger is not None:
                trigger = step.instruction.trigger
                step = step._replace(instruction=trigger, value=trigger.value)
            key = (step.instruction.line, step.instruction.keyword)
            if key not in seen:
                seen.add(key)
                yield stage, step


def _runs(dockerfile: Dockerfile) -> Iterator[Run]:
    for stage, step in steps(dockerfile):
        if step.instruction.keyword == "RUN" and not is_windows(dockerfile, stage):
            script = commands(step.instruction, step.shell)
            if script is not None:
                acts = tuple(acting(script, step.variables))
                mounts = tuple(_mounts(step.instruction))
                yield Run(stage, step, step.instruction, acts, script.problems, mounts, dockerfile.syntax.escape)


def acting(script: Script, variables: Mapping[str, str | None] = MappingProxyType({})) -> Iterator[Act]:
    """`variables` are those that the script begins with; with them and its own, a program that a variable names is found."""
    seen: set[tuple[int, int]] = set()
    known = _known(script, variables)
    for number, command in enumerate(script.commands):
        command = _named(command, known)
        invocation = effective(command)
        if invocation.word is not None:
            place = (invocation.word.line, invocation.word.column)
            # a substitution in `sh -c "$(…)"` is read with the command and with the script
            if place in seen and "substitution" in command.within:
                continue
            seen.add(place)
        yield Act(number, command, invocation.program, invocation.arguments, invocation)


def _known(script: Script, variables: Mapping[str, str | None]) -> dict[str, str]:
    """Variables that have one value wherever the script uses them."""
    values_of: dict[str, set[str]] = {name: {value} for name, value in variables.items() if value}
    for command in script.commands:
        for each in command.assignments if not command.words else ():
            values_of.setdefault(each.name, set()).add(each.value.text)
    return {name: next(iter(found)) for name, found in values_of.items() if len(found) == 1}


def _named(command: Command, known: Mapping[str, str]) -> Command:
    """With the program in place of `$NAME`, `${NAME:-program}` and `$(which program)`."""
    if not command.words or not command.words[0].dynamic:
        return command
    match = _PROGRAM_BY_NAME.fullmatch(command.words[0].text)
    if match is None:
        return command
    name = match["name"] or match["braced"]
    program = match["which"] or (known.get(name) or match["default"] or ("sh" if name == "SHELL" else "") if name else "")
    if not program or not _PROGRAM.fullmatch(program):
        return command
    return command._replace(words=(command.words[0]._replace(text=program, dynamic=False), *command.words[1:]))


def is_windows(dockerfile: Dockerfile, stage: Stage) -> bool:
    """By the image alone: the character that `# escape=` names says nothing of it."""
    root = dockerfile.ancestry(stage)[-1].base
    if root.platform.lower().startswith("windows"):
        return True
    named = reference(root.image or root.text)
    if named.registry == _MICROSOFT and _WINDOWS_REPOSITORY.fullmatch(named.repository.lower()):
        return True
    return (named.registry == _MICROSOFT or bool(named.official)) and bool(_WINDOWS_TAG.fullmatch(named.tag))


def is_read(shell: tuple[str, ...]) -> bool:
    """Whether a command in shell form is for a shell that is known here, which others may start: `conda run -n x bash -c`."""
    words = tuple(Word(text.replace("\\", "/"), 1, number, False, True) for number, text in enumerate(shell, 1))
    while words:
        invocation = effective(Command(words, (), (), "", 1, (), 1, pipes=((1, 0),)))
        if invocation.program.lower() not in _ENVIRONMENTS or [word.text for word in invocation.arguments[:1]] != ["run"]:
            return invocation.program.lower() in SHELLS
        words = options(invocation.arguments[1:], _ENVIRONMENT_VALUES, permute=False).operands
    return False


def commands(instruction: Instruction, shell: tuple[str, ...]) -> Script | None:
    """None where no shell that is known here reads it."""
    if instruction.words is not None:
        return exec_form(instruction)
    if not is_read(shell):
        return None
    if len(instruction.heredocs) == 1 and not _HEREDOC.sub("", instruction.value).strip():
        body = instruction.heredocs[0]
        named = interpreter(body.body)
        # leading tabs mean nothing in a script, so they may stay
        return unfolded(read(body.body, body.line)) if not named or named in SHELLS else None
    text = instruction.source
    for heredoc in instruction.heredocs:
        text += f"\n{heredoc.body}{heredoc.name}"
    return unfolded(read(text, instruction.line, instruction.column))


def exec_form(instruction: Instruction) -> Script:
    return script_of(instruction.words or (), instruction.line, instruction.column)


def script_of(words: tuple[str, ...], line: int, column: int) -> Script:
    """One command whose words no shell reads."""
    taken = tuple(Word(text, line, column + number, False, True) for number, text in enumerate(words))
    return unfolded(Script((Command(taken, (), (), "", 1, (), line, pipes=((1, 0),)),)))


def interpreter(text: str) -> str:
    """The program that a script's first line names, "" without one."""
    match = _INTERPRETER.match(text)
    return match[1].rpartition("/")[2] if match else ""


def _mounts(instruction: Instruction) -> Iterator[tuple[str, str]]:
    for flag in instruction.flags:
        if flag.name == "mount":
            parts = dict(_pair(part) for part in values.fields(flag.value) or ())
            yield parts.get("type", "bind"), parts.get("target") or parts.get("dst") or parts.get("destination") or ""


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value


# what the rules say


def about(stage: Stage) -> str:
    return stage.name or str(stage.number)


def told(
    dockerfile: Dockerfile,
    stage: Stage,
    level: Levelled,
    what: str,
    line: int,
    key: str = "",
    *,
    column: int = 0,
    remedy: str = "",
    severity: Severity | None = None,
    resolved: bool = True,
) -> Defect:
    """`what` goes on after the stage's name; `key` tells two defects of one rule and stage apart."""
    name = about(stage)
    return Defect(
        rule=level.rule,
        message=f"stage {name}: {what}",
        location=Location(dockerfile.path, line, column),
        subject=f"{name}:{key}" if key else name,
        about=name,
        kind="stage",
        remedy=remedy,
        resolved=resolved,
        severity=severity,
    )


def told_of(
    dockerfile: Dockerfile,
    run: Run,
    act: Act,
    level: Levelled,
    what: str,
    key: str,
    *,
    remedy: str = "",
    severity: Severity | None = None,
    resolved: bool = True,
) -> Defect:
    return told(dockerfile, run.stage, level, what, act.line, key, column=act.column, remedy=remedy, severity=severity, resolved=resolved)


def spaced(text: str) -> frozenset[str]:
    return frozenset(text.split())


def listed(names: list[str], most: int = 4) -> str:
    """For a message; long words are cut."""
    some = [shown(name, 60) for name in names[:most]]
    return ", ".join(some) + (f" and {len(names) - most} more" if len(names) > most else "")


def base_name(stage: Stage) -> str:
    """The last part of the image's repository, small letters."""
    named = reference(stage.base.image or stage.base.text)
    return named.repository.rpartition("/")[2].lower()


def setting_value(setting: Setting[str] | None) -> str | None:
    return setting.value if setting is not None else None
