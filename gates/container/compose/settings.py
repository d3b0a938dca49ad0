"""Values of a compose file as settings: text and booleans, with variables expanded."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from types import MappingProxyType

from gates.container.compose.interpolation import UNKNOWN, Expansion, expand
from gates.container.compose.items import Item, scalar
from gates.container.compose.model import Problem
from gates.container.setting import Setting

_NOTHING: Mapping[str, str] = MappingProxyType({})
# those of YAML 1.1, which compose still takes; letter case does not matter
_TRUE = frozenset(("true", "yes", "y", "on", "1"))
_FALSE = frozenset(("false", "no", "n", "off", "0"))
_REMOTE = ("http://", "https://", "git://", "ssh://", "git@", "oci://", "docker-image://", "target:", "service:")
_TEMPLATE = "{{"


def text(item: Item | None, known: Mapping[str, str] = _NOTHING) -> Setting[str] | None:
    """None where there is no item, or one that holds null, a list or a mapping."""
    if item is None or item.value is None or isinstance(item.value, dict | list) or item.tag == "!reset":
        return None
    return made(expand(scalar(item.value), known), item)


def made(expansion: Expansion, item: Item, written: str = "") -> Setting[str]:
    """`written` is the part of the item that was expanded, "" all of it."""
    value = None if UNKNOWN in expansion.text else expansion.text
    return Setting(value, item.location, written or scalar(item.value), expansion.by_default)


def filled(setting: Setting[str] | None) -> Setting[str] | None:
    """None for the empty text too, which says as much as nothing. What a template engine writes first is unknown."""
    if setting is None or setting.value == "":
        return None
    return setting._replace(value=None) if setting.value is not None and _TEMPLATE in setting.value else setting


def flag(item: Item | None, problems: list[Problem]) -> Setting[bool] | None:
    """None where nothing is said, or what is no boolean, which is a problem."""
    setting = text(item)
    if item is None or setting is None:
        return None
    value = setting.value.strip().lower() if setting.value is not None else ""
    if value in _TRUE or value in _FALSE:
        return Setting(value in _TRUE, setting.location, setting.text, setting.by_default)
    if setting.value is None or setting.by_default or _TEMPLATE in value:
        return Setting(None, setting.location, setting.text, setting.by_default)
    problems.append(Problem(item.source.path, item.line, "true or false is needed here"))
    return None


def within(directory: str, path: str) -> str | None:
    """A path as it is in a file, relative to `directory`, as one of the repository, "" its top. None where it leads out or is remote."""
    if path.startswith(("/", "~", *_REMOTE)) or UNKNOWN in path or _TEMPLATE in path or path[1:3] in (":\\", ":/"):
        return None
    found = posixpath.normpath(posixpath.join(directory, path))
    return None if found == ".." or found.startswith("../") else "" if found == "." else found


def repository_path(item: Item | None, known: Mapping[str, str] = _NOTHING) -> Setting[str] | None:
    """The path relative to the repository, as written where it lies outside."""
    setting = filled(text(item, known))
    if item is None or setting is None or setting.value is None:
        return setting
    found = within(item.source.directory, setting.value)
    return setting._replace(value=setting.value if found is None else found)
