"""Rules on required contexts: each is reported on every pull request, by one job, and can fail."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_AGREES = "required contexts agree with the workflow jobs on disk"
_CAN_FAIL = "each required check really can report, and really can fail"

_REQUIRED = (
    "https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/"
    "troubleshooting-required-status-checks"
)
_EVENTS = "https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows"
_SYNTAX = "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"
_MATRIX = "https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations"
_REUSE = "https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows"
_CONDITIONS = "https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions"
_QUEUE = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "configuring-pull-request-merges/managing-a-merge-queue"
)
_PROTECTION = "https://docs.github.com/en/rest/branches/branch-protection"

UNREPORTED = Rule(
    "protection/unreported-context",
    Severity.HIGH,
    "a required context that nothing reports",
    "The branch waits for it for ever, so nothing can be merged, until somebody merges past the protection or drops the check.",
    "Write the context as the job reports it, or take it off the list.",
    (_REQUIRED, _SYNTAX),
    control=_AGREES,
)
NEVER_ON_PULL_REQUEST = Rule(
    "protection/never-on-pull-request",
    Severity.HIGH,
    "a required context whose workflow does not run on pull requests",
    "The check never comes to the head of a pull request, and the branch waits for it for ever.",
    "Give the workflow the trigger pull_request, or take the context off the list.",
    (_REQUIRED, _EVENTS),
    control=_CAN_FAIL,
)
BRANCH_FILTERED = Rule(
    "protection/branch-filtered",
    Severity.HIGH,
    "a required context whose workflow leaves out pull requests into the branch",
    "A workflow that a branch filter keeps from running leaves its checks pending, and the branch waits for them for ever.",
    "Let the filter of the trigger cover the protected branch.",
    (_REQUIRED, _SYNTAX),
    control=_CAN_FAIL,
)
PATH_FILTERED = Rule(
    "protection/path-filtered",
    Severity.HIGH,
    "a required context whose workflow runs for some paths only",
    "A pull request that touches none of the paths gets no check: it stays pending, and the merge stays blocked.",
    "Drop the paths filter and decide inside the workflow, or add a workflow for exactly the other paths that reports the same name.",
    (_REQUIRED, _SYNTAX),
    control=_CAN_FAIL,
)
ACTIVITY_TYPES = Rule(
    "protection/activity-types-missing",
    Severity.HIGH,
    "a required context whose workflow does not run for new commits",
    "Without the activity types opened and synchronize a new head of the pull request gets no check, and the branch waits for it.",
    "Leave out `types`, or list opened and synchronize in it.",
    (_EVENTS,),
    control=_CAN_FAIL,
)
AMBIGUOUS = Rule(
    "protection/ambiguous-context",
    Severity.HIGH,
    "a required context that several jobs report",
    "Checks are matched by name alone: one that passes or is skipped can stand in for another that fails.",
    "Give each job a name of its own, and require each.",
    (_REQUIRED,),
    control=_CAN_FAIL,
)
UNVERIFIABLE = Rule(
    "protection/unverifiable-context",
    Severity.MEDIUM,
    "a required context that only a name known at run time can be",
    "Whether any job reports it cannot be told from the files, so a renamed job would go unseen.",
    "Write the name out, require an aggregate job with a fixed name, or declare what the remote workflow reports in `remote_workflows`.",
    (_MATRIX, _REUSE),
    control=_AGREES,
)
QUEUE_UNREPORTED = Rule(
    "protection/merge-queue-unreported",
    Severity.HIGH,
    "a required context that no workflow reports in the merge queue",
    "The queue waits for each required check on its own merge commit, which only the event merge_group starts.",
    "Add the trigger merge_group to the workflow.",
    (_QUEUE, _EVENTS),
    control=_CAN_FAIL,
)
SKIPPABLE_EXPANSION = Rule(
    "protection/skippable-expansion",
    Severity.HIGH,
    "a required leg or callee of a job that may be skipped",
    "A job that is skipped before its matrix is expanded or its workflow is called reports none of those names: the branch waits for ever.",
    "Move the condition into the steps, or require an aggregate job that always runs.",
    (_CONDITIONS, _MATRIX, _REUSE),
    control=_CAN_FAIL,
)
NEEDS_BYPASS = Rule(
    "protection/needs-bypass",
    Severity.HIGH,
    "a required job that is skipped when a job it needs fails",
    "A skipped job counts as passed: the failing job blocks nothing, and the pull request can be merged.",
    "Let the job run with `if: always()` and fail unless its needs succeeded, or require the needed jobs too.",
    (_REQUIRED, _CONDITIONS),
    control=_CAN_FAIL,
)
SKIPPABLE_JOB = Rule(
    "protection/skippable-job",
    Severity.MEDIUM,
    "a required job that may be skipped",
    "A skipped job counts as passed, so where its condition is false it guards nothing.",
    "Move the condition into the steps, or make sure that nothing needs the check where the condition is false.",
    (_REQUIRED, _CONDITIONS),
    control=_CAN_FAIL,
)
HOLLOW_AGGREGATE = Rule(
    "protection/hollow-aggregate",
    Severity.HIGH,
    "a required aggregate that does not look at the results of its needs",
    "It runs whatever they came to and passes: every one of them may fail, and the pull request can be merged.",
    "Let a step fail unless each of needs.*.result is success.",
    (_CONDITIONS, "https://github.com/re-actors/alls-green"),
    control=_CAN_FAIL,
)
STEP_CONTINUES = Rule(
    "protection/step-continue-on-error",
    Severity.MEDIUM,
    "a required job with a step whose failure does not count",
    "With continue-on-error the job goes on and passes, whatever the step found.",
    "Drop continue-on-error from the step.",
    (_SYNTAX,),
    control=_CAN_FAIL,
)
AGGREGATE_OMITS = Rule(
    "protection/aggregate-omits-job",
    Severity.MEDIUM,
    "a required aggregate that leaves out a job of its workflow",
    "The job neither is required nor counts for one that is, so its failing blocks nothing.",
    "Add the job to the `needs` of the aggregate.",
    (_REQUIRED,),
    control=_CAN_FAIL,
)
UNDECLARED_EXTERNAL = Rule(
    "protection/undeclared-external-context",
    Severity.MEDIUM,
    "a required context of another service that is not declared",
    "Nothing in the repository shows that somebody still reports it; when the service goes, the branch waits for ever.",
    "Declare it under `external` with owner, reason and sunset.",
    (_PROTECTION,),
    control=_AGREES,
)
UNPINNED_APP = Rule(
    "protection/unpinned-app",
    Severity.MEDIUM,
    "required contexts that any app may report",
    "Whoever can write a commit status can report a context of that name, and it counts.",
    "List the context under `checks` with the app_id of GitHub Actions, 15368; in a ruleset set integration_id.",
    (_PROTECTION,),
    control=_CAN_FAIL,
)
INCONSISTENT = Rule(
    "protection/inconsistent-contexts",
    Severity.MEDIUM,
    "a list of required contexts that contradicts itself",
    "Which of the two lists is meant depends on who reads it, and a check that somebody believes required may not be.",
    "Keep one list, without duplicates; `checks` is the one that can name the app.",
    (_PROTECTION,),
    control=_AGREES,
)
UNREQUIRED = Rule(
    "protection/unrequired-job",
    Severity.INFO,
    "a job on pull requests that nothing requires",
    "It may fail, and the pull request can be merged all the same.",
    "Require it, or let a required aggregate need it; nothing to do where it only informs.",
    (_REQUIRED,),
    control=_AGREES,
)
UNSTABLE = Rule(
    "protection/unstable-name",
    Severity.MEDIUM,
    "a required context whose name can change by itself",
    "A name made of event data, or cut at 100 characters, changes with what nobody takes for a name, and the branch waits for the old one.",
    "Give the job a short fixed name.",
    (_SYNTAX,),
    control=_AGREES,
)
DIFFER = Rule(
    "protection/branches-differ",
    Severity.INFO,
    "protected branches that require different contexts",
    "What one branch lets through another may stop, and a check that was added to one list only is missed on the other.",
    "Require the same contexts, or say under `differs` why not.",
    (_PROTECTION,),
    control=_AGREES,
)
RULES = (
    UNREPORTED,
    NEVER_ON_PULL_REQUEST,
    BRANCH_FILTERED,
    PATH_FILTERED,
    ACTIVITY_TYPES,
    AMBIGUOUS,
    UNVERIFIABLE,
    QUEUE_UNREPORTED,
    SKIPPABLE_EXPANSION,
    NEEDS_BYPASS,
    SKIPPABLE_JOB,
    HOLLOW_AGGREGATE,
    STEP_CONTINUES,
    AGGREGATE_OMITS,
    UNDECLARED_EXTERNAL,
    UNPINNED_APP,
    INCONSISTENT,
    UNREQUIRED,
    UNSTABLE,
    DIFFER,
)
