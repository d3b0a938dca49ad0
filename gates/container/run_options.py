"""The options of `docker run` and its kin, as far as they decide where the image stands.

Docker 28.2 (https://docs.docker.com/reference/cli/docker/container/run/), Podman 5.6
(https://docs.podman.io/en/latest/markdown/podman-run.1.html), nerdctl 2.1
(https://github.com/containerd/nerdctl/blob/main/docs/command-reference.md). Made in November 2026.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from gates.core.patterns import lazy
from gates.shell.command import Word

_SHORT: Final = {
    "a": "attach", "c": "cpu-shares", "d": "detach", "e": "env", "h": "hostname", "i": "interactive", "l": "label", "m": "memory",
    "p": "publish", "P": "publish-all", "q": "quiet", "t": "tty", "u": "user", "v": "volume", "w": "workdir",
}  # fmt: skip
_OTHER_NAMES: Final = {"net": "network", "dns-opt": "dns-option", "net-alias": "network-alias"}

_DOCKER: Final = """
    add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile cpu-count cpu-percent
    cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus cpuset-mems detach-keys device device-cgroup-rule
    device-read-bps device-read-iops device-write-bps device-write-iops dns dns-option dns-search domainname entrypoint env env-file expose
    gpus group-add health-cmd health-interval health-retries health-start-interval health-start-period health-timeout hostname
    io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label label-file link link-local-ip log-driver log-opt mac-address memory
    memory-reservation memory-swap memory-swappiness mount name network network-alias oom-score-adj pid pids-limit platform publish pull
    restart runtime security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs ulimit user userns uts volume volume-driver
    volumes-from workdir
"""
_PODMAN: Final = """
    arch authfile cert-dir cgroup-conf cgroups chrootdirs conmon-pidfile creds decryption-key env-merge gidmap group-entry
    health-log-destination health-max-log-count health-max-log-size health-on-failure health-startup-cmd health-startup-interval
    health-startup-retries health-startup-success health-startup-timeout hosts-file hostuser image-volume init-ctr init-path os
    passwd-entry personality pidfile pod pod-id-file preserve-fd preserve-fds rdt-class requires retry retry-delay sdnotify
    seccomp-policy secret shm-size-systemd subgidname subuidname systemd timeout tz uidmap umask unsetenv variant
"""
_NERDCTL: Final = """
    cosign-certificate-identity cosign-certificate-identity-regexp cosign-certificate-oidc-issuer cosign-certificate-oidc-issuer-regexp
    cosign-key ipfs-address userns-remap verify
"""
_WITH_VALUE: Final = frozenset((_DOCKER + _PODMAN + _NERDCTL).split())

_GLOBAL_LONG: Final = """
    config context host log-level tlscacert tlscert tlskey cgroup-manager conmon connection events-backend hooks-dir identity imagestore
    module network-cmd-path network-config-dir out root runroot runtime runtime-flag ssh storage-driver storage-opt tmpdir url volumepath
    db-backend cdi-spec-dir address namespace snapshotter cni-path cni-netconfpath data-root hosts-dir bridge-ip host-gateway-ip
