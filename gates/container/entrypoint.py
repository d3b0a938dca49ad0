"""Whether what an image starts becomes another user: its ENTRYPOINT, its CMD, and the scripts that they name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from gates.container.image_files import Source
from gates.core.patterns import lazy
from gates.shell.command import Command, Script, Word
from gates.shell.parsing import read
from gates.shell.programs import Invocation, effective, nested, options
from gates.shell.users import given_number
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
_WAITING: Final = ("wait", "trap", "exit", "kill", "return", "")
_FUNCTION = lazy(r"(?:^|[;{}&|\s])(?:([A-Za-z_][\w.-]*)\s*\(\s*\)|function\s+([A-Za-z_][\w.-]*))")
_PARAMETER = lazy(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-=])([^{}]*)|:?\?[^{}]*)?\})")
_ROOT_TEST = lazy(r"[\[(t].*?(\S+)\s+(=|==|!=|-eq|-ne|-gt|-ge|-lt|-le|>|<|>=|<=)\s+(\S+).*", 16)
_FIRST = lazy(r"(?:\[|\[\[|test)\s+x?\$\{?1\}?\s+={1,2}\s+x?([\w./-]+)(?:\s.*)?", 16)
_INSTEAD = lazy(r"\$\((?:/usr/bin/)?(?:id|whoami)[^()]*\)|`(?:/usr/bin/)?(?:id|whoami)[^`]*`")
_ZERO = lazy(r"[+-]?0*")
_SET_BY_DEFAULT = lazy(r"\$\{([A-Za-z_][A-Za-z0-9_]*):?=([^{}]*)\}")
_REQUIRED = lazy(r"\$\{([A-Za-z_][A-Za-z0-9_]*):?\?[^{}]*\}")
_OTHER: Final = "another user"  # one that has a name which is not known, and is not root
_MAX_VALUES: Final = 16  # of one word
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
    """`values` are those that the image and the scripts so far give each variable, None among them for one that is not known."""

    find: Find
    base_drops: Callable[[str], bool]  # whether a program of that name, from the base image, drops by itself
    seen: list[str]
    values: dict[str, list[str | None]]
    numbers: dict[str, list[str | None]]  # of users, that a script gives them
    optional: set[str]  # variables that have a value here only where nobody sets another
    programs: set[str]  # what the scripts so far call


def judge_words(
    script: Script, source: Source, find: Find, base_drops: Callable[[str], bool], environment: Mapping[str, str | None] | None = None
) -> Judged:
    """`script` are ENTRYPOINT and CMD as one command; or the script that the one of them is which a shell reads. Raises DocumentError."""
    reader = _Reader(find, base_drops, [], {name: [value] for name, value in (environment or {}).items()}, {}, set(), set())
    first = next((command for command in script.commands if command.words), None)
    if first is None:
        return Judged("unknown", reason="what it starts")
    if first.within or len([each for each in script.commands if not each.within]) > 1:
        return _script(script, source, None, reader)
    return _handed(Step(first, source), None, reader, executed=True)


def is_script(program: str) -> bool:
    """Whether its name promises a script rather than a program."""
    return _SCRIPT.fullmatch(program) is not None


def _handed(step: Step, given: Command | None, reader: _Reader, *, executed: bool, detached: bool = False) -> Judged:
    """What a command that takes over comes to; `detached`: a shell stays above it, whatever exec says."""
    invocation = effective(step.command)
    setuid = (step,) if uses_setuid(invocation) else ()
    if drops(invocation):
        loose = () if executed or ("exec" in invocation.wrappers and not detached) else (step,)
        verdict, reason = _becomes(invocation, reader)
        if verdict == "keeps":
            return Judged("keeps", step, "", (), setuid)
        return Judged(verdict, step, reason, loose, setuid, step.source if verdict == "sometimes" else None)
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
    if invocation.program in (*_BY_OPERAND, *_BY_OPTION):
        return Judged("keeps", step, "", (), setuid)
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
    script = script._replace(commands=tuple(_reached(script)))
    _learn(script, reader)
    handed = [
        (number, _handed(Step(command, source), given, reader, executed=False, detached=_is_detached(script, number)))
        for number, command in _takers(script, source, reader)
    ]
    dropping = [(number, found) for number, found in handed if found.verdict == "drops"]
    dropping += [(number, Judged("drops", Step(command, source))) for number, command in _set_arguments(script, reader)]
    keeping = [found for _, found in handed if found.verdict in ("keeps", "sometimes")]
    loose = _without_exec(handed)
    setuid = tuple(dict.fromkeys((*setuid, *(each for _, found in handed for each in found.setuid))))
    reasons = [_decided_by(script, number, source, given) for number, _ in dropping]
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


def _takers(script: Script, source: Source, reader: _Reader) -> Iterator[tuple[int, Command]]:
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
        rest = [script.commands[later] for later in told[place + 1 :]]
        stops = after is None or effective(after).program == "exit" or (after.before == "&" and _only_waits(rest))
        ends_body = stops or after is None or after.before == "" or len(after.within) < len(command.within)
        ends = stops if number <= last_plain else ends_body
        if "function" in command.within and drops(invocation) and not _is_called(script, number, source, reader):
            continue
        replaces = "exec" in invocation.wrappers and not _is_detached(script, number)
        if replaces or ends or ("function" in command.within and drops(invocation)):
            yield number, command


def _reached(script: Script) -> Iterator[Command]:
    """Up to the exit, or the program that takes over, which nothing leads around."""
    for number, command in enumerate(script.commands):
        yield command
        after = next((each for each in script.commands[number + 1 :] if "substitution" not in each.within), None)
        invocation = effective(command)
        ends = invocation.program == "exit" or ("exec" in invocation.wrappers and bool(invocation.program))
        if after and ends and not command.within and command.before in ("", ";") and after.before == ";" and not after.within:
            # what stands in its words is told after it
            yield from (each for each in script.commands[number + 1 :] if each.holder == number)
            return


def _is_detached(script: Script, number: int) -> bool:
    """Whether it is run by a shell of its own: in a pipeline, in the background, in parentheses."""
    command = script.commands[number]
    after = next((each for each in script.commands[number + 1 :] if "substitution" not in each.within), None)
    piped = command.before == "|" or (after is not None and after.before == "|" and len(after.within) <= len(command.within))
    behind = after is not None and after.before == "&" and len(after.within) <= len(command.within)
    return piped or behind or "subshell" in command.within


def _only_waits(commands: Sequence[Command]) -> bool:
    return all(effective(each).program in _WAITING for each in commands)


def _is_called(script: Script, number: int, source: Source, reader: _Reader) -> bool:
    """Whether the function that the command stands in is; where its name is not found, it is taken for called."""
    before = source.text.split("\n")[: max(0, script.commands[number].line - source.line + 1)]
    name = next((found[1] or found[2] for line in reversed(before) if (found := _FUNCTION.search(line))), "")
    if not name:
        return True
    for command in script.commands:
        invocation = effective(command)
        if invocation.program == name or name in reader.programs or name in (word.text for word in command.words):
            return True
        # what is called by another name may be a function, but not behind exec
        if invocation.word is not None and invocation.word.dynamic and "exec" not in invocation.wrappers:
            return True
    return False


def _set_arguments(script: Script, reader: _Reader) -> Iterator[tuple[int, Command]]:
    """`set -- gosu user "$@"`, for an `exec "$@"` at the end."""
    for number, command in enumerate(script.commands):
        words = [word.text for word in command.words[:2]]
        invocation = effective(command._replace(words=command.words[2:]))
        if words == ["set", "--"] and drops(invocation) and _becomes(invocation, reader)[0] == "drops":
            yield number, command


def _without_exec(handed: Sequence[tuple[int, Judged]]) -> tuple[Step, ...]:
    """Drops without exec, where none has it: one that comes before the real one only prepares something."""
    dropping = [found for _, found in handed if found.verdict in ("drops", "sometimes") and found.deciding]
    if not dropping or any(not found.without_exec for found in dropping):
        return ()
    return dropping[-1].without_exec


# conditions


def _decided_by(script: Script, number: int, source: Source, given: Command | None) -> str:
    """What besides the user's number and the arguments decides whether a command is come to; "" where nothing does."""
    command = script.commands[number]
    own = {name for name, text in _assigned(script) if _WHO_AM_I.search(text) or (_ARGUMENTS.search(text) and not _VARIABLE.search(text))}
    for place, around in enumerate(command.within):
        if around == "if":
            tests = _tests(script, number, command.within[: place + 1])
            met = _is_met(script, number, tests[0], given, own) if len(tests) == 1 else None
            if met is not None and met is _is_otherwise(script, number, place):
                return tests[0]
        elif around == "case":
            lines = source.text.split("\n")[: max(0, command.line - source.line + 1)]
            match = next((found for line in reversed(lines) if (found := _CASE.search(line))), None)
            tests = [match[1] if match else "$?"]
        else:
            continue
        if other := next((text for text in tests if not _is_about_the_caller(text, own)), ""):
            return other
    chained = _chained(script, number)
    if len(chained) == 1 and command.before in ("&&", "||"):
        passed = _is_met(script, number, chained[0], given, own)
        if passed is (command.before == "||"):
            return chained[0]
    return next((text for text in chained if not _is_about_the_caller(text, own)), "")


