"""Published ports of a service, short and long (https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports)."""

from __future__ import annotations

from collections.abc import Iterator

from gates.container.compose.interpolation import UNKNOWN, expand
from gates.container.compose.items import Item, entries, scalar, table
from gates.container.compose.model import Problem
from gates.container.spec import Port


def ports(service: dict[str, Item], problems: list[Problem]) -> Iterator[Port]:
    given = service.get("ports")
    if given is not None and not isinstance(given.value, list) and given.value is not None:
        problems.append(Problem(given.source.path, given.key_line, "ports is a list"))
    for item in entries(given):
        if isinstance(item.value, dict):
            yield _long(item)
        elif not isinstance(item.value, list):
            yield _short(item)


def fields(spec: str) -> tuple[str, str, str]:
    """Address, published port and target of IP:PUBLISHED:TARGET/PROTOCOL, of which only the target is needed.

    An address of IPv6 has colons, in brackets or not.
    """
    *front, target = spec.rsplit("/", 1)[0].split(":")
    published = front.pop() if front else ""
    return ":".join(front).removeprefix("[").removesuffix("]"), published, target


def _short(item: Item) -> Port:
    written = scalar(item.value)
    given = expand(written).text
    address, published, target = fields(given)
    # what stands first may hold the address too
    resolved = UNKNOWN not in (address or given.partition(":")[0])
    return Port(_shown(address), _shown(published), _shown(target), item.location, resolved, written)


def _long(item: Item) -> Port:
    given = table(item)
    parts = [expand(scalar(given[key].value)).text if key in given else "" for key in ("host_ip", "published", "target")]
    address, published, target = parts
    written = ":".join(scalar(given[key].value) for key in ("host_ip", "published", "target") if key in given)
    return Port(
        _shown(address.removeprefix("[").removesuffix("]")),
        _shown(published),
        _shown(target),
        item.location,
        UNKNOWN not in address,
        written,
    )


def _shown(text: str) -> str:
    """A part that depends on a variable is not told."""
    return "" if UNKNOWN in text else text
