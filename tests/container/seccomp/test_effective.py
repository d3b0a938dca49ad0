"""What a profile does with a call is what libseccomp makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.container.seccomp.effective import (
    ORDINARY_CAPABILITIES,
    Case,
    Environment,
    Outcome,
    by_name,
    effective,
    fits,
    lets_bit,
    lets_value,
)
from gates.container.seccomp.judging import NAMESPACES
from gates.container.seccomp.profile import PERMITTING
from tests.container.seccomp import kernel
from tests.container.seccomp.profiles import Json, docker, documents, read

ALLOW, DENY = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
VALUES = (0, 1, 2, 17, 37, 38, 39, 40, 41, 0x10000000, 0x7E020000, 2**32 + 38)


def outcome(*entries: Json, name: str = "socket", default: str = DENY, environment: Environment | None = None) -> Outcome:
    profile = read({"defaultAction": default, "syscalls": [{"names": [name], **entry} for entry in entries]})
    return effective(profile, by_name(profile).get(name, ()), environment or Environment())


def when(operator: str, value: int, argument: int = 0, second: int = 0) -> Json:
    return {"index": argument, "value": value, "valueTwo": second, "op": f"SCMP_CMP_{operator}"}


def test_the_first_entry_without_conditions_decides() -> None:
    assert outcome({"action": ALLOW}, {"action": "SCMP_ACT_KILL"}).otherwise.action == ALLOW
    assert outcome({"action": "SCMP_ACT_KILL"}, {"action": ALLOW}).otherwise.action == "SCMP_ACT_KILL"


def test_an_entry_without_conditions_makes_those_with_conditions_void() -> None:
    for entries in (({"action": ALLOW}, {"action": DENY, "errnoRet": 2, "args": [when("EQ", 38)]}),):
        for ordered in (entries, entries[::-1]):
            assert lets_value(outcome(*ordered), 0, 38)


def test_a_denial_that_equals_the_default_wins_over_nothing() -> None:
    assert outcome({"action": DENY}, {"action": ALLOW}).otherwise.action == ALLOW
    assert outcome({"action": DENY, "errnoRet": 1}, {"action": ALLOW}).otherwise.action == ALLOW
    assert outcome({"action": DENY, "errnoRet": 38}, {"action": ALLOW}).otherwise.errno == 38


def test_conditions_on_one_argument_are_not_joined() -> None:
    joined = outcome({"action": ALLOW, "args": [when("NE", 38), when("NE", 40)]})
    assert len(joined.cases) == 2
    assert lets_value(joined, 0, 38)
    assert not lets_value(outcome({"action": ALLOW, "args": [when("EQ", 2), when("EQ", 1, 1)]}), 0, 38)


@pytest.mark.parametrize(
    ("filters", "environment", "expected"),
    [
        ({"includes": {"caps": ["CAP_SYS_ADMIN"]}}, Environment(), False),
        ({"includes": {"caps": ["CAP_SYS_ADMIN"]}}, Environment(capabilities=frozenset({"CAP_SYS_ADMIN"})), True),
        ({"excludes": {"caps": ["CAP_SYS_ADMIN"]}}, Environment(capabilities=frozenset({"CAP_SYS_ADMIN"})), False),
        ({"includes": {"arches": ["arm64"]}}, Environment(), False),
        ({"excludes": {"arches": ["arm64"]}}, Environment(), True),
        ({"includes": {"minKernel": "4.8"}}, Environment(kernel=(4, 7)), False),
        ({"includes": {"minKernel": "4.8"}}, Environment(kernel=(4, 8)), True),
        ({"excludes": {"minKernel": "4.8"}}, Environment(kernel=(4, 8)), False),
    ],
)
def test_filters_are_those_of_docker(filters: Json, environment: Environment, expected: bool) -> None:
    assert (outcome({"action": ALLOW, **filters}, environment=environment).otherwise.action == ALLOW) is expected


def _decide(found: Outcome, arguments: tuple[int, ...]) -> set[str]:
    """The actions that the order of the cases leaves possible."""

    def fit(case: Case) -> bool:
        return all(fits(condition, arguments[condition.argument]) for condition in case.conditions)

    return {case.action for case in found.cases if fit(case)} or {found.otherwise.action}


@settings(max_examples=150)
@given(documents, st.tuples(*[st.sampled_from(VALUES)] * 3), st.booleans())
def test_libseccomp_agrees(document: Json, arguments: tuple[int, ...], able: bool) -> None:
    profile = read(document)
    environment = Environment(capabilities=ORDINARY_CAPABILITIES | ({"CAP_SYS_ADMIN"} if able else set()))
    program = kernel.compiled(profile, environment)
    for name, entries in by_name(profile).items():
        call = kernel.number(name)
        if call < 0:
            continue
        found = effective(profile, entries, environment)
        possible = {action in PERMITTING for action in _decide(found, arguments)}
        assert kernel.permits(program, call, arguments) in possible, name


@settings(max_examples=150)
@given(documents, st.tuples(*[st.sampled_from(VALUES)] * 3))
def test_nothing_that_libseccomp_lets_through_is_taken_for_closed(document: Json, arguments: tuple[int, ...]) -> None:
    profile = read(document)
    environment = Environment(capabilities=ORDINARY_CAPABILITIES)
    program = kernel.compiled(profile, environment)
    for name in ("socket", "clone"):
        found = effective(profile, by_name(profile).get(name, ()), environment)
        if kernel.permits(program, kernel.number(name), arguments):
            assert lets_value(found, 0, arguments[0])
            for bit in NAMESPACES.values():
                assert lets_bit(found, 0, bit) or not arguments[0] & bit


def test_of_conditions_that_overlap_any_may_win() -> None:
    """The entry with the greater value does, and who writes profiles knows nothing of that."""
    for other, permitted in ((12, False), (40, True)):
        denied = {"action": DENY, "errnoRet": 2, "args": [when("EQ", 38)]}
        entries: tuple[Json, ...] = ({"action": ALLOW, "args": [when("NE", other)]}, denied)
        for ordered in (entries, entries[::-1]):
            profile = read({"defaultAction": DENY, "syscalls": [{"names": ["socket"], **entry} for entry in ordered]})
            program = kernel.compiled(profile, Environment())
            assert kernel.permits(program, kernel.number("socket"), (38,)) is permitted
            assert lets_value(outcome(*ordered), 0, 38)


def test_an_architecture_that_is_not_named_is_killed_and_not_let_through() -> None:
    """Which is why a profile for x86-64 alone is no hole."""
    profile = read({"defaultAction": ALLOW, "syscalls": [{"names": ["mount"], "action": DENY}]})
    program = kernel.compiled(profile, Environment())
    assert kernel.permits(program, kernel.number("getpid"))
    assert not kernel.permits(program, 20, architecture=kernel.X86)  # getpid there
    assert not kernel.permits(program, 0x40000000 | kernel.number("getpid"))  # x32


def test_dockers_profile_closes_families_beyond_32_bits_too() -> None:
    program = kernel.compiled(read(docker()), Environment())
    for family, expected in ((1, True), (2, True), (10, True), (16, True), (38, False), (40, False), (2**32 + 38, False)):
        assert kernel.permits(program, kernel.number("socket"), (family,)) is expected
