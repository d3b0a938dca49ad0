"""commitizen: https://commitizen-tools.github.io/commitizen/config/configuration_file/ and .../customization/config_file/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from gates.commits import patterns
from gates.commits.source import Header, Ignored, Listed, Role, Source
from gates.commits.sources.places import Text, at_value, listed_by
from gates.commits.well_known import COMMITIZEN
from gates.core.documents import MAX_BYTES, DocumentError, Node, Table, read_json, read_toml, read_yaml
from gates.core.finding import Location

# In the order in which commitizen looks: the first that holds its table counts, the others do not (4.x; before, pyproject.toml was first).
FILES: Final = COMMITIZEN

# What cz_conventional_commits accepts, by its schema pattern, and what its prompt offers.
ACCEPTED: Final = ("build", "bump", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test")
OFFERED: Final = ("fix", "feat", "docs", "style", "refactor", "perf", "test", "build", "ci")

# https://commitizen-tools.github.io/commitizen/commands/check/#allowed-prefixes
_PREFIXES: Final = ("Merge", "Revert", "Pull request", "fixup!", "squash!", "amend!")
_TYPE_QUESTIONS: Final = ("change_type", "type", "prefix", "commit_type", "tag")
_FIRST_VARIABLE: Final = re.compile(r"\s*(?:\{\{-?\s*([A-Za-z_]\w*)|\$\{?([A-Za-z_]\w*))")
_TYPE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def is_source(path: str) -> bool:
    """commitizen looks in the root of the repository, and in the folder where it is run."""
    return path in FILES


def read(data: bytes, path: str) -> list[Source]:
    """Without commitizen's table, none."""
    node = _settings(data, path)
    if node is None:
        return []
    table = Table(node, path, "the table of commitizen")
    text = Text(data, path, MAX_BYTES)
    name = table.node("name")
    plugin = table.text("name", "cz_conventional_commits")
    header = Header(max_length=table.whole("message_length_limit", 0))
    place = at_value(name or node, path)
    if plugin == "cz_conventional_commits":
        sources = [_default("accepts", ACCEPTED, place, header), _default("tells", OFFERED, place)]
    elif plugin == "cz_customize":
        customize = table.table("customize")
        if customize is None:
            raise table.error("cz_customize is configured without the table 'customize'", "name")
        sources = [*_customized(customize, at_value(_known(table, "customize"), path), header, text)]
        accepted = sources[0]
        sources += _released(customize, accepted, text)
    else:
        opaque = f"the plugin {plugin!r} decides which types there are"
        sources = [Source("commitizen", "accepts", place, None, opaque=opaque, header=header)]
    sources[0] = sources[0]._replace(ignores=_ignores(table, path))
    # Settings of the top level hold for every plugin.
    return [*sources, *_mapped(table, ("change_type_map", "bump_map"), sources[0], text)]


def _ignores(table: Table, path: str) -> tuple[Ignored, ...]:
    """Messages with such a prefix are not judged; those that git writes are known."""
    table.texts("allowed_prefixes", ())
    node = table.node("allowed_prefixes")
    items = node.value if node is not None and isinstance(node.value, list) else []
    return tuple(Ignored(f"allowed_prefixes {item.value}", at_value(item, path)) for item in items if item.value not in _PREFIXES)


def _settings(data: bytes, path: str) -> Node | None:
    if path.endswith(".toml"):
        root = read_toml(data, path)
        tools = Table(root, path).table("tool")
        return tools.node("commitizen") if tools else None
    root = read_json(data, path) if path.endswith(".json") else read_yaml(data, path)
    if root.value is None:
        return None
    found = Table(root, path).node("commitizen")
    return None if found is None or found.value is None else found


def _default(role: Role, types: Iterable[str], place: Location, header: Header = Header()) -> Source:  # noqa: B008 - an immutable record
    return Source("commitizen", role, place, tuple(Listed(name, place) for name in types), implied=True, header=header)


