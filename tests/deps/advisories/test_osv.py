"""Reading one record."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.finding import Severity
from gates.deps.advisories import osv
from gates.deps.advisories.osv import MalformedRecord
from gates.deps.advisories.versions import Event
from tests.deps.advisories.support import record

JINJA2 = ("PyPI", "jinja2")


def test_a_record() -> None:
    read = osv.read(
        record(
            aliases=["CVE-2024-9", "GHSA-2222-3333-4444", "CVE-2024-9"],
            summary="",
            details="first line  of it\nsecond",
            versions=["1.0", "1.1"],
            severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
        )
    )
    assert read.id == "PYSEC-2024-1"
    assert read.aliases == ("CVE-2024-9", "GHSA-2222-3333-4444")
    assert read.summary == "first line of it"
    assert read.severity is Severity.HIGH
    assert read.withdrawn is None
    assert read.modified == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert read.url == "https://osv.dev/vulnerability/PYSEC-2024-1"
    (entry,) = read.affected
    assert entry.ranges == ((Event("introduced", "0"), Event("fixed", "2.0")),)
    assert (entry.ecosystem, entry.name, entry.versions, entry.fixed) == ("PyPI", "jinja2", ("1.0", "1.1"), ("2.0",))
    assert entry.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"database_specific": {"severity": "MODERATE"}}, Severity.MEDIUM),
        ({"database_specific": {"severity": "critical"}}, Severity.CRITICAL),
        ({"database_specific": {"severity": "LOW"}, "severity": [{"score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}]}, Severity.LOW),
        ({"severity": [{"score": "CVSS:4.0/AV:N"}, {"score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}]}, Severity.HIGH),
        ({"entry": {"severity": [{"score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}]}}, Severity.HIGH),
        ({"severity": [{"type": 3, "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}]}, None),
        ({"database_specific": {"severity": "TERRIBLE"}}, None),
        ({"database_specific": {"severity": 9}, "severity": "high"}, None),
        ({"severity": [7.5, {"score": 7.5}, {}]}, None),
        ({}, None),
    ],
)
def test_a_severity_that_is_not_understood_is_unknown(fields: dict[str, Any], expected: Severity | None) -> None:
    assert osv.read(record(**fields)).affected[0].severity is expected


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"events": [{"introduced": "0"}, {}]}, "not exactly one"),
        ({"events": [{"introduced": "0", "fixed": "1.0"}]}, "not exactly one"),
        ({"events": [{"Introduced": "0"}]}, "not exactly one"),
        ({"events": []}, "without an introduced"),
        ({"events": [{"fixed": "1.0"}]}, "without an introduced"),
        ({"events": [{"introduced": "0"}, {"fixed": ">= 1.0"}]}, "is no version of PyPI"),
        ({"events": [{"introduced": 0}]}, "is no version"),
        ({"events": [{"introduced": None}]}, "is no version"),
        ({"events": [{"introduced": ""}]}, "is no version"),
        ({"events": ["introduced"]}, "an event is no table"),
        ({"events": None}, "neither versions nor a range"),
        ({"events": None, "versions": []}, "neither versions nor a range"),
        ({"events": None, "entry": {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}}, "neither versions nor a range"),
        ({"events": None, "versions": "1.0"}, "versions is no list"),
        ({"versions": [1.0]}, "a version that is no text"),
        ({"versions": [""]}, "a version that is no text"),
        ({"events": None, "entry": {"ranges": {}}}, "ranges is no list"),
        ({"events": None, "entry": {"ranges": [[]]}}, "a range is no table"),
        ({"events": None, "entry": {"ranges": [{"type": "CALENDAR", "events": [{"introduced": "0"}]}]}}, "no known type"),
        ({"events": None, "entry": {"ranges": [{"type": "ECOSYSTEM"}]}}, "without an introduced"),
        ({"events": None, "entry": {"ranges": [{"type": "ECOSYSTEM", "events": {}}]}}, "events is no list"),
        ({"id": ""}, "id is no identifier"),
        ({"id": None}, "id is no identifier"),
        ({"id": "PYSEC 1\n"}, "id is no identifier"),
        ({"aliases": "CVE-2024-1"}, "aliases is no list"),
        ({"aliases": [None]}, "aliases is no identifier"),
        ({"withdrawn": True}, "withdrawn is no time"),
        ({"withdrawn": "yes"}, "withdrawn is no time"),
        ({"withdrawn": ""}, "withdrawn is no time"),
        ({"modified": 20240101}, "modified is no time"),
        ({"modified": "2024-13-01T00:00:00Z"}, "modified is no time"),
        ({"schema_version": "2.0.0"}, "schema version"),
        ({"schema_version": 1}, "schema_version is no text"),
        ({"affected": {}}, "affected is no list"),
        ({"affected": []}, "no entry about the package"),
        ({"affected": None}, "no entry about the package"),
    ],
)
def test_a_record_that_cannot_be_understood_is_an_error(fields: dict[str, Any], reason: str) -> None:
    whole = record(**{key: value for key, value in fields.items() if key not in ("id", "modified", "affected")})
    whole |= {key: value for key, value in fields.items() if key in ("id", "modified", "affected")}
    with pytest.raises(MalformedRecord, match=reason):
        osv.read(whole, JINJA2)  # type: ignore[arg-type]


@pytest.mark.parametrize("document", [None, [], "text", 1])
def test_what_is_no_record_is_an_error(document: object) -> None:
    with pytest.raises(MalformedRecord):
        osv.read(document)
    assert osv.about(document).nameless


def test_a_withdrawn_record_says_nothing_whatever_else_it_holds() -> None:
    read = osv.read(record(withdrawn="2024-01-02T03:04:05.123456789Z", events=[{}], aliases=3), JINJA2)  # type: ignore[arg-type]
    assert read.withdrawn
    assert read.affected == ()


def test_only_what_is_said_of_the_package_must_be_understood() -> None:
    two = record()
    two["affected"] += record(name="other", events=[{}])["affected"]
    two["affected"] += record(name="example.org/module", ecosystem="Go", events=[{"introduced": "v0-unknown"}])["affected"]
    assert [entry.name for entry in osv.read(two, ("PyPI", "jinja2")).affected] == ["jinja2"]
    with pytest.raises(MalformedRecord):
        osv.read(two, ("PyPI", "other"))
    with pytest.raises(MalformedRecord):
        osv.read(two)


def test_npm_versions_are_read_as_such() -> None:
    good = record("GHSA-2222-3333-4444", "@acme/Widget", "npm", events=[{"introduced": "1.0.0"}, {"fixed": "1.2.3-rc.1"}])
    read = osv.read(good)
    assert read.affected[0].name == "@acme/Widget"
    assert read.url == "https://github.com/advisories/GHSA-2222-3333-4444"
    with pytest.raises(MalformedRecord, match="is no version of npm"):
        osv.read(record(ecosystem="npm", events=[{"introduced": "0"}, {"fixed": "1.x"}]))
    short = osv.read(record(ecosystem="npm", events=[{"introduced": "0"}, {"fixed": "0.2"}, {"introduced": "3"}])).affected[0].ranges[0]
    assert [event.version for event in short] == ["0", "0.2.0", "3.0.0"]


@pytest.mark.parametrize(
    ("affected", "packages", "nameless"),
    [
        ([{"package": {"ecosystem": "PyPI", "name": "Zope.Interface"}}], {("PyPI", "zope-interface")}, False),
        ([{"package": {"ecosystem": "npm", "name": "JSONStream"}}], {("npm", "JSONStream")}, False),
        ([{"package": {"ecosystem": "pypi:extra", "name": " jinja2 "}}], {("PyPI", "jinja2")}, False),
        ([{"package": {"ecosystem": "Go", "name": "example.org/module"}}], set(), False),
        ([{"ranges": [{"type": "GIT"}]}], set(), False),
        ([{"package": {}, "ranges": [{"type": "GIT"}], "versions": ["v1"]}], set(), False),
        ([{"ranges": [{"type": "ECOSYSTEM"}]}], set(), True),
        ([{"package": {"ecosystem": "PyPI"}}], set(), True),
        ([{"package": {"ecosystem": "PyPI", "name": "\ud800"}}], set(), True),
        ([{"package": {"name": "jinja2"}}], set(), True),
        ([{"package": "jinja2"}], set(), True),
        ([None], set(), True),
        ("jinja2", set(), True),
        ([], set(), False),
    ],
)
def test_for_whom_a_record_is_stored(affected: object, packages: set[object], nameless: bool) -> None:
    about = osv.about({"id": "X-1", "affected": affected})
    assert about.packages == packages
    assert about.nameless is nameless


def test_yaml_and_json_say_the_same() -> None:
    text = """
        id: PYSEC-2024-1
        modified: 2024-05-06T07:08:09Z
        affected:
        - package: {name: jinja2, ecosystem: PyPI}
          ranges:
          - type: ECOSYSTEM
            events:
            - introduced: "0"
            - fixed: 2.0.0
          versions: ["1.0", 1.0.1]
    """
    expected = record(events=[{"introduced": "0"}, {"fixed": "2.0.0"}], versions=["1.0", "1.0.1"])
    assert osv.read(osv.load_yaml(text.encode())) == osv.read(osv.load_json(json.dumps(expected).encode()))


def test_a_version_that_yaml_reads_as_a_number_is_refused() -> None:
    """1.10 would come out as 1.1."""
    with pytest.raises(MalformedRecord, match="a version that is no text"):
        osv.read(osv.load_yaml(b"{id: A-1, affected: [{package: {name: a, ecosystem: PyPI}, versions: [1.10]}]}"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{} {}",
        b"\xff\xfe{}",
        b'{"id": NaN}',
        b'{"affected": [], "affected": [{}]}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b" " * (osv.MAX_BYTES + 1),
    ],
)
def test_damaged_json_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedRecord):
        osv.load_json(data)


@pytest.mark.parametrize("data", [b"a: b: c", b"- *x", b"{a: 1, a: 2}", b"!!python/object {}", b"\xff", b"[" * 1_000])
def test_damaged_yaml_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedRecord):
        osv.load_yaml(data)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["0", "1.0", "PyPI", "npm", "jinja2", "ECOSYSTEM", "2024-01-01T00:00:00Z", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "affected",
                    "package",
                    "ecosystem",
                    "name",
                    "ranges",
                    "events",
                    "type",
                    "introduced",
                    "fixed",
                    "versions",
                    "withdrawn",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(_JSON)
def test_any_document_is_read_or_refused(document: object) -> None:
    osv.about(document)
    with suppress(MalformedRecord):
        osv.read(document)


@given(st.sampled_from(["ranges", "versions", "package", "events", "introduced", "fixed", "type"]), _JSON)
def test_a_record_with_one_part_replaced_is_read_or_refused_for_its_package(key: str, value: object) -> None:
    """It never reads as one that says nothing of the package."""
    whole = record(versions=["1.0"])
    entry = whole["affected"][0]
    for place in (entry, entry["ranges"][0], *entry["ranges"][0]["events"]):
        if key in place:
            place[key] = value
    about = osv.about(whole)
    assert about.nameless or about.packages or key == "package"
    with suppress(MalformedRecord):
        assert osv.read(whole, ("PyPI", "jinja2")).affected
