"""The part of the sbom gate that holds two SBOMs against each other, for the command that names them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from gates.core import scope
from gates.core.documents import DocumentError
from gates.core.errors import GateUnavailable, UsageError
from gates.core.finding import Finding, Location, Severity, finding
from gates.core.gate import Context, Event, Gate, Scanned, Unread
from gates.core.process import is_inside
from gates.sbom import comparing, reading
from gates.sbom.comparing import Comparison, Rehashed, Summary
from gates.sbom.options import Options
from gates.sbom.rules import HASH_CHANGED, RULES

_TOLD = 3  # hashes that a message names
_IN_DATA = 20
_LONG = 200  # characters of a name


def diff_gate(before: str, after: str, directory: str, keep: Callable[[Comparison], None]) -> Gate:
    """For two files, relative to `directory`. `keep` gets what differs, as soon as it is known."""

    def refuse(context: Context, options: Options) -> None:
        for path in (before, after):
            place = os.path.join(directory, path)
            if os.path.isdir(place):
                raise UsageError("is a folder; name the SBOM itself", path)
            if not os.path.lexists(place):
                raise UsageError("no such file", path)

    def check(context: Context, options: Options) -> Iterator[Event]:
        read: list[Summary] = []
        for path in (before, after):
            told = _summary(directory, path)
            if isinstance(told, Unread):
                yield told
            else:
                summary, size = told
                yield Scanned(files=1, bytes=size)
                read.append(summary)
            if context.deadline.passed():
                raise GateUnavailable("the time limit passed before both SBOMs were read")
        if len(read) == 2:
            compared = comparing.compare(*read)
            keep(compared)
            place = _location(after, directory, context)
            yield from (_rehashed(each, place) for each in compared.hashes)

    return Gate("sbom", "two SBOMs, one beside the other", RULES, Options, check, refuse=refuse)


def _summary(directory: str, path: str) -> tuple[Summary, int] | Unread:
    """With the file's size in bytes. The document itself is dropped here: two large ones would not fit into memory."""
    try:
        with open(scope.open_regular(os.path.join(directory, path)), "rb") as file:
            document = reading.read(file.read(reading.MAX_BYTES + 1), path)
    except DocumentError as error:
        return Unread(path, error.line, error.message)
    except OSError as error:
        return Unread(path, 0, f"cannot be read: {error.strerror or error}")
    if not document.components:
        return Unread(path, 0, "lists no component, so there is nothing to compare")
    return comparing.summary(document), document.size


def _location(path: str, directory: str, context: Context) -> Location | None:
    """A file of the repository is known by its path in it, from whatever folder it was named; any other has none that lasts."""
    place = os.path.realpath(os.path.join(directory, path))
    if context.repository is None or not is_inside(place, context.root):
        return None
    return Location(os.path.relpath(place, os.path.realpath(context.root)).replace(os.sep, "/"))


def _rehashed(change: Rehashed, place: Location | None) -> Finding:
    named = f"{_short(str(change.package))}@{_short(change.version)}"
    was, now = _listed(change.before), _listed(change.after)
    return finding(
        HASH_CHANGED,
        f"{named} {change.why}: {was} before, {now} now" if change.after else f"{named} {change.why}: {was}",
        place._replace(line=change.line) if place else None,
        change.subject,
        # Wheels for another Python or another platform are files of their own, and a hash that is gone proves nothing.
        severity=HASH_CHANGED.severity if change.replaced else Severity.MEDIUM,
        data={
            "package": {"name": change.package.name, "version": change.version, "purl": str(change.package) if change.package.purl else ""},
            "replaced": change.replaced,
            "before": list(change.before[:_IN_DATA]),
            "after": list(change.after[:_IN_DATA]),
        },
    )


def _listed(hashes: tuple[str, ...]) -> str:
    more = f" and {len(hashes) - _TOLD} more" if len(hashes) > _TOLD else ""
    return ", ".join(_short(each) for each in hashes[:_TOLD]) + more


def _short(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
