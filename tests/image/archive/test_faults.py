"""No fault of an archive passes, and each is told in one line that names the place."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from gates.image.archive import Limits
from tests.doubles.images import FAULTS, FORMS, Fault, Form, Image, Layer, applies, write
from tests.doubles.tars import File, device, gzipped, tar
from tests.image.archive.support import APP, failure, held
from tests.image.archive.test_forms import LAYER, MANIFEST, Blobs, config, index, layout, manifest, put

SAID: dict[str, str] = {
    "layer-altered": "!.*: has the (digest|diff id) sha256:.*, not sha256:",
    "config-altered": "!.*: has the digest sha256:.*, not sha256:",
    "diff-id-mismatch": "!.*: has the diff id sha256:.*, not sha256:",
    "size-mismatch": "!blobs/sha256/.*: has 8.* bytes, and the archive says",
    "missing-layer": "!.*: is not in the archive",
    "missing-config": "!.*: is not in the archive",
    "missing-manifest": "is not in the archive|no manifest.json|without manifest.json",
    "foreign-layer": "!.*: is not in the archive",
    "unknown-media-type": "!.*: is of an unknown media type, 'application/vnd.example",
    "unknown-compression": "!.*: is compressed with bzip2",
    "parent-name": r'!.*!\.\./\.\./outside: has a name with "\.\." in it',
    "absolute-name": "!.*!/outside: has an absolute name",
    "link-outside": "!.*!app/out: is a symbolic link that leads out of the image",
    "hard-link-outside": "!.*!app/out: is a hard link that leads out of the image",
    "truncated": "^image: is cut short or damaged: it has no end mark",
    "truncated-layer": "!.*: (is cut short|ends within)",
    "zstd-bomb": "!zeros: unpacks to more than 1000 times its size",
    "zstd-window": "!.*: cannot be decompressed: .*too much memory",
    "huge-manifest": "!.*: has 3355.* bytes, and at most 8388608 are read",
    "two-manifests": "!.*: 1 layers, and the configuration .* has 2",
    "second-manifest": "!(manifest|index).json: stands in the archive more than once",
    "fewer-layers": "!.*: 1 layers, and the configuration .* has 2",
    "more-layers": "!.*: 2 layers, and the configuration .* has 1",
    "config-no-json": "!.*: not valid JSON",
    "manifest-no-json": "!.*: not valid JSON",
    "deep-json": "!.*: nested deeper than 64 levels",
    "linked-blob": "!.*: is a link that leads out of the (archive|folder)",
    "outside-blob": r"has a name with \"\.\.\"|where a digest should be",
    "not-an-image": "^image: is a (tar|folder) without",
}
NO_FAULTS = ("device-node", "no-layers")  # for the rules to judge
SLOW = ("gzip-bomb",)


@pytest.fixture(autouse=True)
def _zstd() -> None:
    if sys.version_info < (3, 14):
        pytest.importorskip("zstandard")


def test_every_fault_is_here() -> None:
    assert {*SAID, *NO_FAULTS, *SLOW} == set(FAULTS)


@pytest.mark.parametrize(("form", "fault"), [(form, fault) for fault in SAID for form in FORMS if applies(fault, form)])  # type: ignore[arg-type]
def test_each_fault_in_each_form(form: Form, fault: Fault, tmp_path: Path) -> None:
    write(Image(APP), tmp_path / "image", form, fault)
    said = failure(tmp_path / "image")
    assert re.search(SAID[fault], said), said
    assert "\n" not in said


def test_a_gzip_bomb_is_not_read_to_its_end(tmp_path: Path) -> None:
    write(Image(APP), tmp_path / "image", "oci", "gzip-bomb")
    assert "unpacks to more than 100 times its size" in failure(tmp_path / "image", Limits(ratio=100))


@pytest.mark.parametrize("whole", ["gzip", "zstd"])
def test_a_compressed_archive_that_is_cut_short(whole: Any, tmp_path: Path) -> None:
    path = write(Image(APP), tmp_path / "image", whole=whole).path
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert "cut short" in failure(path)


def test_limits(tmp_path: Path) -> None:
    path = write(Image((Layer({f"f{number}": bytes(1 << 20) for number in range(3)}),)), tmp_path / "image.tar").path
    assert failure(path, Limits(mib=2)).endswith("!f1: goes beyond 2 MiB for all layers of the archive, and no more are read")
    assert "is the entry after the first 8" in failure(path, Limits(entries=8))
    assert "has more than 3 values" in failure(path, Limits(values=3))
    assert "more than 0 layers" in failure(path, Limits(layers=0))
    assert "more than 0 images" in failure(path, Limits(manifests=0))
    assert held(path, Limits(mib=4, entries=20))
    packed = write(Image((Layer({"a": bytes(3 << 20)}),)), tmp_path / "image.tar.gz", whole="gzip").path
    assert "unpacks to more than 2 MiB" in failure(packed, Limits(mib=2))


def test_indexes_end_somewhere(tmp_path: Path) -> None:
    blobs: Blobs = {}
    top = index(manifest(blobs, "amd64"))
    for _ in range(4):
        top = index(put(blobs, "application/vnd.oci.image.index.v1+json", top))
    assert "lies in more than 4 indexes" in failure(layout(tmp_path / "image.tar", blobs, top))
    many = index(*[manifest(blobs, "amd64")] * 3)
    assert "more than 2 manifests" in failure(layout(tmp_path / "many.tar", blobs, many), Limits(manifests=2))


# What is no image


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty, so no image"),
        (b"#!/bin/sh\n" * 100, "is no tar archive, so no image"),
        (b"\0" * 10240, "is no tar archive, so no image"),
        (gzipped(b"#!/bin/sh\n" * 100), "is compressed with gzip and holds no tar archive, so no image"),
        (b"BZh91AY&SY" + bytes(600), "is compressed with bzip2, and images are compressed with gzip or zstd"),
        (b"PK\x03\x04" + bytes(600), "is compressed with zip, and images are compressed with gzip or zstd"),
        (b"\x1f\x8b", "ends within its compressed data: it is cut short"),
        (tar([("a", File(b"a"))]), "is a tar without manifest.json and index.json, so no image"),
        (tar([("repositories", File(b"{}"))]), "has no manifest.json, as Docker before 1.10 saved images; load it into a newer one"),
    ],
)
def test_what_is_no_image_is_told_in_one_line(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(data)
    assert failure(tmp_path / "image").startswith(f"image: {said}")


def test_a_folder_that_is_no_layout(tmp_path: Path) -> None:
    assert failure(tmp_path).endswith("is a folder without oci-layout, so no OCI image layout")
    (tmp_path / "oci-layout").write_text('{"imageLayoutVersion": "2.0.0"}')
    assert failure(tmp_path).endswith("is a folder without index.json, so no OCI image layout")
    (tmp_path / "index.json").write_text("{}")
    assert "says version '2.0.0' of the layout, and 1.0.0 is known" in failure(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "image")
    assert failure(tmp_path / "image") == "image: is neither a file nor a folder, so no image"
    written = write(Image(APP), tmp_path / "layout", "oci")
    blob = written.path / "blobs/sha256" / written.layers[0][7:]
    blob.unlink()
    os.mkfifo(blob)
    assert "is no regular file" in failure(written.path)


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    written = write(Image(APP), tmp_path / "layout", "oci")
    blob = written.path / "blobs/sha256" / written.layers[0][7:]
    blob.rename(written.path / "elsewhere")
    blob.symlink_to("../../elsewhere")
    assert len(held(written.path)) == 2
    outside = tmp_path / "outside"
    (written.path / "elsewhere").rename(outside)
    blob.unlink()
    blob.symlink_to(outside)
    assert "is a link that leads out of the folder" in failure(written.path)


# Documents that two readers understand in two ways


def documents(path: Path, about_config: dict[str, Any], about_manifest: dict[str, Any]) -> Path:
    blobs: Blobs = {}
    layer = tar([("a", File(b"a"))])
    described = put(blobs, "application/vnd.oci.image.config.v1+json", config("amd64", layer) | about_config)
    document = {"schemaVersion": 2, "config": described, "layers": [put(blobs, LAYER, layer)], **about_manifest}
    return layout(path, blobs, index(put(blobs, MANIFEST, document)))


@pytest.mark.parametrize(
    ("about_config", "about_manifest", "said"),
    [
        ({"Config": {"User": "root"}}, {}, "the key 'Config' is 'config' in other letters"),
        ({"config": {"user": "root"}}, {}, "the key 'user' is 'User' in other letters"),
        ({"history": [{"Created_by": "x"}]}, {}, "the key 'Created_by' is 'created_by' in other letters"),
        ({}, {"Layers": []}, "the key 'Layers' is 'layers' in other letters"),
        ({}, {"manifests": []}, "readers do not agree on whether it is an index"),
        ({}, {"mediaType": "application/vnd.oci.image.index.v1+json"}, "says that it is 'application/vnd.oci.image.index.v1"),
        ({}, {"schemaVersion": 1}, "an unknown version of the format"),
        ({"rootfs": {"type": "other"}}, {}, "of an unknown type, 'other'"),
        ({"rootfs": {"type": "layers", "diff_ids": ["md5:0"]}}, {}, "holds a digest of an unknown kind"),
        ({"rootfs": {"type": "layers", "diff_ids": ["x"]}}, {}, "where a digest should be"),
        ({"rootfs": None}, {}, "'rootfs' must be a table"),
    ],
)
def test_documents_that_are_read_in_two_ways(
    about_config: dict[str, Any], about_manifest: dict[str, Any], said: str, tmp_path: Path
) -> None:
    assert said in failure(documents(tmp_path / "image.tar", about_config, about_manifest))


def test_the_same_documents_without_the_fault(tmp_path: Path) -> None:
    about_config = {"config": {"User": "root"}, "history": [{"created_by": "x"}]}
    about_manifest = {"mediaType": MANIFEST, "annotations": {"a": "b"}}
    assert held(documents(tmp_path / "image.tar", about_config, about_manifest)) == [[("a", "file", b"a")]]


def test_a_key_that_is_there_twice(tmp_path: Path) -> None:
    layer = tar([("a", File(b"a"))])
    about = json.dumps(config("amd64", layer)).encode()
    twice = about[:-1] + b', "os": "windows"}'
    listed = json.dumps([{"Config": "c.json", "RepoTags": None, "Layers": ["l.tar"]}]).encode()
    path = tmp_path / "image"
    path.write_bytes(tar([("c.json", File(twice)), ("l.tar", File(layer)), ("manifest.json", File(listed))]))
    assert "image!c.json:1: duplicate key 'os'" in failure(path)
    path.write_bytes(tar([("c.json", File(about)), ("l.tar", File(layer)), ("manifest.json", File(listed))]))
    assert held(path) == [[("a", "file", b"a")]]


def test_devices_are_entries(tmp_path: Path) -> None:
    layer = Layer({"dev/null": device(1, 3), "dev/sda": device(8, 0, block=True), "gone": device(0, 0)})
    found = held(write(Image((layer,)), tmp_path / "image.tar").path)
    assert [(path, kind) for path, kind, _ in found[0][1:]] == [("dev/null", "character"), ("dev/sda", "block"), ("gone", "whiteout")]


def test_an_image_without_layers_is_read(tmp_path: Path) -> None:
    assert held(write(Image(APP), tmp_path / "image", "oci", "no-layers").path) == []
