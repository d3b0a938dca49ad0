"""A compose file as it would run (https://github.com/compose-spec/compose-spec)."""

from __future__ import annotations

from typing import NamedTuple

from gates.container.spec import RuntimeSpec
from gates.core.finding import Location


class UnknownKey(NamedTuple):
    """A key that the specification does not have at its place: tools refuse the file or ignore the key, and with it what it should do.

    `where` is what it stands in: "service web", "build of service web", "the file". `nearest` is the known key that may have been meant,
    "" where none is near. `belongs` names the place that does know the key ("a service"), "" where no place does.
    """

    location: Location
    key: str
    where: str
    nearest: str = ""
    belongs: str = ""


class Problem(NamedTuple):
    """What `docker compose` would refuse, or what keeps a part of the file from being judged. The rest is still told.

    `unseen`: nothing is wrong with the file, but it is, or draws in, what a template engine has to fill in first.
    """

    path: str
    line: int
    message: str
    unseen: bool = False


class Compose(NamedTuple):
    """`files` were read for it, `path` first. `services` are in the order of the file, also those of profiles that are off by default.

    `merged`: an override file is part of it. `template`: the text is for a template engine first, and nothing else is told.
    A mapping that is no compose file at all has no services, and no problem unless its name promises one.
    """

    path: str
    files: tuple[str, ...] = ()
    services: tuple[RuntimeSpec, ...] = ()
    unknown: tuple[UnknownKey, ...] = ()
    problems: tuple[Problem, ...] = ()
    merged: bool = False
    template: bool = False
