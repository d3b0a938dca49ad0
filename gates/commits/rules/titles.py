"""Rules on the check of pull request titles: it asks what the commit rule asks, sees every title, and stops the merge."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_AGREE = "commit types agree: commitizen ↔ `pr-title.yml` (↔ release notes, linters)"
_FOLLOW = "PR titles and messages follow them"

_SQUASH = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "configuring-pull-request-merges/configuring-commit-squashing-for-pull-requests"
)
_EVENTS = "https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request"
_QUEUE = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "configuring-pull-request-merges/managing-a-merge-queue"
)
_REQUIRED = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "managing-protected-branches/about-protected-branches#require-status-checks-before-merging"
)
_ACTION = "https://github.com/amannn/action-semantic-pull-request#configuration"

WEAKER = Rule(
    "commits/title-rule-weaker",
    Severity.HIGH,
    "titles of pull requests may be what messages of commits may not",
    "A squash merge makes the title the message of the commit. What the title check lets through stands on the branch, where no hook ever "
    "looked at it, and the release tools drop it or guess.",
    "Let the title check ask what the commit rule asks: the same types, scopes and pattern of the subject.",
    (_SQUASH, _ACTION),
    control=_AGREE,
)
UNCHECKED_EDITS = Rule(
    "commits/title-edits-unchecked",
    Severity.HIGH,
    "a title can change, or a head can come, without the title check running",
    "By default a workflow does not run when a title is edited: a good title that is checked can become any other before the merge. "
    "Where it does not run for new commits, the new head has no check at all, or keeps the branch waiting for one.",
    "List opened, edited and synchronize in the `types` of pull_request (or pull_request_target). With a merge queue add merge_group, and "
    "let the job pass there: the title was checked before.",
    (_EVENTS, _QUEUE),
    control=_FOLLOW,
)
ESCAPE = Rule(
    "commits/escape-hatch",
    Severity.INFO,
    "the title check can be passed by",
    "A label, a mark in the title, an author or an ignored failure switches the check off for a pull request. That can be meant; it should "
    "be known.",
    "Nothing needs doing where it is meant. Else drop the setting; for the titles of bots, list their authors in `bots` of the policy "
    "and check with `gates commits lint`.",
    (_ACTION,),
    control=_FOLLOW,
)
NOT_REQUIRED = Rule(
    "commits/title-check-not-required",
    Severity.HIGH,
    "the title check is not required on the default branch",
    "A check that the branch does not wait for is a remark: the pull request is merged with the red cross on it, or before it ran.",
    "Add the context of the job to the required checks of the branch, or let a required aggregate job need it.",
    (_REQUIRED, _SQUASH),
    control=_FOLLOW,
)
RULES = (WEAKER, UNCHECKED_EDITS, ESCAPE, NOT_REQUIRED)
