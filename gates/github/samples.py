"""Branches of a pattern, to judge filters by: a filter leaves a pattern out only where it leaves out every branch of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from gates.core.patterns import lazy
from gates.github.branches import is_pattern, matches, sample, samples
from gates.github.filters import examples, lets_through
from gates.github.workflow import Filter

_FILTERING = lazy(r"[*?+\[\\]")
_MOST: Final = 2_000  # patterns of a filter times what is tried for each; hardly a filter has ten


def passing(branch: str, names: Filter | None) -> str:
    """A branch that is the given one, or that the given pattern covers, and that a filter lets through; "" where none was found."""
    return next((name for name in _candidates(branch, names) if lets_through(names, name)), "")


def _candidates(branch: str, names: Filter | None) -> Iterator[str]:
    yield sample(branch)
    if names is None or not is_pattern(branch) or branch.startswith("~"):
        return
    own = samples(branch)
    yield from own
    literal = branch.rpartition("/")[2].rpartition("*")[2]
    fillings = ("1", "x", f"1{literal}", *own[:3])
    wanted = [pattern for pattern in names.patterns if not pattern.startswith("!")]
    for pattern, filling in product(wanted[: _MOST // len(fillings)], fillings):
        yield from (name for name in examples(pattern, filling) if matches(branch, name))


def disjoint(branch: str, names: Filter) -> bool:
    """Whether it is plain that a filter, by which no branch of the pattern was found to pass, lets none pass."""
    if not is_pattern(branch) or names.ignore:
        return True  # one branch; or a list that keeps out whatever was tried
    return not any(_may_meet(branch, pattern) for pattern in names.patterns if not pattern.startswith("!"))


def _may_meet(branch: str, pattern: str) -> bool:
    if not _FILTERING.search(pattern):
        return matches(branch, pattern)
    if "**" in branch or "**" in pattern:
        return _alike(branch, pattern)
    ones, others = branch.split("/"), pattern.split("/")
    return len(ones) == len(others) and all(map(_alike, ones, others))


def _alike(one: str, other: str) -> bool:
    """Whether what both start with, and what both end with, can be the same."""
    starts = _FILTERING.split(one)[0], _start(other)
    ends = _FILTERING.split(one.replace("]", "*"))[-1], _FILTERING.split(other.replace("]", "*"))[-1]
    return (starts[0].startswith(starts[1]) or starts[1].startswith(starts[0])) and (ends[0].endswith(ends[1]) or ends[1].endswith(ends[0]))


def _start(pattern: str) -> str:
    """A character that ? or + follows may be there or not, once or more."""
    found = _FILTERING.search(pattern)
    if not found:
        return pattern
    return pattern[: found.start() - 1] if found[0] in "?+" and found.start() else pattern[: found.start()]
