"""Scans samples, which are templates as in `expand`, with all families."""

from __future__ import annotations

import functools

from gates.core.finding import Severity
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner
from tests.detect.expand import expand


@functools.cache
def scanner() -> Scanner:
    return Scanner(FAMILIES, open_engine(FAMILIES, ""), "", b"identity")


def found(template: str, seed: int = 0) -> list[tuple[str, Severity, bytes]]:
    """The family, severity and bytes of each finding."""
    data = expand(template, seed)
    return [(match.family.id, match.severity, data[match.start : match.end]) for match in scanner().scan(data)]


def families(template: str, seed: int = 0) -> list[str]:
    return [family for family, _, _ in found(template, seed)]
