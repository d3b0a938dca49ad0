"""What an engine is handed: an image by name, an archive of one, or an OCI layout in which exactly one image can be meant.

Given a layout with several images Trivy takes the first, and of a path with `@` or `:` it takes what stands before: so it never gets the
layout itself, but one of ours with a single entry and the same blobs.
https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Container, Iterator, Sequence
from typing import IO, BinaryIO, Final, Literal, NamedTuple

from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable, UsageError
from gates.image.engines.report import Malformed, Object, digest, is_digest, maybe, table, tables, take
from gates.image.engines.running import Workshop, read, write

_MOST_JSON: Final = 8 << 20  # bytes of an index or a manifest
_MOST_TOGETHER: Final = 64 << 20  # bytes of all of them, where they are kept
_MOST_ENTRIES: Final = 200_000
_DEEPEST: Final = 4  # indexes in indexes
_BLOCK: Final = 1 << 20
_BLOB = re.compile(r"blobs/sha256/[0-9a-f]{64}")
_KEYS: Final = ("manifest.json", "index.json", "oci-layout")
_INDEXES: Final = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_PATH_ENDINGS: Final = (".tar", ".tar.gz", ".tgz")
# https://pkg.go.dev/github.com/distribution/reference: NAME[:TAG][@DIGEST], with a host that may have a port
_NAME = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+|/)[a-z0-9]+)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)


class Asked(NamedTuple):
    """`text` is as it was asked for; `path` is absolute, "" for the name of an image."""

    text: str
    path: str


class Known(NamedTuple):
    """An image of an archive: the digests of the indexes and of the manifest that lead to it, and that of its configuration."""

    digests: tuple[str, ...]
    configuration: str
    platform: str
    descriptor: Object
    blobs: tuple[str, ...]  # all that it needs, its manifest among them


class Given(NamedTuple):
    """`where` is the name, or a path in the workshop. `known` is empty where only the engine can tell."""

    kind: Literal["name", "docker-archive", "oci-dir"]
    where: str
    known: tuple[Known, ...] = ()
    bytes: int = 0


def asked(text: str, directory: str) -> Asked:
    """A path where it looks like one: absolute, with ./ or ../ before it, or an archive by its ending. Else the name of an image, or an
    existing path that cannot be one. What could be both is refused: a folder of the repository must not stand in for an image.

    Raises UsageError.
    """
    if not text:
        raise UsageError("the name of the image is empty; is the variable set that it comes from?")
    place = os.path.normpath(os.path.join(directory, text))
    exists = os.path.lexists(place)
    if os.path.isabs(text) or text in (".", "..") or text.startswith(("./", "../", f".{os.sep}")) or text.endswith(_PATH_ENDINGS):
        if not exists:
            raise UsageError("no such image archive or OCI layout", text)
        return Asked(text, place)
    named = len(text) <= 1024 and _NAME.fullmatch(text) is not None
    if named and exists:
        raise UsageError(f"{text!r} can be a path and the name of an image; write ./{text} for the path")
    if not named and not exists:
        raise UsageError(f"{text[:100]!r} is neither a path nor the name of an image such as registry.example.org/app:1.0")
    return Asked(text, "" if named else place)


def checked_digest(text: str) -> str:
    """sha256:… of what NAME@sha256:… ends with, "" for "". Raises UsageError."""
    found = text.rpartition("@")[2]
    if text and not is_digest(found):
        raise UsageError(f"{text[:100]!r} is no digest; write sha256: and 64 hex digits")
    return found


def prepare(target: Asked, wanted: str, workshop: Workshop) -> Given:
    """`wanted` is the digest that the image must have, "" for any: of several images in a layout it chooses one. Raises GateUnavailable."""
    if not target.path:
        return Given("name", target.text)
    try:
        if os.path.isdir(target.path):
            return _folder(target, wanted, workshop)
        if not os.path.isfile(target.path):
            raise GateUnavailable(f"{target.text} is neither a file nor a folder")
        return _archive(target, wanted, workshop)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        reason = (error.strerror or "") if isinstance(error, OSError) else "it is damaged, cut short or no tar"
        raise GateUnavailable(f"{target.text} cannot be read: {reason or 'it is damaged'}") from error
    except Malformed as malformed:
        raise GateUnavailable(f"{target.text} is no image that can be read: {malformed}") from malformed


def _folder(target: Asked, wanted: str, workshop: Workshop) -> Given:
    for name in ("oci-layout", "index.json"):
        if not os.path.isfile(os.path.join(target.path, name)):
            raise GateUnavailable(f"{target.text} is no OCI layout: {name} is missing; give a tar, a layout, or the name of an image")
    index = _json(read(os.path.join(target.path, "index.json"), "index.json", _MOST_JSON), "index.json")

    def blob(name: str) -> bytes:
        return read(os.path.join(target.path, _blob_path(name)), f"the blob {name[:19]}", _MOST_JSON)

    known = _one(target, tuple(_images(index, blob)), wanted)
    layout = _layout(workshop, known)
    os.symlink(os.path.join(target.path, "blobs"), os.path.join(layout, "blobs"))
    size = sum(os.path.getsize(os.path.join(target.path, _blob_path(name))) for name in known.blobs)
    return Given("oci-dir", layout, (known,), size)


def _archive(target: Asked, wanted: str, workshop: Workshop) -> Given:
    size = os.path.getsize(target.path)
    link = workshop.place("image", "image.tar")
    with open(target.path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        os.symlink(target.path, link)
        if packed:
            known = _packed(file, workshop.context.deadline)
            if len(known) > 1:
                raise GateUnavailable(
                    f"{target.text} holds {_held(known)}, and one is scanned at a time; unpack it with gunzip to choose one"
                )
            return Given("docker-archive", link, known, size)
        with tarfile.open(fileobj=file, mode="r:") as tar:
            members = _members(tar, workshop.context.deadline)

            def content(name: str) -> bytes:
                return b"".join(_content(tar, members, name, _MOST_JSON))

            known = ()
            if "index.json" in members and "oci-layout" in members:
                index = _json(content("index.json"), "index.json")
                known = tuple(_images(index, lambda name: content(_blob_path(name)), members if "manifest.json" in members else None))
            elif "manifest.json" not in members:
                raise Malformed("it holds neither manifest.json nor an OCI layout")
            # Of an image for several platforms manifest.json names one, and engines read nothing else.
            if "manifest.json" in members and len(known) < 2:
                return Given("docker-archive", link, known, size)
            one = _one(target, known, wanted)
            layout = _layout(workshop, one)
            os.makedirs(os.path.join(layout, "blobs", "sha256"))
            for name in one.blobs:
                _unpack(tar, members, name, os.path.join(layout, _blob_path(name)), workshop.context.deadline)
            return Given("oci-dir", layout, (one,), size)


# A layout


def _images(index: Object, blob: Callable[[str], bytes], held: Container[str] | None = None) -> Iterator[Known]:
    """Those that it names, each manifest once. An index in it must be there; so must every manifest, unless `held` says which files there
    are: Docker saves an index with all platforms, and of the images those that it has.
    """
    seen: set[str] = set()
    waiting: list[tuple[Object, tuple[str, ...], int]] = [(index, (), 0)]
    while waiting:
        current, above, depth = waiting.pop()
        for descriptor in tables(current, "manifests"):
            name = digest(take(descriptor, "digest", str))
            if _is_attestation(descriptor) or name in seen:
                continue
            seen.add(name)
            if held is not None and _blob_path(name) not in held:
                continue
            content = blob(name)
            if f"sha256:{hashlib.sha256(content).hexdigest()}" != name:
                raise Malformed(f"the content of {name[:19]} is not what its digest says")
            document = _json(content, name[:19])
            chain = (*above, name)
            if take(descriptor, "mediaType", str) in _INDEXES:
                if depth >= _DEEPEST:
                    raise Malformed("its indexes are nested too deeply")
                waiting.append((document, chain, depth + 1))
                continue
            known = _known(descriptor, document, chain)
            if held is None or all(_blob_path(each) in held for each in known.blobs):
                yield known


def _known(descriptor: Object, manifest: Object, chain: tuple[str, ...]) -> Known:
    configuration = digest(take(table(manifest.get("config"), "the configuration of a manifest"), "digest", str))
    layers = [digest(take(layer, "digest", str)) for layer in tables(manifest, "layers")]
    about = table(descriptor.get("platform") or {}, "a platform")
    platform = "/".join(filter(None, (maybe(about, key, str, "") for key in ("os", "architecture", "variant"))))
    return Known(chain, configuration, platform, descriptor, tuple(dict.fromkeys((chain[-1], configuration, *layers))))


def _is_attestation(descriptor: Object) -> bool:
    """https://docs.docker.com/build/metadata/attestations/attestation-storage/"""
    annotations = table(descriptor.get("annotations") or {}, "annotations")
    return annotations.get("vnd.docker.reference.type") == "attestation-manifest"


