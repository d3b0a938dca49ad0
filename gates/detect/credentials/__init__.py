"""Credentials that no form of their own gives away: known by the name, the option or the format that they stand in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from gates.detect.credentials.assignments import passwords, secrets
from gates.detect.credentials.credential import Credential

# Each reads what stands around the offsets, in rising order, where its family's pattern matched.
READERS: Mapping[str, Callable[[bytes, Sequence[int]], Iterator[Credential]]] = MappingProxyType({"password": passwords, "secret": secrets})
