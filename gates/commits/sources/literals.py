"""Finds a list of words in a line of a program or in a regular expression, without running or understanding the rest.

Only what says the same in every reading counts. What could mean more or fewer words than stand there is refused.
"""

from __future__ import annotations

from re import Pattern
from typing import NamedTuple

from gates.core.patterns import lazy

# A word is taken in one go and from its first letter only, so that a long one costs no more than its length.
_WORD = r"[A-Za-z][A-Za-z0-9_-]*+"
_CHAIN = lazy(rf"(?<![A-Za-z0-9_-]){_WORD}(?:\\?\|{_WORD})+")
_SINGLE = lazy(rf"\^\((?:\?:)?({_WORD})\)(?!\?|\|)")
_EACH = lazy(_WORD)
# What can stand around a chain so that its first and its last word are whole: `feat(ure)?|fix` and `feat|docs?` are cut off.
_BEFORE = frozenset(" \t\"'`(^=:>/,")
_AFTER = lazy(r"""[\s"'`):/;,!]|\Z|\$(?![\w{(])|\\[b():!/"']""")

_QUOTED = lazy(rf"""(?:"({_WORD})"|'({_WORD})'|`({_WORD})`)""")
_ITEM = lazy(rf"""(?:"({_WORD})"|'({_WORD})'|({_WORD}))""")
_SPACE = lazy(r"(?:[\s]|\#[^\n]*|//[^\n]*|\\\n)*")
_OPENING = {"(": ")", "[": "]", "{": "}"}


class Word(NamedTuple):
    text: str
    start: int  # offset into the text that was searched


def alternation(text: str) -> list[Word]:
    """`feat|fix|docs`, or `^(feat)` where there is no other; of an expression for GNU grep also `feat\\|fix`. Raises ValueError where there
    is no such list, or several, or one whose ends are not whole words.
    """
    chains = list(_CHAIN.finditer(text))
    if not chains and len(singles := list(_SINGLE.finditer(text))) == 1:
        return [Word(singles[0][1], singles[0].start(1))]
    if not chains:
        raise ValueError("it holds no list of types such as feat|fix|docs")
    if len(chains) > 1:
        raise ValueError("it holds several lists with | between words; keep one")
    start, end = chains[0].span()
    if (start and text[start - 1] not in _BEFORE) or not _AFTER.match(text, end):
        raise ValueError("its types are more than words with | between them; write each type in full")
    return [Word(found[0], found.start()) for found in _EACH.finditer(text, start, end)]


def bracketed(text: str, first_line_end: int) -> list[Word]:
    """The first bracket that opens before `first_line_end` and holds nothing but words in quotes, with commas or not, over as many lines
    as it takes; of a shell array, words without quotes too. Raises ValueError where there is none.
    """
    for start in range(min(first_line_end, len(text))):
        if text[start] in _OPENING:
            is_array = text[start - 1 : start + 1] == "=("
            if words := _words(text, start + 1, _OPENING[text[start]], _ITEM if is_array else _QUOTED):
                return words
    raise ValueError("it holds no list of types such as feat|fix|docs, (feat fix docs) or ['feat', 'fix', 'docs']")


def _words(text: str, at: int, closing: str, item: Pattern[str]) -> list[Word]:
    words: list[Word] = []
    while True:
        at = _after_space(text, at)
        if text.startswith(closing, at):
            return words
        found = item.match(text, at)
        if found is None:
            return []
        group = found.lastindex or 0
        words.append(Word(found[group], found.start(group)))
        at = _after_space(text, found.end())
        if text.startswith(",", at):
            at += 1
        elif at == found.end() and not text.startswith(closing, at):
            return []  # two words without anything between them


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
