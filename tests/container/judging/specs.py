"""Containers to judge, and what the repository around them says."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from gates.container.defect import Defect
from gates.container.judging.facts import Facts
from gates.container.judging.runtime import judge
from gates.container.setting import Setting
from gates.container.spec import Mount, Port, RuntimeSpec, Syntax, Variable
from gates.core.finding import Location
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Scanner

# Put together here, so that no file of the repository holds a secret, and no rule for our own code takes a path of a container for ours.
PASSWORD = "-".join(("wave", "7hq", "lantern"))
TMP = "/".join(("", "tmp"))
AT = Location("deploy/compose.yaml", 3, 5)


def said(value: Any, *, by_default: bool = False, text: str | None = None) -> Setting[Any]:
    return Setting(value, AT, str(value) if text is None else text, by_default)


def open_(text: str) -> Setting[Any]:
    return Setting(None, AT, text)


def bind(source: str | Setting[str], target: str = "/x", *, read_only: bool = False) -> Mount:
    setting = said(source) if isinstance(source, str) else source
    return Mount("bind", setting, said(target), said(True) if read_only else None, AT)


def tmpfs(target: str, size: str = "") -> Mount:
    return Mount("tmpfs", None, said(target), None, AT, size)


def port(published: str, target: str, host_ip: str = "") -> Port:
    return Port(host_ip, published, target, AT, text=":".join(part for part in (host_ip, published, target) if part))


def variable(name: str, value: str | Setting[str] | None, origin: Any = "environment") -> Variable:
    return Variable(name, said(value) if isinstance(value, str) else value, AT, origin)


def spec(syntax: Syntax = "compose", **fields: Any) -> RuntimeSpec:
    fields.setdefault("name", "web")
    fields.setdefault("location", AT)
    return RuntimeSpec(syntax, **fields)


def dangerous(syntax: Syntax, **fields: Any) -> RuntimeSpec:
    """The most dangerous container there is."""
    return spec(
        syntax,
        image=said("acme/app:latest"),
        user=said("root"),
        privileged=said(True),
        cap_add=(said("SYS_ADMIN"), said("SYS_NICE")),
        no_new_privileges=said(False),
        seccomp=said("unconfined"),
        apparmor=said("unconfined"),
        labels_off=said(True),
        mounts=(bind("/var/run/docker.sock"), bind("/proc"), bind("~/.ssh"), bind("./src"), tmpfs("/cache")),
        ports=(port("5432", "5432"),),
        network=said("bridge"),
        pid=said("host"),
        ipc=said("host"),
        uts=said("host"),
        user_namespace=said("host"),
        cgroup=said("host"),
        devices=(said("/dev/mem:/dev/mem:rwm"),),
        sysctls=(said("kernel.core_pattern=|/x"),),
        environment=(variable("DB_PASSWORD", PASSWORD), variable("DOCKER_HOST", "tcp://10.0.0.1:2375")),
        healthcheck=said(False),
        **fields,
    )


EXPECTED = {
    *("base-untagged", "user-root", "privileged", "capability-dangerous", "capability-added", "capabilities-kept"),
    *("new-privileges-allowed", "seccomp-unconfined", "apparmor-unconfined", "label-disabled", "docker-socket", "docker-tcp"),
    *("sensitive-mount", "credential-mount", "bind-writable", "root-writable", "tmpfs-unbounded", "port-on-all-interfaces"),
    *("database-published", "host-pid", "host-ipc", "host-uts", "host-user-namespace", "host-cgroup", "device-access"),
    *("unsafe-sysctl", "plain-secret", "memory-unlimited", "cpu-unlimited", "pids-unlimited", "healthcheck-missing"),
}


def hardened(syntax: Syntax = "compose", **fields: Any) -> RuntimeSpec:
    """A container of which no rule of any profile has anything to say, but for what the test adds."""
    good: dict[str, Any] = {
        "image": said("registry.example/app:1.2@sha256:" + "0123456789abcdef" * 4),
        "user": said("10001:10001"),
        "read_only": said(True),
        "cap_drop": (said("ALL"),),
        "no_new_privileges": said(True),
        "mounts": (tmpfs(TMP, "64m"),),
        "memory": said("512m"),
        "cpus": said("1"),
        "pids": said("200"),
    }
    return spec(syntax, **{**good, **fields})


@cache
def scanner() -> Scanner:
    return Scanner(FAMILIES, open_engine(FAMILIES, os.environ["GATES_TEST_CACHE"]), "", b"identity")


def facts(**given: Any) -> Facts:
    given.setdefault("today", date(2026, 11, 20))
    given.setdefault("scan", scanner().scan)
    return Facts(**given)


def judged(spec: RuntimeSpec, **given: Any) -> list[Defect]:
    return list(judge(spec, facts(**given)))


def ids(defects: Iterable[Defect]) -> set[str]:
    """The rules of what is judged."""
    return {defect.rule.id.removeprefix("container/") for defect in defects if defect.resolved}


def doubts(defects: Iterable[Defect]) -> set[str]:
    """The rules of what cannot be."""
    return {defect.rule.id.removeprefix("container/") for defect in defects if not defect.resolved}


def told(added: dict[str, Any], **given: Any) -> set[str]:
    """What a hardened container is told of when this is added to it."""
    return ids(judged(hardened(**added), **given))
