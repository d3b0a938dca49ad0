"""What the rules ask beyond the file that they judge: the policy's words, and the repository around the file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from gates.container.options import USUAL_CAPABILITIES
from gates.container.spec import RuntimeSpec


def _nothing(_: str) -> bool:
    return False


def _unknown(_: RuntimeSpec) -> str | None:
    return None


class Facts(NamedTuple):
    """`capabilities` may be added back, upper case without CAP_; `required_env` must be set. Both are those of the judged service.

    `tracked` and `exists` take paths relative to the repository. `image_user` is the USER of the image that the repository itself builds
    for a container: "" where none is set, None where it cannot be told. `profiles` are the AppArmor profiles that the repository defines.
    """

    today: date
    capabilities: frozenset[str] = frozenset(USUAL_CAPABILITIES)
    required_env: tuple[str, ...] = ()
    tracked: Callable[[str], bool] = _nothing
    exists: Callable[[str], bool] = _nothing
    image_user: Callable[[RuntimeSpec], str | None] = _unknown
    profiles: frozenset[str] = frozenset()
