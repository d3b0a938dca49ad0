"""A place in a text that moves on, and what all who read there need."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from gates.core.patterns import lazy

# of compound commands, substitutions, expansions and quotes in each other: people stay below ten, and Python's own stack has an end
MAX_DEPTH: Final = 50
JOIN: Final = r"(?:\\\n)*+"

_ARITHMETIC = lazy(r"[^()'\"\\]+|\\.|'[^']*+'|\"(?:[^\"\\]|\\.)*+\"|[()'\"\\]", re.DOTALL)
_BETWEEN = lazy(r"(?:[ \t]|\\\n)*+(?:#[^\n]*)?")


class Unreadable(Exception):
    """What stands at `line` cannot be read, nor what follows it."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Nested(Protocol):
    """Who reads the commands that stand in a word."""

    def substitution(self, opening: int, closer: str) -> None:
        """From the position on, to behind what closes that which stands at `opening`: a parenthesis or a brace."""

    def script(self, text: str, line: int, column: int) -> None:
        """A text of its own."""

    def line_end(self) -> None:
        """A line ends here, outside quotes: here-documents may begin."""


class Cursor:
    """Reads `text` from `position` on, never beyond `end`.

    `expressions`: GitHub puts the values of ${{ }} in before a shell sees the text, so that they count within single quotes too.
    """

    def __init__(self, text: str, line: int, column: int, *, expressions: bool, depth: int = 0) -> None:
        self.text = text
        self.position = 0
        self.end = len(text)
        self.expressions = expressions
        self.depth = depth
        self.nested: Nested | None = None
        self._first = (line, column)
        self._closing: dict[int, int] = {}
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, position: int) -> tuple[int, int]:
        """Line and column."""
        number = bisect_right(self._starts, position) - 1
        line, column = self._first
        return line + number, position - self._starts[number] + (column if number == 0 else 1)

    def unreadable(self, position: int, message: str) -> Unreadable:
        return Unreadable(self.place(position)[0], message)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        if self.depth >= MAX_DEPTH:
            raise self.unreadable(self.position, f"nested more than {MAX_DEPTH} deep")
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def between(self, start: int, end: int) -> Iterator[None]:
        """Only that part is there to read."""
        saved = self.position, self.end
        self.position, self.end = start, end
        try:
            yield
        finally:
            self.position, self.end = saved

    def blanks(self) -> None:
        """Skips blanks and a comment: only between words."""
        if self.text[self.position : self.position + 1] not in " \t\\#":
            return
        found = _BETWEEN.match(self.text, self.position, self.end)
        self.position = found.end() if found else self.position

    def parenthesis(self, opening: int) -> int:
        """Where the one that is opened there is closed, -1 for never. What lies between is looked at once for all that are opened in it."""
        if opening not in self._closing:
            pending = [opening]
            at = opening + 1
            while pending and at < self.end:
                found = _ARITHMETIC.match(self.text, at, self.end)
                piece = found.group() if found else self.text[at]
                if piece == "(":
                    pending.append(at)
                elif piece == ")":
                    self._closing[pending.pop()] = at
                at += len(piece)
            self._closing.update(dict.fromkeys(pending, -1))
        return self._closing[opening]

    def commands(self) -> Nested:
        if self.nested is None:
            raise self.unreadable(self.position, "commands in a word that nobody reads")
        return self.nested
