"""Reads an AppArmor policy: profiles, their flags and their rules, with what they include of the repository; the rest lies on the host."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gates.container.apparmor.profile import Policy, Profile, Rule
from gates.core.documents import MAX_BYTES, MAX_DEPTH, DocumentError
from gates.core.documents.node import decode
from gates.core.finding import Location
from gates.core.patterns import lazy

# Bounded repetitions: a line may be as long as the file.
_HEADER = lazy(
    r"^[ \t]{0,80}(?:profile[ \t]+\S|[/@\"^][^\n]{0,200}?[ \t])[^\n#;=]{0,200}"
    r"(?:flags[ \t]*=[ \t]*\([^)\n]{0,200}\)[ \t]*)?\{[ \t]*(?:#|$|[^\n]{0,200}\}[ \t]*$)",
    re.MULTILINE,
)
_RULE = lazy(
    r"(?:^|\{)[ \t]{0,80}(?:#?include[ \t]+(?:if[ \t]+exists[ \t]+)?<|abi[ \t]+<|(?:(?:audit|deny|allow|owner)[ \t]+){0,4}"
    r"(?:(?:capability|network|mount|umount|remount|pivot_root|signal|ptrace|dbus|unix|file|rlimit|change_profile|userns)\b[^\n]{0,200},"
    r"|[/@\"][^\n]{0,200}?[ \t][rwaklmixpPcCuU]{1,12},))",
    re.MULTILINE,
)
_FLAGS = lazy(r"(?<!xattrs=)\(([^)]*)\)")
_QUALIFIERS = ("audit", "allow", "deny", "owner", "quiet")
_INCLUDES = ("include", "#include")
_MOST_INCLUDED = 200
_OPENS, _CLOSES = "([", ")]"


def looks_like(text: str) -> bool:
    """Whether a text has the header of a profile, and a rule as AppArmor writes them."""
    return bool(_HEADER.search(text) and _RULE.search(text))


def read(data: bytes, path: str, other: Callable[[str], bytes | None] = lambda _: None) -> Policy:
    """`other` gives another file of the repository, None where it is not there. Raises DocumentError for what is no text, and for braces
    that do not pair.
    """
    return Policy(path, tuple(_Reader(other).profiles(data, path)))


class _Statement(NamedTuple):
    """`end` is what ends it: "," or a line end for a rule, "{" for the head of a block, "}" for the end of one, with no words."""

    words: tuple[str, ...]
    end: str
    line: int
    column: int


class _Open(NamedTuple):
    """A block that is being read; `profile` is None for one that only groups rules, such as `if`."""

    profile: Profile | None
    rules: list[Rule]


class _Reader:
    def __init__(self, other: Callable[[str], bytes | None]) -> None:
        self._other = other
        self._path = ""
        self._reading: list[str] = []  # this file, and those that lead to it
        self._included = 0
        self._open: list[_Open] = []

    def profiles(self, data: bytes, path: str) -> Iterator[Profile]:
        """Of a file, or of one that is included in a block: it closes no block but its own."""
        self._reading.append(path)
        outer, line = len(self._open), 0
        for statement in _statements(decode(data, path, MAX_BYTES), path):
            self._path, line = path, statement.line
            if statement.end == "{":
                self._enter(statement)
            elif statement.end == "}":
                if len(self._open) == outer:
                    raise DocumentError("not a valid AppArmor profile: a closing brace has no opening one", path, line)
                block = self._open.pop()
                if block.profile:
                    yield block.profile._replace(rules=tuple(block.rules))
            elif self._open and statement.words:
                self._open[-1].rules.append(self._rule(statement))
                if statement.words[0] in _INCLUDES:
                    yield from self._follow(statement)
        if len(self._open) > outer:
            raise DocumentError("not a valid AppArmor profile: an opening brace has no closing one", path, line)
        self._reading.pop()

    def _follow(self, statement: _Statement) -> Iterator[Profile]:
        """`<a>` lies in AppArmor's folder, which is one of those around the file; `"a"` beside it."""
        name = statement.words[-1]
        folder = posixpath.dirname(self._reading[-1])
        folders = [folder]
        while name.startswith("<") and folders[-1]:
            folders.append(posixpath.dirname(folders[-1]))
        inner = name.strip('<>"')
        for place in (posixpath.normpath(posixpath.join(folder, inner)) for folder in folders):
            if not inner or place.startswith(("/", "../")) or place in self._reading:
                continue
            data = self._other(place)
            if data is not None:
                self._included += 1
                if self._included > _MOST_INCLUDED or len(self._reading) > MAX_DEPTH:
                    raise DocumentError(f"includes more than {_MOST_INCLUDED} files", self._reading[0], statement.line)
                yield from self.profiles(data, place)
                return

    def _enter(self, statement: _Statement) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise DocumentError(f"nested deeper than {MAX_DEPTH} levels", self._path, statement.line)
        words = [word for word in statement.words if not word.startswith(("xattrs=", "flags=", "("))]
        outer = next((block.profile for block in reversed(self._open) if block.profile), None)
        if words[:1] in (["if"], ["else"]) or not words:
            self._open.append(_Open(None, self._open[-1].rules if self._open else []))
            return
        named = words[0] in ("profile", "hat")
        name = _unquoted(words[1] if named and len(words) > 1 else words[0].lstrip("^"))
        attachment = _unquoted(words[2]) if words[0] == "profile" and len(words) > 2 and words[2] not in ("flags", "xattrs") else ""
        attachment = attachment or (name if name.startswith(("/", "@", "{")) and not name.startswith("{{") else "")
        if outer:
            name, attachment = f"{outer.name}//{name}", outer.attachment
        location = Location(self._path, statement.line, statement.column)
        self._open.append(_Open(Profile(name, attachment, _flags(statement.words), (), location), []))

    def _rule(self, statement: _Statement) -> Rule:
        words = list(statement.words)
        denied = False
        while words and (words[0] in _QUALIFIERS or words[0].startswith("priority=")):
            denied = words.pop(0) == "deny" or denied
        return Rule(tuple(words), denied, Location(self._path, statement.line, statement.column))


