"""An installed environment, read as data: its interpreter is never started, nothing is imported, no .pth file is followed.

Formats: https://packaging.python.org/en/latest/specifications/recording-installed-packages/ and, for direct_url.json,
https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gates.core.documents import DocumentError, Table, read_json
from gates.core.documents.node import quoted
from gates.core.errors import UsageError
from gates.inventory.package import Inventory, Package, canonical
from gates.inventory.python.reading import address, parse_hash, parse_name, parse_version

if TYPE_CHECKING:
    from email.message import Message

MAX_METADATA = 16 << 20  # bytes; the file holds the package's whole README
_MAX_HEADERS = 1 << 20


class Distribution(NamedTuple):
    """`headers` are those of its metadata; None where an egg-link alone stands for it."""

    package: Package
    headers: Message | None


def read_environment(site_packages: str) -> Inventory:
    """Of one site-packages folder; `Package.path` is the folder of its metadata there. Groups and ways to a package are not known.

    Raises UsageError where the folder does not exist, DocumentError where a package in it cannot be told.
    """
    return Inventory(site_packages, "environment", tuple(found.package for found in distributions(site_packages)))


def distributions(site_packages: str) -> Iterator[Distribution]:
    """By the names of their folders. Each name is there once; raises as `read_environment`."""
    try:
        names = sorted(os.listdir(site_packages))
    except OSError as error:
        raise UsageError("the folder of installed packages cannot be read", site_packages) from error
    seen: dict[str, str] = {}
    for name in names:
        for found in _distributions(site_packages, name):
            package = found.package
            first = seen.setdefault(package.name, package.path)
            if first != package.path:
                raise DocumentError(f"{package.name} is installed twice, also as {os.path.basename(first)}; remove one", package.path)
            yield found


def _distributions(site_packages: str, name: str) -> Iterator[Distribution]:
    folder = f"{site_packages.rstrip('/')}/{name}"
    lower = name.lower()
    if lower.endswith(".dist-info"):
        yield _distribution(folder, f"{folder}/METADATA", name)
    elif lower.endswith(".egg-info"):
        yield _distribution(folder, f"{folder}/PKG-INFO" if os.path.isdir(folder) else folder, name)
    elif lower.endswith(".egg-link"):
        # What `setup.py develop` leaves: the path of a folder, which is not looked into.
        where = read_regular(folder, folder).decode("utf-8", "replace").partition("\n")[0].strip()
        yield Distribution(Package("PyPI", _name(name.rpartition(".")[0], folder), "", folder, 0, source=where or "."), None)
    elif lower.endswith(".egg"):
        if not os.path.isdir(folder):
            raise DocumentError("an installed egg that is a zip file is not read; install the package as a wheel", folder)
        yield _distribution(folder, f"{folder}/EGG-INFO/PKG-INFO", name)


def _distribution(folder: str, metadata: str, entry: str) -> Distribution:
    headers = parse_headers(read_regular(metadata, folder), folder)
    name = _name(_once(headers, "name", folder), folder)
    written = _once(headers, "version", folder)
    try:
        version = parse_version(written)
    except ValueError:
        raise DocumentError(f"its version {quoted(written)} is no version of a Python package", folder) from None
    _check_folder(entry, name, version, folder)
    source, digests = _origin(folder)
    return Distribution(Package("PyPI", name, version, folder, 0, hashes=digests, source=source), headers)


def _name(text: str, folder: str) -> str:
    try:
        return parse_name(text)
    except ValueError:
        raise DocumentError(f"{quoted(text)} is no name of a Python package", folder) from None


def _check_folder(entry: str, name: str, version: str, folder: str) -> None:
    """Installers go by the folder's name, importers by what is in it; where they differ, nobody knows what is installed."""
    stem = entry.rpartition(".")[0]
    whose, _, rest = stem.partition("-")
    if canonical(whose) != name and canonical(stem) != name and not canonical(stem).startswith(f"{name}-"):
        raise DocumentError(f"the folder holds the metadata of {name}; reinstall the package, or remove the folder", folder)
    if not entry.lower().endswith(".dist-info"):
        return  # egg names hold the version of Python too, and may lack their own
    try:
        written = parse_version(rest.replace("_", "-"))
    except ValueError:
        return  # an old way to write a local version
    if _public(written) != _public(version):
        raise DocumentError(f"the folder is of version {written}, the metadata in it of {version}; reinstall the package", folder)


def _public(version: str) -> object:
    from packaging.version import Version

    return Version(Version(version).public)


def parse_headers(data: bytes, folder: str) -> Message:
    """Of METADATA, PKG-INFO or WHEEL. Raises DocumentError."""
    from email.parser import HeaderParser

    # The headers end at the first empty line; the parser would read all of it.
    end = min((at for at in (data.find(b"\n\n"), data.find(b"\r\n\r\n")) if at >= 0), default=len(data))
    if end > _MAX_HEADERS:
        raise DocumentError(f"the headers of its metadata have more than {_MAX_HEADERS} bytes", folder)
    return HeaderParser().parsestr(data[: end + 1].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))


def _once(headers: Message, field: str, folder: str) -> str:
    values = [str(value).strip() for value in headers.get_all(field, [])]
    if len(values) != 1 or not values[0]:
        raise DocumentError(f"its metadata must give the {field} once; reinstall the package, or remove the folder", folder)
    return values[0]


def _origin(folder: str) -> tuple[str, tuple[str, ...]]:
    """Where it was installed from if that is no registry, and the digests of the archive there."""
    path = f"{folder}/direct_url.json"
    if not os.path.lexists(path):
        return "", ()
    found = Table(read_json(read_regular(path, folder), path), path, "the origin")
    where = address(found.text("url"))
    vcs = found.table("vcs_info")
    if vcs is not None:
        return f"{vcs.text('vcs')}+{where}@{vcs.text('commit_id')}", ()
    archive = found.table("archive_info")
    return where, () if archive is None else tuple(dict.fromkeys(_digests(archive)))


def _digests(archive: Table) -> Iterator[str]:
    """Installers wrote `hash` before `hashes` came, and may write both."""
    hashes = archive.table("hashes")
    written = [f"{algorithm}:{hashes.text(algorithm)}" for algorithm in hashes] if hashes is not None else []
    if "hash" in archive:
        written.append(archive.text("hash").replace("=", ":", 1))
    for text in written:
        try:
            yield parse_hash(text)
        except ValueError as error:
            raise archive.error(str(error)) from None


def read_regular(path: str, folder: str) -> bytes:
    """A regular file alone: a pipe would never end. Raises DocumentError, of `folder`."""
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise DocumentError("its metadata is no regular file; reinstall the package, or remove the folder", folder)
            data = file.read(MAX_METADATA + 1)
    except (OSError, ValueError) as error:
        leaf = os.path.basename(path)
        raise DocumentError(f"its {leaf} cannot be read; reinstall the package, or remove the folder", folder) from error
    if len(data) > MAX_METADATA:
        raise DocumentError(f"its metadata has more than {MAX_METADATA} bytes", folder)
    return data
