"""What a rule says of one place, before the profile decides how bad that is."""

from __future__ import annotations

from typing import NamedTuple

from gates.core.finding import Frame, Location, Rule, Severity


class Defect(NamedTuple):
    """`about` is the service's, container's or stage's name; `subject` differs for two defects of one rule in one file, and outlives moved
    lines: the name and the key or value it is about. `resolved` False: it cannot be judged, and `message` says what it depends on.
    `severity` is set where this one is milder or worse than its rule.
    """

    rule: Rule
    message: str
    location: Location
    subject: str
    about: str = ""
    kind: str = "service"  # or "stage", "profile", "script": the key of `about` in the finding's data
    remedy: str = ""
    resolved: bool = True
    severity: Severity | None = None
    example: bool = False
    frame: Frame | None = None
    shared: bool = False  # several services may have the same one; told once per file, with their number
