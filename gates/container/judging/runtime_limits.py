"""Rules on what a container may use up, and on whether anybody looks after it."""

from __future__ import annotations

from collections.abc import Iterator

from gates.container.defect import Defect
from gates.container.judging.runtime_defects import Fix, told, unsettled
from gates.container.quoting import shown
from gates.container.rules import runtime as rules
from gates.container.spec import RuntimeSpec
from gates.core.patterns import lazy

# No limit: nothing, zero in any unit, less than zero, or the word for it.
_NONE = lazy(r"\s*(?:[+-]?0+(?:\.0*)?|[+-]?\.0+|-[0-9.]+|max|unlimited|infinity)?\s*(?:[a-zA-Z]{0,3})\s*")

_MEMORY = Fix("mem_limit: 512m", "--memory 512m", "resources: {limits: {memory: 512Mi}}")
_CPUS = Fix("cpus: 1", "--cpus 1", 'resources: {limits: {cpu: "1"}}')
_PIDS = Fix("pids_limit: 200", "--pids-limit 200")
_HEALTH = Fix("healthcheck: {test: [CMD, …]}", "--health-cmd …", "readinessProbe: {…} and livenessProbe: {…}")


def judge(spec: RuntimeSpec) -> Iterator[Defect]:
    if spec.short_lived:
        return
    for field, setting, level, what, fix in (
        ("memory", spec.memory, rules.MEMORY_UNLIMITED, "memory", _MEMORY),
        ("cpus", spec.cpus, rules.CPU_UNLIMITED, "processor time", _CPUS),
        ("pids", spec.pids, rules.PIDS_UNLIMITED, "processes", _PIDS),
    ):
        if field in spec.unsaid:
            continue
        if setting is None:
            yield told(spec, level, f"nothing limits its {what}, so it can take what the others on the host need", fix=fix)
        elif setting.value is None:
            yield unsettled(spec, level, f"whether its {what} is limited", setting, fix=fix)
        elif _NONE.fullmatch(setting.value):
            yield told(spec, level, f"{shown(setting.value) or 'nothing'} is no limit of its {what}", setting.location, fix=fix)
    yield from _health(spec)


def _health(spec: RuntimeSpec) -> Iterator[Defect]:
    setting = spec.healthcheck
    if setting is None or "healthcheck" in spec.unsaid:
        return
    if setting.value is None:
        yield unsettled(spec, rules.HEALTHCHECK_MISSING, "whether anybody asks it for its health", setting, fix=_HEALTH)
    elif not setting.value:
        what = "its health check is switched off, so that it is taken for healthy as long as its process is there"
        if spec.syntax == "kubernetes":
            what = "it has no probe, and Kubernetes does not ask the image's health check: one that hangs is taken for healthy"
        yield told(spec, rules.HEALTHCHECK_MISSING, what, setting.location, fix=_HEALTH)
