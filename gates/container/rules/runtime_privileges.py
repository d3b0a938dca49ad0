"""What a container may do to the kernel: its capabilities, and what stands between its programs and the host."""

from __future__ import annotations

from typing import Final

from gates.container.rules.levels import levelled
from gates.core.finding import Severity

_CAPABILITIES: Final = "all capabilities dropped, minimal ones added back (CHOWN SETUID SETGID DAC_OVERRIDE)"
_SECCOMP: Final = "seccomp confined, profile exists"
_APPARMOR: Final = "AppArmor (and SELinux label) confined"
_RUN: Final = "https://docs.docker.com/engine/containers/run/#security-configuration"
_OWASP: Final = "https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html"
_PODS: Final = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_MAN_CAPABILITIES: Final = "https://man7.org/linux/man-pages/man7/capabilities.7.html"
_NO_NEW: Final = "https://docs.kernel.org/userspace-api/no_new_privs.html"
_DOCKER_SECCOMP: Final = "https://docs.docker.com/engine/security/seccomp/"
_DOCKER_APPARMOR: Final = "https://docs.docker.com/engine/security/apparmor/"

PRIVILEGED = levelled(
    "container/privileged",
    Severity.CRITICAL,
    Severity.CRITICAL,
    summary="a container that runs privileged",
    why="It has every capability and every device of the host, without seccomp and AppArmor: whoever takes over a program in it, even one "
    "that has a mistake in it only, owns the host.",
    remedy="Take it away, and add the one capability or device that the program was found to need.",
    references=(_RUN, _PODS, _OWASP),
    control="not privileged",
    cwe=(250,),
)
CAPABILITIES_KEPT = levelled(
    "container/capabilities-kept",
    None,
    Severity.MEDIUM,
    summary="a container that keeps capabilities which it may not need",
    why="Engines give a container a dozen of root's rights, among them raw sockets, device files and rights over files of "
    "others; hardly any "
    "program uses them, and each one is a way on for somebody who breaks in.",
    remedy="Drop ALL, and add back what the program turns out to need.",
    references=(_RUN, _OWASP, _MAN_CAPABILITIES),
    control=_CAPABILITIES,
    cwe=(250, 272),
)
CAPABILITY_ADDED = levelled(
    "container/capability-added",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a capability that is added and not on the list of those that may be",
    why="It is a piece of root's rights over the machine, and nobody has said yet that this container may have it.",
    remedy="Take it away, or name it under capabilities in the policy, for this service alone where one needs it.",
    references=(_MAN_CAPABILITIES, _PODS),
    control=_CAPABILITIES,
    cwe=(250,),
)
CAPABILITY_DANGEROUS = levelled(
    "container/capability-dangerous",
    Severity.HIGH,
    Severity.HIGH,
    summary="a capability that leads out of the container, or into the traffic of others",
    why="With one of these a program can load code into the kernel, mount or read the host's disks, watch other programs or rewrite the "
    "network that others use: the container is a formality then.",
    remedy="Take it away; where the work needs it, let a small container of its own do that work, and end.",
    references=(_MAN_CAPABILITIES, _RUN, _PODS),
    control=_CAPABILITIES,
    cwe=(250,),
)
NEW_PRIVILEGES_UNSET = levelled(
    "container/new-privileges-unset",
    None,
    Severity.MEDIUM,
    summary="a container whose programs may gain privileges",
    why="A setuid program in the image, one with file capabilities too, gives whoever starts it more rights than the container's user has.",
    remedy="Set no-new-privileges; gosu and su-exec work with it, sudo and su do not.",
    references=(_NO_NEW, _RUN, _OWASP),
    control="no new privileges",
    cwe=(269,),
)
NEW_PRIVILEGES_ALLOWED = levelled(
    "container/new-privileges-allowed",
    Severity.HIGH,
    Severity.HIGH,
    summary="a container for which no-new-privileges is switched off",
    why="It lifts what the engine or the cluster may have as its default: setuid programs in the image make their callers root.",
    remedy="Set it to true; gosu and su-exec work with it, sudo and su do not.",
    references=(_NO_NEW, _RUN, _PODS),
    control="no new privileges",
    cwe=(269,),
)
SECCOMP_UNCONFINED = levelled(
    "container/seccomp-unconfined",
    Severity.HIGH,
    Severity.HIGH,
    summary="a container that may make every system call",
    why="The engine's own profile closes some dozens of calls that containers do not need and that many kernel exploits begin with.",
    remedy="Take the line away; where a call is missing, derive a profile with gates container harden and name it instead.",
    references=(_DOCKER_SECCOMP, "https://kubernetes.io/docs/tutorials/security/seccomp/"),
    control=_SECCOMP,
    cwe=(693,),
)
SECCOMP_FILE_MISSING = levelled(
    "container/seccomp-file-missing",
    Severity.HIGH,
    Severity.HIGH,
    summary="a seccomp profile that is not in the repository",
    why="The container does not start without the file, and what people do then is to take the line away; nobody can review it either.",
    remedy="Commit the profile and name it relative to this file; gates container harden derives one.",
    references=(_DOCKER_SECCOMP,),
    control=_SECCOMP,
    cwe=(693,),
)
APPARMOR_UNCONFINED = levelled(
    "container/apparmor-unconfined",
    Severity.HIGH,
    Severity.HIGH,
    summary="a container that AppArmor does not confine",
    why="The engine's own profile keeps a container from mounting and from writing to the kernel's files below /proc and /sys; without it "
    "capabilities and seccomp are all that is left.",
    remedy="Take the line away, or load a profile that allows the one thing that is needed, and name it.",
    references=(_DOCKER_APPARMOR, "https://kubernetes.io/docs/tutorials/security/apparmor/"),
    control=_APPARMOR,
    cwe=(693,),
)
APPARMOR_PROFILE_MISSING = levelled(
    "container/apparmor-profile-missing",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="an AppArmor profile that no file of the repository defines",
    why="The container does not start on a host that lacks it, and nobody can review what it allows.",
    remedy="Commit the profile, so that it is judged and loaded with the rest, or name the engine's own.",
    references=(_DOCKER_APPARMOR,),
    control="AppArmor profile enforces",
    cwe=(693,),
)
LABEL_DISABLED = levelled(
    "container/label-disabled",
    Severity.HIGH,
    Severity.HIGH,
    summary="a container that SELinux does not confine",
    why="Its label is what keeps a process that has left the container from the files of the host and of other containers.",
    remedy="Take it away; for a mounted folder write :z or :Z behind the mount, which labels that folder.",
    references=("https://docs.podman.io/en/latest/markdown/podman-run.1.html", _RUN),
    control=_APPARMOR,
    cwe=(693,),
)
PATHS_UNMASKED = levelled(
    "container/paths-unmasked",
    Severity.HIGH,
    Severity.HIGH,
    summary="a container from which the kernel's files are not hidden",
    why="The engine hides or write-protects files such as /proc/kcore, /proc/sysrq-trigger and /sys/firmware, since they are those of the "
    "host: with a capability or as root a program reads its memory there or restarts it.",
    remedy="Take the line away; for containers within containers use a user namespace or a runtime that is made for it.",
    references=(_RUN, "https://kubernetes.io/docs/concepts/security/pod-security-standards/"),
    control="kernel's files below /proc and /sys masked",
    cwe=(668, 693),
)
LEVELS = (
    PATHS_UNMASKED,
    PRIVILEGED,
    CAPABILITIES_KEPT,
    CAPABILITY_ADDED,
    CAPABILITY_DANGEROUS,
    NEW_PRIVILEGES_UNSET,
    NEW_PRIVILEGES_ALLOWED,
    SECCOMP_UNCONFINED,
    SECCOMP_FILE_MISSING,
    APPARMOR_UNCONFINED,
    APPARMOR_PROFILE_MISSING,
    LABEL_DISABLED,
)
