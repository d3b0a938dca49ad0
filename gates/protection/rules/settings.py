"""What the protection gate can say of the settings of a branch."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_POLICY = "force pushes and deletions off, code-owner review, admins included, strict per branch"
_WHOLE_LIST = (
    "the whole list of required contexts is required (lint, types, architecture, tests and coverage, frontend, pre-commit, "
    "both meta-gates, the four scans)"
)
_ABOUT = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "managing-protected-branches/about-protected-branches"
)
_RULES = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "managing-rulesets/available-rules-for-rulesets"
)
_TARGETS = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "managing-rulesets/creating-rulesets-for-a-repository"
)
_TROUBLE = (
    "https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/"
    "collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks"
)
_OWNERS = (
    "https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners"
)

FORCE_PUSH_ALLOWED = Rule(
    "protection/force-push-allowed",
    Severity.HIGH,
    "a protected branch that can be force-pushed",
    "Whoever may push can replace the branch's history: reviewed commits vanish, and what takes their place was reviewed by nobody.",
    "Set allow_force_pushes to false, or add the rule non_fast_forward to a ruleset of the branch.",
    (f"{_ABOUT}#allow-force-pushes", f"{_RULES}#block-force-pushes"),
    control=_POLICY,
)
DELETION_ALLOWED = Rule(
    "protection/deletion-allowed",
    Severity.HIGH,
    "a protected branch that can be deleted",
    "A deleted branch can be pushed anew with any content, which no review and no check has seen.",
    "Set allow_deletions to false, or add the rule deletion to a ruleset of the branch.",
    (f"{_ABOUT}#allow-deletions", f"{_RULES}#restrict-deletions"),
    control=_POLICY,
)
CODE_OWNER_REVIEW_OFF = Rule(
    "protection/code-owner-review-off",
    Severity.HIGH,
    "a branch whose code owners are asked and not waited for",
    "CODEOWNERS then only sends messages: a change of the workflows or of this very protection merges with anybody's approval.",
    "Set require_code_owner_reviews (in a ruleset: require_code_owner_review) to true.",
    (f"{_ABOUT}#require-pull-request-reviews-before-merging", _OWNERS),
    control=_POLICY,
)
REVIEW_NOT_REQUIRED = Rule(
    "protection/review-not-required",
    Severity.HIGH,
    "a branch that asks for fewer reviews than the policy",
    "One stolen account, or one hurried person, is then enough to bring a change into the branch.",
    "Raise required_approving_review_count to the number of the policy; `approvals` there says how many it wants.",
    (f"{_ABOUT}#require-pull-request-reviews-before-merging",),
    control=_POLICY,
)
ADMINS_EXEMPT = Rule(
    "protection/admins-exempt",
    Severity.HIGH,
    "somebody whom the protection does not bind",
    "The accounts that may pass a protection by are the ones worth stealing, and a check that they skip in a hurry is no gate.",
    "Set enforce_admins to true, and empty bypass_actors and bypass_pull_request_allowances; where an exemption must stay, waive it "
    "with the reason.",
    (
        f"{_ABOUT}#do-not-allow-bypassing-the-above-settings",
        f"{_TARGETS}#granting-bypass-permissions-for-your-branch-or-tag-ruleset",
    ),
    control=_POLICY,
)
NOT_STRICT = Rule(
    "protection/not-strict",
    Severity.HIGH,
    "a branch that takes pull requests which were tested on an older state of it",
    "Two changes that pass alone can break each other, and the first run that sees them together is the one after the merge.",
    "Set strict (in a ruleset: strict_required_status_checks_policy) to true, or turn a merge queue on; or take the branch from "
    "`up_to_date` of the policy.",
    (f"{_ABOUT}#require-status-checks-before-merging",),
    control=_POLICY,
)
STALE_REVIEWS_KEPT = Rule(
    "protection/stale-reviews-kept",
    Severity.MEDIUM,
    "an approval that outlives what was approved",
    "A harmless change can be approved first and filled with something else afterwards.",
    "Set dismiss_stale_reviews (in a ruleset: dismiss_stale_reviews_on_push) to true.",
    (f"{_ABOUT}#require-pull-request-reviews-before-merging",),
    control=_POLICY,
)
LAST_PUSH_UNAPPROVED = Rule(
    "protection/last-push-unapproved",
    Severity.MEDIUM,
    "a last push that nobody else has to approve",
    "A reviewer can push to somebody else's pull request and approve it too, so that one person writes and releases the change.",
    "Set require_last_push_approval to true.",
    (f"{_ABOUT}#require-pull-request-reviews-before-merging",),
    control=_POLICY,
)
CONVERSATIONS_OPEN = Rule(
    "protection/conversations-open",
    Severity.MEDIUM,
    "a branch that merges with unanswered review comments",
    "A reviewer's objection that is not written as a refusal is passed over without anybody deciding so.",
    "Set required_conversation_resolution (in a ruleset: required_review_thread_resolution) to true.",
    (f"{_ABOUT}#require-conversation-resolution-before-merging",),
    control=_POLICY,
)
HISTORY_NOT_LINEAR = Rule(
    "protection/history-not-linear",
    Severity.MEDIUM,
    "a branch that takes merge commits",
    "A merge commit can hold changes that are in neither of its parents and that no review shows; a linear history can be read and undone "
    "change by change.",
    "Set required_linear_history to true, or add the rule of that name to a ruleset; the repository must allow squash or rebase merges.",
    (f"{_ABOUT}#require-linear-history",),
    control=_POLICY,
)
SIGNATURES_NOT_REQUIRED = Rule(
    "protection/signatures-not-required",
    Severity.MEDIUM,
    "a branch that takes unsigned commits",
    "The author of an unsigned commit is whatever its sender typed.",
    "Write required_signatures: true into the file, or add the rule of that name to a ruleset. GitHub has an address of its own for this "
    "setting, so sending a classic file with PUT is not enough.",
    (f"{_ABOUT}#require-signed-commits", "https://docs.github.com/en/rest/branches/branch-protection#create-commit-signature-protection"),
    control=_POLICY,
)
RULESET_INACTIVE = Rule(
    "protection/ruleset-inactive",
    Severity.HIGH,
    "a ruleset that is written down and not in force",
    "The file reads like a protection, while GitHub enforces nothing of it.",
    "Set enforcement to active and name the branches in conditions.ref_name.include, or remove the file.",
    (_TARGETS,),
    control=_POLICY,
)
NO_REQUIRED_CHECKS = Rule(
    "protection/no-required-checks",
    Severity.HIGH,
    "a protected branch that requires no check",
    "Every workflow can fail and the change still merges.",
    "List the jobs that must pass: under required_status_checks.checks, or in the rule required_status_checks of a ruleset.",
    (
        f"{_ABOUT}#require-status-checks-before-merging",
        _TROUBLE,
    ),
    control=_POLICY,
)
OWN_GATE_NOT_REQUIRED = Rule(
    "protection/own-gate-not-required",
    Severity.HIGH,
    "the job that runs the gates is not a required check",
    "The gates then report what is wrong, and the change merges all the same.",
    "Add the job's check name to the required checks of the branch.",
    (f"{_ABOUT}#require-status-checks-before-merging",),
    control=_WHOLE_LIST,
)
EXPECTED_CONTEXT_MISSING = Rule(
    "protection/expected-context-missing",
    Severity.HIGH,
    "a check that the policy expects and a branch does not require",
    "The policy counts on this check; without it among the required ones, its failure stops nothing.",
    "Add it to the required checks of the branch, or take it from `expected` of the policy.",
    (f"{_ABOUT}#require-status-checks-before-merging",),
    control=_WHOLE_LIST,
)
RULES = (
    FORCE_PUSH_ALLOWED,
    DELETION_ALLOWED,
    CODE_OWNER_REVIEW_OFF,
    REVIEW_NOT_REQUIRED,
    ADMINS_EXEMPT,
    NOT_STRICT,
    STALE_REVIEWS_KEPT,
    LAST_PUSH_UNAPPROVED,
    CONVERSATIONS_OPEN,
    HISTORY_NOT_LINEAR,
    SIGNATURES_NOT_REQUIRED,
    RULESET_INACTIVE,
    NO_REQUIRED_CHECKS,
    OWN_GATE_NOT_REQUIRED,
    EXPECTED_CONTEXT_MISSING,
)
