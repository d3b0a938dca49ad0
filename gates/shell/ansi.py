"""The escapes of $'…' (https://www.gnu.org/software/bash/manual/bash.html#ANSI_002dC-Quoting)."""

from __future__ import annotations

import re
from typing import Final

from gates.core.patterns import lazy

_ESCAPE = lazy(
    r"\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<short>[0-9A-Fa-f]{1,4})|U(?P<long>[0-9A-Fa-f]{1,8})"
    r"|c(?P<control>.)|(?P<letter>[abeEfnrtv\\'\"?]))",
    re.DOTALL,
)
_LETTERS: Final = {"a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


def unescaped(text: str) -> str:
    """Ends at a NUL, as a word does; bytes that are no UTF-8 become U+FFFD."""
    found = _ESCAPE.sub(_character, text)
    # \xHH are bytes: several of them may be one character
    data = found.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return data.partition("\x00")[0]


def _character(found: re.Match[str]) -> str:
    digits, base = (found["octal"], 8) if found["octal"] else (found["hex"], 16)
    if digits:
        return _byte(int(digits, base) & 0xFF)
    if found["short"] or found["long"]:
        point = int(found["short"] or found["long"], 16)
        return chr(point) if point <= 0x10FFFF and not 0xD800 <= point < 0xE000 else "\ufffd"
    if found["control"]:
        return chr(ord(found["control"].upper()) & 0x1F ^ (0x60 if found["control"] == "?" else 0))
    return chr(_LETTERS.get(found["letter"], ord(found["letter"])))


def _byte(value: int) -> str:
    return chr(value) if value < 0x80 else bytes((value,)).decode("utf-8", "surrogateescape")
