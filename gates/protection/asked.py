"""What a protection file asks for: read strictly, with the place of each key. What it does not mention is neither compared nor changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Literal, NamedTuple
from urllib.parse import unquote

from gates.core.documents import DocumentError, Node, plain, read_json
from gates.core.finding import Location
from gates.github.rest import Document
from gates.protection import classic_form, ruleset_form
from gates.protection.form_parts import Malformed, document_of, pairs_of

_NOTHING_KNOWN = "is no protection: neither the body of a branch's protection nor a ruleset"


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

        def matches(pattern: str) -> bool:
            if pattern == "~DEFAULT_BRANCH":
                return branch == default_branch()
            return pattern == "~ALL" or _matches(pattern, branch)

        return any(map(matches, self._patterns("include"))) and not any(map(matches, self._patterns("exclude")))

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


def read(data: bytes, path: str, branch_of: Mapping[str, str]) -> Asked:
    """Told apart by shape. `branch_of` names the branches of classic files whose file names do not. Raises DocumentError."""
    root = read_json(data, path)
    digest = sha256(data).hexdigest()
    try:
        document = document_of(plain(root), "")
        if set(document) & {"rules", "conditions", "enforcement", "bypass_actors"}:
            ruleset_form.refuse_unknown_keys(document)
            name = document.get("name")
            if not isinstance(name, str) or not name:
                raise Malformed("name", "is missing: a ruleset is known by its name")
            return Asked("ruleset", path, digest, name, ruleset_form.form_of(document), root)
        if not set(document) & classic_form.KEYS:
            raise Malformed("", _NOTHING_KNOWN)
        classic_form.refuse_unknown_keys(document)
        name = branch_of.get(path) or _branch_of_url(document.get("url")) or path.rpartition("/")[2].removesuffix(".json")
        return Asked("classic", path, digest, name, classic_form.form_of(document), root)
    except Malformed as error:
        node = _nearest(root, tuple(filter(None, error.key.split("."))))
        raise DocumentError(str(error), path, node.key_line or node.line) from None


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


def _matches(pattern: str, branch: str) -> bool:
    """As Ruby's File.fnmatch with FNM_PATHNAME, which rulesets go by: * stops at a slash, **/ does not."""
    expression, position = "", 0
    while position < len(pattern):
        end = pattern.find("]", position + 2) if pattern[position] == "[" else -1
        if pattern.startswith("**/", position):
            expression, position = expression + "(?:[^/]+/)*", position + 3
        elif end > 0:
            chosen = pattern[position + 1 : end]
            negated = chosen[0] in "!^"
            inside = re.escape(chosen[negated:]).replace(r"\-", "-")
            expression, position = f"{expression}(?!/)[{'^' if negated else ''}{inside}]", end + 1
        else:
            expression += {"*": "[^/]*", "?": "[^/]"}.get(pattern[position]) or re.escape(pattern[position])
            position += 1
    try:
        return re.fullmatch(expression, branch) is not None
    except re.error:  # a range that runs backwards
        return False
