"""A lane in a process of its own: what it is to scan goes there through a pipe, and what it found comes back when that has ended.

Each piece of work is a line of JSON, then bytes: of a batch `[layer, [[path, size], …]]` and the contents one behind the other, of a large
file `[layer, path]` and its pieces, each behind its size in four bytes, the last one empty. The answer says how many pieces of work there
were: a process that ended early has not looked at all of them.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, BinaryIO, Final, NamedTuple

from gates.core import process
from gates.core.deadline import Deadline
from gates.core.errors import GateUnavailable
from gates.core.finding import Severity
from gates.core.gate import Context
from gates.detect import canary
from gates.detect.families import FAMILIES
from gates.detect.family import Family
from gates.detect.prefilter import open_engine
from gates.detect.scan import Match, Scanner
from gates.image.inspecting.lanes import Closed, Digests, Hit, Seen, Work, scanned

_PIECE: Final = 256 << 10  # bytes
_SIZE: Final = struct.Struct(">I")
_NEVER: Final = 1e9  # seconds: who started the process ends it
_NAME: Final = "the process that looks for secrets"
# The interpreter is isolated from the caller's environment, and finds modules where this one does.
_PROGRAM: Final = "import sys; sys.path[:] = sys.argv[1:]; from gates.image.inspecting.workers import main; main()"


class Settings(NamedTuple):
    """What the scanner of another process must share."""

    cache: str
    identity_key: bytes


def possible(settings: Settings) -> bool:
    """Without a cache each process would compile the patterns anew, which takes longer than it saves."""
    return os.name == "posix" and bool(sys.executable) and bool(settings.cache)


def scan(works: Iterator[Work], settings: Settings, context: Context) -> Seen:
    """Takes all the work, and what was seen of it. Raises GateUnavailable unless the process looked at all of it."""
    sent = 0

    def frames() -> Iterator[bytes]:
        nonlocal sent
        yield _line([settings.cache, settings.identity_key.hex()])
        for work in works:
            sent += 1
            yield from _frames(work)

    argv = [sys.executable, "-I", "-c", _PROGRAM, *_places(sys.path, context.root)]
    environment = process.clean_environment(context.environment, outside=context.root)
    with process.start(argv, cwd=context.root, environment=environment, deadline=context.deadline, feed=frames(), name=_NAME) as program:
        answer = b"".join(iter(program.read, b""))
        status = program.wait()
        if status:
            raise GateUnavailable(f"{_NAME} ended with status {status}: {process.complaint(program.stderr)}")
    try:
        looked_at, hits, closed = json.loads(answer)
    except ValueError as error:
        raise GateUnavailable(f"{_NAME} gave no answer") from error
    if looked_at != sent:
        raise GateUnavailable(f"{_NAME} looked at {looked_at} of {sent} pieces of work")
    families = {family.id: family for family in FAMILIES}
    return Seen([_unpacked(hit, families) for hit in hits], [Closed(*each) for each in closed])


def _places(path: Sequence[str], root: str) -> Iterator[str]:
    """Where modules may be found. In the tree under test, which could bring one of any name, only where this process has found some
    itself, as in an environment within the repository.
    """
    tree = os.path.realpath(root)
    used = {_place(module) for name, module in tuple(sys.modules.items()) if "." not in name}
    for place in filter(os.path.isabs, path):
        real = os.path.realpath(place)
        if not process.is_inside(real, tree) or real in used:
            yield place


def _place(module: ModuleType) -> str:
    """The folder in which a top-level module was found, "" for what is built in."""
    file = os.path.realpath(getattr(module, "__file__", None) or "/")
    folder, last = os.path.split(file)
    return os.path.dirname(folder) if last.startswith("__init__.") else folder


def _line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _frames(work: Work) -> Iterator[bytes]:
    if isinstance(work.content, tuple):
        path, large = work.content
        yield _line([work.layer, path])
        while piece := large.read(_PIECE):
            yield _SIZE.pack(len(piece)) + piece
        yield _SIZE.pack(0)
        return
    yield _line([work.layer, [(path, len(data)) for path, data in work.content]])
    data = b"".join(data for _, data in work.content)
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


# The other side


def main() -> None:
    source = sys.stdin.buffer
    cache, key = json.loads(source.readline())
    scanner = Scanner(FAMILIES, open_engine(FAMILIES, cache), "", bytes.fromhex(key))
    canary.prove(scanner)
    count = 0

    def works() -> Iterator[Work]:
        nonlocal count
        for line in source:
            layer, content = json.loads(line)
            if isinstance(content, str):
                large = _Large(source)
                yield Work(layer, (content, large))
                large.drain()
            else:
                yield Work(layer, [(path, _exactly(source, size)) for path, size in content])
            count += 1

    seen = scanned(scanner, works(), Deadline(_NEVER))
    json.dump([count, [_packed(hit) for hit in seen.hits], seen.closed], sys.stdout)


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise EOFError("the work was cut short")
    return data


class _Large:
    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._left = 0
        self._ended = False

    def read(self, count: int) -> bytes:
        if not self._left and not self._ended:
            (self._left,) = _SIZE.unpack(_exactly(self._source, _SIZE.size))
            self._ended = not self._left
        data = _exactly(self._source, min(count, self._left))
        self._left -= len(data)
        return data

    def drain(self) -> None:
        while self.read(_PIECE):
            pass


def _packed(hit: Hit) -> Sequence[object]:
    """Without the frame, which no finding about an image shows."""
    match = hit.match._replace(frame=None)._asdict() | {"family": hit.match.family.id, "identity": hit.match.identity.hex()}
    return hit.path, match, hit.digests and [digest.hex() for digest in hit.digests], hit.layer, hit.inner


def _unpacked(packed: Sequence[Any], families: Mapping[str, Family]) -> Hit:
    path, match, digests, layer, inner = packed
    known = {"family": families[match["family"]], "identity": bytes.fromhex(match["identity"]), "severity": Severity(match["severity"])}
    return Hit(path, Match(**(match | known)), Digests(*map(bytes.fromhex, digests)) if digests else None, layer, inner)
