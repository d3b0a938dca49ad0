from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from gates.container.judging.runtime_network import is_everywhere
from tests.container.judging.specs import doubts, hardened, ids, judged, open_, port, said, spec, told

APP = said("registry.example/app:1@sha256:" + "0" * 64)


@pytest.mark.parametrize("host", ["", str(IPv4Address(0)), "::", "[::]", "0:0:0:0:0:0:0:0", "nonsense"])
def test_every_interface_however_it_is_written(host: str) -> None:
    assert is_everywhere(host)
    assert told({"ports": (port("8080", "80", host),)}) == {"port-on-all-interfaces"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_one_interface_is_a_choice(host: str) -> None:
    assert told({"ports": (port("5432", "5432", host),)}) == set()


def test_on_an_address_of_the_network_a_database_is_reached_from_outside() -> None:
    assert told({"ports": (port("5432", "5432", "192.168.1.4"),)}) == {"database-published"}
    assert told({"ports": (port("8080", "80", "192.168.1.4"),)}) == set()


def test_a_port_that_the_engine_chooses_is_published_too() -> None:
    assert told({"ports": (port("", "80"),)}) == {"port-on-all-interfaces"}


def test_an_open_address_is_a_doubt() -> None:
    assert doubts(judged(hardened(ports=(port("80", "80")._replace(resolved=False, text="${BIND}:80:80"),)))) == {"port-on-all-interfaces"}


@pytest.mark.parametrize("target", ["5432", "5432/tcp", "5430-5440", "27017", "6379"])
def test_a_database_is_known_by_its_port(target: str) -> None:
    assert told({"image": APP, "ports": (port("1", target),)}) == {"port-on-all-interfaces", "database-published"}


@pytest.mark.parametrize(
    "image",
    ["postgres:16", "bitnami/postgresql:16", "mcr.microsoft.com/mssql/server:2022", "docker.elastic.co/elasticsearch/elasticsearch:8"],
)
def test_and_by_its_image(image: str) -> None:
    assert "database-published" in told({"image": said(image), "ports": (port("1", "1"),)})


@pytest.mark.parametrize("target", ["80", "8080", "54320", "x", "1-99999999999", ""])
def test_other_ports_are_no_database(target: str) -> None:
    assert told({"image": APP, "ports": (port("1", target),)}) == {"port-on-all-interfaces"}


def test_where_nothing_is_published_no_port_counts() -> None:
    assert told({"ports": (port("80", "80"),), "network": said("host")}) == {"host-network"}
    assert told({"ports": (port("80", "80"),), "unsaid": frozenset({"ports"})}) == set()


@pytest.mark.parametrize(("field", "rule"), [("memory", "memory-unlimited"), ("cpus", "cpu-unlimited"), ("pids", "pids-unlimited")])
def test_each_limit_is_asked_for(field: str, rule: str) -> None:
    assert told({field: None}) == {rule}
    for nothing in ("0", "-1", "", "0.0", "0b", "0m", " 0 ", "-1.0", "unlimited", "max"):
        assert told({field: said(nothing)}) == {rule}, nothing
    for something in ("1", "0.5", "512m", "4G", "100", "0.50", ".5", "200m", "1e3"):
        assert told({field: said(something)}) == set(), something
    assert doubts(judged(hardened(**{field: open_("${LIMIT}")}))) == {rule}
    assert told({field: None, "unsaid": frozenset({field})}) == set()


def test_a_health_check_that_is_switched_off_is_told_of_and_an_image_s_is_not_asked_for() -> None:
    assert told({"healthcheck": said(False)}) == {"healthcheck-missing"}
    assert told({"healthcheck": said(True)}) == told({"healthcheck": None}) == set()
    assert "probe" in next(iter(judged(hardened("kubernetes", healthcheck=said(False))))).message


def test_nothing_is_asked_of_what_is_not_said() -> None:
    assert ids(judged(spec(healthcheck=None))) >= {"memory-unlimited", "cpu-unlimited", "pids-unlimited"}
