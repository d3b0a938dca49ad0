"""What an instruction's text consists of: pairs of ENV, LABEL and ARG, operands of the others, places of both in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate, chain
from typing import NamedTuple

from gates.container.dockerfile import lexing
from gates.container.dockerfile.expansion import expansion
from gates.container.dockerfile.instruction import Instruction
from gates.container.dockerfile.variables import Known, Scope

PAIRED = ("ARG", "ENV", "LABEL")
LISTED = ("ADD", "COPY", "EXPOSE", "FROM", "VOLUME")

_GAP = re.compile(r"[\t\v\f\r ]+")
_FIRST_WORD = re.compile(r"([^\t\n\v\f\r ]*)[\t\n\v\f\r ]*(.*)", re.DOTALL)
_FIELD = re.compile(r"""(?:"((?:[^"]|"")*)"|([^",]*))(?=,|\Z)""")


class Pair(NamedTuple):
    """`text` is the value as written, None for an ARG without one; `value` has quotes removed and variables expanded, None where there
    is no text or a variable in it has no value. Line and column are those of the pair in the file; `problem` says why BuildKit refuses it.
    """

    name: str
    value: str | None
    text: str | None
    line: int
    column: int
    problem: str = ""


class WrittenPair(NamedTuple):
    name: str
    text: str | None
    at: int  # in the instruction's value


class Written(NamedTuple):
    """`problem` says why BuildKit refuses the text; the pairs are those that it has all the same."""

    pairs: tuple[WrittenPair, ...]
    problem: str = ""


def written(instruction: Instruction, escape: str) -> Written:
    """The pairs of ENV, LABEL or ARG as they stand there."""
    keyword, text = instruction.keyword, instruction.value
    words = list(lexing.words(text, escape))
    if keyword == "ARG":
        return Written(tuple(WrittenPair(*_cut(word.text), word.at) for word in words))
    if not words:
        return Written((), f"{keyword} has no name and no value")
    if "=" not in words[0].text:
        # the old form: everything after the name is the value
        name, *rest = _GAP.split(text, maxsplit=1)
        if not rest:
            return Written((), f"{keyword} {name} has no value")
        return Written((WrittenPair(name, rest[0], 0),))
    found = tuple(WrittenPair(*_cut(word.text), word.at) for word in words if "=" in word.text)
    return Written(found, "" if len(found) == len(words) else f"{keyword} has a word without =")


def pairs(instruction: Instruction, variables: Known, escape: str) -> tuple[Pair, ...]:
    """Those of ENV, LABEL and ARG, in order, with the variables known before the instruction. The pairs of one ARG see those before
    them, as BuildKit has it; those of one ENV or LABEL do not.
    """
    is_arg = instruction.keyword == "ARG"
    scope = Scope(variables)
    places = Places(instruction)
    found: list[Pair] = []
    for name, text, at in written(instruction, escape).pairs:
        value = expansion("" if text is None else text, scope.now(), escape)
        called = expansion("" if is_arg else name, scope.now(), escape)
        pair = Pair(
            name if is_arg or called.text is None else called.text,
            None if text is None else value.text,
            text,
            *places.place(at),
            value.problem or called.problem,
        )
        if is_arg and text is not None:
            scope.set(name, pair.value)
        found.append(pair)
    return tuple(found)


def operands(instruction: Instruction) -> tuple[str, ...]:
    """The words of ADD, COPY, EXPOSE, FROM and VOLUME as written; the whole text of the others, as one."""
    if instruction.words is not None:
        return instruction.words
    if instruction.keyword in LISTED:
        return tuple(_GAP.split(instruction.value)) if instruction.value else ()
    return (instruction.value,) if instruction.value else ()


def health(instruction: Instruction) -> tuple[str, str]:
    """HEALTHCHECK's CMD or NONE, and what follows it."""
    match = _FIRST_WORD.match(instruction.value)
    return (match[1], match[2]) if match else ("", "")


def fields(flag: str) -> tuple[str, ...] | None:
    """The parts of a `--mount`, which commas separate and double quotes hold together (RFC 4180); None where BuildKit refuses them."""
    if '"' not in flag:
        return tuple(flag.split(",")) if flag else None
    found: list[str] = []
    at = 0
    while True:
        match = _FIELD.match(flag, at)
        if not match:
            return None
        found.append(match[1].replace('""', '"') if match[1] is not None else match[2])
        if match.end() == len(flag):
            return tuple(found)
        at = match.end() + 1


def place(instruction: Instruction, at: int) -> tuple[int, int]:
    """Line and column of a place in the instruction's value."""
    line, column = instruction.line, instruction.column
    parts = [part.removesuffix("\\") for part in instruction.source.split("\n")[:-1]]
    parts.append(instruction.source.rpartition("\n")[2])
    whole = "".join(parts)
    left = at + len(whole) - len(whole.lstrip(lexing.SPACES))
    for number, part in enumerate(parts):
        if left < len(part) or number == len(parts) - 1:
            return line + number, left + (column if number == 0 else 1)
        left -= len(part)
    return line, column


class Places:
    """Where in the file the characters of an instruction's value stand."""

    def __init__(self, instruction: Instruction) -> None:
        self._line = instruction.line
        self._column = instruction.column
        parts = instruction.source.split("\n")
        parts[:-1] = [part.removesuffix("\\") for part in parts[:-1]]
        self._begin = next((at for at, char in enumerate(chain.from_iterable(parts)) if char not in lexing.SPACES), 0)
        self._starts = list(accumulate(map(len, parts), initial=0))[:-1]

    def place(self, at: int) -> tuple[int, int]:
        """Line and column of the character number `at`, from 0."""
        offset = at + self._begin
        # of several lines that begin there all but the last are empty
        number = bisect_right(self._starts, offset) - 1
        return self._line + number, offset - self._starts[number] + (1 if number else self._column)


def _cut(word: str) -> tuple[str, str | None]:
    name, equals, text = word.partition("=")
    return name, text if equals else None
