from __future__ import annotations

import pytest

from gates.container.compose.model import UnknownKey
from gates.container.judging.runtime_keys import judge
from gates.core.finding import Severity
from tests.container.judging.specs import AT, doubts, hardened, ids, judged, open_, port, said, variable


@pytest.mark.parametrize("host", ["tcp://10.0.0.1:2375", "tcp://docker", "tcp://[::1]:2375", "tcp://:2375"])
def test_an_engine_without_tls_is_told_of(host: str) -> None:
    (defect,) = judged(hardened(environment=(variable("DOCKER_HOST", host),)))
    assert (defect.rule.id, defect.severity) == ("container/docker-tcp", None)


def test_a_proxy_is_milder() -> None:
    (defect,) = judged(hardened(environment=(variable("DOCKER_HOST", "tcp://docker-socket-proxy:2375"),)))
    assert defect.severity == Severity.MEDIUM


@pytest.mark.parametrize(
    "host", ["tcp://docker:2376", "unix:///var/run/docker.sock", "ssh://me@host", "", "npipe:////./pipe/docker_engine"]
)
def test_others_are_not(host: str) -> None:
    assert judged(hardened(environment=(variable("DOCKER_HOST", host),))) == []


def test_tls_settles_it_and_a_variable_makes_a_doubt() -> None:
    verified = (variable("DOCKER_HOST", "tcp://docker:2375"), variable("DOCKER_TLS_VERIFY", "1"))
    assert judged(hardened(environment=verified)) == []
    unverified = (variable("DOCKER_HOST", "tcp://docker:2375"), variable("DOCKER_TLS_VERIFY", ""))
    assert ids(judged(hardened(environment=unverified))) == {"docker-tcp"}
    assert doubts(judged(hardened(environment=(variable("DOCKER_HOST", open_("${DOCKER_HOST}")),)))) == {"docker-tcp"}
    assert ids(judged(hardened(environment=(variable("DOCKER_HOST", open_("tcp://${IP}:2375")),)))) == {"docker-tcp"}


def test_the_engine_s_own_container_is_looked_at() -> None:
    image = said("docker:27-dind@sha256:" + "0" * 64)
    assert ids(judged(hardened(image=image, environment=(variable("DOCKER_TLS_CERTDIR", ""),)))) == {"docker-tcp"}
    assert judged(hardened(image=image, environment=(variable("DOCKER_TLS_CERTDIR", "/certs"),))) == []
    command = said(("dockerd", "-H", "tcp://0.0.0.0:2375"), text="")
    assert ids(judged(hardened(command=command))) == {"docker-tcp"}
    assert judged(hardened(command=said(("dockerd", "-H", "tcp://0.0.0.0:2375", "--tlsverify"), text=""))) == []
    assert ids(judged(hardened(ports=(port("2375", "2375", "127.0.0.1"),)))) == {"docker-tcp"}


def test_a_key_that_compose_does_not_know_names_the_one_that_was_meant() -> None:
    defect = judge(UnknownKey(AT, "priviledged", "service web", "privileged"))
    assert (defect.rule.id, defect.subject, defect.about) == ("container/unknown-key", "service web:priviledged", "web")
    assert "priviledged" in defect.message
    assert "privileged: …" in defect.remedy


def test_a_key_in_the_wrong_place_names_the_right_one() -> None:
    defect = judge(UnknownKey(AT, "read_only", "deploy of service web", "", "a service"))
    assert defect.about == "web"
    assert "belongs to a service" in defect.message
    assert judge(UnknownKey(AT, "servises", "the file", "services")).about == ""
