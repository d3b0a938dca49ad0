"""Volumes that a script makes of a folder of the host (https://docs.docker.com/reference/cli/docker/volume/create/#opt)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from gates.container import run_mounts
from gates.container.run_starts import Start
from gates.container.run_values import Value, Variables, value
from gates.container.setting import Setting
from gates.container.spec import Mount, RuntimeSpec
from gates.shell.programs import options

_WITH_VALUE: Final = frozenset(("-d", "--driver", "-o", "--opt", "--label", "--name", "--availability", "--group", "--scope", "--sharing"))


def volumes_of(starts: Iterable[Start], variables: Variables, path: str) -> Mapping[str, Value]:
    """The folder of the host that each name stands for; those of other file systems are left out."""
    found: dict[str, Value] = {}
    for start in starts:
        if start.doing != "volume":
            continue
        given = options(start.words, _WITH_VALUE)
        settings = {}
        for option in given.options:
            if option.name in ("-o", "--opt") and option.value:
                told = value(option.value, path, variables)
                key, _, text = told.text.partition("=")
                settings[key] = told._replace(text=text)
        device, kind = settings.get("device"), settings.get("type")
        if device and given.operands and not (kind and kind.text.startswith((*run_mounts.REMOTE, "tmpfs"))):
            found[value(given.operands[0], path, variables).text] = device
    return found


def with_volumes(spec: RuntimeSpec, volumes: Mapping[str, Value]) -> RuntimeSpec:
    return spec._replace(mounts=tuple(_mount(mount, volumes) for mount in spec.mounts)) if volumes else spec


def _mount(mount: Mount, volumes: Mapping[str, Value]) -> Mount:
    device = volumes.get(mount.source.value) if mount.kind == "volume" and mount.source and mount.source.value else None
    if device is None or mount.source is None:
        return mount
    return mount._replace(kind="bind", source=Setting(device.text if device.known else None, mount.source.location, mount.source.text))
