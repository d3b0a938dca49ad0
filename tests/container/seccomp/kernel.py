"""libseccomp itself, asked what a profile does: the filter it would load, run as the kernel runs it."""

from __future__ import annotations

import ctypes
import struct
import tempfile
from collections.abc import Sequence
from functools import cache

import pytest

from gates.container.seccomp.effective import Environment, holds
from gates.container.seccomp.profile import Condition, Entry, Profile

_OPERATORS = {"NE": 1, "LT": 2, "LE": 3, "EQ": 4, "GE": 5, "GT": 6, "MASKED_EQ": 7}
_ACTIONS = {
    "SCMP_ACT_ALLOW": 0x7FFF0000,
    "SCMP_ACT_LOG": 0x7FFC0000,
    "SCMP_ACT_KILL_PROCESS": 0x80000000,
    "SCMP_ACT_KILL": 0,
    "SCMP_ACT_KILL_THREAD": 0,
    "SCMP_ACT_TRAP": 0x30000,
}
PERMITTED = (0x7FFF0000, 0x7FFC0000)
X86_64, X86 = 0xC000003E, 0x40000003
Program = tuple[tuple[int, int, int, int], ...]


class _Comparison(ctypes.Structure):
    _fields_ = (("argument", ctypes.c_uint), ("op", ctypes.c_int), ("first", ctypes.c_uint64), ("second", ctypes.c_uint64))


@cache
def library() -> ctypes.CDLL:
    try:
        found = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        pytest.skip("libseccomp is not here")
    found.seccomp_init.restype = ctypes.c_void_p
    found.seccomp_init.argtypes = [ctypes.c_uint32]
    found.seccomp_release.argtypes = [ctypes.c_void_p]
    found.seccomp_load.argtypes = [ctypes.c_void_p]
    found.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.POINTER(_Comparison)]
    found.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    found.seccomp_arch_resolve_name.restype = ctypes.c_uint32
    found.seccomp_arch_native.restype = ctypes.c_uint32
    found.seccomp_arch_add.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    if found.seccomp_arch_native() != X86_64:
        pytest.skip("the numbers below are those of x86-64")
    return found


def number(name: str) -> int:
    """Negative for a call that this machine has not."""
    return int(library().seccomp_syscall_resolve_name(name.encode()))


def load(profile: Profile, environment: Environment, architectures: Sequence[str] = ()) -> ctypes.c_void_p:
    """As runc does it (libcontainer/seccomp), given what Docker hands it."""
    found = library()
    default = _action(profile.default, profile.default_errno)
    context = ctypes.c_void_p(found.seccomp_init(default))
    for name in architectures:
        found.seccomp_arch_add(context, found.seccomp_arch_resolve_name(name.encode()))
    for entry in profile.entries:
        if entry.action and holds(entry, environment) and _action(entry.action, entry.errno) != default:
            for word in entry.names:
                for conditions in _rules(entry):
                    made = (_Comparison * max(1, len(conditions)))(
                        *(_Comparison(each.argument, _OPERATORS[each.operator], each.value, each.second) for each in conditions)
                    )
                    if (call := number(word.text)) >= 0:
                        found.seccomp_rule_add_array(context, _action(entry.action, entry.errno), call, len(conditions), made)
    return context


def compiled(profile: Profile, environment: Environment, architectures: Sequence[str] = ()) -> Program:
    context = load(profile, environment, architectures)
    with tempfile.TemporaryFile() as file:
        assert library().seccomp_export_bpf(context, file.fileno()) == 0
        file.seek(0)
        code = file.read()
    library().seccomp_release(context)
    return tuple(struct.unpack_from("HBBI", code, at) for at in range(0, len(code), 8))


def permits(program: Program, call: int, arguments: Sequence[int] = (), architecture: int = X86_64) -> bool:
    return _run(program, struct.pack("<iIQ6Q", call, architecture, 0, *arguments, *([0] * (6 - len(arguments))))) in PERMITTED


def _run(program: Program, data: bytes) -> int:
    """Classic BPF, as far as libseccomp makes use of it (https://docs.kernel.org/networking/filter.html)."""
    held = at = 0
    memory = [0] * 16
    while True:
        code, true, false, value = program[at]
        at += 1
        if code == 0x20:
            held = struct.unpack_from("<I", data, value)[0]
        elif code == 0x05:
            at += value
        elif code in (0x15, 0x25, 0x35, 0x45):
            taken = {0x15: held == value, 0x25: held > value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            at += true if taken else false
        elif code == 0x54:
            held &= value
        elif code == 0x02:
            memory[value] = held
        elif code == 0x60:
            held = memory[value]
        else:
            assert code == 0x06
            return value


def _rules(entry: Entry) -> Sequence[Sequence[Condition]]:
    if len({each.argument for each in entry.conditions}) < len(entry.conditions):
        return [(each,) for each in entry.conditions]
    return [entry.conditions]


def _action(action: str, errno: int | None) -> int:
    return 0x50000 | (1 if errno is None else errno) if action == "SCMP_ACT_ERRNO" else _ACTIONS[action]
