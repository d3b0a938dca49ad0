"""A compose file's values with their place, merge keys applied (https://yaml.org/type/merge.html)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from gates.container.compose.interpolation import expand
from gates.container.compose.model import Problem
from gates.core.documents import Node
from gates.core.finding import Location

ItemValue: TypeAlias = "dict[str, Item] | list[Item] | str | int | float | bool | None"

_MERGE = "<<"


class Source(NamedTuple):
    """A file, and the folder that relative paths in it start from; "" is the repository's top."""

    path: str
    directory: str


class Item(NamedTuple):
    """A value as written, variables included. The place is where it is defined, not where it is inherited. `tag` is "!reset",
    "!override" or another local tag, "" nearly always.
    """

    value: ItemValue
    source: Source
    line: int = 0
    column: int = 0
    key_line: int = 0
    key_column: int = 0
    tag: str = ""

    @property
    def location(self) -> Location:
        """Of the key, of the value itself in a list."""
        if self.key_line:
            return Location(self.source.path, self.key_line, self.key_column)
        return Location(self.source.path, self.line, self.column)


def build(node: Node, source: Source, problems: list[Problem]) -> Item:
    """The tree of a document, without the extensions at its top. `problems` gets what cannot be merged or interpolated."""
    if isinstance(node.value, dict):
        node = node._replace(value={key: each for key, each in node.value.items() if not key.startswith("x-")})
    return _Builder(source, problems).item(node)


class _Builder:
    """What an anchor defines is built once, however often aliases name it."""

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self._source = source
        self._problems = problems
        self._built: dict[int, ItemValue] = {}

    def item(self, node: Node) -> Item:
        value = node.value
        built: ItemValue
        if isinstance(value, dict | list):
            found = self._built.get(id(value))
            if found is None:
                found = self._table(value) if isinstance(value, dict) else [self.item(each) for each in value]
                self._built[id(value)] = found
            built = found
        else:
            built = value if isinstance(value, str | int | float | bool) or value is None else str(value)
            if isinstance(value, str) and "$" in value and (invalid := expand(value).invalid):
                self._problems.append(
                    Problem(self._source.path, node.key_line or node.line, f"the value cannot be interpolated: {invalid}")
                )
        return Item(built, self._source, node.line, node.column, node.key_line, node.key_column, node.tag)

    def _table(self, table: dict[str, Node]) -> dict[str, Item]:
        own = {key: self.item(node) for key, node in table.items() if not key.startswith(_MERGE)}
        merged: dict[str, Item] = {}
        for key, node in table.items():
            if key == _MERGE or key.startswith(f"{_MERGE}\0"):
                given = self.item(node)
                # of a list of aliases the first wins, of repeated keys the last
                for each in reversed(given.value) if isinstance(given.value, list) else (given,):
                    merged |= self._mapping(each)
            elif key.startswith(_MERGE):
                own[key] = self.item(node)
        return {**merged, **own} if merged else own

    def _mapping(self, item: Item) -> dict[str, Item]:
        if isinstance(item.value, dict):
            return item.value
        self._problems.append(
            Problem(self._source.path, item.key_line or item.line, "<< takes a mapping, an alias of one, or a list of such")
        )
        return {}


def table(item: Item | None) -> dict[str, Item]:
    """Empty where the item is no mapping. What `!reset` takes out is not in it."""
    if item is None or not isinstance(item.value, dict) or item.tag == "!reset":
        return {}
    return {key: each for key, each in item.value.items() if each.tag != "!reset"}


def entries(item: Item | None) -> Iterator[Item]:
    """The items of a list, or the item itself where it is a single value; nothing for a mapping and for null."""
    if item is None or item.value is None or isinstance(item.value, dict) or item.tag == "!reset":
        return
    if isinstance(item.value, list):
        yield from (each for each in item.value if each.tag != "!reset" and each.value is not None)
    else:
        yield item


def scalar(value: ItemValue) -> str:
    """As YAML's core schema would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -(1 << 64) < value < 1 << 64 else hex(value)  # Python refuses to write thousands of digits
    if isinstance(value, float):
        return repr(value)
    return value if isinstance(value, str) else ""
