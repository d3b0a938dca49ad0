"""Which entry of which layer is /etc/passwd in the end, and which /etc/shadow: with links of both kinds followed, as whoever opens them
in a container does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from gates.image.inspecting.walk import Journal, Stack, Step


class Held(NamedTuple):
    """`layer` is its number, `entry` counts those of the layer from 0."""

    layer: int
    entry: int


class Watch:
    """What stands at a few places while layers are laid."""

    __slots__ = ("_last", "_places")

    def __init__(self, places: Collection[str]) -> None:
        self._places = frozenset(places)
        self._last: dict[str, Held] = {}

    def laid(self, stack: Stack, at: Held, step: Step, place: str) -> None:
        if place not in self._places:
            return
        self._last.pop(place, None)
        if step.kind in ("file", "hardlink"):
            self._last[place] = at
            stack.watch(place)

    def standing(self, stack: Stack, place: str, journals: Mapping[int, Journal]) -> Held | None:
        """The file that is there once everything is laid; `journals` are by the layer's number."""
        last = self._last.get(place)
        if last is None or stack.fate(place, last.layer):
            return None
        entry = journals[last.layer].content_of(last.entry)
        return None if entry is None else Held(last.layer, entry)


def held(journals: Mapping[int, Journal], places: Collection[str]) -> Mapping[str, Held]:
    """By place. Lays all layers once more: for places that are known only when that has been done."""
    stack, watch = Stack(), Watch(places)
    for number, journal in journals.items():
        stack.begin(number)
        for entry, step in enumerate(journal.steps()):
            watch.laid(stack, Held(number, entry), step, stack.lay(step))
    found = {place: watch.standing(stack, place, journals) for place in places}
    return {place: at for place, at in found.items() if at}
