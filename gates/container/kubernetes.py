"""Containers of pods and of whatever makes pods: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gates.container.setting import Setting
from gates.container.spec import Field, Mount, Port, RuntimeSpec, Variable
from gates.core.documents import DocumentError, Node
from gates.core.finding import Location
from gates.core.patterns import lazy

# Where the pod's own specification stands in each kind; the rest of those that make pods have it in spec.template, as most do.
_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_TEMPLATE: Final = ("spec", "template")
_JOBS: Final = frozenset(("Job", "CronJob"))
_GROUPS: Final = ("initContainers", "containers", "ephemeralContainers")
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP: Final = "container.seccomp.security.alpha.kubernetes.io/"
_SECCOMP_OF_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
_UNSAID: Final[frozenset[Field]] = frozenset(("pids",))  # the node's own setting: podPidsLimit of the kubelet
# The server reads YAML 1.1, where these are booleans without quotes.
_TRUE: Final = frozenset(("yes", "Yes", "YES", "on", "On", "ON", "y", "Y"))
_FALSE: Final = frozenset(("no", "No", "NO", "off", "Off", "OFF", "n", "N"))
# Filled in before the server sees it: envsubst, Kustomize's and Flux's variables, Helm, and Kubernetes' own $(NAME).
_OPEN = lazy(r"\$\{|\$\(|\{\{|<%|\$[A-Z_]")
_CAPABILITY_PREFIX: Final = "CAP_"
_UNCONFINED_TYPE: Final = "spc_t"  # of SELinux: https://docs.podman.io/en/latest/markdown/podman-run.1.html
_WRITABLE_VOLUMES: Final = frozenset(
    (
        *("persistentVolumeClaim", "ephemeral", "nfs", "csi", "iscsi", "glusterfs", "rbd", "cephfs", "cinder", "fc", "flexVolume"),
        *("flocker", "azureFile", "azureDisk", "awsElasticBlockStore", "gcePersistentDisk", "portworxVolume", "quobyte"),
        *("scaleIO", "storageos", "vsphereVolume", "photonPersistentDisk"),
    )
)


class _Pod(NamedTuple):
    """`name` is the workload's, "" without one."""

    path: str
    kind: str
    name: str
    spec: Mapping[str, Node]
    security: Mapping[str, Node]
    annotations: Mapping[str, Node]
    volumes: Mapping[str, Mapping[str, Node]]


def read(documents: Sequence[Node], path: str) -> Iterator[RuntimeSpec]:
    """Every container in the order of the file, named after its workload and itself. A document that makes no pod has none.

    Raises DocumentError where a pod's specification has another shape than the server takes.
    """
    taken: dict[str, int] = {}
    for document in documents:
        for item in _items(document, path):
            pod = _pod(item, path)
            for spec in _containers(pod) if pod else ():
                number = taken[spec.name] = taken.get(spec.name, 0) + 1
                yield spec._replace(name=f"{spec.name}#{number}") if number > 1 else spec


def is_manifest(document: Node) -> bool:
    return isinstance(document.value, dict) and {"apiVersion", "kind"} <= document.value.keys()


def _items(document: Node, path: str) -> Iterator[Mapping[str, Node]]:
    if not isinstance(document.value, dict):
        return
    table = _table(document, path)
    kind = _plain(table.get("kind"))
    if kind == "List" or (kind.endswith("List") and "items" in table):
        for item in _list(table.get("items"), "items", path):
            yield from _items(item, path)
    elif "kind" in table:
        yield table


