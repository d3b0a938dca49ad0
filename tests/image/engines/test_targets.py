"""What a person asks for is a path or a name, and never both."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.core.errors import GateUnavailable, UsageError
from gates.image.engines import running, targets
from gates.image.engines.targets import Asked
from tests.doubles import images
from tests.doubles.systems import Installed
from tests.image.engines.support import context, system


@pytest.mark.parametrize(
    "name",
    [
        "app",
        "acme/app:1.0",
        "registry.example.org:5000/acme/app:1.0@sha256:" + "0" * 64,
        "localhost/a__b/c-d.e",
        "python@sha256:" + "f" * 64,
    ],
)
def test_a_name_is_a_name(tmp_path: Path, name: str) -> None:
    assert targets.asked(name, os.fspath(tmp_path)) == Asked(name, "")


NEITHER = ("-input", "App Image", "a//b", "app:", "--help", "$(id)", "app\n", ":tag", "", "../up", "missing.tar", "./missing")


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_neither_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError):
        targets.asked(text, os.fspath(tmp_path / "folder"))


def test_a_path_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "app.tar").touch()
    (tmp_path / "layout").mkdir()
    (tmp_path / "My Layout").mkdir()
    for text in ("app.tar", "./layout", os.fspath(tmp_path / "layout"), "My Layout"):
        assert targets.asked(text, os.fspath(tmp_path)).path == os.path.join(tmp_path, os.path.normpath(text))


@pytest.mark.parametrize("text", ["nginx", "nginx:latest", "acme/app"])
def test_a_folder_does_not_stand_in_for_an_image(tmp_path: Path, text: str) -> None:
    """A change could bring such a folder along, with a clean image in it."""
    (tmp_path / text).mkdir(parents=True)
    with pytest.raises(UsageError, match=f"write ./{text} for the path"):
        targets.asked(text, os.fspath(tmp_path))


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        found = targets.asked(text, "/nonexistent")
    except UsageError:
        return
    assert not found.path or os.path.isabs(text)
    assert not text.startswith("-")


@pytest.mark.parametrize("text", ["sha256:abc", "1" * 64, "app:1.0", "sha512:" + "1" * 64, "SHA256:" + "1" * 64])
def test_a_digest_that_is_none_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is no digest"):
        targets.checked_digest(text)


def test_a_digest_may_have_a_name_before_it() -> None:
    assert targets.checked_digest("acme/app@sha256:" + "1" * 64) == "sha256:" + "1" * 64
    assert targets.checked_digest("") == ""


def refused(tmp_path: Path, place: Path, text: str) -> None:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    with (
        running.workshop("/bin/true", "true", context(root), engines=False) as workshop,
        pytest.raises(GateUnavailable, match=text),
    ):
        targets.prepare(Asked("image", os.fspath(place)), "", workshop)


def test_what_is_no_image_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(tmp_path, tmp_path / "empty", "no OCI layout: oci-layout is missing")
    (tmp_path / "text.tar").write_text("no tar\n" * 200)
    refused(tmp_path, tmp_path / "text.tar", "damaged, cut short or no tar")
    (tmp_path / "nothing.tar").touch()
    refused(tmp_path, tmp_path / "nothing.tar", "damaged, cut short or no tar|neither manifest.json")
    refused(tmp_path, tmp_path / "gone.tar", "neither a file nor a folder")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.tar")
        refused(tmp_path, tmp_path / "pipe.tar", "neither a file nor a folder")


@pytest.mark.parametrize("length", [2, 3, 10, 12, 100, 400])
def test_a_gzip_that_is_cut_short_is_an_error(tmp_path: Path, length: int) -> None:
    place = images.write(system(Installed("planted", "2.0-1")), tmp_path / "image.tar.gz", "docker-oci", whole="gzip").path
    place.write_bytes(place.read_bytes()[:length])
    refused(tmp_path, place, "cannot be read: it is damaged")


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ("", "is not JSON"),
        ("[]", "index.json is no object"),
        ("{}", "holds no image"),
        ('{"manifests": [{"digest": "sha256:../../../etc/passwd", "mediaType": "x"}]}', "no sha256 digest"),
        ('{"manifests": [{"digest": "sha256:' + "1" * 64 + '", "mediaType": "x"}]}', "cannot be read"),
        ('{"manifests": {"a": 1}}', "no manifests"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_an_index_that_cannot_be_believed_is_an_error(tmp_path: Path, index: str, text: str) -> None:
    layout = tmp_path / "layout"
    (layout / "blobs" / "sha256").mkdir(parents=True)
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (layout / "index.json").write_text(index)
    refused(tmp_path, layout, text)


def test_an_index_that_holds_itself_ends(tmp_path: Path) -> None:
    """No digest can be its own, but a chain of indexes can be long."""
    layout = tmp_path / "layout"
    (layout / "blobs" / "sha256").mkdir(parents=True)
    (layout / "oci-layout").write_text("{}")
    content = b'{"manifests": []}'
    for _ in range(6):
        name = hashlib.sha256(content).hexdigest()
        (layout / "blobs" / "sha256" / name).write_bytes(content)
        entry = {"digest": f"sha256:{name}", "mediaType": "application/vnd.oci.image.index.v1+json"}
        content = json.dumps({"manifests": [entry]}).encode()
    (layout / "index.json").write_bytes(content)
    refused(tmp_path, layout, "nested too deeply")
