"""The real Trivy, on images and a database that the tests write: what it finds is told, and what it would pass over is an error."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from gates.core.errors import GateUnavailable
from gates.image.engines import trivy
from gates.image.engines.running import Settings
from gates.image.engines.targets import Asked
from gates.image.options import Options
from gates.image.package import Scan
from tests.doubles import images
from tests.doubles.images import FORMS, File, Form, Image, Layer, applies
from tests.doubles.platforms import for_platforms
from tests.doubles.systems import END_OF_LIFE, Installed, alpine, debian, python_package
from tests.image.engines.support import context, database, system
from tests.image.tools import need

PLANTED = Installed("planted", "2.0-1+deb13u1")
REPAIRED = Installed("planted", "2.0-1+deb13u2")


@pytest.fixture(autouse=True)
def _trivy() -> None:
    need("trivy")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    return database(tmp_path_factory.mktemp("cache"), datetime.now(UTC) - timedelta(hours=1))


def scan(place: Path, db: str, *, digest: str = "", keep: list[bytes] | None = None, root: Path | None = None, **options: Any) -> Scan:
    settings = Settings(Options(db=db, **options), digest, keep.append if keep is not None else None)
    given = context(root or place.parent, today=datetime.now(UTC).date())
    return trivy.scan(Asked(place.name, os.fspath(place)), settings, given)


def told(scan: Scan) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(found.id, found.package.name, found.fix_versions) for found in scan.vulnerabilities]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_planted_is_found_in_every_form_and_nothing_in_the_repaired_twin(tmp_path: Path, db: str, form: Form) -> None:
    planted = system(PLANTED, Installed("unfixed", "1.0-1"), **python_package("planted_python", "1.0"))
    written = images.write(planted, tmp_path / "a@b:c", form)
    found = scan(written.path, db)
    assert told(found) == [
        ("CVE-2026-10002", "planted", ("2.0-1+deb13u2",)),
        ("CVE-2026-10003", "unfixed", ()),
        ("CVE-2026-10004", "planted_python", ("1.1",)),
    ]
    assert (found.digest, found.os, found.packages, found.vulnerabilities[2].aliases) == (
        written.image_id,
        "debian 13.1",
        3,
        ("GHSA-aaaa-bbbb-cccc",),
    )
    assert {each.layer for each in found.vulnerabilities} == set(written.diff_ids)
    assert [bool(each.package.path) for each in found.vulnerabilities] == [False, False, True]
    assert told(scan(images.write(system(REPAIRED), tmp_path / "repaired", form).path, db)) == []


def test_files_and_variables_of_the_repository_change_nothing(tmp_path: Path, db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = images.write(system(PLANTED), tmp_path / "image.tar").path
    (tmp_path / ".trivyignore").write_text("CVE-2026-10002\n")
    (tmp_path / "trivy.yaml").write_text("severity: [LOW]\nvulnerability:\n  ignore-unfixed: true\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIVY_SEVERITY", "LOW")
    monkeypatch.setenv("TRIVY_IGNOREFILE", ".trivyignore")
    assert [name for name, *_ in told(scan(place, db))] == ["CVE-2026-10002"]


def test_a_system_without_advisories_is_told(tmp_path: Path, db: str) -> None:
    place = images.write(Image((Layer(alpine(END_OF_LIFE, (Installed("other", "1.0-r0"),))),)), tmp_path / "image.tar").path
    found = scan(place, db)
    assert (found.os, found.end_of_life) == (f"alpine {END_OF_LIFE}", True)


def test_a_release_that_it_does_not_know_is_an_error(tmp_path: Path, db: str) -> None:
    """It says so in its log alone, in words that this test holds fast."""
    place = images.write(Image((Layer(debian("99.1", (PLANTED,))),)), tmp_path / "image.tar").path
    with pytest.raises(GateUnavailable, match=r"does not know the release 'debian 99\.1'"):
        scan(place, db)


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"bin/app": File(b"app")}, "found no package in the image"),
        (python_package("planted_python", "1.0"), "found no operating system"),
        (debian("13.1"), "found no package"),
        ({**debian("13.1"), **python_package("planted_python", "1.0")}, "found no package of 'debian 13.1'"),
    ],
)
def test_an_image_in_which_nothing_was_found_is_an_error(tmp_path: Path, db: str, files: dict[str, File], text: str) -> None:
    place = images.write(Image((Layer(files),)), tmp_path / "image.tar").path
    with pytest.raises(GateUnavailable, match=text):
        scan(place, db)
    assert scan(place, db, no_packages=True)


def test_the_age_of_its_database_is_judged(tmp_path: Path) -> None:
    place = images.write(system(REPAIRED), tmp_path / "image.tar").path
    old = database(tmp_path / "old", datetime.now(UTC) - timedelta(hours=73))
    with pytest.raises(GateUnavailable, match="73 hours ago"):
        scan(place, old)
    assert scan(place, old, max_db_age=74)


def test_a_damaged_database_is_an_error_and_stays_where_it_is(tmp_path: Path) -> None:
    place = images.write(system(REPAIRED), tmp_path / "image.tar").path
    damaged = database(tmp_path / "db", datetime.now(UTC) - timedelta(hours=1))
    file = Path(damaged) / "db" / "trivy.db"
    file.write_bytes(b"\0" * 16384)
    with pytest.raises(GateUnavailable, match="damaged; fetch it again"):
        scan(place, damaged)
    assert file.read_bytes() == b"\0" * 16384


def test_a_database_of_another_form_is_an_error(tmp_path: Path) -> None:
    place = images.write(system(REPAIRED), tmp_path / "image.tar").path
    other = database(tmp_path / "db", datetime.now(UTC) - timedelta(hours=1), Version=1)
    with pytest.raises(GateUnavailable, match="another form than this trivy reads"):
        scan(place, other)


@pytest.mark.parametrize("form", FORMS)
def test_the_expected_image_passes_and_another_is_an_error(tmp_path: Path, db: str, form: Form) -> None:
    written = images.write(system(REPAIRED), tmp_path / "image", form)
    for digest in filter(None, (written.image_id, written.manifest)):
        assert scan(written.path, db, digest=digest).digest == written.image_id
    with pytest.raises(GateUnavailable, match="not the expected"):
        scan(written.path, db, digest="sha256:" + "0" * 64)


@pytest.mark.parametrize("form", ["oci", "oci-tar", "docker", "docker-oci", "crane"])
def test_several_images_are_never_one(tmp_path: Path, db: str, form: Form) -> None:
    two = Image((Layer(debian("13.1", (REPAIRED,))), Layer({"etc/motd": File(b"hello")})))
    place = images.write(two, tmp_path / "image", form, "two-manifests").path
    with pytest.raises(GateUnavailable, match="one is scanned at a time"):
        scan(place, db)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("no_packages", [False, True])
def test_an_image_without_layers_is_an_error_whatever_the_policy_says(tmp_path: Path, db: str, form: Form, no_packages: bool) -> None:
    place = images.write(Image(()), tmp_path / "image", form).path
    with pytest.raises(GateUnavailable, match="saw no layer in the image"):
        scan(place, db, no_packages=no_packages)


@pytest.mark.parametrize("form", ["oci", "oci-tar", "docker-oci"])
def test_an_image_for_several_platforms_is_looked_at_one_by_one(tmp_path: Path, db: str, form: Form) -> None:
    """Of a docker archive Trivy reads manifest.json alone, which names one of the platforms: here the one in which nothing is wrong."""
    held = for_platforms(tmp_path / "image", form, {"amd64": system(REPAIRED), "arm64": system(PLANTED)})
    with pytest.raises(GateUnavailable, match=r"holds 2 images: linux/amd64 sha256:\w+, linux/arm64 .*choose with --expect-digest"):
        scan(held.path, db)
    assert told(scan(held.path, db, digest=held.manifests["amd64"])) == []
    assert [name for name, *_ in told(scan(held.path, db, digest=held.manifests["arm64"]))] == ["CVE-2026-10002"]
    with pytest.raises(GateUnavailable, match="holds 2 images"):
        scan(held.path, db, digest=held.index)


def test_a_gzipped_archive_hides_no_platform(tmp_path: Path, db: str) -> None:
    held = for_platforms(tmp_path / "image.tar", "docker-oci", {"amd64": system(REPAIRED), "arm64": system(PLANTED)})
    (tmp_path / "image.tar.gz").write_bytes(gzip.compress(held.path.read_bytes()))
    with pytest.raises(GateUnavailable, match=r"holds 2 images: linux/amd64 .*unpack it with gunzip"):
        scan(tmp_path / "image.tar.gz", db)
    one = images.write(system(PLANTED), tmp_path / "one.tar.gz", "docker-oci", whole="gzip")
    assert [name for name, *_ in told(scan(one.path, db, digest=one.manifest))] == ["CVE-2026-10002"]


@pytest.mark.parametrize("absent", ["manifest", "layer"])
def test_a_platform_that_docker_did_not_save_is_no_second_image(tmp_path: Path, db: str, absent: Literal["manifest", "layer"]) -> None:
    platforms = {"amd64": system(PLANTED), "arm64": system(REPAIRED)}
    held = for_platforms(tmp_path / "image", "docker-oci", platforms, absent=("arm64", absent))
    for digest in ("", held.manifests["amd64"], held.index):
        assert [name for name, *_ in told(scan(held.path, db, digest=digest))] == ["CVE-2026-10002"]


def test_an_archive_with_two_descriptions_of_different_images_is_an_error(tmp_path: Path, db: str) -> None:
    platforms = {"amd64": system(REPAIRED), "arm64": system(PLANTED)}
    held = for_platforms(tmp_path / "image", "docker-oci", platforms, unlisted="amd64")
    with pytest.raises(GateUnavailable, match="the engine looked at"):
        scan(held.path, db)


@pytest.mark.parametrize("form", ["oci", "oci-tar"])
def test_one_of_several_can_be_chosen(tmp_path: Path, db: str, form: Form) -> None:
    two = Image((Layer(debian("13.1", (PLANTED,))), Layer(debian("13.1", (REPAIRED,)))))
    written = images.write(two, tmp_path / "image", form, "two-manifests")
    assert told(scan(written.path, db, digest=written.manifest)) == []


def test_what_a_build_attests_is_no_second_image(tmp_path: Path, db: str) -> None:
    written = images.write(system(REPAIRED)._replace(attested=True), tmp_path / "image", "oci")
    assert scan(written.path, db, digest=written.manifest).digest == written.image_id


DAMAGE = ("missing-layer", "missing-config", "missing-manifest", "truncated", "manifest-no-json", "config-no-json", "not-an-image")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fault", DAMAGE)
def test_a_damaged_image_is_an_error(tmp_path: Path, db: str, form: Form, fault: images.Fault) -> None:
    if not applies(fault, form):
        pytest.skip(f"{form} has no {fault}")
    place = images.write(system(REPAIRED), tmp_path / "image", form, fault).path
    with pytest.raises(GateUnavailable) as caught:
        scan(place, db)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fault", ["layer-altered", "config-altered"])
def test_what_is_unpacked_is_what_its_digest_says(tmp_path: Path, db: str, fault: images.Fault) -> None:
    place = images.write(system(REPAIRED), tmp_path / "image", "oci-tar", fault).path
    with pytest.raises(GateUnavailable, match="not what its digest says"):
        scan(place, db)


def test_the_sbom_is_of_the_judged_image(tmp_path: Path, db: str) -> None:
    kept: list[bytes] = []
    written = images.write(system(PLANTED), tmp_path / "image.tar")
    scan(written.path, db, keep=kept)
    (content,) = kept
    bom = json.loads(content)
    assert bom["bomFormat"] == "CycloneDX"
    assert bom["metadata"]["component"]["name"] == "image.tar"
    assert "planted" in [component["name"] for component in bom["components"]]
    assert written.image_id in content.decode()
    assert "vulnerabilities" not in bom
    assert "gates-image-" not in content.decode()


def test_a_name_that_nobody_has_is_an_error(tmp_path: Path, db: str) -> None:
    settings = Settings(Options(db=db))
    with pytest.raises(GateUnavailable, match=r"docker save -o image\.tar registry\.example\.org/app:1\.0"):
        trivy.scan(Asked("registry.example.org/app:1.0", ""), settings, context(tmp_path, today=datetime.now(UTC).date()))


def test_nothing_is_left_behind(tmp_path: Path, db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", os.fspath(temporary))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", os.fspath(home))
    before = sorted(Path(db).rglob("*"))
    scan(images.write(system(PLANTED), tmp_path / "image.tar").path, db)
    assert [*temporary.iterdir(), *home.iterdir()] == []
    assert sorted(Path(db).rglob("*")) == before
