"""Values of a manifest, as the server of a cluster reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gates.container.setting import Setting
from gates.core.documents import DocumentError, Node
from gates.core.finding import Location
from gates.core.patterns import lazy

# The server reads YAML 1.1, where these are booleans without quotes.
_WORDS_OF_TRUTH: Final = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON", "y", "Y"), True),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF", "n", "N"), False),
}
# Filled in before the server sees it: envsubst, Kustomize's and Flux's variables, Helm, and Kubernetes' own $(NAME).
_OPEN = lazy(r"\$\{|\$\(|\{\{|<%|\$[A-Z_]")


def at(node: Node, path: str) -> Location:
    return Location(path, node.line, node.column)


def plain(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def either(first: Mapping[str, Node], second: Mapping[str, Node], key: str) -> Node | None:
    """The container's own word counts before the pod's."""
    for table in (first, second):
        node = table.get(key)
        if node is not None and node.value is not None:
            return node
    return None


def setting_of(node: Node | None, path: str) -> Setting[str] | None:
    if node is None or node.value is None:
        return None
    if isinstance(node.value, dict | list):
        return Setting(None, at(node, path), "a value of another kind")
    text = str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
    return Setting(None if _OPEN.search(text) else text, at(node, path), text)


def flag(node: Node | None, path: str) -> Setting[bool] | None:
    """What is neither true nor false the server refuses, unless something fills it in before: nobody knows here."""
    if node is None or node.value is None:
        return None
    setting = setting_of(node, path)
    value = node.value if isinstance(node.value, bool) else _WORDS_OF_TRUTH.get(node.value) if isinstance(node.value, str) else None
    return Setting(value, at(node, path), setting.text if setting else "")


def below(table: Mapping[str, Node], key: str, path: str) -> Mapping[str, Node]:
    node = table.get(key)
    return {} if node is None or node.value is None else table_of(node, path)


def table_of(node: Node, path: str) -> Mapping[str, Node]:
    """With the keys of YAML's merges under its own."""
    if node.value is None:
        return {}
    if not isinstance(node.value, dict):
        raise DocumentError("a pod's specification has something else where a table should be", path, node.key_line or node.line)
    merges = [key for key in node.value if key == "<<" or key.startswith("<<\0")]
    if not merges:
        return node.value
    table: dict[str, Node] = {}
    for key in merges:
        merged = node.value[key]
        for each in merged.value if isinstance(merged.value, list) else (merged,):
            table = {**table_of(each, path), **table}
    return {**table, **{key: value for key, value in node.value.items() if key not in merges}}


def list_of(node: Node | None, key: str, path: str) -> Sequence[Node]:
    if node is None or node.value is None:
        return ()
    if not isinstance(node.value, list):
        raise DocumentError(f"{key} must be a list", path, node.key_line or node.line)
    return node.value
