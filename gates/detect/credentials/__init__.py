"""Credentials that no form of their own gives away: known by the name, the option or the format that they stand in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from gates.detect.credentials.addresses import addresses, driver_strings
from gates.detect.credentials.assignments import SEALED, passwords, secrets
from gates.detect.credentials.calls import calls
from gates.detect.credentials.commands import commands
from gates.detect.credentials.credential import Credential
from gates.detect.credentials.formats import devices, ldif, logins, manifests, netrc, pgpass
from gates.detect.credentials.headers import bearers, cookies
from gates.detect.credentials.prose import sentences, tables

# Each reads what stands around the offsets, in rising order, where its family's pattern matched.
READERS: Mapping[str, Callable[[bytes, Sequence[int]], Iterator[Credential]]] = MappingProxyType(
    {
        "address": addresses,
        "bearer": bearers,
        "call": calls,
        "command": commands,
        "cookie": cookies,
        "device": devices,
        "driver-string": driver_strings,
        "ldif": ldif,
        "login": logins,
        "manifest": manifests,
        "netrc": netrc,
        "password": passwords,
        "pgpass": pgpass,
        "secret": secrets,
        "sentence": sentences,
        "table": tables,
    }
)

# How many bytes before and behind such an offset tell whether there is anything, where a reader looks no farther, unless the text
# holds that word, which tells it of what stands far behind.
NEAR: Mapping[str, tuple[int, int]] = MappingProxyType({"password": (2048, 10 * 1024), "secret": (2048, 10 * 1024)})
FAR_WORD = SEALED
