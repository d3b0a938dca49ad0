"""Where a profile allows less of a call than Docker's does: as entries of a profile that denies by default."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import cast

from gates.container.seccomp.dangerous import DANGEROUS
from gates.container.seccomp.default import NEW_NAMESPACES, PERSONALITIES, SOCKETS, SOCKETS_BELOW, Json, allow, compare
from gates.container.seccomp.effective import ORDINARY_CAPABILITIES, Entries, Environment, Outcome, effective, environments, fits, lets_bit
from gates.container.seccomp.profile import PERMITTING, Condition, Entry, Filter, Profile
from gates.container.seccomp.reading import CAPABILITIES, DOCKER_ARCHITECTURES

# what Docker compares the first argument with, by the call
_VALUES = {"socket": (*range(SOCKETS_BELOW), *SOCKETS), "personality": PERSONALITIES}
_OTHERWISE = {"EQ": "NE", "NE": "EQ", "LT": "GE", "GE": "LT", "LE": "GT", "GT": "LE"}
_BITS = tuple(1 << bit for bit in range(32) if NEW_NAMESPACES >> bit & 1)
_NO_FILTER = Filter()
MANY = 400  # kinds of containers to think of; what is made is judged whatever they say


def narrow(profile: Profile, entries: Entries, docker: Entries, name: str) -> tuple[Json, ...] | None:
    """None: Docker's entries allow no more. Empty: what is allowed cannot be told in entries, and the call is left out."""
    found = tuple(entry for entry in entries.get(name, ()) if entry.action)
    if name == "clone3" or _same(found, docker.get(name, ())):
        return None
    if name in DANGEROUS:
        return _dangerous(profile, found, name)
    outcomes = [(where, effective(profile, found, where)) for where in islice(environments(found, frozenset()), MANY)]
    if all(_always(outcome) for _, outcome in outcomes):
        return None
    if name == "clone":
        return _clone(profile, found, outcomes)
    if name in _VALUES:
        return _values(name, found, [outcome for _, outcome in outcomes])
    return _plain(profile, found, name)


def _plain(profile: Profile, found: Sequence[Entry], name: str) -> tuple[Json, ...]:
    return _turned(name, found) if profile.default in PERMITTING else _as_they_are(name, found)


def _dangerous(profile: Profile, found: Sequence[Entry], name: str) -> tuple[Json, ...] | None:
    """Docker asks for nothing but a capability: what else the profile asks for is kept beside it."""
    needed = sorted(DANGEROUS[name].capabilities)
    if not (ORDINARY_CAPABILITIES.intersection(needed) or any(entry.conditions for entry in found)):
        return None
    places = list(islice(environments(found, frozenset()), MANY))
    able = [where._replace(capabilities=where.capabilities | {capability}) for where in places for capability in needed]
    if all(_always(effective(profile, found, where)) for where in able):
        return None
    return tuple(_needing(entry, capability) for entry in _plain(profile, found, name) for capability in needed)


def _needing(entry: Json, capability: str) -> Json:
    includes = cast("Json", entry.get("includes", {}))
    own = cast("list[str]", includes.get("caps", []))
    return {**entry, "includes": {**includes, "caps": list(dict.fromkeys((*own, capability)))}}


def _same(found: Sequence[Entry], docker: Sequence[Entry]) -> bool:
    return [entry[1:-1] for entry in found] == [entry[1:-1] for entry in docker]  # all but names and place


def _always(outcome: Outcome) -> bool:
    return not outcome.cases and outcome.otherwise.action in PERMITTING


def _makes_namespaces(outcome: Outcome, architecture: str) -> bool:
    argument = 1 if architecture in ("s390", "s390x") else 0
    return any(lets_bit(outcome, argument, bit) for bit in _BITS)


def _clone(profile: Profile, found: Sequence[Entry], outcomes: Sequence[tuple[Environment, Outcome]]) -> tuple[Json, ...] | None:
    makes_namespaces = any(_makes_namespaces(outcome, where.architecture) for where, outcome in outcomes)
    if not makes_namespaces and profile.default not in PERMITTING:
        return _as_they_are("clone", found)
    within = all(_within(condition, entry.action in PERMITTING) for entry in found for condition in entry.conditions)
    return None if within and all(outcome.permitted() for _, outcome in outcomes) else ()


def _within(condition: Condition, permitting: bool) -> bool:
    """Whether Docker's condition on the flags of clone leaves no more open: flags for namespaces must be absent, or are denied."""
    left = condition.second & condition.value
    return condition.operator == "MASKED_EQ" and not condition.value & ~NEW_NAMESPACES and bool(left) is not permitting


def _values(name: str, found: Sequence[Entry], outcomes: Sequence[Outcome]) -> tuple[Json, ...] | None:
    if any(condition.argument for entry in found for condition in entry.conditions):
        return ()
    values = [value for value in _VALUES[name] if all(_surely_lets(outcome, value) for outcome in outcomes)]
    return tuple(allow(name, args=compare("EQ", value)) for value in values) if len(values) < len(_VALUES[name]) else None


def _surely_lets(outcome: Outcome, value: int) -> bool:
    """Of cases that fit and contradict each other libseccomp takes one by an order of its own: one that denies is enough here."""
    meeting = [case for case in outcome.cases if all(fits(condition, value) for condition in case.conditions)]
    return all(case.action in PERMITTING for case in meeting or (outcome.otherwise,))


def _as_they_are(name: str, entries: Sequence[Entry]) -> tuple[Json, ...]:
    if not all(entry.action in PERMITTING and _sound(entry.includes) and _sound(entry.excludes) for entry in entries):
        return ()
    return tuple(_json(name, entry) for entry in entries)


def _turned(name: str, entries: Sequence[Entry]) -> tuple[Json, ...]:
    """Of one denied value, everything but that value."""
    denying = [entry for entry in entries if entry.action not in PERMITTING]
    if len(denying) != 1 or denying[0].includes != _NO_FILTER or denying[0].excludes != _NO_FILTER or len(denying[0].conditions) != 1:
        return ()
    (condition,) = denying[0].conditions
    if condition.operator not in _OTHERWISE:
        return ()
    return (allow(name, args=compare(_OTHERWISE[condition.operator], condition.value, condition.argument)),)


def _sound(part: Filter) -> bool:
    return {*part.capabilities} <= {*CAPABILITIES} and {*part.architectures} <= DOCKER_ARCHITECTURES


def _json(name: str, entry: Entry) -> Json:
    more: Json = {}
    if entry.conditions:
        more["args"] = [_condition(condition) for condition in entry.conditions]
    for key, part in (("includes", entry.includes), ("excludes", entry.excludes)):
        if part != _NO_FILTER:
            more[key] = _filter(part)
    return allow(name, **more)


def _condition(condition: Condition) -> Json:
    second: Json = {"valueTwo": condition.second} if condition.second else {}
    return {"index": condition.argument, "value": condition.value, **second, "op": f"SCMP_CMP_{condition.operator}"}


def _filter(part: Filter) -> Json:
    made: Json = {}
    if part.capabilities:
        made["caps"] = [*part.capabilities]
    if part.architectures:
        made["arches"] = [*part.architectures]
    if part.kernel:
        made["minKernel"] = f"{part.kernel[0]}.{part.kernel[1]}"
    return made
