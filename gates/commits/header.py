"""The grammar of Conventional Commits 1.0.0: header and footers (https://www.conventionalcommits.org/en/v1.0.0/)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gates.core.patterns import lazy

BREAKING = ("BREAKING CHANGE", "BREAKING-CHANGE")  # the two tokens that say so, and the only ones whose case counts

_WORD = lazy(r"[^\s():!\uff1a]*")  # a noun, as far as a program can tell: one word without the signs that end it
_FOOTER = lazy(r"(?:(BREAKING[ -]CHANGE)(: )|(?!BREAKING-CHANGE #)([^\W_][\w-]*)(: | #))(?=.*\S)(.*)")


class Header(NamedTuple):
    type: str  # in the case in which it is written
    scope: str  # "" where there is none
    breaking: bool
    subject: str


class Malformed(NamedTuple):
    """What is wrong first, and at which column (1-based, in code points). `meant` is the header as it should have been written, "" where
    that cannot be told.
    """

    problem: str
    column: int
    meant: str = ""


class Footer(NamedTuple):
    """`line` is the index of its first line among those that were given; the value may have several."""

    token: str
    value: str
    line: int


def parse(header: str) -> Header | Malformed:
    """One line, without its end."""
    read = _parse(header)
    return read._replace(meant=_mended(header)) if isinstance(read, Malformed) else read


def footers(body: Sequence[str]) -> tuple[Footer, ...]:
    """Those of the lines that follow the header. They begin with the first paragraph whose first line is one; from there on a line that
    is no footer belongs to the value of the one above it.
    """
    starts: list[tuple[int, str, str]] = []
    for index, line in enumerate(body):
        if starts or not index or not body[index - 1].strip():
            match = _FOOTER.fullmatch(line)
            if match:
                starts.append((index, match[1] or match[3], match[5]))
    ends = [index for index, _, _ in starts[1:]] + [len(body)]
    return tuple(
        Footer(token, "\n".join((first, *body[index + 1 : end])).strip(), index)
        for (index, token, first), end in zip(starts, ends, strict=False)  # no start: no end
    )


def _parse(header: str) -> Header | Malformed:
    matched = _WORD.match(header)
    type_ = matched[0] if matched else ""
    if not type_:
        return _without_type(header)
    at = len(type_)
    scope = ""
    if header.startswith("(", at):
        close = header.find(")", at)
        if close < 0:
            return Malformed("the scope is not closed; write it as (scope)", at + 1)
        scope = header[at + 1 : close]
        if problem := _scope_problem(scope):
            return Malformed(problem, at + 2)
        at = close + 1
    breaking = header.startswith("!", at)
    at += breaking
    if not header.startswith(":", at):
        return _without_colon(header, at, type_, after_scope=bool(scope), breaking=breaking)
    return _with_subject(header, at + 1, Header(type_, scope, breaking, ""))


def _with_subject(header: str, at: int, read: Header) -> Header | Malformed:
    """`at` is behind the colon."""
    subject = header[at:]
    if not subject.strip():
        return Malformed("the subject is empty", at + 1)
    if not subject[0].isspace():
        return Malformed("a space is missing behind the colon", at + 1)
    if subject[0] != " ":
        return Malformed(f"behind the colon stands U+{ord(subject[0]):04X} in place of a space", at + 1)
    if subject[1].isspace():
        return Malformed("behind the colon stands more than one space", at + 2)
    if subject[-1].isspace():
        return Malformed("the header ends with a space", len(header.rstrip()) + 1)
    return read._replace(subject=subject[1:])


def _without_type(header: str) -> Malformed:
    if not header.strip():
        return Malformed("the header is empty", 1)
    if header[0].isspace():
        return Malformed("the header starts with a space", 1)
    if header[0] == "(":
        return Malformed("a scope stands where the type belongs; write it as type(scope): subject", 1)
    return Malformed(f"the type is missing in front of {header[0]!r}", 1)


def _scope_problem(scope: str) -> str:
    if not scope.strip():
        return "the scope is empty; leave out its parentheses"
    if scope != scope.strip():
        return "the scope starts or ends with a space"
    return "the scope holds a parenthesis" if "(" in scope else ""


def _without_colon(header: str, at: int, type_: str, *, after_scope: bool, breaking: bool) -> Malformed:
    """What stands at `at`, where the colon belongs."""
    rest = header[at:]
    if rest.startswith("("):
        what = "the ! stands before the scope" if breaking else "a second scope follows the first"
        return Malformed(f"{what}; write it as type(scope)!: subject", at if breaking else at + 1)
    if rest.startswith("!"):
        return Malformed("more than one ! stands before the colon", at + 1)
    if rest.startswith("\uff1a"):
        return Malformed("the colon is a full-width one (U+FF1A); write an ordinary one and a space", at + 1)
    if rest.lstrip().startswith((":", "!", "(", "\uff1a")) and rest[0].isspace():
        return Malformed(f"a space stands before {rest.lstrip()[0]!r}", at + 1)
    if after_scope or breaking:
        return Malformed(f"the colon is missing behind the {'!' if breaking else 'scope'}", at + 1)
    return Malformed(f"the header has no type: no colon follows its first word, {type_[:40]!r}", at + 1)


def _mended(header: str) -> str:
    """The header in the right form, where all its parts are there."""
    before, colon, subject = header.replace("\uff1a", ":", 1).partition(":")
    type_, parenthesis, rest = before.partition("(")
    scope, closed, behind = rest.partition(")")
    if not colon or (parenthesis and not closed) or behind.strip("! \t"):
        return ""
    inner = " ".join(scope.split())
    breaking = "!" in type_ or "!" in behind
    mended = f"{type_.replace('!', '').strip()}{f'({inner})' if inner else ''}{'!' if breaking else ''}: {subject.strip()}"
    return mended if mended != header and isinstance(_parse(mended), Header) else ""
