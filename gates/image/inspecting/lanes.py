"""Scans the contents of files for secrets while the next ones are read: one thread reads layers, others scan.

What waits to be scanned is bounded, whatever the sizes of the files: small ones go in batches, large ones in pieces.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple

from gates.detect.scan import BLOCK, Match, Scanner, Suspect, can_be_joined

_MOST_LANES = 4
_BATCH = 64  # files
_HELD = 2 << 20  # bytes of a batch, and one file more
_SMALL = 64 << 10  # bytes up to which files are looked at together
_PIECE = 1 << 20  # bytes of a large file that are passed on at a time
_PIECES = 4  # that wait

Read = Callable[[int], bytes]  # up to so many bytes, b"" at the end


class Digests(NamedTuple):
    """Of a file's whole content, in the ways in which package managers keep them."""

    md5: bytes
    sha1: bytes
    sha256: bytes


class Hit(NamedTuple):
    """`digests` is None for a file too large to be held."""

    path: str
    match: Match
    digests: Digests | None


class _Pipe:
    """A large file on its way from the thread that reads it to one that scans it."""

    def __init__(self) -> None:
        self._pieces: queue.Queue[bytes] = queue.Queue(_PIECES)
        self._rest = b""
        self._ended = False

    def put(self, piece: bytes) -> None:
        """b"" is the end."""
        self._pieces.put(piece)

    def read(self, count: int) -> bytes:
        if not self._rest and not self._ended:
            self._rest = self._pieces.get()
            self._ended = not self._rest
        data, self._rest = self._rest[:count], self._rest[count:]
        return data

    def drain(self) -> None:
        while self.read(_PIECE):
            pass


_Work = list[tuple[str, bytes]] | tuple[str, _Pipe]


class Lanes:
    """For use in a `with`; one thread calls its methods. A lane that breaks down goes on taking work, so that nobody waits for it, and
    what broke it is raised by the next call.
    """

    def __init__(self, new_scanner: Callable[[], Scanner], lanes: int = 0) -> None:
        lanes = lanes or min(_MOST_LANES, os.cpu_count() or 1)
        scanners = [new_scanner() for _ in range(lanes)]
        self._work: queue.Queue[_Work | None] = queue.Queue(lanes)
        self._batch: list[tuple[str, bytes]] = []
        self._held = 0
        self._hits: list[Hit] = []
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._lane, args=(scanner,), daemon=True) for scanner in scanners]

    def __enter__(self) -> Lanes:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self._failures.append(error)  # what still waits is not worth scanning
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()

    def put(self, path: str, data: bytes) -> None:
        self._batch.append((path, data))
        self._held += len(data)
        if self._held > _HELD or len(self._batch) >= _BATCH:
            self._send()

    def stream(self, path: str, head: bytes, read: Read) -> int:
        """Scans what was read of a file and the rest of it; how many bytes that rest has."""
        self._raise()
        pipe = _Pipe()
        self._work.put((path, pipe))
        size = 0
        try:
            pipe.put(head)
            while piece := read(_PIECE):
                size += len(piece)
                pipe.put(piece)
        finally:
            pipe.put(b"")
        return size

    def settled(self) -> list[Hit]:
        """Everything found since the last call, in an order that does not depend on which lane was quicker."""
        if self._batch:
            self._send()
        self._work.join()
        self._raise()
        hits, self._hits = self._hits, []
        return sorted(hits, key=lambda hit: (hit.path, hit.match.start, hit.match.end, hit.match.family.id))

    def _send(self) -> None:
        self._raise()
        self._work.put(self._batch)
        self._batch, self._held = [], 0

    def _raise(self) -> None:
        if self._failures:
            raise self._failures[0]

    def _lane(self, scanner: Scanner) -> None:
        while (work := self._work.get()) is not None:
            try:
                if not self._failures:
                    self._hits += _scan_batch(scanner, work) if isinstance(work, list) else _scan_stream(scanner, *work)
            except BaseException as error:
                self._failures.append(error)
            finally:
                if isinstance(work, tuple):
                    work[1].drain()
                self._work.task_done()


def _scan_batch(scanner: Scanner, batch: Sequence[tuple[str, bytes]]) -> list[Hit]:
    """Small files are looked at together first: most hold nothing, and a look costs more than their few bytes."""
    small = [each for each in batch if len(each[1]) <= _SMALL and can_be_joined(each[1])]
    suspects = scanner.suspects([data for _, data in small])
    hits = [hit for index, suspect in suspects.items() for hit in _hits(scanner, *small[index], suspect)]
    for path, data in batch:
        if len(data) > _SMALL or not can_be_joined(data):
            alone = scanner.suspects([data]) if can_be_joined(data) else {0: Suspect()}
            hits += _hits(scanner, path, data, alone[0]) if alone else []
    return hits


def _hits(scanner: Scanner, path: str, data: bytes, suspect: Suspect) -> list[Hit]:
    matches = scanner.scan(data, suspect)
    digests = digests_of(data) if matches else None
    return [Hit(path, match, digests) for match in matches]


def _scan_stream(scanner: Scanner, path: str, pipe: _Pipe) -> list[Hit]:
    return [Hit(path, match, None) for match in scanner.stream(pipe.read)]


def digests_of(data: bytes) -> Digests:
    """For comparing with what package managers wrote down, never for trust."""
    md5, sha1 = hashlib.md5(data, usedforsecurity=False), hashlib.sha1(data, usedforsecurity=False)
    return Digests(md5.digest(), sha1.digest(), hashlib.sha256(data).digest())


LARGEST_HELD = BLOCK  # bytes of a file that is given to `put`; larger ones are for `stream`
