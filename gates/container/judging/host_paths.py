"""What a path of the host stands for: a container engine's socket, a part of the system, somebody's credentials, or none of these."""

from __future__ import annotations

import posixpath
from typing import Final, Literal, NamedTuple

from gates.core.patterns import lazy

Kind = Literal["socket", "system", "credentials", "dotenv"]
# How bad it is: the rule's own severity, or milder; "" is nothing to say.
Weight = Literal["full", "medium", "low", ""]


class Meaning(NamedTuple):
    """`what` goes on after "mounts /path, ". `writable` and `readable` weigh a mount that can be written to and one that cannot."""

    kind: Kind
    what: str
    writable: Weight = "full"
    readable: Weight = "medium"


# paths

_DRIVE = lazy(r"([A-Za-z]):(?:[/\\].*|)", 16)  # re.DOTALL
_WINDOWS_IN_UNIX = lazy(r"/(?:mnt/|host_mnt/|run/desktop/mnt/host/)?([a-z])(?=/|\Z)")
_PIPE = lazy(r"[/\\]{2}\.[/\\]pipe[/\\].+", 16)
_SLASHES = lazy(r"/+")
_HIGHEST: Final = 4  # folders above a repository: home, person, sources, group
_HOME: Final = "/home/~"  # stands for the home of whoever starts the container


def normal(source: str) -> str:
    """An absolute path with its dots, doubled slashes and known links resolved; one that is relative stays so, normalised. Of Windows
    "c:/…" in small letters. `~` becomes a home below /home.
    """
    source = source.strip()
    if _PIPE.fullmatch(source):
        return source.replace("\\", "/").lower()
    if _DRIVE.fullmatch(source):
        return _windows(source[0], source[2:])
    if source.startswith("~"):
        user, _, rest = source[1:].partition("/")
        source = f"/root/{rest}" if user == "root" else f"/home/{user or '~'}/{rest}"
    if not source.startswith("/"):
        return posixpath.normpath(source.replace("\\", "/")) if source else ""
    path = posixpath.normpath(_SLASHES.sub("/", source))
    for link, target in (("/var/run", "/run"), ("/private/etc", "/etc"), ("/private/var", "/var"), ("/usr/lib/modules", "/lib/modules")):
        if path == link or path.startswith(f"{link}/"):
            path = target + path[len(link) :]
    if path.startswith(("/mnt/", "/host_mnt/", "/run/desktop/")) and (found := _WINDOWS_IN_UNIX.match(path)):
        return _windows(found[1], path[found.end() :])
    return path


def landed(path: str, depth: int) -> str:
    """The path, or where it ends up if it climbs past every folder there can be above the repository: at the top of the host.
    `path` is a normal one, `depth` the number of folders between the repository's top and where it starts from.
    """
    climbed = 0
    while path.startswith("../", 3 * climbed):
        climbed += 1
    return normal(path[3 * climbed - 1 :]) if climbed - depth >= _HIGHEST else path


def _windows(drive: str, rest: str) -> str:
    path = posixpath.normpath(_SLASHES.sub("/", "/" + rest.replace("\\", "/")))
    return f"{drive.lower()}:{path.lower()}"


def in_home(path: str) -> str | None:
    """What follows a person's home folder in a normal path, "" for that folder itself, None elsewhere."""
    parts = path.split("/")
    if parts[:2] == ["", "root"]:
        return "/".join(parts[2:])
    if parts[:2] in (["", "home"], ["", "Users"]) or (len(parts) > 2 and parts[0].endswith(":") and parts[1] == "users"):
        return "/".join(parts[3:]) if len(parts) > 2 else None
    return None


# sockets

