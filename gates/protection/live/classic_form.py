"""A classic branch protection in the form in which a file and what is live can be compared, and from which it is sent.

The form is the body of the PUT, but that required checks are sorted pairs of name and app under `checks`, and that lists are sorted tuples.
https://docs.github.com/rest/branches/branch-protection#update-branch-protection
"""

from __future__ import annotations

from typing import Final

from gates.github.rest import Document
from gates.protection.live.form_parts import (
    Malformed,
    checks_of,
    document_of,
    flag_of,
    list_of,
    live_checks,
    pairs_of,
    refuse_unknown,
    sendable,
    sorted_checks,
    texts_of,
)

CHECKS: Final = "required_status_checks"
REVIEWS: Final = "required_pull_request_reviews"
SIGNATURES: Final = "required_signatures"  # no key of the PUT: it has an endpoint of its own
_SENT_FLAGS: Final = (
    "enforce_admins",
    "required_linear_history",
    "allow_force_pushes",
    "allow_deletions",
    "block_creations",
    "required_conversation_resolution",
    "lock_branch",
    "allow_fork_syncing",
)
KEYS: Final = frozenset({CHECKS, REVIEWS, "restrictions", SIGNATURES, *_SENT_FLAGS})

_REVIEW_FLAGS: Final = ("dismiss_stale_reviews", "require_code_owner_reviews", "require_last_push_approval")
_REVIEWERS: Final = ("dismissal_restrictions", "bypass_pull_request_allowances")
_COUNT: Final = "required_approving_review_count"
_PEOPLE: Final = {"users": "login", "teams": "slug", "apps": "slug"}
# What an answer says beside the settings, and a file that was saved from one.
_ECHO: Final = ("url", "name", "enabled", "protection_url", "enforcement_level", "contexts_url", "users_url", "teams_url", "apps_url")


def form_of(document: Document) -> Document:
    """Of a PUT body or a GET answer; of its keys only those that are there. Raises Malformed."""
    form: Document = {}
    for key, value in document.items():
        # A setting that is younger than this list is kept too: a write that loses it is noticed.
        if key in (*_SENT_FLAGS, SIGNATURES) or (isinstance(value, dict) and isinstance(value.get("enabled"), bool)):
            form[key] = flag_of(value, key)
    if CHECKS in document:
        form[CHECKS] = _checks(document[CHECKS])
    if REVIEWS in document:
        form[REVIEWS] = _reviews(document[REVIEWS])
    if "restrictions" in document:
        form["restrictions"] = _people(document["restrictions"], "restrictions")
    return form


def refuse_unknown_keys(document: Document) -> None:
    """Of a file. Raises Malformed."""
    refuse_unknown(document, {*KEYS, *_ECHO})
    refuse_unknown(document.get(CHECKS), {"strict", "contexts", "checks", *_ECHO}, f"{CHECKS}.")
    reviews = document.get(REVIEWS)
    refuse_unknown(reviews, {*_REVIEW_FLAGS, *_REVIEWERS, _COUNT, *_ECHO}, f"{REVIEWS}.")
    refuse_unknown(document.get("restrictions"), {*_PEOPLE, *_ECHO}, "restrictions.")
    if isinstance(reviews, dict):
        for key in _REVIEWERS:
            refuse_unknown(reviews.get(key), {*_PEOPLE, *_ECHO}, f"{REVIEWS}.{key}.")


def live_form(document: Document) -> Document:
    """Of a GET answer, in which a key that is not there means off. Raises Malformed."""
    if "url" not in document and "enforce_admins" not in document:
        raise Malformed("", "the answer describes no protection")  # an empty one would mean that all is off
    off: Document = {CHECKS: None, REVIEWS: None, "restrictions": None, **dict.fromkeys((*_SENT_FLAGS, SIGNATURES), False)}
    form = {**off, **form_of(document)}
    if isinstance(checks := form[CHECKS], dict):
        form[CHECKS] = {"strict": False, "checks": (), **checks}
        told = document.get(CHECKS)
        if isinstance(told, dict) and "checks" in told:  # an old server has `contexts` alone, and keeps the apps to itself
            form[CHECKS] = live_checks({"strict": False, **checks})
    if isinstance(reviews := form[REVIEWS], dict):
        form[REVIEWS] = {**dict.fromkeys(_REVIEW_FLAGS, False), _COUNT: 0, **dict.fromkeys(_REVIEWERS), **reviews}
    return form


