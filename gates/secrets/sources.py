"""Where the bytes come from: files, the index, a range of commits, all history, a stream."""

import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, Generic, NamedTuple, TypeVar

from gates.core import git, scope
from gates.core.background import Background
from gates.core.errors import GateUnavailable
from gates.core.gate import Context, Kind, Scanned, Skipped, Unread
from gates.detect.scan import BLOCK, Match, Scanner, Suspect, can_be_joined
from gates.secrets.sensitive import Named, is_named, noting

if TYPE_CHECKING:  # a hook follows no history and opens no archives
    from gates.detect.archives import Inner, Limits, Unopened
    from gates.secrets.engines.second import SecondEngines
    from gates.secrets.lives import Life

_MORE_LANES_AFTER = 1 << 20  # bytes scanned before another thread is worth its start
_MOST_LANES = 4
_BATCH = 64  # small pieces that a lane takes at a time
_HELD = 4 << 20  # bytes that a lane takes at a time, and one piece more
_SMALL = 64 << 10  # bytes up to which copying a piece is cheaper than a look of its own

_T = TypeVar("_T")
_K = TypeVar("_K")
NewScanner = Callable[[], Scanner]


class Hit(NamedTuple):
    path: str
    commit: str  # "" where it stands in the tree, the index or at the end of the history
    match: Match
    life: "Life | None" = None  # in a range and in a history

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that its finding tells of."""
        return tuple(path for path, _ in self.life.places) if self.life else (self.path,)

    inner: "Inner" = ()  # where in the file, if that is an archive

    @property
    def place(self) -> str:
        """The path in the report."""
        return _place(self.path, self.inner)


def _place(path: str, inner: "Inner") -> str:
    if not inner:
        return path
    from gates.detect.archives import joined

    return joined(path, inner)


class Harvest(NamedTuple):
    """What a source gave; hits by path and place, notes by path. `named` are the files whose names are reason to look at what they are."""

    scanned: Scanned
    notes: list[Skipped | Unread]
    hits: list[Hit]
    named: Sequence[Named] = ()


class _Tally(Generic[_K]):
    """What one lane has seen; lanes are threads, so each keeps its own. A key is what its source knows a piece of content by."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self.notes: list[Skipped | Unread] = []
        self.hits: list[tuple[_K, Match]] = []
        self.long: list[tuple[_K, str]] = []
        self.inside: list[tuple[_K, Inner, Match]] = []  # of archives
        self.closed: list[tuple[_K, Unopened]] = []

    def add(self, other: "_Tally[_K]") -> None:
        self.files += other.files
        self.bytes += other.bytes
        self.notes += other.notes
        self.hits += other.hits
        self.long += other.long
        self.inside += other.inside
        self.closed += other.closed

    def count(self, key: _K, size: int, matches: list[Match]) -> None:
        self.files += 1
        self.bytes += size
        self.hits += [(key, match) for match in matches]


def _harvest(
    tally: _Tally[_K], hits: list[Hit], notes: Sequence[Skipped | Unread] = (), commits: int = 0, named: Sequence[Named] = ()
) -> Harvest:
    """In an order that does not depend on how the work fell to the threads."""
    hits.sort(key=lambda hit: (hit.path, hit.inner, bool(hit.commit), hit.match.start, hit.match.end, hit.match.family.id, hit.commit))
    return Harvest(Scanned(tally.files, tally.bytes, commits), [*notes, *tally.notes], hits, named)


# one thread reads, several scan


class _Load(NamedTuple, Generic[_K]):
    """Pieces of content as a lane gets them; those too long to be held by where they are instead."""

    small: list[tuple[_K, bytes]]
    others: list[tuple[_K, bytes]]
    long: list[tuple[_K, str]]
    notes: list[Skipped | Unread]

    def put(self, key: _K, data: bytes) -> int:
        (self.small if len(data) <= _SMALL and can_be_joined(data) else self.others).append((key, data))
        return len(data)


