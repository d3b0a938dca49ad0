"""The second engines of a run: they get what the built-in engine got, prove that they looked at all of it, and add what they found.

Contents are copied, a batch at a time, into a private directory under names of our own: so neither a file of the repository, nor the
name of one, nor the folder that it lies in decides what an engine looks at. The first line of a copy is empty, because engines leave
out what begins like a program, an archive or an image.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gates.core import git
from gates.core.errors import GateUnavailable
from gates.core.gate import Context, Skipped, ToolUsed, Unread
from gates.core.process import ToolMissing
from gates.detect import cache
from gates.detect.foreign import Keys, Place, Text
from gates.detect.scan import Match
from gates.secrets.engines import gitleaks, kingfisher
from gates.secrets.engines.contents import Content, Copied, Read, extension, files, objects
from gates.secrets.engines.engine import FILES, Broken, Engine, Workshop
from gates.secrets.rules import OTHER_ENGINE

ENGINES = {engine.name: engine for engine in (gitleaks.ENGINE, kingfisher.ENGINE)}
PART = 32 << 20  # bytes of a content that are copied at a time
OVERLAP = 64 << 10  # bytes that two parts of a content share, so that what stands on their border is whole in one of them
BATCH = 64 << 20  # bytes on disk at a time, and one part more
MANY = 4096  # files on disk at a time

_CANARY_NAME = "canary"
# With the comments that silence an engine left to itself; in pieces, so that nobody takes this file for a leak.
_CANARY_VALUE = b"".join((b"dop", b"_v1_", b"8f3a61c97be2d054", b"b17ce0946fa8253d", b"d25b7e1f0c948a36", b"49e6c3a0d7f1528b"))
_CANARY = b"\ntoken = '" + _CANARY_VALUE + b"'  # gitleaks:allow kingfisher:ignore\n"

# What was found, each with the key of its content: every source has keys of its own kind.
Found = list[tuple[Any, Match]]


class _Copy(NamedTuple):
    """A part of a content as it lies in the workshop."""

    key: object
    start: Place
    size: int  # bytes, with the empty line


class _Sighting(NamedTuple):
    engine: str
    rule: str
    match: Match


class _Unreadable(Exception):
    """A content that could not be read to its end."""


class SecondEngines:
    """`found` and `notes` are what the built-in engine has, and grow. What goes wrong is kept for `verdict`, so that everything that
    is known by then is reported all the same.
    """

    def __init__(self, context: Context, names: Sequence[str], keys: Keys) -> None:
        self._context = context
        self._engines = [engine for name, engine in ENGINES.items() if name in names]
        self._keys = keys
        self._versions: dict[str, str] = {}
        self._failures: dict[str, str] = {}  # by engine; "" is all of them
        self._known: dict[bytes, set[tuple[str, str]]] = {}  # engines and rules, by the identity of what they found

    def files(self, found: Found, notes: list[Skipped | Unread]) -> None:
        self._look(files(self._context), found, notes)

    def objects(self, repository: git.Repository, oids: Collection[str], found: Found, notes: list[Skipped | Unread]) -> None:
        self._look(objects(self._context, repository, oids), found, notes)

    def copying(self, key: object, read: Read) -> Copied:
        return Copied(key, read)

    def stream(self, copied: Copied, found: Found, notes: list[Skipped | Unread]) -> None:
        self._look(copied.contents(), found, notes)

    def describe(self, match: Match) -> dict[str, object]:
        """For a finding's data: which engines know the value."""
        known = self._known.get(match.identity, set())
        names = [engine.name for engine in self._engines if any(name == engine.name for name, _ in known)]
        if match.family.id != OTHER_ENGINE.id:
            return {"engines": ["builtin", *names]}
        rule = min(rule for name, rule in known if name == names[0])
        return {"engines": names, "engine": names[0], "engine_rule": rule}

    def verdict(self) -> Iterator[ToolUsed]:
        """The engines that were used. Raises GateUnavailable unless each did the whole of its work."""
        for name, version in self._versions.items():
            yield ToolUsed(name, version)
        if self._failures:
            raise GateUnavailable("; ".join(self._failures.values()))

    def _look(self, contents: Iterable[Content | Skipped | Unread], found: Found, notes: list[Skipped | Unread]) -> None:
        sightings: dict[object, list[_Sighting]] = {}
        try:
            with tempfile.TemporaryDirectory(prefix="gates-secrets-") as path:
                for batch in _batches(contents, os.path.join(path, FILES), notes):
                    for engine in self._engines:
                        if engine.name not in self._failures:
                            self._run(engine, path, batch, sightings)
                    if self._failures.keys() >= {engine.name for engine in self._engines}:
                        break
        except GateUnavailable as error:
            self._failures[""] = f"the second engines did not see everything: {error}"
        except OSError as error:
            self._failures[""] = f"the temporary directory of the second engines cannot be used: {error.strerror}"
        ours: dict[object, list[Match]] = {}
        for key, match in found:
            ours.setdefault(key, []).append(match)
        for key, seen in sightings.items():
            found += [(key, match) for match in self._merged(ours.get(key, []), seen)]

    def _run(self, engine: Engine, path: str, batch: Mapping[str, _Copy], sightings: dict[object, list[_Sighting]]) -> None:
        context = self._context
        kept = cache.private_folder(cache.folder(context.environment, context.root), engine.name) if engine.keeps else ""
        workshop = Workshop(path, context.root, kept, context.environment, context.deadline, context.tool_timeout)
        texts: dict[str, Text] = {}
        proven = False

        def tell(reported: str, rule: str, value: bytes, line: int, end_line: int) -> None:
            nonlocal proven
            folder, _, name = reported.replace("\\", "/").removeprefix("./").partition("/")
            if folder == FILES and name == _CANARY_NAME:
                proven = proven or value == _CANARY_VALUE
                return
            if folder != FILES or name not in batch:
                raise Broken("its report names a file that it was not given")
            key, start, _ = batch[name]
            if name not in texts:
                with open(os.path.join(path, FILES, name), "rb") as file:
                    texts[name] = Text(start, file.read()[1:])
            title = f"a secret that {engine.name} reports as {rule[:80]}"
            try:
                # The empty line; a rule may have matched the end of that, too.
                match = texts[name].match(OTHER_ENGINE._replace(title=title), value, max(1, line - 1), max(1, end_line - 1), self._keys)
            except ValueError:
                raise Broken("its report names a line that is not there") from None
            sightings.setdefault(key, []).append(_Sighting(engine.name, rule[:80], match))

        try:
            outcome = engine.scan(workshop, tell)
            given = len(_CANARY) + sum(copy.size for copy in batch.values())
            if not proven:
                raise Broken("it does not find the canary")
            if outcome.bytes != given:
                raise Broken(f"it says that it scanned {outcome.bytes} of {given} bytes")
        except ToolMissing as error:
            self._failures[engine.name] = f"{error}; see {engine.install}"
        except Broken as error:
            self._failures[engine.name] = f"{engine.name} is a second engine of the policy and failed: {error}"
        except GateUnavailable as error:
            self._failures[engine.name] = str(error)
        else:
            self._versions[engine.name] = outcome.version

    def _merged(self, ours: Sequence[Match], seen: Sequence[_Sighting]) -> Iterator[Match]:
        """What only the second engines found in a content. The rest stands where one of ours does, or is the value of one."""
        ours = sorted(ours, key=lambda match: (match.start, match.end))
        starts = [match.start for match in ours]
        identities = {match.identity for match in ours}
        decoded: set[tuple[int, bytes]] = set()  # what stands nowhere as it is, told once for a line
        last: Match | None = None
        for engine, rule, match in sorted(seen, key=lambda each: (each.match.start, -each.match.end, each.engine, each.rule)):
            before = bisect_left(starts, match.end) - 1
            identity = match.identity
            if match.identity in identities:
                pass
            elif match.start == match.end:
                if (match.start, match.identity) not in decoded:
                    decoded.add((match.start, match.identity))
                    yield match
            elif before >= 0 and ours[before].end > match.start:
                identity = ours[before].identity
            elif last is not None and last.end > match.start:
                identity = last.identity
            else:
                last = match
                yield match
            self._known.setdefault(identity, set()).add((engine, rule))


