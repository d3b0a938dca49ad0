"""What is said of a profile."""

from __future__ import annotations

import pytest

from gates.container.rules.seccomp import LEVELS
from gates.container.seccomp import default
from gates.container.seccomp.dangerous import DANGEROUS
from gates.container.seccomp.syscalls import KNOWN
from gates.core.finding import Severity
from tests.container.seccomp.profiles import GUIDE, Json, docker, judged, rules, with_entry

ALLOW, DENY = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
EVERYTHING = sorted({name for entry in docker()["syscalls"] for name in entry["names"]})


def test_dockers_profile_has_no_finding() -> None:
    assert judged(docker()) == []


def test_the_tables_name_calls_that_there_are() -> None:
    assert len(DANGEROUS) >= 60
    assert {*DANGEROUS, *EVERYTHING} <= KNOWN
    assert not {*DANGEROUS} & {*default.ALWAYS, *default.SINCE_4_8}
    assert len(EVERYTHING) == 426


@pytest.mark.parametrize("name", [*DANGEROUS, "clone", "clone3", "socket"])
def test_adding_a_call_that_docker_withholds_adds_exactly_one_finding(name: str) -> None:
    listed = docker()
    listed["syscalls"][0]["names"].append(name)
    for document in (listed, with_entry(default.allow(name)), with_entry(default.allow(name), first=True)):
        (defect,) = judged(document)
        assert defect.subject == name
        assert defect.resolved
        assert defect.remedy


# the calls that are allowed without a condition differ in nothing but their names
_OF_EVERY_KIND = [*sorted({*EVERYTHING} - {*default.ALWAYS}), *default.ALWAYS[::12]]


@pytest.mark.parametrize("whole", [True, False])
def test_taking_a_call_out_never_adds_a_finding(whole: bool) -> None:
    for name in _OF_EVERY_KIND:
        document = docker()
        for entry in document["syscalls"]:
            if name in entry["names"]:
                entry["names"] = [each for each in entry["names"] if each != name]
                if not whole:
                    break
        document["syscalls"] = [entry for entry in document["syscalls"] if entry["names"]]
        assert judged(document) == [], name


def test_a_capability_is_a_condition_only_where_it_says_something() -> None:
    for caps, expected in (
        (["CAP_SYS_ADMIN"], 0),
        (["CAP_SYS_ADMIN", "CAP_CHOWN"], 0),
        (["CAP_NET_ADMIN"], 0),
        (["CAP_CHOWN"], 1),
        ([], 1),
    ):
        assert len(judged(with_entry(default.allow("mount", includes={"caps": caps})))) == expected
    # a container that drops CAP_CHOWN is the better one, and is let do more
    assert len(judged(with_entry(default.allow("mount", excludes={"caps": ["CAP_CHOWN"]})))) == 1
    assert judged(with_entry(default.allow("chroot", includes={"caps": ["CAP_SYS_CHROOT"]}))) == []


def test_one_architecture_or_kernel_is_enough() -> None:
    assert rules(with_entry(default.allow("mount", includes={"arches": ["riscv64"]}))) == {"dangerous-syscall"}
    assert rules(with_entry(default.allow("mount", excludes={"minKernel": "6.0"}))) == {"dangerous-syscall"}
    assert rules(with_entry(default.allow("mount", includes={"arches": ["x86_64"]}))) >= {"architectures"}


def test_a_call_that_only_reaches_the_log_is_open() -> None:
    (dangerous, log) = judged(with_entry({"names": ["mount"], "action": "SCMP_ACT_LOG"}))
    assert (dangerous.rule.id, log.rule.id) == ("container/seccomp-dangerous-syscall", "container/seccomp-log-only")
    assert log.severity == Severity.LOW


@pytest.mark.parametrize("action", ["SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_KILL", "SCMP_ACT_TRAP", DENY])
def test_a_call_that_is_denied_or_asked_about_is_closed(action: str) -> None:
    document = docker()
    document["syscalls"][0]["names"].remove("uname")
    for name in ("uname", "keyctl"):
        document["syscalls"].append({"names": [name], "action": action})
    assert judged(document) == []


