"""Finds a header that an expression lets through and whose type is none of the known ones, over all texts and not only the usual words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Set
from typing import Final, Literal, NamedTuple

from gates.commits.pattern_tree import Chars
from gates.commits.patterns import NO_TYPES, Pattern, Program, Read, Threads, advanced, reached

_MAX_WORK: Final = 1_000_000  # looks at a step
_CHARS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_ " + r"""/.,;#@'"`$%&*+<=>?[\]^{|}~():!"""
# One of each kind that a class tells apart: letters in both cases and in none, digits, spaces, marks, symbols.
_OTHERS: Final = "éÉжЖ中٣²\u00a0\u0301\u200b€🚀"
_LINE_ENDS: Final = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"

# Where in `type(scope)!: subject` the text ends.
_Part = Literal["type", "scope", "scoped", "marked", "colon", "subject"]


class Beyond(NamedTuple):
    type: str
    header: str


class _Follower(NamedTuple):
    """A program that an expression wants the header to match, or not to match."""

    program: Program
    search: bool
    wanted: bool
    refusing: bool  # of the expression that is to refuse the header


class _Stand(NamedTuple):
    """What a text has led each follower to; `matched` where the rest of the text no longer matters."""

    threads: tuple[frozenset[int], ...]
    matched: tuple[bool, ...]


class _Node(NamedTuple):
    text: str
    part: _Part
    type: str
    stand: _Stand


def beyond(pattern: Pattern, known: Set[str], refusing: Pattern | None = None) -> Beyond | None:
    """The shortest such header of the form `type(scope)!: subject`; with `refusing`, one that this does not match. A type is whatever
    stands before the first `(`, `!` or `:`, without space around it; what Git writes itself, such as `Merge`, is none. None where there is
    no such header. Raises ValueError where that cannot be told.
    """
    followers = [*_followers(pattern, refusing=False), *(_followers(refusing, refusing=True) if refusing else ())]
    return _Search(followers, frozenset(known) | NO_TYPES).found()


def _followers(pattern: Pattern, *, refusing: bool) -> Iterator[_Follower]:
    yield _Follower(pattern.program, pattern.mode == "search", True, refusing)
    for guard in pattern.guards:
        yield _Follower(guard.program, False, not guard.negative, refusing)


