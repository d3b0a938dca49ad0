"""The values of expressions, and GitHub's coercions between them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from gates.core.patterns import lazy
from gates.github import scalars

MAX_TEXT = 1 << 16  # characters that an expression may put together; beyond it the result counts as unknown

_DECIMAL = lazy(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_BASED = lazy(r"0x[0-9a-fA-F]+|0o[0-7]+")


class Unknown(NamedTuple):
    """A value that only a run can tell. `literals` is what is known of its text: the parts around what is not, one more than there
    are holes; `truth` what is known of its truth; `choices` all texts that it can be, where those are known.
    """

    literals: tuple[str, ...] = ("", "")
    event_data: bool = False  # it comes from `github.*`, so it can be another with every event
    truth: bool | None = None
    choices: tuple[str, ...] = ()


class Open(NamedTuple):
    """An object that has more properties than the known ones."""

    properties: dict[str, Value]
    event_data: bool = False


Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | Open | Unknown | None"

UNKNOWN: Final = Unknown()


def truthy(value: Value) -> bool | None:
    if isinstance(value, Unknown):
        return True if any(value.literals) else value.truth
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return True if isinstance(value, list | dict | Open) else bool(value)


def same(left: Value, right: Value) -> bool | None:
    """The operator ==: text whatever its case, values of different kinds as numbers, lists and objects only if they are one."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return False if _differ(left, right) or _differ(right, left) else None
    if isinstance(left, str) and isinstance(right, str):
        return left == right or folded(left) == folded(right)
    if isinstance(left, list | dict | Open) or isinstance(right, list | dict | Open):
        return left is right
    return number(left) == number(right)


def _differ(left: Value, right: Value) -> bool:
    """Whether an unknown on the left cannot be what is on the right: nothing that counts as true equals the empty text."""
    if not isinstance(left, Unknown) or isinstance(right, Unknown):
        return False
    if left.choices:
        return not any(same(choice, right) for choice in left.choices)
    return right == "" and truthy(left) is True


def less(left: Value, right: Value) -> bool | None:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if isinstance(left, str) and isinstance(right, str):
        return folded(left) < folded(right)
    return number(left) < number(right)


def folded(text: str) -> str:
    """For comparing: character by character, so that ß is not SS."""
    if text.isascii():
        return text.upper()
    return "".join(upper if len(upper := character.upper()) == 1 else character for character in text)


def number(value: Value) -> float:
    """NaN for what is no number."""
    if value is None:
        return 0.0
    if isinstance(value, str):
        return _parsed(value.strip())
    if isinstance(value, bool | int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return math.nan


def _parsed(text: str) -> float:
    if not text:
        return 0.0
    if len(text) <= MAX_TEXT and _DECIMAL.fullmatch(text):
        return float(text)
    if len(text) <= 18 and _BASED.fullmatch(text):
        return float(int(text, 0))
    return math.nan


def written(value: Value) -> str | Unknown:
    """As text. A list or an object is written as what it is."""
    if isinstance(value, str | Unknown):
        return value
    if isinstance(value, list):
        return "Array"
    return "Object" if isinstance(value, dict | Open) else scalars.text(value)


def joined(parts: Iterable[str | Unknown]) -> str | Unknown:
    """One text after the other; holes with nothing between them become one."""
    pieces: list[str | None] = []  # None: a hole
    event_data = False
    length = 0
    for part in parts:
        for index, literal in enumerate((part,) if isinstance(part, str) else part.literals):
            pieces += [None, literal] if index else [literal]
            length += len(literal) + 1
        event_data = event_data or (isinstance(part, Unknown) and part.event_data)
        if length > MAX_TEXT:
            return Unknown(event_data=event_data)
    literals: list[str] = []
    run: list[str] = []
    for piece in pieces:
        if piece is not None:
            run.append(piece)
            continue
        if any(run) or not literals:
            literals.append("".join(run))
        run = []
    literals.append("".join(run))
    return literals[0] if len(literals) == 1 and None not in pieces else Unknown(tuple(literals), event_data)
