"""git-cliff: which commits its changelog shows, by regular expressions over their messages.

https://git-cliff.org/docs/configuration/git: `commit_parsers` in order, of which the first that matches decides; `skip` leaves out.
A commit that no parser matches stands under its own type, unless `filter_commits` takes it out. Preprocessors are not applied.
"""

from __future__ import annotations

from typing import Literal

from gates.commits import patterns
from gates.commits.source import Parser, Source
from gates.commits.sources.locating import at, at_key, at_top
from gates.core.documents import DocumentError, Table, read_toml
from gates.core.finding import Location

_NAMES = ("cliff.toml", ".cliff.toml", "git-cliff.toml")
_SHARED = "pyproject.toml"
_MAX_PARSERS = 500
# A parser with one of these decides by something that no header tells: the hash, the body, the author.
_BEYOND_HEADER = ("sha", "body", "footer", "field")


def is_source(path: str) -> bool:
    return at_top(path) and path.rpartition("/")[2] in (*_NAMES, _SHARED)


def read(data: bytes, path: str) -> list[Source]:
    """None for a pyproject.toml without the tool's table. Raises DocumentError, also for an expression that cannot be read."""
    root = Table(read_toml(data, path), path)
    if path.rpartition("/")[2] == _SHARED:
        tool = root.table("tool")
        found = tool.table("git-cliff") if tool is not None else None
        return [] if found is None else [_source(found)]
    return [_source(root)]


def _source(root: Table) -> Source:
    git = root.table("git")
    place = Location(root.path, git.line if git is not None else root.line)
    listed = git.node("commit_parsers") if git is not None else None
    if git is None or listed is None:
        # https://github.com/orhun/git-cliff/blob/main/config/cliff.toml: the last of the parsers that it comes with matches any message.
        return Source("git-cliff", "releases", place, None, implied=True, rest="shown")
    tables = git.tables("commit_parsers")
    if len(tables) > _MAX_PARSERS:
        raise git.error(f"more than {_MAX_PARSERS} commit parsers; write types of one group as one expression", "commit_parsers")
    parsers = tuple(parser for table in tables if (parser := _parser(table)) is not None)
    return Source("git-cliff", "releases", at_key(listed, root.path), (), parsers=parsers, rest=_rest(root, git))


def _parser(table: Table) -> Parser | None:
    message = table.node("message")
    if message is None or any(key in table for key in _BEYOND_HEADER):
        return None
    pattern = table.text("message")
    try:
        patterns.compile(pattern, "rust")
    except ValueError as error:
        raise DocumentError(f"the expression of a commit parser cannot be read: {error}", table.path, message.line) from None
    return Parser(pattern, "rust", at(message, table.path), table.flag("skip", False))


def _rest(root: Table, git: Table) -> Literal["shown", "lost"]:
    """Without conventional commits nothing stands for the group of a commit that no parser has given one."""
    if git.flag("filter_commits", False):
        return "lost"
    changelog = root.table("changelog")
    body = changelog.text("body", "") if changelog is not None and "body" in changelog else ""
    grouped = "group_by(" in body or not body
    return "lost" if grouped and not git.flag("conventional_commits", True) else "shown"
