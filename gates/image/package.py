"""What an engine says of an image, whichever engine it is."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from gates.core.finding import Severity


class Package(NamedTuple):
    """`path` is the file in the image that brings it, "" for a package of the operating system."""

    name: str
    version: str
    purl: str
    path: str = ""


class Vulnerability(NamedTuple):
    """`severity` None: unknown, which counts as the worst. `fix_versions` are empty where none is known. `layer` is the diff id of the
    layer that brought the package, "" where the engine does not tell.
    """

    id: str
    aliases: tuple[str, ...]
    package: Package
    severity: Severity | None
    fix_versions: tuple[str, ...]
    status: str  # as the engine names it: "fixed", "affected", "will_not_fix", …
    title: str
    url: str
    layer: str


class Database(NamedTuple):
    source: str
    updated: datetime  # with a time zone


class Scan(NamedTuple):
    """One image, looked at by one engine. `image` is what was asked for, `digest` the id of its configuration, `os` its system as
    "debian 12", "" where there is none. `packages` counts everything that was compared with the database. `bytes` is its size, 0 where
    nobody tells.
    """

    image: str
    digest: str
    repo_digests: tuple[str, ...]
    os: str
    end_of_life: bool
    packages: int
    vulnerabilities: tuple[Vulnerability, ...]
    engine: str
    version: str
    database: Database
    bytes: int = 0
