"""What the policy can say about images."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Target(NamedTuple):
    """An image that the release gate judges: a name, a tar, or an OCI layout. `digest` is what it must be, "" for anything."""

    image: str
    digest: str = ""


class Options(NamedTuple):
    """`trivy` and `grype` name the program where it is not on PATH; `trivy_sha256` pins its bytes. `db` is a cache folder with a database
    that was fetched before. `max_db_age` is in hours. `no_packages` allows an image without any package or operating system.
    """

    targets: tuple[Target, ...] = ()
    engine: Literal["trivy", "grype"] = "trivy"
    trivy: str = ""
    trivy_sha256: str = ""
    grype: str = ""
    db: str = ""
    max_db_age: int = 72
    no_packages: bool = False
    setuid_allowed: tuple[str, ...] = ()  # paths of files that may be setuid or setgid, besides the usual ones
    build_tools: bool = False  # report build tools left in the image

    def laxer(self) -> tuple[str, ...]:
        usual = Options()
        return (
            *(key for key in ("trivy", "grype", "db", "no_packages", "setuid_allowed") if getattr(self, key)),
            *(("max_db_age",) if self.max_db_age > usual.max_db_age else ()),
        )
