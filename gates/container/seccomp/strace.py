"""Which system calls a program made, by what strace(1) wrote down: plain, with -f, -t, -tt, -ttt, -r, -T, -n, -i, or counted with -c."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gates.container.seccomp.syscalls import KNOWN
from gates.core.patterns import lazy

# "[pid  12] ", "12 " with -o; a time of day, of the epoch, or since the last call; "[   59] " with -n, "[00007f…] " with -i
_LINE = lazy(
    rb"(?:\[pid[ ]{1,8}[0-9]{1,10}\] |[0-9]{1,10}[ ]{1,8})?[ ]{0,12}"
    rb"(?:[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})? |\+?[0-9]{1,12}\.[0-9]{1,9} )?"
    rb"(?:\[[ ]{0,20}[0-9a-f]{1,16}\] ){0,2}(?:<\.\.\. )?([a-z_][a-z0-9_]{0,40})(?:\(| resumed)"
)
# share of the time, seconds, microseconds for each, calls, errors where there were any, name
_COUNTED = lazy(rb"[ ]{0,4}[0-9]{1,3}\.[0-9]{1,2}(?:[ ]{1,12}[0-9.]{1,20}){3,4}[ ]{1,20}([a-z_][a-z0-9_]{0,40})[ ]*$")
_LONGEST = 4096  # of a line, what comes before the arguments lies at its start


class Observed(NamedTuple):
    """`unknown` are names that look like calls and are none that Linux has."""

    calls: frozenset[str]
    unknown: frozenset[str]


def read(lines: Iterable[bytes]) -> Observed:
    """Lines of one log or of several. What is no call (signals, exits, stacks, the output of the program) is passed over."""
    found: set[str] = set()
    for line in lines:
        match = _LINE.match(line[:_LONGEST]) or _COUNTED.match(line[:_LONGEST].rstrip())
        if match:
            found.add(match[1].decode())
    found.discard("total")
    return Observed(frozenset(found & KNOWN), frozenset(found - KNOWN))
