"""Images built without any engine, the same bytes each time, with named faults.

The forms: https://github.com/moby/docker-image-spec/blob/main/spec.md and https://github.com/opencontainers/image-spec
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from tests.doubles.image_parts import (
    DOCKER,
    FAULTS,
    FORMS,
    HUGE,
    LAYER_TYPES,
    OCI,
    OUTSIDE,
    TYPES,
    Document,
    Fault,
    Form,
    Image,
    Layer,
    Packed,
    Parts,
    digest,
    parts_of,
)
from tests.doubles.tars import Compression, Entry, File, compressed, device, folder, hard_link, link, with_folders, write_tar

__all__ = [
    "FAULTS",
    "FORMS",
    "Compression",
    "Fault",
    "File",
    "Form",
    "Image",
    "Layer",
    "Written",
    "applies",
    "device",
    "folder",
    "hard_link",
    "link",
    "write",
]


class Written(NamedTuple):
    """All digests start with "sha256:". `image_id` is that of the configuration, `manifest` "" where there is none."""

    path: Path
    image_id: str
    manifest: str
    diff_ids: tuple[str, ...]
    layers: tuple[str, ...]  # of the blobs


def write(image: Image, place: Path, form: Form = "docker", fault: Fault = "", *, whole: Compression = "") -> Written:
    """Writes it to `place`, a new folder for "oci" and a file otherwise; `whole` compresses that file."""
    if not applies(fault, form):
        raise ValueError(f"{form} has no {fault}")
    parts = parts_of(image, form, fault)
    if form in ("docker", "crane"):
        entries, manifest = (_docker if form == "docker" else _crane)(image, parts, fault), ""
    else:
        entries, manifest = _oci(image, parts, form, fault)
    if fault == "not-an-image":
        entries = [("readme.txt", File(b"no image\n"))]
    if form == "oci":
        _lay_out(place, entries)
    else:
        _archive(place, entries, fault, whole)
    digests = tuple(digest(layer.blob) for layer in parts.layers)
    return Written(place, digest(parts.config), manifest, tuple(layer.diff_id for layer in parts.layers), digests)


def applies(fault: Fault, form: Form) -> bool:
    """A folder is never cut short and has no name twice; the older archive has no media types, sizes or compressed layers."""
    if form == "oci":
        return fault not in ("truncated", "second-manifest")
    if form in ("docker", "crane") and fault in ("unknown-media-type", "size-mismatch"):
        return False
    return form != "docker" or fault not in ("gzip-bomb", "zstd-bomb", "zstd-window")


# Both forms


def _json(document: object) -> File:
    return File(json.dumps(document).encode())


def _altered(data: bytes) -> bytes:
    """In the middle, so that the first bytes, by which a form is known, stay."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _blob(name: str, data: bytes, fault: Fault, what: Literal["layer", "config"]) -> Iterator[Entry]:
    if fault == f"missing-{what}" or (fault == "foreign-layer" and what == "layer"):
        return
    if fault == "linked-blob" and what == "layer":
        yield name, link("../" * 9 + OUTSIDE[1:])
    else:
        yield name, File(_altered(data) if fault == f"{what}-altered" else data)


def _faulty(layers: Iterable[tuple[str, Packed]], fault: Fault) -> Iterator[Entry]:
    """The blobs by their names, each once; the fault is in the last one."""
    blobs = {name: layer.blob for name, layer in layers}
    for place, (name, blob) in enumerate(blobs.items(), 1):
        yield from _blob(name, blob, fault if place == len(blobs) else "", "layer")


def _padded(document: object, fault: Fault) -> File:
    """Huge in the way that a JSON reader cannot skip: it stays valid."""
    plain = _json(document)
    return File(plain.data + b" " * HUGE) if fault == "huge-manifest" else plain


# docker save


