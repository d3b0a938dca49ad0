"""What a reference to an image names: https://github.com/distribution/reference/blob/main/reference.go"""

from __future__ import annotations

from typing import Final, NamedTuple

from gates.container.official import OFFICIAL
from gates.core.patterns import lazy

HUB: Final = "docker.io"
_HUB_NAMES: Final = frozenset(("docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"))
# Where the official images are copied to, under the same names.
_MIRRORS: Final = ("public.ecr.aws/docker/library/", "mirror.gcr.io/library/", "quay.io/docker/library/")
_ID = lazy(r"(?:sha256:)?[0-9a-f]{64}")
_DIGEST = lazy(r"[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}")


class Reference(NamedTuple):
    """`registry` is "docker.io" where none is written, and `repository` then without "library/". `tag` and `digest` are "" where they are
    not written: "latest" is meant where neither is. An image's own id, which names no repository, is a digest alone.
    """

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def official(self) -> str:
        """The name of the Docker official image, "" for all others."""
        if self.registry == HUB:
            return self.repository if self.repository in OFFICIAL else ""
        full = f"{self.registry}/{self.repository}"
        return next((full.removeprefix(mirror) for mirror in _MIRRORS if full.startswith(mirror)), "")

    @property
    def local(self) -> bool:
        """Whether no registry can have it: on Docker Hub only official images have a name of one part."""
        return self.registry == HUB and "/" not in self.repository and self.repository not in OFFICIAL and bool(self.repository)

    @property
    def floating(self) -> bool:
        """Whether it is what was pushed last, whatever that is."""
        return not self.digest and self.tag in ("", "latest")


def reference(text: str) -> Reference:
    """Never raises: what is no reference gives parts that no registry knows."""
    text = text.strip()
    if _ID.fullmatch(text):
        return Reference("", "", "", text if ":" in text else f"sha256:{text}")
    name, _, digest = text.partition("@")
    if digest and not _DIGEST.fullmatch(digest):
        digest = ""
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    name = f"{head}{slash}{last}"
    registry, slash, repository = name.partition("/")
    if not slash or not _is_host(registry):
        registry, repository = HUB, name
    if registry.lower() in _HUB_NAMES:
        registry, repository = HUB, repository.removeprefix("library/")
    return Reference(registry, repository, tag, digest)


def _is_host(part: str) -> bool:
    """Repositories have neither dots before the first slash nor capitals."""
    return "." in part or ":" in part or part == "localhost" or part != part.lower()
