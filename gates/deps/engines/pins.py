"""What is asked about: names and versions, each once, in a form that needs no escape anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gates.core.documents import DocumentError
from gates.core.errors import GateUnavailable
from gates.inventory.package import Package, canonical

if TYPE_CHECKING:
    from packaging.version import Version


class Pin(NamedTuple):
    """What is asked for: two spellings of one version are one pin."""

    name: str
    version: Version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def pins_of(packages: Sequence[Package]) -> tuple[Pin, ...]:
    if not packages:
        raise GateUnavailable("pip-audit was given no package, and an audit of nothing proves nothing")
    if any(package.ecosystem != "PyPI" for package in packages):
        raise ValueError("pip-audit knows packages of PyPI alone")
    if any(package.source for package in packages):
        raise ValueError("no advisory speaks of a package that is not from an index")
    return tuple(dict.fromkeys(pin_of(package) for package in packages))


def pin_of(package: Package) -> Pin:
    try:
        return pin_from(package.name, package.version)
    except ValueError:
        what = f"{package.name[:60]!r} with the version {package.version[:60]!r}"
        raise DocumentError(f"{what} is no pin that can be audited; lock it to one released version", package.path, package.line) from None


_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def pin_from(name: str, number: str) -> Pin:
    """Raises ValueError. What passes needs no escape, neither in TOML nor in an address."""
    from packaging.version import Version

    pin = Pin(canonical(name), Version(number))
    if not _NAME.fullmatch(pin.name) or not str(pin.version).isascii():
        raise ValueError(name)
    return pin


def public(pins: Sequence[Pin]) -> Iterator[Pin]:
    """A local version (1.0+cu12) holds what the public one (1.0) does, and sources list the public one alone."""
    for pin in pins:
        if pin.version.local is not None:
            yield pin_from(pin.name, pin.version.public)
