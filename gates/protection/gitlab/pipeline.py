"""The pipelines that a merge request can wait for, and what each job is in them.

A merge request pipeline takes precedence over the pipeline of its source branch; the latter counts only where there is none of the
former: https://docs.gitlab.com/user/project/merge_requests/auto_merge/ and https://docs.gitlab.com/ci/pipelines/merge_request_pipelines/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from gates.protection.gitlab import conditions, items
from gates.protection.gitlab.conditions import Other, Truth, Variables
from gates.protection.gitlab.items import Item, Unknown
from gates.protection.gitlab.jobs import Jobs, parallel_names
from gates.protection.gitlab.loading import Files, Outside, load, missing
from gates.protection.gitlab.presence import Kind, Outcome, outcomes, rules_outcome

_EDGES: Final = (".pre", ".post")  # a pipeline of such jobs alone does not start
_WAITING: Final = ("depend", "mirror")


class Job(NamedTuple):
    """`instances` are the names of a parallel job, empty for one that runs once, None where they are not known."""

    name: str
    item: Item  # with what it extends
    outcomes: tuple[Outcome, ...]
    instances: tuple[str, ...] | None
    waits: bool  # False: it starts another pipeline and does not wait for it
    needs: tuple[str, ...]
    conditional: Outside | None  # the file that holds it, where it is not known whether that is included


class Pipeline(NamedTuple):
    """`runs` is None where it depends on `why`. `workflow_outside`: there is no workflow here, and there may be one there; all else is
    told as if there were none.
    """

    kind: Kind
    runs: Truth
    why: str
    workflow_outside: Outside | None
    jobs: Mapping[str, Job]
    other_names: tuple[str, ...]  # keywords and hidden jobs, for hints
    outside: tuple[Outside, ...]  # where jobs may be defined that are not known here


def deciding(path: str, files: Files, target: str, default: str, protected: frozenset[str]) -> tuple[Pipeline, ...]:
    """The pipelines that can decide on a merge request into a branch, the first of them where it runs. `target` with a `*` is any
    branch of that pattern. Raises DocumentError.
    """
    first = _pipeline(path, files, "merge request", _variables("merge request", target, default, protected))
    if first.runs:
        return (first,)
    second = _pipeline(path, files, "branch", _variables("branch", target, default, protected))
    return tuple(pipeline for pipeline in (first, second) if pipeline.runs is not False)


def _variables(kind: Kind, target: str, default: str, protected: frozenset[str]) -> Variables:
    """https://docs.gitlab.com/ci/variables/predefined_variables/. The source branch is none of those that are protected."""
    source, some = Other(protected | {default}), Other()
    common: Variables = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_DEFAULT_BRANCH": default,
        "CI_COMMIT_TAG": None,
        "CI_PIPELINE_TRIGGERED": None,
        "CI_COMMIT_SHA": some,
        "CI_COMMIT_REF_NAME": source,
        "CI_PROJECT_PATH": some,
        "CI_PROJECT_NAMESPACE": some,
        "CI_PROJECT_NAME": some,
    }
    if kind == "branch":
        return {
            **common,
            "CI_PIPELINE_SOURCE": "push",
            "CI_COMMIT_BRANCH": source,
            "CI_OPEN_MERGE_REQUESTS": some,
            **dict.fromkeys(("CI_MERGE_REQUEST_IID", "CI_MERGE_REQUEST_ID", "CI_MERGE_REQUEST_EVENT_TYPE")),
            **dict.fromkeys(("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_MERGE_REQUEST_LABELS")),
        }
    return {
        **common,
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_COMMIT_BRANCH": None,
        "CI_OPEN_MERGE_REQUESTS": some,
        "CI_MERGE_REQUEST_IID": some,
        "CI_MERGE_REQUEST_ID": some,
        "CI_MERGE_REQUEST_EVENT_TYPE": some,
        "CI_MERGE_REQUEST_PROJECT_PATH": some,
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": source,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": some if "*" in target else target,
    }


