"""A derived profile is tight, passes, and says what it takes away."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.container.seccomp import default, deriving
from gates.container.seccomp.dangerous import DANGEROUS
from gates.container.seccomp.deriving import START, Derived, Wish
from gates.container.seccomp.effective import ORDINARY_CAPABILITIES, Environment
from gates.container.seccomp.syscalls import KNOWN
from tests.container.seccomp import kernel
from tests.container.seccomp.profiles import GUIDE, Json, docker, documents, judged, read

ALLOW, DENY, KILL = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"
# what an agent's firewall denied when it was reviewed, besides what Docker denies anyway
REVIEWED = (
    "ptrace process_vm_readv process_vm_writev kexec_load kexec_file_load reboot init_module finit_module delete_module pivot_root syslog "
    "add_key request_key keyctl umount umount2"
)
# what can be asked for by name and is then a finding: Docker has no capability for it
_UNGATED = {name for name, row in DANGEROUS.items() if not row.capabilities}


def derive(document: object, allow: tuple[str, ...] = (), observed: set[str] | None = None) -> Derived:
    return deriving.derive(read(document), Wish(allow, observed))


def named(derived: Derived) -> set[str]:
    entries: list[Json] = derived.document["syscalls"]  # type: ignore[assignment]
    return {name for entry in entries for name in entry["names"]}


def test_dockers_profile_is_as_tight_as_it_gets() -> None:
    derived = derive(docker())
    assert derived.document == docker()
    assert not any(derived[1:])


@settings(max_examples=30)
@given(documents, st.lists(st.sampled_from(sorted(KNOWN)), max_size=4), st.none() | st.sets(st.sampled_from(sorted(KNOWN)), max_size=12))
def test_what_is_derived_passes_but_for_what_was_asked_for(document: Json, allow: list[str], observed: set[str] | None) -> None:
    derived = derive(document, tuple(allow), observed)
    found = judged(derived.document)
    assert {defect.subject for defect in found} <= {*allow} & _UNGATED
    assert {defect.subject for defect in found} == {*derived.open}
    assert derived.open == tuple(sorted({*allow} & _UNGATED))
    assert json.loads(deriving.render(derived.document)) == derived.document


_ARGUMENTS = st.tuples(*[st.sampled_from([0, 1, 2, 8, 17, 38, 40, 41, 0x10000000, 0x7E020000, 2**32])] * 3)


@settings(max_examples=40)
@given(documents, st.lists(_ARGUMENTS, min_size=4, max_size=4))
def test_nothing_is_derived_that_the_profile_closed(document: Json, arguments: list[tuple[int, ...]]) -> None:
    """By libseccomp's word, for a container with the usual capabilities."""
    profile, environment = read(document), Environment(capabilities=ORDINARY_CAPABILITIES)
    derived = derive(document)
    before, after = kernel.compiled(profile, environment), kernel.compiled(read(derived.document), environment)
    for name in named(derived) - {*derived.added} - {"clone3"}:
        call = kernel.number(name)
        for values in arguments:
            if call >= 0 and kernel.permits(after, call, values):
                assert kernel.permits(before, call, values) or name in START, (name, values)


def test_a_deny_list_becomes_an_allow_list() -> None:
    derived = derive({"defaultAction": ALLOW, "syscalls": [{"names": REVIEWED.split(), "action": DENY}]})
    assert derived.document["defaultAction"] == DENY
    assert not named(derived) & {*REVIEWED.split()}
    assert {"io_uring_setup", "keyctl", "userfaultfd"} & {*derived.blocked} == {"io_uring_setup", "userfaultfd"}
    assert {"mount", "setns", "unshare", "bpf"} <= {*derived.gated}
    assert judged(derived.document) == []


def test_what_no_program_starts_without_is_added_and_said() -> None:
    derived = derive(GUIDE)
    assert {"brk", "close", "arch_prctl", "munmap"} <= {*derived.added}
    assert {"accept", "socket", "clone"} <= named(derived)
    assert "chmod" not in named(derived)
    assert derived.document["architectures"] == ["SCMP_ARCH_X86_64"]


