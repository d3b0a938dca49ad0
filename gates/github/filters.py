"""GitHub's filter patterns: which branches, tags or paths a trigger lets through.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
They look like globs and are not: `?` and `+` repeat the character before them. A name is matched as a whole, with its case.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from gates.github.workflow import Filter

MAX_PATTERN: Final = 1_000  # characters; no branch has a longer name, and few paths do

_SPECIAL = frozenset("*?+[\\")
_RANGED = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ANY = "any"
_NOT_SLASH = "not a slash"


def lets_through(names: Filter | None, name: str) -> bool:
    """Of `paths`, whether one changed file of that name is enough for the workflow to run. The patterns are asked in order and the
    last that matches decides; where all of them start with `!`, nothing is let through. A pattern that has a `problem` matches nothing.
    """
    if names is None:
        return True
    matched = False
    for pattern in names.patterns:
        negative = pattern.startswith("!")
        if matched is negative and _matches(pattern[negative:], name):
            matched = not negative
    return matched is not names.ignore


def lets_all_through(names: Filter | None) -> bool:
    """Whether no name at all is kept out, as with `**`, or with an ignore list that lists nothing."""
    if names is None:
        return True
    if names.ignore:
        return not _lists_anything(names.patterns)
    through = False
    for pattern in names.patterns:
        if pattern.startswith("!"):
            through = False
        elif _universal(pattern):
            through = True
    return through


def complements(one: Filter, other: Filter) -> bool:
    """Whether every name is let through by one of them at least, and by both no more than must be: `paths` against `paths-ignore` of the
    very same patterns, in whatever way the second is written (`**` and then each of them with `!` says the same).
    """
    first, second = _plainly(one), _plainly(other)
    if first.ignore is second.ignore:
        return False
    if any(pattern.startswith("!") for pattern in (*first.patterns, *second.patterns)):
        return first.patterns == second.patterns  # the order counts
    return set(first.patterns) == set(second.patterns)


def examples(pattern: str, filling: str) -> tuple[str, ...]:
    """Names that a pattern without `!` matches: shortest, and with everything that may be left out, the stars standing for a filling.
    None where the pattern has a `problem`.
    """
    try:
        tokens = _tokens(pattern)
    except ValueError:
        return ()
    names = dict.fromkeys("".join(_example(token, filling, longest) for token in tokens) for longest in (False, True))
    return tuple(name for name in names if _matches(pattern, name))


def _example(token: _Token, filling: str, longest: bool) -> str:
    if isinstance(token.characters, str):
        return "" if token.many and token is _FOLDERS[1] else filling
    return "" if token.skippable and not (longest and not token.many) else min(token.characters, default="")


def problem(pattern: str) -> str:
    """Why nobody can say what it matches, with the way out; "" for a good one."""
    return _compiled(pattern.removeprefix("!")).problem


def _plainly(names: Filter) -> Filter:
    """`**` followed by nothing but exceptions, written as an ignore list."""
    first, *rest = names.patterns or ("",)
    if names.ignore or not rest or not _universal(first) or not all(pattern.startswith("!") for pattern in rest):
        return names
    return Filter(tuple(pattern[1:] for pattern in rest), True, names.line)


def _lists_anything(patterns: tuple[str, ...]) -> bool:
    listed = False
    for pattern in patterns:
        if not pattern.startswith("!"):
            listed = True
        elif _universal(pattern[1:]):
            listed = False
    return listed


def _universal(pattern: str) -> bool:
    return _compiled(pattern).universal


class _Token(NamedTuple):
    """One place of a pattern. `many`: any number of these characters, none included; then `skippable` too."""

    characters: str | frozenset[str]  # _ANY, _NOT_SLASH, or the ones it takes
    skippable: bool = False
    many: bool = False
    folders: bool = False  # here begins a `**/` that starts a path or follows a /: any number of folders, none included


# A state of its own before the loop: once inside, the slash is wanted.
_FOLDERS = (_Token(frozenset(), True, folders=True), _Token(_ANY, True, True), _Token(frozenset("/")))


class _Compiled(NamedTuple):
    """A pattern as an automaton. State n means that n tokens are behind; sets of states and of tokens are the bits of a number, so that
    each character of a name costs a few operations, whatever the pattern.
    """

    problem: str
    universal: bool
    literal: str | None  # all of it, where nothing in it is special; the rest is empty then
    moves: Mapping[str, int]  # character -> tokens that take it once
    stays: Mapping[str, int]  # character -> tokens that take it again and again
    any: int  # tokens that stay at any character
    not_slash: int  # tokens that stay at any but a slash
    folders: int
    skips: tuple[tuple[int, int], ...]  # (distance, tokens from which that many in a row can be skipped), for 1, 2, 4, …
    final: int


@lru_cache(maxsize=4096)  # the same few patterns stand in most workflows of a repository
def _compiled(pattern: str) -> _Compiled:
    """Of a pattern without its leading `!`."""
    if pattern and len(pattern) <= MAX_PATTERN and _SPECIAL.isdisjoint(pattern):
        return _Compiled("", False, pattern, {}, {}, 0, 0, 0, (), 0)
    try:
        tokens = _tokens(pattern)
    except ValueError as error:
        return _Compiled(str(error), False, None, {}, {}, 0, 0, 0, (), 0)
    moves: dict[str, int] = {}
    stays: dict[str, int] = {}
    everything = not_slash = folders = skippable = 0
    for index, token in enumerate(tokens):
        bit = 1 << index
        skippable |= bit * token.skippable
        folders |= bit * token.folders
        if token.characters == _ANY:
            everything |= bit
        elif token.characters == _NOT_SLASH:
            not_slash |= bit
        else:
            takes = stays if token.many else moves
            for character in token.characters:
                takes[character] = takes.get(character, 0) | bit
    skips = []
    distance = 1
    while skippable:
        skips.append((distance, skippable))
        skippable &= skippable >> distance
        distance *= 2
    return _Compiled("", _takes_all(tokens), None, moves, stays, everything, not_slash, folders, tuple(skips), len(tokens))


def _matches(pattern: str, name: str) -> bool:
    compiled = _compiled(pattern)
    if compiled.literal is not None:
        return name == compiled.literal
    if compiled.problem:
        return False
    states = _skipped(compiled, 1)
    for character in name:
        stays = compiled.any | compiled.stays.get(character, 0)
        if character != "/":
            stays |= compiled.not_slash
        states = ((states & compiled.moves.get(character, 0)) << 1) | (states & stays)
        if not states:
            return False
        states = _skipped(compiled, states)
    return bool(states >> compiled.final & 1)


def _skipped(compiled: _Compiled, states: int) -> int:
    """These states, and those reached from them without another character."""
    states |= (states & compiled.folders) << len(_FOLDERS)
    for distance, tokens in compiled.skips:
        states |= (states & tokens) << distance
    return states


def _takes_all(tokens: list[_Token]) -> bool:
    """Whether every name matches: nothing must be there, and something takes any text, `**` or `**/*`."""
    folders = tokens[0].folders
    rest = tokens[len(_FOLDERS) :] if folders else tokens
    anything = (_ANY, _NOT_SLASH) if folders else (_ANY,)
    return all(token.skippable for token in rest) and any(token.characters in anything for token in rest)


def _tokens(pattern: str) -> list[_Token]:
    if not pattern:
        raise ValueError("the pattern is empty; name something, or drop it")
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"the pattern has {len(pattern)} characters; at most {MAX_PATTERN} are read")
    tokens: list[_Token] = []
    at = 0
    at_folder = True  # at the start of a name between slashes
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            start = at
            at = _behind(pattern, at, "*")
            several = at - start > 1
            if several and at_folder and pattern.startswith("/", at) and pattern[at + 1 : at + 2] not in ("?", "+"):
                at += 1
                if not (len(tokens) > 2 and tokens[-3].folders):  # one `**/` after another says no more than one
                    tokens += _FOLDERS
                continue
            tokens.append(_Token(_ANY if several else _NOT_SLASH, True, True))
            at = _behind(pattern, at, "?+")  # any number of anything is that already
            at_folder = False
            continue
        if character in "?+":
            raise ValueError(f"{character!r} repeats the character before it, and there is none; write \\{character} for itself")
        characters, at = _one(pattern, at)
        quantifier = pattern[at] if at < len(pattern) and pattern[at] in "?+" else ""
        at += len(quantifier)
        tokens.append(_Token(characters, skippable=quantifier == "?"))
        if quantifier == "+":
            tokens.append(_Token(characters, True, True))
        at_folder = characters == {"/"} and not quantifier
    return tokens


def _behind(pattern: str, at: int, characters: str) -> int:
    """Where the first other character stands."""
    while at < len(pattern) and pattern[at] in characters:
        at += 1
    return at


def _one(pattern: str, at: int) -> tuple[frozenset[str], int]:
    """What stands for one character, and where the next begins."""
    if pattern[at] == "\\":
        if at + 1 == len(pattern):
            raise ValueError("a backslash at the end escapes nothing; write \\\\ for the character itself")
        return frozenset(pattern[at + 1]), at + 2
    if pattern[at] != "[":
        return frozenset(pattern[at]), at + 1
    end = pattern.find("]", at)
    inside = pattern[at + 1 : end]
    if end < 0:
        raise ValueError("'[' has no ']'; write \\[ for the character itself")
    if not inside or inside[0] in "!^" or "\\" in inside:
        raise ValueError("brackets hold characters and ranges such as a-z, at least one, and nothing that negates or escapes")
    found: set[str] = set()
    place = 0
    while place < len(inside):
        if inside[place + 1 : place + 2] == "-" and place + 2 < len(inside):
            found.update(_range(inside[place], inside[place + 2]))
            place += 3
        else:
            found.add(inside[place])
            place += 1
    return frozenset(found), end + 1


def _range(first: str, last: str) -> str:
    for known in _RANGED:
        if first in known and last in known and first <= last:
            return known[known.index(first) : known.index(last) + 1]
    raise ValueError(f"{first}-{last} is no range; ranges go from a to z, A to Z or 0 to 9, upwards")
