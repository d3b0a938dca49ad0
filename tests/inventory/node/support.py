"""Lock files that the real package managers wrote, their hosts replaced, and shorthands for what is read from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gates.core.documents import DocumentError
from gates.inventory.node import npm, pnpm, yarn
from gates.inventory.package import Inventory, Package

FIXTURES = Path(__file__).parent / "fixtures"
DIGEST = "sha512-" + "A" * 86 + "=="
Read = Callable[[bytes, str], Inventory]


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def lock_files() -> list[tuple[Read, Path]]:
    readers: dict[str, Read] = {"package-lock.json": npm.read, "npm-shrinkwrap.json": npm.read, "pnpm-lock.yaml": pnpm.read}
    readers["yarn.lock"] = yarn.read
    return [(readers[path.name], path) for path in sorted(FIXTURES.rglob("*")) if path.name in readers]


def manifest(**sections: object) -> bytes:
    return json.dumps(sections).encode()


def named(inventory: Inventory, name: str, version: str = "") -> Package:
    (found,) = (package for package in inventory.packages if package.name == name and version in ("", package.version))
    return found


def versions(inventory: Inventory) -> set[tuple[str, str]]:
    return {(package.name, package.version) for package in inventory.packages}


def refusal(read: Read, data: bytes, path: str = "lock") -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read(data, path)
    assert caught.value.path == path
    assert "\n" not in str(caught.value)
    return caught.value
