"""What the policy can say about SBOMs."""

from __future__ import annotations

from typing import Literal, NamedTuple

Profile = Literal["ntia", "cisa-2025", "bsi"]


class Options(NamedTuple):
    """`files` are the SBOMs that a release ships, relative to the repository. `profile` is what each must hold. `groups` are the
    dependency groups that belong to the release besides what runs in production.
    """

    files: tuple[str, ...] = ()
    profile: Profile = "ntia"
    groups: tuple[str, ...] = ()
    root: str = ""  # "name" or "name@version", where the manifest does not tell

    def laxer(self) -> tuple[str, ...]:
        return ()
