"""Rules on what a container may do: its user, its capabilities, and what confines it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Final

from gates.container.defect import Defect
from gates.container.judging.facts import Facts
from gates.container.judging.runtime_defects import Fix, by_default, told, unsettled
from gates.container.quoting import shown
from gates.container.rules import runtime
from gates.container.rules import runtime_privileges as rules
from gates.container.setting import Setting
from gates.container.spec import RuntimeSpec
from gates.core.finding import Severity
from gates.core.patterns import lazy

# https://github.com/moby/moby/blob/master/daemon/pkg/oci/caps/defaults.go
DEFAULT_CAPABILITIES: Final = frozenset(
    (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
        *("NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)
# What each one gives away: https://man7.org/linux/man-pages/man7/capabilities.7.html
DANGEROUS: Final = {
    "ALL": "is every right that root has on the host",
    "AUDIT_CONTROL": "switches off the kernel's audit",
    "BPF": "loads programs into the kernel",
    "CHECKPOINT_RESTORE": "takes over the state of other processes",
    "DAC_READ_SEARCH": "reads every file of the host by its handle",
    "LINUX_IMMUTABLE": "changes files that are protected from root",
    "MAC_ADMIN": "changes the policy of SELinux, Smack or AppArmor",
    "MAC_OVERRIDE": "is not bound by the policy of Smack",
    "NET_ADMIN": "rewrites routes, firewall rules and interfaces, and opens much of the kernel's network code to attack",
    "NET_RAW": "forges packets and listens to the network that containers share",
    "PERFMON": "watches what other processes and the kernel do",
    "SYSLOG": "reads the kernel's addresses from its log",
    "SYS_ADMIN": "mounts filesystems and does most of what root does",
    "SYS_BOOT": "restarts the host or loads another kernel",
    "SYS_MODULE": "loads code into the kernel",
    "SYS_PACCT": "switches off the accounting of processes",
    "SYS_PTRACE": "reads and changes other processes",
    "SYS_RAWIO": "reads and writes the host's memory and disks",
    "SYS_TIME": "sets the clock of the host",
}
KNOWN: Final = (
    DEFAULT_CAPABILITIES
    | set(DANGEROUS)
    | {
        "AUDIT_READ",
        "BLOCK_SUSPEND",
        "IPC_LOCK",
        "IPC_OWNER",
        "LEASE",
        "NET_BROADCAST",
        "SYS_NICE",
        "SYS_RESOURCE",
        "SYS_TTY_CONFIG",
        "WAKE_ALARM",
    }
)
_ROOT = lazy(r"\s*(?:root|[+-]?0+)\s*(?::.*)?")
# The number of whoever types the command: root only for root.
_CALLER = lazy(r"\"?(?:\$\(id -u\)|`id -u`|\$\{?UID\}?|\$\{?EUID\}?)\"?(?::.*)?")
_BUILTIN: Final = frozenset(("builtin", "runtime/default", "docker/default", ""))
_SHIPPED: Final = frozenset(("docker-default", "runtime/default", "cri-containerd.apparmor.d", "containers-default", "crio-default"))

_DROP = Fix("cap_drop: [ALL]", "--cap-drop ALL", "securityContext: {capabilities: {drop: [ALL]}}")
_NO_NEW = Fix(
    'security_opt: ["no-new-privileges:true"]', "--security-opt no-new-privileges", "securityContext: {allowPrivilegeEscalation: false}"
)
_SECCOMP = Fix(
    'security_opt: ["seccomp:./seccomp.json"]',
    "--security-opt seccomp=seccomp.json",
    "securityContext: {seccompProfile: {type: RuntimeDefault}}",
)
_APPARMOR = Fix(
    'security_opt: ["apparmor:docker-default"]',
    "--security-opt apparmor=docker-default",
    "securityContext: {appArmorProfile: {type: RuntimeDefault}}",
)


def judge(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    yield from _user(spec)
    yield from _hooks(spec)
    yield from _privileged(spec)
    yield from _kept(spec, facts)
    yield from _added(spec, facts)
    yield from _new_privileges(spec)
    yield from _seccomp(spec, facts)
    yield from _apparmor(spec, facts)
    yield from _labels(spec)
    yield from _masks(spec)


def _hooks(spec: RuntimeSpec) -> Iterator[Defect]:
    for user in spec.hook_users:
        if user.value is not None and _ROOT.fullmatch(user.value):
            what = f"a command that is run beside its own is told to run as root (user {shown(user.value)}){by_default(user)}"
            what += "; medium, since it does one thing and ends"
            yield told(spec, runtime.USER_ROOT, what, user.location, "hook", fix=Fix('user: "1000:1000"'), severity=Severity.MEDIUM)
        elif user.value is None:
            yield unsettled(spec, runtime.USER_ROOT, "the user of a command that is run beside its own", user, "hook")


def _user(spec: RuntimeSpec) -> Iterator[Defect]:
    user = spec.user
    if user is None:
        return
    fix = Fix('user: "1000:1000"', "--user 1000:1000", "securityContext: {runAsNonRoot: true, runAsUser: 1000}")
    if user.value is None:
        first = user.text.strip("\"'").partition(":")[0]
        if "$" not in first and "`" not in first and first:  # only the group is open
            user = user._replace(value=first)
        elif spec.syntax == "docker-run" and _CALLER.fullmatch(user.text):
            return
        else:
            yield unsettled(spec, runtime.USER_ROOT, "its user", user, fix=fix)
            return
    if user.value is not None and _ROOT.fullmatch(user.value):
        what = f"it is told to run as root (user {shown(user.value)}){by_default(user)}, so whoever takes over its program is root in it"
        if spec.prepares:
            what += "; medium, since it ends before what it prepares is started"
        yield told(spec, runtime.USER_ROOT, what, user.location, fix=fix, severity=Severity.MEDIUM if spec.prepares else None)


def _privileged(spec: RuntimeSpec) -> Iterator[Defect]:
    build = spec.build.privileged if spec.build is not None else None
    if build is not None and build.value is None:
        yield unsettled(spec, rules.PRIVILEGED, "whether its build is privileged", build, "build")
    elif build is not None and build.value:
        what = f"privileged gives its build every device and capability of the host{by_default(build)}; high, since only while it is built"
        fix = Fix("build: without privileged and security.insecure")
        yield told(spec, rules.PRIVILEGED, what, build.location, "build", fix=fix, severity=Severity.HIGH)
    if spec.privileged is None:
        return
    fix = Fix("privileged: false", "no --privileged", "securityContext: {privileged: false}", "options: without --privileged")
    if spec.privileged.value is None:
        yield unsettled(spec, rules.PRIVILEGED, "whether it is privileged", spec.privileged, fix=fix)
    elif spec.privileged.value:
        what = f"privileged gives it every device and capability of the host, without seccomp and AppArmor{by_default(spec.privileged)}"
        yield told(spec, rules.PRIVILEGED, what, spec.privileged.location, fix=fix)


def _kept(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    if "capabilities" in spec.unsaid:
        return
    dropped = {setting.value for setting in spec.cap_drop}
    kept = sorted(DEFAULT_CAPABILITIES - dropped - facts.capabilities)
    if "ALL" in dropped or not kept:
        return
    if None in dropped:
        unknown = next(setting for setting in spec.cap_drop if setting.value is None)
        yield unsettled(spec, rules.CAPABILITIES_KEPT, "which capabilities it keeps", unknown, fix=_DROP)
        return
    if dropped:
        where = spec.cap_drop[0].location
        what = f"it drops some capabilities and keeps {_listed(kept)}, which a program that breaks out can use"
    else:
        where = spec.location
        what = "it keeps every capability that the engine gives by default, raw sockets and device files among them"
    yield told(spec, rules.CAPABILITIES_KEPT, what, where, fix=_DROP)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _added(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    for setting in spec.cap_add:
        name = setting.value
        fix = Fix(
            f"cap_add: without {name}",
            f"no --cap-add {name}",
            f"capabilities: {{add: […]}} without {name}",
            f"options: without --cap-add {name}",
        )
        if name is None:
            yield unsettled(spec, rules.CAPABILITY_DANGEROUS, "a capability that it adds", setting, shown(setting.text))
        elif name in facts.capabilities:
            continue
        elif name == "NET_RAW":
            # Most engines give it by default: a block on writing it down would favour those who drop nothing.
            what = f"NET_RAW {DANGEROUS[name]}{by_default(setting)}; medium, since engines give it to containers that drop nothing"
            yield told(spec, rules.CAPABILITY_DANGEROUS, what, setting.location, name, fix=fix, severity=Severity.MEDIUM)
        elif name in DANGEROUS:
            what = f"{name} {DANGEROUS[name]}{by_default(setting)}"
            yield told(spec, rules.CAPABILITY_DANGEROUS, what, setting.location, name, fix=fix)
        elif name not in KNOWN:
            what = (
                f"it adds {shown(name)}, which is no capability of Linux: the engine refuses to start it, or ignores a right that was meant"
            )
            yield told(spec, rules.CAPABILITY_ADDED, what, setting.location, name)
        else:
            what = f"it adds {name}{by_default(setting)}, which is not on the list of capabilities that may be added"
            yield told(spec, rules.CAPABILITY_ADDED, what, setting.location, name, fix=fix)


def _new_privileges(spec: RuntimeSpec) -> Iterator[Defect]:
    setting = spec.no_new_privileges
    if setting is None:
        if "new_privileges" not in spec.unsaid:
            what = "nothing keeps its programs from gaining privileges, so a setuid program in the image makes its caller root"
            yield told(spec, rules.NEW_PRIVILEGES_UNSET, what, fix=_NO_NEW)
    elif setting.value is None:
        yield unsettled(spec, rules.NEW_PRIVILEGES_ALLOWED, "whether its programs may gain privileges", setting, fix=_NO_NEW)
    elif not setting.value:
        what = f"it switches no-new-privileges off{by_default(setting)}, so a setuid program in the image makes its caller root"
        if spec.syntax == "kubernetes":
            what = f"allowPrivilegeEscalation is true{by_default(setting)}, so a setuid program in the image makes its caller root"
        yield told(spec, rules.NEW_PRIVILEGES_ALLOWED, what, setting.location, fix=_NO_NEW)


def _seccomp(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    setting = spec.seccomp
    if setting is None:
        return
    if setting.value is None:
        yield unsettled(spec, rules.SECCOMP_UNCONFINED, "its seccomp profile", setting, fix=_SECCOMP)
    elif setting.value.lower() == "unconfined":
        what = f"seccomp is unconfined{by_default(setting)}, so every system call of the kernel is open to it"
        yield told(spec, rules.SECCOMP_UNCONFINED, what, setting.location, fix=_SECCOMP)
    elif setting.value.lower() not in _BUILTIN and spec.syntax != "kubernetes":  # there the path is one of the node's
        yield from _seccomp_file(spec, setting, setting.value, facts)


def _seccomp_file(spec: RuntimeSpec, setting: Setting[str], path: str, facts: Facts) -> Iterator[Defect]:
    candidates = seccomp_paths(spec)
    if any(facts.exists(candidate) for candidate in candidates):
        return
    if candidates:
        what = f"its seccomp profile {shown(path)} is not in the repository ({' or '.join(candidates)}), so nobody can review it"
        yield told(spec, rules.SECCOMP_FILE_MISSING, what, setting.location, fix=_SECCOMP)
    else:
        why = "it lies outside the repository"
        if path.startswith("{"):
            why = "it is written here itself, where engines take the path of a file; put it into one"
        what = f"cannot judge its seccomp profile {shown(path)}: {why}"
        yield told(spec, rules.SECCOMP_FILE_MISSING, what, setting.location, fix=_SECCOMP, resolved=False)


def seccomp_paths(spec: RuntimeSpec) -> tuple[str, ...]:
    """Where in the repository the profile of a container may be: beside the file, or below the folder in which a script is started.
    None where it names none, or one outside.
    """
    path = spec.seccomp.value if spec.seccomp else None
    if (
        not path
        or path.lower() in (*_BUILTIN, "unconfined")
        or path.startswith(("/", "~", "{"))
        or spec.syntax == "kubernetes"
        or ":" in path[1:3]
    ):
        return ()
    folders = [posixpath.dirname(setting.location.path)] if (setting := spec.seccomp) else []
    if spec.syntax != "compose":
        folders.append("")
    found = (posixpath.normpath(posixpath.join(folder, path.replace("\\", "/"))) for folder in folders)
    return tuple(dict.fromkeys(each for each in found if not each.startswith("..")))


def _apparmor(spec: RuntimeSpec, facts: Facts) -> Iterator[Defect]:
    setting = spec.apparmor
    if setting is None:
        return
    if setting.value is None:
        yield unsettled(spec, rules.APPARMOR_UNCONFINED, "its AppArmor profile", setting, fix=_APPARMOR)
    elif setting.value.lower() == "unconfined":
        what = f"AppArmor is unconfined{by_default(setting)}, so mounts and the kernel's files are open to it as far as its capabilities go"
        yield told(spec, rules.APPARMOR_UNCONFINED, what, setting.location, fix=_APPARMOR)
    elif setting.value and setting.value not in _SHIPPED and setting.value.removeprefix("localhost/") not in facts.profiles:
        what = f"no file of the repository defines its AppArmor profile {shown(setting.value)}, so it depends on the host what that allows"
        yield told(spec, rules.APPARMOR_PROFILE_MISSING, what, setting.location)


def _labels(spec: RuntimeSpec) -> Iterator[Defect]:
    setting = spec.labels_off
    if setting is None:
        return
    fix = Fix('security_opt: without "label:disable"', "no --security-opt label=disable", "seLinuxOptions: without type: spc_t")
    if setting.value is None:
        yield unsettled(spec, rules.LABEL_DISABLED, "whether SELinux confines it", setting, fix=fix)
    elif setting.value:
        what = f"SELinux does not confine it{by_default(setting)}, so nothing keeps a process that gets out from the host's files"
        yield told(spec, rules.LABEL_DISABLED, what, setting.location, fix=fix)


def _masks(spec: RuntimeSpec) -> Iterator[Defect]:
    setting = spec.unmasked
    if setting is None:
        return
    fix = Fix(
        "security_opt: without systempaths=unconfined and unmask",
        "no --security-opt systempaths=unconfined or unmask",
        "securityContext: {procMount: Default}",
    )
    if setting.value is None:
        yield unsettled(spec, rules.PATHS_UNMASKED, "whether the kernel's files are hidden from it", setting, fix=fix)
    elif setting.value:
        what = f"nothing hides the kernel's files below /proc and /sys from it{by_default(setting)}, which set and tell things of the host"
        yield told(spec, rules.PATHS_UNMASKED, what, setting.location, fix=fix)
