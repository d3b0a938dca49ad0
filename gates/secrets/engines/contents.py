"""The contents that the built-in engine has looked at, for those that look again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from gates.core import git, scope
from gates.core.errors import GateUnavailable
from gates.core.gate import Context, Skipped, Unread

Read = Callable[[int], bytes]  # read(n): up to n bytes, b"" at the end. Raises OSError or GateUnavailable


class Content(NamedTuple):
    """`key` is what its source knows it by; `path` is "" where it has none of its own. `read` counts until the next is asked for."""

    key: object
    path: str
    read: Read
    trouble: str  # what to say when `read` fails


def files(context: Context) -> Iterator[Content | Skipped | Unread]:
    for entry in scope.files(context):
        if not isinstance(entry, scope.File):
            continue  # the built-in engine has told
        try:
            descriptor = scope.open_regular(entry.absolute)
        except FileNotFoundError:
            yield Skipped(entry.path, "gone before the second engines read it")
        except OSError as error:
            yield Unread(entry.path, 0, f"cannot be read: {error.strerror or error}")
        else:
            with open(descriptor, "rb", buffering=0) as file:
                yield Content(entry.path, entry.path, file.read, "cannot be read")


def objects(context: Context, repository: git.Repository, oids: Collection[str]) -> Iterator[Content | Skipped | Unread]:
    for found in git.contents(repository, oids, context.deadline):
        trouble = f"object {found.oid} is missing from the repository or damaged"
        if found.kind == "missing":
            yield Unread("", 0, trouble)
        else:
            yield Content((found.oid, found.kind), "", found.read, trouble)


class Copied:
    """A stream that can be read once, and the copy of it that is made while it is read. The copy has no name, so nothing of it stays."""

    def __init__(self, key: object, read: Read) -> None:
        self._key = key
        self._read = read
        self._copy = tempfile.TemporaryFile(prefix="gates-secrets-")  # noqa: SIM115 - closed by `contents`

    def read(self, size: int) -> bytes:
        block = self._read(size)
        try:
            self._copy.write(block)
        except OSError as error:
            raise GateUnavailable(f"standard input cannot be kept for the second engines: {error.strerror}") from error
        return block

    def contents(self) -> Iterator[Content]:
        with self._copy:
            self._copy.seek(0)
            yield Content(self._key, "", self._copy.read, "the copy of standard input cannot be read")


def extension(path: str) -> str:
    """The end of the path's name where an engine may read more into it than that it is text, "" elsewhere."""
    end = os.path.splitext(path)[1].lower()
    return end if end[1:] in _TEXT else ""


# Only these: engines leave out images, fonts and archives by name, and a name is for anybody to choose.
_TEXT = frozenset(
    (
        *("bash", "c", "cfg", "conf", "cpp", "cs", "env", "go", "gradle", "groovy", "h", "hcl", "ini", "java", "js", "json", "jsx", "kt"),
        *("lua", "php", "pl", "properties", "ps1", "py", "rb", "rs", "scala", "sh", "sql", "swift", "tf", "tfvars", "toml", "ts", "tsx"),
        *("vue", "xml", "yaml", "yml"),
    )
)
