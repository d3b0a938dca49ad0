"""Lists of types that people read, between two markers: `<!-- gates:commit-types -->` and `<!-- /gates:commit-types -->` in Markdown,
`# gates:commit-types` and `# /gates:commit-types` in a template of commit messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from gates.commits.source import Listed, Source
from gates.commits.sources.places import Text
from gates.core.documents import MAX_BYTES, DocumentError
from gates.core.documents.node import quoted

_FOLDERS: Final = ("", "docs/", ".github/")
_TEMPLATES: Final = (".gitmessage", ".gitmessage.txt")

_MARK: Final = b"gates:commit-types"
_MARKER: Final = re.compile(r"<!--[ \t]{0,20}(/?)gates:commit-types[ \t]{0,20}-->")
_TEMPLATE_MARKER: Final = re.compile(r"#[ \t]{0,20}(/?)gates:commit-types[ \t]{0,20}$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_NAME: Final = r"[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_SPAN: Final = re.compile(rf"`({_NAME})(?:\([^`()]*\))?!?:?`")
_BULLET: Final = re.compile(r"[ \t]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+")
# A type at the start of an item: alone, or set apart from what is said about it.
_FIRST: Final = re.compile(rf"[ \t]*(?:\*\*|__|\*|_)?({_NAME})(?:\*\*|__|\*|_)?[ \t]*(?=$|[:(,|\u2013\u2014=]|-[ \t>-]|  )")
_NAMES: Final = re.compile(rf"[ \t]*{_NAME}(?:,[ \t]*{_NAME})+,?[ \t]*")


class _Line(NamedTuple):
    """Of a marked part: what stands there, and where it starts in the file."""

    text: str
    offset: int


def is_source(path: str) -> bool:
    """Markdown of the root, of .github and below docs, and templates of the root. Most hold no marker, and `read` finds no source there."""
    folder, _, name = path.rpartition("/")
    if name.lower().endswith(".md"):
        return (f"{folder}/" if folder else "") in _FOLDERS or path.startswith("docs/")
    return path in _TEMPLATES


def read(data: bytes, path: str) -> list[Source]:
    """One source for each pair of markers."""
    if _MARK not in data:
        return []
    text = Text(data, path, MAX_BYTES)
    template = path in _TEMPLATES
    return [_source(part, start, text, template) for start, part in _parts(text, template)]


def _parts(text: Text, template: bool) -> Iterator[tuple[int, list[_Line]]]:
    """The offset of each opening marker, with the lines up to the closing one."""
    start: int | None = None
    part: list[_Line] = []
    for line, found in _marked(text, template):
        at = 0
        for marker in found:
            place = text.location(line.offset + marker.start())
            if bool(marker[1]) != (start is not None):
                problem = "ends a list of types that no marker starts" if marker[1] else "starts a list of types within another"
                raise DocumentError(f"a marker gates:commit-types {problem}", text.path, place.line)
            if start is None:
                start, part = line.offset + marker.start(), []
            else:
                yield start, [*part, _Line(line.text[at : marker.start()], line.offset + at)]
                start = None
            at = marker.end()
        if start is not None:
            part.append(_Line(line.text[at:], line.offset + at))
    if start is not None:
        line_number = text.location(start).line
        raise DocumentError("a marker gates:commit-types is not closed; add one with /gates:commit-types", text.path, line_number)


def _marked(text: Text, template: bool) -> Iterator[tuple[_Line, list[re.Match[str]]]]:
    """Each line with its markers. What stands in a fence or in a code span only shows what a marker looks like."""
    offset = 0
    fence = ""
    for line in text.text.split("\n"):
        found: list[re.Match[str]] = []
        opened = _FENCE.match(line)
        if template:
            found = [marker] if (marker := _TEMPLATE_MARKER.match(line)) else []
        elif fence:
            closes = opened and opened[1].startswith(fence) and not line[opened.end() :].strip()
            fence = "" if closes else fence
        elif opened and "`" not in line[opened.end() :]:
            fence = opened[1]
        elif "gates:" in line:
            found = list(_outside_spans(line))
        yield _Line(line, offset), found
        offset += len(line) + 1


def _outside_spans(line: str) -> Iterator[re.Match[str]]:
    at = ticks = 0
    for marker in _MARKER.finditer(line):
        ticks += line.count("`", at, marker.start())
        at = marker.start()
        if ticks % 2 == 0:
            yield marker


def _source(part: list[_Line], start: int, text: Text, template: bool) -> Source:
    types = tuple(
        Listed(name, text.location(offset)) for name, offset in (_of_template(part, text) if template else _of_markdown(part, text))
    )
    place = text.location(start)
    if not types:
        raise DocumentError("no types stand between the markers gates:commit-types", text.path, place.line)
    seen: set[str] = set()
    for one in types:
        if one.name in seen:
            raise DocumentError(f"the type {quoted(one.name)} is listed twice", text.path, one.location.line)
        seen.add(one.name)
    return Source("table", "tells", place, types)


def _of_markdown(part: list[_Line], text: Text) -> Iterator[tuple[str, int]]:
    """The first column of a table; else the items of a list; else every code span."""
    rows = [line for line in part if line.text.lstrip().startswith("|")]
    rule = next((number for number, line in enumerate(rows) if _is_rule(line.text)), None)
    if rule is not None:
        for line in rows[rule + 1 :]:
            at = line.text.index("|") + 1
            end = line.text.find("|", at)
            yield from _item(_Line(line.text[at : len(line.text) if end < 0 else end].rstrip(), line.offset + at), text, "row of the table")
        return
    items = [line for line in part if _BULLET.match(line.text)]
    depth = min((_indentation(line.text) for line in items), default=0)
    for line in items:
        if _indentation(line.text) == depth:  # what is nested explains the item above
            at = len(line.text) - len(_BULLET.sub("", line.text, count=1))
            yield from _item(_Line(line.text[at:].rstrip(), line.offset + at), text, "item of the list")
    if not items:
        for line in part:
            for span in _SPAN.finditer(line.text):
                yield span[1], line.offset + span.start(1)


def _is_rule(line: str) -> bool:
    """The line between the head of a table and its rows."""
    return "-" in line and set(line) <= set(" \t|:-")


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _item(item: _Line, text: Text, what: str) -> Iterator[tuple[str, int]]:
    """The types that an item starts with: one, or several in code spans such as `feat`, `fix`."""
    at = 0
    while span := _SPAN.match(item.text, _past(item.text, at)):
        yield span[1], item.offset + span.start(1)
        at = span.end()
    if at:
        return
    first = _FIRST.match(item.text)
    if not first:
        raise DocumentError(f"a {what} names no type; start it with the type in a code span", text.path, text.location(item.offset).line)
    yield first[1], item.offset + first.start(1)


def _past(text: str, at: int) -> int:
    """Over what may stand before a code span: emphasis at the start, and what joins it to the one before."""
    while at < len(text) and text[at] in " \t,/*_":
        at += 1
    return at


def _of_template(part: list[_Line], text: Text) -> Iterator[tuple[str, int]]:
    """Each line but an empty one is an item, with a bullet or without; or names several types with commas between."""
    for line in part:
        body = line.text.rstrip()
        at = 1 if body.startswith("#") else 0
        if bullet := _BULLET.match(body, at):
            at = bullet.end()
        if not body[at:].strip():
            continue
        if _NAMES.fullmatch(body, at):
            yield from ((name[0], line.offset + name.start()) for name in re.finditer(_NAME, body[at:].rjust(len(body))))
            continue
        yield from _item(_Line(body[at:], line.offset + at), text, "line")
