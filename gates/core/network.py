"""JSON over HTTPS: an answer that can be believed, or one line that says why there is none.

Standard library alone. Certificates are always checked, redirects are never followed, and the proxy is the one that the caller names:
no variable of the environment has a say.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import zlib
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from threading import Event, Thread
from time import sleep
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from gates import __version__
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError

ANSWER_LIMIT: Final = 256 << 20  # bytes of one answer, unpacked
ATTEMPTS: Final = 3
PAUSES: Final = (0.4, 1.6)  # seconds before the second and the third attempt
LONGEST_PAUSE: Final = 10.0  # seconds that a source may ask for by Retry-After
_POLL: Final = 0.1  # seconds between two looks at the deadline while an answer is awaited
_BLOCK: Final = 64 << 10
_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_OK: Final = frozenset({200})

Method = Literal["GET", "PUT", "POST", "PATCH", "DELETE"]


class Network(NamedTuple):
    """`proxy` is http://[user:password@]host:port or "" for none. `ca_bundle` is a PEM file whose certificates are trusted besides those
    of the system. `timeout` is how many seconds a source may be silent.
    """

    proxy: str = ""
    ca_bundle: str = ""
    offline: bool = False
    timeout: float = 15.0


class Reply(NamedTuple):
    """`headers` have their names in lower case. `document` is what the body holds, None where there is no body."""

    status: int
    headers: Mapping[str, str]
    document: object


class Unreachable(GateUnavailable):
    """A source did not give an answer that can be used. The message is one line and holds no address beyond host and port."""


class _Passing(Exception):
    """A failure that may be over at the next attempt. `wait` is how many seconds the source asked for, 0 where it did not."""

    def __init__(self, cause: str, wait: float = 0.0) -> None:
        super().__init__(cause)
        self.cause = cause
        self.wait = wait


class _Final(Exception):
    """A failure that another attempt would only repeat."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def post_json(
    url: str,
    body: object,
    network: Network,
    deadline: Deadline,
    *,
    headers: Mapping[str, str] = _NO_HEADERS,
    compress: bool = False,
) -> object:
    """The parsed answer to one POST; what it holds is for the caller to judge. With `compress` the body is sent gzipped.

    Raises GateUnavailable where there is no answer, or none that is JSON, and UsageError where the address is wrong.
    """
    with Client(network) as client:
        return client.post_json(url, body, deadline, headers=headers, compress=compress)


def checked_address(url: str, what: str) -> str:
    """The address without a slash at its end. Raises UsageError unless it is https, or http on this machine; `what` names the setting."""
    _split(url, what)
    return url.rstrip("/")


def place(url: str) -> str:
    """Host and port of an address, for messages and reports: user, password, path and query stay out."""
    try:
        return _Place.of(urlsplit(url)).shown
    except ValueError:
        return "an address that cannot be read"


def proxy_address(text: str) -> str:
    """The proxy of a policy as programs are told it: http://[user:password@]host:port. Raises UsageError."""
    return _proxy(text).geturl().rstrip("/")


