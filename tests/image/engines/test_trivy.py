"""Each way in which Trivy can look at nothing and end well is an error of the gate. A program stands in for it, to show the faults."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gates.core.errors import GateUnavailable, UsageError
from gates.core.finding import Severity
from gates.core.process import ToolTimedOut
from gates.image.engines import report, trivy_report
from tests.image.engines.support import ID, NOON, PURL, Tried, changed, database, document, stand_in, tried

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a #! line")

LAYER = {"DiffIDs": ["sha256:" + "3" * 64]}


@pytest.fixture
def image(tmp_path: Path) -> Tried:
    return tried(tmp_path)


def refused(image: Tried, tmp_path: Path, text: str, *, scan: dict[str, Any] | None = None, **faults: Any) -> None:
    with pytest.raises(GateUnavailable, match=text) as caught:
        image.scan(stand_in(tmp_path / "bin", **faults), **(scan or {}))
    assert "\n" not in str(caught.value)


def test_a_report_becomes_a_scan(image: Tried, tmp_path: Path) -> None:
    scan = image.scan(stand_in(tmp_path / "bin"))
    assert (scan.image, scan.digest, scan.os, scan.end_of_life, scan.packages) == ("image.tar", ID, "debian 13.1", False, 2)
    assert (scan.engine, scan.version, scan.database.source) == ("trivy", "0.74.0", "trivy-db")
    (found,) = scan.vulnerabilities
    assert (found.id, found.aliases, found.severity, found.fix_versions) == (
        "CVE-2026-10002",
        ("DSA-1-1",),
        Severity.HIGH,
        ("2.0-1+deb13u2",),
    )
    assert (found.package.name, found.package.purl, found.package.path, found.status) == ("planted", PURL, "", "fixed")
    assert found.layer == "sha256:" + "3" * 64


# 1 and 2: settings and lists of what to ignore, in files and in the environment


def test_it_starts_in_an_empty_folder_with_empty_settings(image: Tried, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (".trivyignore", "trivy.yaml", "trivy-secret.yaml"):
        (image.root / name).write_text("CVE-2026-10002\n")
    monkeypatch.chdir(image.root)
    program = stand_in(tmp_path / "bin")
    image.scan(program)
    for call in program.calls():
        assert call["entries"] == []
        assert not call["directory"].startswith(os.fspath(tmp_path))
        assert call["--config"].strip() == "{}"
    assert program.calls()[1]["--ignorefile"] == ""


def test_no_variable_of_its_own_reaches_it(image: Tried, tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin")
    names = (
        "TRIVY_SEVERITY",
        "TRIVY_IGNORE_STATUS",
        "TRIVY_RUN_AS_PLUGIN",
        "TRIVY_IGNOREFILE",
        "DOCKER_CONFIG",
        "GITHUB_TOKEN",
        "DOCKER_HOST",
    )
    image.scan(program, environment={**os.environ, **dict.fromkeys(names, "x"), "HOME": os.fspath(image.root)})
    for call in program.calls():
        assert not set(names) & set(call["environment"])
        assert not any(name.startswith("TRIVY") for name in call["environment"])
        assert call["environment"]["HOME"] != os.fspath(image.root)
        assert call["environment"]["TMPDIR"].startswith(os.path.dirname(call["directory"]))


def test_what_rules_of_others_left_out_is_an_error(image: Tried, tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin")
    image.scan(program)
    assert "--show-suppressed" in program.calls()[1]["words"]
    outputs = {"json": changed("Results", 0, "ExperimentalModifiedFindings", to=[{"Type": "vulnerability", "Status": "ignored"}])}
    refused(image, tmp_path, "left out 1 findings", outputs=outputs)


# 3: the age of the database


@pytest.mark.parametrize(
    ("updated", "metadata", "text"),
    [
        (NOON - timedelta(hours=72, minutes=1), {}, "72 hours ago, and at most 72 are allowed"),
        (NOON + timedelta(hours=1), {}, "still to come"),
        (NOON, {"UpdatedAt": None}, "do not tell its age"),
        (NOON, {"UpdatedAt": "0001-01-01T00:00:00Z"}, "hours ago"),
        (NOON, {"UpdatedAt": "2026-11-20T12:00:00"}, "do not tell its age"),
        (NOON, {"UpdatedAt": 5}, "do not tell its age"),
        (NOON, {"Version": 1}, "do not tell its age"),
        (NOON, {"Version": True}, "do not tell its age"),
    ],
)
def test_an_old_or_undated_database_is_an_error(
    image: Tried, tmp_path: Path, updated: datetime, metadata: dict[str, Any], text: str
) -> None:
    db = database(tmp_path / "other", updated, **metadata)
    refused(image._replace(db=db), tmp_path, text)


def test_the_oldest_that_is_allowed_counts(image: Tried, tmp_path: Path) -> None:
    other = image._replace(db=database(tmp_path / "other", NOON - timedelta(hours=71, minutes=59)))
    assert other.scan(stand_in(tmp_path / "bin")).database.updated == NOON - timedelta(hours=71, minutes=59)


def test_another_day_to_judge_by_counts_to_its_end(image: Tried, tmp_path: Path) -> None:
    """The engine's clock tells another day than --today, so the hour is not known."""
    assert image.scan(stand_in(tmp_path / "bin"), today=date(2026, 11, 22))
    refused(image, tmp_path, "90 hours ago", scan={"today": date(2026, 11, 23)})
    refused(image, tmp_path, "still to come", scan={"today": date(2026, 11, 19)})