class _Loads(Iterator[_Load[_K]], Generic[_T, _K]):
    """Pieces of content, read for several threads by whichever asks. One reads while the others scan, which needs no lock of the
    interpreter: threads that all read would spend their time on handing that lock to and fro.

    `read` puts one piece into a load and says how many bytes that holds.
    """

    def __init__(self, pieces: Iterator[_T], read: Callable[[_T, _Load[_K]], int]) -> None:
        self._pieces = pieces
        self._read = read
        self._lock = threading.Lock()

    def __next__(self) -> _Load[_K]:
        load: _Load[_K] = _Load([], [], [], [])
        with self._lock:
            held = 0
            for piece in self._pieces:
                held += self._read(piece, load)
                if held > _HELD or len(load.small) >= _BATCH:
                    break
        if not any(load):
            raise StopIteration
        return load


def _scan_all(
    context: Context,
    new_scanner: NewScanner,
    loads: _Loads[_T, _K],
    total: int,
    scan_long: Callable[[Scanner, _Tally[_K]], None],
    limits: "Limits | None",
) -> _Tally[_K]:
    """Everything that the loads bring, and if there are limits for it, what archives among it hold. More threads start only when there
    is enough to do; `scan_long` works off a tally's `long`.
    """
    tallies: list[_Tally[_K]] = [_Tally() for _ in range(min(_MOST_LANES, os.cpu_count() or 1))]
    failures: list[BaseException] = []
    threads: list[threading.Thread] = []

    def lane(number: int) -> None:
        tally = tallies[number]
        try:
            scanner = new_scanner()
            for load in loads:
                _scan_load(scanner, load, tally)
                if limits:
                    _look_inside_held(context, scanner, load, limits, tally)
                scan_long(scanner, tally)
                if failures or context.deadline.passed():
                    raise GateUnavailable("the time limit passed before everything was scanned")
                if number == 0:
                    context.progress(sum(each.files for each in tallies), total, "files")
                    if not threads and tally.bytes > _MORE_LANES_AFTER:
                        threads.extend(threading.Thread(target=lane, args=(each,), daemon=True) for each in range(1, len(tallies)))
                        for thread in threads:
                            thread.start()
        except BaseException as error:
            failures.append(error)

    lane(0)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    for tally in tallies[1:]:
        tallies[0].add(tally)
    return tallies[0]


def _scan_load(scanner: Scanner, load: _Load[_K], tally: _Tally[_K]) -> None:
    """Small pieces are looked at together first: most hold nothing, and a look costs more than their few bytes."""
    suspects = scanner.suspects([data for _, data in load.small])
    for index, (key, data) in enumerate(load.small):
        tally.count(key, len(data), scanner.scan(data, suspects[index]) if index in suspects else [])
    for key, data in load.others:
        suspects = scanner.suspects([data]) if can_be_joined(data) else {0: Suspect()}
        tally.count(key, len(data), scanner.scan(data, suspects[0]) if suspects else [])
    tally.notes += load.notes
    tally.long += load.long


# archives: what they hold is looked at beside their own bytes


def _look_inside_held(context: Context, scanner: Scanner, load: _Load[_K], limits: "Limits", tally: _Tally[_K]) -> None:
    from gates.detect.archives import may_be_archive

    for key, data in (*load.small, *load.others):
        if may_be_archive(data, data):
            _look_inside(context, scanner, key, BytesIO(data), limits, tally)


def _look_inside(context: Context, scanner: Scanner, key: _K, file: BinaryIO, limits: "Limits", tally: _Tally[_K]) -> None:
    from gates.detect.archives import Unopened, look_inside

    found: _Tally[Inner] = _Tally()
    load: _Load[Inner] = _Load([], [], [], [])
    held = 0
    for each in look_inside(file, limits, context.deadline):
        if isinstance(each, Unopened):
            tally.closed.append((key, each))
        elif each.rest:
            matches = list(scanner.stream(each.rest.read))
            found.count(each.inner, each.rest.size, matches)
        else:
            held += load.put(each.inner, each.data)
            if held > _HELD or len(load.small) >= _BATCH:
                _scan_load(scanner, load, found)
                load, held = _Load([], [], [], []), 0
    _scan_load(scanner, load, found)
    tally.files += found.files
    tally.bytes += found.bytes
    tally.inside += [(key, inner, match) for inner, match in found.hits]


