"""What the reports of all engines have in common: JSON that is read strictly, and text of which nothing is believed to be printable."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TypeVar

from gates.core.errors import GateUnavailable
from gates.core.finding import Severity
from gates.image.engines.running import read
from gates.image.package import Vulnerability

LIMIT: Final = 512 << 20  # bytes of a report
_TITLE: Final = 300  # characters; databases hold whole articles
_SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "negligible": Severity.INFO,
        "low": Severity.LOW,
        "medium": Severity.MEDIUM,
        "high": Severity.HIGH,
        "critical": Severity.CRITICAL,
    }
)
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:+-]{1,119}")  # of an advisory: it opens a subject, which a space would end
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

_Kind = TypeVar("_Kind")
Object = Mapping[str, object]


class Malformed(Exception):
    """A report without the shape that is documented; the text says where, in our own words."""


def load(path: str, tool: str) -> object:
    """The document. Raises GateUnavailable where there is none, an empty one, or one that is not JSON."""
    if not os.path.isfile(path) or not os.path.getsize(path):
        raise GateUnavailable(f"{tool} ended well and wrote no report, so what it looked at is not known; try again, or reinstall it")
    try:
        return json.loads(read(path, f"the report of {tool}", LIMIT))
    except (ValueError, RecursionError) as error:
        raise GateUnavailable(
            f"the report of {tool} is not whole JSON, so what it found is not known; is the temporary folder full?"
        ) from error


def table(value: object, what: str) -> Object:
    if not isinstance(value, dict):
        raise Malformed(f"{what} is no object")
    return value


def take(found: Object, key: str, kind: type[_Kind]) -> _Kind:
    """Raises Malformed where it is missing or of another kind."""
    value = found.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Malformed(f"it has no {key} where one belongs")
    return value


def maybe(found: Object, key: str, kind: type[_Kind], absent: _Kind) -> _Kind:
    """`absent` where it is missing or null. Raises Malformed for another kind."""
    return absent if found.get(key) is None else take(found, key, kind)


def tables(found: Object, key: str) -> list[Object]:
    """Empty where it is missing or null: that is how both engines write an empty list."""
    return [table(each, f"an entry of {key}") for each in maybe(found, key, list, [])]


def texts(found: Object, key: str) -> tuple[str, ...]:
    listed = maybe(found, key, list, [])
    if not all(isinstance(each, str) for each in listed):
        raise Malformed(f"{key} holds something that is no text")
    return tuple(shown(each) for each in listed)


def moment(found: Object, key: str) -> datetime:
    """A time with a zone (RFC 3339), in UTC. Raises Malformed."""
    try:
        time = datetime.fromisoformat(take(found, key, str))
        if time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed(f"its {key} is no time")


def advisory(text: str) -> str:
    """Raises Malformed for what cannot be the id of one."""
    if not _ID.fullmatch(text):
        raise Malformed("it holds an advisory whose id cannot be read")
    return text


def advisories(listed: Iterable[object], own: str) -> tuple[str, ...]:
    """Other names of one. What cannot be a name is left out: it would only let more waivers match."""
    return tuple(dict.fromkeys(each for each in listed if isinstance(each, str) and _ID.fullmatch(each) and each != own))


def severity(text: str) -> Severity | None:
    """None for one that is unknown, and for every word that is not known here."""
    return _SEVERITIES.get(text.lower())


def digest(text: str) -> str:
    """Raises Malformed."""
    if not _DIGEST.fullmatch(text):
        raise Malformed("it names an image by something that is no sha256 digest")
    return text


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def shown(text: str) -> str:
    """With everything escaped that is no visible character or plain space, so that different texts stay different."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}" for letter in text)


def title(text: str) -> str:
    """One printable line of it."""
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"


def some_layer(tool: str, count: int) -> None:
    """Raises GateUnavailable for none: even an image from scratch has one, or there is nothing in it to be run."""
    if not count:
        raise GateUnavailable(f"{tool} saw no layer in the image, so there was nothing to look at; was the right image built and saved?")


def subject_of(found: Vulnerability) -> tuple[str, str, str]:
    """What tells one vulnerability of an image from another: the advisory, the package, and the file that brings it."""
    package = found.package
    return found.id, package.purl or f"{package.name}@{package.version}", package.path


def once(found: Iterable[Vulnerability]) -> tuple[Vulnerability, ...]:
    """Sorted, each once: where an engine tells one twice, with the worse severity and every fix and alias of both."""
    kept: dict[tuple[str, str, str], Vulnerability] = {}
    for each in found:
        key = subject_of(each)
        other = kept.get(key)
        kept[key] = each if other is None else _both(other, each)
    return tuple(kept[key] for key in sorted(kept))


def _both(one: Vulnerability, other: Vulnerability) -> Vulnerability:
    known = [each for each in (one.severity, other.severity) if each is not None]
    return one._replace(
        severity=max(known) if len(known) == 2 else None,
        aliases=tuple(dict.fromkeys((*one.aliases, *other.aliases))),
        fix_versions=tuple(dict.fromkeys((*one.fix_versions, *other.fix_versions))),
        status="fixed" if "fixed" in (one.status, other.status) else one.status,
    )
