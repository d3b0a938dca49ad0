"""Mounts on a command line: `--volume`, `--mount` and `--tmpfs` (https://docs.docker.com/engine/storage/bind-mounts/#syntax)."""

from __future__ import annotations

import csv
import posixpath
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from gates.container.run_values import UNKNOWN, Value, told
from gates.container.setting import Setting
from gates.container.spec import Mount
from gates.core.patterns import lazy

_WINDOWS_DRIVE = lazy(r"[A-Za-z]:[\\/]")
_EXPANSION: Final = r"\$\{\{[^}]*\}\}|\$\{(?:[^{}]|\{[^{}]*\})*\}|\$\([^()]*\)|`[^`]*`"
_FRONT = lazy(rf"(?:[A-Za-z]:(?=[\\/]))?(?:{_EXPANSION}|[^:`])+(?=:)")
_SOURCE = lazy(rf"(?:\A|,)[\"']?(?:source|src|volume-opt=device)=((?:{_EXPANSION}|[^,`])+)")
_OTHER_NAMES: Final = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "tmpfs-size": "size"}
_ON: Final = frozenset({"", "1", "t", "true"})
_OFF: Final = frozenset({"0", "f", "false"})
# file systems of which there is one, wherever it is mounted
OF_KERNEL: Final = {"proc": "/proc", "sysfs": "/sys", "devtmpfs": "/dev"}
# these reach a file system of another machine, or of a program
REMOTE: Final = ("nfs", "cifs", "smb", "glusterfs", "ceph", "sshfs", "overlay")


def mounts(option: str, given: Value) -> Iterator[Mount]:
    """Of any option; most have none."""
    if not given.text:
        return
    match option:
        case "volume":
            yield _volume(given)
        case "mount":
            yield _mount(given)
        case "tmpfs":
            yield _tmpfs(given)


def _volume(given: Value) -> Mount:
    """SOURCE:TARGET:OPTIONS. A drive's letter is part of a path."""
    parts = given.text.split(":", 6)  # more is never needed, and a long line of colons stays cheap
    for place in range(len(parts) - 2, -1, -1):
        if len(parts[place]) == 1 and parts[place].isalpha() and parts[place + 1][:1] in ("\\", "/") and _is_drive(parts, place):
            parts[place : place + 2] = [f"{parts[place]}:{parts[place + 1]}"]
    source = parts[0] if len(parts) > 1 else ""
    target = parts[1] if len(parts) > 1 else parts[0]
    options = tuple(option for option in ":".join(parts[2:]).split(",") if option)
    if len(parts) == 1 and UNKNOWN in source + target:
        # all of it may stand in the variable
        return Mount("bind", given.setting(UNKNOWN), given.setting(UNKNOWN), given_flag(given, None), given.location)
    return _made(_kind(source), source, target, options, given)


def _is_drive(parts: Sequence[str], place: int) -> bool:
    """A volume's name may have one letter too: then what follows it is the target."""
    if place or parts[1].startswith("\\"):
        return True
    return len(parts) > 2 and (parts[2].startswith(("/", "\\", UNKNOWN)) or _WINDOWS_DRIVE.match(parts[2]) is not None)


def _made(kind: Literal["bind", "volume"], source: str, target: str, options: tuple[str, ...], given: Value) -> Mount:
    said = [option for option in options if option in ("ro", "rw") or UNKNOWN in option]
    return Mount(
        kind,
        _named(given, _normal(source) if kind == "bind" else source, _front(given.written)),
        given.setting(target),
        given_flag(given, None if UNKNOWN in said[-1] else said[-1] == "ro") if said else None,
        given.location,
        options=tuple(option for option in options if option not in ("ro", "rw") and UNKNOWN not in option),
    )


