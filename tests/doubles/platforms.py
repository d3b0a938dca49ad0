"""An image for several platforms: one index, and a manifest, a configuration and layers for each.

The form: https://github.com/opencontainers/image-spec/blob/main/image-index.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from tests.doubles.image_parts import LAYER_TYPES, OCI, TYPES, Document, Image, digest, parts_of
from tests.doubles.tars import File, tar, with_folders


class Platforms(NamedTuple):
    """`manifests` has the digest of each by its architecture; `index` is that of the index which holds them."""

    path: Path
    index: str
    manifests: Mapping[str, str]


def for_platforms(
    place: Path,
    form: Literal["oci", "oci-tar", "docker-oci"],
    images: Mapping[str, Image],
    *,
    absent: tuple[str, Literal["manifest", "layer", ""]] = ("", ""),
    unlisted: str = "",
) -> Platforms:
    """By their architectures. A docker archive has a manifest.json too, with the first alone. `absent` leaves out one blob of an
    architecture, as Docker does with what it does not have; `unlisted` is an architecture that the index does not name.
    """
    blobs: dict[str, bytes] = {}

    def put(media_type: str, data: bytes) -> Document:
        blobs[digest(data)] = data
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    manifest_type, config_type = TYPES["oci"]
    listed: dict[str, Document] = {}
    saved: list[Document] = []
    for architecture, image in images.items():
        parts = parts_of(image._replace(more={**image.more, "architecture": architecture}), form, "")
        config = put(config_type, parts.config)
        layers = [put(LAYER_TYPES["oci"][layer.compression], layer.blob) for layer in parts.layers]
        document = {"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": layers}
        manifest = put(manifest_type, json.dumps(document).encode())
        listed[architecture] = {**manifest, "platform": {"os": "linux", "architecture": architecture}}
        saved.append({"Config": _path(config), "RepoTags": list(image.tags), "Layers": [_path(layer) for layer in layers]})
        if absent[0] == architecture:
            del blobs[(manifest if absent[1] == "manifest" else layers[-1])["digest"]]
    named = [descriptor for architecture, descriptor in listed.items() if architecture != unlisted]
    inner = put(f"{OCI}index.v1+json", json.dumps({"schemaVersion": 2, "manifests": named}).encode())
    entries = [(f"blobs/sha256/{name[7:]}", data) for name, data in blobs.items()]
    entries.append(("index.json", json.dumps({"schemaVersion": 2, "manifests": [inner]}).encode()))
    entries.append(("oci-layout", b'{"imageLayoutVersion": "1.0.0"}'))
    if form == "docker-oci":
        entries.append(("manifest.json", json.dumps(saved[:1]).encode()))
    if form == "oci":
        for name, data in entries:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
    else:
        place.write_bytes(tar(with_folders((name, File(data)) for name, data in entries)))
    return Platforms(place, inner["digest"], {architecture: descriptor["digest"] for architecture, descriptor in listed.items()})


def _path(descriptor: Document) -> str:
    return f"blobs/sha256/{descriptor['digest'][7:]}"
