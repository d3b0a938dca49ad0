"""What the protection gate can say: one module for each kind of thing that it judges."""

from __future__ import annotations

from gates.protection.rules import contexts, gitlab, ownership, settings

RULES = (*contexts.RULES, *settings.RULES, *ownership.RULES, *gitlab.RULES)
