"""What the tests of the readers share. The locks were written by the tools themselves; only their hosts are replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gates.core.documents import DocumentError
from gates.inventory.package import Inventory, Package

LOCKS = Path(__file__).parent / "locks"


def lock(name: str) -> bytes:
    return (LOCKS / name).read_bytes()


def pins(inventory: Inventory) -> set[tuple[str, str]]:
    return {(package.name, package.version) for package in inventory.packages}


def one(inventory: Inventory, name: str) -> Package:
    (found,) = [package for package in inventory.packages if package.name == name]
    return found


def refuses(read: Callable[[bytes, str], Inventory], text: str | bytes, message: str, line: int | None = None) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(DocumentError) as caught:
        read(data, "the.lock")
    assert message in caught.value.message, caught.value.message
    assert caught.value.path == "the.lock"
    if line is not None:
        assert caught.value.line == line
