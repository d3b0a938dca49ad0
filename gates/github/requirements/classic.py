"""Classic branch protection, as PUT takes it and as GET answers it.

The keys are those of https://docs.github.com/en/rest/branches/branch-protection: "Update branch protection" for the body, "Get branch
protection" for the answer, in which booleans are wrapped and addresses are added. `required_signatures` is no part of the body: GitHub
has an address of its own for it, and the file is the one place to write it down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from gates.core.documents import Node
from gates.core.finding import Location
from gates.core.patterns import lazy
from gates.github.requirement import Kind, Protection, RequiredContext, Setting
from gates.github.requirements.reading import (
    ACTORS,
    IN_REVIEWS,
    Source,
    count,
    flag,
    items,
    named,
    of_key,
    of_text,
    pinned,
    table,
    text,
)

KEYS: Final = frozenset(
    {
        "required_status_checks",
        "enforce_admins",
        "required_pull_request_reviews",
        "restrictions",
        "required_linear_history",
        "allow_force_pushes",
        "allow_deletions",
        "block_creations",
        "required_conversation_resolution",
        "lock_branch",
        "allow_fork_syncing",
        "required_signatures",
    }
)
_ANSWERED = frozenset({"url", "name", "enabled", "protection_url"})  # besides, by GET
_CHECKS = frozenset({"strict", "contexts", "checks", "url", "contexts_url", "enforcement_level"})
_REVIEWS = frozenset(
    {
        "url",
        "dismissal_restrictions",
        "dismiss_stale_reviews",
        "require_code_owner_reviews",
        "required_approving_review_count",
        "require_last_push_approval",
        "bypass_pull_request_allowances",
    }
)
_LISTS = frozenset({*ACTORS, "url", *(f"{who}_url" for who in ACTORS)})
# PUT demands `restrictions` too; it decides nothing that is judged, and what people copy out of an answer has no such key.
_FULL = frozenset({"required_status_checks", "enforce_admins", "required_pull_request_reviews"})
_ADDRESS = lazy(r".*/branches/([^/]+)/protection/?")


def is_body(node: Node) -> bool:
    return isinstance(node.value, dict) and not KEYS.isdisjoint(node.value)


def is_answer(entries: Mapping[str, Node]) -> bool:
    """Whether it is what GET answers: with its address, or with a wrapped boolean."""
    if "url" in entries or "protection_url" in entries:
        return True
    return any(isinstance(node.value, dict) and "enabled" in node.value for node in entries.values())


def branch_of_answer(source: Source, node: Node) -> str:
    """The branch that an answer of GET is about, "" where it does not tell."""
    entries = node.value if isinstance(node.value, dict) else {}
    for key in ("url", "protection_url"):
        address = entries.get(key)
        if address and isinstance(address.value, str) and (match := _ADDRESS.fullmatch(address.value)):
            return unquote(match[1])
    return branch(source, entries["name"], "name") if "name" in entries else ""


def branch(source: Source, node: Node, key: str) -> str:
    """A branch's name, with or without refs/heads/."""
    name = text(source, node, repr(key)).removeprefix("refs/heads/")
    if not name or any(character.isspace() for character in name):
        raise source.error(f"{key!r} must be a branch, and no branch can be called {name!r}", node)
    return name


