"""Where the bytes come from: files, the index, a range of commits, all history, a stream."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from gates.core import git, scope
from gates.core.errors import GateUnavailable
from gates.core.gate import Context, Kind, Scanned, Skipped, Unread
from gates.detect.scan import BLOCK, Match, Scanner, can_be_joined

_SECOND_LANE_AFTER = 32 << 20  # bytes scanned before another thread is worth its start
_OBJECTS_FOR_TWO_LANES = 2_000
_MOST_LANES = 4
_RUN = 1_000  # objects
_BATCH = 64  # small files that a lane takes at a time
_HELD = 4 << 20  # bytes that a lane takes at a time, and one file more
_SMALL = 64 << 10  # bytes up to which copying a file is cheaper than a look of its own

_T = TypeVar("_T")
_H = TypeVar("_H")
NewScanner = Callable[[], Scanner]


class Hit(NamedTuple):
    path: str
    commit: str
    match: Match


class Harvest(NamedTuple):
    """What a source gave; hits by path and place, notes by path."""

    scanned: Scanned
    notes: list[Skipped | Unread]
    hits: list[Hit]


class _Tally(Generic[_H]):
    """What one lane has seen; lanes are threads, so each keeps its own."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self.notes: list[Skipped | Unread] = []
        self.hits: list[_H] = []


def _lanes(
    context: Context,
    new_scanner: NewScanner,
    sources: Sequence[Iterator[_T]],
    work: Callable[[Scanner, _T, _Tally[_H]], None],
    total: int,
) -> _Tally[_H]:
    """Works off the sources, each in a thread of its own, and adds up what the threads saw.

    Sources may be one shared iterator: then further lanes start only when there is enough to do.
    """
    tallies: list[_Tally[_H]] = [_Tally() for _ in sources]
    failures: list[BaseException] = []
    threads: list[threading.Thread] = []
    shared = len(sources) > 1 and sources[0] is sources[1]

    def lane(number: int) -> None:
        tally = tallies[number]
        try:
            scanner = new_scanner()
            for item in sources[number]:
                work(scanner, item, tally)
                if failures or context.deadline.passed():
                    raise GateUnavailable("the time limit passed before everything was scanned")
                if number == 0:
                    context.progress(sum(each.files for each in tallies), total, "files")
                    if shared and not threads and tally.bytes > _SECOND_LANE_AFTER:
                        start(1)
        except BaseException as error:
            failures.append(error)

    def start(first: int) -> None:
        for number in range(first, len(sources)):
            thread = threading.Thread(target=lane, args=(number,), daemon=True)
            threads.append(thread)
            thread.start()

    if not shared:
        start(1)
    lane(0)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    total_tally: _Tally[_H] = _Tally()
    for tally in tallies:
        total_tally.files += tally.files
        total_tally.bytes += tally.bytes
        total_tally.notes += tally.notes
        total_tally.hits += tally.hits
    return total_tally


def _harvest(tally: _Tally[_H], hits: list[Hit], notes: Sequence[Skipped | Unread] = (), commits: int = 0) -> Harvest:
    """In an order that does not depend on how the work fell to the threads."""
    hits.sort(key=lambda hit: (hit.path, hit.match.start, hit.match.end, hit.match.family.id, hit.commit))
    return Harvest(Scanned(tally.files, tally.bytes, commits), [*notes, *tally.notes], hits)


# files: the work tree and paths


class _Load(NamedTuple):
    """Files as a lane gets them: small ones and others by path with their content, and those too long to be held, by path alone."""

    small: list[tuple[str, bytes]]
    others: list[tuple[str, bytes]]
    long: list[scope.File]
    notes: list[Skipped | Unread]


