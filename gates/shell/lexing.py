"""Reads words: quotes, escapes, expansions and what is nested in them (POSIX.1-2024, 2.2 Quoting and 2.6 Word Expansions,
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02, with Bash's additions,
https://www.gnu.org/software/bash/manual/bash.html#Shell-Expansions).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gates.core.patterns import lazy
from gates.shell.ansi import unescaped
from gates.shell.command import Word
from gates.shell.cursor import Cursor

_HIDDEN: Final = "\x00"  # stands for quoted and expanded parts where only unquoted characters count

_PLAIN = lazy(r"[^ \t\n'\"\\$`;&|<>()]+")
_IN_DOUBLE = lazy(r"[^\"\\$`]+")
_IN_BRACES = lazy(r"[^}'\"\\$`<>]+")
_IN_GROUP = lazy(r"[^'\"\\$`()]+")
_IN_TEXT = lazy(r"[^\\$`]+")
_ANSI = lazy(r"(?:[^'\\]|\\.)*+", re.DOTALL)
_BACKTICKS = lazy(r"(?:[^`\\]|\\.)*+", re.DOTALL)
_NAME = lazy(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
# up to the operator of ${name operator word}, a subscript included
_PARAMETER = lazy(r"[!#]?(?:[A-Za-z0-9_]+|[@*#?$!-])?(?:\[[^\]\n]{0,200}\])?")
_EXPRESSION = lazy(r"\$\{\{(?:[^'}]|'[^']*+'|\}(?!\}))*+\}\}")
_ARRAY = lazy(r"[A-Za-z_][A-Za-z0-9_]*(?:\[.*\])?\+?=", re.DOTALL)
_LONGEST_NAME: Final = 16  # in pieces, of an array with its subscript


class Lexeme(NamedTuple):
    """A word; `bare` is its text with what was quoted or is expanded blotted out; `expanded` leaves patterns out of account."""

    word: Word
    bare: str
    expanded: bool


class _Growing:
    """A word while it is read."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.bare: list[str] = []
        self.expanded = False
        self.quoted = False

    def plain(self, text: str) -> None:
        self.texts.append(text)
        self.bare.append(text)

    def literal(self, text: str) -> None:
        self.texts.append(text)
        self.bare.append(_HIDDEN)
        self.quoted = True

    def expansion(self, text: str) -> None:
        self.texts.append(text)
        self.bare.append(_HIDDEN)
        self.expanded = True


