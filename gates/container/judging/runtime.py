"""Every rule on running containers, whatever the syntax that starts them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from gates.container.compose.model import Compose
from gates.container.defect import Defect
from gates.container.judging import (
    runtime_engine,
    runtime_images,
    runtime_keys,
    runtime_limits,
    runtime_mounts,
    runtime_namespaces,
    runtime_network,
    runtime_open,
    runtime_privileges,
    runtime_secrets,
)
from gates.container.judging.facts import Facts
from gates.container.judging.runtime_defects import disposable
from gates.container.rules import runtime, runtime_isolation
from gates.container.rules import runtime_privileges as privileges
from gates.container.spec import RuntimeSpec
from gates.detect.places import lowered

_OF_THE_HOST = frozenset(
    level.rule.id for level in (*privileges.LEVELS, *runtime_isolation.LEVELS, runtime.USER_ROOT) if level.baseline is not None
)


def judge(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    """No two defects share a rule and a subject."""
    found = chain(
        runtime_images.judge(spec, facts),
        runtime_privileges.judge(spec, facts),
        runtime_mounts.judge(spec),
        runtime_engine.judge(spec),
        runtime_namespaces.judge(spec),
        runtime_network.judge(spec),
        runtime_limits.judge(spec),
        runtime_secrets.judge(spec, facts),
        runtime_open.judge(spec),
    )
    taken: dict[tuple[str, str], set[str]] = {}
    thrown_away = disposable(spec)
    for defect in found:
        messages = taken.setdefault((defect.rule.id, defect.subject), set())
        if defect.message in messages:
            continue
        messages.add(defect.message)
        if len(messages) > 1:
            defect = defect._replace(subject=f"{defect.subject}:{len(messages)}")
        yield _milder(defect) if thrown_away and defect.resolved and defect.rule.id in _OF_THE_HOST else defect


def unknown_keys(compose: Compose) -> Iterator[Defect]:
    """No two of them share a subject."""
    taken: dict[str, int] = {}
    for unknown in compose.unknown:
        defect = runtime_keys.judge(unknown)
        number = taken[defect.subject] = taken.get(defect.subject, 0) + 1
        yield defect if number == 1 else defect._replace(subject=f"{defect.subject}:{number}")


def _milder(defect: Defect) -> Defect:
    """What can be reached is a machine that was made for this job and is thrown away after it."""
    severity = lowered(defect.rule.severity if defect.severity is None else defect.severity)
    return defect._replace(severity=severity, message=f"{defect.message}; one step lower, since the runner is thrown away")
