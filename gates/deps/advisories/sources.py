"""The files of a database of advisories, out of a folder or a zip, in one of the layouts in which such databases are published.

- https://google.github.io/osv.dev/data/: PyPI/all.zip and npm/all.zip, a record per member; osv-scanner keeps its copies likewise,
  below osv-scanner or osv-scalibr
- a checkout of pypa/advisory-database: vulns/PACKAGE/ID.yaml
- a checkout of github/advisory-database: advisories/github-reviewed/…/ID.json
- anything else: every .json, .yaml and .yml outside hidden folders
"""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import IO, NamedTuple

from gates.core.errors import GateUnavailable, UsageError
from gates.core.patterns import lazy
from gates.deps.advisories.osv import MAX_BYTES

MAX_TOTAL = 16 << 30  # bytes of all records unpacked
MAX_ZIP = 1 << 30  # bytes of one zip; that of npm has about 200 MB
MAX_FILES = 5_000_000

_ZIPS = lazy(r"(?:.*/)?(?:PyPI|npm)/all\.zip|all\.zip")
_PYPA = lazy(r"(?:.*/)?vulns/([^/]+)/[^/]+\.ya?ml")
_GITHUB = lazy(r"(?:.*/)?advisories/github-reviewed/.*\.json")
_PLAIN = lazy(r"(?!(?:.*/)?\.).*\.(?:json|ya?ml)")


class File(NamedTuple):
    """`folder` is the package that a checkout of pypa/advisory-database files it under, "" elsewhere."""

    origin: str  # below the source: "PyPI/all.zip/PYSEC-2021-1.json"
    data: bytes
    folder: str = ""

    @property
    def stem(self) -> str:
        return self.origin.rpartition("/")[2].rpartition(".")[0]

    @property
    def is_yaml(self) -> bool:
        return not self.origin.endswith(".json")


def files(path: str) -> Iterator[File]:
    """In the order of their names. Raises UsageError where there is no such source, GateUnavailable where it cannot be read or believed."""
    budget = _Budget(path)
    if _is_folder(path):
        yield from _of_folder(path, budget)
    else:
        with _opened(path) as file:
            yield from _of_zip(file, "", budget, path)


def fingerprint(path: str) -> str:
    """Of every byte that `files` reads; a zip is not unpacked for it. Raises as `files` does."""
    total = hashlib.sha256()
    names = _chosen(_walk(path)) if _is_folder(path) else [""]
    for name in names:
        digest = hashlib.sha256()
        with _opened(os.path.join(path, name) if name else path) as file:
            while block := file.read(1 << 20):
                digest.update(block)
        total.update(os.fsencode(name) + b"\0" + digest.digest())
    return total.hexdigest()


def _is_folder(path: str) -> bool:
    if not os.path.exists(path):
        raise UsageError("there is no such folder, zip or imported database of advisories", path)
    return os.path.isdir(path)


class _Budget:
    """Bounds what a small zip can unpack to."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._bytes = MAX_TOTAL
        self._files = MAX_FILES

    def spend(self, size: int) -> None:
        self._bytes -= size
        self._files -= 1
        if self._bytes < 0 or self._files < 0:
            raise GateUnavailable(f"{self._path}: the database of advisories holds more than {MAX_TOTAL >> 30} GiB or {MAX_FILES} records")


def _chosen(names: Iterable[str]) -> list[str]:
    names = sorted(names)
    known = [name for name in names if _ZIPS.fullmatch(name) or _PYPA.fullmatch(name) or _GITHUB.fullmatch(name)]
    return known or [name for name in names if _PLAIN.fullmatch(name)]


def _of_folder(path: str, budget: _Budget) -> Iterator[File]:
    for name in _chosen(_walk(path)):
        with _opened(os.path.join(path, name)) as file:
            if _ZIPS.fullmatch(name):
                yield from _of_zip(file, name, budget, path)
            else:
                yield _file(name, _read(file, f"{path}: {name}"), budget)


def _walk(path: str) -> Iterator[str]:
    """Names of the files below, relative and POSIX, without hidden folders. A link is refused: what it leads to may be anything."""
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(os.path.join(path, folder)))
        except OSError as error:
            raise GateUnavailable(f"{os.path.join(path, folder)}: {error.strerror or 'cannot be read'}") from None
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                raise GateUnavailable(f"{path}: {name} is a symbolic link; a database of advisories holds none")
            if entry.is_dir():
                folders.append(name)
            else:
                yield name


def _opened(path: str) -> IO[bytes]:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))  # a pipe must not hang us
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise GateUnavailable(f"{path}: not a regular file")
        return open(descriptor, "rb")
    except OSError as error:
        raise GateUnavailable(f"{path}: {error.strerror or 'cannot be read'}") from None


def _read(file: IO[bytes], place: str) -> bytes:
    try:
        data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise GateUnavailable(f"{place}: {error.strerror or 'cannot be read'}") from None
    return _bounded(data, place)


def _bounded(data: bytes, place: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise GateUnavailable(f"{place} is longer than {MAX_BYTES >> 20} MiB, which no record of an advisory is")
    return data


def _file(name: str, data: bytes, budget: _Budget) -> File:
    budget.spend(len(data))
    filed = _PYPA.fullmatch(name)
    return File(name, data, filed[1] if filed else "")


def _of_zip(file: IO[bytes], name: str, budget: _Budget, path: str) -> Iterator[File]:
    """`name` is that of the zip below the source, "" where it is the source. A zip inside a zip is opened, one inside that is not."""
    place = f"{path}: {name}" if name else path
    prefix = f"{name}/" if name else ""
    try:
        if file.seek(0, os.SEEK_END) > MAX_ZIP:
            raise GateUnavailable(f"{place} is larger than {MAX_ZIP >> 30} GiB")
        with zipfile.ZipFile(file) as archive:
            members = {_checked(member, place): member for member in archive.infolist() if not member.is_dir()}
            for member in _chosen(members):
                if _ZIPS.fullmatch(member):
                    if isinstance(file, BytesIO):
                        raise GateUnavailable(f"{place}: {member} is a zip inside a zip inside a zip")
                    yield from _of_zip(BytesIO(_member(archive, members[member], MAX_ZIP, place)), prefix + member, budget, path)
                else:
                    yield _file(
                        prefix + member, _bounded(_member(archive, members[member], MAX_BYTES, place), f"{place}: {member}"), budget
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError):
        raise GateUnavailable(f"{place} is no zip that can be read, or is damaged; fetch it again") from None
    except OSError as error:
        raise GateUnavailable(f"{place}: {error.strerror or 'cannot be read'}") from None


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int, place: str) -> bytes:
    """One byte more than `limit` at most; the size that the zip states is not believed."""
    if member.flag_bits & 1:
        raise GateUnavailable(f"{place}: {member.filename} is encrypted")
    with archive.open(member) as file:
        return file.read(limit + 1)


def _checked(member: zipfile.ZipInfo, place: str) -> str:
    """Nothing is written under a member's name; one that leads out of the zip shows that this is no database of advisories."""
    name = member.orig_filename
    if name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/"):
        raise GateUnavailable(f"{place}: the member {name[:100]!r} leads out of the zip")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise GateUnavailable(f"{place}: {name[:100]} is a symbolic link; a database of advisories holds none")
    return name.removeprefix("./")
