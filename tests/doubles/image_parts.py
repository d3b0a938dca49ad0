"""The parts of an image, before it takes a form: layers and the configuration, with the faults that concern them."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, get_args

from tests.doubles.tars import Compression, Entry, File, bomb, compressed, device, hard_link, link, tar, with_folders, zstd_frame

Form = Literal["docker", "docker-oci", "crane", "oci", "oci-tar"]
"""`docker save` before Docker 25 and since; the docker archive of go-containerregistry; an OCI layout as a folder and as a tar."""
FORMS: Final[tuple[Form, ...]] = get_args(Form)

Fault = Literal[
    "",
    "layer-altered",  # one bit of a layer is not what its name and its diff id say; its size is
    "config-altered",  # the same for the configuration
    "diff-id-mismatch",  # the blob is as named, the configuration names another content
    "size-mismatch",  # the descriptor of a layer is one byte off
    "missing-layer",
    "missing-config",
    "missing-manifest",
    "foreign-layer",  # a layer to be had from an address, not in the image
    "unknown-media-type",
    "unknown-compression",  # a layer that is no tar, whatever it says
    "parent-name",  # a layer with ../../outside
    "absolute-name",  # a layer with /outside
    "link-outside",  # a layer with links out of the image
    "hard-link-outside",
    "device-node",
    "truncated",  # the archive ends in the middle of its last layer
    "truncated-layer",  # the layer does, under a digest that fits
    "gzip-bomb",
    "zstd-bomb",
    "zstd-window",  # a frame that asks for 2 TiB of memory
    "huge-manifest",  # as large as HUGE says, and valid JSON
    "two-manifests",
    "second-manifest",  # a second file of the same name later in the archive, about other layers
    "fewer-layers",  # than diff ids
    "more-layers",
    "config-no-json",
    "manifest-no-json",
    "deep-json",  # a configuration with 100,000 levels
    "linked-blob",  # a blob is a link to a file outside
    "outside-blob",  # a blob is named by a path out of the image
    "no-layers",
    "not-an-image",  # a tar or folder of something else
]
FAULTS: Final[tuple[Fault, ...]] = get_args(Fault)[1:]

OUTSIDE: Final = "/etc/passwd"  # what links and paths out of an image lead to
BOMB: Final = 1 << 30  # bytes that it grows to
HUGE: Final = 32 << 20  # bytes
CREATED: Final = "2026-11-01T00:00:00Z"

OCI: Final = "application/vnd.oci.image."
DOCKER: Final = "application/vnd.docker."
LAYER_TYPES: Final = {
    "oci": {"": f"{OCI}layer.v1.tar", "gzip": f"{OCI}layer.v1.tar+gzip", "zstd": f"{OCI}layer.v1.tar+zstd"},
    "docker": {
        "": f"{DOCKER}image.rootfs.diff.tar",
        "gzip": f"{DOCKER}image.rootfs.diff.tar.gzip",
        "zstd": f"{DOCKER}image.rootfs.diff.tar.zstd",
    },
}
TYPES: Final = {
    "oci": (f"{OCI}manifest.v1+json", f"{OCI}config.v1+json"),
    "docker": (f"{DOCKER}distribution.manifest.v2+json", f"{DOCKER}container.image.v1+json"),
}

Document = dict[str, Any]
Files = Mapping[str, File | bytes | str] | Sequence[tuple[str, File | bytes | str]]


class Layer(NamedTuple):
    """`files` by their name in the tar, as pairs where a name comes twice. `deleted` and `opaque` are paths of lower layers that it takes
    away: a file or folder, and everything that a folder holds.
    """

    files: Files = MappingProxyType({})
    deleted: Sequence[str] = ()
    opaque: Sequence[str] = ()
    created_by: str = "COPY . . # buildkit"
    compression: Compression = ""  # not in the form "docker", whose layers are plain

    def entries(self) -> Iterator[Entry]:
        """https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts"""
        for path in self.opaque:
            yield f"{path}/.wh..wh..opq", File()
        for path in self.deleted:
            head, slash, name = path.rpartition("/")
            yield f"{head}{slash}.wh.{name}", File()
        for name, file in self.files.items() if isinstance(self.files, Mapping) else self.files:
            yield name, file if isinstance(file, File) else File(file.encode() if isinstance(file, str) else file)


class Image(NamedTuple):
    """`config` is the part of that name: User, Env, Healthcheck, Labels, ExposedPorts, Volumes, …; `more` goes beside it. `steps` are lines
    of the history that made no layer; `history` replaces it all. With `attested` an OCI layout also names an attestation, as buildx does.
    """

    layers: Sequence[Layer]
    config: Mapping[str, Any] = {}
    steps: Sequence[str] = ()
    history: Sequence[Mapping[str, Any]] | None = None
    tags: Sequence[str] = ("registry.example.org/app:1.0",)
    more: Mapping[str, Any] = {}
    media: Literal["oci", "docker"] = "oci"
    attested: bool = False


class Packed(NamedTuple):
    diff_id: str
    blob: bytes
    compression: Compression


class Parts(NamedTuple):
    config: bytes
    layers: tuple[Packed, ...]


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


# Layers and configuration


def parts_of(image: Image, form: Form, fault: Fault) -> Parts:
    layers = [*image.layers, *_harmful(fault)]
    packed = [_pack(layer, "" if form == "docker" else layer.compression) for layer in layers] + list(_harmful_blobs(fault))
    if fault == "truncated-layer":
        packed[-1] = _as_is(packed[-1].blob[: len(packed[-1].blob) // 2], packed[-1].compression)
    if fault == "unknown-compression":
        packed[-1] = _as_is(b"BZh9" + bytes(range(256)) * 8, packed[-1].compression)
    if fault == "no-layers":
        packed = []
    ids = [layer.diff_id for layer in packed]
    if fault == "diff-id-mismatch":
        ids[-1] = digest(b"another content")
    if fault == "more-layers":
        ids.pop()
    config = json.dumps(configuration(image, ids), separators=(",", ":")).encode()
    if fault == "config-no-json":
        config = config[:-2]
    if fault == "deep-json":
        config = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    if fault == "fewer-layers":
        packed.pop()
    return Parts(config, tuple(packed))


def _pack(layer: Layer, compression: Compression) -> Packed:
    plain = tar(with_folders(layer.entries()))
    return Packed(digest(plain), compressed(plain, compression), compression)


def _as_is(blob: bytes, compression: Compression) -> Packed:
    return Packed(digest(blob), blob, compression)


def _harmful(fault: Fault) -> Iterator[Layer]:
    files: dict[Fault, Files] = {
        "parent-name": {"../../outside": b"parent\n"},
        "absolute-name": {"/outside": b"absolute\n"},
        "link-outside": {"app/out": link("../../.." + OUTSIDE), "app/absolute": link(OUTSIDE), "app/out/below": b"through the link\n"},
        "hard-link-outside": {"app/out": hard_link("../../.." + OUTSIDE)},
        "device-node": {"app/mem": device(), "app/disk": device(8, 0, block=True)},
    }
    if fault in files:
        yield Layer(files[fault])


@functools.cache
def _bomb(how: Literal["gzip", "zstd"]) -> Packed:
    packed, head, zeros = bomb("zeros", BOMB, how)
    content = hashlib.sha256(head)
    for _ in range(zeros >> 20):
        content.update(bytes(1 << 20))
    content.update(bytes(zeros & ((1 << 20) - 1)))
    return Packed(f"sha256:{content.hexdigest()}", packed, how)


def _harmful_blobs(fault: Fault) -> Iterator[Packed]:
    if fault == "gzip-bomb":
        yield _bomb("gzip")
    if fault == "zstd-bomb":
        yield _bomb("zstd")
    if fault == "zstd-window":
        plain = tar([("a", File(b"a"))])
        yield Packed(digest(plain), zstd_frame(31) + compressed(plain, "zstd")[len(zstd_frame()) :], "zstd")


def configuration(image: Image, diff_ids: Sequence[str]) -> Document:
    """https://github.com/opencontainers/image-spec/blob/main/config.md"""
    lines: list[Mapping[str, Any]] = [{"created": CREATED, "created_by": layer.created_by} for layer in image.layers]
    lines += [{"created": CREATED, "created_by": step, "empty_layer": True} for step in image.steps]
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": CREATED,
        "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": ["/bin/sh"], **image.config},
        "rootfs": {"type": "layers", "diff_ids": list(diff_ids)},
        "history": lines if image.history is None else list(image.history),
        **image.more,
    }
