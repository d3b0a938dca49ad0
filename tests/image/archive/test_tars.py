"""The reader of tar sees what the standard library sees, and refuses what readers do not agree on."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.deadline import Deadline
from gates.image.archive import tars
from gates.image.archive.limits import Budget, Damaged, Limits
from gates.image.archive.streams import Feed
from tests.image.tools import need

FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
END = bytes(1024)


def read(data: bytes, *, end_mark: bool = True) -> list[tuple[tars.Member, bytes]]:
    feed = Feed(io.BytesIO(data).read, 700)  # so that headers and contents lie across pieces
    members = tars.members(feed, Budget(Limits(), Deadline(60)), end_mark=end_mark)
    return [(member, b"".join(iter(partial(member.read, 333), b""))) for member in members]


def names(data: bytes) -> list[bytes]:
    return [member.name for member, _ in read(data)]


def refusal(data: bytes) -> str:
    with pytest.raises(Damaged) as raised:
        read(data)
    return "!".join((*raised.value.inner, raised.value.message))


def written(infos: Iterable[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape", encoding="utf-8") as tar:
        for info, data in infos:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def info(name: str, kind: bytes = tarfile.REGTYPE, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for key, value in fields.items():
        setattr(made, key, value)
    return made


def header(name: bytes = b"a", kind: bytes = b"0", size: int = 0, **fields: bytes) -> bytes:
    """One block with its checksum; `fields` are at<offset>=bytes."""
    block = bytearray(info("x").tobuf(tarfile.USTAR_FORMAT))
    block[:100] = name.ljust(100, b"\0")
    block[124:136] = b"%011o\0" % size
    block[156:157] = kind
    for key, value in fields.items():
        at = int(key.removeprefix("at"))
        block[at : at + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def record(key: bytes, value: bytes) -> bytes:
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length += 1
    return str(length).encode() + body


def meta(kind: bytes, content: bytes) -> bytes:
    return header(b"meta", kind, len(content)) + content + bytes(-len(content) % 512)


def pax(*records: tuple[bytes, bytes]) -> bytes:
    return meta(b"x", b"".join(record(key, value) for key, value in records))


LONG = "/".join(["long" * 20] * 5)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["a", "folder/ä", "x" * 100, f"{'p' * 60}/{'n' * 90}"])
def test_names_owners_and_modes(name: str, form: int) -> None:
    data = written([(info(name, uid=1000, gid=50, mode=0o4755), b"content" * 200)], form)
    ((member, content),) = read(data)
    assert (member.name, member.uid, member.gid, member.mode) == (name.encode(), 1000, 50, 0o4755)
    assert content == b"content" * 200


@pytest.mark.parametrize("form", FORMATS[1:])
def test_long_names_links_and_large_numbers(form: int) -> None:
    data = written([(info(LONG, uid=3_000_000, gid=1 << 40), b"1"), (info("l", b"2", linkname=LONG), b"")], form)
    (one, content), (two, _) = read(data)
    assert (one.name, one.uid, one.gid, content) == (LONG.encode(), 3_000_000, 1 << 40, b"1")
    assert two.link == LONG.encode()


def test_a_size_beyond_eight_gigabytes_is_read() -> None:
    number = b"\x80" + (9 << 30).to_bytes(11, "big")
    feed = Feed(io.BytesIO(header(at124=number)).read)
    assert next(tars.members(feed, Budget(Limits(), Deadline(60)), end_mark=True)).size == 9 << 30


def test_the_attribute_that_gives_rights_of_root() -> None:
    ((member, _),) = read(written([(info("a", pax_headers={"SCHILY.xattr.security.capability": "rights"}), b"")]))
    assert member.capability == b"rights"


def test_an_old_header_without_any_mark() -> None:
    assert names(header(b"old", at257=bytes(8)) + END) == [b"old"]


def test_a_checksum_of_signed_bytes() -> None:
    block = bytearray(header("ä".encode()))
    block[148:156] = b"%06o\0 " % (int(block[148:154], 8) - 512)
    assert names(bytes(block) + END) == ["ä".encode()]


@given(
    entries=st.lists(
        st.tuples(
            st.text(st.characters(exclude_characters="\0", exclude_categories=()), min_size=1, max_size=300),
            st.binary(max_size=1500),
            st.sampled_from([b"0", b"1", b"2", b"5", b"6"]),
            st.integers(0, 0o7777),
            st.integers(0, 1 << 33),
        ),
        max_size=5,
    ),
    form=st.sampled_from(FORMATS[1:]),
)
def test_it_sees_what_the_standard_library_sees(entries: list[tuple[str, bytes, bytes, int, int]], form: int) -> None:
    infos = []
    for name, data, kind, mode, uid in entries:
        try:
            name.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            name = "replaced"
        made = info(name, kind, mode=mode, uid=uid, linkname="target" if kind in b"12" else "")
        infos.append((made, data if kind == b"0" else b""))
    data = written(infos, form)
    ours = [(member.name.rstrip(b"/"), member.kind, member.mode, member.uid, member.link, content) for member, content in read(data)]
    with tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8", errors="surrogateescape") as tar:
        theirs = []
        for each in tar:
            file = tar.extractfile(each) if each.isreg() else None
            names = (each.name.encode("utf-8", "surrogateescape").rstrip(b"/"), each.type, each.mode, each.uid)
            theirs.append((*names, each.linkname.encode(), file.read() if file else b""))
    assert ours == theirs


# Sparse files

HOLES = b"start" + bytes(5000) + b"middle" + bytes(3000)
PIECES = ((0, 5), (5005, 6))


def in_first_format() -> bytes:
    fields = b"".join(b"%011o\0%011o\0" % piece for piece in PIECES)
    block = header(b"s", b"S", 11, at257=b"ustar  \0", at345=bytes(155), at386=fields, at482=b"\0", at483=b"%011o\0" % len(HOLES))
    return block + b"startmiddle".ljust(512, b"\0")


def in_many_blocks() -> bytes:
    """One byte in each piece, in more pieces than the header holds."""
    fields = [b"%011o\0%011o\0" % (2 * number, 1) for number in range(30)]
    block = header(b"s", b"S", 30, at257=b"ustar  \0", at345=bytes(155), at386=b"".join(fields[:4]), at482=b"\1", at483=b"%011o\0" % 60)
    more = b"".join(fields[4:25]).ljust(504, b"\0") + b"\1" + bytes(7)
    last = b"".join(fields[25:]).ljust(512, b"\0")
    return block + more + last + b"x" * 30 + bytes(482)


def in_pax(*records: tuple[bytes, bytes], size: int = 11, front: bytes = b"") -> bytes:
    content = front + b"startmiddle"
    return pax(*records) + header(b"stand-in", b"0", size + len(front)) + content + bytes(-len(content) % 512)


SIZE = (b"GNU.sparse.size", str(len(HOLES)).encode())
NAME = (b"GNU.sparse.name", b"s")
OFFSETS = [
    (b"GNU.sparse." + key, str(number).encode()) for piece in PIECES for key, number in zip((b"offset", b"numbytes"), piece, strict=True)
]
REAL = (b"GNU.sparse.realsize", str(len(HOLES)).encode())
ONE = ((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"))


@pytest.mark.parametrize(
    "data",
    [
        in_first_format(),
        pax((b"path", b"s")) + in_first_format(),
        in_pax(SIZE, (b"GNU.sparse.numblocks", b"2"), *OFFSETS, NAME),
        in_pax(SIZE, (b"GNU.sparse.numblocks", b"2"), (b"GNU.sparse.map", b"0,5,5005,6"), NAME),
        in_pax(*ONE, NAME, REAL, front=b"2\n0\n5\n5005\n6\n".ljust(512, b"\0")),
    ],
)
def test_sparse_files_come_with_their_holes(data: bytes) -> None:
    (member, content), (after, _) = read(data + header(b"after") + END)
    assert (member.name, member.size, content) == (b"s", len(HOLES), HOLES)
    assert after.name == b"after"


def test_a_sparse_file_of_many_pieces() -> None:
    assert [content for _, content in read(in_many_blocks() + header() + END)] == [b"x\0" * 30, b""]


def test_holes_count() -> None:
    data = in_pax((b"GNU.sparse.size", b"9000000"), (b"GNU.sparse.map", b"0,5,8999994,6"), NAME) + END
    feed = Feed(io.BytesIO(data).read)
    with pytest.raises(Damaged, match="goes beyond 3 MiB"):
        next(tars.members(feed, Budget(Limits(mib=3), Deadline(60)), end_mark=True))


@pytest.mark.parametrize("size", [b"1000000000", b"1000000000000000"])
def test_holes_that_are_a_bomb_are_refused_before_they_are_read(size: bytes) -> None:
    data = in_pax(*ONE, NAME, (b"GNU.sparse.realsize", size), front=b"1\n0\n11\n".ljust(512, b"\0")) + END
    with pytest.raises(Damaged, match="holes of sparse files"):
        read(data)


def test_many_small_holes_are_a_bomb_too() -> None:
    one = in_pax((b"GNU.sparse.size", b"50000000"), (b"GNU.sparse.map", b"0,5,49999994,6"), NAME)
    with pytest.raises(Damaged, match="holes of sparse files"):
        read(one + one + END)


@pytest.mark.parametrize("version", ["gnu", "0.0", "0.1", "1.0"])
def test_sparse_files_of_the_real_program(version: str, tmp_path: Path) -> None:
    tar = need("tar")
    if b"GNU tar" not in subprocess.run([tar, "--version"], capture_output=True, check=True).stdout:
        pytest.skip("tar is not GNU tar")
    with (tmp_path / "sparse").open("wb") as file:
        for number in range(40):
            file.seek(number << 16)
            file.write(b"%d" % number * 700)
        file.truncate(50 << 16)
    (tmp_path / "after").write_text("after")
    form = ["--format=gnu"] if version == "gnu" else ["--format=posix", f"--sparse-version={version}"]
    words = [tar, "--sparse", *form, "-cf", "-", "sparse", "after"]
    data = subprocess.run(words, cwd=tmp_path, capture_output=True, check=True).stdout
    assert len(data) < 1 << 20 or version == "gnu"
    assert {member.name: content for member, content in read(data)} == {
        b"sparse": (tmp_path / "sparse").read_bytes(),
        b"after": b"after",
    }


# What is refused


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (header(b"a", size=5), "is cut short or damaged"),
        (header(b"a"), "it has no end mark"),
        (header(b"a") + b"x" * 512 + END, "no header of an entry where one should be"),
        (header(b"a") + END + header(b"hidden") + END, "has data behind its end that belongs to nothing"),
        (header(b"a", b"V") + END, "a!is of an unknown type (b'V')"),
        (header(b"a", at124=b"\xff" * 12) + END, "a negative number in a header"),
        (header(b"a", at124=b"\x80" + b"\xff" * 11) + END, "a number in a header that is out of range"),
        (header(b"a", at124=b"1_0\0") + END, "no number where a header should have one"),
        (header(b"a", at124=b"99\0") + END, "no number where a header should have one"),
        (header(b"a", at100=b"0o17\0") + END, "no number where a header should have one"),
        (pax((b"path", b"b")) + END, "a header about an entry that is not there"),
        (pax((b"path", b"b")) + pax((b"path", b"c")) + header() + END, "has two pax headers for one entry"),
        (pax((b"path", b"b"), (b"path", b"c")) + header() + END, "has two values for one key"),
        (pax((b"path", b"b\0c")) + header() + END, "b\0c!has a name with a NUL in it"),
        (pax((b"size", b"-1")) + header() + END, "no number where a header should have one"),
        (meta(b"x", b"99 path=b\n") + header() + END, "a pax header that is none"),
        (meta(b"x", b"0 path=b\n") + header() + END, "a pax header that is none"),
        (meta(b"x", b"11 path=bb\n1") + header() + END, "no number where a header should have one"),
        (meta(b"g", record(b"path", b"b")) + header() + END, "sets names or sizes for all entries behind it"),
        (meta(b"L", b"b\0c\0") + header() + END, "b\0c!has a name with a NUL in it"),
        (meta(b"L", b"b\0") * 2 + header() + END, "has two long names for one entry"),
        (meta(b"K", b"b\0") * 2 + header() + END, "has two long link names for one entry"),
        (meta(b"L", b"b\0") + pax((b"path", b"c")) + header() + END, "has two names that differ"),
        (header(b"a", b"x", 2 << 20) + END, "has a header of 2097152 bytes, and at most 1048576 are read"),
        (in_pax(SIZE, (b"GNU.sparse.map", b"0,5,4,6")) + END, "a sparse file without a usable map"),
        (in_pax(SIZE, (b"GNU.sparse.map", b"0,5,5005")) + END, "a sparse file without a usable map"),
        (in_pax(SIZE, (b"GNU.sparse.map", b"0,5,99999999,6")) + END, "a sparse file without a usable map"),
        (in_pax(SIZE, (b"GNU.sparse.numblocks", b"2")) + END, "a sparse file without a usable map"),
        (in_pax(SIZE, OFFSETS[1]) + END, "a sparse file without a usable map"),
        (in_pax(*ONE, REAL, front=b"2000000\n".ljust(512, b"\0")) + END, "a sparse file without a usable map"),
        (in_pax(*ONE, NAME, REAL, front=b"x\n".ljust(512, b"\0")) + END, "no number where a header should have one"),
    ],
)
def test_what_is_refused(data: bytes, said: str) -> None:
    assert said in refusal(data)


def test_headers_for_all_that_set_nothing_are_passed_over() -> None:
    assert names(meta(b"g", record(b"comment", b"commit")) + header() + END) == [b"a"]


def test_the_end_mark_may_be_missing_where_a_digest_tells() -> None:
    assert [member.name for member, _ in read(header(), end_mark=False)] == [b"a"]


@given(st.binary(max_size=600), st.integers(0, 4096), st.integers(0, 255))
def test_damage_raises_nothing_else(noise: bytes, at: int, value: int) -> None:
    good = bytearray(pax((b"path", b"s")) + in_first_format() + in_pax(*ONE, NAME, REAL, front=b"1\n0\n11\n".ljust(512, b"\0")) + END)
    at %= len(good)
    good[at] = value
    for data in (noise, bytes(good), good[:at] + noise + good[at:]):
        feed = Feed(io.BytesIO(bytes(data)).read)
        try:
            for member in tars.members(feed, Budget(Limits(mib=1), Deadline(60)), end_mark=True):
                while member.read(1 << 16):
                    pass
        except Damaged:
            pass
