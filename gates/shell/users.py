"""The number that a command gives a user: useradd and usermod of shadow, adduser of BusyBox and of Debian."""

from __future__ import annotations

from typing import Final, NamedTuple

from gates.shell.command import Word
from gates.shell.programs import Invocation, options

_VALUES: Final = frozenset(
    (
        *(
            "-b",
            "--base-dir",
            "-c",
            "--comment",
            "-d",
            "--home-dir",
            "--home",
            "-e",
            "--expiredate",
            "-f",
            "--inactive",
            "-g",
            "--gid",
            "-G",
        ),
        *("-G", "--groups", "-h", "-k", "--skel", "-K", "--key", "-l", "--login", "-p", "--password", "-R", "--root", "-P", "--prefix"),
        *("-s", "--shell", "-u", "--uid", "-Z", "--selinux-user", "--gecos", "--ingroup", "--firstuid", "--lastuid", "--conf"),
    )
)


class Given(NamedTuple):
    """`shared`: another user may have the number already."""

    name: Word
    number: Word
    shared: bool


def given_number(invocation: Invocation) -> Given | None:
    """None where the command gives nobody a number."""
    if invocation.program not in ("useradd", "adduser", "usermod"):
        return None
    found = options(invocation.arguments, _VALUES)
    number = found.option("-u", "--uid")
    if number is None or number.value is None or not found.operands:
        return None
    shared = found.option("-o", "--non-unique") is not None
    return Given(found.operands[0] if invocation.program == "adduser" else found.operands[-1], number.value, shared)
