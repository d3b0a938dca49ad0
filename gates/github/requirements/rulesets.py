"""Rulesets: as the API takes and answers them, as GitHub's pages export them, and the rules of one branch as the API lists them.

Sources: https://docs.github.com/en/rest/repos/rules and
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gates.core.documents import Node
from gates.core.documents.table import nearest
from gates.core.finding import Location
from gates.github.branches import problem
from gates.github.requirement import Protection, Setting
from gates.github.requirements.reading import IN_REVIEWS, Source, count, flag, items, of_key, of_text, pinned, table, text, texts

ENFORCEMENTS: Final = ("active", "evaluate", "disabled")
KEYS: Final = frozenset({"name", "target", "enforcement", "bypass_actors", "conditions", "rules"})
_ANSWERED = frozenset({"id", "source_type", "source", "node_id", "created_at", "updated_at", "current_user_can_bypass"})
_TARGETS = ("branch", "tag", "push", "repository")
_CONDITIONS = ("ref_name", "repository_name", "repository_id", "repository_property")  # the last three: rulesets of an organization
_RULES = (
    "creation",
    "update",
    "deletion",
    "required_linear_history",
    "merge_queue",
    "required_deployments",
    "required_signatures",
    "pull_request",
    "required_status_checks",
    "non_fast_forward",
    "commit_message_pattern",
    "commit_author_email_pattern",
    "committer_email_pattern",
    "branch_name_pattern",
    "tag_name_pattern",
    "workflows",
    "code_scanning",
    "code_quality",
    "copilot_code_review",
    "license_compliance_scanning",
    "file_path_restriction",
    "max_file_path_length",
    "file_extension_restriction",
    "max_file_size",
)
_ORIGIN = ("ruleset_source_type", "ruleset_source", "ruleset_id")  # in the rules of a branch
_REVIEWS = (
    "allowed_merge_methods",
    "automatic_copilot_code_review_enabled",
    "dismiss_stale_reviews_on_push",
    "dismissal_restriction",
    "require_code_owner_review",
    "require_last_push_approval",
    "required_approving_review_count",
    "required_review_thread_resolution",
    "required_reviewers",
)
_CHECKS = ("strict_required_status_checks_policy", "do_not_enforce_on_create", "required_status_checks")
_ACTOR = ("actor_id", "actor_type", "bypass_mode")
_WHO = {
    "Integration": "app",
    "OrganizationAdmin": "organization administrators",
    "EnterpriseOwner": "enterprise owners",
    "RepositoryRole": "repository role",
    "Team": "team",
    "DeployKey": "deploy keys",
    "User": "user",
}
_ROLES = {2: "maintain", 4: "write", 5: "admin"}
_MODES = {"always": ", always", "exempt": ", exempt from the rules", "pull_request": IN_REVIEWS}


def is_ruleset(node: Node) -> bool:
    return isinstance(node.value, dict) and any(key in node.value for key in ("rules", "enforcement", "conditions"))


def is_rule(node: Node) -> bool:
    """Whether it is one entry of what the API answers for the rules of a branch."""
    return isinstance(node.value, dict) and "type" in node.value and not is_ruleset(node)


def read(source: Source, node: Node, *, enforcement: str = "") -> list[Protection]:
    """One ruleset; nothing where it is about tags or pushes. `enforcement` is that of a form which may leave it out. Raises DocumentError.

    It is whole: a rule that it does not list is one by which it does not hinder anybody.
    """
    entries = table(source, node, "a ruleset", KEYS | _ANSWERED)
    target = _choice(source, entries["target"], "target", _TARGETS) if "target" in entries else "branch"
    if target != "branch":
        return []
    for key in ("rules",) if enforcement else ("enforcement", "rules"):
        if key not in entries:
            raise source.error(f"{key!r} is missing in a ruleset; the list of all rulesets leaves it out, so export each by itself", node)
    name = text(source, entries["name"], "'name'") if "name" in entries else ""
    include, exclude = _conditions(source, entries.get("conditions"))
    in_force = entries.get("enforcement")
    state = (
        Setting(enforcement, Location(source.path, node.line, node.column))
        if in_force is None
        else Setting(_choice(source, in_force, "enforcement", ENFORCEMENTS), of_key(source, in_force, "enforcement"))
    )
    ruleset = Protection(
        "ruleset",
        Location(source.path, node.key_line or node.line, node.key_column or node.column),
        f"ruleset {name!r} in {source.path}" if name else source.path,
        include,
        exclude,
        True,
        (),
        None,
        enforcement=state,
        exempt=_bypass(source, entries.get("bypass_actors")),
        # Who may not edit a ruleset is answered without the list of those who may pass it by.
        exempt_known="bypass_actors" in entries or _ANSWERED.isdisjoint(entries),
    )
    return [_with_rules(source, items(source, entries["rules"], "'rules'"), ruleset)]


def read_rules(source: Source, rules: list[Node], branch: str) -> list[Protection]:
    """The active rules of a branch, a protection for each ruleset that they come from. The answer never says who may pass them by."""
    groups: dict[tuple[str | int | None, ...], list[Node]] = {}
    for rule in rules:
        entries = table(source, rule, "a rule", ("type", "parameters", *_ORIGIN))
        origin = tuple(_plain(source, entries, key) for key in reversed(_ORIGIN))
        groups.setdefault(origin, []).append(rule)
    found = []
    for (number, owner, _), group in groups.items():
        label = source.path if number is None else f"ruleset {number} of {owner} in {source.path}"
        place = Location(source.path, group[0].line, group[0].column)
        ruleset = Protection("ruleset", place, label, (branch,), (), True, (), None, Setting("active", place), exempt_known=False)
        found.append(_with_rules(source, group, ruleset))
    return found


def _plain(source: Source, entries: Mapping[str, Node], key: str) -> str | int | None:
    value = entries[key].value if key in entries else None
    if value is not None and not isinstance(value, str | int):
        raise source.error(f"{key!r} must be a text or a number", entries[key])
    return value


def _conditions(source: Source, node: Node | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if node is None or node.value is None:
        return (), ()
    names = table(source, node, "'conditions'", _CONDITIONS).get("ref_name")
    if names is None:
        return (), ()
    entries = table(source, names, "'ref_name'", ("include", "exclude"))
    return patterns(source, entries.get("include"), "'include'"), patterns(source, entries.get("exclude"), "'exclude'")


def patterns(source: Source, node: Node | None, what: str) -> tuple[str, ...]:
    """Branch names and patterns without refs/heads/."""
    found = tuple(name.removeprefix("refs/heads/") for name in texts(source, node, what))
    for name in found:
        if node is not None and (complaint := problem(name)):
            raise source.error(f"{what} holds {name!r}: {complaint}", node)
    return found


def _bypass(source: Source, node: Node | None) -> tuple[Setting[str], ...]:
    if node is None or node.value is None:
        return ()
    found = []
    for item in items(source, node, "'bypass_actors'"):
        entries = table(source, item, "a bypass actor", _ACTOR)
        if "actor_type" not in entries:
            raise source.error("'actor_type' is missing in a bypass actor", item)
        kind = _choice(source, entries["actor_type"], "actor_type", tuple(_WHO))
        number = entries["actor_id"].value if "actor_id" in entries else None
        who = _WHO[kind]
        if not who.endswith("s") and number is not None:
            role = _ROLES.get(number, "") if kind == "RepositoryRole" and isinstance(number, int) else ""
            who = f"{who} {role or number}"
        mode = _choice(source, entries["bypass_mode"], "bypass_mode", tuple(_MODES)) if "bypass_mode" in entries else "always"
        found.append(Setting(who + _MODES[mode], Location(source.path, item.line, item.column)))
    return tuple(found)


def _with_rules(source: Source, rules: list[Node], ruleset: Protection) -> Protection:
    seen: set[str] = set()
    for rule in rules:
        entries = table(source, rule, "a rule", ("type", "parameters", *_ORIGIN))
        if "type" not in entries:
            raise source.error("'type' is missing in a rule", rule)
        kind = _choice(source, entries["type"], "type", _RULES)
        if kind in seen:
            raise source.error(f"the rule {kind!r} is listed twice; keep one", rule)
        seen.add(kind)
        ruleset = _with_rule(source, kind, entries, ruleset)
    return ruleset


def _with_rule(source: Source, kind: str, entries: Mapping[str, Node], ruleset: Protection) -> Protection:
    place = of_text(source, entries["type"])
    parameters = entries.get("parameters", Node({}, entries["type"].line, entries["type"].column))
    match kind:
        case "non_fast_forward":
            return ruleset._replace(force_pushes=Setting(False, place))
        case "deletion":
            return ruleset._replace(deletions=Setting(False, place))
        case "required_linear_history":
            return ruleset._replace(linear_history=Setting(True, place))
        case "required_signatures":
            return ruleset._replace(signatures=Setting(True, place))
        case "merge_queue":
            return ruleset._replace(merge_queue=Setting(True, place))
        case "pull_request":
            given = table(source, parameters, "the parameters of 'pull_request'", _REVIEWS)
            off = Setting(False, place)
            return ruleset._replace(
                approvals=count(source, given, "required_approving_review_count") or Setting(0, place),
                code_owner_reviews=flag(source, given, "require_code_owner_review") or off,
                dismiss_stale_reviews=flag(source, given, "dismiss_stale_reviews_on_push") or off,
                last_push_approval=flag(source, given, "require_last_push_approval") or off,
                conversations=flag(source, given, "required_review_thread_resolution") or off,
            )
        case "required_status_checks":
            given = table(source, parameters, "the parameters of 'required_status_checks'", _CHECKS)
            listed = given.get("required_status_checks")
            if listed is None:
                raise source.error("'required_status_checks' is missing in the parameters of the rule of that name", entries["type"])
            return ruleset._replace(
                contexts=tuple(pinned(source, item, "integration_id") for item in items(source, listed, "'required_status_checks'")),
                checks_location=of_key(source, listed, "required_status_checks"),
                strict=flag(source, given, "strict_required_status_checks_policy") or Setting(False, place),
                skips_creation=flag(source, given, "do_not_enforce_on_create"),
            )
        case _:
            return ruleset


def _choice(source: Source, node: Node, key: str, known: tuple[str, ...]) -> str:
    value = text(source, node, repr(key))
    if value not in known:
        raise source.error(f"{key!r} is {value!r}; known are {', '.join(known)}{nearest(value, known)}", node)
    return value
