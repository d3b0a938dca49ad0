from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.container import run_flags, run_options
from gates.container.spec import RuntimeSpec
from gates.core.finding import Location
from gates.shell.command import Word
from gates.shell.parsing import read


def spec(text: str) -> RuntimeSpec:
    """`text` is what follows `docker run`."""
    return run_flags.spec(read(f"run {text}").commands[0].words[1:], "run.sh", name="x", line=1, column=1)


def value(setting: object) -> object:
    return getattr(setting, "value", setting)


@pytest.mark.parametrize(
    ("text", "image", "command"),
    [
        ("alpine", "alpine", None),
        ("-it --rm alpine sh -c 'a b'", "alpine", ("sh", "-c", "a b")),
        ("-itv /a:/b alpine -v", "alpine", ("-v",)),
        ("-v/a:/b -p80:80 -eA=b alpine", "alpine", None),
        ("-v=/a:/b -d=false --rm=true alpine", "alpine", None),
        ("--name web --network=a --cpus 2 alpine", "alpine", None),
        ("--privileged alpine", "alpine", None),
        ("--pull always --platform linux/arm64 --gpus all alpine", "alpine", None),
        ("--secret a,type=env --tz local --uidmap 0:1:2 --replace alpine", "alpine", None),
        ("-- alpine a", "alpine", ("a",)),
        ("--health-cmd 'curl -f x || exit 1' --health-interval 5s alpine", "alpine", None),
        ("registry.example:5000/a/b@sha256:0123", "registry.example:5000/a/b@sha256:0123", None),
        ("${IMAGE:-alpine:3} a", "alpine:3", ("a",)),
        ("$IMAGE a -v b", None, ("a", "-v", "b")),
        ('"$IMAGE"', None, None),
        ('"$DOCKER_IMAGE" -v', None, ("-v",)),
        ("$OPTS alpine a", "alpine", ("a",)),
        ("$X --rm alpine", "alpine", None),
        ('"${ARGS[@]}" alpine', "alpine", None),
        ('"$@"', None, None),
        ("alpine:$TAG", None, None),
        ("$(build) a", None, ("a",)),
    ],
)
def test_the_image_is_found(text: str, image: str | None, command: tuple[str, ...] | None) -> None:
    found = spec(text)
    assert found.image is not None
    assert found.image.value == image
    assert value(found.command) == command


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("-u 1000:1000", "user", "1000:1000"),
        ("--user=root", "user", "root"),
        ("-u $(id -u):$(id -g)", "user", None),
        ("--privileged", "privileged", True),
        ("--privileged=true", "privileged", True),
        ("--privileged=false", "privileged", False),
        ("--privileged=$P", "privileged", None),
        ("--read-only", "read_only", True),
        ("--network host", "network", "host"),
        ("--net=host", "network", "host"),
        ("--network name=host,alias=b", "network", "host"),
        ("--network a --network host --network b", "network", "host"),
        ("--network container:db", "network", "container:db"),
        ("--network bridge:ip=10.88.0.10", "network", "bridge"),
        ("--pid host", "pid", "host"),
        ("--ipc=host", "ipc", "host"),
        ("--uts host", "uts", "host"),
        ("--userns=host", "user_namespace", "host"),
        ("--cgroupns host", "cgroup", "host"),
        ("-m 512m", "memory", "512m"),
        ("-m512m", "memory", "512m"),
        ("--cpus 1.5", "cpus", "1.5"),
        ("--cpu-quota 50000", "cpus", "0.5"),
        ("--cpu-quota 50000 --cpu-period=25000", "cpus", "2"),
        ("--pids-limit 100", "pids", "100"),
        ("--no-healthcheck", "healthcheck", False),
        ("--health-cmd 'curl x'", "healthcheck", True),
        ("--health-cmd none", "healthcheck", False),
        ("--entrypoint sh", "entrypoint", ("sh",)),
        ("--entrypoint ''", "entrypoint", ()),
        ("--security-opt no-new-privileges", "no_new_privileges", True),
        ("--security-opt=no-new-privileges:true", "no_new_privileges", True),
        ("--security-opt no-new-privileges=false", "no_new_privileges", False),
        ("--security-opt seccomp=unconfined", "seccomp", "unconfined"),
        ("--security-opt seccomp:./a.json", "seccomp", "./a.json"),
        ("--security-opt apparmor=unconfined", "apparmor", "unconfined"),
        ("--security-opt label=disable", "labels_off", True),
        ("--security-opt label:disable", "labels_off", True),
        ("--security-opt $S", "seccomp", None),
        ("--use-api-socket", "api_socket", True),
    ],
)
def test_settings(text: str, field: str, expected: object) -> None:
    setting = getattr(spec(f"{text} alpine"), field)
    assert setting is not None
    assert setting.value == expected
    assert setting.location.path == "run.sh"
    assert setting.location.line == 1


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("--pids-limit -1", "pids"),
        ("--pids-limit 0", "pids"),
        ("-m 0", "memory"),
        ("--memory-reservation 1g", "memory"),
        ("--cpus=0", "cpus"),
        ("--cpu-quota -1", "cpus"),
        ("--user ''", "user"),
        ("--security-opt label=type:a", "labels_off"),
        ("--name a", "privileged"),
        ("--rm", "no_new_privileges"),
    ],
)
def test_what_is_not_said(text: str, field: str) -> None:
    assert getattr(spec(f"{text} alpine"), field) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("--rm", True), ("-d --rm", False), ("--rm=false", False), ("-it", False), ("--rm -d=false", True)]
)
def test_short_lived(text: str, expected: bool) -> None:
    assert spec(f"{text} alpine").short_lived is expected