def _everywhere(tally: _Tally[_K]) -> "list[tuple[_K, Inner, Match]]":
    """All matches. What an archive's own bytes show of a member, where that is not compressed, is told of the member alone."""
    everywhere = [(key, (), match) for key, match in tally.hits] + tally.inside
    told = {(key, inner[:depth], match.identity) for key, inner, match in tally.inside for depth in range(len(inner))}
    return [(key, inner, match) for key, inner, match in everywhere if (key, inner, match.identity) not in told]


def _settled(context: Context, hits: Iterable[Hit], closed: "Iterable[tuple[str, Unopened]]") -> tuple[list[Hit], list[Skipped | Unread]]:
    """The hits that are in scope, for an exclusion may name what lies in an archive, and what is to be said of the rest of the archives.
    `closed` is by path.
    """
    kept: list[Hit] = []
    notes: dict[Skipped | Unread, None] = {}
    for hit in hits:
        if hit.inner and (reason := context.excluded(hit.place)):
            notes[Skipped(hit.place, reason)] = None
        else:
            kept.append(hit)
    for path, unopened in closed:
        place = _place(path, unopened.inner)
        if reason := context.excluded(place):
            notes[Skipped(place, reason)] = None
        else:
            notes[Skipped(place, unopened.reason) if unopened.sealed else Unread(place, 0, unopened.reason)] = None
    return kept, list(notes)


# files: the work tree and paths


def from_files(context: Context, new_scanner: NewScanner, second: "SecondEngines | None" = None, limits: "Limits | None" = None) -> Harvest:
    named: list[Named] = []
    loads = _Loads(noting(scope.files(context), named), _read_file)
    tally = _scan_all(context, new_scanner, loads, 0, lambda scanner, tally: _scan_long_files(context, scanner, tally, limits), limits)
    if second:
        second.files(tally.hits, tally.notes)
    hits, notes = _settled(context, [Hit(path, "", match, inner=inner) for path, inner, match in _everywhere(tally)], tally.closed)
    return _harvest(tally, hits, notes, named=sorted(named))


def _read_file(entry: scope.File | Skipped | Unread, load: _Load[str]) -> int:
    if not isinstance(entry, scope.File):
        load.notes.append(entry)
        return 0
    try:
        descriptor, size = scope.open_sized(entry.absolute)
        try:
            data = os.read(descriptor, size + 1) if size <= BLOCK else b""
        finally:
            os.close(descriptor)
    except OSError as error:
        load.notes.append(_unread(entry.path, error))
        return 0
    if len(data) != size:  # longer than a block, longer than it says, or shorter by now
        load.long.append((entry.path, entry.absolute))
        return 0
    return load.put(entry.path, data)


def _unread(path: str, error: OSError) -> Skipped | Unread:
    if isinstance(error, FileNotFoundError):
        return Skipped(path, "gone before it was read")
    return Unread(path, 0, f"cannot be read: {error.strerror or error}")


def _scan_long_files(context: Context, scanner: Scanner, tally: _Tally[str], limits: "Limits | None") -> None:
    while tally.long:
        path, absolute = tally.long.pop()
        try:
            descriptor = scope.open_regular(absolute)
            with open(descriptor, "rb") as file:
                matches = list(scanner.stream(file.read))
                size = file.tell()
                if limits:
                    _look_inside(context, scanner, path, file, limits, tally)
        except OSError as error:
            tally.notes.append(_unread(path, error))
        else:
            tally.count(path, size, matches)


# objects: the index, a range, all history

_Object = tuple[str, str]  # id and kind; where an object stands is asked for only when there is something in it


