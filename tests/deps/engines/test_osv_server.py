from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.deps.engines import osv_server
from gates.deps.engines.osv_server import OsvServer, Record, matching
from tests.doubles.osv import record

RECORDS = {
    ("PyPI", "requests"): [record("PYSEC-1", "requests", ["2.19.0"]), record("PYSEC-2", "requests", ["2.20.0"])],
    ("npm", "lodash"): [record("GHSA-1", "lodash", ["4.17.15"], ecosystem="npm")],
}


def of(ecosystem: str, name: str) -> Sequence[Record]:
    if name == "broken":
        raise OSError("the database is gone")
    return RECORDS.get((ecosystem, name), [])


def lists(found: Any, ecosystem: str, name: str, version: str) -> bool:
    return version in found["affected"][0]["versions"]


def by_id(identifier: str) -> Record | None:
    return next((found for records in RECORDS.values() for found in records if found["id"] == identifier), None)


@pytest.fixture
def server() -> Iterator[OsvServer]:
    with OsvServer(matching(of, lists), by_id) as running:
        yield running


def ask(server: OsvServer, path: str, body: object = None, method: str = "POST") -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, content if method == "POST" else None)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def question(name: str, version: str, ecosystem: str = "PyPI") -> dict[str, Any]:
    return {"package": {"name": name, "ecosystem": ecosystem}, "version": version}


def test_a_query_gives_the_records_that_match_and_an_empty_object_for_none(server: OsvServer) -> None:
    assert ask(server, "/v1/query", question("requests", "2.19.0")) == (200, {"vulns": [RECORDS["PyPI", "requests"][0]]})
    assert ask(server, "/v1/query", question("requests", "3.0.0")) == (200, {})
    assert ask(server, "/v1/query", question("lodash", "4.17.15", "npm"))[1]["vulns"][0]["id"] == "GHSA-1"
    assert ask(server, "/v1/query", question("lodash", "4.17.15")) == (200, {})


def test_a_batch_is_answered_in_order_with_ids_alone(server: OsvServer) -> None:
    queries = [question("flask", "1.0"), question("requests", "2.20.0"), question("requests", "2.19.0")]
    status, answer = ask(server, "/v1/querybatch", {"queries": queries})
    modified = "2026-11-01T00:00:00Z"
    assert status == 200
    assert answer == {"results": [{}, *({"vulns": [{"id": name, "modified": modified}]} for name in ("PYSEC-2", "PYSEC-1"))]}


def test_a_record_is_found_by_its_id(server: OsvServer) -> None:
    assert ask(server, "/v1/vulns/PYSEC-2", method="GET") == (200, RECORDS["PyPI", "requests"][1])
    assert ask(server, "/v1/vulns/PYSEC-3", method="GET")[0] == 404
    assert ask(server, "/other", method="GET")[0] == 404
    with OsvServer(matching(of, lists)) as without:
        assert ask(without, "/v1/vulns/PYSEC-2", method="GET")[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        [],
        {},
        {"package": {"purl": "pkg:pypi/requests@2.19.0"}},
        {"commit": "0" * 40},
        {"package": {"name": "requests"}, "version": "1"},
        {"package": {"name": "requests", "ecosystem": "PyPI"}},
        {"package": {"name": "", "ecosystem": "PyPI"}, "version": "1"},
        {"package": {"name": 1, "ecosystem": "PyPI"}, "version": "1"},
        {**question("requests", "2.19.0"), "page_token": "2"},
    ],
)
def test_what_cannot_be_answered_in_full_is_refused(server: OsvServer, body: object) -> None:
    assert ask(server, "/v1/query", body)[0] == 400
    if not isinstance(body, bytes):
        assert ask(server, "/v1/querybatch", {"queries": [question("requests", "2.19.0"), body]})[0] == 400
    assert server.failure is None


@pytest.mark.parametrize("body", [{}, {"queries": {}}, {"queries": [question("a", "1")] * 1001}])
def test_a_batch_that_is_none_or_too_long_is_refused(server: OsvServer, body: object) -> None:
    assert ask(server, "/v1/querybatch", body)[0] == 400


def test_a_lookup_that_fails_is_no_answer_and_is_kept(server: OsvServer) -> None:
    assert ask(server, "/v1/query", question("broken", "1"))[0] == 500
    assert ask(server, "/v1/querybatch", {"queries": [question("broken", "1")]})[0] == 500
    assert isinstance(server.failure, OSError)


def test_a_record_that_is_no_json_is_no_answer() -> None:
    with OsvServer(lambda ecosystem, name, version: [{"id": "PYSEC-1", "modified": object()}]) as server:
        assert ask(server, "/v1/query", question("a", "1"))[0] == 500
        assert isinstance(server.failure, TypeError)


@pytest.mark.parametrize("length", ["", "x", "-1", "9" * 30, str(osv_server.BODY_LIMIT + 1)])
def test_a_body_whose_length_is_not_told_or_too_great_is_refused(server: OsvServer, length: str) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10) as connection:
        field = f"Content-Length: {length}\r\n" if length else "Transfer-Encoding: chunked\r\n"
        connection.sendall(f"POST /v1/query HTTP/1.1\r\nHost: x\r\n{field}\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer


def test_one_connection_carries_many_questions(server: OsvServer) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    for _ in range(100):
        connection.request("POST", "/v1/query", json.dumps(question("requests", "2.19.0")))
        assert json.loads(connection.getresponse().read())["vulns"]
    connection.close()


def test_it_listens_on_this_machine_alone_and_only_in_its_block() -> None:
    with OsvServer(matching(of, lists)) as server:
        assert server.url.startswith("http://127.0.0.1:")
        port = int(server.url.rpartition(":")[2])
    with pytest.raises(OSError):  # noqa: PT011 - refused; on Windows it may be a time-out
        socket.create_connection(("127.0.0.1", port), timeout=2)


def test_its_threads_end_with_it_even_while_clients_hold_on() -> None:
    before = set(threading.enumerate())
    with OsvServer(matching(of, lists)) as server:
        place = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        silent = [socket.create_connection(place, timeout=10) for _ in range(osv_server.CONNECTIONS + 4)]
        assert any(thread.name.startswith("gates-osv") for thread in threading.enumerate())
    assert set(threading.enumerate()) - before == set()
    for connection in silent:
        with connection, suppress(ConnectionResetError):  # for those that were never taken
            assert connection.recv(1) == b""


def test_more_connections_than_it_bears_are_closed_at_once() -> None:
    with OsvServer(matching(of, lists)) as server:
        place = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        held = [socket.create_connection(place, timeout=10) for _ in range(osv_server.WAITING)]
        with socket.create_connection(place, timeout=10) as refused:
            assert refused.recv(1) == b""
        for connection in held:
            connection.close()


@given(st.binary(max_size=200))
def test_any_body_is_answered_or_refused(body: bytes) -> None:
    try:
        osv_server._asked(osv_server._parsed(body))
    except osv_server._Refused as refusal:
        assert refusal.status == 400  # noqa: PT017 - it need not be raised
