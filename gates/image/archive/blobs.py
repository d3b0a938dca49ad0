"""The files of an archive by name, whether it is a folder, a tar or a compressed tar; and documents among them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from posixpath import dirname, join, normpath
from typing import BinaryIO, Final, NamedTuple, Protocol

from gates.core.documents import Node, read_json
from gates.core.patterns import lazy
from gates.image.archive import tars
from gates.image.archive.limits import KIB, MIB, Budget, Damaged, Read, gather, joined
from gates.image.archive.streams import CHUNK, Feed, unpacked

ALGORITHMS: Final = {"sha256": 64, "sha512": 128}  # https://github.com/opencontainers/image-spec/blob/main/descriptor.md
_DIGEST: Final = lazy(r"([a-z0-9]+):([0-9a-f]+)")
_HOPS: Final = 8  # links behind one another
_KEPT: Final = MIB  # bytes of a document that is kept while a compressed archive is listed
_ALL_KEPT: Final = 16 * MIB
_CUT: Final = "is shorter than it was when the archive was opened"


class Store(Protocol):
    """Every method raises Damaged for a file that is not there or cannot be had, OSError where the machine fails."""

    path: str  # of the archive

    def __contains__(self, name: str) -> bool: ...
    def size(self, name: str) -> int: ...
    def place(self, name: str) -> int:
        """Files are read quickest in the order of these numbers."""

    def resolved(self, name: str) -> str:
        """The name of the file behind links."""

    @contextmanager
    def opened(self, name: str) -> Iterator[Read]: ...


class Document(NamedTuple):
    name: str
    node: Node
    path: str  # for messages
    digest: str
    size: int


def document(store: Store, name: str, budget: Budget, digest: str = "") -> Document:
    """A JSON file of the archive, which has that digest if one is given, else any. Raises DocumentError and Damaged."""
    budget.poll()
    size, most = store.size(name), budget.limits.document
    if size > most:
        raise Damaged(f"has {size} bytes, and at most {most} are read of a document").within(name)
    with store.opened(name) as read:
        data = gather(read, size)
    algorithm = algorithm_of(digest or "sha256:" + "0" * 64, name)
    found = f"{algorithm}:{hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()}"
    if digest and found != digest:
        raise Damaged(f"has the digest {found}, not {digest}").within(name)
    if sum(map(data.count, b",[{:")) > budget.limits.values:
        raise Damaged(f"has more than {budget.limits.values} values").within(name)
    path = joined(store.path, name)
    return Document(name, read_json(data, path, max_bytes=most), path, found, size)


def algorithm_of(digest: str, name: str) -> str:
    """Raises Damaged, about the document of that name, for what is no digest of a known algorithm."""
    found = _DIGEST.fullmatch(digest)
    if not found:
        raise Damaged(f"holds {digest[:80]!r} where a digest should be").within(name)
    algorithm = found[1]
    if ALGORITHMS.get(algorithm) != len(found[2]):
        raise Damaged(f"holds a digest of an unknown kind, {digest[:80]!r}; sha256 and sha512 are known").within(name)
    return algorithm


def blob_name(digest: str, name: str) -> str:
    """Where an OCI layout keeps it. `name` is the document that says the digest."""
    return f"blobs/{algorithm_of(digest, name)}/{digest.partition(':')[2]}"


# A folder


class Folder:
    __slots__ = ("_root", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self._root = os.path.realpath(path)

    def __contains__(self, name: str) -> bool:
        return os.path.lexists(os.path.join(self._root, name))

    def size(self, name: str) -> int:
        found = os.stat(self._real(name))
        if not stat.S_ISREG(found.st_mode):
            raise Damaged("is no regular file").within(name)
        return found.st_size

    def place(self, name: str) -> int:
        return 0

    def resolved(self, name: str) -> str:
        return name

    @contextmanager
    def opened(self, name: str) -> Iterator[Read]:
        real = self._real(name)
        # Not waiting for the other end of a pipe that took the file's place, and not following a link that did.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(real, flags), "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Damaged("is no regular file").within(name)
            yield lambda count: file.read(count) or b""

    def _real(self, name: str) -> str:
        real = os.path.realpath(os.path.join(self._root, name))
        if os.path.commonpath((self._root, real)) != self._root:
            raise Damaged("is a link that leads out of the folder").within(name)
        if not os.path.exists(real):
            raise missing(name)
        return real


# A tar


class Source(Protocol):
    """Bytes at any place: at least one and at most so many, b"" at the end."""

    def read(self, offset: int, count: int) -> bytes: ...


class Seekable:
    __slots__ = ("_file",)

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, offset: int, count: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(count)


class Compressed:
    """Reads on from where it is, and for what lies before that from the start again."""

    __slots__ = ("_budget", "_feed", "_file", "_kind", "_size")

    def __init__(self, file: BinaryIO, kind: str, budget: Budget) -> None:
        self._file = file
        self._kind = kind
        self._budget = budget
        self._size = file.seek(0, os.SEEK_END)
        self._feed = self._start()

    def _start(self) -> Feed:
        self._file.seek(0)
        return Feed(unpacked(self._kind, self._file.read, self._size, self._budget))

    def read(self, offset: int, count: int) -> bytes:
        if offset < self._feed.position:
            self._feed = self._start()
        self._feed.skip(offset - self._feed.position)
        return self._feed.some(count)


class _File(NamedTuple):
    offset: int
    size: int
    link: str  # to another of them; "" for a file
    twice: bool  # its name stands there more than once


class Tar:
    __slots__ = ("_files", "_kept", "_source", "path")

    def __init__(self, path: str, source: Source, files: dict[str, _File], kept: dict[str, bytes]) -> None:
        self.path = path
        self._source = source
        self._files = files
        self._kept = kept

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def size(self, name: str) -> int:
        return self._found(name).size

    def place(self, name: str) -> int:
        return self._found(name).offset

    def resolved(self, name: str) -> str:
        found = self._one(name)
        for _ in range(_HOPS):
            if not found.link:
                return name
            name = found.link
            found = self._one(name)
        raise Damaged("is a link to a link, and so on").within(name)

    @contextmanager
    def opened(self, name: str) -> Iterator[Read]:
        name = self.resolved(name)
        found = self._files[name]
        at = 0

        def read(count: int) -> bytes:
            nonlocal at
            count = min(count, found.size - at)
            if count <= 0:
                return b""
            kept = self._kept.get(name)
            data = self._source.read(found.offset + at, count) if kept is None else kept[at : at + count]
            if not data:
                raise Damaged(_CUT).within(name)
            at += len(data)
            return data

        yield read

    def _one(self, name: str) -> _File:
        found = self._files.get(name)
        if found is None:
            raise missing(name)
        if found.twice:
            raise Damaged("stands in the archive more than once, and readers do not agree on which one counts").within(name)
        return found

    def _found(self, name: str) -> _File:
        return self._files[self.resolved(name)]


def listed(path: str, source: Source, budget: Budget, *, seekable: bool) -> Tar:
    """The tar with its files found. Of one that cannot be read from any place, documents are kept, so that the next reading is one for
    the layers. Raises Damaged.
    """
    at = 0

    def read(count: int) -> bytes:
        nonlocal at
        data = source.read(at, count)
        at += len(data)
        return data

    def jump(count: int) -> None:
        nonlocal at
        at += count

    # A tar that is not compressed is read header by header.
    feed = Feed(read, 4 * KIB, jump) if seekable else Feed(read, CHUNK)
    files: dict[str, _File] = {}
    kept: dict[str, bytes] = {}
    room = _ALL_KEPT
    for member in tars.members(feed, budget, end_mark=True):
        name = clean(member.name)
        if member.kind == b"5" or (member.kind == b"\0" and member.name.endswith(b"/")):
            continue
        if member.kind not in (b"0", b"\0", b"7", b"1", b"2") or member.size != member.stored:
            raise Damaged("is no file, folder or link").within(name)
        link = ""
        if member.kind == b"2":
            link = clean(normpath(join(dirname(name).encode("utf-8", "surrogateescape"), member.link)))
        elif member.kind == b"1":
            link = clean(member.link)
        files[name] = _File(member.offset, member.stored, link, name in files)
        if not seekable and not link and member.stored <= min(_KEPT, room):
            head = member.read(1)
            if head in (b"{", b"["):
                kept[name] = head + gather(member.read, member.stored - 1)
                room -= member.stored
    return Tar(path, source, files, kept)


def clean(name: bytes) -> str:
    """A name in an archive without "./" and "/" at its end. Raises Damaged for one that is empty, absolute, or leads out."""
    text = name.decode("utf-8", "surrogateescape")
    parts = text.split("/")
    if "" in parts or "." in parts:
        if text.startswith("/"):
            raise Damaged("has an absolute name").within(text)
        parts = [part for part in parts if part and part != "."]
        if not text:
            raise Damaged("holds an entry without a name")
        text = "/".join(parts) or "."
    if ".." in parts:
        raise Damaged('has a name with ".." in it').within(text)
    return text


def missing(name: str) -> Damaged:
    return Damaged("is not in the archive").within(name)
