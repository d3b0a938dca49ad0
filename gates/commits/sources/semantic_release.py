"""semantic-release: which types its notes show, and which of them its analyzer makes a release of; also python-semantic-release.

https://semantic-release.gitbook.io/semantic-release/usage/configuration
https://github.com/semantic-release/release-notes-generator#options: `preset`, angular by default, and `presetConfig.types`
https://github.com/semantic-release/commit-analyzer#releaserules
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from gates.commits.source import Listed, Source
from gates.commits.sources import python_semantic_release
from gates.commits.sources.javascript import COMPUTED, SPREAD, exported
from gates.commits.sources.locating import at, at_key, at_top
from gates.commits.sources.places import Text
from gates.core.documents import MAX_BYTES, DocumentError, Node, Table, read_json, read_yaml
from gates.core.finding import Location
from gates.core.patterns import lazy

_ANALYZER: Final = "@semantic-release/commit-analyzer"
_NOTES: Final = "@semantic-release/release-notes-generator"
_USUAL_PLUGINS: Final = (_ANALYZER, _NOTES)

_DATA = (".releaserc", ".releaserc.json", ".releaserc.yaml", ".releaserc.yml")
_MODULES = tuple(f"{name}.{ending}" for name in (".releaserc", "release.config") for ending in ("js", "cjs", "mjs", "ts"))
_SHARED = "package.json"
_DECIDING = ("extends", "plugins", "preset", "presetConfig", "config", "releaseRules")
# https://github.com/conventional-changelog/conventional-changelog/tree/master/packages/conventional-changelog-angular#type and
# https://github.com/conventional-changelog/conventional-changelog-config-spec/blob/master/versions/2.2.0/README.md#types.
# Names that end with "-" are known and left out.
_PRESETS = {
    "angular": "feat fix perf revert docs- style- refactor- test- build- ci-",
    "conventionalcommits": "feat feature fix perf revert docs- style- chore- refactor- test- build- ci-",
}
_PLAIN = lazy(r"[A-Za-z][A-Za-z0-9_-]*")  # anything else in a rule is a glob
# A plugin of that name may write notes of its own.
_WRITES_NOTES = lazy(r"notes|changelog|gitmoji")


def is_source(path: str) -> bool:
    if path == _SHARED or python_semantic_release.is_source(path):
        return True
    return at_top(path) and path.rpartition("/")[2] in (*_DATA, *_MODULES)


def read(data: bytes, path: str) -> list[Source]:
    """One for the notes, and one for the rules of the analyzer where it has any. None for a package.json without the tool's table.
    Raises DocumentError.
    """
    name = path.rpartition("/")[2]
    if python_semantic_release.is_source(path):
        return python_semantic_release.read(data, path)
    if name == _SHARED:
        root = read_json(data, path)
        release = root.value.get("release") if isinstance(root.value, dict) else None
        if release is not None and isinstance(release.value, str):
            return [_opaque(at_key(release, path), f"the configuration is that of {release.value!r}, which is not in the repository")]
        return [] if release is None else list(_sources(Table(release, path, "'release'")))
    if name in _MODULES:
        return _module(data, path)
    root = _document(data, path)
    return list(_sources(Table(root._replace(value={}) if root.value is None else root, path)))


def _document(data: bytes, path: str) -> Node:
    """Without an extension it is YAML, and JSON is that too, but for the tabs that people indent it with."""
    if path.endswith(".json"):
        return read_json(data, path)
    if not path.endswith(("yaml", "yml")) and data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        with suppress(DocumentError):
            return read_json(data, path)
    return read_yaml(data, path)


def _module(data: bytes, path: str) -> list[Source]:
    root = exported(Text(data, path, MAX_BYTES), {})
    table = root.value if isinstance(root.value, dict) else {}
    decides = [root, *(table[key] for key in _DECIDING if key in table)]
    computed = next((node for node in decides if _is_computed(node, node is not root)), None)
    if computed is not None:
        return [_opaque(at(computed, path), "the configuration is a program, of which only literals are read")]
    return list(_sources(Table(root, path)))


def _is_computed(node: Node, deep: bool) -> bool:
    if node.tag == COMPUTED:
        return True
    inner = list(node.value.values()) if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else []
    return (isinstance(node.value, dict) and SPREAD in node.value) or (deep and any(_is_computed(each, True) for each in inner))


def _sources(top: Table) -> Iterator[Source]:
    place = Location(top.path, top.line)
    extends = top.node("extends")
    if "plugins" not in top and extends is not None and extends.value:
        yield _opaque(at_key(extends, top.path), "the plugins are those of a shared configuration, which is not in the repository")
        return
    plugins = dict(_plugins(top))
    if _ANALYZER in plugins:
        yield from _rules(plugins[_ANALYZER], top)
    if _NOTES in plugins:
        yield _notes(plugins[_NOTES], top)
    elif others := [name for name in plugins if not name.startswith("@semantic-release/") and _WRITES_NOTES.search(name)]:
        yield _opaque(place, f"the notes are written by the plugin {others[0]!r}, which is a program")


def _plugins(top: Table) -> Iterator[tuple[str, Table | None]]:
    """Names with their own settings, None where they have none."""
    listed = top.node("plugins")
    if listed is None:
        yield from ((name, None) for name in _USUAL_PLUGINS)
        return
    if not isinstance(listed.value, list):
        raise top.error("'plugins' must be a list", "plugins")
    for item in listed.value:
        parts = item.value if isinstance(item.value, list) else [item]
        if not parts or not isinstance(parts[0].value, str) or len(parts) > 2:
            raise DocumentError("a plugin must be its name, or a list of its name and its settings", top.path, item.line)
        yield parts[0].value, Table(parts[1], top.path, "the settings of a plugin") if len(parts) == 2 else None


def _setting(plugin: Table | None, top: Table, key: str) -> Node | None:
    """A plugin also gets the settings of the top level, its own first."""
    own = plugin.node(key) if plugin is not None else None
    return own if own is not None else top.node(key)


def _notes(plugin: Table | None, top: Table) -> Source:
    preset, config = _setting(plugin, top, "preset"), _setting(plugin, top, "config")
    place = Location(top.path, plugin.line if plugin is not None else top.line_of("plugins"))
    if preset is not None:
        place = at_key(preset, top.path)
    elif config is not None:
        return _opaque(at_key(config, top.path), "the types are those of a package that is not in the repository")
    name = preset.value if preset is not None else "angular"
    if not isinstance(name, str) or name not in _PRESETS:
        return _opaque(place, f"of the preset {name!r} no types are known" if isinstance(name, str) else "the preset is no name")
    settings = _setting(plugin, top, "presetConfig")
    types = settings.value.get("types") if settings is not None and isinstance(settings.value, dict) else None
    if name == "angular" or types is None:  # the other preset takes settings, this one does not
        return _preset(name, place)
    return Source("semantic-release", "releases", at_key(types, top.path), tuple(_listed(types, top.path)))


def _preset(name: str, place: Location) -> Source:
    types = tuple(Listed(each.rstrip("-"), place, each.endswith("-")) for each in _PRESETS[name].split())
    return Source("semantic-release", "releases", place, types, implied=True)


def _listed(types: Node, path: str) -> Iterator[Listed]:
    if not isinstance(types.value, list):
        raise DocumentError("'types' must be a list of tables", path, types.key_line)
    for item in types.value:
        entry = Table(item, path, "an entry of 'types'")
        node = entry.node("type")
        entry.text("type")
        if node is not None:
            yield Listed(str(node.value), at(node, path), entry.flag("hidden", False))


def _rules(plugin: Table | None, top: Table) -> Iterator[Source]:
    """What no rule names is released as by default, or not at all, and that is no loss: rules are for what is out of the ordinary."""
    rules = _setting(plugin, top, "releaseRules")
    if rules is None:
        return
    place = at_key(rules, top.path)
    if not isinstance(rules.value, list):
        yield _opaque(place, "the release rules are those of a module, which is a program")
        return
    types = []
    for item in rules.value:
        rule = Table(item, top.path, "a release rule")
        node = rule.node("type")
        if node is not None and isinstance(node.value, str) and _PLAIN.fullmatch(node.value):
            release = rule.node("release")
            types.append(Listed(node.value, at(node, top.path), release is None or not release.value))
    if types:
        yield Source("semantic-release", "releases", place, tuple(types), rest="hidden")


def _opaque(place: Location, why: str) -> Source:
    return Source("semantic-release", "releases", place, None, opaque=why)
