"""Looks for secrets in archives and compressed files that lie in a layer: jars, wheels, tarballs, and those within them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Final, NamedTuple

from gates.core.deadline import Deadline
from gates.detect.archives import Ends, Inner, Limits, Unopened, is_end_of_zip, joined, look_inside, may_be_archive
from gates.detect.scan import Match, Scanner, Suspect, can_be_joined

_LIMITS: Final = Limits(depth=3, mib=256, members=100_000, ratio=200)
_MOST_HELD: Final = 64 << 20  # bytes of an archive: a zip is read from its end
_PIECE: Final = 1 << 20
_HEAD: Final = 512  # bytes that tell what a file is
_SMALL: Final = 64 << 10  # bytes up to which files are looked at together
_BATCH: Final = 64  # members
_TOGETHER: Final = 2 << 20  # bytes of them, and one member more
_ITSELF: Final[Inner] = ()


class Inside(NamedTuple):
    """Of one file. `matches` are with where they lie in it, "" for its own bytes; `closed` is what was not looked at, and why."""

    matches: Sequence[tuple[str, Match]]
    closed: Sequence[tuple[str, str]] = ()


def scanned(scanner: Scanner, files: Sequence[bytes]) -> dict[int, list[Match]]:
    """By their index, those that hold something. Small files are looked at together first: most hold nothing, and a look costs more than
    their few bytes.
    """
    together = [index for index, data in enumerate(files) if len(data) <= _SMALL and can_be_joined(data)]
    suspects = scanner.suspects([files[index] for index in together])
    found = {together[at]: scanner.scan(files[together[at]], suspect) for at, suspect in suspects.items()}
    for index in sorted(set(range(len(files))).difference(together)):
        data = files[index]
        alone = scanner.suspects([data]) if can_be_joined(data) else {0: Suspect()}
        if alone:
            found[index] = scanner.scan(data, alone[0])
    return {index: matches for index, matches in found.items() if matches}


def looked_into(scanner: Scanner, path: str, data: bytes, own: Sequence[Match], deadline: Deadline) -> Inside:
    """A file that is held, whose own bytes were scanned."""
    if not may_be_archive(data, data):
        return Inside([("", match) for match in own])
    return _inside(scanner, path, BytesIO(data), own, deadline)


def streamed(scanner: Scanner, path: str, read: Callable[[int], bytes], deadline: Deadline) -> tuple[Inside, bytes]:
    """A file of any length, and its content where that was held."""
    held = BytesIO()
    _fill(held, read, _HEAD)
    if not may_be_archive(held.getvalue(), b""):
        ends = Ends(_Rest(held, read).read)
        matches = [("", match) for match in scanner.stream(ends.read)]
        closed = [("", "ends with a zip archive that was not opened")] if is_end_of_zip(ends.tail) else []
        return Inside(matches, closed), b""
    _fill(held, read, _MOST_HELD + 1)
    if held.tell() > _MOST_HELD:
        matches = [("", match) for match in scanner.stream(_Rest(held, read).read)]
        return Inside(matches, [("", f"is an archive of more than {_MOST_HELD >> 20} MiB, which is not opened")]), b""
    held.seek(0)
    own = list(scanner.stream(held.read))
    return _inside(scanner, path, held, own, deadline), held.getvalue()


class _Rest:
    """What is held of a stream, and then what is not."""

    def __init__(self, held: BytesIO, read: Callable[[int], bytes]) -> None:
        held.seek(0)
        self._held = held
        self._read = read

    def read(self, count: int) -> bytes:
        return self._held.read(count) or self._read(count)


def _fill(held: BytesIO, read: Callable[[int], bytes], size: int) -> None:
    while held.tell() < size and (piece := read(min(_PIECE, size - held.tell()))):
        held.write(piece)


def _inside(scanner: Scanner, path: str, file: BytesIO, own: Sequence[Match], deadline: Deadline) -> Inside:
    found: list[tuple[Inner, Match]] = [(_ITSELF, match) for match in own]
    closed: list[tuple[str, str]] = []
    batch: list[tuple[Inner, bytes]] = []
    held = 0

    def scan_batch() -> None:
        members = scanned(scanner, [data for _, data in batch])
        found.extend((batch[index][0], match) for index, matches in members.items() for match in matches)
        batch.clear()

    for each in look_inside(file, _LIMITS, deadline):
        if isinstance(each, Unopened):
            closed.append((_name(path, each.inner), each.reason))
        elif each.rest:
            found += [(each.inner, match) for match in scanner.stream(each.rest.read)]
        else:
            batch.append((each.inner, each.data))
            held += len(each.data)
            if held > _TOGETHER or len(batch) >= _BATCH:
                scan_batch()
                held = 0
    scan_batch()
    # What an archive's own bytes show of a member, where that is not compressed, is told of the member alone.
    told = {(inner[:depth], match.identity) for inner, match in found for depth in range(len(inner))}
    return Inside([(_name(path, inner), match) for inner, match in found if (inner, match.identity) not in told], closed)


def _name(path: str, inner: Inner) -> str:
    """ "!folder/inner.gz!inner", what follows the path in a report."""
    return joined(path, inner)[len(path) :]
