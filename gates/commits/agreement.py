"""Holds the lists of commit types against each other: accepting sources are equal, telling ones promise nothing that is refused,
releasing ones leave nothing out unawares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple, TypeAlias

from gates.commits import patterns
from gates.commits.beyond import beyond
from gates.commits.options import Options
from gates.commits.rules import lists as rules
from gates.commits.source import Kind, Listed, Source
from gates.commits.sources.fates import settled
from gates.commits.wording import MOST_SHOWN, all_of, at, joined, name_of, numbered, placed, reference, shown
from gates.core.accountability import live
from gates.core.finding import Finding, Location, Severity, finding
from gates.core.gate import Unread

# Without a declared authority the others are compared with the source whose kind comes first here.
_ORDER: Final[tuple[Kind, ...]] = (
    "commitizen",
    "commitlint",
    "committed",
    "gitlint",
    "semantic-pull-request",
    "title-action",
    "title-script",
    "gates-lint",
    "table",
)
_ROLES: Final = ("accepts", "checks-title", "tells")
# https://github.com/commitizen/conventional-commit-types/blob/master/index.json: what tools leave out of a changelog by default, they
# leave out knowing of these.
CONVENTIONAL: Final = ("feat", "fix", "docs", "style", "refactor", "perf", "test", "build", "ci", "chore", "revert")

Event: TypeAlias = "Finding | Unread"


class Accepting(NamedTuple):
    """What a source lets through; `types` None: any type at all."""

    source: Source
    types: frozenset[str] | None

    def place(self, name: str) -> Location:
        return next((each.location for each in self.source.types or () if each.name == name), self.source.location)

    def in_order(self, names: Iterable[str]) -> list[str]:
        """As the source lists them; by name where a pattern lists nothing."""
        order = {each.name: number for number, each in enumerate(self.source.types or ())}
        return sorted(names, key=lambda name: (order.get(name, len(order)), name))


class Difference(NamedTuple):
    lacks: tuple[str, ...]  # the authority has them
    adds: tuple[str, ...]


class Judged(NamedTuple):
    """`authority` is None where no source lists what may be written."""

    readable: tuple[Accepting, ...]  # those of every role
    authority: Accepting | None
    declared: bool


def judge(sources: Sequence[Source], options: Options, today: date, *, titled: bool = False) -> Iterator[Event]:
    """`titled`: titles are checked by something that follows a list of another source and has none of its own."""
    yield from numbered(_judge(sources, options, today, titled))


def _judge(sources: Sequence[Source], options: Options, today: date, titled: bool) -> Iterator[Event]:
    for source in sources:
        if source.opaque:
            yield unreadable(source.location.path, source.location.line, source.opaque, options, today)
    judged = judged_of(sources, options)
    if options.authority and judged.authority is None:
        yield _no_authority(sources, options)
        return
    deciding = [source for source in sources if source.role in ("accepts", "checks-title")]
    if len(deciding) == 1 and not titled:
        yield _single(deciding[0])
    if judged.authority is None:
        return
    for other in judged.readable:
        # A prompt that nobody configured is that of an accepting source, which is compared itself.
        is_own = other.source.role == "tells" and other.source.implied
        if other.source is not judged.authority.source and other.source.role != "releases" and not is_own:
            yield from _compared(other, judged.authority, judged.declared, options)
            yield from _more(other, judged.authority, judged, options, today)
    writable = _writable(judged, judged.authority)
    for source in sources:
        if source.role == "releases" and not source.opaque:
            release = settled(source, (judged.authority.types or frozenset()).union(writable or ()))
            yield from _unwritable(release, judged.authority, writable, options)
            yield from _lost(release, judged.authority, options)


def unreadable(path: str, line: int, why: str, options: Options, today: date) -> Event:
    """A finding where the policy declares the file opaque and the declaration is in force, else what makes the gate an error."""
    entry = next((each for each in options.opaque if each.path == path), None)
    place = at(Location(path, line))
    if entry is not None and live(entry.sunset, today):
        message = (
            f"the commit types of {place} cannot be told: {why}; {entry.owner} answers for them through {entry.sunset}, "
            "and then they must be listed literally"
        )
        data: dict[str, object] = {"sources": [{"path": path, "line": line}], "owner": entry.owner, "sunset": entry.sunset.isoformat()}
        return finding(rules.UNREADABLE, message, Location(path, line), why, data=data)
    if entry is not None:
        way_out = f"the declaration by {entry.owner} ended on {entry.sunset}; renew it, or list them literally"
    else:
        fields = f"[[commits.opaque]] with path = {_toml(path)}, owner, reason and sunset"
        way_out = f"list them literally, or declare the file in the policy: {fields}"
    return Unread(path, line, f"the commit types cannot be told: {why}; {way_out}")


def _toml(text: str) -> str:
    """A basic string: https://toml.io/en/v1.0.0#string."""
    return '"' + "".join(f"\\{each}" if each in '"\\' else each if each.isprintable() else f"\\U{ord(each):08x}" for each in text) + '"'


