"""Reads tar front to back: v7, ustar, pax and GNU, sparse files too.

Formats: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13,
https://www.gnu.org/software/tar/manual/html_node/Standard.html, …/Sparse-Formats.html and …/Extensions.html.

Not with `tarfile`: it takes a damaged header for the end, stops at the first end mark, and takes three times as long. Where two
readers of tar would see different files (a header for all that sets a path, two headers for one entry), the archive is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple
from zlib import adler32

from gates.image.archive.limits import MIB, Budget, Damaged, Read, gather
from gates.image.archive.streams import CUT, Feed

BLOCK: Final = 512
_ZEROS: Final = bytes(BLOCK)
_HOLE: Final = bytes(64 << 10)
_HEADER: Final = Struct("100s24s12s20xc100s8s64x16s155s12x")  # name, mode with owner, size, type, link, magic, device, prefix
_MOST_META: Final = MIB  # bytes of a pax header, a long name or a sparse map
_MOST: Final = 1 << 62  # bytes that a header may speak of
_LINK, _SYMLINK, _SPARSE, _PAX, _PAX_OF_ALL, _LONG_NAME, _LONG_LINK = b"1", b"2", b"S", b"x", b"g", b"L", b"K"
# Of these the size counts for nothing, as in the readers that unpack images: what follows is the next header.
_NO_CONTENT: Final = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))
_METAS: Final = frozenset((_PAX, _PAX_OF_ALL, _LONG_NAME, _LONG_LINK))
_LINKS: Final = frozenset((_LINK, _SYMLINK))
_DEVICES: Final = frozenset((b"3", b"4"))
_NO_DEVICE: Final = (0, 0)
_MOST_OWNERS: Final = 4096  # that are remembered
_KNOWN: Final = _NO_CONTENT | {b"0", b"\0", b"7", _SPARSE}
_CAPABILITY: Final = b"SCHILY.xattr.security.capability"  # as Go, star and GNU tar write it
_USED: Final = frozenset((b"path", b"linkpath", b"size", b"uid", b"gid", _CAPABILITY))
_BEHIND: Final = "has data behind its end that belongs to nothing"


class Body:
    """The content of one entry, to be read before the next one is asked for."""

    __slots__ = ("_feed", "left")

    def __init__(self, feed: Feed, size: int) -> None:
        self._feed: Feed | None = feed
        self.left = size

    def read(self, count: int) -> bytes:
        """At least one byte, at most so many; b"" at the end. Raises Damaged, and ValueError when it is too late to read."""
        if self._feed is None:
            raise ValueError("the content of an entry can be read until the next one is asked for")
        if not self.left:
            return b""
        data = self._feed.some(min(count, self.left))
        if not data and count:
            raise Damaged(CUT)
        self.left -= len(data)
        return data

    def close(self) -> None:
        self._feed = None


class Member(NamedTuple):
    """`name` and `link` are as they stand there; `kind` is the type flag. `stored` is the number of bytes from `offset` on in the tar,
    `size` that of the content, which for a sparse file is more.
    """

    name: bytes
    kind: bytes
    mode: int
    uid: int
    gid: int
    size: int
    link: bytes
    device: tuple[int, int]
    offset: int
    stored: int
    read: Read
    capability: bytes  # the extended attribute security.capability, b"" nearly always


class _Meta(NamedTuple):
    """What stands in front of a header and is about it."""

    pax: dict[bytes, bytes] | None = None
    map: tuple[int, ...] = ()  # of a sparse file in pax 0.0: offsets and lengths in turn
    long_name: bytes | None = None
    long_link: bytes | None = None


_NOTHING: Final = _Meta()


def is_header(block: bytes) -> bool:
    """By its checksum: v7 has no other mark."""
    if len(block) < BLOCK:
        return False
    field = block[148:156]
    try:
        wanted = _number(field)
    except Damaged:
        return False
    # An Adler sum's lower half is the sum of the bytes, modulo a number that 256 of them cannot reach: it takes a tenth of the time.
    total = (adler32(block[:256]) & 0xFFFF) + (adler32(block[256:]) & 0xFFFF) - 2 - sum(field) + 8 * 0x20
    # Some old programs added up signed bytes.
    return wanted == total or wanted == total - 256 * sum(byte > 127 for byte in block[:148] + block[156:])


def members(feed: Feed, budget: Budget, *, end_mark: bool) -> Iterator[Member]:
    """The entries in order; reads the stream to its end. With `end_mark` an archive without one is cut short. Raises Damaged."""
    meta, name = _NOTHING, b""
    owners = _Owners()
    try:
        while block := feed.upto(BLOCK):
            if block == _ZEROS[: len(block)]:
                break
            if not is_header(block):
                raise Damaged(f"{CUT}: no header of an entry where one should be")
            name, owner, length, kind, link, magic, device, prefix = _HEADER.unpack(block)
            name, size = name.partition(b"\0")[0], _number(length)
            budget.entry()
            if kind in _METAS:
                meta = _with(meta, kind, _content(feed, size))
                continue
            if kind not in _KNOWN:
                raise Damaged(f"is of an unknown type ({kind!r})")
            if prefix[0] and magic[:6] == b"ustar\0":
                name = prefix.partition(b"\0")[0] + b"/" + name
            link = link.partition(b"\0")[0] if kind in _LINKS else b""
            stored = 0 if kind in _NO_CONTENT else size
            body = Body(feed, stored)
            member = Member(
                name,
                kind,
                *owners.of(owner),
                stored,
                link,
                (_number(device[:8]), _number(device[8:])) if kind in _DEVICES else _NO_DEVICE,
                feed.position,
                stored,
                body.read,
                b"",
            )
            if meta is not _NOTHING or kind == _SPARSE:
                member = _told(member, body, block, meta, feed, budget)
                meta = _NOTHING
            name = member.name
            yield member
            feed.skip(body.left + -member.stored % BLOCK)
            body.close()
            name = b""
        else:
            if end_mark:
                raise Damaged(f"{CUT}: it has no end mark")
        if meta is not _NOTHING:
            raise Damaged(f"{CUT}: a header about an entry that is not there")
    except Damaged as error:
        raise error if error.inner or not name else error.within(shown(name)) from None
    while rest := feed.some(MIB):
        budget.poll()
        if rest.count(0) != len(rest):
            raise Damaged(_BEHIND)


def shown(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


class _Owners:
    """Mode, user and group of the few combinations that an archive has."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[int, int, int]] = {}

    def of(self, fields: bytes) -> tuple[int, int, int]:
        known = self._known.get(fields)
        if known is None:
            if len(self._known) >= _MOST_OWNERS:
                self._known.clear()
            known = self._known[fields] = (_number(fields[:8]), _number(fields[8:16]), _number(fields[16:]))
        return known


