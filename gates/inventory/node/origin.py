"""What the lock files of all package managers write alike: names, versions, integrity, and addresses that packages come from."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from gates.core.patterns import lazy
from gates.inventory.package import Artifact

MAX_BYTES: Final = 64 << 20  # of a lock file; one with 20,000 packages has about 10 MB

# https://docs.npmjs.com/cli/configuring-npm/package-json#name, and the characters that the registry allowed in its first years.
_NAME = lazy(r"(?:@[A-Za-z0-9~!*'()._-]+/)?[A-Za-z0-9~!*'()_-][A-Za-z0-9~!*'()._-]*")
_VERSION = lazy(r"[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?")
_DIGEST_SIZES: Final = {"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
_SHA1 = lazy(r"[0-9a-f]{40}")
_USER = lazy(r"(?<=//)[^/?#\s]*@")
_HEX = lazy(r"[0-9a-f]{32,128}")


def is_name(text: str) -> bool:
    return len(text) <= 214 and _NAME.fullmatch(text) is not None


def is_version(text: str) -> bool:
    """Whether a registry can hold it."""
    return len(text) <= 256 and _VERSION.fullmatch(text) is not None


def split(text: str) -> tuple[str, str]:
    """The name and what follows its @ in "name@…", "@scope/name@…"; the second is "" where there is no such @."""
    at = text.find("@", 1)
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def is_plain(specifier: str) -> bool:
    """Whether only a registry can answer it: a range or a tag, no address, folder or protocol."""
    return ":" not in specifier and "/" not in specifier


def hashes(integrity: str) -> tuple[str, ...]:
    """Of a value as in https://www.w3.org/TR/sri-1/#the-integrity-attribute. Raises ValueError."""
    found = []
    for token in integrity.split():
        algorithm, _, rest = token.partition("-")
        digest = b64decode(rest.partition("?")[0], validate=True)
        if len(digest) != _DIGEST_SIZES.get(algorithm):
            raise ValueError("no digest of a known algorithm")
        found.append(f"{algorithm}:{digest.hex()}")
    return tuple(found)


def artifacts(address: str, digests: Sequence[str]) -> tuple[Artifact, ...]:
    """The one archive of a package, with its strongest digest; its name only where the address tells it."""
    if not digests:
        return ()
    name = address.rpartition("/")[2]
    if not name.endswith(".tgz") or "#" in address or "?" in address or "%" in name:
        name = unquote(address.partition("#")[0].partition("?")[0].rpartition("/")[2])
    strongest = digests[0] if len(digests) == 1 else max(digests, key=len)
    return (Artifact(name if name.endswith((".tgz", ".tar.gz", ".tar")) else "", strongest),)


def fragment_hash(address: str) -> tuple[str, ...]:
    """The SHA-1 that yarn writes behind the # of an archive's address; behind that of a repository a commit stands."""
    archive, _, fragment = address.rpartition("#")
    return (f"sha1:{fragment}",) if archive.endswith((".tgz", ".tar.gz")) and _SHA1.fullmatch(fragment) else ()


def from_registry(address: str, name: str, version: str) -> bool:
    """Whether an archive's address is that of exactly this package and version on a registry, whichever its host.

    Known are the shape that nearly all registries use (`name/-/name-1.2.3.tgz`), with the scope repeated in the file's name as GitLab
    does, and those of GitHub Packages and of jsr. Anything else could hold anything, and an address of another package or version
    says that the entry lies about what is installed. An address without a scheme and a host is relative to the registry.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if (parts.scheme, bool(parts.netloc)) not in (("https", True), ("http", True), ("", False)):
        return False
    path = unquote(parts.path)
    folder, dash, file = path.rpartition("/-/")
    if dash:
        *_, scope, leaf = ("", *folder.split("/"))
        found = f"{scope}/{leaf}" if scope.startswith("@") else leaf
        return found == name and file in (f"{name.rpartition('/')[2]}-{version}.tgz", f"{name}-{version}.tgz")
    before, github, last = path.rpartition(f"/download/{name}/{version}/")
    if github:
        return not before and _HEX.fullmatch(last) is not None
    start, jsr, number = path.removesuffix(f"/{name}/{version}.tgz").rpartition("/~/")
    return bool(jsr) and not start and number.isdecimal() and number.isascii() and path.endswith(".tgz")


def shown(address: str) -> str:
    """Without what may be a secret: the user of a web address, any password, and the query."""
    web = re.match(r"(?:git\+)?https?:", address, re.IGNORECASE)
    user = _USER.search(address)
    if user and (web or ":" in user[0]):
        address = address[: user.start()] + address[user.end() :]
    return re.sub(r"\?[^#]*", "", address) if web else address
