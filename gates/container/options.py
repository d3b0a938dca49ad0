"""What the policy can say about containers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from gates.core.globs import compile_globs, problem

Profile = Literal["baseline", "hardened"]

# who judges Dockerfiles: the first always does, the others add to it
ENGINES = ("builtin", "hadolint")

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
    required_env: tuple[str, ...] = ()  # must be set, besides the policy's

    def problem(self) -> tuple[str, str] | None:
        return next((("paths", f"{path!r}: {wrong}") for path in self.paths if (wrong := problem(path))), None)

    def matches(self, name: str, path: str) -> bool:
        return fnmatchcase(name, self.name) and (not self.paths or compile_globs(self.paths)(path))


class Options(NamedTuple):
    """`capabilities` may be added back after dropping all. `required_env` must be set on every compose service and Kubernetes container."""

    capabilities: tuple[str, ...] = USUAL_CAPABILITIES
    required_env: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    engines: tuple[str, ...] = ENGINES[:1]
    hadolint: str = ""  # the program, where it is not the installed package's: a name on PATH, or an absolute path
    hardened: bool = False  # from the command line: the hardened profile for everything

    def problem(self) -> tuple[str, str] | None:
        if any(name not in ENGINES for name in self.engines):
            return "engines", f"must name engines among {', '.join(ENGINES)}"
        if ENGINES[0] not in self.engines:
            return "engines", f"must hold {ENGINES[0]!r}; the others add to it"
        if os.path.basename(self.hadolint) != self.hadolint and not os.path.isabs(self.hadolint):
            return "hadolint", "must be a name on PATH or an absolute path"
        return None

    def laxer(self) -> tuple[str, ...]:
        """What is asked for less than by default."""
        return (
            *(("capabilities",) if not set(capabilities(self.capabilities)) <= set(USUAL_CAPABILITIES) else ()),
            *(("services",) if any(each.profile == "baseline" or each.capabilities for each in self.services) else ()),
            *(("hadolint",) if self.hadolint else ()),
        )


class Terms(NamedTuple):
    """What one service, container or stage is judged by."""

    profile: Profile
    capabilities: frozenset[str]
    required_env: tuple[str, ...]


def terms(options: Options, profile: Profile, name: str, path: str) -> Terms:
    found = [each for each in options.services if each.matches(name, path)]
    for each in found:
        profile = each.profile or profile
    allowed = capabilities((*options.capabilities, *(one for each in found for one in each.capabilities)))
    required = (*options.required_env, *(one for each in found for one in each.required_env))
    return Terms("hardened" if options.hardened else profile, frozenset(allowed), tuple(dict.fromkeys(required)))


def capabilities(names: Iterable[str]) -> Sequence[str]:
    """Upper case, without CAP_."""
    return [name.upper().removeprefix("CAP_") for name in names]
