"""A pipeline configuration with what it includes, as one: https://docs.gitlab.com/ci/yaml/includes/"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from gates.core.documents import DocumentError
from gates.core.globs import compile_globs
from gates.protection.gitlab import conditions, items
from gates.protection.gitlab.conditions import Truth, Variables
from gates.protection.gitlab.items import Inputs, Item, Unknown

MAX_INCLUDES: Final = 150
_ELSEWHERE: Final = ("remote", "template", "project", "component", "artifact")


class Files(NamedTuple):
    """The repository. `listed` gives its paths, None where nobody knows them. `sizes` and `parsed` fill as files are read: a pipeline is
    put together once for each kind and each target branch.
    """

    read: Callable[[str], bytes | None]
    listed: Callable[[], Iterable[str]] | None
    sizes: dict[str, int]
    parsed: dict[str, Item]  # of files without inputs


class Outside(NamedTuple):
    """Something that may hold jobs and cannot be read here: "the template Security/SAST.gitlab-ci.yml"."""

    what: str
    path: str
    line: int


class Configuration(NamedTuple):
    """`conditional` are the keys that stand in files alone of which it is not known whether they are included."""

    root: Mapping[str, Item]
    outside: tuple[Outside, ...]
    conditional: Mapping[str, Outside]


def load(path: str, files: Files, variables: Variables) -> Configuration | None:
    """None where there is no such file. Raises DocumentError."""
    loader = _Loader(files, variables)
    root = loader.file(path, {}, (), None)
    if root is None:
        return None
    table = root.value if isinstance(root.value, dict) else {}
    conditional = {key: why for key, why in loader.keys.items() if why is not None}
    return Configuration(table, tuple(dict.fromkeys(loader.outside)), conditional)


def rule_truth(rule: Item, variables: Variables) -> tuple[Truth, str]:
    """Whether a rule matches, and what it hangs on where that is not known. All its conditions must hold. Raises DocumentError.

    https://docs.gitlab.com/ci/yaml/#rules
    """
    if isinstance(rule.value, Unknown):
        return None, rule.value.why
    if not isinstance(rule.value, dict):
        raise rule.error("a rule must be a table with if, changes, exists, when …")
    found: list[tuple[Truth, str]] = []
    table = rule.value
    if "if" in table and table["if"].value is not None:
        found.append((expression(table["if"], variables), "a variable"))
    if "changes" in table:
        found.append((True if _everything(table["changes"]) else None, "the files that are changed"))
    if "exists" in table:
        found.append((None, "the files that exist"))
    why = next((reason for truth, reason in found if truth is None), "")
    return conditions.both(truth for truth, _ in found), why


def expression(item: Item, variables: Variables) -> Truth:
    """Raises DocumentError."""
    if isinstance(item.value, Unknown):
        return None
    if not isinstance(item.value, str):
        raise item.error("an `if` must be an expression")
    try:
        return conditions.truth(item.value, variables)
    except ValueError as error:
        raise item.error(f"the expression {item.value[:80]!r} cannot be read: {error}") from None


def _everything(changes: Item) -> bool:
    """`compare_to` may name a branch without differences, so that only the plain form matches every merge request."""
    paths = changes.value.get("paths") if isinstance(changes.value, dict) else changes
    compared = isinstance(changes.value, dict) and "compare_to" in changes.value
    return paths is not None and not compared and any(one.value in ("**/*", "**") for one in items.flat(paths))


class _Loader:
    def __init__(self, files: Files, variables: Variables) -> None:
        self._files = files
        self._variables = variables
        self._included = 0
        self.outside: list[Outside] = []
        self.keys: dict[str, Outside | None] = {}  # of each key the file that may not be included; None: one that surely is

    def file(self, path: str, inputs: Inputs, above: tuple[str, ...], maybe: Outside | None) -> Item | None:
        own = self._own(path, inputs)
        if own is None:
            return None
        table = own.value if isinstance(own.value, dict) else {}
        for key in table:
            if maybe is None:
                self.keys[key] = None
            else:
                self.keys.setdefault(key, maybe)
        found = Item({}, path, 1)
        for entry in items.flat(table["include"]) if "include" in table else ():
            found = items.merged(found, self._include(entry, (*above, path), maybe))
        return items.merged(found, Item({key: item for key, item in table.items() if key != "include"}, path, own.line))

    def _own(self, path: str, inputs: Inputs) -> Item | None:
        if not inputs and path in self._files.parsed:
            return self._files.parsed[path]
        data = self._files.read(path)
        if data is None:
            return None
        self._files.sizes[path] = len(data)
        own = items.read(data, path, inputs)
        if not inputs:
            self._files.parsed[path] = own
        return own

    def _include(self, entry: Item, above: tuple[str, ...], maybe: Outside | None) -> Item:
        empty = Item({}, entry.path, entry.line)
        self._included += 1
        if self._included > MAX_INCLUDES:
            raise entry.error(f"more than {MAX_INCLUDES} files are included")
        if isinstance(entry.value, str):
            kind, target = ("remote" if "://" in entry.value else "local"), entry
        elif isinstance(entry.value, dict):
            kind = next((kind for kind in ("local", *_ELSEWHERE) if kind in entry.value), "")
            if not kind:
                raise entry.error(f"an include must name one of {', '.join(('local', *_ELSEWHERE))}")
            target = entry.value[kind]
        elif isinstance(entry.value, Unknown):
            kind, target = "unknown", entry
        else:
            raise entry.error("an include must be a path, an address or a table")
        included, why = self._wanted(entry)
        if included is False:
            return empty
        here = target.value if isinstance(target.value, str) else "?"
        if kind != "local" or "$" in here or here == "?":
            what = f"the file {here}" if kind == "local" else f"the {kind} {here}"
            self.outside.append(Outside(f"{what}, which is included", entry.path, entry.line))
            return empty
        if included is None:
            maybe = Outside(f"{here}, which is included or not by {why}", entry.path, entry.line)
        found = empty
        for path in self._paths(here.lstrip("/"), entry):
            if path in above:
                raise entry.error(f"{path} includes itself")
            one = self.file(path, self._inputs(entry), above, maybe)
            if one is None:
                raise entry.error(f"{path} is included and does not exist")
            found = items.merged(found, one)
        return found

    def _wanted(self, entry: Item) -> tuple[Truth, str]:
        rules = entry.value.get("rules") if isinstance(entry.value, dict) else None
        if rules is None:
            return True, ""
        pending = ""
        for rule in items.flat(rules):
            truth, why = rule_truth(rule, self._variables)
            when = rule.value.get("when") if isinstance(rule.value, dict) else None
            if truth is None:
                pending = pending or why
            elif truth:
                return (None, pending) if pending else (when is None or when.value != "never", "")
        return (None, pending) if pending else (False, "")

    def _inputs(self, entry: Item) -> Inputs:
        given = entry.value.get("inputs") if isinstance(entry.value, dict) else None
        return given.value if given is not None and isinstance(given.value, dict) else {}

    def _paths(self, name: str, entry: Item) -> list[str]:
        """`**` in front of a name stands for the folder and all below it, as a whole name for all below it.

        https://docs.gitlab.com/ci/yaml/includes/#use-includelocal-with-wildcard-file-paths
        """
        if "*" not in name:
            return [name]
        if self._files.listed is None:
            self.outside.append(Outside(f"the files {name}, which are included", entry.path, entry.line))
            return []
        parts: list[str] = []
        for part in name.split("/"):
            if part == "**":
                parts += ["*", "**"]
            elif part.startswith("**"):
                parts += ["**", f"*{part[2:]}"]
            else:
                parts.append(part.replace("**", "*"))
        try:
            chosen = compile_globs(["/".join(parts)])
        except ValueError as error:
            raise entry.error(f"{name!r} is no pattern: {error}") from None
        return sorted(path for path in self._files.listed() if chosen(path) and path.endswith((".yml", ".yaml")))


def missing(path: str) -> DocumentError:
    return DocumentError(f"{path} does not exist: protection files without workflows", path)
