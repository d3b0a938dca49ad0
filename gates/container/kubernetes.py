"""Containers of pods and of whatever makes pods: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, get_args

from gates.container.kubernetes_values import at, below, either, flag, list_of, plain, setting_of, table_of
from gates.container.setting import Setting
from gates.container.spec import Field, Mount, Port, RuntimeSpec, Variable
from gates.core.documents import Node, read_yamls

# Where the pod's own specification stands in each kind; the rest of those that make pods have it in spec.template, as most do.
_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_TEMPLATE: Final = ("spec", "template")
_OWN: Final = frozenset(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", *_PATHS))
_VOLUME: Final = "PersistentVolume"
_JOBS: Final = frozenset(("Job", "CronJob"))
_GROUPS: Final = ("initContainers", "containers", "ephemeralContainers")
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_SECCOMP: Final = "container.seccomp.security.alpha.kubernetes.io/"
_SECCOMP_OF_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
_UNSAID: Final[frozenset[Field]] = frozenset(("pids",))  # the node's own setting: podPidsLimit of the kubelet
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
            volume = plain(item.get("kind")) == _VOLUME
            pod = None if volume else _pod(item, path)
            for spec in _volume(item, path) if volume else _containers(pod) if pod else ():
                number = taken[spec.name] = taken.get(spec.name, 0) + 1
                yield spec._replace(name=f"{spec.name}#{number}") if number > 1 else spec


def load(data: bytes, path: str) -> Iterator[RuntimeSpec]:
    """Of a file. Raises DocumentError."""
    yield from read(read_yamls(data, path, local_tags=True, core_numbers=True, repeated_merges=True), path)


def is_manifest(document: Node) -> bool:
    return isinstance(document.value, dict) and {"apiVersion", "kind"} <= document.value.keys()


def _items(document: Node, path: str, of_list: Node | None = None) -> Iterator[Mapping[str, Node]]:
    """`of_list` is the kind that the list around it gives to items which do not name theirs."""
    if not isinstance(document.value, dict):
        return
    table = table_of(document, path)
    named = table.get("kind", of_list)
    kind = plain(named)
    if kind == "List" or (kind.endswith("List") and "items" in table):
        inner = named._replace(value=kind.removesuffix("List")) if named and kind != "List" else None
        for item in list_of(table.get("items"), "items", path):
            yield from _items(item, path, inner)
    elif named is not None:
        yield {**table, "kind": named}


def _pod(item: Mapping[str, Node], path: str) -> _Pod | None:
    """Kinds that others define (Argo's Rollout, Knative's Service) mostly have a pod where Kubernetes' own have theirs."""
    kind = plain(item.get("kind"))
    own = kind in _OWN
    holders = [_below(item, places, path) for places in ((_PATHS.get(kind, _TEMPLATE),) if own else (_TEMPLATE, ()))]
    found = next(((holder, spec) for holder in holders if (spec := _pod_spec(holder, path, own)) is not None), None)
    if found is None:
        return None
    holder, spec = found
    volumes = {}
    for volume in list_of(spec.get("volumes"), "volumes", path):
        table = table_of(volume, path)
        volumes[plain(table.get("name"))] = table
    return _Pod(
        path,
        kind,
        plain(below(item, "metadata", path).get("name")) or plain(below(holder, "metadata", path).get("name")),
        spec,
        below(spec, "securityContext", path),
        below(below(holder, "metadata", path), "annotations", path),
        volumes,
    )


def _below(item: Mapping[str, Node], keys: Sequence[str], path: str) -> Mapping[str, Node]:
    for key in keys:
        step = item.get(key)
        if step is None or not isinstance(step.value, dict):
            return {}
        item = table_of(step, path)
    return item


def _pod_spec(holder: Mapping[str, Node], path: str, own: bool) -> Mapping[str, Node] | None:
    """In a kind that is not Kubernetes' `own`, a key of the same name may hold something else."""
    found = holder.get("spec")
    if found is None or not isinstance(found.value, dict):
        return None
    spec = table_of(found, path)
    groups = [spec[group].value for group in _GROUPS if group in spec]
    if not own and not any(isinstance(group, list) and group and all(isinstance(each.value, dict) for each in group) for group in groups):
        return None
    return spec if groups else None


def _volume(item: Mapping[str, Node], path: str) -> Iterator[RuntimeSpec]:
    """A folder of a node under a name, for whichever pod claims it."""
    spec = below(item, "spec", path)
    for key in ("hostPath", "local"):
        source = setting_of(below(spec, key, path).get("path"), path)
        if source is not None:
            name = f"{_VOLUME} {plain(below(item, 'metadata', path).get('name'))}".strip()
            mount = Mount("bind", source, None, None, source.location)
            yield RuntimeSpec("kubernetes", name, source.location, mounts=(mount,), unsaid=frozenset(get_args(Field)))


