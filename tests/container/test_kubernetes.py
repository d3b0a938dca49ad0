from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies

from gates.container.kubernetes import is_manifest, read
from gates.container.spec import RuntimeSpec
from gates.core.documents import DocumentError, read_yamls
from tests.container.judging.specs import EXPECTED, PASSWORD, doubts, ids, judged

PATH = "deploy/app.yaml"


def specs(text: str) -> list[RuntimeSpec]:
    return list(read(read_yamls(text.encode(), PATH, local_tags=True, core_numbers=True, repeated_merges=True), PATH))


def only(text: str) -> RuntimeSpec:
    (spec,) = specs(text)
    return spec


def pod(container: str = "", of_pod: str = "", metadata: str = "name: web") -> str:
    """`container` and `of_pod` are lines that go below the container and the pod's specification."""
    below = "".join(f"      {line}\n" for line in container.splitlines())
    beside = "".join(f"  {line}\n" for line in of_pod.splitlines())
    head = f"apiVersion: v1\nkind: Pod\nmetadata: {{{metadata}}}\nspec:\n{beside}"
    return f"{head}  containers:\n    - name: app\n      image: acme/app:1\n{below}"


WORKLOAD = """\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: web}}
spec:
  template:
    metadata: {{annotations: {{container.apparmor.security.beta.kubernetes.io/app: unconfined}}}}
    spec:
      initContainers: [{{name: init, image: a:1}}]
      containers: [{{name: app, image: b:1}}]
"""


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Rollout"])
def test_whatever_makes_pods_is_read(kind: str) -> None:
    found = specs(WORKLOAD.format(kind=kind))
    assert [spec.name for spec in found] == ["web/init", "web/app"]
    assert [spec.apparmor.value if spec.apparmor else None for spec in found] == [None, "unconfined"]
    assert ("healthcheck" in found[1].unsaid) == (kind == "Job")
    assert "healthcheck" in found[0].unsaid


def test_cron_jobs_templates_and_lists_are_read() -> None:
    cron = "kind: CronJob\nmetadata: {name: n}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: x}]}}}}}\n"
    template = "kind: PodTemplate\nmetadata: {name: t}\ntemplate: {spec: {containers: [{name: a, image: x}]}}\n"
    listed = f"kind: List\nitems:\n- {pod().replace(chr(10), chr(10) + '  ')}\n"
    assert [spec.name for text in (cron, template, listed) for spec in specs(text)] == ["n/a", "t/a", "web/app"]


def test_two_of_one_name_are_told_apart() -> None:
    assert [spec.name for spec in specs(f"{pod()}---\n{pod()}")] == ["web/app", "web/app#2"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: 1",
        "- 1",
        "text",
        "kind: Service\nspec: {ports: []}",
        "kind: ConfigMap\ndata: {a: b}",
        "kind: Deployment",
        "kind: Pod\nspec:",
    ],
)
def test_what_makes_no_pod_has_no_container(text: str) -> None:
    assert specs(text) == []


def test_a_manifest_says_which_it_is() -> None:
    (document,) = read_yamls(pod().encode(), PATH)
    assert is_manifest(document)
    assert not is_manifest(read_yamls(b"kind: Pod", PATH)[0])


@pytest.mark.parametrize(
    "text",
    [
        "kind: Pod\nspec: {containers: {a: b}}",
        "kind: Pod\nspec: {containers: [a]}",
        pod("securityContext: no"),
        pod("env: {A: b}"),
        pod(of_pod="volumes: x"),
    ],
)
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        specs(text)


def test_the_container_s_word_counts_before_the_pod_s() -> None:
    of_pod = "securityContext: {runAsUser: 0, seccompProfile: {type: Unconfined}}"
    assert ids(judged(only(pod(of_pod=of_pod)))) >= {"user-root", "seccomp-unconfined"}
    own = "securityContext: {runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}"
    assert not ids(judged(only(pod(own, of_pod)))) & {"user-root", "seccomp-unconfined"}
    assert ids(judged(only(pod("securityContext: {runAsUser: 0}", "securityContext: {runAsUser: 1000}")))) >= {"user-root"}


