"""The services of a merged document, each as the container that it starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, get_args

from gates.container.compose import limits, security
from gates.container.compose.commands import arguments, command
from gates.container.compose.interpolation import expand, split
from gates.container.compose.items import Item, entries, scalar, table
from gates.container.compose.merging import pairs
from gates.container.compose.model import Problem
from gates.container.compose.ports import ports
from gates.container.compose.settings import filled, flag, made, repository_path, text, within
from gates.container.compose.volumes import devices, granted, mounts
from gates.container.setting import Setting
from gates.container.spec import Build, Field, Mount, RuntimeSpec, Variable
from gates.core.patterns import lazy

_FIELDS: frozenset[Field] = frozenset(get_args(Field))
# NAME=value and NAME: value, as most formats of settings have it
_SET = lazy(r"\s*(?:export\s+|-\s+)?[\"']?([A-Za-z_][A-Za-z0-9_.-]{0,127})[\"']?\s*[=:]\s*(\S.*?),?\s*")
MAX_INHERITED_MOUNTS = 10_000  # a thousand services that each take a thousand mounts from another


class _Top(NamedTuple):
    """What services refer to by name."""

    volumes: dict[str, Item]
    networks: dict[str, Item]
    secrets: dict[str, Item]
    configs: dict[str, Item]


def specs(document: Item, problems: list[Problem]) -> tuple[RuntimeSpec, ...]:
    """Services in the order of the document, each followed by what runs before it; then jobs.

    Of a fragment (a service without image and build, a container that takes the rest from its service) absence says nothing.
    """
    given = table(document)
    top = _Top(table(given.get("volumes")), table(given.get("networks")), table(given.get("secrets")), table(given.get("configs")))
    found: dict[str, RuntimeSpec] = {}
    services: dict[str, Item] = {}
    preparing = _awaited(table(given.get("services")).values())
    for name, item in table(given.get("services")).items():
        if not isinstance(item.value, dict) or _provided(item):
            continue
        found[name], services[name] = _spec(name, item, top, problems)._replace(prepares=name in preparing), item
        for place, hook in enumerate(entries(table(item).get("pre_start")), 1):
            if isinstance(hook.value, dict):
                own = f"{name}.pre_start.{place}"
                found[own], services[own] = _spec(own, hook, top, problems)._replace(unsaid=_FIELDS, short_lived=True), hook
    for name, item in table(given.get("jobs")).items():
        if isinstance(item.value, dict):
            own = f"job {name}"  # a service may have the same name
            found[own], services[own] = _spec(name, item, top, problems)._replace(short_lived=True), item
    return _with_volumes_from(found, services, problems)


def _awaited(services: Iterable[Item]) -> frozenset[str]:
    """The services whose end others wait for."""
    return frozenset(
        name
        for service in services
        for name, how in table(table(service).get("depends_on")).items()
        if (condition := text(table(how).get("condition"))) is not None and condition.value == "service_completed_successfully"
    )


def _provided(item: Item) -> bool:
    """A service that another program than the engine starts is no container."""
    given = table(item)
    return "provider" in given and "image" not in given and "build" not in given


def _spec(name: str, item: Item, top: _Top, problems: list[Problem]) -> RuntimeSpec:
    service = table(item)
    options = security.options(service.get("security_opt"))
    entrypoint, started = command(service.get("entrypoint"), problems), command(service.get("command"), problems)
    tested = arguments(command(table(service.get("healthcheck")).get("test"), []))
    return RuntimeSpec(
        "compose",
        name,
        item.location,
        image=filled(text(service.get("image"))),
        build=_build(service.get("build"), service.get("dockerfile"), problems),
        user=filled(text(service.get("user"))),
        hook_users=tuple(_hook_users(service)),
        privileged=_privileged(service, problems),
        read_only=flag(service.get("read_only"), problems),
        cap_add=tuple(security.capabilities(service.get("cap_add"))),
        cap_drop=tuple(security.capabilities(service.get("cap_drop"))),
        no_new_privileges=options.no_new_privileges,
        seccomp=options.seccomp,
        apparmor=options.apparmor,
        labels_off=options.labels_off,
        unmasked=options.unmasked,
        mounts=(*mounts(service, top.volumes, problems), *granted(service, top.secrets, top.configs)),
        api_socket=flag(service.get("use_api_socket"), problems),
        ports=tuple(ports(service, problems)),
        network=_network(service, top.networks),
        pid=filled(text(service.get("pid"))),
        ipc=filled(text(service.get("ipc"))),
        uts=filled(text(service.get("uts"))),
        user_namespace=filled(text(service.get("userns_mode"))),
        cgroup=filled(text(service.get("cgroup"))),
        devices=tuple(devices(service)),
        sysctls=tuple(_sysctls(service.get("sysctls"))),
        memory=limits.memory(service),
        cpus=limits.cpus(service),
        pids=limits.pids(service),
        environment=(
            *_variables(service),
            *_handed_over(service, top),
            *arguments(entrypoint),
            *arguments(started),
            *tested,
        ),
        env_files=tuple(_env_files(service.get("env_file"))),
        secret_files=tuple(_secret_files(service, top.secrets)),
        entrypoint=entrypoint,
        command=started,
        healthcheck=_healthcheck(service.get("healthcheck"), problems),
        unsaid=frozenset() if "image" in service or "build" in service else _FIELDS,
        short_lived=_is_job(service),
    )


def _privileged(service: dict[str, Item], problems: list[Problem]) -> Setting[bool] | None:
    """The service's own, else that of a command which compose runs in it with all privileges."""
    own = flag(service.get("privileged"), problems)
    if own is not None and own.value is not False:
        return own
    for key in ("post_start", "pre_stop"):
        for hook in entries(service.get(key)):
            given = flag(table(hook).get("privileged"), problems)
            if given is not None and given.value is not False:
                return given
    return own


