"""A database of Trivy's, schema 2, in a cache folder: https://github.com/aquasecurity/trivy-db"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from tests.doubles import bolt

Severity = Literal["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"]

PYTHON: Final = "pip::GitHub Security Advisory Pip"
NODE: Final = "npm::GitHub Security Advisory Npm"

_SEVERITIES: Final[tuple[Severity, ...]] = ("UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL")
_STATUSES: Final = ("unknown", "not_affected", "affected", "fixed", "under_investigation", "will_not_fix", "fix_deferred", "end_of_life")
_SOURCES: Final = {
    "alpine": {"ID": "alpine", "Name": "Alpine Secdb", "URL": "https://secdb.alpinelinux.org/"},
    "debian": {"ID": "debian", "Name": "Debian Security Tracker", "URL": "https://salsa.debian.org/security-tracker-team/security-tracker"},
    "pip": {"ID": "ghsa", "Name": "GitHub Security Advisory Pip", "URL": "https://github.com/advisories?query=ecosystem%3Apip"},
    "npm": {"ID": "ghsa", "Name": "GitHub Security Advisory Npm", "URL": "https://github.com/advisories?query=ecosystem%3Anpm"},
}


class Advisory(NamedTuple):
    """`bucket` is "alpine 3.20", "debian 13", PYTHON or NODE; `package` the name that it is built from. `fixed` "" means that no version
    is. `status` counts for Debian where none is fixed. `aliases` are ids such as GHSA-….
    """

    bucket: str
    package: str
    id: str
    fixed: str = ""
    severity: Severity = "HIGH"
    status: str = ""
    aliases: Sequence[str] = ()
    title: str = ""

    def entry(self) -> dict[str, Any]:
        if "::" in self.bucket:
            versions = {"VulnerableVersions": [f"<{self.fixed}" if self.fixed else ">=0"]}
            found: dict[str, Any] = versions | ({"PatchedVersions": [self.fixed]} if self.fixed else {})
        else:
            found = {"FixedVersion": self.fixed} if self.fixed else {}
        if self.status:
            found["Status"] = _STATUSES.index(self.status)
        return found | ({"VendorIDs": list(self.aliases)} if self.aliases else {})

    def vulnerability(self) -> dict[str, Any]:
        severity = _SEVERITIES.index(self.severity)
        return {
            "Title": self.title or f"{self.package}: a planted vulnerability",
            "Description": f"A vulnerability of {self.package} that no real version has.",
            "Severity": self.severity,
            "VendorSeverity": {"nvd": severity, "ghsa": severity} if severity else {},
            "References": [f"https://example.org/{self.id}"],
            "PublishedDate": "2026-01-01T00:00:00Z",
            "LastModifiedDate": "2026-01-02T00:00:00Z",
        }


def buckets(advisories: Sequence[Advisory]) -> dict[str, Any]:
    """Name of a bucket -> the next one -> … -> the document of a key, as Trivy looks for it."""
    found: dict[str, Any] = {"vulnerability": {}, "data-source": {}}
    for advisory in advisories:
        found.setdefault(advisory.bucket, {}).setdefault(advisory.package, {})[advisory.id] = advisory.entry()
        found["vulnerability"][advisory.id] = advisory.vulnerability()
        found["data-source"][advisory.bucket] = _SOURCES[advisory.bucket.partition("::")[0].partition(" ")[0]]
    return found


DOCUMENTS: Final[Mapping[str, int]] = {"vulnerability": 1, "data-source": 1}
"""How deep the documents of a bucket are; all others are package and then advisory, two deep."""


def write(cache: Path, advisories: Sequence[Advisory], updated: datetime, *, metadata: Mapping[str, Any] | None = None) -> Path:
    """The database as it would be fetched at `updated`, with a time zone: it is a minute old then. Answers with `cache`.

    `metadata` replaces fields of metadata.json; None in it takes a field away.
    """
    folder = cache / "db"
    folder.mkdir(parents=True, exist_ok=True)
    tree = {name: _encoded(bucket, DOCUMENTS.get(name, 2)) for name, bucket in buckets(advisories).items()}
    (folder / "trivy.db").write_bytes(bolt.encode(tree))
    fields: dict[str, Any] = {
        "Version": 2,
        "NextUpdate": _time(updated + timedelta(hours=24)),
        "UpdatedAt": _time(updated),
        "DownloadedAt": _time(updated + timedelta(minutes=1)),
    }
    fields = {key: value for key, value in (fields | dict(metadata or {})).items() if value is not None}
    (folder / "metadata.json").write_text(json.dumps(fields))
    return cache


def _encoded(bucket: Mapping[str, Any], depth: int) -> dict[str, bolt.Tree | bytes]:
    if depth == 1:
        return {key: json.dumps(document).encode() for key, document in bucket.items()}
    return {key: _encoded(inner, depth - 1) for key, inner in bucket.items()}


def _time(moment: datetime) -> str:
    """RFC 3339 with nanoseconds, as Go writes it."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
