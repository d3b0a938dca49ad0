"""Opens an archive of images, whichever of its forms it has, and reads what it says of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, Final

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.image.archive import docker_archive, layers, oci_layout, tars
from gates.image.archive.blobs import Compressed, Folder, Seekable, Source, Store, Tar, listed
from gates.image.archive.limits import Budget, Damaged, Limits, gather
from gates.image.archive.oci_layout import Found
from gates.image.archive.records import Entry, Image, Layer, Left
from gates.image.archive.streams import MARK, compression

_DOCKER_HUB: Final = ("docker.io/library/", "docker.io/", "")


class Archive:
    """`images` are those that were asked for, in the archive's order."""

    __slots__ = ("_budget", "_store", "images", "left")

    def __init__(self, store: Store, images: tuple[Image, ...], left: tuple[Left, ...], budget: Budget) -> None:
        self._store = store
        self._budget = budget
        self.images = images
        self.left = left

    def layers(self) -> list[Layer]:
        """Those of all images, each blob once, in the order in which they are read quickest. Two blobs may hold the same layer: then
        their diff ids are equal.
        """
        found = {(layer.name, layer.diff_id): layer for image in self.images for layer in image.layers}
        return sorted(found.values(), key=lambda layer: self._store.place(layer.name))

    def entries(self, layer: Layer) -> Iterator[Entry]:
        """What is in the layer, in its order. Its digests are compared behind the last entry: who stops before that has proved nothing.

        Raises DocumentError where the layer is not what the archive says, cannot be read, or passes a limit, and GateUnavailable where
        the machine cannot read it.
        """
        path = self._store.path
        try:
            with self._store.opened(layer.name) as read:
                yield from layers.entries(read, layer, path, self._budget)
        except Damaged as error:
            # The store names the blob itself, what is within it does not.
            within = error if error.inner[:1] == (layer.name,) else error.within(layer.name)
            raise within.located(path) from None
        except OSError as error:
            raise _unreadable(path, error) from error


@contextmanager
def opened(path: str, deadline: Deadline, *, name: str = "", platform: str = "", limits: Limits | None = None) -> Iterator[Archive]:
    """The images in a docker-archive or an OCI layout, a tar or a folder; all of them, or those of a name (a tag or a digest) and a
    platform as "linux/arm64". Nothing is written. Everything but the content of the layers has been verified.

    Raises DocumentError for what is no archive of images, or one that is damaged, and GateUnavailable where it cannot be read.
    """
    with ExitStack() as stack:
        try:
            budget = Budget(limits or Limits(), deadline)
            archive = _read(_store(path, stack, budget), budget, name, platform)
        except Damaged as error:
            raise error.located(path) from None
        except OSError as error:
            raise _unreadable(path, error) from error
        yield archive


def _store(path: str, stack: ExitStack, budget: Budget) -> Store:
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        for name in (oci_layout.LAYOUT, oci_layout.INDEX):
            if not os.path.lexists(os.path.join(path, name)):
                raise Damaged(f"is a folder without {name}, so no OCI image layout")
        return Folder(path)
    if not stat.S_ISREG(found.st_mode):
        raise Damaged("is neither a file nor a folder, so no image")
    if not found.st_size:
        raise Damaged("is empty, so no image")
    return _tar(path, stack.enter_context(open(path, "rb", buffering=0)), budget)


def _tar(path: str, file: BinaryIO, budget: Budget) -> Tar:
    source: Source = Seekable(file)
    kind = compression(gather(file.read, MARK))
    if kind:
        source = Compressed(file, kind, budget)
    if not tars.is_header(_start(source)):
        raise Damaged("is no tar archive, so no image" if not kind else f"is compressed with {kind} and holds no tar archive, so no image")
    return listed(path, source, budget, seekable=not kind)


def _start(source: Source) -> bytes:
    data = b""
    while len(data) < tars.BLOCK and (more := source.read(len(data), tars.BLOCK - len(data))):
        data += more
    return data


def _read(store: Store, budget: Budget, name: str, platform: str) -> Archive:
    """Where both descriptions are there, programs differ in which one they read: each image of one must be an image of the other."""
    docker = docker_archive.images(store, budget) if docker_archive.MANIFEST in store and isinstance(store, Tar) else None
    if oci_layout.INDEX in store:
        found = oci_layout.images(store, budget)
        images = found.images if docker is None else _agreed(found.images, docker)
    elif docker is not None:
        found, images = Found([], [], []), docker
    elif "repositories" in store:
        raise Damaged("has no manifest.json, as Docker before 1.10 saved images; load it into a newer one and save it again")
    else:
        raise Damaged("is a tar without manifest.json and index.json, so no image")
    chosen = [image for image in images if _is_named(image, name) and _is_for(image.platform, platform)]
    left = list(found.left)
    for absent in found.absent:
        # Docker saves the platforms that it has, and the index of all there are.
        other = not (_has_name(absent.names, (absent.digest,), name) and (not absent.platform or _is_for(absent.platform, platform)))
        if not other and (docker is None or not chosen):
            raise absent.error
        left.append(Left(absent.error.inner[0], f"{absent.platform or 'an image'}: {absent.error.message}"))
    if not chosen:
        raise Damaged(_no_such(images, name, platform))
    return Archive(store, tuple(chosen), tuple(left), budget)


def _agreed(images: list[Image], docker: list[Image]) -> list[Image]:
    names: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
    for image in docker:
        key = _identity(image)
        names[key] = names.get(key, ()) + image.names
    unknown = names.keys() - {_identity(image) for image in images}
    if unknown:
        raise Damaged(f"lists an image that index.json does not have, with the configuration {min(unknown)[0]}").within(
            docker_archive.MANIFEST
        )
    listing = docker[0].documents if docker else ()
    return [
        image._replace(names=tuple(dict.fromkeys((*names.get(_identity(image), ()), *image.names))), documents=(*listing, *image.documents))
        for image in images
    ]


def _identity(image: Image) -> tuple[str, tuple[str, ...]]:
    return image.config_digest, tuple(layer.name for layer in image.layers)


def _is_named(image: Image, name: str) -> bool:
    return _has_name(image.names, (image.digest, image.config_digest), name)


def _has_name(names: Sequence[str], digests: Sequence[str], name: str) -> bool:
    return not name or name in digests or _full(name) in map(_full, names)


def _full(name: str) -> str:
    """As Docker completes a name: "app" is docker.io/library/app:latest."""
    for start in _DOCKER_HUB:
        if name.startswith(start):
            name = name.removeprefix(start)
            break
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _is_for(platform: str, wanted: str) -> bool:
    """Parts that are not asked for may be anything; of 64-bit ARM there is one variant, which is left out or not."""
    if not wanted:
        return True
    if wanted.endswith("/arm64/v8"):
        wanted = wanted.removesuffix("/v8")
    return platform == wanted or platform.startswith(f"{wanted}/")


def _no_such(images: Sequence[Image], name: str, platform: str) -> str:
    if not images:
        return "holds no image"
    asked = " for ".join(part for part in (name, platform) if part)
    there = ", ".join(
        " ".join(part for part in ("/".join(image.names) or image.config_digest, image.platform) if part) for image in images[:8]
    )
    return f"holds no image {asked}; it has {there}{' and more' if images[8:] else ''}"


def _unreadable(path: str, error: OSError) -> GateUnavailable:
    return GateUnavailable(f"{path} cannot be read: {error.strerror or 'input/output error'}")
