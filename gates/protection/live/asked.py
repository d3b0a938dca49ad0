"""What a protection file asks for: read strictly, with the place of each key. What it does not mention is neither compared nor changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote

from gates.core.documents import DocumentError, Node, plain, read_json
from gates.core.finding import Location
from gates.github.branches import matches
from gates.github.requirements import branch_of_path, folder_of, is_protection
from gates.github.rest import Document
from gates.protection.live import classic_form, ruleset_form
from gates.protection.live.form_parts import Malformed, document_of, pairs_of

_NOTHING_KNOWN: Final = "is no protection: neither the body of a branch's protection nor a ruleset"


class Asked(NamedTuple):
    """`name` is the branch of a classic protection, the name of a ruleset. `form`: see `classic_form` and `ruleset_form`."""

    kind: Literal["classic", "ruleset"]
    path: str
    sha256: str
    name: str
    form: Document
    root: Node

    @property
    def label(self) -> str:
        return f"branch {self.name!r}" if self.kind == "classic" else f"ruleset {self.name!r}"

    def location(self, key: tuple[str, ...]) -> Location:
        """Where the file says it; where it does not, the nearest place around."""
        node = _nearest(self.root, key)
        return Location(self.path, node.key_line or node.line, node.key_column or node.column)

    def branches(self) -> tuple[str, ...]:
        """The branches that it names without a pattern; ~DEFAULT_BRANCH is for the caller to replace."""
        if self.kind == "classic":
            return (self.name,)
        return tuple(name for name in self._patterns("include") if name == "~DEFAULT_BRANCH" or not set(name) & set("*?[~"))

    def covers(self, branch: str, default_branch: Callable[[], str]) -> bool:
        """Whether it is about the branch; `default_branch` is asked where that counts."""
        if self.kind == "classic":
            return branch == self.name

        def is_one(pattern: str) -> bool:
            if pattern == "~DEFAULT_BRANCH":
                return branch == default_branch()
            return pattern == "~ALL" or matches(pattern, branch)

        return any(map(is_one, self._patterns("include"))) and not any(map(is_one, self._patterns("exclude")))

    def contexts(self) -> tuple[str, ...] | None:
        """The names of the required checks, None where the file says nothing about checks."""
        rules = self.form.get("rules") if self.kind == "ruleset" else self.form
        checks = rules.get(classic_form.CHECKS) if isinstance(rules, dict) else None
        return tuple(name for name, _ in pairs_of(checks)) if isinstance(checks, dict) and "checks" in checks else None

    def _patterns(self, which: str) -> tuple[str, ...]:
        conditions = self.form.get("conditions") if self.form.get("target", "branch") == "branch" else None
        names = conditions.get("ref_name") if isinstance(conditions, dict) else None
        patterns = names.get(which) if isinstance(names, dict) else None
        return tuple(str(pattern).removeprefix("refs/heads/") for pattern in patterns) if isinstance(patterns, tuple) else ()


def is_asked(path: str) -> bool:
    """Whether a file of that path is for `read`: JSON in one of the folders, or anywhere below them."""
    return is_protection(path) and path.endswith(".json") and bool(folder_of(path))


def read(data: bytes, path: str, branch_of: Mapping[str, str]) -> list[Asked]:
    """All that the file asks for, in its order; told apart by shape. Raises DocumentError.

    Which branch a classic body is for says, the first that is given: `branch_of` (path -> branch), a key "branch" beside the body's own,
    the address in an answer that was saved, the file's path below its folder. {"branch": …, "protection": …}, a table of bodies by branch
    and a list of rulesets are read too.
    """
    root = read_json(data, path)
    source = _Source(path, sha256(data).hexdigest(), branch_of.get(path, ""))
    entries = root.value
    if isinstance(entries, list) and entries:
        return [_ruleset(source, node) for node in entries]
    if not isinstance(entries, dict):
        raise DocumentError(_NOTHING_KNOWN, path, root.line)
    if _is_ruleset(root):
        return [_ruleset(source, root)]
    if _is_classic(root):
        return [_classic(source, root, "")]
    if "protection" in entries:
        if surplus := set(entries) - {"branch", "protection"}:
            raise DocumentError(f"unknown key {min(surplus)!r} beside 'protection'", path, root.line)
        return [_classic(source, entries["protection"], _text(entries.get("branch")))]
    bodies = {key: node for key, node in entries.items() if not key.startswith(("_", "$"))}
    if not bodies or not all(map(_is_classic, bodies.values())):
        raise DocumentError(_NOTHING_KNOWN, path, root.line)
    return [_classic(source._replace(branch=name), node, name) for name, node in bodies.items()]


class _Source(NamedTuple):
    path: str
    sha256: str
    branch: str  # what is known of it from elsewhere, and wins


def _is_classic(node: Node) -> bool:
    return isinstance(node.value, dict) and not classic_form.KEYS.isdisjoint(node.value)


def _is_ruleset(node: Node) -> bool:
    return isinstance(node.value, dict) and not {"rules", "enforcement", "conditions"}.isdisjoint(node.value)


def _classic(source: _Source, node: Node, name: str) -> Asked:
    if not _is_classic(node):
        raise DocumentError(_NOTHING_KNOWN, source.path, node.line)
    document = {key: value for key, value in document_of(plain(node), "").items() if key != "branch"}
    entries = node.value if isinstance(node.value, dict) else {}
    branch = source.branch or name or _text(entries.get("branch")) or _branch_of_url(document.get("url")) or branch_of_path(source.path)
    try:
        classic_form.refuse_unknown_keys(document)
        return Asked("classic", source.path, source.sha256, branch, classic_form.form_of(document), node)
    except Malformed as error:
        raise _refused(source, node, error) from None


def _ruleset(source: _Source, node: Node) -> Asked:
    if not _is_ruleset(node):
        raise DocumentError(_NOTHING_KNOWN, source.path, node.line)
    document = document_of(plain(node), "")
    try:
        ruleset_form.refuse_unknown_keys(document)
        name = document.get("name")
        if not isinstance(name, str) or not name:
            raise Malformed("name", "is missing: a ruleset is known by its name")
        return Asked("ruleset", source.path, source.sha256, name, ruleset_form.form_of(document), node)
    except Malformed as error:
        raise _refused(source, node, error) from None


def _refused(source: _Source, node: Node, error: Malformed) -> DocumentError:
    place = _nearest(node, tuple(filter(None, error.key.split("."))))
    return DocumentError(str(error), source.path, place.key_line or place.line)


def _text(node: Node | None) -> str:
    return node.value.removeprefix("refs/heads/") if node and isinstance(node.value, str) else ""


def _branch_of_url(url: object) -> str:
    """An answer that was saved says in its address which branch it is about."""
    _, mark, rest = url.partition("/branches/") if isinstance(url, str) else ("", "", "")
    return unquote(rest.removesuffix("/protection")) if mark and rest.endswith("/protection") else ""


def _nearest(node: Node, key: tuple[str, ...]) -> Node:
    for step in key:
        found = next(_children(node, step), None)
        if found is None:
            break
        node = found
    return node


def _children(node: Node, step: str) -> Iterator[Node]:
    """The part of that name; of a list, the entry that bears it."""
    if isinstance(node.value, dict):
        # The form has at one level what a file has under `parameters`, and calls `checks` what it may have under two other names.
        for name in (step, *(("contexts", "required_status_checks") if step == "checks" else ())):
            if name in node.value:
                yield node.value[name]
        if "parameters" in node.value:
            yield from _children(node.value["parameters"], step)
    elif isinstance(node.value, list):
        for item in node.value:
            names = [item.value.get(key) for key in ("type", "context")] if isinstance(item.value, dict) else [item]
            if any(name is not None and name.value == step for name in names):
                yield item
