"""Archives in a layer are opened, and those that are not are told."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.image.inspecting import packed
from tests.detect.expand import expand
from tests.detect.samples import scanner
from tests.doubles.images import Layer
from tests.image.inspecting.support import inspect, layers

TOKEN = expand("{github:ghp_}").decode()
LINE = f"token = {TOKEN}\n".encode()
NOISE = b"".join(number.to_bytes(4, "big") * 4 for number in range(300_000))  # compresses, and not to nothing


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def tarred(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    ("path", "data", "place"),
    [
        ("app/a.jar", zipped(("META-INF/a", b"a"), ("b/c.properties", LINE)), "/app/a.jar!b/c.properties"),
        ("app/a.whl", zipped(("b.py", LINE), method=zipfile.ZIP_STORED), "/app/a.whl!b.py"),
        ("app/a.tgz", gzip.compress(tarred("b/c", LINE)), "/app/a.tgz!b/c"),
        ("app/a.gz", gzip.compress(LINE), "/app/a.gz!a"),
        ("app/a.bz2", bz2.compress(LINE), "/app/a.bz2!a"),
        ("app/a.tar.xz", lzma.compress(tarred("b", LINE)), "/app/a.tar.xz!b"),
        ("app/a.tar", tarred("b", LINE), "/app/a.tar!b"),
        ("app/a.war", zipped(("lib/b.jar", zipped(("c", LINE)))), "/app/a.war!lib/b.jar!c"),
        ("app/large.jar", zipped(("noise", NOISE), ("c", LINE), method=zipfile.ZIP_STORED), "/app/large.jar!c"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_secret_in_an_archive(path: str, data: bytes, place: str) -> None:
    told = inspect(layers({path: data}, Layer({"a": "a"}, deleted=[path])))
    finding = told.one("secret-in-layer")
    assert f"{place} (line" in finding.message
    assert "deleted in layer 2" in finding.message
    assert finding.data["path"] == place[1:]
    assert not told.skipped


def test_an_archive_may_be_excluded_as_a_whole_or_in_part() -> None:
    image = layers({"a.jar": zipped(("b", LINE)), "c.jar": zipped(("d", LINE), ("e", LINE))})
    told = inspect(image, excluded=lambda path: "ours" if path.endswith(("!a.jar!b", "!c.jar!d")) else "")
    assert [finding.data["path"] for finding in told.of("secret-in-layer")] == ["c.jar!e"]
    assert sorted(skipped.path.partition("!")[2] for skipped in told.skipped) == ["a.jar!b", "c.jar!d"]


def test_archives_that_are_not_opened_are_one_line_for_a_layer() -> None:
    lz4 = b"\x04\x22\x4d\x18" + b"x" * 100
    files = {f"lists/{number}.lz4": lz4 for number in range(37)} | {"cut.gz": gzip.compress(LINE * 9)[:-9]}
    told = inspect(layers(files, {"a": "a"}))
    (skipped,) = told.skipped
    assert skipped.reason.startswith("38 archives in it are not opened, or not to the end: /cut.gz")
    assert "/lists/0.lz4 is in the format lz4" in skipped.reason
    assert skipped.reason.endswith("and 36 more")
    assert not told.unread


def test_a_bomb_in_a_layer_is_told() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    (skipped,) = inspect(layers({"app/bomb.gz": bomb})).skipped
    assert "an archive in it is not opened" in skipped.reason
    assert "times its size" in skipped.reason
    assert "policy" not in skipped.reason


def test_what_is_too_large_to_be_held_is_told_and_scanned_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_MOST_HELD", 1 << 20)
    stored = zipped(("noise", NOISE), ("c", LINE), method=zipfile.ZIP_STORED)
    told = inspect(layers({"a.jar": stored, "run.sh": b"#!/bin/sh\n" + stored}))
    assert [finding.data["path"] for finding in told.of("secret-in-layer")] == ["a.jar", "run.sh"]
    (skipped,) = told.skipped
    assert "/a.jar is an archive of more than 1 MiB" in skipped.reason
    assert "/run.sh ends with a zip archive" in skipped.reason


def test_the_deadline_holds_in_archives() -> None:
    with pytest.raises(GateUnavailable, match="time limit"):
        packed.looked_into(scanner(), "a.gz", gzip.compress(LINE), (), Deadline(0))
