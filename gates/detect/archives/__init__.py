"""Looks into archives and compressed files, and into those within them: in memory, in bounded time and space, writing nothing.

They are known by their first bytes, a zip also by its last, and never by their names.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple

from gates.core.deadline import Deadline
from gates.detect.archives.limits import MIB, Budget, Chain, Damaged, Limits, Part, Read, Spent, gather, too_large_to_hold

__all__ = [
    "Ends",
    "Inner",
    "Limits",
    "Member",
    "Reading",
    "Unopened",
    "is_end_of_zip",
    "joined",
    "look_inside",
    "may_be_archive",
    "too_large_to_hold",
]

HEAD: Final = 512  # bytes at the start of a file that tell what it is
TAIL: Final = (1 << 16) + 21  # and at its end: zip's end record with the longest comment
_WHOLE: Final = 4 * MIB  # bytes up to which a member is held
_ZIP_END: Final = b"PK\x05\x06"

_MARKS: Final[dict[bytes, tuple[tuple[bytes, str], ...]]] = {  # by the first two bytes, so that other files cost one look
    b"PK": ((b"PK\x03\x04", "zip"), (_ZIP_END, "zip")),
    b"\x1f\x8b": ((b"\x1f\x8b\x08", "gzip"),),
    b"BZ": tuple((b"BZh%d%s" % (level, mark), "bzip2") for level in range(1, 10) for mark in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")),
    b"\xfd7": ((b"\xfd7zXZ\x00", "xz"),),
    b"(\xb5": ((b"(\xb5/\xfd", "zstd"),),
    b"7z": ((b"7z\xbc\xaf\x27\x1c", "7z"),),
    b"Ra": ((b"Rar!\x1a\x07", "rar"),),
    b"\x04\x22": ((b"\x04\x22\x4d\x18", "lz4"),),
}
_COMPRESSED: Final = ("gzip", "bzip2", "xz")
_SUFFIXES: Final = (".gz", ".bz2", ".xz")

Inner = tuple[str, ...]  # names from the outermost archive inwards; () is the file itself, "" what has no name of its own


class Reading:
    """Reads a member to its end or to the trouble with it, which is kept: what comes before the trouble is scanned all the same."""

    __slots__ = ("_budget", "_read", "size", "trouble")

    def __init__(self, read: Read, budget: Budget) -> None:
        self._read = read
        self._budget = budget
        self.size = 0  # bytes read so far
        self.trouble: Damaged | Spent | None = None

    def read(self, count: int) -> bytes:
        """Raises GateUnavailable once the deadline has passed, and OSError for the file that all of this lies in."""
        self._budget.poll()
        if self.trouble:
            return b""
        try:
            data = self._read(count)
        except (Damaged, Spent) as error:
            self.trouble = error
            return b""
        self.size += len(data)
        return data

    def insist(self, count: int) -> bytes:
        """The same, but raises the trouble when that is what comes next."""
        data = self.read(count)
        if self.trouble and not data:
            raise self.trouble
        return data


class Ends:
    """The first and the last bytes of a stream that somebody else reads."""

    __slots__ = ("_read", "head", "tail")

    def __init__(self, read: Read) -> None:
        self._read = read
        self.head = self.tail = b""

    def read(self, count: int) -> bytes:
        data = gather(self._read, count)  # not in the small pieces that may come: each costs a copy of the tail
        self.head = self.head or data[:HEAD]
        self.tail = (self.tail + data[-TAIL:])[-TAIL:]
        return data


class Member(NamedTuple):
    """A file within an archive: in `data` all of it, or to be read from `rest` before the next one is asked for."""

    inner: Inner
    data: bytes
    rest: Reading | None = None


class Unopened(NamedTuple):
    """What was not looked at, or not in full. `sealed`: nothing is wrong with it, and there is no way to look."""

    inner: Inner
    reason: str
    sealed: bool = False


def may_be_archive(head: bytes, tail: bytes) -> bool:
    """Whether `look_inside` may find something. `head` and `tail` are the first and the last bytes of a file, or each all of them."""
    if _kind(head):
        return True
    start = max(0, len(tail) - TAIL)
    # Text has no such byte as the mark's last one, and to look for one byte takes a tenth of the time.
    return tail.rfind(_ZIP_END[-1:], start) >= 0 and tail.rfind(_ZIP_END, start) >= 0


def look_inside(file: BinaryIO, limits: Limits, deadline: Deadline) -> Iterator[Member | Unopened]:
    """What lies within a file, nothing where it is no archive. Archives within are members too, and what they hold follows them.

    Raises GateUnavailable once the deadline has passed.
    """
    budget = Budget(file.seek(0, 2), limits, deadline)
    kind = _kind_of_file(file)
    file.seek(0)
    try:
        if kind:
            yield from _inside(kind, file.read, file, (), budget)
    except Spent as error:
        yield Unopened((), str(error))


def joined(path: str, inner: Inner) -> str:
    """The path in a report: `outer.zip!folder/inner.gz!inner`."""
    for name in inner:
        path = f"{path}!{name or _unpacked_name(path)}"
    return path


def _unpacked_name(path: str) -> str:
    name = path.replace("!", "/").rpartition("/")[2]
    return next((name[: -len(suffix)] for suffix in _SUFFIXES if name.lower().endswith(suffix)), name)


def _kind(head: bytes) -> str:
    kind = next((kind for mark, kind in _MARKS.get(head[:2], ()) if head.startswith(mark)), "")
    if kind or len(head) < HEAD:
        return kind
    if head[257:262] == b"ustar":
        return "tar"
    if head[148:156].strip(b"\0 ").isdigit():  # the oldest form has a checksum and no mark
        from gates.detect.archives.tars import is_header

        return "tar" if is_header(head[:HEAD]) else ""
    return ""


def _kind_of_file(file: BinaryIO) -> str:
    file.seek(0)
    if kind := _kind(file.read(HEAD)):
        return kind
    file.seek(max(0, file.seek(0, 2) - TAIL))
    if _ZIP_END not in file.read(TAIL):
        return ""
    from gates.detect.archives import zips

    return "zip" if zips.ends_with_zip(file) else ""


def _inside(kind: str, read: Read, whole: BinaryIO | None, inner: Inner, budget: Budget) -> Iterator[Member | Unopened]:
    """What an archive holds; `whole` is the same as what `read` gives, and a zip needs it. Raises Spent."""
    if reason := budget.too_deep(len(inner) + 1):
        yield Unopened(inner, reason)
        return
    try:
        for part in _parts(kind, read, whole, budget):
            here = (*inner, part.name)
            if part.closed:
                yield Unopened(here, part.closed, part.sealed)
            else:
                yield from _member(part, here, budget)
    except Damaged as error:
        yield Unopened(inner, str(error))


def _parts(kind: str, read: Read, whole: BinaryIO | None, budget: Budget) -> Iterator[Part]:
    # Imported where they are needed: a hook that meets no archive loads no decompressor.
    if kind == "zip" and whole is not None:
        from gates.detect.archives import zips

        return zips.parts(whole, budget)
    from gates.detect.archives import tars

    if kind == "tar":
        return tars.parts(read, budget)
    if kind not in _COMPRESSED:
        raise Damaged(f"is in the format {kind}, which gates cannot unpack; unpack it and scan the folder")
    from gates.detect.archives.streams import Unpacked

    unpacked = Reading(Unpacked(kind, read, budget, several=True).read, budget)
    head = gather(unpacked.read, HEAD)
    content = Chain(head, unpacked.insist)
    return tars.parts(content.read, budget) if _kind(head) == "tar" else iter([Part("", content.read)])


def _member(part: Part, inner: Inner, budget: Budget) -> Iterator[Member | Unopened]:
    """One file within an archive, and what lies within that one."""
    reading = Reading(part.read, budget)
    data = gather(reading.read, _WHOLE + 1)
    kind = _kind(data)
    if len(data) <= _WHOLE:
        yield Member(inner, data)
        _raise_spent(reading)
        held = BytesIO(data)
        if kind := kind or _kind_of_file(held):
            held.seek(0)
            yield from _inside(kind, held.read, held, inner, budget)
    elif kind == "zip":
        held = BytesIO()
        held.write(data)
        while data := reading.read(MIB):
            held.write(data)
        held.seek(0)
        yield Member(inner, b"", Reading(held.read, budget))
        _raise_spent(reading)
        yield from _inside(kind, held.read, held, inner, budget)
    elif kind:  # what these hold comes as it is read, so they need not be held
        yield from _inside(kind, Chain(data, part.read).read, None, inner, budget)
    else:
        ends = Ends(Chain(data, reading.read).read)
        yield Member(inner, b"", Reading(ends.read, budget))
        if is_end_of_zip(ends.tail):
            yield Unopened(inner, "ends with a zip archive that was not opened; unpack the file around it and scan the folder")
    _raise_spent(reading)
    if reading.trouble:
        yield Unopened(inner, str(reading.trouble))


def _raise_spent(reading: Reading) -> None:
    if isinstance(reading.trouble, Spent):
        raise reading.trouble


def is_end_of_zip(tail: bytes) -> bool:
    """As far as the last bytes tell: the end record and a comment of the length that it says."""
    at = tail.rfind(_ZIP_END)
    return at >= 0 and len(tail) - at - 22 == int.from_bytes(tail[at + 20 : at + 22], "little")