def _pod(item: Mapping[str, Node], path: str) -> _Pod | None:
    kind = _plain(item.get("kind"))
    holder = item
    for key in _PATHS.get(kind, _TEMPLATE):
        below = holder.get(key)
        if below is None or not isinstance(below.value, dict):
            return None
        holder = _table(below, path)
    found = holder.get("spec")
    if found is None or not isinstance(found.value, dict):
        return None
    spec = _table(found, path)
    if not any(group in spec for group in _GROUPS):
        return None
    volumes = {}
    for volume in _list(spec.get("volumes"), "volumes", path):
        table = _table(volume, path)
        volumes[_plain(table.get("name"))] = table
    return _Pod(
        path,
        kind,
        _plain(_below(item, "metadata", path).get("name")) or _plain(_below(holder, "metadata", path).get("name")),
        spec,
        _below(spec, "securityContext", path),
        {**_below(_below_mapping(item), "annotations", path), **_below(_below(holder, "metadata", path), "annotations", path)},
        volumes,
    )


def _below_mapping(item: Mapping[str, Node]) -> Mapping[str, Node]:
    """The metadata of a Pod; those of a workload are not its pods'."""
    metadata = item.get("metadata")
    return metadata.value if _plain(item.get("kind")) == "Pod" and metadata is not None and isinstance(metadata.value, dict) else {}


def _containers(pod: _Pod) -> Iterator[RuntimeSpec]:
    for group in _GROUPS:
        for node in _list(pod.spec.get(group), group, pod.path):
            yield _container(pod, group, node)


def _container(pod: _Pod, group: str, node: Node) -> RuntimeSpec:
    path = pod.path
    table = _table(node, path)
    security = _below(table, "securityContext", path)
    own = _plain(table.get("name"))
    capabilities = _below(security, "capabilities", path)
    limits = _below(_below(table, "resources", path), "limits", path)
    of_pod = _below(_below(pod.spec, "resources", path), "limits", path)
    unsaid = _UNSAID
    restarts = _plain(table.get("restartPolicy")) == "Always"
    if pod.kind in _JOBS or group == "ephemeralContainers" or (group == "initContainers" and not restarts):
        unsaid |= {"healthcheck"}
    escalation = _flag(security.get("allowPrivilegeEscalation"), path)
    return RuntimeSpec(
        syntax="kubernetes",
        name="/".join(part for part in (pod.name, own) if part) or "without a name",
        location=_at(node, path),
        image=_setting(table.get("image"), path),
        user=_setting(_either(security, pod.security, "runAsUser"), path),
        privileged=_flag(security.get("privileged"), path) or _host_process(security, pod),
        read_only=_flag(security.get("readOnlyRootFilesystem"), path),
        cap_add=tuple(_capabilities(capabilities, "add", path)),
        cap_drop=tuple(_capabilities(capabilities, "drop", path)),
        no_new_privileges=None
        if escalation is None
        else escalation._replace(value=None if escalation.value is None else not escalation.value),
        seccomp=_profile(security, pod.security, "seccompProfile", path) or _annotated(pod, (_SECCOMP + own, _SECCOMP_OF_POD)),
        apparmor=_profile(security, pod.security, "appArmorProfile", path) or _annotated(pod, (_APPARMOR + own,)),
        labels_off=_labels(security, pod),
        mounts=tuple(_mounts(pod, table)),
        ports=tuple(_ports(pod, table)),
        network=_host(pod, "hostNetwork"),
        pid=_host(pod, "hostPID"),
        ipc=_host(pod, "hostIPC"),
        user_namespace=_host(pod, "hostUsers"),
        sysctls=tuple(_sysctls(pod)),
        memory=_setting(limits.get("memory") or of_pod.get("memory"), path),
        cpus=_setting(limits.get("cpu") or of_pod.get("cpu"), path),
        environment=tuple(_environment(table, path)),
        env_files=tuple(_env_files(table, path)),
        entrypoint=_words(table.get("command"), "command", path),
        command=_words(table.get("args"), "args", path),
        healthcheck=Setting(any(probe in table for probe in _PROBES), _at(node, path)),
        unsaid=unsaid,
        short_lived=group == "ephemeralContainers",  # started by hand to look into a pod; it can have no limits
    )


# fields


