"""Every form of an archive tells of the same image."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gates.core.deadline import Deadline
from gates.core.documents import DocumentError, plain
from gates.core.errors import GateUnavailable
from gates.image.archive import opened
from gates.image.archive.limits import Damaged
from tests.doubles.image_parts import digest
from tests.doubles.images import FORMS, Form, Image, Layer, write
from tests.doubles.tars import Compression, Entry, File, gzipped, tar
from tests.image.archive.support import APP, WHAT_APP_HOLDS, content, held, images


@pytest.fixture(autouse=True)
def _zstd() -> None:
    if sys.version_info < (3, 14):
        pytest.importorskip("zstandard")


@pytest.mark.parametrize("whole", ["", "gzip", "zstd"])
@pytest.mark.parametrize("form", FORMS)
def test_each_form_yields_the_same_image(form: Form, whole: Compression, tmp_path: Path) -> None:
    written = write(Image(APP, {"User": "app"}), tmp_path / "image", form, whole=whole)
    (image,), left = images(written.path)
    assert (image.config_digest, image.digest) == (written.image_id, written.manifest)
    assert [layer.diff_id for layer in image.layers] == list(written.diff_ids)
    assert [layer.created_by for layer in image.layers] == ["COPY a b /app/", "RUN rm"]
    assert image.platform == "linux/amd64"
    assert "registry.example.org/app:1.0" in image.names
    config: Any = plain(image.config)
    assert config["config"]["User"] == "app"
    assert not left
    assert held(written.path) == WHAT_APP_HOLDS
    if form != "docker":
        assert [layer.digest or layer.diff_id for layer in image.layers] == list(written.layers)


def test_layers_come_in_the_order_of_the_file_and_each_blob_once(tmp_path: Path) -> None:
    same = Layer({"a": "a"})
    written = write(Image((APP[0], same, same)), tmp_path / "image.tar")
    with opened(str(written.path), Deadline(60)) as archive:
        assert [layer.diff_id for layer in archive.layers()] == list(written.diff_ids[:2])
        assert [layer.diff_id for layer in archive.images[0].layers] == list(written.diff_ids)


def test_a_compressed_archive_can_be_read_in_any_order(tmp_path: Path) -> None:
    written = write(Image(APP), tmp_path / "image.tar.gz", whole="gzip")
    with opened(str(written.path), Deadline(60)) as archive:
        for layer in (*archive.images[0].layers, *archive.images[0].layers[::-1]):
            assert [content(entry) for entry in archive.entries(layer)]
        pairs = zip(*map(archive.entries, archive.images[0].layers), strict=False)
        assert [(one.path, content(one), other.path) for one, other in pairs][1] == ("etc/passwd", b"root:x:0:0\n", "app")


def test_an_entry_cannot_be_read_when_it_is_over(tmp_path: Path) -> None:
    written = write(Image(APP), tmp_path / "image.tar")
    with opened(str(written.path), Deadline(60)) as archive:
        entries = list(archive.entries(archive.images[0].layers[0]))
        with pytest.raises(ValueError, match="until the next one"):
            entries[1].read(1)


def test_a_zstd_layer_without_its_package_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write(Image(APP), tmp_path / "image", "oci")
    monkeypatch.setitem(sys.modules, "compression.zstd" if sys.version_info >= (3, 14) else "zstandard", None)
    if sys.version_info < (3, 14):
        with pytest.raises(GateUnavailable, match=r"install gates\[image\]"):
            held(written.path)


def test_a_deadline_ends_the_reading(tmp_path: Path) -> None:
    written = write(Image(APP), tmp_path / "image.tar")
    with pytest.raises(GateUnavailable, match="time limit"), opened(str(written.path), Deadline(0)):
        pass


def test_what_the_caller_raises_is_left_alone(tmp_path: Path) -> None:
    written = write(Image(APP), tmp_path / "image.tar")
    with pytest.raises(Damaged, match="mine"), opened(str(written.path), Deadline(60)):
        raise Damaged("mine")
    with pytest.raises(BlockingIOError), opened(str(written.path), Deadline(60)):
        raise BlockingIOError


# Several images


CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"

Document = dict[str, Any]
Blobs = dict[str, bytes]


def put(blobs: Blobs, media_type: str, data: bytes | Document, **more: Any) -> Document:
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    blobs[digest(data)] = data
    return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}


def config(architecture: str, *layers: bytes) -> Document:
    return {"os": "linux", "architecture": architecture, "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]}}


def manifest(blobs: Blobs, architecture: str, **more: Any) -> Document:
    layer = tar([(architecture, File(b"1"))])
    listed = [put(blobs, LAYER, layer)]
    document = {"schemaVersion": 2, "config": put(blobs, CONFIG, config(architecture, layer)), "layers": listed}
    return put(blobs, MANIFEST, document, platform={"os": "linux", "architecture": architecture}, **more)


def index(*manifests: Document) -> Document:
    return {"schemaVersion": 2, "manifests": list(manifests)}


def layout(place: Path, blobs: Blobs, top: Document, *more: Entry) -> Path:
    entries: list[Entry] = [(f"blobs/sha256/{name[7:]}", File(data)) for name, data in blobs.items()]
    entries += [("index.json", File(json.dumps(top).encode())), ("oci-layout", File(b'{"imageLayoutVersion": "1.0.0"}')), *more]
    place.write_bytes(tar(entries))
    return place


def named(name: str) -> Document:
    return {"annotations": {"org.opencontainers.image.ref.name": name}}


def several(place: Path, without: str = "") -> Path:
    blobs: Blobs = {}
    platforms = [manifest(blobs, architecture) for architecture in ("amd64", "arm64")]
    other = manifest(blobs, "riscv64", **named("other"))
    for each in platforms:
        if each["platform"]["architecture"] == without:
            del blobs[each["digest"]]
    return layout(place, blobs, index(put(blobs, INDEX, index(*platforms), **named("app:2")), other))


def about(path: Path, **asked: str) -> list[tuple[tuple[str, ...], str]]:
    return [(image.names, image.platform) for image in images(path, **asked)[0]]  # type: ignore[arg-type]


def test_indexes_within_indexes_and_every_platform(tmp_path: Path) -> None:
    path = several(tmp_path / "image.tar")
    assert about(path) == [(("app:2",), "linux/amd64"), (("app:2",), "linux/arm64"), (("other",), "linux/riscv64")]
    assert about(path, platform="linux/arm64") == [(("app:2",), "linux/arm64")]
    assert about(path, platform="linux/arm64/v8") == [(("app:2",), "linux/arm64")]
    assert about(path, name="docker.io/library/other:latest") == [(("other",), "linux/riscv64")]
    assert about(path, name="app:2", platform="linux/amd64") == [(("app:2",), "linux/amd64")]
    assert about(path, name=images(path)[0][2].digest) == [(("other",), "linux/riscv64")]
    assert about(path, name=images(path)[0][1].config_digest) == [(("app:2",), "linux/arm64")]


def test_no_image_of_that_name_names_those_there_are(tmp_path: Path) -> None:
    path = several(tmp_path / "image.tar")
    with pytest.raises(DocumentError, match=r"holds no image app:2 for linux/s390x; it has app:2 linux/amd64, app:2 linux/arm64, other"):
        images(path, name="app:2", platform="linux/s390x")
    with pytest.raises(DocumentError, match="holds no image other:1; it has"):
        images(path, name="other:1")
    empty = layout(tmp_path / "empty.tar", {}, index())
    with pytest.raises(DocumentError, match=r"holds no image$"):
        images(empty)


def test_a_platform_that_is_not_there_is_an_error_unless_another_is_asked_for(tmp_path: Path) -> None:
    path = several(tmp_path / "image.tar", without="arm64")
    with pytest.raises(DocumentError, match="is not in the archive: the manifest of linux/arm64"):
        images(path)
    with pytest.raises(DocumentError, match="is not in the archive"):
        images(path, platform="linux/arm64")
    found, left = images(path, platform="linux/amd64")
    assert [image.platform for image in found] == ["linux/amd64"]
    assert [item.reason for item in left] == ["linux/arm64: is not in the archive: the manifest of linux/arm64"]


def test_docker_saves_the_platforms_that_it_has(tmp_path: Path) -> None:
    blobs: Blobs = {}
    here, gone = manifest(blobs, "amd64"), manifest(blobs, "arm64")
    del blobs[gone["digest"]]
    document = json.loads(blobs[here["digest"]])
    layers = [f"blobs/sha256/{layer['digest'][7:]}" for layer in document["layers"]]
    listed = {"Config": f"blobs/sha256/{document['config']['digest'][7:]}", "RepoTags": ["app:1"], "Layers": layers}
    top = index(put(blobs, INDEX, index(here, gone)))
    path = layout(tmp_path / "image.tar", blobs, top, ("manifest.json", File(json.dumps([listed]).encode())))
    found, left = images(path)
    assert [(image.names, image.platform) for image in found] == [(("app:1",), "linux/amd64")]
    assert [item.reason for item in left] == ["linux/arm64: is not in the archive: the manifest of linux/arm64"]
    with pytest.raises(DocumentError, match="linux/arm64"):
        images(path, platform="linux/arm64")


def test_two_descriptions_that_tell_of_other_images_are_an_error(tmp_path: Path) -> None:
    blobs: Blobs = {}
    top = index(manifest(blobs, "amd64"))
    layer = tar([("hidden", File(b"1"))])
    listed = {"Config": "c.json", "RepoTags": None, "Layers": ["l/layer.tar"]}
    hidden = [("c.json", File(json.dumps(config("amd64", layer)).encode())), ("l/layer.tar", File(layer))]
    path = layout(tmp_path / "image.tar", blobs, top, *hidden, ("manifest.json", File(json.dumps([listed]).encode())))
    with pytest.raises(DocumentError, match=r"lists an image that index\.json does not have"):
        images(path)


def test_attestations_are_no_images(tmp_path: Path) -> None:
    written = write(Image(APP, attested=True), tmp_path / "image", "oci")
    found, left = images(written.path)
    assert [image.digest for image in found] == [written.manifest]
    assert [item.reason for item in left] == ["no image: it holds application/vnd.in-toto+json"]


def test_an_image_without_names_or_history(tmp_path: Path) -> None:
    written = write(Image(APP, history=(), tags=()), tmp_path / "image.tar")
    (image,), _ = images(written.path)
    assert image.names == ()
    assert [layer.created_by for layer in image.layers] == ["", ""]


def test_steps_that_made_no_layer_are_passed_over(tmp_path: Path) -> None:
    history = ({"created_by": "FROM"}, {"created_by": "ENV A=b", "empty_layer": True}, {"comment": "imported"})
    written = write(Image(APP, history=history), tmp_path / "image.tar")
    (image,), _ = images(written.path)
    assert [layer.created_by for layer in image.layers] == ["FROM", ""]


def test_a_layer_may_be_many_gzip_streams_one_behind_the_other(tmp_path: Path) -> None:
    plain_layer = tar([("a", File(b"a" * 3000)), ("b", File(b"b" * 3000))])
    packed = b"".join(gzipped(plain_layer[at : at + 512]) for at in range(0, len(plain_layer), 512)) + b"\0" * 7
    blobs: Blobs = {}
    document = {"schemaVersion": 2, "config": put(blobs, CONFIG, config("amd64", plain_layer))}
    top = index(put(blobs, MANIFEST, {**document, "layers": [put(blobs, f"{LAYER}+gzip", packed)]}))
    assert held(layout(tmp_path / "image.tar", blobs, top)) == [[("a", "file", b"a" * 3000), ("b", "file", b"b" * 3000)]]
