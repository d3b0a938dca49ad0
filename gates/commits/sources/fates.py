"""What becomes of a type in a changelog or a release: it is shown, it is left out on purpose, or it is lost without a word."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple

from gates.commits import patterns
from gates.commits.source import Listed, Parser, Source
from gates.core.finding import Location
from gates.core.patterns import lazy

# An expression for a type, as people write it: ^feat, ^feat:, ^feat(\(.+\))?!?:, ^(feat|feature). Its words in order.
_LEADING = lazy(r"(?:\(\?[a-z]+\))?\^(?:\((?:\?:)?)?([a-z][a-z0-9_-]*(?:\|[a-z][a-z0-9_-]*)*)(.?)")
# What a header of the type can look like, the plainest first.
_HEADERS = ("{}: change", "{}: Change", "{}(scope): change", "{}(scope): Change", "{}!: change")


class Fate(NamedTuple):
    """`location` is what decides: the entry of the list, the parser, or the source itself for what it does not name."""

    state: Literal["shown", "hidden", "lost"]
    location: Location


def fates(source: Source, names: Iterable[str]) -> dict[str, Fate]:
    """Of each type in a releasing source, whose `types` are None where it shows any. Raises ValueError for an opaque one."""
    if source.opaque:
        raise ValueError(source.opaque)
    compiled = [(parser, _compiled(parser)) for parser in source.parsers]
    listed: dict[str, Listed] = {}
    for each in source.types or ():
        listed.setdefault(each.name, each)
    return {name: _fate(name, source, compiled, listed) for name in names}


def settled(source: Source, accepted: Collection[str]) -> Source:
    """The source as a plain list: each accepted type that it shows or hides, and behind them what it names and nobody may write. What it
    loses is not in it. Nothing changes for a source that is a plain list, or whose types cannot be told.
    """
    if source.opaque or source.types is None or (not source.parsers and source.rest == "lost"):
        return source
    types = [Listed(name, fate.location, fate.state == "hidden") for name, fate in fates(source, accepted).items() if fate.state != "lost"]
    return source._replace(types=(*types, *unreached(source, accepted)), parsers=(), rest="lost")


def unreached(source: Source, accepted: Collection[str]) -> list[Listed]:
    """The types that a releasing source shows though nobody may write them: of a list its other names, of parsers the words for types
    that no accepted type starts with. None for the defaults of a tool, which are nobody's choice.
    """
    if source.opaque or source.implied:
        return []
    names = [each for each in source.types or () if not each.hidden and each.name not in accepted]
    for parser in source.parsers:
        names += [Listed(word, parser.location) for word in _words(parser) if not any(name.startswith(word) for name in accepted)]
    return names


def _fate(name: str, source: Source, compiled: Sequence[tuple[Parser, patterns.Pattern]], listed: dict[str, Listed]) -> Fate:
    if source.types is None:
        return Fate("shown", source.location)
    found = (_of_header(template.format(name), name, source, compiled, listed) for template in _HEADERS)
    return next((fate for fate in found if fate.state != "lost"), Fate("lost", source.location))


def _of_header(
    header: str, name: str, source: Source, compiled: Sequence[tuple[Parser, patterns.Pattern]], listed: dict[str, Listed]
) -> Fate:
    for parser, pattern in compiled:
        if patterns.accepts_header(pattern, header):
            return Fate("hidden" if parser.hidden else "shown", parser.location)
    if name in listed:
        return Fate("hidden" if listed[name].hidden else "shown", listed[name].location)
    return Fate(source.rest, source.location)


def _compiled(parser: Parser) -> patterns.Pattern:
    # https://docs.rs/regex/latest/regex/struct.Regex.html#method.is_match searches; python-semantic-release matches from the start.
    return patterns.compile(parser.pattern, parser.dialect, mode="search" if parser.dialect == "rust" else "start")


def _words(parser: Parser) -> list[str]:
    found = None if parser.hidden else _LEADING.match(parser.pattern)
    # A quantifier behind the last letter makes it another word.
    return [] if found is None or (found[2] and found[2] in "?*+{") else found[1].split("|")
