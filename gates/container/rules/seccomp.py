"""What can be wrong with a seccomp profile."""

from __future__ import annotations

from gates.container.rules.levels import levelled
from gates.core.finding import Severity

_CONTROL = "default-deny seccomp, dangerous calls closed, profile usable"
_DOCKER = "https://docs.docker.com/engine/security/seccomp/"
_KERNEL = "https://docs.kernel.org/userspace-api/seccomp_filter.html"
_OCI = "https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp"
_HARDEN = "gates container harden PROFILE writes such a profile"

DEFAULT_ALLOW = levelled(
    "container/seccomp-default-allow",
    Severity.HIGH,
    Severity.HIGH,
    summary="a seccomp profile that allows what it does not name",
    why="Each call that is forgotten, and each that a later kernel brings, is open; Docker's own profile, which this one replaces, "
    "closes them.",
    remedy=f"Set defaultAction to SCMP_ACT_ERRNO and list what the program needs; {_HARDEN}.",
    references=(_DOCKER, _KERNEL),
    control=_CONTROL,
    cwe=(693, 183),
)
DANGEROUS_SYSCALL = levelled(
    "container/seccomp-dangerous-syscall",
    Severity.HIGH,
    Severity.HIGH,
    summary="a system call that Docker withholds is open to every container with this profile",
    why="These calls reach the host, or parts of the kernel in which mistakes are found again and again. Docker's profile gives them only "
    "to a container that was given the capability as well, or to none.",
    remedy=f'Take the call out, or let it depend on its capability with "includes": {{"caps": […]}}; {_HARDEN}.',
    references=(
        f"{_DOCKER}#significant-syscalls-blocked-by-the-default-profile",
        "https://man7.org/linux/man-pages/man7/capabilities.7.html",
    ),
    control=_CONTROL,
    cwe=(250, 693),
)
UNFILTERED_CLONE = levelled(
    "container/seccomp-unfiltered-clone",
    Severity.HIGH,
    Severity.HIGH,
    summary="a program can make a user namespace through clone",
    why="In a user namespace of its own a program is root with every capability, and reaches parts of the kernel that are closed to it "
    "otherwise. clone needs a condition on its flags; the flags of clone3 lie behind a pointer, so it must be closed altogether.",
    remedy="Allow clone with SCMP_CMP_MASKED_EQ 2114060288 on its flags, and answer clone3 with SCMP_ACT_ERRNO and errnoRet 38 (ENOSYS), "
    f"so that the C library takes clone; {_HARDEN}.",
    references=(
        "https://man7.org/linux/man-pages/man2/clone.2.html",
        "https://man7.org/linux/man-pages/man7/user_namespaces.7.html",
        _DOCKER,
    ),
    control=_CONTROL,
    cwe=(250, 693),
)
UNFILTERED_SOCKET = levelled(
    "container/seccomp-unfiltered-socket",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a program can open sockets of families that no container needs",
    why="AF_ALG reaches the kernel's cryptography, where CVE-2026-31431 let any program write into files of the host; AF_VSOCK reaches the "
    "machine below and its other guests, past every network rule.",
    remedy="Allow socket for the families that are needed, with a condition on its first argument for each: 1 is AF_UNIX, 2 AF_INET, "
    f"10 AF_INET6, 16 AF_NETLINK. Conditions on one argument are not joined: any one that fits is enough. {_HARDEN}.",
    references=(_DOCKER, "https://man7.org/linux/man-pages/man2/socket.2.html", "https://man7.org/linux/man-pages/man7/vsock.7.html"),
    control=_CONTROL,
    cwe=(693,),
)
ARCHITECTURES = levelled(
    "container/seccomp-architectures",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a seccomp profile whose architectures are not what they seem",
    why="A condition on an architecture that Docker calls otherwise never holds: what it was to allow is closed, what it was to close is "
    "open. With architectures and archMap in one profile Docker refuses it, and people then run without.",
    remedy="Write archMap as Docker's profile does, without architectures beside it; in includes and excludes use Docker's words: amd64, "
    "arm64, s390x.",
    references=(_DOCKER, _OCI),
    control=_CONTROL,
    cwe=(693,),
)
CONTRADICTION = levelled(
    "container/seccomp-contradiction",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="one system call is allowed and denied",
    why="Which of the two holds depends on the order and the conditions in ways that few expect; a denial that equals defaultAction never "
    "reaches the kernel, and an entry without conditions makes those with conditions void.",
    remedy="Keep one entry for the call, or conditions, capabilities and architectures of which never two hold at once.",
    references=("https://man7.org/linux/man-pages/man3/seccomp_rule_add.3.html", _OCI),
    control=_CONTROL,
    cwe=(693,),
)
INVALID = levelled(
    "container/seccomp-invalid",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a seccomp profile that the runtime refuses, or of which it passes over a part in silence",
    why="A refused profile is often replaced with unconfined; and of a misspelt name or key nobody is told, whatever it was to deny.",
    remedy="Correct it by the runtime's specification, and start a container with it once.",
    references=(_OCI, _DOCKER),
    control=_CONTROL,
    cwe=(1188,),
)
UNUSABLE = levelled(
    "container/seccomp-unusable",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a seccomp profile with which no program can start",
    why="What cannot start is soon run with seccomp=unconfined, which is worse than Docker's own profile.",
    remedy=f"Start from Docker's profile, or from what strace -f sees: gates container harden docker-default --strace LOG; {_HARDEN}.",
    references=(_DOCKER,),
    control=_CONTROL,
)
LOG_ONLY = levelled(
    "container/seccomp-log-only",
    Severity.HIGH,
    Severity.HIGH,
    summary="a seccomp profile that writes calls down and lets them happen",
    why="SCMP_ACT_LOG is for finding out what a program calls. Left in place, it stops nothing.",
    remedy="Turn what was logged into entries that allow it, and set the action to SCMP_ACT_ERRNO.",
    references=(_KERNEL, "https://man7.org/linux/man-pages/man2/seccomp.2.html"),
    control=_CONTROL,
    cwe=(693,),
)
LEVELS = (
    DEFAULT_ALLOW,
    DANGEROUS_SYSCALL,
    UNFILTERED_CLONE,
    UNFILTERED_SOCKET,
    ARCHITECTURES,
    CONTRADICTION,
    INVALID,
    UNUSABLE,
    LOG_ONLY,
)
