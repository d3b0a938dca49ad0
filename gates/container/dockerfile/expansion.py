"""Variables and quotes as BuildKit reads them outside RUN
(https://docs.docker.com/reference/dockerfile/#environment-replacement; https://github.com/moby/buildkit, frontend/dockerfile/shell).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from gates.container.dockerfile.globbing import BadPattern, replaced, without_prefix, without_suffix
from gates.container.dockerfile.lexing import SPACES

MAX_DEPTH = 60  # of ${a:-${b:-…}}
MAX_GROWTH = 4096  # characters that a text may gain: a value made of itself grows without end otherwise
MAX_MATCHED = 400  # characters of a value, and of a pattern, that are compared: longer ones are not judged
# BuildKit sets these to what it builds on and for, so that they have a value that is not known here, never none
PLATFORM_ARGUMENTS = frozenset(
    [f"{of}{what}" for of in ("BUILD", "TARGET") for what in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")] + ["TARGETSTAGE"]
)

_UNKNOWN = "\0"  # stands for a value that nobody knows; no file that is read holds one
_PLAIN = re.compile(r"""[^$<'"\\`/}\s\x1c-\x1f]+""")
_NAME = re.compile(r"[@*#?$!-]|\d+|(?:[^\W\d]|_)\w*")


class Malformed(Exception):
    """BuildKit refuses the text; the message says why."""


class TooDeep(Malformed):
    """BuildKit would take the text; it is not judged here."""


class Expansion(NamedTuple):
    """`text` is None where it depends on a variable without a value, or where `problem` says what is wrong with it. `names` are the
    variables that it asks for; `by_default` says that one without a value was replaced by what stands after `:-`.
    """

    text: str | None
    names: frozenset[str]
    by_default: bool
    problem: str = ""


class Manner(NamedTuple):
    """How a text is read: `raw` keeps quotes, escapes and variables as written, as here-documents are searched for."""

    variables: Mapping[str, str | None]
    escape: str
    keep_quotes: bool = False
    keep_escapes: bool = False
    keep_unset: bool = False
    quotes: bool = True  # False: they are characters like any other


def expand(text: str, variables: Mapping[str, str | None], escape: str = "\\") -> str | None:
    """Quotes are removed, `escape` takes away the meaning of what follows. None where a variable without a value takes part, and where
    BuildKit would refuse the text.

    `${x:-y}` is y for a variable without a value: what the build gives that is told nothing more.
    """
    return expansion(text, variables, escape).text


def expansion(text: str, variables: Mapping[str, str | None], escape: str = "\\", *, quotes: bool = True) -> Expansion:
    """As `expand`. `quotes` False reads a here-document's text, in which quotes have no meaning."""
    reader = _Reader(text, Manner(variables, escape, quotes=quotes))
    try:
        result = reader.until("", False, 0)
    except (Malformed, BadPattern) as error:
        return Expansion(None, frozenset(reader.names), reader.by_default, str(error))
    known = _UNKNOWN not in result and len(result) <= len(text) + MAX_GROWTH
    return Expansion(result if known else None, frozenset(reader.names), reader.by_default)


def shell_words(text: str, manner: Manner) -> list[str]:
    """The text in words, after expansion. Raises Malformed."""
    reader = _Reader(text, manner)
    reader.until("", manner.keep_escapes, 0)
    reader.end_word()
    return reader.words


class _Reader:
    """Reads on from `at`."""

    def __init__(self, text: str, manner: Manner) -> None:
        self.text = text.removeprefix("\ufeff")  # which Go's scanner drops
        self.manner = manner
        self.at = 0
        self.words: list[str] = []
        self.word: list[str] = []
        self.names: set[str] = set()
        self.by_default = False
        self.size = 0

    def end_word(self) -> None:
        if any(self.word):
            self.words.append("".join(self.word))
        self.word.clear()

    def until(self, stop: str, raw: bool, depth: int) -> str:
        """What stands before `stop`, expanded, or before the end of the text where `stop` is "". `raw` keeps escapes."""
        if depth > MAX_DEPTH:
            raise TooDeep(f"variables are nested deeper than {MAX_DEPTH}")
        text, escape = self.text, self.manner.escape
        found: list[str] = []
        while self.at < len(text):
            match = _PLAIN.match(text, self.at)
            if match:
                self.at = match.end()
                piece = match[0]
                found.append(piece)
                if not depth:
                    self.word.append(piece)
                continue
            char = text[self.at]
            if char == stop:
                self.at += 1
                return "".join(found)
            if char == "$":
                piece = self._variable(raw, depth)
                found.append(piece)
                if not depth:
                    self._add_words(piece)
                continue
            if char in "'\"" and self.manner.quotes:
                piece = self._single() if char == "'" else self._double(raw, depth)
            elif char == "<":
                # white space between << and a here-document's name belongs to the word
                begin = self.at
                self.at += 1
                if text.startswith("<", self.at):
                    self.at += 1
                    while self.at < len(text) and text[self.at] in "\t\r ":
                        self.at += 1
                piece = text[begin : self.at]
            elif char == escape:
                self.at += 2
                piece = (char if raw else "") + text[self.at - 1 : self.at]
            else:
                self.at += 1
                piece = char
                if char in SPACES:
                    found.append(char)
                    if not depth:
                        self.end_word()
                    continue
            found.append(piece)
            if not depth:
                self.word.append(piece)
        if stop:
            raise Malformed(f"a {stop} is missing")
        return "".join(found)

    def _add_words(self, text: str) -> None:
        first, *others = re.split(f"[{SPACES}]", text)
        self.word.append(first)
        for other in others:
            self.end_word()
            self.word.append(other)

    def _single(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise Malformed("a single quote is not closed")
        begin, self.at = self.at, end + 1
        return self.text[begin : self.at] if self.manner.keep_quotes else self.text[begin + 1 : end]

    def _double(self, raw: bool, depth: int) -> str:
        text, escape = self.text, self.manner.escape
        quote = '"' if self.manner.keep_quotes else ""
        found = [quote]
        self.at += 1
        while self.at < len(text):
            char = text[self.at]
            if char == '"':
                self.at += 1
                found.append(quote)
                return "".join(found)
            if char == "$":
                found.append(self._variable(raw, depth))
            elif char == escape:
                # before other characters it is one itself
                self.at += 1
                following = text[self.at : self.at + 1]
                if raw:
                    found.append(char)
                if following and following in ('"', "$", escape):
                    self.at += 1
                    found.append(following)
                elif following:
                    found.append(char)
            else:
                match = _PLAIN.match(text, self.at)
                self.at = match.end() if match else self.at + 1
                found.append(match[0] if match else char)
        raise Malformed("a double quote is not closed")

    def _variable(self, raw: bool, depth: int) -> str:
        text = self.text
        self.at += 1
        if not text.startswith("{", self.at):
            name = self._name()
            return self._plain(name, f"${name}") if name else "$"
        self.at += 1
        if text[self.at : self.at + 1] in ("", "{", "}", ":"):
            raise Malformed("a variable between braces has no name")
        name = self._name()
        modifier = text[self.at : self.at + 1]
        self.at += 1
        if modifier == "}":
            return self._plain(name, f"${{{name}}}")
        if modifier == "/":
            return self._replacement(name, depth)
        colon = modifier == ":"
        if colon:
            modifier = text[self.at : self.at + 1]
            self.at += 1
        if modifier not in ("#", "%") if colon else modifier and modifier in "+-?#%":
            word = self._nested("}", modifier in ("#", "%"), depth)
            if self._kept(name):
                return f"${{{name}{':' if colon else ''}{modifier}{word}}}"
            if modifier in ("+", "-", "?", "#", "%"):
                return self._modified(name, modifier, word, colon)
        raise Malformed(f"what follows the name in ${{{name}}} is no modifier that BuildKit knows")

    def _modified(self, name: str, modifier: str, word: str, colon: bool) -> str:
        """`colon`: an empty value counts as none."""
        value = self._value(name)
        if modifier in ("-", "+"):
            if value is None or (colon and not value):
                self.by_default = self.by_default or value is None
                return word if modifier == "-" else ""
            if modifier == "-" or (colon and _UNKNOWN in value):
                return value
            return word
        if modifier == "?":
            # BuildKit refuses to go on; that a value is asked for says that somebody gives it
            return _UNKNOWN if value is None or (colon and not value) else value
        if value is None or _too_much(value, word):
            return _UNKNOWN
        every = word.startswith(modifier)
        without = without_prefix if modifier == "#" else without_suffix
        return without(value, word[every:], longest=every)

    def _nested(self, stop: str, raw: bool, depth: int) -> str:
        # as BuildKit has it: the word that the variable stands in begins anew after it
        word = self.until(stop, raw, depth + 1)
        self.word.clear()
        return word

    def _replacement(self, name: str, depth: int) -> str:
        every = self.text.startswith("/", self.at)
        self.at += every
        pattern = self._nested("/", True, depth)
        replacement = self._nested("}", True, depth)
        if self._kept(name):
            return f"${{{name}/{pattern}/{replacement}}}"
        value = self._value(name)
        if value is None or _too_much(value, pattern):
            return _UNKNOWN
        return replaced(value, pattern, replacement, every=every)

    def _name(self) -> str:
        match = _NAME.match(self.text, self.at)
        if not match:
            return ""
        self.at = match.end()
        return match[0]

    def _plain(self, name: str, written: str) -> str:
        if self._kept(name):
            return written
        value = self._value(name)
        return _UNKNOWN if value is None else value

    def _value(self, name: str) -> str | None:
        self.names.add(name)
        value = self.manner.variables.get(name)
        if value is not None:
            self.size += len(value)
            if self.size > len(self.text) + MAX_GROWTH:
                return _UNKNOWN
            return value
        # declared, and set by the builder
        return _UNKNOWN if name in PLATFORM_ARGUMENTS and name in self.manner.variables else None

    def _kept(self, name: str) -> bool:
        return self.manner.keep_unset and name not in self.manner.variables


def _too_much(value: str, pattern: str) -> bool:
    return len(value) > MAX_MATCHED or len(pattern) > MAX_MATCHED or _UNKNOWN in value + pattern
