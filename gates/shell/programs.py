"""Which program a command runs in the end, with which options, and what scripts it is given as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from gates.core.patterns import lazy
from gates.shell.command import Assignment, Command, Problem, Script, Word
from gates.shell.parsing import read
from gates.shell.wrappers import SHELLS, WRAPPERS, Wrapper

# of scripts in scripts: each level is read again
MAX_LEVELS: Final = 8
MAX_WRAPPERS: Final = 20
# characters of scripts in scripts, in all: people stay below a hundredth of it
MAX_NESTED: Final = 1_000_000
_VALUE = lazy(r"[A-Za-z_][A-Za-z0-9_]*=")
# also as the readers of Makefiles and workflows write it
_MAYBE_SUDO = lazy(r"\$(?:\{|\{\{(?:\$\(| *(?:env\.)?))?[A-Za-z0-9_]*(?:SUDO|sudo)[A-Za-z0-9_]*(?:[:?+-][^}]*)?[ )]*\}{0,2}")
_SHELL_VALUES: Final = frozenset({"-o", "-O", "--rcfile", "--init-file"})
_SU_VALUES: Final = frozenset(
    {"-c", "--command", "--session-command", "-s", "--shell", "-g", "--group", "-G", "--supp-group", "-w", "-u", "--user", "-T"}
)
_AHEAD: Final = 20  # commands, in which the rest of a pipeline is looked for
_EXECUTING: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


class Option(NamedTuple):
    """`name` with its dashes; `value` None where it has none; `word` is where the name stands."""

    name: str
    value: Word | None
    word: Word


class Arguments(NamedTuple):
    options: tuple[Option, ...]
    operands: tuple[Word, ...]

    def option(self, *names: str) -> Option | None:
        """The last one that has one of the names."""
        return next((option for option in reversed(self.options) if option.name in names), None)


class Invocation(NamedTuple):
    """`program` is the last part of its path; where it is dynamic, as written. `wrappers` were stepped over, outermost first, each with
    its words in `stepped_over`. `assignments` are those before the command, and those that `env` and `sudo` take.
    `word` is the program's, None where the command has no words.
    """

    program: str
    arguments: tuple[Word, ...]
    wrappers: tuple[str, ...] = ()
    stepped_over: tuple[tuple[Word, ...], ...] = ()
    assignments: tuple[Assignment, ...] = ()
    word: Word | None = None


def effective(command: Command) -> Invocation:
    """The program that does the work: without `sudo`, `env`, `exec`, `timeout 5` … A wrapper that is given no program is one itself."""
    words = command.words
    assignments = list(command.assignments)
    wrappers: list[str] = []
    stepped_over: list[tuple[Word, ...]] = []
    while words:
        name = basename(words[0])
        rest = _behind(name, words) if len(wrappers) < MAX_WRAPPERS else ()
        if not rest:
            return Invocation(name, words[1:], tuple(wrappers), tuple(stepped_over), tuple(assignments), words[0])
        own = words[: len(words) - len(rest)]
        if name in ("env", "sudo"):
            assignments += [_assignment(word) for word in own[1:] if _VALUE.match(word.text)]
        wrappers.append(name)
        stepped_over.append(own)
        words = rest
    return Invocation("", (), (), (), tuple(assignments))


def basename(word: Word) -> str:
    text = word.text
    # a slash within an expansion is none of the path
    return text if text.endswith((")", "`", "}")) and word.dynamic else text.rpartition("/")[2]


def options(arguments: Sequence[Word], with_value: frozenset[str], *, permute: bool = True) -> Arguments:
    """As getopt_long(3) reads them: `-abc`, `-ovalue`, `--name=value`, `--` ends them. `with_value` are the options, with their dashes,
    whose value may be the next word. Without `permute` the first operand ends them too.
    """
    found: list[Option] = []
    operands: list[Word] = []
    rest = iter(arguments)
    for word in rest:
        text = word.text
        if text == "--":
            operands += rest
        elif text.startswith("--"):
            name, equals, _ = text.partition("=")
            value = _part(word, len(name) + 1) if equals else next(rest, None) if name in with_value else None
            found.append(Option(name, value, word))
        elif text.startswith("-") and text != "-":
            found += _cluster(word, with_value, rest)
        else:
            operands.append(word)
            if not permute:
                operands += rest
    return Arguments(tuple(found), tuple(operands))


def nested(command: Command) -> Word | None:
    """The text of a script that the command runs: `sh -c '…'`, `bash <<EOF`, `eval …`, `su -c …`, `trap …`."""
    invocation = effective(command)
    arguments, program = invocation.arguments, invocation.program
    if program in SHELLS:
        return _given_to_shell(command, arguments)
    match program:
        case "eval":
            return _joined(arguments[1:] if arguments and arguments[0].text == "--" else arguments)
        case "-c" if "flock" in invocation.wrappers:
            return arguments[0] if arguments else None
        case "su" | "runuser" | "script":
            option = options(arguments, _SU_VALUES).option("-c", "--command", "--session-command")
            return option.value if option else None
        case "trap":
            operands = options(arguments, frozenset(), permute=False).operands
            return operands[0] if len(operands) > 1 and operands[0].text not in ("", "-") else None
        case "watch":
            return _joined(options(arguments, frozenset({"-n", "--interval", "-q", "--equexit"}), permute=False).operands)
    return None


def unfolded(script: Script, others: Callable[[Command, Sequence[Command]], Iterable[Word]] = lambda _, __: ()) -> Script:
    """With the commands that stand in texts and in arguments of `find -exec`, behind all others; their `holder` is the command that
    runs them, and 'substitution' is in their `within`.

    `others` tells further texts that a command has run, given what follows it.
    """
    commands, problems = list(script.commands), list(script.problems)
    levels = [0] * len(commands)
    pipelines = max((command.pipeline for command in commands), default=0)
    number, spent = 0, 0
    while number < len(commands):
        holder, level = commands[number], levels[number]
        texts = [text for text in (nested(holder), *others(holder, commands[number + 1 : number + 1 + _AHEAD])) if text]
        spent += sum(len(text.text) for text in texts)
        for inner in _inner(holder, texts, level, spent):
            base = len(commands)
            commands += [_moved(each, holder, number, base, pipelines) for each in inner.commands]
            levels += [level + 1] * len(inner.commands)
            pipelines += max((command.pipeline for command in inner.commands), default=0)
            problems += inner.problems
        number += 1
    return Script(tuple(commands), tuple(problems), script.loops)


def _behind(name: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """What follows a wrapper and its own arguments; nothing where it is no wrapper, or runs nothing."""
    if words[0].dynamic and _MAYBE_SUDO.fullmatch(words[0].text):
        return words[1:]
    if name == "capsh":
        return _behind_capsh(words)
    if name == "runuser":
        found = options(words[1:], _SU_VALUES, permute=False)
        return found.operands if found.option("-u", "--user") and not found.option("-c", "--command") else ()
    wrapper = WRAPPERS.get(name)
    if wrapper is None:
        return ()
    if name == "env" and (split := _split_string(words)):
        return split
    found = options(words[1:], wrapper.values, permute=False)
    if any(option.name in wrapper.other for option in found.options):
        return ()
    return _without_operands(found.operands, wrapper)


def _without_operands(words: tuple[Word, ...], wrapper: Wrapper) -> tuple[Word, ...]:
    start = 0
    while wrapper.assignments and start < len(words) and (_VALUE.match(words[start].text) or words[start].text == "-"):
        start += 1
    start += wrapper.operands
    if start < len(words) and words[start].text == "--":
        start += 1
    return words[start:]


def _split_string(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """`env -S 'program argument'` (GNU coreutils and FreeBSD) gets both in one word."""
    found = options(words[1:], WRAPPERS["env"].values | {"-S", "--split-string"}, permute=False)
    option = found.option("-S", "--split-string")
    if option is None or option.value is None:
        return ()
    inner = read(option.value.text, option.value.line, option.value.column).commands[:1]
    return (*(word for command in inner for word in command.words), *found.operands)


def _behind_capsh(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """capsh runs Bash with what follows `--`."""
    place = next((number for number, word in enumerate(words) if word.text in ("--", "==")), 0)
    return (words[place]._replace(text="bash"), *words[place + 1 :]) if place else ()


def _cluster(word: Word, with_value: frozenset[str], rest: Iterator[Word]) -> Iterator[Option]:
    text = word.text
    for place in range(1, len(text)):
        name = f"-{text[place]}"
        if name in with_value:
            yield Option(name, _part(word, place + 1) if place + 1 < len(text) else next(rest, None), word)
            return
        yield Option(name, None, word)


def _part(word: Word, start: int) -> Word:
    return word._replace(text=word.text[start:], column=word.column + start)


def _assignment(word: Word) -> Assignment:
    name, _, _ = word.text.partition("=")
    return Assignment(name, _part(word, len(name) + 1))


def _joined(words: Sequence[Word]) -> Word | None:
    if not words:
        return None
    dynamic, quoted = any(word.dynamic for word in words), any(word.quoted for word in words)
    return words[0]._replace(text=" ".join(word.text for word in words), dynamic=dynamic, quoted=quoted)


def _given_to_shell(command: Command, arguments: tuple[Word, ...]) -> Word | None:
    found = options([word for word in arguments if not _switches_off(word)], _SHELL_VALUES, permute=False)
    if found.option("-c"):
        return found.operands[0] if found.operands else None
    if found.operands and not found.option("-s") and found.operands[0].text != "-":
        return None
    redirect = next((each for each in reversed(command.redirects) if each.operator in ("<<", "<<<") and each.descriptor in ("", "0")), None)
    if redirect is None:
        return None
    if redirect.operator == "<<<":
        return redirect.target
    return Word(redirect.body, redirect.body_line, 1, not redirect.target.quoted and bool(re.search(r"[$`]", redirect.body)))


def _switches_off(word: Word) -> bool:
    """`bash +e -c …`"""
    return re.fullmatch(r"\+[A-Za-z]+", word.text) is not None


def _inner(command: Command, texts: Sequence[Word], level: int, spent: int) -> Iterator[Script]:
    if not texts:
        yield Script(tuple(_found_by_find(command)) if level < MAX_LEVELS else ())
    elif level >= MAX_LEVELS:
        yield Script((), (Problem(command.line, f"scripts in scripts more than {MAX_LEVELS} deep"),))
    elif spent > MAX_NESTED:
        yield Script((), (Problem(command.line, f"scripts in scripts of more than {MAX_NESTED} characters"),))
    else:
        for text in texts:
            yield read(text.text, text.line, text.column + text.quoted)


def _found_by_find(command: Command) -> Iterator[Command]:
    invocation = effective(command)
    if invocation.program != "find":
        return
    words: list[Word] | None = None
    for word in invocation.arguments:
        if words is None:
            words = [] if word.text in _EXECUTING else None
        elif word.text == ";" or (word.text == "+" and words and words[-1].text == "{}"):
            yield Command(tuple(words), (), (), "", 1, (), command.line, pipes=((1, 0),))
            words = None
        else:
            words.append(word)


def _moved(command: Command, holder: Command, number: int, base: int, pipelines: int) -> Command:
    """The command as it stands in the script of its holder."""
    return command._replace(
        within=(*holder.within, "substitution", *command.within),
        pipes=(*holder.pipes, *((pipeline + pipelines, place) for pipeline, place in command.pipes)),
        pipeline=command.pipeline + pipelines,
        holder=number if command.holder < 0 else command.holder + base,
    )
