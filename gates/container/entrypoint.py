"""Whether what an image starts becomes another user: its ENTRYPOINT, its CMD, and the scripts that they name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from gates.container.image_files import Source
from gates.core.patterns import lazy
from gates.shell.command import Command, Script, Word
from gates.shell.parsing import read
from gates.shell.programs import Invocation, effective, nested, options
from gates.shell.wrappers import SHELLS

# "drops" on every way through it, "sometimes" where a setting decides, "keeps" root, "unknown": it cannot be told
Verdict = Literal["drops", "sometimes", "keeps", "unknown"]
Find = Callable[[str], Source | None]

MAX_SCRIPTS: Final = 6  # that one entrypoint leads through
_ROOT: Final = ("root", "0")
_BY_OPERAND: Final = ("gosu", "su-exec", "setuidgid", "s6-setuidgid")
_BY_OPTION: Final = {
    "chpst": ("-u", "-U"),
    "setpriv": ("--reuid", "--euid", "--ruid"),
    "runuser": ("-u", "--user"),
    "chroot": ("--userspec",),
    "sudo": ("-u", "--user"),
    "doas": ("-u",),
    "unshare": ("-S", "--setuid"),
    "capsh": ("--user", "--uid"),
    "systemd-run": ("--uid",),
}
_SETUID: Final = ("sudo", "doas", "su")
_SU_VALUES: Final = frozenset(("-c", "--command", "--session-command", "-s", "--shell", "-g", "--group", "-G", "-w", "-u", "--user"))
_VALUES: Final = frozenset(name for names in _BY_OPTION.values() for name in names)
_ARGUMENTS = lazy(r"\$(?:[0-9@*#]|\{[#]?[0-9@*][^}]*\})")
_VARIABLE = lazy(r"\$\{?[#!]?([A-Za-z_][A-Za-z0-9_]*)")
_WHO_AM_I = lazy(r"\bid\b|\bwhoami\b|\bE?UID\b")
_ALL_ARGUMENTS = lazy(r"(?:\$[@*]|\$\{[@*][^}]*\})")
_CASE = lazy(r"\bcase\s+(.+?)\s+in\b")
_SCRIPT = lazy(r"(?:.*/)?(?:[\w.-]*(?:entry-?point|start|init|boot|run|launch|setup)[\w.-]*|[\w.-]+\.(?:sh|bash|dash|ash|ksh))")
_TESTS: Final = ("[", "[[", "test", "((", "command", "type", "which", "hash", "id", "getent", "grep")


class Step(NamedTuple):
    """A command in a script, and where the script stands."""

    command: Command
    source: Source

    @property
    def line(self) -> int:
        return self.command.line


class Judged(NamedTuple):
    """`deciding` is the command that the verdict rests on, None where there is none; `reason` says what decides or is not known.
    `without_exec` are drops that leave the script running above; `setuid` what changes the user by a program with the setuid bit.
    """

    verdict: Verdict
    deciding: Step | None = None
    reason: str = ""
    without_exec: tuple[Step, ...] = ()
    setuid: tuple[Step, ...] = ()
    source: Source | None = None  # the script that keeps root


class _Reader(NamedTuple):
    find: Find
    base_drops: Callable[[str], bool]  # whether a program of that name, from the base image, drops by itself
    seen: list[str]


def judge_words(script: Script, source: Source, find: Find, base_drops: Callable[[str], bool]) -> Judged:
    """`script` are ENTRYPOINT and CMD as one command; or the script that the one of them is which a shell reads. Raises DocumentError."""
    reader = _Reader(find, base_drops, [])
    first = next((command for command in script.commands if command.words), None)
    if first is None:
        return Judged("unknown", reason="what it starts")
    if first.within or len([each for each in script.commands if not each.within]) > 1:
        return _script(script, source, None, reader)
    return _handed(Step(first, source), None, reader, executed=True)


def is_script(program: str) -> bool:
    """Whether its name promises a script rather than a program."""
    return _SCRIPT.fullmatch(program) is not None


def _handed(step: Step, given: Command | None, reader: _Reader, *, executed: bool) -> Judged:
    """What a command that takes over comes to."""
    invocation = effective(step.command)
    setuid = (step,) if uses_setuid(invocation) else ()
    if drops(invocation):
        loose = () if executed or "exec" in invocation.wrappers else (step,)
        return Judged("drops", step, "", loose, setuid)
    inner = nested(step.command) if invocation.program in SHELLS else None
    if inner is not None and not (inner.dynamic and _ALL_ARGUMENTS.fullmatch(inner.text)):
        text = Source(step.source.path, inner.text, inner.line)
        found = _script(read(inner.text, inner.line, inner.column + inner.quoted), text, given, reader)
        return found._replace(setuid=(*setuid, *found.setuid))
    name = _script_name(invocation)
    if _ALL_ARGUMENTS.fullmatch(name):
        if given is None:
            return Judged("keeps", step, "", (), setuid)
        return _handed(Step(given, step.source), None, reader, executed=executed or "exec" in invocation.wrappers)
    found_source = None if "$" in name or name in reader.seen or len(reader.seen) >= MAX_SCRIPTS else reader.find(name)
    if found_source is not None:
        reader.seen.append(name)
        passed = _arguments_of(step.command, name) or given
        found = _text(found_source, passed, reader)
        return found._replace(setuid=(*setuid, *found.setuid))
    if reader.base_drops(name):
        return Judged("drops", step, "", (), setuid)
    if "$" in name or is_script(name) or name in reader.seen:
        return Judged("unknown", step, name, (), setuid)
    return Judged("keeps", step, "", (), setuid)


def _script_name(invocation: Invocation) -> str:
    """The program with its path, or the script that a shell is given."""
    if invocation.program in SHELLS:
        given = options(invocation.arguments, frozenset({"-o", "-O"}), permute=False)
        if given.operands:
            return given.operands[0].text
    return invocation.word.text if invocation.word else ""


def _arguments_of(command: Command, name: str) -> Command | None:
    """What follows the script's name, as a command."""
    place = next((number for number, word in enumerate(command.words) if word.text == name), -1)
    rest = command.words[place + 1 :] if place >= 0 else ()
    if not rest or any(_ALL_ARGUMENTS.fullmatch(word.text) for word in rest[:1]):
        return None
    return command._replace(words=rest, redirects=(), assignments=())


