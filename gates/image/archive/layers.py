"""The entries of a layer, in order, with its digests proved on the way.

Format: https://github.com/opencontainers/image-spec/blob/main/layer.md
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from posixpath import basename, dirname
from typing import Final

from gates.image.archive import tars
from gates.image.archive.blobs import clean
from gates.image.archive.limits import Budget, Damaged, Read, gather, joined
from gates.image.archive.records import Entry, Kind, Layer
from gates.image.archive.streams import MARK, Chain, Digesting, Feed, compression, unpacked

_KINDS: Final[dict[bytes, Kind]] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"S": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "character",
    b"4": "block",
    b"5": "directory",
    b"6": "fifo",
}
WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"
_AUFS: Final = ".wh..wh."  # its own files, which hide nothing
_LINKS: Final = 1 << 16  # hard links that are checked together
_PERMISSIONS: Final = 0o7777


def entries(read: Read, layer: Layer, path: str, budget: Budget) -> Iterator[Entry]:
    """`read` gives the blob, `path` is the archive's for messages. Raises Damaged, last of all where the bytes are not those of the
    digests; the `read` of an entry raises DocumentError instead.
    """
    algorithm = layer.diff_id.partition(":")[0]
    raw = Digesting(read, layer.digest.partition(":")[0])
    head = gather(raw.read, MARK)
    stream: Read = Chain(head, raw.read).read
    if kind := compression(head):
        stream = unpacked(kind, stream, layer.size, budget)
    content = raw
    if kind or raw.algorithm != algorithm:  # otherwise the blob is the tar, and one digest does for both
        content = Digesting(stream, algorithm)
        stream = content.read

    def counted(count: int) -> bytes:
        data = stream(count)
        budget.took(len(data))
        return data

    yield from _entries(Feed(counted), joined(path, layer.name), budget)
    if raw.read(1) or raw.size != layer.size:
        raise Damaged(f"has other bytes than the {layer.size} that the archive says it has")
    for name, wanted, found in (("digest", layer.digest, raw.digest()), ("diff id", layer.diff_id, content.digest())):
        if wanted and wanted != found:
            raise Damaged(f"has the {name} {found}, not {wanted}")


def _entries(feed: Feed, path: str, budget: Budget) -> Iterator[Entry]:
    linked = _Linked()
    for member in tars.members(feed, budget, end_mark=False):
        name = clean(member.name)
        kind = _KINDS[member.kind]
        if member.kind == b"\0" and member.name.endswith(b"/"):
            kind = "directory"
        link = ""
        if kind == "hardlink":
            link = _shared(member.link, name)
            linked.wants(link, name)
        elif kind == "symlink":
            link = member.link.decode("utf-8", "surrogateescape")
            _refuse_leaving(link, name)
        if kind == "character" and member.device == (0, 0):  # how overlayfs stores a whiteout
            yield Entry(name, "whiteout", member.mode & _PERMISSIONS, member.uid, member.gid, 0, "", _nothing)
            continue
        if name == "." and kind != "directory":
            raise Damaged("is the root of the image and no folder").within(name)
        if kind != "directory":
            linked.has(name)
        if WHITEOUT in name and (base := basename(name)).startswith(WHITEOUT):
            kind, name = _hidden(kind, name, base)
        read = _Content(member.read, path, name).read if member.size else _nothing
        yield Entry(name, kind, member.mode & _PERMISSIONS, member.uid, member.gid, member.size, link, read, member.capability)
    linked.settle()


class _Linked:
    """Finds hard links to what is not there: what they share must stand in front of them, in the same layer. Of the names in front of
    them only hashes are kept, eight bytes for each.
    """

    __slots__ = ("_names", "_wanted")

    def __init__(self) -> None:
        self._names = array("q")
        self._wanted: dict[int, tuple[int, str]] = {}  # the hash of a target: how many names are in front of the first link, and its name

    def has(self, name: str) -> None:
        self._names.append(hash(name))

    def wants(self, target: str, name: str) -> None:
        self._wanted.setdefault(hash(target), (len(self._names), name))
        if len(self._wanted) >= _LINKS:
            self.settle()

    def settle(self) -> None:
        """Raises Damaged."""
        if not self._wanted:
            return
        for place, hashed in enumerate(self._names):
            found = self._wanted.get(hashed)
            if found and place < found[0]:
                del self._wanted[hashed]
        for _, name in self._wanted.values():
            raise Damaged("is a hard link to a file that does not stand in front of it in its layer").within(name)


class _Content:
    """Reads an entry for those who know nothing of how archives fail."""

    __slots__ = ("_name", "_path", "_read")

    def __init__(self, read: Read, path: str, name: str) -> None:
        self._read = read
        self._path = path
        self._name = name

    def read(self, count: int) -> bytes:
        try:
            return self._read(count)
        except Damaged as error:
            raise Damaged(error.message, self._name).located(self._path) from None


def _nothing(_: int) -> bytes:
    return b""


def _hidden(kind: Kind, name: str, base: str) -> tuple[Kind, str]:
    if base == OPAQUE:
        return "opaque", dirname(name) or "."
    if base.startswith(_AUFS):
        return kind, name
    hidden = base.removeprefix(WHITEOUT)
    if hidden in ("", ".", ".."):
        raise Damaged("is a whiteout of nothing that has a name").within(name)
    folder = dirname(name)
    return "whiteout", f"{folder}/{hidden}" if folder else hidden


def _shared(target: bytes, name: str) -> str:
    """Builders write what a hard link shares with a leading "/" too, and it means the same."""
    try:
        return clean(target.lstrip(b"/"))
    except Damaged:
        raise Damaged("is a hard link that leads out of the image").within(name) from None


def _refuse_leaving(target: str, name: str) -> None:
    """By its words alone, as Docker does it: links that are links again are followed by nobody here."""
    if not target:
        raise Damaged("is a symbolic link that points nowhere").within(name)
    if ".." not in target:
        return
    depth = 0 if target.startswith("/") else name.count("/")
    for part in target.split("/"):
        if part == "..":
            depth -= 1
            if depth < 0:
                raise Damaged(f"is a symbolic link that leads out of the image, to {target!r}").within(name)
        elif part and part != ".":
            depth += 1
