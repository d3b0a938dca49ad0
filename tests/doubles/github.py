"""GitHub's REST API for the protection of one repository, on the loopback: it keeps what is written, and answers as it is documented.

Every request and every answer is checked against GitHub's own description; what does not agree with it is in `violations`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from tests.doubles.http import Asked, Double, Fault
from tests.doubles.openapi import filled, operation, request_problems, response_problems

TOKEN = "ghp_" + "doubledoubledoubledoubledoubledouble"
ACTIONS = 15368

Refusal = Literal["", "401", "403", "403-limit", "403-secondary", "404", "429", "409"]
Answer = tuple[int, Any] | tuple[int, Any, *tuple[str, ...]]
_BASE = "/api/v3"
_FLAGS = (
    "enforce_admins",
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)


class GitHub(Double):
    """The repository acme/widget.

    `protections` are by branch, in the form of GET without its addresses; `rulesets` are in that of GET. `admin`: the token may see and
    write protections. `apps` have lately reported a check of that name. A fault or refusal strikes the requests that `strikes` picks.
    `meddle` is called before each request is answered. `loses` are settings or rule types that a write quietly drops.
    """

    def __init__(self, refusal: Refusal = "", fault: Fault = "") -> None:
        super().__init__(fault)
        self.refusal = refusal
        self.strikes: Callable[[Asked], bool] = lambda asked: True
        self.meddle: Callable[[Asked], None] = lambda asked: None
        self.loses: set[str] = set()
        self.admin = True
        self.public = True
        self.default_branch = "main"
        self.branches = {"main", "develop", "release/1"}
        self.protections: dict[str, dict[str, Any]] = {}
        self.rulesets: list[dict[str, Any]] = []
        self.apps: dict[str, int] = {}
        self.page_size = 100
        self.next_page = ""  # another address than the right one
        self.violations: list[str] = []
        self.retry_after = "60"

    @property
    def api(self) -> str:
        return self.url + _BASE

    @property
    def written(self) -> list[str]:
        """Method and path of every request that is no question."""
        return [f"{asked.method} {asked.path.removeprefix(_BASE)}" for asked in self.asked if asked.method != "GET"]

    def protect(self, branch: str, **settings: Any) -> None:
        self.protections[branch] = {**_nothing(), **settings}

    def add_ruleset(self, **settings: Any) -> dict[str, Any]:
        ruleset = {
            "id": 100 + len(self.rulesets),
            "name": "main",
            "target": "branch",
            "source_type": "Repository",
            "source": "acme/widget",
            "enforcement": "active",
            "bypass_actors": [],
            "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
            "rules": [],
            "updated_at": "2026-11-01T00:00:00Z",
            **settings,
        }
        self.rulesets.append(ruleset)
        return ruleset

    # answers

    def fault_for(self, asked: Asked) -> Fault:
        return super().fault_for(asked) if self.strikes(asked) else ""

    def answer(self, asked: Asked) -> tuple[int, bytes, *tuple[str, ...]]:
        self.meddle(asked)
        address = urlsplit(asked.path)
        found = operation(asked.method, address.path.removeprefix(_BASE)) if address.path.startswith(_BASE) else None
        if found is None:
            self.violations.append(f"{asked.method} {asked.path} is no operation")
            return 404, b'{"message": "Not Found"}'
        template, parameters = found
        body = json.loads(asked.body) if asked.body else None
        if problems := self._request_problems(asked, template, body):
            self.violations += [f"{asked.method} {template}: {problem}" for problem in problems]
            return 422, json.dumps(_invalid("Invalid request.", *problems)).encode()
        refused = self._refused(asked) if self.refusal and self.strikes(asked) else None
        status, document, *fields = refused or self._answer(asked, template, parameters, body, parse_qs(address.query))
        self.violations += [
            f"answer to {asked.method} {template}: {each}" for each in response_problems(asked.method, template, status, document)
        ]
        return status, json.dumps(document).encode(), *fields

    def _request_problems(self, asked: Asked, template: str, body: object) -> list[str]:
        problems = request_problems(asked.method, template, body)
        for name, value in (("x-github-api-version", "2022-11-28"), ("accept", "application/vnd.github+json")):
            if asked.headers.get(name) != value:
                problems.append(f"header {name} is {asked.headers.get(name)!r}")
        if not asked.headers.get("user-agent"):  # https://docs.github.com/rest/using-the-rest-api: requests without one are refused
            problems.append("no user agent")
        if body is not None and asked.headers.get("content-type") != "application/json":
            problems.append("a body that is not said to be JSON")
        return problems

    def _refused(self, asked: Asked) -> Answer:
        # Some servers are talkative: the token must not come out by their words.
        echo = asked.headers.get("authorization", "")
        if self.refusal == "401":
            return 401, {"message": f"Bad credentials {echo}"}
        if self.refusal == "403":
            return 403, {"message": f"Resource not accessible by integration {echo}"}
        if self.refusal == "403-limit":
            spent = ("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1795219200")
            return 403, {"message": "API rate limit exceeded for user ID 1."}, *spent
        if self.refusal == "403-secondary":
            return 403, {"message": "You have exceeded a secondary rate limit."}, f"Retry-After: {self.retry_after}"
        if self.refusal == "429":
            return 429, {"message": "Too many requests"}, f"Retry-After: {self.retry_after}"
        return int(self.refusal), {"message": "Conflict" if self.refusal == "409" else "Not Found"}

    def _answer(self, asked: Asked, template: str, parameters: dict[str, str], body: Any, query: dict[str, list[str]]) -> Answer:
        authorization = asked.headers.get("authorization", "")
        if authorization and authorization != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        if f"{parameters['owner']}/{parameters['repo']}" != "acme/widget" or not (self.public or authorization):
            return _not_found()
        tail = template.removeprefix("/repos/{owner}/{repo}")
        branch = unquote(parameters.get("branch", ""))
        if tail == "":
            return 200, filled("full-repository", default_branch=self.default_branch)
        if tail == "/branches/{branch}":
            return self._branch(branch)
        if tail.startswith("/branches/{branch}/protection"):
            if not authorization:
                return 401, {"message": "Requires authentication"}
            return self._protection(asked.method, tail, branch, body) if self.admin else _not_found()
        if tail == "/rules/branches/{branch}":
            return self._page(asked, self._rules(branch), query)
        if asked.method != "GET" and not (self.admin and authorization):
            return _not_found()
        return self._rulesets(asked, parameters, body, query)

    def _branch(self, name: str) -> Answer:
        if name not in self.branches:
            return 404, {"message": "Branch not found"}
        protection = self.protections.get(name)
        checks = protection.get("required_status_checks") if protection else None
        shown = {"enabled": protection is not None, "required_status_checks": {"contexts": [], "checks": [], **(checks or {})}}
        return 200, filled(
            "branch-with-protection", name=name, protected=protection is not None or bool(self._rules(name)), protection=shown
        )

    # classic

    def _protection(self, method: str, tail: str, branch: str, body: Any) -> Answer:
        if branch not in self.branches:
            return 404, {"message": "Branch not found"}
        there = self.protections.get(branch)
        if method == "PUT":
            return self._put(branch, body)
        if there is None:
            return 404, {"message": "Branch not protected"}
        if tail.endswith("/required_signatures"):
            if method == "POST" and "required_signatures" not in self.loses:
                there["required_signatures"] = True
            return 200, {"url": self._url(branch, "/required_signatures"), "enabled": there["required_signatures"]}
        if method == "PATCH":
            if there["required_status_checks"] is None:
                return 404, {"message": "Required status checks not enabled"}
            there["required_status_checks"] = {"strict": body["strict"], "checks": [self._check(each) for each in body["checks"]]}
            return 200, self._checks(branch)
        return 200, self._shown(branch)

    def _put(self, branch: str, body: Any) -> Answer:
        checks = body["required_status_checks"]
        if checks and "contexts" in checks and "checks" in checks:  # google/go-github#2276: the one or the other
            return 422, _invalid("Invalid request.", 'No subschema in "anyOf" matched.')
        protection = {**_nothing(), **{key: bool(body[key]) for key in _FLAGS if key in body}}
        protection["required_signatures"] = bool((self.protections.get(branch) or {}).get("required_signatures"))
        if checks:
            protection["required_status_checks"] = {
                "strict": checks["strict"],
                "checks": [self._check({"context": name}) for name in checks["contexts"]],
            }
        if (reviews := body["required_pull_request_reviews"]) is not None:
            protection["required_pull_request_reviews"] = {
                "dismiss_stale_reviews": False,
                "require_code_owner_reviews": False,
                "require_last_push_approval": False,
                "required_approving_review_count": 1,
                **{key: value for key, value in reviews.items() if value != {}},
            }
        protection["restrictions"] = body["restrictions"]
        for key in self.loses:
            if key in protection:
                protection[key] = _nothing()[key]
        self.protections[branch] = protection
        return 200, self._written(branch)

    def _check(self, asked: dict[str, Any]) -> dict[str, Any]:
        app = asked.get("app_id", self.apps.get(asked["context"]))
        return {"context": asked["context"], "app_id": None if app == -1 else app}

    def _shown(self, branch: str) -> dict[str, Any]:
        """The answer of GET."""
        protection = self.protections[branch]
        shown: dict[str, Any] = {"url": self._url(branch, "")}
        for key in _FLAGS:
            shown[key] = {"enabled": protection[key]}
        shown["enforce_admins"]["url"] = self._url(branch, "/enforce_admins")
        shown["required_signatures"] = {"url": self._url(branch, "/required_signatures"), "enabled": protection["required_signatures"]}
        shown |= {key: value for key, value in protection.items() if key not in {*_nothing()}}
        if protection["required_status_checks"]:
            shown["required_status_checks"] = self._checks(branch)
        if protection["required_pull_request_reviews"]:
            reviews = protection["required_pull_request_reviews"]
            shown["required_pull_request_reviews"] = {
                "url": self._url(branch, "/required_pull_request_reviews"),
                **{key: self._people(value) if isinstance(value, dict) else value for key, value in reviews.items()},
            }
        if protection["restrictions"] is not None:
            addresses = {key: self._url(branch, "/restrictions") for key in ("url", "users_url", "teams_url", "apps_url")}
            shown["restrictions"] = {"users": [], "teams": [], "apps": [], **addresses, **self._people(protection["restrictions"])}
        return shown

    def _written(self, branch: str) -> dict[str, Any]:
        """The answer of PUT, which is strict about its parts and so says less here."""
        return {key: value for key, value in self._shown(branch).items() if key in ("url", "required_status_checks", "restrictions")}

    def _checks(self, branch: str) -> dict[str, Any]:
        checks = self.protections[branch]["required_status_checks"]
        url = self._url(branch, "/required_status_checks")
        return {**checks, "url": url, "contexts_url": f"{url}/contexts", "contexts": [each["context"] for each in checks["checks"]]}

    def _people(self, people: dict[str, list[str]]) -> dict[str, Any]:
        kinds = {"users": ("simple-user", "login"), "teams": ("team", "slug"), "apps": ("integration", "slug")}
        return {kind: [_person(kinds[kind], name) for name in names] for kind, names in people.items()}

    def _url(self, branch: str, tail: str) -> str:
        return f"{self.api}/repos/acme/widget/branches/{branch}/protection{tail}"

    # rulesets

    def _rulesets(self, asked: Asked, parameters: dict[str, str], body: Any, query: dict[str, list[str]]) -> Answer:
        if "ruleset_id" not in parameters:
            if asked.method == "GET":
                hidden = ("rules", "conditions", "bypass_actors")
                listed = [{key: value for key, value in each.items() if key not in hidden} for each in self.rulesets]
                return self._page(asked, listed, query)
            return 201, self._shown_ruleset(self._store(self.add_ruleset(name=body["name"]), body), asked)
        there = next((each for each in self.rulesets if str(each["id"]) == parameters["ruleset_id"]), None)
        if there is None:
            return _not_found()
        if asked.method == "PUT":
            self._store(there, body)
        return 200, self._shown_ruleset(there, asked)

    def _store(self, there: dict[str, Any], body: Any) -> dict[str, Any]:
        there |= deepcopy(body)
        there["rules"] = [rule for rule in there["rules"] if rule["type"] not in self.loses]
        for key in self.loses & {"bypass_actors", "conditions"}:
            there[key] = [] if key == "bypass_actors" else {"ref_name": {"include": [], "exclude": []}}
        for rule in there["rules"]:
            if rule["type"] == "pull_request":  # the server fills in what was left out
                rule["parameters"] = {
                    "allowed_merge_methods": ["merge", "squash", "rebase"],
                    "required_reviewers": [],
                    **rule["parameters"],
                }
        return there

    def _shown_ruleset(self, ruleset: dict[str, Any], asked: Asked) -> dict[str, Any]:
        may = self.admin and "authorization" in asked.headers
        return {key: value for key, value in ruleset.items() if may or key != "bypass_actors"}

    def _rules(self, branch: str) -> list[dict[str, Any]]:
        found = []
        for ruleset in self.rulesets:
            if ruleset["enforcement"] == "active" and ruleset["target"] == "branch" and self._covers(ruleset, branch):
                source = {"ruleset_source_type": ruleset["source_type"], "ruleset_source": ruleset["source"], "ruleset_id": ruleset["id"]}
                found += [{**rule, **source} for rule in ruleset["rules"]]
        return found

    def _covers(self, ruleset: dict[str, Any], branch: str) -> bool:
        names = ruleset["conditions"]["ref_name"]
        own = {f"refs/heads/{branch}", "~ALL", *(["~DEFAULT_BRANCH"] if branch == self.default_branch else [])}
        return bool(own & set(names["include"])) and not own & set(names["exclude"])

    def _page(self, asked: Asked, entries: list[Any], query: dict[str, list[str]]) -> Answer:
        number = int(query.get("page", ["1"])[0])
        size = min(self.page_size, int(query.get("per_page", ["30"])[0]))
        page, more = entries[(number - 1) * size : number * size], len(entries) > number * size
        if not more and not self.next_page:
            return 200, page
        address = urlsplit(asked.path)
        following = self.next_page or f"{self.url}{address.path}?per_page={size}&page={number + 1}"
        return 200, page, f'Link: <{self.url}{address.path}?page=1>; rel="first", <{following}>; rel="next"'


def _nothing() -> dict[str, Any]:
    settings: dict[str, Any] = dict.fromkeys((*_FLAGS, "required_signatures"), False)
    return {**settings, "required_status_checks": None, "required_pull_request_reviews": None, "restrictions": None}


def _person(kind: tuple[str, str], name: str) -> dict[str, Any]:
    schema, key = kind
    if schema == "integration":
        return filled_integration(name)
    return filled(schema, **{key: name}, **({"gravatar_id": ""} if schema == "simple-user" else {}))


def filled_integration(slug: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(("node_id", "name", "external_url", "html_url"), "https://example.invalid/"),
        **dict.fromkeys(("created_at", "updated_at"), "2026-11-20T00:00:00Z"),
        "id": 1,
        "slug": slug,
        "owner": filled("simple-user", login="acme"),
        "description": "",
        "permissions": {},
        "events": [],
    }


def _not_found() -> Answer:
    return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}


def _invalid(message: str, *errors: str) -> dict[str, Any]:
    return {"message": message, "documentation_url": "https://docs.github.com/rest", "errors": list(errors)}
