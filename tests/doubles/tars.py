"""Tar, gzip and zstd, the same bytes each time: what layers and archives of images are written with."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import IO, Final, Literal, NamedTuple

Compression = Literal["", "gzip", "zstd"]
TIME: Final = 1793491200  # seconds since 1970, of every entry: 2026-11-01

_BLOCK: Final = 128 << 10  # the most that one zstd block may hold
_MIB: Final = 1 << 20


class File(NamedTuple):
    """One entry. `target` is where a link leads to; `repeat` writes `data` that many times, without holding it; `device` is major and
    minor. `pax` are extended headers, for instance "SCHILY.xattr.security.capability".
    """

    data: bytes = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    kind: bytes = tarfile.REGTYPE
    target: str = ""
    repeat: int = 1
    device: tuple[int, int] = (0, 0)
    pax: Mapping[str, str] = {}


def folder(mode: int = 0o755, uid: int = 0, gid: int = 0) -> File:
    return File(mode=mode, uid=uid, gid=gid, kind=tarfile.DIRTYPE)


def link(target: str) -> File:
    return File(mode=0o777, kind=tarfile.SYMTYPE, target=target)


def hard_link(target: str) -> File:
    return File(kind=tarfile.LNKTYPE, target=target)


def device(major: int = 1, minor: int = 1, *, block: bool = False) -> File:
    return File(mode=0o660, kind=tarfile.BLKTYPE if block else tarfile.CHRTYPE, device=(major, minor))


Entry = tuple[str, File]


def with_folders(entries: Iterable[Entry]) -> Iterator[Entry]:
    """A folder ahead of the first entry in it, as builders write them; names that leave the tree get none."""
    seen: set[str] = set()
    for name, file in entries:
        if not name.startswith("/") and ".." not in name.split("/"):
            for parent in reversed(PurePosixPath(name).parents[:-1]):
                if str(parent) not in seen:
                    seen.add(str(parent))
                    yield str(parent), folder()
        seen.add(name)
        yield name, file


def write_tar(out: IO[bytes], entries: Iterable[Entry]) -> None:
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, file in entries:
            info = tarfile.TarInfo(name)
            info.mode, info.uid, info.gid, info.mtime = file.mode, file.uid, file.gid, TIME
            info.type, info.linkname = file.kind, file.target
            info.devmajor, info.devminor = file.device
            info.pax_headers = dict(file.pax)
            info.size = len(file.data) * file.repeat if file.kind == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(file.data) if file.repeat == 1 else _Repeated(file.data, info.size))


def tar(entries: Iterable[Entry]) -> bytes:
    out = io.BytesIO()
    write_tar(out, entries)
    return out.getvalue()


class _Repeated(io.RawIOBase):
    """`data` over and over, `size` bytes of it; the caller asks for less than a MiB at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self.length = len(data) * max(1, _MIB // len(data))
        self.piece = data * (2 * self.length // len(data))  # twice, so that a read which passes its end is one slice too
        self.left = size
        self.at = 0

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.left, self.length)
        found = self.piece[self.at : self.at + size]
        self.at = (self.at + size) % self.length
        self.left -= size
        return found


def compressed(data: bytes, how: Compression) -> bytes:
    match how:
        case "gzip":
            return gzipped(data)
        case "zstd":
            return zstandard(data)
        case "":
            return data


def gzipped(data: bytes) -> bytes:
    """RFC 1952. The same bytes for the same build of zlib: no time, no name, no operating system in the header."""
    packer = zlib.compressobj(wbits=-15)
    body = packer.compress(data) + packer.flush()
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def zstandard(data: bytes) -> bytes:
    """RFC 8878, a frame of raw blocks: every reader must know them, and writing them needs no library."""
    pieces = [data[at : at + _BLOCK] for at in range(0, len(data), _BLOCK)] or [b""]
    blocks = [_block(0, len(piece), last=piece is pieces[-1]) + piece for piece in pieces]
    return zstd_frame() + b"".join(blocks)


def zstd_frame(window: int = 7) -> bytes:
    """The head of a frame that does not tell its size, with a window of 2 to the power of 10 + `window` bytes; 31 asks for 2 TiB."""
    return struct.pack("<IBB", 0xFD2FB528, 0, window << 3)


def _block(kind: int, size: int, *, last: bool) -> bytes:
    return struct.pack("<I", last | kind << 1 | size << 3)[:3]


def bomb(name: str, size: int, how: Literal["gzip", "zstd"]) -> tuple[bytes, bytes, int]:
    """A tar with one file of `size` zeros, a multiple of 64 MiB, in a few kB: compressed, and what comes before the zeros and the number
    of zeros in the plain tar, for whoever wants its digest.
    """
    unit = 64 * _MIB
    if size <= 0 or size % unit:
        raise ValueError("the size of a bomb is a multiple of 64 MiB")
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, TIME
    head = info.tobuf(tarfile.USTAR_FORMAT)
    tail = 2 * tarfile.BLOCKSIZE
    if how == "gzip":
        return gzipped(head) + gzipped(bytes(unit)) * (size // unit) + gzipped(bytes(tail)), head, size + tail
    zeros = _block(1, _BLOCK, last=False) + b"\0"
    packed = zstd_frame() + _block(0, len(head), last=False) + head + zeros * (size // _BLOCK) + _block(1, tail, last=True) + b"\0"
    return packed, head, size + tail
