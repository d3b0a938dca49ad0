"""Commands of a service, and what they are given on their command line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gates.container import command_words
from gates.container.compose.interpolation import named
from gates.container.compose.items import Item, entries, scalar
from gates.container.compose.model import Problem
from gates.container.setting import Setting
from gates.container.spec import Variable
from gates.core.patterns import lazy

# the quoting of a shell, without expansions; a backslash takes itself out within double quotes too, whatever follows
_WORD = lazy(r"""(?:[^\s'"\\]++|\\.|'[^']*+'|"(?:[^"\\]++|\\.)*+")++""", re.DOTALL)
_PART = lazy(r"""([^\s'"\\]++)|\\(.)|'([^']*+)'|"((?:[^"\\]++|\\.)*+)\"""", re.DOTALL)
_ESCAPED = lazy(r"\\(.)", re.DOTALL)
_SPACE = lazy(r"\s*")
_ONLY_A_VARIABLE = lazy(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_SPACES = lazy(r"\s")
_DEEPEST = 2  # a script within a script


def words(text: str) -> tuple[str, ...] | None:
    """The words of a command line; None where a quote is not closed."""
    found: list[str] = []
    at = _space(text, 0)
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            return None
        found.append("".join(_plain(*part) for part in _PART.findall(match[0])))
        at = _space(text, match.end())
    return tuple(found)


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _plain(bare: str, escaped: str, single: str, double: str) -> str:
    return bare or escaped or single or _ESCAPED.sub(r"\1", double)


def command(item: Item | None, problems: list[Problem]) -> Setting[tuple[str, ...]] | None:
    """Variables without a value stand in it as ${NAME}; where one is all of it, the command cannot be told."""
    if item is None or item.value is None or isinstance(item.value, dict) or item.tag == "!reset":
        return None
    if isinstance(item.value, list):
        expansions = [named(scalar(entry.value)) for entry in entries(item)]
        found: tuple[str, ...] | None = tuple(each.text for each in expansions)
        text, by_default = " ".join(each.text for each in expansions), any(each.by_default for each in expansions)
    else:
        expansion = named(scalar(item.value))
        found, text, by_default = words(expansion.text), scalar(item.value), expansion.by_default
        if found is None:
            problems.append(Problem(item.source.path, item.line, "a quote in the command is not closed"))
            found = (expansion.text,)
    if len(found or ()) == 1 and found and _ONLY_A_VARIABLE.fullmatch(found[0]):
        found = None
    return Setting(found, item.location, text, by_default)


def arguments(setting: Setting[tuple[str, ...]] | None) -> Iterator[Variable]:
    """NAME=value, --name=value and --name value of a command line, also within a script that is one of its words.

    The name is "" where a word is an address that may hold a password.
    """
    if setting is not None and setting.value:
        yield from _arguments(setting.value, setting, _DEEPEST)


def _arguments(given: tuple[str, ...], setting: Setting[tuple[str, ...]], depth: int) -> Iterator[Variable]:
    scripts = [word for word in given if depth and _SPACES.search(word)]
    for name, value, _, _ in command_words.named(_without(given) if scripts else given):
        yield _variable(name, value, setting)
    for script in scripts:
        yield from _arguments(words(script) or tuple(script.split()), setting, depth - 1)


def _without(given: tuple[str, ...]) -> list[str]:
    """An empty word in place of each script."""
    return ["" if _SPACES.search(word) else word for word in given]


def _variable(name: str, value: str, setting: Setting[tuple[str, ...]]) -> Variable:
    known = None if _ONLY_A_VARIABLE.fullmatch(value) else value
    return Variable(name, Setting(known, setting.location, value, setting.by_default), setting.location, "command")
