"""A ruleset in the form in which a file and what is live can be compared, and from which it is sent.

The form is the body of the POST, but that rules are a table of parameters by type, that required checks are sorted pairs of name and app
under `checks`, that bypass actors are sorted triples, and that lists of texts are sorted tuples.
https://docs.github.com/rest/repos/rules#create-a-repository-ruleset
"""

from __future__ import annotations

from typing import Final

from gates.github.requirement import ANY_APP
from gates.github.rest import Document
from gates.protection.live.form_parts import (
    Malformed,
    checks_of,
    document_of,
    list_of,
    live_checks,
    pairs_of,
    refuse_unknown,
    sendable,
    unordered,
)

CHECKS: Final = "required_status_checks"
KEYS: Final = ("name", "target", "enforcement", "bypass_actors", "conditions", "rules")

_ECHO: Final = ("id", "node_id", "source", "source_type", "_links", "created_at", "updated_at", "current_user_can_bypass")
_NO_ID: Final = -1


def form_of(document: Document) -> Document:
    """Of a file or of an answer; of its keys only those that are there. Raises Malformed."""
    form: Document = {}
    for key in ("name", "target", "enforcement"):
        if key in document:
            if not isinstance(document[key], str):
                raise Malformed(key, "is no text")
            form[key] = document[key]
    if "bypass_actors" in document:
        form["bypass_actors"] = tuple(sorted(map(_actor, list_of(document["bypass_actors"] or [], "bypass_actors"))))
    if document.get("conditions") is not None:
        form["conditions"] = unordered(document_of(document["conditions"], "conditions"))
    if "rules" in document:
        form["rules"] = _rules(list_of(document["rules"], "rules"))
    return form


def refuse_unknown_keys(document: Document) -> None:
    """Of a file. Raises Malformed."""
    refuse_unknown(document, {*KEYS, *_ECHO})
    if document.get("source_type", "Repository") != "Repository":
        raise Malformed("source_type", "says that the ruleset is not the repository's own; such a one is applied where it belongs")


def live_form(document: Document) -> Document:
    """Of an answer; `bypass_actors` stay out where it does not show them. Raises Malformed."""
    form = form_of(document)
    if "rules" not in form or "enforcement" not in form:
        raise Malformed("", "the answer describes no ruleset")
    rules = form.get("rules")
    if isinstance(rules, dict) and isinstance(rules.get(CHECKS), dict):
        form["rules"] = {**rules, CHECKS: live_checks(rules[CHECKS])}
    return form


def body_of(form: Document) -> Document:
    """Of the POST or PUT."""
    body: Document = {key: sendable(form[key]) for key in KEYS if key in form}
    actors, rules = form.get("bypass_actors"), form.get("rules")
    if isinstance(actors, tuple):
        body["bypass_actors"] = [
            {"actor_type": kind, "actor_id": None if number == _NO_ID else number, "bypass_mode": mode} for kind, number, mode in actors
        ]
    if isinstance(rules, dict):
        body["rules"] = [_rule_body(kind, parameters) for kind, parameters in rules.items()]
    return body


def _rule_body(kind: str, parameters: Document) -> Document:
    sent = {key: sendable(value) for key, value in parameters.items() if (kind, key) != (CHECKS, "checks")}
    if kind == CHECKS and "checks" in parameters:
        sent[CHECKS] = [
            {"context": name} if app in (None, ANY_APP) else {"context": name, "integration_id": app} for name, app in pairs_of(parameters)
        ]
    return {"type": kind, "parameters": sent} if sent else {"type": kind}


def _rules(rules: list[object]) -> Document:
    form: Document = {}
    for rule in rules:
        table = document_of(rule, "rules")
        kind = table.get("type")
        if not isinstance(kind, str) or not kind:
            raise Malformed("rules", "holds a rule without a type")
        if kind in form:
            raise Malformed(f"rules.{kind}", "stands there twice; a ruleset holds one rule of a type")
        given = document_of(table.get("parameters") or {}, f"rules.{kind}")
        parameters = {key: unordered(value) for key, value in given.items() if (kind, key) != (CHECKS, CHECKS)}
        if kind == CHECKS and CHECKS in given:
            parameters["checks"] = checks_of(list_of(given[CHECKS], f"rules.{kind}"), "integration_id", f"rules.{kind}")
        form[kind] = parameters
    return form


def _actor(value: object) -> tuple[str, int, str]:
    """Type, id and mode. The id of the two types of which there is only one says nothing."""
    table = document_of(value, "bypass_actors")
    kind, number, mode = table.get("actor_type"), table.get("actor_id"), table.get("bypass_mode", "always")
    if not isinstance(kind, str) or not isinstance(mode, str) or isinstance(number, bool) or not isinstance(number, int | None):
        raise Malformed("bypass_actors", "holds an entry without a type, or with an id that is no number")
    return kind, _NO_ID if number is None or kind in ("OrganizationAdmin", "DeployKey") else number, mode