_SOCKET = lazy(
    r"(?:.*/)?(?:docker(?:[._-]raw|-cli)?|containerd|podman|crio|cri-dockerd|dockershim|buildkitd|balena-engine|nerdctl)\.sock"
    r"|//\./pipe/(?:docker_engine.*|dockerdesktop.*|containerd-containerd|podman.*)",
    16,
)
_SOCKET_FOLDERS: Final = {
    "/run": "where the sockets of container engines and of systemd are",
    "/run/docker": "where Docker's sockets are",
    "/run/containerd": "where containerd's socket is",
    "/run/k3s": "where the socket of k3s' containerd is",
    "/run/k3s/containerd": "where containerd's socket is",
    "/run/podman": "where Podman's socket is",
    "/run/crio": "where CRI-O's socket is",
    "/run/user": "where the sockets of every user's engine and session are",
}
_SESSION = lazy(r"/run/user/[^/]+(?:/(?:podman|docker|containerd-rootless))?")


def is_socket(path: str) -> bool:
    return _SOCKET.fullmatch(path) is not None


# the system

_EXACT: Final = {
    "/": "the whole filesystem of the host, with every password, key and socket in it",
    "/etc": "the configuration of the host, with its passwords and keys",
    "/dev": "every device of the host",
    "/root": "the home of the host's root",
    "/home": "the homes of everybody on the host",
    "/Users": "the homes of everybody on the host",
    "/var": "the data of the host's services, those of the container engine among them",
    "/var/lib": "the data of the host's services, those of the container engine among them",
    "/etc/ssl": "the host's private keys with its certificates",
    "/etc/pki": "the host's private keys with its certificates",
    "/lib": "the host's libraries and kernel modules",
}
# The engine's socket is below them: /var/run is another name of /run.
_WITH_SOCKETS: Final = frozenset(("/", "/var"))
_TREES: Final = {
    "/proc": "the kernel's view of every process of the host, and its settings",
    "/sys": "the kernel's objects and settings",
    "/boot": "what the host starts from",
    "/lib/modules": "the kernel's modules",
    "/var/lib/docker": "the data of every other container, and their environment",
    "/var/lib/containerd": "the data of every other container",
    "/var/lib/containers": "the data of every other container",
    "/var/lib/kubelet": "the secrets of every pod on the node",
    "/var/lib/etcd": "the whole state of the cluster, its secrets too",
    "/var/lib/rancher": "the state of the cluster, its secrets too",
    "/var/spool/cron": "what the host runs by the clock",
    "/run/systemd": "the sockets by which the host's services are commanded",
    "/run/dbus": "the bus by which the host's services are commanded",
    "/etc/shadow": "the password hashes of the host",
    "/etc/gshadow": "the password hashes of the host",
    "/etc/sudoers": "who may become root on the host",
    "/etc/sudoers.d": "who may become root on the host",
    "/etc/pam.d": "how the host checks passwords",
    "/etc/security": "how the host checks passwords",
    "/etc/ssh": "the host's SSH keys and settings",
    "/etc/systemd": "what the host starts",
    "/etc/init.d": "what the host starts",
    "/etc/rc.local": "what the host starts",
    "/etc/crontab": "what the host runs by the clock",
    "/etc/cron.d": "what the host runs by the clock",
    "/etc/cron.hourly": "what the host runs by the clock",
    "/etc/cron.daily": "what the host runs by the clock",
    "/etc/cron.weekly": "what the host runs by the clock",
    "/etc/cron.monthly": "what the host runs by the clock",
    "/etc/docker": "the settings of the container engine",
    "/etc/containerd": "the settings of the container engine",
    "/etc/containers": "the settings of the container engine",
    "/etc/kubernetes": "the cluster's own credentials",
    "/etc/rancher": "the cluster's own credentials",
    "/etc/ld.so.preload": "what every program of the host loads",
    "/etc/ld.so.conf": "what every program of the host loads",
    "/etc/ld.so.conf.d": "what every program of the host loads",
    "/etc/profile": "what every shell of the host runs",
    "/etc/profile.d": "what every shell of the host runs",
    "/etc/environment": "the environment of everybody on the host",
    "/etc/fstab": "what the host mounts",
    "/etc/modprobe.d": "what the kernel loads",
    "/etc/modules-load.d": "what the kernel loads",
    "/etc/udev": "what the host runs when a device appears",
    "/etc/apparmor.d": "what confines the host's programs",
    "/etc/selinux": "what confines the host's programs",
    "/etc/ssl/private": "the host's private keys",
    "/etc/pki/tls/private": "the host's private keys",
    "/etc/krb5.keytab": "the host's Kerberos keys",
    "/etc/wireguard": "the host's VPN keys",
    "/etc/NetworkManager": "the host's network and its passwords",
    "/etc/netplan": "the host's network and its passwords",
}
# Everybody on a host may read these, and programs expect them: to be written to they are none of a container's business.
_PUBLIC: Final = {
    "/etc/passwd": "the accounts of the host",
    "/etc/group": "the accounts of the host",
    "/etc/subuid": "the accounts of the host",
    "/etc/subgid": "the accounts of the host",
    "/etc/hosts": "the names that the host believes",
    "/etc/resolv.conf": "the name servers that the host believes",
    "/etc/nsswitch.conf": "where the host looks up accounts and names",
    "/etc/krb5.conf": "whose tickets the host believes",
    "/etc/ssl/certs": "the certificates that the host believes",
    "/etc/ssl/cert.pem": "the certificates that the host believes",
    "/etc/pki/ca-trust": "the certificates that the host believes",
    "/etc/pki/tls/certs": "the certificates that the host believes",
    "/etc/ca-certificates": "the certificates that the host believes",
    "/usr/share/ca-certificates": "the certificates that the host believes",
    "/usr/local/share/ca-certificates": "the certificates that the host believes",
}
# Nobody becomes root by these.
_MILD: Final = frozenset(
    (
        *("/etc/localtime", "/etc/timezone", "/etc/TZ", "/usr/share/zoneinfo", "/etc/machine-id", "/etc/os-release", "/usr/lib/os-release"),
        *("/etc/lsb-release", "/etc/hostname", "/etc/debian_version", "/etc/redhat-release"),
    )
)
_PROGRAMS: Final = (
    *("/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/local", "/usr/local/bin", "/usr/local/sbin"),
    *("/usr/local/lib", "/bin", "/sbin", "/lib32", "/lib64", "/usr/share"),
)
_DISKS = lazy(
    r"/dev/(?:mem|kmem|port|kmsg|mapper|disk|block|(?:sd|hd|vd|xvd)[a-z]+[0-9]*|nvme[0-9].*|mmcblk[0-9].*|loop[0-9]+|loop-control"
    r"|md[0-9]+|md|dm-[0-9]+|sg[0-9]+|bsg|vfio|cpu)(?:/.*)?"
)
_HARMLESS_DEVICES = lazy(r"/dev/(?:null|zero|full|random|urandom|tty|ptmx|log)")
_WINDOWS = lazy(r"[a-z]:/(?:windows(?:/.*)?|users|programdata)?")


