"""What an archive says: its images, their layers, and what is in a layer."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gates.core.documents import Node
from gates.image.archive.limits import Read

Kind = Literal["file", "directory", "symlink", "hardlink", "character", "block", "fifo", "whiteout", "opaque"]


class Layer(NamedTuple):
    """`diff_id` is the digest of the layer's tar and tells layers apart; `digest` is that of the blob, which may be compressed, "" where
    the archive does not tell it. `created_by` is "" where the history does not say.
    """

    name: str  # of the blob in the archive
    digest: str
    diff_id: str
    size: int  # bytes of the blob
    media_type: str  # "" in a docker-archive
    created_by: str


class Image(NamedTuple):
    """`config_digest` is what Docker calls the image's id. `digest` and `media_type` are the manifest's, "" in a docker-archive without
    an OCI layout in it. The layers are in the order in which they are laid upon one another, the lowest first.
    """

    names: tuple[str, ...]
    platform: str  # "linux/amd64", "linux/arm64/v8"; "" where nothing says it
    digest: str
    media_type: str
    config: Node  # a table
    config_name: str  # of the document in the archive
    config_digest: str
    config_media_type: str  # "" in a docker-archive
    layers: tuple[Layer, ...]
    documents: tuple[tuple[str, Node], ...] = ()  # that led to it, by name: manifests and indexes


class Left(NamedTuple):
    """What the archive names and what is no image to look at: signatures, attestations, platforms that were not saved."""

    name: str
    reason: str


class Entry(NamedTuple):
    """`path` is relative to the image's root, without a "/" at either end, and "." for the root itself; bytes that are not UTF-8 are
    surrogate escapes. Of a whiteout it is the path that is hidden, of an opaque directory the directory whose lower layers are.

    `link` is where a symbolic link points, as written, and which path a hard link shares its content with. `read` gives up to so many
    bytes, b"" at the end, and works until the next entry is asked for; its errors are those of `Archive.entries`. `capability` is the
    extended attribute security.capability as Linux stores it, b"" where there is none: rights of root for whoever runs the file.
    """

    path: str
    kind: Kind
    mode: int  # the permission bits, with setuid, setgid and sticky
    uid: int
    gid: int
    size: int
    link: str
    read: Read
    capability: bytes = b""
