"""What a container shares with its host: folders, sockets, devices, namespaces and the network."""

from __future__ import annotations

from typing import Final

from gates.container.rules.levels import Levelled, levelled
from gates.core.finding import Severity

_NAMESPACES: Final = "isolated network, pid, ipc, uts, user, cgroup namespaces; no devices; no unsafe sysctls"
_SOCKET: Final = "Docker socket hidden, no TCP daemon"
_PORTS: Final = "ports on loopback only; databases not published"
_ROOT: Final = "read-only root, sized tmpfs"
_OWASP: Final = "https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html"
_PODS: Final = "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
_BINDS: Final = "https://docs.docker.com/engine/storage/bind-mounts/"
_TMPFS: Final = "https://docs.docker.com/engine/storage/tmpfs/"
_SERVICES: Final = "https://docs.docker.com/reference/compose-file/services/"
_RUN: Final = "https://docs.docker.com/engine/containers/run/"
_MAN: Final = "https://man7.org/linux/man-pages/man7/"

DOCKER_SOCKET = levelled(
    "container/docker-socket",
    Severity.CRITICAL,
    Severity.CRITICAL,
    summary="a container that can command the engine which runs it",
    why="Who can write to the engine's socket can start a privileged container that mounts the host's disk: it is root on the host. A "
    "read-only mount changes nothing about that, since it is the file that cannot be replaced, not what is said through it.",
    remedy="Take the mount away; where a program has to read from the engine, give it a proxy that lets through the calls it needs.",
    references=("https://docs.docker.com/engine/security/#docker-daemon-attack-surface", _OWASP),
    control=_SOCKET,
    cwe=(250, 269),
)
DOCKER_TCP = levelled(
    "container/docker-tcp",
    Severity.HIGH,
    Severity.HIGH,
    summary="an engine that is spoken to over TCP without TLS",
    why="Whoever reaches that port is root on the engine's host: there is no password.",
    remedy="Use TLS with client certificates on port 2376, or ssh://.",
    references=("https://docs.docker.com/engine/security/protect-access/",),
    control=_SOCKET,
    cwe=(306, 319),
)
SENSITIVE_MOUNT = levelled(
    "container/sensitive-mount",
    Severity.HIGH,
    Severity.HIGH,
    summary="a part of the host's own system that is mounted into a container",
    why="What stands there runs, starts or describes the host: a program that can write to it becomes root there, one that can read it "
    "learns the host's passwords, keys and the environment of every process.",
    remedy="Mount the one file or folder that is needed, read-only, or a named volume.",
    references=(_BINDS, _OWASP, _PODS),
    control="no sensitive host mount (/, /proc, /sys, /dev, /etc …)",
    cwe=(552, 668),
)
CREDENTIAL_MOUNT = levelled(
    "container/credential-mount",
    Severity.HIGH,
    Severity.HIGH,
    summary="a person's credentials that are mounted into a container",
    why="Every program in the container, and everything that it downloads and runs, can use them as that person, or carry them "
    "away; what it "
    "can write, such as a configuration that names a program to start, runs on the host the next time.",
    remedy="Give the container credentials of its own, that can do only its work and that can be taken back: as a secret, or in a folder "
    "that holds nothing else.",
    references=(_BINDS, "https://docs.docker.com/compose/how-tos/use-secrets/"),
    control="credentials not mounted (`~/.ssh ~/.aws ~/.claude ~/.gemini ~/.codex ~/.gnupg ~/.config/cursor`)",
    cwe=(522, 668),
)
BIND_WRITABLE = levelled(
    "container/bind-writable",
    None,
    Severity.INFO,
    summary="a folder of the host that a container can write to",
    why="What a program in the container writes there, the host and others will read: sources, scripts and configuration are run by them.",
    remedy="Mount it read-only, or use a named volume for what the program writes.",
    references=(_BINDS, "https://docs.docker.com/engine/storage/volumes/"),
    control="named volumes; `:ro` where possible",
    cwe=(732,),
)
ROOT_WRITABLE = levelled(
    "container/root-writable",
    None,
    Severity.MEDIUM,
    summary="a container whose root filesystem can be written to",
    why="Whoever breaks in can change the program itself and leave tools behind, which stay until the container is made anew.",
    remedy="Make it read-only, and give it a tmpfs or a volume at the few places where the program writes.",
    references=(_SERVICES, _OWASP, _PODS),
    control=_ROOT,
    cwe=(732,),
)
TMPFS_MISSING = levelled(
    "container/tmpfs-missing",
    None,
    Severity.LOW,
    summary="a read-only container without a place for temporary files",
    why="Programs and their libraries write to /tmp without being asked; what fails then is often repaired by making everything writable.",
    remedy="Mount a tmpfs of limited size at /tmp.",
    references=(_TMPFS,),
    control=_ROOT,
)
TMPFS_UNBOUNDED = levelled(
    "container/tmpfs-unbounded",
    None,
    Severity.LOW,
    summary="temporary files without a limit",
    why="They stand in the host's memory: a program that fills them takes it from all others.",
    remedy="Give it a size.",
    references=(_TMPFS,),
    control=_ROOT,
    cwe=(770,),
)
PORT_ON_ALL_INTERFACES = levelled(
    "container/port-on-all-interfaces",
    Severity.LOW,
    Severity.MEDIUM,
    summary="a port that is published on every interface of the host",
    why="Everybody who reaches the host reaches it, on a laptop the whole room; engines write their own rules in front of the "
    "host's firewall.",
    remedy="Publish it on 127.0.0.1, and let a reverse proxy be the one service that is reached from outside.",
    references=(
        "https://docs.docker.com/engine/network/port-publishing/",
        "https://docs.docker.com/engine/network/packet-filtering-firewalls/",
    ),
    control=_PORTS,
    cwe=(1327,),
)
DATABASE_PUBLISHED = levelled(
    "container/database-published",
    Severity.LOW,
    Severity.LOW,
    summary="a database that is reached from outside the host",
    why="Databases are made to be reached by their applications alone: services of one network reach each other without any "
    "published port.",
    remedy="Take the port away, or publish it on 127.0.0.1 for tools on the host.",
    references=("https://docs.docker.com/compose/how-tos/networking/",),
    control=_PORTS,
    cwe=(668,),
)


