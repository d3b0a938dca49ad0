"""An npm registry on the loopback interface: it speaks HTTP/1.1, knows a few advisories, and fails in the ways that registries do.

It answers with all advisories of a name, whatever versions are asked about, so that only the client's own matching can tell them apart.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

BULK = "/-/npm/v1/security/advisories/bulk"

Fault = Literal[
    "",
    "401",
    "404",
    "405",
    "410",
    "500",
    "html",  # a web page with status 200
    "error",  # an error object with status 200
    "list",
    "empty",  # {}
    "nothing",  # no body
    "truncated",  # the connection ends before the body does
    "half",  # half of the JSON, with a length that fits
    "silent",  # no answer at all
    "bare gzip",  # packed, without the header that says so
    "fields",  # advisories without the fields that decide
    "huge",
    "redirect",
    "no canary",
    "wrong canary",  # advisories of the canary that speak of other versions
    "stranger",  # advisories of a name that was not asked about
    "twice",  # one name twice
]


class Request(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: Any  # parsed, for a POST


def advisory(number: int, ghsa: str, name: str, range_: str, severity: str | None = "high", title: str = "", **more: Any) -> dict[str, Any]:
    """As the bulk endpoint writes it."""
    return {
        "id": number,
        "url": f"https://github.com/advisories/{ghsa}",
        "title": title or f"something is wrong with {name}",
        "severity": severity,
        "vulnerable_versions": range_,
        "cwe": ["CWE-1321"],
        "cvss": {"score": 7.4, "vectorString": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H"},
        **more,
    }


# Those of real packages have the ids, severities and ranges of the published advisories; the others show one form of range each.
LODASH = (
    advisory(1, "GHSA-35jh-r3h4-6jhm", "lodash", "<4.17.21", "high", "command injection"),
    advisory(2, "GHSA-p6mc-m468-83gw", "lodash", ">=3.7.0 <4.17.19", "high", "prototype pollution"),
    advisory(3, "GHSA-29mw-wpgm-hmr9", "lodash", ">=4.0.0 <4.17.21", "moderate", "regular expression denial of service"),
)
KNOWN: dict[str, Sequence[dict[str, Any]]] = {
    "lodash": LODASH,
    "minimist": (
        advisory(4, "GHSA-vh95-rmgr-6w4m", "minimist", "<0.2.1", "moderate"),
        advisory(5, "GHSA-vh95-rmgr-6w4m", "minimist", ">=1.0.0 <1.2.3", "moderate"),
        advisory(6, "GHSA-xvch-5gv4-984h", "minimist", "<0.2.4", "critical"),
        advisory(7, "GHSA-xvch-5gv4-984h", "minimist", ">=1.0.0 <1.2.6", "critical"),
    ),
    "qs": (advisory(8, "GHSA-hrpp-h998-j3pp", "qs", ">=6.5.0 <6.5.3 || >=6.7.0 <6.7.3", "high"),),
    "@babel/traverse": (advisory(9, "GHSA-67hx-6x53-jw92", "@babel/traverse", "<7.23.2", "critical"),),
    "ua-parser-js": (advisory(10, "GHSA-pjwm-rvh2-c87w", "ua-parser-js", "=0.7.29 || =0.8.0 || =1.0.0", "critical"),),
    "left-only": (advisory(11, "GHSA-aaaa-bbbb-cccc", "left-only", "<=2.0.0", "low"),),
    "ever-bad": (advisory(12, "GHSA-dddd-eeee-ffff", "ever-bad", "*", "critical"),),
    "above": (advisory(13, "GHSA-gggg-hhhh-iiii", "above", ">1.0.0", "moderate"),),
    "caret": (advisory(14, "GHSA-jjjj-kkkk-llll", "caret", "^2.1.0", "high"),),
    "tilde": (advisory(15, "GHSA-mmmm-nnnn-oooo", "tilde", "~2.1.0", "high"),),
    "hyphen": (advisory(16, "GHSA-pppp-qqqq-rrrr", "hyphen", "1.0.0 - 1.5.0", "info"),),
    "wild": (advisory(17, "GHSA-ssss-tttt-uuuu", "wild", "2.x", "high"),),
}


class Double:
    """`with Double() as registry`: its address is `registry.url`, what it was asked is in `registry.requests`.

    With `packuments` it also serves the little that `npm audit` wants to know of a vulnerable package; otherwise those are 404.
    """

    def __init__(
        self,
        known: Mapping[str, Sequence[Mapping[str, Any]]] = KNOWN,
        *,
        fault: Fault = "",
        packuments: bool = False,
        elsewhere: str = "",  # where "redirect" leads
        token: str = "",  # demanded of every request
    ) -> None:
        self.known = known
        self.fault = fault
        self.packuments = packuments
        self.elsewhere = elsewhere
        self.token = token
        self.requests: list[Request] = []
        self._closing = Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.double = self
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]

    def wait(self, seconds: float) -> None:
        """Returns early when the double is closed."""
        self._closing.wait(seconds)

    def __enter__(self) -> Double:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection open holds nothing up
    double: Double

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 30
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        double = self._noted(None)
        name = unquote(self.path.lstrip("/"))
        if not double.packuments or name not in double.known:
            self._send(404, b'{"error":"not found"}')
            return
        versions = {number: {"name": name, "version": number} for number in ("0.0.8", "1.2.0", "4.17.15", "99.0.0")}
        self._send(200, json.dumps({"name": name, "dist-tags": {"latest": "99.0.0"}, "versions": versions}).encode())

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        asked = json.loads(content)
        double = self._noted(asked)
        if double.token and self.headers.get("Authorization") != double.token:
            self._send(401, b'{"error":"unauthorized"}')
        elif self.path.partition("?")[0].endswith(BULK):
            self._bulk(double, asked)
        else:
            self._send(404, b'{"error":"not found"}')

    def _noted(self, body: Any) -> Double:
        double = self.server.double
        double.requests.append(Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        return double

    def _bulk(self, double: Double, asked: Mapping[str, Sequence[str]]) -> None:
        answer: dict[str, Any] = {name: list(double.known[name]) for name in asked if name in double.known}
        fault = double.fault
        if fault.isdigit():
            self._send(int(fault), json.dumps({"error": "no", "message": f"status {fault}"}).encode())
        elif fault == "html":
            self._send(200, b"<!DOCTYPE html><title>Sign in</title>", "text/html")
        elif fault == "redirect":
            self._send(307, b"", location=double.elsewhere + BULK)
        elif fault == "silent":
            double.wait(60)
            self.close_connection = True
        elif fault == "huge":
            self._huge()
        elif fault == "truncated":
            self._send(200, json.dumps(answer).encode(), announced=1000)
        elif fault == "half":
            whole = json.dumps(answer).encode()
            self._send(200, whole[: len(whole) // 2])
        elif fault == "nothing":
            self._send(200, b"")
        elif fault == "twice":
            one = json.dumps(answer)[1:-1]
            self._send(200, f"{{{one},{one}}}".encode())
        elif fault == "bare gzip":
            self._send(200, gzip.compress(json.dumps(answer).encode()))
        else:
            content = json.dumps(_altered(answer, fault)).encode()
            packed = "gzip" in self.headers.get("Accept-Encoding", "")
            self._send(200, gzip.compress(content) if packed else content, encoding="gzip" if packed else "")

    def _huge(self) -> None:
        """Blanks without end, until the client has had enough."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(4096):
                self.wfile.write(b" " * (1 << 20))
        except OSError:
            pass

    def _send(
        self, status: int, content: bytes, kind: str = "application/json", *, encoding: str = "", location: str = "", announced: int = 0
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) + announced))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = self.close_connection or bool(announced)


def _altered(answer: dict[str, Any], fault: Fault) -> object:
    if fault == "error":
        return {"error": "audit is switched off", "code": "E_NO_AUDIT"}
    if fault == "list":
        return [answer]
    if fault == "empty":
        return {}
    if fault == "fields":
        return {name: [{key: one[key] for key in ("id", "url", "title")} for one in items] for name, items in answer.items()}
    if fault == "no canary":
        return {name: items for name, items in answer.items() if name != "lodash"}
    if fault == "wrong canary":
        return {**answer, "lodash": [advisory(1, "GHSA-35jh-r3h4-6jhm", "lodash", "<1.0.0")]}
    if fault == "stranger":
        return {**answer, "nobody-asked": [advisory(99, "GHSA-35jh-r3h4-6jhm", "nobody-asked", "*")]}
    return answer