def _customized(table: Table, place: Location, header: Header, text: Text) -> Iterator[Source]:
    """What is accepted, first; then what the prompt offers, where it has a question for the type."""
    node = table.node("schema_pattern")
    if node is None or node.value == "":
        # Without a pattern commitizen takes every message.
        yield Source("commitizen", "accepts", place if node is None else at_value(node, text.path), None, header=header)
    else:
        table.text("schema_pattern")
        yield _matched(node, "accepts", "schema_pattern", text)._replace(header=header)
    yield from _prompts(table, text.path)


def _matched(node: Node, role: Role, what: str, text: Text) -> Source:
    found = listed_by(node, what, "python", "start", text)
    return Source("commitizen", role, at_value(node, text.path), found.types, opaque=found.opaque, pattern=str(node.value))


# The prompt


def _prompts(table: Table, path: str) -> Iterator[Source]:
    questions = table.tables("questions")
    chosen = [question for question in questions if isinstance(choices := question.node("choices"), Node) and choices.value]
    wanted = _type_variable(table)
    for question in chosen:
        name = question.node("name")
        if name is None or name.value not in wanted:
            continue
        choices = _known(question, "choices")
        yield Source("commitizen", "tells", at_value(choices, path), tuple(_choices(question, path)))
        return


def _type_variable(table: Table) -> tuple[str, ...]:
    """The question whose answer the message starts with; the usual names where the template does not start with an answer."""
    template = table.node("message_template")
    first = _FIRST_VARIABLE.match(str(template.value)) if template else None
    return (str(first[1] or first[2]),) if first else _TYPE_QUESTIONS


def _choices(question: Table, path: str) -> Iterator[Listed]:
    node = _known(question, "choices")
    if not isinstance(node.value, list):
        raise question.error("'choices' must be a list", "choices")
    for choice in node.value:
        parts = choice.value
        value = parts.get("value", parts.get("name")) if isinstance(parts, dict) else choice
        if value is None or not isinstance(value.value, str):
            raise DocumentError("a choice must be text, or have text as its 'value'", path, choice.line)
        name = value.value.strip().removesuffix(":").rstrip()
        if name:  # an empty one leaves the type out
            yield Listed(name, at_value(value, path))


# What is released


def _released(table: Table, accepted: Source, text: Text) -> Iterator[Source]:
    for key in ("changelog_pattern", "commit_parser"):
        node = table.node(key)
        if node is not None and node.value != "":
            table.text(key)
            source = _matched(node, "releases", key, text)
            if not source.opaque:
                yield source
            elif source.opaque.startswith(f"the {key} cannot be read"):
                raise table.error(source.opaque, key)
    yield from _mapped(table, ("bump_map", "change_type_map"), accepted, text)


def _mapped(table: Table, keys: Iterable[str], accepted: Source, text: Text) -> Iterator[Source]:
    """A type that a map leaves out is not lost: it raises no version, or keeps its name as its heading. So it is hidden on purpose."""
    for key in keys:
        node = table.node(key)
        if node is None:
            continue
        entries = Table(node, text.path, repr(key))
        found: dict[str, Listed] = {}
        for entry in entries:
            place = _known(entries, entry)
            for name in _types_of(entry, entries) if key == "bump_map" else (entry,):
                if _TYPE.fullmatch(name):
                    found.setdefault(name, Listed(name, Location(text.path, place.key_line, place.key_column)))
        rest = [Listed(one.name, at_value(node, text.path), hidden=True) for one in accepted.types or () if one.name not in found]
        yield Source("commitizen", "releases", at_value(node, text.path), (*found.values(), *rest))


def _types_of(pattern: str, entries: Table) -> tuple[str, ...]:
    """Of a key of `bump_map`: an expression for what stands before the colon. None of them where any type does."""
    try:
        compiled = patterns.compile(pattern, "python", mode="start")
    except ValueError as error:
        raise entries.error(f"the expression {pattern!r} cannot be read: {error}", pattern) from None
    return tuple(word.text for word in patterns.words(compiled) or ())


def _known(table: Table, key: str) -> Node:
    node = table.node(key)
    assert node is not None  # noqa: S101 - for the type checker: the caller has seen the key
    return node