class _Loads(Iterator[_Load]):
    """The files of a listing, read for several threads by whichever asks. One reads while the others scan, which needs no lock of the
    interpreter: threads that all read would spend their time on handing that lock to and fro.
    """

    def __init__(self, listing: Iterator[scope.File | Skipped | Unread]) -> None:
        self._listing = listing
        self._lock = threading.Lock()

    def __next__(self) -> _Load:
        load = _Load([], [], [], [])
        with self._lock:
            held = 0
            for entry in self._listing:
                held += _read(entry, load)
                if held > _HELD or len(load.small) >= _BATCH:
                    break
        if not any(load):
            raise StopIteration
        return load


def _read(entry: scope.File | Skipped | Unread, load: _Load) -> int:
    """Puts the entry where it belongs; how many bytes that holds."""
    if not isinstance(entry, scope.File):
        load.notes.append(entry)
        return 0
    try:
        descriptor = scope.open_regular(entry.absolute)
        try:
            size = os.fstat(descriptor).st_size
            data = os.read(descriptor, size + 1) if size <= BLOCK else b""
        finally:
            os.close(descriptor)
    except OSError as error:
        load.notes.append(_unread(entry.path, error))
        return 0
    if len(data) != size:  # longer than a block, longer than it says, or shorter by now
        load.long.append(entry)
        return 0
    (load.small if size <= _SMALL and can_be_joined(data) else load.others).append((entry.path, data))
    return size


def _unread(path: str, error: OSError) -> Skipped | Unread:
    if isinstance(error, FileNotFoundError):
        return Skipped(path, "gone before it was read")
    return Unread(path, 0, f"cannot be read: {error.strerror or error}")


def from_files(context: Context, new_scanner: NewScanner) -> Harvest:
    loads = _Loads(iter(scope.files(context)))
    lanes = [loads] * min(_MOST_LANES, os.cpu_count() or 1)
    tally = _lanes(context, new_scanner, lanes, _scan_load, 0)
    return _harvest(tally, tally.hits)


def _scan_load(scanner: Scanner, load: _Load, tally: _Tally[Hit]) -> None:
    """Small files are looked at together first: most hold nothing, and a look costs more than the few bytes of a file."""
    tally.notes += load.notes
    quiet = scanner.is_quiet(b"\n".join([data for _, data in load.small]))
    tally.files += len(load.small) + len(load.others)
    tally.bytes += sum(len(data) for _, data in (*load.small, *load.others))
    for path, data in load.others if quiet else (*load.small, *load.others):
        tally.hits += [Hit(path, "", match) for match in scanner.scan(data)]
    for entry in load.long:
        try:
            size, matches = _scan_long(scanner, entry.absolute)
        except OSError as error:
            tally.notes.append(_unread(entry.path, error))
            continue
        tally.files += 1
        tally.bytes += size
        tally.hits += [Hit(entry.path, "", match) for match in matches]


def _scan_long(scanner: Scanner, place: str) -> tuple[int, list[Match]]:
    """The file's size, and its matches."""
    size = 0
    descriptor = scope.open_regular(place)

    def read(count: int) -> bytes:
        nonlocal size
        part = os.read(descriptor, count)
        size += len(part)
        return part

    try:
        matches = list(scanner.stream(read))
    finally:
        os.close(descriptor)
    return size, matches


# objects: the index, a range, all history


class _Sighting(NamedTuple):
    """A match in an object; where that object stands is asked for only when there is something in it."""

    oid: str
    kind: str
    match: Match


def _scan_object(scanner: Scanner, found: git.GitObject, tally: _Tally[_Sighting]) -> None:
    if found.kind == "missing":
        tally.notes.append(Unread("", 0, f"object {found.oid} is missing from the repository or damaged"))
        return
    matches = scanner.scan(found.read(found.size)) if found.size <= BLOCK else scanner.stream(found.read)
    for match in matches:
        tally.hits.append(_Sighting(found.oid, found.kind, match))
    tally.files += 1
    tally.bytes += found.size


def _repository(context: Context) -> git.Repository:
    if context.repository is None:
        raise GateUnavailable(f"{context.root} is no git work tree")
    return context.repository


