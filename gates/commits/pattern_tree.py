"""What a regular expression says, as a tree."""

from __future__ import annotations

import unicodedata
from typing import Literal, NamedTuple, TypeAlias

Dialect = Literal["python", "javascript", "rust"]
Kind = Literal["start", "end", "end-or-newline", "line-start", "line-end", "word-edge", "no-word-edge"]


class Chars(NamedTuple):
    """One character out of a set. `classes` are `w`, `d`, `s`, their opposites in upper case, and general categories as `p:Lu`, `P:Lu`.
    `offset` is where the set stands in the expression.
    """

    ranges: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    negated: bool
    fold: bool  # upper and lower case are the same
    ascii: bool  # the classes hold ASCII alone
    dialect: Dialect
    offset: int

    def __contains__(self, char: object) -> bool:
        if not isinstance(char, str):
            return False
        variants = {char, char.lower(), char.upper()} if self.fold else {char}
        found = any(low <= one <= high for one in variants for low, high in self.ranges) or any(
            _in_class(name, one, self.ascii, self.dialect) for one in variants for name in self.classes
        )
        return found != self.negated


class Place(NamedTuple):
    """An assertion of width zero. "end-or-newline": also before a line break that ends the text."""

    kind: Kind
    ascii: bool
    dialect: Dialect


class Sequence(NamedTuple):
    items: tuple[Tree, ...]


class Choice(NamedTuple):
    items: tuple[Tree, ...]


class Repeat(NamedTuple):
    """`high` None: without limit."""

    item: Tree
    low: int
    high: int | None


class Look(NamedTuple):
    """A lookahead."""

    item: Tree
    negative: bool


Tree: TypeAlias = "Chars | Place | Sequence | Choice | Repeat | Look"


def is_word(char: str, ascii_only: bool, dialect: Dialect) -> bool:
    return bool(char) and _in_class("w", char, ascii_only or dialect == "javascript", dialect)


def _in_class(name: str, char: str, ascii_only: bool, dialect: Dialect) -> bool:
    if name[:2] in ("p:", "P:"):
        return unicodedata.category(char).startswith(name[2:]) == (name[0] == "p")
    if name.isupper():
        return not _in_class(name.lower(), char, ascii_only, dialect)
    if name == "s":
        if dialect == "javascript":
            return char == "\ufeff" or (char.isspace() and char not in "\x1c\x1d\x1e\x1f\x85")
        if ascii_only:
            return char in " \t\n\r\f\v"
        return char.isspace() and (dialect == "python" or char not in "\x1c\x1d\x1e\x1f")
    if ascii_only and not char.isascii():
        return False
    if name == "d":
        return char.isdecimal()
    return char.isalnum() or char == "_" or (dialect == "rust" and unicodedata.category(char)[:1] == "M")
