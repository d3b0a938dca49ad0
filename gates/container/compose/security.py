"""Capabilities and security options of a service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gates.container.compose.items import Item, entries
from gates.container.compose.settings import filled, text
from gates.container.setting import Setting

# what Go's strconv.ParseBool takes, with which the engine reads the option
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))


# of SELinux: none, and the type that may do everything
UNLABELLED = frozenset(("disable", "type:spc_t"))


class Options(NamedTuple):
    """The security options, where several name the same thing the last of them."""

    no_new_privileges: Setting[bool] | None = None
    seccomp: Setting[str] | None = None
    apparmor: Setting[str] | None = None
    labels_off: Setting[bool] | None = None
    unmasked: Setting[bool] | None = None


def capabilities(item: Item | None) -> Iterator[Setting[str]]:
    """Upper case, without CAP_."""
    for entry in entries(item):
        setting = filled(text(entry))
        if setting is not None:
            yield setting if setting.value is None else setting._replace(value=setting.value.strip().upper().removeprefix("CAP_"))


def options(item: Item | None) -> Options:
    """NAME=value or NAME:value (https://docs.docker.com/reference/cli/docker/container/run/#security-opt).

    An option that is all variable could be any of them; it counts as the one that has most to lose and is not named elsewhere.
    """
    found = Options()
    unknown: Setting[str] | None = None
    for entry in entries(item):
        setting = filled(text(entry))
        if setting is None:
            continue
        name, value = _pair(setting.text if setting.value is None else setting.value)
        known = setting.value is not None
        if not known and "$" in name:
            unknown = setting
        elif name == "no-new-privileges":
            found = found._replace(no_new_privileges=_flag(setting, value if known else None))
        elif name == "seccomp":
            found = found._replace(seccomp=setting._replace(value=value if known else None))
        elif name == "apparmor":
            found = found._replace(apparmor=setting._replace(value=value if known else None))
        elif name == "label" and (value in UNLABELLED or not known):
            found = found._replace(labels_off=_flag(setting, "true" if known else None))
        elif name == "unmask" or (name == "systempaths" and (value == "unconfined" or not known)):
            found = found._replace(unmasked=_flag(setting, "true" if known else None))
    if unknown is not None:
        return found._replace(seccomp=unknown) if found.seccomp is None else found._replace(apparmor=found.apparmor or unknown)
    return found


def _pair(option: str) -> tuple[str, str]:
    """The engine cuts at the first = and, where there is none, at the first colon."""
    name, separator, value = option.partition("=")
    if not separator:
        name, separator, value = option.partition(":")
    return name.strip(), value.strip() if separator else "true" if name.strip() == "no-new-privileges" else ""


def _flag(setting: Setting[str], value: str | None) -> Setting[bool]:
    known = None if value is None or value not in _TRUE | _FALSE else value in _TRUE
    return Setting(known, setting.location, setting.text, setting.by_default)
