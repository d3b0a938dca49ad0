"""What an image's configuration and layers should not hold."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_CONTROL = "image runs as non-root, holds no secret, no cache, no build tool"
_CONFIG = "https://github.com/opencontainers/image-spec/blob/main/config.md"
_LAYERS = "https://github.com/opencontainers/image-spec/blob/main/layer.md"
_BUILD_SECRETS = "https://docs.docker.com/build/building/secrets/"
_BEST = "https://docs.docker.com/build/building/best-practices/"

USER_ROOT = Rule(
    "image/user-root",
    Severity.HIGH,
    "an image whose program runs as root",
    "Whoever takes over the program is root in the container, and with a mistake in the runtime or a mounted folder on the host as well.",
    "Make a user in the Dockerfile and end it with USER and that user's number, which a runtime can check without the image's files.",
    (_CONFIG, _BEST),
    control=_CONTROL,
    cwe=(250,),
)
SECRET_IN_ENV = Rule(
    "image/secret-in-env",
    Severity.HIGH,
    "a secret in the image's configuration",
    "Everybody who can pull the image can read its configuration, and every process in the container can read its environment.",
    "Take it out of the Dockerfile and give it to the container when it starts, best as a mounted file; change it, since it has been seen.",
    (_CONFIG, "https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/"),
    control=_CONTROL,
    cwe=(526, 798),
)
SECRET_IN_HISTORY = Rule(
    "image/secret-in-history",
    Severity.HIGH,
    "a secret in the image's history",
    "The history keeps every command of the build with the values of its build arguments, and docker history shows it to everybody who can "
    "pull the image.",
    "Hand it to the build with RUN --mount=type=secret instead of ARG or the command line; change it, since it has been seen.",
    (_BUILD_SECRETS, _CONFIG),
    control=_CONTROL,
    cwe=(538, 798),
)
SECRET_IN_LAYER = Rule(
    "image/secret-in-layer",
    Severity.HIGH,
    "a secret in a file of a layer",
    "Everybody who can pull the image can unpack each of its layers; what a later layer deletes or overwrites is still in the one before.",
    "Rebuild without it: name the file in .dockerignore, or hand the secret to the build with RUN --mount=type=secret; change the secret.",
    (_BUILD_SECRETS, _LAYERS),
    control=_CONTROL,
    cwe=(538, 798),
)
SENSITIVE_FILE = Rule(
    "image/sensitive-file",
    Severity.HIGH,
    "a file that is there to hold credentials: an environment file, a private key, a login, a store of passwords",
    "It holds credentials by its nature, and everybody who can pull the image can unpack it, also where a later layer deletes it.",
    "Rebuild without it: name it in .dockerignore, or mount it when the container starts; change every credential that was in it.",
    ("https://docs.docker.com/build/concepts/context/#dockerignore-files", _LAYERS),
    control=_CONTROL,
    cwe=(538,),
)
SETUID_FILE = Rule(
    "image/setuid-file",
    Severity.MEDIUM,
    "a program that runs with its owner's rights, whoever starts it",
    "A mistake in such a program makes a user root, also in a container that was started as somebody else.",
    "Take the bit away with chmod u-s,g-s, or name the file under setuid_allowed; run the container with no-new-privileges.",
    ("https://docs.docker.com/engine/containers/run/#security-configuration",),
    control=_CONTROL,
    cwe=(732, 250),
)
PACKAGE_CACHE = Rule(
    "image/package-cache",
    Severity.LOW,
    "what a package manager keeps for the next time, in an image that has no next time",
    "It makes every pull longer, and its lists tell which packages were to be had on the day of the build.",
    "Remove it in the RUN that made it, or mount it there with RUN --mount=type=cache; pip has --no-cache-dir and apk --no-cache.",
    (_BEST, "https://docs.docker.com/build/cache/optimize/"),
    control=_CONTROL,
)
BUILD_TOOLS = Rule(
    "image/build-tools",
    Severity.LOW,
    "a tool of the build that is left in the image",
    "Whoever gets into the container finds what it takes to fetch and build more, and each tool brings vulnerabilities of its own.",
    "Build in one stage and copy what came of it into a last stage that has no such tools.",
    ("https://docs.docker.com/build/building/multi-stage/",),
    control=_CONTROL,
)
HEALTHCHECK_MISSING = Rule(
    "image/healthcheck-missing",
    Severity.LOW,
    "an image that does not say how to tell whether it works",
    "An engine can only see that the process is there; one that hangs is taken for healthy and is never replaced.",
    "Add HEALTHCHECK to the Dockerfile; where Kubernetes runs the image its probes do that, and a waiver can say so.",
    ("https://docs.docker.com/reference/dockerfile/#healthcheck",),
    control=_CONTROL,
)
BASE_UNLABELLED = Rule(
    "image/base-unlabelled",
    Severity.INFO,
    "an image that does not say what it was built from",
    "Without the base image's digest and the revision of the source nobody can tell which images are to be rebuilt after a fix.",
    "Label it in the build with org.opencontainers.image.base.digest and org.opencontainers.image.revision.",
    ("https://github.com/opencontainers/image-spec/blob/main/annotations.md",),
    control=_CONTROL,
)
WORLD_WRITABLE = Rule(
    "image/world-writable",
    Severity.MEDIUM,
    "a file or folder that every user in the container can change",
    "A process of any user can replace what another one, perhaps root, will read or run.",
    "Give it to the user that needs it with COPY --chown, or take the right away with chmod o-w; a shared folder needs the sticky bit.",
    (_LAYERS,),
    control=_CONTROL,
    cwe=(732,),
)
EMPTY_PASSWORD = Rule(
    "image/empty-password",
    Severity.HIGH,
    "an account that needs no password, or a second root",
    "Any process in the container can become that user with su, and with an SSH server so can anybody who reaches it.",
    "Lock the account with passwd -l, or write `*` or `!` into its second field of /etc/shadow; give each account a number of its own.",
    ("https://manpages.debian.org/stable/passwd/shadow.5.en.html",),
    control=_CONTROL,
    cwe=(258,),
)
RULES = (
    USER_ROOT,
    SECRET_IN_ENV,
    SECRET_IN_HISTORY,
    SECRET_IN_LAYER,
    SENSITIVE_FILE,
    SETUID_FILE,
    PACKAGE_CACHE,
    BUILD_TOOLS,
    HEALTHCHECK_MISSING,
    BASE_UNLABELLED,
    WORLD_WRITABLE,
    EMPTY_PASSWORD,
)
