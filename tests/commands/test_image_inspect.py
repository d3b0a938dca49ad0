"""`gates image inspect` as a person meets it."""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from gates import detect, registry
from gates.commands import COMMANDS, Command
from tests.commands.conftest import Answer, gates, make, repository
from tests.commands.conftest import Command as Gates
from tests.core.conftest import Maker
from tests.detect.expand import expand
from tests.doubles.images import FAULTS, FORMS, Fault, Form, Image, Layer, applies, write
from tests.doubles.platforms import for_platforms

__all__ = ["gates", "make", "repository"]

NAME = "image inspect"  # as one word, whatever verbs `gates image` has
TOKEN = expand("{github:ghp_}").decode()
CLEAN = Image(
    [Layer({"app/main.py": "print('hello')\n", "app/words.txt": "word\n" * 5000})],
    {"User": "1000", "Labels": {"org.opencontainers.image.base.digest": "x", "org.opencontainers.image.revision": "y"}},
)
LEAKY = Image([Layer({"app/.env": f"TOKEN={TOKEN}\n"}), Layer({"b": "b"}, deleted=["app/.env"])], {"User": "1000"})
# No faults for an inspection, which looks at every image, makes no node and follows no link; and one that takes seconds to refuse.
SOUND: tuple[Fault, ...] = ("two-manifests", "device-node", "gzip-bomb")
Inspect = Callable[..., Answer]


@pytest.fixture
def inspect(gates: Gates, repository: Maker, monkeypatch: pytest.MonkeyPatch) -> Inspect:
    """`inspect("image.tar")` in the repository, as JSON unless a format is named."""
    monkeypatch.setitem(COMMANDS, NAME, Command("gates.commands.image_inspect", ""))
    monkeypatch.setattr(registry, "NAMES", tuple(dict.fromkeys((*registry.NAMES, "image"))))

    def run(*argv: str, at: Path | None = None) -> Answer:
        words = argv if "--format" in argv else (*argv, "--format", "json")
        return gates(NAME, *words, at=at or repository.top)

    return run


def rules(answer: Answer) -> set[str]:
    return {finding["rule"] for finding in answer.gate("image")["findings"]}


@pytest.mark.parametrize("form", FORMS)
def test_a_clean_image_passes(inspect: Inspect, repository: Maker, form: Form) -> None:
    write(CLEAN, repository.top / "image.tar", form)
    answer = inspect("image.tar", "--fail-on", "medium")
    assert answer.code == 0
    result = answer.gate("image")
    assert result["status"] == "pass"
    assert result["scope"]["files"] >= 2
    assert result["tools"]


def test_findings_block_and_hold_no_secret(inspect: Inspect, repository: Maker) -> None:
    write(LEAKY, repository.top / "image.tar")
    answer = inspect("image.tar")
    assert answer.code == 1
    assert {"image/secret-in-layer", "image/sensitive-file"} <= rules(answer)
    assert TOKEN not in answer.stdout + answer.stderr
    for finding in answer.gate("image")["findings"]:
        assert {"package", "layer", "fix_versions"} <= finding["data"].keys()
        assert finding["location"]["path"] == "image.tar"


@pytest.mark.parametrize("form", ["oci", "oci-tar", "docker-oci"])
def test_every_platform_is_looked_at(inspect: Inspect, repository: Maker, form: Literal["oci", "oci-tar", "docker-oci"]) -> None:
    for_platforms(repository.top / "image", form, {"amd64": CLEAN, "arm64": LEAKY})
    answer = inspect("image")
    assert answer.code == 1
    assert "image/secret-in-layer" in rules(answer)


def test_the_repaired_twin_passes(inspect: Inspect, repository: Maker) -> None:
    write(Image(LEAKY.layers[1:], LEAKY.config), repository.top / "image.tar")
    assert inspect("image.tar").code == 0