@pytest.mark.parametrize(
    ("container", "of_pod", "rule"),
    [
        ("securityContext: {privileged: true}", "", "privileged"),
        ("securityContext: {privileged: yes}", "", "privileged"),
        ("", "securityContext: {windowsOptions: {hostProcess: true}}", "privileged"),
        ("securityContext: {allowPrivilegeEscalation: true}", "", "new-privileges-allowed"),
        ("", "", "new-privileges-unset"),
        ("securityContext: {capabilities: {add: [CAP_SYS_ADMIN]}}", "", "capability-dangerous"),
        ("securityContext: {capabilities: {add: [sys_nice]}}", "", "capability-added"),
        ("securityContext: {appArmorProfile: {type: Unconfined}}", "", "apparmor-unconfined"),
        ("securityContext: {appArmorProfile: {type: Localhost, localhostProfile: mine}}", "", "apparmor-profile-missing"),
        ("", "securityContext: {seLinuxOptions: {type: spc_t}}", "label-disabled"),
        ("", "hostNetwork: true", "host-network"),
        ("", "hostPID: true", "host-pid"),
        ("", "hostIPC: true", "host-ipc"),
        ("", "securityContext: {sysctls: [{name: kernel.core_pattern, value: x}]}", "unsafe-sysctl"),
        ("ports: [{containerPort: 80, hostPort: 80}]", "", "port-on-all-interfaces"),
        ("ports: [{containerPort: 5432, hostPort: 1}]", "", "database-published"),
        ("volumeMounts: [{name: v, mountPath: /x}]", "volumes: [{name: v, hostPath: {path: /var/run/docker.sock}}]", "docker-socket"),
        ("volumeMounts: [{name: v, mountPath: /x, subPath: shadow}]", "volumes: [{name: v, hostPath: {path: /etc}}]", "sensitive-mount"),
        ("volumeMounts: [{name: v, mountPath: /x}]", "volumes: [{name: v, emptyDir: {}}]", "tmpfs-unbounded"),
        ("resources: {requests: {memory: 1Gi, cpu: 1}}", "", "memory-unlimited"),
        ("resources: {limits: {memory: 1Gi}}", "", "cpu-unlimited"),
        ("", "", "healthcheck-missing"),
        (f"env: [{{name: DB_PASSWORD, value: {PASSWORD}}}]", "", "plain-secret"),
        (f"args: [--admin-password, {PASSWORD}]", "", "plain-secret"),
        ("", "", "root-writable"),
        ("securityContext: {capabilities: {drop: [NET_RAW]}}", "", "capabilities-kept"),
    ],
)
def test_each_danger_is_read(container: str, of_pod: str, rule: str) -> None:
    assert rule in ids(judged(only(pod(container, of_pod))))


HARDENED = pod(
    """\
securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [all], add: [NET_BIND_SERVICE]}}
resources: {limits: {memory: 512Mi, cpu: 500m}}
livenessProbe: {httpGet: {port: 8080}}
ports: [{containerPort: 8080}]
env:
- {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
- {name: DB_URL, value: "postgres://app:$(DB_PASSWORD)@db/app"}
envFrom: [{secretRef: {name: app}}]
volumeMounts:
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /data}
- {name: zone, mountPath: /etc/localtime, readOnly: true}
- {name: config, mountPath: /config}""",
    """\
hostNetwork: false
securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}, appArmorProfile: {type: RuntimeDefault}}
volumes:
- {name: tmp, emptyDir: {medium: Memory, sizeLimit: 64Mi}}
- {name: data, persistentVolumeClaim: {claimName: data}}
- {name: zone, hostPath: {path: /etc/localtime}}
- {name: config, configMap: {name: app}}""",
).replace("acme/app:1", "acme/app:1@sha256:" + "0" * 64)