@pytest.mark.parametrize("missing", ["trivy.db", "metadata.json"])
def test_half_a_database_is_an_error(image: Tried, tmp_path: Path, missing: str) -> None:
    (Path(image.db) / "db" / missing).unlink()
    refused(image, tmp_path, f"db/{missing} is missing")


def test_its_folder_alone_is_a_database_too(image: Tried, tmp_path: Path) -> None:
    assert image._replace(db=os.path.join(image.db, "db")).scan(stand_in(tmp_path / "bin"))


def test_offline_without_a_database_is_an_error(image: Tried, tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": os.fspath(tmp_path / "cache")}
    refused(image, tmp_path, "offline and no vulnerability database", scan={"options": {"db": ""}, "environment": environment})


def test_the_database_of_before_serves_an_offline_run(image: Tried, tmp_path: Path) -> None:
    os.mkdir(tmp_path / "cache", 0o700)
    kept = tmp_path / "cache" / "gates" / "trivy"
    kept.parent.mkdir(mode=0o700)
    kept.mkdir(mode=0o700)
    database(kept)
    environment = {**os.environ, "XDG_CACHE_HOME": os.fspath(tmp_path / "cache")}
    program = stand_in(tmp_path / "bin")
    assert image.scan(program, options={"db": ""}, environment=environment)
    assert "--skip-db-update" in program.calls()[1]["words"]
    image.scan(program, options={"db": ""}, environment=environment, offline=False)
    assert "--skip-db-update" not in program.calls()[-1]["words"]
    assert program.calls()[-1]["words"].count(os.fspath(kept)) == 1


def test_the_real_database_cannot_be_reached(image: Tried, tmp_path: Path) -> None:
    """Trivy removes one that it cannot open."""
    program = stand_in(tmp_path / "bin")
    image.scan(program)
    call = program.calls()[1]
    assert not any(image.db in word for word in call["words"])
    assert {os.path.basename(name) for name in call["cache"]} == {"trivy.db", "metadata.json"}


# 4: nothing was looked at


@pytest.mark.parametrize(
    ("outputs", "text"),
    [
        ({"Metadata": {"ImageID": ID, **LAYER}, "Results": None}, "found no package in the image"),
        (
            {"Metadata": {"ImageID": ID, **LAYER, "OS": {"Family": "debian", "Name": "13.1"}}, "Results": []},
            "found no package in the image",
        ),
        ({"Metadata": {"ImageID": ID, **LAYER, "OS": None}}, "found no operating system"),
        ({"Results": [{"Class": "lang-pkgs", "Type": "gobinary", "Packages": [{"Name": "a"}]}]}, "found no package of 'debian 13.1'"),
        ({"Results": [{"Class": "lang-pkgs", "Type": "conda-pkg", "Packages": [{"Name": "a"}]}]}, "found no package in the image"),
        ({"Results": [{"Class": "os-pkgs", "Type": "debian", "Packages": []}]}, "found no package in the image"),
    ],
)
def test_an_image_in_which_nothing_was_found_is_an_error(image: Tried, tmp_path: Path, outputs: dict[str, Any], text: str) -> None:
    written = {"json": json.dumps(document(**outputs))}
    refused(image, tmp_path, text, outputs=written)
    scan = image.scan(stand_in(tmp_path / "bin", outputs=written), options={"no_packages": True})
    assert scan.engine == "trivy"


@pytest.mark.parametrize("about", [{}, {"DiffIDs": []}, {"DiffIDs": None}])
def test_an_image_without_layers_is_an_error_whatever_the_policy_says(image: Tried, tmp_path: Path, about: dict[str, Any]) -> None:
    started = stand_in(tmp_path / "bin", outputs={"json": json.dumps(document(Metadata={"ImageID": ID, **about}))})
    with pytest.raises(GateUnavailable, match="saw no layer in the image"):
        image.scan(started, options={"no_packages": True})


def test_a_release_that_it_does_not_know_is_an_error(image: Tried, tmp_path: Path) -> None:
    log = '2026-11-20T12:00:00Z\tWARN\tThis OS version is not on the EOL list\tfamily="debian" version="99"\n'
    silent = changed("Results", 0, "Vulnerabilities", to=None)
    refused(image, tmp_path, "does not know the release 'debian 13.1'", stderr=log, outputs={"json": silent})
    assert image.scan(stand_in(tmp_path / "bin", stderr=log)).vulnerabilities  # the database knows it


# 5: an old system is data


def test_a_system_without_advisories_is_told(image: Tried, tmp_path: Path) -> None:
    written = changed("Metadata", "OS", to={"Family": "alpine", "Name": "3.9.6", "EOSL": True})
    scan = image.scan(stand_in(tmp_path / "bin", outputs={"json": written}))
    assert (scan.os, scan.end_of_life) == ("alpine 3.9.6", True)


# 6: a report that is none


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "wrote no report"),
        ("", "wrote no report"),
        (json.dumps(document())[:-20], "not whole JSON"),
        ("[" * 100_000, "not whole JSON"),
        ("null", "the report is no object"),
        ("[]", "the report is no object"),
        ("{}", "no SchemaVersion"),
        (json.dumps(document(SchemaVersion=3)), "its SchemaVersion is 3"),
        (json.dumps(document(SchemaVersion=True)), "no SchemaVersion"),
        (json.dumps(document(ArtifactType="cyclonedx")), "not about an image"),
        (json.dumps(document(CreatedAt=None)), "no CreatedAt"),
        (json.dumps(document(Metadata=None)), "Metadata is no object"),
        (json.dumps(document(Results={"a": 1})), "no Results where one belongs"),
        (changed("Metadata", "ImageID", to=""), "no sha256 digest"),
        (changed("Metadata", "OS", to=["debian"]), "Metadata.OS is no object"),
        (changed("Metadata", "OS", "EOSL", to="yes"), "no EOSL"),
        (changed("Results", 0, "Packages", to={"a": 1}), "no Packages"),
        (changed("Results", 0, "Vulnerabilities", to="CVE-1"), "no Vulnerabilities"),
        (changed("Results", 0, "Vulnerabilities", 0, to=[]), "an entry of Vulnerabilities is no object"),
        (changed("Results", 0, "Vulnerabilities", 0, "VulnerabilityID", to="CVE 1"), "id cannot be read"),
        (changed("Results", 0, "Vulnerabilities", 0, "VulnerabilityID", to=None), "no VulnerabilityID"),
        (changed("Results", 0, "Vulnerabilities", 0, "PkgName", to=7), "no PkgName"),
        (changed("Trivy", "Version", to="0.71.0"), "it starts another program"),
    ],
)
def test_a_report_that_cannot_be_believed_is_an_error(image: Tried, tmp_path: Path, text: str | None, told: str) -> None:
    refused(image, tmp_path, told, outputs={"json": text})


