"""Patterns over paths: relative, POSIX, matched as a whole, and the same on every platform.

`*` stands for any part of one name, `?` for one character of it, and `**` as a whole name for any number of folders.
Everything else is literal, brackets too: `app/[id]/page.tsx` is a file. `docs/**` is all below docs; `*.md` is at the top only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


def problem(pattern: str) -> str:
    """Why it is no pattern, with the way out; "" for a good one."""
    names = pattern.split("/")
    if not pattern.strip():
        return "an empty pattern matches nothing"
    if "\\" in pattern:
        return "a backslash is no separator; write / between folders"
    if pattern.startswith("/"):
        return "patterns are relative to the repository; drop the leading /"
    if names[-1] == "":
        return f"a trailing / matches no file; write {pattern}** for all below it"
    if any(name in ("", ".", "..") for name in names):
        return "a pattern holds no empty, . or .. folder"
    if any("**" in name and name != "**" for name in names):
        return "** stands alone between two /"
    return ""


def matches_everything(pattern: str) -> bool:
    """Whether nothing in it names anything: `*`, `**`, `**/*` and their like."""
    return not pattern.strip("*?/")


def compile_globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path matches one of them. Time is linear in the path for each `**` or `*` of a pattern. Raises ValueError."""
    bodies = []
    for pattern in patterns:
        if complaint := problem(pattern):
            raise ValueError(complaint)
        bodies.append(_expression(pattern))
    if not bodies:
        return _never
    matches = re.compile("|".join(f"(?:{body})" for body in bodies), re.DOTALL).fullmatch
    return lambda path: matches(path) is not None


def _never(path: str) -> bool:
    return False


def _expression(pattern: str) -> str:
    """Runs of names between `**` are found leftmost and never given back (atomic groups): for wildcards, leftmost is always best."""
    names = _collapse(pattern.split("/"))
    if "**" not in names:
        return "/".join(map(_name, names))
    runs: list[list[str]] = [[]]
    for name in names:
        if name == "**":
            runs.append([])
        else:
            runs[-1].append(_name(name))
    first, *middle, last = runs
    start = "".join(f"{name}/" for name in first)
    between = "".join(rf"(?>(?:[^/]+/)*?{''.join(f'{name}/' for name in run)})" for run in middle)
    end = rf"(?:[^/]+/)*{'/'.join(last)}" if last else ".+"
    return start + between + end


def _collapse(names: list[str]) -> list[str]:
    return [name for index, name in enumerate(names) if name != "**" or names[index - 1 : index] != ["**"]]


def _name(name: str) -> str:
    """One name. After the last `*` the rest must end the name; before that, each literal part is taken leftmost."""
    first, *parts = re.sub(r"\*+", "*", name).split("*")
    if not parts:
        return _literal(first)
    *middle, last = parts
    expression = _literal(first) + "".join(rf"(?>[^/]*?{_literal(part)})" for part in middle)
    # The text that a bare "*" stands for may be empty, but a name may not.
    some = "+" if not first and not last and not middle else "*"
    return rf"{expression}[^/]{some}{_literal(last)}(?=/|\Z)"


def _literal(text: str) -> str:
    return "".join("[^/]" if character == "?" else re.escape(character) for character in text)
