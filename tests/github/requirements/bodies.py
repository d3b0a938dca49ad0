"""A branch that is protected in every way, in each form that can say so."""

from __future__ import annotations

import json
from typing import Any

from gates.github.requirement import Protection
from gates.github.requirements import read

ACTIONS = 15368


def put(**changes: Any) -> dict[str, Any]:
    """A body for PUT; a key that is changed to ... is left out."""
    body: dict[str, Any] = {
        "required_status_checks": {"strict": True, "contexts": [], "checks": [{"context": "test", "app_id": ACTIONS}]},
        "enforce_admins": True,
        "required_pull_request_reviews": {
            "dismiss_stale_reviews": True,
            "require_code_owner_reviews": True,
            "required_approving_review_count": 1,
            "require_last_push_approval": True,
        },
        "restrictions": None,
        "required_linear_history": True,
        "allow_force_pushes": False,
        "allow_deletions": False,
        "required_conversation_resolution": True,
        "required_signatures": True,
    } | changes
    return {key: value for key, value in body.items() if value is not ...}


def answer(branch: str = "main", **changes: Any) -> dict[str, Any]:
    """What GET answers for such a body."""
    address = f"https://api.github.com/repos/octo/shop/branches/{branch}/protection"
    body = put(**changes)
    wrapped = {key: {"enabled": value} if isinstance(value, bool) else value for key, value in body.items() if value is not None}
    for key in ("required_status_checks", "required_pull_request_reviews", "enforce_admins", "required_signatures"):
        if isinstance(wrapped.get(key), dict):
            wrapped[key] = {"url": f"{address}/{key}", **wrapped[key]}
    return {"url": address, **wrapped}


def ruleset(*, without: tuple[str, ...] = (), reviews: dict[str, Any] | None = None, strict: bool = True, **changes: Any) -> dict[str, Any]:
    """A ruleset for the default branch; `without` are the types of rules that are left out."""
    rules = [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {"type": "required_linear_history"},
        {"type": "required_signatures"},
        {
            "type": "pull_request",
            "parameters": {
                "required_approving_review_count": 1,
                "dismiss_stale_reviews_on_push": True,
                "require_code_owner_review": True,
                "require_last_push_approval": True,
                "required_review_thread_resolution": True,
                **(reviews or {}),
            },
        },
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": strict,
                "required_status_checks": [{"context": "test", "integration_id": ACTIONS}],
            },
        },
    ]
    body: dict[str, Any] = {
        "name": "main",
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [rule for rule in rules if rule["type"] not in without],
    } | changes
    return {key: value for key, value in body.items() if value is not ...}


def protections(body: object, path: str = "branch-protection/main.json", **branch_of: str) -> list[Protection]:
    return read(json.dumps(body, indent=2).encode(), path, branch_of)


def protection(body: object, path: str = "branch-protection/main.json") -> Protection:
    (found,) = protections(body, path)
    return found
