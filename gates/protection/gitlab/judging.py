"""The settings of a GitLab project and its pipeline, held against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

from gates.core.errors import UsageError
from gates.core.finding import Finding, Rule, Severity, finding
from gates.core.gate import Scanned, Unread
from gates.protection.gitlab import settings as dialect
from gates.protection.gitlab.loading import Files
from gates.protection.gitlab.pipeline import Job, Pipeline, deciding
from gates.protection.gitlab.policy import policy
from gates.protection.gitlab.presence import Outcome
from gates.protection.gitlab.settings import RequiredJob, Settings
from gates.protection.rules.gitlab import (
    JOB_ALLOWED_TO_FAIL,
    JOB_MAY_BE_SKIPPED,
    JOB_MISSING,
    JOB_NOT_ON_MERGE_REQUESTS,
    JOB_UNVERIFIABLE,
)


class _Defect(NamedTuple):
    """What is wrong with a required job, whichever branch the merge request goes to."""

    rule: Rule
    message: str
    severity: Severity
    emitter: tuple[str, int, str] | None  # file, line and name of the job
    hint: str = ""


def judge(
    settings: tuple[str, bytes],
    read: Callable[[str], bytes | None],
    list_files: Callable[[], Iterable[str]] | None = None,
    *,
    strict: bool = False,
) -> Iterator[Finding | Scanned | Unread]:
    """`settings` are the path and the bytes of branch-protection/gitlab.json; `read` and `list_files` know the repository. Without
    `list_files` a wildcard in an include is something outside of it. `strict` makes blocking what cannot be verified.
    """
    path, data = settings
    try:
        asked = dialect.read(data, path)
    except UsageError as error:
        yield Unread(error.path or path, error.line, error.message)
        return
    yield Scanned(files=1, bytes=len(data))
    yield from policy(asked)
    files = Files(read, list_files, {}, {})
    try:
        found = list(_jobs(asked, files, strict))
    except UsageError as error:
        yield Unread(error.path or asked.pipeline_file.value, error.line, error.message)
        return
    yield Scanned(files=len(files.sizes), bytes=sum(files.sizes.values()))
    yield from found


def _jobs(asked: Settings, files: Files, strict: bool) -> Iterator[Finding]:
    default = asked.default_branch.value
    names = [branch.name for branch in asked.branches]
    targets = list(dict.fromkeys((default, *names)))
    pipelines = {target: deciding(asked.pipeline_file.value, files, target, default, frozenset(names)) for target in targets}
    guess = Severity.HIGH if strict else None
    outside = next((one.workflow_outside for held in pipelines.values() for one in held if one.workflow_outside is not None), None)
    if outside is not None:
        yield finding(
            JOB_UNVERIFIABLE,
            f"whether merge requests have pipelines of their own cannot be told: {outside.what} ({outside.path}:{outside.line}) may hold "
            f"the workflow; define workflow:rules in {asked.pipeline_file.value}",
            asked.jobs[0].location,
            "workflow",
            severity=guess,
            data={"context": "", "branch": "", "emitters": [], "hint": "define workflow:rules"},
        )
    for job in asked.jobs:
        by_defect: dict[_Defect, list[str]] = {}
        for target in targets:
            for defect in _defects(job, pipelines[target]):
                by_defect.setdefault(defect, []).append(target)
        yield from (_finding(job, defect, branches, targets, guess) for defect, branches in by_defect.items())


def _finding(job: RequiredJob, defect: _Defect, branches: list[str], targets: list[str], guess: Severity | None) -> Finding:
    """One for all branches where all have it."""
    where = "" if branches == targets else ", ".join(branches)
    emitters = []
    if defect.emitter is not None:
        path, line, name = defect.emitter
        emitters.append({"workflow": path, "line": line, "job": name, "name": job.name})
    return finding(
        defect.rule,
        f"{where}: {defect.message}" if where else defect.message,
        job.location,
        f"{where}: {job.name}" if where else job.name,
        severity=guess if guess is not None and defect.rule is JOB_UNVERIFIABLE else defect.severity,
        data={"context": job.name, "branch": where, "emitters": emitters, "hint": defect.hint},
    )


def _defects(required: RequiredJob, pipelines: tuple[Pipeline, ...]) -> Iterator[_Defect]:
    name = required.name
    if not pipelines:
        yield _Defect(
            JOB_NOT_ON_MERGE_REQUESTS,
            f"{name!r} never runs for a merge request, for which no pipeline starts at all: nothing can be merged; let workflow:rules "
            "match merge requests",
            JOB_NOT_ON_MERGE_REQUESTS.severity,
            None,
        )
        return
    held = [(pipeline, _find(name, pipeline)) for pipeline in pipelines]
    job = next((found for _, found in held if isinstance(found, Job)), None)
    if job is None:
        yield _absent(name, pipelines, unknown=any(found is None for _, found in held))
        return
    emitter = (job.item.path, job.item.line, job.name)
    shown = f"{name!r} ({job.item.path}:{job.item.line})"
    ways = [(pipeline, outcome) for pipeline, found in held for outcome in _ways(found)]
    unknown = next((outcome for _, outcome in ways if outcome.failure == "unknown"), None)
    if unknown is not None:
        why = unknown.why or "a value that no file here tells"
        message = f"{shown} cannot be verified: {why}; define the job and its rules in the repository"
        yield _Defect(JOB_UNVERIFIABLE, message, JOB_UNVERIFIABLE.severity, emitter)
        return
    present = [outcome for _, outcome in ways if outcome.present]
    if not present:
        kinds = " nor ".join(f"in the pipeline of the {pipeline.kind}" for pipeline in pipelines)
        yield _Defect(
            JOB_NOT_ON_MERGE_REQUESTS,
            f"{shown} does not run {kinds}, so that a merge does not wait for it; add a rule with "
            '$CI_PIPELINE_SOURCE == "merge_request_event"',
            JOB_NOT_ON_MERGE_REQUESTS.severity,
            emitter,
        )
        return
    yield from _skipped(job, shown, emitter, ways, pipelines)
    yield from _ignored(job, shown, emitter, present)


def _skipped(
    job: Job, shown: str, emitter: tuple[str, int, str], ways: list[tuple[Pipeline, Outcome]], pipelines: tuple[Pipeline, ...]
) -> Iterator[_Defect]:
    severity, why = JOB_MAY_BE_SKIPPED.severity, ""
    left_out = next(((pipeline, outcome) for pipeline, outcome in ways if not outcome.present), None)
    if all(outcome.when == "on_failure" for _, outcome in ways if outcome.present):
        severity, why = Severity.HIGH, "runs only after another job has failed"
    elif left_out is not None:
        pipeline, outcome = left_out
        reason = outcome.why or pipeline.why or "its rules"
        why = f"is left out of some pipelines of the {pipeline.kind}, by {reason} ({outcome.path}:{outcome.line})"
    elif job.conditional is not None:
        why = f"stands in {job.conditional.what}"
    elif (needed := _optional(job, pipelines)) is not None:
        why = f"needs {needed.name!r} ({needed.item.path}:{needed.item.line}), which runs only when someone starts it"
    if why:
        message = f"{shown} {why}, and the pipeline is green without it; let it run on every merge request"
        yield _Defect(JOB_MAY_BE_SKIPPED, message, severity, emitter)


def _ignored(job: Job, shown: str, emitter: tuple[str, int, str], present: list[Outcome]) -> Iterator[_Defect]:
    ignored = [outcome for outcome in present if outcome.failure != "counts"]
    why = ""
    severity = JOB_ALLOWED_TO_FAIL.severity
    if not job.waits:
        why = "starts another pipeline and does not wait for it; add strategy: depend"
    elif ignored:
        if len(ignored) < len(present) or all(outcome.failure == "some" for outcome in ignored):
            severity = Severity.MEDIUM
        if any(outcome.when == "manual" for outcome in ignored):
            why = "is manual, and need not be run; add allow_failure: false, or let it start by itself"
        elif severity < JOB_ALLOWED_TO_FAIL.severity:
            why = "may fail in some cases and leave the pipeline green; drop allow_failure"
        else:
            why = "may fail and leave the pipeline green; drop allow_failure"
    if why:
        yield _Defect(JOB_ALLOWED_TO_FAIL, f"{shown} {why}", severity, emitter)


def _find(name: str, pipeline: Pipeline) -> Job | bool | None:
    """The job of that name, or the one of whose instances it is; False where there is none, None where that cannot be told."""
    if name in pipeline.jobs:
        return pipeline.jobs[name]
    for job in pipeline.jobs.values():
        if job.instances is None:
            if name.startswith(job.name):
                return None
        elif name in job.instances:
            return job
    return None if pipeline.outside else False


def _ways(found: Job | bool | None) -> tuple[Outcome, ...]:
    if isinstance(found, Job):
        return found.outcomes
    return (Outcome(False, "never", "counts", "the files that are included", "", 0),)


def _optional(job: Job, pipelines: tuple[Pipeline, ...]) -> Job | None:
    """A job that it waits for, however far, and that nobody has to start."""
    for pipeline in pipelines:
        seen: set[str] = set()
        waiting = list(job.needs)
        while waiting:
            name = waiting.pop()
            needed = pipeline.jobs.get(name)
            if name in seen or needed is None:
                continue
            seen.add(name)
            if any(outcome.when == "manual" and outcome.failure != "counts" for outcome in needed.outcomes):
                return needed
            waiting += needed.needs
    return None


def _absent(name: str, pipelines: tuple[Pipeline, ...], unknown: bool) -> _Defect:
    names = sorted({one for pipeline in pipelines for job in pipeline.jobs.values() for one in (job.name, *(job.instances or ()))})
    outside = next((one for pipeline in pipelines for one in pipeline.outside), None)
    if unknown:
        where = f"it may be in {outside.what} ({outside.path}:{outside.line})" if outside else "its matrix is not known"
        message = f"no job {name!r} is defined in the repository, and {where}; define it here, or drop it"
        return _Defect(JOB_UNVERIFIABLE, message, JOB_UNVERIFIABLE.severity, None)
    hint = _hint(name, names, {one for pipeline in pipelines for one in pipeline.other_names})
    message = f"no job {name!r} is in the pipeline, which is green without it; {hint or 'define it, or drop it'}"
    return _Defect(JOB_MISSING, message, JOB_MISSING.severity, None, hint)


def _hint(name: str, names: list[str], others: set[str]) -> str:
    same = [one for one in names if one.casefold() == name.casefold()]
    if same:
        return f"did you mean {same[0]!r}? the case of letters counts"
    if name in others:
        return f"{name!r} is a keyword or a hidden job, which never runs"
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else ""
