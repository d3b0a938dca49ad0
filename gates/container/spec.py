"""One container as it would be started, whatever the syntax that says so: a compose service, `docker run`, a Kubernetes container,
a `container:` or service of a GitHub workflow. Each rule on running containers is written once, against this.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from gates.container.setting import Setting
from gates.core.finding import Location

Syntax = Literal["compose", "docker-run", "kubernetes", "actions"]
# what a syntax has no word for, so that its absence says nothing
Field = Literal["user", "read_only", "capabilities", "new_privileges", "memory", "cpus", "pids", "healthcheck", "tmpfs", "ports"]


class Mount(NamedTuple):
    """`source` is a host path for a bind (absolute, or beginning with ./ ../ or ~, or with a variable that is the user's home as "~"),
    a volume's name, "" for an anonymous one and for tmpfs. `size` and `options` belong to tmpfs.
    """

    kind: Literal["bind", "volume", "tmpfs", "other"]
    source: Setting[str] | None
    target: Setting[str] | None
    read_only: Setting[bool] | None
    location: Location
    size: str = ""
    options: tuple[str, ...] = ()


class Port(NamedTuple):
    """`host_ip` "" is every interface. `target` and `published` are a number or a range as written; `published` "" is one that the
    engine chooses. A port that is only exposed to other containers is none.
    """

    host_ip: str
    published: str
    target: str
    location: Location
    resolved: bool = True
    text: str = ""


class Variable(NamedTuple):
    """`value` is None where the name alone is given, and the caller's environment says the rest. `origin` tells where it is written."""

    name: str
    value: Setting[str] | None
    location: Location
    origin: Literal["environment", "build-argument", "label", "command"] = "environment"


class Build(NamedTuple):
    """Paths are relative to the repository, "" its top; None where they lead out of it, are a URL or cannot be told."""

    context: str | None
    dockerfile: str | None
    target: str = ""
    inline: str = ""  # the text of dockerfile_inline


class RuntimeSpec(NamedTuple):
    """`None` and empty tuples are what the file does not say. `name` is the service's, the container's, or "docker run" with its ordinal.

    `seccomp` is "unconfined", "builtin", or a profile's path as written; `apparmor` a profile's name or "unconfined"; `labels_off` is
    SELinux's `label=disable`. Capabilities are upper case, without CAP_. `pids` and `memory` hold only limits, not reservations.
    """

    syntax: Syntax
    name: str
    location: Location
    image: Setting[str] | None = None
    build: Build | None = None
    user: Setting[str] | None = None
    privileged: Setting[bool] | None = None
    read_only: Setting[bool] | None = None
    cap_add: tuple[Setting[str], ...] = ()
    cap_drop: tuple[Setting[str], ...] = ()
    no_new_privileges: Setting[bool] | None = None
    seccomp: Setting[str] | None = None
    apparmor: Setting[str] | None = None
    labels_off: Setting[bool] | None = None
    mounts: tuple[Mount, ...] = ()
    api_socket: Setting[bool] | None = None  # compose's use_api_socket
    ports: tuple[Port, ...] = ()
    network: Setting[str] | None = None  # "host", "none", "container:x", a network's name …
    pid: Setting[str] | None = None
    ipc: Setting[str] | None = None
    uts: Setting[str] | None = None
    user_namespace: Setting[str] | None = None
    cgroup: Setting[str] | None = None
    devices: tuple[Setting[str], ...] = ()  # also rules for cgroups; the host's part first
    sysctls: tuple[Setting[str], ...] = ()  # "name=value"
    memory: Setting[str] | None = None
    cpus: Setting[str] | None = None
    pids: Setting[str] | None = None
    environment: tuple[Variable, ...] = ()  # also labels, build arguments and the command line, by `origin`
    env_files: tuple[Setting[str], ...] = ()  # relative to the repository where they lie in it
    secret_files: tuple[Setting[str], ...] = ()  # likewise
    entrypoint: Setting[tuple[str, ...]] | None = None
    command: Setting[tuple[str, ...]] | None = None
    healthcheck: Setting[bool] | None = None  # False where one is switched off
    open_flags: Setting[str] | None = None  # its `text` stands for further options, which are not known here
    unsaid: frozenset[Field] = frozenset()
    example: bool = False  # from documentation: shown, never blocking
    short_lived: bool = False  # started to run one command and to be removed (`--rm`, a job): nothing to watch or to bound for long
