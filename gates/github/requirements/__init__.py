"""What a repository's files require of its branches: every form in which GitHub, its apps and the ASF write that down.

The forms are told apart by their shape: people keep rulesets under branch-protection/ and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping

from gates.core.documents import DocumentError, Node, Table, read_json
from gates.core.documents.table import nearest
from gates.core.patterns import lazy
from gates.github.requirement import Protection
from gates.github.requirements import asf, classic, rulesets, settings
from gates.github.requirements.reading import Source, is_comment, source, table

FOLDERS = ("branch-protection/", ".github/branch-protection/", ".github/rulesets/")
_FILES = ("branch-protection.json", ".github/branch-protection.json")  # about the default branch, unless they say otherwise
_GITLAB = "branch-protection/gitlab.json"
_ASF = ".asf.yaml"
_SLASH = lazy("%2[Ff]")
_SETTINGS = (".github/settings.yml", ".github/settings.yaml")


def is_protection(path: str) -> bool:
    """Whether a file of that path is for `read`: JSON in one of the three folders or anywhere below them, a branch-protection.json at
    the top or in .github, and the two YAML files.

    Not all of the latter say something about branches: where they do not, `read` finds nothing in them.
    """
    if path == _ASF or path in _SETTINGS or path in _FILES:
        return True
    return bool(folder_of(path)) and path != _GITLAB and path.endswith(".json")


def holds_protection(folder: str) -> bool:
    """Whether files that `read` is for can lie in a folder of that path, without a slash at its end."""
    return bool(folder_of(f"{folder}/")) or any(each.startswith(f"{folder}/") for each in FOLDERS)


def folder_of(path: str) -> str:
    """The folder of protection files that holds it, with its slash; "" for a file elsewhere."""
    return next((folder for folder in FOLDERS if path.startswith(folder)), "")


def read(data: bytes, path: str, branch_of: Mapping[str, str]) -> list[Protection]:
    """What the file asks, in its order; nothing where it is about tags or pushes alone. Raises DocumentError.

    A classic body does not say which branch it is for. That is, the first that is given: what `branch_of` (path -> branch) says; a key
    "branch" beside the body's own; the address in an answer of GET; the file's path below its folder without ".json", so that
    release/1.x.json is about release/1.x, and so is release%2F1.x.json. Besides the API's forms these are read, as
    they can be meant in one way only:
    {"branch": "main", "protection": {…}}, and {"main": {…}, "develop": {…}}. A branch-protection.json is about the default branch.
    """
    if path == _ASF:
        return asf.read(data, path)
    if path in _SETTINGS:
        return settings.read(data, path)
    document = read_json(data, path)
    where = source(data, path)
    if isinstance(document.value, list):
        return _list(where, document, document.value, branch_of)
    entries = Table(document, path).node
    if rulesets.is_ruleset(document):
        if classic.is_body(document):
            raise where.error("the file mixes a classic protection with a ruleset; write a file for each", document)
        return rulesets.read(where, document)
    if classic.is_body(document):
        return [_classic(where, document, branch_of)]
    if entries("protection") is not None:
        wrapper = table(where, document, "the document", ("branch", "protection"))
        branch = classic.branch(where, wrapper["branch"], "branch") if "branch" in wrapper else ""
        return [classic.protection(where, wrapper["protection"], (branch_of.get(path) or branch or _from_path(path),))]
    return _branches(where, document)


def _list(source: Source, document: Node, listed: list[Node], branch_of: Mapping[str, str]) -> list[Protection]:
    if listed and all(rulesets.is_rule(item) for item in listed):
        return rulesets.read_rules(source, listed, branch_of.get(source.path) or _from_path(source.path))
    if listed and all(rulesets.is_ruleset(item) for item in listed):
        return [each for item in listed for each in rulesets.read(source, item)]
    raise source.error("a list must hold rulesets, or the rules of one branch as the API answers them", document)


def _classic(source: Source, document: Node, branch_of: Mapping[str, str]) -> Protection:
    entries = dict(document.value) if isinstance(document.value, dict) else {}
    named = entries.pop("branch", None)
    branch = classic.branch(source, named, "branch") if named else classic.branch_of_answer(source, document)
    include = branch_of.get(source.path) or branch or _from_path(source.path)
    return classic.protection(source, document._replace(value=entries), (include,))


def _branches(source: Source, document: Node) -> list[Protection]:
    """A table with a classic body for each branch. As it holds several branches it counts as `settings`, though each body is a whole."""
    entries = {key: node for key, node in (document.value if isinstance(document.value, dict) else {}).items() if not is_comment(key)}
    for key, node in entries.items():
        if not classic.is_body(node):
            hint = nearest(key, classic.KEYS | rulesets.KEYS)
            raise source.error(
                f"unknown key {key!r}{hint}; a classic protection has {_some(classic.KEYS)}, a ruleset has {_some(rulesets.KEYS)}", node
            )
    if not entries:
        raise DocumentError("the file protects nothing: it is empty", source.path, document.line)
    return [
        classic.protection(source, node, (branch,), kind="settings", label=f"branch {branch!r} in {source.path}")
        for branch, node in entries.items()
    ]


def _some(keys: frozenset[str]) -> str:
    return ", ".join(sorted(keys))


def branch_of_path(path: str) -> str:
    """The slash of a branch may be a folder's, or written as in the API's addresses; no other character needs to be, and is not."""
    return _SLASH.sub("/", path.removeprefix(folder_of(path)).removesuffix(".json"))


def _from_path(path: str) -> str:
    return "~DEFAULT_BRANCH" if path in _FILES else branch_of_path(path)
