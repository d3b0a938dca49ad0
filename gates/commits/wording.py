"""How findings name types and the sources that list them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from gates.commits.source import Kind, Source
from gates.core.finding import Finding, Location
from gates.core.gate import Unread

EventT = TypeVar("EventT", Finding, "Finding | Unread")

# Which tool a source belongs to, for people.
NAMES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "commitizen": "commitizen",
        "commitlint": "commitlint",
        "committed": "committed",
        "gitlint": "gitlint",
        "semantic-pull-request": "action-semantic-pull-request",
        "title-action": "the title action",
        "title-script": "the title script",
        "gates-lint": "gates commits lint",
        "release-please": "release-please",
        "semantic-release": "semantic-release",
        "git-cliff": "git-cliff",
        "table": "the table",
    }
)
_PROMPT: Final = {"commitizen": "the prompt of commitizen", "commitlint": "the prompt of commitlint"}
# Whose list it is where the file spells out none.
_DEFAULT_OF: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        "commitizen": "commitizen 4",
        "commitlint": "its preset",
        "committed": "committed 1",
        "gitlint": "gitlint 0.19",
        "semantic-pull-request": "the action",
        "gates-lint": "the policy",
        "release-please": "release-please 17",
        "semantic-release": "its preset",
    }
)
MOST_SHOWN: Final = 30
_LONGEST_SHOWN: Final = 60


def shown(text: str) -> str:
    """Quoted, with what cannot be seen escaped."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…")


def all_of(names: Iterable[str], last: str = "and") -> str:
    """'a', 'b' and 'c'; a list that no person reads to its end is cut."""
    told = [shown(name) for name in names]
    return joined(told[:MOST_SHOWN], len(told), last)


def joined(told: Sequence[str], count: int, last: str = "and") -> str:
    """`count` is of all, of which those told may be the first."""
    if count > len(told):
        return f"{', '.join(told)} {last} {count - len(told)} more"
    return f"{', '.join(told[:-1])} {last} {told[-1]}" if count > 1 else told[0] if told else "nothing"


def at(location: Location) -> str:
    """path:line; the path alone where the line is not known."""
    path = shown(location.path)[1:-1] if not location.path.isprintable() else location.path
    return f"{path}:{location.line}" if location.line else path


def name_of(source: Source) -> str:
    """Who lists: the tool, or what tells people."""
    if source.role == "tells":
        return _PROMPT.get(source.kind, NAMES[source.kind])
    return NAMES[source.kind]


def placed(source: Source) -> str:
    """Who lists, and where; a list that the file does not spell out is said to be the tool's own."""
    default = f", by default of {_DEFAULT_OF.get(source.kind, 'the tool')}" if source.implied else ""
    return f"{name_of(source)} ({at(source.location)}{default})"


def reference(source: Source, location: Location | None = None) -> dict[str, object]:
    """For the data of a finding."""
    where = location or source.location
    return {"path": where.path, "line": where.line, "kind": source.kind}


def numbered(events: Iterable[EventT]) -> Iterator[EventT]:
    """Each subject of a rule once in a file: an ordinal tells a second list of one file, wrong in the same way, from the first."""
    seen: dict[tuple[str, str, str], int] = {}
    for event in events:
        if not isinstance(event, Finding):
            yield event
            continue
        key = (event.rule.id, event.location.path if event.location else "", event.subject)
        seen[key] = seen.get(key, 0) + 1
        yield event if seen[key] == 1 else event._replace(subject=f"{event.subject} #{seen[key]}")
