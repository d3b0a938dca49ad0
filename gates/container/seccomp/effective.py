"""What a profile does with a system call, as runc and crun hand it to libseccomp, which was asked (the tests ask it again).

Of the entries that hold in the container the first without conditions decides, whatever conditions the others have. Where all have
conditions, any one that fits is enough; conditions of one entry on the same argument count as entries of their own
(https://github.com/opencontainers/runc/issues/2735). An entry that does what the profile does anyway is left out, so it wins over nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from gates.container.seccomp.profile import EPERM, PERMITTING, Condition, Entry, Filter, Kernel, Profile
from gates.core.finding import Location

# what Docker leaves a container that asks for nothing: having one of these says nothing of the container
# (https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities, as of November 2026)
_ORDINARY = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
ORDINARY_CAPABILITIES = frozenset(f"CAP_{name}" for name in _ORDINARY.split())
NEWEST: Kernel = (255, 255)
_MANY = 6  # capabilities whose every combination is tried
_CROWDED = 20_000  # entries asked, over all containers that can differ


class Environment(NamedTuple):
    """`architecture` in Docker's words, `capabilities` are the bounding set, with CAP_."""

    architecture: str = "amd64"
    capabilities: frozenset[str] = frozenset()
    kernel: Kernel = NEWEST


class Case(NamedTuple):
    """No conditions: always."""

    conditions: tuple[Condition, ...]
    action: str
    errno: int | None
    location: Location


class Outcome(NamedTuple):
    """`otherwise` is what happens where none of `cases` fits; they are empty where an entry without conditions decides."""

    cases: tuple[Case, ...]
    otherwise: Case

    def permitted(self) -> tuple[Case, ...]:
        return tuple(case for case in (*self.cases, self.otherwise) if case.action in PERMITTING)


Entries = Mapping[str, Sequence[Entry]]


def by_name(profile: Profile) -> Entries:
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in profile.entries:
        for name in dict.fromkeys(word.text for word in entry.names):
            found[name].append(entry)
    return found


def holds(entry: Entry, environment: Environment) -> bool:
    """Whether Docker hands the entry to the runtime."""
    includes, excludes, capabilities = entry.includes, entry.excludes, environment.capabilities
    return not (
        environment.architecture in excludes.architectures
        or capabilities.intersection(excludes.capabilities)
        or (excludes.kernel and environment.kernel >= excludes.kernel)
        or (includes.architectures and environment.architecture not in includes.architectures)
        or not capabilities.issuperset(includes.capabilities)
        or (includes.kernel and environment.kernel < includes.kernel)
    )


def effective(profile: Profile, entries: Iterable[Entry], environment: Environment) -> Outcome:
    """`entries` are those that name the call, in the order of the profile."""
    default = Case((), profile.default, profile.default_errno, profile.location)
    cases: list[Case] = []
    for entry in entries:
        same = entry.action == default.action and _errno(entry.action, entry.errno) == _errno(default.action, default.errno)
        if not entry.action or same or not holds(entry, environment):
            continue
        found = [Case(conditions, entry.action, entry.errno, entry.location) for conditions in _alternatives(entry.conditions)]
        if not found[0].conditions:
            return Outcome((), found[0])
        cases += found
    return Outcome(tuple(cases), default)


def environments(entries: Sequence[Entry], telling: frozenset[str]) -> Iterator[Environment]:
    """Those in which the entries can differ, for a container without any of the capabilities that are `telling` or out of the ordinary."""
    kinds = _kinds(entries, telling)
    for capabilities in kinds.capabilities:
        for architecture in kinds.architectures:
            for kernel in kinds.kernels:
                yield Environment(architecture, capabilities, kernel)


def crowded(entries: Sequence[Entry], telling: frozenset[str]) -> bool:
    """Whether there are so many that nobody should wait for the answer: a judge then takes what one of them permits for permitted."""
    kinds = _kinds(entries, telling)
    return len(kinds.capabilities) * len(kinds.architectures) * len(kinds.kernels) * len(entries) > _CROWDED


class _Kinds(NamedTuple):
    capabilities: tuple[frozenset[str], ...]
    architectures: tuple[str, ...]
    kernels: tuple[Kernel, ...]


def _kinds(entries: Sequence[Entry], telling: frozenset[str]) -> _Kinds:
    filters = [part for entry in entries for part in (entry.includes, entry.excludes)]
    architectures = dict.fromkeys(("amd64", "arm64", *(name for part in filters for name in part.architectures)))
    named = dict.fromkeys(kernel for part in filters if (kernel := part.kernel))
    kernels = dict.fromkeys((NEWEST, *named, *(((0, 0),) if named else ())))
    return _Kinds(tuple(_capabilities(filters, telling)), tuple(architectures), tuple(kernels))


def _capabilities(filters: Iterable[Filter], telling: frozenset[str]) -> Iterator[frozenset[str]]:
    named = {name for part in filters for name in part.capabilities}
    able = sorted(named & (ORDINARY_CAPABILITIES - telling))
    sizes = range(len(able) + 1) if len(able) <= _MANY else (0, 1, len(able) - 1, len(able))
    for size in sizes:
        yield from map(frozenset, combinations(able, size))


def _alternatives(conditions: tuple[Condition, ...]) -> Iterator[tuple[Condition, ...]]:
    if len({condition.argument for condition in conditions}) < len(conditions):
        yield from ((condition,) for condition in conditions)
    else:
        yield conditions


def _errno(action: str, errno: int | None) -> int | None:
    return (EPERM if errno is None else errno) if action == "SCMP_ACT_ERRNO" else None


def fits(condition: Condition, value: int) -> bool:
    """Whether an argument of that value meets the condition; all 64 bits are compared."""
    operator, wanted = condition.operator, condition.value
    if operator == "MASKED_EQ":
        return value & wanted == condition.second & wanted  # libseccomp drops what the mask leaves out
    return {
        "EQ": value == wanted,
        "NE": value != wanted,
        "LT": value < wanted,
        "LE": value <= wanted,
        "GE": value >= wanted,
        "GT": value > wanted,
    }[operator]


def lets_value(outcome: Outcome, argument: int, value: int) -> bool:
    """Whether the call can be made with that value, whatever its other arguments.

    Of several cases that fit, libseccomp takes one by an order of its own, in which values count: any that permits is enough here.
    """
    meeting = [case for case in outcome.cases if _meets(case, argument, value)]
    if any(case.action in PERMITTING for case in meeting):
        return True
    return outcome.otherwise.action in PERMITTING and not any(_only(case, argument) for case in meeting)


def lets_bit(outcome: Outcome, argument: int, bit: int) -> bool:
    """Whether the call can be made with that bit set, whatever else."""
    if not outcome.cases:
        return outcome.otherwise.action in PERMITTING
    if outcome.otherwise.action in PERMITTING:
        return True  # no profile that denies by default
    return any(case.action in PERMITTING and _lets_bit(case, argument, bit) for case in outcome.cases)


def _meets(case: Case, argument: int, value: int) -> bool:
    return all(condition.argument != argument or fits(condition, value) for condition in case.conditions)


def _only(case: Case, argument: int) -> bool:
    return all(condition.argument == argument for condition in case.conditions)


def _lets_bit(case: Case, argument: int, bit: int) -> bool:
    for condition in case.conditions:
        if condition.argument != argument:
            continue
        operator, value = condition.operator, condition.value
        possible = {
            "EQ": bool(value & bit),
            "LT": bit < value,
            "LE": bit <= value,
            "MASKED_EQ": bool(not value & bit or condition.second & bit),
        }.get(operator, True)
        if not possible:
            return False
    return True
