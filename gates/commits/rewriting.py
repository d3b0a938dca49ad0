"""Edits of a list in the text of a file: what stays keeps its place, its quotes and its comments, and nothing else is touched.

An edit looks at the text around the items, whatever the format is called. So its result has to be read again by the format's own reader:
a list that is written in a way that this module does not foresee is refused here or there, never spoilt.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from gates.core.patterns import lazy

Separator: TypeAlias = Literal[",", "|", " ", "\n"]

_QUOTES: Final = "\"'`"
_COMMENTS: Final = ("#", "//", "/*")
_NAME: Final = lazy(r"[A-Za-z][A-Za-z0-9_-]*")  # means itself in every format, and in every regular expression
_CELL: Final = lazy(r"(?:\\.|[^|\\])+")
_DASHES: Final = lazy(r"-(?=[ \t]+-)")
_LEAST_SORTED: Final = 3  # two items are in order by accident


class Unforeseen(Exception):
    """The list cannot be edited; the text says why."""


class Span(NamedTuple):
    """Where the bare name of an item stands in the text, quotes left out."""

    name: str
    start: int
    end: int


class _Item(NamedTuple):
    name: str
    start: int  # with its quotes
    end: int
    line_start: int
    line_end: int  # before the end of the line
    comma_end: int  # 0 where no separator follows
    prefix: str  # what stands before it on its line

    @property
    def length(self) -> int:
        return self.end - self.start


class _Change(NamedTuple):
    start: int
    end: int
    new: str


def rewritten(text: str, spans: Sequence[Span], wanted: Sequence[str]) -> str:
    """The text with exactly the wanted names in the list. Those it lacks go behind the others, or in between where the list is sorted.
    Raises Unforeseen.
    """
    names = [span.name for span in spans]
    missing = [name for name in dict.fromkeys(wanted) if name not in names]
    for name in missing:
        if not _NAME.fullmatch(name):
            raise Unforeseen(f"{name!r} is not made of letters, digits, - and _ alone")
    if not any(name in wanted for name in names):
        raise Unforeseen("the list has no type that stays")
    if any(one.end > other.start for one, other in pairwise(spans)):
        raise Unforeseen("its types have no places of their own")
    separator = _separator(text, spans)
    items = [_item(text, span, separator, last=number == len(spans) - 1) for number, span in enumerate(spans)]
    keep = frozenset(wanted)
    lines = separator == "\n"
    return _applied(text, _by_lines(text, items, keep, missing) if lines else _by_separator(text, items, keep, missing, separator))


def _separator(text: str, spans: Sequence[Span]) -> Separator:
    gaps = [_unquoted(text[one.end : other.start]) for one, other in pairwise(spans)]
    if not gaps:
        return _separator_of_one(text, spans[0])
    if all(gap.lstrip(" \t").startswith(",") for gap in gaps):
        return ","
    if all(gap == "|" for gap in gaps):
        return "|"
    if all("\n" in gap for gap in gaps):
        return "\n"
    if all(gap and not gap.strip(" \t") for gap in gaps):
        return " "
    raise Unforeseen("its types are not separated in one way")


def _separator_of_one(text: str, span: Span) -> Separator:
    before = text[: span.start].rstrip(_QUOTES).rstrip(" \t")
    while before.endswith("\n"):
        before = before.rstrip()
        line = before.rpartition("\n")[2]
        if line.lstrip().startswith(_COMMENTS):
            before = before[: len(before) - len(line)]
    after = text[span.end :].lstrip(_QUOTES).lstrip(" \t")[:1]
    if after == "," or before[-1:] in ("[", "="):
        return ","
    return "|" if before[-1:] == "(" else "\n"


def _unquoted(gap: str) -> str:
    """Without the quotes of the items on both sides."""
    return gap.strip(_QUOTES) if gap.strip() else gap


def _item(text: str, span: Span, separator: Separator, *, last: bool) -> _Item:
    start, end = span.start, span.end
    if start and text[start - 1] in _QUOTES and text[end : end + 1] == text[start - 1]:
        start, end = start - 1, end + 1
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    if text[line_end - 1 : line_end] == "\r":
        line_end -= 1
    comma_end = 0
    at = end
    if separator == ",":
        while text[at : at + 1] in (" ", "\t"):
            at += 1
    if separator != "\n" and text[at : at + 1] and text[at] in (separator, "\t" if separator == " " else separator):
        comma_end = at + 1 if separator == "," or not last else 0
    return _Item(span.name, start, end, line_start, line_end, comma_end, text[line_start:start])


def _places(items: Sequence[_Item], kept: Sequence[_Item], missing: Sequence[str]) -> list[tuple[_Item | None, str]]:
    """Each new name with the kept item that it goes behind; None: before all."""
    names = [item.name for item in items]
    if len(names) < _LEAST_SORTED or names != sorted(names):
        return [(kept[-1], name) for name in missing]
    order = [item.name for item in kept]
    placed = []
    for name in sorted(missing):
        at = bisect(order, name)
        placed.append((kept[at - 1] if at else None, name))
    return placed


def _quoted_like(text: str, item: _Item, name: str) -> str:
    mark = text[item.start] if text[item.start] in _QUOTES and item.length == len(item.name) + 2 else ""
    return f"{mark}{name}{mark}"


def _end_of_line(text: str, item: _Item) -> str:
    return "\r\n" if text.startswith("\r\n", item.line_end) or (item.line_end == len(text) and "\r\n" in text) else "\n"


def _without_line(text: str, item: _Item, *, to_the_end: bool = False) -> _Change:
    """The line goes with its end; `to_the_end` of a file that has none behind its last line, with the end of the line before."""
    if not to_the_end:
        return _Change(item.line_start, min(item.line_end + len(_end_of_line(text, item)), len(text)), "")
    before = item.line_start
    if before:
        before -= 2 if text[before - 2 : before] == "\r\n" else 1
    return _Change(before, item.line_end, "")


# Separated by a sign


def _by_separator(text: str, items: Sequence[_Item], keep: frozenset[str], missing: Sequence[str], separator: Separator) -> list[_Change]:
    kept = [item for item in items if item.name in keep]
    trailing = bool(items[-1].comma_end)
    placed = _places(items, kept, missing)
    behind: dict[int, list[str]] = {}
    for anchor, name in placed:
        behind.setdefault(anchor.start if anchor else -1, []).append(name)
    final = kept[-1]
    changes = [_without(text, item, final) for item in items if item.name not in keep]
    for item in kept:
        news = behind.get(item.start, [])
        ends = item is final and not news
        if item.comma_end and ends and not trailing:
            changes.append(_Change(item.end, item.comma_end, ""))
        elif not item.comma_end and not ends:
            changes.append(_Change(item.end, item.end, separator))
        for number, name in enumerate(news):
            last = item is final and number == len(news) - 1
            sign = "" if last and not trailing else separator
            new = _quoted_like(text, item, name) + sign
            if _alone(text, item):
                changes.append(_Change(item.line_end, item.line_end, f"{_end_of_line(text, item)}{item.prefix}{new}"))
            else:
                at = item.comma_end or item.end
                changes.append(_Change(at, at, _space(text, items, separator) + new))
    first = items[0]
    for name in behind.get(-1, []):
        new = _quoted_like(text, first, name) + separator
        if _alone(text, first):
            changes.append(_Change(first.line_start, first.line_start, f"{first.prefix}{new}{_end_of_line(text, first)}"))
        else:
            changes.append(_Change(first.start, first.start, new + _space(text, items, separator)))
    return changes


def _without(text: str, item: _Item, final: _Item) -> _Change:
    """The space goes along that kept it apart from the next item; behind the last one that stays, the space before it."""
    if _alone(text, item):
        return _without_line(text, item)
    start, end = item.start, item.comma_end or item.end
    behind = end
    while text[behind : behind + 1] in (" ", "\t"):
        behind += 1
    if item.comma_end and item.start < final.start and text[behind : behind + 1] not in ("\r", "\n"):
        return _Change(start, behind, "")
    floor = max(item.line_start, final.comma_end if item.start > final.start else 0)
    while start > floor and text[start - 1] in " \t":
        start -= 1
    return _Change(start, end, "")


def _alone(text: str, item: _Item) -> bool:
    """Nothing else on the line but what belongs to it: its separator, and a comment."""
    after = text[item.comma_end or item.end : item.line_end].strip(" \t")
    return not item.prefix.strip(" \t") and (not after or after.startswith(_COMMENTS))


def _space(text: str, items: Sequence[_Item], separator: Separator) -> str:
    """What stands between a separator and the next item of the line."""
    for item, after in pairwise(items):
        if item.line_start == after.line_start and item.comma_end:
            return text[item.comma_end : after.start]
    return " " if separator == "," else ""


# One a line


def _by_lines(text: str, items: Sequence[_Item], keep: frozenset[str], missing: Sequence[str]) -> list[_Change]:
    kept = [item for item in items if item.name in keep]
    first = items[0]
    changes = []
    # A first line that starts otherwise opens the list, as `- - feat` does in YAML: its start has to stay for the next type.
    leads = len(items) > 1 and first.prefix != items[1].prefix
    if leads and first.name not in keep:
        gone = [item for item in items if item.start < kept[0].start]
        if any(text[one.line_end : other.line_start].strip() for one, other in zip(gone, [*gone[1:], kept[0]], strict=True)):
            raise Unforeseen("a comment stands below its first type")
        changes.append(_Change(first.start, kept[0].start, ""))
    else:
        gone = []
    unended = items[-1].line_end == len(text)
    changes += [
        _without_line(text, item, to_the_end=unended and item.start > kept[-1].start)
        for item in items
        if item.name not in keep and item not in gone
    ]
    for anchor, name in _places(items, kept, missing):
        pattern = items[-1] if leads else (anchor or first)
        if anchor is not None:
            changes.append(_Change(anchor.line_end, anchor.line_end, f"{_end_of_line(text, anchor)}{_row(text, pattern, name)}"))
        elif not leads:
            changes.append(_Change(first.line_start, first.line_start, f"{_row(text, pattern, name)}{_end_of_line(text, first)}"))
        else:
            new = f"{_quoted_like(text, first, name)}{_end_of_line(text, first)}{items[1].prefix}"
            changes.append(_Change(first.start, first.start, new))
    return changes


def _row(text: str, like: _Item, name: str) -> str:
    """A line for a new name: of a table, with its cells empty; else what stands before the name, and a colon where one follows it."""
    # In YAML the first item of a list in a list stands behind two dashes.
    prefix, rest = _DASHES.sub(" ", like.prefix), text[like.end : like.line_end]
    new = _quoted_like(text, like, name)
    if "|" in rest:
        cell, _, others = rest.partition("|")
        width = like.length + len(cell)
        padded = new.ljust(width) if len(new) < width else f"{new}{' ' if cell else ''}"
        return f"{_blank(prefix)}{padded}|{_blank(others)}".rstrip(" ") if others else f"{_blank(prefix)}{padded}|"
    marks = prefix[len(prefix.rstrip("*_")) :]
    if marks and rest.startswith(marks):
        new, rest = new + marks, rest[len(marks) :]
    return f"{prefix}{new}{':' if rest.lstrip().startswith(':') else ''}"


def _blank(cells: str) -> str:
    return _CELL.sub(lambda cell: " " * len(cell[0]), cells)


def _applied(text: str, changes: Iterable[_Change]) -> str:
    """Places that several changes take away go once; what is added at one place stands in the order of the changes."""
    parts, at = [], 0
    for change in sorted(changes, key=lambda change: (change.start, change.end > change.start)):
        parts.append(text[at : change.start] if change.start > at else "")
        parts.append(change.new)
        at = max(at, change.end)
    parts.append(text[at:])
    return "".join(parts)
