"""Profiles that tests make up."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from gates.container.defect import Defect
from gates.container.seccomp import default, judging, reading
from gates.container.seccomp.dangerous import DANGEROUS
from gates.container.seccomp.profile import Profile

Json = dict[str, Any]

# the example of a project's security guide, word for word
GUIDE: Json = {
    "defaultAction": "SCMP_ACT_ERRNO",
    "architectures": ["SCMP_ARCH_X86_64"],
    "syscalls": [
        {
            "names": [
                "accept",
                "bind",
                "clone",
                "connect",
                "execve",
                "exit_group",
                "futex",
                "getpid",
                "listen",
                "mmap",
                "mprotect",
                "open",
                "openat",
                "read",
                "recvfrom",
                "sendto",
                "socket",
                "write",
            ],
            "action": "SCMP_ACT_ALLOW",
        }
    ],
}


def read(document: object) -> Profile:
    return reading.read(json.dumps(document).encode(), "seccomp.json")


def judged(document: object) -> list[Defect]:
    return list(judging.judge(read(document), "seccomp.json"))


def rules(document: object) -> set[str]:
    return {defect.rule.id.removeprefix("container/seccomp-") for defect in judged(document)}


def docker(**more: object) -> Json:
    return {**default.document(), **more}


def with_entry(entry: object, *, first: bool = False) -> Json:
    document: Json = default.document()
    document["syscalls"].insert(0 if first else len(document["syscalls"]), entry)
    return document


_names = st.sampled_from(
    sorted(
        {"read", "brk", "socket", "clone", "clone3", "ioctl", "personality", "prctl", "execve", "mount", "setns", "bpf", "keyctl", "uname"}
    )
)
_every_name = st.sampled_from(sorted({*default.ALWAYS, *DANGEROUS, "clone", "clone3", "socket", "no_such_call"}))
_numbers = st.sampled_from([0, 1, 2, 17, 38, 39, 40, 41, 0x10000000, 0x7E020000, 2**32, 2**40 + 38])
_conditions = st.fixed_dictionaries(
    {
        "index": st.integers(0, 2),
        "value": _numbers,
        "valueTwo": st.sampled_from([0, 0, 2]),
        "op": st.sampled_from([f"SCMP_CMP_{name}" for name in reading.OPERATORS]),
    }
)
_filters = st.fixed_dictionaries(
    {},
    optional={
        "caps": st.lists(st.sampled_from(["CAP_SYS_ADMIN", "CAP_CHOWN", "CAP_NET_RAW"]), max_size=2),
        "arches": st.lists(st.sampled_from(["amd64", "arm64", "s390x"]), max_size=2),
        "minKernel": st.sampled_from(["4.8", "5.10"]),
    },
)
_entries = st.fixed_dictionaries(
    {
        "names": st.lists(_names | _every_name, min_size=1, max_size=6),
        "action": st.sampled_from(["ALLOW", "ALLOW", "ERRNO", "LOG", "KILL"]),
    },
    optional={
        "args": st.lists(_conditions, max_size=2),
        "includes": _filters,
        "excludes": _filters,
        "errnoRet": st.sampled_from([1, 2, 38]),
    },
).map(lambda entry: {**entry, "action": f"SCMP_ACT_{entry['action']}"})
documents = st.fixed_dictionaries(
    {
        "defaultAction": st.sampled_from([f"SCMP_ACT_{name}" for name in ("ERRNO", "ERRNO", "KILL_PROCESS", "ALLOW", "LOG")]),
        "syscalls": st.lists(_entries, max_size=8),
    },
    optional={
        "defaultErrnoRet": st.sampled_from([1, 38]),
        "architectures": st.just(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]),
        "archMap": st.just([{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}]),
    },
)
