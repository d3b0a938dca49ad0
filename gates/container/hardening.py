"""What a compose service looks like with every protection on that its file does not rule out."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gates.container.judging.runtime_network import is_everywhere
from gates.container.setting import Setting
from gates.container.spec import Mount, Port, RuntimeSpec
from gates.core.patterns import lazy

# Those with which a container reaches the host, or the traffic of others.
DANGEROUS_CAPABILITIES = frozenset(
    {
        "ALL",
        "BPF",
        "DAC_READ_SEARCH",
        "MAC_ADMIN",
        "MAC_OVERRIDE",
        "NET_ADMIN",
        "NET_RAW",
        "PERFMON",
        "SYS_ADMIN",
        "SYS_BOOT",
        "SYS_MODULE",
        "SYS_PTRACE",
        "SYS_RAWIO",
        "SYS_TIME",
        "SYSLOG",
    }
)
_MEMORY, _CPUS, _PIDS = "512m", "1.0", "256"
TEMPORARY = posixpath.join("/", "tmp")  # in the container
_TMPFS = "size=64m,mode=1777"
_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")
_VARIABLE = lazy(r"\$\{[^{}]{0,200}\}")
_UNLIMITED = ("0", "-1", "")


class _Known(NamedTuple):
    """An image's own user, and what its program writes besides its volumes."""

    user: str
    writes: tuple[str, ...] = ()


# Official images, by the last part of their names, as of November 2026 (https://hub.docker.com/u/library)
_KNOWN = {
    "httpd": _Known("www-data", ("/usr/local/apache2/logs",)),
    "mariadb": _Known("mysql", ("/run/mysqld",)),
    "memcached": _Known("memcache"),
    "mongo": _Known("mongodb"),
    "mysql": _Known("mysql", ("/var/run/mysqld",)),
    "nginx": _Known("nginx", ("/var/cache/nginx", "/run")),
    "node": _Known("node"),
    "postgres": _Known("postgres", ("/var/run/postgresql",)),
    "rabbitmq": _Known("rabbitmq"),
    "redis": _Known("redis"),
    "valkey": _Known("valkey"),
}


def fragment(spec: RuntimeSpec) -> str:
    """YAML for a compose file. Its keys stand in place of the service's own; what has to go besides is said in comments."""
    lines = ["services:", f"  {_name(spec.name)}:", *(f"    {line}" for line in _keys(spec))]
    remarks = [f"    # {line}" for line in _remarks(spec)]
    return "\n".join([*lines, *remarks]) + "\n"


def _keys(spec: RuntimeSpec) -> Iterator[str]:
    known = _known(spec)
    if spec.privileged and spec.privileged.value is not False:
        yield "privileged: false"
    user, remark = _user(spec, known)
    yield f"user: {_quoted(user)}{f'  # {remark}' if remark else ''}"
    yield "read_only: true"
    yield from _listed("tmpfs", [*_tmpfs(spec, known)])
    yield from _listed("cap_drop", ["ALL"])
    yield from _listed("cap_add", [*dict.fromkeys(_text(cap) for cap in spec.cap_add if cap.value not in DANGEROUS_CAPABILITIES)])
    yield from _listed("security_opt", [*_security(spec)])
    yield f"mem_limit: {_quoted(_limit(spec.memory, _MEMORY))}"
    yield f"cpus: {_quoted(_limit(spec.cpus, _CPUS))}"
    yield f"pids_limit: {_number(_limit(spec.pids, _PIDS))}"
    yield from _listed("ports", [_port(port) for port in spec.ports])


def _user(spec: RuntimeSpec, known: _Known | None) -> tuple[str, str]:
    """With a remark."""
    if spec.user and (spec.user.value is None or not _is_root(spec.user.value)):
        return _text(spec.user), ""
    if known:
        return known.user, "the image's own"
    if spec.build:
        return "10001:10001", "the one of the Dockerfile's USER; it must be able to write the volumes"
    return "10001:10001", "any without rights of its own; it must be able to write the volumes"


def _is_root(user: str) -> bool:
    return user.partition(":")[0].strip() in ("", "0", "root")


