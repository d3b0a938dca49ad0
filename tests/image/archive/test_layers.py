"""What the entries of a layer mean, and that nothing else comes out of it than went in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gates.core.deadline import Deadline
from gates.core.documents import DocumentError
from gates.core.errors import GateUnavailable
from gates.image.archive import Limits, opened
from tests.doubles.images import FORMS, File, Form, Image, Layer, hard_link, link, write
from tests.doubles.tars import Compression, Entry
from tests.image.archive.support import APP, failure, held, read_everything


def entries(tmp_path: Path, *files: Entry) -> list[tuple[str, str, str]]:
    written = write(Image((Layer(files),)), tmp_path / "image.tar")
    with opened(str(written.path), Deadline(60)) as archive:
        return [(entry.path, entry.kind, entry.link) for entry in archive.entries(archive.images[0].layers[0])]


def refusal(tmp_path: Path, *files: Entry) -> str:
    return failure(write(Image((Layer(files),)), tmp_path / "image.tar").path).partition("layer.tar!")[2]


def test_names_are_relative_to_the_root(tmp_path: Path) -> None:
    found = entries(tmp_path, ("./", File(kind=b"5")), ("./a//b/./c", File(b"c")), ("d/", File(kind=b"5")))
    assert [(path, kind) for path, kind, _ in found if path in (".", "a/b/c", "d")] == [
        *((".", "directory"), ("a/b/c", "file"), ("d", "directory"))
    ]


def test_names_are_bytes(tmp_path: Path) -> None:
    assert entries(tmp_path, ("ä\udcff", File()))[0][0] == "ä\udcff"


@pytest.mark.parametrize(
    ("name", "kind", "path"),
    [
        ("a/.wh.b", "whiteout", "a/b"),
        (".wh.b", "whiteout", "b"),
        ("a/.wh..wh..opq", "opaque", "a"),
        (".wh..wh..opq", "opaque", "."),
        ("a/.wh..wh.plnk", "file", "a/.wh..wh.plnk"),  # a file of AUFS
        ("a/b.wh.c", "file", "a/b.wh.c"),
        ("a.wh.b/c", "file", "a.wh.b/c"),
        (".wh.a/b", "file", ".wh.a/b"),
        ("a/.wh....", "whiteout", "a/..."),
    ],
)
def test_whiteouts(name: str, kind: str, path: str, tmp_path: Path) -> None:
    assert entries(tmp_path, (name, File()))[-1][:2] == (path, kind)


def test_links(tmp_path: Path) -> None:
    links = ("/usr/bin/python", "../lib/x", "..", "x/../../b", "/", "./x")
    found = entries(tmp_path, *((f"bin/{number}", link(target)) for number, target in enumerate(links)))
    assert [(kind, target) for _, kind, target in found[1:]] == [("symlink", target) for target in links]


def test_hard_links(tmp_path: Path) -> None:
    found = entries(tmp_path, ("a/x", File(b"x")), ("b", hard_link("a/x")), ("c", hard_link("/b")), ("d", hard_link("./a/x")))
    assert found[2:] == [("b", "hardlink", "a/x"), ("c", "hardlink", "b"), ("d", "hardlink", "a/x")]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("a/../b", File())], 'a/../b: has a name with ".." in it'),
        ([("/a", File())], "/a: has an absolute name"),
        ([(".", File(b"x"))], ".: is the root of the image and no folder"),
        ([("a", link("../b"))], "a: is a symbolic link that leads out of the image, to '../b'"),
        ([("a/b", link("x/../../../c"))], "a/b: is a symbolic link that leads out of the image"),
        ([("a", link("/../b"))], "a: is a symbolic link that leads out of the image"),
        ([("a", link(""))], "a: is a symbolic link that points nowhere"),
        ([("a", hard_link("b"))], "a: is a hard link to a file that does not stand in front of it in its layer"),
        ([("a", hard_link("b")), ("b", File())], "a: is a hard link to a file that does not stand in front of it in its layer"),
        ([("a", hard_link("a"))], "a: is a hard link to a file that does not stand in front of it in its layer"),
        ([("a", hard_link("../b"))], "a: is a hard link that leads out of the image"),
        ([("a", hard_link(""))], "a: is a hard link that leads out of the image"),
        ([(".wh.", File())], ".wh.: is a whiteout of nothing that has a name"),
        ([("a/.wh...", File())], "a/.wh...: is a whiteout of nothing that has a name"),
    ],
)
def test_what_is_refused(files: list[Entry], said: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, *files).startswith(said)


def test_a_hard_link_may_share_what_another_link_shares_first(tmp_path: Path) -> None:
    """The first link to a name decides: one that comes before the name is wrong whatever follows."""
    files = [("a", File()), ("b", hard_link("a")), ("c", hard_link("missing")), ("d", hard_link("a"))]
    assert refusal(tmp_path, *files).startswith("c: is a hard link to a file")


def test_bytes_that_go_unread_are_verified_too(tmp_path: Path) -> None:
    written = write(Image(APP), tmp_path / "image.tar", "docker", "layer-altered")
    with opened(str(written.path), Deadline(60)) as archive:
        one, two = archive.images[0].layers
        assert [entry.path for entry in archive.entries(one)]
        with pytest.raises(DocumentError, match="diff id"):
            list(archive.entries(two))


# Of any archive that was altered: it is read as it was, or there is an error of the kind that was promised.


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, set[object]]]:
    """By form: the archive, and what its layers hold."""
    if sys.version_info < (3, 14):
        pytest.importorskip("zstandard")
    place = tmp_path_factory.mktemp("whole")
    layers = (
        Layer({"etc/passwd": "root:x:0:0\n", "a": "a" * 3000, "l": link("a"), "h": hard_link("a")}, compression="gzip"),
        Layer({"b": "b" * 700, "n" * 150: "long"}, deleted=("a",), opaque=("etc",), compression="zstd"),
    )
    forms: list[tuple[Form, Compression]] = [(form, "") for form in FORMS if form != "oci"]
    made: dict[str, tuple[bytes, set[object]]] = {}
    for form, compression in (*forms, ("docker", "gzip"), ("crane", "zstd")):
        path = write(Image(layers), place / f"{form}{compression}", form, whole=compression).path
        made[path.name] = path.read_bytes(), content(path)
    return made


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutation_yields_the_same_or_an_error(data: st.DataObject, whole: dict[str, tuple[bytes, set[object]]], tmp_path: Path) -> None:
    original, expected = whole[data.draw(st.sampled_from(sorted(whole)))]
    path = tmp_path / "image.tar"
    path.write_bytes(mutation(data, original))
    try:
        found = content(path)
    except (DocumentError, GateUnavailable):
        return
    assert found <= expected


def content(path: Path) -> set[object]:
    """What the layers hold; names of images and the like are in documents that no digest covers."""
    return {item for item in read_everything(path, Limits(mib=8)) if type(item) is tuple}


def mutation(data: st.DataObject, original: bytes) -> bytes:
    kind = data.draw(st.sampled_from(["byte", "bytes", "cut", "remove", "repeat", "swap"]))
    at = data.draw(st.integers(0, len(original) - 1))
    if kind == "byte":
        return original[:at] + bytes([data.draw(st.integers(0, 255))]) + original[at + 1 :]
    if kind == "bytes":
        noise = data.draw(st.binary(min_size=1, max_size=600))
        return original[:at] + noise + original[at + len(noise) :]
    if kind == "cut":
        return original[:at]
    blocks = [original[start : start + 512] for start in range(0, len(original), 512)]
    one, two = data.draw(st.integers(0, len(blocks) - 1)), data.draw(st.integers(0, len(blocks) - 1))
    if kind == "remove":
        del blocks[one]
    elif kind == "repeat":
        blocks.insert(two, blocks[one])
    else:
        blocks[one], blocks[two] = blocks[two], blocks[one]
    return b"".join(blocks)


@pytest.mark.parametrize("form", FORMS)
def test_the_measure_of_mutations_is_an_image(form: Form, tmp_path: Path) -> None:
    found: Any = held(write(Image(APP[:1]), tmp_path / "image", form).path)
    assert found
