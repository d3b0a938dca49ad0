"""The functions that an expression may call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from gates.core.documents import DocumentError, Node, read_json
from gates.core.patterns import lazy
from gates.github import scalars
from gates.github.expressions.values import MAX_TEXT, UNKNOWN, Open, Unknown, Value, folded, joined, same, truthy, written

_MANY = 255
STATUS_FUNCTIONS: Final = frozenset(("always", "cancelled", "failure", "success"))
ARITIES: Final = {
    "always": (0, 0),
    "cancelled": (0, 0),
    "case": (3, _MANY),
    "contains": (2, 2),
    "endswith": (2, 2),
    "failure": (0, _MANY),
    "format": (1, _MANY),
    "fromjson": (1, 1),
    "hashfiles": (1, _MANY),
    "join": (1, 2),
    "startswith": (2, 2),
    "success": (0, _MANY),
    "tojson": (1, 1),
}

_FORMAT = lazy(r"\{\{|\}\}|\{([0-9]{1,3})\}|[{}]|[^{}]+")


def call(name: str, arguments: Sequence[Value]) -> Value:
    """UNKNOWN also for what ends a run with an error: a bad format, text that is no JSON."""
    match name:
        case "always":
            return True
        case "case":
            return _case(arguments)
        case "contains":
            return _contains(*arguments)
        case "startswith" | "endswith":
            return _edge(name, *arguments)
        case "format":
            return _format(arguments)
        case "fromjson":
            return _from_json(arguments[0])
        case "join":
            return _join(*arguments)
        case "tojson":
            return _to_json(arguments[0])
    return UNKNOWN


def _case(arguments: Sequence[Value]) -> Value:
    """Pairs of a condition and a value, and a default behind them."""
    for condition, value in zip(arguments[:-1:2], arguments[1::2], strict=False):
        if (holds := truthy(condition)) is not False:
            return value if holds else UNKNOWN
    return arguments[-1]


def _contains(searched: Value, item: Value) -> Value:
    if isinstance(searched, list):
        found = [same(member, item) for member in searched]
        return True if True in found else UNKNOWN if None in found else False
    if isinstance(searched, Unknown) or isinstance(item, Unknown):
        return UNKNOWN
    if isinstance(searched, dict | Open) or isinstance(item, list | dict | Open):
        return False
    return folded(scalars.text(item)) in folded(scalars.text(searched))


def _edge(name: str, searched: Value, affix: Value) -> Value:
    if isinstance(searched, Unknown) or isinstance(affix, Unknown):
        return UNKNOWN
    if isinstance(searched, list | dict | Open) or isinstance(affix, list | dict | Open):
        return False
    whole, part = folded(scalars.text(searched)), folded(scalars.text(affix))
    return whole.startswith(part) if name == "startswith" else whole.endswith(part)


def _format(arguments: Sequence[Value]) -> Value:
    pattern = written(arguments[0])
    if isinstance(pattern, Unknown):
        return UNKNOWN
    parts: list[str | Unknown] = []
    for found in _FORMAT.finditer(pattern):
        if found[1]:
            if int(found[1]) + 1 >= len(arguments):
                return UNKNOWN
            parts.append(written(arguments[int(found[1]) + 1]))
        elif found[0] in ("{", "}"):
            return UNKNOWN
        else:
            parts.append(found[0][0] if found[0] in ("{{", "}}") else found[0])
    return joined(parts)


def _join(members: Value, separator: Value = ",") -> Value:
    if not isinstance(members, list):
        return UNKNOWN if isinstance(members, Open) else written(members)
    between = written(separator)
    parts: list[str | Unknown] = []
    for member in members:
        parts += [written(member), between]
    return joined(parts[:-1])


def _from_json(source: Value) -> Value:
    text = written(source)
    if isinstance(text, Unknown):
        return UNKNOWN._replace(event_data=text.event_data)
    try:
        return _value(read_json(text.encode("utf-8", "replace"), ""))
    except DocumentError:
        return UNKNOWN


def _value(node: Node) -> Value:
    if isinstance(node.value, dict):
        return {key: _value(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [_value(item) for item in node.value]
    return node.value if isinstance(node.value, str | int | float | None) else UNKNOWN


def _to_json(value: Value) -> Value:
    if not _complete(value):
        return UNKNOWN
    if isinstance(value, float):
        return scalars.text(value)
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= MAX_TEXT else UNKNOWN


def _complete(value: Value) -> bool:
    """Floats inside a list or an object are left to a run: JSON writes them in more ways than one."""
    if isinstance(value, list | dict):
        members = value.values() if isinstance(value, dict) else value
        return all(_complete(member) and not isinstance(member, float) for member in members)
    return not isinstance(value, Open | Unknown)
