"""YAML, from the parser's events: PyYAML's own composer crashes the interpreter on deep nesting and lets later duplicates win."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple, cast

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from gates.core.documents.node import MAX_DEPTH, DocumentError, Node, Value, decode, duplicate, quoted, too_deep
from gates.core.patterns import lazy

MAX_ALIASED = 100_000  # nodes that aliases may add to a document: a page of aliases to aliases can stand for billions

# YAML 1.1, which the parser speaks, ends a line at NEL, LS and PS; YAML 1.2 does not. A file with one reads differently by tool.
_FORBIDDEN = lazy("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_LINE_END = lazy(r"\r\n|\r|\n")
# The parser compares each %TAG with all before it; a megabyte of them would keep it busy for minutes, and tags are refused anyway.
_TAG_DIRECTIVE = lazy(r"^%TAG", re.MULTILINE)

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# A leading zero is octal to YAML 1.1 and decimal to 1.2: unless asked for, such a number stays text, and who wants a number refuses it.
_INTEGER = lazy(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = lazy(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = lazy(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZEROS = lazy(r"\A([-+]?)0+(?=[0-9])")
_INFINITE = lazy(r"([-+]?)\.(?:inf|Inf|INF)")
_NOT_A_NUMBER = frozenset((".nan", ".NaN", ".NAN"))
_MAYBE_NUMBER = frozenset("+-.0123456789")
_STANDARD = "tag:yaml.org,2002:"  # what !! stands for
_TYPES = {"bool": bool, "int": int, "float": float, "null": type(None)}


class Dialect(NamedTuple):
    """What a reader of `gates.core.documents` asks for beyond the narrow YAML of this module."""

    local_tags: bool
    core_numbers: bool
    repeated_merges: bool


def read(data: bytes, path: str, max_bytes: int, dialect: Dialect) -> list[Node]:
    text = decode(data, path, max_bytes)
    _refuse_characters(text, path)
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        next_event = cast("Callable[[], Event]", loader(text).get_event)  # nothing only behind the end of the stream
        return _Documents(next_event, path, dialect).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DocumentError(_reason(error.problem or error.context), path, mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        raise DocumentError(_reason(None), path) from None


def _reason(problem: str | None) -> str:
    return f"not valid YAML: {problem}" if problem else "not valid YAML"


def _refuse_characters(text: str, path: str) -> None:
    for pattern, problem in (
        (_FORBIDDEN, "a control character or an exotic line break that tools read differently; remove it"),
        (_TAG_DIRECTIVE, "%TAG is not supported; remove it"),
    ):
        if found := pattern.search(text):
            raise DocumentError(f"not valid YAML: {problem}", path, len(_LINE_END.findall(text, 0, found.start())) + 1)


class _Anchored(NamedTuple):
    """A finished node with what an alias to it costs: how many nodes it stands for, and how many collections nest."""

    node: Node
    size: int
    height: int


class _Documents:
    """Builds nodes out of events. Recursion is bounded: depth is checked before a collection is entered."""

    def __init__(self, next_event: Callable[[], Event], path: str, dialect: Dialect) -> None:
        self._next = next_event  # half the price of the events of yaml.parse
        self._path = path
        self._dialect = dialect
        self._anchors: dict[str, _Anchored] = {}
        self._aliased = 0
        self._built = 0  # nodes so far, those that aliases stand for included
        self._deepest = 0  # of the collections in the one that is being built

    def read(self) -> list[Node]:
        documents = []
        while not isinstance(event := self._next(), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                self._anchors.clear()
                self._aliased = 0
                documents.append(self._node(self._next(), 1, 0, 0))
        return documents

    def _node(self, event: Event, depth: int, key_line: int, key_column: int) -> Node:
        line, column = _place(event)
        if isinstance(event, AliasEvent):
            anchored = self._alias(event.anchor or "", line, depth)
            return Node(anchored.node.value, line, column, key_line, key_column, anchored.node.tag)
        assert isinstance(event, NodeEvent)  # noqa: S101 - for the type checker: the grammar has nothing else here
        tag = self._tag(event, line)
        before = self._built
        height = 0
        value: Value
        if isinstance(event, ScalarEvent):
            value = self._scalar(event, line)
            if tag.startswith(_STANDARD):
                value = self._as_tagged(value, event, tag, line)
                tag = ""
        else:
            if depth > MAX_DEPTH:
                raise too_deep(self._path, line)
            if event.anchor:
                self._anchors.pop(event.anchor, None)  # an alias inside its own anchor must not find an older one of that name
            outside, self._deepest = self._deepest, depth
            value = self._sequence(depth) if isinstance(event, SequenceStartEvent) else self._mapping(depth)
            height = self._deepest - depth + 1
            self._deepest = max(outside, self._deepest)
        self._built += 1
        if tag.startswith(_STANDARD):
            if tag.removeprefix(_STANDARD) != ("map" if isinstance(value, dict) else "seq"):
                raise self._not_supported(tag, line)
            tag = ""
        node = Node(value, line, column, key_line, key_column, tag)
        if event.anchor:
            self._anchors[event.anchor] = _Anchored(node, self._built - before, height)
        return node

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            items.append(self._node(event, depth + 1, 0, 0))
        return items

    def _mapping(self, depth: int) -> dict[str, Node]:
        table: dict[str, Node] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            line, column = _place(event)
            key = self._key(event, line)
            if key == "<<" and key in table and self._dialect.repeated_merges:
                key = f"<<\0{len(table)}"
            if key in table:
                raise duplicate(key, table[key], self._path, line)
            table[key] = self._node(self._next(), depth + 1, line, column)
        return table

    def _key(self, event: Event, line: int) -> str:
        if not isinstance(event, ScalarEvent) or event.tag or event.anchor:
            raise DocumentError("a key must be plain text, without a tag, an anchor or an alias", self._path, line)
        key: str = event.value
        if not key and not event.style:
            raise DocumentError("a key is empty", self._path, line)
        return key

    def _alias(self, name: str, line: int, depth: int) -> _Anchored:
        anchored = self._anchors.get(name)
        if anchored is None:
            raise DocumentError(f"the alias {quoted('*' + name)} names no finished anchor before it", self._path, line)
        self._aliased += anchored.size
        if self._aliased > MAX_ALIASED:
            raise DocumentError(f"aliases stand for more than {MAX_ALIASED} values; write them out", self._path, line)
        if depth + anchored.height - 1 > MAX_DEPTH:
            raise too_deep(self._path, line)
        self._built += anchored.size
        self._deepest = max(self._deepest, depth + anchored.height - 1)
        return anchored

    def _tag(self, event: NodeEvent, line: int) -> str:
        tag: str | None = getattr(event, "tag", None)
        if not tag:
            return ""
        if self._dialect.local_tags and ((tag.startswith("!") and tag != "!") or tag.startswith(_STANDARD)):
            return tag
        raise self._not_supported(tag, line)

    def _not_supported(self, tag: str, line: int) -> DocumentError:
        return DocumentError(f"the tag {quoted(tag)} is not supported; remove it", self._path, line)

    def _as_tagged(self, value: Value, event: ScalarEvent, tag: str, line: int) -> Value:
        """Text for !!str; of the others only what has that type without its tag."""
        name = tag.removeprefix(_STANDARD)
        if name == "str":
            return str(event.value)
        if event.style or name not in _TYPES or type(value) is not _TYPES[name]:
            raise self._not_supported(tag, line)
        return value

    def _scalar(self, event: ScalarEvent, line: int) -> Value:
        text: str = event.value
        if event.style:
            return text
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        if text[0] not in _MAYBE_NUMBER:
            return text
        number = _LEADING_ZEROS.sub(r"\1", text) if self._dialect.core_numbers else text
        if self._dialect.core_numbers and text in _NOT_A_NUMBER:
            return math.nan
        if self._dialect.core_numbers and (found := _INFINITE.fullmatch(text)):
            return -math.inf if found[1] == "-" else math.inf
        if _INTEGER.fullmatch(number):
            try:
                return int(number)
            except ValueError:  # Python refuses to convert thousands of digits
                raise DocumentError("a number is out of range", self._path, line) from None
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(number):
            value = float(number)
            if math.isinf(value):
                raise DocumentError("a number is out of range", self._path, line)
            return value
        return text


def _place(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)