def _batches(contents: Iterable[Content | Skipped | Unread], folder: str, notes: list[Skipped | Unread]) -> Iterator[dict[str, _Copy]]:
    """Copies as many contents as are looked at together, and says under which names; at least once, for the canary alone."""
    told = {(note.path, note.message) for note in notes if isinstance(note, Unread)}

    def tell(note: Skipped | Unread) -> None:
        if isinstance(note, Skipped) or (note.path, note.message) not in told:
            notes.append(note)

    batch: dict[str, _Copy] = {}
    size = 0
    first = True
    _empty(folder)
    for content in contents:
        if not isinstance(content, Content):
            tell(content)
            continue
        try:
            for start, data in _parts(content.read):
                name = f"{len(batch)}{extension(content.path)}"
                _put(folder, name, b"\n" + data)
                batch[name] = _Copy(content.key, start, 1 + len(data))
                size += len(data)
                if size >= BATCH or len(batch) >= MANY:
                    yield batch
                    batch, size, first = {}, 0, False
                    _empty(folder)
        except _Unreadable:
            tell(Unread(content.path, 0, content.trouble))
    if batch or first:
        yield batch


def _empty(folder: str) -> None:
    if os.path.lexists(folder):
        shutil.rmtree(folder)
    os.mkdir(folder, 0o700)
    _put(folder, _CANARY_NAME, _CANARY)


def _put(folder: str, name: str, data: bytes) -> None:
    with open(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb") as file:
        file.write(data)


def _parts(read: Read) -> Iterator[tuple[Place, bytes]]:
    """A content in parts that overlap, each with the place where it begins, at the start of a line if there is one; none if it is empty."""
    start, rest = Place(), b""
    while True:
        fresh = _read_full(read, PART - len(rest))
        data = rest + fresh
        if fresh:
            yield start, data
        if len(data) < PART:
            return
        cut = data.find(b"\n", len(data) - OVERLAP) + 1 or len(data) - OVERLAP
        start, rest = start.after(data[:cut]), data[cut:]


def _read_full(read: Read, size: int) -> bytes:
    blocks: list[bytes] = []
    try:
        while size and (block := read(size)):
            blocks.append(block)
            size -= len(block)
    except (OSError, GateUnavailable) as error:
        raise _Unreadable from error
    return b"".join(blocks)
