"""Regular expressions of three dialects as trees: Python's `re`, JavaScript's RegExp and Rust's `regex`.

Syntax: https://docs.python.org/3/library/re.html#regular-expression-syntax, https://tc39.es/ecma262/#sec-patterns and
https://docs.rs/regex/latest/regex/#syntax. What changes the set of matched texts and is not understood raises ValueError, with the
reason as its text.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gates.commits.pattern_tree import Chars, Choice, Dialect, Kind, Look, Place, Repeat, Sequence, Tree

MAX_LENGTH: Final = 10_000  # characters of an expression
_MAX_NESTING: Final = 50
_MAX_COUNT_DIGITS: Final = 5

_CONTROL: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_LINE_ENDS: Final = {"python": "\n", "javascript": "\n\r\u2028\u2029", "rust": "\n"}
_FLAGS: Final = {"python": "aimsux", "javascript": "ims", "rust": "imsux"}
# https://docs.rs/regex/latest/regex/#ascii-character-classes
_POSIX: Final = {
    "alnum": "09AZaz",
    "alpha": "AZaz",
    "digit": "09",
    "lower": "az",
    "upper": "AZ",
    "xdigit": "09AFaf",
    "punct": "!/:@[`{~",
    "blank": "\t\t  ",
    "space": "\t\r  ",
    "word": "09AZ__az",
    "print": " ~",
    "graph": "!~",
    "cntrl": "\x00\x1f\x7f\x7f",
    "ascii": "\x00\x7f",
}


class _Flags(NamedTuple):
    ascii: bool = False
    fold: bool = False
    multiline: bool = False
    dotall: bool = False
    verbose: bool = False


_FLAG_NAMES: Final = {"a": "ascii", "i": "fold", "m": "multiline", "s": "dotall", "x": "verbose"}


def parse(pattern: str, dialect: Dialect) -> Tree:
    if len(pattern) > MAX_LENGTH:
        raise ValueError(f"longer than {MAX_LENGTH} characters")
    return _Parser(pattern, dialect).whole()


class _Parser:
    """Reads left to right; `_flags` are those that hold at the current place."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._at = 0
        self._depth = 0
        self._begun = False  # something stands before, that is more than flags
        self._flags = _Flags()

    def whole(self) -> Tree:
        tree = self._choice()
        if self._at < len(self._text):
            raise ValueError("a closing parenthesis without an opening one")
        return tree

    def _next(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._text[at] if at < len(self._text) else ""

    def _take(self, literal: str) -> bool:
        if not self._text.startswith(literal, self._at):
            return False
        self._at += len(literal)
        return True

    def _choice(self) -> Tree:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Tree:
        items: list[Tree] = []
        while True:
            self._skip_verbose()
            if self._next() in ("", "|", ")"):
                return items[0] if len(items) == 1 else Sequence(tuple(items))
            item = self._item()
            if item is not None:
                items.append(self._repeated(item))

    def _skip_verbose(self) -> None:
        while self._flags.verbose and self._next() and (self._next().isspace() or self._next() == "#"):
            if self._next() == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                self._at += 1

    def _repeated(self, item: Tree) -> Tree:
        while bounds := self._bounds():
            if isinstance(item, Place | Look):
                raise ValueError("an assertion is repeated")
            low, high = bounds
            if high is not None and high < low:
                raise ValueError("a repetition ends before it starts")
            if not self._take("?") and self._next() == "+" and self._dialect == "python":
                raise ValueError("a possessive repetition")
            item = Repeat(item, low, high)
            if self._dialect != "rust":  # there one may follow another
                self._skip_verbose()
                if self._bounds():
                    raise ValueError("a repetition of a repetition")
                break
            self._skip_verbose()
        return item

    def _bounds(self) -> tuple[int, int | None] | None:
        self._skip_verbose()
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self._next() in simple:
            self._at += 1
            return simple[self._text[self._at - 1]]
        if self._next() != "{":
            return None
        end = self._text.find("}", self._at, self._at + 2 * _MAX_COUNT_DIGITS + 3)
        low, comma, high = self._text[self._at + 1 : max(end, 0)].partition(",")
        allowed = (bool(low) or (bool(comma) and self._dialect == "python")) and all(
            one.isascii() and one.isdigit() for one in (low, high) if one
        )
        if end < 0 or not allowed:
            if self._dialect == "rust" or (end < 0 and self._next(1).isdigit() and "}" in self._text[self._at :]):
                raise ValueError("a repetition that cannot be read")
            return None  # then the brace is a character like any other
        if max(len(low), len(high)) > _MAX_COUNT_DIGITS:
            raise ValueError("a repetition of more than 99999 times")
        self._at = end + 1
        least = int(low or "0")
        return least, (int(high) if high else None) if comma else least

    def _item(self) -> Tree | None:
        """None for what matches nothing of its own: flags and comments."""
        start = self._at
        char = self._next()
        self._at += 1
        if char == "(":
            return self._group()
        self._begun = True
        if char == "[":
            return self._set(start)
        if char == "\\":
            return self._escape(start)
        if char == ".":
            return self._chars("" if self._flags.dotall else _LINE_ENDS[self._dialect], start, negated=True)
        if char == "^":
            return self._place("line-start" if self._flags.multiline else "start")
        if char == "$":
            if self._flags.multiline:
                return self._place("line-end")
            return self._place("end-or-newline" if self._dialect == "python" else "end")
        if char in "*+?":
            raise ValueError("a repetition of nothing")
        if char == "{" and self._dialect == "rust":
            raise ValueError("a repetition of nothing")
        return self._chars(char, start)

    def _chars(self, chars: str, offset: int, *, negated: bool = False) -> Chars:
        return self._of(tuple((char, char) for char in chars), (), offset, negated)

    def _of(self, ranges: tuple[tuple[str, str], ...], classes: tuple[str, ...], offset: int, negated: bool = False) -> Chars:
        ascii_only = self._flags.ascii or self._dialect == "javascript"
        return Chars(ranges, classes, negated, self._flags.fold, ascii_only, self._dialect, offset)

    def _place(self, kind: Kind) -> Place:
        return Place(kind, self._flags.ascii, self._dialect)

    # Groups

    def _group(self) -> Tree | None:
        """After the opening parenthesis."""
        if self._dialect == "python" and self._take("?#"):
            end = self._text.find(")", self._at)
            if end < 0:
                raise ValueError("a comment that is not closed")
            self._at = end + 1
            return None
        outer = self._flags
        kind = self._opening() if self._take("?") else ""
        if kind == "flags":
            return None
        self._begun = True
        self._depth += 1
        if self._depth > _MAX_NESTING:
            raise ValueError(f"groups nested deeper than {_MAX_NESTING}")
        tree = self._choice()
        if not self._take(")"):
            raise ValueError("a group that is not closed")
        self._flags = outer
        self._depth -= 1
        # A sequence of its own, so that an assertion in a group may be repeated.
        return Look(tree, kind == "!") if kind else Sequence((tree,))

    def _opening(self) -> str:
        """What follows `(?`: "=" and "!" open a lookahead, "flags" is a group of nothing but flags, "" a plain group."""
        if self._take(":"):
            return ""
        if self._take("<=") or self._take("<!"):
            raise ValueError("a lookbehind")
        if self._next() in ("=", "!"):
            if self._dialect == "rust":
                raise ValueError("a lookahead")
            self._at += 1
            return self._text[self._at - 1]
        if self._take("P<" if self._dialect == "python" else "<") or (self._dialect == "rust" and self._take("P<")):
            end = self._text.find(">", self._at)
            if end <= self._at or not self._text[self._at : end].isidentifier():
                raise ValueError("a group whose name cannot be read")
            self._at = end + 1
            return ""
        if self._take("P=") or self._take("P>"):
            raise ValueError("a reference to a group")
        if self._next() in (">", "("):
            raise ValueError("an atomic or conditional group")
        return self._set_flags()

    def _set_flags(self) -> str:
        changed: dict[str, bool] = {}
        on = True
        while (char := self._next()) not in (")", ":", ""):
            if char == "-" and on:
                on = False
            elif char in _FLAGS[self._dialect]:
                changed[_FLAG_NAMES.get(char, "")] = on
            else:
                raise ValueError("a group of a kind that is not read")
            self._at += 1
        if not changed or (char == ")" and self._dialect == "javascript"):
            raise ValueError("a group of a kind that is not read")
        if char == ")" and self._dialect == "python" and (not on or self._begun):
            raise ValueError("flags that do not stand at the start")
        if changed.pop("", None) is False and self._dialect == "rust":
            raise ValueError("matching of bytes")
        self._flags = self._flags._replace(**changed)
        self._at += 1
        return "flags" if char == ")" else ""

    # Escapes and sets

    def _escape(self, start: int) -> Tree:
        char = self._next()
        self._at += 1
        if char == "b" and self._dialect == "rust" and self._next() == "{":
            raise ValueError("half a word boundary")
        if char in ("b", "B"):
            return self._place("word-edge" if char == "b" else "no-word-edge")
        if char == "A" and self._dialect != "javascript":
            return self._place("start")
        if (char == "Z" and self._dialect == "python") or (char == "z" and self._dialect != "javascript"):
            return self._place("end")
        if char.isdigit() and char != "0":
            raise ValueError("a reference to a group")
        if char in ("w", "W", "d", "D", "s", "S"):
            return self._of((), (char,), start)
        if char in ("p", "P") and self._dialect == "rust":
            return self._of((), (self._category(char),), start)
        return self._chars(self._character(char), start)

    def _category(self, letter: str) -> str:
        name = self._next()
        self._at += 1
        if name == "{":
            end = self._text.find("}", self._at)
            name = self._text[self._at : max(end, self._at)]
            self._at = end + 1
        if name not in ("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "N", "Nd", "P", "Pd", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs"):
            raise ValueError("a Unicode property that is not read")
        return f"{letter}:{name}"

    def _character(self, char: str) -> str:
        """What a backslash and `char` stand for, both within sets and outside."""
        if char in _CONTROL:
            return _CONTROL[char]
        if char == "a" and self._dialect != "javascript":
            return "\a"
        if char == "0" and not self._next().isdigit() and self._dialect != "rust":
            return "\0"
        if char in ("x", "u") or (char == "U" and self._dialect != "javascript"):
            return self._by_number({"x": 2, "u": 4, "U": 8}[char])
        if not char or char.isalnum():
            raise ValueError(f"an escape that is not read: \\{char}")
        return char

    def _by_number(self, digits: int) -> str:
        if self._dialect == "rust" and self._take("{"):
            end = self._text.find("}", self._at)
            number = self._text[self._at : max(end, self._at)]
            self._at = end + 1
        else:
            number = self._text[self._at : self._at + digits]
            self._at += digits
            if len(number) < digits:
                number = ""
        if not number or len(number) > 8 or not set(number) <= _HEX or int(number, 16) > 0x10FFFF:
            raise ValueError("a character's number that cannot be read")
        return chr(int(number, 16))

    def _set(self, start: int) -> Tree:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        classes: list[str] = []
        first = self._dialect != "javascript"  # there "[]" is the empty set, elsewhere the bracket belongs to it
        while first or self._next() != "]":
            first = False
            low = self._member(ranges, classes)
            if low and self._next() == "-" and self._next(1) not in ("]", ""):
                if self._dialect == "rust" and self._next(1) == "-":
                    raise ValueError("a difference of sets")
                self._at += 1
                high = self._member(ranges, classes)
                if not high or high < low:
                    raise ValueError("a range that cannot be read")
                ranges.append((low, high))
            elif low:
                ranges.append((low, low))
        self._at += 1
        return self._of(tuple(ranges), tuple(classes), start, negated)

    def _member(self, ranges: list[tuple[str, str]], classes: list[str]) -> str:
        """A character; or "" after adding what is more than one."""
        char = self._next()
        self._at += 1
        if not char:
            raise ValueError("a set that is not closed")
        if self._dialect == "rust" and self._flags.verbose and char.isspace():
            return ""
        if self._dialect == "rust" and char == "[":
            end = self._text.find(":]", self._at)
            pairs = _POSIX.get(self._text[self._at + 1 : end] if end > 0 and self._next() == ":" else "")
            if pairs is None:
                raise ValueError("a set within a set")
            self._at = end + 2
            ranges.extend(zip(pairs[::2], pairs[1::2], strict=True))
            return ""
        if self._dialect == "rust" and char in "&~" and self._next() == char:
            raise ValueError("an operation on sets")
        if char != "\\":
            return char
        char = self._next()
        self._at += 1
        if char in ("w", "W", "d", "D", "s", "S"):
            classes.append(char)
            return ""
        if char in ("p", "P") and self._dialect == "rust":
            classes.append(self._category(char))
            return ""
        return "\b" if char == "b" and self._dialect != "rust" else self._character(char)