def _docker(image: Image, parts: Parts, fault: Fault) -> list[Entry]:
    """As Docker wrote it before version 25: a folder for each layer, and a link where a layer comes again."""
    entries: list[Entry] = []
    paths: list[str] = []
    first: dict[str, str] = {}
    parent = ""
    for place, layer in enumerate(parts.layers, 1):
        name = hashlib.sha256(f"{parent} {layer.diff_id}".encode()).hexdigest()
        about = {"id": name, "created": "1970-01-01T00:00:00Z", "os": "linux"} | ({"parent": parent} if parent else {})
        entries += [(f"{name}/VERSION", File(b"1.0")), (f"{name}/json", _json(about))]
        if layer.diff_id in first:
            entries.append((f"{name}/layer.tar", link(f"../{first[layer.diff_id]}/layer.tar")))
        else:
            last = place == len(parts.layers)
            entries += _blob(f"{name}/layer.tar", layer.blob, fault if last else "", "layer")
        first.setdefault(layer.diff_id, name)
        paths.append(f"{name}/layer.tar")
        parent = name
    config = f"{digest(parts.config)[7:]}.json"
    entries += _blob(config, parts.config, fault, "config")
    entries += _manifests(_listed(image, parts, config, paths, fault), fault)
    if image.tags:
        entries.append(("repositories", _json({tag.rpartition(":")[0]: {tag.rpartition(":")[2]: parent} for tag in image.tags})))
    return list(with_folders(entries))


def _crane(image: Image, parts: Parts, fault: Fault) -> list[Entry]:
    """As go-containerregistry writes it, and the many builders that use it: flat, each blob once, the layers as they are in a registry."""
    endings = {"": ".tar", "gzip": ".tar.gz", "zstd": ".tar.zst"}
    config = digest(parts.config)
    paths = [digest(layer.blob)[7:] + endings[layer.compression] for layer in parts.layers]
    return [
        *_blob(config, parts.config, fault, "config"),
        *_faulty(zip(paths, parts.layers, strict=True), fault),
        *_manifests(_listed(image, parts, config, paths, fault), fault),
    ]


def _listed(image: Image, parts: Parts, config: str, paths: list[str], fault: Fault) -> Document:
    manifest: Document = {"Config": config, "RepoTags": list(image.tags) or None, "Layers": paths}
    if fault == "foreign-layer":
        manifest["LayerSources"] = {parts.layers[-1].diff_id: _foreign(parts.layers[-1])}
    if fault == "outside-blob":
        manifest["Layers"] = [*paths[:-1], "../../.." + OUTSIDE]
    return manifest


def _manifests(manifest: Document, fault: Fault) -> Iterator[Entry]:
    if fault == "missing-manifest":
        return
    if fault == "manifest-no-json":
        yield "manifest.json", File(b'[{"Config":')
        return
    other = {**manifest, "RepoTags": ["registry.example.org/other:1.0"], "Layers": manifest["Layers"][:1]}
    yield "manifest.json", _padded([manifest, other] if fault == "two-manifests" else [manifest], fault)
    if fault == "second-manifest":
        yield "manifest.json", _json([other])


def _foreign(layer: Packed) -> Document:
    return {
        "mediaType": f"{DOCKER}image.rootfs.foreign.diff.tar.gzip",
        "digest": digest(layer.blob),
        "size": len(layer.blob),
        "urls": ["https://layers.example.org/foreign"],
    }


# OCI


