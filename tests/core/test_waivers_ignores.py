from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import waivers_ignores
from gates.core.errors import UsageError
from gates.core.purl import parse_purl
from gates.core.waivers_ignores import READERS, Ignored, Left


def read(text: str, path: str) -> list[Ignored | Left]:
    return waivers_ignores.read(text.encode(), path, waivers_ignores.form(path))


def only(text: str, path: str) -> Ignored | Left:
    (found,) = read(text, path)
    return found


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (".trivyignore", "trivy"),
        ("app/.trivyignore", "trivy"),
        (".trivyignore.yaml", "trivy-yaml"),
        ("osv-scanner.toml", "osv"),
        (".nsprc", "nsprc"),
        (".github/workflows/ci.yml", "workflow"),
        ("security/pip-audit-ignore.txt", "list"),
    ],
)
def test_the_name_of_a_file_tells_its_form(path: str, form: str) -> None:
    assert waivers_ignores.form(path) == form


def test_plain_list() -> None:
    text = (
        "# header\n\nCVE-2024-1 # sunset: 2027-01-15 owner: @x reason: not reachable created: 2026-11-01 ticket: https://t.example\n"
        "PYSEC-2024-2\r\nGHSA-aaaa-bbbb-cccc # no fix yet\n"
    )
    assert read(text, "ignore.txt") == [
        Ignored("CVE-2024-1", "ignore.txt", 3, date(2027, 1, 15), "not reachable", "@x", "https://t.example", date(2026, 11, 1)),
        Ignored("PYSEC-2024-2", "ignore.txt", 4),
        Ignored("GHSA-aaaa-bbbb-cccc", "ignore.txt", 5, reason="no fix yet"),
    ]


@pytest.mark.parametrize(
    "line", ["CVE-1 CVE-2", "CVE-2024-1 # sunset: 2027-02-30", "CVE-2024-1 # sunset: soon", "CVE-2024-1 # sunset: 2027-01-01 purl: x"]
)
def test_a_line_of_a_plain_list_that_says_what_nobody_knows_is_left(line: str) -> None:
    assert isinstance(only(line, "ignore.txt"), Left)


def test_trivy_stops_at_the_beginning_of_its_day() -> None:
    assert only("CVE-2024-1 exp:2027-01-16 # the statement", ".trivyignore") == Ignored(
        "CVE-2024-1", ".trivyignore", 1, date(2027, 1, 15), "the statement"
    )
    assert only("CVE-2024-1", ".trivyignore") == Ignored("CVE-2024-1", ".trivyignore", 1)


@pytest.mark.parametrize(
    "line", ["CVE-2024-1 exp:2027-1-1", "CVE-2024-1 expires:2027-01-16", "AVD-DS-0002", "DS002 exp:2027-01-01", "generic-api-key"]
)
def test_what_trivy_reads_otherwise_is_left(line: str) -> None:
    found = only(line, ".trivyignore")
    assert isinstance(found, Left)
    assert found.what == line.split()[0]


def test_trivy_yaml() -> None:
    text = """\
vulnerabilities:
  - id: CVE-2024-1
    purls: ["pkg:pypi/Requests", "pkg:npm/%40acme/x@1.0"]
    paths: [uv.lock, "app/**/package-lock.json"]
    expired_at: 2027-01-16
    statement: not reachable
  - id: CVE-2024-2
    expire_at: 2027-01-16
  - id: CVE-2024-3
    paths: ["a/[b].lock"]
  - id: CVE-2024-4
    expired_at: soon
misconfigurations:
  - id: AVD-DS-0002
secrets:
licenses:
  - id: GPL-3.0
"""
    found = read(text, ".trivyignore.yaml")
    assert [each.what for each in found if isinstance(each, Left)] == [
        "misconfigurations AVD-DS-0002",
        "licenses GPL-3.0",
        "CVE-2024-2",
        "CVE-2024-3",
        "CVE-2024-4",
    ]
    (entry,) = [each for each in found if isinstance(each, Ignored)]
    purls = (parse_purl("pkg:pypi/requests"), parse_purl("pkg:npm/%40acme/x@1.0"))
    paths = ("uv.lock", "app/**/package-lock.json")
    assert entry == Ignored("CVE-2024-1", ".trivyignore.yaml", 2, date(2027, 1, 15), "not reachable", purls=purls, paths=paths)
    assert read("", ".trivyignore.yaml") == []


