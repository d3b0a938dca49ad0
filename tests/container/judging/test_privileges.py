from __future__ import annotations

from typing import Any

import pytest

from gates.container.judging.runtime_privileges import DEFAULT_CAPABILITIES, seccomp_paths
from gates.core.finding import Location, Severity
from tests.container.judging.specs import doubts, hardened, ids, judged, open_, said, told


@pytest.mark.parametrize("user", ["root", "0", "0:0", "root:root", "00", "0:1000", "+0", " root "])
def test_root_is_root_however_it_is_written(user: str) -> None:
    assert told({"user": said(user)}) == {"user-root"}


@pytest.mark.parametrize("user", ["1000", "app", "1000:0", "rooty", "app:root", "10"])
def test_another_user_is_not(user: str) -> None:
    assert told({"user": said(user)}) == set()


def test_an_open_group_leaves_the_user_known() -> None:
    assert judged(hardened(user=open_("1000:${GID}"))) == []
    assert ids(judged(hardened(user=open_("0:${GID}")))) == {"user-root"}
    assert doubts(judged(hardened(user=open_("${UID:-0}:${GID}")))) == {"user-root"}


@pytest.mark.parametrize("text", ["$(id -u):$(id -g)", "`id -u`", '"$(id -u)"', "$UID"])
def test_whoever_types_a_command_is_taken_for_no_root(text: str) -> None:
    assert judged(hardened("docker-run", user=open_(text))) == []
    assert doubts(judged(hardened("compose", user=open_(text)))) == {"user-root"}


def test_dropping_all_is_what_is_asked_and_so_is_dropping_what_is_not_allowed() -> None:
    assert told({"cap_drop": ()}) == {"capabilities-kept"}
    assert told({"cap_drop": (said("NET_RAW"),)}) == {"capabilities-kept"}
    every = tuple(said(name) for name in sorted(DEFAULT_CAPABILITIES))
    assert told({"cap_drop": every}) == set()
    allowed = frozenset(("CHOWN", "SETUID"))
    assert told({"cap_drop": tuple(one for one in every if one.value not in allowed)}, capabilities=allowed) == set()
    assert told({"cap_drop": tuple(one for one in every if one.value not in allowed)}, capabilities=frozenset(("CHOWN",))) == {
        "capabilities-kept"
    }
    assert doubts(judged(hardened(cap_drop=(open_("${CAP}"),)))) == {"capabilities-kept"}


def test_each_capability_is_weighed_by_itself() -> None:
    found = judged(hardened(cap_add=(said("CHOWN"), said("SYS_ADMIN"), said("SYS_NICE"), said("NET_RAW"), said("SYS_ADMN"), said("ALL"))))
    assert [(defect.rule.id.partition("/")[2], defect.subject, defect.severity) for defect in found] == [
        ("capability-dangerous", "web:SYS_ADMIN", None),
        ("capability-added", "web:SYS_NICE", None),
        ("capability-dangerous", "web:NET_RAW", Severity.MEDIUM),
        ("capability-added", "web:SYS_ADMN", None),
        ("capability-dangerous", "web:ALL", None),
    ]


def test_the_policy_can_allow_a_dangerous_one() -> None:
    assert told({"cap_add": (said("NET_ADMIN"),)}, capabilities=frozenset(("NET_ADMIN",))) == set()


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("no_new_privileges", None, "new-privileges-unset"),
        ("no_new_privileges", said(False), "new-privileges-allowed"),
        ("privileged", said(True), "privileged"),
        ("seccomp", said("unconfined"), "seccomp-unconfined"),
        ("seccomp", said("Unconfined"), "seccomp-unconfined"),
        ("apparmor", said("unconfined"), "apparmor-unconfined"),
        ("apparmor", said("my-profile"), "apparmor-profile-missing"),
        ("labels_off", said(True), "label-disabled"),
    ],
)
def test_what_switches_a_protection_off(field: str, value: Any, rule: str) -> None:
    assert told({field: value}) == {rule}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("privileged", said(False)),
        ("seccomp", said("builtin")),
        ("seccomp", said("runtime/default")),
        ("apparmor", said("docker-default")),
        ("apparmor", said("runtime/default")),
        ("apparmor", said("known")),
        ("apparmor", said("localhost/known")),
        ("labels_off", said(False)),
    ],
)
def test_what_leaves_it_on(field: str, value: Any) -> None:
    assert told({field: value}, profiles=frozenset(("known",))) == set()


def test_a_seccomp_profile_is_looked_for_beside_the_file_and_in_scripts_below_the_top_too() -> None:
    beside = hardened(seccomp=said("./seccomp.json"))
    assert seccomp_paths(beside) == ("deploy/seccomp.json",)
    assert ids(judged(beside)) == {"seccomp-file-missing"}
    assert judged(beside, exists=lambda path: path == "deploy/seccomp.json") == []
    script = hardened("docker-run", seccomp=said("profiles/a.json"))
    assert seccomp_paths(script) == ("deploy/profiles/a.json", "profiles/a.json")
    assert judged(script, exists=lambda path: path == "profiles/a.json") == []


@pytest.mark.parametrize("path", ["/etc/docker/seccomp.json", "~/seccomp.json", "../../outside.json", "C:\\seccomp.json"])
def test_a_profile_outside_the_repository_cannot_be_judged(path: str) -> None:
    found = judged(hardened(seccomp=said(path)))
    assert (ids(found), doubts(found)) == (set(), {"seccomp-file-missing"})


def test_a_profile_of_a_node_is_not_looked_for() -> None:
    assert judged(hardened("kubernetes", seccomp=said("profiles/a.json"))) == []


def test_a_path_at_the_top_of_the_repository_is_found() -> None:
    top = said("seccomp.json")._replace(location=Location("compose.yaml", 1))
    assert seccomp_paths(hardened(seccomp=top)) == ("seccomp.json",)
