"""Judges a seccomp profile by what it lets a container do that has no capability to speak of."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from gates.container.defect import Defect
from gates.container.rules import seccomp as rules
from gates.container.rules.levels import Levelled
from gates.container.seccomp.dangerous import DANGEROUS, Dangerous
from gates.container.seccomp.effective import (
    Case,
    Entries,
    Environment,
    Outcome,
    by_name,
    crowded,
    effective,
    environments,
    lets_bit,
    lets_value,
)
from gates.container.seccomp.profile import PERMITTING, SUPERVISED, Entry, Profile
from gates.core.finding import Location, Severity

# https://man7.org/linux/man-pages/man2/clone.2.html
NAMESPACES = {
    "CLONE_NEWUSER": 0x10000000,
    "CLONE_NEWNS": 0x00020000,
    "CLONE_NEWPID": 0x20000000,
    "CLONE_NEWNET": 0x40000000,
    "CLONE_NEWIPC": 0x08000000,
    "CLONE_NEWUTS": 0x04000000,
    "CLONE_NEWCGROUP": 0x02000000,
}
FAMILIES = {"AF_ALG": 38, "AF_VSOCK": 40}
ADMIN = frozenset({"CAP_SYS_ADMIN"})
# What any program calls before its first own line: of each group one is enough.
INDISPENSABLE = (("execve", "execveat"), ("exit_group", "exit"), ("mmap", "mmap2"), ("arch_prctl",))
USUAL = (
    ("brk",),
    ("close",),
    ("mprotect",),
    ("munmap",),
    ("openat", "open"),
    ("read", "pread64"),
    ("newfstatat", "fstat", "fstat64", "fstatat64", "statx"),
)
_SHOWN = 8
_COMPARED = 40  # entries of one call, each with each


class _Subject(NamedTuple):
    profile: Profile
    entries: Entries
    path: str


def judge(profile: Profile, path: str) -> Iterator[Defect]:
    """`path` is the file's. Subjects are told apart."""
    seen: Counter[tuple[str, str]] = Counter()
    for defect in _judge(_Subject(profile, by_name(profile), path)):
        key = (defect.rule.id, defect.subject)
        seen[key] += 1
        yield defect._replace(subject=f"{defect.subject} ({seen[key]})") if seen[key] > 1 else defect


def reachable(profile: Profile, entries: Entries, row: Dangerous) -> Case | None:
    """What lets a container make the call that has none of the capabilities for it; None where nothing does."""
    found = entries.get(row.name, ())
    permitting = [entry for entry in found if entry.action in PERMITTING]
    if not permitting and profile.default not in PERMITTING:
        return None
    if permitting and crowded(found, row.capabilities):
        return Case((), permitting[0].action, None, permitting[0].location)
    for environment in environments(found, row.capabilities):
        if permitted := effective(profile, found, environment).permitted():
            return permitted[0]
    return None


def _judge(subject: _Subject) -> Iterator[Defect]:
    profile = subject.profile
    for flaw in profile.flaws:
        rule = rules.INVALID if flaw.kind == "invalid" else rules.ARCHITECTURES
        severity = Severity.LOW if flaw.minor else None
        yield _defect(subject, rule, flaw.message, flaw.location, flaw.subject, severity=severity)
    if profile.empty and not profile.flaws:
        message = "sets no defaultAction and names no system call, and Docker then filters nothing at all"
        yield _defect(subject, rules.DEFAULT_ALLOW, message, profile.location, "defaultAction")
    elif profile.default == "SCMP_ACT_ALLOW":
        message = f"allows every system call that it does not name{_open(subject)}"
        yield _defect(subject, rules.DEFAULT_ALLOW, message, profile.location, "defaultAction", '"defaultAction": "SCMP_ACT_ERRNO"')
    elif profile.default == "SCMP_ACT_LOG":
        message = f"only writes down what it does not name, and lets it happen{_open(subject)}"
        yield _defect(subject, rules.LOG_ONLY, message, profile.location, "defaultAction", '"defaultAction": "SCMP_ACT_ERRNO"')
    else:
        yield from _denying(subject)


