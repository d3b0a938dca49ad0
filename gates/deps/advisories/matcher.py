"""The builtin engine: packages against the records of a database, without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gates import __version__
from gates.deps.advisories import osv
from gates.deps.advisories.database import AdvisoryDatabase, Stored
from gates.deps.advisories.versions import Parse, affected, parser
from gates.deps.advisory import Advisory, Audit, Verdict
from gates.inventory.package import Ecosystem, Package

ENGINE = "builtin"


def audit(packages: Sequence[Package], database: AdvisoryDatabase) -> Audit:
    """Raises GateUnavailable. That the database holds records of an ecosystem at all is for the caller to see."""
    parsers = {ecosystem: parser(ecosystem) for ecosystem in dict.fromkeys(package.ecosystem for package in packages)}
    known: dict[tuple[Ecosystem, str], _Known] = {}
    verdicts = []
    for package in packages:
        key = (package.ecosystem, package.name)
        if key not in known:
            known[key] = _read(database.lookup(*key), key, parsers[package.ecosystem])
        verdicts.append(_verdict(package, known[key], parsers[package.ecosystem]))
    malformed = len({identifier for found in known.values() for identifier in found.malformed})
    state = database.state(parsers)
    return Audit(ENGINE, __version__, state, tuple(verdicts), tuple(_notes(database, malformed)))


class _Known(NamedTuple):
    """The records of one package, and the ids of those that cannot be understood."""

    records: tuple[osv.Record, ...]
    malformed: tuple[str, ...]


def _read(found: Iterable[Stored], package: tuple[Ecosystem, str], parse: Parse) -> _Known:
    records, malformed = [], []
    for stored in found:
        try:
            records.append(osv.read(osv.load_json(stored.text), package, lambda _: parse))
        except osv.MalformedRecord:
            malformed.append(stored.id)
    return _Known(tuple(records), tuple(malformed))


class _Hit(NamedTuple):
    """One record that speaks of the version, by what it says of the package."""

    record: osv.Record
    entries: tuple[osv.Affected, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.record.id, *self.record.aliases)


def _verdict(package: Package, known: _Known, parse: Parse) -> Verdict:
    hits, unreadable = [], list(known.malformed)
    for record in known.records:
        try:
            entries = tuple(entry for entry in record.affected if affected(package.version, entry.versions, entry.ranges, parse))
        except ValueError:  # the installed version cannot be compared
            unreadable.append(record.id)
        else:
            if entries:
                hits.append(_Hit(record, entries))
    advisories = tuple(_advisory(group, package.ecosystem) for group in _groups(hits, package.ecosystem))
    return Verdict(package, advisories, tuple(sorted(set(unreadable))))


def _preferred(hit: _Hit, ecosystem: Ecosystem) -> str:
    """The id in the ecosystem's own numbering, "" where the record has none."""
    prefix = "PYSEC-" if ecosystem == "PyPI" else "GHSA-"
    return next((identifier for identifier in hit.ids if identifier.startswith(prefix)), "")


def _groups(hits: Sequence[_Hit], ecosystem: Ecosystem) -> list[list[_Hit]]:
    """One group for each vulnerability, by the rule of pip-audit: every id of the preferred numbering stands alone, and any other record
    joins the first group with which it shares an id. Aliases are not followed further: a record about two vulnerabilities would make one
    of them, and a waiver of the first would cover the second.
    """
    own: dict[str, list[_Hit]] = {}
    others = []
    for hit in hits:
        identifier = _preferred(hit, ecosystem)
        if identifier:
            own.setdefault(identifier, []).append(hit)
        else:
            others.append(hit)
    groups = list(own.values())
    for hit in others:
        group = next((group for group in groups if not {identifier for one in group for identifier in one.ids}.isdisjoint(hit.ids)), None)
        if group is None:
            groups.append([hit])
        else:
            group.append(hit)
    return groups


def _advisory(group: Sequence[_Hit], ecosystem: Ecosystem) -> Advisory:
    identifier = _preferred(group[0], ecosystem) or group[0].record.id
    entries = [entry for hit in group for entry in hit.entries]
    severities = [entry.severity for entry in entries if entry.severity is not None]
    return Advisory(
        identifier,
        tuple(sorted({alias for hit in group for alias in hit.ids} - {identifier})),
        next((hit.record.summary for hit in group if hit.record.summary), ""),
        max(severities, default=None),
        osv.address(identifier),
        tuple(dict.fromkeys(version for entry in entries for version in entry.fixed)),
    )


def _notes(database: AdvisoryDatabase, ours: int) -> Iterable[str]:
    others, nameless = database.manifest.malformed - ours, database.manifest.nameless
    if others > 0:
        yield f"{others} records of other packages cannot be understood"
    if nameless:
        yield f"{nameless} records name no package that can be read"