DANGEROUS = pod(
    f"""\
securityContext:
  runAsUser: 0
  privileged: true
  allowPrivilegeEscalation: true
  capabilities: {{add: [SYS_ADMIN, SYS_NICE]}}
  seccompProfile: {{type: Unconfined}}
  appArmorProfile: {{type: Unconfined}}
  seLinuxOptions: {{type: spc_t}}
ports: [{{containerPort: 5432, hostPort: 5432}}]
env: [{{name: DB_PASSWORD, value: {PASSWORD}}}, {{name: DOCKER_HOST, value: "tcp://10.0.0.1:2375"}}]
volumeMounts:
- {{name: engine, mountPath: /engine}}
- {{name: proc, mountPath: /host}}
- {{name: keys, mountPath: /keys}}
- {{name: data, mountPath: /data}}
- {{name: cache, mountPath: /cache}}""",
    """\
hostPID: true
hostIPC: true
securityContext: {sysctls: [{name: kernel.core_pattern, value: x}]}
volumes:
- {name: engine, hostPath: {path: /var/run/docker.sock}}
- {name: proc, hostPath: {path: /proc}}
- {name: keys, hostPath: {path: /home/bob/.ssh}}
- {name: data, hostPath: {path: /srv/data}}
- {name: cache, emptyDir: {}}""",
).replace("acme/app:1", "acme/app:latest")
NO_WORD = {"host-user-namespace", "host-uts", "host-cgroup", "device-access", "pids-unlimited"}  # for these in Kubernetes


def test_a_dangerous_pod_is_told_of_what_a_container_of_any_syntax_is() -> None:
    assert ids(judged(only(DANGEROUS))) == EXPECTED - NO_WORD


def test_a_hardened_pod_is_not_told_of() -> None:
    assert judged(only(HARDENED)) == []


@pytest.mark.parametrize(
    "container",
    [
        "securityContext: {privileged: '${PRIVILEGED}'}",
        "securityContext: {privileged: 'true'}",
        "securityContext: {runAsUser: '${USER_ID}'}",
        "securityContext: {seccompProfile: {type: '${TYPE}'}}",
        "securityContext: {seccompProfile: {}}",
        "volumeMounts: [{name: v, mountPath: /x}]",
    ],
)
def test_what_something_else_fills_in_is_a_doubt(container: str) -> None:
    found = judged(only(pod(container, "volumes: [{name: v, hostPath: {path: '${DIR}'}}]")))
    assert len(doubts(found)) == 1


def test_old_annotations_count() -> None:
    annotated = pod(metadata="name: web, annotations: {seccomp.security.alpha.kubernetes.io/pod: unconfined}")
    assert "seccomp-unconfined" in ids(judged(only(annotated)))


def test_merged_keys_are_read() -> None:
    text = pod("<<: &base {securityContext: {privileged: true}}\nimagePullPolicy: Always")
    assert "privileged" in ids(judged(only(text)))


def test_a_pod_s_own_limits_bound_its_containers() -> None:
    spec = only(pod(of_pod="resources: {limits: {memory: 1Gi, cpu: 1}}"))
    assert not ids(judged(spec)) & {"memory-unlimited", "cpu-unlimited"}


def test_a_sidecar_is_asked_for_its_health_and_a_debugger_for_no_limits() -> None:
    text = "kind: Pod\nspec:\n  initContainers: [{name: s, restartPolicy: Always}]\n  ephemeralContainers: [{name: d}]\n"
    sidecar, debugger = specs(text)
    assert "healthcheck-missing" in ids(judged(sidecar))
    assert not ids(judged(debugger)) & {"healthcheck-missing", "memory-unlimited"}


def test_each_place_is_that_of_the_value() -> None:
    spec = only(pod("securityContext:\n  privileged: true"))
    assert spec.privileged is not None
    assert (spec.location.line, spec.privileged.location.line, spec.privileged.location.column) == (6, 9, 21)


_NAMES = """
securityContext capabilities add drop env name value volumeMounts mountPath ports hostPort << seccompProfile type limits resources memory
command args envFrom secretRef sysctls hostPath path
"""
_KEYS = _NAMES.split()
_VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers(-9, 9) | strategies.sampled_from(["", "a", "host", "/etc", "${X}"]),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(_KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    strategies.dictionaries(strategies.sampled_from(["securityContext", "volumes", "containers", "hostPID", "metadata"]), _VALUES), _VALUES
)
def test_any_shape_is_read_or_refused(spec: dict[str, object], container: object) -> None:
    text = json.dumps({"kind": "Pod", "spec": {"containers": [container], **spec}})
    try:
        for found in specs(text):
            judged(found)
    except DocumentError:
        pass
