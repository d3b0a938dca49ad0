"""What Docker lets a container do that names no profile: the facts of the profile that moby/profiles publishes as seccomp/default.json
(Copyright The Moby Authors, Apache License 2.0, https://github.com/moby/profiles), in a form of our own: version v0.2.3 of 6 May 2026, and
of its later commit 02e898b1 the families of sockets, which v0.2.3 compares with "greater" and so lets through numbers beyond 32 bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Json = dict[str, object]

ARCHITECTURES = {
    "X86_64": ("X86", "X32"),
    "AARCH64": ("ARM",),
    "MIPS64": ("MIPS", "MIPS64N32"),
    "MIPS64N32": ("MIPS", "MIPS64"),
    "MIPSEL64": ("MIPSEL", "MIPSEL64N32"),
    "MIPSEL64N32": ("MIPSEL", "MIPSEL64"),
    "S390X": ("S390",),
    "RISCV64": (),
    "LOONGARCH64": (),
}
_ALWAYS = (
    "accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown chown32 clock_adjtime "
    "clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 close "
    "close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait "
    "epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 "
    "fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync "
    "fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 "
    "futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake futimesat getcpu getcwd getdents getdents64 getegid "
    "getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid "
    "getpriority getrandom getresgid getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname "
    "getsockopt get_thread_area gettid gettimeofday getuid getuid32 getxattr getxattrat inotify_add_watch inotify_init "
    "inotify_init1 inotify_rm_watch io_cancel ioctl io_destroy io_getevents io_pgetevents io_pgetevents_time64 ioprio_get "
    "ioprio_set io_setup io_submit ipc kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 "
    "lgetxattr link linkat listen listmount listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 "
    "madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap "
    "mmap2 mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 "
    "mq_unlink mremap mseal msgctl msgget msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat "
    "_newselect open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll "
    "ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read "
    "readahead readlink readlinkat readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr "
    "removexattrat rename renameat renameat2 restart_syscall riscv_hwprobe rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask "
    "rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity "
    "sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval "
    "sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select "
    "semctl semget semop semtimedop semtimedop_time64 send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid setfsgid32 "
    "setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid "
    "setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit set_robust_list setsid setsockopt set_thread_area "
    "set_tid_address setuid setuid32 setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 "
    "sigprocmask sigreturn socketcall socketpair splice stat stat64 statfs statfs64 statmount statx symlink symlinkat sync "
    "sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 "
    "timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill "
    "truncate truncate64 ugetrlimit umask uname unlink unlinkat uretprobe utime utimensat utimensat_time64 utimes vfork vmsplice "
    "wait4 waitid waitpid write writev"
)
ALWAYS = tuple(_ALWAYS.split())
# unconditionally from Linux 4.8 on, where a traced process cannot get around its filter any more
SINCE_4_8 = ("process_vm_readv", "process_vm_writev", "ptrace")
# AF_UNIX to AF_ROSE, and then one by one: no AF_ALG (38), no AF_VSOCK (40), none that the kernel has dropped
SOCKETS_BELOW = 12
SOCKETS = (13, 14, 15, 16, 17, 18, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 39, 41, 42, 43, 44, 45)
PERSONALITIES = (0x0, 0x0008, 0x20000, 0x20008, 0xFFFFFFFF)
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
ON_ARCHITECTURES = (
    (
        (
            "sync_file_range2",
            "swapcontext",
        ),
        ("ppc64le",),
    ),
    (
        (
            "arm_fadvise64_64",
            "arm_sync_file_range",
            "sync_file_range2",
            "breakpoint",
            "cacheflush",
            "set_tls",
        ),
        (
            "arm",
            "arm64",
        ),
    ),
    (
        ("arch_prctl",),
        (
            "amd64",
            "x32",
        ),
    ),
    (
        ("modify_ldt",),
        (
            "amd64",
            "x32",
            "x86",
        ),
    ),
    (
        (
            "s390_pci_mmio_read",
            "s390_pci_mmio_write",
            "s390_runtime_instr",
        ),
        (
            "s390",
            "s390x",
        ),
    ),
    (("riscv_flush_icache",), ("riscv64",)),
)
_ADMIN = (
    "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules "
    "lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname "
    "setns syslog umount umount2 unshare"
)
WITH_CAPABILITY = (
    ("CAP_DAC_READ_SEARCH", "open_by_handle_at"),
    (
        "CAP_SYS_ADMIN",
        _ADMIN,
    ),
    ("CAP_SYS_BOOT", "reboot"),
    ("CAP_SYS_CHROOT", "chroot"),
    ("CAP_SYS_MODULE", "delete_module init_module finit_module"),
    ("CAP_SYS_PACCT", "acct"),
    ("CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
    ("CAP_SYS_RAWIO", "iopl ioperm"),
    ("CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"),
    ("CAP_SYS_TTY_CONFIG", "vhangup"),
    ("CAP_SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
    ("CAP_SYSLOG", "syslog"),
    ("CAP_BPF", "bpf"),
    ("CAP_PERFMON", "perf_event_open"),
)


def document() -> Json:
    """As Docker writes it."""
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 1,
        "archMap": [architecture(name, subs) for name, subs in ARCHITECTURES.items()],
        "syscalls": list(_entries()),
    }


def architecture(name: str, subordinate: Iterable[str]) -> Json:
    return {"architecture": f"SCMP_ARCH_{name}", "subArchitectures": [f"SCMP_ARCH_{sub}" for sub in subordinate]}


def allow(*names: str, **more: object) -> Json:
    return {"names": list(names), "action": "SCMP_ACT_ALLOW", **more}


def compare(operator: str, value: int, argument: int = 0) -> list[Json]:
    return [{"index": argument, "value": value, "op": f"SCMP_CMP_{operator}"}]


def _entries() -> Iterator[Json]:
    admin, s390 = ["CAP_SYS_ADMIN"], ["s390", "s390x"]
    yield allow(*ALWAYS)
    yield allow(*SINCE_4_8, includes={"minKernel": "4.8"})
    yield allow("socket", args=compare("LT", SOCKETS_BELOW))
    for family in SOCKETS:
        yield allow("socket", args=compare("EQ", family))
    for personality in PERSONALITIES:
        yield allow("personality", args=compare("EQ", personality))
    for names, architectures in ON_ARCHITECTURES:
        yield allow(*names, includes={"arches": list(architectures)})
    for capability, calls in WITH_CAPABILITY:
        yield allow(*calls.split(), includes={"caps": [capability]})
    masked = compare("MASKED_EQ", NEW_NAMESPACES)
    yield allow("clone", args=masked, excludes={"caps": admin, "arches": s390})
    masked = compare("MASKED_EQ", NEW_NAMESPACES, 1)  # there the flags come second
    yield allow("clone", args=masked, includes={"arches": s390}, excludes={"caps": admin})
    # its flags lie behind a pointer; told that there is no such call, the C library takes clone instead
    yield {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38, "excludes": {"caps": admin}}
