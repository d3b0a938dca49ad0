"""Reads zip archives by the list of members at their end.

Not with `zipfile`: it holds the whole list before it gives the first member, does not look at how many members the archive says it
has, and unpacks bzip2 and LZMA to whatever size they grow.
"""

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO, Final, NamedTuple

from gates.detect.archives.limits import CUT, Budget, Chain, Damaged, Part, Read, exactly, nothing
from gates.detect.archives.streams import Unpacked

# As in the format's description, PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.12 to 4.3.16.
_HEADER: Final = Struct("<4s5H3L2H")
_ENTRY: Final = Struct("<4s6H3L5H2L")
_END_64: Final = Struct("<4sQ2H2L4Q")
_LOCATOR_64: Final = Struct("<4sLQL")
_END: Final = Struct("<4s4H2LH")
_HEADER_MARK, _ENTRY_MARK, _END_64_MARK, _LOCATOR_64_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x06\x06", b"PK\x06\x07"
_END_MARK: Final = b"PK\x05\x06"
_END_REACH: Final = _END.size + 0xFFFF  # bytes before the end of the file; a comment may follow the end record

_FULL_16, _FULL_32 = 0xFFFF, 0xFFFF_FFFF  # the number does not fit and stands elsewhere, in 64 bits
_NUMBERS_64: Final = 0x0001  # the extra field that holds them
_ENCRYPTED: Final = 1 << 0 | 1 << 6 | 1 << 13
_UTF8: Final = 1 << 11
_ENDS_ITSELF: Final = 1 << 1  # of LZMA: a mark tells its end, not its size
_STORED, _LZMA = 0, 14
_METHODS: Final = {8: "deflate", 12: "bzip2", _LZMA: "lzma", 95: "xz"}
_OTHER_LIST: Final = "lists other members than it says it has, so not all of it was scanned"


class _End(NamedTuple):
    """What the end record says of the list. In 16 and 32 bits where the archive has no larger numbers."""

    disk: int
    first_disk: int
    here: int
    members: int
    length: int
    start: int


class _List(NamedTuple):
    """Where the list of members stands in the file, how many it has, and how many bytes stand before the archive."""

    start: int
    end: int
    members: int
    shift: int


class _Entry(NamedTuple):
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    header: int  # where its own header starts in the file


def ends_with_zip(file: BinaryIO) -> bool:
    """Whether a zip ends the file, whatever stands before it: a program that unpacks itself, a script."""
    try:
        found = _list(file)
    except Damaged:
        return False
    file.seek(found.start)
    return found.end > found.start and file.read(len(_ENTRY_MARK)) == _ENTRY_MARK


def parts(file: BinaryIO, budget: Budget) -> Iterator[Part]:
    """The files that the list names, in its order. Raises Damaged and Spent."""
    found = _list(file)
    count = 0
    at = found.start
    while at < found.end:
        budget.member()
        count += 1
        file.seek(at)
        fields = exactly(file.read, _ENTRY.size)
        if not fields.startswith(_ENTRY_MARK):
            raise Damaged(CUT)
        entry = _entry(fields, file.read, found.shift)
        at = file.tell()
        if entry.size or entry.packed or not entry.name.endswith("/"):
            yield _part(file, entry, found, budget)
    if at != found.end or count != found.members:
        raise Damaged(_OTHER_LIST)


def _list(file: BinaryIO) -> _List:
    base = max(0, file.seek(0, 2) - _END_REACH)
    file.seek(base)
    tail = file.read(_END_REACH)
    mark = tail.rfind(_END_MARK, 0, max(0, len(tail) - _END.size + len(_END_MARK)))
    if mark < 0:
        raise Damaged(CUT)
    at = base + mark
    end = _End(*_END.unpack_from(tail, mark)[1:7])
    large = _end_64(file, at)
    if large:
        at, longer = large
        # Programs differ in which of the two they believe.
        if any(short not in (long, _FULL_16, _FULL_32) for short, long in zip(end, longer, strict=True)):
            raise Damaged(_OTHER_LIST)
        end = longer
    if end.disk or end.first_disk or end.here != end.members:
        raise Damaged("is one volume of an archive in several, so it was not opened; join them first")
    start = at - end.length
    if start < end.start:
        raise Damaged(CUT)
    return _List(start, at, end.members, start - end.start)


def _end_64(file: BinaryIO, end: int) -> tuple[int, _End] | None:
    """Where the end record in 64 bits stands and what it says, None where there is none."""
    locator = end - _LOCATOR_64.size
    if locator < 0:
        return None
    file.seek(locator)
    mark, _, place, _ = _LOCATOR_64.unpack(exactly(file.read, _LOCATOR_64.size))
    if mark != _LOCATOR_64_MARK:
        return None
    # Bytes before the archive move the record from where the locator says that it is.
    for at in (place, locator - _END_64.size):
        if 0 <= at <= locator - _END_64.size:
            file.seek(at)
            mark, _, _, _, *numbers = _END_64.unpack(exactly(file.read, _END_64.size))
            if mark == _END_64_MARK:
                return at, _End(*numbers)
    raise Damaged(CUT)


