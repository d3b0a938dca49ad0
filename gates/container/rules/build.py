"""Every rule on what builds an image; here those on what is fetched and installed, and on caches and tools that stay in it."""

from __future__ import annotations

from typing import Final

from gates.container.rules import build_contents
from gates.container.rules.levels import Levelled, levelled
from gates.core.finding import Severity

_PINNING: Final = "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"
_BEST: Final = "https://docs.docker.com/build/building/best-practices/"
_VERIFIED: Final = "downloads verified; nothing piped to a shell; TLS on"
_MINIMAL: Final = "minimal packages, caches removed, multi-stage without build tools"

BASE_END_OF_LIFE = levelled(
    "container/base-end-of-life",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a base image of a release that gets no more fixes",
    why="What is found in it from now on stays in it: rebuilding brings nothing, since nobody publishes repaired packages any more.",
    remedy="Build from a release that is still supported.",
    references=("https://www.debian.org/releases/", "https://endoflife.date/", _PINNING),
    control="base image still supported",
    cwe=(1104,),
)
UNPINNED_INSTALL = levelled(
    "container/unpinned-install",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a package that is installed without a version",
    why="Each build takes what was published last: two builds of one commit differ, and a package that was taken over is in the next one.",
    remedy="Name the version, or install from a file that names them with their hashes.",
    references=(
        "https://pip.pypa.io/en/stable/topics/repeatable-installs/",
        "https://docs.npmjs.com/cli/v11/commands/npm-install",
        "https://go.dev/ref/mod#go-install",
    ),
    control="pip, uv, CLI versions pinned",
    cwe=(1104, 494),
)
UNLOCKED_INSTALL = levelled(
    "container/unlocked-install",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="an installation that may differ from what the lock file says",
    why="The tool then resolves anew and rewrites the lock file in the image: what was reviewed and tested is not what is built.",
    remedy="Use the command that fails where the lock file is missing or out of date: npm ci, uv sync --frozen, yarn install --immutable.",
    references=(
        "https://docs.npmjs.com/cli/v11/commands/npm-ci",
        "https://docs.astral.sh/uv/concepts/projects/sync/",
        "https://yarnpkg.com/cli/install",
        "https://pnpm.io/cli/install",
    ),
    control="reproducible installs: `uv sync --frozen`, `npm ci`",
    cwe=(1104, 494),
)
UNVERIFIED_DOWNLOAD = levelled(
    "container/unverified-download",
    Severity.MEDIUM,
    Severity.MEDIUM,
    summary="a file that is fetched and used without a check of what came",
    why="Whoever can change the file on its server, or the address it is at, decides what is in the image, and nothing would show it.",
    remedy="Compare it with a digest that stands in the Dockerfile (sha256sum -c, ADD --checksum), or verify its signature.",
    references=("https://docs.docker.com/reference/dockerfile/#add---checksum", _BEST),
    control=_VERIFIED,
    cwe=(494,),
)
PIPE_TO_SHELL = levelled(
    "container/pipe-to-shell",
    Severity.HIGH,
    Severity.HIGH,
    summary="a download that is run as it comes",
    why="Nobody has seen what runs, it can differ for each build, and where the connection breaks half a script has been run.",
    remedy="Fetch it to a file, compare it with a digest, then run it; or install a package of a fixed version.",
    references=(
        "https://docs.docker.com/reference/dockerfile/#add---checksum",
        "https://docs.docker.com/build/building/best-practices/#run",
    ),
    control=_VERIFIED,
    cwe=(494,),
)
TLS_OFF = levelled(
    "container/tls-off",
    Severity.HIGH,
    Severity.HIGH,
    summary="a check of who is at the other end, or of who signed a package, that is switched off",
    why="Anybody on the way can then answer instead of the server and put what they like into the image.",
    remedy="Install the missing certificate or key instead (ca-certificates, the company's own authority), and leave the check on.",
    references=(
        "https://curl.se/docs/sslcerts.html",
        "https://pip.pypa.io/en/stable/topics/https-certificates/",
        "https://wiki.debian.org/SecureApt",
    ),
    control=_VERIFIED,
    cwe=(295, 347),
)
PACKAGE_CACHE = levelled(
    "container/package-cache",
    Severity.LOW,
    Severity.LOW,
    summary="what a package manager keeps for the next time, in an image that has no next time",
    why="It makes every pull longer; what a later RUN deletes is still in the layer before.",
    remedy="Remove it in the RUN that makes it, or mount it there with RUN --mount=type=cache; pip has --no-cache-dir and apk --no-cache.",
    references=("https://docs.docker.com/build/building/best-practices/#apt-get", "https://docs.docker.com/build/cache/optimize/"),
    control=_MINIMAL,
)
BUILD_TOOLS_IN_FINAL = levelled(
    "container/build-tools-in-final",
    None,
    Severity.LOW,
    summary="tools of the build in the image that is delivered",
    why="Whoever gets into the container finds what it takes to fetch and build more, and each tool brings vulnerabilities of its own.",
    remedy="Build in one stage and copy what came of it into a last stage that has no such tools.",
    references=("https://docs.docker.com/build/building/multi-stage/",),
    control=_MINIMAL,
)

LEVELS: tuple[Levelled, ...] = (
    *(BASE_END_OF_LIFE, UNPINNED_INSTALL, UNLOCKED_INSTALL, UNVERIFIED_DOWNLOAD, PIPE_TO_SHELL, TLS_OFF),
    *build_contents.LEVELS,
    *(PACKAGE_CACHE, BUILD_TOOLS_IN_FINAL),
)
