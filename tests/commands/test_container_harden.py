"""`gates container harden` as a person meets it."""

from __future__ import annotations

import json
import os
import stat

import pytest

from gates.commands import COMMANDS, Command
from gates.container.seccomp import judging, reading
from tests.commands.conftest import Answer, gates, make, repository
from tests.commands.conftest import Command as Gates
from tests.core.conftest import Maker

__all__ = ["gates", "make", "repository"]

NAME = "container harden"  # as one word, whatever verbs `gates container` has
OPEN = """{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [
    {
      "names": ["ptrace", "reboot", "keyctl"],
      "action": "SCMP_ACT_ERRNO"
    }
  ]
}
"""
LOG = '12 execve("/bin/true", ["true"], 0x7ff) = 0\n12 mount("a", "b", "c", 0, NULL) = -1 EPERM\n12 listen(3, 5) = 0\n'


class Harden:
    def __init__(self, run: Gates, repository: Maker) -> None:
        self._run = run
        self.top = repository.top

    def __call__(self, *argv: str, at: str = "") -> Answer:
        return self._run(NAME, *argv, at=self.top / at)

    def write(self, path: str, text: str) -> None:
        place = self.top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def read(self, path: str) -> str:
        return (self.top / path).read_text()


@pytest.fixture
def harden(gates: Gates, repository: Maker, monkeypatch: pytest.MonkeyPatch) -> Harden:
    monkeypatch.setitem(COMMANDS, NAME, Command("gates.commands.container_harden", ""))
    return Harden(gates, repository)


def test_a_dry_run_shows_the_difference_and_what_is_closed(harden: Harden) -> None:
    harden.write("seccomp.json", OPEN)
    answer = harden("seccomp.json")
    assert answer.code == 0
    assert '-  "defaultAction": "SCMP_ACT_ALLOW",\n' in answer.stdout
    assert '+  "defaultAction": "SCMP_ACT_ERRNO",\n' in answer.stdout
    assert "--- a/seccomp.json\n+++ b/seccomp.json\n" in answer.stdout
    assert "newly blocked (" in answer.stdout
    assert "io_uring_setup" in answer.stdout.split("newly blocked")[1]
    assert "newly behind a capability (" in answer.stdout
    assert "nothing is written" in answer.stdout
    assert harden.read("seccomp.json") == OPEN


def test_what_is_written_passes_and_keeps_its_indentation_and_mode(harden: Harden) -> None:
    harden.write("seccomp.json", OPEN)
    os.chmod(harden.top / "seccomp.json", 0o640)
    assert harden("seccomp.json", "--write").code == 0
    text = harden.read("seccomp.json")
    assert text.startswith('{\n  "defaultAction": "SCMP_ACT_ERRNO"')
    assert stat.S_IMODE(os.stat(harden.top / "seccomp.json").st_mode) == 0o640
    assert not list(judging.judge(reading.read(text.encode(), "x"), "x"))
    again = harden("seccomp.json")
    assert "@@" not in again.stdout
    assert "newly blocked: nothing" in again.stdout


def test_dockers_own_profile(harden: Harden) -> None:
    answer = harden("docker-default", "--output", "out.json")
    assert answer.code == 0
    assert answer.stdout == "newly blocked: nothing\nwritten: out.json\n"
    assert json.loads(harden.read("out.json"))["archMap"]
    refused = harden("docker-default", "--write")
    assert refused.code == 2
    assert "--output" in refused.stderr


def test_a_trace_says_what_is_needed(harden: Harden) -> None:
    harden.write("a.log", LOG)
    harden.write("b.log", "  0.00    0.000000           0         6           sendfile\n")
    answer = harden("docker-default", "--strace", "a.log", "--strace", "b.log", "--output", "out.json")
    names = {name for entry in json.loads(harden.read("out.json"))["syscalls"] for name in entry["names"]}
    assert {"execve", "listen", "sendfile", "brk"} <= names
    assert not {"mount", "accept", "bind"} & names
    assert "seen and left out: mount, which" in answer.stdout
    assert "--allow mount lets it through with CAP_SYS_ADMIN" in answer.stdout


