"""What is said of an AppArmor profile."""

from __future__ import annotations

import pytest

from gates.container.apparmor import judging, reading
from gates.container.defect import Defect
from gates.container.rules.apparmor import LEVELS
from gates.core.finding import Severity
from tests.container.apparmor.policies import DOCKER, profile

HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW


def judged(text: str) -> list[Defect]:
    return list(judging.judge(reading.read(text.encode(), "p"), "p"))


def said(text: str) -> list[tuple[str, Severity]]:
    found = judged(text)
    return [
        (each.rule.id.removeprefix("container/apparmor-"), each.rule.severity if each.severity is None else each.severity) for each in found
    ]


def test_dockers_profile_has_no_finding() -> None:
    assert said(DOCKER) == []


@pytest.mark.parametrize("flag", ["complain", "unconfined", "default_allow"])
def test_a_profile_that_enforces_nothing(flag: str) -> None:
    (defect,) = judged(profile("/x r,", head=f"profile agent flags=(attach_disconnected,{flag})"))
    assert defect.rule.id == "container/apparmor-complain"
    assert defect.remedy == "profile agent flags=(attach_disconnected) {"
    assert defect.about == "agent"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["mount,"], [("mount", HIGH)]),
        (["audit mount,"], [("mount", HIGH)]),
        (["all,"], [("mount", HIGH)]),
        (["remount,"], [("mount", MEDIUM)]),
        (["pivot_root,"], [("mount", MEDIUM)]),
        (["mount options=(rw,bind),"], [("mount", MEDIUM)]),
        (["mount fstype=ext4 -> /**,"], [("mount", MEDIUM)]),
        (["mount,", "deny mount,"], []),
        (["deny mount,"], []),
        (["mount fstype=proc -> /host/proc/,"], []),
        (["mount options=(ro,bind) /a/ -> /b/,"], []),
        (["umount,"], []),
        (["capability,", "capability sys_admin,", "network,", "file,"], []),
    ],
)
def test_mounts(rules: list[str], expected: list[tuple[str, Severity]]) -> None:
    assert said(profile(*rules)) == expected


@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        ("/bin/** ux,", HIGH),
        ("/bin/sh rUx,", HIGH),
        ("rUx /bin/sh,", HIGH),
        ("file /bin/sh ux,", HIGH),
        ("file ux /bin/sh,", HIGH),
        ('owner "/a b" ux,', HIGH),
        ("@{bin}/x Ux,", HIGH),
        ("/bin/x px -> unconfined,", HIGH),
        ("change_profile,", HIGH),
        ("change_profile -> unconfined,", HIGH),
        ("change_profile /x -> **,", HIGH),
        ("/bin/x pux,", MEDIUM),
        ("/bin/x rPUx,", MEDIUM),
        ("/bin/x cux,", MEDIUM),
        ("ptrace,", LOW),
        ("ptrace (trace,read) peer=unconfined,", LOW),
        ("/bin/x ix,", None),
        ("/bin/x rPx -> other,", None),
        ("/bin/x pix,", None),
        ("deny /bin/x ux,", None),
        ("/usr/bin/ux r,", None),
        ("change_profile -> agent-child,", None),
        ("ptrace (read) peer=unconfined,", None),
        ("ptrace (trace,read) peer=agent,", None),
        ("unix,", None),
    ],
)
def test_ways_out(rule: str, severity: Severity | None) -> None:
    assert said(profile(rule)) == ([] if severity is None else [("exec-unconfined", severity)])


def test_what_is_denied_as_a_whole_is_denied() -> None:
    assert said(profile("change_profile,", "deny change_profile,")) == []


def test_a_profile_of_a_program_of_the_host_is_none_of_a_container() -> None:
    """Distributions ship them by the hundred, `unconfined` to give browsers their user namespaces."""
    text = profile("userns,", "/bin/x ux,", "mount,", head="profile browser /opt/browser/bin flags=(unconfined)")
    assert {severity for _, severity in said(text)} == {LOW}


def test_a_rule_that_stands_twice_is_told_apart() -> None:
    first, second = judged(profile("mount,", "mount,"))
    assert (first.subject, second.subject) == ("agent: mount", "agent: mount (2)")
    assert first.location.line == 4


def test_the_rules_tell_their_control() -> None:
    assert {level.rule.control for level in LEVELS} == {"AppArmor profile enforces"}
    assert all(level.rule.references for level in LEVELS)
