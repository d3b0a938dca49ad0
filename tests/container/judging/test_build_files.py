import pytest

from gates.container.setting import Setting
from gates.container.spec import Build, RuntimeSpec
from gates.core.finding import Location
from tests.container.judging.dockerfiles import defects, lines, of, run

PLACE = Location("compose.yaml", 3)


@pytest.mark.parametrize(
    "command",
    [
        *("chmod 777 /x", "chmod -R 0777 /x", "chmod a+w /x", "chmod -R ugo+rwX /x", "chmod o=rw /x", "mkdir -p -m 777 /x", "umask 0000"),
        *("find /x -exec chmod 666 {} +", "install -m 0666 a /x", "chmod +x /y && chmod u=rwx,o+w /x", "umask a=rwx"),
    ],
)
def test_what_everybody_may_write(command: str) -> None:
    assert lines("world-writable", run(command)) == [2]


@pytest.mark.parametrize(
    "command",
    [
        *(
            "chmod 755 /x",
            "chmod 1777 /tmp",
            "chmod a+rwxt /x",
            "chmod +x /x",
            "chmod g+w /x",
            "chmod -R g=u /x",
            "chmod o-w /x",
            "umask 022",
        ),
        *("chmod 775 /x", "chmod 666 /dev/fuse", "echo chmod 777 /x", "chmod a-w /x", "chmod --reference=/y /x", "chmod -w /x", "umask"),
    ],
)
def test_what_only_some_may_write(command: str) -> None:
    assert not of("world-writable", defects(run(command)))


def test_only_what_is_delivered_counts() -> None:
    assert not lines("world-writable", "FROM debian:13 AS b\nRUN chmod 777 /x\nFROM debian:13\n")
    assert lines("world-writable", "FROM debian:13 AS b\nRUN chmod 777 /x\nFROM b\n") == [2]
    assert lines("world-writable", "FROM debian:13\nCOPY --chmod=777 a /a\nADD --chmod=755 b /b\n") == [2]


@pytest.mark.parametrize(
    "command",
    [
        *("chmod 644 /root/.ssh/id_rsa", "chmod 755 ~/.ssh", "chmod go+r /app/.env", "chmod -R 750 /home/a/.claude"),
        *('echo "//npm.example.com/:_authToken=$T" > ~/.npmrc', "printf '%s' $PASSWORD | tee /root/.pgpass"),
    ],
)
def test_credentials_that_others_can_read(command: str) -> None:
    assert lines("secret-file-mode", run(command)) == [2]


@pytest.mark.parametrize(
    "command",
    [
        *("chmod 600 /root/.ssh/id_rsa", "chmod 700 ~/.ssh", "chmod 644 /root/.ssh/known_hosts", "chmod 644 /etc/ssl/certs/ca.pem"),
        *('umask 077 && echo "//npm.example.com/:_authToken=$T" > ~/.npmrc', "echo registry=https://npm.example.com > ~/.npmrc"),
        *("echo token=$T > ~/.npmrc && npm ci && rm -f ~/.npmrc", "echo token=$T > /root/.npmrc; chmod 600 /root/.npmrc"),
        "chmod 644 /etc/apt/keyrings/acme.gpg",
    ],
)
def test_credentials_that_only_their_owner_can_read(command: str) -> None:
    assert not of("secret-file-mode", defects(run(command)))


def test_sudo() -> None:
    assert lines("sudo-installed", run("apt-get update && apt-get install -y curl sudo=1.9")) == [2]
    assert lines("sudo-installed", run("apk add --no-cache doas", "alpine:3.23")) == [2]
    assert lines("sudo-installed", run("echo 'app ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers")) == [2]
    assert not lines("sudo-installed", run("apt-get install -y sudo && make && apt-get purge -y sudo"))
    assert not lines("sudo-installed", run("apt-get install -y libsudo-dev && apt-get remove sudo"))


@pytest.mark.parametrize(
    "command",
    [
        *(
            "apt-get update && apt-get install -y x",
            "apt update",
            "apk add x",
            "apk update && apk add x",
            "yum install -y x",
            "zypper in -y x",
        ),
        *(
            "pip install x==1",
            "python3 -m pip install x==1",
            "uv pip install --system x==1",
            "conda install x=1",
            "dnf -y install x && rm -rf /tmp/*",
        ),
        "apt-get update && apt-get install -y x && apt-get clean",
    ],
)
def test_caches_that_stay(command: str) -> None:
    assert lines("package-cache", run(command)) == [2]


@pytest.mark.parametrize(
    "command",
    [
        *("apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*", "apk add --no-cache x", "apk --no-cache add x"),
        *("apk add -U x && rm -rf /var/cache/apk/*", "yum install -y x && yum clean all", "dnf install x && rm -rf /var/cache/dnf"),
        *("pip install --no-cache-dir x==1", "pip install x==1 && rm -rf ~/.cache", "pip install x==1 && pip cache purge"),
        *("--mount=type=cache,target=/root/.cache/uv uv sync --frozen", "--mount=type=cache,target=/var/lib/apt apt-get update"),
        *("uv sync --frozen --no-cache", "apt-get install -y x", "pip --version", "zypper in -y x && zypper clean -a"),
    ],
)
def test_caches_that_do_not(command: str) -> None:
    assert not of("package-cache", defects(run(command)))


