"""One rule a family: what `gates explain secrets/<family>` says is generated from the family's record."""

from __future__ import annotations

from gates.core.finding import Rule, Severity
from gates.detect.families import FAMILIES
from gates.detect.family import Family

_WHY = (
    "whoever can read the repository, a fork, a backup or a build log can use it, and removing it in a later commit "
    "does not take it out of the history"
)
# What only a second engine knows. Its matches stand beside those of the families, so that they are told in the same way.
OTHER_ENGINE = Family(
    id="other-engine",
    provider="",
    title="a secret that a second engine reports",
    severity=Severity.HIGH,
    pattern="",
    prefix="",
    remedy="look at the place; if it is a secret, revoke it where it was made and keep the new one in a secret store",
    url="",
    matches=(),
    ignores=(),
)


def _rule(family: Family) -> Rule:
    return Rule(
        id=f"secrets/{family.id}",
        severity=family.severity,
        summary=family.title,
        why=_WHY,
        remedy=family.remedy,
        references=(family.url,) if family.url else (),
        control="no secret in a commit",
        cwe=(798,),
    )


RULE_OF = {family.id: _rule(family) for family in (*FAMILIES, OTHER_ENGINE)}
RULES = tuple(RULE_OF.values())
