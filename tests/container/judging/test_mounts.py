from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies

from gates.container.judging.host_paths import in_home, meaning, normal
from gates.core.finding import Severity
from tests.container.judging.specs import TMP, bind, doubts, hardened, ids, judged, open_, said, spec, tmpfs, told


def mounted(source: Any, target: str = "/x", **how: Any) -> list[Any]:
    return judged(hardened(mounts=(bind(source, target, **how), tmpfs(TMP, "1m"))))


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("/etc/", "/etc"),
        ("/opt/../etc/./ssh//", "/etc/ssh"),
        ("//etc", "/etc"),
        ("/var/run/docker.sock", "/run/docker.sock"),
        ("/private/etc/hosts", "/etc/hosts"),
        ("~", "/home/~"),
        ("~/.ssh/", "/home/~/.ssh"),
        ("~/..", "/home"),
        ("~root/.ssh", "/root/.ssh"),
        ("~bob/x", "/home/bob/x"),
        ("./a/../b", "b"),
        ("../..", "../.."),
        ("C:\\Windows\\", "c:/windows"),
        ("c:/Users/Bob/.AWS", "c:/users/bob/.aws"),
        ("/mnt/c/Users/Bob", "c:/users/bob"),
        ("\\\\.\\pipe\\docker_engine", "//./pipe/docker_engine"),
        ("", ""),
    ],
)
def test_paths_are_made_plain(source: str, path: str) -> None:
    assert normal(source) == path


@given(strategies.text(max_size=60))
def test_no_path_is_too_odd(source: str) -> None:
    path = normal(source)
    assert normal(path) == path.strip() or "~" in path
    meaning(path)
    in_home(path)


SOCKETS = (
    *(
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/var/../var/run//docker.sock",
        "/run/containerd/containerd.sock",
        "/run/podman/podman.sock",
    ),
    *("/var/run/crio/crio.sock", "/run/user/1000/docker.sock", "/run/user/1000/podman/podman.sock", "//./pipe/docker_engine"),
    *(
        "\\\\.\\pipe\\docker_engine",
        "~/.docker/run/docker.sock",
        "/run/k3s/containerd/containerd.sock",
        "/var/run",
        "/run",
        "/run/containerd",
    ),
)


@pytest.mark.parametrize("source", SOCKETS)
def test_every_engine_s_socket_is_known_and_so_is_its_folder(source: str) -> None:
    (writable,) = mounted(source)
    assert (writable.rule.id, writable.severity) == ("container/docker-socket", None)
    (readable,) = mounted(source, read_only=True)
    assert (readable.rule.id, readable.severity) == ("container/docker-socket", Severity.HIGH)


@pytest.mark.parametrize("source", ["${DOCKER_SOCKET}", "${XDG_RUNTIME_DIR}/whatever"])
def test_a_socket_is_known_by_where_it_is_mounted(source: str) -> None:
    assert ids(mounted(open_(source), "/var/run/docker.sock")) == {"docker-socket"}


def test_a_socket_is_known_by_its_name_wherever_it_is() -> None:
    assert ids(mounted(open_("${XDG_RUNTIME_DIR}/docker.sock"))) == {"docker-socket"}


def test_compose_can_hand_the_socket_over_in_a_word() -> None:
    assert told({"api_socket": said(True)}) == {"docker-socket"}
    assert told({"api_socket": said(False)}) == set()
    assert doubts(judged(hardened(api_socket=open_("${X}")))) == {"docker-socket"}


SYSTEM = (
    *(
        "/",
        "/proc",
        "/proc/1/root",
        "/sys",
        "/sys/fs/cgroup",
        "/dev",
        "/dev/sda1",
        "/etc",
        "/etc/",
        "/etc/shadow",
        "/etc/ssh",
        "/etc/docker",
    ),
    *("/boot", "/root", "/home", "/var", "/var/lib", "/var/lib/docker", "/var/lib/docker/volumes", "/lib/modules", "/usr/lib/modules"),
    *("/var/lib/kubelet/pods", "/etc/kubernetes/pki", "/run/dbus", "C:\\", "c:/windows/system32", "/mnt/c", "/var/spool/cron", "/opt/.."),
)