def test_capabilities() -> None:
    found = spec("--cap-add net_admin,CAP_SYS_ADMIN --cap-drop=all --cap-add $C alpine")
    assert [each.value for each in found.cap_add] == ["NET_ADMIN", "SYS_ADMIN", None]
    assert [each.value for each in found.cap_drop] == ["ALL"]


@pytest.mark.parametrize(
    ("text", "kind", "source", "target", "read_only"),
    [
        ("-v /a:/b", "bind", "/a", "/b", None),
        ("-v /a/../c/:/b:ro", "bind", "/c", "/b", True),
        ("-v /a:/b:rw,z", "bind", "/a", "/b", False),
        ("-v data:/b", "volume", "data", "/b", None),
        ("-v /b", "volume", "", "/b", None),
        ("-v .:/b", "bind", ".", "/b", None),
        ("-v a/b:/b", "volume", "a/b", "/b", None),
        ('-v "$PWD":/b', "bind", ".", "/b", None),
        ("-v $(pwd)/a:/b", "bind", "./a", "/b", None),
        ("-v `pwd`:/b", "bind", ".", "/b", None),
        ("-v ${PWD}/../a:/b", "bind", "../a", "/b", None),
        ("-v $HOME/.ssh:/b:ro", "bind", "~/.ssh", "/b", True),
        ("-v ~/.aws:/b", "bind", "~/.aws", "/b", None),
        ("-v ${HOME:-/root}/.aws:/b", "bind", "~/.aws", "/b", None),
        ("-v /home/$USER/.aws:/b", "bind", "~/.aws", "/b", None),
        ("-v $X:/b", "bind", None, "/b", None),
        ("-v ${X:-/etc}:/b", "bind", "/etc", "/b", None),
        ('-v ${X:-"$PWD/a"}:/b', "bind", "./a", "/b", None),
        ("-v ${X:-'/a'}:/b", "bind", "/a", "/b", None),
        ("-v $X", "bind", None, None, None),
        (r"-v 'C:\a:/b'", "bind", "C:\\a", "/b", None),
        ("--volume=/var/run/docker.sock:/var/run/docker.sock", "bind", "/var/run/docker.sock", "/var/run/docker.sock", None),
        ("--mount type=bind,source=/a,target=/b", "bind", "/a", "/b", None),
        ("--mount type=bind,src=./a,dst=/b,readonly", "bind", "./a", "/b", True),
        ("--mount 'type=bind,src=/a,destination=/b,ro=true'", "bind", "/a", "/b", True),
        ("--mount type=bind,src=/a,dst=/b,readonly=false", "bind", "/a", "/b", False),
        ("--mount src=data,dst=/b", "volume", "data", "/b", None),
        ("--mount type=volume,dst=/b", "volume", "", "/b", None),
        ('--mount "type=bind,src=$HOME,dst=/b"', "bind", "~", "/b", None),
        ("--mount 'type=bind,\"src=/a,c\",dst=/b'", "bind", "/a,c", "/b", None),
        ("--mount type=volume,dst=/b,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/etc", "bind", "/etc", "/b", None),
        ("--mount type=npipe,src=a,dst=/b", "other", "a", "/b", None),
        ("--tmpfs /b", "tmpfs", "", "/b", None),
    ],
)
def test_mounts(text: str, kind: str, source: str | None, target: str | None, read_only: bool | None) -> None:
    (mount,) = spec(f"{text} alpine").mounts
    assert (mount.kind, value(mount.source), value(mount.target), value(mount.read_only)) == (kind, source, target, read_only)