def _read_object(found: git.GitObject, load: _Load[_Object]) -> int:
    if found.kind == "missing":
        load.notes.append(_damaged(found))
        return 0
    if found.size > BLOCK:
        load.long.append(((found.oid, found.kind), found.oid))
        return 0
    try:
        return load.put((found.oid, found.kind), found.read(found.size))
    except GateUnavailable:  # damage that shows up midway: the others still come
        load.notes.append(_damaged(found))
        return 0


def _damaged(found: git.GitObject) -> Unread:
    return Unread("", 0, f"object {found.oid} is missing from the repository or damaged")


def _scan_objects(
    context: Context,
    new_scanner: NewScanner,
    repository: git.Repository,
    oids: Collection[str],
    second: "SecondEngines | None",
    limits: "Limits | None",
) -> _Tally[_Object]:
    loads = _Loads(git.contents(repository, oids, context.deadline), _read_object)
    tally = _scan_all(context, new_scanner, loads, len(oids), lambda scanner, tally: None, limits)
    if tally.long:
        # These are read once more, one after the other and in blocks: there is no holding them.
        keys = {oid: key for key, oid in tally.long}
        archives: list[str] = []
        scanner = new_scanner()
        from gates.detect.archives import Ends, may_be_archive  # not on the path of a hook that sees no large file

        for found in git.contents(repository, keys, context.deadline):
            ends = Ends(found.read)
            try:
                matches = list(scanner.stream(ends.read if limits else found.read))
            except GateUnavailable:
                tally.notes.append(_damaged(found))
            else:
                tally.count(keys[found.oid], found.size, matches)
                if limits and may_be_archive(ends.head, ends.tail):
                    archives.append(found.oid)
        if limits:
            _look_inside_long(context, scanner, git.contents(repository, archives, context.deadline), keys, limits, tally)
    if second:
        second.objects(repository, oids, tally.hits, tally.notes)
    return tally


def _look_inside_long(
    context: Context,
    scanner: Scanner,
    objects: Iterator[git.GitObject],
    keys: dict[str, _Object],
    limits: "Limits",
    tally: _Tally[_Object],
) -> None:
    """Archives among the objects that are not held otherwise: one by one, since a zip is read from its end."""
    from gates.detect.archives import Unopened, too_large_to_hold

    for found in objects:
        key = keys[found.oid]
        if found.size > limits.mib << 20:
            tally.closed.append((key, Unopened((), too_large_to_hold(limits))))
            continue
        try:
            file = BytesIO(found.read(found.size))
        except GateUnavailable:
            tally.notes.append(_damaged(found))
        else:
            _look_inside(context, scanner, key, file, limits, tally)


def _repository(context: Context) -> git.Repository:
    if context.repository is None:
        raise GateUnavailable(f"{context.root} is no git work tree")
    return context.repository


def from_index(context: Context, new_scanner: NewScanner, second: "SecondEngines | None" = None, limits: "Limits | None" = None) -> Harvest:
    """The blobs that the next commit would bring in, whatever the work tree holds."""
    repository = _repository(context)
    notes: list[Skipped | Unread] = []
    named: list[Named] = []
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
            if entry.mode != git.SYMLINK and is_named(entry.path):
                named.append(Named(entry.path, "", entry.oid))
    tally = _scan_objects(context, new_scanner, repository, paths, second, limits)
    found = [Hit(path, "", match, inner=inner) for (oid, _), inner, match in _everywhere(tally) for path in paths[oid]]
    hits, more = _settled(context, found, [(path, unopened) for (oid, _), unopened in tally.closed for path in paths[oid]])
    notes += more
    return _harvest(tally, hits, notes, named=named)


