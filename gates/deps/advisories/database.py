"""A database of advisories: opened where it lies, or imported into one SQLite file, and asked for the records of a package."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gates import __version__
from gates.core.errors import GateUnavailable, UsageError
from gates.deps.advisories import osv, sources
from gates.deps.advisories.versions import Parse, parser
from gates.deps.advisory import Database
from gates.detect.cache import private_folder
from gates.inventory.package import Ecosystem, canonical

MAX_MEMORY = 1 << 30  # bytes of records; a database beyond that is imported first
_SQLITE = b"SQLite format 3\0"
_APPLICATION = 0x67616465
_LAYOUT = 1
_SCHEMA = """
    CREATE TABLE manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE record (number INTEGER PRIMARY KEY, id TEXT NOT NULL, packed BLOB NOT NULL);
    CREATE TABLE package (ecosystem TEXT, name TEXT, number INTEGER, PRIMARY KEY (ecosystem, name, number)) WITHOUT ROWID;
"""


class Stored(NamedTuple):
    """`text` is JSON in UTF-8 unless the record cannot be read at all. `id` is the name of its file, without the ending, where
    the record tells none.
    """

    id: str
    text: bytes


class Share(NamedTuple):
    """What there is of one ecosystem; `newest` is when its latest record changed, None where none tells."""

    records: int
    newest: datetime | None


class Manifest(NamedTuple):
    """`sha256` is over all records, in hexadecimal, and the same for a source and what was imported from it.

    `malformed` are records that are known by package and cannot be understood, `nameless` those that may speak of any package.
    """

    sha256: str
    shares: Mapping[Ecosystem, Share]
    malformed: int
    nameless: int
    imported_at: datetime | None


class AdvisoryDatabase(NamedTuple):
    """`lookup` takes an ecosystem and a canonical name; it may be called from any thread, and raises GateUnavailable. Its answer is in
    the order of the ids.
    """

    source: str
    manifest: Manifest
    lookup: Callable[[Ecosystem, str], Sequence[Stored]]

    def records(self, ecosystem: Ecosystem) -> int:
        """Without any, every package of the ecosystem would pass: the caller must refuse."""
        share = self.manifest.shares.get(ecosystem)
        return share.records if share else 0

    def state(self, ecosystems: Iterable[Ecosystem]) -> Database:
        """For the report. The age is that of the oldest share, so that a fresh one does not hide a stale one."""
        shares = [self.manifest.shares.get(ecosystem, Share(0, None)) for ecosystem in sorted(set(ecosystems))]
        moments = [share.newest for share in shares]
        known = [moment for moment in moments if moment is not None]
        newest = min(known) if known and len(known) == len(moments) else None
        return Database(self.source, f"sha256:{self.manifest.sha256}", newest, sum(share.records for share in shares))


def open_database(path: str, cache_folder: str = "") -> AdvisoryDatabase:
    """A folder or zip in a layout of `sources`, or what `import_database` wrote.

    With `cache_folder` a folder or zip is imported there and opened from there until a byte of it changes. Raises UsageError where
    there is no such source, GateUnavailable where it cannot be read or believed or holds no record.
    """
    if _is_sqlite(path):
        return _open_sqlite(path, path)
    return _open_cached(path, cache_folder) or _open_in_memory(path)


def import_database(source: str, destination: str, imported_at: datetime) -> Manifest:
    """Writes one SQLite file, at once: a reader finds the old one or the new one. `imported_at` knows its offset.

    Raises UsageError, also where `destination` cannot be written, and GateUnavailable, also where the source holds no record.
    """
    if _is_sqlite(source):
        raise UsageError("this database is imported already; copy the file", source)
    try:
        return _import(source, destination, imported_at, "")
    except OSError as error:
        raise UsageError(f"the database of advisories cannot be written: {error.strerror or error}", destination) from None


def verify(path: str) -> Manifest:
    """Reads every record of an imported database again and compares with its manifest. Raises UsageError, GateUnavailable."""
    if not _is_sqlite(path):
        raise UsageError("this is no imported database of advisories", path)
    manifest = _open_sqlite(path, path).manifest
    with closing(_connected(path)) as connection:
        try:
            digests = [_digest(_unpacked(packed, path)) for (packed,) in connection.execute("SELECT packed FROM record")]
        except sqlite3.Error as error:
            raise _damaged(path) from error
    if _sha256(digests) != manifest.sha256:
        raise _damaged(path)
    return manifest


class _Entry(NamedTuple):
    """One record on its way into a database."""

    stored: Stored
    packages: frozenset[tuple[Ecosystem, str]]
    malformed: bool
    nameless: bool
    modified: datetime | None
    digest: bytes


def _entries(path: str) -> Iterator[_Entry]:
    """Every record once: databases of two ecosystems hold the same record about packages of both."""
    parsers: dict[Ecosystem, Parse] = {}

    def parse(ecosystem: Ecosystem) -> Parse:
        if ecosystem not in parsers:
            parsers[ecosystem] = parser(ecosystem)
        return parsers[ecosystem]

    seen = set()
    for file in sources.files(path):
        entry = _entry(file, parse)
        if entry.digest not in seen:
            seen.add(entry.digest)
            yield entry


def _entry(file: sources.File, parse: Callable[[Ecosystem], Parse]) -> _Entry:
    text, document, malformed = file.data, None, False
    try:
        document = osv.load_yaml(file.data) if file.is_yaml else osv.load_json(file.data)
        if file.is_yaml:
            text = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        osv.read(document, parse=parse)
    except osv.MalformedRecord:
        malformed = True
    about = osv.about(document)
    packages, nameless = about.packages, about.nameless
    if nameless and not packages and file.folder:
        packages, nameless = frozenset({("PyPI", canonical(file.folder))}), False
    elif document is None:
        packages = osv.mentioned(file.data)
    return _Entry(Stored(about.id or file.stem, text), packages, malformed, nameless, about.modified, _digest(text))


class _Tally:
    """Adds up the manifest while the records pass by."""

    def __init__(self) -> None:
        self._digests: list[bytes] = []
        self._shares: dict[Ecosystem, Share] = {}
        self._malformed = self._nameless = 0

    def add(self, entry: _Entry) -> None:
        self._nameless += entry.nameless
        if not entry.packages:
            return
        self._digests.append(entry.digest)
        self._malformed += entry.malformed
        for ecosystem in {ecosystem for ecosystem, _ in entry.packages}:
            records, newest = self._shares.get(ecosystem, Share(0, None))
            latest = max((moment for moment in (newest, entry.modified) if moment), default=None)
            self._shares[ecosystem] = Share(records + 1, latest)

    def manifest(self, imported_at: datetime | None) -> Manifest:
        return Manifest(_sha256(self._digests), dict(sorted(self._shares.items())), self._malformed, self._nameless, imported_at)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def _sha256(digests: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def _open_in_memory(path: str) -> AdvisoryDatabase:
    index: dict[tuple[Ecosystem, str], list[Stored]] = {}
    tally, size = _Tally(), 0
    for entry in _entries(path):
        tally.add(entry)
        size += len(entry.stored.text) if entry.packages else 0
        if size > MAX_MEMORY:
            raise GateUnavailable(f"{path} holds more than {MAX_MEMORY >> 30} GiB of records; import it first: gates deps db import")
        for package in entry.packages:
            index.setdefault(package, []).append(entry.stored)
    manifest = tally.manifest(None)
    if not manifest.shares:
        raise _empty(path)
    for found in index.values():
        found.sort()
    return AdvisoryDatabase(path, manifest, lambda ecosystem, name: tuple(index.get((ecosystem, name), ())))


def _open_cached(path: str, cache_folder: str) -> AdvisoryDatabase | None:
    """None where nothing can be kept."""
    folder = private_folder(cache_folder, "advisories")
    if not folder:
        return None
    wanted = f"{__version__} {_LAYOUT} {sources.fingerprint(path)}"
    kept = os.path.join(folder, hashlib.sha256(os.fsencode(os.path.abspath(path))).hexdigest()[:32] + ".sqlite")
    with suppress(GateUnavailable):
        if _is_sqlite(kept) and _manifest_values(kept).get("fingerprint") == wanted:
            return _open_sqlite(kept, path)
    try:
        _import(path, kept, None, wanted)
    except OSError:  # a full disk, say
        return None
    return _open_sqlite(kept, path)


def _import(source: str, destination: str, imported_at: datetime | None, fingerprint: str) -> Manifest:
    folder, name = os.path.split(os.path.abspath(destination))
    descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    os.close(descriptor)
    try:
        with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
            manifest = _filled(connection, source, imported_at, fingerprint)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        if not fingerprint:  # what is kept in the cache stays private; this file is for whoever may read its folder
            os.chmod(temporary, 0o644)
        os.replace(temporary, destination)
    except sqlite3.Error as error:
        raise OSError(f"SQLite says {error}") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
    return manifest


def _filled(connection: sqlite3.Connection, source: str, imported_at: datetime | None, fingerprint: str) -> Manifest:
    connection.executescript(
        f"PRAGMA journal_mode=OFF; PRAGMA application_id={_APPLICATION}; PRAGMA user_version={_LAYOUT}; {_SCHEMA} BEGIN"
    )
    tally = _Tally()
    for number, entry in enumerate(_entries(source)):
        tally.add(entry)
        if entry.packages:
            packed = zlib.compress(entry.stored.text, 3)
            connection.execute("INSERT INTO record VALUES (?, ?, ?)", (number, entry.stored.id, packed))
            connection.executemany("INSERT INTO package VALUES (?, ?, ?)", [(*package, number) for package in sorted(entry.packages)])
    manifest = tally.manifest(imported_at)
    if not manifest.shares:
        raise _empty(source)
    connection.executemany("INSERT INTO manifest VALUES (?, ?)", [*_written(manifest).items(), ("fingerprint", fingerprint)])
    connection.execute("COMMIT")
    return manifest


def _empty(path: str) -> GateUnavailable:
    return GateUnavailable(f"{path} holds no advisory about a package of PyPI or npm")


def _written(manifest: Manifest) -> dict[str, str]:
    shares = {
        ecosystem: {"records": share.records, "newest": share.newest.isoformat() if share.newest else None}
        for ecosystem, share in manifest.shares.items()
    }
    return {
        "sha256": manifest.sha256,
        "shares": json.dumps(shares),
        "malformed": str(manifest.malformed),
        "nameless": str(manifest.nameless),
        "imported_at": manifest.imported_at.isoformat() if manifest.imported_at else "",
    }


def _manifest(values: Mapping[str, str]) -> Manifest:
    """Raises KeyError, ValueError, TypeError, AttributeError for what no import wrote."""
    shares: dict[Ecosystem, Share] = {}
    for ecosystem, share in json.loads(values["shares"]).items():
        newest = share["newest"]
        shares["PyPI" if ecosystem == "PyPI" else "npm"] = Share(int(share["records"]), datetime.fromisoformat(newest) if newest else None)
    imported_at = values["imported_at"]
    return Manifest(
        values["sha256"],
        shares,
        int(values["malformed"]),
        int(values["nameless"]),
        datetime.fromisoformat(imported_at) if imported_at else None,
    )


def _is_sqlite(path: str) -> bool:
    try:
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        raise GateUnavailable(f"{path}: {error.strerror or 'cannot be read'}") from None


def _connected(path: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(f"{Path(os.path.abspath(path)).as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
        connection.execute("PRAGMA trusted_schema=OFF")
    except sqlite3.Error as error:
        raise _damaged(path) from error
    return connection


def _damaged(path: str) -> GateUnavailable:
    return GateUnavailable(
        f"{path} is no database of advisories that this version imported, or is damaged; import it again: gates deps db import"
    )


def _manifest_values(path: str) -> dict[str, str]:
    with closing(_connected(path)) as connection:
        try:
            marks = [connection.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")]
            if marks != [(_APPLICATION,), (_LAYOUT,)]:
                raise _damaged(path)
            return dict(connection.execute("SELECT key, value FROM manifest"))
        except (sqlite3.Error, ValueError) as error:
            raise _damaged(path) from error


def _open_sqlite(path: str, source: str) -> AdvisoryDatabase:
    """What the manifest counts must be there: a file that was cut short would answer with silence."""
    try:
        manifest = _manifest(_manifest_values(path))
        with closing(_connected(path)) as connection:
            counted = dict(connection.execute("SELECT ecosystem, count(DISTINCT number) FROM package GROUP BY ecosystem"))
            (orphans,) = connection.execute("SELECT count(*) FROM package WHERE number NOT IN (SELECT number FROM record)").fetchone()
    except (sqlite3.Error, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if orphans or counted != {ecosystem: share.records for ecosystem, share in manifest.shares.items()}:
        raise _damaged(path)

    def lookup(ecosystem: Ecosystem, name: str) -> Sequence[Stored]:
        with closing(_connected(path)) as connection:
            try:
                rows = connection.execute(
                    "SELECT id, packed FROM package JOIN record USING (number) WHERE ecosystem = ? AND name = ?", (ecosystem, name)
                ).fetchall()
            except sqlite3.Error as error:
                raise _damaged(path) from error
        return tuple(sorted(Stored(identifier, _unpacked(packed, path)) for identifier, packed in rows))

    return AdvisoryDatabase(source, manifest, lookup)


def _unpacked(packed: bytes, path: str) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, osv.MAX_BYTES)
    except (zlib.error, TypeError) as error:
        raise _damaged(path) from error
    if not unpacker.eof:
        raise _damaged(path)
    return text
