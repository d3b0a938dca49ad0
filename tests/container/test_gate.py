"""The gate over whole repositories: what is found, what cannot be read, and one service in four syntaxes."""

from __future__ import annotations

import os
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from gates.container import detection
from gates.container.options import Options, Service
from gates.core.errors import NothingToJudge
from gates.core.finding import Severity
from gates.core.gate import Scanned, Skipped
from tests.container.support import findings, look, rules, unread, write

COMPOSE = """services:
  agent:
    image: ghcr.io/acme/agent:1.4
    privileged: true
    user: root
    network_mode: host
    pid: host
    ipc: host
    cap_add: [SYS_ADMIN]
    security_opt: ["seccomp:unconfined", "no-new-privileges:false"]
    volumes: ["/var/run/docker.sock:/var/run/docker.sock", "/proc:/host/proc"]
    environment:
      ADMIN_PASSWORD: c0rrect-h0rse-battery
"""
DOCKER_RUN = """#!/bin/sh
docker run -d --name agent --privileged -u root --network=host --pid host --ipc=host --cap-add CAP_SYS_ADMIN \\
  --security-opt seccomp=unconfined --security-opt no-new-privileges=false \\
  -v /var/run/docker.sock:/var/run/docker.sock --mount type=bind,src=/proc,dst=/host/proc \\
  -e ADMIN_PASSWORD=c0rrect-h0rse-battery ghcr.io/acme/agent:1.4
"""
KUBERNETES = """apiVersion: v1
kind: Pod
metadata: {name: agent}
spec:
  hostNetwork: true
  hostPID: true
  hostIPC: true
  containers:
    - name: agent
      image: ghcr.io/acme/agent:1.4
      securityContext:
        privileged: true
        runAsUser: 0
        allowPrivilegeEscalation: true
        capabilities: {add: [SYS_ADMIN]}
        seccompProfile: {type: Unconfined}
      env:
        - {name: ADMIN_PASSWORD, value: c0rrect-h0rse-battery}
      volumeMounts:
        - {name: socket, mountPath: /var/run/docker.sock}
        - {name: proc, mountPath: /host/proc}
  volumes:
    - {name: socket, hostPath: {path: /var/run/docker.sock}}
    - {name: proc, hostPath: {path: /proc}}
"""
WORKFLOW = """on: push
jobs:
  agent:
    runs-on: [self-hosted]
    container:
      image: ghcr.io/acme/agent:1.4
      options: >-
        --privileged --user root --network host --pid host --ipc host --cap-add SYS_ADMIN
        --security-opt seccomp=unconfined --security-opt no-new-privileges=false
      volumes: ["/var/run/docker.sock:/var/run/docker.sock", "/proc:/host/proc"]
      env:
        ADMIN_PASSWORD: c0rrect-h0rse-battery
    steps: [{run: make}]
"""
DANGERS = {
    "base-not-pinned",
    "privileged",
    "user-root",
    "host-network",
    "host-pid",
    "host-ipc",
    "capability-dangerous",
    "seccomp-unconfined",
    "new-privileges-allowed",
    "docker-socket",
    "sensitive-mount",
    "plain-secret",
}
SYNTAXES = {
    "compose.yaml": COMPOSE,
    "start.sh": DOCKER_RUN,
    "pod.yaml": KUBERNETES,
    ".github/workflows/ci.yml": WORKFLOW,
}
PINNED = "ghcr.io/acme/agent:1.4@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
HARDENED = {
    "compose.yaml": f"""services:
  agent:
    image: {PINNED}
    user: "10001"
    read_only: true
    tmpfs: ["/tmp:size=64m"]
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 256m
    cpus: 1
    pids_limit: 100
""",
    "start.sh": f"""#!/bin/sh
docker run -d --name agent -u 10001 --read-only --tmpfs /tmp:size=64m --cap-drop=ALL --security-opt no-new-privileges \\
  -m 256m --cpus 1 --pids-limit 100 {PINNED}
""",
    "pod.yaml": f"""apiVersion: v1
kind: Pod
metadata: {{name: agent}}
spec:
  containers:
    - name: agent
      image: {PINNED}
      securityContext:
        runAsUser: 10001
        readOnlyRootFilesystem: true
        allowPrivilegeEscalation: false
        capabilities: {{drop: [ALL]}}
        seccompProfile: {{type: RuntimeDefault}}
      resources: {{limits: {{memory: 256Mi, cpu: "1"}}}}
      livenessProbe: {{exec: {{command: ["true"]}}}}
      volumeMounts: [{{name: tmp, mountPath: /tmp}}]
  volumes:
    - {{name: tmp, emptyDir: {{medium: Memory, sizeLimit: 64Mi}}}}
""",
    ".github/workflows/ci.yml": f"""on: push
jobs:
  agent:
    runs-on: [self-hosted]
    container:
      image: {PINNED}
      options: --user 10001 --read-only --tmpfs /tmp:size=64m --cap-drop ALL --security-opt no-new-privileges:true
    steps: [{{run: make}}]
""",
}


