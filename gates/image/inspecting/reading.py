"""Reads one layer, front to back and once: what later decides a rule is noted, contents are scanned, nothing else is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from gates.detect import proofs
from gates.image.archive import OPAQUE, WHITEOUT, Archive, Entry, Layer
from gates.image.inspecting import accounts, files
from gates.image.inspecting.files import Note
from gates.image.inspecting.lanes import LARGEST_HELD, Hit, Lanes, digests_of
from gates.image.inspecting.owners import LARGEST, Owners
from gates.image.inspecting.secrets import Sensitive
from gates.image.inspecting.walk import Journal

_EVERY: Final = 256  # files between two reports of progress
LARGEST_TABLE: Final = LARGEST_HELD  # bytes of /etc/passwd and /etc/shadow


class Contents(NamedTuple):
    """Of one layer. `hits` are what lanes found, once they have ended. `tables` are the files that are called as those of accounts, by the
    number of the entry, None for one that is too large; `files` and `bytes` count what was read.
    """

    journal: Journal
    notes: Sequence[Note]
    sensitive: Sequence[Sensitive]
    hits: Sequence[Hit]
    tables: Mapping[int, bytes | None]
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
    tables: dict[int, bytes | None] = {}
    count = size = 0
    for number, entry in enumerate(archive.entries(layer)):
        journal.add(entry)
        notes += files.notes(entry)
        if entry.kind != "file":
            if entry.kind in ("whiteout", "opaque") and entry.size and lanes:
                _content(entry._replace(path=_as_written(entry)), lanes, owners, sensitive)
            continue
        count += 1
        size += entry.size
        if count % _EVERY == 0:
            progress(_EVERY)
        is_table = entry.path in accounts.TABLES
        if lanes or files.may_be_sensitive(entry.path) or owners.wants(entry.path) or is_table:
            data = _content(entry, lanes, owners, sensitive)
            if is_table:
                tables[number] = data if entry.size <= LARGEST_TABLE else None
    progress(count % _EVERY)
    return Contents(journal, notes, sensitive, (), tables, count, size)


def table(archive: Archive, layer: Layer, number: int) -> bytes | None:
    """The file that is the entry of that number, None where it is too large. Raises what `Archive.entries` does."""
    for at, entry in enumerate(archive.entries(layer)):
        if at == number:
            return _upto(entry.read, entry.size) if entry.size <= LARGEST_TABLE else None
    return None


def _as_written(entry: Entry) -> str:
    if entry.kind == "opaque":
        return OPAQUE if entry.path == "." else f"{entry.path}/{OPAQUE}"
    folder, slash, name = entry.path.rpartition("/")
    return f"{folder}{slash}{WHITEOUT}{name}"


def _content(entry: Entry, lanes: Lanes | None, owners: Owners, sensitive: list[Sensitive]) -> bytes:
    """Its first bytes, which are all of them unless it is large."""
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
    if files.may_be_sensitive(path) and (kind := files.sensitive(path, data[: proofs.HEAD])):
        sensitive.append(Sensitive(path, kind, digests_of(data) if whole else None))
    return data


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
