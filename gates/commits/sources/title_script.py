"""Programs of a repository that check titles by themselves: the list of types is the one below the marker `# gates:commit-types`.

    # gates:commit-types
    types='feat|fix|docs'

Below it stands an alternation (in a shell pattern or a regular expression), a shell array, or a list, tuple or set of words.
"""

from __future__ import annotations

import re
from typing import Final

from gates.commits.source import Listed, Source
from gates.commits.sources import literals
from gates.commits.sources.locating import Text, text_of
from gates.core.documents import MAX_BYTES, DocumentError
from gates.core.patterns import lazy

MARKER: Final = "gates:commit-types"

_FOLDERS = (".github/", "scripts/", "tools/")
_EXTENSIONS = (".sh", ".bash", ".py", ".js", ".ts", ".yml", ".yaml")
_MARKER_LINE = lazy(rf"^[ \t]*(?:#|//)[ \t]*{MARKER}[ \t]*\r?$", re.MULTILINE)
_MAX_LIST = 4096  # characters from the marker on in which the list must end


def is_source(path: str) -> bool:
    """Whether a marker counts there."""
    return path.startswith(_FOLDERS) and path.endswith(_EXTENSIONS)


def read(data: bytes, path: str) -> list[Source]:
    """One for each marker; none where the file has none. Raises DocumentError where no list stands below a marker."""
    if MARKER.encode() not in data:
        return []
    if len(data) > MAX_BYTES:
        raise DocumentError(f"the file has {len(data)} bytes; at most {MAX_BYTES} are read", path)
    try:
        text = text_of(data, path)
    except UnicodeDecodeError as error:
        raise DocumentError("the file is not UTF-8; store it as UTF-8 text", path, data.count(b"\n", 0, error.start) + 1) from None
    return [_below(text, found.end()) for found in _MARKER_LINE.finditer(text.source)]


def _below(text: Text, marker_end: int) -> Source:
    line = text.place(marker_end).line + 1
    start = text.offset(line, 1)
    try:
        words = _list(text.source[start : start + _MAX_LIST], text.line(line))
    except ValueError as error:
        raise DocumentError(f"below {MARKER} the line must hold the list of commit types: {error}", text.path, line) from None
    types = tuple(Listed(word.text, text.place(start + word.start, len(word.text))) for word in words)
    return Source("title-script", "checks-title", types[0].location, types)


def _list(rest: str, first_line: str) -> list[literals.Word]:
    if len(first_line) > _MAX_LIST:
        raise ValueError(f"it has {len(first_line)} characters; at most {_MAX_LIST} are read")
    if "|" in first_line or "^(" in first_line:
        return literals.alternation(first_line)
    return literals.bracketed(rest, len(first_line))
