"""Decompression in pieces of bounded size, whatever the data say: gzip, bzip2, xz, and the methods of zip."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Final, Protocol

from gates.detect.archives.limits import BEHIND, CUT, MIB, Budget, Damaged, Read

_CHUNK: Final = 16 << 10  # bytes read at a time; what is left of it is copied where one compressed stream follows another
_OUT: Final = MIB  # bytes made at a time
_MEMORY: Final = 128 * MIB  # for the dictionary of xz, twice what its highest level takes; a header may ask for 4 GiB


class Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Zlib:
    """zlib's decompressor in the form that those of bz2 and lzma have."""

    __slots__ = ("_zlib",)

    def __init__(self, window: int) -> None:
        self._zlib = zlib.decompressobj(window)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


NEW: Final[dict[str, Callable[[], Decompressor]]] = {
    "deflate": lambda: _Zlib(-15),
    "gzip": lambda: _Zlib(31),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, _MEMORY),
}


class Unpacked:
    """What a compressed stream holds. With `several`, one stream may follow another, with NULs between and behind them; without, nothing
    may follow.
    """

    __slots__ = ("_budget", "_new", "_over", "_read", "_rest", "_several", "_stream")

    def __init__(self, name: str, read: Read, budget: Budget, *, several: bool) -> None:
        self._new = NEW[name]
        self._stream = self._new()
        self._read = read
        self._rest = b""
        self._budget = budget
        self._several = several
        self._over = False

    def read(self, count: int) -> bytes:
        """Raises Damaged and Spent."""
        while not self._over:
            self._budget.poll()
            if self._stream.eof:
                self._go_on()
                continue
            hungry = self._stream.needs_input
            data = (self._rest or self._read(_CHUNK)) if hungry else b""
            if hungry:
                self._rest = b""
            if out := self._decompressed(data, min(count, _OUT)):
                self._budget.took(len(out))
                return out
            if hungry and not data and not self._stream.eof:
                raise Damaged(CUT)
        return b""

    def _decompressed(self, data: bytes, most: int) -> bytes:
        try:
            return self._stream.decompress(data, most)
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:  # bz2 raises OSError
            raise Damaged(f"cannot be decompressed to its end: {error}") from error

    def _go_on(self) -> None:
        """To the stream behind the one that has ended, if there is one."""
        rest = self._stream.unused_data
        if not self._several:
            if rest or self._read(1):
                raise Damaged(BEHIND)
            self._over = True
            return
        while not (rest := rest.lstrip(b"\0")):
            self._budget.poll()
            rest = self._read(_CHUNK)
            if not rest:
                self._over = True
                return
        self._budget.member()
        self._rest = rest
        self._stream = self._new()
