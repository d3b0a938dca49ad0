"""Keeps what is slow to compile between runs. The cache is data that is never trusted: owner, mode and content are checked, and any
doubt ends in a fresh compile. Not being able to keep it is no error.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")


def folder(environment: Mapping[str, str], scanned: str) -> str:
    """The user's cache folder for gates, "" where there is none or it would lie inside the tree under test.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    home = environment.get("HOME") or environment.get("USERPROFILE") or ""
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches") if home else ""
    else:
        base = environment.get("XDG_CACHE_HOME", "") or (os.path.join(home, ".cache") if home else "")
    if not os.path.isabs(base):
        return ""
    path = os.path.join(os.path.realpath(base), "gates")
    return "" if scanned and _inside(path, os.path.realpath(scanned)) else path


def _inside(path: str, tree: str) -> bool:
    return path == tree or path.startswith(tree.rstrip(os.sep) + os.sep)


def fetch(
    folder: str,
    name: str,
    identity: bytes,
    *,
    make: Callable[[], bytes],
    use: Callable[[bytes], _T],
    doubts: type[Exception],
) -> _T:
    """What `use` makes of the kept bytes, or of freshly made ones when there are none or `use` raises one of `doubts`.

    `identity` is everything that the bytes were made from. It is kept beside them and compared in full, which takes less time than
    loading a hash does; another engine, interpreter or machine is another file.
    """
    path = os.path.join(folder, f"{name}-{sys.implementation.cache_tag}-{sys.platform}-{_machine()}") if folder else ""
    kept = _read(folder, path, identity) if path else b""
    if kept:
        with suppress(doubts):  # damaged or foreign: made again below
            return use(kept)
    made = make()
    if path:
        _write(folder, path, identity, made)
    return use(made)


def _machine() -> str:
    return os.uname().machine if hasattr(os, "uname") else ""  # Windows has wheels for one processor at a time


def _private(status: os.stat_result) -> bool:
    """Ours alone: another user could otherwise plant a database, which is executed natively."""
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def _read(folder: str, path: str, identity: bytes) -> bytes:
    head = _head(identity)
    try:
        if not _private(os.lstat(folder)):
            return b""
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return b""
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        try:
            if not _private(status) or not stat.S_ISREG(status.st_mode) or file.read(len(head)) != head:
                return b""
            return file.read()
        except OSError:
            return b""


def _head(identity: bytes) -> bytes:
    return len(identity).to_bytes(8, "little") + identity


def _write(folder: str, path: str, identity: bytes, data: bytes) -> None:
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        try:
            os.mkdir(folder, 0o700)
        except FileExistsError:
            if not _private(os.lstat(folder)):
                return
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with open(descriptor, "wb") as file:
            file.write(_head(identity))
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)


def private_folder(folder: str, name: str) -> str:
    """A folder in the cache for what another program keeps there, which believes what it finds; "" where it cannot be ours alone."""
    path = os.path.join(folder, name)
    if not folder:
        return ""
    try:
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        for each in (folder, path):
            with suppress(FileExistsError):
                os.mkdir(each, 0o700)
            status = os.lstat(each)
            if not stat.S_ISDIR(status.st_mode) or not _private(status):
                return ""
    except OSError:
        return ""
    return path
