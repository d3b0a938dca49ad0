"""What the policy can say about containers."""

from __future__ import annotations

from typing import Literal, NamedTuple

Profile = Literal["baseline", "hardened"]

# what an entrypoint needs that starts as root, gives files to a user and becomes that user
USUAL_CAPABILITIES = ("CHOWN", "SETUID", "SETGID", "DAC_OVERRIDE", "FOWNER", "NET_BIND_SERVICE")


class Service(NamedTuple):
    """What holds for the services, containers and stages whose name is `name` (a glob), in files that match `paths` (globs; none: any).

    Where several match, the last one that says something wins.
    """

    name: str
    paths: tuple[str, ...] = ()
    profile: Literal["", "baseline", "hardened"] = ""
    capabilities: tuple[str, ...] = ()  # may be added back, besides the policy's
    required_env: tuple[str, ...] = ()  # must be set


class Options(NamedTuple):
    """`capabilities` may be added back after dropping all. `required_env` must be set on every service."""

    profile: Profile = "baseline"
    capabilities: tuple[str, ...] = USUAL_CAPABILITIES
    required_env: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    engines: tuple[Literal["builtin", "hadolint"], ...] = ("builtin",)
    hadolint: str = ""  # the program, where it is not the installed package's

    def laxer(self) -> tuple[str, ...]:
        return (
            *(("capabilities",) if not set(self.capabilities) <= set(USUAL_CAPABILITIES) else ()),
            *(("services",) if any(each.profile == "baseline" or each.capabilities for each in self.services) else ()),
            *(("hadolint",) if self.hadolint else ()),
        )
