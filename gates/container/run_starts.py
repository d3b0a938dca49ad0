"""Which words of a command line start a container, or say what one may do, and with which program.

https://docs.docker.com/reference/cli/docker/, https://github.com/containerd/containerd/blob/main/cmd/ctr/commands/run/run.go
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from gates.container import run_options
from gates.core.patterns import lazy
from gates.shell.command import Word
from gates.shell.programs import Arguments, Invocation, basename, options

# `run` makes a container of its own; what the others make is described elsewhere, and the line only adds to it
Doing = Literal["run", "exec", "compose", "service", "ctr", "build", "volume"]

ENGINES: Final = frozenset({"docker", "podman", "nerdctl"})
STARTS: Final = frozenset({"run", "create", "exec", "build", "buildx", "compose"})
_COMPOSES: Final = {"docker-compose": "docker", "podman-compose": "podman"}
_ENGINE_VARIABLE = lazy(
    r"(?i)\$\{*(?:\$\()?\s*(?:[a-z0-9_]*[_.])?(?:(?P<engine>docker|podman|nerdctl)(?:_?(?:bin|cmd|cli|exe|command|engine))?"
    r"|container_?(?:engine|runtime|tool|cmd|cli|bin|manager)|oci_?(?:bin|engine|runtime|cmd)|engine)\s*(?::?[-=][^}]*)?\)?\}*"
)
# these only speak of what they are given
# or are read as scripts
_SPEAKING = lazy(
    r"(?i).*(?:echo|print|log|info|warn|err|die|say|msg|message|usage|help|debug|note|fail|grep|sed|awk|abort|title|step|ask|confirm|assert"
    r"|require|notice|success|banner|header|section|colou?r|bold|highlight|display|show|output|write).*"
    r"|\[\[?|\(\(|test|ssh|autossh|mosh|dbclient|tmux|which|type|man|case|read|set|export|local|declare|readonly|typeset|cat|true|false|:|git"
)
_COMPOSE_GLOBAL: Final = frozenset(
    ("--ansi", "--env-file", "-f", "--file", "--parallel", "--profile", "--progress", "--project-directory", "-p", "--project-name")
)
_CTR_GLOBAL: Final = frozenset(("-a", "--address", "-n", "--namespace", "--timeout", "--connect-timeout"))

_SERVICE: Final = """
    config constraint container-label credential-spec endpoint-mode generic-resource group host limit-cpu limit-memory limit-pids
    max-concurrent mode placement-pref replicas replicas-max-per-node reserve-cpu reserve-memory restart-condition restart-delay
    restart-max-attempts restart-window rollback-delay rollback-failure-action rollback-max-failure-ratio rollback-monitor
    rollback-order rollback-parallelism secret update-delay update-failure-action update-max-failure-ratio update-monitor update-order
    update-parallelism
"""
_CTR: Final = """
    snapshotter runtime runtime-config-path runtime-root config cwd memory-limit cpu-shares cpu-quota cpu-period cpuset-cpus
    cpuset-mems cgroup seccomp-profile apparmor-profile apparmor-default-profile rdt-class hostname blockio-config-file blockio-class
    snapshotter-label pid-file log-uri fifo-dir with-ns
"""
_BUILD: Final = """
    add-host allow annotation attest build-arg build-context builder cache-from cache-to call file iidfile label metadata-file net
    network no-cache-filter output platform progress sbom provenance secret shm-size ssh tag target ulimit isolation memory
"""
# the options with a value that `docker run` does not have
ALSO: Final[Mapping[Doing, frozenset[str]]] = {
    "compose": frozenset({"env-from-file"}),
    "service": frozenset(_SERVICE.split()),
    "ctr": frozenset(_CTR.split()),
}


BUILD_WITH_VALUE: Final = frozenset(f"--{name}" for name in _BUILD.split()) | {"-f", "-t", "-o", "-m"}


class Start(NamedTuple):
    """`key` is how it is called; `words` stand behind it; `before` are the options of the engine itself."""

    doing: Doing
    key: str
    words: tuple[Word, ...]
    before: Arguments


def start(invocation: Invocation, aliases: Mapping[str, str]) -> Start | None:
    program, arguments = invocation.program, invocation.arguments
    if program in _COMPOSES:
        return _of_compose(program, arguments, Arguments((), ()))
    if program == "ctr":
        return _of_ctr(arguments)
    called = engine(program) or aliases.get(program)
    if called is None:
        return None
    # pflag has no abbreviations, and stops at the subcommand
    before = options(arguments, run_options.GLOBAL_WITH_VALUE, permute=False)
    words = before.operands
    group = (
        words[0].text if words[:1] and words[0].text in ("container", "service", "volume", "buildx", "builder", "image", "compose") else ""
    )
    if group == "compose":
        return _of_compose(f"{called} compose", words[1:], before)
    words = words[1:] if group else words
    name = words[0].text if words else ""
    doing: Doing
    match group, name:
        case (("" | "container"), ("run" | "create")):
            doing = "run"
        case (("" | "container"), "exec"):
            doing = "exec"
        case "service", "create":
            doing = "service"
        case "volume", "create":
            doing = "volume"
        case (("" | "buildx" | "builder" | "image"), ("build" | "b")):
            doing = "build"
        case _:
            return None
    shown = group if group not in ("", "container", "image", "builder") else ""
    return Start(doing, " ".join(part for part in (called, shown, name) if part), words[1:], before)


def handed_on(invocation: Invocation) -> Invocation:
    """Of a program that is not known, and is given an engine with what to run as words of their own: `retry 3 docker run …`."""
    program, arguments = invocation.program, invocation.arguments
    if engine(program) or _SPEAKING.fullmatch(program):
        return invocation
    for place, word in enumerate(arguments[:-1]):
        if basename(word) in ENGINES and arguments[place + 1].text in ("run", "create", "container"):
            return invocation._replace(program=basename(word), arguments=arguments[place + 1 :], word=word)
    return invocation


def engine(program: str) -> str | None:
    if program in ENGINES:
        return program
    named = _ENGINE_VARIABLE.fullmatch(program)
    return (named["engine"] or "docker").lower() if named else None


def _of_compose(program: str, arguments: Sequence[Word], before: Arguments) -> Start | None:
    words = options(arguments, _COMPOSE_GLOBAL, permute=False).operands
    if not words or words[0].text not in ("run", "exec"):
        return None
    return Start("compose" if words[0].text == "run" else "exec", f"{program} {words[0].text}", words[1:], before)


def _of_ctr(arguments: Sequence[Word]) -> Start | None:
    before = options(arguments, _CTR_GLOBAL, permute=False)
    words = before.operands
    words = words[1:] if words[:1] and words[0].text in ("container", "containers", "c") else words
    if not words or words[0].text not in ("run", "create"):
        return None
    return Start("ctr", f"ctr {words[0].text}", words[1:], Arguments((), ()))
