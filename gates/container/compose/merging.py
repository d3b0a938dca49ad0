"""One compose file over another, one service over the one that it extends
(https://github.com/compose-spec/compose-spec/blob/main/13-merge.md).

What is merged keeps its own place and the folder of its own paths.
"""

from __future__ import annotations

from collections.abc import Callable

from gates.container.compose import ports
from gates.container.compose.interpolation import UNKNOWN, expand, split
from gates.container.compose.items import Item, entries, scalar, table
from gates.container.compose.model import Problem
from gates.container.compose.volumes import fields

MAX_MERGED = 200_000  # values that merging may copy: a long list that a thousand services extend would be a thousand lists

# lists of NAME=value, or mappings
_PAIRS = frozenset(("annotations", "environment", "extra_hosts", "labels", "sysctls", "args", "additional_contexts"))
# a single value, or a list without repetition
_LISTS = frozenset(("cap_add", "cap_drop", "device_cgroup_rules", "dns", "dns_opt", "dns_search", "env_file", "expose", "group_add"))
_LISTS |= frozenset(("label_file", "links", "profiles", "security_opt", "tmpfs", "tags", "platforms"))
# lists of names, or mappings with the names as keys
_NAMES = frozenset(("depends_on", "models", "networks"))
_REPLACED = frozenset(("command", "entrypoint", "test"))


class TooMuch(Exception):
    """More than MAX_MERGED values."""


