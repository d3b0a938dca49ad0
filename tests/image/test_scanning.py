"""What becomes of a scan: what blocks, what is shown, and which waivers cover it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gates.core import policy
from gates.core.baseline import Baseline
from gates.core.finding import Finding, Location, Severity
from gates.core.gate import Gate
from gates.core.judging import Exceptions, Judging, fingerprint
from gates.core.policy import Policy
from gates.core.report import Judged
from gates.core.source import Source
from gates.core.waivers import Waivers, known_rules, read
from gates.image.options import Options
from gates.image.package import Database, Package, Scan, Vulnerability
from gates.image.scan_gate import scan_gate
from gates.image.scanning import judge, unversioned

TODAY = date(2026, 11, 20)
PURL = "pkg:deb/debian/openssl@3.0.15-1?arch=amd64&distro=debian-13.1"
GATE: Gate = scan_gate("acme/app:1.0", "/")


def vulnerability(**changes: Any) -> Vulnerability:
    made = Vulnerability(
        "CVE-2026-10001",
        ("DSA-1-1",),
        Package("openssl", "3.0.15-1", PURL),
        Severity.HIGH,
        ("3.0.15-1+deb13u2",),
        "fixed",
        "a planted vulnerability",
        "https://example.org/CVE-2026-10001",
        "sha256:" + "1" * 64,
    )
    return made._replace(**changes)


def scan(*found: Vulnerability, **changes: Any) -> Scan:
    made = Scan(
        image="registry.example.org/acme/app:1.0",
        digest="sha256:" + "2" * 64,
        repo_digests=(),
        os="debian 13.1",
        end_of_life=False,
        packages=12,
        vulnerabilities=found,
        engine="trivy",
        version="0.74.0",
        database=Database("trivy-db", datetime(2026, 11, 18, 6, tzinfo=UTC)),
    )
    return made._replace(**changes)


def findings(*found: Vulnerability, location: Location | None = None, **changes: Any) -> list[Finding]:
    return list(judge(scan(*found, **changes), Options(), TODAY, location))


def judged(made: Sequence[Finding], settings: str = "", waivers: str = "", fail_on: Severity | None = None) -> list[Judged]:
    own: Policy = policy.read(
        Source("tree", lambda path: settings.encode() if path == "security/gates.toml" else None), (GATE,), ("image",)
    )
    listed = read(waivers.encode(), "waivers.yaml", known_rules((GATE,), ("image",)), TODAY) if waivers else Waivers()
    return list(Judging(own, lambda: Exceptions(listed, Baseline()), fail_on, TODAY).judge("image", made))


def blocking(made: Sequence[Finding], settings: str = "", **more: Any) -> list[bool]:
    return [each.blocking for each in judged(made, settings, **more)]


# What is said


def test_a_vulnerability_is_told_with_what_ends_it() -> None:
    (found,) = findings(vulnerability())
    assert found.rule.id == "image/vulnerable-package"
    assert found.message == (
        "registry.example.org/acme/app:1.0: openssl 3.0.15-1 has CVE-2026-10001, DSA-1-1: a planted vulnerability; 3.0.15-1+deb13u2 ends it"
    )
    assert found.remedy.startswith("build on a base image that has openssl 3.0.15-1+deb13u2 or later")
    assert found.subject == f"CVE-2026-10001 {PURL} registry.example.org/acme/app"
    assert found.data == {
        "package": {"name": "openssl", "version": "3.0.15-1", "purl": PURL, "path": ""},
        "layer": "sha256:" + "1" * 64,
        "fix_versions": ["3.0.15-1+deb13u2"],
        "aliases": ["DSA-1-1"],
        "status": "fixed",
        "severity_known": True,
        "url": "https://example.org/CVE-2026-10001",
        "image": "registry.example.org/acme/app:1.0",
        "digest": "sha256:" + "2" * 64,
        "db": {"source": "trivy-db", "id": "2026-11-18T06:00:00+00:00", "age_days": 2},
    }


def test_an_image_of_the_repository_is_known_by_its_path() -> None:
    (found,) = findings(vulnerability(), location=Location("build/app.tar"), image="build/app.tar")
    assert found.location == Location("build/app.tar")
    assert found.subject == f"CVE-2026-10001 {PURL}"
    assert found.message.startswith("openssl 3.0.15-1 has")


def test_a_package_of_a_language_is_told_with_its_file() -> None:
    package = Package("requests", "2.30.0", "pkg:pypi/requests@2.30.0", "app/requests-2.30.0.dist-info/METADATA")
    (found,) = findings(vulnerability(package=package, fix_versions=("2.31.0", "3.0.0")))
    assert "requests 2.30.0 in app/requests-2.30.0.dist-info/METADATA has" in found.message
    assert found.message.endswith("2.31.0 or 3.0.0 ends it")
    assert found.remedy == "update requests to 2.31.0 or later, and build the image again"


def test_the_same_package_in_two_places_and_images_is_told_apart() -> None:
    package = Package("requests", "2.30.0", "pkg:pypi/requests@2.30.0", "a/METADATA")
    one = vulnerability(package=package)
    two = vulnerability(package=package._replace(path="b/METADATA"))
    made = [*findings(one, two, vulnerability()), *findings(one, image="acme/other:1.0"), *findings(one, location=Location("app.tar"))]
    assert len({fingerprint(each) for each in made}) == len(made)


def test_a_finding_stays_the_same_in_the_next_build() -> None:
    (one,), (two,) = (
        findings(vulnerability()),
        findings(vulnerability(layer="sha256:" + "9" * 64), image="registry.example.org/acme/app:1.1"),
    )
    assert fingerprint(one) == fingerprint(two)


def test_a_package_without_a_purl_is_known_by_name_and_version() -> None:
    (found,) = findings(vulnerability(package=Package("odd", "1", "")))
    assert found.subject.startswith("CVE-2026-10001 odd@1 ")


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("app", "app"),
        ("app:1.0", "app"),
        ("localhost:5000/app:1.0", "localhost:5000/app"),
        ("localhost:5000/app@sha256:" + "0" * 64, "localhost:5000/app"),
        ("build/app.tar", "build/app.tar"),
    ],
)
def test_the_name_of_an_image_without_its_version(image: str, name: str) -> None:
    assert unversioned(image) == name


def test_a_system_without_advisories_is_a_finding() -> None:
    (found,) = findings(os="alpine 3.9.6", end_of_life=True)
    assert (found.rule.id, found.severity) == ("image/end-of-life-os", Severity.HIGH)
    assert found.message.startswith("registry.example.org/acme/app:1.0: alpine 3.9.6 gets no more advisories")
    assert (found.data["package"], found.data["fix_versions"], found.data["os"]) == (None, [], "alpine 3.9.6")
    assert blocking([found]) == [True]
    assert findings(os="alpine 3.9.6") == []


# What blocks


@pytest.mark.parametrize(
    ("severity", "blocks"),
    [(Severity.CRITICAL, True), (Severity.HIGH, True), (Severity.MEDIUM, False), (Severity.LOW, False), (None, True)],
)
def test_what_can_be_fixed_blocks_from_high_and_where_nobody_has_rated_it(severity: Severity | None, blocks: bool) -> None:
    made = findings(vulnerability(severity=severity))
    assert blocking(made) == [blocks]
    assert made[0].data["severity_known"] is (severity is not None)


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.HIGH, Severity.LOW, None])
@pytest.mark.parametrize("status", ["affected", "will_not_fix", "fix_deferred", ""])
def test_what_cannot_be_fixed_is_shown_and_does_not_block(severity: Severity | None, status: str) -> None:
    (found,) = judged(findings(vulnerability(severity=severity, status=status, fix_versions=())))
    assert found.severity == (Severity.CRITICAL if severity is None else severity)
    assert not found.blocking
    assert "no version ends it yet" in found.finding.message


def test_a_fix_without_a_version_is_one() -> None:
    assert blocking(findings(vulnerability(fix_versions=()))) == [True]


def test_the_line_of_the_policy_counts() -> None:
    made = findings(vulnerability(), vulnerability(id="CVE-2026-10002", severity=Severity.MEDIUM))
    made += findings(vulnerability(id="CVE-2026-10003", severity=Severity.CRITICAL), vulnerability(id="CVE-2026-10004", severity=None))
    made += findings(vulnerability(id="CVE-2026-10005", severity=Severity.CRITICAL, fix_versions=(), status="affected"))
    assert blocking(made) == [True, False, True, True, False]
    assert blocking(made, '[image]\nfail_on = "critical"\n') == [False, False, True, True, False]
    assert blocking(made, '[image]\nfail_on = "low"\n') == [True, True, True, True, False]
    assert blocking(made, fail_on=Severity.CRITICAL) == [False, False, True, True, False]


# What is waived

ACCOUNT = 'reason: the vulnerable call is never made here\n    owner: "@acme/sec"\n    created: 2026-11-01\n    sunset: 2027-01-15\n'


def waiver(*lines: str) -> str:
    scope = "".join(f"    {line}\n" for line in lines)
    return f"version: 1\nwaivers:\n  - id: W-1\n    gate: image\n{scope}    {ACCOUNT}"


@pytest.mark.parametrize(
    ("lines", "covers"),
    [
        (("rule: CVE-2026-10001", "image: registry.example.org/acme/app"), True),
        (("rule: CVE-2026-10001", "image: registry.example.org/acme/app:1.0"), True),
        (("rule: cve-2026-10001", "image: registry.example.org/acme/app", "purl: pkg:deb/debian/openssl"), True),
        (("rule: CVE-2026-10001", "image: registry.example.org/acme/app", "purl: pkg:deb/debian/openssl@3.0.15-1"), True),
        (("rule: DSA-1-1", "image: registry.example.org/acme/app", "purl: pkg:deb/debian/openssl"), True),
        (("rule: image/vulnerable-package", "image: registry.example.org/acme/app", "purl: pkg:deb/debian/openssl"), True),
        (("rule: CVE-2026-10001", "image: registry.example.org/acme/app:2.0"), False),
        (("rule: CVE-2026-10001", "image: acme/app"), False),
        (("rule: CVE-2026-10001", "image: registry.example.org/acme/app", "purl: pkg:deb/debian/zlib"), False),
        (("rule: CVE-2026-10001", "image: registry.example.org/acme/app", "purl: pkg:deb/debian/openssl@3.0.16-1"), False),
        (("rule: CVE-2026-10009", "image: registry.example.org/acme/app"), False),
        (("rule: CVE-2026-10001", "image: registry.example.org/acme/app", "until_fixed: true"), False),
    ],
)
def test_a_waiver_covers_what_it_names(lines: tuple[str, ...], covers: bool) -> None:
    (found,) = judged(findings(vulnerability()), waivers=waiver(*lines))
    assert (found.waiver is not None, found.blocking) == (covers, not covers)


def test_a_waiver_covers_a_fingerprint() -> None:
    made = findings(vulnerability())
    (found,) = judged(made, waivers=waiver(f"fingerprint: {fingerprint(made[0])}"))
    assert found.waiver is not None


def test_a_waiver_covers_an_old_system_by_its_rule() -> None:
    lines = ("rule: image/end-of-life-os", "image: registry.example.org/acme/app")
    (found,) = judged(findings(end_of_life=True), waivers=waiver(*lines))
    assert found.waiver is not None