def _mount(given: Value) -> Mount:
    fields: dict[str, str] = {}
    driver: dict[str, str] = {}
    for field in _fields(given.text):
        name, equals, text = field.partition("=")
        key = _OTHER_NAMES.get(name.strip().lower(), name.strip().lower())
        if key == "volume-opt":
            option, _, setting = text.partition("=")
            driver[option] = setting
        else:
            fields[key] = text if equals else ""
    source, target = fields.get("source", ""), fields.get("target", "")
    kind = _mount_kind(fields.get("type", "volume").strip().lower())
    if kind == "volume" and (device := driver.get("device", "")) and not driver.get("type", "").startswith(REMOTE):
        device = OF_KERNEL.get(driver.get("type", ""), device)
        kind, source = ("tmpfs", "") if driver.get("type") == "tmpfs" else (_kind(device), device)
    return Mount(
        kind,
        _named(given, _normal(source) if kind == "bind" else "" if kind == "tmpfs" else source, _written_source(given.written)),
        given.setting(target),
        _read_only(fields, given),
        given.location,
        size=_size(fields.get("size", "")),
        options=tuple(
            f"{prefix}{fields[key]}" for prefix, key in (("mode=", "tmpfs-mode"), ("", "bind-propagation")) if told(fields.get(key, ""))
        ),
    )


def _named(given: Value, source: str, written: str) -> Setting[str]:
    return given.setting(source)._replace(text=written or given.written)


def _front(written: str) -> str:
    """What stands before the first colon that is in no expansion; a drive's letter is part of a path. All of it where there is none."""
    found = _FRONT.match(written.strip("\"'"))
    return found[0] if found else written


def _written_source(written: str) -> str:
    """Of a --mount; all of it where the source is in a variable with the rest."""
    found = _SOURCE.search(written)
    return found[1].strip("\"'") if found else written


def _read_only(fields: dict[str, str], given: Value) -> Setting[bool] | None:
    if "readonly" in fields:
        text = fields["readonly"].strip().lower()
        return given_flag(given, True if text in _ON else False if text in _OFF else None)
    if "rw" in fields:  # Podman
        return given_flag(given, fields["rw"].strip().lower() in _OFF)
    return None


def _tmpfs(given: Value) -> Mount:
    target, _, rest = given.text.partition(":")
    options = tuple(option for option in rest.split(",") if option)
    size = next((option[5:] for option in options if option.startswith("size=")), "")
    return Mount(
        "tmpfs",
        given.setting(""),
        given.setting(target),
        given_flag(given, "ro" in options) if {"ro", "rw"} & set(options) else None,
        given.location,
        size=_size(size),
        options=tuple(each for each in options if not each.startswith("size=") and each not in ("ro", "rw") and UNKNOWN not in each),
    )


def given_flag(given: Value, flag: bool | None) -> Setting[bool]:
    return Setting(flag, given.location, given.written, given.by_default)


def _fields(text: str) -> list[str]:
    """The value is a line of comma-separated values (https://docs.docker.com/reference/cli/docker/container/run/#mount)."""
    try:
        return next(csv.reader([text]), [])
    except csv.Error:
        return text.split(",")


def _mount_kind(written: str) -> Literal["bind", "volume", "tmpfs", "other"]:
    match written:
        case "bind" | "volume" | "tmpfs":
            return written
    # that it is a path of the host is the worse case
    return "bind" if UNKNOWN in written else "other"


def _kind(source: str) -> Literal["bind", "volume"]:
    """A variable may hold either; that it holds a path is the worse case."""
    return "bind" if source.startswith((".", "/", "~", "\\", UNKNOWN)) or _WINDOWS_DRIVE.match(source) else "volume"


def _normal(path: str) -> str:
    """Without detours, and still told from a volume's name."""
    if not path or UNKNOWN in path or path.startswith("\\") or _WINDOWS_DRIVE.match(path):
        return path
    found = posixpath.normpath(path)
    if found.startswith("//"):
        found = found[1:]
    return found if found.startswith(("/", "~", "../")) or found in (".", "..") else f"./{found}"


def _size(text: str) -> str:
    """One that cannot be told is a bound all the same."""
    return text.replace(UNKNOWN, "?")