def _one(target: Asked, known: tuple[Known, ...], wanted: str) -> Known:
    """Raises GateUnavailable unless one image can be meant."""
    fitting = [each for each in known if not wanted or wanted in (*each.digests, each.configuration)]
    if len(fitting) == 1:
        return fitting[0]
    if not known:
        raise GateUnavailable(f"{target.text} holds no image")
    held = _held(fitting or known)
    if not fitting:
        raise GateUnavailable(f"{target.text} is not the expected image: it holds {held}, and not {wanted}")
    raise GateUnavailable(f"{target.text} holds {held}, and one is scanned at a time; choose with --expect-digest")


def _held(known: Sequence[Known]) -> str:
    return f"{len(known)} image{'s' if known[1:] else ''}: " + ", ".join(
        f"{each.platform or 'an image'} {each.digests[-1]}" for each in known[:8]
    )


def _layout(workshop: Workshop, known: Known) -> str:
    layout = workshop.place("image", "layout")
    os.mkdir(layout, 0o700)
    index = {"schemaVersion": 2, "mediaType": _INDEXES[0], "manifests": [known.descriptor]}
    write(os.path.join(layout, "index.json"), json.dumps(index).encode())
    write(os.path.join(layout, "oci-layout"), b'{"imageLayoutVersion": "1.0.0"}')
    return layout