def _oci(image: Image, parts: Parts, form: Form, fault: Fault) -> tuple[list[Entry], str]:
    manifest_type, config_type = TYPES[image.media]
    layers = [_descriptor(LAYER_TYPES[image.media][layer.compression], layer.blob) for layer in parts.layers]
    blobs = dict(_faulty(((digest(layer.blob), layer) for layer in parts.layers), fault))
    blobs |= dict(_blob(digest(parts.config), parts.config, fault, "config"))
    if fault == "foreign-layer":
        layers[-1] = {**_foreign(parts.layers[-1]), "mediaType": f"{OCI}layer.nondistributable.v1.tar+gzip"}
    if fault == "unknown-media-type":
        layers[-1]["mediaType"] = "application/vnd.example.layer.v9.squashfs"
    if fault == "size-mismatch":
        layers[-1]["size"] += 1
    if fault == "outside-blob":
        layers[-1]["digest"] = "sha256:../../../../../../.." + OUTSIDE
    config = _descriptor(config_type, parts.config)
    document = {"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": layers}
    manifest = _padded(document, fault) if fault != "manifest-no-json" else File(b'{"schemaVersion":')
    about = {**_descriptor(manifest_type, manifest.data), "annotations": _names(image)}
    if fault != "missing-manifest":
        blobs[about["digest"]] = manifest
    listed = [about]
    if fault == "two-manifests":
        other = _json({**document, "layers": layers[:1]})
        blobs[digest(other.data)] = other
        listed.append(_descriptor(manifest_type, other.data))
    if image.attested:
        listed, more = _attested(about, config_type)
        blobs |= more
    index = _json({"schemaVersion": 2, "mediaType": f"{OCI}index.v1+json", "manifests": listed})
    entries = [(f"blobs/sha256/{name[7:]}", file) for name, file in blobs.items()]
    entries += [("index.json", index), ("oci-layout", _json({"imageLayoutVersion": "1.0.0"}))]
    if fault == "second-manifest":
        entries.append(("index.json", _json({"schemaVersion": 2, "manifests": []})))
    if form == "docker-oci":
        paths = [f"blobs/sha256/{layer['digest'][7:]}" for layer in layers]
        old = {"Config": f"blobs/sha256/{config['digest'][7:]}", "RepoTags": list(image.tags) or None, "Layers": paths}
        sources = {packed.diff_id: layer for packed, layer in zip(parts.layers, layers, strict=True)}
        entries += _manifests({**old, "LayerSources": sources}, fault)
    return list(with_folders(entries)), str(about["digest"])


def _names(image: Image) -> Document:
    if not image.tags:
        return {}
    return {"io.containerd.image.name": image.tags[0], "org.opencontainers.image.ref.name": image.tags[0].rpartition(":")[2]}


def _descriptor(media_type: str, data: bytes) -> Document:
    return {"mediaType": media_type, "digest": digest(data), "size": len(data)}


def _attested(image: Document, config_type: str) -> tuple[list[Document], dict[str, File]]:
    """An index in the index, with the image and what BuildKit attests of it:
    https://docs.docker.com/build/metadata/attestations/attestation-storage/
    """
    statement = _json({"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v0.2"})
    config = _json(
        {"architecture": "unknown", "os": "unknown", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest(statement.data)]}}
    )
    layer = _descriptor("application/vnd.in-toto+json", statement.data)
    manifest = _json(
        {"schemaVersion": 2, "mediaType": image["mediaType"], "config": _descriptor(config_type, config.data), "layers": [layer]}
    )
    attestation = {
        **_descriptor(image["mediaType"], manifest.data),
        "annotations": {"vnd.docker.reference.digest": image["digest"], "vnd.docker.reference.type": "attestation-manifest"},
        "platform": {"architecture": "unknown", "os": "unknown"},
    }
    inner = [{**image, "platform": {"architecture": "amd64", "os": "linux"}}, attestation]
    index = _json({"schemaVersion": 2, "mediaType": f"{OCI}index.v1+json", "manifests": inner})
    blobs = {digest(file.data): file for file in (statement, config, manifest, index)}
    return [_descriptor(f"{OCI}index.v1+json", index.data)], blobs


# On disk


def _lay_out(place: Path, entries: Iterable[Entry]) -> None:
    place.mkdir(parents=True)
    for name, file in entries:
        path = place / name
        if file.target:
            path.symlink_to(file.target)
        elif file.kind == b"5":
            path.mkdir()
        else:
            path.write_bytes(file.data)


def _archive(place: Path, entries: Sequence[Entry], fault: Fault, whole: Compression) -> None:
    if fault != "truncated" and not whole:
        with place.open("wb") as out:
            write_tar(out, entries)
        return
    if fault == "truncated":  # with the layer last, or a reader that looks for the manifest alone would see nothing missing
        entries = sorted(entries, key=lambda entry: len(entry[1].data))
    held = io.BytesIO()
    write_tar(held, entries)
    data = held.getvalue()
    if fault == "truncated":
        end = data.rstrip(b"\0")
        data = data[: len(end) - len(entries[-1][1].data) // 2]
    place.write_bytes(compressed(data, whole))
