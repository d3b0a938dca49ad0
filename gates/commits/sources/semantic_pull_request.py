"""Titles of pull requests as action-semantic-pull-request checks them, and the app of nearly the same name.

https://github.com/amannn/action-semantic-pull-request#configuration
https://github.com/Ezard/semantic-prs#configuration, https://github.com/zeke/semantic-pull-requests#configuration
"""

from __future__ import annotations

from typing import Final

from gates.commits import patterns
from gates.commits.source import Header, Listed, Role, Source
from gates.commits.sources.actions import inputs_of, is_expression, is_true, major_version, place_of, steps_with, written
from gates.commits.sources.locating import Text, at, at_key, text_of, words_in
from gates.core.documents import Node, Table, read_yaml
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.github import reading
from gates.github.scalars import text as scalar
from gates.github.workflow import Step

ACTION: Final = "amannn/action-semantic-pull-request"
# https://github.com/commitizen/conventional-commit-types/blob/v3.0.0/index.json, which both take where nothing is said
DEFAULT_TYPES: Final = ("feat", "fix", "docs", "style", "refactor", "perf", "test", "build", "ci", "chore", "revert")

_APP = (".github/semantic.yml", ".github/semantic.yaml")
_LAST_WITH_COMMAS = 4  # since version 5 an entry ends with its line, and a comma or a blank is part of it
_COMMAS = lazy(r"[,\s]+")


def is_source(path: str) -> bool:
    return path in _APP or reading.is_workflow(path)


def read(data: bytes, path: str) -> list[Source]:
    """One for each step that uses the action; of the app's file, one for titles, one for messages, or both. Raises DocumentError."""
    if path in _APP:
        return _app(data, path)
    workflow = reading.read(data, path)
    if workflow is None:
        return []
    text = text_of(data, path)
    return [_step(step, text) for _, step in steps_with(workflow, ACTION)]


def _step(step: Step, text: Text) -> Source:
    inputs = inputs_of(step)
    commas = (major_version(step, text) or _LAST_WITH_COMMAS + 1) <= _LAST_WITH_COMMAS
    scopes = written(inputs.get("scopes"), text.path)
    header = Header(
        scopes=tuple(_entries(scopes, commas)) if scopes.strip() and not is_expression(scopes) else None,
        scope_required=is_true(written(inputs.get("requirescope"), text.path)),
        subject_pattern=written(inputs.get("subjectpattern"), text.path),
        pattern=written(inputs.get("headerpattern"), text.path),
    )
    if why := _untold(header.pattern):
        place = at_key(inputs["headerpattern"], text.path)
        return Source("semantic-pull-request", "checks-title", place, None, opaque=why, header=header)
    given = inputs.get("types")
    if given is None:
        return _implied("checks-title", place_of(step, text.path), header)
    types, place = written(given, text.path), at_key(given, text.path)
    if is_expression(types):
        why = "the types are an expression, which only a run can evaluate"
        return Source("semantic-pull-request", "checks-title", place, None, opaque=why, header=header)
    entries = _entries(types, commas)
    found = zip(entries, words_in(text, given, entries), strict=True)
    # The action knows no comments. An entry that looks like one is a type, and no title can have it.
    listed = tuple(Listed(entry, where) for entry, where in found if not entry.startswith("#"))
    return Source("semantic-pull-request", "checks-title", place, listed, header=header)


def _untold(pattern: str) -> str:
    """Why it cannot be told which titles the header's pattern lets through; "" where it can."""
    if is_expression(pattern):
        return "the headerPattern is an expression, which only a run can evaluate"
    try:
        patterns.compile(pattern, "javascript")
    except ValueError as error:
        return f"the headerPattern cannot be followed: {error}"
    return ""


def _entries(value: str, commas: bool) -> list[str]:
    parts = _COMMAS.split(value) if commas else value.split("\n")
    return [part.strip() for part in parts if part.strip()]


def _implied(role: Role, place: Location, header: Header) -> Source:
    types = tuple(Listed(name, place) for name in DEFAULT_TYPES)
    return Source("semantic-pull-request", role, place, types, implied=True, header=header)


def _app(data: bytes, path: str) -> list[Source]:
    root = read_yaml(data, path)
    table = Table(root._replace(value={}) if root.value is None else root, path, "the configuration of the app")
    if not table.flag("enabled", True):
        return []
    scopes = table.texts("scopes", ())
    header = Header(scopes=scopes or None)
    listed = table.node("types")
    return [_app_source(role, table, listed, header) for role in _app_roles(table)]


def _app_roles(table: Table) -> tuple[Role, ...]:
    """By default one good message makes up for a bad title; it is the title that the app is there for."""
    if table.flag("titleAndCommits", False):
        return ("checks-title", "accepts")
    return ("accepts",) if table.flag("commitsOnly", False) and not table.flag("titleOnly", False) else ("checks-title",)


def _app_source(role: Role, table: Table, listed: Node | None, header: Header) -> Source:
    if listed is None:
        return _implied(role, Location(table.path, table.line), header)
    table.texts("types")  # refuses all that is no list of texts
    items = listed.value if isinstance(listed.value, list) else []
    types = tuple(Listed(scalar(item.value), at(item, table.path)) for item in items)
    return Source("semantic-pull-request", role, at_key(listed, table.path), types, header=header)
