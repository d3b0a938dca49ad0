"""What a reader finds."""

from typing import NamedTuple

from gates.core.finding import Severity


class Credential(NamedTuple):
    """`start` and `end` say where it stands in the block; `value` is what it is once the escapes and foldings around it are undone."""

    start: int
    end: int
    value: bytes
    severity: Severity
