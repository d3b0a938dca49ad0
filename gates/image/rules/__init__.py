"""What the image gate can say: one module for each kind of thing that it judges."""

from __future__ import annotations

from gates.image.rules import contents, packages

RULES = (*packages.RULES, *contents.RULES)
