"""What layers, laid over one another, leave of a path: whether it is there at the end, and if not, which layer took it away.

Only paths that somebody asked to be told of are kept, and links, which decide where other paths lie. A layer's whiteouts speak of the
layers below it, wherever in the layer they stand: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

from gates.image.archive import Entry, Kind

_MOST_LINKS: Final = 40  # to be followed for one path, as Linux has it
_TOGETHER: Final = 4096  # entries that are packed together
_How = Literal["deleted", "overwritten"]


class Step(NamedTuple):
    """What an entry does to the file system. `link` is that of a symbolic link."""

    kind: Kind
    path: str
    link: str


class Journal:
    """The steps of one layer, kept in a few bytes each: layers are read in the order of the archive and laid upon one another later."""

    __slots__ = ("_fields", "_packed")

    def __init__(self) -> None:
        self._fields: list[str] = []
        self._packed: list[bytes] = []

    def add(self, entry: Entry) -> None:
        self._fields += (entry.kind, entry.path, entry.link if entry.kind == "symlink" else "")
        if len(self._fields) >= 3 * _TOGETHER:
            self.close()

    def close(self) -> None:
        """Packs what was added since."""
        if self._fields:
            self._packed.append(zlib.compress("\0".join(self._fields).encode("utf-8", "surrogateescape"), 1))  # no name holds a NUL
            self._fields = []

    def steps(self) -> Iterator[Step]:
        self.close()
        for packed in self._packed:
            fields: list[Any] = zlib.decompress(packed).decode("utf-8", "surrogateescape").split("\0")
            yield from map(Step, fields[::3], fields[1::3], fields[2::3])


class Fate(NamedTuple):
    """What became of a path of a lower layer. `layer` is the number of the one that did it."""

    layer: int
    how: _How


class Stack:
    """Layers are numbered from 1, the lowest. For each: `begin`, `lay` for each of its entries, and `watch` for what is to be kept."""

    def __init__(self) -> None:
        self._layer = 0
        self._standing: dict[str, int] = {}  # watched path -> the layer that it is from
        self._fates: dict[tuple[str, int], Fate] = {}
        self._above: set[str] = set()  # the folders that watched paths ever lay in
        self._links: dict[str, str] = {}
        self._folders: dict[str, str] = {}  # as written -> where it really lies; until the next link

    def begin(self, layer: int) -> None:
        self._layer = layer

    def lay(self, step: Step) -> str:
        """Where the entry really lies, with the links in its folder followed; "" for the root and for a word on lower layers."""
        if step.kind == "opaque":
            self._end_below(self._followed("" if step.path == "." else step.path), "deleted")
            return ""
        if step.path == ".":
            return ""
        written, _, name = step.path.rpartition("/")
        place = _joined(self._followed(written), name)
        if step.kind == "directory":
            self._end_itself(place, "overwritten")
        else:
            self._end(place, "deleted" if step.kind == "whiteout" else "overwritten")
        if step.kind == "symlink":
            self._links[place] = step.link
            self._folders.clear()
        elif self._links.pop(place, None) is not None:
            self._folders.clear()
        return "" if step.kind == "whiteout" else place

    def watch(self, place: str) -> None:
        """`place` is as `lay` gave it for an entry of this layer."""
        self._standing[place] = self._layer
        self._above.update(above(place))

    def fate(self, place: str, layer: int) -> Fate | None:
        """None while what that layer holds there can be seen."""
        return self._fates.get((place, layer))

    def _end(self, place: str, how: _How) -> None:
        self._end_itself(place, how)
        self._end_below(place, how)

    def _end_itself(self, place: str, how: _How) -> None:
        layer = self._standing.get(place)
        if layer is not None and layer < self._layer:
            self._fates[place, layer] = Fate(self._layer, how)
            del self._standing[place]

    def _end_below(self, folder: str, how: _How) -> None:
        if folder and folder not in self._above:
            return  # for nearly every whiteout
        start = f"{folder}/" if folder else ""
        for place in [place for place in self._standing if place.startswith(start)]:
            self._end_itself(place, how)

    def _followed(self, folder: str) -> str:
        if not self._links or not folder:
            return folder
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._resolved(folder)
        return known

    def _resolved(self, folder: str) -> str:
        """Never above the root; a folder with too many links on the way is taken as it is written."""
        place, left, followed = "", folder.split("/"), 0
        while left:
            step = left.pop(0)
            if step in ("", "."):
                continue
            if step == "..":
                place = place.rpartition("/")[0]
                continue
            target = self._links.get(_joined(place, step))
            if target is None:
                place = _joined(place, step)
                continue
            followed += 1
            if followed > _MOST_LINKS:
                return folder
            if target.startswith("/"):
                place = ""
            left = [*target.split("/"), *left]
        return place


def above(path: str) -> Iterator[str]:
    """The folders that it lies in, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
