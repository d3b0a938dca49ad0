from __future__ import annotations

import pytest

from gates.container.compose import keys
from tests.container.compose.loaded import load, load_files

HEAD = "services:\n  web:\n    image: a\n"


def found(text: str) -> list[tuple[str, str, str, str]]:
    return [(each.key, each.where, each.nearest, each.belongs) for each in load(text).unknown]


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("priviledged", "privileged"),
        ("security-opt", "security_opt"),
        ("securityOpt", "security_opt"),
        ("capdrop", "cap_drop"),
        ("cap-add", "cap_add"),
        ("readonly", "read_only"),
        ("read-only", "read_only"),
        ("usr", "user"),
        ("memory_limit", "mem_limit"),
        ("no_new_privileges", "security_opt"),
        ("net", "network_mode"),
        ("env", "environment"),
        ("zzzzzz", ""),
    ],
)
def test_a_misspelt_key_has_the_one_that_is_meant(key: str, nearest: str) -> None:
    assert found(f"{HEAD}    {key}: x\n") == [(key, "service web", nearest, "")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{HEAD}    replicas: 2\n", ("replicas", "service web", "", "deploy")),
        (f"{HEAD}    resources: {{}}\n", ("resources", "service web", "", "deploy")),
        (f"{HEAD}    limits: {{}}\n", ("limits", "service web", "", "deploy.resources")),
        (f"{HEAD}    memory: 1g\n", ("memory", "service web", "mem_limit", "deploy.resources.limits")),
        (f"{HEAD}    dockerfile: D\n", ("dockerfile", "service web", "", "build")),
        (f"{HEAD}    deploy: {{limits: {{memory: 1g}}}}\n", ("limits", "deploy of service web", "", "deploy.resources")),
        (
            f"{HEAD}    deploy: {{resources: {{memory: 1g}}}}\n",
            ("memory", "deploy.resources of service web", "", "deploy.resources.limits"),
        ),
        (f"{HEAD}    build: {{image: a}}\n", ("image", "build of service web", "", "a service")),
        (f"{HEAD}    healthcheck: {{tests: x}}\n", ("tests", "healthcheck of service web", "test", "")),
        (f"{HEAD}    ports: [{{target: 1, hostip: x}}]\n", ("hostip", "port of service web", "host_ip", "")),
        (f"{HEAD}    volumes: [{{type: bind, readonly: true}}]\n", ("readonly", "volume of service web", "read_only", "")),
        (f"{HEAD}    networks: {{n: {{alias: x}}}}\n", ("alias", "network n of service web", "aliases", "")),
        (f"{HEAD}privileged: true\n", ("privileged", "the file", "", "a service")),
        (f"{HEAD}db:\n  image: b\n", ("db", "the file", "", "services")),
        (f"{HEAD}volumes: {{data: {{drivers: x}}}}\n", ("drivers", "volume data", "driver", "")),
        (f"{HEAD}secrets: {{s: {{files: x}}}}\n", ("files", "secret s", "file", "")),
    ],
)
def test_a_key_at_the_wrong_place_is_told_where_it_belongs(text: str, expected: tuple[str, str, str, str]) -> None:
    assert found(text) == [expected]


def test_extensions_and_names_are_free() -> None:
    text = """
        version: '3'
        name: x
        x-any: {a: 1}
        services:
          web-1.a:
            image: a
            x-mine: 1
            build: {context: ., x-b: 1, args: {anything: 1}}
            environment: {anything: 1}
            labels: {anything: 1}
            logging: {driver: x, options: {anything: 1}}
            ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}
            sysctls: {anything: 1}
            depends_on: {db: {condition: service_started}}
            extra_hosts: {any: 1.2.3.4}
            storage_opt: {size: 1g}
            develop: {watch: [{path: ., action: sync, target: /x}]}
            deploy: {x-d: 1, placement: {preferences: [{spread: a}]}, resources: {reservations: {devices: [{capabilities: [gpu]}]}}}
        volumes: {any: {driver_opts: {anything: 1}}}
        networks: {any: {ipam: {config: [{subnet: 10.0.0.0/8}], options: {anything: a}}}}
        configs: {any: {content: x}}
        """
    assert found(text) == []


def test_a_key_from_an_anchor_is_told_once_at_its_place() -> None:
    text = "x-a: &a\n  priviledged: true\nservices:\n  web: {<<: *a, image: a}\n  db: {<<: *a, image: b}\n"
    (each,) = load(text).unknown
    assert (each.location.line, each.location.column, each.where) == (2, 3, "service web")


def test_keys_of_every_file_are_told() -> None:
    compose = load_files(
        {
            "compose.yaml": "include: [inc.yaml]\nservices:\n  web: {extends: {file: base.yaml, service: base}}\n",
            "compose.override.yaml": "services:\n  web: {overide: 1}\n",
            "base.yaml": "services:\n  base: {image: a, imge: 1}\n  other: {not: asked}\n",
            "inc.yaml": "services:\n  inc: {image: a, pots: 1}\n",
        },
        merged=True,
    )
    assert {(each.location.path, each.key) for each in compose.unknown} == {
        ("inc.yaml", "pots"),
        ("base.yaml", "imge"),
        ("compose.override.yaml", "overide"),
    }


def test_version_1_has_keys_of_its_own() -> None:
    assert [each.key for each in load("web:\n  image: a\n  net: host\n  log_driver: x\n  imagee: b\n").unknown] == ["imagee"]


def test_unknown_keys_are_bounded() -> None:
    assert len(load(HEAD + "".join(f"    k{i}: 1\n" for i in range(2_000))).unknown) == keys.MAX_UNKNOWN