def _text(source: Source, given: Command | None, reader: _Reader) -> Judged:
    first = source.text.partition("\n")[0]
    if first.startswith("#!") and not re.search(r"\b(?:ba|da|a|k|z)?sh\b", first):
        return Judged("unknown", None, f"{source.path}, which is no shell script", source=source)
    return _script(read(source.text, source.line), source, given, reader)


def _script(script: Script, source: Source, given: Command | None, reader: _Reader) -> Judged:
    setuid = tuple(Step(each, source) for each in script.commands if uses_setuid(effective(each)))
    handed = [(number, _handed(Step(command, source), given, reader, executed=False)) for number, command in _takers(script)]
    dropping = [(number, found) for number, found in handed if found.verdict == "drops"]
    dropping += [(number, Judged("drops", Step(command, source))) for number, command in _set_arguments(script)]
    keeping = [found for _, found in handed if found.verdict in ("keeps", "sometimes")]
    loose = _without_exec(handed)
    setuid = tuple(dict.fromkeys((*setuid, *(each for _, found in handed for each in found.setuid))))
    reasons = [_decided_by(script, number, source) for number, _ in dropping]
    if dropping and ("" in reasons or not keeping):
        return Judged("drops", dropping[0][1].deciding, "", loose, setuid)
    if dropping:
        return Judged("sometimes", dropping[0][1].deciding, reasons[0], loose, setuid, source)
    partly = next((found for _, found in handed if found.verdict == "sometimes"), None)
    if partly is not None:
        return partly._replace(setuid=setuid)
    open_ = next((found for _, found in handed if found.verdict == "unknown"), None)
    if open_ is not None:
        return open_._replace(setuid=setuid)
    if script.problems:
        return Judged("unknown", None, f"{source.path}, which a shell would not read from line {script.problems[0].line} on", (), setuid)
    if unread := _sourced(script, source, given, reader):
        return unread._replace(setuid=(*setuid, *unread.setuid))
    last = handed[-1][1].deciding if handed else None
    inner = next((found.source for _, found in handed if found.source), None)
    return Judged("keeps", last, "", (), setuid, inner or source)


