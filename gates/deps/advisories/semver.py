"""Versions and ranges of npm packages, as node-semver reads them with `loose` and `includePrerelease`: so npm judges an advisory.

Grammar and meaning: https://github.com/npm/node-semver#ranges. In one point this is stricter. node-semver leaves out comparators that it
cannot read, and with a whole alternative that way the versions it names; here such a range raises ValueError.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gates.core.patterns import lazy

_MAX_LENGTH = 256  # of a version; node-semver reads no longer one, and no greater number
_MAX_NUMBER = 2**53 - 1
_MAX_RANGE = 100_000
_SPACE = " \t\n\r\f\v"

Identifier = tuple[int, int, str]


class Version(NamedTuple):
    """Sorts by precedence: build metadata does not count, a pre-release comes before its release."""

    major: int
    minor: int
    patch: int
    release: bool  # False where `pre` holds identifiers
    pre: tuple[Identifier, ...]


class Comparator(NamedTuple):
    operator: str  # one of < <= > >= =
    version: Version


class Range(NamedTuple):
    """A version lies in it when all comparators of one alternative hold; an alternative without any holds always."""

    alternatives: tuple[tuple[Comparator, ...], ...]


# The hyphen in front of a pre-release may be missing: 1.0.0beta1 is common in the registry.
_PRE = r"-?((?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|[0-9]+)(?:\.(?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|[0-9]+))*)"
_BUILD = lazy(r"\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*")
_VERSION = lazy(rf"[v=\s]*([0-9]+)\.([0-9]+)\.([0-9]+)(?:{_PRE})?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?", re.ASCII)
_NUMBER = r"([0-9]+|[xX*])"
_PARTIAL = rf"[v=]*{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}(?:{_PRE})?)?)?"
_HYPHENATED = lazy(rf"{_PARTIAL}\s+-\s+{_PARTIAL}", re.ASCII)
_COMPARATOR = lazy(rf"(\^|~>?|[<>]\s+=(?!\s)|[<>]?=?)\s*{_PARTIAL}(?:\s+|$)", re.ASCII)

_LOWEST = ((0, 0, ""),)  # the pre-release 0, before which there is none


def satisfies(version: str, range_: str) -> bool:
    """Raises ValueError for a version or range that cannot be read: its package stays undetermined."""
    return contains(parse_range(range_), parse(version))


def contains(range_: Range, version: Version) -> bool:
    return any(all(_holds(comparator, version) for comparator in comparators) for comparators in range_.alternatives)


def parse(text: str) -> Version:
    """Raises ValueError."""
    match = _VERSION.fullmatch(text.strip(_SPACE)) if len(text) <= _MAX_LENGTH else None
    if match is None:
        raise ValueError(f"{text[:60]!r} is no version of an npm package")
    return _version(_whole(match[1]), _whole(match[2]), _whole(match[3]), match[4])


def parse_range(text: str) -> Range:
    """Raises ValueError."""
    if len(text) > _MAX_RANGE:
        raise ValueError(f"the range of versions is longer than {_MAX_RANGE} characters")
    try:
        return Range(tuple(tuple(_comparators(_BUILD.sub("", part.strip(_SPACE)))) for part in text.split("||")))
    except ValueError as error:
        raise ValueError(f"the range of versions {text[:60]!r} cannot be read: {error}") from None


def _comparators(text: str) -> Iterator[Comparator]:
    if hyphenated := _HYPHENATED.fullmatch(text):
        parts = hyphenated.groups()
        yield from _from(_Partial(*parts[:4]))
        yield from _through(_Partial(*parts[4:]))
        return
    at = 0
    while at < len(text):
        match = _COMPARATOR.match(text, at)
        if match is None:
            raise ValueError(f"{text[at : at + 60]!r} is no comparator")
        at = match.end()
        yield from _meaning("".join(match[1].split()), _Partial(*match.groups()[1:]))


class _Partial(NamedTuple):
    """A version as written, parts of which may be missing or a wildcard."""

    major: str
    minor: str | None = None
    patch: str | None = None
    pre: str | None = None

    @property
    def given(self) -> int:
        """How many numbers stand before the first that is missing or a wildcard."""
        for count, part in enumerate(self[:3]):
            if part is None or part in "xX*":
                return count
        return 3

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Zero for what is not given."""
        given = self.given
        major, minor, patch = (_whole(part) if part and count < given else 0 for count, part in enumerate(self[:3]))
        return major, minor, patch