@pytest.mark.parametrize("source", SYSTEM)
def test_the_host_s_own_system_is_no_business_of_a_container(source: str) -> None:
    (writable,) = mounted(source)
    assert (writable.rule.id, writable.severity) == ("container/sensitive-mount", None)
    (readable,) = mounted(source, read_only=True)
    severity = None if normal(source) in ("/", "/var") else Severity.MEDIUM
    assert (readable.rule.id, readable.severity) == ("container/sensitive-mount", severity)


def test_below_a_folder_that_cannot_be_written_to_sockets_can_be_spoken_to() -> None:
    (defect,) = mounted("/", read_only=True)
    assert "read-only does not keep the sockets below it" in defect.message


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("../../../../../../../../../../etc", {"sensitive-mount"}),
        ("../../../../../run/docker.sock", {"docker-socket"}),
        ("../../../../../../../../../..", {"sensitive-mount"}),
        ("../../etc", {"bind-writable"}),
        ("../../../../etc", {"bind-writable"}),  # the file is in a folder of the repository
        ("../../../../../../data", {"bind-writable"}),
        (open_("${X}/../../../../../../../../etc"), set()),
    ],
)
def test_who_climbs_higher_than_there_are_folders_is_at_the_top(source: Any, found: set[str]) -> None:
    assert ids(mounted(source)) == found


@pytest.mark.parametrize(
    "source",
    [
        "/etc/localtime",
        "/etc/timezone",
        "/etc/ssl/certs",
        "/usr/share/zoneinfo",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/passwd",
        "/usr/bin/docker",
    ],
)
def test_what_everybody_may_read_can_be_mounted_read_only(source: str) -> None:
    assert mounted(source, read_only=True) == []


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ("/etc/localtime", Severity.LOW),
        ("/etc/passwd", None),
        ("/etc/ssl/certs", None),
        ("/usr/bin/docker", Severity.MEDIUM),
        ("/usr/bin", None),
    ],
)
def test_to_be_written_to_it_is_as_bad_as_what_it_changes(source: str, severity: Severity | None) -> None:
    (defect,) = mounted(source)
    assert (defect.rule.id, defect.severity) == ("container/sensitive-mount", severity)


@pytest.mark.parametrize(
    "source",
    [
        "/opt/app",
        "/srv/data",
        "/data",
        "/etc/nginx/conf.d",
        "./src",
        "../shared",
        "/var/log/app",
        "/home/bob/projects",
        "~/projects",
        "/mnt/disk",
    ],
)
def test_any_other_folder_is_only_better_read_only(source: str) -> None:
    assert ids(mounted(source)) == {"bind-writable"}
    assert mounted(source, read_only=True) == []


CREDENTIALS = (
    *("~", "~/", "/home/bob", "/Users/bob", "~/.ssh", "/home/bob/.ssh/id_rsa", "/root/.ssh", "~/.aws", "~/.claude", "~/.claude.json"),
    *("~/.gemini", "~/.codex", "~/.gnupg", "~/.config/cursor", "~/.config", "~/.docker/config.json", "~/.kube/config", "~/.config/gcloud"),
    *("~/.config/gh/hosts.yml", "~/.netrc", "/opt/deploy/.ssh", "./.aws", "C:\\Users\\bob\\.aws", "./keys/id_ed25519", "~/.ssh/../.ssh"),
)


@pytest.mark.parametrize("source", CREDENTIALS)
def test_credentials_stay_with_their_owner(source: str) -> None:
    (writable,) = mounted(source)
    assert (writable.rule.id, writable.severity) == ("container/credential-mount", None)
    (readable,) = mounted(source, read_only=True)
    assert (readable.rule.id, readable.severity) == ("container/credential-mount", Severity.MEDIUM)


