"""Finds and reads, in a repository, everything that decides which checks a branch requires and which its workflows report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from gates.core import scope
from gates.core.documents import MAX_BYTES, DocumentError
from gates.core.gate import Context, Event, Scanned, Skipped, Unread
from gates.core.source import read_regular
from gates.github import reading, requirements
from gates.github.requirement import Protection
from gates.github.workflow import Workflow
from gates.protection.gitlab.settings import PATH as GITLAB
from gates.protection.options import Options

MAX_CODEOWNERS = 3 << 20  # GitHub reads no larger one


class Files(NamedTuple):
    """`paths` are all files of the repository that are in reach. `broken` are the workflow files that could not be read: what they
    report is not known.
    """

    paths: tuple[str, ...]
    workflows: Mapping[str, Workflow]
    broken: tuple[str, ...]
    protections: tuple[Protection, ...]
    gitlab: tuple[str, bytes] | None
    read: Callable[[str], bytes | None]  # any file of the repository by its path; raises DocumentError


def read(context: Context, options: Options) -> Iterator[Event | Files]:
    """Events about what was read and what could not be, and the files last."""
    places: dict[str, str] = {}
    workflows: dict[str, Workflow] = {}
    broken: list[str] = []
    protections: list[Protection] = []
    gitlab: tuple[str, bytes] | None = None
    branches = {branch.file: branch.name for branch in options.branches}
    for found in scope.files(context):
        if isinstance(found, scope.File):
            places[found.path] = found.absolute
        elif not _decides(found.path):
            continue
        elif isinstance(found, Skipped) and (context.excluded(found.path) or found.reason == scope.GONE):
            yield found
        else:
            yield Unread(found.path, 0, found.message if isinstance(found, Unread) else f"{found.reason}; put the file itself there")
            broken += [found.path] if reading.is_workflow(found.path) else []
    for path, place in places.items():
        if not _decides(path):
            continue
        try:
            data = read_regular(place, path)
            if data is None:
                raise DocumentError("went away while it was looked at", path)
            if reading.is_workflow(path):
                workflow = reading.read(data, path)
                if workflow is None:
                    yield Skipped(path, "holds nothing but comments")
                    continue
                workflows[path] = workflow
            elif path == GITLAB:
                gitlab = path, data
                continue  # its judge reads it, and counts it
            else:
                protections += requirements.read(data, path, branches)
        except DocumentError as error:
            yield Unread(error.path or path, error.line, error.message)
            broken += [path] if reading.is_workflow(path) else []
            continue
        yield Scanned(files=1, bytes=len(data))
    yield Files(tuple(places), workflows, tuple(broken), tuple(protections), gitlab, _reader(places))


def _decides(path: str) -> bool:
    return path == GITLAB or reading.is_workflow(path) or requirements.is_protection(path)


def _reader(places: Mapping[str, str]) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        return read_regular(places[path], path, max(MAX_BYTES, MAX_CODEOWNERS)) if path in places else None

    return read
