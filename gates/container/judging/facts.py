"""What the rules ask beyond the file that they judge: the policy's words, and the repository around the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from gates.container.options import USUAL_CAPABILITIES
from gates.container.spec import RuntimeSpec
from gates.detect.scan import Match


def _nothing(_: str) -> bool:
    return False


def _unread(_: str) -> bytes | None:
    return None


def _unknown(_: RuntimeSpec) -> str | None:
    return None


class Facts(NamedTuple):
    """`capabilities` may be added back, upper case without CAP_; `required_env` must be set. Both are those of the judged service.

    `scan` is a Scanner's; it has no default, since without it secrets would pass. `tracked`, `exists` and `read` take paths relative to
    the repository; `read` gives None for what is not there or cannot be read. `image_user` is the USER of the image that the repository
    itself builds for a container: "" where none is set, None where it cannot be told. `built` are the names, with or without a tag, that
    the repository gives to the images it builds. `profiles` are the AppArmor profiles that it defines.
    """

    today: date
    scan: Callable[[bytes], Sequence[Match]]
    capabilities: frozenset[str] = frozenset(USUAL_CAPABILITIES)
    required_env: tuple[str, ...] = ()
    tracked: Callable[[str], bool] = _nothing
    exists: Callable[[str], bool] = _nothing
    read: Callable[[str], bytes | None] = _unread
    image_user: Callable[[RuntimeSpec], str | None] = _unknown
    built: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
