"""A value with its place, the error that every reader raises, and the bytes-to-text step they share."""

from datetime import date, time
from typing import NamedTuple, TypeAlias

from gates.core.errors import UsageError

MAX_BYTES = 1 << 20
MAX_DEPTH = 64

Value: TypeAlias = "dict[str, Node] | list[Node] | str | int | float | bool | date | time | None"


class Node(NamedTuple):
    """`line` and `column` (1-based, in code points) are where the value starts, `key_line` and `key_column` where its key does;
    those are 0 for an item of a list and for the root. `tag` is a YAML local tag such as "!reset", "" nearly always.
    """

    value: Value
    line: int
    column: int
    key_line: int = 0
    key_column: int = 0
    tag: str = ""


class DocumentError(UsageError):
    """The file cannot be read, or does not say what it should. A gate that reads what it judges turns it into `Unread`."""


def decode(data: bytes, path: str, max_bytes: int) -> str:
    """UTF-8 text without a byte order mark."""
    if len(data) > max_bytes:
        raise DocumentError(f"the file has {len(data)} bytes; at most {max_bytes} are read", path)
    nul = data.find(b"\0")
    if nul >= 0:
        raise DocumentError("the file holds a NUL byte; store it as UTF-8 text", path, data.count(b"\n", 0, nul) + 1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError("the file is not UTF-8; store it as UTF-8 text", path, line) from None
    return text.removeprefix("\ufeff")


def quoted(text: str) -> str:
    """For messages: short, and with control characters escaped."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def too_deep(path: str, line: int) -> DocumentError:
    return DocumentError(f"nested deeper than {MAX_DEPTH} levels", path, line)


def duplicate(key: str, first: Node, path: str, line: int) -> DocumentError:
    return DocumentError(f"duplicate key {quoted(key)}; it is already set in line {first.key_line}", path, line)


def plain(node: Node) -> object:
    """The values alone, for comparing two documents whatever their layout."""
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value
