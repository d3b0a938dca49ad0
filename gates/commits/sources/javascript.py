"""Configuration in JavaScript that is one literal: read as a document, never run. What is more than a literal is refused with its line.

A module of this kind is `module.exports = {…}` or `export default {…}`, or a constant that is exported by its name, with nothing else
but comments and "use strict" (https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Lexical_grammar#literals).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gates.core.documents import MAX_DEPTH, DocumentError, Node, Value
from gates.core.patterns import lazy

_SPACE = lazy(r"(?:\s|//[^\n]*|/\*(?s:.*?)\*/)*")
_TOKEN = lazy(
    r"""  (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.|\$(?!\{))*`)
      |   (?P<number>-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?)(?![\w.])
      |   (?P<name>[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)
      |   (?P<mark>[][{}:,;=()])
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_ESCAPE = lazy(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\n": ""}


class NotLiteral(Exception):
    """The module does more than export a literal. `line` is where that starts."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is more than a literal")
        self.line = line


class _Token(NamedTuple):
    kind: str  # a group of the expression, or "end"
    text: str
    start: int


def read(source: str, path: str) -> Node:
    """The exported value. Raises NotLiteral, and DocumentError for a key that is written twice."""
    return _Module(source, path).read()


class _Module:
    def __init__(self, source: str, path: str) -> None:
        self._source = source
        self._path = path
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._counted = 0
        self.token = _Token("end", "", 0)
        self.advance()

    def read(self) -> Node:
        named: dict[str, Node] = {}
        while True:
            if self.token.kind == "string":  # "use strict"
                self.advance()
            elif self._is("const"):
                self.advance()
                name = self._take("name")
                self._expect("=")
                named[name] = self._value(1)
            elif self._is("module.exports") or self._is("export"):
                return self._exported(named)
            elif not self._is(";"):
                raise self._refused()
            if self._is(";"):
                self.advance()

    def _exported(self, named: dict[str, Node]) -> Node:
        is_module = self._is("export")
        self.advance()
        self._expect("default" if is_module else "=")
        is_named = self.token.kind == "name" and self.token.text in named
        value = named[self._take("name")] if is_named else self._value(1)
        if self._is(";"):
            self.advance()
        if self.token.kind != "end":
            raise self._refused()
        return value

    # Values

    def _value(self, depth: int) -> Node:
        line, column = self._place(self.token.start)
        kind, text = self.token.kind, self.token.text
        value: Value
        if depth > MAX_DEPTH:
            raise DocumentError(f"nested deeper than {MAX_DEPTH} levels", self._path, line)
        if kind == "string":
            value = self._string()
        elif kind == "number":
            value = float(text) if "." in text else int(text)
            self.advance()
        elif kind == "name" and text in _WORDS:
            value = _WORDS[text]
            self.advance()
        elif self._is("{"):
            value = self._object(depth)
        elif self._is("["):
            value = self._array(depth)
        else:
            raise self._refused()
        return Node(value, line, column)

    def _string(self) -> str:
        body = self.token.text[1:-1]
        if any(escaped in "xu0123456789" for escaped in _ESCAPE.findall(body)):
            raise self._refused()
        self.advance()
        return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), body)

    def _array(self, depth: int) -> list[Node]:
        self.advance()
        items: list[Node] = []
        while not self._is("]"):
            items.append(self._value(depth + 1))
            self._separator("]")
        self.advance()
        return items

    def _object(self, depth: int) -> dict[str, Node]:
        self.advance()
        table: dict[str, Node] = {}
        while not self._is("}"):
            line, column = self._place(self.token.start)
            key = self._string() if self.token.kind == "string" else self._take("name")
            if key in table:
                raise DocumentError(f"duplicate key {key!r}; it is already set in line {table[key].key_line}", self._path, line)
            self._expect(":")
            node = self._value(depth + 1)
            table[key] = Node(node.value, node.line, node.column, line, column)
            self._separator("}")
        self.advance()
        return table

    def _separator(self, closing: str) -> None:
        if self._is(","):
            self.advance()
        elif not self._is(closing):
            raise self._refused()

    # Tokens

    def advance(self) -> None:
        space = _SPACE.match(self._source, self._at)
        self._at = space.end() if space else self._at
        if self._at == len(self._source):
            self.token = _Token("end", "", self._at)
            return
        found = _TOKEN.match(self._source, self._at)
        self.token = _Token(found.lastgroup or "", found[0], self._at) if found else _Token("other", "", self._at)
        self._at = found.end() if found else self._at

    def _is(self, text: str) -> bool:
        return self.token.kind in ("mark", "name") and self.token.text == text

    def _expect(self, text: str) -> None:
        if not self._is(text):
            raise self._refused()
        self.advance()

    def _take(self, kind: str) -> str:
        if self.token.kind != kind:
            raise self._refused()
        text = self.token.text
        self.advance()
        return text

    def _refused(self) -> NotLiteral:
        return NotLiteral(self._place(self.token.start)[0])

    def _place(self, offset: int) -> tuple[int, int]:
        """Asked for in the order of the text, so that counting lines costs one pass."""
        lines = self._source.count("\n", self._counted, offset)
        if lines:
            self._line += lines
            self._line_start = self._source.rindex("\n", self._counted, offset) + 1
        self._counted = max(self._counted, offset)
        return self._line, offset - self._line_start + 1
