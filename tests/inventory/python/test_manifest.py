from __future__ import annotations

import pytest

from gates.core.documents import DocumentError
from gates.inventory.package import Inventory, Package
from gates.inventory.python import pdm, pipfile, poetry, uv
from gates.inventory.python.manifest import pep440, read_manifest, stale
from tests.inventory.python.support import lock


def inventory(kind: str = "uv.lock", wants: tuple[tuple[str, str], ...] | None = None, root: str = "", **pins: str) -> Inventory:
    packages = tuple(Package("PyPI", name.replace("_", "-"), version, kind, 1) for name, version in pins.items())
    return Inventory(kind, kind, packages, root, wants)


def project(*requirements: str, more: str = "") -> bytes:
    return f"[project]\nname = 'shop'\ndependencies = {list(requirements)!r}\n{more}".encode()


def test_locks_of_the_tools_are_fresh() -> None:
    assert stale(uv.read(lock("uv-lock.toml"), "uv.lock"), lock("uv-manifest.toml"), "pyproject.toml") == []
    assert stale(poetry.read(lock("poetry-lock.toml"), "poetry.lock"), lock("poetry-manifest.toml"), "pyproject.toml") == []
    assert stale(pdm.read(lock("pdm-lock.toml"), "pdm.lock"), lock("pdm-manifest.toml"), "pyproject.toml") == []
    assert stale(pipfile.read(lock("pipfile-lock.json"), "Pipfile.lock"), lock("pipfile-manifest.toml"), "Pipfile") == []


def test_a_name_that_the_lock_does_not_hold() -> None:
    found = stale(inventory(wants=(("b", ""),), root="shop", b="1"), project("b", "A>=2"), "pyproject.toml")
    assert found == ["a is asked for in pyproject.toml:3 and is not in the lock; run uv lock"]


def test_a_name_that_the_lock_holds_for_another_package_alone() -> None:
    assert stale(inventory(wants=(), root="shop", a="1"), project("a"), "pyproject.toml")


def test_a_pin_outside_of_what_is_asked_for() -> None:
    found = stale(inventory(wants=(("a", ">=1"),), root="shop", a="1.5"), project("a>=2"), "sub/pyproject.toml")
    assert found == ["a>=2 is asked for in sub/pyproject.toml:3 and 1.5 is in the lock; run uv lock"]


@pytest.mark.parametrize(
    ("held", "manifest"),
    [
        (inventory(a="1.0+cpu"), project("a==1.0")),
        (inventory(a="2.0rc1"), project("a>=1")),
        (inventory(), project("a; python_version < '3.8'")),  # the lock is for later versions of Python alone
        (inventory(a="2"), project("a<2; python_version < '3.8'", "a>=2; python_version >= '3.8'")),
        (inventory(a="1"), project("a @ https://x.example.invalid/a.zip")),
        (inventory(a="1"), project("a>=2", more="[tool.uv.sources]\na = { git = 'x' }\n")),
        (inventory(a="1"), project("a>=2", more="[tool.uv]\noverride-dependencies = ['a==1']\n")),
        (inventory(a="1"), project("a", more="[project.optional-dependencies]\nall = ['shop[x]']\nx = ['a']\n")),
        (inventory("pdm.lock", a="1"), project("a", more="[dependency-groups]\ndev = ['b']\n")),  # pdm lock --prod
        (inventory("poetry.lock", a="1"), project("a", more="[dependency-groups]\ndev = ['b']\n")),
        (inventory("pylock.toml", a="1"), project("a", more="[project.optional-dependencies]\nx = ['b']\n")),
        (inventory("requirements", b="1"), project("a")),
        (inventory("environment", b="1"), project("a")),
        (inventory(wants=(), root="other"), project("a")),
        (inventory("poetry.lock", a="1.4"), b"[tool.poetry.dependencies]\npython = '^3.11'\na = '^1.2'\n"),
        (
            inventory("poetry.lock", a="1.4"),
            b"[tool.poetry.dependencies]\na = [{version='<1', python='<3.8'}, {version='^1'}]\n",
        ),
        (inventory("poetry.lock", a="1.4"), b"[tool.poetry.dependencies]\na = '<1 || >1.3'\n"),
        (inventory("poetry.lock", a="1.4"), b"[project]\nname='x'\ndependencies=['a>2']\n[tool.poetry.dependencies]\na = {path = 'x'}\n"),
        (inventory("Pipfile.lock", a="1"), b"[packages]\na = '*'\nb = {version = '*', sys_platform = \"== 'win32'\"}\n"),
    ],
)
def test_no_alarm(held: Inventory, manifest: bytes) -> None:
    assert stale(held, manifest, "Pipfile" if held.kind == "Pipfile.lock" else "pyproject.toml") == []


@pytest.mark.parametrize(
    ("held", "manifest"),
    [
        (inventory(), project("a")),
        (inventory(a="3"), project("a<2; python_version < '3.8'", "a<3; python_version >= '3.8'")),
        (inventory(), project(more="[dependency-groups]\nd = [{ include-group = 'e' }]\ne = ['a']\n")),
        (inventory(), project(more="[tool.uv]\ndev-dependencies = ['a']\n")),
        (inventory("poetry.lock", a="2.0"), b"[tool.poetry.group.dev.dependencies]\na = '^1.2'\n"),
        (inventory("poetry.lock"), b"[tool.poetry.dev-dependencies]\na = {version = '*'}\n"),
        (inventory("pdm.lock"), project("a")),
        (inventory("pylock.toml", a="1"), project("a>1")),
        (inventory("Pipfile.lock"), b"[dev-packages]\na = '*'\n"),
    ],
)
def test_alarm(held: Inventory, manifest: bytes) -> None:
    assert stale(held, manifest, "Pipfile" if held.kind == "Pipfile.lock" else "pyproject.toml")


def test_groups_hold_what_they_include() -> None:
    found = read_manifest(lock("uv-manifest.toml"), "pyproject.toml")
    assert found.name == "shop"
    assert {item.group for item in found.wanted if item.name == "pyflakes"} == {"dev", "lint"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[project]\nname = 'x'\ndependencies = [\n'a',\n'b ==',\n]\n", "pyproject.toml:5: 'b ==' is no requirement"),
        ("[dependency-groups]\na = [{include-group = 'a'}]\n", "includes itself"),
        ("[dependency-groups]\na = [{include-group = 'b'}]\n", "pyproject.toml:2: the group 'b' is included and does not exist"),
        ("[dependency-groups]\na = 1\n", "must be a list"),
        ("[project]\nname = 1\n", "must be text"),
        ("[tool.poetry.dependencies]\n'a b' = '1'\n", "no name"),
        ("[project\n", "not valid TOML"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_manifest(text.encode(), "pyproject.toml")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("*", ""),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("1.2.*", "==1.2.*"),
        ("1.2", "==1.2"),
        ("= 1.2", "==1.2"),
        ("~=1.2", "~=1.2"),
        (">=1.2, <2 ,!=1.5", ">=1.2,<2,!=1.5"),
        (">=1 <2", None),
        ("<1 || >2", None),
        ("^1.2rc1", None),
    ],
)
def test_constraints_of_poetry(constraint: str, expected: str | None) -> None:
    assert pep440(constraint) == expected
