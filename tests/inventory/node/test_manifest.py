from __future__ import annotations

import json
from pathlib import Path

import pytest

from gates.core.documents import DocumentError
from gates.inventory.node import yarn
from gates.inventory.node.manifest import UNKNOWN, read, stale
from gates.inventory.package import Inventory
from tests.inventory.node.support import FIXTURES, Read, lock_files, manifest

PAIRS = [(reader, path) for reader, path in lock_files() if (path.parent / "package.json").exists()]


@pytest.mark.parametrize(("reader", "path"), PAIRS, ids=lambda value: value.parent.name if isinstance(value, Path) else "")
class TestEachRealLockFile:
    def test_is_in_step_with_its_manifest(self, reader: Read, path: Path) -> None:
        written = (path.parent / "package.json").read_bytes()
        assert stale(reader(path.read_bytes(), path.name), written, "package.json") == []

    def test_is_stale_with_one_dependency_more(self, reader: Read, path: Path) -> None:
        written = json.loads((path.parent / "package.json").read_bytes())
        written.pop("workspaces", None)
        written.setdefault("devDependencies", {})["left-pad"] = "^1.3.0"
        (line,) = stale(reader(path.read_bytes(), path.name), json.dumps(written, indent=1).encode(), "package.json")
        assert line.startswith("left-pad '^1.3.0' (line ")
        assert line.endswith(" of the manifest) is not in the lock file")

    def test_is_stale_with_another_range(self, reader: Read, path: Path) -> None:
        written = json.loads((path.parent / "package.json").read_bytes())
        written.pop("resolutions", None)
        changed = [name for name, specifier in written["dependencies"].items() if specifier[0] in "0123456789^~"]
        if path.parent.name == "pnpm-overrides":
            changed.remove("ms")  # what is overridden may be asked for as anybody likes
        written["dependencies"] |= dict.fromkeys(changed, "^99.0.0")
        lines = stale(reader(path.read_bytes(), path.name), json.dumps(written).encode(), "package.json")
        assert [line.partition(" ")[0] for line in lines] == changed
        assert all("is locked for" in line for line in lines)


def inventory(*wants: tuple[str, str], kind: str = "package-lock.json") -> Inventory:
    return Inventory("lock", kind, (), "", wants)


def test_a_lock_file_that_records_nothing_says_nothing() -> None:
    assert stale(Inventory("lock", "x", ()), manifest(dependencies={"a": "1"}), "package.json") == []


@pytest.mark.parametrize(
    ("kind", "wanted", "declared"),
    [
        ("package-lock.json", "^1  || ^2", "^1 || ^2"),
        ("yarn.lock", "npm:^1.0.0", "^1.0.0"),
        ("yarn.lock", "npm:b@^1.0.0", "npm:b@^1.0.0"),
        ("yarn.lock", "https://github.example.invalid/a/a.git", "a/a"),
        ("yarn.lock", "npm:1.0.0", "catalog:"),
        ("pnpm-lock.yaml", UNKNOWN, "^1.0.0"),
        ("pnpm-lock.yaml", "link:../a", "workspace:*"),
        ("package-lock.json", "file:a", "./a"),
        ("package-lock.json", "file:a", "^1.0.0"),  # a workspace that a range stands for
    ],
)
def test_another_spelling_is_no_other_range(kind: str, wanted: str, declared: str) -> None:
    assert stale(inventory(("a", wanted), kind=kind), manifest(dependencies={"a": declared}), "package.json") == []


@pytest.mark.parametrize(
    ("kind", "wanted", "declared"),
    [
        ("yarn.lock", "npm:b@^1.0.0", "^1.0.0"),
        ("yarn.lock", "npm:b@^1.0.0", "npm:c@^1.0.0"),
        ("yarn.lock", "npm:^1.0.0", "npm:^1.1.0"),
        ("package-lock.json", "^1.0.0", "git+https://git.example.invalid/a.git"),
        ("pnpm-lock.yaml", "catalog:", "catalog:next"),
        ("package-lock.json", "", "^1.0.0"),
    ],
)
def test_another_range_is_stale(kind: str, wanted: str, declared: str) -> None:
    (line,) = stale(inventory(("a", wanted), kind=kind), manifest(dependencies={"a": declared}), "package.json")
    assert "is locked for" in line


def test_only_npm_locks_the_projects_own_peers() -> None:
    declared = manifest(peerDependencies={"a": "1"})
    assert stale(inventory(), declared, "x")
    assert not stale(inventory(kind="pnpm-lock.yaml"), declared, "x")
    assert not stale(inventory(kind="yarn.lock"), declared, "x")


def test_classic_cannot_tell_a_workspace_from_a_package_that_is_absent() -> None:
    lock = yarn.read(b"", "yarn.lock")
    assert stale(lock, manifest(dependencies={"a": "1.0.0"}), "x")
    assert not stale(lock, manifest(dependencies={"a": "1.0.0"}, workspaces=["packages/*"]), "x")


def test_the_local_protocols_may_be_absent() -> None:
    local = {"a": "workspace:*", "b": "link:../b", "c": "file:c", "d": "portal:d", "e": "./e"}
    assert not stale(inventory(kind="yarn.lock"), manifest(dependencies=local), "x")
    assert stale(inventory(kind="yarn.lock"), manifest(dependencies={"a": "catalog:"}), "x")


def test_what_is_optional_is_not_asked_for_twice() -> None:
    both = manifest(dependencies={"a": "^1.0.0"}, optionalDependencies={"a": "^2.0.0"}, devDependencies={"a": "^3.0.0"})
    assert not stale(inventory(("a", "^2.0.0")), both, "x")


def test_no_password_of_an_address_is_told() -> None:
    (line,) = stale(inventory(), manifest(dependencies={"a": "https://u:hunter2@files.example.invalid/a.tgz"}), "x")
    assert "hunter2" not in line


def test_resolutions_name_the_last_part_of_a_path() -> None:
    patterns = {"a": "1", "**/b": "1", "c/d": "1", "@s/e": "1", "f/@s/g": "1", "h@npm:^1": "1", "i/@s/j@npm:1.0.0": "1"}
    assert read(manifest(resolutions=patterns), "x").overridden == {"a", "b", "d", "@s/e", "@s/g", "h", "@s/j"}


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"dependencies": []}', b'{"dependencies": {"a": 1}}', b'{"devDependencies": null}', b'{"a": 1, "a": 2}']
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        stale(inventory(), data, "web/package.json")
    assert caught.value.path == "web/package.json"


def test_the_fixtures_name_no_real_registry() -> None:
    for path in FIXTURES.rglob("*"):
        if path.is_file():
            assert not {name for name in ("npmjs", "yarnpkg") if name in path.read_text("utf-8")}
