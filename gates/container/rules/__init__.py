"""What the container gate can say. A module for each kind of file; each lists its rules with their levels as LEVELS."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gates.container.rules import apparmor, build, hadolint, runtime, seccomp
from gates.container.rules.levels import Levelled

LEVELS: Final[Mapping[str, Levelled]] = MappingProxyType(
    {level.rule.id: level for module in (build, runtime, seccomp, apparmor, hadolint) for level in module.LEVELS}
)
RULES = tuple(level.rule for level in LEVELS.values())
