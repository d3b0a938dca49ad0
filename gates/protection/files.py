"""Finds and reads, in a repository, everything that decides which checks a branch requires and which its workflows report."""

from __future__ import annotations

import os
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

_ABOVE_WORKFLOWS = (".github", ".github/workflows")
MAX_CODEOWNERS = 3 << 20  # GitHub reads no larger one


class Files(NamedTuple):
    """`paths` are all files of the repository that are in reach. `broken` are the workflow files that could not be read, and what
    hides their folder: what they report is not known. `excluded` are those that the policy keeps out.
    """

    paths: tuple[str, ...]
    workflows: Mapping[str, Workflow]
    broken: tuple[str, ...]
    excluded: tuple[str, ...]
    protections: tuple[Protection, ...]
    gitlab: tuple[str, bytes] | None
    read: Callable[[str], bytes | None]  # any file of the repository by its path; raises DocumentError


def read(context: Context, options: Options) -> Iterator[Event | Files]:
    """Events about what was read and what could not be, and the files last."""
    places: dict[str, str] = {}
    workflows: dict[str, Workflow] = {}
    broken: list[str] = []
    excluded: list[str] = []
    protections: list[Protection] = []
    gitlab: tuple[str, bytes] | None = None
    branches = {branch.file: branch.name for branch in options.branches}
    for found in scope.files(context):
        if isinstance(found, scope.File):
            places[found.path] = found.absolute
            continue
        hidden = _hides(found, context)
        if not (hidden or _decides(found.path)):
            continue
        workflows_lost = reading.is_workflow(found.path) or found.path in _ABOVE_WORKFLOWS
        if isinstance(found, Skipped) and (context.excluded(found.path) or found.reason == scope.GONE):
            excluded += [found.path] if workflows_lost and found.reason != scope.GONE else []
            yield found
        else:
            way_out = f"put the {'folder' if hidden else 'file'} itself there"
            yield Unread(found.path, 0, found.message if isinstance(found, Unread) else f"{found.reason}; {way_out}")
            broken += [found.path] if workflows_lost else []
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
    yield Files(tuple(places), workflows, tuple(broken), tuple(excluded), tuple(protections), gitlab, _reader(places))


def _decides(path: str) -> bool:
    return path == GITLAB or reading.is_workflow(path) or requirements.is_protection(path)


def _hides(found: Skipped | Unread, context: Context) -> bool:
    """Whether it stands where a folder that holds such files is looked for, and keeps them out of sight: a link, or a repository of its
    own. Below those folders a link counts only where it leads to a folder: one to a file says what it is by its name.
    """
    if not (requirements.holds_protection(found.path) or found.path in _ABOVE_WORKFLOWS) or _decides(found.path):
        return False
    if isinstance(found, Unread) or found.reason in (scope.SUBMODULE, scope.NESTED):
        return True
    place = os.path.join(context.repository.top if context.repository else context.root, found.path)
    return os.path.islink(place) and (os.path.isdir(place) or not requirements.folder_of(found.path))


def _reader(places: Mapping[str, str]) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        return read_regular(places[path], path, max(MAX_BYTES, MAX_CODEOWNERS)) if path in places else None

    return read
