"""Every rule on running containers; here those on images, users, limits, settings and secrets."""

from __future__ import annotations

from typing import Final

from gates.container.rules import runtime_isolation, runtime_privileges
from gates.container.rules.levels import Levelled, levelled
from gates.core.finding import Severity

_BASE: Final = "base image pinned"
_LIMITS: Final = "memory, CPU, PID limits"
_SECRETS: Final = "secrets by Docker secrets or a store, not plain environment"
_OWASP: Final = "https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html"
_PINNING: Final = "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"
_DIGESTS: Final = "https://docs.docker.com/dhi/core-concepts/digests/"
_CONSTRAINTS: Final = "https://docs.docker.com/engine/containers/resource_constraints/"
_DOCKER_SECRETS: Final = "https://docs.docker.com/compose/how-tos/use-secrets/"
_ENVIRONMENT: Final = "https://docs.docker.com/compose/how-tos/environment-variables/best-practices/"
_SPECIFICATION: Final = "https://github.com/compose-spec/compose-spec/blob/main/spec.md"

BASE_NOT_PINNED = levelled(
    "container/base-not-pinned",
    Severity.LOW,
    Severity.MEDIUM,
    summary="an image that is named by a tag, not by its digest",
    why="A tag can be moved, by its owner or by whoever takes over the account: what runs tomorrow is then not what was tested today.",
    remedy="Write the digest behind the tag (name:tag@sha256:…), and let a bot raise both.",
    references=(_PINNING, _DIGESTS),
    control=_BASE,
    cwe=(494,),
)
BASE_UNTAGGED = levelled(
    "container/base-untagged",
    Severity.HIGH,
    Severity.HIGH,
    summary="an image without a version",
    why="Without a tag, or with latest, it is whatever was pushed last: two machines run different programs under one name, and "
    "a new major "
    "version arrives on its own.",
    remedy="Name a version, best with its digest.",
    references=(_PINNING, "https://docs.docker.com/reference/cli/docker/image/tag/"),
    control=_BASE,
    cwe=(494,),
)
USER_ROOT = levelled(
    "container/user-root",
    Severity.HIGH,
    Severity.HIGH,
    summary="a container that is told to run as root",
    why="Whoever takes over the program is root in the container, and with a mistake in the runtime or a mounted folder on the "
    "host as well.",
    remedy="Name another user, best by number.",
    references=("https://docs.docker.com/engine/security/#linux-kernel-capabilities", _OWASP),
    control="non-root user",
    cwe=(250,),
)
HEALTHCHECK_MISSING = levelled(
    "container/healthcheck-missing",
    None,
    Severity.LOW,
    summary="a program that nobody asks whether it works",
    why="An engine can only see that the process is there; one that hangs is taken for healthy and is never replaced.",
    remedy="Say how to ask it; a few lines in the program's own language do, so that curl need not be in the image.",
    references=(
        "https://docs.docker.com/reference/dockerfile/#healthcheck",
        "https://docs.docker.com/reference/compose-file/services/#healthcheck",
    ),
    control="health check",
)


def _limit(id: str, summary: str, why: str, remedy: str) -> Levelled:
    references = (_CONSTRAINTS, _OWASP)
    return levelled(
        f"container/{id}",
        None,
        Severity.MEDIUM,
        summary=summary,
        why=why,
        remedy=remedy,
        references=references,
        control=_LIMITS,
        cwe=(770,),
    )


MEMORY_UNLIMITED = _limit(
    "memory-unlimited",
    "a container without a limit of memory",
    "When it takes all there is, the kernel ends processes of its own choice, on the host and in other containers.",
    "Limit it to somewhat more than it was seen to need; a reservation is no limit.",
)
CPU_UNLIMITED = _limit(
    "cpu-unlimited",
    "a container without a limit of processor time",
    "One that loops, or that mines for somebody, leaves the others with what it does not want.",
    "Limit it to somewhat more than it was seen to need; a reservation is no limit.",
)
PIDS_UNLIMITED = _limit(
    "pids-unlimited",
    "a container without a limit of processes",
    "A program that starts itself over and over uses up the process numbers of the whole host within a second.",
    "Limit it to some hundreds.",
)
PLAIN_SECRET = levelled(
    "container/plain-secret",
    Severity.HIGH,
    Severity.HIGH,
    summary="a secret that is written down where a container is started",
    why="Whoever reads the repository has it, and so has every process in the container and everybody who may ask the engine about it.",
    remedy="Hand it over as a file (secrets:, *_FILE) or by a variable that the environment fills in; change it, since it has been seen.",
    references=(_DOCKER_SECRETS, _ENVIRONMENT, "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"),
    control=_SECRETS,
    cwe=(526, 798),
)
SECRET_DEFAULT = levelled(
    "container/secret-default",
    Severity.HIGH,
    Severity.HIGH,
    summary="a secret that is the default of a variable",
    why="Where nobody sets the variable, and nothing says that it is not set, the container runs with a secret that everybody "
    "can read here.",
    remedy="Write ${NAME:?} instead, so that it does not start without a value.",
    references=("https://docs.docker.com/reference/compose-file/interpolation/", _DOCKER_SECRETS),
    control=_SECRETS,
    cwe=(798, 1392),
)
ENV_FILE_TRACKED = levelled(
    "container/env-file-tracked",
    Severity.HIGH,
    Severity.HIGH,
    summary="a file of secrets for a container that is committed",
    why="Everybody who can clone the repository has it, also after it is deleted: history keeps it.",
    remedy="Take it out with git rm --cached, name it in .gitignore, commit an example without values, and change what was in it.",
    references=(_ENVIRONMENT, _DOCKER_SECRETS),
    control=_SECRETS,
    cwe=(538, 540),
)
REQUIRED_ENV_MISSING = levelled(
    "container/required-env-missing",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a setting that the policy asks for and that a container is not given",
    why="The program falls back to its own default then, which for settings that confine it is usually no limit at all.",
    remedy="Set it in the container's environment.",
    references=("https://docs.docker.com/reference/compose-file/services/#environment",),
    control="required settings set (`ALLOWED_ROOT_DIRECTORY` …)",
    cwe=(1188,),
)
UNKNOWN_KEY = levelled(
    "container/unknown-key",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a key that compose does not know",
    why="Some tools refuse the file and others ignore the line: what it should switch on, often hardening, is then off, and "
    "nothing says so.",
    remedy="Correct the key, or begin it with x- where it is for other programs.",
    references=(_SPECIFICATION, "https://docs.docker.com/reference/compose-file/extension/"),
    control="misspelt keys switch hardening off in silence",
    cwe=(1188,),
)
LEVELS: tuple[Levelled, ...] = (
    *(BASE_NOT_PINNED, BASE_UNTAGGED, USER_ROOT, HEALTHCHECK_MISSING),
    *runtime_privileges.LEVELS,
    *runtime_isolation.LEVELS,
    *(MEMORY_UNLIMITED, CPU_UNLIMITED, PIDS_UNLIMITED),
    *(PLAIN_SECRET, SECRET_DEFAULT, ENV_FILE_TRACKED, REQUIRED_ENV_MISSING, UNKNOWN_KEY),
)
