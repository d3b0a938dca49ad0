"""Where words stand of which the document's reader knows only the text that holds them: a block scalar, a quoted list, JSON in YAML."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from gates.core.documents import Node
from gates.core.finding import Location
from gates.core.patterns import lazy

_LINE_END = lazy(r"\r\n|\r|\n")
_LINE = lazy(r"[^\r\n]*")
# What may stand between two words of a list; no word of one is left out that way.
_BETWEEN = lazy(r"""(?:[\s,"']|\\[nrt])*""")


class Text(NamedTuple):
    """The characters of a file and where its lines start."""

    path: str
    source: str
    starts: tuple[int, ...]

    def offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column - 1 if 0 < line <= len(self.starts) else len(self.source)

    def place(self, start: int, length: int = 0) -> Location:
        """An end is given where there is a length; words hold no line break."""
        line = bisect_right(self.starts, start)
        column = start - self.starts[line - 1] + 1
        return Location(self.path, line, column, line if length else 0, column + length if length else 0)

    def line(self, number: int) -> str:
        """Without its end; "" behind the last."""
        found = _LINE.match(self.source, self.offset(number, 1))
        return found[0] if found else ""


def text_of(data: bytes, path: str) -> Text:
    """Of data that a reader of documents has accepted: it is UTF-8."""
    source = data.decode("utf-8-sig")
    return Text(path, source, (0, *(found.end() for found in _LINE_END.finditer(source))))


def at(node: Node, path: str) -> Location:
    return Location(path, node.line, node.column)


def at_key(node: Node, path: str) -> Location:
    """Of an item of a list, which has no key, the item."""
    return Location(path, node.key_line, node.key_column) if node.key_line else at(node, path)


def words_in(text: Text, node: Node, words: Sequence[str]) -> list[Location]:
    """Of the words that the scalar holds, in order and with nothing but separators between them. Where the text is not written as it is
    read (a folded line, an escape, an alias), each stands at the key.
    """
    start = text.offset(node.line, node.column)
    if text.source[start : start + 1] in ("|", ">"):  # the header of a block scalar, which ends with its line
        start = text.offset(node.line + 1, 1)
    places = []
    for word in words:
        found = text.source.find(word, start)
        if found < 0 or not _BETWEEN.fullmatch(text.source, start, found):
            return [at_key(node, text.path)] * len(words)
        places.append(text.place(found, len(word)))
        start = found + len(word)
    return places


def within(text: Text, node: Node, inner: Node, written: str) -> Location:
    """Of a value that stands at `inner` in the document that the scalar `node` holds. Where the file does not have it there as `written`,
    the key's.
    """
    if text.source.startswith("|", text.offset(node.line, node.column)):
        line = node.line + inner.line
        content = text.line(line)
        # The first line that is not blank sets the indentation of all.
        head = next((each for each in map(text.line, range(node.line + 1, line + 1)) if each.strip()), content)
        start = text.offset(line, inner.column + len(head) - len(head.lstrip(" ")))
    else:
        start = text.offset(node.line, node.column + inner.column) if inner.line == 1 else len(text.source)
    if text.source.startswith(written, start):
        return text.place(start, len(written))
    return at_key(node, text.path)


def at_top(path: str) -> bool:
    """Where tools look for their configuration: in the root of a repository, or in a folder such as .github or .config there."""
    folder, _, name = path.rpartition("/")
    return bool(name) and (not folder or (folder.startswith(".") and "/" not in folder))
