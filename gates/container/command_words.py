"""Names with values among the words of a command line, such as a password that a program is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gates.core.patterns import lazy

_ASSIGNED = lazy(r"(--?[A-Za-z][A-Za-z0-9._-]*|[A-Za-z_][A-Za-z0-9_]*)=(.+)", 16)  # re.DOTALL
_SPACES = lazy(r"\s")


class Named(NamedTuple):
    """`name` is "" for an address that may hold a password; `place` is the number of the word that holds the value, from 0.
    `assigned`: the same word holds the name.
    """

    name: str
    value: str
    place: int
    assigned: bool = False


def named(words: Sequence[str]) -> Iterator[Named]:
    """NAME=value, --name=value and --name value."""
    for place, word in enumerate(words):
        following = words[place + 1] if place + 1 < len(words) else ""
        if match := _ASSIGNED.fullmatch(word):
            yield Named(match[1], match[2], place, assigned=True)
        elif word.startswith("-") and following and not following.startswith("-") and not _SPACES.search(following):
            yield Named(word, following, place + 1)
        elif "://" in word and "@" in word:
            yield Named("", word, place)
