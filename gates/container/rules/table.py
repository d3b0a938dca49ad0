"""Every rule of the gate, by its id."""

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
