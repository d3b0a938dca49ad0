"""What an engine says of packages: which advisories speak of which version, by which database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from gates.core.finding import Severity
from gates.inventory.package import Package


class Advisory(NamedTuple):
    """`fixed` are the versions that end it, of every branch, in the order of the record. `severity` is None where the record has none."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: Severity | None
    url: str
    fixed: tuple[str, ...]


class Verdict(NamedTuple):
    """Of one package. `unreadable` are the ids of records about it that cannot be understood, so that it stays undetermined."""

    package: Package
    advisories: tuple[Advisory, ...] = ()
    unreadable: tuple[str, ...] = ()


class Database(NamedTuple):
    """`id` tells one state of the source from another, "" where the source does not say; `newest` is when its latest record changed."""

    source: str
    id: str = ""
    newest: datetime | None = None
    records: int = 0


class Audit(NamedTuple):
    """Exactly one verdict for each package that was asked for, in that order, or the engine raises GateUnavailable."""

    engine: str
    version: str
    database: Database
    verdicts: Sequence[Verdict]
    notes: Sequence[str] = ()  # for the report: records of other packages that cannot be read, attempts that failed before one succeeded