def _pipeline(path: str, files: Files, kind: Kind, variables: Variables) -> Pipeline:
    configuration = load(path, files, variables)
    if configuration is None:
        raise missing(path)
    jobs = Jobs(configuration)
    workflow = jobs.value("workflow", "rules")
    allowed, why = (True, "") if workflow is None else rules_outcome(workflow, variables)
    found = {name: _job(jobs, name, kind, variables, workflow is not None, configuration.conditional.get(name)) for name in jobs.names()}
    outside = [*configuration.outside, *_children(jobs)]
    unnamed = jobs.unnamed()
    if unnamed is not None:
        outside.append(Outside("a job whose name is an input", unnamed.path, unnamed.line))
    others = tuple(name for name in configuration.root if name not in found)
    if "workflow" in configuration.conditional:
        allowed, why = None, configuration.conditional["workflow"].what
    workflow_outside = configuration.outside[0] if workflow is None and configuration.outside else None
    started = conditions.either(_starts(jobs, job) for job in found.values())
    if started is False and outside and (workflow_outside is None or unnamed is not None):
        started, why = None, outside[-1].what
    elif started is None:
        why = why or next((job.outcomes[0].why for job in found.values() if _starts(jobs, job) is None), "")
    return Pipeline(kind, conditions.both((allowed, started)), why, workflow_outside, found, others, tuple(outside))


def _job(jobs: Jobs, name: str, kind: Kind, variables: Variables, workflow: bool, conditional: Outside | None) -> Job:
    item, unknown = jobs.job(name)
    if not isinstance(item.value, dict):
        raise item.error(f"the job {name!r} must be a table")
    if not unknown and not {"script", "trigger", "run", "extends"} & item.value.keys():
        unknown = _incomplete(jobs, name, item)
    found = outcomes(jobs, name, kind, variables, workflow)
    if unknown:
        found = tuple(outcome._replace(failure="unknown", why=outcome.why or unknown) for outcome in found)
    return Job(name, item, found, parallel_names(jobs, name), _waits(jobs, name), _needs(jobs, name), conditional)


def _incomplete(jobs: Jobs, name: str, item: Item) -> str:
    """A job without a script is the rest of one that is included from outside, or a mistake."""
    if not jobs.outside:
        raise item.error(f"the job {name!r} has no script and no trigger; GitLab refuses the pipeline")
    return f"the rest of it is in {jobs.outside[0].what}"


def _starts(jobs: Jobs, job: Job) -> Truth:
    """Whether the job makes the pipeline one that starts."""
    stage = jobs.value(job.name, "stage")
    if stage is not None and stage.value in _EDGES:
        return False
    present = {outcome.present and outcome.failure != "unknown" for outcome in job.outcomes}
    if any(outcome.failure == "unknown" for outcome in job.outcomes) or job.conditional is not None:
        present |= {True, False}
    return None if len(present) > 1 else present == {True}


def _waits(jobs: Jobs, name: str) -> bool:
    """https://docs.gitlab.com/ci/yaml/#triggerstrategy: without it the job is green once the other pipeline exists."""
    trigger = jobs.value(name, "trigger")
    if trigger is None:
        return True
    strategy = jobs.value(name, "trigger", "strategy") if isinstance(trigger.value, dict) else None
    return strategy is not None and (isinstance(strategy.value, Unknown) or strategy.value in _WAITING)


def _needs(jobs: Jobs, name: str) -> tuple[str, ...]:
    """Jobs of the same pipeline."""
    needs = jobs.value(name, "needs")
    names = []
    for one in items.flat(needs) if needs is not None else ():
        if isinstance(one.value, str):
            names.append(one.value)
        elif isinstance(one.value, dict) and "pipeline" not in one.value and "project" not in one.value and "job" in one.value:
            names.append(str(one.value["job"].value))
    return tuple(names)


def _children(jobs: Jobs) -> list[Outside]:
    """Child pipelines, whose jobs are not among the names of this one."""
    found = []
    for name in jobs.names():
        if jobs.value(name, "trigger", "include") is not None:
            item = jobs.job(name)[0]
            found.append(Outside(f"the child pipeline that {name!r} starts", item.path, item.line))
    return found
