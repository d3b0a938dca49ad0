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
    """What an entry does to the file system. `link` is where a symbolic link points, and what a hard link shares."""

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
        self._fields += (entry.kind, entry.path, entry.link)
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
            yield from _unpacked(packed)

    def content_of(self, entry: int) -> int | None:
        """The file whose content the entry of that number has: itself, or what a hard link shares. None for what is no file."""
        self.close()
        wanted, number = "", 0
        for pack in reversed(range(entry // _TOGETHER + 1)):
            steps = list(_unpacked(self._packed[pack]))
            for place in reversed(range(len(steps))):
                number, step = pack * _TOGETHER + place, steps[place]
                if number == entry or (number < entry and step.path == wanted and step.kind not in ("whiteout", "opaque")):
                    if step.kind != "hardlink":
                        return number if step.kind == "file" else None
                    wanted = step.link
        return None


def _unpacked(packed: bytes) -> Iterator[Step]:
    fields: list[Any] = zlib.decompress(packed).decode("utf-8", "surrogateescape").split("\0")
    return map(Step, fields[::3], fields[1::3], fields[2::3])


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
        self._links: dict[str, tuple[str, int]] = {}  # place -> where it points, the layer that it is from
        self._above_links: set[str] = set()
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
        target = step.link if step.kind == "symlink" else self._shared(step) if step.kind == "hardlink" else ""
        if target:
            self._links[place] = target, self._layer
            self._above_links.update(above(place))
            self._folders.clear()
        elif place in self._links and (step.kind != "whiteout" or self._links[place][1] < self._layer):
            del self._links[place]
            self._folders.clear()
        return "" if step.kind == "whiteout" else place

    def real(self, path: str) -> str | None:
        """Where who opens that path in the end arrives; None where the links on the way are too many."""
        return self._resolved(path)

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

    def _shared(self, step: Step) -> str:
        """Where it points, of a hard link to a symbolic one."""
        folder, _, name = step.link.rpartition("/")
        return self._links.get(_joined(self._followed(folder), name), ("", 0))[0] if self._links else ""

    def _end_below(self, folder: str, how: _How) -> None:
        """Of lower layers."""
        start = f"{folder}/" if folder else ""
        if self._links and (not folder or folder in self._above_links):
            gone = [place for place, (_, layer) in self._links.items() if layer < self._layer and place.startswith(start)]
            for place in gone:
                del self._links[place]
            if gone:
                self._folders.clear()
        if folder and folder not in self._above:
            return  # for nearly every whiteout
        for place in [place for place in self._standing if place.startswith(start)]:
            self._end_itself(place, how)

    def _followed(self, folder: str) -> str:
        if not self._links or not folder:
            return folder
        known = self._folders.get(folder)
        if known is None:
            resolved = self._resolved(folder)
            known = self._folders[folder] = folder if resolved is None else resolved  # with too many it is taken as it is written
        return known

    def _resolved(self, folder: str) -> str | None:
        """Never above the root; None with too many links on the way."""
        place, left, followed = "", folder.split("/"), 0
        while left:
            step = left.pop(0)
            if step in ("", "."):
                continue
            if step == "..":
                place = place.rpartition("/")[0]
                continue
            found = self._links.get(_joined(place, step))
            if found is None:
                place = _joined(place, step)
                continue
            followed += 1
            if followed > _MOST_LINKS:
                return None
            target = found[0]
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
