"""The words, strings and signs of JavaScript and TypeScript: https://tc39.es/ecma262/#sec-ecmascript-language-lexical-grammar."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gates.core.documents import MAX_DEPTH

_SPACE: Final = re.compile(r"(?:[ \t\r\n\f\v\u00a0\ufeff\u2028\u2029]++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+")
_WORD: Final = re.compile(r"[#@]?[A-Za-z_$\u0080-\U0010ffff][\w$]*+")
_NUMBER: Final = re.compile(r"[0-9][0-9A-Za-z_.]*+")
_STRING: Final = re.compile(r"""'(?:[^'\\\n]++|\\[\s\S])*+'|"(?:[^"\\\n]++|\\[\s\S])*+\"""")
_REGEX: Final = re.compile(r"/(?:[^/\\\[\n]++|\\.|\[(?:[^\]\\\n]++|\\.)*+\])++/[a-z]*+")
_SIGN: Final = re.compile(r"\.\.\.|=>|[-+*/%&|^~!<>=?:;,.(){}\[\]]")
_ESCAPE: Final = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))")
_SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\n": ""}
_CLOSED_BY: Final = {"(": ")", "[": "]", "{": "}"}
_CLOSING: Final = frozenset(_CLOSED_BY.values())
# A slash starts a regular expression after these words, and divides after the others.
_BEFORE_REGEX: Final = frozenset(("return", "typeof", "case", "in", "of", "do", "else", "void", "delete", "default", "await", "yield"))
_MAX_TOKENS: Final = 100_000


class Token(NamedTuple):
    """`kind` is "word", "number", "text", "sign", "opaque" for regular expressions and for templates that compute something, or "end"."""

    kind: str
    text: str
    offset: int


class Refused(Exception):
    """The module cannot be understood, with the reason."""


def tokens(source: str) -> list[Token]:
    """With its brackets in pairs. Raises Refused."""
    start = max(source.find("\n"), 0) if source.startswith("#!") else 0
    return _until(source, start, "", 0)[0]


def string(written: str) -> str | None:
    """What a string or a template without expressions stands for; None for an escape that only sloppy code may have."""
    parts = []
    at = 1
    for escape in _ESCAPE.finditer(written):
        parts.append(written[at : escape.start()])
        at = escape.end()
        number = escape[1] or escape[2] or escape[3]
        if number:
            if int(number, 16) > 0x10FFFF or 0xD800 <= int(number, 16) <= 0xDFFF:
                return None
            parts.append(chr(int(number, 16)))
        elif escape[4].isdigit() or escape[4] in "ux":
            return None
        else:
            parts.append(_SIMPLE.get(escape[4], escape[4]))
    return "".join((*parts, written[at:-1]))


def _until(source: str, at: int, closing: str, depth: int) -> tuple[list[Token], int]:
    """The tokens up to the end of the source, or to what closes an expression in a template; and where that is."""
    found: list[Token] = []
    brackets: list[str] = []
    while True:
        space = _SPACE.match(source, at)
        at = space.end() if space else at
        if at == len(source):
            if brackets or closing:
                raise Refused("a bracket stays open")
            return found, at
        if not brackets and source[at] == closing:
            return found, at
        token = _token(source, at, found[-1] if found else None, depth + len(brackets))
        at += len(token.text)
        if token.kind == "sign" and token.text in _CLOSED_BY:
            brackets.append(_CLOSED_BY[token.text])
            if depth + len(brackets) > MAX_DEPTH:
                raise Refused(f"it is nested deeper than {MAX_DEPTH} levels")
        elif token.kind == "sign" and token.text in _CLOSING and (not brackets or brackets.pop() != token.text):
            raise Refused("a closing bracket has no opening one")
        found.append(token)
        if len(found) > _MAX_TOKENS:
            raise Refused(f"it has more than {_MAX_TOKENS} words and signs")


def _token(source: str, at: int, before: Token | None, depth: int) -> Token:
    char = source[at]
    if char == "`":
        return _template(source, at, depth)
    if char in "'\"":
        kinds = [("text", _STRING)]
    elif char == "/":
        kinds = [("opaque", _REGEX) if _starts_regex(before) else ("sign", _SIGN)]
    else:
        kinds = [("word", _WORD), ("number", _NUMBER), ("sign", _SIGN)]
    for kind, expression in kinds:
        if match := expression.match(source, at):
            return Token(kind, match[0], at)
    raise Refused("a string, a comment or a sign cannot be read")


def _starts_regex(before: Token | None) -> bool:
    if before is None or (before.kind == "word" and before.text in _BEFORE_REGEX):
        return True
    if before.kind == "sign" and before.text in _CLOSING:
        # Only the grammar could tell, and a wrong guess would take strings for code.
        raise Refused("a slash behind a bracket may divide or start a regular expression")
    return before.kind == "sign"


def _template(source: str, start: int, depth: int) -> Token:
    kind, at = "text", start + 1
    while (char := source[at : at + 1]) != "`":
        if not char:
            raise Refused("a template stays open")
        if source.startswith("${", at):
            kind = "opaque"
            if depth >= MAX_DEPTH:
                raise Refused(f"it is nested deeper than {MAX_DEPTH} levels")
            at = _until(source, at + 2, "}", depth + 1)[1] + 1
        else:
            at += 2 if char == "\\" else 1
    return Token(kind, source[start : at + 1], start)