def _is_met(script: Script, number: int, test: str, given: Command | None, own: set[str]) -> bool | None:
    """Whether a test holds for root and for the image's own CMD, None where that cannot be told. `own` hold who runs the script."""
    if any(sign in test for sign in (" -a ", " -o ", "&&", "||")):
        return None
    if (match := _FIRST.fullmatch(test)) and given is not None and not given.words[0].dynamic:
        shifted = any(each.program in ("set", "shift") for each in script.commands[:number] if each.words[1:2] or each.program == "shift")
        shifted &= any(each.program == "shift" or [word.text for word in each.words[1:2]] == ["--"] for each in script.commands[:number])
        return None if shifted else given.words[0].text == match[1]
    if not (_WHO_AM_I.search(test) or own & set(_VARIABLE.findall(test))):
        return None
    test = _INSTEAD.sub("$UID", test)
    match = _ROOT_TEST.fullmatch(test)
    if match is None:
        return None
    left, sign, right = match.groups()
    if right.startswith("$"):
        left, right = right, left
    if not left.startswith("$") or right.startswith("$") or not right.strip():
        return None
    same = right in _ROOT
    if sign in ("=", "==", "-eq"):
        return same
    if sign in ("!=", "-ne"):
        return not same
    return None


def _is_otherwise(script: Script, number: int, place: int) -> bool | None:
    """Whether a command stands in what follows `else` of the `if` at that place around it, None where that cannot be told."""
    command = script.commands[number]
    within, pipeline = command.within[: place + 1], command.pipes[place]
    inside = [
        at
        for at in range(number + 1)
        if script.commands[at].within[: place + 1] == within
        and len(script.commands[at].pipes) > place
        and script.commands[at].pipes[place] == pipeline
        and "substitution" not in script.commands[at].within[place + 1 :]
    ]
    tested = [at for at in inside if script.commands[at].condition and script.commands[at].within == within]
    body = [at for at in inside if tested and at > tested[-1]]
    if not body or len([at for at in tested if script.commands[at].before == ""]) != 1:
        return None
    starts = [at for at in body if script.commands[at].before == "" and script.commands[at].within == within]
    if any(script.commands[at].within != within for at in body):
        return None if len(starts) < 2 else True
    return len(starts) > 1


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
    """Whether the command runs something as another user than root, as far as what is written tells."""
    return bool(_named_users(invocation))


