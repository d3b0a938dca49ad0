"""Scripts that a script hands on as text: to another machine, down a pipe, into a file that is run later, to a terminal of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gates.core.patterns import lazy
from gates.shell.command import Command, Redirect, Word
from gates.shell.programs import Invocation, effective, options
from gates.shell.wrappers import SHELLS

# https://man.openbsd.org/ssh.1, https://man.openbsd.org/tmux.1
_SSH_VALUES: Final = frozenset(f"-{letter}" for letter in "BbcDEeFIiJLlmOoPpQRSWw")
_TMUX_VALUES: Final = frozenset(f"-{letter}" for letter in "bceFfLlnpSstxy")
_TMUX_RUNNING: Final = frozenset(
    (
        "new",
        "new-session",
        "neww",
        "new-window",
        "splitw",
        "split-window",
        "respawn-pane",
        "respawnp",
        "send",
        "send-keys",
        "run-shell",
        "run",
    )
)
_FROM_INPUT: Final = frozenset(("at", "batch", "parallel"))
_WRITING: Final = frozenset((">", ">>", ">|", "&>", "&>>"))
_OF_A_SCRIPT = lazy(r"(?i).*(?:\.(?:sh|bash|zsh|ksh|command)|user[-_]?data[^/]*|/?rc\.local|/cron\.(?:daily|hourly|weekly|monthly)/[^/]+)")
_STARTING = lazy(r"[\s(]*(?:[A-Za-z_]\w*=\S*\s+)*(?:sudo\s+(?:-\S+\s+)*)?(?:docker|podman|nerdctl)\s+(?:container\s+)?(?:run|create)\s")
_RUNNER = lazy(r"(?i).*(?:run|retry|retries|exec|eval|try|cmd|command|invoke|parallel|spawn|background|vagrant)[^/]*|docker-machine|gcloud")


def texts(command: Command, following: Sequence[Command]) -> Iterator[Word]:
    """`following` are the next commands, with what stands further down in the same pipeline."""
    if not command.words:
        return
    invocation = effective(command)
    arguments = invocation.arguments
    match invocation.program:
        case "ssh" | "autossh" | "mosh" | "dbclient":
            yield from _remote(command, arguments)
        case "tmux":
            found = options(arguments, _TMUX_VALUES, permute=False).operands
            if found and found[0].text in _TMUX_RUNNING:
                yield from _joined(options(found[1:], _TMUX_VALUES, permute=False).operands)
        case "alias":
            for word in arguments:
                name, equals, text = word.text.partition("=")
                if equals:
                    # what is typed behind it is not known here
                    yield word._replace(text=f'{text} "$@"', column=word.column + len(name) + 1, dynamic=True)
        case "cat" | "tee" | "echo" | "printf":
            yield from _handed_on(command, invocation, following)
        case program if program in _FROM_INPUT and not arguments[1:]:
            yield from _input(command)
        case program if _RUNNER.fullmatch(program) and program not in SHELLS:
            yield from (word for word in arguments if word.quoted and _STARTING.match(word.text))


def _remote(command: Command, arguments: Sequence[Word]) -> Iterator[Word]:
    """ssh puts the words of its command together, and a shell reads them; without a command that shell reads its input."""
    host, *remote = options(arguments, _SSH_VALUES, permute=False).operands or (None,)
    if host is None:
        return
    # options may stand behind the host too
    words = options(remote, _SSH_VALUES, permute=False).operands
    yield from _joined(words)
    if not words or _is_reading_shell(command._replace(words=tuple(words))):
        yield from _input(command)


def _joined(words: Sequence[Word]) -> Iterator[Word]:
    if words:
        dynamic = any(word.dynamic for word in words)
        yield words[0]._replace(text=" ".join(word.text for word in words), dynamic=dynamic, quoted=words[0].quoted)


def _is_reading_shell(command: Command) -> bool:
    """A shell that is given no script but its input."""
    invocation = effective(command)
    if invocation.program not in SHELLS:
        return False
    found = options(invocation.arguments, frozenset({"-o", "-O", "--rcfile", "--init-file"}), permute=False)
    return not found.option("-c") and (not found.operands or found.option("-s") is not None or found.operands[0].text == "-")


def _reads_commands(command: Command) -> bool:
    if effective(command).program in _FROM_INPUT or _is_reading_shell(command):
        return True
    if effective(command).program not in ("ssh", "autossh", "dbclient"):
        return False
    operands = options(effective(command).arguments, _SSH_VALUES, permute=False).operands
    return len(operands) < 2 or _is_reading_shell(command._replace(words=tuple(operands[1:])))


def _handed_on(command: Command, invocation: Invocation, following: Sequence[Command]) -> Iterator[Word]:
    """What a shell gets down the pipe, and what becomes a script in a file."""
    further = [each for each in following if command.feeds(each)]
    written = [
        each.target.text for each in (*command.redirects, *(one for each in further for one in each.redirects)) if each.operator in _WRITING
    ]
    for each in (command, *further):
        called = effective(each)
        if called.program == "tee":
            written += [word.text for word in options(called.arguments, frozenset()).operands]
    bodies = list(_input(command)) if invocation.program in ("cat", "tee") else list(_printed(invocation))
    for body in bodies:
        in_file = written and (any(_OF_A_SCRIPT.fullmatch(path) for path in written) or _is_script(body.text))
        if in_file or any(map(_reads_commands, further)):
            yield body


def _is_script(text: str) -> bool:
    return re.match(r"#!\s*\S*?(?:env\s+(?:-S\s+)?\S*?)?\b(?:sh|bash|ash|dash|ksh|zsh)\b", text) is not None


def _printed(invocation: Invocation) -> Iterator[Word]:
    words = invocation.arguments
    while words and words[0].text.startswith("-") and not words[0].quoted:
        words = words[1:]
    for word in words if invocation.program == "printf" else _joined(words):
        # printf and many an echo make a line end of it
        yield word._replace(text=word.text.replace("\\n", "\n"))


def _input(command: Command) -> Iterator[Word]:
    """The here-document or here-string that it reads."""
    found: Redirect | None = next((each for each in reversed(command.redirects) if each.operator in ("<<", "<<<")), None)
    if found is None:
        return
    if found.operator == "<<<":
        yield found.target
    elif found.target.quoted:
        yield Word(found.body, found.body_line, 1)
    else:
        # \$ is left for whoever reads it
        yield Word(found.body.replace("\\$", "$").replace("\\`", "`"), found.body_line, 1, bool(re.search(r"[$`]", found.body)))
