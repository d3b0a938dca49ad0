"""committed: https://github.com/crate-ci/committed/blob/master/docs/reference.md."""

from __future__ import annotations

from typing import Final

from gates.commits.source import Header, Listed, Source
from gates.commits.sources.places import at_value
from gates.core.documents import Node, Table, read_toml
from gates.core.finding import Location

# Without `allowed_types`, up to 1.1.
DEFAULTS: Final = ("fix", "feat", "chore", "docs", "style", "refactor", "perf", "test")

_SUBJECT_LENGTH: Final = 50
_STYLES: Final = ("none", "conventional", "None", "Conventional")


def is_source(path: str) -> bool:
    """committed reads the file in the root of the repository."""
    return path == "committed.toml"


def read(data: bytes, path: str) -> list[Source]:
    """Any type will do unless the style is conventional, and with an empty list of types."""
    root = read_toml(data, path)
    table = Table(root, path)
    style = table.choice("style", _STYLES, "none")
    length = table.whole("subject_length", _SUBJECT_LENGTH)
    if style.lower() == "none":
        return [Source("committed", "accepts", _place(table, ("style",), path), None, header=Header(max_length=length))]
    scopes = table.texts("allowed_scopes", ())
    header = Header(max_length=length, scopes=scopes or None)
    place = _place(table, ("allowed_types", "style"), path)
    node = table.node("allowed_types")
    if node is None:
        types = tuple(Listed(name, place) for name in DEFAULTS)
        return [Source("committed", "accepts", place, types, implied=True, header=header)]
    names = table.texts("allowed_types")
    items = node.value if isinstance(node.value, list) else []
    found = tuple(Listed(name, at_value(item, path)) for name, item in zip(names, items, strict=True))
    return [Source("committed", "accepts", place, found or None, header=header)]


def _place(table: Table, keys: tuple[str, ...], path: str) -> Location:
    found = next((node for key in keys if isinstance(node := table.node(key), Node)), None)
    return at_value(found, path) if found else Location(path, 1, 1)
