"""What the commits gate can say: one module for each kind of thing that it judges."""

from __future__ import annotations

from gates.commits.rules import lists, messages, titles

RULES = (*lists.RULES, *titles.RULES, *messages.RULES)
