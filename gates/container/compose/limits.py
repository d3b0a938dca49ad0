"""How much of the host a service may use (https://github.com/compose-spec/compose-spec/blob/main/deploy.md#resources).

A limit of 0 or below is none.
"""

from __future__ import annotations

import re

from gates.container.compose.items import Item, table
from gates.container.compose.settings import filled, text
from gates.container.setting import Setting
from gates.core.patterns import lazy

_NONE = lazy(r"\s*+(?:-.*|\+?0*+(?:\.0*+)?\s*+[A-Za-z]*+\s*+)", re.DOTALL)
_DEFAULT_PERIOD = 100_000  # microseconds


def memory(service: dict[str, Item]) -> Setting[str] | None:
    return _limit(_deployed(service).get("memory")) or _limit(service.get("mem_limit"))


def pids(service: dict[str, Item]) -> Setting[str] | None:
    return _limit(_deployed(service).get("pids")) or _limit(service.get("pids_limit"))


def cpus(service: dict[str, Item]) -> Setting[str] | None:
    """A number of processors; a quota is turned into one."""
    return _limit(_deployed(service).get("cpus")) or _limit(service.get("cpus")) or _quota(service) or _limit(service.get("cpu_percent"))


def _deployed(service: dict[str, Item]) -> dict[str, Item]:
    return table(table(table(service.get("deploy")).get("resources")).get("limits"))


def _limit(item: Item | None) -> Setting[str] | None:
    setting = filled(text(item))
    return None if setting is None or (setting.value is not None and _NONE.fullmatch(setting.value)) else setting


def _quota(service: dict[str, Item]) -> Setting[str] | None:
    quota, period = _limit(service.get("cpu_quota")), _limit(service.get("cpu_period"))
    if quota is None or quota.value is None:
        return quota
    try:
        share = float(quota.value) / float(period.value if period and period.value else _DEFAULT_PERIOD)
    except (ValueError, ZeroDivisionError):
        return quota
    return quota._replace(value=f"{share:g}")
