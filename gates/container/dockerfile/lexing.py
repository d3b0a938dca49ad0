"""From lines to instructions as text: parser directives, continuations, comments, flags and words, as BuildKit's parser takes them
(https://docs.docker.com/reference/dockerfile/#format; https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gates.container.dockerfile.instruction import Problem

# Go's unicode.IsSpace: what str.strip() and \s take for white space differs
SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
DIRECTIVES = ("syntax", "escape", "check")
# BuildKit reads at most this many bytes as one line, its end included
MAX_LINE = 65535

_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")
_AFTER_KEYWORD = re.compile(r"[\t\v\f\r ]+")
_CONTINUED = {escape: re.compile(rf"(?<!{re.escape(escape)}){re.escape(escape)}[ \t]*\Z") for escape in ("\\", "`")}
# a piece of a word: a quoted part (which the end of the text may cut off), an escaped character, or plain text;
# an escape character that ends the text stands for nothing
_PIECE = {
    escape: re.compile(
        rf"""(?: '[^']*'? | "(?:[^"{e}]|{e}.)*(?:"|(?={e}?\Z)) | {e}. | [^'"{e}{re.escape(SPACES)}]+ )+""", re.VERBOSE | re.DOTALL
    )
    for escape, e in (("\\", r"\\"), ("`", "`"))
}


class Head(NamedTuple):
    """What stands above the first instruction."""

    directives: dict[str, str]
    escape: str
    problems: tuple[Problem, ...]


class Logical(NamedTuple):
    """A line with its continuations. `kept` has a part for every line of the file from `line` on, "" for comments and empty lines;
    `text` is all of them in one, and begins at `column`. `after` is the number, from 0, of the line of the file that follows.
    """

    text: str
    kept: tuple[str, ...]
    line: int
    column: int
    after: int


def head(lines: Sequence[str]) -> Head:
    """Directives stand before anything else, empty lines and other comments included."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    escape = "\\"
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n").lstrip(SPACES)
        if not text.startswith("#"):
            break
        match = _DIRECTIVE.match(text[1:].lstrip(SPACES))
        name = match[1].lower() if match else ""
        if not match or name not in DIRECTIVES:
            break
        if name in found:
            problems.append(Problem(number, f"the directive {name} is given twice"))
            continue
        found[name] = match[2]
        if name == "escape":
            if match[2] in ("\\", "`"):
                escape = match[2]
            else:
                problems.append(Problem(number, "the directive escape takes a backslash or a backtick"))
    return Head(found, escape, tuple(problems))


def logical(lines: Sequence[str], start: int, escape: str) -> Logical | None:
    """The first instruction from line `start` (from 0) on, None at the end of the file."""
    continued = _CONTINUED[escape]
    at = start
    while at < len(lines):
        first = lines[at].rstrip("\r\n").lstrip(SPACES)
        if first and not first.startswith("#"):
            break
        at += 1
    else:
        return None
    column = len(lines[at]) - len(lines[at].lstrip(SPACES)) + 1
    line = at + 1
    kept: list[str] = []
    while at < len(lines):
        text = lines[at].rstrip("\r\n")
        if kept:
            bare = text.lstrip(SPACES)
            if not bare or bare.startswith("#"):
                kept.append("")
                at += 1
                continue
        else:
            text = first
        at += 1
        match = continued.search(text) if escape in text else None
        kept.append(text[: match.start()] if match else text)
        if not match:
            break
    return Logical("".join(kept), tuple(kept), line, column, at)


def keyword(text: str, start: int) -> tuple[str, int]:
    """The word that stands first from `start` on, and where what follows it begins. `text` has no white space at its end."""
    begin = len(text) - len(text[start:].lstrip(SPACES))
    match = _AFTER_KEYWORD.search(text, begin)
    return (text[begin : match.start()], match.end()) if match else (text[begin:], len(text))


def flags(text: str, start: int, escape: str) -> tuple[list[str], int]:
    """The words from `start` on that begin with two dashes, quotes and escapes removed, and where the arguments begin."""
    found: list[str] = []
    at = start
    while True:
        while at < len(text) and text[at] in "\t\n\v\f\r ":
            at += 1
        if not text.startswith("--", at):
            return found, at
        word, at = _flag(text, at, escape)
        if word == "--":
            return found, at
        found.append(word)


def _flag(text: str, at: int, escape: str) -> tuple[str, int]:
    parts: list[str] = []
    quote = ""
    while at < len(text):
        char = text[at]
        at += 1
        if char == quote:
            quote = ""
        elif not quote and char in "\t\n\v\f\r ":
            break
        elif not quote and char in "'\"":
            quote = char
        elif char == escape:
            if at < len(text):
                parts.append(text[at])
                at += 1
            else:
                quote = ""
        else:
            parts.append(char)
    return "".join(parts), at


class Written(NamedTuple):
    """A word with its quotes and escapes, and where it begins."""

    text: str
    at: int


def words(text: str, escape: str) -> Iterator[Written]:
    """The words of ENV, LABEL and ARG: white space within quotes and after the escape character does not part them."""
    piece = _PIECE[escape]
    at = 0
    while at < len(text):
        match = piece.match(text, at)
        if match:
            yield Written(match[0], at)
        at = match.end() if match else at + 1
