"""Regular expressions of a repository's configuration, matched in time linear in the text, and the commit types that they accept.

An expression becomes a program of at most `MAX_STATES` steps whose states are followed side by side (https://swtch.com/~rsc/regexp/regexp2.html),
so a character of the text costs one look at each step at most, whatever the expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from gates.commits.pattern_syntax import parse
from gates.commits.pattern_tree import Chars, Choice, Dialect, Look, Place, Repeat, Sequence, Tree, is_word
from gates.commits.source import Kind, Source

__all__ = [
    "MAX_STATES",
    "NO_TYPES",
    "Dialect",
    "Mode",
    "Pattern",
    "Program",
    "Read",
    "Threads",
    "Word",
    "accepted",
    "accepts_header",
    "advanced",
    "any_type",
    "compile",
    "compile_of",
    "expression_of",
    "reached",
    "words",
]

# Where a match may stand: anywhere, from the start of the text on, or over all of it.
Mode = Literal["search", "start", "whole"]

MAX_STATES: Final = 3_000
_MAX_WORDS: Final = 100
_MAX_WORD: Final = 40
_MAX_WORK: Final = 400_000  # looks at a step while words are told
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
# Expressions let these through beside the types: what Git writes itself, and a footer.
NO_TYPES: Final = frozenset(("Merge", "Revert", "fixup", "squash", "amend", "BREAKING-CHANGE"))
_MADE_UP: Final = ("zqxjkvwq", "qzx", "Zqxjkv", "zqx-jkv", "ZQXJ")
# How each tool applies the expression that it is configured with.
_READING: Final[dict[Kind, tuple[Dialect, Mode]]] = {
    "commitizen": ("python", "start"),
    "gitlint": ("python", "search"),
    "git-cliff": ("rust", "search"),
    "semantic-pull-request": ("javascript", "search"),
}


class Read(NamedTuple):
    """Goes on with the next step where the character is of the set."""

    chars: Chars


class _Fork(NamedTuple):
    """Goes on with each of the steps."""

    to: tuple[int, ...]


class _End(NamedTuple):
    """The text is matched."""


Program = tuple["Read | Place | _Fork | _End", ...]


class Guard(NamedTuple):
    """A lookahead at the start of the text."""

    program: Program
    negative: bool


class Pattern(NamedTuple):
    program: Program
    mode: Mode
    guards: tuple[Guard, ...]


class Word(NamedTuple):
    """A type that an expression lets through, with the offset in the expression where it starts."""

    text: str
    offset: int


def compile(pattern: str, dialect: Dialect, *, mode: Mode = "search") -> Pattern:
    """Raises ValueError, with the reason, for an expression that is wrong, too large once its repetitions are written out, or not
    linear: references, lookbehind, and lookahead other than at the start of the text.
    """
    items = _flat(parse(pattern, dialect))
    anchored = bool(items) and isinstance(items[0], Place) and items[0].kind == "start"
    at = int(anchored)
    guards = []
    while at < len(items) and isinstance(look := items[at], Look) and (anchored or mode != "search"):
        guards.append(Guard(_assembled(look.item), look.negative))
        at += 1
    return Pattern(_assembled(Sequence((*items[: int(anchored)], *items[at:]))), mode, tuple(guards))


def accepts_header(pattern: Pattern, header: str) -> bool:
    return run(pattern, header)[0]


def run(pattern: Pattern, text: str) -> tuple[bool, int]:
    """Whether the text is matched, and how many steps were looked at: at most 2 * (length + 1) * size of the programs."""
    matched, work = _simulate(pattern.program, text, pattern.mode)
    for guard in pattern.guards:
        found, more = _simulate(guard.program, text, "start")
        matched, work = matched and found != guard.negative, work + more
    return matched, work


def words(pattern: Pattern) -> tuple[Word, ...] | None:
    """The words that a header may start with as its type: before `:` or a scope in parentheses. In the order of the expression,
    without what is no type, such as `Merge`. None where there is no end of them, or more than can be told.
    """
    teller = _Teller(pattern)
    return teller.words() if teller.tell("", dict.fromkeys((0,), -1)) else None


def any_type(source: Source) -> bool:
    """Any word does as a type. Raises ValueError where the source is opaque or its pattern is not read."""
    return len(accepted(source, _MADE_UP)) > 0


def accepted(source: Source, candidates: Iterable[str]) -> tuple[str, ...]:
    """Those candidates, in their order, that the source takes as the type of some header. Raises ValueError where the source is opaque
    or its pattern is not read.
    """
    if source.opaque:
        raise ValueError(source.opaque)
    if source.types is not None:
        known = {listed.name for listed in source.types}
        return tuple(word for word in candidates if word in known)
    if not source.pattern:
        return tuple(candidates)
    teller = _Teller(compile_of(source))
    return tuple(word for word in candidates if teller.takes(word))


def compile_of(source: Source) -> Pattern:
    """The source's own pattern, read as its tool reads it. Raises ValueError."""
    dialect, mode = _READING.get(source.kind, ("python", "search"))
    return compile(source.pattern, dialect, mode=mode)


