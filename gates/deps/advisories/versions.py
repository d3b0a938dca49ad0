"""Which versions an OSV record speaks of: https://ossf.github.io/osv-schema/#evaluation.

Versions of Python packages are ordered by PEP 440, through `packaging`; those of npm packages by `semver`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple, Protocol

from gates.core.errors import GateUnavailable
from gates.inventory.package import Ecosystem

Kind = Literal["introduced", "fixed", "last_affected", "limit"]
EVENTS: tuple[Kind, ...] = ("introduced", "fixed", "last_affected", "limit")


class Event(NamedTuple):
    """`version` is "0" where an introduced event means the first version there ever was, and "*" where a limit is none."""

    kind: Kind
    version: str


Range = tuple[Event, ...]  # in the order of the record


class Ordered(Protocol):
    """A version that has been parsed; compared only with others of its ecosystem."""

    def __lt__(self, other: Any, /) -> bool: ...


Parse = Callable[[str], Ordered]  # raises ValueError


def parser(ecosystem: Ecosystem) -> Parse:
    """Remembers what it has parsed: the records of one package name the same versions again and again. Raises GateUnavailable."""
    parse = _pep440() if ecosystem == "PyPI" else _npm()
    known: dict[str, Ordered | None] = {}

    def remembered(text: str) -> Ordered:
        if text not in known:
            try:
                known[text] = parse(text)
            except ValueError:
                known[text] = None
        found = known[text]
        if found is None:
            raise ValueError(f"{text[:60]!r} is no version of {ecosystem}")
        return found

    return remembered


def _pep440() -> Parse:
    try:
        from packaging.version import Version
    except ImportError as error:
        raise GateUnavailable("packaging is not installed; install gates[deps]") from error
    return Version


def _npm() -> Parse:
    from gates.deps.advisories import semver

    return semver.parse


def problem(events: Range, parse: Parse) -> str:
    """Why a range cannot be judged, "" where it can."""
    if not any(event.kind == "introduced" for event in events):
        return "a range without an introduced event"
    for event in events:
        if not _endless(event):
            try:
                parse(event.version)
            except ValueError as error:
                return str(error)
    for event, following in pairwise(event for event in events if event.kind in ("introduced", "fixed")):
        if (event.kind, following.kind) == ("introduced", "fixed") and _equal(event, following, parse):
            return f"a range that is introduced and fixed in {event.version[:60]!r}"
    return ""


def _equal(introduced: Event, fixed: Event, parse: Parse) -> bool:
    if introduced.version == fixed.version:  # also "0", which is before all versions
        return True
    return not _endless(introduced) and parse(introduced.version) == parse(fixed.version)


def affected(version: str, versions: Sequence[str], ranges: Sequence[Range], parse: Parse) -> bool:
    """Of a local version such as 2.0+cu118 the public part is asked as well.

    What the list holds may be unparsable; such an entry stands for the version that is written just so. Raises ValueError where `version`
    cannot be parsed and the list does not name it as it is written.
    """
    if version in versions:
        return True
    spellings = [version] if "+" not in version else [version, version.partition("+")[0]]
    asked = [parse(spelling) for spelling in spellings]
    return any(_listed(one, versions, parse) or any(_inside(one, events, parse) for events in ranges) for one in asked)


def _listed(one: Ordered, versions: Sequence[str], parse: Parse) -> bool:
    for entry in versions:
        try:
            if parse(entry) == one:
                return True
        except ValueError:  # it is no version, so it equals none
            continue
    return False


def _inside(one: Ordered, events: Range, parse: Parse) -> bool:
    """Events of one version count in the order of the record: fixed and introduced again is affected, introduced and fixed is refused."""
    limits = [event for event in events if event.kind == "limit"]
    if limits and not any(event.version == "*" or one < parse(event.version) for event in limits):
        return False
    inside = False
    for event in sorted((event for event in events if event.kind != "limit"), key=lambda event: _Bound(event, parse)):
        if event.kind == "introduced":
            if _endless(event) or not one < parse(event.version):
                inside = True
        elif event.kind == "fixed":
            if not one < parse(event.version):
                inside = False
        elif parse(event.version) < one:
            inside = False
    return inside


def _endless(event: Event) -> bool:
    return (event.kind, event.version) in (("introduced", "0"), ("limit", "*"))


class _Bound:
    """Sorts events by version, the very first in front."""

    __slots__ = ("_version",)

    def __init__(self, event: Event, parse: Parse) -> None:
        self._version = None if _endless(event) else parse(event.version)

    def __lt__(self, other: _Bound) -> bool:
        if other._version is None:
            return False
        return self._version is None or self._version < other._version
