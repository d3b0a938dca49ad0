"""The configuration of an image, and documents that only one reading fits.

Format: https://github.com/opencontainers/image-spec/blob/main/config.md
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from gates.core.documents import DocumentError, Node, Table
from gates.image.archive.blobs import Document, algorithm_of
from gates.image.archive.limits import Budget

_KNOWN: Final = frozenset(
    ("architecture", "author", "config", "created", "history", "os", "os.features", "os.version", "rootfs", "variant", "container_config")
)
_KNOWN_CONFIG: Final = frozenset(
    (
        *("ArgsEscaped", "Cmd", "Entrypoint", "Env", "ExposedPorts", "Healthcheck", "Labels", "OnBuild", "Shell", "StopSignal"),
        *("User", "Volumes", "WorkingDir"),
    )
)
_KNOWN_HISTORY: Final = frozenset(("author", "comment", "created", "created_by", "empty_layer"))
_KNOWN_ROOTFS: Final = frozenset(("diff_ids", "type"))


class Configuration(NamedTuple):
    """`commands` are what the history says of each layer, "" where it says nothing or does not fit the layers."""

    document: Document
    diff_ids: tuple[str, ...]
    commands: tuple[str, ...]
    platform: str


def read(document: Document, budget: Budget) -> Configuration:
    """Raises DocumentError and Damaged."""
    table = plain_keys(Table(document.node, document.path, "the configuration"), _KNOWN)
    inner = table.node("config")
    if inner and inner.value is not None:
        plain_keys(Table(inner, document.path, "'config'"), _KNOWN_CONFIG)
    rootfs = plain_keys(required(table, "rootfs"), _KNOWN_ROOTFS)
    if rootfs.text("type") != "layers":
        raise rootfs.error(f"the file system of the image is of an unknown type, {rootfs.text('type')!r}", "type")
    diff_ids = rootfs.texts("diff_ids", ()) if has(rootfs, "diff_ids") else ()
    if len(diff_ids) > budget.limits.layers:
        raise rootfs.error(f"the image has more than {budget.limits.layers} layers", "diff_ids")
    for diff_id in diff_ids:
        algorithm_of(diff_id, document.name)
    return Configuration(document, diff_ids, _commands(table, len(diff_ids)), _platform(table))


def _commands(table: Table, layers: int) -> tuple[str, ...]:
    commands = []
    for step in tables(table, "history"):
        plain_keys(step, _KNOWN_HISTORY)
        if not step.flag("empty_layer", False):
            commands.append(text(step, "created_by"))
    return tuple(commands) if len(commands) == layers else ("",) * layers


def _platform(table: Table) -> str:
    return platform(text(table, "os"), text(table, "architecture"), text(table, "variant"))


def platform(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def text(table: Table, key: str) -> str:
    """Blank is a value here."""
    node = table.node(key)
    if node is None or node.value is None:
        return ""
    if not isinstance(node.value, str):
        raise table.error(f"{key!r} must be text", key)
    return node.value


def plain_keys(table: Table, known: Iterable[str]) -> Table:
    """The table, after refusing keys that programs written in Go take for a known one, since they do not look at case: Docker and
    containerd would read another image than gates does.
    """
    folded = {key.casefold(): key for key in known}
    for key in table:
        wanted = folded.get(key.casefold(), key)
        if wanted != key:
            raise table.error(f"the key {key!r} is {wanted!r} in other letters, and readers do not agree on what it means", key)
    return table


def has(table: Table, key: str) -> bool:
    """Null is what Go writes for a list that is empty."""
    node = table.node(key)
    return node is not None and node.value is not None


def required(table: Table, key: str) -> Table:
    found = table.table(key)
    if found is None:
        raise table.error(f"{key!r} is missing")
    return found


def tables(table: Table, key: str) -> list[Table]:
    return table.tables(key) if has(table, key) else []


def items(node: Node, path: str, what: str) -> list[Table]:
    """A document that is a list of tables."""
    if not isinstance(node.value, list):
        raise DocumentError(f"{what} must be a list", path, node.line)
    return [Table(item, path, f"an entry of {what}") for item in node.value]
