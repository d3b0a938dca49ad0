"""Scans the contents of files for secrets while the next ones are read: one thread reads layers, others scan, or hand on to processes.

What waits to be scanned is bounded, whatever the sizes of the files: small ones go in batches, large ones in pieces.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import NamedTuple, Protocol

from gates.core.deadline import Deadline
from gates.detect.scan import BLOCK, Match, Scanner
from gates.image.inspecting import packed
from gates.image.inspecting.packed import Inside

_MOST_LANES = 3  # each worker is a process, and holds tens of megabytes
_WORTH_A_PROCESS = 32 << 20  # bytes after which workers are worth their start
_BATCH = 64  # files
_HELD = 2 << 20  # bytes of a batch, and one file more
_PIECE = 1 << 20  # bytes of a large file that are passed on at a time
_PIECES = 4  # that wait

Read = Callable[[int], bytes]  # up to so many bytes, b"" at the end


class Digests(NamedTuple):
    """Of a file's whole content, in the ways in which package managers keep them."""

    md5: bytes
    sha1: bytes
    sha256: bytes


class Hit(NamedTuple):
    """`digests` is None for a file too large to be held. `layer` is the number that the lanes were told. `inner` is where it lies in an
    archive, "!a/b", and "" in no archive; the digests are then the archive's.
    """

    path: str
    match: Match
    digests: Digests | None
    layer: int = 0
    inner: str = ""


class Closed(NamedTuple):
    """An archive that was not opened, or not read to its end, or what lies in one."""

    path: str
    reason: str
    layer: int


class Seen(NamedTuple):
    hits: list[Hit]
    closed: list[Closed]


class Large(Protocol):
    """A file that is read in pieces."""

    def read(self, count: int) -> bytes: ...
    def drain(self) -> None: ...


class Work(NamedTuple):
    """Small files of a layer, or a large one."""

    layer: int
    content: Sequence[tuple[str, bytes]] | tuple[str, Large]


Scan = Callable[[Iterator[Work]], Seen]  # takes all of it


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


class Lanes:
    """For use in a `with`; one thread calls its methods. A lane that breaks down goes on taking work, so that nobody waits for it, and
    what broke it is raised by the next call.

    The first lane scans in this process. Others join it once there is much to do, each with a `worker`; the interpreter lets one thread
    at a time weigh what the matching engine found, so threads would hardly be quicker.
    """

    def __init__(self, new_scanner: Callable[[], Scanner], deadline: Deadline, worker: Scan | None = None, lanes: int = 0) -> None:
        lanes = lanes or min(_MOST_LANES, os.cpu_count() or 1)
        scanner = new_scanner()
        self.layer = 0  # whose files come next
        self._work: queue.Queue[Work | None] = queue.Queue(lanes)
        self._batch: list[tuple[str, bytes]] = []
        self._held = 0
        self._taken = 0
        self._seen = Seen([], [])
        self._failures: list[BaseException] = []
        self._threads = [self._thread(lambda works: scanned(scanner, works, deadline))]
        self._waiting = [self._thread(worker) for _ in range(1, lanes)] if worker else []

    def __enter__(self) -> Lanes:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self._failures.append(error)  # what still waits is not worth scanning
        self._end()

    def put(self, path: str, data: bytes) -> None:
        self._batch.append((path, data))
        self._held += len(data)
        if self._held > _HELD or len(self._batch) >= _BATCH:
            self._send()

    def stream(self, path: str, head: bytes, read: Read) -> int:
        """Scans what was read of a file and the rest of it; how many bytes that rest has."""
        pipe = _Pipe()
        self._give((path, pipe), len(head))
        size = 0
        try:
            pipe.put(head)
            while piece := read(_PIECE):
                size += len(piece)
                pipe.put(piece)
        finally:
            pipe.put(b"")
        self._taken += size
        return size

    def begin(self, layer: int) -> None:
        """Whose files come next."""
        self._send()
        self.layer = layer

    def finish(self) -> Seen:
        """Everything that was found, in an order that does not depend on which lane was quicker. Nothing can be put afterwards."""
        self._send()
        self._end()
        self._raise()
        hits, closed = self._seen
        return Seen(
            sorted(hits, key=lambda hit: (hit.layer, hit.path, hit.inner, hit.match.start, hit.match.end, hit.match.family.id)),
            sorted(closed, key=lambda each: (each.layer, each.path, each.reason)),
        )

    def _send(self) -> None:
        if self._batch:
            self._give(self._batch, self._held)
        self._batch, self._held = [], 0

    def _give(self, content: Sequence[tuple[str, bytes]] | tuple[str, Large], size: int) -> None:
        self._raise()
        if self._waiting and self._taken > _WORTH_A_PROCESS:
            for thread in self._waiting:
                thread.start()
            self._threads += self._waiting
            self._waiting = []
        self._taken += size
        self._work.put(Work(self.layer, content))

    def _raise(self) -> None:
        if self._failures:
            raise self._failures[0]

    def _end(self) -> None:
        for _ in self._threads:
            self._work.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _thread(self, scan: Scan) -> threading.Thread:
        return threading.Thread(target=self._lane, args=(scan,), daemon=True)

    def _lane(self, scan: Scan) -> None:
        works = self._works()
        try:
            seen = scan(works)
            self._seen.hits.extend(seen.hits)
            self._seen.closed.extend(seen.closed)
        except BaseException as error:
            self._failures.append(error)
        for _ in works:
            pass

    def _works(self) -> Iterator[Work]:
        while (work := self._work.get()) is not None:
            if not self._failures:
                yield work
            if isinstance(work.content, tuple):
                work.content[1].drain()


def scanned(scanner: Scanner, works: Iterator[Work], deadline: Deadline) -> Seen:
    """Raises GateUnavailable once the deadline has passed."""
    seen = Seen([], [])
    for layer, content in works:
        if isinstance(content, tuple):
            path, large = content
            inside, data = packed.streamed(scanner, path, large.read, deadline)
            _keep(seen, layer, path, inside, data)
            continue
        found = packed.scanned(scanner, [data for _, data in content])
        for index, (path, data) in enumerate(content):
            _keep(seen, layer, path, packed.looked_into(scanner, path, data, found.get(index, ()), deadline), data)
    return seen


def _keep(seen: Seen, layer: int, path: str, inside: Inside, data: bytes) -> None:
    """`data` is b"" for a file that was not held."""
    digests = digests_of(data) if inside.matches and data else None
    seen.hits.extend(Hit(path, match, digests, layer, inner) for inner, match in inside.matches)
    seen.closed.extend(Closed(path + inner, reason, layer) for inner, reason in inside.closed)


def digests_of(data: bytes) -> Digests:
    """For comparing with what package managers wrote down, never for trust."""
    md5, sha1 = hashlib.md5(data, usedforsecurity=False), hashlib.sha1(data, usedforsecurity=False)
    return Digests(md5.digest(), sha1.digest(), hashlib.sha256(data).digest())


LARGEST_HELD = BLOCK  # bytes of a file that is given to `put`; larger ones are for `stream`
