"""Whether the settings of a branch are those of the policy; which checks really report is judged elsewhere.

Several protections of a branch add up, so it is their sum that is judged. What none of them says is off where each is whole; where one
leaves alone what it does not mention, nothing follows from silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.github.branches import covers, effective, in_force, protected_branches
from gates.github.requirement import Protection, Setting
from gates.github.requirements.reading import IN_REVIEWS
from gates.protection.options import Options
from gates.protection.rules.settings import (
    ADMINS_EXEMPT,
    CODE_OWNER_REVIEW_OFF,
    CONVERSATIONS_OPEN,
    DELETION_ALLOWED,
    EXPECTED_CONTEXT_MISSING,
    FORCE_PUSH_ALLOWED,
    HISTORY_NOT_LINEAR,
    LAST_PUSH_UNAPPROVED,
    NO_REQUIRED_CHECKS,
    NOT_STRICT,
    OWN_GATE_NOT_REQUIRED,
    REVIEW_NOT_REQUIRED,
    RULESET_INACTIVE,
    SIGNATURES_NOT_REQUIRED,
    STALE_REVIEWS_KEPT,
)

Of = Callable[[Protection], Setting[bool] | None]


class _Switch(NamedTuple):
    """A setting that is on or off. `key` names it in findings, as a classic body does, whichever form a branch is protected in."""

    rule: Rule
    key: str
    of: Of
    wanted: bool
    wrong: str
    classic: str  # the way out
    ruleset: str
    of_reviews: bool = False  # means nothing where no review is asked for


_SWITCHES = (
    _Switch(
        FORCE_PUSH_ALLOWED,
        "allow_force_pushes",
        lambda each: each.force_pushes,
        False,
        "can be force-pushed, so that its history can be replaced",
        "set allow_force_pushes to false",
        "add the rule non_fast_forward",
    ),
    _Switch(
        DELETION_ALLOWED,
        "allow_deletions",
        lambda each: each.deletions,
        False,
        "can be deleted",
        "set allow_deletions to false",
        "add the rule deletion",
    ),
    _Switch(
        CODE_OWNER_REVIEW_OFF,
        "require_code_owner_reviews",
        lambda each: each.code_owner_reviews,
        True,
        "does not wait for the review of code owners",
        "set require_code_owner_reviews to true",
        "set require_code_owner_review of the rule pull_request to true",
        of_reviews=True,
    ),
    _Switch(
        STALE_REVIEWS_KEPT,
        "dismiss_stale_reviews",
        lambda each: each.dismiss_stale_reviews,
        True,
        "keeps approvals when something else is pushed after them",
        "set dismiss_stale_reviews to true",
        "set dismiss_stale_reviews_on_push of the rule pull_request to true",
        of_reviews=True,
    ),
    _Switch(
        LAST_PUSH_UNAPPROVED,
        "require_last_push_approval",
        lambda each: each.last_push_approval,
        True,
        "lets the one who pushed last approve it",
        "set require_last_push_approval to true",
        "set require_last_push_approval of the rule pull_request to true",
        of_reviews=True,
    ),
    _Switch(
        CONVERSATIONS_OPEN,
        "required_conversation_resolution",
        lambda each: each.conversations,
        True,
        "merges while review comments are open",
        "set required_conversation_resolution to true",
        "set required_review_thread_resolution of the rule pull_request to true",
    ),
    _Switch(
        HISTORY_NOT_LINEAR,
        "required_linear_history",
        lambda each: each.linear_history,
        True,
        "takes merge commits",
        "set required_linear_history to true",
        "add the rule required_linear_history",
    ),
    _Switch(
        SIGNATURES_NOT_REQUIRED,
        "required_signatures",
        lambda each: each.signatures,
        True,
        "takes commits without a signature",
        "set required_signatures to true",
        "add the rule required_signatures",
    ),
)


class _Branch(NamedTuple):
    """A branch under judgement. `asked` are the protections that count for it, `sum` what they ask together."""

    name: str
    asked: tuple[Protection, ...]
    sum: Protection

    def found(self, rule: Rule, what: str, at: Location, subject: str, *, severity: Severity | None = None, context: str = "") -> Finding:
        data: dict[str, object] = {"context": context, "branch": self.name, "emitters": [], "hint": ""}
        several = any(each.kind != "classic" and each.location.path == at.path for each in self.asked)
        return finding(rule, f"{self.name} {what}", at, f"{self.name}: {subject}" if several else subject, severity=severity, data=data)


def judge(
    branch: str, protections: Sequence[Protection], options: Options, *, default_branch: str = "main", own: Iterable[str] = ()
) -> Iterator[Finding]:
    """What is wrong with the settings of a branch. `protections` are those that cover it, rulesets that are not in force included;
    `own` the check names of the jobs that run the gates, besides those of the options.

    Where no protection is in force, that is said, and the rest is judged as if they were: a waiver for the one hides nothing else.
    """
    active = tuple(each for each in protections if in_force(each))
    asked = active or tuple(protections)
    if not asked:
        return
    subject = _Branch(branch, tuple(protections), effective(asked))
    judged = subject._replace(asked=asked)
    seen: set[tuple[str, str, str]] = set()
    for found in (
        *_inactive(subject, protected=bool(active)),
        *_reviews(judged, options),
        *_switches(judged),
        *_exempt(judged, main=branch in (default_branch, "main", "~DEFAULT_BRANCH")),
        *_checks(judged, options, own),
    ):
        # Two rulesets of one file may have the same fault: one finding names it.
        key = found.rule.id, found.location.path if found.location else "", found.subject
        if key not in seen:
            seen.add(key)
            yield found


def without_branches(protections: Sequence[Protection], default_branch: str) -> Iterator[Finding]:
    """Rulesets that cover no branch at all: they name none, or exclude what they name."""
    idle = [each for each in protections if not protected_branches((each,), default_branch)]
    for each in {(each.location.path, _short(each)): each for each in idle}.values():
        data: dict[str, object] = {"context": "", "branch": "", "emitters": [], "hint": ""}
        yield finding(
            RULESET_INACTIVE,
            f"{each.label} covers no branch, so that nothing of it is in force; name branches in conditions.ref_name.include",
            each.location,
            f"conditions of {_short(each)}",
            data=data,
        )


def _short(protection: Protection) -> str:
    return protection.label.removesuffix(f" in {protection.location.path}")


def _inactive(branch: _Branch, *, protected: bool) -> Iterator[Finding]:
    for each in branch.asked:
        if each.enforcement is not None and not in_force(each):
            state = "only evaluated" if each.enforcement.value == "evaluate" else "switched off"
            yield branch.found(
                RULESET_INACTIVE,
                f"is not protected by {each.label}, which is {state}; set enforcement to active",
                each.enforcement.location,
                f"enforcement of {_short(each)}",
                severity=Severity.MEDIUM if protected else None,
            )


def _switches(branch: _Branch) -> Iterator[Finding]:
    for switch in _SWITCHES:
        if switch.of_reviews and not _asks_for_reviews(branch.sum):
            continue
        said = switch.of(branch.sum)
        if not _wrong(said, switch.wanted, whole=branch.sum.whole):
            continue
        where = _home(branch, switch)
        way_out = switch.ruleset if where.kind == "ruleset" else switch.classic
        at = said.location if said is not None else where.location
        yield branch.found(switch.rule, f"{switch.wrong}; {way_out}", at, switch.key)


def _wrong(said: Setting[bool] | None, wanted: bool, *, whole: bool) -> bool:
    return whole if said is None else said.value != wanted


def _home(branch: _Branch, switch: _Switch) -> Protection:
    """The protection that says the setting, or else the one where it would be said: that which asks for reviews, for theirs."""
    for each in branch.asked:
        if (said := switch.of(each)) is not None and said == switch.of(branch.sum):
            return each
    return next((each for each in branch.asked if switch.of_reviews and _asks_for_reviews(each)), branch.asked[0])


def _asks_for_reviews(protection: Protection) -> bool:
    return protection.code_owner_reviews is not None or bool(protection.approvals and protection.approvals.value)


def _reviews(branch: _Branch, options: Options) -> Iterator[Finding]:
    said = branch.sum.approvals
    if said is None and not branch.sum.whole:
        return
    number = 0 if said is None else said.value
    if number >= options.approvals:
        return
    at = branch.asked[0].location if said is None else said.location
    asks = "no review" if not number else "one review" if number == 1 else f"{number} reviews"
    yield branch.found(
        REVIEW_NOT_REQUIRED,
        f"asks for {asks} before a merge, the policy for {options.approvals}; raise required_approving_review_count",
        at,
        "required_approving_review_count",
    )


def _exempt(branch: _Branch, *, main: bool) -> Iterator[Finding]:
    """Nobody is exempt from what a protection without exemptions asks as well."""
    binding = [each for each in branch.asked if not each.exempt and each.exempt_known and each.whole]
    bound = effective(binding) if binding else None
    severe = Severity.HIGH if main else Severity.MEDIUM
    for each in branch.asked:
        if bound is not None and _as_strict(bound, each):
            continue
        for who in each.exempt:
            in_reviews = who.value.endswith(IN_REVIEWS)
            severity = Severity(severe - 1) if in_reviews else severe
            name = who.value.removesuffix(IN_REVIEWS)
            what = f"lets {name} merge pull requests past its rules" if in_reviews else f"does not bind {name}"
            yield branch.found(ADMINS_EXEMPT, f"{what}; {_way_out(who.value, each)}", who.location, who.value, severity=severity)
        if not each.exempt_known:
            yield branch.found(
                ADMINS_EXEMPT,
                f"may be passed by nobody knows whom: {each.label} does not list bypass_actors; export it as somebody who may edit it",
                each.location,
                f"bypass_actors of {_short(each)}",
                severity=severe,
            )


def _way_out(who: str, protection: Protection) -> str:
    if who == "administrators":
        return "set enforce_admins to true"
    return "take it off the bypass list" if protection.kind == "ruleset" else "take it out of bypass_pull_request_allowances"


def _as_strict(bound: Protection, each: Protection) -> bool:
    """Whether everything that `each` asks is asked by `bound` too."""
    switches = [(switch.of, switch.wanted) for switch in _SWITCHES]
    switches += [(lambda protection: protection.strict, True), (lambda protection: protection.merge_queue, True)]
    for of, wanted in switches:
        one, other = of(each), of(bound)
        if one is not None and one.value == wanted and (other is None or other.value != wanted):
            return False
    if each.approvals is not None and each.approvals.value > (bound.approvals.value if bound.approvals else 0):
        return False
    return {context.name for context in each.contexts} <= {context.name for context in bound.contexts}


def _checks(branch: _Branch, options: Options, own: Iterable[str]) -> Iterator[Finding]:
    asked = branch.sum
    if asked.checks_location is None and not asked.whole:
        return
    at = asked.checks_location or branch.asked[0].location
    required = {context.name for context in asked.contexts}
    if not required:
        yield branch.found(
            NO_REQUIRED_CHECKS, "requires no check before a merge; list the jobs that must pass", at, "required_status_checks"
        )
    for rule, names, whose in (
        (OWN_GATE_NOT_REQUIRED, dict.fromkeys((*options.own_contexts, *own)), "the gates' own job"),
        (EXPECTED_CONTEXT_MISSING, dict.fromkeys(options.expected), "a check that the policy expects"),
    ):
        for name in names:
            if name not in required:
                yield branch.found(rule, f"does not require {name!r}, {whose}; add it to the required checks", at, name, context=name)
    queued = branch.name in options.merge_queue or (asked.merge_queue is not None and asked.merge_queue.value)
    if not required or queued or branch.name not in options.up_to_date:
        return  # a merge queue tests each change on what it will be merged into
    if not _wrong(asked.strict, True, whole=asked.whole):
        return
    where = asked.strict.location if asked.strict is not None else at
    yield branch.found(
        NOT_STRICT,
        "takes pull requests that were tested on an older state of it; set strict "
        "(in a ruleset: strict_required_status_checks_policy) to true",
        where,
        "strict",
    )


def covering(protections: Iterable[Protection], branch: str, default_branch: str) -> tuple[Protection, ...]:
    """Those for `judge`."""
    return tuple(each for each in protections if covers(each, branch, default_branch))