def _told(member: Member, body: Body, block: bytes, meta: _Meta, feed: Feed, budget: Budget) -> Member:
    """The member with what stands in front of its header, or is a map behind it."""
    pax = meta.pax or {}
    for long, key in ((meta.long_name, b"path"), (meta.long_link, b"linkpath")):
        if long is not None and pax.get(key, long) != long:
            raise Damaged("has two names that differ")
    name = pax.get(b"path", member.name) if meta.long_name is None else meta.long_name
    link = pax.get(b"linkpath", member.link) if meta.long_link is None else meta.long_link
    if member.kind not in _LINKS:
        link = b""
    if b"\0" in name or b"\0" in link:
        raise Damaged("has a name with a NUL in it").within(shown(name))
    stored = _decimal(pax[b"size"]) if b"size" in pax and member.kind not in _NO_CONTENT else member.stored
    size = body.left = stored
    read: Read = body.read
    offset = member.offset
    if member.kind == _SPARSE or any(key.startswith(b"GNU.sparse.") for key in pax):
        if member.kind in _NO_CONTENT:
            raise Damaged(_NO_MAP)
        name = pax.get(b"GNU.sparse.name", name)
        pieces, size = _old_map(block, feed, stored) if member.kind == _SPARSE else _pax_map(pax, meta.map, body)
        budget.hole(size - sum(length for _, length in pieces))
        read = _Sparse(body, pieces, size, budget).read
        offset = feed.position
    return member._replace(
        name=name,
        uid=_decimal(pax[b"uid"]) if b"uid" in pax else member.uid,
        gid=_decimal(pax[b"gid"]) if b"gid" in pax else member.gid,
        size=size,
        link=link,
        offset=offset,
        stored=stored,
        read=read,
        capability=pax.get(_CAPABILITY, b""),
    )


