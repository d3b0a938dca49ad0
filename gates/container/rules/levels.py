"""How bad a rule's finding is in each profile.

In `baseline` the absence of hardening does not block, since nearly every file would fail; explicit danger does. In `hardened`,
medium blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gates.container.options import Profile
from gates.core.finding import Rule, Severity


class Levelled(NamedTuple):
    """`baseline` None: the rule is off there; `rule.severity` is then that of `hardened`."""

    rule: Rule
    baseline: Severity | None
    hardened: Severity


def levelled(
    id: str,
    baseline: Severity | None,
    hardened: Severity,
    *,
    summary: str,
    why: str,
    remedy: str,
    references: Sequence[str],
    control: str,
    cwe: Sequence[int] = (),
) -> Levelled:
    severity = hardened if baseline is None else baseline
    return Levelled(Rule(id, severity, summary, why, remedy, tuple(references), control, tuple(cwe)), baseline, hardened)


def severity(level: Levelled, profile: Profile) -> Severity | None:
    """None where the profile does not ask for it."""
    return level.hardened if profile == "hardened" else level.baseline
