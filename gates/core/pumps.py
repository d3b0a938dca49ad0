"""The pipes of a program where they cannot be waited for together (Windows): a thread for each."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import IO

_BLOCK = 64 << 10
_PAUSE = 0.1  # seconds between two looks at whether the reader has gone
_LAST_WAIT = 5.0  # seconds for a thread to notice that its pipe is dead

_Event = tuple[int, bytes]


class Pumps:
    """The interface is core/process's; blocks wait in a short queue, so that a slow reader slows the program down."""

    def __init__(self, process: subprocess.Popen[bytes], feed: Iterator[bytes] | None) -> None:
        self._events: Queue[_Event | BaseException] = Queue(16)
        self._rest: _Event | None = None
        self._closed = False
        self._threads: list[threading.Thread] = []
        if process.stdout is not None and process.stderr is not None:
            self._go(self._pump, process.stdout.fileno(), 1)
            self._go(self._pump, process.stderr.fileno(), 2)
        if process.stdin is not None and feed is not None:
            self._go(self._write, process.stdin, feed)

    def next(self, size: int, seconds: float) -> _Event | None:
        event: _Event | BaseException | None = self._rest
        self._rest = None
        if event is None:
            try:
                event = self._events.get(timeout=seconds)
            except Empty:
                return None
        if isinstance(event, BaseException):
            raise event
        pipe, block = event
        if len(block) > size:
            self._rest = pipe, block[size:]
        return pipe, block[:size]

    def close(self) -> None:
        self._closed = True
        for thread in self._threads:
            thread.join(_LAST_WAIT)

    def _go(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _put(self, event: _Event | BaseException) -> None:
        while not self._closed:
            with suppress(Full):
                self._events.put(event, timeout=_PAUSE)
                break

    def _pump(self, descriptor: int, pipe: int) -> None:
        block = b"first"
        while block and not self._closed:
            try:
                block = os.read(descriptor, _BLOCK)
            except OSError:
                block = b""
            self._put((pipe, block))

    def _write(self, stdin: IO[bytes], feed: Iterator[bytes]) -> None:
        try:
            for block in feed:
                rest = memoryview(block)
                while rest and not self._closed:
                    rest = rest[stdin.write(rest) :]
            stdin.close()
        except OSError:
            pass  # it wants no more input; its status says why
        except BaseException as error:  # carried over to the thread that reads
            self._put(error)