def _namespace(id: str, summary: str, why: str, remedy: str, page: str) -> Levelled:
    references = (_MAN + page, _RUN, _PODS)
    return levelled(
        f"container/{id}",
        Severity.HIGH,
        Severity.HIGH,
        summary=summary,
        why=why,
        remedy=remedy,
        references=references,
        control=_NAMESPACES,
        cwe=(653,),
    )


HOST_NETWORK = _namespace(
    "host-network",
    "a container in the network of the host",
    "It reaches everything that listens on the host's loopback, and sees and takes any port, as no firewall between containers knows.",
    "Take it away, and publish the ports that are needed.",
    "network_namespaces.7.html",
)
HOST_PID = _namespace(
    "host-pid",
    "a container that sees the processes of the host",
    "It can read their command lines, as root also their environment and files, and stop them.",
    "Take it away; to look into one container use the namespace of that one.",
    "pid_namespaces.7.html",
)
HOST_IPC = _namespace(
    "host-ipc",
    "a container in the host's namespace of shared memory",
    "It can read and change the shared memory and queues of programs on the host.",
    "Take it away; containers that work together can share one among themselves, and shm_size gives more room.",
    "ipc_namespaces.7.html",
)
HOST_UTS = _namespace(
    "host-uts",
    "a container in the host's namespace of names",
    "It can change the name of the host, which logs, certificates and licences go by.",
    "Take it away; hostname names the container.",
    "uts_namespaces.7.html",
)
HOST_USER_NAMESPACE = _namespace(
    "host-user-namespace",
    "a container in the host's user namespace",
    "Where the engine maps users, root in this container alone is root on the host again.",
    "Take it away; where files belong to the wrong user, change their owner to the mapped one.",
    "user_namespaces.7.html",
)
HOST_CGROUP = _namespace(
    "host-cgroup",
    "a container in the host's cgroup namespace",
    "It sees the groups of every container on the host, and where it can write there it can change their limits.",
    "Take it away: a namespace of its own is the default.",
    "cgroup_namespaces.7.html",
)
DEVICE_ACCESS = levelled(
    "container/device-access",
    Severity.HIGH,
    Severity.HIGH,
    summary="a device of the host that a container can use",
    why="A disk holds every file of the host, and memory every secret; behind any device there is a driver that was not written to face an "
    "attacker.",
    remedy="Take it away; where the work is with that very device, name that one alone, with the rights r or rw.",
    references=(_RUN + "#runtime-privilege-and-linux-capabilities", _OWASP),
    control=_NAMESPACES,
    cwe=(668,),
)
UNSAFE_SYSCTL = levelled(
    "container/unsafe-sysctl",
    Severity.HIGH,
    Severity.HIGH,
    summary="a kernel setting that is not known to concern the container alone",
    why="Some settings are the whole machine's, and some let a container take part in traffic that is not its own.",
    remedy="Take it away, or set it on the host, where it can be seen.",
    references=("https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/", "https://docs.kernel.org/admin-guide/sysctl/"),
    control=_NAMESPACES,
    cwe=(653,),
)
LEVELS = (
    DOCKER_SOCKET,
    DOCKER_TCP,
    SENSITIVE_MOUNT,
    CREDENTIAL_MOUNT,
    BIND_WRITABLE,
    ROOT_WRITABLE,
    TMPFS_MISSING,
    TMPFS_UNBOUNDED,
    PORT_ON_ALL_INTERFACES,
    DATABASE_PUBLISHED,
    HOST_NETWORK,
    HOST_PID,
    HOST_IPC,
    HOST_UTS,
    HOST_USER_NAMESPACE,
    HOST_CGROUP,
    DEVICE_ACCESS,
    UNSAFE_SYSCTL,
)