@pytest.mark.parametrize(("action", "rule"), [(ALLOW, "container/seccomp-default-allow"), ("SCMP_ACT_LOG", "container/seccomp-log-only")])
def test_a_profile_that_allows_by_default_has_one_finding_that_names_what_is_open(action: str, rule: str) -> None:
    closed = [name for name in DANGEROUS if name != "unshare"]
    (defect,) = judged({"defaultAction": action, "syscalls": [{"names": closed, "action": DENY}]})
    assert defect.rule.id == rule
    assert defect.message.endswith(": unshare")
    (defect,) = judged({"defaultAction": action, "syscalls": []})
    assert defect.rule.severity == Severity.HIGH
    assert f"and {len(DANGEROUS) - 8} more" in defect.message


@pytest.mark.parametrize("document", [{}, {"defaultAction": "", "syscalls": []}, {"syscalls": None}])
def test_an_empty_profile_filters_nothing(document: Json) -> None:
    assert rules(document) & {"default-allow", "invalid"}


def _clone(*conditions: Json, **more: object) -> Json:
    document = docker()
    document["syscalls"] = [entry for entry in document["syscalls"] if entry["names"] != ["clone"]]
    document["syscalls"].append(default.allow("clone", args=list(conditions), **more))
    return document


def _masked(mask: int, left: int = 0, argument: int = 0) -> Json:
    return {"index": argument, "value": mask, "valueTwo": left, "op": "SCMP_CMP_MASKED_EQ"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (_clone(_masked(0x7E020000), excludes={"arches": ["s390", "s390x"]}), None),
        (_clone(_masked(0xFFFFFFFF, 0x3D0F00), excludes={"arches": ["s390", "s390x"]}), None),
        (_clone({"index": 0, "value": 17, "op": "SCMP_CMP_EQ"}, excludes={"arches": ["s390", "s390x"]}), None),
        (_clone(), Severity.HIGH),
        (_clone(_masked(0x10000000, 0x10000000)), Severity.HIGH),
        (_clone(_masked(0x7E020000, argument=1)), Severity.HIGH),
        (_clone(_masked(0x20000)), Severity.HIGH),
        (_clone({"index": 0, "value": 17, "op": "SCMP_CMP_NE"}), Severity.HIGH),
        (_clone({"index": 0, "value": 0x10000001, "op": "SCMP_CMP_LT"}), Severity.HIGH),
        (
            _clone(_masked(0x7C020000), excludes={"arches": ["s390", "s390x"]}),
            Severity.LOW,
        ),  # Docker's own before control groups had a flag
        (_clone(_masked(0x7E020000)), Severity.HIGH),  # on s390 the flags come second
        (_clone(_masked(0x7E020000), _masked(0xFF)), Severity.HIGH),  # conditions on one argument are not joined
    ],
)
def test_clone_must_not_make_a_user_namespace(document: Json, expected: Severity | None) -> None:
    found = judged(document)
    severities = [defect.rule.severity if defect.severity is None else defect.severity for defect in found]
    assert severities == ([] if expected is None else [expected])
    assert all(defect.rule.id == "container/seccomp-unfiltered-clone" for defect in found)


def _socket(*conditions: tuple[str, int]) -> Json:
    document = docker()
    document["syscalls"] = [entry for entry in document["syscalls"] if entry["names"] != ["socket"]]
    document["syscalls"] += [default.allow("socket", args=default.compare(operator, value)) for operator, value in conditions]
    return document


@pytest.mark.parametrize(
    ("document", "families"),
    [
        (_socket(("EQ", 1), ("EQ", 2), ("EQ", 10)), ""),
        (_socket(("LT", 38), ("EQ", 39), ("GT", 40)), ""),  # Docker's own of May 2026
        (_socket(("NE", 40)), "AF_ALG"),
        (_socket(("NE", 40), ("NE", 38)), "AF_ALG and AF_VSOCK"),
        (_socket(("LE", 38)), "AF_ALG"),
        (_socket(("GE", 39)), "AF_VSOCK"),
        (with_entry(default.allow("socket")), "AF_ALG and AF_VSOCK"),
    ],
)
def test_socket_must_not_open_the_families_that_docker_closes(document: Json, families: str) -> None:
    found = judged(document)
    assert [defect.rule.id for defect in found] == (["container/seccomp-unfiltered-socket"] if families else [])
    assert all(f"socket for {families}," in defect.message for defect in found)