def _with(meta: _Meta, kind: bytes, content: bytes) -> _Meta:
    if kind == _PAX:
        if meta.pax is not None:
            raise Damaged("has two pax headers for one entry")
        pax, sparse_map = _records(content)
        return meta._replace(pax=pax, map=sparse_map)
    if kind == _PAX_OF_ALL:
        pax, sparse_map = _records(content)
        if pax or sparse_map:
            raise Damaged("sets names or sizes for all entries behind it, which readers of tar do not agree on")
        return meta
    text = content.rstrip(b"\0")
    if kind == _LONG_NAME:
        if meta.long_name is not None:
            raise Damaged("has two long names for one entry")
        return meta._replace(long_name=text)
    if meta.long_link is not None:
        raise Damaged("has two long link names for one entry")
    return meta._replace(long_link=text)


def _content(feed: Feed, size: int) -> bytes:
    if size > _MOST_META:
        raise Damaged(f"has a header of {size} bytes, and at most {_MOST_META} are read")
    return feed.exactly(size + -size % BLOCK)[:size]


def _records(data: bytes) -> tuple[dict[bytes, bytes], tuple[int, ...]]:
    """The records that matter here of a pax header, each `LENGTH KEY=VALUE` and a line feed; the length counts all of them."""
    records: dict[bytes, bytes] = {}
    sparse_map: list[int] = []
    at = 0
    while at < len(data) and data[at]:
        blank = data.find(b" ", at, at + 20)
        end = at + _decimal(data[at:blank] if blank > 0 else b"")
        key, equals, value = data[blank + 1 : end - 1].partition(b"=")
        if end <= blank or data[end - 1 : end] != b"\n" or not equals:
            raise Damaged(f"{CUT}: a pax header that is none")
        if key in (b"GNU.sparse.offset", b"GNU.sparse.numbytes"):
            if (key == b"GNU.sparse.numbytes") != len(sparse_map) % 2:
                raise Damaged(_NO_MAP)
            sparse_map.append(_decimal(value))
        elif (key in _USED or key.startswith(b"GNU.sparse.")) and records.setdefault(key, value) != value:
            raise Damaged("has two values for one key of its pax header")
        at = end
    return {key: value for key, value in records.items() if value}, tuple(sparse_map)


# Sparse files: only what is not a hole stands in the archive.

_NO_MAP: Final = f"{CUT}: a sparse file without a usable map"
_Pieces = list[tuple[int, int]]  # where in the file, how many bytes


def _old_map(block: bytes, feed: Feed, stored: int) -> tuple[_Pieces, int]:
    """GNU's first format: four pieces in the header, 21 in each block behind it."""
    size = _number(block[483:495])
    numbers, more = _numbers(block[386:482]), block[482]
    while more:
        if len(numbers) > _MOST_META // 4:
            raise Damaged(_NO_MAP)
        block = feed.exactly(BLOCK)
        numbers += _numbers(block[:504])
        more = block[504]
    return _checked(tuple(numbers), size, stored), size


def _numbers(fields: bytes) -> list[int]:
    """Up to the first that is not there."""
    found = []
    for at in range(0, len(fields), 12):
        if not fields[at]:
            break
        found.append(_number(fields[at : at + 12]))
    return found


