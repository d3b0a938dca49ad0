"""What the rules on Dockerfiles ask beyond the file: the repository around it, and what it is built and started as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from gates.container.spec import RuntimeSpec
from gates.detect.scan import Match


def _none(_: str) -> Sequence[str]:
    return ()


class Around(NamedTuple):
    """Paths are relative to the repository, "" its top. `read` gives None where there is no such file, and raises DocumentError.

    `contexts` are the build contexts that something in the repository names for this Dockerfile, its own folder where nothing does.
    `started` are the containers that the repository starts from it; an image that some other repository starts is not among them.
    `scan` is a Scanner's. `files` gives what lies below a folder and is no matter of others: what git ignores is left out.
    """

    read: Callable[[str], bytes | None]
    exists: Callable[[str], bool]
    contexts: tuple[str, ...]
    started: tuple[RuntimeSpec, ...]
    today: date
    scan: Callable[[bytes], Sequence[Match]]
    files: Callable[[str], Sequence[str]] = _none