@pytest.mark.parametrize("path", SYNTAXES)
def test_the_same_dangerous_service_gives_the_same_rules_in_every_syntax(path: str, tmp_path: Path) -> None:
    assert rules(look(write(tmp_path, {path: SYNTAXES[path]}))) == DANGERS


@pytest.mark.parametrize("path", HARDENED)
def test_its_hardened_twin_has_no_finding_in_any_syntax(path: str, tmp_path: Path) -> None:
    events = look(write(tmp_path, {path: HARDENED[path]}), profile="hardened")
    assert [found.message for found in findings(events)] == []
    assert not unread(events)
    assert sum(event.files for event in events if isinstance(event, Scanned)) == 1


def test_what_documentation_shows_is_told_and_never_blocks(tmp_path: Path) -> None:
    found = findings(look(write(tmp_path, {"README.md": f"```sh\n{DOCKER_RUN}```\n"})))
    assert {each.rule.id.removeprefix("container/") for each in found} == DANGERS
    assert not any(each.may_block or each.severity > Severity.INFO for each in found)


def test_a_repository_without_containers_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NothingToJudge):
        look(write(tmp_path, {"README.md": "hello\n", "a.py": "print()\n", "settings.yaml": "services: 3\n"}))


BOMB = "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n" + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("compose.yaml", b"services: [\n"),
        ("compose.yaml", b"services:\n  a: {image: x}\n  a: {image: y}\n"),
        ("compose.yaml", b""),
        ("compose.yaml", b"\xff\xfe\x00"),
        ("compose.yaml", BOMB.encode() + b"services: {a: {image: b}}\n"),
        ("compose.yaml", b"services:\n" + b"  a: {image: b}\n" * 4_000_000),
        ("docker-compose.yml", b"- a list\n"),
        ("Dockerfile", b""),
        ("Dockerfile", b"\x00\x01"),
        ("Dockerfile", b"FROM a:1 AS\n"),
        ("Dockerfile", b"RUN before the first stage\n"),
        ("docker/Dockerfile.web", b"FROM a:1\nRUN <<EOF\nnever closed\n"),
        ("seccomp.json", b'{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": ['),
        ("pod.yaml", b"apiVersion: v1\nkind: Pod\nspec: [\n"),
        ("pod.json", b'{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": 3}}'),
    ],
)
def test_a_file_that_cannot_be_judged_is_an_error_and_the_others_are_judged(name: str, data: bytes, tmp_path: Path) -> None:
    events = look(write(tmp_path, {name: data, "z/start.sh": DOCKER_RUN}))
    assert list(unread(events)) == [name]
    assert rules(events) == DANGERS


def test_a_pipe_in_the_place_of_a_dockerfile_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": "FROM scratch\n", "start.sh": DOCKER_RUN})
    for command in (("git", "init", "-q"), ("git", "add", "-A")):
        subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    (tmp_path / "Dockerfile").unlink()
    os.mkfifo(tmp_path / "Dockerfile")
    assert "pipe" in unread(look(tmp_path))["Dockerfile"]


def test_a_link_that_leads_out_of_the_repository_is_an_error(tmp_path: Path) -> None:
    top = write(tmp_path / "top", {"start.sh": DOCKER_RUN, "docker/Dockerfile": "FROM scratch\n"})
    write(tmp_path, {"elsewhere/Dockerfile": "FROM scratch\n"})
    (top / "Dockerfile").symlink_to("../elsewhere/Dockerfile")
    assert "symbolic link" in unread(look(top))["Dockerfile"]
    (top / "Dockerfile").unlink()
    (top / "Dockerfile").symlink_to("docker/Dockerfile")
    assert not unread(look(top))


def test_templates_are_listed_and_not_judged(tmp_path: Path) -> None:
    files = {
        "chart/templates/pod.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  {{- if .Values.x }}\n  hostPID: true\n  {{- end }}\n",
        "Dockerfile.j2": "FROM {{ base }}\n",
        "start.sh": DOCKER_RUN,
    }
    events = look(write(tmp_path, files))
    assert {event.path for event in events if isinstance(event, Skipped)} == {"chart/templates/pod.yaml", "Dockerfile.j2"}
    assert not unread(events)


def test_an_override_can_only_add_to_what_is_found(tmp_path: Path) -> None:
    files = {"compose.yaml": COMPOSE, "compose.override.yaml": "services:\n  agent:\n    privileged: false\n    uts: host\n"}
    assert rules(look(write(tmp_path, files))) == DANGERS | {"host-uts"}


