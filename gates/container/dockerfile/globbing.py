"""Patterns within `${name#pattern}`: `*` and `?`, which a backslash makes plain. Linear in the value."""

from __future__ import annotations

from typing import NamedTuple

_ANY, _ONE = "*", "?"


class BadPattern(Exception):
    """BuildKit refuses the pattern."""


class Pattern(NamedTuple):
    """A bit for every character of a pattern. `taking` are the characters that a character of the value may stand for, `others` those
    that any may; `stars` stand for any number, and `size` is how many there are.
    """

    taking: dict[str, int]
    others: int
    stars: int
    size: int


def without_prefix(value: str, pattern: str, *, longest: bool) -> str:
    end, _ = _end(_pattern(_tokens(pattern)), value, 0, longest)
    return value if end is None else value[end:]


def without_suffix(value: str, pattern: str, *, longest: bool) -> str:
    end, _ = _end(_pattern(_tokens(pattern)[::-1]), value[::-1], 0, longest)
    return value if end is None else value[: len(value) - end]


def replaced(value: str, pattern: str, replacement: str, *, every: bool) -> str:
    """The first match from the left on, as long as can be, or each, gives way to `replacement`."""
    wanted = _pattern(_tokens(pattern))
    found: list[str] = []
    at, last = 0, -1  # `last` is where the match before ended: an empty one does not follow it
    while at <= len(value):
        end, hopeless = _end(wanted, value, at, True)
        if hopeless:
            break
        if end is None or (end == at == last):
            found.append(value[at : at + 1])
            at += 1
            continue
        found.append(replacement)
        at = last = end
        if not every:
            break
    return "".join(found) + value[at:]


def _tokens(pattern: str) -> list[tuple[str, bool]]:
    """Characters, and whether each is one of the two that have a meaning."""
    found: list[tuple[str, bool]] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char != "\\":
            found.append((char, char in (_ANY, _ONE)))
        elif pattern[at : at + 1] not in ("}", "/"):
            following = pattern[at : at + 1]
            if following not in (_ANY, _ONE, "\\"):
                raise BadPattern(f"a backslash before {following!r} has no meaning in a pattern")
            found.append((following, False))
            at += 1
    return found


def _pattern(tokens: list[tuple[str, bool]]) -> Pattern:
    taking: dict[str, int] = {}
    others = stars = 0
    for number, (char, special) in enumerate(tokens):
        if special:
            others |= 1 << number
            stars |= (1 << number) if char == _ANY else 0
        else:
            taking[char] = taking.get(char, 0) | 1 << number
    return Pattern(taking, others, stars, len(tokens))


def _end(pattern: Pattern, value: str, start: int, longest: bool) -> tuple[int | None, bool]:
    """Where a match that begins at `start` ends, None where none does; then also whether none begins anywhere after it: what follows a
    star was looked for in all the rest.
    """
    # the characters of the pattern that may come next; the bit after the last says that all have been met
    done = 1 << pattern.size
    possible = _past_stars(1, pattern.stars)
    end = start if possible & done else None
    starred = bool(possible & pattern.stars)
    for at in range(start, len(value)):
        if end is not None and not longest:
            break
        taken = possible & (pattern.taking.get(value[at], 0) | pattern.others)
        # a star stays, everything else gives way to what follows it
        possible = _past_stars((taken & pattern.stars) | ((taken & ~pattern.stars) << 1), pattern.stars)
        starred = starred or bool(possible & pattern.stars)
        if possible & done:
            end = at + 1
        if not possible:
            break
    return end, end is None and starred


def _past_stars(possible: int, stars: int) -> int:
    """A star may stand for nothing."""
    while (more := possible | ((possible & stars) << 1)) != possible:
        possible = more
    return possible
