"""Whether a job is part of a pipeline, when it runs there, and whether its failure counts.

https://docs.gitlab.com/ci/yaml/#rules, https://docs.gitlab.com/ci/yaml/#allow_failure and, for only and except,
https://docs.gitlab.com/ci/yaml/deprecated_keywords/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from gates.protection.gitlab import conditions, items
from gates.protection.gitlab.conditions import Truth, Variables
from gates.protection.gitlab.items import Item, Unknown
from gates.protection.gitlab.jobs import Jobs
from gates.protection.gitlab.loading import expression, rule_truth

Kind = Literal["merge request", "branch"]
Failure = Literal["counts", "some", "ignored", "unknown"]  # "some": with certain exit codes it does not count

_WHEN: Final = ("on_success", "always", "manual", "delayed", "on_failure", "never")
_UNKNOWN: Final = "unknown"
# What each keyword of only and except means in the two kinds of pipelines that a merge request can wait for.
_REFS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "branches": ("branch",),
    "pushes": ("branch",),
    "merge_requests": ("merge request",),
    **dict.fromkeys(("api", "chat", "external", "external_pull_requests", "pipelines", "schedules", "tags", "triggers", "web"), ()),
}
_DEFAULT_REFS: Final = ("branches", "tags")


class Outcome(NamedTuple):
    """One of the ways in which a job can end up in a pipeline, or not. `why` says what decides for it, "" where nothing is open."""

    present: bool
    when: str
    failure: Failure
    why: str
    path: str
    line: int


def outcomes(jobs: Jobs, name: str, kind: Kind, variables: Variables, workflow: bool) -> tuple[Outcome, ...]:
    """All that can be, in the order of the rules: one where nothing is open. `workflow`: the configuration has `workflow:rules`,
    which takes the defaults of only from every job. Raises DocumentError.
    """
    job, unknown = jobs.job(name)
    rules = jobs.value(name, "rules")
    only, except_ = jobs.value(name, "only"), jobs.value(name, "except")
    when = _when(jobs.value(name, "when"))
    # The default is true for a job that is manual by itself, and false for one that a rule makes manual.
    failure = _failure(jobs.value(name, "allow_failure")) or ("ignored" if when == "manual" else "counts")
    if unknown:
        return (Outcome(True, when, "unknown", unknown, job.path, job.line),)
    if rules is not None:
        if only is not None or except_ is not None:
            raise rules.error(f"{name!r} has rules, and only or except besides; GitLab takes one of them")
        return _by_rules(rules, variables, when, failure)
    truth, why = _by_refs(only, except_, kind, variables, workflow)
    here = Outcome(True, when, _known(when, failure), "", job.path, job.line)
    absent = Outcome(False, "never", "counts", "only and except", (only or except_ or job).path, (only or except_ or job).line)
    if truth is None:
        return here._replace(why=why), absent._replace(why=why)
    return (here if truth else absent,)


def rules_outcome(rules: Item, variables: Variables) -> tuple[Truth, str]:
    """Of `workflow:rules`: whether the pipeline runs, and what it hangs on. Raises DocumentError."""
    found = _by_rules(rules, variables, "always", "counts")
    present = {outcome.present for outcome in found}
    return (None, found[0].why) if len(present) > 1 else (found[0].present, "")


def _by_rules(rules: Item, variables: Variables, when: str, failure: Failure) -> tuple[Outcome, ...]:
    found: list[Outcome] = []
    pending = ""
    for rule in items.flat(rules):
        truth, why = rule_truth(rule, variables)
        if truth is False:
            continue
        pending = pending or why
        found.append(_outcome(rule, when, failure, pending))
        if truth:
            return tuple(found)
    found.append(Outcome(False, "never", "counts", pending, rules.path, rules.line))
    return tuple(found)


def _outcome(rule: Item, when: str, failure: Failure, why: str) -> Outcome:
    if not isinstance(rule.value, dict):
        return Outcome(True, when, "unknown", why, rule.path, rule.line)
    when = _when(rule.value.get("when"), when)
    failure = _known(when, _failure(rule.value.get("allow_failure")) or failure)
    return Outcome(when != "never", when, failure, why, rule.path, rule.line)


def _known(when: str, failure: Failure) -> Failure:
    return "unknown" if when == _UNKNOWN else failure


def _when(item: Item | None, default: str = "on_success") -> str:
    if item is None or item.value is None:
        return default
    if isinstance(item.value, Unknown):
        return _UNKNOWN
    if item.value not in _WHEN:
        raise item.error(f"'when' must be one of {', '.join(_WHEN)}")
    return str(item.value)


def _failure(item: Item | None) -> Failure | None:
    """None where nothing is said."""
    if item is None or item.value is None:
        return None
    if isinstance(item.value, Unknown):
        return "unknown"
    if isinstance(item.value, dict):
        if list(item.value) != ["exit_codes"]:
            raise item.error("'allow_failure' must be true, false or a table with exit_codes")
        return "some"
    return "ignored" if items.flag(item) else "counts"


def _by_refs(only: Item | None, except_: Item | None, kind: Kind, variables: Variables, workflow: bool) -> tuple[Truth, str]:
    wanted = _policy(only, kind, variables, None if workflow and only is None else _DEFAULT_REFS)
    unwanted = _policy(except_, kind, variables, None)
    # All keywords of `only` must agree; one of `except` is enough.
    truth = conditions.both([*wanted.values(), conditions.denied(conditions.either(unwanted.values()))])
    open_ = [key for table in (wanted, unwanted) for key, one in table.items() if one is None]
    return truth, f"only and except: {open_[0]}" if open_ else ""


def _policy(item: Item | None, kind: Kind, variables: Variables, default: tuple[str, ...] | None) -> dict[str, Truth]:
    """What each keyword of it says; without `refs` those of the default count."""
    found: dict[str, Truth] = {}
    if item is not None and isinstance(item.value, Unknown):
        return {"refs": None}
    table = item.value if item is not None and isinstance(item.value, dict) else {}
    refs = table.get("refs") if table or item is None else item
    if refs is not None and refs.value is not None:
        found["refs"] = conditions.either(_ref(str(one.value), kind, variables) for one in items.texts(refs))
    elif default is not None:
        found["refs"] = conditions.either(_ref(ref, kind, variables) for ref in default)
    if "variables" in table:
        found["variables"] = conditions.either(expression(one, variables) for one in items.flat(table["variables"]))
    for key in ("changes", "kubernetes"):
        if key in table:
            found[key] = None
    return found


def _ref(ref: str, kind: Kind, variables: Variables) -> Truth:
    """Names and patterns are matched in pipelines of branches and tags alone. `@group/project` limits it to that project."""
    name, _, project = ref.partition("@") if not ref.startswith("/") else (ref, "", "")
    if name in _REFS:
        here = kind in _REFS[name]
        return None if here and project else here
    if kind == "merge request":
        return False
    return None if name.startswith("/") or project else conditions.equal(variables.get("CI_COMMIT_BRANCH"), name)
