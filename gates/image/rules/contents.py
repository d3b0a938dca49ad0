"""What an image's configuration and layers should not hold."""

from __future__ import annotations

from gates.core.finding import Rule

RULES: tuple[Rule, ...] = ()
