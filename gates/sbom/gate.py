"""The sbom gate: each SBOM that a release ships keeps to the schema, holds together, is complete, and lists what the locks do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import get_args

from gates.core import scope
from gates.core.documents import DocumentError
from gates.core.errors import GateUnavailable, NothingToJudge, UsageError
from gates.core.gate import Context, Event, Flag, Gate, Scanned, Skipped, ToolUsed, Unread
from gates.inventory.files import inventories
from gates.inventory.package import Inventory
from gates.sbom import checking, reading, references, staleness, validation
from gates.sbom.completeness import Completeness
from gates.sbom.options import Options, Profile
from gates.sbom.reading import Document
from gates.sbom.rules import RULES

_RELEASE = "release"
_WAY_OUT = "gates sbom make --output FILE makes one"
Keep = Callable[[Completeness], None]


def check_gate(keep: Keep) -> Gate:
    """The gate, for a command that shows what it is told of the completeness of each document."""

    def check(context: Context, options: Options) -> Iterator[Event]:
        yield from events(context, options, keep)

    return GATE._replace(check=check)


def check(context: Context, options: Options) -> Iterator[Event]:
    yield from events(context, options, lambda table: None)


def refuse(context: Context, options: Options) -> None:
    """What cannot be meant: paths that lead elsewhere, folders."""
    for path in options.files:
        normal = os.path.normpath(path)
        if os.path.isabs(path) or normal.split(os.sep, 1)[0] == "..":
            raise UsageError(f"[sbom] files: {path} lies outside the repository; name files in it")
    for path in _files(context, options):
        if os.path.isdir(os.path.join(context.root, path)):
            raise UsageError("is a folder; name the SBOM itself", path)


def events(context: Context, options: Options, keep: Keep) -> Iterator[Event]:
    files = _files(context, options)
    if not files:
        _nothing(context)
    documents: list[Document] = []
    left_out = 0
    for path in files:
        if reason := context.excluded(path):
            left_out += 1
            yield Skipped(path, reason)
            continue
        document = _read(context, path)
        if isinstance(document, Unread):
            yield document
            continue
        yield from _judged(document, context, options.profile, keep)
        documents.append(document)
    if len(documents) + left_out == len(files) and all(document.components for document in documents):
        yield from _compared(documents, context, options)


def _files(context: Context, options: Options) -> tuple[str, ...]:
    """Each once."""
    named = context.selection.paths if context.selection.kind == "paths" else options.files
    return tuple(dict.fromkeys(os.path.normpath(path).replace(os.sep, "/") for path in named))


def _nothing(context: Context) -> None:
    """Raises: a release of what depends on something has an SBOM."""
    if context.stage == _RELEASE and context.repository is not None and (lock := _first_lock(context)):
        raise GateUnavailable(f"{lock} tells what the release is made of, and [sbom] files names no SBOM of it; {_WAY_OUT}")
    raise NothingToJudge("[sbom] files is empty")


def _first_lock(context: Context) -> str:
    """The first file with dependencies, also one that cannot be read; "" where there is none."""
    for event in inventories(context, (), ()):
        if isinstance(event, Inventory | Unread):
            return event.path
    return ""


def _read(context: Context, path: str) -> Document | Unread:
    try:
        place = os.path.join(context.root, path)
        if context.selection.kind == "paths":
            place = os.path.realpath(place)  # the caller named the link
        with open(scope.open_regular(place), "rb") as file:
            data = file.read(reading.MAX_BYTES + 1)
        return reading.read(data, path)
    except DocumentError as error:
        return Unread(error.path or path, error.line, error.message)
    except FileNotFoundError:
        return Unread(path, 0, f"there is no such file; {_WAY_OUT}")
    except OSError as error:
        return Unread(path, 0, f"cannot be read: {error.strerror or error}")


def _judged(document: Document, context: Context, profile: Profile, keep: Keep) -> Iterator[Event]:
    _in_time(context)
    yield Scanned(files=1, bytes=document.size)
    yield ToolUsed("jsonschema-rs", validation.version())
    yield ToolUsed("CycloneDX schema", document.spec)
    yield from checking.judge(document, profile, keep)
    if not document.components:
        line = references.line_of(document, "components")
        yield Unread(document.path, line, f"lists no component, so it tells nothing of what is released; {_WAY_OUT}")


def _compared(documents: list[Document], context: Context, options: Options) -> Iterator[Event]:
    _in_time(context)
    if not documents:
        return
    if context.repository is None:
        yield from (Skipped(document.path, "compared with no lock file: it lies outside of a repository") for document in documents)
        return
    yield from staleness.judge(documents, context, options.groups, options.root)


def _in_time(context: Context) -> None:
    if context.deadline.passed():
        raise GateUnavailable("the time limit passed before every SBOM was judged")


GATE = Gate(
    name="sbom",
    summary="the SBOMs that a release ships: valid, complete, and of what the lock files hold",
    rules=RULES,
    options=Options,
    check=check,
    flags=(
        Flag("--profile", "profile", f"what an SBOM must hold: {', '.join(get_args(Profile))}", "PROFILE", choices=get_args(Profile)),
        Flag("--group", "groups", "a dependency group that belongs to the release; may be given again", "NAME", many=True),
    ),
    selections=frozenset({"paths"}),
    refuse=refuse,
)
