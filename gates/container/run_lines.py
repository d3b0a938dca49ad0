"""Finds `docker run` and its kin in shell scripts, Makefiles, documentation and the steps of workflows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from gates.container import run_flags, run_options, run_sources, run_starts, run_texts
from gates.container.run_values import Variables
from gates.container.run_volumes import volumes_of, with_volumes
from gates.container.run_words import Calls, spliced, variables_of, with_arguments
from gates.container.setting import Setting
from gates.container.spec import Field, RuntimeSpec, Variable
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.shell.command import Assignment, Command, Problem, Script, Word
from gates.shell.parsing import read as read_shell
from gates.shell.programs import Arguments, Invocation, effective, options, unfolded

Kind = Literal["script", "makefile", "markdown", "workflow-run"]

MAX_RESTARTS: Final = 20
_OTHER_INTERPRETER = lazy(r"\A#![^\n]*\b(?:python|perl|ruby|node|deno|bun|php|lua|awk|tclsh|pwsh|osascript|make)")
_MIGHT = lazy(r"(?i)docker|podman|nerdctl|engine|runtime|container|oci_?bin|\bctr\b")
_MENTION = lazy(r"(?i)^[^#\n]*\b(?:docker|podman|nerdctl)\b[^\n]{0,80}?[ \t](?:run|create)[ \t]", 8)  # re.MULTILINE
_ALL_ARGUMENTS: Final = ("$@", "${@}", "$*")
_NO_CALLS: Final = Calls(())
_MOST_CALLS: Final = 50
_PLACEHOLDER = lazy(r"[A-Z][A-Z_-]*(?:\[.*)?")
_FUNCTION = lazy(r"^[ \t]*(?:function[ \t]+([\w:.-]+)|([\w:.-]+)[ \t]*\([ \t]*\))", 8)  # re.MULTILINE
# what says more of a container than the line that adds to it
_ELSEWHERE: Final[frozenset[Field]] = frozenset(
    ("user", "read_only", "capabilities", "new_privileges", "memory", "cpus", "pids", "healthcheck", "tmpfs", "ports")
)


class Found(NamedTuple):
    """`problems` tell where an engine is spoken of that could not be read; what stands on later lines is still looked for.
    Documentation has none: its blocks may hold anything.
    """

    specs: tuple[RuntimeSpec, ...]
    problems: tuple[Problem, ...] = ()


def read(text: str, path: str, *, kind: Kind, line: int = 1, column: int = 1) -> Iterator[RuntimeSpec]:
    """`line` and `column` are where the text begins; of a block of YAML every line begins at `column`.

    Each is named after its `--name`, else "docker run" with its ordinal in the text.
    """
    yield from found(text, path, kind=kind, line=line, column=column).specs


def found(text: str, path: str, *, kind: Kind, line: int = 1, column: int = 1, known: Mapping[str, Sequence[Word]] | None = None) -> Found:
    """The same, with what could not be read. `known` are variables from around the text, each with all that it may be."""
    if not _MIGHT.search(text) or (kind == "script" and _OTHER_INTERPRETER.match(text)):
        return Found(())
    scripts: list[Script] = []
    problems: list[Problem] = []
    for source in run_sources.sources(text.replace("\r\n", "\n"), kind, line, column):
        for script, blind in _scripts(source):
            scripts.append(script)
            problems += blind
    functions = _Functions.of(text, line, scripts)
    around = _Around(path, variables_of(scripts, known or {}), functions, functions.aliases(scripts), kind == "markdown")
    volumes = volumes_of(
        (start for script in scripts for command in script.commands if (start := around.start(command))), around.variables, path
    )
    specs: list[RuntimeSpec] = []
    names: dict[str, int] = {}
    ordinals: dict[str, int] = {}
    for script in scripts:
        for command in script.commands:
            spec = around.spec(command, ordinals)
            if spec is not None:
                names[spec.name] = names.get(spec.name, 0) + 1
                again = names[spec.name] > 1
                name = f"{spec.name} ({names[spec.name]})" if again else spec.name
                specs.append(with_volumes(spec._replace(name=name, example=kind == "markdown"), volumes))
    return Found(tuple(specs), () if kind == "markdown" else tuple(dict.fromkeys(problems)))


def _scripts(source: run_sources.Source) -> Iterator[tuple[Script, list[Problem]]]:
    """Where something cannot be read, reading begins anew on the line below it."""
    text, line = source.text, source.line
    for restart in range(MAX_RESTARTS):
        script = unfolded(read_shell(text, line, expressions=source.expressions), run_texts.texts)
        # what opens an unclosed `if` may stand far above what was read of it
        reached = max((*(problem.line for problem in script.problems), *(command.line for command in script.commands)), default=line)
        skipped = reached - line + 1
        rest = text.split("\n", skipped)
        ends = len(rest) <= skipped or skipped < 1
        last = ends or restart == MAX_RESTARTS - 1
        yield source.placed(script), _blind(text if last else "\n".join(rest[:skipped]), line, script)
        if not script.problems or ends:
            return
        text, line = rest[skipped], line + skipped


def _blind(text: str, line: int, script: Script) -> list[Problem]:
    """A problem for the first mention of an engine, from where the first problem is on, whose command was not read."""
    if not script.problems:
        return []
    broken = {problem.line for problem in script.problems}
    first = min(script.problems)
    read: set[int] = set()
    for command in script.commands:
        if any(_names_engine(word) for word in command.words):
            lines = {word.line for word in command.words if _names_engine(word)}
            program = effective(command).program
            read |= lines if run_starts.engine(program) else lines - broken
    for mention in _MENTION.finditer(text):
        # the line of the mention's end: blanks in front of it may be lines
        place = line + text.count("\n", 0, mention.end())
        if place >= first.line and place not in read:
            return [Problem(place, f"what starts a container here cannot be read: {first.message}, on line {first.line}")]
    return []


def _names_engine(word: Word) -> bool:
    return any(name in word.text for name in run_starts.ENGINES)


class _Functions(NamedTuple):
    """`headers` are lines with the names of the functions that begin there, in order; `calls` by name, "" for the script itself."""

    headers: Sequence[tuple[int, str]]
    calls: Mapping[str, Calls]

    @staticmethod
    def of(text: str, line: int, scripts: Sequence[Script]) -> _Functions:
        headers: list[tuple[int, str]] = []
        at, number = 0, line
        for match in _FUNCTION.finditer(text):
            number += text.count("\n", at, match.end())
            at = match.end()
            headers.append((number, match[1] or match[2]))
        names = {name for _, name in headers}
        arguments: dict[str, list[tuple[Word, ...]]] = {}
        for command in (command for script in scripts for command in script.commands if command.words):
            if command.program in names:
                arguments.setdefault(command.program, []).append(command.words[1:])
            elif command.program == "set" and len(command.words) > 2 and command.words[1].text == "--":
                arguments.setdefault("", []).append(command.words[2:])
        return _Functions(headers, {name: Calls(calls[:_MOST_CALLS]) for name, calls in arguments.items()})

    def of_command(self, command: Command) -> str:
        if "function" not in command.within:
            return ""
        place = bisect_right(self.headers, (command.line, "\U0010ffff"))
        return self.headers[place - 1][1] if place else ""

    def aliases(self, scripts: Sequence[Script]) -> dict[str, str]:
        """Other names of engines: `alias d=docker`, and functions that hand all their arguments to one."""
        found: dict[str, str] = {}
        for command in (command for script in scripts for command in script.commands if command.words):
            if command.program == "alias":
                pairs = [word.text.partition("=") for word in command.words[1:]]
                found |= {name: text.split()[-1] for name, _, text in pairs if text.split() and text.split()[-1] in run_starts.ENGINES}
            elif "function" in command.within and command.words[-1].text in _ALL_ARGUMENTS:
                invocation = effective(command)
                called = run_starts.engine(invocation.program)
                if called and len(invocation.arguments) == 1:
                    found[self.of_command(command)] = called
        return found


class _Around(NamedTuple):
    path: str
    variables: Variables
    functions: _Functions
    aliases: Mapping[str, str]
    documentation: bool

    def start(self, command: Command) -> run_starts.Start | None:
        read = self._invocation(command)
        return read and read[1]

    def _invocation(self, command: Command) -> tuple[Invocation, run_starts.Start] | None:
        # most commands are others, and need not be looked at closely
        if not any(word.text in run_starts.STARTS or "$" in word.text for word in command.words):
            return None
        function = self.functions.of_command(command)
        if function in self.aliases and command.words[-1].text in _ALL_ARGUMENTS:
            return None  # what it runs is told where it is called
        words = with_arguments(command.words, self.functions.calls.get(function, _NO_CALLS))
        invocation = effective(command._replace(words=spliced(words, self.variables)))
        if not self.documentation:
            invocation = run_starts.handed_on(invocation)
        start = run_starts.start(invocation, self.aliases)
        return None if start is None else (invocation, start)

    def spec(self, command: Command, ordinals: dict[str, int]) -> RuntimeSpec | None:
        read = self._invocation(command)
        if read is None or read[1].doing == "volume" or read[0].word is None:
            return None
        invocation, start = read
        line = run_options.read(start.words, run_starts.ALSO.get(start.doing, frozenset()))
        if start.doing in ("run", "ctr", "service") and not line.operands and not (line.unknown and start.words):
            return None
        key, place = start.key, invocation.word or command.words[0]
        name = key if key not in ordinals else f"{key} {ordinals[key] + 1}"
        spec = run_flags.from_line(
            line, self.path, name=name, syntax="docker-run", line=place.line, column=place.column, variables=self.variables
        )
        if start.doing != "run":
            added = _of_others(start, line, spec)
            if added is None:
                return None
            spec = added
        ordinals[key] = ordinals.get(key, 0) + 1
        if self.documentation and spec.image and spec.image.value and _PLACEHOLDER.fullmatch(spec.image.value):
            spec = spec._replace(image=spec.image._replace(value=None))
        return spec._replace(environment=(*spec.environment, *_engine_address(start.before, invocation.assignments, self.path)))


def _of_others(start: run_starts.Start, line: run_options.Line, spec: RuntimeSpec) -> RuntimeSpec | None:
    """What the line adds to a container that is described elsewhere; None where that is nothing to judge."""
    spec = spec._replace(unsaid=_ELSEWHERE)
    match start.doing:
        case "service":
            return spec
        case "ctr":
            host = next((given.word for given in line.options if given.name == "net-host"), None)
            if host is None:
                return spec
            return spec._replace(network=Setting("host", Location(spec.location.path, host.line, host.column), host.text))
        case "exec":
            bare = RuntimeSpec(spec.syntax, spec.name, spec.location, privileged=spec.privileged, unsaid=_ELSEWHERE, short_lived=True)
            return bare if spec.privileged else None
        case "build":
            return _of_build(start, spec)
    # of `compose run`, whose operands are a service and its command
    says = spec.privileged or spec.cap_add or spec.mounts or spec.user or spec.environment or spec.ports
    return spec._replace(image=None, name=start.key, short_lived=True) if says else None


def _of_build(start: run_starts.Start, spec: RuntimeSpec) -> RuntimeSpec | None:
    """Its RUN steps in the network of the host, or privileged (https://docs.docker.com/reference/cli/docker/buildx/build/#allow)."""
    given = options(start.words, run_starts.BUILD_WITH_VALUE).options
    bare = RuntimeSpec(spec.syntax, spec.name, spec.location, unsaid=_ELSEWHERE, short_lived=True)
    for option in given:
        place = Location(spec.location.path, option.word.line, option.word.column)
        text = option.value.text if option.value else ""
        if option.name in ("--network", "--net") and text == "host":
            bare = bare._replace(network=Setting("host", place, text))
        elif option.name == "--allow" and "security.insecure" in text:
            bare = bare._replace(privileged=Setting(True, place, text))
    return bare if bare.network or bare.privileged else None


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
