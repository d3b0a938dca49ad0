"""What .dockerignore keeps out of a build (https://docs.docker.com/build/concepts/context/#dockerignore-files;
https://github.com/moby/patternmatcher).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gates.core.documents.node import decode

MAX_BYTES = 1 << 20
_WIDEST = 1000  # characters of a pattern that is compared


class Pattern(NamedTuple):
    text: str
    excludes: bool  # False behind `!`
    line: int


class Ignore(NamedTuple):
    path: str
    patterns: tuple[Pattern, ...]

    def excludes(self, path: str) -> bool:
        """Of a file below the context; the last pattern that fits it, or a folder it is in, says so."""
        parents = [path]
        while folder := posixpath.dirname(parents[-1]):
            parents.append(folder)
        found = False
        for pattern in self.patterns:
            if pattern.excludes != found and any(fits(pattern.text, each) for each in parents):
                found = pattern.excludes
        return found


def load(dockerfile: str, context: str, read: Callable[[str], bytes | None]) -> Ignore | None:
    """The file of the Dockerfile's own name counts before that of the context; None where there is neither. Raises DocumentError."""
    for path in (f"{dockerfile}.dockerignore", posixpath.join(context, ".dockerignore")):
        data = read(path)
        if data is not None:
            return parse(data, path)
    return None


def parse(data: bytes, path: str) -> Ignore:
    """Raises DocumentError for what is no text or too big."""
    found: list[Pattern] = []
    for number, line in enumerate(decode(data, path, MAX_BYTES).split("\n"), 1):
        if line.startswith("#"):
            continue
        text = line.strip()
        if not text:
            continue
        excludes = not text.startswith("!")
        text = text if excludes else text[1:].strip()
        if text:
            cleaned = posixpath.normpath(text)
            found.append(Pattern(cleaned.lstrip("/") if len(cleaned) > 1 else cleaned, excludes, number))
    return Ignore(path, tuple(found))


def lacking(ignore: Ignore | None, wanted: Sequence[str]) -> list[str]:
    return [path for path in wanted if ignore is None or not ignore.excludes(path)]


def fits(pattern: str, path: str) -> bool:
    """By the rules of docker for patterns, which COPY has too."""
    if len(pattern) > _WIDEST or pattern.count("**") > 8:
        return False  # nobody writes that; what it would keep out is told as if it did not
    expression = _expression(pattern)
    return expression is not None and expression.fullmatch(path) is not None


def _expression(pattern: str) -> re.Pattern[str] | None:
    """None for a pattern that docker refuses."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            if pattern[at : at + 1] != "*":
                parts.append("[^/]*")
                continue
            at += 1
            if pattern[at : at + 1] == "/":
                at += 1
            parts.append(".*" if at >= len(pattern) else "(?:.*/)?")
        elif char == "?":
            parts.append("[^/]")
        elif char == "[":
            end = pattern.find("]", at + 1)
            if end < 0:
                return None
            inside = pattern[at:end]
            negated = inside.startswith("^")
            parts.append(f"[{'^' if negated else ''}{_class(inside[1:] if negated else inside)}]")
            at = end + 1
        elif char == "\\" and at < len(pattern):
            parts.append(re.escape(pattern[at]))
            at += 1
        else:
            parts.append(re.escape(char))
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:
        return None


def _class(text: str) -> str:
    """A dash between two characters makes a range; elsewhere it is one."""
    parts = []
    for at, char in enumerate(text):
        inner = 0 < at < len(text) - 1 and "-" not in (text[at - 1], text[at + 1])
        parts.append(char if char == "-" and inner else re.escape(char))
    return "".join(parts)
