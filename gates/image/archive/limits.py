"""What reading one archive may cost, and how reading says that it cannot go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from gates.core.deadline import Deadline
from gates.core.documents import DocumentError
from gates.core.errors import GateUnavailable

Read = Callable[[int], bytes]  # up to so many bytes, b"" at the end

KIB: Final = 1 << 10
MIB: Final = 1 << 20
_ALWAYS: Final = 64 * MIB  # bytes that may come out of anything compressed, however small it is


class Limits(NamedTuple):
    """For one archive, with everything in it that is read."""

    mib: int = 64 * KIB  # out of layers, decompressed
    entries: int = 2_000_000  # in layers, and of the archive itself
    ratio: int = 1_000  # bytes out of a compressed stream for each byte of it
    document: int = 8 * MIB  # bytes of a manifest, an index or a configuration
    values: int = 250_000  # in such a document: a few bytes of JSON can take a hundred times as much memory
    manifests: int = 1_000
    layers: int = 1_000  # of one image
    depth: int = 4  # indexes within one another


class Damaged(Exception):
    """Why an archive, or what `inner` names in it from the outside inwards, cannot be read. The message goes on from that name."""

    def __init__(self, message: str, *inner: str) -> None:
        super().__init__(message)
        self.message = message
        self.inner = inner

    def within(self, name: str) -> Damaged:
        return Damaged(self.message, name, *self.inner)

    def located(self, path: str) -> DocumentError:
        """`path` is the archive's own."""
        return DocumentError(self.message, joined(path, *self.inner))


class Budget:
    """Counts what one archive costs. Every method raises GateUnavailable once the deadline has passed."""

    __slots__ = ("_bytes", "_deadline", "_entries", "_holes", "limits")

    def __init__(self, limits: Limits, deadline: Deadline) -> None:
        self.limits = limits
        self._deadline = deadline
        self._bytes = 0
        self._entries = 0
        self._holes = 0

    def poll(self) -> None:
        if self._deadline.passed():
            raise GateUnavailable("the time limit passed before the whole image was read")

    def entry(self) -> None:
        """Raises Damaged. The deadline is looked at where bytes are taken: no entry comes without any."""
        self._entries += 1
        if self._entries > self.limits.entries:
            raise Damaged(f"is the entry after the first {self.limits.entries}, and no more are read")

    def took(self, count: int) -> None:
        """So many bytes of a layer. Raises Damaged."""
        self.poll()
        self._bytes += count
        self._sum()

    def _sum(self) -> None:
        if self._bytes + self._holes > self.limits.mib * MIB:
            raise Damaged(f"goes beyond {self.limits.mib} MiB for all layers of the archive, and no more are read")

    def hole(self, count: int) -> None:
        """So many bytes of a sparse file are not in the archive. Raises Damaged, before any of them is made."""
        self._holes += count
        if self._holes > _ALWAYS and self._holes > self.limits.ratio * self._bytes:
            raise Damaged(f"has holes of sparse files of more than {self.limits.ratio} times its size, so it was not read to its end")
        self._sum()

    def expanded(self, packed: int, count: int) -> None:
        """So many bytes in all came out of a compressed stream of so many. Raises Damaged."""
        self.poll()
        if count > _ALWAYS and count > self.limits.ratio * packed:
            raise Damaged(f"unpacks to more than {self.limits.ratio} times its size, so it was not read to its end")
        if count > self.limits.mib * MIB:
            raise Damaged(f"unpacks to more than {self.limits.mib} MiB, so it was not read to its end")


def joined(path: str, *inner: str) -> str:
    """The path in a report: `image.tar!blobs/sha256/…!etc/passwd`."""
    return "!".join((path, *inner))


def gather(read: Read, count: int) -> bytes:
    """So many bytes, fewer only at the end: readers may give less than they are asked for."""
    data = read(count)
    if len(data) == count or not data:
        return data
    parts, missing = [data], count - len(data)
    while missing and (data := read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)