def test_an_environment_file_and_an_agent_are_credentials_of_their_own_weight() -> None:
    assert [(one.rule.id, one.severity) for one in mounted("./.env", "/app/.env")] == [("container/credential-mount", Severity.MEDIUM)]
    assert ids(mounted("./.env.example", read_only=True)) == set()
    assert [one.severity for one in mounted(open_("${SSH_AUTH_SOCK}"), "/agent")] == [Severity.MEDIUM]


@pytest.mark.parametrize(
    "text", ["$HOME/.ssh", "${HOME}/.ssh", "${HOME:?}/.ssh", "%USERPROFILE%/.aws", "${BASE}/.ssh", "/home/${USER}/.ssh", "/home/$USER"]
)
def test_a_variable_hides_no_credentials(text: str) -> None:
    assert ids(mounted(open_(text))) == {"credential-mount"}


@pytest.mark.parametrize(
    "text",
    [
        "${DATA}/postgres",
        "${GOPATH}/bin",
        "${X}/var/lib",
        "./data/${NAME}",
        "/opt/app/${NAME}",
        "$PWD/src",
        "$(pwd)/src",
        "$(pwd)",
        "${{ github.workspace }}/x",
    ],
)
def test_a_variable_that_is_a_part_of_a_harmless_path_makes_no_doubt(text: str) -> None:
    assert ids(mounted(open_(text))) == {"bind-writable"}
    assert mounted(open_(text), read_only=True) == []


@pytest.mark.parametrize("text", ["${DIR}", "$DIR/", "${ROOT}/etc", "${HOST}/proc/1", "/${X}", "/etc/${NAME}", "/var/lib/${NAME}", ""])
def test_a_variable_that_decides_makes_one(text: str) -> None:
    assert doubts(mounted(open_(text))) == {"sensitive-mount"}
    assert len(mounted(open_(text))) == 1


def test_a_default_that_is_somebody_s_folder_is_told_of() -> None:
    (defect,) = mounted(said("~/.claude", by_default=True, text="${CLAUDE_CONFIG_PATH:-~/.claude}"))
    assert (defect.rule.id, defect.severity) == ("container/credential-mount", None)


def test_volumes_and_others_are_no_folders_of_the_host() -> None:
    volume = bind("etc")._replace(kind="volume")
    assert told({"mounts": (volume, tmpfs(TMP, "1m"))}) == set()


# the root filesystem and what is temporary


def test_a_root_filesystem_is_read_only_or_told_of() -> None:
    assert told({"read_only": None}) == {"root-writable"}
    assert told({"read_only": said(False)}) == {"root-writable"}
    assert told({"read_only": said(True)}) == set()


@pytest.mark.parametrize(
    "mount", [tmpfs(f"{TMP}/", "64m"), bind("/srv/tmp", TMP, read_only=True), bind("data", TMP)._replace(kind="volume")]
)
def test_temporary_files_have_a_place(mount: Any) -> None:
    assert told({"mounts": (mount,)}) == set()


def test_without_one_it_is_told_of_where_the_root_is_read_only() -> None:
    assert told({"mounts": ()}) == {"tmpfs-missing"}
    assert told({"mounts": (tmpfs("/run", "1m"),)}) == {"tmpfs-missing"}
    assert "tmpfs-missing" not in ids(judged(spec()))


@pytest.mark.parametrize("size", ["", "0", "0m", " "])
def test_a_tmpfs_has_a_size(size: str) -> None:
    assert told({"mounts": (tmpfs(TMP, size),)}) == {"tmpfs-unbounded"}


@pytest.mark.parametrize("size", ["64m", "50%", "67108864", "0.5g"])
def test_any_size_will_do(size: str) -> None:
    assert told({"mounts": (tmpfs(TMP, size),)}) == set()
