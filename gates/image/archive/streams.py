"""Streams of bytes: decompression in pieces of bounded size, and digests of what passes.

gzip is RFC 1952, zstd RFC 8878; both allow several streams one behind the other, and lazily pulled images (eStargz, zstd:chunked) are
made of hundreds.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from collections.abc import Callable
from typing import IO, Any, Final, Protocol, cast

from gates.core.errors import GateUnavailable
from gates.image.archive.limits import KIB, Budget, Damaged, Read

CHUNK: Final = 256 * KIB  # bytes made at a time
_IN: Final = 64 * KIB  # bytes read at a time: what is left of them is copied where one stream follows another
_WINDOW_LOG: Final = 27  # of zstd: 128 MiB, the most its own tools take without being told to
MARK: Final = 6  # bytes at the start that tell how something is compressed

_FOREIGN: Final = ((b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"\x04\x22\x4d\x18", "lz4"), (b"PK\x03\x04", "zip"))


def compression(head: bytes) -> str:
    """How something that starts so is compressed, "" where it is not."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"(\xb5/\xfd") or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):  # the second: a frame to be skipped
        return "zstd"
    return next((name for mark, name in _FOREIGN if head.startswith(mark)), "")


def unpacked(kind: str, read: Read, packed: int, budget: Budget) -> Read:
    """What a compressed stream of `packed` bytes holds; reads `read` to its end. The reader raises Damaged, also where the limits end it.

    Raises GateUnavailable where what it takes to unpack it is not installed, Damaged for a kind that no image has.
    """
    if kind == "gzip":
        return _Frames(_Zlib, read, packed, budget).read
    if kind != "zstd":
        raise Damaged(f"is compressed with {kind}, and images are compressed with gzip or zstd")
    if sys.version_info >= (3, 14):
        from compression import zstd

        options = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
        return _Frames(lambda: zstd.ZstdDecompressor(options=options), read, packed, budget).read
    return _Zstandard(read, packed, budget).read


class Decompressor(Protocol):
    """The form that those of the standard library have. One of them takes one stream of several."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class _Zlib:
    __slots__ = ("_zlib",)

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(31)  # with the header and the checksum of gzip

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        tail = self._zlib.unconsumed_tail
        return self._zlib.decompress(tail + data if tail else data, max_length)


class _Frames:
    """Streams one behind the other, with NULs between and behind them; anything else behind one is damage."""

    __slots__ = ("_budget", "_made", "_new", "_over", "_packed", "_read", "_rest", "_stream")

    def __init__(self, new: Callable[[], Decompressor], read: Read, packed: int, budget: Budget) -> None:
        self._new = new
        self._stream = new()
        self._read = read
        self._rest = b""
        self._packed = packed
        self._budget = budget
        self._made = 0
        self._over = False

    def read(self, count: int) -> bytes:
        while not self._over:
            if self._stream.eof:
                self._go_on()
                continue
            hungry = self._stream.needs_input
            data = (self._rest or self._read(_IN)) if hungry else b""
            if hungry:
                self._rest = b""
            out = self._decompressed(data, min(count, CHUNK))
            self._made += len(out)
            self._budget.expanded(self._packed, self._made)
            if out:
                return out
            if hungry and not data and not self._stream.eof:
                raise Damaged("ends within its compressed data: it is cut short")
        return b""

    def _decompressed(self, data: bytes, most: int) -> bytes:
        try:
            return self._stream.decompress(data, most)
        except (zlib.error, EOFError, ValueError) as error:
            raise Damaged(f"cannot be decompressed: {error}") from error
        except Exception as error:
            # compression.zstd has an error of its own, derived from Exception and importable on Python 3.14 alone.
            if type(error).__name__ != "ZstdError":
                raise
            raise Damaged(f"cannot be decompressed: {error}") from error

    def _go_on(self) -> None:
        rest = self._stream.unused_data
        while not (rest := rest.lstrip(b"\0")):
            rest = self._read(_IN)
            if not rest:
                self._over = True
                return
        self._rest = rest
        self._stream = self._new()


class _Source:
    """A reader in the form that `zstandard` takes."""

    __slots__ = ("read",)

    def __init__(self, read: Read) -> None:
        self.read = read


class _Zstandard:
    """zstd with the package `zstandard`. It takes a stream that is cut short for one that has ended: the digest of the layer, and in a
    whole archive the tar's end mark, tell.
    """

    __slots__ = ("_budget", "_error", "_made", "_packed", "_reader")

    def __init__(self, read: Read, packed: int, budget: Budget) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise GateUnavailable("a layer is compressed with zstd, and the package for it is missing; install gates[image]") from error
        self._reader: Any = zstandard.ZstdDecompressor(max_window_size=1 << _WINDOW_LOG).stream_reader(
            cast(IO[bytes], _Source(read)), read_size=_IN, read_across_frames=True
        )
        self._error = zstandard.ZstdError
        self._packed = packed
        self._budget = budget
        self._made = 0

    def read(self, count: int) -> bytes:
        try:
            out: bytes = self._reader.read(min(count, CHUNK))
        except self._error as error:
            raise Damaged(f"cannot be decompressed: {error}") from error
        self._made += len(out)
        self._budget.expanded(self._packed, self._made)
        return out


class Digesting:
    """Passes bytes on and knows how many there were and, with an algorithm, their digest."""

    __slots__ = ("_hash", "_read", "algorithm", "size")

    def __init__(self, read: Read, algorithm: str = "") -> None:
        self._read = read
        self.algorithm = algorithm
        self._hash = hashlib.new(algorithm, usedforsecurity=False) if algorithm else None
        self.size = 0

    def read(self, count: int) -> bytes:
        data = self._read(count)
        self.size += len(data)
        if self._hash:
            self._hash.update(data)
        return data

    def digest(self) -> str:
        """As images write it, "sha256:…"; "" without an algorithm."""
        return f"{self.algorithm}:{self._hash.hexdigest()}" if self._hash else ""


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


class Feed:
    """A stream that is taken from the front in exact pieces. `jump` skips so many bytes of it where that need not be done by reading."""

    __slots__ = ("_at", "_before", "_buffer", "_chunk", "_jump", "_read")

    def __init__(self, read: Read, chunk: int = CHUNK, jump: Callable[[int], None] | None = None) -> None:
        self._read = read
        self._chunk = chunk
        self._jump = jump
        self._buffer = b""
        self._at = 0
        self._before = 0  # bytes of the stream in front of the buffer

    @property
    def position(self) -> int:
        return self._before + self._at

    def upto(self, count: int) -> bytes:
        """So many bytes, fewer only at the end."""
        at = self._at
        data = self._buffer[at : at + count]
        self._at = at + len(data)
        if len(data) == count:
            return data
        parts, missing = [data], count - len(data)
        while missing and self._next():
            data = self._buffer[:missing]
            self._at = len(data)
            missing -= len(data)
            parts.append(data)
        return b"".join(parts)

    def exactly(self, count: int) -> bytes:
        data = self.upto(count)
        if len(data) < count:
            raise Damaged(CUT)
        return data

    def some(self, count: int) -> bytes:
        """At least one byte, at most so many; b"" at the end."""
        at = self._at
        if at == len(self._buffer):
            if not self._next():
                return b""
            at = 0
        if not at and count >= len(self._buffer):
            self._at = len(self._buffer)
            return self._buffer
        data = self._buffer[at : at + count]
        self._at = at + len(data)
        return data

    def skip(self, count: int) -> None:
        """With `jump` the end may be passed without notice: what is taken next is then too short."""
        left = len(self._buffer) - self._at
        if count <= left:
            self._at += count
            return
        count -= left
        self._at += left
        if self._jump:
            self._before += len(self._buffer) + count
            self._buffer, self._at = b"", 0
            self._jump(count)
            return
        while count:
            if not self._next():
                raise Damaged(CUT)
            self._at = min(count, len(self._buffer))
            count -= self._at

    def _next(self) -> bool:
        self._before += len(self._buffer)
        self._buffer = self._read(self._chunk)
        self._at = 0
        return bool(self._buffer)


CUT: Final = "is cut short or damaged"
