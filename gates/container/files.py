"""Finds and reads the files that build images and start containers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from gates.container import detection
from gates.container.detection import Kind
from gates.core import git, scope
from gates.core.documents import MAX_BYTES, DocumentError
from gates.core.errors import GateUnavailable
from gates.core.gate import Context, Skipped, Unread
from gates.core.source import read_regular

_TEMPLATE: Final = "a template: what it becomes is known when it is rendered; judge that"


UNKNOWN: Final = "builds no image and starts no container that is known here"


class Found(NamedTuple):
    kind: Kind
    path: str
    data: bytes
    named: bool = False  # somebody asked for this very file


class Tree(NamedTuple):
    """The repository around the judged files; paths are relative to its top. `read` gives None for what is no regular file of it, and
    raises DocumentError for one that cannot be read. `files` gives the paths of those below a folder that are in scope.
    """

    read: Callable[[str], bytes | None]
    exists: Callable[[str], bool]
    tracked: Callable[[str], bool]
    files: Callable[[str], Sequence[str]]


def find(context: Context) -> Iterator[Found | Skipped | Unread]:
    named = set(context.selection.paths) if context.selection.kind == "paths" else set()
    for entry in scope.files(context):
        if context.deadline.passed():
            raise GateUnavailable("the time limit passed before every file was read")
        if isinstance(entry, scope.File):
            yield from _judged(entry, entry.path in named)
        elif isinstance(entry, Skipped) and _hides(entry, context):
            yield Unread(entry.path, 0, f"{entry.reason}; put the file itself there")
        else:
            yield entry


def _hides(entry: Skipped, context: Context) -> bool:
    """Whether something else stands where a name promises a file to judge: a pipe, a folder, a link that leads out of what is judged."""
    if not detection.certain(entry.path) or context.excluded(entry.path) or entry.reason == scope.GONE:
        return False
    place, top = os.path.join(context.root, entry.path), os.path.realpath(context.root)
    if not os.path.islink(place):
        return entry.reason in (scope.DIRECTORY, scope.SPECIAL)
    real = os.path.realpath(place)
    return not (real.startswith(top + os.sep) and os.path.isfile(real) and detection.possible(os.path.relpath(real, top)))


def _judged(file: scope.File, named: bool) -> Iterator[Found | Skipped | Unread]:
    if not (named or detection.possible(file.path)):
        return
    try:
        data = _read(file, named)
    except DocumentError as error:
        yield Unread(file.path, 0, error.message)
        return
    if data is None:
        return
    kind = detection.kind(file.path, data, named=named)
    if kind == "template":
        yield Skipped(file.path, _TEMPLATE)
    elif kind and len(data) > MAX_BYTES:
        yield Unread(file.path, 0, f"larger than {MAX_BYTES} bytes, too much to judge")
    elif kind:
        yield Found(kind, file.path, data, named)
    elif named:
        yield Unread(file.path, 0, UNKNOWN)


def _read(file: scope.File, named: bool) -> bytes | None:
    """At most one byte more than is judged; None for a file that is gone, or that its first bytes tell apart."""
    try:
        with open(scope.open_regular(file.absolute), "rb") as stream:
            first = stream.read(detection.FIRST)
            if not named and "." not in os.path.basename(file.path) and not detection.promising(file.path, first):
                return None
            return first + stream.read(MAX_BYTES + 1 - len(first))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror or error}", file.path) from error


def tree(context: Context) -> Tree:
    top = context.repository.top if context.repository and context.selection.kind == "tree" else context.root

    def read(path: str) -> bytes | None:
        place = os.path.join(top, path)
        inside = os.path.realpath(place).startswith(os.path.realpath(top) + os.sep)
        return read_regular(place, path) if inside else None

    @cache
    def tracked() -> frozenset[str]:
        if context.repository is None:
            return frozenset()
        return frozenset(entry.path for entry in git.tracked(context.repository, context.deadline))

    @cache
    def listed(folder: str) -> tuple[str, ...]:
        within = context
        if context.selection.kind == "paths" and folder:
            if folder.split("/", 1)[0] == ".." or not os.path.isdir(os.path.join(top, folder)):
                return ()
            within = context._replace(selection=context.selection._replace(paths=(folder,)))
        elif folder:
            return tuple(path for path in listed("") if path.startswith(f"{folder}/"))
        return tuple(entry.path for entry in scope.files(within) if isinstance(entry, scope.File))

    return Tree(read, lambda path: os.path.isfile(os.path.join(top, path)), lambda path: path in tracked(), listed)
