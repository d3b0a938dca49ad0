"""Rules on what a Dockerfile and its entrypoint make of users, files and secrets."""

from __future__ import annotations

from typing import Final

from gates.container.rules.levels import Levelled, levelled
from gates.core.finding import Severity

_USER: Final = "non-root user"
_ENTRYPOINT: Final = "entrypoint drops privileges with `exec`"
_FILES: Final = "credential files 600, directories 700"
_SECRETS: Final = "no secret in ENV, ARG, COPY; `.dockerignore` covers them"
_USERS: Final = "https://docs.docker.com/build/building/best-practices/#user"
_BUILD_SECRETS: Final = "https://docs.docker.com/build/building/secrets/"
_IGNORE: Final = "https://docs.docker.com/build/concepts/context/#dockerignore-files"
_OWASP: Final = "https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html"
_PID_ONE: Final = "https://docs.docker.com/build/building/best-practices/#entrypoint"

USER_MISSING = levelled(
    "container/user-missing",
    Severity.MEDIUM,
    Severity.HIGH,
    summary="an image that names no user, so that its program runs as root",
    why="Whoever takes over the program is root in the container, and with a mistake in the runtime or a mounted folder on the "
    "host as well.",
    remedy="Make a user and end the stage with USER and its number, or drop to it in the entrypoint with exec gosu or setpriv.",
    references=(_USERS, _OWASP),
    control=_USER,
    cwe=(250,),
)
USER_ARG_ROOT = levelled(
    "container/user-arg-root",
    Severity.LOW,
    Severity.LOW,
    summary="a build argument for the user whose default is root",
    why="Whoever builds the image without thinking of the argument gets one that runs as root.",
    remedy="Give the argument the number of a user without rights as its default.",
    references=(_USERS,),
    control=_USER,
    cwe=(250, 1188),
)
ENTRYPOINT_KEEPS_ROOT = levelled(
    "container/entrypoint-keeps-root",
    Severity.MEDIUM,
    Severity.HIGH,
    summary="an entrypoint that starts as root and never becomes another user",
    why="What it has to do as root takes a moment, and the program that it starts then keeps root's rights for as long as it runs.",
    remedy='End it with exec gosu <user> "$@" (or su-exec, setpriv), on every way through it; or name a USER in the Dockerfile.',
    references=(_PID_ONE, "https://github.com/tianon/gosu", _OWASP),
    control=_ENTRYPOINT,
    cwe=(250, 271),
)
ENTRYPOINT_NO_EXEC = levelled(
    "container/entrypoint-no-exec",
    Severity.LOW,
    Severity.LOW,
    summary="an entrypoint that stays, as root, above the program it starts",
    why="Without exec the shell keeps running as root beside the program, and the signals that stop a container never reach the program.",
    remedy='Put exec before it: exec gosu <user> "$@".',
    references=(_PID_ONE, "https://github.com/tianon/gosu"),
    control=_ENTRYPOINT,
    cwe=(271,),
)
ENTRYPOINT_SUDO = levelled(
    "container/entrypoint-sudo",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="an entrypoint that changes its user with sudo or su",
    why="Both are programs with the setuid bit, so that the container cannot be started with no-new-privileges; they also stay in between "
    "and keep signals from the program.",
    remedy='Start as root and end with exec gosu <user> "$@" (or su-exec, setpriv), which work with no-new-privileges.',
    references=("https://github.com/tianon/gosu#why", _OWASP),
    control=_ENTRYPOINT,
    cwe=(250,),
)
SECRET_FILE_MODE = levelled(
    "container/secret-file-mode",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a file of credentials that others than its owner can read",
    why="Every process in the container, whatever user it has been given, can read it.",
    remedy="chmod 600 the file and 700 its folder, or set umask 077 before it is written.",
    references=("https://man7.org/linux/man-pages/man1/chmod.1.html", "https://docs.docker.com/reference/dockerfile/#copy---chown---chmod"),
    control=_FILES,
    cwe=(732,),
)
WORLD_WRITABLE = levelled(
    "container/world-writable",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a file or folder that every user in the container can change",
    why="A process of any user can replace what another one, perhaps root, will read or run.",
    remedy="Give it to the user that needs it with chown or COPY --chown; a shared folder needs the sticky bit (1777).",
    references=("https://man7.org/linux/man-pages/man1/chmod.1.html", "https://docs.docker.com/reference/dockerfile/#copy---chown---chmod"),
    control=_FILES,
    cwe=(732,),
)
BYTECODE_ON_READ_ONLY = levelled(
    "container/bytecode-on-read-only",
    None,
    Severity.INFO,
    summary="Python that tries to write byte-code under a read-only root",
    why="Each import tries to write a file and fails; the noise hides writes that matter.",
    remedy="ENV PYTHONDONTWRITEBYTECODE=1",
    references=("https://docs.python.org/3/using/cmdline.html#envvar-PYTHONDONTWRITEBYTECODE",),
    control="no byte-code writes under a read-only root",
)
SECRET_IN_ENV = levelled(
    "container/secret-in-env",
    Severity.HIGH,
    Severity.HIGH,
    summary="a secret in the environment of an image",
    why="Everybody who can pull the image can read its configuration, and every process in the container can read its environment.",
    remedy="Give it to the container when it starts, best as a mounted file; change it, since it has been seen.",
    references=("https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/", _BUILD_SECRETS),
    control=_SECRETS,
    cwe=(526, 798),
)
SECRET_IN_ARG = levelled(
    "container/secret-in-arg",
    Severity.HIGH,
    Severity.HIGH,
    summary="a secret as a build argument",
    why="The history keeps every command with the values of the build arguments, and docker history shows it to all who have the image.",
    remedy="Hand it over with RUN --mount=type=secret,id=…, which leaves nothing behind.",
    references=("https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/", _BUILD_SECRETS),
    control=_SECRETS,
    cwe=(538, 798),
)
SECRET_FILE_COPIED = levelled(
    "container/secret-file-copied",
    Severity.HIGH,
    Severity.HIGH,
    summary="a file of credentials that is copied into an image",
    why="Everybody who can pull the image can unpack each of its layers; what a later step deletes is still in the one before.",
    remedy="Hand it over with RUN --mount=type=secret while building, or mount it when the container starts.",
    references=(_BUILD_SECRETS, "https://docs.docker.com/compose/how-tos/use-secrets/"),
    control=_SECRETS,
    cwe=(538,),
)
DOCKERIGNORE_GAP = levelled(
    "container/dockerignore-gap",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a whole folder that is copied into an image, environment files and history with it",
    why="What lies in the folder of whoever builds goes along: a .env that is nowhere in the repository, and .git with all it ever held.",
    remedy="Name .env, .env.* and .git in .dockerignore, or copy only what is needed.",
    references=(_IGNORE, "https://docs.docker.com/build/building/best-practices/#exclude-with-dockerignore"),
    control=_SECRETS,
    cwe=(538, 552),
)
SUDO_INSTALLED = levelled(
    "container/sudo-installed",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="sudo in an image",
    why="It is there to turn a user into root: with a rule for it, or a mistake in it, leaving root was for nothing.",
    remedy="Do what needs root before USER, or in an entrypoint that drops to the user with exec gosu.",
    references=("https://docs.docker.com/build/building/best-practices/#user", "https://github.com/tianon/gosu#why"),
    control="no sudo in the image",
    cwe=(250,),
)

LEVELS: tuple[Levelled, ...] = (
    *(USER_MISSING, USER_ARG_ROOT, ENTRYPOINT_KEEPS_ROOT, ENTRYPOINT_NO_EXEC, ENTRYPOINT_SUDO, SECRET_FILE_MODE, WORLD_WRITABLE),
    *(BYTECODE_ON_READ_ONLY, SECRET_IN_ENV, SECRET_IN_ARG, SECRET_FILE_COPIED, DOCKERIGNORE_GAP, SUDO_INSTALLED),
)
