"""The builtin engine over small databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gates.core.finding import Severity
from gates.deps.advisories.database import open_database
from gates.deps.advisories.matcher import audit
from gates.deps.advisory import Advisory, Audit
from gates.inventory.package import Package
from tests.deps.advisories.support import package, record, write_records


def _audited(folder: Path, records: list[dict[str, Any]], *packages: Package) -> Audit:
    return audit(packages, open_database(str(write_records(folder / "db", *records))))


def test_a_vulnerable_package(tmp_path: Path) -> None:
    one = record(aliases=["CVE-2024-9"], summary="a flaw", database_specific={"severity": "HIGH"})
    found = _audited(tmp_path, [one], package("1.0"), package("2.0"), package("1.0", "other"))
    assert [verdict.package for verdict in found.verdicts] == [package("1.0"), package("2.0"), package("1.0", "other")]
    assert found.verdicts[0].advisories == (
        Advisory("PYSEC-2024-1", ("CVE-2024-9",), "a flaw", Severity.HIGH, "https://osv.dev/vulnerability/PYSEC-2024-1", ("2.0",)),
    )
    assert [(verdict.advisories, verdict.unreadable) for verdict in found.verdicts[1:]] == [((), ()), ((), ())]
    assert found.engine == "builtin"
    assert found.database.records == 1
    assert found.notes == ()


def test_records_of_one_vulnerability_are_one_advisory(tmp_path: Path) -> None:
    records = [
        record(
            "GHSA-2222-2222-2222",
            aliases=["CVE-2024-9"],
            database_specific={"severity": "LOW"},
            events=[{"introduced": "0"}, {"fixed": "1.5"}],
        ),
        record("PYSEC-2024-1", aliases=["CVE-2024-9"]),
        record("GHSA-3333-3333-3333", aliases=["PYSEC-2024-1"], database_specific={"severity": "HIGH"}, summary="told here"),
        record("MAL-2024-7"),
    ]
    one, two = _audited(tmp_path, records, package("1.0")).verdicts[0].advisories
    assert (one.id, one.aliases, one.severity, one.summary) == (
        "PYSEC-2024-1",
        ("CVE-2024-9", "GHSA-2222-2222-2222", "GHSA-3333-3333-3333"),
        Severity.HIGH,
        "told here",
    )
    assert set(one.fixed) == {"1.5", "2.0"}
    assert (two.id, two.severity) == ("MAL-2024-7", None)


def test_two_vulnerabilities_that_share_a_record_stay_two(tmp_path: Path) -> None:
    """Else a waiver of the first would cover the second."""
    records = [
        record("PYSEC-2024-1", aliases=["CVE-2024-1"]),
        record("PYSEC-2024-2", aliases=["CVE-2024-2"]),
        record("GHSA-2222-2222-2222", aliases=["CVE-2024-1", "CVE-2024-2"]),
    ]
    found = _audited(tmp_path, records, package("1.0")).verdicts[0].advisories
    assert [advisory.id for advisory in found] == ["PYSEC-2024-1", "PYSEC-2024-2"]


def test_an_advisory_of_npm_goes_by_its_ghsa_id(tmp_path: Path) -> None:
    records = [
        record("CVE-2024-1", "@acme/widget", "npm", aliases=["GHSA-2222-2222-2222"]),
        record("MAL-2024-1", "@acme/widget", "npm", aliases=["CVE-2024-1"]),
    ]
    (advisory,) = _audited(tmp_path, records, package("1.9.0-rc.1", "@acme/widget", "npm")).verdicts[0].advisories
    assert (advisory.id, advisory.aliases) == ("GHSA-2222-2222-2222", ("CVE-2024-1", "MAL-2024-1"))
    assert advisory.url == "https://github.com/advisories/GHSA-2222-2222-2222"


def test_a_withdrawn_record_never_counts(tmp_path: Path) -> None:
    records = [record(withdrawn="2024-01-01T00:00:00Z"), record("PYSEC-2024-2", withdrawn="2024-01-01T00:00:00Z", events=[{}])]
    (verdict,) = _audited(tmp_path, records, package("1.0")).verdicts
    assert verdict == (package("1.0"), (), ())


def test_a_malformed_record_leaves_its_package_undetermined(tmp_path: Path) -> None:
    records = [record("PYSEC-2024-2", events=[{"introduced": "0"}, {}]), record("PYSEC-2024-3")]
    found = _audited(tmp_path, records, package("9.0"), package("1.0"), package("1.0", "other"))
    assert [verdict.unreadable for verdict in found.verdicts] == [("PYSEC-2024-2",), ("PYSEC-2024-2",), ()]
    assert [advisory.id for advisory in found.verdicts[1].advisories] == ["PYSEC-2024-3"]
    assert found.notes == ()


def test_malformed_records_of_others_are_counted(tmp_path: Path) -> None:
    records = [record(), record("PYSEC-2024-2", "other", events=[{}]), {"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI"}}]}]
    found = _audited(tmp_path, records, package("9.0"))
    assert found.verdicts[0].unreadable == ()
    assert found.notes == ("1 records of other packages cannot be understood", "1 records name no package that can be read")


@pytest.mark.parametrize("version", ["2004d", "", "latest"])
def test_a_version_that_cannot_be_compared_leaves_the_package_undetermined(tmp_path: Path, version: str) -> None:
    (verdict,) = _audited(tmp_path, [record()], package(version)).verdicts
    assert verdict.unreadable == ("PYSEC-2024-1",)
    assert _audited(tmp_path, [record(name="other")], package(version)).verdicts[0].unreadable == ()


def test_a_version_that_is_listed_as_it_is_written_counts_without_comparing(tmp_path: Path) -> None:
    (verdict,) = _audited(tmp_path, [record(versions=["2004d"])], package("2004d")).verdicts
    assert [advisory.id for advisory in verdict.advisories] == ["PYSEC-2024-1"]


def test_the_public_part_of_a_local_version_counts(tmp_path: Path) -> None:
    records = [record(events=[{"introduced": "0"}, {"last_affected": "2.19.0"}])]
    assert _audited(tmp_path, records, package("2.19.0+acme.1")).verdicts[0].advisories


def test_an_ecosystem_without_records_is_told_by_its_number(tmp_path: Path) -> None:
    database = open_database(str(write_records(tmp_path / "db", record())))
    assert (database.records("PyPI"), database.records("npm")) == (1, 0)
    assert audit([package("1.0.0", "lodash", "npm")], database).database.records == 0