def _flags(words: tuple[str, ...]) -> tuple[str, ...]:
    found = _FLAGS.findall(" ".join(words))
    return tuple(flag for group in found for flag in group.replace(",", " ").split())


def _unquoted(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word


def _statements(text: str, path: str) -> Iterator[_Statement]:
    """A rule ends with a comma, a head with a brace before which there is space, an include or a variable with the line."""
    words: list[str] = []
    word = ""
    depth = 0  # of brackets and of braces within a word
    line, line_start, first = 1, 0, (0, 0)
    at, length = 0, len(text)
    while at < length:
        mark = text[at]
        if not words and not word:
            first = (line, at - line_start + 1)
        if text.startswith("{{", at) and "}}" in text[at : at + 200]:  # a template's own marks
            end = text.index("}}", at) + 2
            alone = not words and not word and not text[text.rfind("\n", 0, at) + 1 : at].strip() and _ends_line(text, end)
            word += "" if alone else text[at:end]
            at = end
            continue
        if mark == '"':
            end = text.find('"', at + 1)
            if end < 0 or "\n" in text[at:end]:
                raise DocumentError("not a valid AppArmor profile: a quote is not closed", path, line)
            word += text[at : end + 1]
            at = end + 1
            continue
        if mark == "\\" and at + 1 < length:
            word += text[at : at + 2]
            line, line_start = (line + 1, at + 2) if text[at + 1] == "\n" else (line, line_start)
            at += 2
            continue
        if mark == "#" and not word and not text.startswith("#include", at):
            at = _line_end(text, at)
            continue
        at += 1
        if mark.isspace():
            if depth and mark != "\n" and word[:1] != "(" and "=(" not in word:
                depth = 0  # no bracket of a path holds a space
            if depth and word[-1] not in "(," and text[at : at + 1].strip(" \t\r\n,)"):
                word += ","  # a list in brackets may do without commas
            if word and not depth:
                words.append(word)
                word = ""
            if mark == "\n":
                if words and not depth and _ends_with_line(words):
                    yield _Statement(tuple(words), "\n", *first)
                    words = []
                line, line_start = line + 1, at
        elif mark == "{" and not word and words[-1:] != ["->"]:  # behind an arrow it begins a pattern
            yield _Statement(tuple(words), "{", *first)
            words = []
        elif mark == "}" and not depth:
            if word or words:
                yield _Statement((*words, word) if word else tuple(words), ",", *first)
            yield _Statement((), "}", line, at - line_start)
            words, word = [], ""
        elif mark == "," and not depth:
            yield _Statement((*words, word) if word else tuple(words), ",", *first)
            words, word = [], ""
        else:
            depth += (mark in _OPENS or mark == "{") - (bool(depth) and (mark in _CLOSES or mark == "}"))
            word += mark
    if words or word:
        yield _Statement((*words, word) if word else tuple(words), "\n", *first)


def _ends_with_line(words: list[str]) -> bool:
    return words[0] in _INCLUDES or (words[0].startswith("@{") and len(words) > 1 and words[1] in ("=", "+=")) or "}=" in words[0]


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _ends_line(text: str, at: int) -> bool:
    return not text[at : _line_end(text, at)].strip()
