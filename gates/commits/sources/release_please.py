"""release-please: which types its changelog shows, in which section.

https://github.com/googleapis/release-please/blob/main/docs/manifest-releaser.md#configfile
https://github.com/googleapis/release-please/blob/main/docs/customizing.md#changelog-types
https://github.com/googleapis/release-please-action#readme; of its version 3 also the input `changelog-types`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from gates.commits.source import Listed, Source
from gates.commits.sources.actions import inputs_of, is_expression, major_version, place_of, steps_with, written
from gates.commits.sources.locating import Text, at, at_key, at_top, text_of, within
from gates.core.documents import DocumentError, Node, Table, read_json
from gates.core.finding import Location
from gates.github import reading
from gates.github.workflow import Step

ACTIONS: Final = ("googleapis/release-please-action", "google-github-actions/release-please-action")

_FILES = ("release-please-config.json", ".release-please-config.json")
# Without sections of its own a package has those of its release type; where that has none, the defaults of the preset that it writes with:
# https://github.com/conventional-changelog/conventional-changelog-config-spec/blob/master/versions/2.2.0/README.md#types
# https://github.com/googleapis/release-please/tree/main/src/strategies. Names that end with "-" are hidden.
_USUAL = "feat feature fix perf revert docs- style- chore- refactor- test- build- ci-"
_DEPENDENCIES = "feat fix perf deps revert docs style- chore- refactor- test- build- ci-"
_DOCUMENTED = "feat fix perf revert docs style- chore- refactor- test- build- ci-"
_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "java": _DEPENDENCIES,
        "maven": _DEPENDENCIES,
        "python": _DEPENDENCIES,
        "r": _DEPENDENCIES,
        "php": "feat fix perf revert chore docs- style- refactor- test- build- ci-",
        "dotnet-yoshi": _DOCUMENTED,
        "go-yoshi": _DOCUMENTED,
        "ruby-yoshi": _DOCUMENTED,
        "php-yoshi": "feat fix perf revert docs misc chore- style- refactor- test- build- ci-",
    }
)
# These take no sections from a configuration.
_FIXED = frozenset(("go-yoshi", "ruby-yoshi", "php-yoshi"))
_LAST_WITH_INPUT = 3


def is_source(path: str) -> bool:
    return (at_top(path) and path.rpartition("/")[2] in _FILES) or reading.is_workflow(path)


def read(data: bytes, path: str) -> list[Source]:
    """Of a configuration, one for each list of sections that a package goes by. Raises DocumentError."""
    if not reading.is_workflow(path):
        return list(_configuration(Table(read_json(data, path), path)))
    workflow = reading.read(data, path)
    if workflow is None:
        return []
    text = text_of(data, path)
    return [source for _, step in steps_with(workflow, *ACTIONS) for source in _step(step, text)]


def _configuration(top: Table) -> Iterator[Source]:
    packages = top.table("packages")
    tables = [top] if packages is None or not list(packages) else [Table(node, top.path, "a package") for node in _values(packages)]
    seen = set()
    for package in tables:
        source = _package(package, top)
        if source is None:
            continue
        # Packages that share a list, and those that share the defaults of one release type, are one source.
        key = tuple((each.name, each.hidden) for each in source.types or ()) if source.implied else source.location
        if key not in seen:
            seen.add(key)
            yield source


def _values(table: Table) -> list[Node]:
    return [node for key in table if (node := table.node(key)) is not None]


def _package(package: Table, top: Table) -> Source | None:
    """None where GitHub writes the notes, from pull requests and not from types."""
    if _setting(package, top, "changelog-type", "default") == "github":
        return None
    kind = _setting(package, top, "release-type", "node")
    holder = next((table for table in (package, top) if "changelog-sections" in table), None)
    if holder is None or kind in _FIXED:
        line = holder.line_of("changelog-sections") if holder is not None else package.line
        return _implied(kind, Location(top.path, line))
    node = holder.node("changelog-sections")
    assert node is not None  # noqa: S101 - for the type checker: the table has it
    types = tuple(Listed(name, at(inner, top.path), hidden) for name, inner, hidden in _sections(holder.tables("changelog-sections", None)))
    return Source("release-please", "releases", at_key(node, top.path), types)


def _setting(package: Table, top: Table, key: str, default: str) -> str:
    return package.text(key, top.text(key, default))


def _implied(kind: str, place: Location) -> Source:
    names = _DEFAULTS.get(kind, _USUAL).split()
    types = tuple(Listed(name.rstrip("-"), place, name.endswith("-")) for name in names)
    return Source("release-please", "releases", place, types, implied=True)


def _sections(sections: Iterable[Table]) -> Iterator[tuple[str, Node, bool]]:
    """A type may be "": commits that have none."""
    for section in sections:
        node = section.node("type")
        if node is None or not isinstance(node.value, str):
            raise section.error("'type' of a section must be text", "type")
        if node.value:
            yield node.value, node, section.flag("hidden", False)


def _step(step: Step, text: Text) -> Iterator[Source]:
    """Without `release-type` the action goes by the configuration's file, which is a source of its own."""
    inputs = inputs_of(step)
    given = inputs.get("changelog-types")
    if given is not None and (major_version(step, text) or _LAST_WITH_INPUT) <= _LAST_WITH_INPUT:
        yield _input(given, text)
    elif "release-type" in inputs and written(inputs.get("changelog-notes-type"), text.path) != "github":
        yield _implied(written(inputs["release-type"], text.path), place_of(step, text.path))


def _input(given: Node, text: Text) -> Source:
    value, place = written(given, text.path), at_key(given, text.path)
    if is_expression(value):
        why = "the types are an expression, which only a run can evaluate"
        return Source("release-please", "releases", place, None, opaque=why)
    try:
        root = read_json(value.encode(), text.path)
        if not isinstance(root.value, list):
            raise DocumentError("'changelog-types' must be a JSON list of tables", text.path)
        found = list(_sections(Table(item, text.path, "an entry of 'changelog-types'") for item in root.value))
    except DocumentError as error:
        raise DocumentError(f"in 'changelog-types': {error.message}", text.path, given.key_line) from None
    types = tuple(Listed(name, within(text, given, inner, f'"{name}"'), hidden) for name, inner, hidden in found)
    return Source("release-please", "releases", place, types)
