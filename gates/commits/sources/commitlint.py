"""commitlint: https://commitlint.js.org/reference/configuration.html and https://commitlint.js.org/reference/rules.html."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from gates.commits.source import Header, Ignored, Listed, Source
from gates.commits.sources.places import Text, at_value
from gates.commits.well_known import COMMITLINT
from gates.core.documents import MAX_BYTES, DocumentError, Node, Table, Value, read_json, read_yaml
from gates.core.documents.node import quoted
from gates.core.finding import Location

_CONVENTIONAL: Final = ("build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test")
_ANGULAR: Final = ("build", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test")

# In the order in which commitlint looks; package.json and package.yaml count where they hold the key "commitlint".
FILES: Final = COMMITLINT
_LOWER: Final = "^[^A-Z]*$"  # of the cases of a subject, the one that an expression can say
_MODULE: Final = re.compile(r".*\.[cm]?[jt]s")
_OPTIONS: Final[dict[tuple[str, str], Value]] = {
    ("RuleConfigSeverity", "Disabled"): 0,
    ("RuleConfigSeverity", "Warning"): 1,
    ("RuleConfigSeverity", "Error"): 2,
}


class _Preset(NamedTuple):
    """`types` None: it has no rule for types. `scoped`: its scopes are found out when it runs."""

    types: tuple[str, ...] | None
    max_length: int = 0
    scoped: bool = False


# https://github.com/conventional-changelog/commitlint/tree/master/%40commitlint
_PRESETS: Final = {
    "@commitlint/config-conventional": _Preset(_CONVENTIONAL, 100),
    "@commitlint/config-angular": _Preset(_ANGULAR, 72),
    "@commitlint/config-angular-type-enum": _Preset(_ANGULAR),
    "@commitlint/config-patternplate": _Preset(_ANGULAR, 72, scoped=True),
    **{f"@commitlint/config-{name}-scopes": _Preset(None, scoped=True) for name in ("lerna", "nx", "pnpm", "rush", "workspace")},
}


class _Rule(NamedTuple):
    """A rule that is written out. `on`: breaking it fails the check. `value` None: the rule has none."""

    on: bool
    never: bool
    value: Node | None
    location: Location


class _Types(NamedTuple):
    types: tuple[Listed, ...] | None
    implied: bool = False
    opaque: str = ""


def is_source(path: str) -> bool:
    """commitlint looks in the folder where it is run, which is the root for its hook."""
    return path in FILES


def read(data: bytes, path: str) -> list[Source]:
    """None for a package without the key."""
    root = _root(data, path)
    if root is None:
        return []
    if root.tag:
        return [Source("commitlint", "accepts", at_value(root, path), None, opaque=f"the module is not read: {root.value}")]
    table = Table(root, path, "the configuration of commitlint")
    extended = _extended(table)
    rules = _rules(table)
    if isinstance(rules, str):
        return [Source("commitlint", "accepts", at_value(root, path), None, opaque=rules)]
    rule, why = _rule(rules, "type-enum", table.path) if rules else (None, "")
    place = rule.location if rule else _place(table, root)
    if why:
        types = _Types(None, opaque=why)
    elif rule:
        types = _Types(_enumerated(rule, path))
    else:
        types = _preset_types(table, extended, place)
    header = _header(rules, extended, path)
    opaque = types.opaque or _parsed(table)
    listed = None if opaque else types.types
    ignores = _ignores(table)
    return [Source("commitlint", "accepts", place, listed, implied=types.implied, opaque=opaque, header=header, ignores=ignores)]


def _parsed(table: Table) -> str:
    """Why it cannot be told what of a header is the type; "" where the usual expression of a header says so."""
    node = table.node("parserPreset")
    if node is None or node.value is None:
        return ""
    options = node.value.get("parserOpts") if isinstance(node.value, dict) else None
    if node.tag or (options is not None and options.tag):
        return "its parserPreset is computed"
    if options is not None and isinstance(options.value, dict) and "headerPattern" in options.value:
        return "its parserPreset has a headerPattern of its own"
    return ""


def _ignores(table: Table) -> tuple[Ignored, ...]:
    """Functions that say of a message whether it is judged at all."""
    node = table.node("ignores")
    if node is None or (not node.tag and not node.value):
        return ()
    return (Ignored("ignores", at_value(node, table.path)),)


def _root(data: bytes, path: str) -> Node | None:
    """The configuration; None where a package has none."""
    if _MODULE.fullmatch(path):
        from gates.commits.sources.javascript import exported  # most repositories configure commitlint in another way

        return exported(Text(data, path, MAX_BYTES), _OPTIONS)
    if path in ("package.json", "package.yaml"):
        package = Table(read_json(data, path) if path.endswith(".json") else read_yaml(data, path), path)
        return package.node("commitlint")
    if path.endswith(".json"):
        return read_json(data, path)
    if path == ".commitlintrc" and data.lstrip()[:1] == b"{":
        try:
            return read_json(data, path)
        except DocumentError:
            pass  # YAML has such tables too, with comments and without quotes
    return read_yaml(data, path)


def _place(table: Table, root: Node) -> Location:
    found = table.node("extends")
    return at_value(found or root, table.path)


def _computed(table: Table, key: str) -> bool:
    """The key's value is computed, or may come from what the object takes over."""
    node = table.node(key)
    return bool(node.tag) if node else "..." in table