def put_body(form: Document, before: Document) -> Document:
    """The four keys that the PUT takes always, and those of the others that the form has. `before` is what is live, empty for nothing.

    Required checks go by their names alone: GitHub refuses `checks` beside `contexts`, and its documentation a body without `contexts`.
    What they say about apps is sent afterwards, see `patch_body`.
    """
    checks, reviews, restrictions = form.get(CHECKS), form.get(REVIEWS), form.get("restrictions")
    body: Document = {key: form[key] for key in _SENT_FLAGS if key in form}
    body["enforce_admins"] = form.get("enforce_admins")
    body[CHECKS] = body[REVIEWS] = body["restrictions"] = None
    if isinstance(checks, dict):
        body[CHECKS] = {"strict": checks.get("strict", False), "contexts": list(dict.fromkeys(name for name, _ in pairs_of(checks)))}
    if isinstance(reviews, dict):
        there = before.get(REVIEWS)
        on = {key for key, value in there.items() if value is not None} if isinstance(there, dict) else set()
        # An empty object switches a list of people off, and is not taken where there never can be one.
        kept = {key: value for key, value in reviews.items() if value is not None or key in on}
        body[REVIEWS] = {key: {} if value is None else sendable(value) for key, value in kept.items()}
    if isinstance(restrictions, dict):
        body["restrictions"] = sendable({"users": (), "teams": (), **restrictions})
    return body


def patch_body(form: Document) -> Document | None:
    """What ties required checks to apps; None where nothing is said about apps."""
    checks = form.get(CHECKS)
    pairs = pairs_of(checks)
    if not isinstance(checks, dict) or all(app is None for _, app in pairs):
        return None
    listed = [{"context": name} if app is None else {"context": name, "app_id": app} for name, app in pairs]
    return {"strict": checks.get("strict", False), "checks": listed}


def _checks(value: object) -> Document | None:
    if value is None:
        return None
    table = document_of(value, CHECKS)
    form: Document = {}
    if "strict" in table:
        form["strict"] = flag_of(table["strict"], f"{CHECKS}.strict")
    if "contexts" in table or "checks" in table:
        checks = checks_of(list_of(table.get("checks") or [], f"{CHECKS}.checks"), "app_id", f"{CHECKS}.checks")
        known = {name for name, _ in checks}  # a name that stands in both lists is what `checks` says of it
        contexts = texts_of(table.get("contexts") or [], f"{CHECKS}.contexts")
        form["checks"] = sorted_checks({*checks, *((name, None) for name in contexts if name not in known)})
    return form


def _reviews(value: object) -> Document | None:
    if value is None:
        return None
    table = document_of(value, REVIEWS)
    form: Document = {key: flag_of(table[key], f"{REVIEWS}.{key}") for key in _REVIEW_FLAGS if key in table}
    if _COUNT in table:
        count = table[_COUNT]
        if not isinstance(count, int) or isinstance(count, bool):
            raise Malformed(f"{REVIEWS}.{_COUNT}", "is no whole number")
        form[_COUNT] = count
    for key in _REVIEWERS:
        if key in table:
            people = _people(table[key], f"{REVIEWS}.{key}")
            # Restricted to nobody is a restriction; an exception for nobody is none.
            form[key] = people if people and (key == "dismissal_restrictions" or any(people.values())) else None
    return form


def _people(value: object, key: str) -> Document | None:
    """Logins and slugs, in lower case as GitHub compares them. None is none."""
    if value is None:
        return None
    table = document_of(value, key)
    form: Document = {}
    for kind, name in _PEOPLE.items():
        if kind in table:
            entries = [entry.get(name) if isinstance(entry, dict) else entry for entry in list_of(table[kind], f"{key}.{kind}")]
            form[kind] = tuple(sorted({entry.lower() for entry in texts_of(entries, f"{key}.{kind}")}))
    return form
