"""What the readers of all forms share: tables whose keys are known, and values with the place where they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gates.core.documents import DocumentError, Node, Table
from gates.core.finding import Location
from gates.github.requirement import ANY_APP, RequiredContext, Setting

IN_REVIEWS = ", in reviews"  # ends the words of an exemption that only lets pull requests pass
ACTORS = ("users", "teams", "apps")
_COMMENTS = ("_", "$", "//", "#")  # JSON has no comments: "_comment", "$schema" and the like say nothing to GitHub
_NOTES = frozenset({"comment", "comments", "description", "note", "notes"})
_NO_WORDS: Mapping[str, bool] = MappingProxyType({})


class Source(NamedTuple):
    """A file that is being read. `words` are the texts that count as a boolean, besides true and false."""

    path: str
    lines: tuple[str, ...]
    words: Mapping[str, bool] = _NO_WORDS

    def error(self, message: str, node: Node) -> DocumentError:
        return DocumentError(message, self.path, node.key_line or node.line)


def source(data: bytes, path: str, words: Mapping[str, bool] = _NO_WORDS) -> Source:
    """For data that one of the readers of gates.core.documents has taken."""
    return Source(path, tuple(data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")), words)


def of_text(source: Source, node: Node) -> Location:
    """Of a text, quotes included; without an end where it is none, runs over several lines or comes from a YAML anchor."""
    return _span(source, node.line, node.column, node.value if isinstance(node.value, str) else "")


def of_key(source: Source, node: Node, key: str) -> Location:
    """Of the key before a value; of the value where it has none, as in a list."""
    if node.key_line:
        return _span(source, node.key_line, node.key_column, key)
    return Location(source.path, node.line, node.column)


def _span(source: Source, line: int, column: int, text: str) -> Location:
    """Nothing is cut out of the line: a file may be one line of a megabyte with thousands of names."""
    start = Location(source.path, line, column)
    written = source.lines[line - 1] if 0 < line <= len(source.lines) else ""
    at = column - 1
    end = _end_of_quoted(written, at) if written[at : at + 1] in ('"', "'") else at + len(text) if written.startswith(text, at) else at
    return start._replace(end_line=line, end_column=end + 1) if end > at else start


def _end_of_quoted(written: str, start: int) -> int:
    """Where the quoted text ends that begins at `start`; `start` itself where that is not in this line."""
    mark, at = written[start : start + 1], start + 1
    if not mark:
        return start
    while at < len(written):
        if written[at] == "\\" and mark == '"':
            at += 1
        elif written[at] == mark:
            if mark == '"' or written[at + 1 : at + 2] != mark:
                return at + 1
            at += 1
        at += 1
    return start


def is_comment(key: str) -> bool:
    """JSON has none, so people write keys that no form has and that can ask for nothing."""
    return key.startswith(_COMMENTS) or key in _NOTES


def table(source: Source, node: Node, what: str, known: Collection[str]) -> Mapping[str, Node]:
    """The keys of a table but for comments. Raises DocumentError where it is none, or for a key that is not known."""
    read = Table(node, source.path, what)
    entries = {key: value for key in read if (value := read.node(key)) is not None and (key in known or not is_comment(key))}
    Table(node._replace(value=entries), source.path, what).closed(known)
    return entries


def items(source: Source, node: Node, what: str) -> list[Node]:
    if not isinstance(node.value, list):
        raise source.error(f"{what} must be a list", node)
    return node.value


def text(source: Source, node: Node, what: str) -> str:
    if not isinstance(node.value, str) or not node.value:
        raise source.error(f"{what} must be a text, and not an empty one", node)
    return node.value


def texts(source: Source, node: Node | None, what: str) -> tuple[str, ...]:
    """Nothing where the key is absent."""
    return () if node is None else tuple(text(source, item, f"an entry of {what}") for item in items(source, node, what))


def flag(source: Source, entries: Mapping[str, Node], key: str, *, nullable: bool = True) -> Setting[bool] | None:
    """None where the key is absent. `{"enabled": true}`, as the API answers, is true; null is false where it is allowed."""
    node = entries.get(key)
    if node is None:
        return None
    value = node.value
    if isinstance(value, dict):
        inner = table(source, node, repr(key), ("enabled", "url"))
        if "enabled" not in inner:
            raise source.error(f"'enabled' is missing in {key!r}", node)
        value = inner["enabled"].value
    elif value is None and nullable:
        value = False
    elif isinstance(value, str):
        value = source.words.get(value.lower(), value)
    if not isinstance(value, bool):
        raise source.error(f"{key!r} must be true or false", node)
    return Setting(value, of_key(source, node, key))


def count(source: Source, entries: Mapping[str, Node], key: str) -> Setting[int] | None:
    """None where the key is absent."""
    node = entries.get(key)
    if node is None:
        return None
    if not isinstance(node.value, int) or isinstance(node.value, bool) or not 0 <= node.value <= 10:
        raise source.error(f"{key!r} must be a whole number from 0 to 10", node)
    return Setting(node.value, of_key(source, node, key))


def named(source: Source, node: Node, app: int | None) -> RequiredContext:
    """A context of which only the name is listed. It is kept to the letter: GitHub compares it that way."""
    return RequiredContext(text(source, node, "the name of a required check"), of_text(source, node), app, "contexts")


def pinned(source: Source, node: Node, app_key: str) -> RequiredContext:
    """A context with the app that must report it; null is no app, as the API answers where none is set."""
    entries = table(source, node, "a required check", ("context", app_key))
    if "context" not in entries:
        raise source.error("'context' is missing in a required check", node)
    app = entries.get(app_key)
    return named(source, entries["context"], None if app is None else _app(source, app, app_key))._replace(listed="checks")


def _app(source: Source, node: Node, key: str) -> int | None:
    if node.value is None:
        return None
    if not isinstance(node.value, int) or isinstance(node.value, bool) or node.value < ANY_APP:
        raise source.error(f"{key!r} must be the number of an app, or -1 for any", node)
    return node.value
