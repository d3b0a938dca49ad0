"""Volumes, tmpfs and devices of a service, short and long
(https://github.com/compose-spec/compose-spec/blob/main/05-services.md#volumes).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from types import MappingProxyType
from typing import Literal, NamedTuple

from gates.container.compose.interpolation import UNKNOWN, Expansion, expand, split
from gates.container.compose.items import Item, entries, scalar, table
from gates.container.compose.model import Problem
from gates.container.compose.settings import filled, flag, made, text
from gates.container.setting import Setting
from gates.container.spec import Mount
from gates.core.patterns import lazy

_SOMEONE = "\1"  # a name that is part of a home folder's path
# a path that starts with the caller's home or working folder is as good as known
HOME = MappingProxyType({"HOME": "~", "USERPROFILE": "~", "PWD": ".", "USER": _SOMEONE, "USERNAME": _SOMEONE, "LOGNAME": _SOMEONE})
_USERS_HOME = lazy(rf"\A/(?:home|Users)/{_SOMEONE}(?=/|\Z)")
# file systems of which there is one, wherever it is mounted
OF_KERNEL = MappingProxyType({"proc": "/proc", "sysfs": "/sys", "devtmpfs": "/dev"})
_WINDOWS_DRIVE = lazy(r"[A-Za-z]:[\\/]")


class Fields(NamedTuple):
    """`source` is "" for an anonymous volume."""

    source: str
    target: str
    options: tuple[str, ...]


def fields(spec: str) -> Fields:
    """VOLUME:TARGET:OPTIONS, variables expanded. A drive's letter is part of a path."""
    parts = spec.split(":", 6)  # more is never needed, and a long line of colons stays cheap
    for place in range(len(parts) - 2, -1, -1):
        if len(parts[place]) == 1 and parts[place].isalpha() and parts[place + 1][:1] in ("\\", "/"):
            parts[place : place + 2] = [f"{parts[place]}:{parts[place + 1]}"]
    if len(parts) == 1:
        return Fields("", parts[0], ())
    return Fields(parts[0], parts[1], tuple(option for option in ":".join(parts[2:]).split(",") if option))


def mounts(service: dict[str, Item], volumes: dict[str, Item], problems: list[Problem]) -> Iterator[Mount]:
    """`volumes` are the top-level ones, which may stand for a folder of the host."""
    given = service.get("volumes")
    if given is not None and isinstance(given.value, dict):
        problems.append(Problem(given.source.path, given.key_line, "volumes is a list"))
    for item in entries(given):
        mount = _long(item, problems) if isinstance(item.value, dict) else _short(item)
        yield from _behind(mount, volumes) if mount.kind == "volume" else (mount,)
    for item in entries(service.get("tmpfs")):
        yield _tmpfs(item)


def granted(service: dict[str, Item], secrets: dict[str, Item], configs: dict[str, Item]) -> Iterator[Mount]:
    """The host's files behind the secrets and configurations that the service is given, which compose mounts."""
    for key, defined in (("secrets", secrets), ("configs", configs)):
        for item in entries(service.get(key)):
            given = table(item)
            name = text(given.get("source")) if given else text(item)
            file = text(table(defined.get(name.value)).get("file"), HOME) if name is not None and name.value else None
            if file is None:
                continue
            path = _normal(UNKNOWN if file.value is None else _path(file.value))
            source = file._replace(value=None if UNKNOWN in path else path)
            yield Mount("bind", source, text(given.get("target")), Setting(True, item.location), item.location, granted=True)


def _short(item: Item) -> Mount:
    written = scalar(item.value)
    expansion = expand(written)
    parts = fields(expansion.text)
    if UNKNOWN in expansion.text and not parts.source:  # source and target may both stand in the variable
        return Mount("bind", made(expansion, item), made(expansion, item), None, item.location)
    source = _path(fields(expand(written, HOME).text).source) if "$" in written else parts.source
    kind = _kind(source)
    as_written = split(written, ":")
    return Mount(
        kind,
        made(
            Expansion(_normal(source) if kind == "bind" else source, expansion.by_default),
            item,
            as_written[0] if len(as_written) > 1 else written,
        ),
        made(Expansion(parts.target, expansion.by_default), item),
        _read_only(parts.options, expansion, item),
        item.location,
        options=tuple(option for option in parts.options if option not in ("ro", "rw")),
    )


def _read_only(options: tuple[str, ...], expansion: Expansion, item: Item) -> Setting[bool] | None:
    """The last one of ro and rw counts."""
    said = [option for option in options if option in ("ro", "rw") or UNKNOWN in option]
    if not said:
        return None
    value = None if UNKNOWN in said[-1] else said[-1] == "ro"
    return Setting(value, item.location, scalar(item.value), expansion.by_default)


def _kind(source: str) -> Literal["bind", "volume"]:
    """A variable may hold either; that it holds a path is the worse case."""
    return "bind" if source.startswith((".", "/", "~", "\\", UNKNOWN)) or _WINDOWS_DRIVE.match(source) else "volume"


def _path(source: str) -> str:
    return _USERS_HOME.sub("~", source).replace(_SOMEONE, UNKNOWN)


def _normal(path: str) -> str:
    """Without detours, and still told from a volume's name."""
    if not path or UNKNOWN in path or path.startswith("\\") or _WINDOWS_DRIVE.match(path):
        return path
    found = posixpath.normpath(path)
    if found.startswith("//"):
        found = found[1:]
    return found if found.startswith(("/", "~", "../")) or found in (".", "..") else f"./{found}"