def _becomes(invocation: Invocation, reader: _Reader) -> tuple[Verdict, str]:
    """What the command comes to with what is known of its variables, and what decides that."""
    word = _named_users(invocation)[0]
    name_of = re.compile(r"[:.]").split
    users = [None if text is None else name_of(text)[0].strip() for text in _texts(word.text, reader.values)]
    numbers = [number for user in users if user in reader.numbers for number in reader.numbers[user]]
    found = [*(user for user in users if user not in reader.numbers), *numbers]
    root = [user for user in found if user is not None and (user in _ROOT or _ZERO.fullmatch(user))]
    if None not in found and not root:
        return "drops", ""
    if numbers and root:
        return ("sometimes", f"the number of {word.text}")
    if root:
        settled = len(root) == len(found) and not (_names_with_default(word.text) | _names(word.text)) & reader.optional
        return ("keeps", "") if settled and not _names_with_default(word.text) else ("sometimes", word.text)
    return "unknown", word.text


def _texts(text: str, values: Mapping[str, Sequence[str | None]]) -> list[str | None]:
    """What a word may become; None for what is not known."""
    match = _PARAMETER.search(text)
    if match is None:
        return [None if "$" in text or "`" in text else text]
    name, default = match[1] or match[2], match[4] if match[3] else None
    given = list(values.get(name, () if default is not None else (None,)))
    if default is not None:
        instead: Sequence[str | None] = () if any(given) else _texts(default, values)
        given = [*(each for each in given if each), *instead]
    found: list[str | None] = []
    for each in given:
        rest = _texts(f"{text[match.end() :]}", values)
        found += [None if each is None or after is None else f"{text[: match.start()]}{each}{after}" for after in rest]
        # what stands behind a colon is the group
        if each and text[match.end() :].startswith((":", ".")):
            found[-len(rest) :] = [f"{text[: match.start()]}{each}"]
    return list(dict.fromkeys(found))[:_MAX_VALUES] or [None]


