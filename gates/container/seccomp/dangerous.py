"""System calls that Docker withholds from a container, or gives it with a capability alone: what they are good for, for whoever is in it.

As of Docker's profile of May 2026 and Linux 6.18. What that profile allows everybody is not here (ptrace, process_vm_readv, adjtimex …).
References: https://docs.docker.com/engine/security/seccomp/#significant-syscalls-blocked-by-the-default-profile and the manual pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gates.core.finding import Severity


class Dangerous(NamedTuple):
    """`capabilities` are those any one of which says that a container is meant to make the call."""

    name: str
    group: str
    reason: str
    capabilities: frozenset[str]
    severity: Severity


class _Group(NamedTuple):
    name: str
    severity: Severity
    capabilities: str  # of the calls that name none
    calls: tuple[tuple[str, str] | tuple[str, str, str], ...]  # name, reason, capabilities of its own


_GROUPS = (
    _Group(
        "namespaces",
        Severity.HIGH,
        "SYS_ADMIN",
        (
            ("unshare", "makes a user namespace, in which the program is root with every capability and reaches much more of the kernel"),
            ("setns", "enters namespaces of other containers and of the host that it gets a descriptor of"),
        ),
    ),
    _Group(
        "mounts",
        Severity.HIGH,
        "SYS_ADMIN",
        (
            ("mount", "mounts the host's disks or its /proc and /sys, writable, in a namespace of the program's own"),
            ("umount", "uncovers what the runtime masked in /proc and /sys"),
            ("umount2", "uncovers what the runtime masked in /proc and /sys"),
            ("pivot_root", "leaves the root folder that the runtime set"),
            ("move_mount", "mounts, in the newer way that filters for mount do not see"),
            ("open_tree", "copies mounts, in the newer way that filters for mount do not see"),
            ("open_tree_attr", "copies mounts and changes whether they are read-only"),
            ("fsopen", "prepares a mount, in the newer way that filters for mount do not see"),
            ("fsconfig", "prepares a mount, and its parser has let programs take over the kernel (CVE-2022-0185)"),
            ("fsmount", "mounts, in the newer way that filters for mount do not see"),
            ("fspick", "changes a mount, in the newer way that filters for mount do not see"),
            ("mount_setattr", "makes read-only mounts writable"),
        ),
    ),
    _Group(
        "kernel code",
        Severity.HIGH,
        "SYS_MODULE",
        (
            ("init_module", "loads code into the host's kernel"),
            ("finit_module", "loads code into the host's kernel"),
            ("delete_module", "unloads parts of the host's kernel"),
            ("create_module", "makes room for code in the host's kernel"),
            ("kexec_load", "replaces the host's kernel at the next start", "SYS_BOOT"),
            ("kexec_file_load", "replaces the host's kernel at the next start", "SYS_BOOT"),
        ),
    ),
    _Group(
        "kernel programs",
        Severity.HIGH,
        "SYS_ADMIN",
        (
            ("bpf", "runs programs in the kernel, whose checker has often been wrong", "SYS_ADMIN BPF"),
            ("perf_event_open", "watches the kernel and other processes, and has often let programs take over", "SYS_ADMIN PERFMON"),
            ("lookup_dcookie", "tells of files of the whole host"),
        ),
    ),
    _Group(
        "kernel surface",
        Severity.HIGH,
        "",
        (
            ("io_uring_setup", "makes other calls without this filter seeing them, and has often let programs take over the kernel"),
            ("io_uring_enter", "makes other calls without this filter seeing them, and has often let programs take over the kernel"),
            ("io_uring_register", "makes other calls without this filter seeing them, and has often let programs take over the kernel"),
            ("userfaultfd", "halts the kernel in the midst of a copy, which makes its races easy to win"),
        ),
    ),
    _Group(
        "file handles",
        Severity.HIGH,
        "DAC_READ_SEARCH",
        (("open_by_handle_at", "opens files of the host by number, past every mount, as the escape named Shocker did"),),
    ),
    _Group(
        "hardware",
        Severity.HIGH,
        "SYS_RAWIO",
        (
            ("iopl", "talks to the machine's devices past the kernel"),
            ("ioperm", "talks to the machine's devices past the kernel"),
        ),
    ),
    _Group(
        "keys",
        Severity.MEDIUM,
        "",
        (
            ("add_key", "reaches the kernel's keys, which containers of one user share"),
            ("request_key", "reaches the kernel's keys, which containers of one user share"),
            ("keyctl", "reaches the kernel's keys, which containers of one user share"),
        ),
    ),
    _Group(
        "processes",
        Severity.MEDIUM,
        "SYS_PTRACE",
        (
            ("kcmp", "tells where the kernel keeps things of other processes"),
            ("pidfd_getfd", "takes open files of other processes"),
            ("process_madvise", "changes the memory of other processes"),
            ("move_pages", "moves the memory of other processes", "SYS_NICE"),
            ("migrate_pages", "moves the memory of other processes", "SYS_NICE"),
            ("lsm_set_self_attr", "changes what AppArmor or SELinux takes the program for", "SYS_ADMIN MAC_ADMIN"),
        ),
    ),
    _Group(
        "clock",
        Severity.MEDIUM,
        "SYS_TIME",
        (
            ("settimeofday", "sets the host's clock"),
            ("stime", "sets the host's clock"),
            ("clock_settime", "sets the host's clock"),
            ("clock_settime64", "sets the host's clock"),
        ),
    ),
    _Group(
        "host",
        Severity.MEDIUM,
        "SYS_ADMIN",
        (
            ("reboot", "restarts the host", "SYS_BOOT"),
            ("swapon", "changes where the host keeps memory"),
            ("swapoff", "changes where the host keeps memory"),
            ("acct", "switches the host's accounting of processes", "SYS_PACCT"),
            ("sethostname", "renames the host where its name is shared"),
            ("setdomainname", "renames the host where its name is shared"),
            ("syslog", "reads the host's kernel log, which tells of addresses in the kernel", "SYS_ADMIN SYSLOG"),
            ("quotactl", "changes the host's disk quotas"),
            ("quotactl_fd", "changes the host's disk quotas"),
            ("fanotify_init", "watches and holds up what others open"),
            ("vhangup", "hangs up terminals", "SYS_TTY_CONFIG"),
            ("chroot", "makes another root folder, which a program with the right to it leaves again", "SYS_CHROOT"),
        ),
    ),
    _Group(
        "obsolete",
        Severity.MEDIUM,
        "SYS_ADMIN",
        (
            ("_sysctl", "is long replaced, and nobody looks after its code"),
            ("bdflush", "is long replaced, and nobody looks after its code"),
            ("get_kernel_syms", "tells of addresses in the kernel"),
            ("nfsservctl", "is long replaced, and nobody looks after its code"),
            ("query_module", "tells of addresses in the kernel"),
            ("sysfs", "is long replaced, and nobody looks after its code"),
            ("uselib", "is long replaced, and has let programs take over the kernel"),
            ("ustat", "is long replaced, and nobody looks after its code"),
            ("vm86", "runs code of the 8086 in the kernel's care"),
            ("vm86old", "runs code of the 8086 in the kernel's care"),
        ),
    ),
)


def _rows() -> Iterator[Dangerous]:
    for group in _GROUPS:
        for name, reason, *own in group.calls:
            capabilities = frozenset(f"CAP_{each}" for each in (own[0] if own else group.capabilities).split())
            yield Dangerous(name, group.name, reason, capabilities, group.severity)


DANGEROUS = {row.name: row for row in _rows()}
