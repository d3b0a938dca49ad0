"""Archives: what lies in them is found, what they cost is bounded, and what could not be looked at is never a pass."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import random
import struct
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.core.finding import Finding
from gates.core.gate import Event, Scanned, Selection, Skipped, Unread
from gates.detect import archives
from gates.detect.archives import Inner, Limits, Unopened, look_inside, may_be_archive
from gates.secrets.gate import GATE, Options
from tests.core.conftest import Maker, make
from tests.detect.expand import expand
from tests.secrets.support import context_of

__all__ = ["make"]

LIMITS = Limits(depth=3, mib=256, members=100_000, ratio=200, table="secrets")
MIB = 1 << 20
TEXTS = {"a.txt": b"alpha\n" * 50, "folder/b.bin": random.Random(1).randbytes(3_000), "empty": b""}


def token(number: int = 0) -> bytes:
    return expand("{github:ghp_}", number)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.comment = comment
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return made.getvalue()


def tarred(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def seen(data: bytes, limits: Limits = LIMITS, deadline: Deadline | None = None) -> tuple[dict[Inner, bytes], dict[Inner, Unopened]]:
    """The members of an archive, and what could not be opened in it."""
    members: dict[Inner, bytes] = {}
    closed: dict[Inner, Unopened] = {}
    for each in look_inside(io.BytesIO(data), limits, deadline or Deadline(60.0)):
        if isinstance(each, Unopened):
            closed[each.inner] = each
        elif each.rest is None:
            members[each.inner] = each.data
        else:
            members[each.inner] = b"".join(iter(partial(each.rest.read, MIB), b""))
    return members, closed


def opened(data: bytes, limits: Limits = LIMITS) -> dict[Inner, bytes]:
    """The same where everything can be opened."""
    members, closed = seen(data, limits)
    assert not closed
    return members


def reasons(data: bytes, limits: Limits = LIMITS) -> dict[Inner, str]:
    return {inner: each.reason for inner, each in seen(data, limits)[1].items()}


def events(place: Path | Maker, selection: Selection | None = None, options: Options | None = None) -> list[Event]:
    return list(GATE.check(context_of(place, selection), options or Options(archives=True)))


def found(all_events: list[Event]) -> list[tuple[str, int]]:
    return sorted((each.location.path, each.location.line) for each in all_events if isinstance(each, Finding) and each.location)


def errors(all_events: list[Event]) -> dict[str, str]:
    return {each.path: each.message for each in all_events if isinstance(each, Unread)}


# formats

TEXTS_INSIDE = {(name,): data for name, data in TEXTS.items()}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_with_every_method(method: int) -> None:
    assert opened(zipped(TEXTS, method)) == TEXTS_INSIDE


def test_zip_with_xz_and_with_lzma_of_known_size() -> None:
    xz = patched_method(zipped({"a.txt": lzma.compress(TEXTS["a.txt"])}, zipfile.ZIP_STORED), 95, TEXTS["a.txt"])
    assert opened(xz) == {("a.txt",): TEXTS["a.txt"]}
    raw = lzma.compress(
        TEXTS["a.txt"], lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 1 << 16}]
    )
    stored = zipped({"a.txt": b"\x09\x14\x05\0\x5d\0\0\x01\0" + raw}, zipfile.ZIP_STORED)
    assert opened(patched_method(stored, 14, TEXTS["a.txt"])) == {("a.txt",): TEXTS["a.txt"]}


def patched_method(data: bytes, method: int, content: bytes) -> bytes:
    """A zip with one stored member, said to be compressed and to hold that content."""
    out = bytearray(data)
    directory = data.index(b"PK\x01\x02")
    struct.pack_into("<H", out, 8, method)
    struct.pack_into("<H", out, directory + 10, method)
    struct.pack_into("<L", out, directory + 16, zlib.crc32(content))
    struct.pack_into("<L", out, directory + 24, len(content))
    return bytes(out)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_tar_in_every_form(form: int) -> None:
    long = "/".join(["folder" * 5] * 5) + "/name"
    files = {**TEXTS, long: b"deep", "ä/ö": b"umlauts"}
    assert opened(tarred(files, form)) == {(name,): data for name, data in files.items()}


def test_tar_without_a_mark_of_its_form_is_known_by_its_checksum() -> None:
    header = bytearray(tarred({"a": b"content"}, tarfile.USTAR_FORMAT))
    header[257:345] = bytes(88)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    assert opened(bytes(header)) == {("a",): b"content"}


def test_names_longer_than_a_header_holds() -> None:
    name = "n" * 3_000
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        assert opened(tarred({name: b"x", "next": b"y"}, form)) == {(name,): b"x", ("next",): b"y"}


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files(pack: Callable[[bytes], bytes]) -> None:
    assert opened(pack(b"some text")) == {("",): b"some text"}
    assert opened(pack(b"")) == {("",): b""}
    assert opened(pack(b"one ") + pack(b"two") + bytes(512)) == {("",): b"one two"}
    assert opened(pack(tarred(TEXTS))) == TEXTS_INSIDE


def test_archives_within_archives() -> None:
    inner = zipped({"x": b"in"})
    data = zipped({"lib.jar": inner, "logs.tar.gz": gzip.compress(tarred({"log": b"line"})), "t.tar": tarred({"y": b"t"})})
    members = opened(data)
    assert members["lib.jar", "x"] == b"in"
    assert members["logs.tar.gz", "log"] == b"line"
    assert members["t.tar", "y"] == b"t"
    assert members["lib.jar",] == inner  # its own bytes too: there may be more in them than the members


def test_members_too_large_to_hold() -> None:
    large = random.Random(2).randbytes(5 * MIB)
    members = opened(
        gzip.compress(tarred({"first": large, "in.zip": zipped({"k": large, "l": b"small"}), "in.xz": bz2.compress(large), "z": b"end"}))
    )
    assert members["first",] == large
    assert members["in.zip", "k"] == large
    assert members["in.zip", "l"] == b"small"
    assert members["in.xz", ""] == large
    assert members["z",] == b"end"


def test_a_zip_is_known_by_its_end_whatever_stands_before_it() -> None:
    for before in (b"#!/usr/bin/env python3\n", b"MZ" + bytes(200_000)):
        assert opened(before + zipped(TEXTS, comment=b"a comment")) == TEXTS_INSIDE
    assert opened(tarred({"run": b"#!/bin/sh\n" + zipped(TEXTS)}))["run", "a.txt"] == TEXTS["a.txt"]


def test_a_zip_behind_more_than_is_held_is_no_pass() -> None:
    data = gzip.compress(random.Random(3).randbytes(5 * MIB) + zipped(TEXTS))
    assert "ends with a zip archive" in reasons(data)["",]


def test_a_zip_with_more_members_than_16_bits_count() -> None:
    names = {f"{number}": b"" for number in range(66_000)}
    assert len(opened(zipped(names, zipfile.ZIP_STORED))) == 66_000


@pytest.mark.parametrize("data", [b"", b"P", b"PK", b"text\n" * 1_000, bytes(2_000), b"PK\x05\x06", b"see PK\x05\x06 for the mark " * 40])
def test_other_files_are_no_archives(data: bytes) -> None:
    if data != b"PK\x05\x06":
        assert seen(data) == ({}, {})
    else:
        assert reasons(data)  # it starts as an empty zip does


def test_other_files_are_told_at_a_glance() -> None:
    assert not may_be_archive(b"text\n" * 1_000, b"text\n" * 1_000)
    assert may_be_archive(zipped({}), zipped({}))


def test_zip_names() -> None:
    made = bytearray(zipped({"n\xe9": b"1", "plain": b"2"}))
    assert set(opened(bytes(made))) == {("né",), ("plain",)}
    old = bytes(made).replace("né".encode(), b"n\x82\xff").replace(b"plain", b"pl\xffin")
    assert ("pl\xa0in",) in opened(old)  # code page 437
    assert b"n\x82\xff" in [name[0].encode("utf-8", "surrogateescape") for name in opened(old)]


def test_tar_names_that_are_not_utf8() -> None:
    data = tarred({"nam\udcffe": b"1"}, tarfile.GNU_FORMAT)
    assert list(opened(data)) == [("nam\udcffe",)]


def test_links_folders_and_devices_have_no_content() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, kind in (
            ("l", tarfile.SYMTYPE),
            ("h", tarfile.LNKTYPE),
            ("d", tarfile.DIRTYPE),
            ("c", tarfile.CHRTYPE),
            ("f", tarfile.FIFOTYPE),
        ):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "elsewhere"
            archive.addfile(entry)
        entry = tarfile.TarInfo("after")
        entry.size = 3
        archive.addfile(entry, io.BytesIO(b"abc"))
    assert opened(made.getvalue()) == {("after",): b"abc"}


def test_sparse_members_are_read_without_their_holes() -> None:
    header = bytearray(tarred({"sparse": b"x" * 1024, "after": b"y"}, tarfile.GNU_FORMAT))
    header[156:157] = b"S"
    header[482] = 1  # one more block of the map
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    data = bytes(header[:512]) + bytes(512) + bytes(header[512:])
    assert opened(data) == {("sparse",): b"x" * 1024, ("after",): b"y"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_equal_names_and_names_that_lead_elsewhere(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number, name in enumerate(("same.txt", "same.txt", "../../up.txt", "/etc/passwd")):
            archive.writestr(name, b"%d %s" % (number, token(number)))
    (tmp_path / "a.zip").write_bytes(made.getvalue())
    paths = [path for path, _ in found(events(tmp_path))]
    assert paths == ["a.zip!../../up.txt", "a.zip!/etc/passwd", "a.zip!same.txt", "a.zip!same.txt"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]


# limits


def nested(depth: int) -> bytes:
    data = b"core"
    for _ in range(depth):
        data = zipped({"n": data})
    return data


def test_depth() -> None:
    assert opened(nested(3))[("n",) * 3] == b"core"
    assert "archive_depth" in reasons(nested(4))[("n",) * 3]
    assert "archive_depth" in reasons(nested(1), LIMITS._replace(depth=0))[()]
    assert opened(nested(6), LIMITS._replace(depth=6))
    assert not seen(gzip.compress(gzip.compress(gzip.compress(tarred({"x": b""})))))[1]  # a compressed tar is one archive


def test_members() -> None:
    data = tarred({f"{number}": b"" for number in range(20)})
    assert opened(data, LIMITS._replace(members=20))
    assert "archive_members" in reasons(data, LIMITS._replace(members=19))[()]
    folders = zipped({f"{number}/": b"" for number in range(20)})
    assert "archive_members" in reasons(folders, LIMITS._replace(members=19))[()]
    # Members of all archives within one file count together, and so do compressed streams, which may be empty.
    halves = zipped({"1": zipped({f"{number}": b"" for number in range(12)}), "2": tarred({f"{number}": b"" for number in range(12)})})
    assert "archive_members" in reasons(halves, LIMITS._replace(members=20))[()]
    assert "archive_members" in reasons(gzip.compress(b"") * 100, LIMITS._replace(members=20))[()]


def test_bytes() -> None:
    data = zipped({"a": random.Random(4).randbytes(700_000), "b": random.Random(5).randbytes(700_000)})
    members, closed = seen(data, LIMITS._replace(mib=1))
    assert "archive_mib" in closed[()].reason
    assert len(members["a",]) == 700_000  # what came before is looked at


ZEROS = bytes(40 * MIB)


@pytest.mark.parametrize("bomb", [
    lambda: zipped({"z": ZEROS}), lambda: zipped({"z": ZEROS}, zipfile.ZIP_BZIP2), lambda: zipped({"z": ZEROS}, zipfile.ZIP_LZMA),
    lambda: gzip.compress(ZEROS), lambda: bz2.compress(ZEROS), lambda: lzma.compress(ZEROS), lambda: gzip.compress(gzip.compress(ZEROS)),
    lambda: zipped({"in.zip": zipped({"z": ZEROS})}), lambda: gzip.compress(tarred({"z": ZEROS})),
    lambda: gzip.compress(tarred({"z": b""}) + ZEROS),
])  # fmt: skip
def test_bombs_end_early(bomb: Callable[[], bytes]) -> None:
    data = bomb()
    before = time.process_time()
    assert "archive_ratio" in reasons(data)[()]
    assert time.process_time() - before < 5


def overlapping(times: int) -> bytes:
    """A zip whose list names the one member that it has again and again."""
    data = zipped({"z": random.Random(6).randbytes(200_000)})
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    listed = data[start:end] * times
    return data[:start] + listed + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, times, times, len(listed), start, 0)


def test_members_that_overlap() -> None:
    assert "archive_ratio" in reasons(overlapping(2_000), LIMITS._replace(ratio=20))[()]


def test_a_little_file_may_unpack_to_a_few_megabytes() -> None:
    assert opened(gzip.compress(bytes(10 * MIB)))[("",)] == bytes(10 * MIB)


def test_a_header_that_asks_for_too_much_memory() -> None:
    header = bytearray(tarred({"n" * 200: b""}, tarfile.GNU_FORMAT))
    header[124:136] = b"77777777777\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    assert "header of 8589934591 bytes" in reasons(bytes(header))[()]
    xz = bytearray(lzma.compress(b"x"))
    assert xz[14:16] == b"\x21\x01"  # the filter LZMA2, and that its property is one byte
    xz[16] = 40  # a dictionary of 4 GiB
    xz[20:24] = zlib.crc32(xz[12:20]).to_bytes(4, "little")
    assert "emory" in reasons(bytes(xz))["",]


def test_the_deadline_ends_it() -> None:
    with pytest.raises(GateUnavailable, match="time limit"):
        seen(zipped(TEXTS), deadline=Deadline(0.0))


# what cannot be looked at


def test_encrypted_members_are_listed(tmp_path: Path) -> None:
    data = bytearray(zipped({"open": token(), "sealed": b"x" * 40}, zipfile.ZIP_STORED))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(mark) + flags] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    answer = events(tmp_path)
    assert found(answer) == [("a.zip!open", 1)]
    assert [each for each in answer if isinstance(each, Skipped)] == [Skipped("a.zip!sealed", "encrypted")]
    assert not errors(answer)


def test_what_only_the_list_calls_encrypted_is_no_pass() -> None:
    data = bytearray(zipped({"open": token()}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "do not agree" in reasons(bytes(data))["open",]


@pytest.mark.parametrize(("offset", "change"), [(16, 1), (24, 1), (24, -1), (20, -1)])
def test_lies_about_sizes_and_checksums(offset: int, change: int) -> None:
    data = bytearray(zipped({"a": b"text " * 100, "b": b"fine"}))
    at = data.index(b"PK\x01\x02") + offset
    struct.pack_into("<L", data, at, (struct.unpack_from("<L", data, at)[0] + change) % (1 << 32))
    members, closed = seen(bytes(data))
    assert ("a",) in closed
    assert members["b",] == b"fine"


def test_lists_that_hide_members() -> None:
    data = bytearray(zipped({"hidden": token(), "shown": b"x"}))
    end = data.index(b"PK\x05\x06")
    first, second = data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02")
    struct.pack_into("<2L", data, end + 12, end - second, second)  # the list starts with its second entry
    assert reasons(bytes(data))
    shorter = bytearray(data)
    struct.pack_into("<2H", shorter, end + 8, 1, 1)  # and the count agrees: then the first is data that belongs to nothing
    assert set(opened(bytes(shorter))) == {("shown",)}
    assert first < second


def test_methods_and_formats_that_cannot_be_undone() -> None:
    assert "method 9" in reasons(patched_method(zipped({"a": b"x"}, zipfile.ZIP_STORED), 9, b"x"))["a",]
    for start, name in (
        (b"(\xb5/\xfd", "zstd"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
        (b"\x04\x22\x4d\x18", "lz4"),
    ):
        assert f"format {name}" in reasons(start + b"...")[()]
        assert f"format {name}" in reasons(zipped({"in": start + b"..."}))["in",]


def test_data_behind_the_end() -> None:
    assert reasons(gzip.compress(tarred(TEXTS) + b"more"))
    assert reasons(gzip.compress(b"x") + b"more")
    assert opened(tarred({"a": b"1"}) + tarred({"b": b"2"})) == {("a",): b"1", ("b",): b"2"}


def test_one_damaged_archive_within_leaves_the_others() -> None:
    members, closed = seen(
        zipped({"bad.zip": zipped({"x": b"x"})[:-5], "bad.gz": gzip.compress(b"text" * 99)[:-12], "good.gz": gzip.compress(b"fine")})
    )
    assert set(closed) == {("bad.zip",), ("bad.gz", "")}
    assert members["good.gz", ""] == b"fine"
    assert members["bad.gz", ""].startswith(b"text")  # what can be read is


# damage of every kind

SAMPLES: dict[str, bytes] = {
    "stored": zipped(TEXTS, zipfile.ZIP_STORED),
    "deflated": zipped(TEXTS),
    "zip of bzip2": zipped(TEXTS, zipfile.ZIP_BZIP2),
    "zip of lzma": zipped(TEXTS, zipfile.ZIP_LZMA),
    "tar": tarred(TEXTS),
    "gnu": tarred({**TEXTS, "n" * 200: b"long"}, tarfile.GNU_FORMAT),
    "tar.gz": gzip.compress(tarred(TEXTS)),
    "tar.bz2": bz2.compress(tarred(TEXTS)),
    "tar.xz": lzma.compress(tarred(TEXTS)),
    "gz": gzip.compress(TEXTS["folder/b.bin"]),
    "zip in zip": zipped({"in.zip": zipped(TEXTS), "x": b"x"}),
    "tar.gz in tar": tarred({"in.tgz": gzip.compress(tarred(TEXTS)), "x": b"x"}),
}


def leaves(members: Mapping[Inner, bytes]) -> list[bytes]:
    """What members hold that are no archives, in order and without what is empty: damage to names is no matter."""
    return sorted(data for data in members.values() if data and not may_be_archive(data, data))


def is_no_archive_any_more(data: bytes) -> bool:
    return not may_be_archive(data, data) or seen(data) == ({}, {})


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_nothing_cut_short_passes(name: str, data: st.DataObject) -> None:
    whole = SAMPLES[name]
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    members, closed = seen(cut)
    assert closed or is_no_archive_any_more(cut) or leaves(members) == leaves(opened(whole))
    if len(cut) >= 512:
        assert not is_no_archive_any_more(cut)


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_damage_neither_crashes_nor_hides(name: str, data: st.DataObject) -> None:
    whole = bytearray(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] ^= data.draw(st.integers(1, 255))
    members, closed = seen(bytes(whole))
    checked = name not in ("tar", "gnu")  # a tar has checksums over its headers only
    wanted = leaves(opened(SAMPLES[name]))
    if not closed and not is_no_archive_any_more(bytes(whole)):
        assert (leaves(members) == wanted) if checked else (sum(map(len, members.values())) >= sum(map(len, wanted)))


@given(st.sampled_from(sorted(SAMPLES)), st.binary(max_size=600), st.integers(0, 4_000), st.integers(0, 600))
def test_bytes_put_in_and_taken_out(name: str, put: bytes, at: int, taken: int) -> None:
    whole = SAMPLES[name]
    seen(whole[:at] + put + whole[at + taken :], Limits(2, 1, 50, 10))


@given(
    st.sampled_from([b"PK\x03\x04", b"\x1f\x8b\x08\0", b"BZh91AY&SY", b"\xfd7zXZ\x00", b""]),
    st.binary(max_size=1_500),
    st.sampled_from([b"", b"PK\x05\x06" + bytes(18)]),
)
def test_no_bytes_crash_it(start: bytes, data: bytes, end: bytes) -> None:
    seen(start + data + end)


# the gate

LINE = b"first line\nkey = '%s'\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    (top / "vendor").mkdir(parents=True)
    (top / "plain.txt").write_bytes(LINE % token(0))
    (top / "vendor/app.jar").write_bytes(zipped({"conf/x.py": LINE % token(1), "lib/in.war": zipped({"deep.env": LINE % token(2)})}))
    (top / "dump.sql.gz").write_bytes(gzip.compress(LINE % token(3)))
    (top / "flat.tar").write_bytes(tarred({"a": LINE % token(4), "b": LINE % token(4)}))
    (top / "large.zip").write_bytes(zipped({"noise": random.Random(7).randbytes(5 * MIB), "k": LINE % token(5)}))
    return top


INSIDE = [("dump.sql.gz!dump.sql", 2), ("flat.tar!a", 2), ("flat.tar!b", 2), ("large.zip!k", 2), ("plain.txt", 2),
          ("vendor/app.jar!conf/x.py", 2), ("vendor/app.jar!lib/in.war!deep.env", 2)]  # fmt: skip


def test_files(tree: Path) -> None:
    answer = events(tree)
    assert found(answer) == INSIDE
    assert not errors(answer)
    assert next(each for each in answer if isinstance(each, Scanned)).files == 5 + 3 + 1 + 2 + 2


def test_without_the_option_they_are_bytes(tree: Path) -> None:
    assert [path for path, _ in found(events(tree, options=Options()))] == ["flat.tar", "plain.txt"]


def test_threads_find_the_same(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr("gates.secrets.sources._MORE_LANES_AFTER", 0)
    monkeypatch.setattr("gates.secrets.sources._BATCH", 1)
    assert found(events(tree)) == INSIDE


def test_the_index_and_the_history(make: Callable[..., Maker], tree: Path) -> None:
    maker = make()
    maker.commit("start")
    for place in tree.rglob("*.*"):
        if place.is_file():
            maker.write(os.fspath(place.relative_to(tree)), place.read_bytes())
    maker.git("add", "-A")
    assert found(events(maker, Selection("staged"))) == INSIDE
    maker.commit("archives")
    assert found(events(maker, Selection("history"))) == INSIDE
    assert found(events(maker, Selection("history", ("vendor",)))) == INSIDE[-2:]
    for name in ("dump.sql.gz", "large.zip"):
        (maker.top / name).unlink()
    maker.commit("gone again")
    answer = events(maker, Selection("history"))
    assert found(answer) == INSIDE
    (gone,) = (each for each in answer if isinstance(each, Finding) and each.location and each.location.path == "large.zip!k")
    assert "removed in" in gone.message


def test_damage_in_the_history_is_told_by_path(make: Callable[..., Maker]) -> None:
    maker = make()
    maker.write("old/a.zip", zipped(TEXTS)[:-30])
    maker.write("b.tgz", gzip.compress(tarred(TEXTS))[:-20])
    maker.commit("both")
    (maker.top / "old/a.zip").unlink()
    maker.commit("one is gone")
    assert {path.partition("!")[0] for path in errors(events(maker, Selection("history")))} == {"old/a.zip", "b.tgz"}
    assert {path.partition("!")[0] for path in errors(events(maker, Selection("history", ("old",))))} == {"old/a.zip"}
    assert {path.partition("!")[0] for path in errors(events(maker))} == {"b.tgz"}


def test_a_large_archive_in_git_over_the_limit(make: Callable[..., Maker]) -> None:
    maker = make()
    maker.write("large.zip", zipped({"k": token(), "noise": random.Random(8).randbytes(5 * MIB)}))
    maker.commit("large")
    answer = events(maker, Selection("history"), Options(archives=True, archive_mib=4))
    assert "archive_mib" in errors(answer)["large.zip"]


def test_a_stream_that_is_an_archive_is_no_pass(tmp_path: Path) -> None:
    for data, closed in ((zipped(TEXTS), True), (b"#!/bin/sh\n" * 9_000 + zipped(TEXTS), True), (b"PK is a prefix\n", False)):
        context = context_of(tmp_path, Selection("stdin"))._replace(stdin=io.BytesIO(data))
        assert bool(errors(list(GATE.check(context, Options(archives=True))))) == closed
        context = context._replace(stdin=io.BytesIO(data))
        assert not errors(list(GATE.check(context, Options())))


def test_limits_come_from_the_policy(tree: Path) -> None:
    for options in (
        Options(archives=True, archive_depth=1),
        Options(archives=True, archive_mib=0),
        Options(archives=True, archive_members=1),
    ):
        (key,) = (key for key, value in options._asdict().items() if key.startswith("archive_") and value != Options._field_defaults[key])
        assert any(key in message for message in errors(events(tree, options=options)).values())


def test_exclusions_reach_into_archives(tree: Path) -> None:
    left_out = {"vendor/app.jar!conf/x.py", "dump.sql.gz"}
    context = context_of(tree)._replace(excluded=lambda path: "by policy" if path in left_out else "")
    answer = list(GATE.check(context, Options(archives=True)))
    assert not left_out.intersection(path for path, _ in found(answer))
    assert left_out <= {each.path for each in answer if isinstance(each, Skipped)}


def test_one_value_in_and_beside_an_archive_are_two_findings(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(tarred({"x": token()}) + b"")
    (tmp_path / "b.zip").write_bytes(b"before " + token() + b"\n" + zipped({"y": b"nothing"}))
    assert found(events(tmp_path)) == [("a.tar!x", 1), ("b.zip", 1)]


def test_the_path_of_what_has_no_name() -> None:
    assert archives.joined("logs/x.LOG.GZ", ("",)) == "logs/x.LOG.GZ!x.LOG"
    assert archives.joined("a.zip", ("b/c.bz2", "")) == "a.zip!b/c.bz2!c"
    assert archives.joined("x", ("", "")) == "x!x!x"