def _sourced(script: Script, source: Source, given: Command | None, reader: _Reader) -> Judged | None:
    """What another script that is read in may do; None where there is none that drops."""
    for command in script.commands:
        invocation = effective(command)
        if invocation.program not in (".", "source") or not invocation.arguments:
            continue
        name = invocation.arguments[0].text
        if name in reader.seen or name.startswith("/etc/"):
            continue
        found = None if "$" in name or len(reader.seen) >= MAX_SCRIPTS else reader.find(name)
        if found is None:
            return Judged("unknown", Step(command, source), f"{name}, which it reads in")
        reader.seen.append(name)
        judged = _text(found, given, reader)
        if judged.verdict != "keeps":
            return judged
    return None


def _takers(script: Script) -> Iterator[tuple[int, Command]]:
    """The commands that the script may end in: those after exec, the last one of each way through it, and drops in functions, which are
    called by other names.
    """
    told = [number for number, each in enumerate(script.commands) if each.words and "substitution" not in each.within]
    last_plain = max((number for number in told if not script.commands[number].within), default=-1)
    for place, number in enumerate(told):
        command = script.commands[number]
        invocation = effective(command)
        if command.condition or invocation.program in ("exec", "exit", "return", ""):
            continue  # exec alone only redirects
        after = script.commands[told[place + 1]] if place + 1 < len(told) else None
        stops = after is None or effective(after).program == "exit"
        ends_body = stops or after is None or after.before == "" or len(after.within) < len(command.within)
        ends = stops if number <= last_plain else ends_body
        if "exec" in invocation.wrappers or ends or ("function" in command.within and drops(invocation)):
            yield number, command


def _set_arguments(script: Script) -> Iterator[tuple[int, Command]]:
    """`set -- gosu user "$@"`, for an `exec "$@"` at the end."""
    for number, command in enumerate(script.commands):
        words = [word.text for word in command.words[:2]]
        if words == ["set", "--"] and drops(effective(command._replace(words=command.words[2:]))):
            yield number, command


def _without_exec(handed: Sequence[tuple[int, Judged]]) -> tuple[Step, ...]:
    """Drops without exec, where none has it: one that comes before the real one only prepares something."""
    dropping = [found for _, found in handed if found.verdict in ("drops", "sometimes") and found.deciding]
    if not dropping or any(not found.without_exec for found in dropping):
        return ()
    return dropping[-1].without_exec


# conditions


def _decided_by(script: Script, number: int, source: Source) -> str:
    """What besides the user's number and the arguments decides whether a command is come to; "" where nothing does."""
    command = script.commands[number]
    own = {name for name, text in _assigned(script) if _WHO_AM_I.search(text) or (_ARGUMENTS.search(text) and not _VARIABLE.search(text))}
    for place, around in enumerate(command.within):
        if around == "if":
            tests = _tests(script, number, command.within[: place + 1])
        elif around == "case":
            lines = source.text.split("\n")[: max(0, command.line - source.line + 1)]
            match = next((found for line in reversed(lines) if (found := _CASE.search(line))), None)
            tests = [match[1] if match else "$?"]
        else:
            continue
        if other := next((text for text in tests if not _is_about_the_caller(text, own)), ""):
            return other
    chained = _chained(script, number)
    return next((text for text in chained if not _is_about_the_caller(text, own)), "")


