"""Rules on what a container shares with its host besides folders: namespaces, devices and kernel settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gates.container.defect import Defect
from gates.container.judging.host_paths import normal
from gates.container.judging.runtime_defects import Fix, by_default, told, unsettled
from gates.container.quoting import shown
from gates.container.rules import runtime_isolation as rules
from gates.container.rules.levels import Levelled
from gates.container.setting import Setting
from gates.container.spec import RuntimeSpec
from gates.core.finding import Severity
from gates.core.patterns import lazy


def judge(spec: RuntimeSpec) -> Iterator[Defect]:
    yield from _namespaces(spec)
    if spec.build is not None and spec.build.network is not None and spec.build.network.value == "host":
        what = "its build shares the host's network namespace; medium, since only while it is built"
        fix = Fix("build: without network: host")
        yield told(spec, rules.HOST_NETWORK, what, spec.build.network.location, "build", fix=fix, severity=Severity.MEDIUM)
    for device in spec.devices:
        yield from _device(spec, device)
    yield from _sysctls(spec)


def _namespaces(spec: RuntimeSpec) -> Iterator[Defect]:
    for setting, level, what, consequence, fix in (
        (
            spec.network,
            rules.HOST_NETWORK,
            "network",
            "whatever listens on the host's loopback is open to it",
            Fix(
                'ports: ["127.0.0.1:…:…"] instead of network_mode: host', "-p 127.0.0.1:…:… instead of --network host", "hostNetwork: false"
            ),
        ),
        (
            spec.pid,
            rules.HOST_PID,
            "process",
            "it sees every process of the host, and as root its environment",
            Fix("no pid: host", "no --pid host", "hostPID: false"),
        ),
        (
            spec.ipc,
            rules.HOST_IPC,
            "IPC",
            "it reads and changes the shared memory of programs on the host",
            Fix("ipc: private", "--ipc private", "hostIPC: false"),
        ),
        (spec.uts, rules.HOST_UTS, "UTS", "it can rename the host", Fix("no uts: host", "no --uts host")),
        (
            spec.user_namespace,
            rules.HOST_USER_NAMESPACE,
            "user",
            "its root is the host's root even where the engine maps users",
            Fix("no userns_mode: host", "no --userns host", "hostUsers: false"),
        ),
        (
            spec.cgroup,
            rules.HOST_CGROUP,
            "cgroup",
            "it sees the groups of every container",
            Fix("cgroup: private", "--cgroupns private"),
        ),
    ):
        yield from _namespace(spec, setting, level, what, consequence, fix)


def _namespace(spec: RuntimeSpec, setting: Setting[str] | None, level: Levelled, what: str, consequence: str, fix: Fix) -> Iterator[Defect]:
    if setting is None:
        return
    if setting.value is None:
        yield unsettled(spec, level, f"its {what} namespace", setting, fix=fix)
    elif setting.value.strip().lower() == "host":
        yield told(spec, level, f"it shares the host's {what} namespace{by_default(setting)}: {consequence}", setting.location, fix=fix)


# Devices that hold or are the host; of the others one gives away what it is for.
_GRAVE = lazy(
    r"/dev/?|/dev/(?:mem|kmem|port|mapper(?:/.*)?|disk(?:/.*)?|block(?:/.*)?|(?:sd|hd|vd|xvd)[a-z]+[0-9]*|nvme[0-9].*|mmcblk[0-9].*"
    r"|loop[0-9]+|loop-control|md[0-9]+|md/.*|dm-[0-9]+|sg[0-9]+|bsg(?:/.*)?|btrfs-control|mtd.*|vfio(?:/.*)?|cpu(?:/.*)?)"
)
_HARMLESS = lazy(r"/dev/(?:null|zero|full|random|urandom|tty|ptmx)")
# https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md, and what `--gpus` asks for
_REQUESTED = lazy(r"(?:[A-Za-z0-9][A-Za-z0-9.-]*/[A-Za-z0-9][A-Za-z0-9_-]*|gpus)=.+")
# A rule for cgroups: a type, major and minor numbers, rights. https://docs.kernel.org/admin-guide/cgroup-v1/devices.html
_RULE = lazy(r"\s*([abc])\s+([0-9*]+):([0-9*]+)\s+([rwm]+)\s*")
_MEMORY_MAJOR: Final = "1"
_MEMORY_MINORS: Final = frozenset(("1", "2", "4", "*"))  # mem, kmem, port


def _device(spec: RuntimeSpec, setting: Setting[str]) -> Iterator[Defect]:
    if setting.value is None:
        yield unsettled(spec, rules.DEVICE_ACCESS, "a device that it is given", setting, shown(setting.text))
        return
    device = setting.value.strip()
    if _REQUESTED.fullmatch(device):
        what = f"it may use {shown(device)}{by_default(setting)} and attack its driver; medium, since it is no disk or memory"
        yield told(spec, rules.DEVICE_ACCESS, what, setting.location, device, severity=Severity.MEDIUM)
        return
    grave = _is_grave(device)
    if grave is None:
        return
    if grave:
        what = f"the device {shown(device)}{by_default(setting)} opens the host's memory or disks to it, whatever else confines it"
        yield told(spec, rules.DEVICE_ACCESS, what, setting.location, device)
    else:
        what = f"it may use the device {shown(device)}{by_default(setting)} and attack its driver; medium, since it is no disk or memory"
        yield told(spec, rules.DEVICE_ACCESS, what, setting.location, device, severity=Severity.MEDIUM)


def _is_grave(device: str) -> bool | None:
    """None for a device that every container has."""
    if rule := _RULE.fullmatch(device):
        kind, major, minor, _ = rule.groups()
        return kind in "ab" or major == "*" or (major == _MEMORY_MAJOR and minor in _MEMORY_MINORS)
    host = normal(device.partition(":")[0])
    if _HARMLESS.fullmatch(host):
        return None
    return _GRAVE.fullmatch(host) is not None


# A pod may set these without being asked: each is the pod's own and cannot harm others.
# https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls (1.34)
_SAFE: Final = frozenset(
    (
        *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range"),
        *("net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time"),
        *("net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes"),
        *("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
    )
)
# What has a value for each namespace: https://docs.docker.com/reference/cli/docker/container/run/#sysctl
_NAMESPACED = lazy(r"net\..+|fs\.mqueue\..+|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced|domainname)")
# With these a container passes on or believes traffic that is not its own.
_ROUTING = lazy(
    r"net\.ipv[46]\.(?:ip_forward|(?:conf\.[^.]+\.)?(?:forwarding|route_localnet|accept_redirects|accept_source_route|send_redirects"
    r"|secure_redirects|proxy_arp|proxy_ndp|mc_forwarding|accept_local))"
)
_OFF: Final = frozenset(("0", "", "-1"))


def _sysctls(spec: RuntimeSpec) -> Iterator[Defect]:
    shared = bool(spec.network and spec.network.value == "host")
    for setting in spec.sysctls:
        if setting.value is None:
            name = setting.text.partition("=")[0].strip()
            if name not in _SAFE:
                yield unsettled(spec, rules.UNSAFE_SYSCTL, "a kernel setting", setting, shown(setting.text))
            continue
        name, _, value = (part.strip() for part in setting.value.partition("="))
        name = name.replace("/", ".")
        if name in _SAFE and not (shared and name.startswith("net.")):
            continue
        if not _NAMESPACED.fullmatch(name):
            what = f"{shown(name)}{by_default(setting)} is a setting of the whole host, not of a container"
            yield told(spec, rules.UNSAFE_SYSCTL, what, setting.location, name)
        elif shared and name.startswith("net."):
            what = f"{name}{by_default(setting)} is set on the host itself, since the container shares its network"
            yield told(spec, rules.UNSAFE_SYSCTL, what, setting.location, name)
        elif _ROUTING.fullmatch(name) and value not in _OFF:
            what = (
                f"{name}={shown(value)}{by_default(setting)} lets it pass on or believe traffic of others; medium, since in its own network"
            )
            yield told(spec, rules.UNSAFE_SYSCTL, what, setting.location, name, severity=Severity.MEDIUM)
        else:
            what = f"{name}{by_default(setting)} is not on the list of settings known to be safe; low, since it is the container's own"
            yield told(spec, rules.UNSAFE_SYSCTL, what, setting.location, name, severity=Severity.LOW)
