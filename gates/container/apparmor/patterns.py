"""Patterns of names, as apparmor.d(5) has them under "Globbing": `*`, `**`, `?`, `[abc]`, `[^a]`, `{ab,cd}`."""

from __future__ import annotations

from collections.abc import Iterator

_DEEPEST = 32


def reaches(target: str, name: str) -> bool:
    """Whether the target of a change of profile, in its own or in another namespace (`:ns:name`), takes in that name without slashes.

    One that is nested too deep does.
    """
    target = target.strip('"')
    if target.startswith(":"):
        target = target[1:].partition(":")[2].removeprefix("//")
    return len(name) in _ends(target, frozenset((0,)), name, 0)


def _ends(pattern: str, starts: frozenset[int], name: str, depth: int) -> frozenset[int]:
    """Where in the name a match can end that begins at one of `starts`."""
    if depth > _DEEPEST:
        return frozenset(range(len(name) + 1))
    at = 0
    while at < len(pattern) and starts:
        mark = pattern[at]
        at += 1
        if mark == "*":
            starts = frozenset(range(min(starts), len(name) + 1))
        elif mark == "{":
            end = _closing(pattern, at)
            starts = frozenset(found for part in _parts(pattern[at:end]) for found in _ends(part, starts, name, depth + 1))
            at = end + 1
        elif mark == "[" and (end := pattern.find("]", at + 1)) > 0:
            negated, taken = pattern[at] in "^!", _characters(pattern[at:end].lstrip("^!"))
            starts = frozenset(start + 1 for start in starts if start < len(name) and (name[start] in taken) is not negated)
            at = end + 1
        else:
            if mark == "\\" and at < len(pattern):
                mark, at = pattern[at], at + 1
                starts = frozenset(start + 1 for start in starts if name[start : start + 1] == mark)
                continue
            starts = frozenset(start + 1 for start in starts if start < len(name) and (mark == "?" or name[start] == mark))
    return starts


def _characters(inside: str) -> str:
    """A range such as a-z is written out."""
    found = inside
    for place in range(1, len(inside) - 1):
        if inside[place] == "-":
            found += "".join(map(chr, range(ord(inside[place - 1]), min(ord(inside[place + 1]), 127) + 1)))
    return found


def _closing(pattern: str, at: int) -> int:
    level = 1
    for place in range(at, len(pattern)):
        level += (pattern[place] == "{") - (pattern[place] == "}")
        if not level:
            return place
    return len(pattern)


def _parts(text: str) -> Iterator[str]:
    """At the commas that stand in no further braces."""
    level = start = 0
    for place, mark in enumerate(text):
        level += (mark == "{") - (mark == "}")
        if mark == "," and not level:
            yield text[start:place]
            start = place + 1
    yield text[start:]
