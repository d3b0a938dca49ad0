"""Ids and ranges of real advisories, as PyPA and GitHub publish them: facts, without their text."""

from __future__ import annotations

from typing import Any

import pytest

from gates.core.finding import Severity
from gates.deps.advisories.database import AdvisoryDatabase, open_database
from gates.deps.advisories.matcher import audit
from gates.inventory.package import Ecosystem
from tests.deps.advisories.support import package, record, write_records

_NPM_FIXED = [{"introduced": "0"}, {"fixed": "4.17.21"}]
_COMMITS = {"type": "GIT", "repo": "https://example.org/repository", "events": [{"introduced": "0"}, {"fixed": "7" * 40}]}


def _entry(name: str, events: list[dict[str, str]]) -> dict[str, Any]:
    return {"package": {"ecosystem": "npm", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> AdvisoryDatabase:
    requests = record(
        "PYSEC-2023-74",
        "requests",
        aliases=["CVE-2023-32681", "GHSA-j8r2-6x86-q33q"],
        events=[{"introduced": "2.3.0"}, {"fixed": "2.31.0"}],
    )
    requests["affected"][0]["ranges"].insert(0, _COMMITS)
    lodash = record(
        "GHSA-35jh-r3h4-6jhm", "lodash", "npm", aliases=["CVE-2021-23337"], events=_NPM_FIXED, database_specific={"severity": "HIGH"}
    )
    lodash["affected"] += [
        _entry("lodash-es", _NPM_FIXED),
        _entry("lodash.template", [{"introduced": "0"}, {"last_affected": "4.5.0"}]),
        _entry("lodash-template", [{"introduced": "0"}, {"last_affected": "1.0.0"}]),
    ]
    records = (
        record(
            "PYSEC-2007-1",
            "django",
            aliases=["CVE-2007-5712"],
            events=[{"introduced": "0"}, {"fixed": "1.1"}],
            versions=["1.0.1", "1.0.2", "1.0.3", "1.0.4"],
        ),
        record(
            "PYSEC-2014-82",
            "jinja2",
            aliases=["CVE-2014-0012"],
            events=[{"introduced": "0"}, {"fixed": "2.7.3"}],
            versions=["2.0rc1", "2.7", "2.7.2"],
        ),
        record("PYSEC-2023-73", "redis", aliases=["CVE-2023-31655"], events=[{"introduced": "0"}], withdrawn="2023-06-06T10:37:00Z"),
        requests,
        lodash,
    )
    return open_database(str(write_records(tmp_path_factory.mktemp("advisories"), *records)))


@pytest.mark.parametrize(
    ("ecosystem", "name", "version", "expected"),
    [
        ("PyPI", "django", "0.96", "PYSEC-2007-1"),
        ("PyPI", "django", "1.1rc1", "PYSEC-2007-1"),
        ("PyPI", "django", "1.1", ""),
        ("PyPI", "jinja2", "2.0.0rc1", "PYSEC-2014-82"),
        ("PyPI", "jinja2", "2.7.3", ""),
        ("PyPI", "redis", "4.5.1", ""),
        ("PyPI", "requests", "2.2.1", ""),
        ("PyPI", "requests", "2.30", "PYSEC-2023-74"),
        ("PyPI", "requests", "2.31.0", ""),
        ("npm", "lodash", "4.17.20", "GHSA-35jh-r3h4-6jhm"),
        ("npm", "lodash", "4.17.21", ""),
        ("npm", "lodash-es", "4.0.0", "GHSA-35jh-r3h4-6jhm"),
        ("npm", "lodash.template", "4.5.0", "GHSA-35jh-r3h4-6jhm"),
        ("npm", "lodash-template", "1.0.1", ""),
    ],
)
def test_public_records(database: AdvisoryDatabase, ecosystem: Ecosystem, name: str, version: str, expected: str) -> None:
    (verdict,) = audit([package(version, name, ecosystem)], database).verdicts
    assert [advisory.id for advisory in verdict.advisories] == [expected] * bool(expected)
    assert verdict.unreadable == ()
    assert all(advisory.severity is (Severity.HIGH if ecosystem == "npm" else None) for advisory in verdict.advisories)