# credentials

_CREDENTIALS: Final = frozenset(
    (
        *(".ssh", ".aws", ".azure", ".gnupg", ".docker", ".kube", ".oci", ".aliyun", ".bluemix", ".snowflake", ".terraform.d"),
        *(".claude", ".claude.json", ".gemini", ".codex", ".cursor", ".copilot", ".anthropic", ".openai", ".continue", ".huggingface"),
        *(".netrc", ".npmrc", ".yarnrc.yml", ".pypirc", ".git-credentials", ".vault-token", ".pgpass", ".my.cnf", ".boto", ".s3cfg"),
        *(".databrickscfg", ".password-store", ".mozilla", ".thunderbird", ".bash_history", ".zsh_history", ".cargo/credentials"),
        *(".cargo/credentials.toml", ".gem/credentials", ".m2/settings.xml", ".m2/settings-security.xml", ".gradle/gradle.properties"),
        *(".config/cursor", ".config/gcloud", ".config/gh", ".config/glab-cli", ".config/op", ".config/rclone", ".config/sops"),
        *(".config/git/credentials", ".config/containers", ".config/doctl", ".config/hcloud", ".config/github-copilot"),
        *(".config/google-chrome", ".config/chromium", ".config/opencode", ".config/claude", ".config/codex", ".config/heroku"),
        *(".local/share/keyrings", ".local/share/opencode", ".cache/huggingface/token", "library/keychains", "appdata/roaming/gcloud"),
        *("appdata/roaming/gnupg", "appdata/roaming/cursor"),
    )
)
_PARENTS: Final = frozenset((".config", ".local", ".local/share", "library", "appdata", "appdata/roaming"))
# Names that mean the same wherever the folder is.
_ANYWHERE: Final = frozenset((".ssh", ".aws", ".gnupg", ".kube", ".azure", ".git-credentials", ".netrc", ".pgpass"))
_KEY = lazy(r"id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?")
_DOTENV = lazy(r"\.env(?:\.(?!example|sample|template|dist|default)[A-Za-z0-9_-]+)?|\.envrc")


