"""The nouns of a report: where something is, how bad it is, which rule says so."""

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

NOTHING: Mapping[str, object] = MappingProxyType({})


class Severity(IntEnum):
    """Ordered, so that `finding.severity >= gate.fail_on` reads as it means."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


class Location(NamedTuple):
    """A place in the repository. Lines and columns are 1-based, 0 is unknown; columns count code points; ends are exclusive.

    `path` is relative and POSIX; bytes that are not UTF-8 stand in it as surrogate escapes, and each report escapes them.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    commit: str = ""


class Rule(NamedTuple):
    """What a gate can say: `gates explain`, the rule pages and SARIF metadata are generated from it."""

    id: str  # "<gate>/<what-is-wrong>"
    severity: Severity
    summary: str
    why: str
    remedy: str
    references: tuple[str, ...] = ()
    control: str = ""  # the row of docs/controls.md that the rule serves
    cwe: tuple[int, ...] = ()

    @property
    def gate(self) -> str:
        return self.id.partition("/")[0]


class Frame(NamedTuple):
    """Source lines around a finding, cut and masked when the finding is made: safe to print as they are but for control characters.

    Where long lines were cut on the left, `first_column` says which column of the file the shown lines start with.
    """

    first_line: int
    lines: tuple[str, ...]
    first_column: int = 1


class Finding(NamedTuple):
    """One thing a gate found.

    `subject` says what the finding is about and differs for two independent defects of one rule in one file.
    `severity` and `remedy` are the rule's unless the finding knows better. `data` holds what only this gate knows, JSON values only.
    """

    rule: Rule
    message: str
    location: Location | None
    subject: str
    severity: Severity
    remedy: str = ""
    data: Mapping[str, object] = NOTHING
    frame: Frame | None = None
    fail_on: Severity | None = None  # from where it blocks, where its gate draws that line by kind of finding
    may_block: bool = True  # False: shown at its severity, and wherever the line is drawn, never what stops a change


def finding(
    rule: Rule,
    message: str,
    location: Location | None,
    subject: str,
    *,
    severity: Severity | None = None,
    remedy: str = "",
    data: Mapping[str, object] = NOTHING,
    frame: Frame | None = None,
    fail_on: Severity | None = None,
    may_block: bool = True,
) -> Finding:
    """A finding with the rule's own severity and remedy where none is given."""
    how_bad = rule.severity if severity is None else severity
    return Finding(rule, message, location, subject, how_bad, remedy or rule.remedy, data, frame, fail_on, may_block)
