"""Reads archives in the tests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from gates.core.deadline import Deadline
from gates.core.documents import DocumentError
from gates.image.archive import Entry, Image, Left, Limits, opened
from tests.doubles.images import Layer

APP = (
    Layer({"etc/passwd": "root:x:0:0\n", "app/a": b"a" * 100_000, "app/b": "b"}, created_by="COPY a b /app/", compression="gzip"),
    Layer({"srv/c": "c" * 70_000}, deleted=("etc/passwd",), opaque=("app",), created_by="RUN rm", compression="zstd"),
)
WHAT_APP_HOLDS = [
    [
        ("etc", "directory", b""),
        ("etc/passwd", "file", b"root:x:0:0\n"),
        ("app", "directory", b""),
        ("app/a", "file", b"a" * 100_000),
        ("app/b", "file", b"b"),
    ],
    [
        ("app", "directory", b""),
        ("app", "opaque", b""),
        ("etc", "directory", b""),
        ("etc/passwd", "whiteout", b""),
        ("srv", "directory", b""),
        ("srv/c", "file", b"c" * 70_000),
    ],
]


def content(entry: Entry) -> bytes:
    parts = []
    while part := entry.read(10_000):
        parts.append(part)
    return b"".join(parts)


def images(path: Path, *, name: str = "", platform: str = "", limits: Limits | None = None) -> tuple[tuple[Image, ...], tuple[Left, ...]]:
    with opened(os.fspath(path), Deadline(60), name=name, platform=platform, limits=limits) as archive:
        return archive.images, archive.left


def held(path: Path, limits: Limits | None = None) -> list[list[tuple[str, str, bytes]]]:
    """Path, kind and content of everything in the layers of the first image."""
    with opened(os.fspath(path), Deadline(60), limits=limits) as archive:
        return [[(entry.path, entry.kind, content(entry)) for entry in archive.entries(layer)] for layer in archive.images[0].layers]


def read_everything(path: Path, limits: Limits | None = None) -> Sequence[object]:
    """All that can be seen of the archive, in the order in which it is read quickest."""
    seen: list[object] = []
    with opened(os.fspath(path), Deadline(60), limits=limits) as archive:
        seen += archive.images
        for layer in archive.layers():
            seen += [(layer.diff_id, *entry[:7], content(entry)) for entry in archive.entries(layer)]
    return seen


def failure(path: Path, limits: Limits | None = None) -> str:
    """What is said of an archive that cannot be read, without where it lies."""
    with pytest.raises(DocumentError) as raised:
        read_everything(path, limits)
    return str(raised.value).replace(os.fspath(path), path.name)
