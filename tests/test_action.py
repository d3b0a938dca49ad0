"""The action for other repositories hands every word on as it is, and installs nothing but the lock."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "action.yml").read_text("utf-8")
ACTION: dict[str, Any] = yaml.safe_load(TEXT)


def script(name: str) -> str:
    (found,) = [step["run"] for step in ACTION["runs"]["steps"] if step.get("name") == name]
    return str(found)


def words(tmp_path: Path, gate: str, arguments: str = "", policy_ref: str = "") -> tuple[int, list[str]]:
    """What gates is started with."""
    python = tmp_path / "gates/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" > "{tmp_path}/words"\nexit 1\n', "utf-8")
    python.chmod(0o755)
    around = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "GATE": gate, "ARGUMENTS": arguments, "REPOSITORY": "."}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script("gates")],
        cwd=tmp_path,
        env={**around, "POLICY_REF": policy_ref},
        check=False,
    )
    told = tmp_path / "words"
    return done.returncode, told.read_text("utf-8").split("\0")[:-1] if told.exists() else []


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        ("secrets", ["run", "secrets"]),
        (" secrets\n deps\n", ["run", "secrets", "deps"]),
        ("sbom", ["run", "sbom"]),
        ("sbom make", ["sbom", "make"]),
        ("sbom check gates.cdx.json", ["sbom", "check", "gates.cdx.json"]),
        ("image scan acme/app:1.0", ["image", "scan", "acme/app:1.0"]),
        ("image container", ["run", "image", "container"]),
    ],
)
def test_the_gate_is_run_and_its_verdict_is_that_of_the_step(tmp_path: Path, gate: str, expected: list[str]) -> None:
    assert words(tmp_path, gate) == (1, ["-I", "-m", "gates", *expected, "--repo=."])


def test_no_argument_is_taken_by_the_shell(tmp_path: Path) -> None:
    hostile = "--output=$(touch pwned) `touch pwned`; touch pwned * ~"
    told = words(tmp_path, "sbom make", f"--quiet\n\n{hostile}\n", "origin/main")
    assert told == (1, ["-I", "-m", "gates", "sbom", "make", "--quiet", hostile, "--repo=.", "--policy-ref=origin/main"])
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("gate", ["", "\n", "--help", "secrets --fail-on=critical"])
def test_what_is_no_gate_fails(tmp_path: Path, gate: str) -> None:
    assert words(tmp_path, gate) == (2, [])


def test_it_pins_what_it_uses_and_asks_for_no_secret() -> None:
    used = re.findall(r"uses: (.*)", TEXT)
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used[1:])  # the first one is an example
    assert len(used) == 2
    assert "secrets." not in TEXT
    assert "github.token" not in TEXT
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
    assert "--require-hashes" in script("install gates")
    assert set(re.findall(r"inputs\.([\w-]+)", TEXT)) == set(ACTION["inputs"])


def test_the_lock_that_it_installs_has_what_every_gate_needs() -> None:
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = re.findall(r"^gates\[(.*)\]$", "\n".join(extras["all"]), flags=re.MULTILINE)[0].split(",")
    asked = [*project["dependencies"], *(text for name in named for text in extras[name])]
    text = (ROOT / "requirements/release.txt").read_text("utf-8")
    locked = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, flags=re.MULTILINE)}
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement
    assert "://" not in text
    entries = re.split(r"^(?=\w)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE), flags=re.MULTILINE)[1:]
    assert len(entries) >= len(locked)
    assert all("--hash=sha256:" in entry for entry in entries)