def test_what_was_asked_for_is_open_as_docker_has_it() -> None:
    derived = derive(GUIDE, ("mount", "chmod", "pivot_root", "keyctl", "file_getattr"))
    entries: list[Json] = derived.document["syscalls"]  # type: ignore[assignment]
    by_name = {name: entry for entry in entries for name in entry["names"]}
    assert by_name["mount"]["includes"] == by_name["pivot_root"]["includes"] == {"caps": ["CAP_SYS_ADMIN"]}
    assert "includes" not in by_name["chmod"]
    assert "includes" not in by_name["file_getattr"]
    assert derived.behind == ("mount", "pivot_root")
    assert derived.open == ("keyctl",)


def test_what_was_seen_is_kept_and_what_is_dangerous_of_it_left_out() -> None:
    derived = derive(docker(), observed={"mount", "clone3", "listen", "io_uring_setup"})
    assert derived.left_out == ("io_uring_setup", "mount")
    assert {"clone", "listen"} <= named(derived)
    assert not {"mount", "accept", "io_uring_setup"} & named(derived)
    assert derive(docker(), ("mount",), {"mount"}).left_out == ()


def test_narrower_conditions_are_kept() -> None:
    narrow = [default.allow("socket", args=default.compare("EQ", family)) for family in (1, 2, 38)]
    document = {**docker(), "syscalls": [*narrow, default.allow("prctl", args=default.compare("EQ", 15)), default.allow("read")]}
    entries: list[Json] = derive(document).document["syscalls"]  # type: ignore[assignment]
    assert [entry["args"][0]["value"] for entry in entries if entry["names"] == ["socket"]] == [1, 2]
    assert [entry["args"] for entry in entries if "prctl" in entry["names"]] == [default.compare("EQ", 15)]


def test_one_denied_value_is_kept_closed() -> None:
    denied = {"names": ["ioctl"], "action": DENY, "args": default.compare("EQ", 0x5412, 1)}
    entries: list[Json] = derive({"defaultAction": ALLOW, "syscalls": [denied]}).document["syscalls"]  # type: ignore[assignment]
    assert [entry["args"] for entry in entries if "ioctl" in entry["names"]] == [default.compare("NE", 0x5412, 1)]


@pytest.mark.parametrize(
    ("default_action", "rules", "name", "closed"),
    [
        (DENY, [(ALLOW, "NE", 0)], "socket", 0),  # AF_UNSPEC, which Docker allows with all families below 12
        (DENY, [(ALLOW, "NE", 0)], "personality", 0),
        (DENY, [(ALLOW, "NE", 0)], "chroot", 0),  # gated by a capability that every container has
        (ALLOW, [(DENY, "EQ", 0)], "socket", 0),
        (ALLOW, [(DENY, "EQ", 38)], "chroot", 38),
        (KILL, [(ALLOW, "EQ", 17), (DENY, "GT", 8)], "socket", 17),  # both fit, and which is taken depends on the values
        (KILL, [(ALLOW, "LE", 8), (DENY, "MASKED_EQ", 2)], "personality", 8),
    ],
)
def test_a_value_that_is_closed_stays_closed(default_action: str, rules: list[tuple[str, str, int]], name: str, closed: int) -> None:
    """By libseccomp's word: if that lets the value through after all, nothing is lost by closing it."""
    entries = [{"names": [name], "action": action, "args": default.compare(operator, value)} for action, operator, value in rules]
    made = read(derive({"defaultAction": default_action, "syscalls": entries}).document)
    program = kernel.compiled(made, Environment(capabilities=ORDINARY_CAPABILITIES))
    assert not kernel.permits(program, kernel.number(name), (closed,))
    assert {entry.includes.capabilities for entry in made.entries if name in {word.text for word in entry.names}} <= (
        {("CAP_SYS_CHROOT",)} if name == "chroot" else {()}
    )


def test_conditions_on_a_call_behind_a_capability_are_kept_beside_it() -> None:
    flags = default.compare("EQ", 4096, 3)
    entries: list[Json] = derive({"defaultAction": DENY, "syscalls": [default.allow("mount", args=flags)]}).document["syscalls"]  # type: ignore[assignment]
    (entry,) = (entry for entry in entries if "mount" in entry["names"])
    assert (entry["includes"], [each["value"] for each in entry["args"]]) == ({"caps": ["CAP_SYS_ADMIN"]}, [4096])


def test_a_stricter_answer_is_kept() -> None:
    assert derive({**GUIDE, "defaultAction": "SCMP_ACT_KILL_PROCESS"}).document["defaultAction"] == "SCMP_ACT_KILL_PROCESS"
    assert derive({**GUIDE, "defaultErrnoRet": 38}).document["defaultErrnoRet"] == 38