@pytest.mark.parametrize("status", [1, 2, 139])
def test_a_failure_is_an_error_though_it_wrote_a_report(image: Tried, tmp_path: Path, status: int) -> None:
    refused(
        image, tmp_path, f"failed with status {status}: something broke", status=status, stderr="x\tFATAL\tFatal error\tsomething broke\n"
    )


@pytest.mark.parametrize(
    ("log", "text"),
    [
        ('unable to find the specified image "x" in ["docker"]: 4 errors occurred', "docker save -o image.tar image.tar"),
        ("'--skip-java-db-update' cannot be specified on the first run", "holds Java archives"),
        ("init error: DB error: failed to download", "cannot be fetched"),
        ("vulnerability database may be in use by another process", "in use by another program"),
        ("unable to open /x as an OCI Image", "no image that can be read"),
        ("image scan error: context deadline exceeded", "raise --timeout"),
    ],
)
def test_a_known_failure_has_a_way_out(image: Tried, tmp_path: Path, log: str, text: str) -> None:
    refused(image, tmp_path, text, status=1, stderr=f"FATAL\tFatal error\t{log}\n\t* more\n")


def test_its_last_words_are_printable_and_short(image: Tried, tmp_path: Path) -> None:
    with pytest.raises(GateUnavailable) as caught:
        image.scan(stand_in(tmp_path / "bin", status=1, stderr="FATAL\tFatal error\t\x1b[31mred\x07" + "x" * 5000 + "\n"))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_one_that_hangs_is_stopped(image: Tried, tmp_path: Path) -> None:
    with pytest.raises(ToolTimedOut):
        image.scan(stand_in(tmp_path / "bin", sleep=60.0), tool_timeout=2.0)