def _denying(subject: _Subject) -> Iterator[Defect]:
    told = set()
    for defect in (*_dangerous(subject), *_clone(subject), *_socket(subject)):
        told.add(defect.subject)
        yield defect
    if not subject.profile.architectures:
        message = "names no architecture: it filters those of the host's own kind, and kills a 32-bit program at its first call"
        remedy = '"archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}]'
        place = subject.profile.location
        yield _defect(subject, rules.ARCHITECTURES, message, place, "architectures: none", remedy, severity=Severity.LOW)
    yield from _contradictions(subject, told)
    yield from _logging(subject)
    if subject.profile.default not in SUPERVISED:
        yield from _unusable(subject)


def _open(subject: _Subject) -> str:
    names = [name for name, row in DANGEROUS.items() if reachable(subject.profile, subject.entries, row)]
    more = f" and {len(names) - _SHOWN} more that Docker withholds" if len(names) > _SHOWN else ""
    return f": {', '.join(names[:_SHOWN])}{more}" if names else ", and whatever later kernels bring"


def _dangerous(subject: _Subject) -> Iterator[Defect]:
    for row in DANGEROUS.values():
        case = reachable(subject.profile, subject.entries, row)
        if case:
            wanted = sorted(row.capabilities)
            condition = f" without {' or '.join(wanted)}" if wanted else ""
            message = f"allows {row.name}{condition}, which {row.reason}"
            remedy = f'"names": ["{row.name}"], "includes": {{"caps": ["{wanted[0]}"]}}' if wanted else f'remove "{row.name}" from "names"'
            yield _defect(subject, rules.DANGEROUS_SYSCALL, message, case.location, row.name, remedy, severity=row.severity)


def _clone(subject: _Subject) -> Iterator[Defect]:
    case = reachable(subject.profile, subject.entries, Dangerous("clone3", "", "", ADMIN, Severity.HIGH))
    if case:
        message = "allows clone3, whose flags no filter can see, so that any program can make a user namespace"
        remedy = '{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}'
        yield _defect(subject, rules.UNFILTERED_CLONE, message, case.location, "clone3", remedy)
    entries = subject.entries.get("clone", ())
    open_ = _crowd(entries, ADMIN, NAMESPACES)
    for environment in () if open_ else _environments(subject, entries, ADMIN):
        outcome = effective(subject.profile, entries, environment)
        # on s390 the flags come second
        argument = 1 if environment.architecture in ("s390", "s390x") else 0
        for name, bit in NAMESPACES.items():
            if lets_bit(outcome, argument, bit):
                open_.setdefault(name, _place(outcome, subject))
    if open_:
        user = "CLONE_NEWUSER" in open_
        what = "so that any program can make a user namespace, in which it is root" if user else "though not CLONE_NEWUSER"
        message = f"allows clone with {', '.join(open_)}, {what}"
        remedy = '"args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]'
        severity = None if user else Severity.LOW
        place = next(iter(open_.values()))
        yield _defect(subject, rules.UNFILTERED_CLONE, message, place, "clone", remedy, severity=severity)


def _socket(subject: _Subject) -> Iterator[Defect]:
    entries = subject.entries.get("socket", ())
    open_ = _crowd(entries, frozenset(), FAMILIES)
    for environment in () if open_ else _environments(subject, entries, frozenset()):
        outcome = effective(subject.profile, entries, environment)
        for name, family in FAMILIES.items():
            if lets_value(outcome, 0, family):
                open_.setdefault(name, _place(outcome, subject))
    if open_:
        message = (
            f"allows socket for {' and '.join(open_)}, which no container needs and which reach the kernel's cryptography and the host"
        )
        place = next(iter(open_.values()))
        yield _defect(subject, rules.UNFILTERED_SOCKET, message, place, "socket", '"args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]')