class Words(Cursor):
    """Reads words, each from where it begins."""

    def word(self, *, regular_expression: bool = False) -> Lexeme | None:
        """The word that begins here, None where none does. A regular expression is one after =~, with its parentheses and bars."""
        start, growing = self.position, _Growing()
        while self.position < self.end:
            if found := _PLAIN.match(self.text, self.position, self.end):
                growing.plain(found.group())
                self.position = found.end()
            elif not self._part(growing) and not (regular_expression and self._of_expression(growing)):
                break
        if self.position == start:
            return None
        text, bare = "".join(growing.texts), "".join(growing.bare)
        line, column = self.place(start)
        dynamic = growing.expanded or _is_pattern(bare)
        return Lexeme(Word(text, line, column, dynamic, growing.quoted), bare, growing.expanded)

    def expansions(self) -> None:
        """Reads to the end what counts as quoted, for the commands in it: here-documents, arithmetic."""
        growing = _Growing()
        while self.position < self.end:
            if found := _IN_TEXT.match(self.text, self.position, self.end):
                self.position = found.end()
            elif self.text[self.position] == "\\":
                self.position += 2
            else:
                self._expansion(growing, double=True)

    def arithmetic(self) -> bool:
        """Reads `((…))` where it begins here, and is no subshell in a subshell."""
        start = self.position
        if not self.text.startswith("((", start, self.end):
            return False
        closing = self.parenthesis(start + 1)
        if closing < 0 or not self.text.startswith("))", closing, self.end):
            return False
        with self.deeper(), self.between(start + 2, closing):
            self.expansions()
        self.position = closing + 2
        return True

    def _part(self, growing: _Growing) -> bool:
        """Reads a quote, an escape or an expansion; False where the word ends."""
        char = self.text[self.position]
        match char:
            case "'":
                self._single(growing)
            case '"':
                self._double(growing)
            case "\\":
                self._escape(growing)
            case "$" | "`":
                self._expansion(growing, double=False)
            case "<" | ">":
                return self._process(growing)
            case "(":
                return self._opening(growing)
            case _:
                return False
        return True

    def _of_expression(self, growing: _Growing) -> bool:
        char = self.text[self.position]
        if char == "(":
            self._group(growing)
        elif char in "|<>":
            growing.plain(char)
            self.position += 1
        else:
            return False
        return True

    def _single(self, growing: _Growing) -> None:
        start = at = self.position + 1
        expanded = False
        while True:
            end = self.text.find("'", at, self.end)
            if end < 0:
                raise self.unreadable(start - 1, "a single quote is not closed")
            inner = self.text.find("${{", at, end) if self.expressions else -1
            if inner < 0:
                break
            at, expanded = self._expression_end(inner), True
        growing.literal(self.text[start:end])
        growing.expanded |= expanded
        self.position = end + 1

    def _double(self, growing: _Growing) -> None:
        opening = self.position
        self.position += 1
        growing.literal("")
        with self.deeper():
            while self.position < self.end:
                if found := _IN_DOUBLE.match(self.text, self.position, self.end):
                    growing.literal(found.group())
                    self.position = found.end()
                    continue
                char = self.text[self.position]
                if char == '"':
                    self.position += 1
                    break
                if char == "\\":
                    escaped = self.text[self.position + 1 : min(self.position + 2, self.end)]
                    growing.literal("" if escaped == "\n" else escaped if escaped and escaped in '$`"\\' else char + escaped)
                    self.position += 2
                else:
                    self._expansion(growing, double=True)
            else:
                raise self.unreadable(opening, "a double quote is not closed")

    def _escape(self, growing: _Growing) -> None:
        escaped = self.text[self.position + 1 : min(self.position + 2, self.end)]
        if escaped != "\n":
            growing.literal(escaped or "\\")
        self.position = min(self.position + 2, self.end)

    def _opening(self, growing: _Growing) -> bool:
        """A parenthesis belongs to a word in an extended pattern, and in the value of an array."""
        before = growing.bare[-1][-1:] if growing.bare else ""
        if before and before in "?*+@!":
            self._group(growing)
            return True
        if before == "=" and len(growing.bare) < _LONGEST_NAME and _ARRAY.fullmatch("".join(growing.bare)):
            self._array(growing)
            return True
        return False

    def _array(self, growing: _Growing) -> None:
        opening = self.position
        self.position += 1
        with self.deeper():
            while True:
                self.blanks()
                if self.position >= self.end:
                    raise self.unreadable(opening, "the values of an array are not closed")
                if self.text[self.position] == ")":
                    break
                if self.text[self.position] == "\n":
                    self.commands().line_end()
                    continue
                element = self.word()
                if element is None:
                    raise self.unreadable(self.position, f"{self.text[self.position]!r} among the values of an array")
                growing.expanded |= element.word.dynamic
        self.position += 1
        growing.texts.append(self.text[opening : self.position])
        growing.bare.append(_HIDDEN)

    def _group(self, growing: _Growing) -> None:
        """Alternatives of a pattern, or what a regular expression groups."""
        opening = self.position
        self.position += 1
        inner = _Growing()
        with self.deeper():
            while self.position < self.end and self.text[self.position] != ")":
                if found := _IN_GROUP.match(self.text, self.position, self.end):
                    self.position = found.end()
                elif self.text[self.position] == "(":
                    self._group(inner)
                else:
                    self._part(inner)
        if self.position >= self.end:
            raise self.unreadable(opening, "a parenthesis in a pattern is not closed")
        self.position += 1
        growing.expansion(self.text[opening : self.position])

    def _process(self, growing: _Growing) -> bool:
        """A process substitution."""
        if not self.text.startswith("(", self.position + 1, self.end):
            return False
        start = self.position
        self.position += 2
        self._commands(start, ")")
        growing.expansion(self.text[start : self.position])
        return True

    def _expansion(self, growing: _Growing, *, double: bool) -> None:
        """What a dollar sign or a backtick begins. `double`: within double quotes, or what counts as that."""
        start = self.position
        if self.text[start] == "`":
            self._backticks(double=double)
        elif not self._dollar(growing, double=double):
            return
        growing.expansion(self.text[start : self.position])
        growing.quoted |= double

    def _dollar(self, growing: _Growing, *, double: bool) -> bool:
        """False where it is no expansion: the text is told then."""
        start = self.position
        after = _skip_joins(self.text, start + 1, self.end)
        char = self.text[after : min(after + 1, self.end)]
        if char == "'" and not double:
            self._ansi(growing, after)
            return False
        if char == '"' and not double:
            self.position = after
            self._double(growing)
            return False
        if char == "(":
            self.position = after
            if not self.arithmetic():
                self.position = after + 1
                self._commands(start, ")")
        elif char == "{":
            if self.text.startswith("${{", start, self.end):
                self.position = self._expression_end(start)
            else:
                self._parameter(start, after + 1, double=double)
        elif char == "[":
            self._old_arithmetic(start, after + 1)
        elif found := _NAME.match(self.text, after, self.end):
            self.position = found.end()
        else:
            self.position = start + 1
            if double:
                growing.literal("$")
            else:
                growing.plain("$")
            return False
        return True

    def _expression_end(self, start: int) -> int:
        found = _EXPRESSION.match(self.text, start, self.end)
        end = found.end() if found else self.text.find("}}", start, self.end) + 2
        if end < 2:
            raise self.unreadable(start, "an expression ${{ is not closed")
        return end

    def _parameter(self, start: int, inside: int, *, double: bool) -> None:
        head = _PARAMETER.match(self.text, inside, self.end)
        self.position = head.end() if head else inside
        operator = self.text[self.position : min(self.position + 1, self.end)]
        # "${x:-'}" holds a plain apostrophe, while "${x#'}'}" quotes the brace
        quotes = not double or (operator != "" and operator in "#%/^,@")
        if operator == "}" and head and head.group():
            self.position += 1
            return
        if not (head and head.group()) and operator and operator in " \t\n|":
            # Bash from 5.3 on, and other shells, run commands in `${ …; }`
            self.position += operator == "|"
            self._commands(start, "}")
            return
        growing = _Growing()
        with self.deeper():
            while self.position < self.end and self.text[self.position] != "}":
                char = self.text[self.position]
                if found := _IN_BRACES.match(self.text, self.position, self.end):
                    self.position = found.end()
                elif char == "'" and quotes:
                    self._single(growing)
                elif char == '"':
                    self._double(growing)
                elif char == "\\":
                    self.position = min(self.position + 2, self.end)
                elif char in "$`":
                    self._expansion(growing, double=double)
                elif not (char in "<>" and not double and self._process(growing)):
                    self.position += 1
        if self.position >= self.end:
            raise self.unreadable(start, "an expansion ${ is not closed")
        self.position += 1

    def _old_arithmetic(self, start: int, inside: int) -> None:
        end = self.text.find("]", inside, self.end)
        if end < 0:
            raise self.unreadable(start, "an arithmetic expansion $[ is not closed")
        with self.deeper(), self.between(inside, end):
            self.expansions()
        self.position = end + 1

    def _commands(self, start: int, closer: str) -> None:
        with self.deeper():
            self.commands().substitution(start, closer)

    def _backticks(self, *, double: bool) -> None:
        start = self.position
        found = _BACKTICKS.match(self.text, start + 1, self.end)
        end = found.end() if found else start + 1
        if not self.text.startswith("`", end, self.end):
            raise self.unreadable(start, "a backtick is not closed")
        inner = re.sub(r'\\([$`\\"])' if double else r"\\([$`\\])", r"\1", self.text[start + 1 : end])
        self.position = end + 1
        if inner.strip():
            line, column = self.place(start + 1)
            with self.deeper():
                self.commands().script(inner, line, column)

    def _ansi(self, growing: _Growing, opening: int) -> None:
        found = _ANSI.match(self.text, opening + 1, self.end)
        end = found.end() if found else opening + 1
        if not self.text.startswith("'", end, self.end):
            raise self.unreadable(opening, "a single quote is not closed")
        growing.literal(unescaped(self.text[opening + 1 : end]))
        self.position = end + 1


def _skip_joins(text: str, position: int, end: int) -> int:
    while text.startswith("\\\n", position, end):
        position += 2
    return position


def _is_pattern(bare: str) -> bool:
    """Whether file names or braces would be expanded: `bare` holds only what is unquoted."""
    if "*" in bare or "?" in bare:
        return True
    opening, closing = bare.find("["), bare.rfind("]")
    if 0 <= opening < closing - 1:
        return True
    opening, closing = bare.find("{"), bare.rfind("}")
    return 0 <= opening < closing and ("," in bare[opening:closing] or ".." in bare[opening:closing])
