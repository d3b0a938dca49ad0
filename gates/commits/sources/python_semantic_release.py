"""python-semantic-release: the types that its parser takes, which are those that its changelog shows.

https://python-semantic-release.readthedocs.io/en/stable/configuration/configuration.html#commit-parser-options
A commit that the parser does not take is of no type, and the changelog's template leaves it out. `exclude_commit_patterns` leaves out
more. Templates of a repository's own are not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from gates.commits import patterns
from gates.commits.source import Listed, Parser, Source
from gates.commits.sources.locating import at, at_key
from gates.core.documents import DocumentError, Node, Table, read_toml
from gates.core.finding import Location
from gates.core.patterns import lazy

_FILE = "pyproject.toml"
# The parser's name until version 9.19 and after it. They take the same types by default.
_PARSERS = ("conventional", "conventional-monorepo", "angular")
_DEFAULT_TYPES = ("build", "chore", "ci", "docs", "feat", "fix", "perf", "style", "refactor", "test")
_MAX_PATTERNS = 500
_PLAIN = lazy(r"[A-Za-z][A-Za-z0-9_-]*")


def is_source(path: str) -> bool:
    return path == _FILE


def read(data: bytes, path: str) -> list[Source]:
    tool = Table(read_toml(data, path), path).table("tool")
    table = tool.table("semantic_release") if tool is not None else None
    return [] if table is None else [_source(table)]


def _source(table: Table) -> Source:
    name = table.text("commit_parser", _PARSERS[0])
    place = Location(table.path, table.line_of("commit_parser"))
    if name not in _PARSERS:
        return Source("semantic-release", "releases", place, None, opaque=f"the commit parser {name!r} is a program, or takes no types")
    parsers = tuple(_excluded(table))
    options = table.table("commit_parser_options")
    allowed = options.node("allowed_tags") if options is not None else None
    if options is None or allowed is None:
        types = tuple(Listed(each, place) for each in _DEFAULT_TYPES)
        return Source("semantic-release", "releases", place, types, implied=True, parsers=parsers)
    options.texts("allowed_tags")  # refuses all that is no list of texts
    listed = tuple(_allowed(allowed, table.path))
    return Source("semantic-release", "releases", at_key(allowed, table.path), listed, parsers=parsers)


def _allowed(allowed: Node, path: str) -> Iterator[Listed]:
    """The tool joins the entries into a regular expression: an entry may hold several types with | between them."""
    for item in allowed.value if isinstance(allowed.value, list) else []:
        for name in str(item.value).split("|"):
            if not _PLAIN.fullmatch(name):
                raise DocumentError("an entry of 'allowed_tags' is more than a word; write each type in full", path, item.line)
            yield Listed(name, at(item, path))


def _excluded(table: Table) -> Iterator[Parser]:
    changelog = table.table("changelog")
    node = changelog.node("exclude_commit_patterns") if changelog is not None else None
    if changelog is None or node is None:
        return
    if len(changelog.texts("exclude_commit_patterns")) > _MAX_PATTERNS:
        raise changelog.error(f"more than {_MAX_PATTERNS} patterns; write several as one", "exclude_commit_patterns")
    for item in node.value if isinstance(node.value, list) else []:
        pattern = str(item.value)
        try:
            patterns.compile(pattern, "python")
        except ValueError as error:
            raise DocumentError(f"an excluded pattern cannot be read: {error}", table.path, item.line) from None
        yield Parser(pattern, "python", at(item, table.path), hidden=True)