def test_tmpfs() -> None:
    found = spec("--tmpfs /a:rw,noexec,size=64m,mode=1777 --mount type=tmpfs,dst=/b,tmpfs-size=1m,tmpfs-mode=700 --tmpfs /c:size=$S alpine")
    assert [(mount.size, mount.options) for mount in found.mounts] == [("64m", ("noexec", "mode=1777")), ("1m", ("mode=700",)), ("?", ())]
    assert value(found.mounts[0].read_only) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-p 80", ("", "", "80", True)),
        ("-p 8080:80", ("", "8080", "80", True)),
        ("-p8080:80/udp", ("", "8080", "80", True)),
        ("--publish=127.0.0.1:8080:80", ("127.0.0.1", "8080", "80", True)),
        ("-p [::1]:8080:80", ("::1", "8080", "80", True)),
        ("-p 127.0.0.1::80", ("127.0.0.1", "", "80", True)),
        ("-p 8000-8010:80-90", ("", "8000-8010", "80-90", True)),
        ("-p 127.0.0.1:$P:80", ("127.0.0.1", "", "80", True)),
        ("-p $P:80", ("", "", "80", False)),
        ("-P", ("", "", "", True)),
    ],
)
def test_ports(text: str, expected: tuple[str, str, str, bool]) -> None:
    (port,) = spec(f"{text} alpine").ports
    assert (port.host_ip, port.published, port.target, port.resolved) == expected


def test_environment() -> None:
    found = spec("-e A=b -e NAME --env=C=$D -e E=${F:-g} -l h=i --env-file .env --env-file=$X alpine --key=v -u me http://a:b@c")
    assert [(each.name, value(each.value), each.origin) for each in found.environment] == [
        ("A", "b", "environment"),
        ("NAME", None, "environment"),
        ("C", None, "environment"),
        ("E", "g", "environment"),
        ("h", "i", "label"),
        ("--key", "v", "command"),
        ("-u", "me", "command"),
        ("", "http://a:b@c", "command"),
    ]
    assert found.environment[1].value is None
    default = found.environment[3].value
    assert default is not None
    assert default.by_default
    assert [each.value for each in found.env_files] == [".env", None]


