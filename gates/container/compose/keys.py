"""The keys that a compose file may have, place by place
(https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json,
as in compose-go 2.16.2, and what only its build definitions have).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import NamedTuple

from gates.container.compose.items import Item
from gates.container.compose.model import UnknownKey
from gates.core.finding import Location

MAX_UNKNOWN = 1_000
_MAX_HINTS = 200
_NEAR = 0.7  # of difflib's ratio: at 0.6 "memory" is near to "retries"


class Place(NamedTuple):
    """`keys` with the place that each leads to, None where anything may stand; `each` is the place of all other keys' values
    (names that the author chooses); of a list, its elements' place is the list's.
    """

    name: str
    keys: Mapping[str, Place | None]
    each: Place | None = None


def _place(name: str, keys: str, *, each: Place | None = None, **within: Place | None) -> Place:
    return Place(name, MappingProxyType({**dict.fromkeys(keys.split()), **within}), each)


def _also(*places: Place) -> dict[str, Place | None]:
    return {key: inner for place in places for key, inner in place.keys.items()}


def _named(name: str, each: Place) -> Place:
    return Place(name, MappingProxyType({}), each)


_HOOK = _place("hook", "command user privileged working_dir environment")
_DEVICE_REQUEST = _place("device", "capabilities count device_ids driver options")
_RATE = _place("blkio_config", "path rate")
_GRANT = _place("grant", "source target uid gid mode")
_UPDATE = "parallelism delay failure_action monitor max_failure_ratio order"
_ULIMITS = _named("ulimits", _place("ulimit", "hard soft"))

BUILD = _place(
    "build",
    """context dockerfile dockerfile_inline entitlements args ssh labels cache_from cache_to no_cache no_cache_filter additional_contexts
    network provenance pull target sbom shm_size extra_hosts isolation privileged tags platforms""",
    secrets=_GRANT,
    ulimits=_ULIMITS,
)
LIMITS = _place("deploy.resources.limits", "cpus memory pids")
RESOURCES = _place(
    "deploy.resources",
    "",
    limits=LIMITS,
    reservations=_place(
        "deploy.resources.reservations",
        "cpus memory",
        generic_resources=_place("generic_resources", "", discrete_resource_spec=_place("discrete_resource_spec", "kind value")),
        devices=_DEVICE_REQUEST,
    ),
)
DEPLOY = _place(
    "deploy",
    "mode endpoint_mode replicas labels",
    resources=RESOURCES,
    restart_policy=_place("deploy.restart_policy", "condition delay max_attempts window"),
    update_config=_place("deploy.update_config", _UPDATE),
    rollback_config=_place("deploy.rollback_config", _UPDATE),
    placement=_place(
        "deploy.placement",
        "constraints max_replicas_per_node",
        preferences=_place("deploy.placement.preferences", "spread"),
    ),
)
HEALTHCHECK = _place("healthcheck", "disable interval retries test timeout start_period start_interval")
VOLUME_MOUNT = _place(
    "volume",
    "type source target read_only consistency",
    bind=_place("bind", "propagation create_host_path recursive selinux"),
    volume=_place("volume", "labels nocopy subpath"),
    tmpfs=_place("tmpfs", "size mode"),
    image=_place("image", "subpath"),
)
# what every container has: of a service, of a job, and of what runs before a service
_CONTAINER = _place(
    "container",
    """annotations cap_add cap_drop cgroup cgroup_parent command cpu_count cpu_percent cpu_shares cpu_quota cpu_period cpu_rt_period
    cpu_rt_runtime cpus cpuset device_cgroup_rules dns dns_opt dns_search domainname entrypoint environment extra_hosts group_add hostname
    image init ipc isolation label_file labels mac_address mem_limit mem_reservation mem_swappiness memswap_limit network_mode
    oom_kill_disable oom_score_adj pid pids_limit platform privileged pull_policy pull_refresh_after read_only runtime security_opt shm_size
    stop_grace_period stop_signal storage_opt sysctls tmpfs umask use_api_socket user userns_mode uts volumes_from working_dir""",
    blkio_config=_place(
        "blkio_config",
        "weight",
        device_read_bps=_RATE,
        device_read_iops=_RATE,
        device_write_bps=_RATE,
        device_write_iops=_RATE,
        weight_device=_place("blkio_config", "path weight"),
    ),
    configs=_GRANT,
    credential_spec=_place("credential_spec", "config file registry"),
    devices=_place("device", "source target permissions"),
    env_file=_place("env_file", "path format required"),
    gpus=_DEVICE_REQUEST,
    logging=_place("logging", "driver options"),
    models=_named("models", _place("model", "endpoint_var model_var")),
    networks=_named(
        "networks",
        _place(
            "network",
            """aliases interface_name ipv4_address ipv6_address link_local_ips mac_address driver_opts priority gw_priority
            use_service_name_alias""",
        ),
    ),
    secrets=_GRANT,
    ulimits=_ULIMITS,
    volumes=VOLUME_MOUNT,
)
_WORKLOAD = _place(
    "container",
    "expose stdin_open tty",
    build=BUILD,
    depends_on=_named("depends_on", _place("depends_on", "restart required condition")),
    healthcheck=HEALTHCHECK,
    ports=_place("port", "name mode host_ip target published protocol app_protocol"),
)
SERVICE = _place(
    "service",
    "attach container_name external_links links profiles restart scale",
    **_also(_CONTAINER, _WORKLOAD),
    deploy=DEPLOY,
    develop=_place(
        "develop",
        "",
        watch=_place("develop.watch", "ignore include path action target initial_sync", exec=_HOOK),
    ),
    extends=_place("extends", "service file"),
    post_start=_HOOK,
    pre_start=_place("pre_start", "per_replica", **_also(_CONTAINER)),
    pre_stop=_HOOK,
    provider=_place("provider", "type options"),
)
_JOB = _place(
    "job",
    "profiles",
    **_also(_CONTAINER, _WORKLOAD),
    extends=_place("extends", "service file"),
    triggers=_place("triggers", "manual", schedule=_place("schedule", "cron timezone concurrency missed_fires")),
)
_EXTERNAL = _place("external", "name")
FILE = _place(
    "the file",
    "version name",
    include=_place("include", "path env_file project_directory"),
    services=_named("services", SERVICE),
    jobs=_named("jobs", _JOB),
    models=_named("models", _place("model", "name model context_size runtime_flags")),
    networks=_named(
        "networks",
        _place(
            "network",
            "name driver driver_opts internal enable_ipv4 enable_ipv6 attachable labels",
            external=_EXTERNAL,
            ipam=_place("ipam", "driver options", config=_place("ipam", "subnet ip_range gateway aux_addresses")),
        ),
    ),
    volumes=_named("volumes", _place("volume", "name driver driver_opts labels", external=_EXTERNAL)),
    secrets=_named("secrets", _place("secret", "name environment file labels driver driver_opts template_driver", external=_EXTERNAL)),
    configs=_named("configs", _place("config", "name content environment file labels template_driver", external=_EXTERNAL)),
)
# version 1 of the format, which has services at the top
LEGACY_SERVICE = Place(
    "service",
    MappingProxyType({**SERVICE.keys, **dict.fromkeys(("dockerfile", "log_driver", "log_opt", "net", "volume_driver"))}),
)

# where a key may have been meant to stand, most likely place first
_ELSEWHERE: tuple[tuple[str, Place], ...] = (
    ("a service", SERVICE),
    ("deploy", DEPLOY),
    ("deploy.resources", RESOURCES),
    ("deploy.resources.limits", LIMITS),
    ("build", BUILD),
    ("healthcheck", HEALTHCHECK),
    ("the top of the file", FILE),
)
# what people write for what difflib cannot know
_MEANT = MappingProxyType(
    {
        "apparmor": "security_opt",
        "capabilities": "cap_add",
        "cpu": "cpus",
        "cpu_limit": "cpus",
        "env": "environment",
        "env_vars": "environment",
        "memory": "mem_limit",
        "net": "network_mode",
        "no_new_privileges": "security_opt",
        "pids": "pids_limit",
        "seccomp": "security_opt",
        "security_opts": "security_opt",
        "tmp_fs": "tmpfs",
        "variables": "environment",
    },
)


def unknown(item: Item, place: Place, where: str) -> Iterator[UnknownKey]:
    """The keys below `item` that its place does not have, at most MAX_UNKNOWN. `where` names the item: "the file", "service web"."""
    hints = _Hints()
    seen: set[Location] = set()  # several services may have a key from one anchor
    for place_of_key, key, value, stands_in in _unknown(item, place, where, "" if place is FILE else where):
        if value.location in seen:
            continue
        seen.add(value.location)
        belongs = _belongs(key, value, place_of_key)
        yield UnknownKey(value.location, key, stands_in, hints.nearest(key, place_of_key, meant_elsewhere=bool(belongs)), belongs)
        if len(seen) >= MAX_UNKNOWN:
            return


def _unknown(item: Item, place: Place, where: str, owner: str) -> Iterator[tuple[Place, str, Item, str]]:
    """`owner` is the service or the top-level element that all below is of, "" at the top."""
    if isinstance(item.value, list):
        for entry in item.value:
            if isinstance(entry.value, dict):
                yield from _unknown(entry, place, where, owner)
        return
    if not isinstance(item.value, dict) or item.tag == "!reset":
        return
    for key, value in item.value.items():
        inner = place.keys.get(key)
        if inner is not None:
            yield from _unknown(value, inner, f"{inner.name} of {owner}" if owner else where, owner)
        elif place.each is not None:
            named = f"{place.each.name} {key} of {owner}" if owner else f"{place.each.name} {key}"
            yield from _unknown(value, place.each, named, owner or named)
        elif key not in place.keys and not key.startswith("x-"):
            yield place, key, value, where


class _Hints:
    """Looking for what is near takes a while, so that a file of nonsense gets only so many answers."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str] = {}

    def nearest(self, key: str, place: Place, *, meant_elsewhere: bool) -> str:
        lower = key.lower().replace("-", "_")
        meant = _MEANT.get(lower, "")
        if meant in place.keys:
            return meant
        asked = (lower, place.name)
        if meant_elsewhere or (asked not in self._found and len(self._found) >= _MAX_HINTS):
            return ""
        if asked not in self._found:
            self._found[asked] = next(iter(get_close_matches(lower[:60], place.keys, n=1, cutoff=_NEAR)), "")
        return self._found[asked]


def _belongs(key: str, value: Item, place: Place) -> str:
    """The place that has the key, "" for none. What looks like a service and stands at the top belongs to the services."""
    if place is FILE and isinstance(value.value, dict) and {"image", "build"} & value.value.keys():
        return "services"
    return next((name for name, other in _ELSEWHERE if other is not place and key in other.keys), "")
