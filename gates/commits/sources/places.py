"""Where a list of types stands within a text: what the located readers do not tell, because to them a pattern is one value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from gates.commits import patterns
from gates.commits.patterns import Dialect, Mode, Word
from gates.commits.source import Listed
from gates.core.documents import Node
from gates.core.documents.node import decode
from gates.core.finding import Location

# A written pattern can be longer than its value: an escape such as \\u005c takes six characters, and each line may be indented.
_LONGEST_ESCAPE: Final = 6
_INDENTATION: Final = 400


class Text:
    """A file's text by lines and columns, as the located readers count them."""

    def __init__(self, data: bytes, path: str, max_bytes: int) -> None:
        self.path = path
        self.text = decode(data, path, max_bytes).replace("\r\n", "\n")
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1

    def location(self, offset: int) -> Location:
        from bisect import bisect_right

        line = bisect_right(self._starts, offset)
        return Location(self.path, line, offset - self._starts[line - 1] + 1)


def at_value(node: Node, path: str) -> Location:
    return Location(path, node.line, node.column)


def listed(words: Sequence[Word], pattern: Node, text: Text) -> tuple[Listed, ...]:
    """The words that a pattern lets through, each at its place within the pattern as the file writes it; at the pattern's start where it
    is spelled in another way, such as `fi(x|nish)`.
    """
    start = text.offset(pattern.line, pattern.column)
    value = str(pattern.value)
    end = start + _LONGEST_ESCAPE * len(value) + _INDENTATION
    cursor = start
    found = []
    for word in words:
        at = _find(text.text, word.text, cursor, end)
        found.append(Listed(word.text, text.location(start if at < 0 else at)))
        cursor = cursor if at < 0 else at + len(word.text)
    return tuple(found)


class Matched(NamedTuple):
    """The types of an expression; None where there is no end of them, or where `opaque` says why they cannot be told."""

    types: tuple[Listed, ...] | None
    opaque: str = ""


def listed_by(pattern: Node, what: str, dialect: Dialect, mode: Mode, text: Text) -> Matched:
    """`what` names the expression in a message, such as "schema_pattern"."""
    try:
        words = patterns.words(patterns.compile(str(pattern.value), dialect, mode=mode))
    except ValueError as error:
        return Matched(None, f"the {what} cannot be read: {error}")
    if words == ():
        return Matched(None, f"the {what} matches no header of the form 'type: subject'")
    return Matched(None if words is None else listed(words, pattern, text))


def _find(text: str, word: str, start: int, end: int) -> int:
    """-1 where it stands nowhere on its own."""
    at = text.find(word, start, end)
    while at >= 0:
        following = text[at + len(word) : at + len(word) + 1]
        if not _in_word(following) and (not _in_word(text[at - 1 : at]) or text[at - 2 : at - 1] == "\\"):
            return at
        at = text.find(word, at + 1, end)
    return -1


def _in_word(char: str) -> bool:
    return char.isalnum() or char in ("_", "-")