def _containers(pod: _Pod) -> Iterator[RuntimeSpec]:
    for group in _GROUPS:
        for node in list_of(pod.spec.get(group), group, pod.path):
            yield _container(pod, group, node)


def _container(pod: _Pod, group: str, node: Node) -> RuntimeSpec:
    path = pod.path
    table = table_of(node, path)
    security = below(table, "securityContext", path)
    own = plain(table.get("name"))
    capabilities = below(security, "capabilities", path)
    limits = below(below(table, "resources", path), "limits", path)
    of_pod = below(below(pod.spec, "resources", path), "limits", path)
    unsaid = _UNSAID
    restarts = plain(table.get("restartPolicy")) == "Always"
    if pod.kind in _JOBS or group == "ephemeralContainers" or (group == "initContainers" and not restarts):
        unsaid |= {"healthcheck"}
    escalation = flag(security.get("allowPrivilegeEscalation"), path)
    return RuntimeSpec(
        syntax="kubernetes",
        name="/".join(part for part in (pod.name, own) if part) or "without a name",
        location=at(node, path),
        image=setting_of(table.get("image"), path),
        user=setting_of(either(security, pod.security, "runAsUser"), path),
        privileged=flag(security.get("privileged"), path) or _host_process(security, pod),
        read_only=flag(security.get("readOnlyRootFilesystem"), path),
        cap_add=tuple(_capabilities(capabilities, "add", path)),
        cap_drop=tuple(_capabilities(capabilities, "drop", path)),
        no_new_privileges=None
        if escalation is None
        else escalation._replace(value=None if escalation.value is None else not escalation.value),
        seccomp=_profile(security, pod.security, "seccompProfile", path) or _annotated(pod, (_SECCOMP + own, _SECCOMP_OF_POD)),
        apparmor=_profile(security, pod.security, "appArmorProfile", path) or _annotated(pod, (_APPARMOR + own,)),
        labels_off=_labels(security, pod),
        unmasked=_unmasked(security, path),
        mounts=tuple(_mounts(pod, table)),
        ports=tuple(_ports(pod, table)),
        network=_host(pod, "hostNetwork"),
        pid=_host(pod, "hostPID"),
        ipc=_host(pod, "hostIPC"),
        sysctls=tuple(_sysctls(pod)),
        memory=setting_of(limits.get("memory") or of_pod.get("memory"), path),
        cpus=setting_of(limits.get("cpu") or of_pod.get("cpu"), path),
        environment=tuple(_environment(table, path)),
        env_files=tuple(_env_files(table, path)),
        entrypoint=_words(table.get("command"), "command", path),
        command=_words(table.get("args"), "args", path),
        healthcheck=Setting(any(probe in table for probe in _PROBES), at(node, path)),
        unsaid=unsaid,
        prepares=group == "initContainers" and not restarts,
        short_lived=group == "ephemeralContainers",  # started by hand to look into a pod; it can have no limits
    )


# fields


def _host_process(security: Mapping[str, Node], pod: _Pod) -> Setting[bool] | None:
    """On Windows: https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/"""
    for level in (security, pod.security):
        if (found := flag(below(level, "windowsOptions", pod.path).get("hostProcess"), pod.path)) is not None:
            return found
    return None


def _capabilities(table: Mapping[str, Node], key: str, path: str) -> Iterator[Setting[str]]:
    for node in list_of(table.get(key), key, path):
        setting = setting_of(node, path)
        if setting is not None:
            yield setting._replace(value=setting.value and setting.value.strip().upper().removeprefix(_CAPABILITY_PREFIX))


def _profile(security: Mapping[str, Node], of_pod: Mapping[str, Node], key: str, path: str) -> Setting[str] | None:
    node = either(security, of_pod, key)
    if node is None:
        return None
    table = table_of(node, path)
    kind, name = setting_of(table.get("type"), path), setting_of(table.get("localhostProfile"), path)
    if kind is None:
        return Setting(None, at(node, path), "its type")
    if kind.value == "Unconfined":
        return kind._replace(value="unconfined")
    if kind.value == "RuntimeDefault":
        return kind._replace(value="runtime/default")
    return name if kind.value == "Localhost" and name is not None else kind._replace(value=None)


def _annotated(pod: _Pod, keys: Sequence[str]) -> Setting[str] | None:
    """The way of older clusters: unconfined, runtime/default or localhost/NAME."""
    for key in keys:
        setting = setting_of(pod.annotations.get(key), pod.path)
        if setting is not None:
            return setting._replace(value=setting.value and setting.value.removeprefix("localhost/"))
    return None