def _contradictions(subject: _Subject, told: set[str]) -> Iterator[Defect]:
    """Of a call that another finding is about already, the way out is the same."""
    for name, entries in subject.entries.items():
        if name in told or len({entry.action in PERMITTING for entry in entries}) < 2:
            continue
        for first, second in combinations(entries[:_COMPARED], 2):
            if _clash(first, second):
                lines = f"lines {first.location.line} and {second.location.line}"
                message = f"allows {name} and denies it ({lines}), and which of the two holds is not plain"
                yield _defect(subject, rules.CONTRADICTION, message, second.location, name, f'keep "{name}" in one entry')
                break


def _clash(first: Entry, second: Entry) -> bool:
    """Whether one allows what the other denies, in some container and for some arguments."""
    if not first.action or not second.action or (first.action in PERMITTING) == (second.action in PERMITTING):
        return False
    for one, other in ((first, second), (second, first)):
        wanted, refused = one.includes, other.excludes
        if set(wanted.capabilities) & set(refused.capabilities):
            return False
        if wanted.architectures and set(wanted.architectures) <= set(refused.architectures):
            return False
        if wanted.kernel and refused.kernel and wanted.kernel >= refused.kernel:
            return False
    on, also = first.includes.architectures, second.includes.architectures
    if on and also and not set(on) & set(also):
        return False
    exact = [{c.argument: c.value for c in entry.conditions if c.operator == "EQ"} for entry in (first, second)]
    return not any(exact[1].get(argument, value) != value for argument, value in exact[0].items())


def _logging(subject: _Subject) -> Iterator[Defect]:
    names = [(name, entry) for name, entries in subject.entries.items() for entry in entries if entry.action == "SCMP_ACT_LOG"]
    if names:
        shown = ", ".join(name for name, _ in names[:_SHOWN])
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        message = f"writes down {shown}{more} and lets them happen"
        yield _defect(subject, rules.LOG_ONLY, message, names[0][1].location, "SCMP_ACT_LOG", severity=Severity.LOW)


def _unusable(subject: _Subject) -> Iterator[Defect]:
    missing = missing_at_start(subject.profile, subject.entries)
    if missing:
        message = f"lets no program start: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        yield _defect(subject, rules.UNUSABLE, message, subject.profile.location, "start")


def missing_at_start(profile: Profile, entries: Entries) -> tuple[str, ...]:
    """What a program calls before its first own line and may not; empty where it can start.

    One call alone may be missing on purpose, for programs that do without.
    """
    listed = profile.architectures
    environment = Environment("amd64") if not listed or "X86_64" in listed else Environment("arm64")

    def lacks(group: Sequence[str]) -> bool:
        if group == ("arch_prctl",) and environment.architecture != "amd64":
            return False
        return not any(effective(profile, entries.get(name, ()), environment).permitted() for name in group)

    needed = [group[0] for group in INDISPENSABLE if lacks(group)]
    missing = [*needed, *(group[0] for group in USUAL if lacks(group))]
    return tuple(missing) if needed and len(missing) > 1 else ()


def _crowd(entries: Sequence[Entry], telling: frozenset[str], names: Iterable[str]) -> dict[str, Location]:
    """Everything, of a call with more entries than can be gone through."""
    permitting = [entry.location for entry in entries if entry.action in PERMITTING]
    return dict.fromkeys(names, permitting[0]) if permitting and crowded(entries, telling) else {}


def _environments(subject: _Subject, entries: Sequence[Entry], telling: frozenset[str]) -> Iterator[Environment]:
    yield from environments(entries, telling)
    if "S390X" in subject.profile.architectures:
        yield from (found._replace(architecture="s390x") for found in environments(entries, telling) if found.architecture == "amd64")


def _place(outcome: Outcome, subject: _Subject) -> Location:
    permitted = outcome.permitted()
    return permitted[0].location if permitted else subject.profile.location


def _defect(
    subject: _Subject,
    level: Levelled,
    message: str,
    location: Location,
    about: str,
    remedy: str = "",
    *,
    severity: Severity | None = None,
) -> Defect:
    name = posixpath.basename(subject.path)
    severity = None if severity == level.rule.severity else severity
    return Defect(level.rule, f"profile {name}: {message}", location, about, name, "profile", remedy, severity=severity)