def is_loopback(host: str) -> bool:
    """By the text alone; no name is resolved."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Client:
    """Keeps the connection to the last source open for the next question. For one thread; leave the `with` block to close it."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._tls: ssl.SSLContext | None = None
        self._open: tuple[_Place, http.client.HTTPConnection] | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def post_json(
        self, url: str, body: object, deadline: Deadline, *, headers: Mapping[str, str] = _NO_HEADERS, compress: bool = False
    ) -> object:
        """As the function of that name."""
        return self._sent("POST", url, body, deadline, headers, _OK, ATTEMPTS, compress=compress, bare=False).document

    def ask(
        self,
        method: Method,
        url: str,
        deadline: Deadline,
        *,
        body: object = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        given_back: Container[int] = _OK,
    ) -> Reply:
        """One request of any kind; None is no body. An answer whose status is in `given_back` is for the caller to judge, and may have no
        body; any other status is a failure. A redirect is always one.

        What reads is tried three times. What writes is sent once, on a connection of its own: whether a write that got no answer was done
        is not known. Raises as `post_json` does.
        """
        writes = method != "GET"
        if writes:
            self._hang_up()
        return self._sent(method, url, body, deadline, headers, given_back, 1 if writes else ATTEMPTS, bare=True)

    def _sent(
        self,
        method: Method,
        url: str,
        body: object,
        deadline: Deadline,
        headers: Mapping[str, str],
        given_back: Container[int],
        attempts: int,
        *,
        compress: bool = False,
        bare: bool,
    ) -> Reply:
        address = _split(url, "the address")
        place = _Place.of(address)
        if self._network.offline:
            raise Unreachable(f"{place.shown} was not asked: the run is offline; run without --offline")
        content = None if bare and body is None else json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
        fields = _headers(address, headers)
        if content is None:
            fields.pop("Content-Type", None)
        elif compress:
            content, fields["Content-Encoding"] = _gzip(content), "gzip"
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        return self._attempts(place, _Request(method, target, content, fields, given_back, attempts, bare), deadline)

    def _attempts(self, place: _Place, request: _Request, deadline: Deadline) -> Reply:
        for attempt in range(1, request.attempts + 1):
            if deadline.passed():
                raise Unreachable(f"{place.shown}: the gate's time is over before it answered; raise --timeout")
            try:
                return self._exchange(place, request, deadline)
            except _Final as failure:
                self._hang_up()
                raise Unreachable(f"{place.shown} {failure.cause}") from None
            except _Passing as failure:
                self._hang_up()
                if deadline.passed():
                    raise Unreachable(f"{place.shown} {failure.cause}, and the gate's time is over; raise --timeout") from None
                if attempt == request.attempts:
                    way_out = "try again later, or check the address and [network] proxy in the policy"
                    tried = f" ({attempt} attempts)" if attempt > 1 else ""
                    raise Unreachable(f"{place.shown} {failure.cause}{tried}; {way_out}") from None
                sleep(min(max(PAUSES[attempt - 1], failure.wait), deadline.remaining()))
        raise AssertionError("the last attempt returns or raises")

    def _exchange(self, place: _Place, request: _Request, deadline: Deadline) -> Reply:
        connection = self._connection(place, deadline)
        with _Watch(connection, deadline) as watch, _told(place, self._network):
            if connection.sock is None:
                connection.connect()
            watch.socket = connection.sock  # an answer that ends with the connection outlives it in there
            connection.request(request.method, request.target, request.content, dict(request.headers))
            answer = connection.getresponse()
            _judge_status(answer, place, request.given_back)
            packed = _read(answer)
        if answer.will_close:
            self._hang_up()
        plain = packed if request.bare and not packed else _unpacked(packed, answer.getheader("Content-Encoding", ""))
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, fields, None if request.bare and not plain.strip() else _parsed(plain))

    def _connection(self, place: _Place, deadline: Deadline) -> http.client.HTTPConnection:
        timeout = max(0.01, min(self._network.timeout, deadline.remaining()))
        if self._open is not None and self._open[0] == place:
            connection = self._open[1]
            connection.timeout = timeout
            if connection.sock is not None:
                connection.sock.settimeout(timeout)
            return connection
        self._hang_up()
        if not place.secure:  # this machine alone, where no proxy stands between
            connection = http.client.HTTPConnection(place.host, place.port, timeout=timeout)
        elif self._network.proxy:
            proxy = _proxy(self._network.proxy)
            connection = http.client.HTTPSConnection(proxy.hostname or "", proxy.port or 80, timeout=timeout, context=self._trust())
            connection.set_tunnel(place.host, place.port, _credentials(proxy, "Proxy-Authorization"))
        else:
            connection = http.client.HTTPSConnection(place.host, place.port, timeout=timeout, context=self._trust())
        self._open = place, connection
        return connection

    def _trust(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = trust(self._network.ca_bundle)
        return self._tls

    def _hang_up(self) -> None:
        if self._open is not None:
            with suppress(OSError):
                self._open[1].close()
            self._open = None


class _Request(NamedTuple):
    """`bare`: request and answer may come without a body."""

    method: Method
    target: str
    content: bytes | None
    headers: Mapping[str, str]
    given_back: Container[int]
    attempts: int
    bare: bool


class _Place(NamedTuple):
    secure: bool
    host: str
    port: int

    @staticmethod
    def of(address: SplitResult) -> _Place:
        """Raises ValueError."""
        secure = address.scheme == "https"
        return _Place(secure, address.hostname or "", address.port or (443 if secure else 80))

    @property
    def shown(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def trust(ca_bundle: str) -> ssl.SSLContext:
    """Raises UsageError for a bundle that cannot be read."""
    context = ssl.create_default_context()
    if ca_bundle:
        try:
            context.load_verify_locations(cafile=ca_bundle)
        except OSError as error:  # ssl.SSLError, for a file that holds no certificate, is one too
            reason = "holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else f"cannot be read: {error.strerror}"
            raise UsageError(f"[network] ca_bundle {reason}; name a PEM file", ca_bundle) from None
    return context


def _split(url: str, what: str) -> SplitResult:
    """Raises UsageError, with nothing of the address in it but its host: the rest may hold a token."""
    if not url.isascii() or any(letter <= " " or letter == "\x7f" for letter in url):
        raise UsageError(f"{what} holds a space or a letter that no address has; write it as https://host/path")
    try:
        address = urlsplit(url)
        place = _Place.of(address)
    except ValueError:
        raise UsageError(f"{what} is no address; write it as https://host/path") from None
    if address.scheme not in ("https", "http") or not place.host:
        raise UsageError(f"{what} is no address; write it as https://host/path")
    if not place.secure and not is_loopback(place.host):
        raise UsageError(f"{what} on {place.shown} is not https; an answer over plain http can be forged by anyone on the way")
    return address


def _proxy(text: str) -> SplitResult:
    try:
        proxy = urlsplit(text if "://" in text else f"http://{text}")
        valid = proxy.scheme == "http" and bool(proxy.hostname) and proxy.port != 0 and proxy.path in ("", "/")
    except ValueError:
        valid = False
    if not valid:
        raise UsageError("[network] proxy is no address of a proxy that is spoken to over http; write it as http://host:port")
    return proxy


def _headers(address: SplitResult, headers: Mapping[str, str]) -> dict[str, str]:
    fixed = {
        "User-Agent": f"gates/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Content-Type": "application/json",
    }
    known = {name.lower() for name in headers}
    login = {} if "authorization" in known else _credentials(address, "Authorization")
    if not all(value.isascii() and value.isprintable() for value in headers.values()):
        raise UsageError("a header for the source holds a character that no header may; check its token")
    return {**{name: value for name, value in fixed.items() if name.lower() not in known}, **login, **headers}


def _credentials(address: SplitResult, header: str) -> dict[str, str]:
    if address.username is None and address.password is None:
        return {}
    pair = f"{unquote(address.username or '')}:{unquote(address.password or '')}"
    return {header: "Basic " + base64.b64encode(pair.encode()).decode()}


class _Watch:
    """Cuts the connection at the deadline: the time-out of a socket starts anew with each byte, and does not hear of a cancelled run."""

    def __init__(self, connection: http.client.HTTPConnection, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._done = Event()
        self._thread = Thread(target=self._watch, name="gates-deadline", daemon=True)
        self.socket: socket.socket | None = connection.sock

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(min(_POLL, self._deadline.remaining() + 0.001)):
            opened = self.socket or self._connection.sock
            if self._deadline.passed() and opened is not None:
                with suppress(OSError):
                    # Not the method of a TLS socket, which would take the layer away from under the thread that reads.
                    socket.socket.shutdown(opened, socket.SHUT_RDWR)
                return


@contextmanager
def _told(place: _Place, network: Network) -> Iterator[None]:
    """Turns whatever goes wrong on the way into a cause, without the text of the exception: that may hold what was sent."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise _Final(f"shows a certificate that is not trusted: {error.verify_message}; set [network] ca_bundle in the policy") from error
    except ssl.SSLError as error:
        raise _Passing(f"failed to agree on TLS ({(error.reason or 'no reason given').lower().replace('_', ' ')})") from error
    except TimeoutError as error:
        raise _Passing(f"did not answer within {network.timeout:g} s") from error
    except ConnectionRefusedError as error:
        raise _Passing("refused the connection" if not (place.secure and network.proxy) else _by_proxy(network, "refused")) from error
    except (ConnectionError, http.client.IncompleteRead) as error:
        raise _Passing("broke the connection off") from error
    except http.client.HTTPException as error:
        raise _Passing("does not speak HTTP") from error
    except UnicodeError as error:  # the name has a part that no host's name may have
        raise _Final("is no name of a host; check the address") from error
    except OSError as error:
        raise _os_failure(error, place, network) from error


def _os_failure(error: OSError, place: _Place, network: Network) -> _Passing:
    if isinstance(error, socket.gaierror):
        through = place.secure and network.proxy
        return _Passing("cannot be found by its name" if not through else _by_proxy(network, "cannot be found by its name"))
    if str(error).startswith("Tunnel connection failed"):
        return _Passing(_by_proxy(network, "did not let the connection through"))
    return _Passing(f"cannot be reached: {error.strerror or 'the connection failed'}")


def _by_proxy(network: Network, what: str) -> str:
    return f"cannot be reached: the proxy {_Place.of(_proxy(network.proxy)).shown} {what}"


def _judge_status(answer: http.client.HTTPResponse, place: _Place, given_back: Container[int]) -> None:
    status = answer.status
    if status in _REDIRECTS:
        raise _Final(f"sends us on to {_redirected(answer, place)}, which is not followed; name the final address")
    if status in given_back:
        return
    if status in _TRY_AGAIN or status >= 500:
        raise _Passing(f"failed with status {status}", _retry_after(answer))
    if status in (401, 403, 407):
        raise _Final(f"does not let us in (status {status}); check the credentials for it")
    raise _Final(f"does not offer this service (status {status}); check its address")


def _redirected(answer: http.client.HTTPResponse, place: _Place) -> str:
    try:
        host = urlsplit(answer.getheader("Location", "")).hostname or place.host
    except ValueError:
        return "another address"
    return f"{host[:100]!r}" if host != place.host else "another path"


def _retry_after(answer: http.client.HTTPResponse) -> float:
    text = answer.getheader("Retry-After", "").strip()
    return min(float(text), LONGEST_PAUSE) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0


def _read(answer: http.client.HTTPResponse) -> bytes:
    blocks: list[bytes] = []
    size = 0
    while block := answer.read(_BLOCK):
        size += len(block)
        if size > ANSWER_LIMIT:
            raise _Final(f"answered with more than {ANSWER_LIMIT >> 20} MiB")
        blocks.append(block)
    # http.client tells an answer that ends early by an exception only when it is read in one piece.
    if answer.length:
        raise _Passing("broke its answer off")
    return b"".join(blocks)


def _unpacked(content: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return content
    if encoding not in ("gzip", "x-gzip"):
        raise _Final("answered in an encoding that was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(content, ANSWER_LIMIT + 1)
    except zlib.error:
        raise _Final("answered with gzip that cannot be unpacked") from None
    if len(plain) > ANSWER_LIMIT:
        raise _Final(f"answered with more than {ANSWER_LIMIT >> 20} MiB")
    if not unpacker.eof:
        raise _Passing("broke its answer off")
    if unpacker.unused_data:
        raise _Final("answered with gzip that something follows")
    return plain


def _gzip(content: bytes) -> bytes:
    import gzip

    return gzip.compress(content, mtime=0)


def _parsed(content: bytes) -> object:
    """Stricter than the module's own reading: no key twice, and no number that JSON does not have."""
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_refused)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        start = content.lstrip()[:1]
        what = "a web page" if start == b"<" else "something that is not JSON" if content.strip() else "nothing"
        raise _Final(f"answered with {what} instead of JSON; check its address, or what stands between") from None


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key twice")
    return table


def _refused(constant: str) -> object:
    raise ValueError(constant)
