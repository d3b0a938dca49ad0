"""Finds and reads everything in a repository that says which commit types there are, and what decides about the check of titles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Final, NamedTuple

from gates.commits.agreement import unreadable
from gates.commits.options import Options
from gates.commits.source import Source
from gates.commits.sources import (
    cliff,
    commitizen,
    commitlint,
    committed,
    gitlint,
    own_lint,
    release_please,
    semantic_pull_request,
    semantic_release,
    tables,
    title_actions,
    title_script,
)
from gates.core import scope
from gates.core.documents import DocumentError
from gates.core.gate import Context, Event, Scanned, Skipped, Unread
from gates.core.source import read_regular
from gates.github import reading, requirements
from gates.github.requirement import Protection
from gates.github.workflow import Workflow

READERS: Final[tuple[ModuleType, ...]] = (
    commitizen,
    commitlint,
    committed,
    gitlint,
    semantic_pull_request,
    title_actions,
    title_script,
    own_lint,
    tables,
    release_please,
    semantic_release,
    cliff,
)
# Of these tools the first file that configures them counts, and they look at no other: the order is theirs.
ALONE: Final[tuple[Sequence[str], ...]] = (commitizen.FILES, commitlint.FILES)


class Files(NamedTuple):
    """`unread` are protection files that could not be read, which counts where a check of titles must be among the required ones."""

    sources: tuple[Source, ...]
    workflows: Mapping[str, Workflow]
    protections: tuple[Protection, ...]
    unread: tuple[Unread, ...]


def is_source(path: str) -> bool:
    return any(reader.is_source(path) for reader in READERS)


def sources_of(data: bytes, path: str) -> list[Source]:
    """All that a file says about commit types. Raises DocumentError."""
    return [source for reader in READERS if reader.is_source(path) for source in reader.read(data, path)]


def read(context: Context, options: Options) -> Iterator[Event | Files]:
    """Events about what was read and what could not be, and the files last."""
    sources: list[Source] = []
    workflows: dict[str, Workflow] = {}
    protections: list[Protection] = []
    unread: list[Unread] = []
    for found in scope.files(context):
        if not isinstance(found, scope.File):
            if is_source(found.path):
                yield _left_out(found, context)
            continue
        is_workflow, is_protection, lists = reading.is_workflow(found.path), requirements.is_protection(found.path), is_source(found.path)
        if not (is_workflow or is_protection or lists):
            continue
        try:
            data = read_regular(found.absolute, found.path)
            if data is None:
                raise DocumentError("went away while it was looked at", found.path)
            if is_protection:
                protections += requirements.read(data, found.path, {})
            here = sources_of(data, found.path) if lists else []
            workflow = reading.read(data, found.path) if is_workflow else None
        except DocumentError as error:
            if is_protection:
                unread.append(Unread(error.path or found.path, error.line, error.message))
            else:
                yield unreadable(error.path or found.path, error.line, error.message, options, context.today)
            continue
        sources += here
        if workflow is not None:
            workflows[found.path] = workflow
        if here or workflow is not None:
            yield Scanned(files=1, bytes=len(data))
    shadowed = _shadowed(sources)
    yield from (Skipped(path, f"its tool reads {first} instead") for path, first in shadowed.items())
    yield Files(tuple(source for source in sources if source.location.path not in shadowed), workflows, tuple(protections), tuple(unread))


def _left_out(found: Skipped | Unread, context: Context) -> Event:
    if isinstance(found, Unread) or context.excluded(found.path) or found.reason == scope.GONE:
        return found
    return Unread(found.path, 0, f"{found.reason}; put the file itself there")


def _shadowed(sources: Collection[Source]) -> dict[str, str]:
    """Files that their tool never looks at, with the one that it reads instead."""
    holding = {source.location.path for source in sources}
    found: dict[str, str] = {}
    for files in ALONE:
        present = [path for path in files if path in holding]
        found.update((path, present[0]) for path in present[1:])
    return found
