"""The expressions of `rules:if`, to three values: true, false, and None for what is known only when the pipeline starts.

https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from gates.core.patterns import lazy

MAX_DEPTH: Final = 32
_TOKEN = lazy(
    r"""\s*+(?: (?P<operator> && | \|\| | == | != | =~ | !~ | [()] )
      | \$(?: (?P<name> \w++ ) | \{ (?P<braced> \w++ ) \} )
      | (?P<null> null\b )
      | "(?P<double> [^"]*+ )" | '(?P<single> [^']*+ )'
      | /(?P<regex> (?: [^/\\] | \\. )++ )/ (?P<flags> [ismU]*+ )
    )""",
    re.VERBOSE,
)
_END = lazy(r"\s*+\Z")
# Of regular expressions those in which RE2 and Python cannot differ, and which a short text cannot keep busy.
_SIMPLE = lazy(r"(?:[A-Za-z0-9_ :,@^$|()/-]|\\[^A-Za-z0-9]|\.[*+]?)*+")
_MAX_REPEATS: Final = 2


class Other(NamedTuple):
    """A value that is set and not empty, and is none of these; nothing else is known of it."""

    than: frozenset[str] = frozenset()


class Anything(NamedTuple):
    """A variable that may be set or not: the project, a person or the push decides."""


Value: TypeAlias = str | Other | Anything | None
Variables: TypeAlias = Mapping[str, Value]
Truth: TypeAlias = bool | None
_ANYTHING: Final = Anything()


class _Token(NamedTuple):
    kind: str  # "operator", "value" or "regex"
    text: str
    value: Value = None


def truth(source: str, variables: Variables) -> Truth:
    """What the variables do not hold may be anything. Raises ValueError for what GitLab would refuse."""
    parser = _Parser(_tokens(source, variables))
    found = parser.either(0)
    parser.end()
    return found


def both(truths: Iterable[Truth]) -> Truth:
    """Whether all are true."""
    found = list(truths)
    return False if False in found else None if None in found else True


def either(truths: Iterable[Truth]) -> Truth:
    """Whether one is true."""
    found = list(truths)
    return True if True in found else None if None in found else False


def denied(found: Truth) -> Truth:
    return None if found is None else not found


def equal(one: Value, other: Value) -> Truth:
    if isinstance(one, Anything) or isinstance(other, Anything):
        return None
    if isinstance(one, Other) and isinstance(other, Other):
        return None
    if isinstance(one, Other):
        return False if not other or other in one.than else None
    if isinstance(other, Other):
        return False if not one or one in other.than else None
    return one == other


def matches(value: Value, source: str, flags: str = "") -> Truth:
    """Raises ValueError for an expression that is none."""
    if value is None:
        return False
    if not isinstance(value, str) or flags not in ("", "i"):
        return None
    if not _SIMPLE.fullmatch(source) or len(re.findall(r"\.[*+]", source)) > _MAX_REPEATS:
        return None
    try:
        return re.search(source, value, re.IGNORECASE | re.ASCII if flags else re.ASCII) is not None
    except re.error as error:
        raise ValueError(f"/{source}/ is no regular expression: {error}") from None


def _tokens(source: str, variables: Variables) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    while not _END.match(source, end):
        found = _TOKEN.match(source, end)
        if found is None:
            raise ValueError(f"{source[end : end + 40].strip()!r} is not understood")
        end = found.end()
        kind = found.lastgroup
        if kind == "operator":
            tokens.append(_Token("operator", found["operator"]))
        elif kind == "flags":  # also where they are empty
            tokens.append(_Token("regex", found["regex"], found["flags"]))
        elif kind in ("name", "braced"):
            tokens.append(_Token("value", found[kind], variables.get(found[kind], _ANYTHING)))
        elif kind == "null":
            tokens.append(_Token("value", "null"))
        else:
            text = found["double"] if found["double"] is not None else found["single"]
            tokens.append(_Token("value", text, _ANYTHING if "$" in text else text))
    if not tokens:
        raise ValueError("the expression is empty")
    return tokens


def _set(value: Value) -> Truth:
    """A variable on its own is true where it is set and not empty."""
    return None if isinstance(value, Anything) else bool(value) if isinstance(value, str) else value is not None


class _Parser:
    """`&&` binds closer than `||`, and a comparison closer than both."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def either(self, depth: int) -> Truth:
        found = [self._both(depth)]
        while self._takes("||"):
            found.append(self._both(depth))
        return either(found)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise ValueError(f"{self._tokens[self._at].text!r} is one too many")

    def _both(self, depth: int) -> Truth:
        found = [self._comparison(depth)]
        while self._takes("&&"):
            found.append(self._comparison(depth))
        return both(found)

    def _comparison(self, depth: int) -> Truth:
        if self._takes("("):
            if depth >= MAX_DEPTH:
                raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
            found = self.either(depth + 1)
            if not self._takes(")"):
                raise ValueError("a ) is missing")
            return found
        left = self._operand()
        if left.kind == "regex":
            raise ValueError("a regular expression stands to the right of =~")
        for operator in ("==", "!=", "=~", "!~"):
            if self._takes(operator):
                found = self._compared(left, operator, self._operand())
                return denied(found) if operator[0] == "!" else found
        return _set(left.value)

    def _compared(self, left: _Token, operator: str, right: _Token) -> Truth:
        if operator[1] == "=":
            if right.kind == "regex":
                raise ValueError(f"{operator} takes no regular expression; write {operator[0]}~")
            return equal(left.value, right.value)
        if right.kind == "regex":
            flags = right.value if isinstance(right.value, str) else ""
            return matches(left.value, right.text, flags)
        return False if left.value is None else None  # a variable holds the expression

    def _operand(self) -> _Token:
        if self._at == len(self._tokens) or self._tokens[self._at].kind == "operator":
            raise ValueError("an operand is missing")
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, operator: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][:2] == ("operator", operator):
            self._at += 1
            return True
        return False