def _assigned(script: Script) -> Iterator[tuple[str, str]]:
    for command in script.commands:
        for assignment in command.assignments:
            yield assignment.name, assignment.value.text
        if command.program in ("local", "readonly", "declare", "export", "typeset"):
            for word in command.words[1:]:
                name, equals, text = word.text.partition("=")
                if equals:
                    yield name, text


def _tests(script: Script, number: int, within: tuple[str, ...]) -> list[str]:
    """The commands that the nearest condition of such an `if` consists of."""
    found: list[str] = []
    for command in reversed(script.commands[:number]):
        if command.condition and command.within == within:
            found.append(_written(command))
        elif (found and command.within[: len(within)] != within) or (found and "substitution" not in command.within[len(within) :]):
            break
    return found or ["?"]


def _chained(script: Script, number: int) -> list[str]:
    """The tests before it in a list of && and ||."""
    found: list[str] = []
    at = number
    while at > 0 and script.commands[at].before in ("&&", "||"):
        within = script.commands[at].within
        at -= 1
        while at > 0 and script.commands[at].within != within:
            at -= 1
        if script.commands[at].program in _TESTS:
            found.append(_written(script.commands[at]))
    return found


def _written(command: Command) -> str:
    return " ".join(word.text for word in command.words)


def _is_about_the_caller(test: str, own: set[str]) -> bool:
    """Whether it asks only who runs the script, and with which arguments."""
    names = {name for name in _VARIABLE.findall(test) if name not in ("UID", "EUID", "BASH_SOURCE") and name not in own}
    if names:
        return False
    mine = bool(own & set(_VARIABLE.findall(test)))
    return mine or bool(_WHO_AM_I.search(test)) or bool(_ARGUMENTS.search(test))


# users


def drops(invocation: Invocation) -> bool:
    """Whether the command runs something as another user than root."""
    for name, own in zip(invocation.wrappers, invocation.stepped_over, strict=True):
        if name in _BY_OPERAND and len(own) > 1 and _is_user(own[-1]):
            return True
        if name in _BY_OPTION and _option_names_user(own, _BY_OPTION[name]):
            return True
    return _ends_in_another(invocation)


def uses_setuid(invocation: Invocation) -> bool:
    """Whether sudo, doas or su does something in it."""
    return any(name in _SETUID for name in invocation.wrappers) or (invocation.program in _SETUID and bool(invocation.arguments))


def _ends_in_another(invocation: Invocation) -> bool:
    """For programs that take what they run as text, or read it from elsewhere."""
    if invocation.program in ("su", "runuser"):
        given = options(invocation.arguments, _SU_VALUES)
        user = given.option("-u", "--user")
        named = user.value if user and user.value else next((word for word in given.operands if word.text != "-"), None)
        return named is not None and _is_user(named)
    if invocation.program in ("gosu", "su-exec", "setuidgid", "s6-setuidgid"):
        return bool(invocation.arguments) and _is_user(invocation.arguments[0])
    if invocation.program == "start-stop-daemon":
        option = options(invocation.arguments, frozenset({"-c", "--chuid", "-u", "--user"})).option("-c", "--chuid")
        return option is not None and option.value is not None and _is_user(option.value)
    return invocation.program in ("capsh", "setpriv", "chpst", "sudo", "doas") and _option_names_user(
        invocation.arguments, _BY_OPTION[invocation.program]
    )


def _option_names_user(words: Sequence[Word], names: Sequence[str]) -> bool:
    given = options(words[1:] if words and not words[0].text.startswith("-") else words, _VALUES)
    return any(option.value is not None and _is_user(option.value) for option in given.options if option.name in names)


def _is_user(word: Word) -> bool:
    name = word.text.partition(":")[0].partition(".")[0].strip()
    return bool(name) and name not in _ROOT
