"""Whether a job that reports a required context can be skipped, passed by, or made to pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gates.core.finding import Severity
from gates.github import expressions
from gates.github.emission import Emission
from gates.github.workflow import Job, Step
from gates.protection.contexts import aggregates
from gates.protection.contexts.conditions import Link, Skipping, ancestors, expands, skipped_by
from gates.protection.contexts.findings import Verdict, emitter, listed, shown
from gates.protection.contexts.views import Key, View, key_of
from gates.protection.rules import contexts as rules

_FEW: Final = 4  # names that are told one by one
_WHEN: Final = {
    "always": "never holds on pull requests",
    "perhaps": "may not hold on a pull request",
    "elsewhere": "does not hold on every pull request: that depends on the repository it comes from, or on a setting of this one",
}


def judge_job(name: str, emission: Emission, view: View) -> Iterator[Verdict]:
    """What is wrong with a job that reports the name on pull requests into the branch, and with its callers."""
    outermost = key_of(emission)
    links = view.links(emission)
    found: list[Verdict] = []
    for level, link in enumerate(links, 1):
        expanded = expands(link, emission, name)
        found += _skipped(name, link, view, emission, expanded)
        found += _bypassed(name, link, view, emission, outermost[: level + 1], expanded)
        found += _hollow(name, links[level - 1 :], view, emission, outermost[: level + 1])
    found += _continues(name, links[-1])
    here = (emitter(links[-1].workflow, links[-1].job, name),)
    yield from (verdict._replace(emitters=here) for verdict in found)


def omitted(name: str, emission: Emission, view: View) -> Iterator[Verdict]:
    """Jobs on pull requests whose failing stops no merge, though they stand beside an aggregate that could see to it."""
    link = view.links(emission)[-1]
    jobs = link.workflow.jobs
    needed = ancestors(link.job, jobs)
    if (
        link.job.uses
        or not aggregates.speaks((link,), view.occasions(emission))
        or not any(view.survives(link, emission.workflow, one) for one in needed)
    ):
        return
    outside = key_of(emission)[:-1]
    missing = [
        job.id
        for job in jobs.values()
        if job is not link.job
        and link.job.id not in ancestors(job, jobs)
        and not view.blocks((*outside, job.id))
        and skipped_by(link._replace(job=job), view.reached(emission))[0] != "always"
    ]
    if missing:
        message = (
            f"{shown(name)} stands for its workflow and leaves out {listed(missing)}; add {_them(missing)} to its needs ({link.place})"
        )
        yield Verdict(rules.AGGREGATE_OMITS, message, emitters=(emitter(link.workflow, link.job, name),))


# In the merge queue


def judge_queued(name: str, emission: Emission, view: View) -> Verdict | None:
    """What keeps a job that runs on pull requests from running in the queue; the gravest, None where nothing does."""
    found = [verdict for link in view.links(emission) if (verdict := _idle_in_queue(name, link, view, emission))]
    if not found:
        return None
    links = view.links(emission)
    here = (emitter(links[-1].workflow, links[-1].job, name),)
    return max(found, key=lambda verdict: verdict.how_bad)._replace(emitters=here)


def _idle_in_queue(name: str, link: Link, view: View, emission: Emission) -> Verdict | None:
    skips, whose = skipped_by(link, view.in_queue(emission))
    before = skipped_by(link, view.reached(emission))[0] if view.reached(emission) else "never"
    if skips not in ("perhaps", "always") or before in (skips, "always"):
        return None  # the rules on pull requests speak of it
    other = "" if whose is link.job else f" of {shown(whose.id)}, which it needs,"
    holds = "never holds" if skips == "always" else "may not hold"
    condition = f"`if: {_short(whose.condition)}`{other} ({link.workflow.path}:{whose.condition_line}) {holds} for the event merge_group"
    if expands(link, emission, name):
        what = "its workflow is not called" if link.job.uses else "its matrix is not expanded"
        message = f"{shown(name)} is not reported in the merge queue of {view.branch}: {condition}, and {what}; let it hold there"
        return Verdict(rules.QUEUE_UNREPORTED, message)
    message = f"{shown(name)} passes in the merge queue of {view.branch}, where its job is skipped: {condition}; let it hold there"
    grave = skips == "always" and aggregates.speaks((link,), view.occasions(emission))
    return Verdict(rules.SKIPPABLE_JOB, message, Severity.HIGH if grave else None)


# The job's own condition


def _skipped(name: str, link: Link, view: View, emission: Emission, expanded: bool) -> Iterator[Verdict]:
    skips, whose = skipped_by(link, view.reached(emission))
    if skips == "never":
        return
    other = "" if whose is link.job else f" of {shown(whose.id)}, which it needs,"
    condition = f"`if: {_short(whose.condition)}`{other} ({link.workflow.path}:{whose.condition_line}) {_WHEN[skips]}"
    if expanded:
        what = "its workflow is not called" if link.job.uses else "its matrix is not expanded"
        message = f"{shown(name)} is not reported where {_titled(link.job)} is skipped: {condition}, and {what}; move it into the steps"
        yield Verdict(rules.SKIPPABLE_EXPANSION, message, Severity.MEDIUM if skips == "elsewhere" else None)
    else:
        free = "it guards nothing" if skips == "always" else "a skipped job counts as passed"
        message = f"{shown(name)} passes where its job is skipped: {condition}; {free}, so move the condition into the steps"
        yield Verdict(rules.SKIPPABLE_JOB, message, _grave(skips))


def _grave(skips: Skipping) -> Severity | None:
    return Severity.HIGH if skips == "always" else None


# The jobs it needs


def _bypassed(name: str, link: Link, view: View, emission: Emission, key: Key, expanded: bool) -> Iterator[Verdict]:
    job = link.job
    free = [
        needed
        for needed in sorted(ancestors(job, link.workflow.jobs))
        if not view.blocks((*key[:-1], needed)) and not view.survives(link, emission.workflow, needed)
    ]
    if not free:
        return
    way_out = f"require {_them(free)} too, or run the job with `if: always()` and let it fail over their results"
    if expanded:
        message = f"{shown(name)} is not reported when {listed(free)} fails: {_titled(job)} is skipped then ({link.place}); {way_out}"
        yield Verdict(rules.NEEDS_BYPASS, message, Severity.MEDIUM)
    else:
        which = " or ".join(map(shown, free)) if len(free) < _FEW else listed(free)
        message = f"{shown(name)} is skipped when {which} fails, which counts as passed ({link.place}); {way_out}"
        yield Verdict(rules.NEEDS_BYPASS, message)


def _hollow(name: str, links: Sequence[Link], view: View, emission: Emission, key: Key) -> Iterator[Verdict]:
    link, job = links[0], links[0].job
    if not any(
        not view.blocks((*key[:-1], needed)) and view.survives(link, emission.workflow, needed)
        for needed in ancestors(job, link.workflow.jobs)
    ):
        return
    if reason := aggregates.hollow(links, view.occasions(emission)):
        came = f"passes whatever {listed(job.needs)} came to"
        message = f"{shown(name)} {came}: {reason} ({link.place}); let a step fail unless each of needs.*.result is success"
        # A job with work of its own may have meant to run in any case: then its needs were not guarded by it, but it is no mere facade.
        yield Verdict(rules.HOLLOW_AGGREGATE, message, Severity.MEDIUM if aggregates.works(links[-1].job) else None)


# continue-on-error


def _continues(name: str, link: Link) -> Iterator[Verdict]:
    certain = [step for step in link.job.steps if _may_continue(step) is True]
    possible = [step for step in link.job.steps if step.continue_on_error and _may_continue(step) is None]
    if certain or possible:
        steps = certain or possible
        where = ", ".join(f"{shown(step.label)} in line {step.continue_line}" for step in steps[:3])
        more = f" and {len(steps) - 3} more" if len(steps) > 3 else ""
        verb = "ignores" if certain else "may ignore"
        message = f"{shown(name)} {verb} the failing of a step: {where}{more} of {link.workflow.path}; drop continue-on-error"
        yield Verdict(rules.STEP_CONTINUES, message, None if certain else Severity.INFO)
    elif link.job.continue_on_error and expressions.truth(link.job.continue_on_error, {}) is not False:
        message = (
            f"{shown(name)} stays red when its job fails, though the run looks green: continue-on-error of a job "
            f"({link.workflow.path}:{link.job.continue_line}) changes no check; drop it"
        )
        yield Verdict(rules.STEP_CONTINUES, message, Severity.INFO)


def _may_continue(step: Step) -> bool | None:
    return expressions.truth(step.continue_on_error, {}) if step.continue_on_error else False


# Words


def _titled(job: Job) -> str:
    return f"the job {shown(job.id)}"


def _them(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"


def _short(condition: str) -> str:
    line = " ".join(condition.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
