"""Files as a repository has them, and the way to the double."""

from __future__ import annotations

import json
from typing import Any

from gates.core.deadline import Deadline
from gates.core.network import Network
from gates.github.rest import Api
from gates.protection.live import asked
from gates.protection.live.asked import Asked
from tests.doubles.github import ACTIONS, TOKEN, GitHub

MAIN: dict[str, Any] = {
    "required_status_checks": {"strict": True, "checks": [{"context": "lint", "app_id": ACTIONS}, {"context": "test"}]},
    "enforce_admins": True,
    "required_pull_request_reviews": {
        "dismiss_stale_reviews": True,
        "require_code_owner_reviews": True,
        "required_approving_review_count": 2,
    },
    "restrictions": None,
    "allow_force_pushes": False,
    "allow_deletions": False,
    "required_signatures": True,
}
RULESET: dict[str, Any] = {
    "name": "main",
    "target": "branch",
    "enforcement": "active",
    "bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}],
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
    "rules": [
        {"type": "deletion"},
        {"type": "non_fast_forward"},
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": True,
                "required_status_checks": [{"context": "lint", "integration_id": ACTIONS}, {"context": "test"}],
            },
        },
        {
            "type": "pull_request",
            "parameters": {
                "dismiss_stale_reviews_on_push": True,
                "require_code_owner_review": True,
                "require_last_push_approval": False,
                "required_approving_review_count": 1,
                "required_review_thread_resolution": True,
            },
        },
    ],
}


def protection(document: object = None, path: str = "branch-protection/main.json") -> Asked:
    (found,) = protections(MAIN if document is None else document, path)
    return found


def ruleset(document: object = None, path: str = ".github/rulesets/main.json") -> Asked:
    return protection(RULESET if document is None else document, path)


def protections(document: object, path: str = "branch-protection/main.json") -> list[Asked]:
    return asked.read(json.dumps(document, indent=2).encode(), path, {})


def api(github: GitHub, token: str = TOKEN, timeout: float = 5) -> Api:
    return Api(github.api, "acme/widget", token, Network(timeout=timeout), Deadline(30))
