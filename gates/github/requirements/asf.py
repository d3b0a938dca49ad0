"""`.asf.yaml`, in which projects of the Apache Software Foundation describe their repositories.

Source: https://github.com/apache/infrastructure-asfyaml#branchpro and #rulesets.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gates.core.documents import Node, Table, read_yaml
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.github.requirement import ACTIONS_APP, ANY_APP, Protection, RequiredContext, Setting
from gates.github.requirements import classic, rulesets
from gates.github.requirements.reading import (
    IN_REVIEWS,
    Source,
    count,
    flag,
    items,
    named,
    of_key,
    of_text,
    source,
    table,
    text,
)

OTHER_APP: Final = 0  # an app that is given by its name: not GitHub Actions, and its number is not in the file
_WORDS: Mapping[str, bool] = MappingProxyType(
    {"yes": True, "no": False, "on": True, "off": False, "y": True, "n": False} | {"true": True, "false": False}
)
_BRANCH = frozenset(
    {
        "required_signatures",
        "required_linear_history",
        "required_conversation_resolution",
        "required_pull_request_reviews",
        "required_status_checks",
        "pattern",
    }
)
_RULESET = frozenset(
    {
        "name",
        "type",
        "branches",
        "refs",
        "bypass_teams",
        "bypass_mode",
        "restrict_deletion",
        "restrict_force_push",
        "required_signatures",
        "required_linear_history",
        "required_conversation_resolution",
        "required_pull_request_reviews",
        "required_status_checks",
        "required_status_checks_strict",
    }
)
_REVIEWS = ("dismiss_stale_reviews", "require_last_push_approval", "require_code_owner_reviews", "required_approving_review_count")
_API = ("target", "enforcement", "conditions", "rules", "bypass_actors")
# The parts of a regular expression that a branch pattern can say too: an escaped mark, any text, digits, a class with its repetition.
_PART = lazy(r"\\([.\-/])|(/?)\.[*+]|(?:\\d|\[\^/\]|\[0-9\])([*+]?)|([\w/ .\-])")


def read(data: bytes, path: str) -> list[Protection]:
    """Nothing where the file says nothing about branches. Raises DocumentError."""
    document = read_yaml(data, path)
    if document.value is None:
        return []
    github = Table(document, path).node("github")
    if github is None or github.value is None:
        return []
    where = source(data, path, _WORDS)
    settings = Table(github, path, "'github'")
    found: list[Protection] = []
    if (branches := settings.node("protected_branches")) is not None and branches.value is not None:
        found += _branches(where, branches)
    if (listed := settings.node("rulesets")) is not None and listed.value is not None:
        for item in items(where, listed, "'rulesets'"):
            found += _ruleset(where, item)
    return found


def _branches(source: Source, node: Node) -> list[Protection]:
    """Silence leaves alone: what a branch does not mention may have been set by the foundation's own administrators."""
    entries = Table(node, source.path, "'protected_branches'")
    found = []
    exact = []
    for name in entries:
        value = entries.node(name)
        if value is None or value.value is None:
            continue  # by the documentation only tables protect a branch
        branch = table(source, value, f"the protection of {name!r}", _BRANCH)
        pattern = branch.get("pattern")
        if pattern is None:
            exact.append(name)
        include = name if pattern is None else _as_pattern(source, pattern)
        body = value._replace(value={key: given for key, given in branch.items() if key != "pattern"})
        asked = classic.protection(
            source, body, (include,), kind="asf", label=f"branch {name!r} in {source.path}", whole=False, known=_BRANCH
        )
        place = of_key(source, value, name)
        reviews = branch.get("required_pull_request_reviews")
        if isinstance(reviews, Node) and isinstance(reviews.value, dict) and "required_approving_review_count" not in reviews.value:
            asked = asked._replace(approvals=Setting(0, of_key(source, reviews, "required_pull_request_reviews")))
        found.append(
            asked._replace(
                location=place,
                force_pushes=Setting(False, place),  # naming a branch is documented to block them
                contexts=tuple(each._replace(app=ANY_APP) if each.listed == "contexts" else each for each in asked.contexts),
            )
        )
    return [each if each.include[0] in exact else each._replace(exclude=tuple(exact)) for each in found]


def _as_pattern(source: Source, node: Node) -> str:
    """The branch pattern for a regular expression. It may take in more than the expression does, never less."""
    expression = text(source, node, "'pattern'").removeprefix("^").removesuffix("$")
    parts, at = [], 0
    while at < len(expression):
        match = _PART.match(expression, at)
        if match is None:
            raise source.error(f"which branches the pattern {expression!r} covers cannot be told; name them, or use a ruleset", node)
        mark, folder, repeated, plain = match[1], match[2], match[3], match[4]
        if plain is not None:
            parts.append("?" if plain == "." else plain)
        elif mark is not None:
            parts.append(mark)
        elif repeated is not None:
            parts.append("*" if repeated else "?")
        else:
            parts.append(f"{folder}**/*")
        at = match.end()
    return "".join(parts)


