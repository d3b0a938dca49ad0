"""Variables in a compose file's values (https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gates.core.patterns import lazy

# stands for what a variable without a value would put there; no path, name or argument can hold it
UNKNOWN = "\0"
_MAX_DEPTH = 32

_PLAIN = lazy(r"[^$}]+")
_NAME = lazy(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = lazy(r":?[-?+]")
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Expansion(NamedTuple):
    """`text` holds UNKNOWN in the place of each variable that has no value here. `by_default`: a default is part of it.
    `invalid` says why the text cannot be interpolated, "" where it can.
    """

    text: str
    by_default: bool = False
    invalid: str = ""


def expand(text: str, known: Mapping[str, str] = _NOTHING) -> Expansion:
    """`known` are variables that have a value whatever the environment. What depends on whether a variable is set is unknown,
    unless a default is written.
    """
    if "$" not in text:
        return Expansion(text)
    try:
        return Expansion(*_Reader(text, known, named=False).read())
    except _Invalid as error:
        return Expansion(UNKNOWN, False, str(error))


def named(text: str) -> Expansion:
    """As `expand`, but variables without a value are left, as ${NAME}."""
    if "$" not in text:
        return Expansion(text)
    try:
        return Expansion(*_Reader(text, _NOTHING, named=True).read())
    except _Invalid as error:
        return Expansion(text, False, str(error))


class _Invalid(Exception):
    pass


class _Reader:
    def __init__(self, text: str, known: Mapping[str, str], *, named: bool) -> None:
        self._text = text
        self._known = known
        self._named = named
        self._at = 0
        self._by_default = False

    def read(self) -> tuple[str, bool]:
        return self._until("", 0), self._by_default

    def _until(self, end: str, depth: int) -> str:
        """What stands before the brace `end`, "" the end of the text."""
        if depth > _MAX_DEPTH:
            raise _Invalid(f"variables nest deeper than {_MAX_DEPTH} levels")
        parts: list[str] = []
        while self._at < len(self._text):
            if plain := _PLAIN.match(self._text, self._at):
                parts.append(plain[0])
                self._at = plain.end()
            elif self._text[self._at] == "}":
                if end:
                    return "".join(parts)
                parts.append("}")
                self._at += 1
            elif self._text.startswith("$$", self._at):
                parts.append("$")
                self._at += 2
            else:
                parts.append(self._variable(depth))
        if end:
            raise _Invalid("the brace of a variable is not closed")
        return "".join(parts)

    def _variable(self, depth: int) -> str:
        braced = self._text.startswith("${", self._at)
        name = _NAME.match(self._text, self._at + 1 + braced)
        if name is None:
            raise _Invalid("$ is followed by no variable; a dollar sign itself is written $$")
        value = self._known.get(name[0])
        self._at = name.end()
        unknown = f"${{{name[0]}}}" if self._named else UNKNOWN
        if not braced:
            return unknown if value is None else value
        operator, other = self._operator(depth)
        if not self._text.startswith("}", self._at):
            raise _Invalid(f"in ${{{name[0]}…}} only :- - :? ? :+ and + may follow the name")
        self._at += 1
        if value is not None:
            return other if operator == "+" else value
        if operator == "-":
            self._by_default = True
            return other
        return unknown

    def _operator(self, depth: int) -> tuple[str, str]:
        """One of - ? +, and what follows it; "" twice where there is none."""
        operator = _OPERATOR.match(self._text, self._at)
        if operator is None:
            return "", ""
        self._at = operator.end()
        before = self._by_default
        other = self._until("}", depth + 1)
        if operator[0][-1] == "?":  # its text is for the one who forgot the variable
            self._by_default = before
        return operator[0][-1], other


def split(text: str, separator: str) -> list[str]:
    """The text as written, cut at each separator that is outside braces of variables."""
    if "$" not in text:
        return text.split(separator)
    parts, start, depth, at = [], 0, 0, 0
    while at < len(text):
        if text.startswith("${", at):
            depth += 1
            at += 1
        elif text[at] == "}" and depth:
            depth -= 1
        elif text[at] == separator and not depth:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]
