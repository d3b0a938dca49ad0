"""Which types a repository's own tools accept: the list that a message is judged by where the policy names none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Final

from gates.commits.linting import Accepted, accepted_by
from gates.commits.source import Source
from gates.commits.well_known import COMMITIZEN, COMMITLINT, COMMITTED, GITLINT
from gates.core.documents import DocumentError
from gates.core.errors import UsageError

Read = Callable[[str], bytes | None]  # the file at a path of the repository, None where there is none; raises DocumentError

# In the order in which the lists are compared, with a word that a shared file must hold: to read a large pyproject.toml for nothing takes
# longer than a hook may.
_TOOLS: Final = (
    ("commitizen", COMMITIZEN, b"commitizen"),
    ("commitlint", COMMITLINT, b"commitlint"),
    ("committed", COMMITTED, b""),
    ("gitlint", GITLINT, b""),
)
_SHARED: Final = frozenset(("pyproject.toml", "package.json"))


def declared(read: Read, authority: str) -> Accepted | None:
    """What the authority accepts, or without one the first tool that lists types; None where there is none.

    Raises DocumentError for a file that cannot be read or whose types cannot be told, UsageError for an authority without a list.
    """
    if authority:
        return _of_authority(read, authority)
    for tool, files, word in _TOOLS:
        for path in files:
            data = read(path)
            if data is None or (path in _SHARED and word not in data):
                continue
            for source in import_module(f"gates.commits.sources.{tool}").read(data, path):
                if source.role == "accepts":
                    return _accepted(source)
    return None


def _of_authority(read: Read, path: str) -> Accepted:
    from gates.commits.files import sources_of

    data = read(path)
    if data is None:
        raise UsageError("the authority of [commits] is not there", path)
    sources = [source for source in sources_of(data, path) if source.role != "releases"]
    if not sources:
        raise UsageError("the authority of [commits] lists no commit types", path)
    return _accepted(min(sources, key=lambda source: source.role == "tells"))


def _accepted(source: Source) -> Accepted:
    if not source.pattern or source.types is not None:
        return accepted_by(source)
    from gates.commits.patterns import accepts_header, compile_of

    try:
        return accepted_by(source, partial(accepts_header, compile_of(source)))
    except ValueError as error:
        raise DocumentError(f"its pattern cannot be followed: {error}", source.location.path, source.location.line) from None
