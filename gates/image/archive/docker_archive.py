"""What `docker save` writes: a tar with manifest.json, since Docker 25 with an OCI layout in it too.

Format: https://github.com/moby/docker-image-spec/blob/main/v1.2.md, "Combined Image JSON + Filesystem Changeset Format".
"""

from __future__ import annotations

from posixpath import basename
from typing import Final

from gates.core.patterns import lazy
from gates.image.archive import configuration
from gates.image.archive.blobs import Store, clean, document
from gates.image.archive.configuration import Configuration, has, plain_keys
from gates.image.archive.limits import Budget
from gates.image.archive.records import Image, Layer

MANIFEST: Final = "manifest.json"
_KNOWN: Final = frozenset(("Config", "RepoTags", "Layers", "Parent", "LayerSources"))
_BLOB: Final = lazy(r"blobs/([a-z0-9]+)/([0-9a-f]+)")
_CONFIG: Final = lazy(r"(?:sha256:)?([0-9a-f]{64})(?:\.json)?")
_LAYER: Final = lazy(r"([0-9a-f]{64})\.tar(?:\.gz|\.zst)?")


def images(store: Store, budget: Budget) -> list[Image]:
    """Raises DocumentError and Damaged."""
    listing = document(store, MANIFEST, budget)
    entries = configuration.items(listing.node, listing.path, "the manifest")
    if len(entries) > budget.limits.manifests:
        raise entries[0].error(f"more than {budget.limits.manifests} images")
    found = []
    for entry in entries:
        plain_keys(entry, _KNOWN)
        name = _name(entry.text("Config"))
        config = configuration.read(document(store, name, budget, _digest_of_config(store.resolved(name))), budget)
        layers = entry.texts("Layers", ()) if has(entry, "Layers") else ()
        if len(layers) != len(config.diff_ids):
            raise entry.error(f"{len(layers)} layers, and the configuration {name} has {len(config.diff_ids)}", "Layers")
        found.append(
            Image(
                names=entry.texts("RepoTags", ()) if has(entry, "RepoTags") else (),
                platform=config.platform,
                digest="",
                media_type="",
                config=config.document.node,
                config_name=name,
                config_digest=config.document.digest,
                config_media_type="",
                layers=tuple(_layer(store, _name(layer), config, place) for place, layer in enumerate(layers)),
                documents=((listing.name, listing.node),),
            )
        )
    return found


def _name(text: str) -> str:
    return clean(text.encode("utf-8", "surrogateescape"))


def _layer(store: Store, name: str, config: Configuration, place: int) -> Layer:
    name = store.resolved(name)
    diff_id = config.diff_ids[place]
    digest = ""
    if found := _BLOB.fullmatch(name):
        digest = f"{found[1]}:{found[2]}"
    elif (found := _LAYER.fullmatch(basename(name))) and f"sha256:{found[1]}" != diff_id:
        digest = f"sha256:{found[1]}"
    return Layer(name, digest, diff_id, store.size(name), "", config.commands[place])


def _digest_of_config(name: str) -> str:
    """What its name says that it is, "" where that says nothing."""
    if found := _BLOB.fullmatch(name):
        return f"{found[1]}:{found[2]}"
    found = _CONFIG.fullmatch(basename(name))
    return f"sha256:{found[1]}" if found else ""
