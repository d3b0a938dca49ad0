"""What every weakening carries: who answers for it, why it is there, and the last day it counts."""

from datetime import date
from typing import NamedTuple

from gates.core.documents import Table
from gates.core.patterns import lazy

MIN_REASON, MAX_REASON = 15, 2000
ACCOUNT_KEYS = ("owner", "reason", "sunset")

_OWNER = lazy(r"@[A-Za-z0-9-]+(?:/[A-Za-z0-9._-]+)?|[^@\s]+@[^@\s]+")


class Account(NamedTuple):
    """`sunset` is the last day it counts, through 23:59:59 UTC."""

    owner: str
    reason: str
    sunset: date


def live(sunset: date, today: date) -> bool:
    return today <= sunset


def read_account(table: Table) -> Account:
    """From the table's keys `owner`, `reason` and `sunset`, all required. Raises DocumentError."""
    return Account(read_owner(table), read_reason(table), table.day("sunset"))


def read_owner(table: Table) -> str:
    owner = table.text("owner")
    if complaint := owner_problem(owner):
        raise table.error(complaint, "owner")
    return owner


def read_reason(table: Table) -> str:
    reason = " ".join(table.text("reason").split())
    if complaint := reason_problem(reason):
        raise table.error(complaint, "reason")
    return reason


def owner_problem(owner: str) -> str:
    """What is wrong with it, "" for a good one."""
    return "" if len(owner) <= 200 and _OWNER.fullmatch(owner) else "'owner' must be @user, @organisation/team or an e-mail address"


def reason_problem(reason: str) -> str:
    if len(reason) < MIN_REASON:
        return f"'reason' must tell a stranger why, in at least {MIN_REASON} characters"
    return f"'reason' is longer than {MAX_REASON} characters" if len(reason) > MAX_REASON else ""


def account_problem(owner: str, reason: str) -> tuple[str, str] | None:
    """For records of settings that carry both: the key that is wrong, and how, as `core.options.fill` asks for it."""
    for key, complaint in (("owner", owner_problem(owner)), ("reason", reason_problem(reason))):
        if complaint:
            return key, complaint.removeprefix(f"{key!r} ")
    return None