def _meaning(operator: str, partial: _Partial) -> Iterator[Comparator]:
    given = partial.given
    if operator == "^":
        # Up to the first number that is not zero: that is the one whose change breaks.
        kept = 1 if given < 2 or partial.major != "0" else 2 if given < 3 or partial.minor != "0" else 3
        yield from _span(partial, kept)
    elif operator.startswith("~"):
        yield from _span(partial, 1 if given < 2 else 2)
    elif given < 3:
        if any(part is not None and part not in "xX*" for part in partial[given:3]):
            raise ValueError("a number follows a wildcard")
        yield from _of_wildcard(operator, partial)
    else:
        yield Comparator(operator or "=", _version(*partial.numbers, partial.pre))


def _of_wildcard(operator: str, partial: _Partial) -> Iterator[Comparator]:
    """`1.2` and `1.2.x` stand for all versions that start so, and a comparison is with all of them."""
    given = partial.given
    first = _start(*partial.numbers)
    if not given:
        if operator in ("<", ">"):
            yield Comparator("<", first)  # nothing is below or above all versions
    elif operator == "<":
        yield Comparator("<", first)
    elif operator == "<=":
        yield Comparator("<", _after(partial, given))
    elif operator == ">":
        yield Comparator(">=", _after(partial, given))
    elif operator == ">=":
        yield Comparator(">=", first)
    else:
        yield from _span(partial, given)


def _span(partial: _Partial, kept: int) -> Iterator[Comparator]:
    """From that version on, as long as the first `kept` numbers stay."""
    given = partial.given
    if given:
        yield Comparator(">=", _start(*partial.numbers) if given < 3 else _version(*partial.numbers, partial.pre))
        yield Comparator("<", _after(partial, kept))


def _from(partial: _Partial) -> Iterator[Comparator]:
    """The left side of `1.2.3 - 2.0.0`, which takes the pre-releases of 1.2.3 along."""
    if partial.given:
        pre = partial.pre if partial.given == 3 else None
        yield Comparator(">=", _version(*partial.numbers, pre) if pre else _start(*partial.numbers))


def _through(partial: _Partial) -> Iterator[Comparator]:
    if partial.given == 3 and partial.pre:
        yield Comparator("<=", _version(*partial.numbers, partial.pre))
    elif partial.given:
        yield Comparator("<", _after(partial, partial.given))


def _after(partial: _Partial, kept: int) -> Version:
    """The first version that differs in the first `kept` numbers."""
    major, minor, patch = partial.numbers
    return _start(*((major + 1, 0, 0), (major, minor + 1, 0), (major, minor, patch + 1))[kept - 1])


def _start(major: int, minor: int, patch: int) -> Version:
    """The lowest pre-release."""
    return Version(_bounded(major), _bounded(minor), _bounded(patch), False, _LOWEST)


def _version(major: int, minor: int, patch: int, pre: str | None) -> Version:
    identifiers = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in pre.split(".")) if pre else ()
    return Version(major, minor, patch, not identifiers, identifiers)


def _whole(text: str) -> int:
    if len(text) > _MAX_LENGTH:
        raise ValueError("a number is out of range")
    return _bounded(int(text))


def _bounded(number: int) -> int:
    if number > _MAX_NUMBER:
        raise ValueError("a number is out of range")
    return number


def _holds(comparator: Comparator, version: Version) -> bool:
    operator, bound = comparator
    if operator == "=":
        return version == bound
    if operator == "<":
        return version < bound
    if operator == "<=":
        return version <= bound
    return version > bound if operator == ">" else version >= bound
