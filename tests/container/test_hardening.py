"""The fragment for a service has every protection on, and says what has to go."""

from __future__ import annotations

import pytest

from gates.container import hardening
from gates.container.compose import loading
from gates.container.spec import RuntimeSpec

DANGEROUS = """\
services:
  web:
    image: nginx:1.27
    privileged: true
    network_mode: host
    pid: host
    user: root
    ports: ["80:80", "53:53/udp", "127.0.0.1:9:9", "6000", "[::1]:5:5", "${P}:7"]
    cap_add: [SYS_ADMIN, CAP_CHOWN]
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
    security_opt: ["seccomp:unconfined", "apparmor=agent"]
    deploy: {resources: {limits: {memory: 4G, cpus: '2'}}}
"""


def load(text: str, name: str = "web") -> RuntimeSpec:
    compose = loading.load("compose.yaml", {"compose.yaml": text.encode()}.get)
    assert not compose.problems
    (spec,) = [each for each in compose.services if each.name == name]
    return spec


def hardened(text: str, name: str = "web") -> RuntimeSpec:
    """The fragment, read as a compose file of its own with the image that it lacks."""
    made = hardening.fragment(load(text, name))
    return load(made + "    image: example\n", name)


def test_a_bare_service_gets_everything() -> None:
    spec = hardened("services: {web: {image: example/app}}")
    assert spec.read_only is not None
    assert spec.read_only.value is True
    assert [cap.value for cap in spec.cap_drop] == ["ALL"]
    assert not spec.cap_add
    assert spec.no_new_privileges is not None
    assert spec.no_new_privileges.value is True
    assert spec.user is not None
    assert spec.user.value == "10001:10001"
    assert spec.memory and spec.cpus and spec.pids  # noqa: PT018
    (mount,) = spec.mounts
    assert mount.kind == "tmpfs"
    assert mount.target is not None
    assert (mount.target.value, mount.size) == (hardening.TEMPORARY, "64m")


def test_a_dangerous_service_keeps_what_it_may() -> None:
    made = hardening.fragment(load(DANGEROUS))
    spec = hardened(DANGEROUS)
    assert spec.privileged is not None
    assert spec.privileged.value is False
    assert [cap.value for cap in spec.cap_add] == ["CHOWN"]
    assert spec.seccomp is None
    assert spec.apparmor is not None
    assert spec.apparmor.value == "agent"
    assert spec.user is not None
    assert spec.user.value == "nginx"
    assert spec.memory is not None
    assert spec.memory.value == "4G"
    for remark in ("network_mode: host", "pid: host", "docker.sock", "SYS_ADMIN", "seccomp=unconfined"):
        assert any(remark in line for line in made.splitlines() if line.lstrip().startswith("#")), remark


def test_ports_are_on_the_loopback_interface() -> None:
    spec = hardened(DANGEROUS)
    assert {port.host_ip for port in spec.ports if port.resolved} <= {"127.0.0.1", "::1", "[::1]"}
    assert "127.0.0.1:53:53/udp" in hardening.fragment(load(DANGEROUS))
    assert '"127.0.0.1:${P}:7"' in hardening.fragment(load(DANGEROUS))
    assert len(spec.ports) == 6


@pytest.mark.parametrize(
    ("image", "user", "folder"),
    [
        ("postgres:17", "postgres", "/var/run/postgresql"),
        ("docker.io/library/redis@sha256:" + "0" * 64, "redis", hardening.TEMPORARY),
        ("valkey/valkey:8", "valkey", hardening.TEMPORARY),
        ("registry.example/own/postgres:1", "10001:10001", hardening.TEMPORARY),
    ],
)
def test_official_images_have_users_of_their_own(image: str, user: str, folder: str) -> None:
    spec = hardened(f"services: {{web: {{image: '{image}'}}}}")
    assert spec.user is not None
    assert spec.user.value == user
    assert folder in {mount.target.value for mount in spec.mounts if mount.target}


def test_what_the_file_says_already_stays() -> None:
    text = """\
services:
  web:
    build: .
    user: "1000:1000"
    tmpfs: ["/tmp:size=1m,noexec", /run]
    security_opt: [seccomp=./s.json]
    pids_limit: -1
    mem_limit: ${MEMORY}
"""
    made = hardening.fragment(load(text))
    for line in (
        'user: "1000:1000"',
        '- "/tmp:size=1m,noexec"',
        '- "/run:size=64m"',
        '- "seccomp=./s.json"',
        "pids_limit: 256",
        "${MEMORY}",
    ):
        assert line in made
    assert made.count(hardening.TEMPORARY) == 1


def test_odd_names_and_values_stay_one_value() -> None:
    text = 'services: {"1.2": {image: "a", user: "x\\n    privileged: true", ports: ["80:80"]}}'
    made = hardening.fragment(load(text, "1.2"))
    assert "\n    privileged: true" not in made
    assert hardened(text, "1.2").user