def test_one_service_can_be_hardened_and_another_let_be(tmp_path: Path) -> None:
    text = "services:\n  web: {image: 'acme/web:1'}\n  db: {image: 'acme/db:1'}\n"
    options = Options(services=(Service("web", profile="hardened"),))
    found = findings(look(write(tmp_path, {"compose.yaml": text}), options))
    by_service = {name: [each for each in found if each.data["service"] == name] for name in ("web", "db")}
    assert {each.severity for each in by_service["db"]} == {Severity.LOW}
    assert {each.fail_on for each in by_service["web"]} == {Severity.MEDIUM}
    assert len(by_service["web"]) > 4


def test_what_cannot_be_told_is_never_fine(tmp_path: Path) -> None:
    text = "services:\n  web: {image: 'acme/web:1', privileged: '${PRIVILEGED}'}\n"
    write(tmp_path, {"compose.yaml": text})
    for profile, severity in (("baseline", Severity.INFO), ("hardened", Severity.MEDIUM)):
        (found,) = [each for each in findings(look(tmp_path, profile=profile)) if each.rule.id == "container/privileged"]  # type: ignore[arg-type]
        assert (found.severity, found.data["resolved"]) == (severity, False)
        assert "PRIVILEGED" in found.message


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.ps1", "docker run --privileged acme/x:1.0\n"),
        ("unit.service", "[Service]\nExecStart=/usr/bin/docker run --privileged acme/x:1.0\n"),
        ("package.json", '{"scripts": {"a": "docker run --privileged acme/x:1.0"}}'),
        ("README.md", "Uses docker.\n"),
        ("run.sh", "docker ps\n"),
    ],
)
def test_a_file_that_is_named_and_says_nothing_known_here_is_an_error(name: str, text: str, tmp_path: Path) -> None:
    write(tmp_path, {name: text})
    assert "known here" in unread(look(tmp_path, paths=(name,)))[name]
    with pytest.raises(NothingToJudge):
        look(write(tmp_path / "empty", {"x.txt": ""}))


def test_a_script_that_is_named_needs_no_first_line(tmp_path: Path) -> None:
    write(tmp_path, {"run": "docker run --privileged acme/x:1.0\n"})
    assert "privileged" in rules(look(tmp_path, paths=("run",)))


def test_services_that_share_an_image_are_told_once(tmp_path: Path) -> None:
    text = "services:\n" + "".join(f"  s{number}: {{image: nginx}}\n" for number in range(3)) + "  other: {image: redis}\n"
    found = [each for each in findings(look(write(tmp_path, {"compose.yaml": text}))) if each.rule.id == "container/base-untagged"]
    assert [each.message.partition(",")[0] for each in found] == [
        "service s0 and 2 more: the image nginx has no tag",
        "service other: the image redis has no tag",
    ]


def test_who_is_root_only_to_prepare_is_told_one_step_lower(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services:\n  setup: {image: a:1, user: root}\n"
        "  web: {image: a:1, depends_on: {setup: {condition: service_completed_successfully}}}\n  own: {image: a:1, user: root}\n",
        "run.sh": "docker run --rm -u 0 a:1 chown 1000 /x\ndocker run -u 0 a:1 chown 1000 /x\n",
        "pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n"
        "  initContainers: [{name: i, image: a:1, securityContext: {runAsUser: 0}}]\n"
        "  containers: [{name: c, image: a:1, securityContext: {runAsUser: 0}}]\n",
    }
    found = [each for each in findings(look(write(tmp_path, files))) if each.rule.id == "container/user-root"]
    assert {each.data["service"]: str(each.severity) for each in found} == {
        "setup": "medium",
        "own": "high",
        "docker run": "medium",
        "docker run 2": "high",
        "p/i": "medium",
        "p/c": "high",
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("services:\n  app:\n    volumes: ['/:/h']\n", "compose"),
        ("services:\n  app: {privileged: true}\n", "compose"),
        ("services:\n  app:\n    privileged: [\n", "compose"),
        ("services:\n  app: {class: A, tags: [volumes]}\n", None),
        ("services:\n  app:\n    class: A\n    volumes: []\n", None),
        ("services:\n  - name: volumes\n", None),
        ("x:\n  services:\n    app: {privileged: true}\n", None),
    ],
)
def test_a_fragment_of_a_compose_file_is_known_by_its_keys(text: str, kind: str | None) -> None:
    assert detection.kind("prod.yml", text.encode()) == kind


def test_what_a_folder_that_is_copied_holds(tmp_path: Path) -> None:
    key = "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n"
    write(tmp_path, {"app/Dockerfile": "FROM debian:13\nCOPY conf /etc/app\n", "app/conf/id_rsa": key})
    assert "secret-file-copied" in rules(look(tmp_path))


def test_what_cannot_be_read_is_told_without_its_secrets(tmp_path: Path) -> None:
    token = "glpat-" + sha256(b"a token").hexdigest()[:20]
    write(tmp_path, {"Dockerfile": f"FROM debian:13\nCOPY --{token}=x a b\n{token} x\n"})
    told = unread(look(tmp_path))
    assert told
    assert token not in repr(told)
