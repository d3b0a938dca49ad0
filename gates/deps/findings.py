"""From verdicts to findings: one for each advisory, package and lock file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gates.core.finding import Finding, Location, Severity, finding
from gates.deps.advisory import Advisory, Audit, Database, Verdict
from gates.deps.rules import FALLBACK, OLD_DATABASE, STALE_LOCK, UNAUDITABLE, UNREADABLE, VULNERABLE
from gates.inventory.files import Stale
from gates.inventory.package import Ecosystem, Package

Asked = tuple[Ecosystem, str, str]  # ecosystem, name, version
_UPDATE = {
    "uv.lock": "uv lock --upgrade-package {name}",
    "poetry.lock": "poetry update {name}",
    "pdm.lock": "pdm update {name}",
    "Pipfile.lock": "pipenv upgrade {name}",
    "package-lock.json": "npm update {name}",
    "npm-shrinkwrap.json": "npm update {name}",
    "pnpm-lock.yaml": "pnpm update {name}",
    "yarn.lock": "yarn up {name}",
}


class Lines(NamedTuple):
    """From which severity findings of either ecosystem block."""

    python: Severity
    npm: Severity


def asked(package: Package) -> Asked:
    return package.ecosystem, package.name, package.version


def of_package(package: Package, verdict: Verdict, database: Database, lines: Lines, today: date) -> Iterator[Finding]:
    for advisory in verdict.advisories:
        yield _vulnerable(package, advisory, database, lines, today)
    for record in verdict.unreadable:
        yield finding(
            UNREADABLE,
            f"{record} is about {package.name}, and whether {package.version} is affected it does not say in a way that can be read",
            Location(package.path, package.line),
            f"{record} {package.purl}",
            data={**_data(package, database, today), "aliases": [], "fix_versions": [], "severity_known": False},
            fail_on=Severity.INFO,
        )


def _vulnerable(package: Package, advisory: Advisory, database: Database, lines: Lines, today: date) -> Finding:
    fixes = newer(package, advisory.fixed)
    via = f", through {' > '.join(package.chain[:-1])}" if len(package.chain) > 1 else ""
    names = ", ".join((advisory.id, *advisory.aliases[:3]))
    ends = f"; {fixes[0]} ends it" if fixes else "; no version that ends it is known"
    summary = f": {advisory.summary}" if advisory.summary else ""
    blocks_from = lines.python if package.ecosystem == "PyPI" else lines.npm
    return finding(
        VULNERABLE,
        f"{package.name} {package.version} has {names}{summary}{ends}{via}",
        Location(package.path, package.line),
        f"{advisory.id} {package.purl}",
        severity=Severity.HIGH if advisory.severity is None else advisory.severity,
        remedy=_remedy(package, fixes),
        data={
            **_data(package, database, today),
            "aliases": list(advisory.aliases),
            "fix_versions": list(fixes),
            "severity_known": advisory.severity is not None,
            "url": advisory.url,
        },
        # What nobody has rated may be the worst there is.
        fail_on=Severity.INFO if advisory.severity is None else blocks_from,
    )


def _data(package: Package, database: Database, today: date) -> dict[str, object]:
    return {
        "package": {"name": package.name, "version": package.version, "purl": str(package.purl)},
        "direct": package.direct,
        "chain": list(package.chain),
        "groups": list(package.groups),
        "db": {"source": database.source, "id": database.id, "age_days": age(database, today)},
    }


def age(database: Database, today: date) -> int | None:
    """Days since its newest record changed, None where that is not known."""
    return None if database.newest is None else max(0, (today - database.newest.date()).days)


def newer(package: Package, fixed: Sequence[str]) -> tuple[str, ...]:
    """Those of the versions that come after the installed one, the nearest first."""
    if package.ecosystem == "PyPI":
        from packaging.version import InvalidVersion, Version

        try:
            installed = Version(package.version)
            known = {version: Version(version) for version in fixed}
        except InvalidVersion:
            return tuple(fixed)
        return tuple(sorted((version for version, parsed in known.items() if parsed > installed), key=known.__getitem__))
    from gates.deps.advisories.semver import parse

    try:
        return tuple(sorted((version for version in fixed if parse(version) > parse(package.version)), key=parse))
    except ValueError:
        return tuple(fixed)


def _remedy(package: Package, fixes: Sequence[str]) -> str:
    if not fixes:
        return "leave it out or replace it; where neither can be done yet, waive it until a fixed version exists"
    command = _UPDATE.get(package.path.rpartition("/")[2], "")
    how = f", for example with {command.format(name=package.name)}" if command else ""
    if package.direct is False and package.chain:
        return f"update {package.chain[0]}, or {package.name} itself to {fixes[0]} or later{how}"
    return f"update {package.name} to {fixes[0]} or later{how}"


def unauditable(package: Package) -> Finding:
    return finding(
        UNAUDITABLE,
        f"{package.name} {package.version or '(no version)'} comes from {package.source}, of which no advisory speaks",
        Location(package.path, package.line),
        f"{package.purl} {package.source}",
        data={"package": {"name": package.name, "version": package.version, "purl": str(package.purl)}, "chain": list(package.chain)},
    )


def stale(lock: Stale) -> Finding:
    first, more = lock.differences[0], len(lock.differences) - 1
    message = f"the lock does not fit its manifest: {first}" + (f", and {more} more" if more else "")
    return finding(STALE_LOCK, message, Location(lock.path), "lock", data={"differences": list(lock.differences)})


def old(audit: Audit, days: int) -> Finding:
    message = f"the newest advisory of {audit.database.source} is {days} days old"
    return finding(OLD_DATABASE, message, None, audit.database.source, data={"age_days": days})


def fell_back(audit: Audit, reason: str, days: int | None) -> Finding:
    when = "of unknown age" if days is None else f"{days} days old"
    message = f"{reason}; judged by {audit.database.source} instead, {when}"
    return finding(FALLBACK, message, None, f"{audit.engine} {audit.database.source}", data={"age_days": days})


def by_package(audit: Audit) -> Mapping[Asked, Verdict]:
    return {asked(verdict.package): verdict for verdict in audit.verdicts}
