"""A loopback server whose answers may be wrong in every way that a service, or what stands before it, can be."""

from __future__ import annotations

import gzip
import socket
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, Literal, NamedTuple

Fault = Literal[
    "",
    "drop",  # the connection ends in the middle of the answer
    "silent",  # it ends before there is one
    "404",
    "410",
    "500",
    "429",
    "html",
    "slow",  # no answer until the client gives up
    "drip",  # one byte now and then, so that no pause is long
    "truncated",  # half a document, and the length says so
    "empty",  # {} whatever was asked
    "long-length",  # more is announced than comes
    "short-length",
    "gzip",  # gzipped, and no header says so
    "redirect",
    "noise",  # no HTTP at all
]


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes


class Double:
    """`answer` is overridden. The fault strikes the first `times` requests. `asked` holds what was understood, in order.

    `elsewhere` is where the fault "redirect" sends to.
    """

    def __init__(self, fault: Fault = "", times: int = 1_000_000, tls: ssl.SSLContext | None = None) -> None:
        self.fault = fault
        self.times = times
        self.asked: list[Asked] = []
        self.elsewhere = "https://elsewhere.example.invalid/v1/query?token=sesame"
        self.tls = tls
        self.over = Event()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.double = self

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def answer(self, asked: Asked) -> tuple[int, bytes] | tuple[int, bytes, *tuple[str, ...]]:
        """Status and JSON, and header fields if there are any."""
        raise NotImplementedError

    def fault_for(self, asked: Asked) -> Fault:
        """Called when `asked` is the last of the requests."""
        return self.fault if len(self.asked) <= self.times else ""

    def start(self) -> None:
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def stop(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    double: Double


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 30
    server: _Server

    def handle(self) -> None:
        with suppress(OSError, ssl.SSLError):
            if self.server.double.tls:
                self._encrypt()
            while self._one():
                pass

    def _encrypt(self) -> None:
        tls = self.server.double.tls
        assert tls
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")

    def _one(self) -> bool:
        """One request; whether another may follow."""
        double = self.server.double
        line = self.rfile.readline().decode("latin-1").split()
        if len(line) != 3:
            return False
        headers: dict[str, str] = {}
        while (field := self.rfile.readline().decode("latin-1").strip()) != "":
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        asked = Asked(line[0], line[1], headers, self.rfile.read(int(headers.get("content-length", "0"))))
        if asked.method == "CONNECT":
            return self._tunnel(asked)
        double.asked.append(asked)
        fault = double.fault_for(asked)
        return self._faulty(fault, asked) if fault else self._send(*double.answer(asked))

    def _tunnel(self, asked: Asked) -> bool:
        """Refused, but by the double that plays a proxy."""
        return self._send(405, b"{}")

    def _send(self, status: int, content: bytes, *fields: str, length: int | None = None) -> bool:
        head = [
            f"HTTP/1.1 {status} Whatever",
            "Content-Type: application/json",
            f"Content-Length: {len(content) if length is None else length}",
        ]
        self.wfile.write("\r\n".join([*head, *fields, "", ""]).encode() + content)
        self.wfile.flush()
        return True

    def _faulty(self, fault: Fault, asked: Asked) -> bool:
        double = self.server.double
        _, good, *_ = double.answer(asked)
        again = False
        if fault == "drop":
            self._send(200, good[: len(good) // 2], length=len(good))
        elif fault in ("404", "410", "500", "429"):
            again = self._send(int(fault), b'{"code": 5, "message": "no"}')
        elif fault == "html":
            again = self._send(200, b"<!DOCTYPE html><title>Sign in</title>")
        elif fault == "slow":
            double.over.wait(20)
        elif fault == "drip":
            self._drip(good)
        elif fault == "truncated":
            again = self._send(200, good[:-1])
        elif fault == "empty":
            again = self._send(200, b"{}")
        elif fault == "long-length":
            self._send(200, good, length=len(good) + 10)
        elif fault == "short-length":
            again = self._send(200, good, length=len(good) - 1)
        elif fault == "gzip":
            again = self._send(200, gzip.compress(good))
        elif fault == "redirect":
            again = self._send(302, b"", f"Location: {double.elsewhere}")
        elif fault == "noise":
            self.wfile.write(b"220 mail.example.invalid ESMTP\r\n")
            self.wfile.flush()
        return again

    def _drip(self, content: bytes) -> None:
        self._send(200, b"", "Connection: close", length=len(content))
        for place in range(len(content)):
            self.wfile.write(content[place : place + 1])
            self.wfile.flush()
            if self.server.double.over.wait(0.05):
                return


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that refuses connections, and that nobody else can take meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