def test_an_image_outside_of_the_repository_is_judged_by_its_policy(inspect: Inspect, repository: Maker, tmp_path: Path) -> None:
    write(LEAKY, tmp_path / "out.tar")
    repository.write("security/gates.toml", '[image]\nfail_on = "critical"\n')
    answer = inspect(os.fspath(tmp_path / "out.tar"))
    assert answer.report["policy"]["source"] == "tree"
    assert {finding["location"]["path"] for finding in answer.gate("image")["findings"]} == {"out.tar"}


def test_it_needs_no_repository(inspect: Inspect, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    write(LEAKY, tmp_path / "plain/image.tar")
    assert inspect("image.tar", at=tmp_path / "plain").code == 1


def test_a_name_is_no_archive(inspect: Inspect) -> None:
    answer = inspect("acme/app:1.0")
    assert answer.code == 2
    assert "docker save -o" in answer.stdout + answer.stderr


def test_a_waiver_covers_one_finding(inspect: Inspect, repository: Maker) -> None:
    write(LEAKY, repository.top / "image.tar")
    found = inspect("image.tar").gate("image")["findings"]
    entries = "".join(
        f"  - {{id: W-{number:04}, gate: image, kind: false-positive, rule: {finding['rule']}, fingerprint: {finding['fingerprint']},\n"
        "     reason: an example that opens nothing anywhere, owner: '@acme/sec', created: 2026-11-01, sunset: 2027-01-15}\n"
        for number, finding in enumerate(found)
        if finding["blocking"]
    )
    repository.write("security/waivers.yaml", f"version: 1\nwaivers:\n{entries}")
    assert inspect("image.tar").code == 0


def test_build_tools_on_demand(inspect: Inspect, repository: Maker) -> None:
    write(Image([Layer({"usr/bin/gcc": "x"})], CLEAN.config), repository.top / "image.tar")
    assert "image/build-tools" not in rules(inspect("image.tar"))
    assert "image/build-tools" in rules(inspect("image.tar", "--build-tools"))


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in SOUND])
@pytest.mark.parametrize("form", ["docker", "oci-tar"])
def test_no_fault_passes(inspect: Inspect, repository: Maker, form: Form, fault: Fault) -> None:
    if not applies(fault, form):
        pytest.skip(f"{form} has no {fault}")
    write(CLEAN, repository.top / "image.tar", form, fault)
    answer = inspect("image.tar")
    assert answer.code == 3, answer.stdout
    errors = answer.gate("image")["errors"] or [answer.gate("image")["reason"]]
    assert errors
    assert os.fspath(repository.top) not in answer.stdout


def test_what_was_found_before_a_fault_is_told(inspect: Inspect, repository: Maker) -> None:
    write(LEAKY, repository.top / "image.tar", "docker", "layer-altered")
    answer = inspect("image.tar")
    assert answer.code == 1
    assert answer.report["complete"] is False
    assert "image/secret-in-layer" in rules(answer)


def test_gates_itself_can_be_in_an_image(inspect: Inspect, repository: Maker) -> None:
    """Its examples of secrets stand beside one another once Python has compiled them."""
    families = Path(detect.__file__).parent / "families"
    compiled = {f"app/{path.stem}.pyc": marshal.dumps(compile(path.read_bytes(), path.name, "exec")) for path in families.rglob("*.py")}
    assert len(compiled) > 10
    write(Image([Layer(compiled)], CLEAN.config), repository.top / "image.tar")
    answer = inspect("image.tar")
    assert [finding["message"] for finding in answer.gate("image")["findings"] if finding["blocking"]] == []


def test_its_sarif_report_stands_beside_that_of_a_scan(inspect: Inspect, repository: Maker) -> None:
    write(CLEAN, repository.top / "image.tar")
    (run,) = inspect("image.tar", "--format", "sarif").report["runs"]
    assert run["automationDetails"] == {"id": "gates/image-inspect/"}


def test_the_report_is_the_same_each_time(inspect: Inspect, repository: Maker) -> None:
    write(LEAKY, repository.top / "image.tar")
    assert len({inspect("image.tar", "--no-timing").stdout for _ in range(3)}) == 1