def expression_of(source: Source) -> Pattern | None:
    """What alone decides on the types, though words are listed from it; None where the list itself decides. Raises ValueError."""
    if source.pattern:
        return compile_of(source)
    if source.kind == "title-action" and source.header.pattern:
        return compile(source.header.pattern, "javascript")
    return None


# Programs


def _flat(tree: Tree) -> tuple[Tree, ...]:
    """The top level's items, with the items of a sequence that stands alone in a group among them."""
    if not isinstance(tree, Sequence):
        return (tree,)
    return tuple(part for item in tree.items for part in _flat(item))


def _assembled(tree: Tree) -> Program:
    steps: list[Read | Place | _Fork | _End] = []
    _assemble(tree, steps)
    steps.append(_End())
    return tuple(steps)


def _assemble(tree: Tree, steps: list[Read | Place | _Fork | _End]) -> None:
    if len(steps) > MAX_STATES:
        raise ValueError(f"more than {MAX_STATES} steps, with its repetitions written out")
    if isinstance(tree, Look):
        raise ValueError("a lookahead that does not stand at the start")
    if isinstance(tree, Chars):
        steps.append(Read(tree))
    elif isinstance(tree, Place):
        steps.append(tree)
    elif isinstance(tree, Sequence):
        for item in tree.items:
            _assemble(item, steps)
    elif isinstance(tree, Choice):
        _assemble_choice(tree, steps)
    else:
        _assemble_repeat(tree, steps)


def _assemble_choice(tree: Choice, steps: list[Read | Place | _Fork | _End]) -> None:
    fork = len(steps)
    steps.append(_Fork(()))
    starts, ends = [], []
    for item in tree.items:
        starts.append(len(steps))
        _assemble(item, steps)
        ends.append(len(steps))
        steps.append(_Fork(()))
    steps[fork] = _Fork(tuple(starts))
    for end in ends:
        steps[end] = _Fork((len(steps),))


def _assemble_repeat(tree: Repeat, steps: list[Read | Place | _Fork | _End]) -> None:
    for _ in range(tree.low):
        before = len(steps)
        _assemble(tree.item, steps)
        if len(steps) == before:  # nothing, however often: counts nested in each other would take forever to write it out
            return
    if tree.high is None:
        fork = len(steps)
        steps.append(_Fork(()))
        _assemble(tree.item, steps)
        steps.append(_Fork((fork,)))
        steps[fork] = _Fork((fork + 1, len(steps)))
        return
    forks = []
    for _ in range(tree.high - tree.low):
        forks.append(len(steps))
        steps.append(_Fork(()))
        _assemble(tree.item, steps)
    for fork in forks:
        steps[fork] = _Fork((fork + 1, len(steps)))


# Simulation

# The steps that a text has led to, each with the offset of the set that read the text's first character; -1: none has yet.
Threads = dict[int, int]


def _simulate(program: Program, text: str, mode: Mode) -> tuple[bool, int]:
    threads: Threads = {0: 0}
    work = 0
    for at in range(len(text) + 1):
        if mode == "search":
            threads[0] = 0
        threads, looked = reached(program, threads, text, at)
        work += looked
        if len(program) - 1 in threads and (mode != "whole" or at == len(text)):
            return True, work
        if at == len(text) or (not threads and mode != "search"):
            break
        work += len(threads)
        threads = dict(advanced(program, threads, text[at]))
    return False, work


def reached(program: Program, threads: Threads, text: str, at: int) -> tuple[Threads, int]:
    """The steps that read or end, from these on without reading; and how many were looked at."""
    found: Threads = {}
    seen = set(threads)
    stack = list(threads.items())[::-1]
    while stack:
        number, offset = stack.pop()
        step = program[number]
        if isinstance(step, Read | _End):
            found[number] = offset
            continue
        if isinstance(step, _Fork):
            following: tuple[int, ...] = step.to
        else:
            following = (number + 1,) if _holds(step, text, at) else ()
        for one in reversed(following):
            if one not in seen:
                seen.add(one)
                stack.append((one, offset))
    return found, len(seen)


def advanced(program: Program, threads: Threads, char: str) -> Iterator[tuple[int, int]]:
    for number, offset in threads.items():
        step = program[number]
        if isinstance(step, Read) and char in step.chars:
            yield number + 1, step.chars.offset if offset < 0 else offset


def _holds(place: Place, text: str, at: int) -> bool:
    before, after = text[at - 1 : at] if at else "", text[at : at + 1]
    breaks = "\n\r\u2028\u2029" if place.dialect == "javascript" else "\n"
    if place.kind == "start":
        return not at
    if place.kind == "end":
        return not after
    if place.kind == "end-or-newline":
        return not after or (after == "\n" and at == len(text) - 1)
    if place.kind == "line-start":
        return not before or before in breaks
    if place.kind == "line-end":
        return not after or after in breaks
    edge = is_word(before, place.ascii, place.dialect) != is_word(after, place.ascii, place.dialect)
    return edge == (place.kind == "word-edge")


# Types


