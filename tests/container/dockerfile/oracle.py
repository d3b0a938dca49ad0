"""BuildKit's own parser, of the package `dockerfile` (BuildKit 0.12.5), beside ours."""

from __future__ import annotations

import importlib
import os
import types
from typing import Any, NamedTuple

import pytest

from gates.container.dockerfile import checking, lexing, reading, values
from gates.container.dockerfile.instruction import Instruction


class Command(NamedTuple):
    """`values` in the form of BuildKit's tree: names and values of ENV and LABEL, words of lists and arrays, one text else.

    The package does not tell flags and here-documents of what ONBUILD holds.
    """

    keyword: str
    trigger: str
    start: int
    end: int
    is_json: bool
    flags: tuple[str, ...]
    values: tuple[str, ...]
    heredocs: tuple[tuple[str, str], ...]


def need() -> types.ModuleType:
    """Without it the test is skipped, or fails where every tool must be there."""
    try:
        return importlib.import_module("dockerfile")
    except ImportError:
        if os.environ.get("GATES_REQUIRE_TOOLS"):
            pytest.fail("the package dockerfile is not installed")
        pytest.skip("the package dockerfile is not installed")


def theirs(parser: Any, text: str) -> list[Command] | None:
    """None where their parser refuses the text. What it refuses of an instruction's meaning, it does not tell."""
    try:
        found = parser.parse_string(text)
    except parser.GoParseError:
        return None
    return [
        Command(
            _lower(each.cmd or ""),
            _lower(each.sub_cmd or ""),
            each.start_line,
            each.end_line,
            each.json,
            tuple(_flag(flag) for flag in each.flags),
            each.value,
            tuple((one.name, one.content) for one in each.heredocs),
        )
        for each in found
    ]


def _flag(written: str) -> str:
    """An empty value counts as none; BuildKit takes the bytes of a flag for characters."""
    name, _, value = written.encode("latin-1").decode().partition("=")
    return f"{name}={value}" if value else name


def ours(text: str) -> list[Command]:
    syntax = reading.read(text.encode(), "Dockerfile")
    found = []
    for instruction in syntax.instructions:
        holder = instruction.trigger or instruction
        found.append(
            Command(
                _lower(instruction.keyword),
                _lower(instruction.trigger.keyword if instruction.trigger else ""),
                instruction.line,
                instruction.end_line,
                holder.words is not None,
                tuple(f"--{flag.name}" + (f"={flag.value}" if flag.value else "") for flag in instruction.flags),
                tuple(_values(holder, syntax.escape)),
                () if instruction.trigger else tuple((one.name, one.body) for one in instruction.heredocs),
            )
        )
    return found


def _values(instruction: Instruction, escape: str) -> list[str]:
    match instruction.keyword:
        case "ONBUILD" if not instruction.trigger:
            return [""] if instruction.value else []
        case "HEALTHCHECK" if instruction.value:
            kind, rest = values.health(instruction)
            return [kind, *(instruction.words if instruction.words is not None else [rest] if rest else [])]
        case "ENV" | "LABEL":
            return [text or "" for pair in values.written(instruction, escape).pairs for text in (pair.name, pair.text)]
        case "ARG":
            return [word.text for word in lexing.words(instruction.value, escape)]
        case keyword if keyword in checking.FLAGS:
            return list(values.operands(instruction))
    return [""]


def _lower(word: str) -> str:
    return word.lower() if word.isascii() else word
