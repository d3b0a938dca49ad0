"""Reads one layer, front to back and once: what later decides a rule is noted, contents are scanned, nothing else is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from gates.detect import proofs
from gates.image.archive import Archive, Entry, Layer
from gates.image.inspecting import accounts, files
from gates.image.inspecting.files import Note
from gates.image.inspecting.lanes import LARGEST_HELD, Hit, Lanes, digests_of
from gates.image.inspecting.owners import LARGEST, Owners
from gates.image.inspecting.secrets import Sensitive
from gates.image.inspecting.walk import Journal

_EVERY: Final = 256  # files between two reports of progress
_TABLES: Final = (accounts.PASSWD, accounts.SHADOW)


class Contents(NamedTuple):
    """Of one layer. `hits` are what lanes found, once they have ended. `tables` are /etc/passwd and /etc/shadow; `files` and `bytes` count
    what was read.
    """

    journal: Journal
    notes: Sequence[Note]
    sensitive: Sequence[Sensitive]
    hits: Sequence[Hit]
    tables: Mapping[str, bytes]
    files: int
    bytes: int

    @property
    def found(self) -> tuple[Hit | Sensitive, ...]:
        return (*self.hits, *self.sensitive)


def read(archive: Archive, layer: Layer, lanes: Lanes | None, owners: Owners, progress: Callable[[int], None]) -> Contents:
    """Without `lanes` contents are not scanned for secrets. `progress` is told of files as they are read. Raises what
    `Archive.entries` does.
    """
    journal, notes, sensitive = Journal(), list[Note](), list[Sensitive]()
    tables: dict[str, bytes] = {}
    count = size = 0
    for entry in archive.entries(layer):
        journal.add(entry)
        notes += files.notes(entry)
        if entry.kind != "file":
            tables.pop(entry.path, None)
            continue
        count += 1
        size += entry.size
        if count % _EVERY == 0:
            progress(_EVERY)
        if lanes or files.may_be_sensitive(entry.path) or owners.wants(entry.path) or entry.path in _TABLES:
            _content(entry, lanes, owners, sensitive, tables)
    progress(count % _EVERY)
    return Contents(journal, notes, sensitive, (), tables, count, size)


def _content(entry: Entry, lanes: Lanes | None, owners: Owners, sensitive: list[Sensitive], tables: dict[str, bytes]) -> None:
    path, wanted = entry.path, owners.wants(entry.path)
    held = LARGEST if wanted else LARGEST_HELD
    data = _upto(entry.read, min(held, entry.size))
    whole = entry.size <= held
    if lanes and entry.size <= LARGEST_HELD:
        lanes.put(path, data)
    elif lanes:
        lanes.stream(path, data, entry.read)
    if wanted and whole:
        owners.take(path, data)
    if path in _TABLES:
        tables[path] = data
    if files.may_be_sensitive(path) and (kind := files.sensitive(path, data[: proofs.HEAD])):
        sensitive.append(Sensitive(path, kind, digests_of(data) if whole else None))


def _upto(read: Callable[[int], bytes], count: int) -> bytes:
    """So many bytes, fewer only at the end."""
    data = read(count) if count else b""
    if len(data) == count:
        return data
    parts, missing = [data], count - len(data)
    while missing and (data := read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)