@pytest.mark.parametrize(
    ("ends", "last"),
    [
        ("2027-01-16", date(2027, 1, 15)),
        ("2027-01-16T00:00:00Z", date(2027, 1, 15)),
        ("2027-01-15T23:59:59Z", date(2027, 1, 15)),
        ("2027-01-16T12:00:00Z", date(2027, 1, 15)),
        ("2027-01-16T01:00:00+02:00", date(2027, 1, 14)),
        ("2027-01-15T12:00:00-12:00", date(2027, 1, 15)),
        ("2027-01-16T00:00:00", date(2027, 1, 15)),
    ],
)
def test_osv_scanner_stops_at_a_moment_and_only_whole_days_count(ends: str, last: date) -> None:
    found = only(f'[[IgnoredVulns]]\nid = "GHSA-1-2-3"\nignoreUntil = {ends}\nreason = "no server"\n', "osv-scanner.toml")
    assert found == Ignored("GHSA-1-2-3", "osv-scanner.toml", 1, last, "no server")


def test_osv_scanner_entries_that_are_no_waivers_are_left() -> None:
    text = """\
[[IgnoredVulns]]
id = "CVE-2024-1"
ignoreUtil = 2027-01-01
[[IgnoredVulns]]
id = "CVE-2024-2"
ignoreUntil = "soon"
[[PackageOverrides]]
name = "lib"
ignore = true
"""
    found = read(text, "osv-scanner.toml")
    assert [(each.line, each.what) for each in found if isinstance(each, Left)] == [
        (1, "CVE-2024-1"),
        (4, "CVE-2024-2"),
        (7, "package lib"),
    ]


def test_nsprc() -> None:
    text = """\
{
  "1085674": "a word on it",
  "GHSA-1-2-3": {"active": true, "notes": "no server", "expiry": "2027-01-16"},
  "GHSA-1-2-4": {"expiry": 1800057600000},
  "GHSA-1-2-5": {"expiry": 1800057600},
  "GHSA-1-2-6": {"active": false},
  "GHSA-1-2-7": {"expiry": "16 January 2027"},
  "exceptions": ["https://advisories.example/12"]
}
"""
    found = read(text, ".nsprc")
    assert found[:4] == [
        Ignored("1085674", ".nsprc", 2, reason="a word on it"),
        Ignored("GHSA-1-2-3", ".nsprc", 3, date(2027, 1, 15), "no server"),
        Ignored("GHSA-1-2-4", ".nsprc", 4, date(2027, 1, 15)),
        Ignored("GHSA-1-2-5", ".nsprc", 5, date(2027, 1, 15)),
    ]
    assert [each.why.split()[0] for each in found[4:] if isinstance(each, Left)] == ["is", "its", "is"]


def test_workflows() -> None:
    text = """\
on: push
jobs:
  audit:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pip-audit --ignore-vuln CVE-2024-1 --ignore-vuln='PYSEC-2024-2'
      - run: |
          pip-audit \\
            --ignore-vuln "GHSA-1-2-3" \\
            --ignore-vuln $ID
          # pip-audit --ignore-vuln CVE-2024-9
      - uses: pypa/gh-action-pip-audit@v1.1.0
        with:
          ignore-vulns: |
            CVE-2024-4
            PYSEC-2024-5
"""
    path = ".github/workflows/audit.yml"
    assert read(text, path) == [
        Ignored("CVE-2024-1", path, 7),
        Ignored("PYSEC-2024-2", path, 7),
        Ignored("GHSA-1-2-3", path, 10),
        Left(path, 11, "$ID", "is a variable, whose value only a run knows"),
        Ignored("CVE-2024-4", path, 16),
        Ignored("PYSEC-2024-5", path, 17),
    ]
    action = "runs:\n  using: composite\n  steps:\n    - run: pip-audit --ignore-vuln CVE-2024-1\n      shell: bash\n"
    assert only(action, "action.yml") == Ignored("CVE-2024-1", "action.yml", 4)


@pytest.mark.parametrize(
    ("path", "text"), [(".nsprc", "[]"), (".nsprc", "{"), ("osv-scanner.toml", "a = "), (".trivyignore.yaml", "- a"), ("a.yml", "[")]
)
def test_a_file_of_another_form_is_refused(path: str, text: str) -> None:
    with pytest.raises(UsageError):
        read(text, path)


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=100) | st.text("{}[]:\"'#= \nCVEid-2024exp", max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused(kind: str, data: bytes) -> None:
    try:
        found = waivers_ignores.read(data, "x", kind)
    except UsageError as error:
        assert error.path == "x"  # noqa: PT017 - it need not be raised
        return
    assert all(each.path == "x" for each in found)
