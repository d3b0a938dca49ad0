"""The rule on keys that compose does not know."""

from __future__ import annotations

from gates.container.compose.model import UnknownKey
from gates.container.defect import Defect
from gates.container.quoting import shown
from gates.container.rules.runtime import UNKNOWN_KEY


def judge(unknown: UnknownKey) -> Defect:
    key = shown(unknown.key)
    message = f"{unknown.where}: compose knows no key {key} here, so what it should do is not done"
    remedy = ""
    if unknown.belongs:
        message += f"; it belongs to {unknown.belongs}"
        remedy = f"move {key} to {unknown.belongs}"
    elif unknown.nearest:
        message += f"; {unknown.nearest} is one"
        remedy = f"{unknown.nearest}: … instead of {key}: …"
    head, found, name = unknown.where.rpartition("service ")
    return Defect(
        UNKNOWN_KEY.rule,
        message,
        unknown.location,
        f"{unknown.where}:{key}",
        name if found and (not head or head.endswith(" ")) else "",
        remedy=remedy,
    )