def _tmpfs(spec: RuntimeSpec, known: _Known | None) -> Iterator[str]:
    there = {_text(mount.target) for mount in spec.mounts if mount.target}
    for mount in spec.mounts:
        if mount.kind == "tmpfs" and mount.target:
            yield _sized(mount)
    for path in (TEMPORARY, *(known.writes if known else ())):
        if path not in there:
            yield f"{path}:{_TMPFS}"


def _sized(mount: Mount) -> str:
    options = [option for option in mount.options if not option.startswith("size=")]
    size = f"size={mount.size}" if mount.size not in _UNLIMITED else "size=64m"
    return f"{_text(mount.target)}:{','.join([size, *options])}"


def _security(spec: RuntimeSpec) -> Iterator[str]:
    yield "no-new-privileges:true"
    for name, setting in (("seccomp", spec.seccomp), ("apparmor", spec.apparmor)):
        if setting and setting.value not in ("unconfined", "builtin"):
            yield f"{name}={_text(setting)}"


def _limit(setting: Setting[str] | None, usual: str) -> str:
    if setting is None or (setting.value is not None and setting.value.strip() in _UNLIMITED):
        return usual
    return _text(setting)


def _port(port: Port) -> str:
    """On the loopback interface, where the file names none."""
    if not port.resolved and port.text:
        return port.text if _VARIABLE.sub("", port.text).count(":") > 1 else f"127.0.0.1:{port.text}"
    host = "127.0.0.1" if is_everywhere(port.host_ip) else port.host_ip
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    protocol = "/" + port.text.rpartition("/")[2] if port.text.endswith(("/udp", "/sctp")) else ""
    return f"{host}:{port.published}:{port.target.partition('/')[0]}{protocol}"


def _remarks(spec: RuntimeSpec) -> Iterator[str]:
    for key, setting in (("network_mode", spec.network), ("pid", spec.pid), ("ipc", spec.ipc), ("uts", spec.uts), ("cgroup", spec.cgroup)):
        if setting and setting.value == "host":
            yield f"take out {key}: host"
    if spec.user_namespace and spec.user_namespace.value == "host":
        yield "take out userns_mode: host"
    if spec.api_socket and spec.api_socket.value is not False:
        yield "take out use_api_socket"
    for cap in spec.cap_add:
        if cap.value in DANGEROUS_CAPABILITIES:
            yield f"cap_add {cap.value} is left out: it reaches the host, or the traffic of others"
    for device in spec.devices:
        yield f"take out the device {_plain(_text(device))} if the service can do without"
    for mount in spec.mounts:
        source = mount.source.value if mount.source else None
        if source and source.endswith(_SOCKETS):
            yield f"take out the volume {_plain(source)}: whoever reaches it is root on the host"
    for name, option in (("seccomp", spec.seccomp), ("apparmor", spec.apparmor)):
        if option and option.value == "unconfined":
            yield f"take out {name}=unconfined"


def _known(spec: RuntimeSpec) -> _Known | None:
    if spec.build or not spec.image or not spec.image.value:
        return None
    repository = spec.image.value.partition("@")[0].removeprefix("docker.io/").removeprefix("library/")
    return _KNOWN.get(repository.partition(":")[0]) or _KNOWN.get(repository.removeprefix("valkey/").partition(":")[0])


def _listed(key: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"{key}:"
        yield from (f"  - {_quoted(item)}" for item in items)


def _text(setting: Setting[str] | None) -> str:
    """What is written, where the value depends on a variable."""
    return "" if setting is None else setting.text or setting.value or "" if setting.value is None else setting.value


def _name(name: str) -> str:
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalpha() else _quoted(name)


def _number(text: str) -> str:
    return text if text.isascii() and text.isdigit() else _quoted(text)


def _quoted(text: str) -> str:
    """In YAML a JSON string is the same string."""
    return text if text in ("ALL", "no-new-privileges:true") else json.dumps(text)


def _plain(text: str) -> str:
    """One line of a comment."""
    return json.dumps(text)[1:-1]