def _ruleset(source: Source, node: Node) -> list[Protection]:
    if isinstance(node.value, dict) and any(key in node.value for key in _API):
        return rulesets.read(source, node, enforcement="active")
    entries = table(source, node, "a ruleset", _RULESET)
    if "name" not in entries:
        raise source.error("'name' is missing in a ruleset", node)
    name = text(source, entries["name"], "'name'")
    if "type" in entries and (kind := text(source, entries["type"], "'type'")) != "branch":
        if kind == "tag":
            return []
        raise source.error(f"'type' is {kind!r}; known are branch, tag", entries["type"])
    place = Location(source.path, node.line, node.column)
    include, exclude = _targets(source, entries)
    ruleset = Protection(
        "ruleset",
        place,
        f"ruleset {name!r} in {source.path}",
        include,
        exclude,
        True,
        (),
        None,
        enforcement=Setting("active", place),
        force_pushes=_blocked(flag(source, entries, "restrict_force_push"), place),
        deletions=_blocked(flag(source, entries, "restrict_deletion"), place),
        conversations=flag(source, entries, "required_conversation_resolution"),
        linear_history=flag(source, entries, "required_linear_history"),
        signatures=flag(source, entries, "required_signatures"),
        exempt=_bypass(source, entries),
    )
    if (reviews := entries.get("required_pull_request_reviews")) is not None and reviews.value is not None:
        given = table(source, reviews, "'required_pull_request_reviews'", _REVIEWS)
        key = of_key(source, reviews, "required_pull_request_reviews")
        off = Setting(False, key)
        ruleset = ruleset._replace(
            approvals=count(source, given, "required_approving_review_count") or Setting(0, key),
            code_owner_reviews=flag(source, given, "require_code_owner_reviews") or off,
            dismiss_stale_reviews=flag(source, given, "dismiss_stale_reviews") or off,
            last_push_approval=flag(source, given, "require_last_push_approval") or off,
        )
    if (checks := entries.get("required_status_checks")) is not None and checks.value is not None:
        key = of_key(source, checks, "required_status_checks")
        contexts, strict = _checks(source, checks)
        strict = strict or flag(source, entries, "required_status_checks_strict") or Setting(False, key)
        ruleset = ruleset._replace(contexts=contexts, checks_location=key, strict=strict)
    return [ruleset]


def _blocked(restricted: Setting[bool] | None, place: Location) -> Setting[bool] | None:
    """By default they are restricted; where not, this ruleset does not hinder them."""
    if restricted is None:
        return Setting(False, place)
    return Setting(False, restricted.location) if restricted.value else None


def _targets(source: Source, entries: Mapping[str, Node]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for key in ("branches", "refs"):
        if key in entries:
            chosen = table(source, entries[key], repr(key), ("includes", "excludes"))
            include = rulesets.patterns(source, chosen.get("includes"), "'includes'")
            return include, rulesets.patterns(source, chosen.get("excludes"), "'excludes'")
    return ("~DEFAULT_BRANCH",), ()


def _bypass(source: Source, entries: Mapping[str, Node]) -> tuple[Setting[str], ...]:
    if "bypass_teams" not in entries or entries["bypass_teams"].value is None:
        return ()
    mode = text(source, entries["bypass_mode"], "'bypass_mode'") if "bypass_mode" in entries else "always"
    ending = IN_REVIEWS if mode == "pull_request" else f", {mode}"
    return tuple(
        Setting(f"team {item.value}{ending}", of_text(source, item)) for item in items(source, entries["bypass_teams"], "'bypass_teams'")
    )


def _checks(source: Source, node: Node) -> tuple[tuple[RequiredContext, ...], Setting[bool] | None]:
    """A list; or, as first documented, a table like that of a protected branch."""
    if isinstance(node.value, dict):
        entries = table(source, node, "'required_status_checks'", ("strict", "contexts", "checks"))
        listed = [item for key in ("contexts", "checks") if key in entries for item in items(source, entries[key], repr(key))]
        return tuple(_check(source, item) for item in listed), flag(source, entries, "strict")
    return tuple(_check(source, item) for item in items(source, node, "'required_status_checks'")), None


def _check(source: Source, node: Node) -> RequiredContext:
    if isinstance(node.value, str):
        return named(source, node, ANY_APP)
    entries = table(source, node, "a required check", ("name", "context", "app_slug", "integration_id", "app_id"))
    name = entries.get("name") or entries.get("context")
    if name is None:
        raise source.error("'name' is missing in a required check", node)
    app = next((entries[key].value for key in ("app_slug", "integration_id", "app_id") if key in entries), ANY_APP)
    return named(source, name, _app(app))._replace(listed="checks")


def _app(value: object) -> int:
    if isinstance(value, int):
        return value
    number = str(value)
    if number.removeprefix("-").isdecimal():
        return int(number)
    return ACTIONS_APP if number == "github-actions" else OTHER_APP
