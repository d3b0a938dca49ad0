"""Derives a tight profile: of what Docker allows only what is asked for, and nothing dangerous unless it is asked for by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, cast

from gates.container.seccomp import default, judging, narrowing
from gates.container.seccomp.dangerous import DANGEROUS
from gates.container.seccomp.default import Json, allow
from gates.container.seccomp.effective import ORDINARY_CAPABILITIES, Entries, Environment, by_name, effective, environments
from gates.container.seccomp.profile import DENYING, Profile
from gates.container.seccomp.reading import CAPABILITIES, read

# What a container runtime written in Go still calls between loading the filter and starting the program, and what a program of any
# C library calls to start and to end. All of it is in Docker's profile.
_START = (
    "access arch_prctl brk capget capset chdir clock_gettime clone3 close close_range dup3 epoll_create1 epoll_ctl epoll_pwait execve "
    "exit exit_group faccessat2 fcntl fstat fstatfs futex getcwd getdents64 getegid geteuid getgid getpid getppid getrandom gettid "
    "getuid madvise mmap mprotect munmap nanosleep newfstatat openat openat2 pipe2 prctl pread64 prlimit64 read readlinkat "
    "restart_syscall rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield set_robust_list set_tid_address setgid "
    "setgroups setresgid setresuid setsid setuid sigaltstack statx tgkill umask uname write"
)
START = frozenset(_START.split())
ANY = frozenset(CAPABILITIES)


class Wish(NamedTuple):
    """`observed` None: nobody looked, and what the profile allows is kept. `allow` are calls that are wanted whatever else says no."""

    allow: Collection[str] = ()
    observed: Collection[str] | None = None


class Derived(NamedTuple):
    """Names in order. `blocked` was open to a container without special capabilities and is closed now, `gated` needs a capability now.
    `added` was closed, and no program starts without it. `behind` was asked for and needs a capability as before. `left_out` was observed
    and is dangerous. `open` is what a judge of the new profile says, because it was asked for by name.
    """

    document: Json
    blocked: tuple[str, ...]
    gated: tuple[str, ...]
    added: tuple[str, ...]
    behind: tuple[str, ...]
    left_out: tuple[str, ...]
    open: tuple[str, ...]


def derive(profile: Profile, wish: Wish) -> Derived:
    """`profile` may be wrong in any way; what of it no runtime would take is passed over."""
    entries = by_name(profile)
    docker = _docker()
    wanted = _wanted(profile, entries, docker, wish)
    document = {**_head(profile), "syscalls": list(_entries(profile, entries, docker, wanted, wish))}
    made = read(json.dumps(document).encode(), profile.path)
    now = by_name(made)
    universe = sorted({*entries, *docker, *DANGEROUS, *wish.allow})
    before, after = ({name for name in universe if _open(one, found, name)} for one, found in ((profile, entries), (made, now)))
    lost = sorted(before - after)
    asked = {*wish.allow, *(wish.observed or ())}
    return Derived(
        document,
        tuple(name for name in lost if not _open(made, now, name, ANY)),
        tuple(name for name in lost if _open(made, now, name, ANY)),
        tuple(sorted(after - before - asked)),
        tuple(sorted({*wish.allow} - after - {*lost})),
        tuple(sorted({*(wish.observed or ())} & {*DANGEROUS} - {*wish.allow})),
        tuple(sorted({defect.subject for defect in judging.judge(made, profile.path)})),
    )


def render(document: Json, indent: str = "\t") -> str:
    """JSON as Docker lays it out, a name to a line."""
    return json.dumps(document, indent=indent, ensure_ascii=False) + "\n"


def _docker() -> Mapping[str, tuple[Json, ...]]:
    """Docker's entries by the names in them."""
    found: dict[str, list[Json]] = {}
    for entry in cast("list[Json]", default.document()["syscalls"]):
        for name in cast("list[str]", entry["names"]):
            found.setdefault(name, []).append(entry)
    return {name: tuple(listed) for name, listed in found.items()}


def _wanted(profile: Profile, entries: Entries, docker: Mapping[str, object], wish: Wish) -> frozenset[str]:
    if wish.observed is None:
        kept = {name for name in docker if _open(profile, entries, name) or _open(profile, entries, name, ANY)}
    else:
        kept = {*wish.observed} - {*DANGEROUS}
        if "clone3" in kept:
            kept.add("clone")  # what the C library takes where clone3 is closed
    return frozenset({*kept, *START, *wish.allow})


def _open(profile: Profile, entries: Entries, name: str, capabilities: frozenset[str] = ORDINARY_CAPABILITIES) -> bool:
    found = entries.get(name, ())
    places = {environment._replace(capabilities=capabilities) for environment in islice(environments(found, frozenset()), narrowing.MANY)}
    return any(effective(profile, found, environment).permitted() for environment in places)


def _starts(profile: Profile, entries: Entries, name: str) -> bool:
    """Whether the profile allows the call, for some arguments, to every container on a kernel of today."""
    outcomes = (effective(profile, entries.get(name, ()), Environment(architecture)) for architecture in ("amd64", "arm64"))
    return all(outcome.permitted() for outcome in outcomes)


def _head(profile: Profile) -> Json:
    denying = profile.default in DENYING
    head: Json = {"defaultAction": profile.default if denying else "SCMP_ACT_ERRNO"}
    if head["defaultAction"] == "SCMP_ACT_ERRNO":
        head["defaultErrnoRet"] = profile.default_errno if denying and profile.default_errno else 1
    sound = not any(flaw.kind == "architectures" for flaw in profile.flaws)
    if profile.architectures and not profile.mapped and sound:
        return {**head, "architectures": [f"SCMP_ARCH_{name}" for name in profile.architectures]}
    named = {name: subs for name, subs in default.ARCHITECTURES.items() if name in profile.architectures and sound}
    kept: Callable[[str], bool] = (lambda sub: sub in profile.architectures) if named else (lambda _: True)
    return {**head, "archMap": [default.architecture(name, filter(kept, subs)) for name, subs in (named or default.ARCHITECTURES).items()]}


def _entries(
    profile: Profile,
    entries: Entries,
    docker: Mapping[str, tuple[Json, ...]],
    wanted: frozenset[str],
    wish: Wish,
) -> Iterator[Json]:
    """Docker's entries in its order, without what is not wanted; then what is narrower in the profile; then what Docker never allows."""
    base = by_name(read(json.dumps(default.document()).encode(), ""))
    sought = () if wish.observed is not None else wanted - {*wish.allow}
    narrowed = {name: narrowing.narrow(profile, entries, base, name) for name in sought}
    own = {name: made for name, made in narrowed.items() if made is not None and (name not in START or _starts(profile, entries, name))}
    for entry in cast("list[Json]", default.document()["syscalls"]):
        names = [name for name in cast("list[str]", entry["names"]) if name in wanted and name not in own]
        if names:
            yield {**entry, "names": names}
    for name in sorted(own):
        yield from own[name]
    for name in sorted({*wanted} - {*docker}):
        row = DANGEROUS.get(name)
        if name in wish.allow and row and row.capabilities:
            yield from (allow(name, includes={"caps": [capability]}) for capability in sorted(row.capabilities))
        elif name in wish.allow or (wish.observed is not None and name not in DANGEROUS):
            yield allow(name)
