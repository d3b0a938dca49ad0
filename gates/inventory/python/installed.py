"""What installed packages tell of themselves and of each other: licences, who made them, what they need, which wheel they came in.

Formats: https://packaging.python.org/en/latest/specifications/core-metadata/ and
https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from gates.inventory.package import Artifact


class Installed(NamedTuple):
    """`name` and `version` are as in Package. `expression` is the field License-Expression, `licence` the field License, which may hold
    a whole licence or anything else, `classifiers` those of licences; "" and () where the package says nothing.

    `authors` and `maintainers` are names, without addresses. `links` are Project-URL, label and address, with Home-page and Download-URL
    under these labels. `needs` are canonical names of installed packages, `missing` of those that it needs and that are not installed.
    `tags` are those of the wheel that it was installed from, () where nothing tells. `address` is where it was installed from if that is
    no registry, and `digests` are those of the archive there, written as in Package. `recorded`: what was installed is listed in RECORD.
    """

    name: str
    version: str
    path: str
    expression: str = ""
    licence: str = ""
    classifiers: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    maintainers: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    build: str = ""
    address: str = ""
    digests: tuple[str, ...] = ()
    recorded: bool = False
    summary: str = ""


def markers(site_packages: str, running: Mapping[str, str]) -> dict[str, str]:
    raise NotImplementedError


def details(site_packages: str, markers: Mapping[str, str], extras: Mapping[str, Collection[str]]) -> dict[str, Installed]:
    raise NotImplementedError


def matched(installed: Installed, files: Sequence[Artifact]) -> Artifact | None:
    raise NotImplementedError
