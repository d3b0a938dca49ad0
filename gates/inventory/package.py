"""One package that a lock file or an environment names, wherever it was read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from gates.core.purl import Purl

Ecosystem = Literal["PyPI", "npm"]  # as OSV spells them: https://ossf.github.io/osv-schema/#defined-ecosystems


class Artifact(NamedTuple):
    """A file of a registry, such as one wheel; `hash` is written as in Package, "" where it has none."""

    name: str
    hash: str


class Package(NamedTuple):
    """`name` is canonical: PEP 503 for PyPI, as published for npm. `path` and `line` are those of the entry, the line 1-based, 0 where
    there is none.

    `groups` are those that alone need it, such as "dev", an extra or "optional": empty for what runs in production. `chain` leads from a
    direct dependency to this one, both included, by the shortest way; it is empty where the file does not tell. `hashes` are written
    "sha256:…" in hexadecimal. `needs` are the packages of the same file that it needs, as (name, version) in the file's order; None where
    the file does not tell. `files` are the artifacts that the file names for it, and `licence` is as written there. `source` is where
    it comes from if that is no registry: an address, a repository, a folder; no advisory can speak of such a package. `conditional`: the
    file asks for it on some platforms or versions alone. `maybe` are those of `needs` that stand under such a marker.
    """

    ecosystem: Ecosystem
    name: str
    version: str
    path: str
    line: int
    groups: tuple[str, ...] = ()
    direct: bool | None = None  # None: the file does not tell
    chain: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    source: str = ""
    needs: tuple[tuple[str, str], ...] | None = None
    files: tuple[Artifact, ...] = ()
    licence: str = ""
    conditional: bool = False
    maybe: tuple[tuple[str, str], ...] = ()

    @property
    def purl(self) -> Purl:
        if self.ecosystem == "PyPI":
            return Purl("pypi", "", self.name, self.version)
        namespace, _, name = self.name.rpartition("/")
        return Purl("npm", namespace, name, self.version)


class Part(NamedTuple):
    """A part of the project itself, such as a member of a workspace: `folder` is as the lock writes it, "" for the project's own. `needs`
    are as in Inventory, of this part alone, and with other parts among them.
    """

    name: str
    version: str
    folder: str
    line: int
    needs: Mapping[str, tuple[tuple[str, str], ...]]
    groups: tuple[str, ...] = ()


class Inventory(NamedTuple):
    """What one file or environment holds. `root` names the project itself, which is no package of it, "" where the file does not tell;
    `wants` are the requirements that its own manifest declares, name to specifier, for telling whether a lock is stale, None where
    the file holds none. `needs` are the packages that the project itself needs, by group, "" for what runs in production, as in Package;
    None where the file does not tell. `maybe` are those of `needs` that stand under a marker, by group. `parts` are those of a
    workspace, () where there is one part alone, or where the file does not name them: `unnamed` are their folders then.
    """

    path: str
    kind: str  # "uv.lock", "package-lock.json", "requirements", …
    packages: tuple[Package, ...]
    root: str = ""
    wants: tuple[tuple[str, str], ...] | None = None
    needs: Mapping[str, tuple[tuple[str, str], ...]] | None = None
    maybe: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({})
    parts: tuple[Part, ...] = ()
    unnamed: tuple[str, ...] = ()


def canonical(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()