"""
# those before the subcommand
GLOBAL_WITH_VALUE: Final = frozenset({*(f"--{name}" for name in _GLOBAL_LONG.split()), "-c", "-H", "-l", "-a", "-n"})

# "$@", ${FLAGS[@]}, $(flags), and what documentation leaves out
_SEVERAL = lazy(r"\$[@*]|\$\{(?:[@*]|[A-Za-z_0-9]+\[[@*]\])(?:[:+-][^}]*)?\}|\.\.\.|…|\[[^]]*\]")
# an option of which a variable is the name
_OPEN_NAME = lazy(r"--?[A-Za-z-]*[$`][^=]*\Z")
_ONE_EXPANSION = lazy(r"\$(?:[A-Za-z_]\w*|[0-9]|\{\{.*\}\}|\{.*\}|\(.*\))|`.*`", 16)  # re.DOTALL
_FLAGS_INSTEAD = lazy(r"\$\{[A-Za-z_]\w*:?[-+=][\"']?-")
_OF_IMAGES = lazy(r"(?i)image|(?<![a-z])(?:img|tag|repo|repository)(?![a-z])")
_OF_FLAGS = lazy(
    r"(?i)(?:opts|options|args|arguments|flags|params|mounts|volumes)(?![a-z])"
    r"|(?<![a-z])(?:opt|option|arg|flag|param|mount|volume|vols?|ports?|envs?|env_vars|extra|tty|it|net|network|gpus?)(?![a-z])"
)


class Given(NamedTuple):
    """`name` is the long one, without dashes; `value` None where there is none; `word` is where the option stands."""

    name: str
    value: Word | None
    word: Word


class Line(NamedTuple):
    """`operands` are the image and the command in it. `unknown` is the first word that stands for options which are not known here."""

    options: tuple[Given, ...]
    operands: tuple[Word, ...]
    unknown: Word | None = None


def read(words: Sequence[Word], also: frozenset[str] = frozenset()) -> Line:
    """As pflag parses them (https://pkg.go.dev/github.com/spf13/pflag#hdr-Command_line_flag_syntax): up to the first operand.

    `also` are further options that take a value, without dashes.
    """
    found: list[Given] = []
    unknown: Word | None = None
    with_value = _WITH_VALUE | also if also else _WITH_VALUE
    place = 0
    while place < len(words):
        word = words[place]
        place += 1
        following = words[place] if place < len(words) else None
        if word.text == "--":
            return Line(tuple(found), tuple(words[place:]), unknown)
        if word.dynamic and _OPEN_NAME.match(word.text):
            unknown = unknown or word
            continue
        if word.text.startswith("--"):
            given = _long(word, following, with_value)
        elif word.text.startswith("-") and word.text != "-":
            *flags, given = _short(word, following, with_value)
            found += flags
        elif _may_be_flags(word, following):
            unknown = unknown or word
            continue
        else:
            return Line(tuple(found), tuple(words[place - 1 :]), unknown)
        found.append(given)
        place += given.value is not None and given.value is following
    return Line(tuple(found), (), unknown)


def takes_value(word: Word) -> bool:
    """Whether the word behind it is its value."""
    following = Word("", 0, 0)
    if word.text.startswith("--"):
        return word.text != "--" and _long(word, following, _WITH_VALUE).value is following
    return word.text.startswith("-") and word.text != "-" and _short(word, following, _WITH_VALUE)[-1].value is following


def _long(word: Word, following: Word | None, with_value: frozenset[str]) -> Given:
    written, equals, _ = word.text[2:].partition("=")
    name = _OTHER_NAMES.get(written, written)
    if equals:
        return Given(name, _from(word, len(written) + 3), word)
    return Given(name, following if name in with_value else None, word)


def _short(word: Word, following: Word | None, with_value: frozenset[str]) -> list[Given]:
    text = word.text
    found: list[Given] = []
    for place in range(1, len(text)):
        name = _SHORT.get(text[place], text[place])
        rest = place + 1
        if text.startswith("=", rest):
            return [*found, Given(name, _from(word, rest + 1), word)]
        if name in with_value:
            return [*found, Given(name, _from(word, rest) if rest < len(text) else following, word)]
        found.append(Given(name, None, word))
    return found


def _from(word: Word, start: int) -> Word:
    return word._replace(text=word.text[start:], column=word.column + start)


def _may_be_flags(word: Word, following: Word | None) -> bool:
    """Whether a word in front of the image stands for options. One variable alone can be either: its name tells, else what follows."""
    if _SEVERAL.fullmatch(word.text) or (word.dynamic and word.text.startswith("${") and _FLAGS_INSTEAD.match(word.text)):
        return True
    if not word.dynamic or not _ONE_EXPANSION.fullmatch(word.text):
        return False
    if _OF_IMAGES.search(word.text) or following is None:
        return False
    return following.text.startswith("-") or (not word.quoted and _OF_FLAGS.search(word.text) is not None)
