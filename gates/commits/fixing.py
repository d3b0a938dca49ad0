"""Writes the list of the declared authority into the other sources, where their files hold a list that can be edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from gates.commits.agreement import Accepting, Difference, accepting, differences, judged_of, spoken_of
from gates.commits.options import Options
from gates.commits.places_changed import changed
from gates.commits.rewriting import Span, Unforeseen, rewritten
from gates.commits.source import Header, Source
from gates.commits.wording import all_of, name_of, placed
from gates.core.documents import DocumentError
from gates.core.errors import UsageError
from gates.core.finding import Location

Read: TypeAlias = "Callable[[str], bytes | None]"
Sources: TypeAlias = "Callable[[bytes, str], Sequence[Source]]"

_QUOTES = "\"'`"
_BOM = "\ufeff"


class Edit(NamedTuple):
    """A file's bytes before and after. `what` says for people what was done, once for each of its lists."""

    path: str
    old: bytes
    new: bytes
    what: tuple[str, ...]


class Left(NamedTuple):
    """A list that differs and was left as it is."""

    location: Location
    why: str


class _Goal(NamedTuple):
    authority: Accepting
    candidates: tuple[str, ...]
    options: Options

    def wanted(self, source: Source, difference: Difference) -> list[str]:
        """What the list keeps, in its order, and what it lacks, in the authority's."""
        return [*(each.name for each in source.types or () if each.name not in difference.adds), *difference.lacks]

    def difference(self, source: Source) -> Difference:
        return differences(accepting(source, self.candidates), self.authority, self.options)


def fixes(sources: Sequence[Source], options: Options, read: Read, read_sources: Sources) -> Iterator[Edit | Left]:
    """One edit for each file, in the order of the paths. `read` gives the bytes of a file as it is now, `read_sources` all sources that
    such bytes hold; what an edit makes of a file is read again by it, and the edit is kept only where the list then agrees and every
    other in the file is as it was. Releasing sources are left alone, as only a person knows the heading of a section.

    Raises UsageError where the policy names no authority, or one without a list, and DocumentError for a file that cannot be read.
    """
    if not options.authority:
        raise UsageError("which list is right is not for gates to say; name its file as `authority` in the policy's table [commits]")
    authority = judged_of(sources, options).authority
    if authority is None:
        raise UsageError(f"the authority {options.authority!r} lists no commit types that could be written into the others")
    if authority.source.pattern:
        raise UsageError(f"{placed(authority.source)} goes by a pattern; an authority must list the types")
    goal = _Goal(authority, spoken_of(sources, options), options)
    for path in sorted({source.location.path for source in sources}):
        here = [source for source in sources if source.location.path == path]
        if any(_differs(source, goal) for source in here):
            yield from _in_file(path, goal, read, read_sources)


def _differs(source: Source, goal: _Goal) -> bool:
    if source.role == "releases" or source.opaque:
        return False
    if accepting(source, goal.candidates).types is None:
        return source.role != "tells"
    return goal.difference(source) != ((), ())


def _in_file(path: str, goal: _Goal, read: Read, read_sources: Sources) -> Iterator[Edit | Left]:
    old = read(path)
    if old is None:
        raise DocumentError("went away while it was looked at", path)
    new, what = old, []
    found = list(read_sources(old, path))
    for number, source in enumerate(found):
        if not _differs(source, goal):
            continue
        try:
            new = _edited(new, path, number, goal, read_sources)
        except Unforeseen as reason:
            yield Left(source.location, f"{placed(source)} is left as it is: {reason}; {_told(goal.difference(source))} by hand")
        else:
            what.append(f"{placed(source)}: {_told(goal.difference(source))}")
    if new != old:
        yield Edit(path, old, new, tuple(what))


def _told(difference: Difference) -> str:
    parts = [f"{word} {all_of(names)}" for word, names in (("add", difference.lacks), ("drop", difference.adds)) if names]
    return " and ".join(parts) or "write the list of the authority"


def _edited(data: bytes, path: str, number: int, goal: _Goal, read_sources: Sources) -> bytes:
    """The list of the source with that number among those of the file, as the authority has it. Raises Unforeseen."""
    before = list(read_sources(data, path))  # with the places that an edit of another list has moved
    source = before[number]
    if source.implied:
        raise Unforeseen("its file does not spell the list out")
    if source.types is None:
        raise Unforeseen("its file lists no types")
    wanted = goal.wanted(source, goal.difference(source))
    text = data.decode("utf-8")
    new = rewritten(text, _spans(text, source), wanted).encode()
    try:
        after = list(read_sources(new, path))
    except DocumentError as error:
        raise Unforeseen(f"with the types written in, the file could not be read ({error.message})") from error
    if [(each.kind, each.role) for each in after] != [(each.kind, each.role) for each in before]:
        raise Unforeseen("with the types written in, the file would say something else")
    for place, (one, other) in enumerate(zip(before, after, strict=True)):
        agrees = other.types is not None and goal.difference(other) == ((), ())
        if not agrees and (place == number or not _same(one, other)):
            raise Unforeseen(f"with the types written in, {name_of(other)} would not list them")
    if _demands(before[number]) != _demands(after[number]) or _more_changed(data, new, path, before, after):
        raise Unforeseen("the list stands for something else in the file too")
    return new


def _demands(source: Source) -> Header:
    """What it asks of the header beyond the types, which may be part of its pattern."""
    return source.header._replace(pattern="")


def _more_changed(old: bytes, new: bytes, path: str, before: Sequence[Source], after: Sequence[Source]) -> bool:
    """Whether values differ that are the list of no source."""
    try:
        places = changed(old, new, path)
    except DocumentError:
        return True
    lists = sum(not _same(one, other) for one, other in zip(before, after, strict=True) if one.role != "releases")
    return places is not None and places > lists


def _same(one: Source, other: Source) -> bool:
    return _plain(one) == _plain(other)


def _plain(source: Source) -> tuple[object, ...]:
    """All but the places, which an edit above moves."""
    types = None if source.types is None else tuple((each.name, each.hidden) for each in source.types)
    return types, source.implied, source.opaque, source.pattern, source.header


def _spans(text: str, source: Source) -> list[Span]:
    """Where the types stand. Raises Unforeseen where one does not stand at its place just as it is called."""
    lines = _line_starts(text)
    spans = []
    for listed in source.types or ():
        line, column = listed.location.line, listed.location.column
        if listed.location.path != source.location.path or not 0 < line <= len(lines) or column < 1:
            raise Unforeseen(f"{name_of(source)} does not say where {all_of([listed.name])} stands")
        start = lines[line - 1] + column - 1 + (line == 1 and text.startswith(_BOM))
        start += text[start : start + 1] in tuple(_QUOTES)
        if not text.startswith(listed.name, start):
            raise Unforeseen(f"{all_of([listed.name])} is written in another way than it is read")
        spans.append(Span(listed.name, start, start + len(listed.name)))
    return spans


def _line_starts(text: str) -> list[int]:
    starts = [0]
    while (end := text.find("\n", starts[-1])) >= 0:
        starts.append(end + 1)
    return starts