def test_what_is_asked_for_is_open_and_said(harden: Harden) -> None:
    harden.write("seccomp.json", OPEN)
    answer = harden("seccomp.json", "--allow", "keyctl, mount", "--allow", "ptrace", "--write")
    assert "open because --allow asks for it, and a finding: keyctl" in answer.stdout
    document = json.loads(harden.read("seccomp.json"))
    assert {"names": ["keyctl"], "action": "SCMP_ACT_ALLOW"} in document["syscalls"]
    assert any("mount" in entry["names"] and entry["includes"] == {"caps": ["CAP_SYS_ADMIN"]} for entry in document["syscalls"])
    assert any("ptrace" in entry["names"] for entry in document["syscalls"])


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "name a seccomp profile"),
        (("nothing.json",), "no such file"),
        (("broken.json",), "not valid JSON"),
        (("list.json",), "JSON object"),
        (("seccomp.json", "--allow", "mounts"), "did you mean 'mount'"),
        (("seccomp.json", "--strace", "seccomp.json"), "holds no system call"),
        (("seccomp.json", "--strace", "gone.log"), "cannot be read"),
        (("seccomp.json", "--strace", "."), "cannot be read"),
        (("seccomp.json", "--write", "--output", "x"), "give one"),
        (("config.json", "--write"), "--output"),
        (("--service", "web", "--write"), "--write belongs to"),
        (("--service", "web", "--allow", "mount"), "--allow belongs to"),
        (("--service", "web"), "no compose file here"),
        (("--service", "web", "gone.yaml"), "no such file"),
    ],
)
def test_what_cannot_be_meant_is_refused(harden: Harden, argv: tuple[str, ...], said: str) -> None:
    harden.write("seccomp.json", OPEN)
    harden.write("broken.json", "{")
    harden.write("list.json", "[]")
    harden.write("config.json", '{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}}')
    answer = harden(*argv)
    assert answer.code == 2
    assert said in answer.stderr
    assert answer.stdout == ""
    assert harden.read("seccomp.json") == OPEN


def test_a_name_acts_on_no_terminal(harden: Harden) -> None:
    harden.write("\x1b[31m.json", OPEN.replace("SCMP_ACT_ERRNO", "\u202eSCMP"))
    answer = harden("\x1b[31m.json")
    assert answer.code == 0
    assert "\x1b" not in answer.stdout
    assert "\u202e" not in answer.stdout


COMPOSE = """\
services:
  web:
    image: example/web
    ports: ["8080:80"]
  db:
    extends: {file: ../common.yaml, service: base}
    image: postgres:17
"""


def test_a_service_of_the_compose_file_here(harden: Harden) -> None:
    harden.write("app/compose.yaml", COMPOSE)
    harden.write("app/compose.override.yaml", "services: {web: {cap_add: [CHOWN]}}")
    harden.write("common.yaml", "services: {base: {user: '70:70'}}")
    answer = harden("--service", "web", at="app")
    assert answer.code == 0
    assert answer.stderr == ""
    assert answer.stdout.startswith("services:\n  web:\n")
    for line in ("read_only: true", "cap_drop:", '- "CHOWN"', "- no-new-privileges:true", '- "127.0.0.1:8080:80"', "pids_limit: 256"):
        assert line in answer.stdout
    assert 'user: "70:70"' in harden("--service", "db", "app/compose.yaml").stdout


def test_a_service_that_is_not_there(harden: Harden) -> None:
    harden.write("compose.yaml", "services: {web: {image: a}}")
    answer = harden("--service", "wbe")
    assert answer.code == 2
    assert "it has web; did you mean 'web'?" in answer.stderr


def test_a_service_into_a_file(harden: Harden) -> None:
    harden.write("compose.yaml", "services: {web: {image: a}}")
    assert harden("--service", "web", "--output", "hardened.yaml").code == 0
    assert "read_only: true" in harden.read("hardened.yaml")
