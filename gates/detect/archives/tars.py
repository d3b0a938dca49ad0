"""Reads tar archives front to back: v7, ustar, pax and GNU.

Not with `tarfile`: it takes a damaged header for the end of the archive and stops at the first end mark, and then what follows would
pass unseen; and a header may make it hold as much as the header says.
"""

from collections.abc import Iterator
from typing import Final

from gates.detect.archives.limits import BEHIND, CUT, MIB, Budget, Damaged, Part, Read, exactly, gather

_BLOCK: Final = 512
_ZEROS: Final = bytes(_BLOCK)
_MOST_META: Final = MIB  # bytes of a pax header or a long name
_LINK, _LONG_NAME, _LONG_LINK, _SPARSE, _FOLDER = b"1", b"L", b"K", b"S", b"5"
_PATH, _SIZE, _SPARSE_NAME = b"path", b"size", b"GNU.sparse.name"  # of a sparse member the path is a stand-in
_PAX, _PAX_OF_ALL = (b"x", b"X"), b"g"
_NO_CONTENT: Final = (_LINK, b"2", b"3", b"4", _FOLDER, b"6")  # links, devices, folders, pipes; of all else the size counts


def is_header(block: bytes) -> bool:
    """Whether a block is a tar header, by its checksum: v7 has no other mark."""
    field = block[148:156]
    if len(block) < _BLOCK or not field.strip(b" \0").isdigit():
        return False
    try:
        wanted = _number(field)
    except Damaged:
        return False
    total = sum(block) - sum(field) + 8 * ord(" ")
    # Some old programs added up signed bytes.
    return wanted in (total, total - 256 * sum(byte > 127 for byte in block))


def parts(read: Read, budget: Budget) -> Iterator[Part]:
    """The files within, in order; of links, devices and folders there is nothing to see. Raises Damaged and Spent."""
    of_all: dict[bytes, bytes] = {}
    of_next: dict[bytes, bytes] = {}
    ended = False
    while header := gather(read, _BLOCK):
        if header == _ZEROS[: len(header)]:
            ended = True
            budget.poll()
            continue
        if not is_header(header):
            raise Damaged(BEHIND if ended else CUT)
        ended = False  # archives may stand one behind the other
        budget.member()
        kind, size = header[156:157], _number(header[124:136])
        if kind in _PAX or kind == _PAX_OF_ALL:
            (of_all if kind == _PAX_OF_ALL else of_next).update(_records(_meta(read, size)))
            continue
        if kind in (_LONG_NAME, _LONG_LINK):
            text = _meta(read, size)
            if kind == _LONG_NAME:
                of_next[_PATH] = text
            continue
        if kind == _SPARSE:
            more = header[482]
            while more:
                budget.poll()
                more = exactly(read, _BLOCK)[504]
        meta = {**of_all, **of_next}
        of_next = {}
        if _SIZE in meta:
            size = _decimal(meta[_SIZE])
        if kind in _NO_CONTENT:
            continue
        body = _Body(read, size, budget)
        name = _name(header, meta)
        if size or not name.endswith("/"):
            yield Part(name, body.read)
        body.skip()
        exactly(read, -size % _BLOCK)
    if not ended:
        raise Damaged(CUT)


class _Body:
    """The content of a member. The blocks of a sparse one come without its holes."""

    __slots__ = ("_budget", "_left", "_read")

    def __init__(self, read: Read, size: int, budget: Budget) -> None:
        self._read = read
        self._left = size
        self._budget = budget

    def read(self, count: int) -> bytes:
        if not self._left:
            return b""
        data = self._read(min(count, self._left))
        if not data:
            raise Damaged(CUT)
        self._left -= len(data)
        return data

    def skip(self) -> None:
        while self.read(MIB):
            self._budget.poll()


def _meta(read: Read, size: int) -> bytes:
    if size > _MOST_META:
        raise Damaged(f"has a header of {size} bytes, and no more than {_MOST_META} are read, so not all of it was scanned")
    return exactly(read, size + -size % _BLOCK)[:size]


def _records(data: bytes) -> dict[bytes, bytes]:
    """The records of a pax header, each `LENGTH KEY=VALUE` and a line feed; the length counts all of them."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(data) and data[at]:
        blank = data.find(b" ", at, at + 20)
        end = at + _decimal(data[at:blank] if blank > 0 else b"")
        key, equals, value = data[blank + 1 : end - 1].partition(b"=")
        if end <= blank or data[end - 1 : end] != b"\n" or not equals:
            raise Damaged(CUT)
        if key in (_PATH, _SIZE, _SPARSE_NAME):
            records[key] = value
        at = end
    return records


def _name(header: bytes, meta: dict[bytes, bytes]) -> str:
    name = meta.get(_SPARSE_NAME) or meta.get(_PATH) or _text(header[:100])
    if header[257:263] == b"ustar\0" and not (_PATH in meta or _SPARSE_NAME in meta) and (prefix := _text(header[345:500])):
        name = prefix + b"/" + name
    return _text(name).decode("utf-8", "surrogateescape")


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _number(field: bytes) -> int:
    """Octal digits, or where eight gigabytes are not enough the number itself, marked by its first bit. Raises Damaged."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = _text(field).strip(b" ")
    if digits.strip(b"01234567"):
        raise Damaged(CUT)
    return int(digits or b"0", 8)


def _decimal(text: bytes) -> int:
    if not text.isdigit() or len(text) > 20:
        raise Damaged(CUT)
    return int(text)
