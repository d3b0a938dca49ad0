"""JSON with positions: the standard parser keeps none, and YAML's cannot read the tabs that real files are indented with."""

from __future__ import annotations

import math
import re
from json import loads

from gates.core.documents.node import MAX_DEPTH, DocumentError, Node, Value, decode, duplicate, too_deep
from gates.core.patterns import lazy

_SPACE = lazy(r"[ \t\r\n]*")
# The alternatives are told apart by their first characters, and none holds a repetition inside another: matching is linear.
_TOKEN = lazy(
    r"""  "([^"\\\x00-\x1f]*)"                                # a string without escapes
      |   ("(?:[^"\\\x00-\x1f]++|\\["\\/bfnrtu])*+")          # a string with them
      |   (-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)
      |   ([][{}:,]|true|false|null)
    """,
    re.VERBOSE,
)
_STRING, _ESCAPED, _NUMBER, _WORD = range(1, 5)
_WORDS = {"true": True, "false": False, "null": None}


def read(data: bytes, path: str, max_bytes: int) -> Node:
    scanner = _Scanner(decode(data, path, max_bytes), path)
    scanner.advance()
    node = scanner.value(1)
    scanner.end()
    return node


class _Scanner:
    """Reads left to right. `kind` and `text` tell the current token, `line` and `column` where it starts."""

    def __init__(self, source: str, path: str) -> None:
        self._source = source
        self._path = path
        self._at = 0
        self._line_start = 0
        self.line = 1
        self.column = 1
        self.kind = 0
        self.text = ""

    def error(self, message: str) -> DocumentError:
        return DocumentError(f"not valid JSON: {message}", self._path, self.line)

    def _skip_space(self) -> None:
        start = self._at
        match = _SPACE.match(self._source, start)
        self._at = match.end() if match else start
        lines = self._source.count("\n", start, self._at)
        if lines:
            self.line += lines
            self._line_start = self._source.rindex("\n", start, self._at) + 1
        self.column = self._at - self._line_start + 1

    def advance(self) -> None:
        self._skip_space()
        match = _TOKEN.match(self._source, self._at)
        if match is None:
            raise self.error("unexpected end" if self._at == len(self._source) else "unexpected character")
        self._at = match.end()
        self.kind = match.lastindex or 0
        self.text = match[self.kind]

    def end(self) -> None:
        self._skip_space()
        if self._at < len(self._source):
            raise self.error("something follows the document")

    def value(self, depth: int) -> Node:
        """The value that the current token starts; afterwards the current token is its last."""
        line, column = self.line, self.column
        value: Value
        if self.kind == _WORD:
            if self.text in "[{":
                if depth > MAX_DEPTH:
                    raise too_deep(self._path, line)
                value = self._object(depth) if self.text == "{" else self._array(depth)
            elif self.text in _WORDS:
                value = _WORDS[self.text]
            else:
                raise self.error(f"unexpected {self.text!r}")
        elif self.kind == _NUMBER:
            value = self._number()
        else:
            value = self._string()
        return Node(value, line, column)

    def _array(self, depth: int) -> list[Node]:
        items: list[Node] = []
        self.advance()
        if self._is("]"):
            return items
        while True:
            items.append(self.value(depth + 1))
            self.advance()
            if self._is("]"):
                return items
            self._expect(",")
            self.advance()

    def _object(self, depth: int) -> dict[str, Node]:
        table: dict[str, Node] = {}
        self.advance()
        if self._is("}"):
            return table
        while True:
            if self.kind not in (_STRING, _ESCAPED):
                raise self.error("a key must be a string in double quotes")
            line, column, key = self.line, self.column, self._string()
            if key in table:
                raise duplicate(key, table[key], self._path, line)
            self.advance()
            self._expect(":")
            self.advance()
            node = self.value(depth + 1)
            table[key] = Node(node.value, node.line, node.column, line, column)
            self.advance()
            if self._is("}"):
                return table
            self._expect(",")
            self.advance()

    def _is(self, word: str) -> bool:
        return self.kind == _WORD and self.text == word

    def _expect(self, word: str) -> None:
        if not self._is(word):
            raise self.error(f"expected {word!r}")

    def _string(self) -> str:
        if self.kind == _STRING:
            return self.text
        try:
            text: str = loads(self.text)
            text.encode()
        except UnicodeEncodeError:
            raise self.error("a string holds half a surrogate pair") from None
        except ValueError:
            raise self.error("a string holds an unknown escape") from None
        return text

    def _number(self) -> int | float:
        try:
            if not any(mark in self.text for mark in ".eE"):
                return int(self.text)
            number = float(self.text)
        except ValueError:  # Python refuses to convert thousands of digits
            raise self.error("a number is out of range") from None
        if math.isinf(number):
            raise self.error("a number is out of range")
        return number