def from_index(context: Context, new_scanner: NewScanner) -> Harvest:
    """The blobs that the next commit would bring in, whatever the work tree holds."""
    repository = _repository(context)
    notes: list[Skipped | Unread] = []
    paths: dict[str, list[str]] = {}
    wanted = context.selection.paths
    for entry in git.staged(repository, context.deadline):
        if not scope.is_selected(entry.path, wanted):
            continue
        if reason := context.excluded(entry.path):
            notes.append(Skipped(entry.path, reason))
        elif entry.mode == git.GITLINK:
            notes.append(Skipped(entry.path, "submodule"))
        else:
            paths.setdefault(entry.oid, []).append(entry.path)
    contents = git.contents(repository, paths, context.deadline)
    tally = _lanes(context, new_scanner, [contents], _scan_object, len(paths))
    hits = [Hit(path, "", sighting.match) for sighting in tally.hits for path in paths[sighting.oid]]
    return _harvest(tally, hits, notes)


def from_commits(context: Context, new_scanner: NewScanner) -> Harvest:
    """Every blob and message that the commits of A..B bring in, also what a later one takes out again; without a range, every one
    that a ref or HEAD reaches.
    """
    repository = _repository(context)
    range_ = context.selection.range
    oids = [oid for oid, _ in git.objects(repository, range_, context.deadline)]
    lanes = 1
    if len(oids) > _OBJECTS_FOR_TWO_LANES:
        lanes = min(2, os.cpu_count() or 1)  # each has a git of its own, with a cache of its own
        oids = git.in_pack_order(repository, oids, context.deadline)
    shares = [oids] if lanes == 1 else [_every_other(oids, lane) for lane in range(lanes)]
    contents = [git.contents(repository, share, context.deadline) for share in shares]
    tally = _lanes(context, new_scanner, contents, _scan_object, len(oids))
    places = git.introductions(repository, {sighting.oid for sighting in tally.hits}, range_, context.deadline)
    hits: list[Hit] = []
    notes: list[Skipped | Unread] = []
    for sighting in tally.hits:
        # What no tree of the range holds is a message, or a blob that a tag names.
        known = places.get(sighting.oid) or [git.Place(sighting.oid, f"{sighting.kind} {sighting.oid[:12]}")]
        for place in known:
            if not scope.is_selected(place.path, context.selection.paths):
                continue
            if reason := context.excluded(place.path):
                notes.append(Skipped(place.path, reason))
            else:
                hits.append(Hit(place.path, place.commit, sighting.match))
    commits = git.commit_count(repository, range_, context.deadline)
    return _harvest(tally, hits, sorted(set(notes)), commits)


def _every_other(oids: Sequence[str], lane: int) -> list[str]:
    """One of two shares of equal work: runs long enough to keep deltas and their bases together, short enough to end together."""
    return [oid for start in range(lane * _RUN, len(oids), 2 * _RUN) for oid in oids[start : start + _RUN]]


# a stream


def from_stdin(context: Context, new_scanner: NewScanner) -> Harvest:
    """Standard input, which may never be large enough to end this: it is read in blocks."""
    stream = context.stdin
    if stream is None:
        raise GateUnavailable("there is no standard input to read")
    scanner = new_scanner()
    size = 0

    def read(count: int) -> bytes:
        nonlocal size
        if context.deadline.passed():
            raise GateUnavailable("the time limit passed before the stream ended")
        try:
            block = stream.read(count)
        except OSError as error:
            raise GateUnavailable(f"standard input cannot be read: {error.strerror or error}") from error
        size += len(block)
        context.progress(size, 0, "bytes")
        return block

    hits = [Hit(STDIN, "", match) for match in scanner.stream(read)]
    return Harvest(Scanned(1 if size else 0, size), [], hits)


STDIN = "-"
SOURCES: dict[Kind, Callable[[Context, NewScanner], Harvest]] = {
    "tree": from_files,
    "paths": from_files,
    "staged": from_index,
    "range": from_commits,
    "history": from_commits,
    "stdin": from_stdin,
}
