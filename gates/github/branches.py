"""Which branches a protection covers, and what several protections of one branch add up to.

Patterns are those of rulesets: Ruby's File.fnmatch with FNM_PATHNAME, in which `*`, `?` and `[…]` stop at a slash and `**/` stands for any
number of folders (https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/
creating-rulesets-for-a-repository#using-fnmatch-syntax). No branch name can hold `*`, `?` or `[`, so a name is never taken for a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from gates.core.patterns import lazy
from gates.github.requirement import Protection, RequiredContext, Setting

DEFAULT: Final = "~DEFAULT_BRANCH"
ALL: Final = "~ALL"
USUAL_DEFAULTS: Final = ("main", "master")
_EVERYTHING = frozenset({ALL, "*", "**", "**/*"})
_PATTERN = lazy(r"[*?\[]")
_FILLINGS = ("1", "x", "1.2", "1.2.3", "v1", "v1.2", "v1.2.3", "1.x", "1.2.x", "1-2", "2.0-rc1", "2026-01-02", "next")
_PIECE = lazy(r"\*+|\?|\[[^\]\\/]+\]|.", re.DOTALL)

T = TypeVar("T")


def problem(pattern: str) -> str:
    """Why GitHub would not take it, "" where it does."""
    if "\\" in pattern:
        return "a backslash does not quote in a branch pattern; remove it"
    for piece in _PIECE.findall(pattern):
        if piece == "[":
            return "a [ has no ] that ends it"
        if piece[:2] in ("[^", "[!"):
            return "a set cannot be turned round with ^ or !; list what it takes"
        if piece == "[]":
            return "a set must hold something"
    return ""


def is_pattern(branch: str) -> bool:
    return branch.startswith("~") or _PATTERN.search(branch) is not None


def matches(pattern: str, name: str) -> bool:
    """Time is linear in the name for each `*` of the pattern."""
    folders, parts = pattern.split("/"), name.split("/")
    reached = {0}  # how many folders of the pattern may be used up so far
    last = len(folders) - 1
    for part in parts:
        onward = set()
        for at in _past_stars(folders, reached):
            if at > last:
                continue
            if folders[at] == "**" and at < last:
                onward.add(at)
            elif _matches_part(folders[at], part):
                onward.add(at + 1)
        reached = onward
    return len(folders) in reached


def _past_stars(folders: Sequence[str], reached: Iterable[int]) -> set[int]:
    """`**/` may stand for no folder at all."""
    found = set()
    for at in reached:
        found.add(at)
        while at < len(folders) - 1 and folders[at] == "**":
            at += 1
            found.add(at)
    return found


def _matches_part(pattern: str, part: str) -> bool:
    """One folder: after each `*` the rest is tried from the leftmost place, and only the last `*` is ever widened."""
    pieces = _PIECE.findall(pattern)
    at = next_piece = 0
    star, resume = -1, 0
    while at < len(part):
        if next_piece < len(pieces) and pieces[next_piece][0] == "*":
            star, resume = next_piece, at
            next_piece += 1
        elif next_piece < len(pieces) and _matches_one(pieces[next_piece], part[at]):
            at, next_piece = at + 1, next_piece + 1
        elif star >= 0:
            resume += 1
            at, next_piece = resume, star + 1
        else:
            return False
    return all(piece[0] == "*" for piece in pieces[next_piece:])


def _matches_one(piece: str, character: str) -> bool:
    return piece == "?" or (_in_set(piece[1:-1], character) if _is_set(piece) else piece == character)


def _is_set(piece: str) -> bool:
    return len(piece) > 2 and piece[0] == "["


def _in_set(members: str, character: str) -> bool:
    at = 0
    while at < len(members):
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            if members[at] <= character <= members[at + 2]:
                return True
            at += 3
        else:
            if members[at] == character:
                return True
            at += 1
    return False


def sample(branch: str) -> str:
    """A branch that a pattern covers; a name is its own."""
    if branch in (ALL, DEFAULT):
        return USUAL_DEFAULTS[0]
    return _sample(branch, "1")


def samples(pattern: str) -> tuple[str, ...]:
    """Such branches as people have, no two alike. Not for what starts with ~."""
    names = dict.fromkeys(_sample(pattern, filling) for filling in _FILLINGS)
    return tuple(name for name in names if matches(pattern, name))


def _sample(pattern: str, filling: str) -> str:
    *folders, last = pattern.split("/")
    return "/".join(_sample_part(part, filling) for part in (*(folder for folder in folders if folder != "**"), last))


def _sample_part(pattern: str, filling: str) -> str:
    stars = {"*": filling, "?": filling[0]}
    pieces = _PIECE.findall(pattern)
    return "".join(stars.get(piece[0]) or (piece[1] if _is_set(piece) else piece) for piece in pieces)


def likely_default(protections: Iterable[Protection]) -> str:
    """The default branch where nothing tells it: the first of the usual names that a protection covers by name, else "main"."""
    named = {name for protection in protections for name in protection.include}
    return next((name for name in USUAL_DEFAULTS if name in named), USUAL_DEFAULTS[0])


def covers(protection: Protection, branch: str, default_branch: str) -> bool:
    """Whether it is about a branch, or about the branches of a pattern as `protected_branches` gives them.

    An excluded name takes nothing from a pattern: the pattern has other branches.
    """
    if not any(_takes(pattern, branch, default_branch) for pattern in protection.include):
        return False
    wide = is_pattern(branch)
    return not any(_takes(pattern, branch, default_branch) for pattern in protection.exclude if not wide or is_pattern(pattern))


def _takes(pattern: str, branch: str, default_branch: str) -> bool:
    if pattern == DEFAULT:
        return branch in (default_branch, DEFAULT)
    return pattern in (ALL, branch) or matches(pattern, sample(branch))


def protected_branches(protections: Iterable[Protection], default_branch: str) -> tuple[str, ...]:
    """The branches that protections name and cover, in order; patterns stay patterns.

    What covers every branch stands for the default branch here: it is the least that all branches share, and no promise that each
    of them is protected like one that people merge into.
    """
    protections = tuple(protections)
    named = {
        default_branch if name == DEFAULT or name in _EVERYTHING else name: None
        for protection in protections
        for name in protection.include
    }
    return tuple(name for name in named if any(covers(protection, name, default_branch) for protection in protections))


def in_force(protection: Protection) -> bool:
    return protection.enforcement is None or protection.enforcement.value == "active"


def effective(protections: Sequence[Protection]) -> Protection:
    """What protections of one branch, at least one, ask together: of each setting the strictest value, and all contexts.

    It is whole only where each is. Who is exempt and whether the rulesets are in force is not summed up: that is a matter of each.
    """
    first = protections[0]
    contexts: list[RequiredContext] = [context for each in protections for context in each.contexts]
    return first._replace(
        whole=all(each.whole for each in protections),
        contexts=tuple(contexts),
        checks_location=next((each.checks_location for each in sorted(protections, key=_without_contexts) if each.checks_location), None),
        enforcement=None,
        strict=_strictest(protections, lambda each: each.strict, max),
        force_pushes=_strictest(protections, lambda each: each.force_pushes, min),
        deletions=_strictest(protections, lambda each: each.deletions, min),
        approvals=_strictest(protections, lambda each: each.approvals, max),
        code_owner_reviews=_strictest(protections, lambda each: each.code_owner_reviews, max),
        dismiss_stale_reviews=_strictest(protections, lambda each: each.dismiss_stale_reviews, max),
        last_push_approval=_strictest(protections, lambda each: each.last_push_approval, max),
        conversations=_strictest(protections, lambda each: each.conversations, max),
        linear_history=_strictest(protections, lambda each: each.linear_history, max),
        signatures=_strictest(protections, lambda each: each.signatures, max),
        merge_queue=_strictest(protections, lambda each: each.merge_queue, max),
        skips_creation=_strictest(protections, lambda each: each.skips_creation, min),
        exempt=(),
        exempt_known=True,
    )


def _without_contexts(protection: Protection) -> bool:
    return not protection.contexts


def _strictest(
    protections: Iterable[Protection], of: Callable[[Protection], Setting[T] | None], choose: Callable[..., Setting[T]]
) -> Setting[T] | None:
    """Of those that say something; the first of equals."""
    said = [setting for each in protections if (setting := of(each)) is not None]
    return choose(said, key=lambda setting: setting.value) if said else None