class _Teller:
    """Follows headers that start with a type: letters, then `:` or `(`, then whatever the expression needs."""

    def __init__(self, pattern: Pattern) -> None:
        self._pattern = pattern
        self._program = pattern.program
        self._found: dict[str, int] = {}
        self._work = 0
        back = _backwards(self._program)
        last = len(self._program) - 1
        self._ends = _closure(back, (last,), frozenset())
        starts = frozenset(n for n, step in enumerate(self._program) if isinstance(step, Place) and step.kind in ("start", "line-start"))
        # A search that needs no start finds its match behind any type.
        self._anything = pattern.mode == "search" and 0 in _closure(back, (last,), starts)
        follow = [
            number
            for number, step in enumerate(self._program)
            if isinstance(step, Read) and any(mark in step.chars for mark in ":(") and number + 1 in self._ends
        ]
        letters = {step.chars: frozenset(c for c in _LETTERS if c in step.chars) for step in self._program if isinstance(step, Read)}
        self._letters = letters
        spelled = frozenset(number for number, step in enumerate(self._program) if isinstance(step, Read) and not letters[step.chars])
        # From the others no type can be completed any more, such as those within `(Merge .*|...)`.
        self._useful = _closure(back, (last, *follow), spelled)

    def words(self) -> tuple[Word, ...]:
        told = [Word(text, offset) for text, offset in self._found.items() if text not in NO_TYPES and self._allowed(text)]
        return tuple(sorted(told, key=lambda word: word.offset))

    def takes(self, word: str) -> bool:
        if self._anything:
            return self._allowed(word)
        threads: Threads = {0: -1}
        for at, char in enumerate(word):
            threads, _ = self._closed(threads, word + ": x", at)
            if len(self._program) - 1 in threads:
                return self._allowed(word)
            threads = dict(advanced(self._program, threads, char))
        return self._completed(word, threads) is not None and self._allowed(word)

    def tell(self, word: str, threads: Threads) -> bool:
        """Notes the words that start with this one, given what it has led to; False where there is no end of them."""
        if self._anything:
            return False
        if word and (offset := self._completed(word, threads)) is not None:
            self._found[word] = offset
        # Letters are all alike to an assertion, so one stands for them; the hyphen is no letter.
        after = {mark: self._closed(threads, word + mark + " x", len(word))[0] for mark in "a-"}
        if len(self._program) - 1 in after["a"]:
            return bool(word)  # whatever goes on with this word is matched as well
        if len(self._program) - 1 in after["-"]:
            after["-"] = {}
        if len(word) == _MAX_WORD or len(self._found) > _MAX_WORDS or self._work > _MAX_WORK:
            return False
        for letter in self._onward(after):
            following = {
                number: offset
                for number, offset in advanced(self._program, after["-" if letter == "-" else "a"], letter)
                if number in self._useful
            }
            if following and not self.tell(word + letter, following):
                return False
        return True

    def _onward(self, after: dict[str, Threads]) -> list[str]:
        found: set[str] = set()
        for mark, threads in after.items():
            for number in threads:
                step = self._program[number]
                if isinstance(step, Read):
                    found |= {
                        letter
                        for letter in self._letters[step.chars]
                        if (letter == "-") == (mark == "-") and not (step.chars.fold and letter.isupper())
                    }
        return sorted(found)

    def _completed(self, word: str, threads: Threads) -> int | None:
        """The offset of what reads the word, where a header with the word as its type is matched; else None."""
        for mark in (":", "("):
            led = threads
            for at, char in enumerate(mark):
                led, _ = self._closed(led, word + mark + " x", len(word) + at)
                if (offset := led.get(len(self._program) - 1)) is not None:
                    return max(offset, 0)
                led = dict(advanced(self._program, led, char))
            for number, offset in led.items():
                if number in self._ends:
                    return max(offset, 0)
        return None

    def _closed(self, threads: Threads, text: str, at: int) -> tuple[Threads, int]:
        if at and self._pattern.mode == "search":
            threads = {**threads, 0: threads.get(0, -1)}
        found, work = reached(self._program, threads, text, at)
        self._work += work
        return found, work

    def _allowed(self, word: str) -> bool:
        headers = (f"{word}: x", f"{word}(x): x")
        return all(
            any(_simulate(guard.program, header, "start")[0] != guard.negative for header in headers) for guard in self._pattern.guards
        )


def _backwards(program: Program) -> list[list[int]]:
    """For each step, those that lead to it."""
    back: list[list[int]] = [[] for _ in program]
    for number, step in enumerate(program):
        for following in step.to if isinstance(step, _Fork) else () if isinstance(step, _End) else (number + 1,):
            back[following].append(number)
    return back


def _closure(back: list[list[int]], ends: Iterable[int], without: frozenset[int]) -> frozenset[int]:
    """The steps from which one of `ends` can be reached, not by way of those `without`. Assertions are taken to hold."""
    seen = set(ends)
    stack = list(seen)
    while stack:
        for number in back[stack.pop()]:
            if number not in seen and number not in without:
                seen.add(number)
                stack.append(number)
    return frozenset(seen)
