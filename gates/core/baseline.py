"""The baseline: findings that were there when a gate was adopted, and do not block until one day per gate."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from gates.core.accountability import ACCOUNT_KEYS, Account, live, read_account
from gates.core.documents import Table, read_json
from gates.core.documents.table import nearest
from gates.core.errors import UsageError
from gates.core.finding import Finding, Location, finding
from gates.core.patterns import lazy
from gates.core.policy import ExceptionFiles
from gates.core.report import AppliedWaiver, Weakening
from gates.core.source import Source
from gates.core.waivers import EXPIRED, EXPIRING, Terms

_FINGERPRINT = lazy(r"[0-9a-f]{32}")


class Section(NamedTuple):
    """One gate's part."""

    account: Account
    fingerprints: frozenset[str]
    line: int = 0


class Baseline(NamedTuple):
    sections: Mapping[str, Section] = MappingProxyType({})
    path: str = ""

    def weakened(self, today: date) -> tuple[Weakening, ...]:
        """One for each gate whose sunset has not passed."""
        return tuple(
            Weakening(
                f"baseline: {len(section.fingerprints)} old findings of {gate}",
                section.account.owner,
                section.account.reason,
                section.account.sunset.isoformat(),
            )
            for gate, section in self.sections.items()
            if live(section.account.sunset, today)
        )


def load(source: Source, files: ExceptionFiles, names: Collection[str]) -> Baseline:
    """An empty one where there is no file. `names` are the gates there are. Raises UsageError."""
    data = source.read(files.baseline)
    if data is not None:
        return read(data, files.baseline, names)
    if files.baseline != ExceptionFiles().baseline:
        raise UsageError("no such baseline, but the policy names it under [waivers] baseline", files.baseline)
    return Baseline()


def read(data: bytes, path: str, names: Collection[str]) -> Baseline:
    """Raises DocumentError."""
    top = Table(read_json(data, path), path, "the baseline").closed(("version", "gates"))
    if top.whole("version") != 1:
        raise top.error("'version' must be 1", "version")
    gates = top.table("gates")
    if gates is None:
        raise top.error("'gates' is missing")
    sections = {}
    for gate in gates:
        if gate not in names:
            raise gates.error(f"unknown gate {gate!r}{nearest(gate, names)}", gate)
        section = gates.table(gate)
        if section is not None:
            sections[gate] = _section(section)
    return Baseline(sections, path)


def _section(table: Table) -> Section:
    table.closed((*ACCOUNT_KEYS, "fingerprints"))
    fingerprints = table.texts("fingerprints")
    for fingerprint in fingerprints:
        if not _FINGERPRINT.fullmatch(fingerprint):
            raise table.error("'fingerprints' are 32 lower-case hex digits each", "fingerprints")
    return Section(read_account(table), frozenset(fingerprints), table.line)


def write(sections: Mapping[str, Section]) -> bytes:
    """The file: the same sections give the same bytes, and one finding more or less changes one line."""
    from json import dumps  # only `--write-baseline` comes here

    gates = {
        gate: {
            "owner": section.account.owner,
            "reason": section.account.reason,
            "sunset": section.account.sunset.isoformat(),
            "fingerprints": sorted(section.fingerprints),
        }
        for gate, section in sorted(sections.items())
    }
    return (dumps({"version": 1, "gates": gates}, indent=2, ensure_ascii=False) + "\n").encode()


def section(findings: Mapping[str, Finding], account: Account, terms: Terms) -> Section:
    """A gate's findings by fingerprint as a section, without those that nothing may cover."""
    return Section(account, frozenset(key for key, found in findings.items() if not terms.forbids(found.rule.id)))


def match(baseline: Baseline, found: Finding, fingerprint: str, today: date, terms: Terms) -> AppliedWaiver | None:
    """`terms` are the waiver file's, whose `never` holds here too."""
    account = _account(baseline, found, fingerprint, terms)
    if account is None or not live(account.sunset, today):
        return None
    days_left = (account.sunset - today).days
    return AppliedWaiver(f"baseline:{found.rule.gate}", "baseline", account.owner, account.sunset, account.reason, days_left)


def why_ended(baseline: Baseline, found: Finding, fingerprint: str, today: date, terms: Terms) -> str:
    """For the finding that blocks again; "" where the baseline covers it, or never did."""
    account = _account(baseline, found, fingerprint, terms)
    return "" if account is None or live(account.sunset, today) else f"the baseline of {found.rule.gate} ended on {account.sunset}"


def _account(baseline: Baseline, found: Finding, fingerprint: str, terms: Terms) -> Account | None:
    """Of the section that holds the finding, ended or not."""
    part = baseline.sections.get(found.rule.gate)
    return None if part is None or fingerprint not in part.fingerprints or terms.forbids(found.rule.id) else part.account


def ending(baseline: Baseline, today: date, terms: Terms) -> Iterator[Finding]:
    """`waivers/expired` and `waivers/expiring` for the sections whose day has passed or is near."""
    for gate, part in baseline.sections.items():
        days = (part.account.sunset - today).days
        if days <= terms.warn_days:
            rule, ends = (EXPIRED, "ended on") if days < 0 else (EXPIRING, "ends on")
            message = f"the baseline of {gate} {ends} {part.account.sunset}; fix its {len(part.fingerprints)} findings"
            yield finding(rule, message, Location(baseline.path, part.line), f"baseline:{gate}")