def _entry(fields: bytes, read: Read, shift: int) -> _Entry:
    """`read` goes on behind the fields, with name, extra fields and comment."""
    _, _, _, flags, method, _, _, crc, packed, size, of_name, of_extra, of_comment, *_, header = _ENTRY.unpack(fields)
    texts = exactly(read, of_name + of_extra + of_comment)
    # Those that do not fit, and only those, stand there in this order.
    numbers = _numbers_64(texts[of_name : of_name + of_extra])
    size, packed, header = (next(numbers, value) if value == _FULL_32 else value for value in (size, packed, header))
    name = texts[:of_name].decode("utf-8", "surrogateescape") if flags & _UTF8 else texts[:of_name].decode("cp437")
    return _Entry(name, flags, method, crc, packed, size, header + shift)


def _numbers_64(extra: bytes) -> Iterator[int]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = int.from_bytes(extra[at : at + 2], "little"), int.from_bytes(extra[at + 2 : at + 4], "little")
        at += 4
        if kind == _NUMBERS_64:
            for place in range(at, min(at + length, len(extra)) - 7, 8):
                yield int.from_bytes(extra[place : place + 8], "little")
        at += length


def _part(file: BinaryIO, entry: _Entry, found: _List, budget: Budget) -> Part:
    try:
        packed = _Window(file, _content(file, entry, found), entry.packed)
        if entry.flags & _ENCRYPTED:
            return Part(entry.name, nothing, "encrypted", sealed=True)
        return Part(entry.name, _Checked(_unpacked(packed.read, entry, budget), entry).read)
    except Damaged as error:
        return Part(entry.name, nothing, str(error))


def _content(file: BinaryIO, entry: _Entry, found: _List) -> int:
    """Where the member's bytes start. Its own header must agree with the list: who reads one would see other things than who reads the
    other, and what only the list calls encrypted can be read.
    """
    if not 0 <= entry.header <= found.start:
        raise Damaged(CUT)
    file.seek(entry.header)
    mark, _, flags, method, *_, of_name, of_extra = _HEADER.unpack(exactly(file.read, _HEADER.size))
    start: int = entry.header + _HEADER.size + of_name + of_extra
    if mark != _HEADER_MARK or start + entry.packed > found.start:
        raise Damaged(CUT)
    if method != entry.method or bool(flags & _ENCRYPTED) != bool(entry.flags & _ENCRYPTED):
        raise Damaged("is described in two ways that do not agree, so it was not scanned")
    return start


def _unpacked(read: Read, entry: _Entry, budget: Budget) -> Read:
    if entry.method == _STORED:
        return _Counted(read, budget).read
    if entry.method not in _METHODS:
        raise Damaged(f"is compressed in a way that gates cannot undo (zip's method {entry.method}); unpack it and scan the folder")
    if entry.method == _LZMA:
        read = Chain(_lzma_head(read, entry), read).read
    return Unpacked(_METHODS[entry.method], read, budget, several=False).read


def _lzma_head(read: Read, entry: _Entry) -> bytes:
    """The header of an .lzma file, which Python's decoder takes, in place of zip's own (APPNOTE 5.8)."""
    head = exactly(read, 4)
    properties = exactly(read, int.from_bytes(head[2:], "little"))
    size = _FULL_32 << 32 | _FULL_32 if entry.flags & _ENDS_ITSELF else entry.size
    return properties + size.to_bytes(8, "little")


class _Window:
    """A stretch of the file, wherever others have moved its position in between."""

    __slots__ = ("_at", "_end", "_file")

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file = file
        self._at = start
        self._end = start + length

    def read(self, count: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(min(count, self._end - self._at))
        self._at += len(data)
        return data


class _Counted:
    """What is not compressed costs too: members may overlap."""

    __slots__ = ("_budget", "_read")

    def __init__(self, read: Read, budget: Budget) -> None:
        self._read = read
        self._budget = budget

    def read(self, count: int) -> bytes:
        data = self._read(count)
        self._budget.took(len(data))
        return data


class _Checked:
    """A member's content, which must have the size and the checksum that the list says."""

    __slots__ = ("_crc", "_entry", "_read", "_size")

    def __init__(self, read: Read, entry: _Entry) -> None:
        self._read = read
        self._entry = entry
        self._size = 0
        self._crc = 0

    def read(self, count: int) -> bytes:
        data = self._read(count)
        self._size += len(data)
        self._crc = zlib.crc32(data, self._crc)
        over = self._size > self._entry.size
        if over or (not data and (self._size, self._crc) != (self._entry.size, self._entry.crc)):
            raise Damaged("does not have the size and the checksum that the archive says, so not all of it was scanned")
        return data
