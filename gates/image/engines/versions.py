"""Which builds of an engine are not started: known to be malicious, older than what this adapter was written for, or not the pinned one."""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from gates.core.errors import GateUnavailable, UsageError


class Denied(NamedTuple):
    """`advisory` tells what is wrong with the version."""

    program: str
    version: str
    advisory: str


# https://github.com/aquasecurity/trivy/security/advisories/GHSA-69fq-xp46-6x23: releases and images of March 2026 that steal credentials.
_MARCH_2026: Final = "GHSA-69fq-xp46-6x23 (CVE-2026-33634)"
DENIED: Final = tuple(Denied("trivy", version, _MARCH_2026) for version in ("0.69.4", "0.69.5", "0.69.6"))
MINIMUM: Final[Mapping[str, tuple[int, int, int]]] = MappingProxyType(
    {
        "trivy": (0, 70, 0),  # the first after those
        "grype": (0, 88, 0),  # the first with the sixth form of its database
    }
)
_INSTALL: Final = MappingProxyType(
    {
        "trivy": "https://trivy.dev/latest/getting-started/installation/",
        "grype": "https://github.com/anchore/grype#installation",
    }
)
_VERSION = re.compile(r"v?([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})((?:[-+][0-9A-Za-z.+-]{1,60})?)")
# A program of Go holds a record of what it was built from, the section that `go version -m` prints; it lies near the end of the file.
_MODULE: Final = MappingProxyType({"trivy": b"\nmod\tgithub.com/aquasecurity/trivy\tv", "grype": b"\nmod\tgithub.com/anchore/grype\tv"})
_BUILT = re.compile(rb"([0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6})[\t\n]")
SHA256 = re.compile(r"[0-9a-f]{64}")


class Pin(NamedTuple):
    """What tells one state of a file from another: nobody writes to it without a trace here."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


def check(program: str, told: str) -> str:
    """The version in plain digits, once it is found to be one that may be used. Raises GateUnavailable."""
    match = _VERSION.fullmatch(told)
    if match is None:
        shown = repr(told[:40]) if told else "nothing"
        raise GateUnavailable(f"{program} says {shown} of its version, so it cannot be trusted; install a release: {_INSTALL[program]}")
    numbers = int(match[1]), int(match[2]), int(match[3])
    plain = ".".join(map(str, numbers))
    for denied in DENIED:
        if (denied.program, denied.version) == (program, plain):
            raise GateUnavailable(
                f"{program} {plain} is malicious by {denied.advisory}: remove it, and change every secret that it could read"
            )
    # A pre-release of the minimum comes before it.
    if numbers < MINIMUM[program] or (numbers == MINIMUM[program] and match[4].startswith("-")):
        wanted = ".".join(map(str, MINIMUM[program]))
        raise GateUnavailable(f"{program} {plain}{match[4]} is too old, {wanted} is needed: {_INSTALL[program]}")
    return plain + match[4]


def built(program: str, name: str) -> str:
    """The version that the file itself tells, checked, so that a build which must not run is not even asked; "" where it tells none."""
    try:
        with open(program, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            place = content.rfind(_MODULE[name])
            found = _BUILT.match(content, place + len(_MODULE[name])) if place >= 0 else None
            told = found[1].decode("ascii") if found else ""
    except (OSError, ValueError):  # ValueError: an empty file
        return ""
    return check(name, told) if told else ""


def checked_pin(sha256: str) -> str:
    """In lower case. Raises UsageError."""
    if sha256 and not SHA256.fullmatch(sha256.lower()):
        raise UsageError("[image] trivy_sha256 must be 64 hex digits, as sha256sum prints them")
    return sha256.lower()


def pinned(program: str, name: str, sha256: str) -> Pin | None:
    """The state of the file that has that hash, None without one. Raises GateUnavailable for any other file."""
    if not sha256:
        return None
    try:
        with open(program, "rb") as file:
            pin = _pin(os.fstat(file.fileno()))
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise GateUnavailable(f"{name} cannot be read to be checked: {error.strerror}") from error
    if found != checked_pin(sha256):
        raise GateUnavailable(
            f"{name} is not the pinned one: its sha256 is {found}; install the build that [image] {name}_sha256 names, or renew the pin"
        )
    return pin


def unchanged(program: str, name: str, pin: Pin | None) -> None:
    """Raises GateUnavailable unless the file is still the one that was hashed: then it is also what was started in between."""
    try:
        same = pin is None or _pin(os.stat(program)) == pin
    except OSError:
        same = False
    if not same:
        raise GateUnavailable(f"{name} was replaced while it was running, so what ran is not what was checked")


def _pin(status: os.stat_result) -> Pin:
    return Pin(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
