"""Strict, bounded readers of YAML, JSON and TOML: a tree in which every value knows its line, or a DocumentError, and nothing else.

The three dialects are narrower than their specifications, so that no two tools can read one file differently:
duplicate keys, tags, NUL bytes, bytes that are not UTF-8, documents over the limits and numbers out of range are refused.
"""

from __future__ import annotations

from gates.core.documents.node import MAX_BYTES, MAX_DEPTH, DocumentError, Node, Value, plain
from gates.core.documents.table import Table

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "DocumentError",
    "Node",
    "Table",
    "Value",
    "plain",
    "read_json",
    "read_toml",
    "read_yaml",
    "read_yamls",
]

# Each dialect's reader is imported when a file of that dialect is read: a hook that finds only a TOML policy pays for TOML alone.


def read_yaml(data: bytes, path: str, *, max_bytes: int = MAX_BYTES, local_tags: bool = False, core_numbers: bool = False) -> Node:
    """One YAML document, by the core schema of YAML 1.2; an empty file is null. Raises DocumentError.

    Only true and false are booleans; dates, times and numbers with a leading zero stay text; a key is the text it is written as,
    `on` and `8080` included. Merge keys are not applied: `<<` is a key like any other, for the caller to judge.
    With `local_tags` a value keeps a tag such as `!reset` in `Node.tag`, and may have the standard one of its own
    type, such as `!!bool`; otherwise any tag is refused. With `core_numbers` 010 is ten
    and .inf infinite: for files that only readers of YAML 1.2 see.
    """
    documents = read_yamls(data, path, max_bytes=max_bytes, local_tags=local_tags, core_numbers=core_numbers)
    if len(documents) > 1:
        second = documents[1]
        raise DocumentError("the file holds several YAML documents; keep one, without a line ---", path, second.line)
    return documents[0] if documents else Node(None, 1, 1)


def read_yamls(
    data: bytes,
    path: str,
    *,
    max_bytes: int = MAX_BYTES,
    local_tags: bool = False,
    core_numbers: bool = False,
    repeated_merges: bool = False,
) -> list[Node]:
    """The documents of a YAML stream, in order; as `read_yaml` otherwise. With `repeated_merges` a table may hold `<<` more than once:
    those after the first are the keys "<<\\0" and a number, at their place.
    """
    from gates.core.documents import from_yaml

    return from_yaml.read(data, path, max_bytes, from_yaml.Dialect(local_tags, core_numbers, repeated_merges))


def read_json(data: bytes, path: str, *, max_bytes: int = MAX_BYTES) -> Node:
    """Raises DocumentError, also for NaN, Infinity and half a surrogate pair."""
    from gates.core.documents import from_json

    return from_json.read(data, path, max_bytes)


def read_toml(data: bytes, path: str, *, max_bytes: int = MAX_BYTES) -> Node:
    """Dates and times are those of `datetime`; a table that is written in parts stands where its first part does. Raises DocumentError."""
    from gates.core.documents import from_toml

    return from_toml.read(data, path, max_bytes)
