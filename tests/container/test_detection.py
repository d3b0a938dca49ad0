"""Which files are judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from gates.container import detection
from tests.container.support import look, rules, write

COMPOSE = b"services:\n  a:\n    image: acme/x:1.0\n    privileged: true\n"
POLICY = b"# (c)\n#include <tunables/global>\nprofile x flags=(attach_disconnected) {\n  mount,\n}\n"


@pytest.mark.parametrize(
    ("path", "data", "kind"),
    [
        ("a\nb.yaml", COMPOSE, "compose"),
        ("Dockerfile_x", b"FROM a\n", "dockerfile"),
        ("myDockerfile", b"# a\nARG A\nFROM a\n", "dockerfile"),
        ("myDockerfile", b"see FROM\n", None),
        ("test_dockerfile.py", b"FROM a\n", None),
        ("Dockerfile.md", b"FROM a\n", None),
        ("apparmor/x", b"profile x {\n}\n", "apparmor"),
        ("apparmor/policies.py", POLICY, None),
        ("apparmor/policies.go", POLICY, None),
        ("a\n/docker-compose\n.yml", COMPOSE, "compose"),
        ("Dockerfile.\nx", b"FROM a\n", "dockerfile"),
        ("a\n.dockerfile", b"FROM a\n", "dockerfile"),
        ("a\n.sh", b"docker ps\n", "script"),
        ("deploy/agent", POLICY, "apparmor"),
        ("x.aa", POLICY, "apparmor"),
        ("usr.bin.x", POLICY, "apparmor"),
        ("x.go", POLICY, None),
        ("x.prof", b"profile of a program {\n", None),
        ("agent", b"profile x {\n  speed 7\n}\n", None),
        ("apparmor_test.go", b'"name": {\n', None),
        ("logrotate", b"/var/log/x {\n  weekly\n  rotate 7\n}\n", None),
        ("p.json", b'{"syscalls" : [{"names": [], "action": "SCMP_ACT_ALLOW"}]}', "seccomp"),
        ("p.json", b'{"DEFAULTACTION": "SCMP_ACT_ALLOW"}', "seccomp"),
        ("p.json", b'{"properties": {"syscalls": {"enum": ["SCMP_ACT_ALLOW"]}}}', None),
        ("a/action.yml", b"runs:\n  using: docker\n", "action"),
        ("a/action.yml", b"runs:\n  using: node20\n", None),
        ("crd.yaml", b"apiVersion: a/v1\nkind: Widget\nspec: {}\n", None),
    ],
)
def test_a_name_and_what_is_in_the_file_tell(path: str, data: bytes, kind: str | None) -> None:
    found = detection.kind(path, data) if detection.possible(path) else None
    assert found == kind


def test_first_bytes_tell_whether_a_file_without_an_extension_is_read() -> None:
    assert detection.promising("deploy/agent", POLICY)
    assert detection.promising("run", b"#!/bin/sh\n")
    assert not detection.promising("LICENSE", b"Permission is hereby granted\n")
    assert not detection.promising("program", b"\x7fELF")


def test_a_file_whose_name_holds_a_line_break_is_judged(tmp_path: Path) -> None:
    assert "privileged" in rules(look(write(tmp_path, {"a\nb.yaml": COMPOSE})))
