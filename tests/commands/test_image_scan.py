"""`gates image scan` as a person meets it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gates import registry
from gates.commands import COMMANDS, Command
from tests.commands.conftest import Answer, gates, make, repository
from tests.commands.conftest import Command as Gates
from tests.core.conftest import Maker
from tests.doubles import images
from tests.doubles.systems import Installed, python_package
from tests.image.engines.support import NOON, changed, database, stand_in, system
from tests.image.tools import SEARCHED, need

__all__ = ["gates", "make", "repository"]

NAME = "image scan"  # as one word, whatever verbs `gates image` has
Scan = Callable[..., Answer]
PLANTED, REPAIRED = Installed("planted", "2.0-1+deb13u1"), Installed("planted", "2.0-1+deb13u2")

no_script = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a #! line")


@pytest.fixture
def scan(gates: Gates, repository: Maker, monkeypatch: pytest.MonkeyPatch) -> Scan:
    """`scan("./image.tar")` in the repository, as JSON unless a format is named; `path` is where programs are."""
    monkeypatch.setitem(COMMANDS, NAME, Command("gates.commands.image_scan", ""))
    monkeypatch.setattr(registry, "NAMES", tuple(dict.fromkeys((*registry.NAMES, "image"))))

    def run(*argv: str, at: Path | None = None, path: str = SEARCHED, **variables: str) -> Answer:
        words = argv if "--format" in argv else (*argv, "--format", "json")
        return gates(NAME, *words, at=at or repository.top, environment={"PATH": path, **variables})

    return run


def now() -> tuple[str, ...]:
    """The real Trivy goes by the real day."""
    return ("--today", datetime.now(UTC).date().isoformat())


def fresh(place: Path) -> str:
    return database(place, datetime.now(UTC) - timedelta(hours=1))


def found(answer: Answer) -> list[dict[str, Any]]:
    return list(answer.gate("image")["findings"])


# with the real Trivy


def test_a_planted_vulnerability_blocks_and_its_repaired_twin_passes(scan: Scan, repository: Maker, tmp_path: Path) -> None:
    need("trivy")
    db = fresh(tmp_path / "db")
    planted = system(PLANTED, Installed("unfixed", "1.0-1"), **python_package("planted_python", "1.0"))
    images.write(planted, repository.top / "planted.tar")
    images.write(system(REPAIRED), repository.top / "repaired.tar")
    answer = scan("planted.tar", "--db", db, *now())
    assert answer.code == 1
    assert [(each["subject"].split()[0], each["severity"], each["blocking"]) for each in found(answer)] == [
        ("CVE-2026-10002", "critical", True),
        ("CVE-2026-10003", "high", False),
        ("CVE-2026-10004", "high", True),
    ]
    assert {each["location"]["path"] for each in found(answer)} == {"planted.tar"}
    answer = scan("repaired.tar", "--db", db, *now())
    assert (answer.code, found(answer)) == (0, [])
    assert {each["name"]: each["version"] for each in answer.gate("image")["tools"]}["packages compared"] == "1"


def test_the_bill_of_materials_is_written(scan: Scan, repository: Maker, tmp_path: Path) -> None:
    need("trivy")
    images.write(system(PLANTED), repository.top / "image.tar")
    answer = scan("image.tar", "--db", fresh(tmp_path / "db"), "--sbom", "bom.json", *now())
    assert answer.code == 1
    bom = json.loads((repository.top / "bom.json").read_text())
    assert (bom["bomFormat"], bom["metadata"]["component"]["name"]) == ("CycloneDX", "image.tar")


def test_the_image_that_was_built_is_the_one_that_is_scanned(scan: Scan, repository: Maker, tmp_path: Path) -> None:
    need("trivy")
    db = fresh(tmp_path / "db")
    written = images.write(system(REPAIRED), repository.top / "layout", "oci")
    for digest in (written.image_id, written.manifest, f"acme/app@{written.manifest}"):
        assert scan("./layout", "--db", db, "--expect-digest", digest, *now()).code == 0
    answer = scan("./layout", "--db", db, "--expect-digest", "sha256:" + "0" * 64, "--sbom", "bom.json", *now())
    assert answer.code == 3
    assert "is not the expected image" in answer.gate("image")["reason"]
    assert not (repository.top / "bom.json").exists()


def test_a_waiver_covers_an_alias_in_this_image_alone(scan: Scan, repository: Maker, tmp_path: Path) -> None:
    need("trivy")
    db = fresh(tmp_path / "db")
    image = system(REPAIRED, **python_package("planted_python", "1.0"))
    (repository.top / "build").mkdir()
    for name in ("one.tar", "two.tar"):
        images.write(image, repository.top / "build" / name)
    today = datetime.now(UTC).date()
    repository.write(
        "security/waivers.yaml",
        "version: 1\nwaivers:\n  - id: W-1\n    gate: image\n    rule: GHSA-aaaa-bbbb-cccc\n    purl: pkg:pypi/planted-python\n"
        "    image: build/one.tar\n    reason: the vulnerable call is never made here\n"
        f'    owner: "@acme/sec"\n    created: {today}\n    sunset: {today + timedelta(days=30)}\n',
    )
    answer = scan("build/one.tar", "--db", db, *now())
    assert (answer.code, found(answer)[0]["waiver"]["id"]) == (0, "W-1")
    answer = scan("one.tar", "--db", db, *now(), at=repository.top / "build")
    assert (answer.code, found(answer)[0]["waiver"]["id"]) == (0, "W-1")
    assert scan("build/two.tar", "--db", db, *now()).code == 1


def test_no_repository_is_needed(scan: Scan, tmp_path: Path) -> None:
    need("trivy")
    place = tmp_path / "elsewhere"
    place.mkdir()
    images.write(system(PLANTED), place / "image.tar")
    answer = scan("image.tar", "--db", fresh(tmp_path / "db"), *now(), at=place)
    assert answer.code == 1
    assert found(answer)[0]["location"] is None
    assert found(answer)[0]["message"].startswith("image.tar: planted")


# with a stand-in


@no_script
def test_a_name_is_asked_of_engines_and_offline_of_those_that_run_here(scan: Scan, tmp_path: Path) -> None:
    db, program = database(tmp_path / "db"), stand_in(tmp_path / "bin")
    answer = scan("acme/app:1.0", "--db", db, path=f"{program.path}{os.pathsep}{SEARCHED}", DOCKER_HOST="unix:///x")
    assert answer.code == 1
    assert found(answer)[0]["location"] is None
    assert found(answer)[0]["data"]["image"] == "acme/app:1.0"
    call = program.calls()[-1]
    assert call["words"][-2:] == ["--", "acme/app:1.0"]
    assert "--image-src" not in call["words"]
    assert call["environment"]["DOCKER_HOST"] == "unix:///x"
    scan("acme/app:1.0", "--db", db, "--offline", path=f"{program.path}{os.pathsep}{SEARCHED}")
    words = program.calls()[-1]["words"]
    assert words[words.index("--image-src") + 1] == "docker,containerd,podman"


@no_script
def test_the_policy_draws_the_line(scan: Scan, repository: Maker, tmp_path: Path) -> None:
    db, program = database(tmp_path / "db"), stand_in(tmp_path / "bin")
    path = f"{program.path}{os.pathsep}{SEARCHED}"
    assert scan("acme/app:1.0", "--db", db, path=path).code == 1
    assert scan("acme/app:1.0", "--db", db, "--fail-on", "critical", path=path).code == 0
    repository.write("security/gates.toml", '[image]\nfail_on = "critical"\n')
    assert scan("acme/app:1.0", "--db", db, path=path).code == 0


@no_script
def test_a_program_of_the_repository_is_not_started(scan: Scan, repository: Maker, tmp_path: Path) -> None:
    db = database(tmp_path / "db")
    program = stand_in(repository.top / "bin")
    answer = scan("acme/app:1.0", "--db", db, path=f"{program.path}{os.pathsep}{os.path.dirname(sys.executable)}{os.pathsep}{os.defpath}")
    assert answer.code == 3
    repository.write("security/gates.toml", f"[image]\ntrivy = '{program.program}'\n")
    answer = scan("acme/app:1.0", "--db", db)
    assert "must not bring its own judge" in answer.gate("image")["reason"]
    assert program.calls() == []


@no_script
def test_what_is_laxer_than_usual_is_listed(scan: Scan, repository: Maker, tmp_path: Path) -> None:
    database(tmp_path / "db", NOON - timedelta(hours=90))
    program = stand_in(tmp_path / "bin")
    repository.write("security/gates.toml", f"[image]\nmax_db_age = 100\ntrivy = '{program.program}'\nno_packages = true\n")
    answer = scan("acme/app:1.0", "--db", os.fspath(tmp_path / "db"))
    assert answer.code == 1
    listed = {each["what"] for each in answer.report["weakened"]}
    assert listed >= {"image: max_db_age is set", "image: trivy is set", "image: no_packages is set"}


@no_script
def test_hostile_text_stays_on_its_line(scan: Scan, tmp_path: Path) -> None:
    hostile = "\x1b[2J\n::error::pwned\u202e"
    outputs: dict[str, str | None] = {"json": changed("Results", 0, "Vulnerabilities", 0, "PkgName", to=hostile)}
    program = stand_in(tmp_path / "bin", outputs=outputs)
    for form in ("text", "github"):
        answer = scan(
            *("acme/app:1.0", "--db", database(tmp_path / form), "--format", form, "--no-color"),
            path=f"{program.path}{os.pathsep}{SEARCHED}",
        )
        assert answer.code == 1
        assert "\x1b" not in answer.stdout
        assert "\n::error::pwned" not in answer.stdout


# what cannot be meant


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("missing.tar",), "no such image archive or OCI layout"),
        (("App Image",), "neither a path nor the name of an image"),
        (("folder",), "write ./folder for the path"),
        (("",), "empty"),
        (("app", "--expect-digest", "sha256:1"), "is no digest"),
        (("app", "--db", "none"), "no such folder"),
        (("app", "--engine", "clair"), "invalid choice"),
        (("app", "--sbom", "none/bom.json"), "--sbom"),
        ((), "IMAGE"),
        (("app", "other"), "unrecognized arguments"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_a_usage_error(scan: Scan, repository: Maker, words: tuple[str, ...], text: str) -> None:
    (repository.top / "folder").mkdir()
    answer = scan(*words)
    assert answer.code == 2
    assert text in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ('trivy_sha256 = "abc"', "64 hex digits"),
        ("max_db_age = 0", "max_db_age"),
        ('engine = "grype"\ntrivy_sha256 = "' + "0" * 64 + '"', "pins trivy"),
        ('engine = "clair"', "engine"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_a_usage_error(scan: Scan, repository: Maker, settings: str, text: str) -> None:
    repository.write("security/gates.toml", f"[image]\n{settings}\n")
    answer = scan("app")
    assert answer.code == 2
    assert text in answer.stdout + answer.stderr


def test_a_broken_waiver_list_is_refused_before_anything_starts(scan: Scan, repository: Maker) -> None:
    repository.write("security/waivers.yaml", "version: 7\n")
    assert scan("app").code == 2


def test_without_trivy_it_is_an_error_with_a_way_out(scan: Scan, tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git
    (tmp_path / "git").symlink_to(git)
    answer = scan("app", path=os.fspath(tmp_path))
    assert answer.code == 3
    assert "trivy is not installed; put it on PATH" in answer.gate("image")["reason"]
