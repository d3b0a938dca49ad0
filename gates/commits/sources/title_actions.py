"""Other actions that check titles of pull requests.

https://github.com/deepakputhraya/action-pr-title#usage: a regular expression, and prefixes.
https://github.com/Slashgear/action-check-pr-title#usage: a regular expression.
https://github.com/thehanimo/pr-title-checker#usage: prefixes and a regular expression in a file, of which one must fit.
"""

from __future__ import annotations

from typing import Final

from gates.commits.source import Header, Listed, Role, Source
from gates.commits.sources import literals
from gates.commits.sources.actions import inputs_of, is_expression, steps_with, uses, written
from gates.commits.sources.locating import Text, at, at_key, text_of, words_in
from gates.core.documents import Node, Table, read_json
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.github import reading
from gates.github.workflow import Step

PREFIXES: Final = "deepakputhraya/action-pr-title"
REGEXP: Final = "slashgear/action-check-pr-title"
CHECKER: Final = "thehanimo/pr-title-checker"
ACTIONS: Final = (PREFIXES, REGEXP, CHECKER)

_CHECKER_FILE = ".github/pr-title-checker-config.json"
# A prefix that asks for a type: the word alone, or with what follows a type.
_PREFIX = lazy(r"([A-Za-z][A-Za-z0-9_-]*)\s*(?:\(.*|!?:\s*|/)?")


def is_source(path: str) -> bool:
    return path == _CHECKER_FILE or reading.is_workflow(path)


def read(data: bytes, path: str) -> list[Source]:
    """None for a step whose settings ask for no types: what these actions want by default is the number of an issue."""
    if path == _CHECKER_FILE:
        return _checker(data, path)
    workflow = reading.read(data, path)
    if workflow is None:
        return []
    text = text_of(data, path)
    return [source for _, step in steps_with(workflow, PREFIXES, REGEXP) for source in _step(step, text)]


def _step(step: Step, text: Text) -> list[Source]:
    inputs = inputs_of(step)
    if uses(step, REGEXP):
        return [_by_pattern(inputs["regexp"], text, Header())] if "regexp" in inputs else []
    longest = written(inputs.get("max_length") or inputs.get("max-length"), text.path).strip()
    header = Header(max_length=int(longest) if longest.isdecimal() and len(longest) < 6 else 0)
    # A title must fit both, so each of them is a list of its own.
    given = inputs.get("allowed_prefixes") or inputs.get("prefixes")
    found = [] if given is None else [_by_prefixes(given, text, header)]
    return [*found, _by_pattern(inputs["regex"], text, header)] if "regex" in inputs else found


def _by_prefixes(given: Node, text: Text, header: Header) -> Source:
    value, place = written(given, text.path), at_key(given, text.path)
    if is_expression(value):
        return Source("title-action", "checks-title", place, None, opaque="the prefixes are an expression, which only a run can evaluate")
    entries = [part.strip() for part in value.split(",") if part.strip()]
    named = zip(entries, words_in(text, given, entries), strict=True)
    types = tuple(Listed(name, where) for entry, where in named if (name := _type(entry)))
    return Source("title-action", "checks-title", place, types, header=header)


def _by_pattern(given: Node, text: Text, header: Header) -> Source:
    pattern, place = written(given, text.path), at_key(given, text.path)
    try:
        if is_expression(pattern):
            raise ValueError("it is an expression, which only a run can evaluate")
        words = literals.alternation(pattern)
    except ValueError as error:
        return Source("title-action", "checks-title", place, None, opaque=_untold(error), header=header)
    # Where the pattern stands on one line just as it is read, each type has its column.
    found = text.source.find(pattern, text.offset(given.line, given.column), text.offset(given.line + 1, 1))
    places = [place if found < 0 else text.place(found + word.start, len(word.text)) for word in words]
    types = tuple(Listed(word.text, where) for word, where in zip(words, places, strict=True))
    return Source("title-action", "checks-title", place, types, header=header._replace(pattern=pattern))


def _untold(error: ValueError) -> str:
    return f"of the regular expression no types can be told: {error}"


def _checker(data: bytes, path: str) -> list[Source]:
    """A title needs to fit one of the prefixes or the expression, so all together are the list."""
    checks = Table(read_json(data, path), path).table("CHECKS")
    if checks is None:
        return []
    role: Role = "tells" if checks.flag("alwaysPassCI", False) else "checks-title"
    place = Location(path, checks.line_of("prefixes"))
    checks.texts("prefixes", ())  # refuses all that is no list of texts
    prefixes = checks.node("prefixes")
    items = prefixes.value if prefixes is not None and isinstance(prefixes.value, list) else []
    listed = [Listed(name, at(item, path)) for item in items if (name := _type(str(item.value)))]
    pattern = checks.node("regexp")
    if pattern is not None and pattern.value:
        try:
            listed += [Listed(word.text, at(pattern, path)) for word in literals.alternation(checks.text("regexp"))]
        except ValueError as error:
            return [Source("title-action", role, at_key(pattern, path), None, opaque=_untold(error))]
    return [Source("title-action", role, place, tuple(listed))] if listed else []


def _type(prefix: str) -> str:
    found = _PREFIX.fullmatch(prefix)
    return found[1] if found else ""
