"""A mapping that is read key by key: each answer has its type, each complaint its line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time

from gates.core.documents.node import DocumentError, Node, Value, quoted
from gates.core.patterns import lazy

_DAY = lazy(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Table:
    """`path` is the file's, for messages. A key without a default is required, and null is no value: `scope:` with nothing behind it
    is refused, so that a forgotten value never widens what the table says. Where null has a meaning, ask `node`.

    The methods named after a kind raise DocumentError where the value is missing or of another kind.
    """

    __slots__ = ("_table", "_what", "line", "path")

    def __init__(self, node: Node, path: str, what: str = "the document") -> None:
        if not isinstance(node.value, dict):
            raise DocumentError(f"{what} must be a table, not {_kind(node.value)}", path, node.key_line or node.line)
        self._table = node.value
        self._what = what
        self.path = path
        self.line = node.key_line or node.line

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def node(self, key: str) -> Node | None:
        return self._table.get(key)

    def line_of(self, key: str) -> int:
        """The line of the key, the table's own where the key is absent."""
        found = self._table.get(key)
        return self.line if found is None else found.key_line or found.line

    def error(self, message: str, key: str = "") -> DocumentError:
        return DocumentError(message, self.path, self.line_of(key))

    def closed(self, known: Iterable[str]) -> Table:
        """This table, after refusing any key that is not known."""
        known = tuple(known)
        for key in self._table:
            if key not in known:
                raise self.error(f"unknown key {quoted(key)} in {self._what}{nearest(key, known)}", key)
        return self

    def text(self, key: str, default: str | None = None) -> str:
        """Never blank, unless the default is."""
        node = self._node(key, default)
        if node is None:
            return default or ""
        if not isinstance(node.value, str):
            raise self._wrong(key, "text", node)
        if not node.value.strip():
            raise self.error(f"{key!r} is empty", key)
        return node.value

    def flag(self, key: str, default: bool | None = None) -> bool:
        node = self._node(key, default)
        if node is None:
            return bool(default)
        if not isinstance(node.value, bool):
            raise self._wrong(key, "true or false", node)
        return node.value

    def whole(self, key: str, default: int | None = None, *, at_least: int = 0, at_most: int | None = None) -> int:
        node = self._node(key, default)
        if node is None:
            return default or 0
        if not isinstance(node.value, int) or isinstance(node.value, bool):
            raise self._wrong(key, "a whole number", node)
        if node.value < at_least or (at_most is not None and node.value > at_most):
            bounds = f"at least {at_least}" if at_most is None else f"between {at_least} and {at_most}"
            raise self.error(f"{key!r} must be {bounds}", key)
        return node.value

    def number(self, key: str, default: float | None = None) -> float:
        """Finite."""
        node = self._node(key, default)
        if node is None:
            return default or 0.0
        if not isinstance(node.value, int | float) or isinstance(node.value, bool):
            raise self._wrong(key, "a number", node)
        try:
            number = float(node.value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.error(f"{key!r} is out of range", key)
        return number

    def day(self, key: str) -> date:
        """A TOML date, or text as YYYY-MM-DD."""
        node = self._node(key, None)
        assert node is not None  # noqa: S101 - for the type checker: without a default the key is required
        if isinstance(node.value, date) and not isinstance(node.value, datetime):
            return node.value
        if not isinstance(node.value, str):
            raise self._wrong(key, "a day as YYYY-MM-DD", node)
        day = parse_day(node.value)
        if day is None:
            raise self.error(f"{key!r} is no day of the calendar; write it as YYYY-MM-DD", key)
        return day

    def choice(self, key: str, options: Sequence[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value not in options and value != default:
            raise self.error(f"{key!r} must be one of {', '.join(options)}{nearest(value, options)}", key)
        return value

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of texts, none blank."""
        node = self._node(key, default)
        if node is None:
            return tuple(default or ())
        texts = []
        for item in self._items(key, node):
            if not isinstance(item.value, str) or not item.value.strip():
                raise DocumentError(f"{key!r} must be a list of texts", self.path, item.line)
            texts.append(item.value)
        return tuple(texts)

    def table(self, key: str) -> Table | None:
        """None where the key is absent."""
        node = self.node(key)
        return None if node is None else Table(node, self.path, repr(key))

    def tables(self, key: str, default: Sequence[Table] | None = ()) -> list[Table]:
        """A list of tables; None as the default makes it required."""
        node = self._node(key, default)
        if node is None:
            return list(default or ())
        return [Table(item, self.path, f"an entry of {key!r}") for item in self._items(key, node)]

    def _items(self, key: str, node: Node) -> list[Node]:
        if not isinstance(node.value, list):
            raise self._wrong(key, "a list", node)
        return node.value

    def _node(self, key: str, default: object) -> Node | None:
        node = self.node(key)
        if node is None and default is None:
            raise self.error(f"{key!r} is missing in {self._what}", key)
        return node

    def _wrong(self, key: str, wanted: str, node: Node) -> DocumentError:
        return self.error(f"{key!r} must be {wanted}, not {_kind(node.value)}", key)


def parse_day(text: str) -> date | None:
    """A day written as YYYY-MM-DD and no other way, None for anything else."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint behind "unknown ...", empty where nothing known is near."""
    from difflib import get_close_matches  # only for a message that ends the run

    near = get_close_matches(word[:200], known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _kind(value: Value) -> str:
    if value is None:
        return "empty"
    for kinds, name in (
        (bool, "true or false"),
        (dict, "a table"),
        (list, "a list"),
        (str, "text"),
        (int | float, "a number"),
        (date | time, "a date or time"),
    ):
        if isinstance(value, kinds):
            return name
    return "something else"
