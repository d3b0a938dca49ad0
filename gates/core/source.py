"""Where policy, waivers, baseline and ignore lists are read from: the work tree, or a commit that is trusted more."""

import os
import stat
from collections.abc import Callable
from typing import NamedTuple

from gates.core.documents import MAX_BYTES, DocumentError


class Source(NamedTuple):
    """`read` gives the bytes at a path relative to the repository's top, None where there is no such file, and raises UsageError
    for what is there and cannot be read. `name` is what the report shows: "tree", "ref:<name>", "file:<name>".
    """

    name: str
    read: Callable[[str], bytes | None]


def tree(top: str) -> Source:
    """The files below `top`. Links are refused: what a link points to is outside the change that reviewers see."""
    real_top = os.path.realpath(top)

    def read(path: str) -> bytes | None:
        place = os.path.join(real_top, path)
        if os.path.realpath(place) != place and os.path.lexists(place):
            raise DocumentError("is reached through a symbolic link; put the file itself there", path)
        return read_regular(place, path)

    return Source("tree", read)


def named_file(directory: str) -> Source:
    """Files that the caller names, relative to `directory` or absolute; links are followed, for the caller chose the path."""
    return Source("file", lambda path: read_regular(os.path.join(directory, path), path))


def read_regular(place: str, path: str, max_bytes: int = MAX_BYTES) -> bytes | None:
    """None where there is no file. A device or FIFO is refused without waiting for it. `path` is the name for messages."""
    # O_NONBLOCK keeps the opening of a FIFO from waiting for a writer; neither flag exists on Windows, which needs O_BINARY.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(place, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DocumentError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path) from error
    try:
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise DocumentError("is not a regular file", path)
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror or error}", path) from error
    if len(data) > max_bytes:
        raise DocumentError(f"the file is larger than {max_bytes} bytes", path)
    return data
