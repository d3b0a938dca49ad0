"""A Dockerfile's bytes in instructions, as BuildKit's parser has them
(https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gates.container.dockerfile import checking, heredocs, lexing, values
from gates.container.dockerfile.expansion import Malformed
from gates.container.dockerfile.instruction import Flag, Heredoc, Instruction, Problem, Syntax
from gates.core.documents import MAX_BYTES
from gates.core.documents.node import decode, quoted

# those whose arguments may be a JSON array
JSON_KEYWORDS = ("ADD", "CMD", "COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN", "SHELL", "VOLUME")


class Parsed(NamedTuple):
    instruction: Instruction
    flags: tuple[str, ...]  # as written
    problem: str = ""


def read(data: bytes, path: str, *, max_bytes: int = MAX_BYTES) -> Syntax:
    """Raises DocumentError for what is no UTF-8 text or too big; everything else that is wrong is a Problem."""
    lines = decode(data, path, max_bytes).split("\n")
    if not lines[-1]:
        lines.pop()
    head = lexing.head(lines)
    problems = [*head.problems, *_too_long(lines)]
    instructions: list[Instruction] = []
    at = 0
    while found := lexing.logical(lines, at, head.escape):
        parsed = _parsed(found, 0, head.escape)
        bodies, at, unread = _bodies(parsed.instruction, found, lines)
        instruction = _complete(parsed.instruction, bodies, at)
        messages = (parsed.problem, unread, *checking.messages(instruction, parsed.flags, head.escape))
        problems.extend(Problem(found.line, message) for message in messages if message)
        instructions.append(instruction)
    problems.extend(_order(instructions))
    return Syntax(tuple(instructions), head.directives, head.escape, tuple(sorted(set(problems))))


def _too_long(lines: Sequence[str]) -> Iterator[Problem]:
    for number, line in enumerate(lines, 1):
        if len(line) > lexing.MAX_LINE or (len(line) * 4 > lexing.MAX_LINE and len(line.encode()) > lexing.MAX_LINE):
            yield Problem(number, f"the line is longer than {lexing.MAX_LINE} bytes")


def _order(instructions: Sequence[Instruction]) -> Iterator[Problem]:
    for instruction in instructions:
        if instruction.keyword == "FROM":
            return
        if instruction.keyword != "ARG":
            yield Problem(instruction.line, f"{quoted(instruction.keyword)} stands before the first FROM; only ARG may")
            return
    yield Problem(instructions[-1].end_line if instructions else 1, "the file has no FROM")


def _parsed(found: lexing.Logical, start: int, escape: str) -> Parsed:
    """The instruction that begins at `start` of a line."""
    text = found.text.rstrip(lexing.SPACES)
    word, after = lexing.keyword(text, start)
    flags, at = lexing.flags(text, after, escape)
    at = len(text) - len(text[at:].lstrip(lexing.SPACES))
    keyword = word.upper() if word.isascii() else word
    trigger, problem = None, ""
    if keyword == "ONBUILD" and at < len(text) and not start:
        held = _parsed(found, at, escape)
        trigger, problem = held.instruction, held.problem
    source, column = _source(found, at)
    given = tuple(Flag(name, value) for name, _, value in (flag[2:].partition("=") for flag in flags))
    instruction = Instruction(keyword, text[at:], found.line, found.after, given, source=source, column=column, trigger=trigger)
    if keyword in JSON_KEYWORDS:
        words, problem = _words(keyword, values.health(instruction)[1] if keyword == "HEALTHCHECK" else instruction.value)
        instruction = instruction._replace(words=words)
    return Parsed(instruction, tuple(flags), problem)


def _words(keyword: str, value: str) -> tuple[tuple[str, ...] | None, str]:
    """The JSON array that the arguments are, if they are one, and what BuildKit refuses of it."""
    value = value.lstrip(lexing.SPACES)
    if not value.startswith("["):
        return None, ""
    try:
        found = json.loads(value, parse_int=_number, parse_float=_number, parse_constant=_no_constant)
    except ValueError:
        return None, ""  # the shell form
    except RecursionError:
        found = [None]
    if not all(isinstance(word, str) for word in found):
        return None, f"the JSON array of {keyword} holds something else than text"
    # half of a surrogate pair is no text
    return tuple(word.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for word in found), ""


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError
    return number


def _no_constant(text: str) -> None:
    raise ValueError


def _source(found: lexing.Logical, start: int) -> tuple[str, int]:
    """The text from `start` on, in the lines of the file, and the column where its first line begins."""
    parts: list[str] = []
    column = 0
    for part in found.kept:
        cut = min(start, len(part))
        start -= cut
        if not column:
            column = found.column + cut
            parts.append(part[cut:])
        else:
            parts.append(" " * cut + part[cut:] if cut < len(part) else "")
    return "\\\n".join(parts), column


def _bodies(instruction: Instruction, found: lexing.Logical, lines: Sequence[str]) -> tuple[tuple[Heredoc, ...], int, str]:
    """The here-documents, the number of lines read up to their end, and what is wrong with them."""
    holder = instruction.trigger or instruction
    at = found.after
    if holder.keyword not in heredocs.KEYWORDS or holder.words is not None:
        return (), at, ""
    try:
        wanted = heredocs.wanted(found.text)
    except Malformed as error:
        return (), at, str(error)
    bodies: list[Heredoc] = []
    problem = ""
    for one in wanted:
        begin = at
        while at < len(lines):
            line = lines[at].rstrip("\r\n")
            if (line.lstrip("\t") if one.strips_tabs else line) == one.name:
                break
            at += 1
        else:
            problem = problem or f"the here-document {quoted(one.name)} does not end"
        body = "".join(f"{line}\n" for line in lines[begin:at])
        bodies.append(Heredoc(one.name, body, begin + 1, one.expands, one.strips_tabs))
        at = min(at + 1, len(lines))
    return tuple(bodies), at, problem


def _complete(instruction: Instruction, bodies: tuple[Heredoc, ...], end: int) -> Instruction:
    trigger = instruction.trigger and instruction.trigger._replace(heredocs=bodies, end_line=end)
    return instruction._replace(heredocs=bodies, end_line=end, trigger=trigger)