def _host_process(security: Mapping[str, Node], pod: _Pod) -> Setting[bool] | None:
    """On Windows: https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/"""
    for level in (security, pod.security):
        if (found := _flag(_below(level, "windowsOptions", pod.path).get("hostProcess"), pod.path)) is not None:
            return found
    return None


def _capabilities(table: Mapping[str, Node], key: str, path: str) -> Iterator[Setting[str]]:
    for node in _list(table.get(key), key, path):
        setting = _setting(node, path)
        if setting is not None:
            yield setting._replace(value=setting.value and setting.value.strip().upper().removeprefix(_CAPABILITY_PREFIX))


def _profile(security: Mapping[str, Node], of_pod: Mapping[str, Node], key: str, path: str) -> Setting[str] | None:
    node = _either(security, of_pod, key)
    if node is None:
        return None
    table = _table(node, path)
    kind, name = _setting(table.get("type"), path), _setting(table.get("localhostProfile"), path)
    if kind is None:
        return Setting(None, _at(node, path), "its type")
    if kind.value == "Unconfined":
        return kind._replace(value="unconfined")
    if kind.value == "RuntimeDefault":
        return kind._replace(value="runtime/default")
    return name if kind.value == "Localhost" and name is not None else kind._replace(value=None)


def _annotated(pod: _Pod, keys: Sequence[str]) -> Setting[str] | None:
    """The way of older clusters: unconfined, runtime/default or localhost/NAME."""
    for key in keys:
        setting = _setting(pod.annotations.get(key), pod.path)
        if setting is not None:
            return setting._replace(value=setting.value and setting.value.removeprefix("localhost/"))
    return None


def _labels(security: Mapping[str, Node], pod: _Pod) -> Setting[bool] | None:
    node = _either(security, pod.security, "seLinuxOptions")
    kind = None if node is None else _setting(_table(node, pod.path).get("type"), pod.path)
    if kind is None:
        return None
    return Setting(None if kind.value is None else kind.value == _UNCONFINED_TYPE, kind.location, kind.text)


def _host(pod: _Pod, key: str) -> Setting[str] | None:
    setting = _flag(pod.spec.get(key), pod.path)
    if setting is None or setting.value is False:
        return None
    return Setting("host" if setting.value else None, setting.location, setting.text)


def _sysctls(pod: _Pod) -> Iterator[Setting[str]]:
    for node in _list(pod.security.get("sysctls"), "sysctls", pod.path):
        table = _table(node, pod.path)
        name, value = _setting(table.get("name"), pod.path), _setting(table.get("value"), pod.path)
        text = f"{name.text if name else ''}={value.text if value else ''}"
        known = name is not None and name.value is not None and (value is None or value.value is not None)
        yield Setting(text if known else None, _at(node, pod.path), text)


def _mounts(pod: _Pod, table: Mapping[str, Node]) -> Iterator[Mount]:
    for node in _list(table.get("volumeMounts"), "volumeMounts", pod.path):
        mount = _table(node, pod.path)
        volume = pod.volumes.get(_plain(mount.get("name")), {})
        target = _setting(mount.get("mountPath"), pod.path)
        read_only = _flag(mount.get("readOnly"), pod.path)
        place = _at(node, pod.path)
        if "hostPath" in volume:
            source = _setting(_table(volume["hostPath"], pod.path).get("path"), pod.path)
            yield Mount("bind", _joined(source, _setting(mount.get("subPath"), pod.path)), target, read_only, place)
        elif "emptyDir" in volume:
            limit = _setting(_below(volume, "emptyDir", pod.path).get("sizeLimit"), pod.path)
            yield Mount("tmpfs", None, target, read_only, place, "" if limit is None else limit.text)
        elif not _WRITABLE_VOLUMES.isdisjoint(volume):
            yield Mount("volume", _setting(mount.get("name"), pod.path), target, read_only, place)
        else:
            yield Mount("other", _setting(mount.get("name"), pod.path), target, read_only, place)


