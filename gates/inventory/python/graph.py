"""Who needs whom in a lock: which groups a package serves, and the shortest way to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple


class Need(NamedTuple):
    """One requirement. `targets` are the entries of the lock that it may mean: one for each fork of the resolution. `marked`: it counts on
    some platforms or versions alone.
    """

    targets: tuple[int, ...]
    extras: tuple[str, ...] = ()
    marked: bool = False


Needs = Mapping[str, Sequence[Need]]  # of a package by extra, of a project by group or extra; "" is what is always needed


class Place(NamedTuple):
    groups: tuple[str, ...]  # () for what the project always needs, and for what nothing in the lock needs
    direct: bool
    chain: tuple[int, ...]  # both ends included


def trace(needs: Sequence[Needs], roots: Needs, transparent: Set[int] = frozenset()) -> list[Place]:
    """A place for each entry. Entries that are `transparent`, the projects of a workspace, are walked through and left out of chains."""
    serves: list[list[str]] = [[] for _ in needs]
    always: set[int] = set()
    for group in sorted(roots):
        reached = _walk(needs, roots[group]).keys()
        if group:
            for index in reached:
                serves[index].append(group)
        else:
            always.update(reached)
    parents = _walk(needs, [need for group in sorted(roots) for need in roots[group]])
    declared = {target for wanted in roots.values() for need in wanted for target in need.targets}
    return [
        Place(
            () if index in always else tuple(serves[index]),
            index in declared,
            tuple(step for step in _chain(parents, index) if step not in transparent),
        )
        for index in range(len(needs))
    ]


class Edges(NamedTuple):
    of: list[tuple[int, ...]]  # each entry's, in the lock's order
    wanted: dict[str, tuple[int, ...]]  # the project's, by group or extra


def edges(needs: Sequence[Needs], roots: Needs, transparent: Set[int] = frozenset()) -> Edges:
    """Which entries need which. What an extra adds counts where anything in the lock, reached or not, asks for that extra. In place of
    an entry that is `transparent` stands what it needs, and no entry needs itself.
    """
    asked: dict[int, list[str]] = {}
    queue = [need for start in (roots, *needs) for extra, some in start.items() if not extra or start is roots for need in some]
    for need in queue:  # the queue grows while it is walked
        for extra in need.extras:
            for target in need.targets:
                known = asked.setdefault(target, [""])
                if extra not in known:
                    known.append(extra)
                    queue.extend(needs[target].get(extra, ()))
    of = []
    for index, own in enumerate(needs):
        wanted = [need for extra in asked.get(index, ("",)) for need in own.get(extra, ())]
        found = dict.fromkeys(target for need in wanted for target in need.targets)
        if not transparent.isdisjoint(found):
            found = _past(needs, transparent, wanted)
        found.pop(index, None)
        of.append(tuple(found))
    return Edges(of, {group: tuple(_past(needs, transparent, wanted)) for group, wanted in roots.items()})


def certain(needs: Sequence[Needs], roots: Needs, transparent: Set[int] = frozenset()) -> Edges:
    """The same, of what counts whatever the platform is."""
    return edges([_unmarked(own) for own in needs], _unmarked(roots), transparent)


def without(targets: Sequence[int], others: Sequence[int]) -> list[int]:
    return [target for target in targets if target not in others]


def _unmarked(needs: Needs) -> Needs:
    return {group: [need for need in some if not need.marked] for group, some in needs.items()}


def _past(needs: Sequence[Needs], transparent: Set[int], start: Iterable[Need]) -> dict[int, None]:
    """The nearest entries on every way that are not transparent."""
    found: dict[int, None] = {}
    seen: set[tuple[int, str]] = set()
    queue = list(start)
    for need in queue:  # the queue grows while it is walked
        for target in need.targets:
            if target not in transparent:
                found[target] = None
                continue
            for extra in ("", *need.extras):
                if (target, extra) not in seen:
                    seen.add((target, extra))
                    queue.extend(needs[target].get(extra, ()))
    return found


def _walk(needs: Sequence[Needs], start: Iterable[Need]) -> dict[int, int]:
    """Each entry that is reached, with the entry before it on a shortest way; -1 where it begins. Breadth first, in the lock's order."""
    parents: dict[int, int] = {}
    seen: set[tuple[int, str]] = set()
    queue = [(-1, need) for need in start]
    for before, need in queue:  # the queue grows while it is walked
        for target in need.targets:
            for extra in ("", *need.extras):
                if (target, extra) in seen:
                    continue
                seen.add((target, extra))
                parents.setdefault(target, before)
                queue.extend((target, further) for further in needs[target].get(extra, ()))
    return parents


def _chain(parents: Mapping[int, int], index: int) -> list[int]:
    if index not in parents:
        return []
    chain = [index]
    while parents[chain[-1]] >= 0:
        chain.append(parents[chain[-1]])
    return chain[::-1]