def _long(item: Item, problems: list[Problem]) -> Mount:
    given = table(item)
    source = text(given.get("source"), HOME)
    path = "" if source is None else UNKNOWN if source.value is None else _path(source.value)
    kind = _long_kind(text(given.get("type")), path)
    if kind == "bind":
        path = _normal(path)
    return Mount(
        kind,
        Setting("", item.location) if source is None or kind == "tmpfs" else source._replace(value=None if UNKNOWN in path else path),
        text(given.get("target")),
        flag(given.get("read_only"), problems),
        item.location,
        size=_told(table(given.get("tmpfs")).get("size")),
        options=tuple(
            f"{name}{value}"
            for name, value in (
                ("mode=", _told(table(given.get("tmpfs")).get("mode"))),
                ("", _told(table(given.get("bind")).get("propagation"))),
            )
            if value
        ),
    )


def _long_kind(written: Setting[str] | None, path: str) -> Literal["bind", "volume", "tmpfs", "other"]:
    """Where the type is missing or cannot be told, what the source looks like decides."""
    match written.value if written else None:
        case "bind" | "npipe":
            return "bind"
        case "tmpfs":
            return "tmpfs"
        case None | "volume":
            return _kind(path)
    return "other"


def _told(item: Item | None) -> str:
    setting = text(item)
    return "" if setting is None else setting.text if setting.value is None else setting.value


def _behind(mount: Mount, volumes: dict[str, Item]) -> Iterator[Mount]:
    """The mounts that a volume stands for: of an overlay all folders that it is made of."""
    name = mount.source.value if mount.source else None
    options = table(table(volumes.get(name)).get("driver_opts")) if name else {}
    kind, written = text(options.get("type")), text(options.get("o"))
    if kind is None or kind.value is None or not kind.value.startswith("overlay") or written is None:
        yield _of_driver(mount, volumes)
        return
    found: list[Mount] = []
    for option in split(written.text if written.value is None else written.value, ","):
        key, _, folders = option.partition("=")
        for folder in split(folders, ":") if key in ("lowerdir", "upperdir", "workdir") else ():
            path = _normal(_path(expand(folder, HOME).text))
            lower = Setting(True, written.location) if key == "lowerdir" else mount.read_only
            source = Setting(None if UNKNOWN in path else path, written.location, folder, written.by_default)
            found.append(mount._replace(kind="bind", source=source, read_only=lower))
    yield from found or (mount,)


def _of_driver(mount: Mount, volumes: dict[str, Item]) -> Mount:
    """The mount with the host's folder that its volume's driver puts there, if it is such a volume
    (https://docs.docker.com/reference/cli/docker/volume/create/#driver-specific-options).
    """
    name = mount.source.value if mount.source else None
    if not name:
        return mount
    options = table(table(volumes.get(name)).get("driver_opts"))
    device = text(options.get("device") or options.get("mountpoint"), HOME)
    kind = text(options.get("type"))
    if device is None:
        return mount
    written = text(options.get("o"))
    if kind is not None and kind.value == "tmpfs":
        size = next((option[5:] for option in (written.value or "").split(",") if option.startswith("size=")), "") if written else ""
        return mount._replace(kind="tmpfs", size=size)
    if kind is not None and (whole := OF_KERNEL.get(kind.value or "")):
        return mount._replace(kind="bind", source=kind._replace(value=whole))
    if (
        kind is not None
        and kind.value is not None
        and kind.value.startswith(("nfs", "cifs", "smb", "glusterfs", "ceph", "sshfs", "overlay"))
    ):
        return mount
    if device.value is None:
        return mount._replace(kind="bind", source=device)
    path = _path(device.value)
    if _kind(path) != "bind":
        return mount
    path = _normal(path)
    return mount._replace(kind="bind", source=device._replace(value=None if UNKNOWN in path else path))


def _tmpfs(item: Item) -> Mount:
    written = scalar(item.value)
    expansion = expand(written)
    target, _, given = expansion.text.partition(":")
    options = tuple(option for option in given.split(",") if option)
    size = next((option[5:] for option in options if option.startswith("size=")), "")
    return Mount(
        "tmpfs",
        Setting("", item.location),
        made(expansion._replace(text=target), item),
        Setting("ro" in options, item.location) if {"ro", "rw"} & set(options) else None,
        item.location,
        size=size,
        options=tuple(option for option in options if not option.startswith("size=") and option not in ("ro", "rw")),
    )


def devices(service: dict[str, Item]) -> Iterator[Setting[str]]:
    """Devices of the host, HOST:CONTAINER:PERMISSIONS, then the rules for cgroups."""
    for item in entries(service.get("devices")):
        given = table(item)
        if not given:
            setting = filled(text(item))
            if setting is not None:
                yield setting
            continue
        parts = [text(given.get(key)) for key in ("source", "target", "permissions")]
        known = [part.value for part in parts if part is not None]
        value = ":".join(part for part in known if part is not None) if None not in known else None
        yield Setting(value, item.location, ":".join(part.text for part in parts if part is not None))
    yield from _requested(service)
    for item in entries(service.get("device_cgroup_rules")):
        setting = filled(text(item))
        if setting is not None:
            yield setting


def _requested(service: dict[str, Item]) -> Iterator[Setting[str]]:
    """Devices that a vendor's program hands over, as `docker run --gpus` would ask for them."""
    gpus = service.get("gpus")
    reserved = table(table(table(service.get("deploy")).get("resources")).get("reservations")).get("devices")
    for item in (*entries(gpus), *entries(reserved)):
        given = table(item)
        how_many = text(given.get("count") or given.get("device_ids")) if given else text(item)
        yield Setting(f"gpus={(how_many.value if how_many else None) or 'some'}", item.location, "gpus")