def _joined(source: Setting[str] | None, below: Setting[str] | None) -> Setting[str] | None:
    if source is None or below is None:
        return source
    text = posixpath.join(source.text, below.text.lstrip("/"))
    return Setting(text if source.resolved and below.resolved else None, source.location, text)


def _ports(pod: _Pod, table: Mapping[str, Node]) -> Iterator[Port]:
    for node in _list(table.get("ports"), "ports", pod.path):
        port = _table(node, pod.path)
        published, target, address = (_setting(port.get(key), pod.path) for key in ("hostPort", "containerPort", "hostIP"))
        if published is None or published.value == "0":
            continue
        resolved = published.resolved and (address is None or address.resolved)
        host_ip = address.value or "" if address else ""
        text = f"hostPort {published.text}"
        yield Port(host_ip, published.value or "", target.text if target else "", published.location, resolved, text)


def _environment(table: Mapping[str, Node], path: str) -> Iterator[Variable]:
    for node in _list(table.get("env"), "env", path):
        entry = _table(node, path)
        value = entry.get("value")
        setting = None if value is None else _setting(value, path) or Setting("", _at(value, path))
        yield Variable(_plain(entry.get("name")), setting, _at(node, path))


def _env_files(table: Mapping[str, Node], path: str) -> Iterator[Setting[str]]:
    """Objects of the cluster, whose content is nowhere in the file."""
    for node in _list(table.get("envFrom"), "envFrom", path):
        for key, reference in _table(node, path).items():
            if key.endswith("Ref"):
                yield Setting(None, _at(node, path), f"{key} {_plain(_table(reference, path).get('name'))}")


def _words(node: Node | None, key: str, path: str) -> Setting[tuple[str, ...]] | None:
    if node is None or node.value is None:
        return None
    words = [setting for item in _list(node, key, path) if (setting := _setting(item, path)) is not None]
    return Setting(tuple(word.text for word in words), _at(node, path))


# values


def _at(node: Node, path: str) -> Location:
    return Location(path, node.line, node.column)


def _plain(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _either(first: Mapping[str, Node], second: Mapping[str, Node], key: str) -> Node | None:
    """The container's own word counts before the pod's."""
    for table in (first, second):
        node = table.get(key)
        if node is not None and node.value is not None:
            return node
    return None


def _setting(node: Node | None, path: str) -> Setting[str] | None:
    if node is None or node.value is None:
        return None
    if isinstance(node.value, dict | list):
        return Setting(None, _at(node, path), "a value of another kind")
    text = str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
    return Setting(None if _OPEN.search(text) else text, _at(node, path), text)


def _flag(node: Node | None, path: str) -> Setting[bool] | None:
    """What is neither true nor false the server refuses, unless something fills it in before: nobody knows here."""
    if node is None or node.value is None:
        return None
    text = str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
    value = node.value if isinstance(node.value, bool) else True if node.value in _TRUE else False if node.value in _FALSE else None
    return Setting(value, _at(node, path), text)


def _below(table: Mapping[str, Node], key: str, path: str) -> Mapping[str, Node]:
    node = table.get(key)
    return {} if node is None or node.value is None else _table(node, path)


def _table(node: Node, path: str) -> Mapping[str, Node]:
    """With the keys of YAML's merges under its own."""
    if node.value is None:
        return {}
    if not isinstance(node.value, dict):
        raise DocumentError("a pod's specification has something else where a table should be", path, node.key_line or node.line)
    merges = [key for key in node.value if key == "<<" or key.startswith("<<\0")]
    if not merges:
        return node.value
    table: dict[str, Node] = {}
    for key in merges:
        merged = node.value[key]
        for each in merged.value if isinstance(merged.value, list) else (merged,):
            table = {**_table(each, path), **table}
    return {**table, **{key: value for key, value in node.value.items() if key not in merges}}


def _list(node: Node | None, key: str, path: str) -> Sequence[Node]:
    if node is None or node.value is None:
        return ()
    if not isinstance(node.value, list):
        raise DocumentError(f"{key} must be a list", path, node.key_line or node.line)
    return node.value