def _labels(security: Mapping[str, Node], pod: _Pod) -> Setting[bool] | None:
    node = either(security, pod.security, "seLinuxOptions")
    kind = None if node is None else setting_of(table_of(node, pod.path).get("type"), pod.path)
    if kind is None:
        return None
    return Setting(None if kind.value is None else kind.value == _UNCONFINED_TYPE, kind.location, kind.text)


def _unmasked(security: Mapping[str, Node], path: str) -> Setting[bool] | None:
    kind = setting_of(security.get("procMount"), path)
    return None if kind is None else Setting(None if kind.value is None else kind.value == "Unmasked", kind.location, kind.text)


def _host(pod: _Pod, key: str) -> Setting[str] | None:
    setting = flag(pod.spec.get(key), pod.path)
    if setting is None or setting.value is False:
        return None
    return Setting("host" if setting.value else None, setting.location, setting.text)


def _sysctls(pod: _Pod) -> Iterator[Setting[str]]:
    for node in list_of(pod.security.get("sysctls"), "sysctls", pod.path):
        table = table_of(node, pod.path)
        name, value = setting_of(table.get("name"), pod.path), setting_of(table.get("value"), pod.path)
        text = f"{name.text if name else ''}={value.text if value else ''}"
        known = name is not None and name.value is not None and (value is None or value.value is not None)
        yield Setting(text if known else None, at(node, pod.path), text)


def _mounts(pod: _Pod, table: Mapping[str, Node]) -> Iterator[Mount]:
    for node in list_of(table.get("volumeMounts"), "volumeMounts", pod.path):
        mount = table_of(node, pod.path)
        volume = pod.volumes.get(plain(mount.get("name")), {})
        target = setting_of(mount.get("mountPath"), pod.path)
        read_only = flag(mount.get("readOnly"), pod.path)
        place = at(node, pod.path)
        if "hostPath" in volume:
            source = setting_of(table_of(volume["hostPath"], pod.path).get("path"), pod.path)
            yield Mount("bind", _joined(source, setting_of(mount.get("subPath"), pod.path)), target, read_only, place)
        elif "emptyDir" in volume:
            limit = setting_of(below(volume, "emptyDir", pod.path).get("sizeLimit"), pod.path)
            yield Mount("tmpfs", None, target, read_only, place, "" if limit is None else limit.text)
        elif not _WRITABLE_VOLUMES.isdisjoint(volume):
            yield Mount("volume", setting_of(mount.get("name"), pod.path), target, read_only, place)
        else:
            yield Mount("other", setting_of(mount.get("name"), pod.path), target, read_only, place)


def _joined(source: Setting[str] | None, inner: Setting[str] | None) -> Setting[str] | None:
    if source is None or inner is None:
        return source
    text = posixpath.join(source.text, inner.text.lstrip("/"))
    return Setting(text if source.resolved and inner.resolved else None, source.location, text)


def _ports(pod: _Pod, table: Mapping[str, Node]) -> Iterator[Port]:
    for node in list_of(table.get("ports"), "ports", pod.path):
        port = table_of(node, pod.path)
        published, target, address = (setting_of(port.get(key), pod.path) for key in ("hostPort", "containerPort", "hostIP"))
        if published is None or published.value == "0":
            continue
        resolved = published.resolved and (address is None or address.resolved)
        host_ip = address.value or "" if address else ""
        text = f"hostPort {published.text}"
        yield Port(host_ip, published.value or "", target.text if target else "", published.location, resolved, text)


def _environment(table: Mapping[str, Node], path: str) -> Iterator[Variable]:
    for node in list_of(table.get("env"), "env", path):
        entry = table_of(node, path)
        value = entry.get("value")
        setting = None if value is None else setting_of(value, path) or Setting("", at(value, path))
        yield Variable(plain(entry.get("name")), setting, at(node, path))


def _env_files(table: Mapping[str, Node], path: str) -> Iterator[Setting[str]]:
    """Objects of the cluster, whose content is nowhere in the file."""
    for node in list_of(table.get("envFrom"), "envFrom", path):
        for key, reference in table_of(node, path).items():
            if key.endswith("Ref"):
                yield Setting(None, at(node, path), f"{key} {plain(table_of(reference, path).get('name'))}")


def _words(node: Node | None, key: str, path: str) -> Setting[tuple[str, ...]] | None:
    if node is None or node.value is None:
        return None
    words = [setting for item in list_of(node, key, path) if (setting := setting_of(item, path)) is not None]
    return Setting(tuple(word.text for word in words), at(node, path))
