"""One advisory in the OSV format, read strictly: https://ossf.github.io/osv-schema/."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from gates.core.documents import DocumentError, plain, read_yaml
from gates.core.finding import Severity
from gates.core.patterns import lazy
from gates.deps.advisories import cvss
from gates.deps.advisories.versions import EVENTS, Event, Parse, Range, parser, problem
from gates.inventory.package import Ecosystem, canonical

MAX_BYTES = 16 << 20  # of one record; the longest real ones list tens of thousands of versions
MAX_SUMMARY = 300  # characters


class MalformedRecord(ValueError):
    """The record cannot be understood, so that what it says of its packages stays unknown. The text is the reason."""


class Affected(NamedTuple):
    """`name` is canonical. Ranges of commits are left out. `severity` is that of the record where this package has none of its own."""

    ecosystem: Ecosystem
    name: str
    ranges: tuple[Range, ...]
    versions: tuple[str, ...]
    severity: Severity | None

    @property
    def fixed(self) -> tuple[str, ...]:
        return tuple(event.version for events in self.ranges for event in events if event.kind == "fixed")


class Record(NamedTuple):
    """One that was withdrawn says nothing any more: it has an id, "" where that cannot be read, and no `affected`."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: Severity | None
    withdrawn: datetime | None
    modified: datetime | None
    affected: tuple[Affected, ...]

    @property
    def url(self) -> str:
        return address(self.id)


class About(NamedTuple):
    """What tells, without reading a record in full, for whom it is stored."""

    id: str  # "" where it cannot be read
    packages: frozenset[tuple[Ecosystem, str]]
    nameless: bool  # it may speak of a package whose name cannot be read
    modified: datetime | None


def address(identifier: str) -> str:
    """The page for people."""
    if identifier.startswith("GHSA-"):
        return f"https://github.com/advisories/{identifier}"
    return f"https://osv.dev/vulnerability/{identifier}"


def load_json(data: bytes) -> object:
    """Raises MalformedRecord. Not the reader of `core.documents`, which keeps the place of each value and takes twenty times as long."""
    if len(data) > MAX_BYTES:
        raise MalformedRecord(f"longer than {MAX_BYTES} bytes")
    try:
        document: object = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_table, parse_constant=_refuse)
    except MalformedRecord:
        raise
    except (ValueError, RecursionError):
        raise MalformedRecord("not valid JSON") from None
    return document


def load_yaml(data: bytes) -> object:
    """Raises MalformedRecord."""
    try:
        return plain(read_yaml(data, "", max_bytes=MAX_BYTES))
    except DocumentError as error:
        raise MalformedRecord(error.message) from None


