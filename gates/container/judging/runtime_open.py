"""The rule on options that nobody can read, since they come from a variable: they may be any."""

from __future__ import annotations

from collections.abc import Iterator

from gates.container.defect import Defect
from gates.container.judging.runtime_defects import unsettled
from gates.container.rules import runtime_privileges as rules
from gates.container.spec import RuntimeSpec


def judge(spec: RuntimeSpec) -> Iterator[Defect]:
    if spec.open_flags is not None:
        yield unsettled(spec, rules.PRIVILEGED, "what its further options give it, --privileged among them", spec.open_flags, "options")
