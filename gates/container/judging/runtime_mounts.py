"""Rules on what of the host's files a container sees, and where it can write."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from gates.container.defect import Defect
from gates.container.judging.host_paths import Meaning, is_socket, landed, meaning, normal
from gates.container.judging.runtime_defects import Fix, by_default, told, unsettled
from gates.container.quoting import shown
from gates.container.rules import runtime_isolation as rules
from gates.container.setting import Setting
from gates.container.spec import Mount, RuntimeSpec
from gates.core.finding import Severity
from gates.core.patterns import lazy

_SEVERITIES: Final = {"full": None, "medium": Severity.MEDIUM, "low": Severity.LOW}
# The folder in which the container is started, and what GitHub calls the folder of the repository.
_HERE = lazy(
    r"(?:\$PWD|\$\{PWD\}|\$\(pwd\)|`pwd`|%cd%|\$\{\{ *github\.workspace *\}\}|\$GITHUB_WORKSPACE|\$\{GITHUB_WORKSPACE\})(?=/|\\|\Z)"
)
_HOME = lazy(r"(?:\$HOME|\$\{HOME\}|\$\{HOME:\?[^{}]*\}|%USERPROFILE%|\$\{USERPROFILE\}|\$\{env:(?:HOME|USERPROFILE)\})(?=/|\\|\Z)")
_OPEN = lazy(r"\$\{[^{}]*\}|\$\{\{[^{}]*\}\}|\$\([^()]*\)|\$[A-Za-z_][A-Za-z0-9_]*|%[A-Za-z_]+%|`[^`]*`|\{\{[^{}]*\}\}")
# Here it depends on the name whether it is harmless.
_SPLIT: Final = frozenset(("/", "/etc", "/run", "/usr", "/usr/local", "/var", "/var/lib"))
_USUAL: Final = frozenset(("/home", "/lib", "/root", "/var", "/var/lib"))
_AGENT: Final = "SSH_AUTH_SOCK"

_TMPFS = Fix(
    'tmpfs: ["/tmp:size=64m,mode=1777,noexec"]', "--tmpfs /tmp:size=64m,mode=1777,noexec", "emptyDir: {medium: Memory, sizeLimit: 64Mi}"
)
_READ_ONLY = Fix("read_only: true", "--read-only", "securityContext: {readOnlyRootFilesystem: true}")


def judge(spec: RuntimeSpec) -> Iterator[Defect]:
    if spec.api_socket is not None:
        yield from _api_socket(spec, spec.api_socket)
    for mount in spec.mounts:
        if mount.kind == "bind":
            yield from _bind(spec, mount)
    yield from _root(spec)
    yield from _tmpfs(spec)


def _api_socket(spec: RuntimeSpec, setting: Setting[bool]) -> Iterator[Defect]:
    fix = Fix("use_api_socket: false")
    if setting.value is None:
        yield unsettled(spec, rules.DOCKER_SOCKET, "whether it is given the engine's socket", setting, "use_api_socket", fix=fix)
    elif setting.value:
        what = f"use_api_socket hands it the engine's socket and your registry logins{by_default(setting)}, so it is root on the host"
        yield told(spec, rules.DOCKER_SOCKET, what, setting.location, "use_api_socket", fix=fix)


def _bind(spec: RuntimeSpec, mount: Mount) -> Iterator[Defect]:
    source = mount.source
    if source is None:
        return
    read_only = mount.read_only is not None and mount.read_only.value is True
    path, certain = _path(source)
    path = landed(path, source.location.path.count("/"))
    if path == "/dev/null":
        return  # hides what would be there
    found = meaning(path)
    target = mount.target.value if mount.target else None
    if not (found and certain) and target is not None and is_socket(normal(target)):
        found = meaning(normal(target))  # whatever it is called on the host
        certain = True
    if mount.granted and found is not None and found.kind not in ("socket", "system"):
        return  # that is how a container is to be given them
    if found is not None and certain:
        yield from _found(spec, mount, source, found, read_only)
    elif _AGENT in source.text and source.value is None:
        yield _agent(spec, mount)
    elif not certain:
        what = f"what it mounts at {shown(target)}" if target else "what it mounts"
        yield unsettled(spec, rules.SENSITIVE_MOUNT, what, source, _key(source))
    elif not read_only:
        what = f"it can write to {shown(source.text or source.value or '')} on the host"
        yield told(spec, rules.BIND_WRITABLE, what, mount.location, _key(source), fix=_fix(source, mount))


def _path(source: Setting[str]) -> tuple[str, bool]:
    """The path as `meaning` takes it, and whether that is enough to judge it by: a variable may make up a part that says nothing."""
    if source.value is not None:
        return normal(source.value), True
    text = _HOME.sub("~", _HERE.sub(".", source.text.strip().strip("\"'"), count=1), count=1)
    opened = _OPEN.search(text)
    if opened is None:
        return normal(text), bool(text)
    if opened.start() == 0:
        path = normal("/" + _OPEN.sub("x", text[opened.end() :]).lstrip("/\\"))
        found = meaning(path)
        # Nobody names a folder .ssh or docker.sock by chance, and many a project has a bin or a home.
        return (
            ("", True)
            if path in _USUAL or (found and not found.readable)
            else (path, path != "/" and (found is None or found.kind != "system"))
        )
    path = normal(_OPEN.sub("x", text))
    folder = normal(text[: opened.start()].rpartition("/")[0] or "/")
    return path, meaning(path) is not None or not path.startswith("/") or folder not in _SPLIT


def _found(spec: RuntimeSpec, mount: Mount, source: Setting[str], found: Meaning, read_only: bool) -> Iterator[Defect]:
    weight = found.readable if read_only else found.writable
    if not weight:
        return
    severity = _SEVERITIES[weight]
    note = by_default(source)
    if found.kind == "socket":
        level = rules.DOCKER_SOCKET
        if read_only:
            severity = Severity.HIGH
            note += "; read-only does not keep it from being spoken to"
    elif found.kind == "system":
        level = rules.SENSITIVE_MOUNT
        if read_only and weight == "full":
            note += "; read-only does not keep the sockets below it from being spoken to"
    else:
        level = rules.CREDENTIAL_MOUNT
    how = "mounts" if not read_only else "mounts, read-only,"
    written = shown(source.text or source.value or "")
    note += "; low, since nobody becomes root by it" if weight == "low" else ""
    what = f"it {how} {written} of the host, {found.what}{note}"
    yield told(spec, level, what, mount.location, _key(source), fix=_fix(source, mount) if weight == "low" else Fix(), severity=severity)


def _agent(spec: RuntimeSpec, mount: Mount) -> Defect:
    what = "it mounts your SSH agent, which signs in with every key that you have loaded; medium, since it cannot carry the keys away"
    return told(spec, rules.CREDENTIAL_MOUNT, what, mount.location, _AGENT, severity=Severity.MEDIUM)


def _key(source: Setting[str]) -> str:
    return shown(source.text or source.value or "")


def _fix(source: Setting[str], mount: Mount) -> Fix:
    target = (mount.target.value or mount.target.text) if mount.target else "…"
    pair = shown(f"{source.text or source.value}:{target}:ro")
    return Fix(f'volumes: ["{pair}"]', f"-v {pair}", "volumeMounts: [{…, readOnly: true}]", f'volumes: ["{pair}"]')


def _root(spec: RuntimeSpec) -> Iterator[Defect]:
    setting = spec.read_only
    if setting is None or setting.value is False:
        if "read_only" not in spec.unsaid:
            where = setting.location if setting else None
            what = "its root filesystem can be written to, so whoever breaks in can change the program and leave tools behind"
            yield told(spec, rules.ROOT_WRITABLE, what, where, fix=_READ_ONLY)
    elif setting.value is None:
        yield unsettled(spec, rules.ROOT_WRITABLE, "whether its root filesystem is read-only", setting, fix=_READ_ONLY)


def _tmpfs(spec: RuntimeSpec) -> Iterator[Defect]:
    if (
        spec.read_only is not None
        and spec.read_only.value
        and "tmpfs" not in spec.unsaid
        and not any(_is_at_tmp(mount) for mount in spec.mounts)
    ):
        what = "its root filesystem is read-only, and there is no tmpfs at /tmp for what programs write there"
        yield told(spec, rules.TMPFS_MISSING, what, spec.read_only.location, fix=_TMPFS)
    for mount in spec.mounts:
        if mount.kind == "tmpfs" and _is_unbounded(mount.size):
            target = (mount.target.value or mount.target.text) if mount.target else ""
            what = f"the tmpfs at {shown(target)} has no size, so it can fill the host's memory"
            yield told(spec, rules.TMPFS_UNBOUNDED, what, mount.location, shown(target), fix=_TMPFS)


def _is_at_tmp(mount: Mount) -> bool:
    """Whether something is mounted at /tmp; the doubt is in the container's favour, since nothing is in danger."""
    if mount.target is None:
        return False
    if mount.target.value is None:
        return True
    return posixpath.normpath(mount.target.value or ".").strip("/") in ("tmp", "")


_NO_SIZE = lazy(r"\s*(?:-?0+(?:\.0+)?\s*[A-Za-z%]*)?\s*")


def _is_unbounded(size: str) -> bool:
    return _NO_SIZE.fullmatch(size) is not None