class _Search:
    """Breadth first. Texts that lead to the same places are followed once."""

    def __init__(self, followers: list[_Follower], known: frozenset[str]) -> None:
        self._followers = followers
        self._known = known
        self._starts = frozenset(word[:length] for word in known for length in range(len(word) + 1))
        self._groups = _groups([step.chars for each in followers for step in each.program if isinstance(step, Read)])
        self._work = 0

    def found(self) -> Beyond | None:
        nothing = _Stand(tuple(frozenset((0,)) for _ in self._followers), tuple(False for _ in self._followers))
        queue = deque([_Node("", "type", "", nothing)])
        seen = set()
        while queue:
            node = queue.popleft()
            if node.part == "subject" and self._accepted(node):
                return Beyond(node.type, node.text)
            for char, part in self._onward(node):
                word = node.text + char if part == "type" else node.type
                if part == "type" and word.split(None, 1)[0:1] != word.split() and word.split(None, 1)[0] in NO_TYPES:
                    continue
                following = _Node(node.text + char, part, word.strip() if part != "type" else word, self._stepped(node, char))
                if not self._possible(following.stand):
                    continue
                key = (part, self._place(word) if part == "type" else "", _side(char), following.stand)
                if key not in seen:
                    seen.add(key)
                    queue.append(following)
        return None

    def _place(self, word: str) -> str | None:
        """None where no known type can become of it."""
        stripped = word.lstrip()
        if stripped.rstrip() in self._known:
            return stripped.rstrip() + " " * (stripped != stripped.rstrip())
        return stripped if stripped in self._starts else None

    def _onward(self, node: _Node) -> Iterator[tuple[str, _Part]]:
        for char in self._choices(node):
            part = _after(node.part, char)
            if part is None:
                continue
            if node.part == "type" and part != "type" and (not node.type.strip() or node.type.strip() in self._known):
                continue
            yield char, part

    def _choices(self, node: _Node) -> Iterator[str]:
        """Of characters that all sets hold alike, one does; of those that lead on within a known type, each."""
        word = node.type.lstrip()
        for group in self._groups:
            other = False
            for char in group:
                if node.part == "type" and word + char in self._starts:
                    yield char
                elif not other:
                    other = True
                    yield char

    def _stepped(self, node: _Node, char: str) -> _Stand:
        before = node.text[-1:]
        threads, matched = [], []
        for number, follower in enumerate(self._followers):
            if node.stand.matched[number]:
                threads.append(frozenset[int]())
                matched.append(True)
                continue
            closed = self._closed(follower, node.stand.threads[number], before + char, len(before))
            done = len(follower.program) - 1 in closed
            threads.append(frozenset() if done else frozenset(at for at, _ in advanced(follower.program, closed, char)))
            matched.append(done)
        return _Stand(tuple(threads), tuple(matched))

    def _closed(self, follower: _Follower, threads: frozenset[int], text: str, at: int) -> Threads:
        given: Threads = dict.fromkeys(sorted(threads | {0} if follower.search else threads), 0)
        found, work = reached(follower.program, given, text, at)
        self._work += work + 1
        if self._work > _MAX_WORK:
            raise ValueError("it lets too many headers through to tell all their types")
        return found

    def _possible(self, stand: _Stand) -> bool:
        for follower, threads, matched in zip(self._followers, stand.threads, stand.matched, strict=True):
            if follower.refusing:
                continue
            if (matched and not follower.wanted) or (follower.wanted and not matched and not threads and not follower.search):
                return False
        return True

    def _accepted(self, node: _Node) -> bool:
        return self._fits(node, refusing=False) and not self._fits(node, refusing=True)

    def _fits(self, node: _Node, *, refusing: bool) -> bool:
        """False where there is no such expression."""
        before = node.text[-1:]
        answers = []
        for number, follower in enumerate(self._followers):
            if follower.refusing == refusing:
                matched = node.stand.matched[number]
                if not matched:
                    matched = len(follower.program) - 1 in self._closed(follower, node.stand.threads[number], before, len(before))
                answers.append(matched == follower.wanted)
        return bool(answers) and all(answers)


def _after(part: _Part, char: str) -> _Part | None:
    if part == "type":
        following: dict[str, _Part] = {"(": "scope", "!": "marked", ":": "colon", ")": "type"}
        return following.get(char, "type")
    if part == "scope":
        return "scoped" if char == ")" else "scope"
    if part == "scoped":
        return "marked" if char == "!" else "colon" if char == ":" else None
    if part == "marked":
        return "colon" if char == ":" else None
    return "subject" if part == "subject" or char != " " else "colon"


def _side(char: str) -> tuple[bool, bool]:
    """What an assertion about the next place can tell of the character before."""
    return char.isalnum() or char == "_", char.isascii()


def _groups(sets: list[Chars]) -> list[list[str]]:
    """The characters that matter, together where every set holds all or none of them."""
    distinct = list({each._replace(offset=0): each for each in sets}.values())
    near = {char for each in distinct for low, high in each.ranges for end in (low, high) for char in _near(end)}
    groups: dict[tuple[object, ...], list[str]] = {}
    for char in dict.fromkeys((*_CHARS, *_OTHERS, *sorted(near))):
        if char >= " " and char not in _LINE_ENDS:
            own = char if char in "():! " else ""
            groups.setdefault((own, _side(char), *(char in each for each in distinct)), []).append(char)
    return list(groups.values())


def _near(char: str) -> Iterator[str]:
    """With its other case, and its neighbours, which a range that ends here does not hold."""
    yield from (one for one in (char, *char.lower(), *char.upper()))
    for number in (ord(char) - 1, ord(char) + 1):
        if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000:
            yield chr(number)