@pytest.mark.parametrize(
    ("path", "file", "expected"),
    [
        ("run.sh", "./.env", [".env"]),
        ("run.sh", "../.env", ["../.env"]),
        ("bin/run.sh", ".env", [".env", "bin/.env"]),
        ("bin/run.sh", "../a/.env", ["a/.env"]),
        ("bin/run.sh", "$PWD/.env", [".env"]),
        ("bin/run.sh", "/etc/env", ["/etc/env"]),
        ("bin/run.sh", "~/.env", ["~/.env"]),
        ("bin/run.sh", "$X/.env", [None]),
    ],
)
def test_env_files_are_where_the_script_may_run(path: str, file: str, expected: list[str | None]) -> None:
    found = run_flags.spec(read(f"run --env-file {file} x").commands[0].words[1:], path)
    assert [each.value for each in found.env_files] == expected


def test_devices_and_sysctls() -> None:
    found = spec("--device /dev/kvm --device=/dev/fuse:/dev/fuse:rwm --device-cgroup-rule 'c *:* rwm' --sysctl net.core.somaxconn=1 alpine")
    assert [each.value for each in found.devices] == ["/dev/kvm", "/dev/fuse:/dev/fuse:rwm", "c *:* rwm"]
    assert [each.value for each in found.sysctls] == ["net.core.somaxconn=1"]


def test_places() -> None:
    found = run_flags.spec(read("run \\\n  -itu root \\\n  -eA=b alpine").commands[0].words[1:], "a/run.sh", line=7, column=3)
    assert found.location == Location("a/run.sh", 7, 3)
    assert found.user is not None
    assert found.user.location == Location("a/run.sh", 2, 8)
    assert found.environment[0].location == Location("a/run.sh", 3, 5)
    assert found.image is not None
    assert found.image.location == Location("a/run.sh", 3, 9)


def test_options_of_a_github_container_have_no_image() -> None:
    found = run_flags.spec(read("x --cpus 1 --privileged").commands[0].words[1:], "a.yml", name="job", syntax="actions")
    assert (found.syntax, found.name, found.image) == ("actions", "job", None)
    assert value(found.privileged) is True


@given(
    st.lists(
        st.sampled_from(
            ["-v", "-it", "--mount", "a:b:c", "type=bind,src=,dst", "$X", "--", "-", "--=", "-p=", ":::", '"', "$(", "-e=", "a"]
        )
    )
)
def test_never_raises(words: list[str]) -> None:
    run_flags.spec([Word(word, 1, 1, dynamic="$" in word) for word in words], "x")


@pytest.mark.parametrize("program", ["docker", "podman", "nerdctl"])
def test_options_with_a_value_are_those_of_the_program(program: str) -> None:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    text = subprocess.run([found, "run", "--help"], capture_output=True, text=True, check=True).stdout
    options = re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)(?: ([a-z][\w-]*))?(?=  |$)", text, re.MULTILINE)
    assert len(options) > 50
    for name, kind in options:
        (given, *_) = run_options.read(read(f"x {name} value").commands[0].words[1:]).options
        assert (given.value is not None) == bool(kind), name


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("-v /etc:/x:ro alpine", "/etc"),
        ('-v "$HOME/.ssh:/x" alpine', "$HOME/.ssh"),
        ("-v ${DIR:-/etc}:/x alpine", "${DIR:-/etc}"),
        ("-v $(pwd)/a:/x alpine", "$(pwd)/a"),
        ("-v 'C:\\data:/x' alpine", "C:\\data"),
        ("--mount type=bind,source=/etc,target=/x alpine", "/etc"),
        ("--mount type=bind,src=$D/x,target=/x alpine", "$D/x"),
    ],
)
def test_a_mount_tells_its_source_as_written(text: str, source: str) -> None:
    (mount,) = spec(text).mounts
    assert mount.source is not None
    assert mount.source.text == source


def test_options_that_take_protection_away() -> None:
    found = spec("--security-opt label=type:spc_t --security-opt systempaths=unconfined --gpus all alpine")
    assert value(found.labels_off) is value(found.unmasked) is True
    assert [device.value for device in found.devices] == ["gpus=all"]
