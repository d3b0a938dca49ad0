"""Reads Trivy's JSON report, schema 2, and refuses each one that does not prove that the whole image was compared with advisories.

https://github.com/aquasecurity/trivy/blob/main/pkg/types/report.go
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from gates.core.errors import GateUnavailable
from gates.image.engines.report import (
    Malformed,
    Object,
    advisories,
    advisory,
    digest,
    maybe,
    moment,
    once,
    severity,
    shown,
    table,
    tables,
    take,
    texts,
    title,
)
from gates.image.package import Package, Vulnerability

_SCHEMA: Final = 2
_OS: Final = "os-pkgs"
_LANGUAGE: Final = "lang-pkgs"
_NOT_COMPARED: Final = ("conda-pkg", "conda-environment")  # listed for SBOMs, and no advisory is looked for


class Report(NamedTuple):
    """`layers` counts them. `os` is "" where none was found. `os_packages` and `packages` count what was compared, the second one with all
    languages.
    """

    version: str
    created: datetime
    image_id: str
    repo_digests: tuple[str, ...]
    size: int
    layers: int
    os: str
    end_of_life: bool
    os_packages: int
    packages: int
    os_vulnerabilities: int
    vulnerabilities: tuple[Vulnerability, ...]


def read(document: object) -> Report:
    """Raises GateUnavailable."""
    try:
        return _read(table(document, "the report"))
    except Malformed as malformed:
        raise GateUnavailable(f"the report of trivy cannot be understood: {malformed}; install another version") from malformed


def _read(report: Object) -> Report:
    if take(report, "SchemaVersion", int) != _SCHEMA:
        raise Malformed(f"its SchemaVersion is {shown(str(report['SchemaVersion']))[:20]}, and not {_SCHEMA}")
    if take(report, "ArtifactType", str) != "container_image":
        raise Malformed("it is not about an image")
    metadata = table(report.get("Metadata"), "Metadata")
    results = tables(report, "Results")
    _nothing_left_out(results)
    system = table(metadata.get("OS") or {}, "Metadata.OS")
    of_os = [result for result in results if result.get("Class") == _OS]
    compared = [result for result in results if result.get("Class") in (_OS, _LANGUAGE) and result.get("Type") not in _NOT_COMPARED]
    return Report(
        take(table(report.get("Trivy") or {}, "Trivy"), "Version", str),
        moment(report, "CreatedAt"),
        digest(take(metadata, "ImageID", str)),
        texts(metadata, "RepoDigests"),
        maybe(metadata, "Size", int, 0),
        len(texts(metadata, "DiffIDs")),
        shown(" ".join(filter(None, (maybe(system, "Family", str, ""), maybe(system, "Name", str, ""))))),
        maybe(system, "EOSL", bool, False),
        sum(len(tables(result, "Packages")) for result in of_os),
        sum(len(tables(result, "Packages")) for result in compared),
        sum(len(tables(result, "Vulnerabilities")) for result in of_os),
        once(found for result in results for found in _vulnerabilities(result)),
    )


def _nothing_left_out(results: list[Object]) -> None:
    """With --show-suppressed Trivy tells what an ignore file, a policy or a VEX document has taken out; there must be none of them."""
    left_out = sum(len(tables(result, "ExperimentalModifiedFindings")) for result in results)
    if left_out:
        raise GateUnavailable(f"trivy left out {left_out} findings by rules that are not ours; find where it reads them, or reinstall it")


def _vulnerabilities(result: Object) -> Iterator[Vulnerability]:
    target = maybe(result, "Target", str, "")
    for found in tables(result, "Vulnerabilities"):
        own = advisory(take(found, "VulnerabilityID", str))
        identifier = table(found.get("PkgIdentifier") or {}, "PkgIdentifier")
        layer = table(found.get("Layer") or {}, "Layer")
        name = shown(take(found, "PkgName", str))
        path = maybe(found, "PkgPath", str, "") or (target if result.get("Class") == _LANGUAGE and "/" in target else "")
        yield Vulnerability(
            own,
            advisories(maybe(found, "VendorIDs", list, []), own),
            Package(name, shown(maybe(found, "InstalledVersion", str, "")), shown(maybe(identifier, "PURL", str, "")), shown(path)),
            severity(maybe(found, "Severity", str, "")),
            _versions(maybe(found, "FixedVersion", str, "")),
            shown(maybe(found, "Status", str, "")),
            title(maybe(found, "Title", str, "") or maybe(found, "Description", str, "")),
            _address(maybe(found, "PrimaryURL", str, "")),
            shown(maybe(layer, "DiffID", str, "")),
        )


def _versions(text: str) -> tuple[str, ...]:
    """One for each branch that is maintained, with commas between them."""
    return tuple(dict.fromkeys(shown(each) for each in map(str.strip, text.split(",")) if each))


def _address(text: str) -> str:
    return shown(text) if text.startswith(("https://", "http://")) else ""