# Which source the others follow


def judged_of(sources: Sequence[Source], options: Options) -> Judged:
    """What each source that can be read lets through, and whom the others follow."""
    candidates = spoken_of(sources, options)
    readable = tuple(accepting(source, candidates) for source in sources if not source.opaque)
    listing = [each for each in readable if each.types is not None and each.source.role in _ROLES]
    if options.authority:
        listing = [each for each in listing if each.source.location.path == options.authority]
    return Judged(readable, min(listing, key=_rank, default=None), bool(options.authority))


def _rank(accepting: Accepting) -> tuple[int, bool, int, Location]:
    source = accepting.source
    # The prompt of a tool may offer less than the tool accepts; a table that people read is meant to be the whole list.
    is_prompt = source.role == "tells" and source.kind != "table"
    kind = _ORDER.index(source.kind) if source.kind in _ORDER else len(_ORDER)
    return _ROLES.index(source.role), is_prompt, kind, source.location


def spoken_of(sources: Sequence[Source], options: Options) -> tuple[str, ...]:
    """Every type that anything names: what a pattern is asked about."""
    named = (listed.name for source in sources for listed in source.types or ())
    return tuple(dict.fromkeys((*named, *CONVENTIONAL, *options.machine_types, *options.types)))


def accepting(source: Source, candidates: Sequence[str]) -> Accepting:
    """Of a source that is not opaque."""
    if source.types is not None:
        listed = frozenset(each.name for each in source.types)
        # Of an expression only plain words are listed; it may take others that something names.
        named = patterns.accepted(source._replace(types=None), candidates) if source.pattern else ()
        return Accepting(source, listed.union(named))
    if not source.pattern or patterns.any_type(source):
        return Accepting(source, None)
    return Accepting(source, frozenset(patterns.accepted(source, candidates)))


def _no_authority(sources: Sequence[Source], options: Options) -> Unread:
    here = [source for source in sources if source.location.path == options.authority]
    if not here:
        why = "no commit types are listed in it"
    elif any(source.opaque for source in here):
        why = "its types cannot be told"
    elif all(source.role == "releases" for source in here):
        why = "it says what a release shows, not what may be written"
    else:
        why = "it lets any type through"
    line = here[0].location.line if here else 0
    return Unread(options.authority, line, f"the policy names it as the authority on commit types, and {why}; name a file that lists them")


def _single(source: Source) -> Finding:
    what = "titles" if source.role == "checks-title" else "messages"
    other = "commits" if source.role == "checks-title" else "titles of pull requests"
    message = f"{placed(source)} alone says which types {what} may have, and nothing that could be read does for {other}"
    return finding(rules.SINGLE, message, source.location, source.kind, data={"sources": [reference(source)]})


# Accepting and telling sources


def differences(other: Accepting, authority: Accepting, options: Options) -> Difference:
    """Types that only programs write make no difference."""
    if other.types is None or authority.types is None:
        return Difference((), ())
    free = frozenset(options.machine_types)
    lacks = authority.in_order(authority.types - other.types - free)
    adds = other.in_order(other.types - authority.types - free)
    # A prompt may leave out what is rarely typed by hand: commitizen's own offers 9 of the 12 types that it accepts.
    may_lack = other.source.role == "tells" and other.source.kind != "table"
    return Difference(() if may_lack else tuple(lacks), tuple(adds))


def _compared(other: Accepting, authority: Accepting, declared: bool, options: Options) -> Iterator[Finding]:
    source = other.source
    first, second = placed(source), placed(authority.source)
    way_out = "write the same list in both, and name the one to follow as `authority` in the policy"
    if declared:
        way_out = f"the policy has it follow {at(authority.source.location)}, and `gates commits check --fix` writes that list"
    if other.types is None:
        if source.role == "accepts":
            listed = all_of(authority.in_order(authority.types or ()))
            message = f"{first} lets any type through, and {second} only {listed}; {way_out}"
            sources = [reference(source), reference(authority.source)]
            # A pattern that takes any type was meant to take some. A tool that is asked nothing about types may be there for other things.
            severity = None if source.pattern else Severity.MEDIUM
            yield finding(rules.DIFFER, message, source.location, f"{source.kind} any type", severity=severity, data={"sources": sources})
        return
    lacks, adds = differences(other, authority, options)
    if not lacks and not adds:
        return
    parts = []
    if lacks:
        parts.append(f"{first} lacks {_at_places(lacks, authority)} of {second}")
    if adds:
        has = "has" if lacks else f"{first} has"
        parts.append(f"{has} {_at_places(adds, other)}, which {name_of(authority.source) if lacks else second} lacks")
    message = f"{' and '.join(parts)}; {way_out}"
    subject = " ".join((source.kind, *(f"-{name}" for name in lacks), *(f"+{name}" for name in adds)))
    data: dict[str, object] = {
        "lacks": list(lacks),
        "adds": list(adds),
        "sources": [reference(source), reference(authority.source)],
    }
    yield finding(rules.DIFFER, message, source.location, subject, data=data)