# 7: another image


@pytest.mark.parametrize("digest", [ID, "sha256:" + "2" * 64])
def test_the_expected_image_passes(image: Tried, tmp_path: Path, digest: str) -> None:
    assert image.scan(stand_in(tmp_path / "bin"), digest=digest).digest == ID


def test_another_image_than_the_expected_one_is_an_error(image: Tried, tmp_path: Path) -> None:
    refused(image, tmp_path, "not the expected one", scan={"digest": "sha256:" + "9" * 64})


# 8: another program


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("Version: 0.69.4", "malicious by GHSA-69fq-xp46-6x23"),
        ("Version: v0.69.5", "malicious by GHSA-69fq-xp46-6x23"),
        ("Version: 0.69.6+build", "malicious by GHSA-69fq-xp46-6x23"),
        ("Version: 0.69.3", "too old, 0.70.0 is needed"),
        ("Version: 0.70.0-rc.1", "too old"),
        ("Version: dev", "says 'dev' of its version"),
        ("", "says nothing of its version"),
    ],
)
def test_a_build_that_must_not_run_gets_no_image(image: Tried, tmp_path: Path, version: str, text: str) -> None:
    program = stand_in(tmp_path / "bin", version=version)
    with pytest.raises(GateUnavailable, match=text):
        image.scan(program)
    (only,) = program.calls()
    assert only["words"][0] == "--version"
    assert not any(os.fspath(image.image) in word for word in only["words"])


@pytest.mark.parametrize(("version", "text"), [("0.69.4", "malicious by GHSA-69fq-xp46-6x23"), ("0.69.3", "too old")])
def test_a_build_whose_file_tells_that_it_must_not_run_is_not_started(image: Tried, tmp_path: Path, version: str, text: str) -> None:
    program = stand_in(tmp_path / "bin")
    with program.program.open("ab") as file:
        file.write(f'"""\npath\tx\nmod\tgithub.com/aquasecurity/trivy\tv{version}\th1:x\n"""\n'.encode())
    with pytest.raises(GateUnavailable, match=text):
        image.scan(program)
    assert program.calls() == []