def _extended(table: Table) -> tuple[str, ...] | None:
    """The presets, in their order; None where they are computed."""
    if _computed(table, "extends"):
        return None
    node = table.node("extends")
    if node is None:
        return ()
    items = node.value if isinstance(node.value, list) else [node]
    if any(item.tag for item in items):
        return None
    for item in items:
        if not isinstance(item.value, str):
            raise DocumentError("'extends' must be the name of a preset, or a list of them", table.path, item.line)
    return tuple(str(item.value) for item in items)


def _rules(table: Table) -> Table | str | None:
    """Text says why they cannot be told."""
    if _computed(table, "rules"):
        return "the rules are computed"
    return table.table("rules")


def _rule(rules: Table, name: str, path: str) -> tuple[_Rule | None, str]:
    """A rule as `[severity, "always" or "never", value]`; or why it cannot be told."""
    node = rules.node(name)
    if _computed(rules, name):
        return None, f"{name} is computed"
    if node is None:
        return None, ""
    parts = node.value if isinstance(node.value, list) else []
    if any(part.tag or (isinstance(part.value, list) and any(item.tag for item in part.value)) for part in parts):
        return None, f"{name} is computed"
    severity = parts[0].value if parts else None
    applicable = parts[1].value if len(parts) > 1 else "always"
    if isinstance(severity, bool) or severity not in (0, 1, 2) or applicable not in ("always", "never") or len(parts) > 3:
        raise DocumentError(f"{quoted(name)} must be a list: 0, 1 or 2, then always or never, then the value", path, node.line)
    value = parts[2] if len(parts) > 2 else None
    # A warning lets the message through.
    return _Rule(severity == 2, applicable == "never", value, at_value(value or node, path)), ""


def _enumerated(rule: _Rule, path: str) -> tuple[Listed, ...] | None:
    """None where any type will do: the rule is off, or says which types there must not be."""
    if not rule.on or rule.never:
        return None
    if rule.value is None:
        return ()
    if not isinstance(rule.value.value, list):
        raise DocumentError("the value of 'type-enum' must be a list of types", path, rule.value.line)
    types = []
    for item in rule.value.value:
        if not isinstance(item.value, str):
            raise DocumentError("a type must be text", path, item.line)
        types.append(Listed(item.value, at_value(item, path)))
    return tuple(types)


def _preset_types(table: Table, extended: tuple[str, ...] | None, place: Location) -> _Types:
    """Of the presets, the last that says something of types decides."""
    if extended is None:
        return _Types(None, opaque="what it extends is computed")
    for name in reversed(extended):
        preset = _PRESETS.get(name)
        if preset is None:
            return _Types(None, opaque=f"it extends {quoted(name)}, whose rules are not known")
        if preset.types is not None:
            return _Types(tuple(Listed(one, place) for one in preset.types), implied=True)
    return _Types(None)


def _header(rules: Table | None, extended: tuple[str, ...] | None, path: str) -> Header:
    """What cannot be told is not asked for."""
    presets = [_PRESETS[name] for name in extended or () if name in _PRESETS]
    length = next((preset.max_length for preset in reversed(presets) if preset.max_length), 0)
    if rules is None:
        return Header(max_length=length)
    longest, why = _rule(rules, "header-max-length", path)
    if longest or why:
        length = _whole(longest.value) if longest and longest.on and not longest.never else 0
    scopes, _ = _rule(rules, "scope-enum", path)
    empty, _ = _rule(rules, "scope-empty", path)
    none_given = bool(empty and empty.on and not empty.never)
    names = () if none_given else _texts(scopes.value) if scopes and scopes.on and not scopes.never and scopes.value else None
    case, _ = _rule(rules, "subject-case", path)
    lower = bool(case and case.on and not case.never and case.value and case.value.value in ("lower-case", "lowercase"))
    return Header(length, names, bool(empty and empty.on and empty.never), _LOWER if lower else "")


def _whole(node: Node | None) -> int:
    return node.value if node and isinstance(node.value, int) and not isinstance(node.value, bool) else 0


def _texts(node: Node) -> tuple[str, ...] | None:
    """An empty list of scopes allows any."""
    if isinstance(node.value, dict):
        node = node.value.get("scopes", node)
    if node.tag or not isinstance(node.value, list) or any(item.tag for item in node.value):
        return None
    return tuple(str(item.value) for item in node.value) or None
