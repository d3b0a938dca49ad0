"""What the package managers of an image say they installed: a file that is byte for byte what a package brings to everybody holds no
secret of whoever built the image.

Their databases are kept as they are, compressed, and searched only for the few files in which something was found. A package that was
installed from a folder or an address, not from an index, is the image's own, and does not vouch for anything.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable
from typing import Final, NamedTuple

from gates.core.patterns import lazy
from gates.image.inspecting.lanes import Digests

LARGEST = 64 << 20  # bytes of a database that is looked at

# dpkg: `<md5>  <path>` for each file of a package, and ` <path> <md5>` in its status for a file that the administrator may change.
# https://manpages.debian.org/stable/dpkg-dev/deb-md5sums.5.en.html
_DPKG = lazy(r"var/lib/dpkg/(?:info|status\.d)/(?P<package>[^/]+)\.md5sums")
_DPKG_STATUS = lazy(r"var/lib/dpkg/(?:status|status\.d/[^/.]+)")
# apk: `F:<folder>`, then for each of its files `R:<name>` and `Z:Q1<SHA-1 in base64>`, in the paragraph of a package `P:<name>`.
# https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2
_APK = lazy(r"(?:usr/)?lib/apk/db/installed")
# Python: `<path>,sha256=<digest in base64>,<size>`, relative to the folder that the .dist-info folder is in; a direct_url.json says that
# the package is from no index. https://packaging.python.org/en/latest/specifications/recording-installed-packages/
_RECORD = lazy(r"(?P<base>.+)/(?P<package>[^/]+)\.dist-info/RECORD")
_DIRECT = lazy(r"(?P<folder>.+\.dist-info)/direct_url\.json")
_ENDS: Final = ("/installed", "/RECORD", "/direct_url.json")
_BOOKKEEPING = lazy(
    r"var/lib/dpkg/(?:status(?:-old)?|available|info/[^/]+|status\.d/[^/]+)|(?:usr/)?lib/apk/db/installed|.+\.dist-info/RECORD"
)


class _Database(NamedTuple):
    path: str
    packed: bytes


class File(NamedTuple):
    path: str
    digests: Digests | None  # None where they are not known


class Owners:
    """Holds the databases of all layers: a file of a lower layer may be from a package that a later one updates or removes."""

    def __init__(self) -> None:
        self._databases: list[_Database] = []
        self._direct: set[str] = set()

    def wants(self, path: str) -> bool:
        """Whether `take` is to be given the content."""
        known = (_DPKG, _DPKG_STATUS) if path.startswith("var/lib/dpkg/") else (_APK, _RECORD, _DIRECT) if path.endswith(_ENDS) else ()
        return any(form.fullmatch(path) for form in known)

    def take(self, path: str, data: bytes) -> None:
        if direct := _DIRECT.fullmatch(path):
            self._direct.add(direct["folder"])
        else:
            self._databases.append(_Database(path, zlib.compress(data, 1)))

    def packages(self, files: Iterable[File]) -> dict[File, str]:
        """Those of the files that a package brings with this very content, and its name."""
        left = dict.fromkeys(file for file in files if file.digests)
        found: dict[File, str] = {}
        for database in self._databases:
            if not left:
                break
            text = zlib.decompress(database.packed)
            vouched = {file: name for file in left if (name := self._vouching(database.path, text, file))}
            found |= vouched
            for file in vouched:
                del left[file]
        return found

    def _vouching(self, database: str, text: bytes, file: File) -> str:
        path, digests = file
        if digests is None:
            return ""
        if found := _DPKG.fullmatch(database):
            return found["package"].partition(":")[0] if _of_dpkg(text, path, digests) else ""
        if _DPKG_STATUS.fullmatch(database):
            return _of_status(text, path, digests)
        if _APK.fullmatch(database):
            return _of_apk(text, path, digests)
        record = _RECORD.fullmatch(database)
        if not record or database.removesuffix("/RECORD") in self._direct or not path.startswith(f"{record['base']}/"):
            return ""
        digest = base64.urlsafe_b64encode(digests.sha256).rstrip(b"=")
        line = path.removeprefix(f"{record['base']}/").encode("utf-8", "surrogateescape") + b",sha256=" + digest + b","
        return record["package"] if _has_line(text, line) else ""


def is_bookkeeping(path: str) -> bool:
    """Lists of names and digests, which are full of what looks like keys."""
    return _BOOKKEEPING.fullmatch(path) is not None


def _spelt(path: str) -> tuple[bytes, ...]:
    """As a package may name it: /bin, /lib and /sbin are links into /usr in most systems of today."""
    encoded = path.encode("utf-8", "surrogateescape")
    return (encoded, encoded.removeprefix(b"usr/")) if encoded.startswith(b"usr/") else (encoded,)


def _has_line(text: bytes, start: bytes) -> bool:
    return text.startswith(start) or b"\n" + start in text


def _of_dpkg(text: bytes, path: str, digests: Digests) -> bool:
    return any(_has_line(text, b"%b  %b\n" % (digests.md5.hex().encode(), name)) for name in _spelt(path))


def _of_status(text: bytes, path: str, digests: Digests) -> str:
    at = text.find(b"\n /%b %b" % (path.encode("utf-8", "surrogateescape"), digests.md5.hex().encode()))
    if at < 0:
        return ""
    names = re.findall(rb"^Package: (\S+)$", text[text.rfind(b"\n\n", 0, at) + 1 : at], re.MULTILINE)
    return names[-1].decode("ascii", "replace") if names else ""


def _of_apk(text: bytes, path: str, digests: Digests) -> str:
    folder, _, name = path.encode("utf-8", "surrogateescape").rpartition(b"/")
    wanted = b"Z:Q1" + base64.b64encode(digests.sha1)
    package = here = file = b""
    for line in text.split(b"\n"):
        mark = line[:2]
        if mark == b"P:":
            package = line[2:]
        elif mark == b"F:":
            here = line[2:]
        elif mark == b"R:":
            file = line[2:]
        elif line == wanted and file == name and here in (folder, folder.removeprefix(b"usr/")):
            return package.decode("utf-8", "replace")
    return ""
