"""gitlint: https://jorisroovers.com/gitlint/latest/rules/contrib_rules/ and .../rules/builtin_rules/#t7-title-match-regex."""

from __future__ import annotations

from typing import Final

from gates.commits.patterns import Word
from gates.commits.source import Header, Ignored, Listed, Source
from gates.commits.sources import ini
from gates.commits.sources.ini import Value
from gates.commits.sources.places import Text, listed, listed_by
from gates.core.documents import DocumentError, Node
from gates.core.documents.node import quoted

DEFAULTS: Final = ("fix", "feat", "chore", "docs", "style", "refactor", "perf", "test", "revert", "ci", "build")

_MAX_BYTES: Final = 1 << 16
_LENGTH: Final = 72
_CONVENTIONAL: Final = ("contrib-title-conventional-commits", "CT1")
_TITLE: Final = ("title-match-regex", "T7")
_IGNORING: Final = (("ignore-by-title", "I1"), ("ignore-by-body", "I2"), ("ignore-by-author-name", "I4"))
_LONGEST: Final = ("title-max-length", "T1")

_Sections = dict[str, dict[str, Value]]


def is_source(path: str) -> bool:
    """gitlint reads the file in the folder where it is run, which is the root for its hook."""
    return path == ".gitlint"


def read(data: bytes, path: str) -> list[Source]:
    """One source for the rule on conventional titles, another for an expression that titles must match; none where both are off."""
    text = Text(data, path, _MAX_BYTES)
    sections = ini.read(text)
    general = sections.get("general", {})
    off = _names(general, "ignore")
    header = Header(max_length=0 if _listed(off, _LONGEST) else _whole(_option(sections, _LONGEST, "line-length"), path))
    sources = []
    conventional = _conventional(sections, text)
    if conventional and not _listed(off, _CONVENTIONAL):
        sources.append(conventional._replace(header=header))
    expression = _option(sections, _TITLE, "regex")
    if expression and expression.text and not _listed(off, _TITLE):
        sources.append(_matched(expression, text)._replace(header=header))
    ignores = _ignores(sections, text)
    return [source._replace(ignores=ignores) for source in sources]


def _ignores(sections: _Sections, text: Text) -> tuple[Ignored, ...]:
    """https://jorisroovers.com/gitlint/latest/ignoring_commits/; of those, what decides whether the title is judged."""
    told = []
    for rule in _IGNORING:
        regex, what = _option(sections, rule, "regex"), _option(sections, rule, "ignore")
        names = frozenset(name.strip() for name in what.text.split(",")) if what else frozenset(("all",))
        if regex and regex.text and (_listed(names, _CONVENTIONAL) or _listed(names, _TITLE)):
            told.append(Ignored(f"{rule[0]} {regex.text}", text.location(regex.offset)))
    return tuple(told)


def _conventional(sections: _Sections, text: Text) -> Source | None:
    general = sections.get("general", {})
    types = _option(sections, _CONVENTIONAL, "types")
    if types is not None:
        # Also where the file does not turn the rule on: gitlint then refuses the file, unless its command line does.
        return Source("gitlint", "accepts", text.location(types.offset), _types(types, text))
    if not _listed(_names(general, "contrib"), _CONVENTIONAL):
        return None
    place = text.location(general["contrib"].offset)
    return Source("gitlint", "accepts", place, tuple(Listed(name, place) for name in DEFAULTS), implied=True)


def _types(value: Value, text: Text) -> tuple[Listed, ...]:
    names = [name.strip() for name in value.text.split(",") if name.strip()]
    for name in names:
        if "\n" in name:
            raise DocumentError(f"the type {quoted(name)} goes over a line's end; put a comma between types", text.path, value.line)
    return listed([Word(name, 0) for name in names], _node(value, text), text)


def _matched(value: Value, text: Text) -> Source:
    found = listed_by(_node(value, text), "regex", "python", "search", text)
    return Source("gitlint", "accepts", text.location(value.offset), found.types, opaque=found.opaque, pattern=value.text)


def _node(value: Value, text: Text) -> Node:
    place = text.location(value.offset)
    return Node(value.text, place.line, place.column)


def _names(section: dict[str, Value], key: str) -> frozenset[str]:
    return frozenset(name.strip() for name in section[key].text.split(",")) if key in section else frozenset()


def _listed(names: frozenset[str], rule: tuple[str, str]) -> bool:
    return not names.isdisjoint((*rule, "all"))


def _option(sections: _Sections, rule: tuple[str, str], option: str) -> Value | None:
    """The later section wins where a rule has two, by its name and by its id; sections keep the order of the file."""
    found = None
    for name, keys in sections.items():
        if name in rule and option in keys:
            found = keys[option]
    return found


def _whole(value: Value | None, path: str) -> int:
    if value is None:
        return _LENGTH
    if not (value.text.isascii() and value.text.isdigit() and len(value.text) < 10):
        raise DocumentError(f"'line-length' must be a whole number, not {quoted(value.text)}", path, value.line)
    return int(value.text)