def meaning(path: str) -> Meaning | None:
    """Of a path that `normal` made; None where there is nothing to say of it."""
    if is_socket(path):
        return Meaning("socket", "the socket of a container engine: who can speak to it is root on the host", readable="full")
    if folder := _SOCKET_FOLDERS.get(path) or ("where the sockets of a user's engine and session are" if _SESSION.fullmatch(path) else ""):
        return Meaning("socket", folder, readable="full")
    return _credentials(path) or _system(path)


def _credentials(path: str) -> Meaning | None:
    parts = path.split("/")
    rest = in_home(path)
    if rest is not None:
        if not rest and path != "/root":
            return Meaning("credentials", "a whole home folder, with .ssh, .aws and every login in it")
        low = rest.lower()
        names = ["/".join(low.split("/")[:depth]) for depth in (1, 2, 3)]
        if found := next((name for name in names if name in _CREDENTIALS), ""):
            return Meaning("credentials", f"a person's {found.rpartition('/')[2].lstrip('.')} credentials")
        if low in _PARENTS:
            return Meaning("credentials", "a folder in which many programs keep their logins")
    if not _ANYWHERE.isdisjoint(parts) or _KEY.fullmatch(parts[-1]):
        return Meaning("credentials", "keys or logins by its name")
    if _DOTENV.fullmatch(parts[-1]):
        return Meaning("dotenv", "a file that is there to hold secrets", "medium", "medium")
    return None


def _system(path: str) -> Meaning | None:
    if _WINDOWS.fullmatch(path):
        return Meaning("system", "a part of the host's own system")
    if not path.startswith("/"):
        return None
    if path in _EXACT:
        return Meaning("system", _EXACT[path], readable="full" if path in _WITH_SOCKETS else "medium")
    above = _above(path)
    if tree := next((each for each in above if each in _TREES), ""):
        return Meaning("system", _TREES[tree])
    if public := next((each for each in above if each in _PUBLIC), ""):
        return Meaning("system", _PUBLIC[public], readable="")
    if not _MILD.isdisjoint(above):
        return Meaning("system", "a setting of the host", "low", "")
    if path.startswith("/dev/"):
        return _device(path)
    if path in _PROGRAMS:
        return Meaning("system", "the host's own programs", readable="")
    if not set(_PROGRAMS[1:]).isdisjoint(above):
        return Meaning("system", "a program or library of the host", "medium", "")
    return None


def _device(path: str) -> Meaning | None:
    if _HARMLESS_DEVICES.fullmatch(path):
        return None
    if _DISKS.fullmatch(path):
        return Meaning("system", "a device that holds the host's disks or memory")
    return Meaning("system", "a device of the host", "medium", "medium")


def _above(path: str) -> list[str]:
    """The path and the folders it lies in, nearest first, without the root."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 1, -1)]
