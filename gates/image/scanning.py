"""From what an engine found in an image to findings: one for each advisory, package and file, and one for a system without advisories."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gates.core.finding import Finding, Location, Severity, finding
from gates.image.engines.database import age_days
from gates.image.engines.report import subject_of
from gates.image.options import Options
from gates.image.package import Scan, Vulnerability
from gates.image.rules.packages import END_OF_LIFE, VULNERABLE

_TOLD = 3  # aliases that a message names


def judge(scan: Scan, options: Options, today: date, location: Location | None = None) -> Iterator[Finding]:
    """`location` is the image's file, for one that lies in the repository; the subjects of any other image name it.

    What nothing ends yet is shown and does not block: no change of the Dockerfile could help.
    """
    if scan.end_of_life:
        yield finding(
            END_OF_LIFE,
            f"{_named(scan, location)}{scan.os} gets no more advisories, so what is wrong with its packages is not known",
            location,
            _subject(scan, location, scan.os.replace(" ", "-")),
            data={**_data(scan, today), "package": None, "layer": "", "fix_versions": [], "os": scan.os},
        )
    for found in scan.vulnerabilities:
        yield _vulnerable(scan, found, today, location)


def is_fixable(found: Vulnerability) -> bool:
    return bool(found.fix_versions) or found.status == "fixed"


def _vulnerable(scan: Scan, found: Vulnerability, today: date, location: Location | None) -> Finding:
    package = found.package
    names = ", ".join((found.id, *found.aliases[:_TOLD]))
    what = f": {found.title}" if found.title else ""
    unrated = "" if found.severity is not None else ", which nobody has rated"
    where = f" in {package.path}" if package.path else ""
    return finding(
        VULNERABLE,
        f"{_named(scan, location)}{package.name} {package.version}{where} has {names}{unrated}{what}; {_end(found)}",
        location,
        _subject(scan, location, *filter(None, subject_of(found))),
        # What nobody has rated may be the worst there is.
        severity=Severity.CRITICAL if found.severity is None else found.severity,
        remedy=_remedy(found),
        data={
            **_data(scan, today),
            "package": {"name": package.name, "version": package.version, "purl": package.purl, "path": package.path},
            "layer": found.layer,
            "fix_versions": list(found.fix_versions),
            "aliases": list(found.aliases),
            "status": found.status,
            "severity_known": found.severity is not None,
            "url": found.url,
        },
        may_block=is_fixable(found),
    )


def _subject(scan: Scan, location: Location | None, *parts: str) -> str:
    """The advisory first, which a waiver names. Without a path the fingerprints of two images would be the same."""
    return " ".join((*parts, *(() if location else (unversioned(scan.image),))))


def _named(scan: Scan, location: Location | None) -> str:
    return "" if location else f"{scan.image}: "


def unversioned(image: str) -> str:
    """Without tag and digest: a finding stays the same one in the next build of the image."""
    folder, slash, leaf = image.partition("@")[0].rpartition("/")
    return folder + slash + leaf.partition(":")[0]


def _data(scan: Scan, today: date) -> dict[str, object]:
    database = scan.database
    return {
        "image": scan.image,
        "digest": scan.digest,
        "db": {"source": database.source, "id": database.updated.isoformat(), "age_days": age_days(database, today)},
    }


def _end(found: Vulnerability) -> str:
    if found.fix_versions:
        return f"{' or '.join(found.fix_versions)} ends it"
    if found.status == "fixed":
        return "it is fixed, in a version that the database does not name"
    return f"no version ends it yet ({found.status.replace('_', ' ')})" if found.status else "no version ends it yet"


def _remedy(found: Vulnerability) -> str:
    package = found.package
    if not is_fixable(found):
        return f"leave {package.name} out of the image, or take another base image; where neither can be, wait for a fixed version"
    to = f"to {found.fix_versions[0]} or later" if found.fix_versions else "to its newest version"
    if package.path:
        return f"update {package.name} {to}, and build the image again"
    return f"build on a base image that has {package.name} {to.removeprefix('to ')}, or update it {to} in the Dockerfile"
