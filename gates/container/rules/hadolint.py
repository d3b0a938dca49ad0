"""What hadolint can say (https://github.com/hadolint/hadolint), each of its rules with our own reason and way out.

Its errors are medium and its warnings low: they are about how well a Dockerfile is written more than about what an attacker can do with
it, so in `baseline` none of them blocks. The severities here are those of hadolint's usual level; each finding is rated by the level
that comes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gates.container.rules.levels import Levelled, levelled
from gates.core.finding import Rule, Severity

CONTROL: Final = "what a second linter knows of Dockerfiles"  # the row in docs/controls.md
_ERROR, _WARNING, _INFO = Severity.MEDIUM, Severity.LOW, Severity.INFO
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({"error": _ERROR, "warning": _WARNING, "info": _INFO, "style": _INFO})

_WIKI: Final = "https://github.com/hadolint/hadolint/wiki"
_SHELLCHECK: Final = "https://www.shellcheck.net/wiki/"

_REPEATABLE: Final = "Each build takes what was published last: two builds of one commit differ, and nobody chose what is in the second."
_WAITS: Final = "Nobody answers the question during a build: it fails, or hangs until it is stopped."
_KEPT: Final = "What is downloaded and indexed stays in the layer, and every pull carries it."
_OVERRIDDEN: Final = "The last one alone counts, so the others say something that is not true of the image."


def _dl(code: str, severity: Severity, summary: str, why: str, remedy: str) -> Levelled:
    rule = f"container/hadolint-{code.lower()}"
    return levelled(rule, severity, severity, summary=summary, why=why, remedy=remedy, references=(f"{_WIKI}/{code}",), control=CONTROL)


_RULES: Final = (
    _dl(
        "DL3000", _ERROR,
        "WORKDIR is given a relative path",
        "Where it leads depends on the WORKDIR before it, in the base image perhaps, and changes when that one does.",
        "Write the whole path from / on.",
    ),
    _dl(
        "DL3001", _INFO,
        "a command that has no use in a container",
        "Tools that log in, edit, mount or manage services belong to a machine; in an image they are weight, and of use to intruders.",
        "Leave the command out; do what it does on the host or in another container.",
    ),
    _dl(
        "DL3002", _WARNING,
        "the last USER is root",
        "Whoever takes over the program is root in the container.",
        "End the stage with a USER that is not root.",
    ),
    _dl(
        "DL3003", _WARNING,
        "a RUN changes the directory with cd",
        "The change ends with the RUN, and a cd that fails leaves what follows to work in the wrong place.",
        "Set the directory with WORKDIR.",
    ),
    _dl(
        "DL3004", _ERROR,
        "a RUN uses sudo",
        "The build is root already where it may be; with sudo the image has a way back to root that outlives the build.",
        "Run it before USER, or switch with USER root and back.",
    ),
    _dl(
        "DL3006", _WARNING,
        "a base image without a tag",
        _REPEATABLE,
        "Name a version, best with its digest.",
    ),
    _dl(
        "DL3007", _WARNING,
        "a base image with the tag latest",
        _REPEATABLE,
        "Name a version, best with its digest.",
    ),
    _dl(
        "DL3008", _WARNING,
        "apt installs a package without a version",
        _REPEATABLE,
        "Name the version (name=version), or build from a base image that is fixed by its digest and a snapshot of the archive.",
    ),
    _dl(
        "DL3009", _INFO,
        "the lists of apt stay in the layer",
        _KEPT,
        "Remove /var/lib/apt/lists/* in the same RUN, or mount it with --mount=type=cache.",
    ),
    _dl(
        "DL3010", _INFO,
        "an archive is copied and unpacked afterwards",
        "The layer with the archive stays in the image, though nothing needs it any more.",
        "Let ADD unpack it, or mount it in the RUN that does (--mount=type=bind).",
    ),
    _dl(
        "DL3011", _ERROR,
        "EXPOSE names a port that does not exist",
        "Ports end at 65535, so the number is a mistake and the real port is not declared.",
        "Write the port that the program listens on.",
    ),
    _dl(
        "DL3012", _ERROR,
        "a stage has several HEALTHCHECKs",
        _OVERRIDDEN,
        "Keep one.",
    ),
    _dl(
        "DL3013", _WARNING,
        "pip installs a package without a version",
        _REPEATABLE,
        "Name the version (name==version), or install from a file with hashes: pip install --require-hashes -r FILE.",
    ),
    _dl(
        "DL3014", _WARNING,
        "apt-get install without -y",
        _WAITS,
        "Add -y.",
    ),
    _dl(
        "DL3015", _INFO,
        "apt-get install brings recommended packages too",
        "Each package that nobody asked for makes the image larger and has vulnerabilities of its own.",
        "Add --no-install-recommends.",
    ),
    _dl(
        "DL3016", _WARNING,
        "npm installs a package without a version",
        _REPEATABLE,
        "Name the version (name@version), or install what a lock file says with npm ci.",
    ),
    _dl(
        "DL3018", _WARNING,
        "apk adds a package without a version",
        _REPEATABLE,
        "Name the version (name=version), or build from a base image that is fixed by its digest.",
    ),
    _dl(
        "DL3019", _INFO,
        "apk add leaves its index in the layer",
        _KEPT,
        "Add --no-cache instead of --update.",
    ),
    _dl(
        "DL3020", _ERROR,
        "ADD is used where COPY would do",
        "ADD also fetches URLs and unpacks archives, so what ends up in the image depends on what the source happens to be.",
        "Use COPY for files and folders of the build context.",
    ),
    _dl(
        "DL3021", _ERROR,
        "COPY of several sources to something that is not marked as a folder",
        "The build fails, because several files cannot become one.",
        "End the destination with /.",
    ),
    _dl(
        "DL3022", _WARNING,
        "COPY --from names no stage of this file",
        "A name that is no stage is taken for an image of a registry: a misspelt stage fetches what a stranger published under that name.",
        "Name a stage of this file, or give the image a stage of its own: FROM image:version AS name.",
    ),
    _dl(
        "DL3023", _ERROR,
        "COPY --from names the stage it stands in",
        "A stage cannot be copied from before it is there, so the build fails.",
        "Name an earlier stage.",
    ),
    _dl(
        "DL3024", _ERROR,
        "two stages have one name",
        "What refers to the name gets one of the two, and which is not what the reader thinks.",
        "Give each stage a name of its own.",
    ),
    _dl(
        "DL3025", _WARNING,
        "CMD or ENTRYPOINT is not a JSON array",
        "A shell then stands between the container and the program: signals stop at it, so the program is killed instead of ended.",
        'Write the words as an array: CMD ["program", "argument"].',
    ),
    _dl(
        "DL3027", _WARNING,
        "apt is called by a program",
        "apt is made for people: what it prints and which options it takes may change with every release.",
        "Call apt-get or apt-cache.",
    ),
    _dl(
        "DL3028", _WARNING,
        "gem installs a package without a version",
        _REPEATABLE,
        "Name the version (name:version), or install what a Gemfile.lock says with bundle install.",
    ),
    _dl(
        "DL3029", _WARNING,
        "FROM fixes the platform",
        "The image is then built for that platform wherever it is built, and runs elsewhere in an emulation or not at all.",
        "Leave --platform to who builds, or use $BUILDPLATFORM in stages that only build.",
    ),
    _dl(
        "DL3030", _WARNING,
        "yum install without -y",
        _WAITS,
        "Add -y.",
    ),
    _dl(
        "DL3032", _WARNING,
        "the cache of yum stays in the layer",
        _KEPT,
        "Run yum clean all in the same RUN.",
    ),
    _dl(
        "DL3033", _WARNING,
        "yum installs a package without a version",
        _REPEATABLE,
        "Name the version (name-version).",
    ),
    _dl(
        "DL3034", _WARNING,
        "zypper asks before it installs",
        _WAITS,
        "Add --non-interactive before the command, or -y behind it.",
    ),
    _dl(
        "DL3035", _WARNING,
        "zypper dist-upgrade in an image",
        "It replaces the release that the base image is, so the tag no longer says what is inside.",
        "Take a newer base image.",
    ),
    _dl(
        "DL3036", _WARNING,
        "the cache of zypper stays in the layer",
        _KEPT,
        "Run zypper clean in the same RUN.",
    ),
    _dl(
        "DL3037", _WARNING,
        "zypper installs a package without a version",
        _REPEATABLE,
        "Name the version (name=version).",
    ),
    _dl(
        "DL3038", _WARNING,
        "dnf install without -y",
        _WAITS,
        "Add -y.",
    ),
    _dl(
        "DL3040", _WARNING,
        "the cache of dnf stays in the layer",
        _KEPT,
        "Run dnf clean all in the same RUN.",
    ),
    _dl(
        "DL3041", _WARNING,
        "dnf installs a package without a version",
        _REPEATABLE,
        "Name the version (name-version).",
    ),
    _dl(
        "DL3042", _WARNING,
        "the cache of pip stays in the layer",
        _KEPT,
        "Add --no-cache-dir, or mount the cache with --mount=type=cache.",
    ),
    _dl(
        "DL3043", _ERROR,
        "ONBUILD holds an instruction that it may not hold",
        "FROM, ONBUILD and MAINTAINER cannot be triggered, so the build of every image on top of this one fails.",
        "Write the instruction without ONBUILD.",
    ),
    _dl(
        "DL3044", _ERROR,
        "ENV uses a variable that the same ENV sets",
        "All values of one instruction are filled in before any is set, so the old value is used, or none.",
        "Set the variable in an ENV before.",
    ),
    _dl(
        "DL3045", _WARNING,
        "COPY to a relative path without a WORKDIR",
        "Where the files end up depends on the base image, and changes when that one does.",
        "Set a WORKDIR, or write the whole path from / on.",
    ),
    _dl(
        "DL3046", _WARNING,
        "useradd with a high number and without -l",
        "The log of last log-ins has a place for every number up to the user's, and grows to gigabytes in the layer.",
        "Add -l (--no-log-init).",
    ),
    _dl(
        "DL3047", _INFO,
        "wget draws its progress into the log",
        "A line for every few kilobytes hides what else the build said.",
        "Add --progress=dot:giga, or -nv.",
    ),
    _dl(
        "DL3048", _INFO,
        "a label with a key of another form than Docker recommends",
        "Tools that read labels may not take it: keys are lower case, with dots and dashes between words.",
        "Use the keys of the OCI image specification, such as org.opencontainers.image.source.",
    ),
    _dl(
        "DL3059", _INFO,
        "RUNs that follow each other",
        "Each is a layer of its own, and what a later one deletes stays in the layer before.",
        "Join those that belong together with && or a here-document.",
    ),
    _dl(
        "DL3060", _INFO,
        "the cache of yarn stays in the layer",
        _KEPT,
        "Run yarn cache clean in the same RUN, or mount the cache with --mount=type=cache.",
    ),
    _dl(
        "DL3061", _ERROR,
        "an instruction before the first FROM",
        "Only ARG may stand there, so the build fails.",
        "Begin with FROM.",
    ),
    _dl(
        "DL3062", _WARNING,
        "go install without a version",
        _REPEATABLE,
        "Name the version (path@v1.2.3).",
    ),
    _dl(
        "DL3063", _WARNING,
        "a stage has the name of something else",
        "scratch and context mean something to the builder, so a reference to the stage may reach that instead.",
        "Give the stage another name.",
    ),
    _dl(
        "DL3064", _WARNING,
        "ARG or ENV with a name that secrets have",
        "The values of both are in the image or its history, for everyone who can pull it.",
        "Mount the secret in the RUN that needs it (--mount=type=secret), or pass it when the container starts.",
    ),
    _dl(
        "DL3065", _WARNING,
        "FROM names the platform that is the default",
        "$TARGETPLATFORM is what the builder takes anyway, so the flag says nothing and looks as if it did.",
        "Leave the flag out.",
    ),
    _dl(
        "DL3066", _INFO,
        "USER is a name",
        "Kubernetes cannot tell from a name that a user is not root, and refuses to start the image under runAsNonRoot.",
        "Write the number of the user.",
    ),
    _dl(
        "DL3067", _WARNING,
        "COPY takes the whole file system of another stage",
        "Everything the build left behind comes along: tools, caches, and secrets that were written to a file.",
        "Copy what the program needs, by path.",
    ),
    _dl(
        "DL4000", _ERROR,
        "MAINTAINER is used",
        "Docker gave it up for labels in 2017, and a builder may stop reading it.",
        "Write LABEL org.opencontainers.image.authors=…",
    ),
    _dl(
        "DL4001", _WARNING,
        "both wget and curl are used",
        "Two programs for one task make the image larger and bring the vulnerabilities of both.",
        "Use one of them.",
    ),
    _dl(
        "DL4003", _WARNING,
        "a stage has several CMDs",
        _OVERRIDDEN,
        "Keep one.",
    ),
    _dl(
        "DL4004", _ERROR,
        "a stage has several ENTRYPOINTs",
        _OVERRIDDEN,
        "Keep one.",
    ),
    _dl(
        "DL4005", _WARNING,
        "/bin/sh is replaced to change the shell",
        "Every script of the base image that was written for the old shell now runs in another.",
        "Use SHELL.",
    ),
    _dl(
        "DL4006", _WARNING,
        "a pipe without pipefail",
        "The shell reports the last program of a pipe alone: a download that failed before it goes unnoticed, and the build goes on.",
        'Set SHELL ["/bin/bash", "-o", "pipefail", "-c"] before, or begin the RUN with set -o pipefail where the shell has it.',
    ),
)  # fmt: skip

_CHECKED_SHELL: Final = levelled(
    "container/hadolint-shellcheck",
    _WARNING,
    _WARNING,
    summary="a mistake in the shell code of a RUN, found by ShellCheck",
    why="Shell code goes wrong in silence: a variable that splits into words, a cd that fails, a pipe that hides an error.",
    remedy="Read ShellCheck's page on the code that the message names.",
    references=(_SHELLCHECK,),
    control=CONTROL,
)
_NOT_LISTED: Final = levelled(
    "container/hadolint-unlisted",
    _WARNING,
    _WARNING,
    summary="a rule of hadolint that gates has no page for",
    why="A newer hadolint knows more rules than this release of gates; what they find is not dropped.",
    remedy="Read hadolint's page on the rule that the message names, and update gates.",
    references=(_WIKI,),
    control=CONTROL,
)
SHELLCHECK: Final = _CHECKED_SHELL.rule
UNLISTED: Final = _NOT_LISTED.rule

LEVELS: Final[tuple[Levelled, ...]] = (*_RULES, _CHECKED_SHELL, _NOT_LISTED)

_BY_CODE: Final[Mapping[str, Rule]] = MappingProxyType({level.rule.id.rpartition("-")[2].upper(): level.rule for level in _RULES})


def rule_of(code: str) -> Rule:
    """The rule of an id such as "DL3008" or "SC2086"; `UNLISTED` for one that we do not know."""
    return SHELLCHECK if code.startswith("SC") else _BY_CODE.get(code, UNLISTED)