def test_a_setting_of_the_image_switches_the_cache_off() -> None:
    assert not lines("package-cache", "FROM python:3.14\nENV PIP_NO_CACHE_DIR=1\nRUN pip install x==1\n")


def test_tools_of_the_build() -> None:
    assert lines("build-tools-in-final", "FROM debian:13\nRUN apt-get install -y gcc libpq5\nCMD x\n") == [2]
    assert lines("build-tools-in-final", "FROM golang:1.26\nCMD x\n") == [1]
    assert not lines("build-tools-in-final", "FROM golang:1.26 AS b\nFROM debian:13\nCMD x\n")
    assert not lines("build-tools-in-final", run("apk add --virtual .b gcc && apk del .b", "alpine:3.23"))


def test_health_checks() -> None:
    assert lines("healthcheck-missing", "FROM debian:13\nCMD x\n") == [1]
    assert not lines("healthcheck-missing", "FROM debian:13 AS a\nHEALTHCHECK CMD y\nFROM a\nCMD x\n")
    assert lines("healthcheck-missing", "FROM debian:13\nHEALTHCHECK NONE\nCMD x\n") == [2]
    watched = RuntimeSpec("compose", "web", PLACE, build=Build("", "Dockerfile"), healthcheck=Setting(True, PLACE))
    assert not of("healthcheck-missing", defects("FROM debian:13\nCMD x\n", started=(watched,)))


def test_byte_code_under_a_read_only_root() -> None:
    locked = RuntimeSpec("compose", "web", PLACE, build=Build("", "Dockerfile"), read_only=Setting(True, PLACE))
    text = "FROM python:3.14\nCMD python x.py\n"
    assert of("bytecode-on-read-only", defects(text, started=(locked,)))
    assert not of("bytecode-on-read-only", defects(text))
    assert not of("bytecode-on-read-only", defects("FROM python:3.14\nCMD x\nENV PYTHONDONTWRITEBYTECODE=1\n", started=(locked,)))
    assert not of("bytecode-on-read-only", defects("FROM debian:13\nCMD x\n", started=(locked,)))


@pytest.mark.parametrize(
    "command",
    [
        "chmod 7777 /a",
        "find /a -print0 | xargs -0 chmod 777",
        "M=777 && chmod $M /a",
        "setfacl -m o::rwx /a",
        "setfacl -R -m u:7:r,other:7 /a",
        "chmod g=u,o=u /a",
        "chmod 777 /a/b && rm -rf /a/c",
    ],
)
def test_other_ways_to_let_everybody_write(command: str) -> None:
    assert lines("world-writable", run(command)) == [2]


@pytest.mark.parametrize("command", ["chmod 777 /tmp/a && rm -r /tmp/a", "chmod 777 /tmp/a && rm -r /tmp", "setfacl -m o::r-x,u:7:rwx /a"])
def test_what_is_taken_away_again_is_nobody_s_to_write(command: str) -> None:
    assert not lines("world-writable", run(command))


def test_the_mode_of_a_copy_may_be_a_variable() -> None:
    assert lines("world-writable", "FROM debian:13\nARG M=777\nCOPY --chmod=$M a /a\n") == [3]
    assert not of("world-writable", defects("FROM debian:13\nARG M=755\nCOPY --chmod=$M a /a\n"))
    assert [each.resolved for each in of("world-writable", defects("FROM debian:13\nARG M\nCOPY --chmod=$M a /a\n"))] == [False]


@pytest.mark.parametrize(
    "command",
    [
        "apt-get install -y sudo:amd64",
        'P="curl sudo" && apt-get install -y $P',
        "for p in curl sudo; do apt-get install -y $p; done",
        "echo sudo | xargs apt-get install -y",
        "usermod -aG sudo app",
        "adduser app sudo",
        "useradd -G users,wheel app",
    ],
)
def test_other_ways_to_sudo(command: str) -> None:
    assert lines("sudo-installed", run(command)) == [2]


def test_a_rule_for_sudo_is_copied() -> None:
    assert lines("sudo-installed", "FROM debian:13\nCOPY sudoers /etc/sudoers.d/app\nUSER 7\n") == [2]
    assert not lines("sudo-installed", run("adduser sudo"))


def test_a_secret_that_is_copied_out_of_its_mount() -> None:
    command = "--mount=type=secret,id=x cp /run/secrets/x /root/.aws/credentials"
    assert lines("secret-file-mode", run(command)) == [2]
    assert not lines("secret-file-mode", run(f"{command} && chmod 600 /root/.aws/credentials"))