def _at_places(names: Sequence[str], holder: Accepting) -> str:
    """Types with their lines, where the list is spread over several."""
    line = holder.source.location.line
    told = []
    for name in names[:MOST_SHOWN]:
        place = holder.place(name)
        told.append(f"{shown(name)} ({at(place)})" if place.line not in (0, line) else shown(name))
    return joined(told, len(names))


# What expressions let through beyond the lists


def _more(other: Accepting, authority: Accepting, judged: Judged, options: Options, today: date) -> Iterator[Event]:
    """Either of the two may be an expression, whose types need not look like words and need not have an end."""
    if other.types is None or authority.types is None or (other.source.role == "tells" and other.source.kind != "table"):
        return
    known = other.types | authority.types | frozenset(options.machine_types)
    for first, second in ((other, authority), (authority, other)):
        if _limited(first, judged.readable):
            continue
        source = first.source
        try:
            expression = patterns.expression_of(source)
            found = beyond(expression, known, patterns.expression_of(second.source)) if expression else None
        except ValueError as error:
            why = f"of its expression no types can be told: {error}"
            yield unreadable(source.location.path, source.location.line, why, options, today)
            continue
        if found is not None:
            respelled = found.type.casefold() in {name.casefold() for name in known}
            what = "takes other spellings of types" if respelled else "lets more types through than it lists"
            message = (
                f"{placed(source)} {what}, such as {shown(found.type)} in {shown(found.header)}, "
                f"which {placed(second.source)} lacks; write each type in full, and the same list in both"
            )
            sources = [reference(source), reference(second.source)]
            data: dict[str, object] = {"type": found.type, "header": found.header, "sources": sources}
            yield finding(rules.DIFFER, message, source.location, f"{source.kind} more types", data=data)


def _limited(accepting: Accepting, readable: Sequence[Accepting]) -> bool:
    """A title must pass every check of titles, so a plain list among them holds what an expression beside it lets through."""
    return accepting.source.role == "checks-title" and any(
        each.source.role == "checks-title" and each.types is not None and not (each.source.pattern or each.source.header.pattern)
        for each in readable
    )


# Releasing sources


def _writable(judged: Judged, authority: Accepting) -> frozenset[str] | None:
    """What at least one source lets through; None: any type."""
    deciding = [each for each in judged.readable if each.source.role in ("accepts", "checks-title")] or [authority]
    if any(each.types is None for each in deciding):
        return None
    return frozenset(name for each in deciding for name in each.types or ())


def _unwritable(release: Source, authority: Accepting, writable: frozenset[str] | None, options: Options) -> Iterator[Finding]:
    """What a tool knows by default is not what anyone here expects to be announced."""
    if release.implied or writable is None:
        return
    unique: dict[str, Listed] = {}
    for listed in release.types or ():
        unique.setdefault(listed.name, listed)
    for listed in unique.values():
        if listed.name in writable or listed.name in options.machine_types or listed.hidden:
            continue
        message = (
            f"{name_of(release)} shows {shown(listed.name)} ({at(listed.location)}), which nobody may write: "
            f"{placed(authority.source)} lets {all_of(authority.in_order(authority.types or ()))} through; rename it, drop it or accept it"
        )
        sources = [reference(release, listed.location), reference(authority.source)]
        data: dict[str, object] = {"type": listed.name, "sources": sources}
        yield finding(rules.UNWRITABLE, message, listed.location, listed.name, data=data)


def _lost(release: Source, authority: Accepting, options: Options) -> Iterator[Finding]:
    """The defaults of a tool leave the usual types out knowing of them; of types that a repository made up they know nothing."""
    if release.types is None or authority.types is None:
        return
    free = frozenset((*options.machine_types, *options.unreleased, *(CONVENTIONAL if release.implied else ())))
    known = frozenset(listed.name for listed in release.types)
    lost = authority.in_order(authority.types - known - free)
    if not lost:
        return
    message = (
        f"{placed(release)} neither shows nor hides {_at_places(lost, authority)}, which {placed(authority.source)} accepts; "
        "give a section, hide it there, or list it in `unreleased` of the policy"
    )
    sources = [reference(release), reference(authority.source)]
    data: dict[str, object] = {"types": list(lost), "sources": sources}
    yield finding(rules.LOST, message, release.location, " ".join((release.kind, *lost)), data=data)