def protection(
    source: Source,
    node: Node,
    include: tuple[str, ...],
    *,
    kind: Kind = "classic",
    label: str = "",
    whole: bool | None = None,
    known: frozenset[str] = KEYS | _ANSWERED,
) -> Protection:
    """What a body asks of the branches of `include`. Raises DocumentError.

    GitHub replaces all there was by a body, so what it leaves out is off: `whole` is then True, and force pushes and deletions are
    blocked. A fragment without the keys that GitHub demands would be refused by PUT; people write one by hand for a script that
    fills in the rest, so it is read, but nothing follows from what it leaves out. `whole` is worked out where it is None.
    """
    here = Location(source.path, node.key_line or node.line, node.key_column or node.column)
    entries = table(source, node, "a branch protection", known)
    full = is_answer(entries) or entries.keys() >= _FULL if whole is None else whole
    if (enabled := flag(source, entries, "enabled")) and not enabled.value:
        raise source.error("the answer says that the branch is not protected; remove the file, or protect the branch", entries["enabled"])
    for key in ("block_creations", "lock_branch", "allow_fork_syncing"):
        flag(source, entries, key)
    if (restrictions := entries.get("restrictions")) and restrictions.value is not None:
        _actors(source, restrictions, "'restrictions'")
    asked = Protection(
        kind,
        here,
        label or source.path,
        include,
        (),
        full,
        (),
        None,
        force_pushes=flag(source, entries, "allow_force_pushes") or _silence(full, False, here),
        deletions=flag(source, entries, "allow_deletions", nullable=False) or _silence(full, False, here),
        conversations=flag(source, entries, "required_conversation_resolution"),
        linear_history=flag(source, entries, "required_linear_history"),
        signatures=flag(source, entries, "required_signatures"),
    )
    admins = flag(source, entries, "enforce_admins") or _silence(full, False, here)
    if admins is not None and not admins.value:
        asked = asked._replace(exempt=(Setting("administrators", admins.location),))
    if "required_status_checks" in entries:
        asked = _with_checks(source, entries["required_status_checks"], asked)
    if "required_pull_request_reviews" in entries:
        asked = _with_reviews(source, entries["required_pull_request_reviews"], asked)
    return asked


def _silence(full: bool, value: bool, place: Location) -> Setting[bool] | None:
    return Setting(value, place) if full else None


def _with_checks(source: Source, node: Node, asked: Protection) -> Protection:
    place = of_key(source, node, "required_status_checks")
    if node.value is None:
        return asked._replace(checks_location=place)
    if isinstance(node.value, list):
        raise source.error("'required_status_checks' must be a table with 'strict' and 'checks', not a list of names", node)
    entries = table(source, node, "'required_status_checks'", _CHECKS)
    required: list[RequiredContext] = []
    for key, value in entries.items():
        if value.value is None or key not in ("contexts", "checks"):
            continue
        for item in items(source, value, repr(key)):
            if key == "contexts":
                required.append(named(source, item, None))
            elif asked.kind == "settings" and isinstance(item.value, str):
                # The pages of safe-settings list names here.
                required.append(named(source, item, None)._replace(listed="checks"))
            else:
                required.append(pinned(source, item, "app_id"))
    strict = flag(source, entries, "strict") or _silence(asked.whole, False, place)
    return asked._replace(checks_location=place, contexts=tuple(required), strict=strict)


def _with_reviews(source: Source, node: Node, asked: Protection) -> Protection:
    place = of_key(source, node, "required_pull_request_reviews")
    if node.value is None:
        return asked._replace(approvals=Setting(0, place))
    entries = table(source, node, "'required_pull_request_reviews'", _REVIEWS)
    if (dismissal := entries.get("dismissal_restrictions")) and dismissal.value is not None:
        _actors(source, dismissal, "'dismissal_restrictions'")
    off = _silence(asked.whole, False, place)
    bypass = entries.get("bypass_pull_request_allowances")
    past = () if bypass is None or bypass.value is None else _actors(source, bypass, "'bypass_pull_request_allowances'")
    return asked._replace(
        approvals=count(source, entries, "required_approving_review_count") or Setting(1, place),  # asking for reviews asks for one
        code_owner_reviews=flag(source, entries, "require_code_owner_reviews") or off,
        dismiss_stale_reviews=flag(source, entries, "dismiss_stale_reviews") or off,
        last_push_approval=flag(source, entries, "require_last_push_approval") or off,
        exempt=(*asked.exempt, *(Setting(who.value + IN_REVIEWS, who.location) for who in past)),
    )


def _actors(source: Source, node: Node, what: str) -> tuple[Setting[str], ...]:
    """Users, teams and apps: by name in a body, as objects in an answer."""
    entries = table(source, node, what, _LISTS)
    found: list[Setting[str]] = []
    for who in ACTORS:
        if who in entries:
            listed = items(source, entries[who], repr(who))
            found += [Setting(f"{who.removesuffix('s')} {_name(source, item)}", of_text(source, item)) for item in listed]
    return tuple(found)


def _name(source: Source, node: Node) -> str:
    if isinstance(node.value, dict):
        for key in ("login", "slug", "name", "id"):
            if key in node.value:
                return str(node.value[key].value)
    return text(source, node, "who may do something")
