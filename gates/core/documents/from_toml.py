"""TOML: `tomllib` reads the values, and a walk over the text beforehand notes where each key stands and bounds what `tomllib` is given."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

from gates.core.documents.node import MAX_DEPTH, DocumentError, Node, Value, decode, too_deep
from gates.core.patterns import lazy

Path = tuple["str | int", ...]


class _Place(NamedTuple):
    key: int  # offsets into the text; -1 for an item of a list
    value: int


def read(data: bytes, path: str, max_bytes: int) -> Node:
    text = decode(data, path, max_bytes).replace("\r\n", "\n")
    walk = _Walk(text, path)
    understood = walk.document()
    try:
        tree: dict[str, object] = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, and int() on thousands of digits
        raise _refusal(error, path, text) from None
    if not understood:
        # The walk reads a superset of TOML, so tomllib must have failed too; should it not have, the places would be wrong.
        raise DocumentError("not valid TOML", path)
    return Node(_build(tree, (), walk, _Lines(text)), 1, 1)


def _refusal(error: ValueError, path: str, text: str) -> DocumentError:
    message, _, place = str(error).rpartition(" (at ")
    if not message:  # no TOMLDecodeError
        return DocumentError("not valid TOML: a value is out of range", path)
    line = re.match(r"line ([0-9]+)", place)
    number = int(line[1]) if line else text.rstrip("\n").count("\n") + 1  # "at end of document"
    return DocumentError(f"not valid TOML: {message[:1].lower()}{message[1:]}", path, number)


class _Lines:
    """Offsets to lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> tuple[int, int]:
        from bisect import bisect_right

        if offset < 0:
            return 0, 0
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def _build(value: object, path: Path, walk: _Walk, lines: _Lines) -> Value:
    if isinstance(value, dict):
        return {key: _node(item, (*path, key), walk, lines) for key, item in value.items()}
    if isinstance(value, list):
        return [_node(item, (*path, index), walk, lines) for index, item in enumerate(value)]
    return value  # type: ignore[return-value]  # a scalar of tomllib: text, number, boolean, date or time


def _node(value: object, path: Path, walk: _Walk, lines: _Lines) -> Node:
    place = walk.places[path]
    return Node(_build(value, path, walk, lines), *lines.at(place.value), *lines.at(place.key))


_BLANK = lazy(r"[ \t]*")
_BLANKS = lazy(r"(?:[ \t\n]++|#[^\n]*+)*+")  # also ends of lines and comments
_KEY = lazy(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*'""")
# Multi-line strings first: their opening marks are a short string's too. One or two quotes may stand before the closing three.
_TEXT = lazy(r'''"""(?:[^"\\]++|\\[\s\S]|"(?!""))*+"{3,5}|\'\'\'(?:[^']++|'(?!''))*+'{3,5}|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*\'''')
_SCALAR = lazy(r"[^\s,\]}#][^,\]}#\n]*")
_LONGEST_SCALAR = 1_000  # beyond some thousand digits Python refuses a number without saying where


class _NotToml(Exception):
    """The text is wrong at this point; `tomllib` says how."""


class _Walk:
    """Notes the place of every key and list item, by its path from the root."""

    def __init__(self, text: str, path: str) -> None:
        self.places: dict[Path, _Place] = {}
        self._text = text
        self._path = path
        self._at = 0
        self._counts: dict[Path, int] = {}  # arrays of tables, with the number of tables so far

    def document(self) -> bool:
        """False where the text stops being TOML."""
        table: Path = ()
        try:
            while not self._finished():
                if self._text[self._at] == "[":
                    table = self._header()
                else:
                    self._pair(table)
                self._line_end()
        except _NotToml:
            return False
        return True

    def _finished(self) -> bool:
        self._skip(_BLANKS)
        return self._at == len(self._text)

    def _header(self) -> Path:
        start = self._at
        opening, closing = ("[[", "]]") if self._text.startswith("[[", start) else ("[", "]")
        self._at += len(opening)
        *parents, last = self._keys()
        self._take(closing)
        path: Path = ()
        for key in parents:
            path = self._enter((*path, key), start)
        path = (*path, last)
        if len(path) > MAX_DEPTH:
            raise too_deep(self._path, self._line())
        if opening == "[":
            return self._enter(path, start)
        self.places.setdefault(path, _Place(start, start))
        index = self._counts.get(path, 0)
        self._counts[path] = index + 1
        self.places[(*path, index)] = _Place(-1, start)
        return (*path, index)

    def _enter(self, path: Path, start: int) -> Path:
        """The table of that path: of an array of tables, the last one."""
        self.places.setdefault(path, _Place(start, start))
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _pair(self, table: Path) -> None:
        start = self._at
        keys = self._keys()
        self._take("=")
        self._skip(_BLANK)
        for key in keys[:-1]:
            table = (*table, key)
            self.places.setdefault(table, _Place(start, start))
        path = (*table, keys[-1])
        self.places.setdefault(path, _Place(start, self._at))
        self._value(path)

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            written = self._match(_KEY)
            # An escape in a quoted key is undone by the one who knows how; such a key is rare.
            keys.append(_unescape(written) if written[0] == '"' else written[1:-1] if written[0] == "'" else written)
            if len(keys) > MAX_DEPTH:
                raise too_deep(self._path, self._line())
            self._skip(_BLANK)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        if len(path) > MAX_DEPTH:
            raise too_deep(self._path, self._line())
        if self._text.startswith("[", self._at):
            self._array(path)
        elif self._text.startswith("{", self._at):
            self._inline_table(path)
        elif self._text.startswith(('"', "'"), self._at):
            self._match(_TEXT)
        elif len(self._match(_SCALAR)) > _LONGEST_SCALAR:
            raise DocumentError("a number is out of range", self._path, self._line())

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANKS)
            if self._text.startswith("]", self._at):
                break
            item = (*path, index)
            self.places[item] = _Place(-1, self._at)
            self._value(item)
            index += 1
            self._skip(_BLANKS)
            if not self._text.startswith(",", self._at):
                break
            self._at += 1
        self._take("]")

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while True:
            self._skip(_BLANKS)
            if self._text.startswith("}", self._at):
                break
            self._pair(path)
            self._skip(_BLANKS)
            if not self._text.startswith(",", self._at):
                break
            self._at += 1
        self._take("}")

    def _line_end(self) -> None:
        self._skip(_BLANK)
        if self._at < len(self._text) and self._text[self._at] not in "#\n":
            raise _NotToml

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match:
            self._at = match.end()

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _NotToml
        self._at = match.end()
        return match[0]

    def _take(self, literal: str) -> None:
        self._skip(_BLANK)
        if not self._text.startswith(literal, self._at):
            raise _NotToml
        self._at += len(literal)

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1


def _unescape(written: str) -> str:
    if "\\" not in written:
        return written[1:-1]
    try:
        text: str = tomllib.loads(f"k={written}")["k"]
    except ValueError:
        raise _NotToml from None
    return text
