"""The accounts of an image, as /etc/passwd and /etc/shadow of its last layers say.

https://man7.org/linux/man-pages/man5/passwd.5.html, https://man7.org/linux/man-pages/man5/shadow.5.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from gates.core.finding import Finding
from gates.core.patterns import lazy
from gates.image.inspecting.about import About, told
from gates.image.rules import contents as rules

PASSWD: Final = "etc/passwd"  # noqa: S105 - a path
SHADOW: Final = "etc/shadow"
TABLES: Final = (PASSWD, SHADOW)
_NO_LOGIN: Final = frozenset(("nologin", "false", "sync", "shutdown", "halt"))
_MOST: Final = (1 << 32) - 2  # the last one stands for none
_NUMBER = lazy(r"[+-]?[0-9]{1,20}")


class Account(NamedTuple):
    """`password` is the second field: "x" where /etc/shadow has it. `uid` is None where that is no number that an account may have.
    `whole`: the line has the fields that the C library asks for; runtimes ask for none.
    """

    name: str
    password: str
    uid: int | None
    shell: str
    whole: bool

    @property
    def starts_as_root(self) -> bool:
        """Runtimes take a number that is missing, or that they cannot read, for 0:
        https://github.com/moby/sys/blob/main/user/user.go, parseParts.
        """
        return not self.uid

    @property
    def logs_in(self) -> bool:
        return self.shell.rpartition("/")[2] not in _NO_LOGIN


class Table(NamedTuple):
    """One of the two files, and the number of the layer that it is from."""

    data: bytes
    layer: int


def accounts(passwd: bytes) -> tuple[Account, ...]:
    """In the order of the file, with lines that are cut short; comments, and what NIS puts in, are left out."""
    found = []
    for fields in _lines(passwd):
        if not fields[0].startswith(("+", "-")):
            whole = len(fields) >= 4
            fields += [""] * (7 - len(fields))
            found.append(Account(fields[0], fields[1], uid_of(fields[2]), fields[6], whole))
    return tuple(found)


def passwords(shadow: bytes) -> Mapping[str, str]:
    """Name -> the second field; the first line of a name counts."""
    found: dict[str, str] = {}
    for fields in _lines(shadow):
        if len(fields) >= 2:
            found.setdefault(fields[0], fields[1])
    return found


def findings(about: About, passwd: Table | None, shadow: Table | None) -> Iterator[Finding]:
    if passwd is None:
        return
    known = accounts(passwd.data)
    hidden = passwords(shadow.data) if shadow else {}
    for account in {account.name: account for account in reversed(known) if account.whole}.values():
        elsewhere = account.password == "x"  # noqa: S105 - the mark that sends readers to the other file
        file, name = (shadow, SHADOW) if elsewhere else (passwd, PASSWD)
        password = hidden.get(account.name, "*") if elsewhere else account.password
        if file and not password and account.logs_in:
            message = f"{account.name} has an empty password in /{name}, {about.where(file.layer, None)}"
            yield told(about, rules.EMPTY_PASSWORD, message, f"password {account.name}", layer=file.layer, data={"user": account.name})
    first, *others = [account.name for account in known if account.uid == 0] or [""]
    for name in dict.fromkeys(others):
        message = f"{name} has the number 0 in /{PASSWD}, as {first} has, {about.where(passwd.layer, None)}"
        remedy = "give the account a number of its own; whatever runs under the number 0 is root"
        yield told(about, rules.EMPTY_PASSWORD, message, f"uid-0 {name}", layer=passwd.layer, remedy=remedy, data={"user": name})


def _lines(data: bytes) -> Iterator[list[str]]:
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        fields = line.strip().split(":")  # as runtimes do
        if fields[0] and not fields[0].startswith("#"):
            yield fields


def uid_of(text: str) -> int | None:
    """Of an account, as runtimes read it: https://pkg.go.dev/strconv#Atoi. None for what is none."""
    if not _NUMBER.fullmatch(text):
        return None
    found = int(text)
    return found if 0 <= found <= _MOST else None