def _pax_map(pax: dict[bytes, bytes], listed: tuple[int, ...], body: Body) -> tuple[_Pieces, int]:
    """Versions 0.0 (in repeated records), 0.1 (in one record) and 1.0 (in front of the content)."""
    size = _decimal(pax.get(b"GNU.sparse.realsize") or pax.get(b"GNU.sparse.size") or b"")
    if pax.get(b"GNU.sparse.major", b"0") == b"1":
        return _checked(_map_in_front(body), size, body.left), size
    if b"GNU.sparse.map" in pax:
        listed = tuple(_decimal(number) for number in pax[b"GNU.sparse.map"].split(b","))
    if not listed and _decimal(pax.get(b"GNU.sparse.numblocks", b"0")):
        raise Damaged(_NO_MAP)
    return _checked(listed, size, body.left), size


def _map_in_front(body: Body) -> tuple[int, ...]:
    """Decimal numbers, a line each: how many pieces, then where and how long each is; the block is filled up."""
    numbers: list[int] = []
    wanted, rest = 1, b""
    while len(numbers) < wanted:
        block = gather(body.read, BLOCK)
        if len(block) < BLOCK or len(numbers) > _MOST_META // 4:
            raise Damaged(_NO_MAP)
        *lines, rest = (rest + block).split(b"\n")
        numbers += [_decimal(line) for line in lines[: wanted - len(numbers)]]
        if wanted == 1 and numbers:
            wanted = 1 + 2 * numbers[0]
            numbers += [_decimal(line) for line in lines[1:wanted]]
    return tuple(numbers[1:])


def _checked(numbers: tuple[int, ...], size: int, stored: int) -> _Pieces:
    """Raises Damaged for pieces that overlap, or do not make up what is stored."""
    pieces = list(zip(numbers[::2], numbers[1::2], strict=False))
    at = 0
    for start, length in pieces:
        if start < at or start + length > size:
            raise Damaged(_NO_MAP)
        at = start + length
    if len(numbers) % 2 or sum(length for _, length in pieces) != stored:
        raise Damaged(_NO_MAP)
    return pieces


class _Sparse:
    """The content with its holes."""

    __slots__ = ("_at", "_body", "_budget", "_pieces", "_size")

    def __init__(self, body: Body, pieces: _Pieces, size: int, budget: Budget) -> None:
        self._body = body
        self._pieces = pieces[::-1]
        self._size = size
        self._budget = budget
        self._at = 0

    def read(self, count: int) -> bytes:
        while self._pieces and not self._pieces[-1][1]:
            self._pieces.pop()
        start, length = self._pieces[-1] if self._pieces else (self._size, 0)
        if self._at < start:
            data = _HOLE[: min(count, start - self._at)]
            self._budget.poll()
        else:
            data = self._body.read(min(count, length))
            if self._pieces:
                self._pieces[-1] = (start + len(data), length - len(data))
        self._at += len(data)
        return data


def _number(field: bytes) -> int:
    """Octal digits with blanks and NULs around them, or where these are not enough the number itself, marked by its first bit."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise Damaged(f"{CUT}: a negative number in a header")
        return _bounded(int.from_bytes(field, "big") & ~(0x80 << 8 * (len(field) - 1)))
    digits = field.strip(b" \0").partition(b"\0")[0]
    if not digits:
        return 0
    try:
        return int(digits, 8) if digits.isdigit() else int("")
    except ValueError:
        raise Damaged(f"{CUT}: no number where a header should have one") from None


def _decimal(text: bytes) -> int:
    if not text.isdigit() or len(text) > 20:
        raise Damaged(f"{CUT}: no number where a header should have one")
    return _bounded(int(text))


def _bounded(number: int) -> int:
    if number > _MOST:
        raise Damaged(f"{CUT}: a number in a header that is out of range")
    return number