def from_commits(
    context: Context, new_scanner: NewScanner, second: "SecondEngines | None" = None, limits: "Limits | None" = None
) -> Harvest:
    """Every blob and message that the commits of A..B bring in, also what a later one takes out again; without a range, every one
    that a ref or HEAD reaches.
    """
    repository = _repository(context)
    range_ = context.selection.range
    # Four walks that git makes side by side.
    files = Background(lambda: git.files_named(repository, is_named, range_, context.deadline))
    count = Background(lambda: git.commit_count(repository, range_, context.deadline))
    order = None if range_ else Background(lambda: git.pack_order(repository, context.deadline))
    oids = [oid for oid, _ in git.objects(repository, range_, context.deadline)]
    if range_:  # a copy of an old file is no new object, but new where it stands
        oids = list(dict.fromkeys([*oids, *sorted(git.brought(repository, range_, context.deadline))]))
    if order is not None:
        oids = _in_order(oids, order())
    tally = _scan_objects(context, new_scanner, repository, oids, second, limits)
    hits, notes, closed = _followed(context, repository, tally)
    added = frozenset(oids)
    named: list[Named] = []
    for commit, path, oid in files():
        if oid in added and scope.is_selected(path, context.selection.paths):
            if reason := context.excluded(path):
                notes.append(Skipped(path, reason))
            else:
                named.append(Named(path, commit, oid))
    return _harvest(tally, hits, [*sorted(set(notes)), *closed], count(), named)


def _followed(
    context: Context, repository: git.Repository, tally: _Tally[_Object]
) -> tuple[list[Hit], list[Skipped], list[Skipped | Unread]]:
    """What was found in objects of the history at the paths where it is to be reported, the paths that are left out, and what is to be
    said of archives.
    """
    from gates.secrets.lives import follow, paths_of  # not on the path of a hook

    left_out: dict[str, str] = {}

    def in_scope(path: str) -> bool:
        if not scope.is_selected(path, context.selection.paths):
            return False
        if reason := context.excluded(path):
            left_out[path] = reason
        return not reason

    range_, deadline = context.selection.range, context.deadline
    everywhere = _everywhere(tally)
    # A life is that of a value in a file; where in the file each of its matches stands is kept by the match itself.
    inner = {id(match): inner for _, inner, match in everywhere}
    standing = follow(repository, range_, [(key, match) for key, _, match in everywhere], in_scope, deadline)
    hits = [Hit(*each, inner=inner.get(id(each.match), ())) for each in standing]
    paths = paths_of(repository, range_, {key for key, _ in tally.closed}, in_scope, deadline)
    hits, closed = _settled(context, hits, [(path, unopened) for key, unopened in tally.closed for path in paths[key]])
    return hits, [Skipped(path, left_out[path]) for path in sorted(left_out)], closed


def _in_order(oids: list[str], order: list[str]) -> list[str]:
    """The same ids in that order; those that it lacks, which are missing objects, come last."""
    wanted = set(oids)
    ordered = [oid for oid in order if oid in wanted]
    return ordered + sorted(wanted.difference(ordered))


# a stream


def from_stdin(context: Context, new_scanner: NewScanner, second: "SecondEngines | None" = None, limits: "Limits | None" = None) -> Harvest:
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

    notes: list[Skipped | Unread] = []
    copied = second.copying(STDIN, read) if second else None
    source = copied.read if copied else read
    if limits:
        from gates.detect.archives import Ends, may_be_archive

        ends = Ends(source)
        found = [(STDIN, match) for match in scanner.stream(ends.read)]
        if may_be_archive(ends.head, ends.tail):
            notes.append(Unread(STDIN, 0, "is an archive or ends with one, which a stream is too long to be opened for; scan it as a file"))
    else:
        found = [(STDIN, match) for match in scanner.stream(source)]
    if second and copied:
        second.stream(copied, found, notes)
        found.sort(key=lambda each: each[1].start)
    return Harvest(Scanned(1 if size else 0, size), notes, [Hit(STDIN, "", match) for _, match in found])


STDIN = "-"
SOURCES: dict[Kind, Callable[[Context, NewScanner, "SecondEngines | None", "Limits | None"], Harvest]] = {
    "tree": from_files,
    "paths": from_files,
    "staged": from_index,
    "range": from_commits,
    "history": from_commits,
    "stdin": from_stdin,
}