def test_a_build_whose_file_tells_its_version_is_not_asked_for_it(image: Tried, tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin", version="")
    with program.program.open("ab") as file:
        file.write(b'"""\nmod\tgithub.com/aquasecurity/trivy\tv0.74.0\th1:x\n"""\n')
    assert image.scan(program).version == "0.74.0"
    (only,) = program.calls()
    assert only["words"][0] == "image"


def test_a_version_that_is_told_with_a_failure_is_none(image: Tried, tmp_path: Path) -> None:
    refused(image, tmp_path, "says nothing of its version", version_status=1)


def test_the_pinned_program_runs_and_no_other(image: Tried, tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin")
    pin = hashlib.sha256(program.program.read_bytes()).hexdigest()
    assert image.scan(program, options={"trivy_sha256": pin.upper()})
    program.program.write_text(program.program.read_text() + "\n# changed\n")
    before = len(program.calls())
    with pytest.raises(GateUnavailable, match="not the pinned one: its sha256 is"):
        image.scan(program, options={"trivy_sha256": pin})
    assert len(program.calls()) == before


def test_a_program_that_is_replaced_while_it_runs_is_an_error(image: Tried, tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin")
    text = program.program.read_text()
    program.program.write_text(text.replace("time.sleep(plan", "os.utime(__file__, (1, 1)); time.sleep(plan"))
    pin = hashlib.sha256(program.program.read_bytes()).hexdigest()
    with pytest.raises(GateUnavailable, match="was replaced while it was running"):
        image.scan(program, options={"trivy_sha256": pin})


def test_a_pin_that_is_no_hash_is_a_usage_error(image: Tried, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="64 hex digits"):
        image.scan(stand_in(tmp_path / "bin"), options={"trivy_sha256": "abc"})


def test_a_program_that_is_not_there_is_an_error(image: Tried, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": os.fspath(tmp_path)}
    program = stand_in(tmp_path / "bin")
    with pytest.raises(GateUnavailable, match="trivy is not installed"):
        image.scan(program, options={"trivy": ""}, environment=environment)
    with pytest.raises(GateUnavailable, match="names no program"):
        image.scan(program, options={"trivy": os.fspath(tmp_path / "none")})
    with pytest.raises(GateUnavailable, match="absolute path"):
        image.scan(program, options={"trivy": "bin/trivy"})


# What is in a report


@pytest.mark.parametrize("word", ["UNKNOWN", "", "SEVERE", None])
def test_a_severity_that_is_not_known_stays_unknown(image: Tried, tmp_path: Path, word: str | None) -> None:
    written = changed("Results", 0, "Vulnerabilities", 0, "Severity", to=word)
    (found,) = image.scan(stand_in(tmp_path / "bin", outputs={"json": written})).vulnerabilities
    assert found.severity is None


def test_nothing_of_it_is_believed_to_be_printable(image: Tried, tmp_path: Path) -> None:
    made = document()
    entry = made["Results"][0]["Vulnerabilities"][0]
    hostile = "\x1b[2J\u202e\ud800\n::error::"
    entry |= {
        "PkgName": hostile,
        "InstalledVersion": hostile,
        "FixedVersion": hostile,
        "Title": hostile,
        "Status": hostile,
        "PkgPath": hostile,
    }
    entry |= {"PrimaryURL": "javascript:alert(1)", "VendorIDs": [hostile, "OK-1", 5], "PkgIdentifier": {"PURL": hostile}}
    (found,) = image.scan(stand_in(tmp_path / "bin", outputs={"json": json.dumps(made)})).vulnerabilities
    for text in (found.package.name, found.package.path, found.package.purl, found.title, found.status, *found.fix_versions, found.url):
        assert text.isprintable()
        text.encode()
    assert found.aliases == ("OK-1",)
    assert found.url == ""


def test_what_it_tells_twice_is_one_with_the_worse_of_both(image: Tried, tmp_path: Path) -> None:
    made = document()
    entry = made["Results"][0]["Vulnerabilities"][0]
    made["Results"][0]["Vulnerabilities"] += [
        {**entry, "Severity": "LOW", "FixedVersion": "9", "VendorIDs": ["X-1"]},
        {**entry, "PkgPath": "a/b"},
    ]
    scan = image.scan(stand_in(tmp_path / "bin", outputs={"json": json.dumps(made)}))
    first, second = scan.vulnerabilities
    assert (first.severity, first.fix_versions, first.aliases) == (Severity.HIGH, ("2.0-1+deb13u2", "9"), ("DSA-1-1", "X-1"))
    assert second.package.path == "a/b"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PLACES: tuple[tuple[str | int, ...], ...] = (
    *((key,) for key in document()),
    *(("Metadata", key) for key in ("OS", "ImageID", "RepoDigests", "Size")),
    *(("Results", 0, key) for key in ("Target", "Class", "Type", "Packages", "Vulnerabilities")),
    *(("Results", 0, "Vulnerabilities", 0, key) for key in document()["Results"][0]["Vulnerabilities"][0]),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), JSON)
def test_any_report_is_read_or_refused(place: tuple[str | int, ...], value: object) -> None:
    text = changed(*place, to=value)
    try:
        found = trivy_report.read(json.loads(text))
    except GateUnavailable:
        return
    assert found.created.tzinfo is UTC
    for each in found.vulnerabilities:
        assert all(part.isprintable() for part in report.subject_of(each))
