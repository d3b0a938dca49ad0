from __future__ import annotations

import gzip
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core import network
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.core.network import Client, Network, checked_address, is_loopback, place, post_json, proxy_address
from tests.doubles.http import Asked, Double, Fault, closed_port
from tests.doubles.index import Authority, ProxyDouble

SECRET = "s3cr3t-t0k3n"
PLAIN = Network(timeout=5)


class Echo(Double):
    """Answers with what it was sent; a body that is packed is unpacked."""

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        return 200, gzip.decompress(asked.body) if asked.headers.get("content-encoding") == "gzip" else asked.body


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause between attempts, and no question to the name service: it may be slow, or know everything."""
    resolve = socket.getaddrinfo

    def nobody(host: object, *rest: Any, **more: Any) -> Any:
        if str(host).endswith(".invalid") and len(str(host)) < 64:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(network, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(socket, "getaddrinfo", nobody)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as double:
        yield double


def ask(url: str, *, timeout: float = 5, seconds: float = 30, body: object = None) -> object:
    return post_json(url, {"a": ["b"]} if body is None else body, Network(timeout=timeout), Deadline(seconds))


def test_the_answer_is_parsed(echo: Echo) -> None:
    assert ask(f"{echo.url}/v1/query?a=b") == {"a": ["b"]}
    (asked,) = echo.asked
    assert (asked.method, asked.path) == ("POST", "/v1/query?a=b")
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"].startswith("gates/")


def test_the_body_travels_packed_when_asked_for(echo: Echo) -> None:
    assert post_json(echo.url, ["ä"] * 1000, PLAIN, Deadline(30), compress=True) == ["ä"] * 1000
    assert len(echo.asked[0].body) < 200


def test_a_client_keeps_its_connection(echo: Echo) -> None:
    with Client(PLAIN) as client:
        assert [client.post_json(echo.url, number, Deadline(30)) for number in range(3)] == [0, 1, 2]
        opened = client._open
        assert opened is not None
        assert opened[1].sock is not None


def test_headers_of_the_caller_win(echo: Echo) -> None:
    post_json(echo.url, {}, PLAIN, Deadline(30), headers={"accept": "text/x", "Authorization": f"Bearer {SECRET}"})
    assert echo.asked[0].headers["accept"] == "text/x"
    assert echo.asked[0].headers["authorization"] == f"Bearer {SECRET}"


def test_user_and_password_of_the_address_are_sent_and_never_told(echo: Echo) -> None:
    url = echo.url.replace("http://", f"http://me:{SECRET}@")
    ask(url)
    assert echo.asked[0].headers["authorization"].startswith("Basic ")
    echo.fault = "404"
    with pytest.raises(GateUnavailable) as failure:
        ask(f"{url}/x?token={SECRET}")
    assert SECRET not in str(failure.value)
    assert "me" not in str(failure.value).split()[0]


FINAL: tuple[Fault, ...] = ("404", "410", "html", "truncated", "short-length", "gzip", "redirect")
PASSING: tuple[Fault, ...] = ("drop", "silent", "500", "429", "long-length", "noise")


@pytest.mark.parametrize("fault", FINAL)
def test_an_answer_that_is_wrong_is_final(echo: Echo, fault: Fault) -> None:
    echo.fault = fault
    assert_told(echo, 1)


@pytest.mark.parametrize("fault", PASSING)
def test_an_answer_that_fails_is_asked_for_three_times(echo: Echo, fault: Fault) -> None:
    echo.fault = fault
    assert_told(echo, 3)


@pytest.mark.parametrize("fault", PASSING)
def test_the_third_attempt_may_succeed(echo: Echo, fault: Fault) -> None:
    echo.fault, echo.times = fault, 2
    assert ask(echo.url) == {"a": ["b"]}


def assert_told(echo: Echo, attempts: int) -> None:
    with pytest.raises(GateUnavailable) as failure:
        ask(f"{echo.url}/path?token={SECRET}", body={"token": SECRET})
    message = str(failure.value)
    assert message.startswith(f"127.0.0.1:{echo.port} ")
    assert "; " in message  # the way out
    assert "\n" not in message
    assert SECRET not in message
    assert "sesame" not in message
    assert len(echo.asked) == attempts


def test_a_source_that_keeps_silent_is_given_up(echo: Echo) -> None:
    echo.fault = "slow"
    with pytest.raises(GateUnavailable, match=r"did not answer within 0\.1 s \(3 attempts\)"):
        ask(echo.url, timeout=0.1)


def test_a_source_that_drips_is_cut_off_at_the_deadline(echo: Echo) -> None:
    echo.fault = "drip"
    with pytest.raises(GateUnavailable, match="the gate's time is over"):
        ask(echo.url, seconds=0.5, body=["x" * 10_000])


def test_a_run_that_is_called_off_lets_go_of_the_source(echo: Echo) -> None:
    echo.fault = "slow"
    deadline = Deadline(600)
    Timer(0.2, deadline.cancel).start()
    with pytest.raises(GateUnavailable, match="the gate's time is over"):
        post_json(echo.url, {}, Network(timeout=600), deadline)


def test_nothing_listens() -> None:
    with closed_port() as port, pytest.raises(GateUnavailable, match=rf"^127\.0\.0\.1:{port} refused the connection \(3 attempts\); "):
        ask(f"http://127.0.0.1:{port}/")


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(GateUnavailable, match=r"^registry\.example\.invalid cannot be found by its name"):
        ask("https://registry.example.invalid/")
    with pytest.raises(GateUnavailable, match="is no name of a host"):
        ask(f"https://{'a' * 64}.example.invalid/")


def test_offline_sends_nothing(echo: Echo) -> None:
    with pytest.raises(GateUnavailable, match="the run is offline"):
        post_json(echo.url, {}, Network(offline=True), Deadline(30))
    assert echo.asked == []


def test_an_answer_has_a_limit(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "ANSWER_LIMIT", 1 << 20)
    assert ask(echo.url, body="x" * 1000) == "x" * 1000
    with pytest.raises(GateUnavailable, match="more than 1 MiB"):
        ask(echo.url, body="x" * (1 << 20))


class Packing(Double):
    encoding = "gzip"
    content = b""

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("content", "encoding", "cause"),
    [
        (gzip.compress(b'{"a": 1}', mtime=0), "gzip", ""),
        (b'{"a": 1}', "identity", ""),
        (gzip.compress(b'{"a": 1}', mtime=0)[:-3], "gzip", "broke its answer off"),
        (gzip.compress(b'{"a": 1}', mtime=0) + b"x", "gzip", "something follows"),
        (b'{"a": 1}', "gzip", "cannot be unpacked"),
        (gzip.compress(b" " * (2 << 20), mtime=0), "gzip", "more than 1 MiB"),
        (b"x", "br", "not asked for"),
    ],
)
def test_packed_answers(content: bytes, encoding: str, cause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "ANSWER_LIMIT", 1 << 20)
    if not cause:
        assert json.loads(network._unpacked(content, encoding)) == {"a": 1}
        return
    with pytest.raises((network._Final, network._Passing), match=cause):
        network._unpacked(content, encoding)


@pytest.mark.parametrize("content", [b"", b"nul", b'{"a": 1, "a": 2}', b"NaN", b"[" * 100_000, b"\xff", b"<html>", b"{} {}", b"1" * 5000])
def test_what_is_no_json_is_no_answer(content: bytes) -> None:
    with pytest.raises(network._Final, match="instead of JSON"):
        network._parsed(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_a_cause(content: bytes) -> None:
    with suppress(network._Final, network._Passing):
        network._parsed(content)
        network._unpacked(content, "gzip")


@pytest.mark.parametrize(
    "url",
    [
        "http://packages.corp.internal/",
        "http://127.0.0.1.example.invalid/",
        "ftp://packages.corp.internal/",
        "packages.corp.internal",
        "https://",
        "https:///v1",
        "https://packages.corp.internal:99999/",
        "https://packages.corp.internal/a b",
        "https://packages.corp.internal/\r\nX: y",
        "https://päckages.corp.internal/",
        "https://[::1/",
        "",
    ],
)
def test_an_address_that_is_none_or_can_be_forged_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError) as failure:
        checked_address(url, "--osv-url")
    assert str(failure.value).startswith("--osv-url ")
    with pytest.raises(UsageError):
        ask(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://127.8.9.1/v", "http://[::1]:8080", "http://localhost:80", "https://a.example.invalid/v"]
)
def test_addresses_that_will_do(url: str) -> None:
    assert checked_address(url + "/", "--osv-url") == url


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    with suppress(UsageError):
        checked_address(text, "--osv-url")
    assert "@" not in place(text)


def test_what_counts_as_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1")))
    assert not any(map(is_loopback, ("", "localhost.example.invalid", "10.0.0.1", "8.8.8.8", "127.0.0.1.example.invalid", "2130706433")))


def test_a_header_with_a_line_break_is_not_sent(echo: Echo) -> None:
    with pytest.raises(UsageError) as failure:
        post_json(echo.url, {}, PLAIN, Deadline(30), headers={"Authorization": f"Bearer {SECRET}\r\nX: y"})
    assert SECRET not in str(failure.value)
    assert echo.asked == []


# TLS and proxies


def test_a_certificate_of_a_stranger_is_final_and_one_of_the_bundle_is_trusted(authority: Authority) -> None:
    with Echo(tls=authority.context("127.0.0.1")) as double:
        with pytest.raises(GateUnavailable, match=r"a certificate that is not trusted: .*; set \[network\] ca_bundle"):
            ask(double.url)
        trusting = Network(ca_bundle=str(authority.bundle), timeout=5)
        assert post_json(double.url, [1], trusting, Deadline(30)) == [1]


def test_a_certificate_for_another_host_is_final(authority: Authority) -> None:
    with Echo(tls=authority.context("registry.example.invalid")) as double:
        with pytest.raises(GateUnavailable, match="a certificate that is not trusted"):
            post_json(double.url, [1], Network(ca_bundle=str(authority.bundle), timeout=5), Deadline(30))
        assert double.asked == []


def test_a_server_without_tls_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak_first() -> None:
            # No more than the client asks for: a thread that still waits when the socket is closed may wake up on another test's.
            for _ in range(network.ATTEMPTS):
                taken, _ = listening.accept()
                with taken, suppress(OSError):
                    taken.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    taken.recv(4096)

        speaker = Thread(target=speak_first, daemon=True)
        speaker.start()
        with pytest.raises(GateUnavailable, match=r"failed to agree on TLS \(.*\) \(3 attempts\)"):
            ask(f"https://127.0.0.1:{listening.getsockname()[1]}/")
        speaker.join(10)


def test_a_drip_over_tls_is_cut_off_too(authority: Authority) -> None:
    with Echo("drip", tls=authority.context("127.0.0.1")) as double, pytest.raises(GateUnavailable, match="the gate's time is over"):
        post_json(double.url, ["x" * 10_000], Network(ca_bundle=str(authority.bundle), timeout=5), Deadline(1))


def test_the_bundle_is_added_to_what_is_trusted_anyway(authority: Authority) -> None:
    usual = ssl.create_default_context().cert_store_stats()["x509_ca"]
    assert network.trust(str(authority.bundle)).cert_store_stats()["x509_ca"] == usual + 1


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bundle_that_cannot_be_read_is_a_usage_error(tmp_path: Path, content: bytes | None) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    with pytest.raises(UsageError, match="ca_bundle"):
        network.trust(str(bundle))


def test_the_proxy_is_told_the_host_and_its_own_password_alone(authority: Authority) -> None:
    with ProxyDouble(authority) as proxy:
        through = Network(proxy=proxy.url.replace("//", f"//me:{SECRET}@"), ca_bundle=str(authority.bundle), timeout=5)
        assert post_json("https://registry.example.invalid/x", {"a": 1}, through, Deadline(30)) == {"a": 1}
        assert proxy.tunnels == ["registry.example.invalid:443"]
        assert proxy.login[0].startswith("Basic ")
        assert "proxy-authorization" not in proxy.asked[0].headers
        proxy.closed = True
        with pytest.raises(GateUnavailable, match=rf"the proxy 127\.0\.0\.1:{proxy.port} did not let the connection through") as failure:
            post_json("https://registry.example.invalid/x", {}, through, Deadline(30))
        assert SECRET not in str(failure.value)


def test_a_proxy_that_is_not_there_is_named() -> None:
    with (
        closed_port() as port,
        pytest.raises(GateUnavailable, match=rf"^registry.example.invalid .*: the proxy 127\.0\.0\.1:{port} refused"),
    ):
        post_json("https://registry.example.invalid/", {}, Network(proxy=f"http://me:{SECRET}@127.0.0.1:{port}", timeout=5), Deadline(30))
    with pytest.raises(GateUnavailable, match=r"the proxy proxy\.example\.invalid:8080 cannot be found"):
        post_json("https://registry.example.invalid/", {}, Network(proxy="http://proxy.example.invalid:8080", timeout=5), Deadline(30))


def test_this_machine_is_asked_without_a_proxy(echo: Echo) -> None:
    assert post_json(echo.url, [1], Network(proxy="http://proxy.example.invalid:8080", timeout=5), Deadline(30)) == [1]


def test_the_environment_names_no_proxy(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example.invalid:8080")
    assert ask(echo.url) == {"a": ["b"]}
    with pytest.raises(GateUnavailable) as failure:
        ask("https://registry.example.invalid/")
    assert "proxy.example" not in str(failure.value)


@pytest.mark.parametrize(
    "proxy", ["https://proxy.example.invalid:8080", "socks5://proxy.example.invalid", "http://", "http://a:b:c", "http://a/x"]
)
def test_a_proxy_of_another_kind_is_a_usage_error(proxy: str) -> None:
    with pytest.raises(UsageError, match="proxy"):
        proxy_address(proxy)
    with pytest.raises(UsageError, match="proxy"):
        post_json("https://registry.example.invalid/", {}, Network(proxy=proxy), Deadline(30))


def test_a_proxy_may_be_written_without_its_scheme() -> None:
    assert proxy_address("proxy.example.invalid:8080") == "http://proxy.example.invalid:8080"


def test_a_connection_that_the_source_closed_meanwhile_is_opened_again(echo: Echo) -> None:
    with Client(PLAIN) as client:
        client.post_json(echo.url, 1, Deadline(30))
        assert client._open is not None
        connected = client._open[1].sock
        assert connected is not None
        connected.shutdown(socket.SHUT_RDWR)
        assert client.post_json(echo.url, 2, Deadline(30)) == 2


# any method


class Plain(Double):
    """Answers with the status that the path names, and the method in a body unless it is 204."""

    def answer(self, asked: Asked) -> tuple[int, bytes, *tuple[str, ...]]:
        status = int(asked.path.rpartition("/")[2])
        return status, b"" if status == 204 else json.dumps(asked.method).encode(), f"X-Asked: {asked.headers.get('content-type', 'none')}"


@pytest.fixture
def plain() -> Iterator[Plain]:
    with Plain() as double:
        yield double


METHODS: tuple[network.Method, ...] = ("GET", "PUT", "POST", "PATCH", "DELETE")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_status_headers_and_document_given_back(plain: Plain, method: network.Method) -> None:
    with Client(PLAIN) as client:
        reply = client.ask(method, f"{plain.url}/422", Deadline(30), body={"a": 1} if method != "GET" else None, given_back={422})
        assert (reply.status, reply.document) == (422, method)
        assert reply.headers["x-asked"] == ("application/json" if method != "GET" else "none")
        assert client.ask(method, f"{plain.url}/204", Deadline(30), given_back={204}) == (204, reply.headers | _of(plain, client), None)


def _of(plain: Plain, client: Client) -> dict[str, str]:
    return dict(client.ask("GET", f"{plain.url}/204", Deadline(30), given_back={204}).headers)


@pytest.mark.parametrize("status", [201, 204, 404, 422, 500])
def test_a_status_that_nobody_wants_back_is_a_failure(plain: Plain, status: int) -> None:
    with Client(PLAIN) as client, pytest.raises(GateUnavailable, match=f"status {status}"):
        client.ask("GET", f"{plain.url}/{status}", Deadline(30))
    assert len(plain.asked) == (3 if status == 500 else 1)


def test_a_redirect_is_a_failure_even_where_its_status_is_wanted(echo: Echo) -> None:
    echo.fault = "redirect"
    with Client(PLAIN) as client, pytest.raises(GateUnavailable, match="which is not followed"):
        client.ask("GET", echo.url, Deadline(30), given_back=range(1000))


@pytest.mark.parametrize("method", METHODS[1:])
@pytest.mark.parametrize("fault", PASSING)
def test_what_writes_is_sent_once(echo: Echo, method: network.Method, fault: Fault) -> None:
    echo.fault = fault
    with Client(PLAIN) as client, pytest.raises(GateUnavailable) as failure:
        client.ask(method, echo.url, Deadline(30), body=1)
    assert len(echo.asked) == 1
    assert "attempts" not in str(failure.value)


def test_what_writes_has_a_connection_of_its_own(echo: Echo) -> None:
    """One that was kept open may be closed by the other side, and then nobody knows whether the write was done."""
    with Client(PLAIN) as client:
        client.ask("GET", echo.url, Deadline(30), body=1)
        kept = client._open
        client.ask("PUT", echo.url, Deadline(30), body=1)
        assert kept is not None
        assert client._open is not None
        assert client._open[1] is not kept[1]
