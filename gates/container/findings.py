"""From what a rule says to a finding, as bad as the profile of its service has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gates.container.defect import Defect
from gates.container.options import Options, Profile, terms
from gates.container.rules.levels import severity
from gates.container.rules.table import LEVELS
from gates.core.finding import Finding, Severity, finding

_BLOCKS_FROM = {"baseline": Severity.HIGH, "hardened": Severity.MEDIUM}


def findings(defects: Iterable[Defect], options: Options, profile: Profile) -> Iterator[Finding]:
    """`profile` is the policy's. Of what is said twice of one thing, as of a file alone and with its override, the worse is kept."""
    worst: dict[tuple[str, str, str], Finding] = {}
    sharing: dict[tuple[str, str, str], dict[str, None]] = {}
    profiles: dict[tuple[str, str], Profile] = {}  # a large file has thousands of services, each with many defects
    for defect in defects:
        about = (defect.about, defect.location.path)
        if about not in profiles:
            profiles[about] = terms(options, profile, *about).profile
        found = _found(defect, profiles[about], profile)
        if found is None:
            continue
        key = (found.rule.id, defect.location.path, found.subject)
        if defect.shared:
            sharing.setdefault(key, {})[defect.about] = None
        if key not in worst or (found.may_block, found.severity) > (worst[key].may_block, worst[key].severity):
            worst[key] = found
    for key, found in worst.items():
        others = len(sharing.get(key, ())) - 1
        whom, colon, what = found.message.partition(": ")
        yield found._replace(message=f"{whom} and {others} more{colon}{what}") if others > 0 else found


def _found(defect: Defect, own: Profile, policy: Profile) -> Finding | None:
    level = severity(LEVELS[defect.rule.id], own)
    if level is None:
        return None
    how_bad = level if defect.severity is None else defect.severity
    if not defect.resolved:
        how_bad = Severity.MEDIUM if own == "hardened" else Severity.INFO
    return finding(
        defect.rule,
        defect.message,
        defect.location,
        defect.subject,
        severity=Severity.INFO if defect.example else how_bad,
        remedy=defect.remedy,
        data={defect.kind: defect.about, "resolved": defect.resolved},
        frame=defect.frame,
        fail_on=None if own == policy else _BLOCKS_FROM[own],
        may_block=not defect.example,
    )
