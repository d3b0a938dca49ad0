"""Serves advisories on this machine in the way of the OSV service, so that outside programs can be asked about a database of ours.

The interface: https://google.github.io/osv.dev/api/ — POST /v1/query, POST /v1/querybatch, GET /v1/vulns/ID.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Lock, Thread
from typing import Any, Final
from urllib.parse import unquote

Record = Mapping[str, object]
# (ecosystem, canonical name, version) -> the records that speak of it, withdrawn ones included or not. It is called from several threads.
Lookup = Callable[[str, str, str], Sequence[Record]]
Find = Callable[[str], Record | None]  # by id

BODY_LIMIT: Final = 8 << 20  # bytes of one question
BATCH_LIMIT: Final = 1000  # questions of one batch, as the service has it
CONNECTIONS: Final = 16  # served side by side; more of them wait
WAITING: Final = 64  # connections open at a time; more of them are closed at once
IDLE: Final = 60.0  # seconds after which a silent connection is closed


def matching(records: Callable[[str, str], Sequence[Record]], matches: Callable[[Record, str, str, str], bool]) -> Lookup:
    """A lookup that takes the records of (ecosystem, name) and keeps those for which `matches(record, ecosystem, name, version)`."""

    def lookup(ecosystem: str, name: str, version: str) -> Sequence[Record]:
        return [record for record in records(ecosystem, name) if matches(record, ecosystem, name, version)]

    return lookup


class OsvServer:
    """Listens from the start of the `with` block to its end, on the loopback interface alone; then its threads are gone.

    A lookup that raises is answered with status 500 and kept in `failure`: a client may not tell why it got no answer.
    """

    def __init__(self, lookup: Lookup, find: Find | None = None) -> None:
        self._server = _Server(lookup, find)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="gates-osv", daemon=True)

    @property
    def url(self) -> str:
        """The base address, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def failure(self) -> Exception | None:
        """The first exception, of a lookup or of the server itself."""
        return self._server.failure

    def __enter__(self) -> OsvServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.end()


class _Server(HTTPServer):
    allow_reuse_address = False  # on Windows it would let another program take the port
    request_queue_size = WAITING

    def __init__(self, lookup: Lookup, find: Find | None) -> None:
        self.lookup = lookup
        self.find = find
        self.failure: Exception | None = None
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="gates-osv")
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # The inherited one asks the name service who 127.0.0.1 is, which can take seconds.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def failed(self, error: Exception) -> None:
        with self._lock:
            self.failure = self.failure or error

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            if len(self._open) < WAITING:
                self._open.add(request)
                self._pool.submit(self._serve, request, client_address)
                return
        self.shutdown_request(request)

    def _serve(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:
            pass  # the client went away, or kept silent for too long
        except Exception as error:
            self.failed(error)
        finally:
            with self._lock:
                self._open.discard(request)
            self.shutdown_request(request)

    def end(self) -> None:
        self.server_close()
        with self._lock:
            for request in self._open:
                with suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)
        self._pool.shutdown(cancel_futures=True)
        for request in self._open:  # those whose turn had not come
            request.close()


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "gates"
    sys_version = ""
    timeout = IDLE
    # Head and body leave in one packet, and at once: otherwise each answer waits 40 ms for the acknowledgement of the last.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self.path == "/v1/query":
            self._answer(lambda: self._query(_parsed(body)))
        elif self.path == "/v1/querybatch":
            self._answer(lambda: self._batch(_parsed(body)))
        else:
            self._send(404, json.dumps({"code": 5, "message": "Not Found"}))

    def do_GET(self) -> None:
        prefix = "/v1/vulns/"
        if self.path.startswith(prefix):
            self._answer(lambda: self._record(unquote(self.path[len(prefix) :])))
        else:
            self._send(404, json.dumps({"code": 5, "message": "Not Found"}))

    def _answer(self, work: Callable[[], object]) -> None:
        status = 200
        try:
            content = json.dumps(work())
        except _Refused as refusal:
            status, content = refusal.status, json.dumps({"code": 3 if refusal.status == 400 else 5, "message": refusal.message})
        except Exception as error:
            # Whatever it is must not read as an answer without advisories. Who runs the client asks for it.
            self.server.failed(error)
            status, content = 500, json.dumps({"code": 13, "message": "internal error"})
        self._send(status, content)

    def _query(self, question: object) -> object:
        records = self.server.lookup(*_asked(question))
        return {"vulns": list(records)} if records else {}

    def _batch(self, questions: object) -> object:
        asked = questions.get("queries") if isinstance(questions, dict) else None
        if not isinstance(asked, list) or len(asked) > BATCH_LIMIT:
            raise _Refused(400, f"queries must be a list of at most {BATCH_LIMIT}")
        return {"results": [self._short(question) for question in asked]}

    def _short(self, question: object) -> object:
        records = self.server.lookup(*_asked(question))
        if not records:
            return {}
        return {"vulns": [{key: record[key] for key in ("id", "modified") if key in record} for record in records]}

    def _record(self, identifier: str) -> object:
        record = self.server.find(identifier) if self.server.find else None
        if record is None:
            raise _Refused(404, "Bug not found.")
        return record

    def _body(self) -> bytes | None:
        """None where the request was refused: with a body that is not read, the connection cannot go on."""
        length = self.headers.get("Content-Length", "")
        known = length.isascii() and length.isdigit() and len(length) <= 12 and "Transfer-Encoding" not in self.headers
        if not known or int(length) > BODY_LIMIT:
            self.close_connection = True
            self._send(413, json.dumps({"code": 3, "message": f"a body of known length is needed, at most {BODY_LIMIT} bytes"}))
            return None
        return self.rfile.read(int(length))

    def _send(self, status: int, document: str) -> None:
        content = document.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: standard error belongs to the reports."""


def _parsed(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        raise _Refused(400, "the body is not JSON") from None
    return parsed


def _asked(question: object) -> tuple[str, str, str]:
    """Only what can be answered in full: neither purl nor commit, and no page but the first."""
    package = question.get("package") if isinstance(question, dict) else None
    if not isinstance(question, dict) or not isinstance(package, dict) or question.get("page_token"):
        raise _Refused(400, "a question is made of package, with name and ecosystem, and version")
    asked = package.get("ecosystem"), package.get("name"), question.get("version")
    if not all(isinstance(part, str) and part for part in asked):
        raise _Refused(400, "name, ecosystem and version must be text")
    return asked  # type: ignore[return-value]  # each was just seen to be text