def _hook_users(service: dict[str, Item]) -> Iterator[Setting[str]]:
    for key in ("post_start", "pre_stop"):
        for hook in entries(service.get(key)):
            user = filled(text(table(hook).get("user")))
            if user is not None:
                yield user


def _build(item: Item | None, legacy_dockerfile: Item | None, problems: list[Problem]) -> Build | None:
    """In version 1 of the format the service itself names the Dockerfile."""
    if item is None or item.tag == "!reset" or isinstance(item.value, list):
        return None
    given = table(item) if isinstance(item.value, dict) else {"context": item} if item.value is not None else {}
    named, target, inline = text(given.get("context")), text(given.get("target")), text(given.get("dockerfile_inline"))
    file = text(given.get("dockerfile") or legacy_dockerfile)
    context = within(given["context"].source.directory, named.value) if named is not None and named.value is not None else None
    if named is None:
        context = item.source.directory
    dockerfile = None
    if inline is None and context is not None and (file is None or file.value is not None):
        dockerfile = within(context, "Dockerfile" if file is None or not file.value else file.value)
    return Build(
        context,
        dockerfile,
        "" if target is None or target.value is None else target.value,
        "" if inline is None else inline.value or "",
        _privileged_build(given, problems),
        _build_network(given),
    )


def _privileged_build(build: dict[str, Item], problems: list[Problem]) -> Setting[bool] | None:
    own = flag(build.get("privileged"), problems)
    if own is not None and own.value is not False:
        return own
    for item in entries(build.get("entitlements")):
        asked = filled(text(item))
        if asked is not None and asked.value in (None, "security.insecure"):
            return Setting(None if asked.value is None else True, asked.location, asked.text, asked.by_default)
    return own


def _build_network(build: dict[str, Item]) -> Setting[str] | None:
    network = filled(text(build.get("network")))
    if network is None or network.value != "host":
        for item in entries(build.get("entitlements")):
            asked = filled(text(item))
            if asked is not None and asked.value == "network.host":
                return asked._replace(value="host")
    return network


def _network(service: dict[str, Item], networks: dict[str, Item]) -> Setting[str] | None:
    """The mode, or "host" where one of the service's networks is another name of the host's."""
    mode = filled(text(service.get("network_mode") or service.get("net")))
    if mode is not None:
        return mode
    given = service.get("networks")
    named = [(name, item.location) for name, item in table(given).items()]
    named += [(scalar(item.value), item.location) for item in entries(given)]
    if not named and "default" in networks and ("image" in service or "build" in service):
        named = [("default", networks["default"].location)]
    for name, location in named:
        network = table(networks.get(name))
        real = text(network.get("name")) or text(table(network.get("external")).get("name"))
        if "external" in network and (name if real is None else real.value) == "host":
            return Setting("host", location, name)
    return None


def _sysctls(item: Item | None) -> Iterator[Setting[str]]:
    for name, value in table(item and pairs(item)).items():
        setting = made(expand(f"{name}={scalar(value.value)}"), value)
        yield setting._replace(text=f"{name}={scalar(value.value)}")


def _variables(service: dict[str, Item]) -> Iterator[Variable]:
    build, deploy = table(service.get("build")), table(service.get("deploy"))
    yield from _pairs(service.get("environment"), "environment")
    yield from _pairs(build.get("args"), "build-argument")
    for item in (service.get("labels"), service.get("annotations"), build.get("labels"), deploy.get("labels")):
        yield from _pairs(item, "label")
    for key in ("post_start", "pre_stop"):
        for hook in entries(service.get(key)):
            yield from _pairs(table(hook).get("environment"), "environment")


