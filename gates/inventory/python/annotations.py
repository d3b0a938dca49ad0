"""The comments "# via …" that pip-compile and uv write below each pin: what asked for it. They tell ways to it and decide nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from gates.core.patterns import lazy
from gates.inventory.package import Package
from gates.inventory.python.graph import Need, trace
from gates.inventory.python.reading import leading, pinned

Notes = Mapping[int, tuple[str, ...]]  # by the line, what stands behind "via"

_VIA = lazy(r"(?:^|\s)#\s*via(?:\s+(\S.*))?$")
_MORE = lazy(r"\s*#\s+(\S.*)$")


def read_annotations(lines: Sequence[str], starts: Sequence[int]) -> Notes:
    """`starts` are the lines, from 1 and ascending, at which requirements start; a comment belongs to the one before it."""
    found: dict[int, tuple[str, ...]] = {}
    listing = 0
    for number, line in enumerate(lines, 1):
        if "#" not in line:
            listing = 0
            continue
        via = _VIA.search(line)
        more = _MORE.match(line) if listing and via is None else None
        match = via or more
        at = bisect_right(starts, number)
        listing = starts[at - 1] if match is not None and at else 0
        if match is not None and listing:
            named = tuple(part.strip() for part in (match[1] or "").split(",") if part.strip())
            found[listing] = (*found.get(listing, ()), *named)
    return found


def placed(packages: Sequence[Package], notes: Mapping[str, Notes]) -> tuple[Package, ...]:
    """With `direct` and `chain` where the comments tell them; `notes` are by file. `needs` are told where every package has a comment: one
    without may be needed by any.
    """
    asked = [notes.get(package.path, {}).get(package.line) for package in packages]
    if not any(asked):
        return tuple(packages)
    names: dict[str, list[int]] = {}
    for index, package in enumerate(packages):
        names.setdefault(package.name, []).append(index)
    children: list[list[Need]] = [[] for _ in packages]
    direct: list[bool | None] = []
    for index, via in enumerate(asked):
        direct.append(None if via is None else False)
        for text in via or ():
            parents = [] if "(" in text or text.startswith("-") else names.get(leading(text)[0], [])
            for parent in parents:
                children[parent].append(Need((index,)))
            if not parents and not text.startswith("-c"):  # a file, or the project itself
                direct[index] = True
    starts = [Need((index,)) for index, known in enumerate(direct) if known is not False]
    places = trace([{"": needs} for needs in children], {"": starts})
    ids = [(package.name, package.version) for package in packages]
    return tuple(
        package._replace(
            direct=known,
            chain=() if known is None else tuple(packages[step].name for step in place.chain),
            needs=None if None in asked else pinned(ids, (target for need in needs for target in need.targets)),
        )
        for package, known, place, needs in zip(packages, direct, places, children, strict=True)
    )
