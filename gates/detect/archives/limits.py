"""What one file may cost before work on its archives ends, and how reading says that it cannot go on."""

from collections.abc import Callable
from typing import Final, NamedTuple

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable

Read = Callable[[int], bytes]  # up to so many bytes, b"" at the end

MIB: Final = 1 << 20
_ALWAYS: Final = 16 * MIB  # bytes that may come out of any file, however small it is: a page of blanks is no bomb


class Limits(NamedTuple):
    """For each file that is looked into, with everything within it. `table` is that of the policy where they can be raised, "" for none."""

    depth: int  # archives within one another; a compressed tar is one
    mib: int  # taken out of archives, in all
    members: int  # files, folders, links and headers
    ratio: int  # bytes taken out for each byte of the file
    table: str = ""


class Damaged(Exception):
    """What keeps an archive, or one member of it, from being read; others may be fine. The message goes on from the path."""


class Spent(Exception):
    """The limit that was passed: nothing more is taken out of this file."""


class Part(NamedTuple):
    """A file within an archive, to be read before the next one is asked for. With `closed` there is nothing to read, and that is why;
    `sealed` says that nothing is wrong with it.
    """

    name: str  # "" where the format gives none
    read: Read
    closed: str = ""
    sealed: bool = False


class Budget:
    """Counts what one file costs. Every method raises GateUnavailable once the deadline has passed."""

    __slots__ = ("_bytes", "_deadline", "_limits", "_members", "_most_bytes")

    def __init__(self, size: int, limits: Limits, deadline: Deadline) -> None:
        self._limits = limits
        self._deadline = deadline
        self._members = 0
        self._bytes = 0
        self._most_bytes = max(_ALWAYS, limits.ratio * size)

    def poll(self) -> None:
        if self._deadline.passed():
            raise GateUnavailable("the time limit passed before everything was scanned")

    def member(self) -> None:
        """Raises Spent."""
        self.poll()
        self._members += 1
        if self._members > self._limits.members:
            raise Spent(f"has more than {self._limits.members} members; {_way_out(self._limits, 'archive_members')}")

    def took(self, count: int) -> None:
        """So many bytes came out of an archive. Raises Spent."""
        self.poll()
        self._bytes += count
        if self._bytes > self._limits.mib * MIB:
            raise Spent(f"holds more than {self._limits.mib} MiB when unpacked; {_way_out(self._limits, 'archive_mib')}")
        if self._bytes > self._most_bytes:
            raise Spent(f"unpacks to more than {self._limits.ratio} times its size; {_way_out(self._limits, 'archive_ratio')}")

    def too_deep(self, depth: int) -> str:
        """Why an archive at that depth, 1 for the file itself, is not opened; "" if it may be."""
        if depth <= self._limits.depth:
            return ""
        return f"is an archive, and archives are opened {self._limits.depth} deep; {_way_out(self._limits, 'archive_depth')}"


def _way_out(limits: Limits, key: str) -> str:
    raised = f", or raise {key} under [{limits.table}] in the policy" if limits.table else ""
    return f"unpack it and scan the folder{raised}"


def too_large_to_hold(limits: Limits) -> str:
    return f"is an archive of more than {limits.mib} MiB within the repository's objects; {_way_out(limits, 'archive_mib')}"


def gather(read: Read, count: int) -> bytes:
    """So many bytes, fewer only at the end: readers may give less than they are asked for."""
    data = read(count) if count else b""  # of none, decompressors give all that they have
    if len(data) == count or not data:
        return data
    parts, missing = [data], count - len(data)
    while missing and (data := read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


def exactly(read: Read, count: int) -> bytes:
    """Raises Damaged where there is less."""
    data = gather(read, count)
    if len(data) < count:
        raise Damaged(CUT)
    return data


class Chain:
    """Bytes that have been read, and then the rest."""

    __slots__ = ("_head", "_read")

    def __init__(self, head: bytes, read: Read) -> None:
        self._head = head
        self._read = read

    def read(self, count: int) -> bytes:
        if not self._head:
            return self._read(count)
        data, self._head = self._head[:count], self._head[count:]
        return data


CUT: Final = "is cut short or damaged, so not all of it was scanned"
BEHIND: Final = "has data behind its end that belongs to nothing, so not all of it was scanned"


def nothing(_: int) -> bytes:
    return b""
