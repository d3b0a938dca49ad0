"""An OCI image layout: index.json, manifests, and blobs under their digests.

Format: https://github.com/opencontainers/image-spec/blob/main/image-layout.md, …/manifest.md and …/image-index.md. Docker's own media types
for the same documents: https://distribution.github.io/distribution/spec/manifest-v2-2/.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gates.core.documents import Table
from gates.image.archive import configuration
from gates.image.archive.blobs import Document, Store, algorithm_of, blob_name, document
from gates.image.archive.configuration import has, plain_keys, required, tables, text
from gates.image.archive.limits import Budget, Damaged
from gates.image.archive.records import Image, Layer, Left

INDEX: Final = "index.json"
LAYOUT: Final = "oci-layout"
_VERSION: Final = "1.0.0"
_INDEXES: Final = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_MANIFESTS: Final = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_CONFIGS: Final = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
_LAYERS: Final = tuple(
    f"application/vnd.{kind}"
    for kind in (
        *("oci.image.layer.v1.tar", "oci.image.layer.v1.tar+gzip", "oci.image.layer.v1.tar+zstd"),
        *(f"oci.image.layer.nondistributable.v1.tar{suffix}" for suffix in ("", "+gzip", "+zstd")),
        *(f"docker.image.rootfs.diff.tar{suffix}" for suffix in ("", ".gzip", ".zstd")),
        *(f"docker.image.rootfs.foreign.diff.tar{suffix}" for suffix in ("", ".gzip")),
    )
)
_NAMES: Final = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_KNOWN: Final = frozenset(("annotations", "artifactType", "config", "layers", "manifests", "mediaType", "schemaVersion", "subject"))
_KNOWN_DESCRIPTOR: Final = frozenset(("annotations", "artifactType", "data", "digest", "mediaType", "platform", "size", "urls"))
_KNOWN_PLATFORM: Final = frozenset(("architecture", "os", "os.features", "os.version", "variant"))


class Descriptor(NamedTuple):
    table: Table
    media_type: str
    digest: str
    size: int
    name: str  # of the blob
    platform: str


class Found(NamedTuple):
    """`absent` are images, of the names and the platform, that cannot be read since a file is not there, and why not."""

    images: list[Image]
    left: list[Left]
    absent: list[Absent]


class Absent(NamedTuple):
    names: tuple[str, ...]
    platform: str
    digest: str
    error: Damaged


def images(store: Store, budget: Budget) -> Found:
    """Raises DocumentError and Damaged."""
    layout = document(store, LAYOUT, budget)
    version = Table(layout.node, layout.path).text("imageLayoutVersion")
    if version != _VERSION:
        raise Damaged(f"says version {version!r} of the layout, and {_VERSION} is known").within(LAYOUT)
    found = Found([], [], [])
    _index(store, (document(store, INDEX, budget),), "", (), budget, found)
    return found


def _index(store: Store, indexes: tuple[Document, ...], media_type: str, names: tuple[str, ...], budget: Budget, found: Found) -> None:
    """`indexes` are within one another, this one last."""
    index = indexes[-1]
    if len(indexes) > budget.limits.depth:
        raise Damaged(f"lies in more than {budget.limits.depth} indexes within one another").within(index.name)
    table = _document(index, media_type)
    if has(table, "layers") or has(table, "config"):
        raise table.error("an index with layers: readers do not agree on whether it is an image")
    for entry in tables(table, "manifests"):
        if len(found.images) + len(found.left) + len(found.absent) >= budget.limits.manifests:
            raise table.error(f"more than {budget.limits.manifests} manifests in the archive", "manifests")
        at = _descriptor(entry, index)
        annotations = entry.table("annotations") if has(entry, "annotations") else None
        # A name counts where somebody gave it: at the entry, or at the index that the entry is in.
        own = tuple(dict.fromkeys(name for key in _NAMES if (name := text(annotations, key)))) if annotations else ()
        if at.media_type not in _INDEXES + _MANIFESTS:
            raise Damaged(f"is of an unknown media type, {at.media_type!r}").within(at.name)
        if at.name not in store:
            found.absent.append(Absent(own or names, at.platform, at.digest, _missing(at, "the manifest of")))
            continue
        blob = _blob(store, at, budget)
        if at.media_type in _INDEXES:
            _index(store, (*indexes, blob), at.media_type, own or names, budget, found)
        else:
            _manifest(store, (*indexes, blob), at, own or names, budget, found)


def _manifest(store: Store, documents: tuple[Document, ...], at: Descriptor, names: tuple[str, ...], budget: Budget, found: Found) -> None:
    """The manifest is the last of `documents`, behind the indexes that it is in."""
    manifest = documents[-1]
    table = _document(manifest, at.media_type)
    if has(table, "manifests"):
        raise table.error("an image with manifests: readers do not agree on whether it is an index")
    config = _descriptor(plain_keys(required(table, "config"), _KNOWN_DESCRIPTOR), manifest)
    layers = [_descriptor(layer, manifest) for layer in tables(table, "layers")]
    kinds, known = ([layer.media_type for layer in layers], _LAYERS) if layers else ([config.media_type], _CONFIGS)
    if not any(kind in known for kind in kinds):
        found.left.append(Left(manifest.name, f"no image: it holds {kinds[0]}"))
        return
    for part, known in ((config, _CONFIGS), *((layer, _LAYERS) for layer in layers)):
        if part.media_type not in known:
            raise Damaged(f"is of an unknown media type, {part.media_type!r}").within(part.name)
    for part in (config, *layers):
        if part.name not in store:
            absent = _missing(part, "a part of")
            if has(part.table, "urls"):
                absent = Damaged("is not in the archive, only its address is: it is no layer that may be passed on").within(part.name)
            found.absent.append(Absent(names, at.platform, at.digest, absent))
            return
    read = configuration.read(_blob(store, config, budget), budget)
    if len(layers) != len(read.diff_ids):
        raise table.error(f"{len(layers)} layers, and the configuration {config.name} has {len(read.diff_ids)}", "layers")
    for layer in layers:
        _size(store, layer)
    found.images.append(
        Image(
            names=names,
            platform=at.platform or read.platform,
            digest=at.digest,
            media_type=at.media_type,
            config=read.document.node,
            config_name=config.name,
            config_digest=config.digest,
            config_media_type=config.media_type,
            layers=tuple(
                Layer(layer.name, layer.digest, diff_id, layer.size, layer.media_type, command)
                for layer, diff_id, command in zip(layers, read.diff_ids, read.commands, strict=True)
            ),
            documents=tuple((each.name, each.node) for each in documents),
        )
    )


def _document(found: Document, media_type: str) -> Table:
    table = plain_keys(Table(found.node, found.path), _KNOWN)
    if table.whole("schemaVersion") != 2:
        raise table.error("an unknown version of the format; 2 is known", "schemaVersion")
    stated = table.text("mediaType") if has(table, "mediaType") else ""
    if stated and stated != media_type and (media_type or stated not in _INDEXES):
        raise table.error(f"says that it is {stated!r}, and it was looked for as {media_type or _INDEXES[0]!r}", "mediaType")
    return table


def _descriptor(table: Table, within: Document) -> Descriptor:
    plain_keys(table, _KNOWN_DESCRIPTOR)
    digest = table.text("digest")
    platform = ""
    if has(table, "platform"):
        where = plain_keys(required(table, "platform"), _KNOWN_PLATFORM)
        platform = configuration.platform(*(text(where, key) for key in ("os", "architecture", "variant")))
    algorithm_of(digest, within.name)
    return Descriptor(table, table.text("mediaType"), digest, table.whole("size"), blob_name(digest, within.name), platform)


def _blob(store: Store, at: Descriptor, budget: Budget) -> Document:
    _size(store, at)
    return document(store, at.name, budget, at.digest)


def _size(store: Store, at: Descriptor) -> None:
    size = store.size(at.name)
    if size != at.size:
        raise Damaged(f"has {size} bytes, and the archive says {at.size}").within(at.name)


def _missing(at: Descriptor, what: str) -> Damaged:
    return Damaged(f"is not in the archive: {what} {at.platform or 'an image'}").within(at.name)
