"""One rule a family: what `gates explain secrets/<family>` says is generated from the family's record."""

from __future__ import annotations

from gates.core.finding import Rule
from gates.detect.families import FAMILIES
from gates.detect.family import Family

_WHY = (
    "whoever can read the repository, a fork, a backup or a build log can use it, and removing it in a later commit "
    "does not take it out of the history"
)


def _rule(family: Family) -> Rule:
    return Rule(
        id=f"secrets/{family.id}",
        severity=family.severity,
        summary=family.title,
        why=_WHY,
        remedy=family.remedy,
        references=(family.url,),
        control="no secret in a commit",
        cwe=(798,),
    )


RULES = tuple(_rule(family) for family in FAMILIES)
RULE_OF = {family.id: rule for family, rule in zip(FAMILIES, RULES, strict=True)}