def test_what_is_allowed_and_denied_is_told_once() -> None:
    denied = {"names": ["uname", "getcwd"], "action": DENY, "errnoRet": 13}
    assert [defect.subject for defect in judged(with_entry(denied))] == ["getcwd", "uname"]
    assert rules(with_entry(denied)) == {"contradiction"}
    assert "(lines 1 and 1)" in judged(with_entry(denied))[0].message


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"includes": {"caps": ["CAP_BPF"]}}, {"excludes": {"caps": ["CAP_BPF"]}}, False),
        ({"includes": {"arches": ["amd64"]}}, {"includes": {"arches": ["arm64"]}}, False),
        ({"includes": {"arches": ["amd64"]}}, {"excludes": {"arches": ["amd64"]}}, False),
        ({"includes": {"minKernel": "5.0"}}, {"excludes": {"minKernel": "5.0"}}, False),
        ({"includes": {"minKernel": "4.0"}}, {"excludes": {"minKernel": "5.0"}}, True),
        ({"args": default.compare("EQ", 1)}, {"args": default.compare("EQ", 2)}, False),
        ({"args": default.compare("EQ", 1)}, {"args": default.compare("NE", 2)}, True),
        ({}, {"args": default.compare("EQ", 2)}, True),
        ({"includes": {"caps": ["CAP_BPF"]}}, {}, True),
    ],
)
def test_entries_contradict_each_other_where_both_can_hold(first: Json, second: Json, expected: bool) -> None:
    entries = [{"names": ["acct2"], "action": ALLOW, **first}, {"names": ["acct2"], "action": DENY, "errnoRet": 5, **second}]
    document = docker()
    document["syscalls"] += [{**entry, "names": ["sgetmask"]} for entry in entries]
    assert rules(document) == ({"contradiction"} if expected else set())


def test_the_guides_example_starts_nothing_and_opens_what_matters() -> None:
    assert rules(GUIDE) == {"unusable", "unfiltered-clone", "unfiltered-socket"}
    message = next(defect.message for defect in judged(GUIDE) if defect.rule.id == "container/seccomp-unusable")
    for name in ("arch_prctl", "brk", "close", "munmap", "newfstatat"):
        assert name in message


def test_a_static_program_needs_less() -> None:
    names = ["execve", "exit_group", "mmap", "arch_prctl", "rt_sigaction", "rt_sigprocmask", "sigaltstack", "futex", "read", "write"]
    document = {**GUIDE, "syscalls": [{"names": names, "action": ALLOW}]}
    assert judged(document) == []


def test_without_architectures_only_the_hosts_own_is_filtered() -> None:
    document = docker()
    del document["archMap"]
    (defect,) = judged(document)
    assert (defect.rule.id, defect.severity) == ("container/seccomp-architectures", Severity.LOW)


def test_the_rules_tell_their_control_and_where_to_read_on() -> None:
    assert len({level.rule.id for level in LEVELS}) == 9
    for level in LEVELS:
        assert level.rule.references
        assert level.rule.control == "default-deny seccomp, dangerous calls closed, profile usable"


def test_a_call_with_more_entries_than_can_be_gone_through_is_open() -> None:
    document = docker()
    filters = [
        {"caps": [name], "arches": ["amd64", "arm64", "s390x"], "minKernel": f"4.{at}"}
        for at, name in enumerate(["CAP_CHOWN", "CAP_KILL"] * 40)
    ]
    document["syscalls"] += [{"names": ["keyctl"], "action": DENY, "errnoRet": 5, "includes": each} for each in filters]
    assert judged(document) == []
    document["syscalls"].append(default.allow("keyctl", includes={"caps": ["CAP_CHOWN"]}))
    assert [defect.subject for defect in judged(document)] == ["keyctl"]
