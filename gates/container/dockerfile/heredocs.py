"""Which here-documents an instruction asks for (https://docs.docker.com/reference/dockerfile/#here-documents)."""

from __future__ import annotations

import re
from typing import NamedTuple

from gates.container.dockerfile.expansion import Malformed, Manner, TooDeep, shell_words
from gates.container.dockerfile.instruction import Heredoc, Instruction

KEYWORDS = ("RUN", "COPY", "ADD")

_WORD = re.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)\Z")
# BuildKit reads these words with a backslash, whatever the file's escape character
_RAW = Manner({}, "\\", keep_quotes=True, keep_escapes=True, keep_unset=True)
_QUOTED = Manner({}, "\\", keep_quotes=True, keep_unset=True)
_BARE = Manner({}, "\\", keep_unset=True)


class Wanted(NamedTuple):
    name: str
    expands: bool
    strips_tabs: bool


def wanted(text: str) -> list[Wanted]:
    """In the order of their bodies. A text whose quotes do not match asks for none. Raises Malformed where BuildKit refuses a name
    or the text cannot be judged.
    """
    if "<<" not in text:
        return []
    try:
        words = shell_words(text, _RAW)
    except TooDeep:
        raise
    except Malformed:
        return []
    return [found for word in words if (found := one(word))]


def script(instruction: Instruction) -> Heredoc | None:
    """The here-document that is all there is of a RUN: the stage's shell runs its body, or the program that it names after `#!`. None
    where the text is a command; a shell reads the here-documents of it.
    """
    if instruction.keyword != "RUN" or len(instruction.heredocs) != 1 or not one(instruction.value):
        return None
    return instruction.heredocs[0]


def one(word: str) -> Wanted | None:
    """None where the word is no here-document's beginning. Raises Malformed."""
    match = _WORD.match(word)
    if not match or not match[3]:
        return None
    bare = shell_words(match[3], _BARE)
    if len(bare) != 1:
        return None
    quoted = shell_words(match[3], _QUOTED)
    if len(quoted) != 1:
        raise Malformed("the name of a here-document is ambiguous")
    expands = _quotes(bare[0]) == _quotes(quoted[0])
    return Wanted(bare[0], expands, bool(match[2]))


def _quotes(text: str) -> int:
    return text.count("'") + text.count('"')
