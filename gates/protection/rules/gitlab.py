"""What the protection gate can say about a GitLab project: branch-protection/gitlab.json and .gitlab-ci.yml."""

from __future__ import annotations

from gates.core.finding import Rule, Severity

_CONTROL = (
    "GitLab projects: protected branches, pipelines must succeed, no `allow_merge_on_skipped_pipeline`, no hollow `allow_failure` job"
)
_MERGE_CHECKS = "https://docs.gitlab.com/user/project/merge_requests/auto_merge/"
_BRANCHES = "https://docs.gitlab.com/api/protected_branches/"
_RULES = "https://docs.gitlab.com/ci/jobs/job_rules/"
_YAML = "https://docs.gitlab.com/ci/yaml/"
_PIPELINES = "https://docs.gitlab.com/ci/pipelines/merge_request_pipelines/"

PIPELINE_NOT_REQUIRED = Rule(
    "protection/gitlab-pipeline-not-required",
    Severity.HIGH,
    "a merge request can be merged whatever its pipeline says",
    "Every check of the project is advice: a red pipeline, or none at all, does not stop a merge.",
    "Set only_allow_merge_if_pipeline_succeeds to true.",
    (_MERGE_CHECKS,),
    control=_CONTROL,
)
SKIPPED_PIPELINE_MERGES = Rule(
    "protection/gitlab-skipped-pipeline-merges",
    Severity.HIGH,
    "a skipped pipeline counts as a successful one",
    "A commit message with [ci skip] is enough to merge without a single job having run.",
    "Set allow_merge_on_skipped_pipeline to false.",
    (_MERGE_CHECKS,),
    control=_CONTROL,
)
JOB_MISSING = Rule(
    "protection/gitlab-required-job-missing",
    Severity.HIGH,
    "a required job that the pipeline does not have",
    "GitLab waits for a pipeline and not for a job by its name: once the job is renamed or gone, the pipeline is green without it.",
    "Give the job its name back, or name the job that took its place.",
    (_YAML,),
    control=_CONTROL,
)
JOB_UNVERIFIABLE = Rule(
    "protection/gitlab-required-job-unverifiable",
    Severity.MEDIUM,
    "a required job of which files outside the repository decide",
    "What another project, a template or a child pipeline says about the job can change without a change here.",
    "Define the job, its rules and the workflow in the repository's own files.",
    (f"{_YAML}includes/",),
    control=_CONTROL,
)
JOB_NOT_ON_MERGE_REQUESTS = Rule(
    "protection/gitlab-job-not-on-merge-requests",
    Severity.HIGH,
    "a required job that is not part of a merge request's pipeline",
    "A merge request pipeline takes precedence over the pipeline of its branch: what runs in the other one alone does not stop a merge.",
    'Let the job run where $CI_PIPELINE_SOURCE == "merge_request_event", and let workflow:rules choose one kind of pipeline for all jobs.',
    (_PIPELINES, _RULES, _MERGE_CHECKS),
    control=_CONTROL,
)
JOB_ALLOWED_TO_FAIL = Rule(
    "protection/gitlab-job-allowed-to-fail",
    Severity.HIGH,
    "a required job whose failure leaves the pipeline green",
    "With allow_failure, as an optional manual job, or as a trigger that does not wait, the job cannot stop a merge.",
    "Drop allow_failure; give a manual job allow_failure: false, and a trigger strategy: depend.",
    (f"{_YAML}#allow_failure", f"{_YAML}#triggerstrategy"),
    control=_CONTROL,
)
JOB_MAY_BE_SKIPPED = Rule(
    "protection/gitlab-job-may-be-skipped",
    Severity.MEDIUM,
    "a required job that some merge requests do not have",
    "Where its rules do not match, the job is left out of the pipeline, which is green without it.",
    "Let the job run on every merge request, and decide inside it what there is to do.",
    (_RULES,),
    control=_CONTROL,
)
FORCE_PUSH_ALLOWED = Rule(
    "protection/gitlab-force-push-allowed",
    Severity.HIGH,
    "a protected branch whose history can be rewritten",
    "A forced push can take out reviewed commits and put in others.",
    "Set allow_force_push to false.",
    (_BRANCHES,),
    control=_CONTROL,
)
DIRECT_PUSH_ALLOWED = Rule(
    "protection/gitlab-direct-push-allowed",
    Severity.HIGH,
    "a protected branch that can be pushed to without a merge request",
    "The pipeline and the approvals are asked of merge requests alone: a push passes both by.",
    "Let nobody push: push_access_levels with the access_level 0 alone.",
    (_BRANCHES, "https://docs.gitlab.com/user/project/repository/branches/protected/"),
    control=_CONTROL,
)
CODE_OWNER_APPROVAL_OFF = Rule(
    "protection/gitlab-code-owner-approval-off",
    Severity.HIGH,
    "a protected branch that does not wait for code owners",
    "A merge request is judged by the pipeline configuration that it brings itself: without an owner of .gitlab-ci.yml whose approval "
    "is needed, the change that a check should stop can empty the check.",
    "Set code_owner_approval_required to true (GitLab Premium and above).",
    (_BRANCHES, "https://docs.gitlab.com/user/project/codeowners/"),
    control=_CONTROL,
)
DISCUSSIONS_OPEN = Rule(
    "protection/gitlab-discussions-open",
    Severity.MEDIUM,
    "a merge request can be merged with open threads",
    "What a reviewer has asked for can be passed over.",
    "Set only_allow_merge_if_all_discussions_are_resolved to true.",
    (_MERGE_CHECKS,),
    control=_CONTROL,
)
NO_PROTECTED_BRANCH = Rule(
    "protection/gitlab-no-protected-branch",
    Severity.HIGH,
    "a default branch that is not protected",
    "Everyone with the Developer role pushes to it, forced or not, and can delete it.",
    "List the default branch in protected_branches.",
    (_BRANCHES,),
    control=_CONTROL,
)
RULES = (
    PIPELINE_NOT_REQUIRED,
    SKIPPED_PIPELINE_MERGES,
    JOB_MISSING,
    JOB_UNVERIFIABLE,
    JOB_NOT_ON_MERGE_REQUESTS,
    JOB_ALLOWED_TO_FAIL,
    JOB_MAY_BE_SKIPPED,
    FORCE_PUSH_ALLOWED,
    DIRECT_PUSH_ALLOWED,
    CODE_OWNER_APPROVAL_OFF,
    DISCUSSIONS_OPEN,
    NO_PROTECTED_BRANCH,
)
