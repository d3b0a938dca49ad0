"""`gates sbom check` as a person meets it; what uv and npm write is looked at too."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gates import registry
from gates.commands import COMMANDS, Command
from tests.commands.conftest import Answer, gates, make, repository
from tests.commands.conftest import Command as Gates
from tests.core.conftest import Maker
from tests.image.tools import need
from tests.sbom.documents import component, document, uv_lock, written

__all__ = ["gates", "make", "repository"]

NAME = "sbom check"  # as one word, whatever verbs `gates sbom` has
Check = Callable[..., Answer]


@pytest.fixture
def check(gates: Gates, repository: Maker, monkeypatch: pytest.MonkeyPatch) -> Check:
    """`check("bom.json")` in the repository, as JSON unless a format is named."""
    monkeypatch.setitem(COMMANDS, NAME, Command("gates.commands.sbom_check", ""))
    monkeypatch.setattr(registry, "NAMES", tuple(dict.fromkeys((*registry.NAMES, "sbom"))))
    repository.write("uv.lock", uv_lock(("a", "1.0"), dev=[("pytest", "9.0")]))
    repository.write("bom.json", written(document(component("a"))))

    def run(*argv: str, at: Path | None = None) -> Answer:
        words = argv if "--format" in argv else (*argv, "--format", "json")
        return gates(NAME, *words, at=at or repository.top)

    return run


def found(answer: Answer) -> list[dict[str, Any]]:
    return list(answer.gate("sbom")["findings"])


def test_an_sbom_that_is_as_it_should_be_passes(check: Check) -> None:
    answer = check("bom.json")
    assert answer.code == 0
    assert answer.gate("sbom")["status"] == "pass"
    assert {tool["name"] for tool in answer.gate("sbom")["tools"]} == {"jsonschema-rs", "CycloneDX schema"}


def test_a_stale_sbom_blocks(check: Check, repository: Maker) -> None:
    repository.write("uv.lock", uv_lock(("a", "2.0")))
    answer = check("bom.json")
    assert answer.code == 1
    (finding,) = found(answer)
    assert (finding["rule"], finding["blocking"], finding["subject"]) == ("sbom/stale", True, "pkg:pypi/a")


@pytest.mark.parametrize(
    "content", [b"SPDXVersion: SPDX-2.3\n", b"<bom/>", b"{", b"", written(document()), written(document(component("z")))]
)
def test_what_cannot_be_the_sbom_of_the_release_is_an_error(check: Check, repository: Maker, content: bytes) -> None:
    repository.write("bom.json", content)
    answer = check("bom.json")
    assert answer.code == 3
    assert answer.report["complete"] is False
    assert found(answer) == []


def test_the_profile_and_the_groups_are_options(check: Check, repository: Maker) -> None:
    answer = check("bom.json", "--profile", "bsi")
    assert answer.code == 1
    assert {"sha-512", "file-name", "executable"} <= {finding["data"]["element"] for finding in found(answer)}
    assert check("bom.json", "--group", "dev").code == 3  # pytest is a direct dependency of the group
    repository.write("bom.json", written(document(component("a"), component("pytest", "9.0"))))
    assert check("bom.json", "--group", "dev").code == 0
    assert check("bom.json").code == 1


def test_without_a_file_those_of_the_policy_are_judged(check: Check, repository: Maker) -> None:
    answer = check()
    assert (answer.code, answer.gate("sbom")["status"]) == (3, "skip")
    repository.write("security/gates.toml", '[sbom]\nfiles = ["bom.json"]\nprofile = "cisa-2025"\n')
    answer = check()
    assert [finding["data"]["element"] for finding in found(answer)] == ["hash"]
    assert check("--profile", "ntia").code == 0


def test_the_policy_counts_for_a_file_that_is_named(check: Check, repository: Maker) -> None:
    repository.write("bom.json", written(document(component("a"), component("pytest", "9.0"))))
    repository.write("security/gates.toml", '[sbom]\ngroups = ["dev"]\n')
    assert check("bom.json").code == 0


def test_a_waiver_covers_a_finding(check: Check, repository: Maker) -> None:
    repository.write("bom.json", written(document(component("a", supplier=None))))
    (finding,) = found(check("bom.json"))
    repository.write(
        "security/waivers.yaml",
        "version: 1\nwaivers:\n  - id: W-1\n    gate: sbom\n    rule: sbom/incomplete\n"
        f"    fingerprint: {finding['fingerprint']}\n    reason: nobody knows who made this one\n"
        '    owner: "@acme/sec"\n    created: 2026-11-01\n    sunset: 2026-12-31\n',
    )
    answer = check("bom.json")
    assert (answer.code, found(answer)[0]["waiver"]["id"]) == (0, "W-1")


def test_a_table_stands_before_the_report_in_text_alone(check: Check) -> None:
    answer = check("bom.json", "--format", "text", "--no-timing")
    assert answer.code == 0
    assert answer.stdout.startswith(
        "bom.json: CycloneDX 1.6, 1 component, by NTIA minimum elements (2021)\n"
        "  name            required  1 of 1 (100 %)\n"
        "  version         required  1 of 1 (100 %)\n"
    )
    assert "  hash            -         0 of 1 (0 %)\n" in answer.stdout
    assert "  author          required  yes\n" in answer.stdout
    assert "NTIA minimum" not in check("bom.json", "--format", "text", "--quiet").stdout
    assert "NTIA minimum" not in check("bom.json", "--format", "sarif").stdout


def test_a_file_outside_of_the_repository_is_compared_with_it(check: Check, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "bom.json").write_bytes(written(document(component("z"))))
    answer = check(str(place / "bom.json"))
    assert answer.code == 3
    assert "lacks direct dependencies" in answer.stdout


def test_without_any_repository_the_last_line_says_that_nothing_was_compared(check: Check, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "bom.json").write_bytes(written(document(component("z"))))
    answer = check("bom.json", "--format", "text", at=place)
    assert answer.code == 0
    assert answer.stdout.endswith("\nbom.json: compared with no lock file: it lies outside of a repository\n")


def test_hostile_text_stays_on_its_line(check: Check, repository: Maker) -> None:
    hostile = "\x1b[2J\n::error::pwned\u202e"
    named = component("a", supplier=None, licenses=[{"license": {"name": hostile}}]) | {"name": hostile, "colour" + hostile: 1}
    repository.write("bom.json", written(document(named)))
    for form in ("text", "github"):
        answer = check("bom.json", "--format", form, "--no-color")
        assert answer.code == 1
        assert "\x1b" not in answer.stdout
        assert "\n::error::pwned" not in answer.stdout


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("missing.json",), "no such file"),
        (("folder",), "folder"),
        (("bom.json", "--profile", "eu"), "invalid choice"),
        (("bom.json", "--spec", "1.6"), "unrecognized arguments"),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_a_usage_error(check: Check, repository: Maker, words: tuple[str, ...], text: str) -> None:
    (repository.top / "folder").mkdir()
    answer = check(*words)
    assert answer.code == 2
    assert text in answer.stdout + answer.stderr


def test_two_runs_say_the_same(check: Check, repository: Maker) -> None:
    repository.write("bom.json", written(document(*(component(f"c{number}", supplier=None, licenses=None) for number in range(40)))))
    runs = [check("bom.json", "--format", "text", "--no-timing").stdout for _ in range(2)]
    assert runs[0] == runs[1]


# what others write


def test_what_uv_writes_is_valid_and_lists_what_its_lock_does(check: Check, repository: Maker) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or need("uv")
    shutil.copy(Path(__file__).parents[1] / "inventory/python/locks/uv-lock.toml", repository.top / "uv.lock")
    words = [uv, "export", "--frozen", "--offline", "--no-dev", "--format", "cyclonedx1.5", "--quiet", "-o", "bom.json"]
    repository.write("pyproject.toml", '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n')
    done = subprocess.run(words, cwd=repository.top, capture_output=True, timeout=60)
    if done.returncode:
        pytest.skip(f"this uv writes no SBOM of this lock: {done.stderr.decode()[:200]}")
    rules = {finding["rule"] for finding in found(check("bom.json"))}
    assert not rules & {"sbom/invalid", "sbom/dangling-reference", "sbom/duplicate-reference"}


def test_what_npm_writes_is_valid_and_lists_what_its_lock_does(check: Check, repository: Maker) -> None:
    npm = need("npm")
    (repository.top / "uv.lock").unlink()
    manifest = {"name": "ui", "version": "1.0.0", "dependencies": {"left": "1.0.0"}, "devDependencies": {"right": "2.0.0"}}
    entry = {"resolved": "https://packages.example.invalid/x.tgz", "integrity": "sha512-" + "A" * 86 + "=="}
    packages = {
        "": manifest,
        "node_modules/left": {"version": "1.0.0", **entry},
        "node_modules/right": {"version": "2.0.0", "dev": True, **entry},
    }
    repository.write("package.json", json.dumps(manifest))
    repository.write("package-lock.json", json.dumps({"name": "ui", "version": "1.0.0", "lockfileVersion": 3, "packages": packages}))
    words = [npm, "sbom", "--package-lock-only", "--omit", "dev", "--sbom-format", "cyclonedx", "--offline"]
    done = subprocess.run(words, cwd=repository.top, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    repository.write("bom.json", done.stdout)
    answer = check("bom.json")
    assert {finding["rule"] for finding in found(answer)} == {"sbom/incomplete", "sbom/licence-unknown"}
    assert {finding["data"].get("element") for finding in found(answer)} - {None} == {"supplier", "author"}
