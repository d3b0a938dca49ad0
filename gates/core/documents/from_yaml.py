"""YAML, from the parser's events: PyYAML's own composer crashes the interpreter on deep nesting and lets later duplicates win."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

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
# A leading zero is octal to YAML 1.1 and decimal to 1.2: such a number stays text, and a reader that wants a number refuses it.
_INTEGER = lazy(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = lazy(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = lazy(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_MAYBE_NUMBER = frozenset("+-.0123456789")


def read(data: bytes, path: str, max_bytes: int, local_tags: bool, repeated_merges: bool = False) -> list[Node]:
    text = decode(data, path, max_bytes)
    _refuse_characters(text, path)
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        return _Documents(yaml.parse(text, Loader=loader), path, local_tags, repeated_merges).read()
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


class _Built(NamedTuple):
    """A finished node with what an alias to it costs: how many nodes it stands for, and how many collections nest."""

    node: Node
    size: int
    height: int


class _Documents:
    """Builds nodes out of events. Recursion is bounded: depth is checked before a collection is entered."""

    def __init__(self, events: Iterator[Event], path: str, local_tags: bool, repeated_merges: bool) -> None:
        self._events = events
        self._path = path
        self._local_tags = local_tags
        self._repeated_merges = repeated_merges
        self._anchors: dict[str, _Built] = {}
        self._aliased = 0

    def read(self) -> list[Node]:
        documents = []
        while not isinstance(event := next(self._events), StreamEndEvent):
            if isinstance(event, DocumentStartEvent):
                self._anchors.clear()
                self._aliased = 0
                documents.append(self._node(next(self._events), 1).node)
        return documents

    def _node(self, event: Event, depth: int) -> _Built:
        line, column = _place(event)
        if isinstance(event, AliasEvent):
            return self._alias(event.anchor or "", line, column, depth)
        assert isinstance(event, NodeEvent)  # noqa: S101 - for the type checker: the grammar has nothing else here
        tag = self._tag(event, line)
        if isinstance(event, ScalarEvent):
            built = _Built(Node(self._scalar(event, line), line, column, tag=tag), 1, 0)
        else:
            if depth > MAX_DEPTH:
                raise too_deep(self._path, line)
            if event.anchor:
                self._anchors.pop(event.anchor, None)  # an alias inside its own anchor must not find an older one of that name
            inside = self._sequence(depth) if isinstance(event, SequenceStartEvent) else self._mapping(depth)
            built = _Built(inside.node._replace(line=line, column=column, tag=tag), inside.size + 1, inside.height + 1)
        if event.anchor:
            self._anchors[event.anchor] = built
        return built

    def _sequence(self, depth: int) -> _Built:
        items: list[Node] = []
        size = height = 0
        while not isinstance(event := next(self._events), SequenceEndEvent):
            item = self._node(event, depth + 1)
            items.append(item.node)
            size, height = size + item.size, max(height, item.height)
        return _Built(Node(items, 0, 0), size, height)

    def _mapping(self, depth: int) -> _Built:
        table: dict[str, Node] = {}
        size = height = 0
        while not isinstance(event := next(self._events), MappingEndEvent):
            line, column = _place(event)
            key = self._key(event, line)
            if key == "<<" and key in table and self._repeated_merges:
                key = f"<<\0{len(table)}"
            if key in table:
                raise duplicate(key, table[key], self._path, line)
            item = self._node(next(self._events), depth + 1)
            table[key] = item.node._replace(key_line=line, key_column=column)
            size, height = size + item.size, max(height, item.height)
        return _Built(Node(table, 0, 0), size, height)

    def _key(self, event: Event, line: int) -> str:
        if not isinstance(event, ScalarEvent) or event.tag or event.anchor:
            raise DocumentError("a key must be plain text, without a tag, an anchor or an alias", self._path, line)
        key: str = event.value
        if not key and not event.style:
            raise DocumentError("a key is empty", self._path, line)
        return key

    def _alias(self, name: str, line: int, column: int, depth: int) -> _Built:
        built = self._anchors.get(name)
        if built is None:
            raise DocumentError(f"the alias {quoted('*' + name)} names no finished anchor before it", self._path, line)
        self._aliased += built.size
        if self._aliased > MAX_ALIASED:
            raise DocumentError(f"aliases stand for more than {MAX_ALIASED} values; write them out", self._path, line)
        if depth + built.height - 1 > MAX_DEPTH:
            raise too_deep(self._path, line)
        node = built.node
        return _Built(Node(node.value, line, column, tag=node.tag), built.size, built.height)

    def _tag(self, event: NodeEvent, line: int) -> str:
        tag: str | None = getattr(event, "tag", None)
        if not tag:
            return ""
        if self._local_tags and tag.startswith("!") and tag != "!":
            return tag
        raise DocumentError(f"the tag {quoted(tag)} is not supported; remove it", self._path, line)

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
        if _INTEGER.fullmatch(text):
            try:
                return int(text)
            except ValueError:  # Python refuses to convert thousands of digits
                raise DocumentError("a number is out of range", self._path, line) from None
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if math.isinf(number):
                raise DocumentError("a number is out of range", self._path, line)
            return number
        return text


def _place(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)
