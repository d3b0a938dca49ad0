"""An AppArmor policy in parts (https://gitlab.com/apparmor/apparmor/-/wikis/QuickProfileLanguage, apparmor.d(5))."""

from __future__ import annotations

from typing import NamedTuple

from gates.core.finding import Location


class Rule(NamedTuple):
    """`words` come after the qualifiers; what stands in brackets or quotes is one word, with them. `denied` is the qualifier `deny`."""

    words: tuple[str, ...]
    denied: bool
    location: Location

    @property
    def keyword(self) -> str:
        return self.words[0] if self.words else ""

    @property
    def text(self) -> str:
        return ("deny " if self.denied else "") + " ".join(self.words)


class Profile(NamedTuple):
    """`attachment` is the program of the host that the kernel runs under it, "" where somebody has to name the profile, as a container
    runtime does. A profile within another one, or a hat, has the name "outer//inner" and the attachment of the outer one.
    """

    name: str
    attachment: str
    flags: tuple[str, ...]
    rules: tuple[Rule, ...]
    location: Location


class Policy(NamedTuple):
    path: str
    profiles: tuple[Profile, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(profile.name for profile in self.profiles)
