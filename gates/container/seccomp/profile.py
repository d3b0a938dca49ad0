"""A seccomp profile in parts: Docker's form (https://docs.docker.com/engine/security/seccomp/), which extends that of OCI runtimes
(https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from gates.core.finding import Location

Kernel = tuple[int, int]  # version and major revision: (4, 8)
DENYING = ("SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP")
PERMITTING = ("SCMP_ACT_ALLOW", "SCMP_ACT_LOG")
SUPERVISED = ("SCMP_ACT_TRACE", "SCMP_ACT_NOTIFY")  # another process decides; without one the call fails
ACTIONS = (*DENYING, *PERMITTING, *SUPERVISED)
EPERM, ENOSYS = 1, 38


class Word(NamedTuple):
    text: str
    location: Location


class Condition(NamedTuple):
    """`operator` without its prefix: NE, LT, LE, EQ, GE, GT, MASKED_EQ; with the last, `value` is the mask, `second` what is left."""

    argument: int
    operator: str
    value: int
    second: int = 0


class Filter(NamedTuple):
    """Where an entry holds (`includes`) or does not (`excludes`). As written: capabilities with CAP_, architectures in Docker's words."""

    capabilities: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    kernel: Kernel | None = None  # the oldest


class Entry(NamedTuple):
    """`action` is "" where it is none that a runtime knows."""

    names: tuple[Word, ...]
    action: str
    errno: int | None
    conditions: tuple[Condition, ...]
    includes: Filter
    excludes: Filter
    location: Location


class Flaw(NamedTuple):
    """What the runtime refuses, or passes over in silence. `subject` tells it from the profile's others."""

    kind: Literal["invalid", "architectures"]
    subject: str
    message: str
    location: Location
    minor: bool = False


class Profile(NamedTuple):
    """`default` is the action for what no entry names, "" where none is given; `location` is where it stands. `architectures` are
    those of `architectures` or, where `mapped`, of `archMap` with its subordinates, without SCMP_ARCH_. `nested`: it is part of the
    configuration of an OCI runtime. An empty profile filters nothing.
    """

    path: str
    default: str
    default_errno: int | None
    architectures: tuple[str, ...]
    entries: tuple[Entry, ...]
    flaws: tuple[Flaw, ...]
    location: Location
    mapped: bool = False
    nested: bool = False

    @property
    def empty(self) -> bool:
        return not self.default and not self.entries
