"""CODEOWNERS as GitHub reads it: who owns a path, and which lines GitHub skips.

Syntax and its exceptions to gitignore's:
https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from gates.core.documents.node import decode
from gates.core.globs import compile_globs, problem
from gates.core.patterns import lazy

PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")  # the first that exists is the one that counts
MAX_BYTES: Final = 3_000_000  # "under 3 MB": the smaller reading, for a larger file is one that GitHub does not load at all

_PATTERN = lazy(r"(?:\\.|\S)++")
_OWNER = lazy(r"@[A-Za-z0-9][A-Za-z0-9_-]*+(?:/[A-Za-z0-9._-]++)?|[^\s@/]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++")
_ESCAPED = lazy(r"\\(.)", re.DOTALL)
# The characters that mean something in a pattern, in the spelling that stands for themselves.
_LITERAL: Final = {"*": "\ue000", "?": "\ue001", "\\": "\ue002"}
_SPELT: Final = str.maketrans(_LITERAL)


class Line(NamedTuple):
    """`owners` is empty where the line takes a path's owners away. `matches` takes a path relative to the repository."""

    number: int
    pattern: str  # as written
    owners: tuple[str, ...]  # "@user", "@org/team" or an address
    matches: Callable[[str], bool]


class Invalid(NamedTuple):
    """A line that GitHub skips."""

    number: int
    text: str
    reason: str


class CodeOwners(NamedTuple):
    path: str
    lines: tuple[Line, ...]  # in the order of the file
    invalid: tuple[Invalid, ...]


def find(read: Callable[[str], bytes | None]) -> tuple[str, bytes] | None:
    """The path and the bytes of the file that GitHub uses; it may be too large to be loaded, which `parse` does not ask."""
    for path in PLACES:
        data = read(path)
        if data is not None:
            return path, data
    return None


def parse(data: bytes, path: str) -> CodeOwners:
    """Raises DocumentError for what is no text."""
    lines: list[Line] = []
    invalid: list[Invalid] = []
    for number, text in enumerate(decode(data, path, len(data)).split("\n"), 1):
        written = text.strip()
        if not written or written.startswith("#"):
            continue
        try:
            lines.append(_line(number, written))
        except ValueError as error:
            invalid.append(Invalid(number, written, str(error)))
    return CodeOwners(path, tuple(lines), tuple(invalid))


def deciding_line(owners: CodeOwners, path: str) -> Line | None:
    """The last line that matches; None where no line does."""
    return next((line for line in reversed(owners.lines) if line.matches(path)), None)


def owners_of(owners: CodeOwners, path: str) -> tuple[str, ...]:
    """Empty where nobody is asked: no line matches, or the last one that does names no owner."""
    line = deciding_line(owners, path)
    return line.owners if line else ()


def _line(number: int, text: str) -> Line:
    found = _PATTERN.match(text)
    pattern = found[0] if found else ""
    owners = []
    for word in text[len(pattern) :].split():
        if word.startswith("#"):
            break
        if not _OWNER.fullmatch(word):
            raise ValueError(f"{word[:60]!r} is no owner; write @user, @organization/team or an address")
        owners.append(word)
    return Line(number, pattern, tuple(owners), _matcher(pattern))


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Raises ValueError with what GitHub does not understand in it."""
    matches = compile_globs(_globs(pattern))
    return lambda path: matches(path.translate(_SPELT))


def _globs(pattern: str) -> tuple[str, ...]:
    """The pattern in terms of `core.globs`, whose matching is linear. Raises ValueError."""
    for wrong, why in (
        (pattern.startswith("!"), "a pattern with ! is not understood; a later line without owners takes them away"),
        ("[" in pattern or "]" in pattern, "a pattern with [ ] is not understood; write one line for each name"),
        (pattern.startswith("\\#"), "a pattern cannot start with #, escaped or not; write ? in its place"),
        ("***" in pattern, "more than two * in a row mean nothing; write * or **"),
    ):
        if wrong:
            raise ValueError(why)
    body = _ESCAPED.sub(lambda found: _LITERAL.get(found[1], found[1]), pattern)
    if "\\" in body:
        raise ValueError("the pattern ends in a backslash that escapes nothing")
    folder = body.endswith("/")
    names = body.removesuffix("/").split("/")
    if len(names) == 1:
        names.insert(0, "**")  # without a slash before its end it stands at any depth
    elif not names[0]:
        del names[0]
    names = [name if name == "**" else name.replace("**", "*") for name in names]
    if "" in names or "." in names or ".." in names:
        raise ValueError("a pattern holds no empty, . or .. folder")
    globs: tuple[str, ...]
    if folder:
        inside = [*names[:-1], "*", "**"] if names[-1] == "**" else [*names, "**"]
        globs = ("/".join(inside),)
    elif names[-1] in ("*", "**"):
        globs = ("/".join(names),)  # docs/* is what lies directly in docs, unlike in gitignore
    else:
        globs = ("/".join(names), "/".join((*names, "**")))
    for glob in globs:
        if complaint := problem(glob):
            raise ValueError(complaint)
    return globs