def _names(text: str) -> set[str]:
    return set(_VARIABLE.findall(text))


def _names_with_default(text: str) -> set[str]:
    return {match[1] or match[2] for match in _PARAMETER.finditer(text) if match[3]}


def _learn(script: Script, reader: _Reader) -> None:
    """What a script makes of variables, and of the numbers of users."""
    assigned = {name for name, _ in _assigned(script)}
    for command in script.commands:
        reader.programs.add(effective(command).program)
        texts = [word.text for word in command.words]
        for name, text in (found for each in texts for found in _SET_BY_DEFAULT.findall(each)):
            reader.optional.add(name)
            reader.values.setdefault(name, _texts(text, reader.values))
        required = {name for each in texts for name in _REQUIRED.findall(each)}
        if command.program in ("[", "[[", "test") and {"-n", "-z"} & set(texts):
            required |= _names(" ".join(texts))
        # who asks whether it is set goes on with a user that somebody has named
        for name in required - assigned:
            reader.values.setdefault(name, [_OTHER])
    for name, text in _assigned(script):
        if _names_with_default(text) - (assigned - {name}) or _names(text) & reader.optional:
            reader.optional.add(name)
        if name in _names(text):  # ${NAME:-default}
            reader.values[name] = _texts(text, dict(reader.values))
        else:
            reader.values.setdefault(name, []).extend(_texts(text, reader.values))
    for command in script.commands:
        given = given_number(effective(command))
        if given is not None:
            for name in _texts(given.name.text, reader.values):
                if name is not None:
                    numbers = _texts(given.number.text, reader.values)
                    # nobody else gets the number of root, unless that is asked for
                    reader.numbers[name] = [number or _OTHER for number in numbers] if not given.shared else numbers


def _named_users(invocation: Invocation) -> list[Word]:
    for name, own in zip(invocation.wrappers, invocation.stepped_over, strict=True):
        if name in _BY_OPERAND and len(own) > 1 and _is_user(own[-1]):
            return [own[-1]]
        if name in _BY_OPTION and (named := _option_names_user(own, _BY_OPTION[name])):
            return named
    return _ends_in_another(invocation)


def uses_setuid(invocation: Invocation) -> bool:
    """Whether sudo, doas or su does something in it."""
    return any(name in _SETUID for name in invocation.wrappers) or (invocation.program in _SETUID and bool(invocation.arguments))


def _ends_in_another(invocation: Invocation) -> list[Word]:
    """For programs that take what they run as text, or read it from elsewhere."""
    named: Word | None = None
    if invocation.program in ("su", "runuser"):
        given = options(invocation.arguments, _SU_VALUES)
        user = given.option("-u", "--user")
        named = user.value if user and user.value else next((word for word in given.operands if word.text != "-"), None)
        if named is not None and _ALL_ARGUMENTS.fullmatch(named.text):
            named = None
    elif invocation.program in ("gosu", "su-exec", "setuidgid", "s6-setuidgid"):
        named = next(iter(invocation.arguments), None)
    elif invocation.program == "start-stop-daemon":
        option = options(invocation.arguments, frozenset({"-c", "--chuid", "-u", "--user"})).option("-c", "--chuid")
        named = option.value if option else None
    elif invocation.program in ("capsh", "setpriv", "chpst", "sudo", "doas"):
        return _option_names_user(invocation.arguments, _BY_OPTION[invocation.program])
    return [named] if named is not None and _is_user(named) else []


def _option_names_user(words: Sequence[Word], names: Sequence[str]) -> list[Word]:
    given = options(words[1:] if words and not words[0].text.startswith("-") else words, _VALUES)
    return [option.value for option in given.options if option.name in names and option.value is not None and _is_user(option.value)]


def _is_user(word: Word) -> bool:
    name = word.text.partition(":")[0].partition(".")[0].strip()
    return bool(name) and name not in _ROOT
