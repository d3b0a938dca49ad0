"""Where two versions of a configuration say something different, whatever the tool behind it makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gates.core.documents import Node, read_json, read_toml, read_yaml

_YAML: Final = (".yml", ".yaml", ".commitlintrc")


def changed(old: bytes, new: bytes, path: str) -> int | None:
    """How many values differ; a list counts once, however many of its items do, and so do the keys of a table. An alias in YAML counts
    at each place that it stands for. None for a format without such values. Raises DocumentError.
    """
    if path.endswith(".toml"):
        return sum(_differing(read_toml(old, path), read_toml(new, path)))
    if path.endswith(".json") or (path == ".commitlintrc" and old.lstrip()[:1] == b"{"):
        return sum(_differing(read_json(old, path), read_json(new, path)))
    if path.endswith(_YAML):
        return sum(_differing(read_yaml(old, path), read_yaml(new, path)))
    return None


def _differing(old: Node, new: Node) -> Iterator[int]:
    one, other = old.value, new.value
    if isinstance(one, dict) and isinstance(other, dict):
        yield int(list(one) != list(other))
        for key, node in one.items():
            if key in other:
                yield from _differing(node, other[key])
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other) or any(_is_leaf(item) for item in (*one, *other)):
            yield int(len(one) != len(other) or any(sum(_differing(*pair)) for pair in zip(one, other, strict=True)))
        else:
            for pair in zip(one, other, strict=True):
                yield from _differing(*pair)
    else:
        yield int(type(one) is not type(other) or one != other)


def _is_leaf(node: Node) -> bool:
    return not isinstance(node.value, dict | list)
