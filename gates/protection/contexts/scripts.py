"""Whether a shell script can fail at all, told by reading it: no claim about what unknown commands do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_EXPRESSION: Final = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*\+?=")
_TOKEN: Final = re.compile(r"\n|;;?|&&|\|\||\||&(?![>\d])|[()]")
_CONDITIONS: Final = frozenset(("if", "elif", "while", "until"))
_OPENERS: Final = frozenset(("then", "else", "do", "{", "time", "!"))
_CLOSERS: Final = frozenset(("fi", "done", "}"))
_HARMLESS: Final = frozenset(("echo", "printf", ":", "true", "cat", "date", "pwd", "sleep", "set", "shopt", "export", "unset", "env"))
_TESTS: Final = frozenset(("[", "[[", "test", "grep", "jq", "false", "exit", "return"))


class Command(NamedTuple):
    words: tuple[str, ...]
    tested: bool  # its failing is looked at, and ends nothing: a condition, or the left side of ||


def can_fail(script: str, *, errexit: bool = True) -> bool:
    """Also True for whatever is not understood. `errexit`: the shell ends with the first command that fails, until `set +e`."""
    found = _commands(script)
    if found is None:
        return True
    for command in found:
        if command.words[0] == "set":
            errexit = errexit_of(command.words, errexit)
        ends = errexit or command is found[-1] or command.words[0] in ("exit", "return")
        if ends and not command.tested and _may_fail(command.words):
            return True
    return False


def errexit_of(words: Sequence[str], before: bool) -> bool:
    """What the options of a shell, or of `set`, make of its ending with the first failing command."""
    for word, following in zip(words, (*words[1:], ""), strict=True):
        if word[:1] in ("-", "+") and (word[1:2] != word[:1]) and ("e" in word or (word[1:] == "o" and following == "errexit")):
            before = word[0] == "-"
    return before


def works(script: str) -> bool:
    """It does more than print, test and exit. Also True for whatever is not understood."""
    found = _commands(script)
    return found is None or any(not _assigns(command.words) and command.words[0] not in _HARMLESS | _TESTS for command in found)


def _may_fail(words: tuple[str, ...]) -> bool:
    if _assigns(words):
        return any("$(" in word or "`" in word for word in words)
    if words[0] in ("exit", "return"):
        return len(words) > 1 and words[1].strip("\"'") != "0"
    if words[0] == "jq":
        return _judges(words[1:])
    return words[0] not in _HARMLESS


def _judges(arguments: Sequence[str]) -> bool:
    """Whether jq can come to more than printing: it fails by an option, or where the program says so."""
    return any(
        word.startswith(("--exit-status", "--from-file"))
        or (word.startswith("-") and not word.startswith("--") and ("e" in word or "f" in word))
        or any(sign in word for sign in ("error", "halt", "$(", "`", "$"))
        for word in arguments
    )


def _assigns(words: tuple[str, ...]) -> bool:
    return all(_ASSIGNMENT.match(word) for word in words)


def _commands(script: str) -> list[Command] | None:
    """None where the script has more structure than lists, conditions and loops."""
    # A name that no command has stands for what the expression will be.
    tokens = _tokens(_EXPRESSION.sub("EXPRESSION", script).replace("\\\n", " "))
    if tokens is None:
        return None
    found: list[Command] = []
    condition = False
    for words, following in tokens:
        rest = list(words)
        while rest and (rest[0] in _OPENERS or rest[0] in _CONDITIONS):
            if rest[0] in ("then", "do"):
                condition = False
            condition = condition or rest[0] in _CONDITIONS
            rest.pop(0)
        if not rest or rest[0] in _CLOSERS or rest[0] == "for":
            continue
        if rest[0] in ("case", "function", "trap", "eval", "source", "."):
            return None
        found.append(Command(tuple(rest), condition or following == "||"))
    return found


def _tokens(script: str) -> list[tuple[tuple[str, ...], str]] | None:
    """Simple commands as words, each with the operator that follows it."""
    commands: list[tuple[tuple[str, ...], str]] = []
    words: list[str] = []
    word = ""
    at = 0
    while at < len(script):
        char = script[at]
        if char == "#" and not word:
            at = _or_end(script.find("\n", at), script)
            continue
        if char in "'\"`" or script.startswith("$(", at):
            end = _closed(script, at)
            if end < 0:
                return None
            word += script[at:end]
            at = end
            continue
        if char == "\\":
            word += script[at : at + 2]
            at += 2
            continue
        operator = _TOKEN.match(script, at)
        if operator:
            if operator[0] in "()" or operator[0] == ";;":
                return None
            if word:
                words.append(word)
            if words:
                commands.append((tuple(words), operator[0]))
            words, word = [], ""
            at = operator.end()
            continue
        if script.startswith("<<", at) and not script.startswith("<<<", at):
            return None
        if char in " \t\r":
            if word:
                words.append(word)
            word = ""
        else:
            word += char
        at += 1
    if word:
        words.append(word)
    if words:
        commands.append((tuple(words), ""))
    return commands


def _or_end(at: int, script: str) -> int:
    return len(script) if at < 0 else at


def _closed(script: str, at: int) -> int:
    """The end of what is quoted or substituted from `at` on; -1 where it does not end."""
    if script.startswith("$(", at):
        depth, at = 1, at + 2
        while at < len(script) and depth:
            if script[at] in "'\"`":
                at = _closed(script, at)
                if at < 0:
                    return -1
                continue
            depth += (script[at] == "(") - (script[at] == ")")
            at += 2 if script[at] == "\\" else 1
        return at if not depth else -1
    quote = script[at]
    at += 1
    while at < len(script) and script[at] != quote:
        at += 2 if script[at] == "\\" and quote != "'" else 1
    return at + 1 if at < len(script) else -1