class Merger:
    """`problems` gets what cannot be merged; there the overriding value stays."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._spent = 0

    def files(self, base: Item, over: Item) -> Item:
        """Two documents, each a mapping."""

        def started(one: Item, other: Item) -> Item:
            return self._mappings(one, other, {}, self.services)

        return self._mappings(base, over, {"services": started, "jobs": started})

    def services(self, base: Item, over: Item) -> Item:
        special: dict[str, Callable[[Item, Item], Item]] = {
            "build": self._builds,
            "logging": self._logging,
            "volumes": self._by_key(_volume),
            "ports": self._by_key(_port),
            "devices": self._by_key(_device),
            "secrets": self._by_key(_granted),
            "configs": self._by_key(_granted),
        }
        return self._mappings(base, over, special)

    def _mappings(
        self,
        base: Item,
        over: Item,
        special: dict[str, Callable[[Item, Item], Item]],
        each: Callable[[Item, Item], Item] | None = None,
    ) -> Item:
        """`special` says how the values of some keys are merged, `each` those of all others."""
        if over.tag == "!override" or base.value is None:
            return over._replace(tag="")
        if over.value is None:
            return base
        if not isinstance(base.value, dict) or not isinstance(over.value, dict):
            return self._mismatch(base, over)
        self._spend(len(base.value) + len(over.value))
        merged = {key: item for key, item in base.value.items() if item.tag != "!reset"}
        for key, item in over.value.items():
            if item.tag == "!reset":
                merged.pop(key, None)
            elif item.tag == "!override" or key not in merged:
                merged[key] = item._replace(tag="")
            else:
                merge = special.get(key) or each
                merged[key] = merge(merged[key], item) if merge else self._values(key, merged[key], item)
        return base._replace(value=merged, tag="")

    def _values(self, key: str, base: Item, over: Item) -> Item:
        if key in _REPLACED:
            return over
        if over.value is None:
            return base
        if base.value is None:
            return over
        if key in _PAIRS:
            if isinstance(base.value, list) and isinstance(over.value, dict):
                over = over._replace(value=table(over))  # an entry of a list has no key that !reset could name
            return self._mappings(pairs(base), pairs(over), {}, lambda _, other: other)
        if key in _NAMES:
            return self._mappings(_named(base), _named(over), {})
        if key in _LISTS and not isinstance(base.value, dict) and not isinstance(over.value, dict):
            return self._lists(base, over, _text)
        if isinstance(base.value, dict) or isinstance(over.value, dict):
            return self._mappings(base, over, {})
        if isinstance(base.value, list) and isinstance(over.value, list):
            return self._lists(base, over, None)
        return over

    def _builds(self, base: Item, over: Item) -> Item:
        return self._mappings(_build(base), _build(over), {})

    def _logging(self, base: Item, over: Item) -> Item:
        drivers = {
            each.value["driver"].value for each in (base, over) if isinstance(each.value, dict) and _is_text(each.value.get("driver"))
        }
        return over if len(drivers) > 1 else self._mappings(base, over, {})

    def _by_key(self, key: Callable[[Item], str]) -> Callable[[Item, Item], Item]:
        def merge(base: Item, over: Item) -> Item:
            if over.value is None:
                return base
            if base.value is None:
                return over
            if isinstance(base.value, dict) or isinstance(over.value, dict):
                return self._mismatch(base, over)
            return self._lists(base, over, key)

        return merge

    def _lists(self, base: Item, over: Item, key: Callable[[Item], str] | None) -> Item:
        """The one, then the other; with `key`, an entry takes the place of the entry that has the same."""
        first, second = list(entries(base)), list(entries(over))
        self._spend(len(first) + len(second))
        if key is None:
            return over._replace(value=[*first, *second])
        places = {key(item): place for place, item in enumerate(first)}
        merged = first
        for item in second:
            name = key(item)
            if name in places:
                merged[places[name]] = item
            else:
                places[name] = len(merged)
                merged.append(item)
        return over._replace(value=merged)

    def _mismatch(self, base: Item, over: Item) -> Item:
        message = "a mapping and something else cannot be merged"
        self._problems.append(Problem(over.source.path, over.key_line or over.line, f"{message}; see line {base.key_line or base.line}"))
        return over

    def _spend(self, values: int) -> None:
        self._spent += values
        if self._spent > MAX_MERGED:
            raise TooMuch


def pairs(item: Item) -> Item:
    """A list of NAME=value as a mapping; a name alone has the value null. A mapping is itself."""
    if isinstance(item.value, dict):
        return item
    table: dict[str, Item] = {}
    for entry in entries(item):
        name, value = _pair(scalar(entry.value))
        table[name] = entry._replace(value=value, key_line=entry.line, key_column=entry.column)
    return item._replace(value=table)


def _pair(text: str) -> tuple[str, str | None]:
    written, *value = split(text, "=")
    if value:
        return _known(written), "=".join(value)
    name, equals, rest = _known(written).partition("=")  # a variable's default may be the pair
    return name, rest.replace("$", "$$") if equals else None


def _known(text: str) -> str:
    """With variables expanded where all have a value, as written otherwise: two unknown ones are not the same."""
    expanded = expand(text).text
    return text if UNKNOWN in expanded else expanded


def _named(item: Item) -> Item:
    if isinstance(item.value, dict):
        return item
    return item._replace(value={scalar(entry.value): entry._replace(value=None) for entry in entries(item)})


def _build(item: Item) -> Item:
    return item._replace(value={"context": item}) if isinstance(item.value, str) else item


def _is_text(item: Item | None) -> bool:
    return item is not None and isinstance(item.value, str)


def _text(item: Item) -> str:
    """Of an entry that is a mapping, its path: `env_file` has such."""
    return _field(item, "path") if isinstance(item.value, dict) else _known(scalar(item.value))


def _field(item: Item, key: str) -> str:
    found = item.value.get(key) if isinstance(item.value, dict) else None
    return _known(scalar(found.value)) if found else ""


def _volume(item: Item) -> str:
    if isinstance(item.value, dict):
        return _field(item, "target")
    expanded = fields(expand(scalar(item.value)).text).target
    return scalar(item.value) if UNKNOWN in expanded else expanded


def _port(item: Item) -> str:
    if isinstance(item.value, dict):
        address, published, target = (_field(item, key) for key in ("host_ip", "published", "target"))
        protocol = _field(item, "protocol")
    else:
        address, published, target = ports.fields(_text(item))
        protocol = _text(item).rpartition("/")[2] if "/" in _text(item) else ""
    return f"{address}:{published}:{target}/{protocol or 'tcp'}"


def _device(item: Item) -> str:
    if isinstance(item.value, dict):
        return _field(item, "target") or _field(item, "source")
    parts = _text(item).split(":")
    return parts[min(1, len(parts) - 1)]


def _granted(item: Item) -> str:
    """Where a secret or a config appears in the container."""
    return (_field(item, "target") or _field(item, "source")) if isinstance(item.value, dict) else _text(item)
