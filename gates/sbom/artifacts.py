"""Whose digests a component has: those of the file that was installed, or that a lock names where only one comes into question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gates.inventory.package import Artifact
from gates.inventory.python.installed import Installed, matched
from gates.sbom.component import Digest, Distribution

# As the schema spells them: https://cyclonedx.org/docs/1.6/json/#components_items_hashes_items_alg
_ALGORITHMS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}
_LENGTHS = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128}


class Held(NamedTuple):
    """`distributions` where it cannot be told which file it is."""

    digests: tuple[Digest, ...] = ()
    artifact: str = ""
    distributions: tuple[Distribution, ...] = ()


def held(files: Sequence[Artifact], hashes: Sequence[str], installed: Installed | None) -> Held:
    """`files` and `hashes` are as in Package, of all locks that name it."""
    file = matched(installed, files) if installed else _only(files)
    if file is not None and file.hash:
        # A registry may give one file several digests: with a single file, all of them are its own.
        return Held(_digests(hashes if len(files) == 1 else (file.hash,)), file.name)
    if installed and installed.digests:
        return Held(_digests(installed.digests))
    if not files and len(hashes) == 1:
        return Held(_digests(hashes))
    if files:
        return Held(distributions=tuple(Distribution(each.name, _digests((each.hash,))) for each in sorted(files) if each.name))
    return Held(distributions=(Distribution("", _digests(sorted(hashes))),)) if hashes else Held()


def _only(files: Sequence[Artifact]) -> Artifact | None:
    """An installer takes the sdist only where no wheel fits, and a wheel for every platform always does."""
    if len(files) == 1:
        return files[0]
    wheels = [file for file in files if file.name.endswith(".whl")]
    universal = len(wheels) == 1 and wheels[0].name.endswith(("-py3-none-any.whl", "-py2.py3-none-any.whl"))
    return wheels[0] if universal and len(files) == 2 else None


def _digests(hashes: Iterable[str]) -> tuple[Digest, ...]:
    """Those that CycloneDX has a name for."""
    found = []
    for text in hashes:
        algorithm, _, value = text.partition(":")
        name = _ALGORITHMS.get(algorithm.lower(), "")
        if name and len(value) == _LENGTHS[name]:
            found.append(Digest(name, value.lower()))
    return tuple(dict.fromkeys(found))
