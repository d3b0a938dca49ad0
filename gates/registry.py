"""The gates, in running order, by name. A list that a person can read; a test compares it with the folders on disk."""

from __future__ import annotations

from importlib import import_module

from gates.core.errors import UsageError
from gates.core.gate import Gate

NAMES = ("secrets", "deps", "code", "protection", "commits", "image", "container", "sbom")

# What `gates run --stage` runs. A stage holds all that the one before it holds, but looks at what its moment is about.
STAGES: dict[str, tuple[str, ...]] = {
    "commit": ("secrets",),
    "push": ("secrets", "protection", "commits", "container"),
    "pull-request": ("secrets", "deps", "code", "protection", "commits", "container"),
    "release": ("secrets", "deps", "code", "protection", "commits", "image", "container", "sbom"),
}


def load(name: str) -> Gate:
    """The gate of that name, imported now; the modules of the others stay unloaded."""
    if name not in NAMES:
        raise UsageError(f"unknown gate {name!r}; the gates are {', '.join(NAMES)}")
    gate: Gate = import_module(f"gates.{name}.gate").GATE
    return gate