def _handed_over(service: dict[str, Item], top: _Top) -> Iterator[Variable]:
    """What is set in the text of configurations that it is given, and in the options of its volumes' drivers."""
    for entry in entries(service.get("configs")):
        name = text(table(entry).get("source") if isinstance(entry.value, dict) else entry)
        content = table(top.configs.get(name.value)).get("content") if name is not None and name.value else None
        if content is not None:
            yield from _settings_in(scalar(content.value).splitlines(), content, "config")
    for entry in entries(service.get("volumes")):
        source = text(table(entry).get("source")) if isinstance(entry.value, dict) else text(entry)
        options = table(table(top.volumes.get(source.value.partition(":")[0])).get("driver_opts")) if source and source.value else {}
        given = options.get("o")
        if given is not None:
            yield from _settings_in(split(scalar(given.value), ","), given, "mount")


def _settings_in(lines: Sequence[str], item: Item, origin: Literal["config", "mount"]) -> Iterator[Variable]:
    for line in lines:
        if match := _SET.fullmatch(line):
            written = match[2].strip("\"'")
            expansion = expand(written)
            yield Variable(match[1], made(expansion, item)._replace(text=written), item.location, origin)


def _pairs(item: Item | None, origin: str) -> Iterator[Variable]:
    if item is None or item.tag == "!reset":
        return
    for name, value in table(pairs(item)).items():
        if not isinstance(value.value, dict | list):
            yield Variable(name, text(value), value.location, origin)  # type: ignore[arg-type]  # the callers name origins


def _env_files(item: Item | None) -> Iterator[Setting[str]]:
    for entry in entries(item):
        setting = repository_path(table(entry).get("path") if isinstance(entry.value, dict) else entry)
        if setting is not None:
            yield setting


def _secret_files(service: dict[str, Item], secrets: dict[str, Item]) -> Iterator[Setting[str]]:
    """The files behind the secrets that the container or its build is given."""
    for item in (service.get("secrets"), table(service.get("build")).get("secrets")):
        for entry in entries(item):
            name = text(table(entry).get("source") if isinstance(entry.value, dict) else entry)
            setting = repository_path(table(secrets.get(name.value)).get("file")) if name is not None and name.value else None
            if setting is not None:
                yield setting


def _healthcheck(item: Item | None, problems: list[Problem]) -> Setting[bool] | None:
    given = table(item)
    off = flag(given.get("disable"), problems)
    if off is not None and off.value is not False:
        return off._replace(value=None if off.value is None else False)
    test = given.get("test")
    words = [scalar(entry.value) for entry in entries(test)]
    if test is None or not words or words == [""]:
        return None
    return Setting(not (isinstance(test.value, list) and words[0] == "NONE"), test.location, " ".join(words))


def _is_job(service: dict[str, Item]) -> bool:
    mode = text(table(service.get("deploy")).get("mode"))
    return mode is not None and mode.value in ("replicated-job", "global-job")


def _with_volumes_from(found: dict[str, RuntimeSpec], services: dict[str, Item], problems: list[Problem]) -> tuple[RuntimeSpec, ...]:
    """Each with the mounts of the services that it takes all volumes from, and those that they take."""
    givers = {name: list(_givers(services[name])) for name in found}
    if not any(givers.values()):
        return tuple(found.values())
    left = MAX_INHERITED_MOUNTS
    complete: list[RuntimeSpec] = []
    for name, spec in found.items():
        inherited: list[Mount] = []
        seen, waiting = {name}, list(givers[name])
        while waiting:
            giver, read_only = waiting.pop()
            if giver not in found or giver in seen:
                continue
            seen.add(giver)
            left -= len(found[giver].mounts)
            if left < 0:
                problems.append(
                    Problem(spec.location.path, spec.location.line, f"volumes_from stands for more than {MAX_INHERITED_MOUNTS} mounts")
                )
                return (*complete, *list(found.values())[len(complete) :])
            inherited += (mount._replace(read_only=read_only or mount.read_only) for mount in found[giver].mounts if mount.kind != "tmpfs")
            waiting += ((other, read_only or earlier) for other, earlier in givers[giver])
        complete.append(spec._replace(mounts=(*spec.mounts, *inherited)))
    return tuple(complete)


def _givers(service: Item) -> Iterator[tuple[str, Setting[bool] | None]]:
    """The services named in volumes_from, NAME or NAME:ro."""
    for item in entries(table(service).get("volumes_from")):
        setting = text(item)
        if setting is None or setting.value is None or setting.value.startswith("container:"):
            continue
        name, _, mode = setting.value.partition(":")
        yield name, Setting(True, setting.location, setting.text) if mode == "ro" else None
