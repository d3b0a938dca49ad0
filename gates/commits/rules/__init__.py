"""What the commits gate can say: one module for each kind of thing that it judges."""

from __future__ import annotations

from gates.commits.rules import lists, titles

RULES = (*lists.RULES, *titles.RULES)