def _blob_path(name: str) -> str:
    return f"blobs/sha256/{name.removeprefix('sha256:')}"


def _json(content: bytes, what: str) -> Object:
    try:
        return table(json.loads(content), what)
    except (ValueError, RecursionError):
        raise Malformed(f"{what} is not JSON") from None


# A tar


def _packed(file: BinaryIO, deadline: Deadline) -> tuple[Known, ...]:
    """The images of a gzipped archive's layout, in one go from its start to its end. Whether it is an archive, the engine finds out."""
    held: set[str] = set()
    documents: dict[str, bytes] = {}
    with gzip.GzipFile(fileobj=file) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
        for name, member in _named(tar, deadline):
            held.add(name)
            content = tar.extractfile(member) if member.isreg() and member.size <= _MOST_JSON else None
            if content and (start := content.read(1)) == b"{":
                documents[name] = start + content.read()
                if sum(map(len, documents.values())) > _MOST_TOGETHER:
                    raise Malformed(f"its documents have more than {_MOST_TOGETHER >> 20} MiB")
    if "index.json" not in held or "oci-layout" not in held:
        return ()
    return tuple(_images(_json(documents.get("index.json", b""), "index.json"), lambda name: documents.get(_blob_path(name), b""), held))


def _members(tar: tarfile.TarFile, deadline: Deadline) -> dict[str, tarfile.TarInfo]:
    return dict(_named(tar, deadline))


def _named(tar: tarfile.TarFile, deadline: Deadline) -> Iterator[tuple[str, tarfile.TarInfo]]:
    """The files that matter. Raises Malformed where one comes twice: who reads the first would see another image."""
    found: set[str] = set()
    for count, member in enumerate(tar):
        if count >= _MOST_ENTRIES:
            raise Malformed(f"it has more than {_MOST_ENTRIES} entries")
        if deadline.passed():
            raise GateUnavailable("the gate's time is over")
        name = member.name.removeprefix("./")
        if name in _KEYS or _BLOB.fullmatch(name):
            if name in found:
                raise Malformed(f"{name[:30]} is in it twice")
            found.add(name)
            yield name, member


def _content(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str, most: int) -> Iterator[bytes]:
    """In blocks. Raises Malformed for what is missing, no plain file, or larger."""
    member = members.get(name)
    if member is None or not member.isreg():
        raise Malformed(f"{name[:32]} is missing")
    if member.size > most:
        raise Malformed(f"{name[:32]} has more than {most >> 20} MiB")
    file: IO[bytes] | None = tar.extractfile(member)
    while file and (block := file.read(_BLOCK)):
        yield block


def _unpack(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str, place: str, deadline: Deadline) -> None:
    sha256 = hashlib.sha256()
    with open(place, "xb") as out:
        for block in _content(tar, members, _blob_path(name), 1 << 62):
            if deadline.passed():
                raise GateUnavailable("the gate's time is over")
            sha256.update(block)
            out.write(block)
    if f"sha256:{sha256.hexdigest()}" != name:
        raise Malformed(f"the content of {name[:19]} is not what its digest says")


def expected(wanted: str, given: Given, configuration: str, repo_digests: tuple[str, ...]) -> None:
    """Raises GateUnavailable unless the image that was looked at is the wanted one, by the digest of its configuration, of its manifest,
    or by the one that a registry has for it.
    """
    for each in given.known:
        if each.configuration != configuration:
            raise GateUnavailable(f"the engine looked at {configuration} instead of {each.configuration}, so nothing is known of the image")
    of_archive = [name for each in given.known if each.configuration == configuration for name in each.digests]
    names = {configuration, *of_archive, *(name.rpartition("@")[2] for name in repo_digests)}
    if wanted and wanted not in names:
        raise GateUnavailable(f"the image is not the expected one: it is {configuration}, and not {wanted}; scan what was built")