def _table(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise MalformedRecord("a key occurs twice")
    return table


def _refuse(constant: str) -> object:
    raise MalformedRecord(f"the number {constant}")


def about(document: object) -> About:
    """Never raises: what cannot be read is told."""
    if not isinstance(document, dict):
        return About("", frozenset(), True, None)
    packages: set[tuple[Ecosystem, str]] = set()
    entries = document.get("affected", [])
    nameless = not isinstance(entries, list)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and not entry.get("package") and _commits_only(entry):
            continue
        ecosystem, name = _package(entry)
        known = _ecosystem(ecosystem)
        if known and name:
            packages.add((known, _canonical(known, name)))
        elif known or not ecosystem:
            nameless = True
    modified = document.get("modified")
    return About(_known_id(document), frozenset(packages), nameless, _time(modified) if isinstance(modified, str) else None)


def mentioned(data: bytes) -> frozenset[tuple[Ecosystem, str]]:
    """The packages that a record which is no valid document seems to speak of; rather too many, so that none of them passes for it."""
    text = data.decode("utf-8", "replace")
    ecosystems: list[Ecosystem] = [ecosystem for ecosystem in ("PyPI", "npm") if ecosystem.lower() in text.lower()]
    names = {match[1] for match in _NAME.finditer(text)}
    return frozenset((ecosystem, _canonical(ecosystem, name)) for ecosystem in ecosystems for name in names)


def read(document: object, package: tuple[Ecosystem, str] | None = None, parse: Callable[[Ecosystem], Parse] = parser) -> Record:
    """With `package`, whose name is canonical, only what the record says of it is read. Raises MalformedRecord.

    A record that was withdrawn is read no further than that: it never counts, whatever else is wrong with it.
    """
    table = _mapping(document, "the record")
    withdrawn = _moment(table, "withdrawn")
    if withdrawn:
        return Record(_known_id(table), (), "", None, withdrawn, None, ())
    identifier = _identifier(table.get("id"), "id")
    schema = _text(table, "schema_version", "1.0.0")
    if schema.partition(".")[0] != "1":
        raise MalformedRecord(f"the schema version {schema[:20]!r}, which is not known")
    aliases = tuple(_identifier(alias, "aliases") for alias in _list(table, "aliases"))
    severity = _severity(table)
    affected = tuple(_affected(table, package, severity, parse))
    if package and not affected:
        raise MalformedRecord("no entry about the package")
    return Record(
        identifier,
        tuple(dict.fromkeys(alias for alias in aliases if alias != identifier)),
        _summary(table),
        severity,
        None,
        _moment(table, "modified"),
        affected,
    )


def _affected(
    table: Mapping[str, object], package: tuple[Ecosystem, str] | None, severity: Severity | None, parse: Callable[[Ecosystem], Parse]
) -> Iterator[Affected]:
    for entry in _list(table, "affected"):
        ecosystem, name = _package(entry)
        known = _ecosystem(ecosystem)
        if not known:
            continue
        found = (known, _canonical(known, name))
        if package is None or found == package:
            fields = _mapping(entry, "affected")
            yield _entry(fields, *found, severity=_severity(fields) if "severity" in fields else severity, parse=parse(known))


def _entry(entry: Mapping[str, object], ecosystem: Ecosystem, name: str, *, severity: Severity | None, parse: Parse) -> Affected:
    versions = []
    for version in _list(entry, "versions"):
        if not isinstance(version, str) or not version:
            raise MalformedRecord("a version that is no text")
        versions.append(version)
    ranges = tuple(_ranges(entry, ecosystem, parse))
    if not versions and not ranges:
        raise MalformedRecord("neither versions nor a range of versions")
    return Affected(ecosystem, name, ranges, tuple(versions), severity)


def _ranges(entry: Mapping[str, object], ecosystem: Ecosystem, parse: Parse) -> Iterator[Range]:
    for item in _list(entry, "ranges"):
        fields = _mapping(item, "a range")
        kind = fields.get("type")
        if kind == "GIT":
            continue
        if kind not in ("ECOSYSTEM", "SEMVER"):
            raise MalformedRecord("a range of no known type")
        events = tuple(_event(event, ecosystem) for event in _list(fields, "events"))
        if wrong := problem(events, parse):
            raise MalformedRecord(wrong)
        yield events


def _event(event: object, ecosystem: Ecosystem) -> Event:
    """Exactly one of the four: what an event with none or two means is anybody's guess. `1.2` of an npm package is 1.2.0."""
    fields = _mapping(event, "an event")
    given = [kind for kind in EVENTS if kind in fields]
    if len(given) != 1:
        raise MalformedRecord("an event that is not exactly one of introduced, fixed, last_affected and limit")
    version = fields[given[0]]
    if not isinstance(version, str) or not version:
        raise MalformedRecord(f"{given[0]} is no version")
    if ecosystem == "npm" and _SHORT.fullmatch(version):
        version += ".0" * (2 - version.count("."))
    return Event(given[0], version)


_WORDS = {"LOW": Severity.LOW, "MODERATE": Severity.MEDIUM, "MEDIUM": Severity.MEDIUM, "HIGH": Severity.HIGH, "CRITICAL": Severity.CRITICAL}


def _severity(fields: Mapping[str, object]) -> Severity | None:
    """The database's own word, else the highest vector that can be scored. What is not understood is unknown, and unknown blocks."""
    specific = fields.get("database_specific")
    word = specific.get("severity") if isinstance(specific, dict) else None
    if isinstance(word, str) and word.upper() in _WORDS:
        return _WORDS[word.upper()]
    entries = fields.get("severity")
    scores = [entry.get("score") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    known = [cvss.severity(score) for score in scores if isinstance(score, str)]
    return max((severity for severity in known if severity is not None), default=None)


_SHORT = lazy(r"[1-9][0-9]*|[0-9]+\.[0-9]+", re.ASCII)
_NAME = lazy(r"""\bname["']?[ \t]*:[ \t]*["']?([^"'\s,}\]]{1,300})""")
_ID = lazy(r"[A-Za-z0-9][!-~]{0,199}")
_TIME = lazy(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")


def _identifier(value: object, what: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise MalformedRecord(f"{what} is no identifier")
    return value


def _known_id(table: Mapping[str, object]) -> str:
    identifier = table.get("id")
    return identifier if isinstance(identifier, str) and _ID.fullmatch(identifier) else ""


def _summary(table: Mapping[str, object]) -> str:
    for key in ("summary", "details"):
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            line = " ".join(value.strip().split("\n")[0].split())
            return line if len(line) <= MAX_SUMMARY else line[: MAX_SUMMARY - 1] + "…"
    return ""


def _moment(table: Mapping[str, object], key: str) -> datetime | None:
    value = table.get(key)
    if value is None:
        return None
    moment = _time(value) if isinstance(value, str) else None
    if moment is None:
        raise MalformedRecord(f"{key} is no time")
    return moment


def _time(text: str) -> datetime | None:
    """RFC 3339, of which Python reads no more than microseconds."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def _package(entry: object) -> tuple[str, str]:
    """Ecosystem and name as written, each "" where it cannot be read."""
    package = entry.get("package") if isinstance(entry, dict) else None
    if not isinstance(package, dict):
        return "", ""
    ecosystem, name = package.get("ecosystem"), package.get("name")
    return ecosystem if isinstance(ecosystem, str) else "", name.strip() if isinstance(name, str) and _encodable(name) else ""


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _ecosystem(text: str) -> Ecosystem | None:
    """Some records add a part of an ecosystem behind a colon, some spell it in their own way; to leave those out would be to miss them."""
    word = text.partition(":")[0].strip().lower()
    return "PyPI" if word == "pypi" else "npm" if word == "npm" else None


def _canonical(ecosystem: Ecosystem, name: str) -> str:
    return canonical(name) if ecosystem == "PyPI" else name


def _commits_only(entry: Mapping[str, object]) -> bool:
    """Records about a repository have no package; they speak of commits and tags."""
    ranges = entry.get("ranges")
    return isinstance(ranges, list) and bool(ranges) and all(isinstance(item, dict) and item.get("type") == "GIT" for item in ranges)


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MalformedRecord(f"{what} is no table")
    return value


def _list(table: Mapping[str, object], key: str) -> list[object]:
    """Null counts as absent, as tools that write OSV in Go leave it."""
    value = table.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedRecord(f"{key} is no list")
    return value


def _text(table: Mapping[str, object], key: str, default: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise MalformedRecord(f"{key} is no text")
    return value
