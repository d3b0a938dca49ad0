"""Judges the check of pull request titles: what it lets through, when it runs, how it is passed by, and whether the branch waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gates.commits.agreement import judged_of
from gates.commits.coverage import TYPES, Gap, gaps
from gates.commits.options import Options
from gates.commits.rules import titles as rules
from gates.commits.source import Source
from gates.commits.sources import own_lint
from gates.commits.sources.title_checks import TitleCheck, hatches
from gates.commits.taking import Weakness, weaknesses
from gates.commits.wording import all_of, at, numbered, placed, reference, shown
from gates.core.finding import Finding, Location, Severity, finding
from gates.github.branches import USUAL_DEFAULTS, covers, in_force, sample
from gates.github.emission import Emission, Pattern
from gates.github.emissions import emissions
from gates.github.names import match
from gates.github.requirement import Protection
from gates.github.triggers import MERGE_QUEUE, PULL_REQUEST_EVENTS, on_branch
from gates.github.workflow import Workflow

_SAID: Final = {"synchronize": "given a new commit"}


_PASSED: Final = {
    "label": "lets any title through on a pull request with the label {}",
    "wip": "waits instead of refusing where a title starts with {}",
    "condition": "runs only if {}, which whoever opens or labels a pull request decides",
    "continue-on-error": "may fail without its job failing: continue-on-error is {}",
    "ignored-failure": "goes on where it fails: {}",
}


class Reported(NamedTuple):
    """A title check with the names that it reports under."""

    check: TitleCheck
    emission: Emission


def judge(
    sources: Sequence[Source],
    checks: Sequence[TitleCheck],
    workflows: Mapping[str, Workflow],
    protections: Sequence[Protection],
    default_branch: str,
    options: Options,
    *,
    certain: bool = False,
) -> Iterator[Finding]:
    """Without protections nothing is said of what is required: the branch may be protected by hand. `certain`: the default branch is known,
    and not only the likely one.
    """
    yield from numbered(_judge(sources, checks, workflows, protections, default_branch, options, certain))


def followed(checks: Sequence[TitleCheck], options: Options) -> tuple[Source, ...]:
    """The lists of checks that have none in a file of their own, as they go by the policy's."""
    steps = [(each.step, each.workflow.path) for each in checks if each.kind == "gates" and each.step and options.types]
    found = [own_lint.by_policy(step, path, options.types) for step, path in steps if not own_lint.gives_types(step)]
    return tuple(dict.fromkeys(found))


def _judge(
    sources: Sequence[Source],
    checks: Sequence[TitleCheck],
    workflows: Mapping[str, Workflow],
    protections: Sequence[Protection],
    default_branch: str,
    options: Options,
    certain: bool,
) -> Iterator[Finding]:
    yield from _weaker(sources, options)
    yield from _let_off(checks)
    yield from _ignored(sources)
    yield from _hatches(checks)
    if not checks and not options.title_check:
        return
    told = emissions(workflows, {}, {"event_name": PULL_REQUEST_EVENTS[0], "base_ref": default_branch})
    everything = [each for each in told if isinstance(each, Emission)]
    reported = [Reported(check, emission) for check in checks for emission in everything if _way(emission) == _way_to(check)]
    covering = [each for each in protections if covers(each, default_branch, default_branch) and in_force(each)]
    yield from _edits(checks, default_branch, certain=certain)
    yield from _unqueued(reported, covering, default_branch)
    if covering:
        yield from _not_required(reported, everything, workflows, covering, default_branch, options)


# What it lets through


def _weaker(sources: Sequence[Source], options: Options) -> Iterator[Finding]:
    """Lists that differ by some types are `type-lists-differ`, in whichever role."""
    judged = judged_of([source for source in sources if source.role == "accepts"], options._replace(authority=""))
    chosen = judged_of([source for source in sources if source.role == "accepts"], options)
    rule = chosen.authority or judged.authority
    if rule is None:
        return
    checking = [each for each in judged_of(sources, options).readable if each.source.role == "checks-title"]
    for title in checking:
        for weak in weaknesses(title, rule, [each.source for each in checking if each is not title]):
            yield _weak(weak, title.source, rule.source)


def _weak(weak: Weakness, title: Source, rule: Source) -> Finding:
    message = f"{placed(title)} lets {weak.what} through, such as {shown(weak.header)}, which {placed(rule)} refuses; {weak.way_out}"
    data: dict[str, object] = {"header": weak.header, "sources": [reference(title), reference(rule)]}
    return finding(rules.WEAKER, message, title.location, f"{title.kind} {weak.what}", data=data)


def _let_off(checks: Sequence[TitleCheck]) -> Iterator[Finding]:
    """A bad title is a finding that does not fail the step."""
    seen = set()
    for check in checks:
        for value in own_lint.options_of(check.step, "--fail-on") if check.kind == "gates" and check.step else ():
            place = Location(check.workflow.path, check.step.line if check.step else 0)
            if value.lower() != str(Severity.CRITICAL) or place in seen:
                continue
            seen.add(place)
            message = f"{_called(check)} lets any title through: with --fail-on {value} a bad one does not fail it; drop the option"
            data: dict[str, object] = {"workflow": check.workflow.path, "job": check.job.id, "value": value}
            yield finding(rules.WEAKER, message, place, f"{check.job.id} --fail-on {value}", data=data)


# When it runs


def _edits(checks: Sequence[TitleCheck], default_branch: str, *, certain: bool) -> Iterator[Finding]:
    branches = (default_branch,) if certain else tuple(dict.fromkeys((default_branch, *USUAL_DEFAULTS)))
    by_workflow: dict[str, list[tuple[TitleCheck, tuple[Gap, ...]]]] = {}
    for check in checks:
        by_workflow.setdefault(check.top.path, []).append((check, gaps(check, branches)))
    # Where one workflow sees every title, another that checks it too may see less.
    if all(_missing(each for _, each in found) for found in by_workflow.values()):
        for found in by_workflow.values():
            check, first = min(found, key=lambda item: len(_missing([item[1]])))
            for gap in first:
                yield _unchecked(check, gap)


def _missing(found: Iterable[Sequence[Gap]]) -> frozenset[str]:
    """The activity types on which none of the checks runs."""
    return frozenset.intersection(*(frozenset(name for gap in each for name in gap.missing) for each in found))


def _unchecked(check: TitleCheck, gap: Gap) -> Finding:
    data: dict[str, object] = {"workflow": check.top.path, "job": check.job.id, "missing": list(gap.missing)}
    subject = f"{check.job.id} {' '.join(gap.missing)}"
    return finding(rules.UNCHECKED_EDITS, _reason(check, gap), gap.location, subject, data=data)


def _reason(check: TitleCheck, gap: Gap) -> str:
    workflow, trigger = check.top, gap.trigger
    if trigger is None:
        events = _or(list(workflow.triggers), "and")
        return (
            f"{_called(check)} is run by {workflow.path} on {events} only, which no edit of a title is; "
            f"add pull_request with the types {_or(TYPES, 'and')}"
        )
    when = _or([_SAID.get(each, each) for each in gap.missing])
    if gap.why == "condition":
        return f"the condition {shown(gap.value)} skips {_called(check)} when a pull request is {when}; drop it"
    if gap.why == "branches":
        return (
            f"the branch filter of {trigger.event} in {workflow.path} leaves out {gap.value}, so that {_called(check)} never runs on pull "
            f"requests into it; let {gap.value} in"
        )
    if gap.why == "paths":
        return (
            f"the paths filter of {trigger.event} in {workflow.path} keeps {_called(check)} from running where other files change; "
            "drop the filter, as every pull request has a title"
        )
    default = "" if trigger.types is not None else "without `types` "
    return (
        f"{default}{trigger.event} of {workflow.path} does not run {_called(check)} when a pull request is {when}; "
        f"list {_or(TYPES, 'and')} in its `types`"
    )


def _called(check: TitleCheck) -> str:
    line = check.step.line if check.step else check.job.line
    return f"the title check {shown(check.job.id)} ({at(Location(check.workflow.path, line))})"


def _or(words: Sequence[str], last: str = "or") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _unqueued(reported: Sequence[Reported], covering: Sequence[Protection], default_branch: str) -> Iterator[Finding]:
    """A queue waits for what the branch requires; a check that is not required may stay out of it."""
    if not any(each.merge_queue and each.merge_queue.value for each in covering):
        return
    required = {context.name for each in covering for context in each.contexts}
    branch = sample(default_branch)
    seen = set()
    for each in reported:
        workflow, job = each.emission.workflow, each.check.job
        trigger = workflow.triggers.get(MERGE_QUEUE)
        answers = trigger is not None and on_branch(trigger, branch)
        if answers or not _matching(each.emission, required) or (workflow.path, job.id) in seen:
            continue
        seen.add((workflow.path, job.id))
        message = (
            f"{_called(each.check)} is required in the merge queue of {default_branch}, and {workflow.path} does not run on merge_group; "
            "add the trigger, and let the job pass there"
        )
        data: dict[str, object] = {"workflow": workflow.path, "job": job.id, "missing": [MERGE_QUEUE]}
        location = Location(workflow.path, next(iter(workflow.triggers.values())).line)
        yield finding(rules.UNCHECKED_EDITS, message, location, f"{job.id} {MERGE_QUEUE}", data=data)


# How it is passed by


def _ignored(sources: Sequence[Source]) -> Iterator[Finding]:
    """What the check of messages passes over."""
    for source in sources:
        for each in source.ignores:
            message = f"{placed(source)} does not judge the messages that its {shown(each.value)} takes ({at(each.location)})"
            data: dict[str, object] = {"kind": source.kind, "value": each.value}
            yield finding(rules.ESCAPE, message, each.location, f"{source.kind} {each.value}", data=data)


def _hatches(checks: Sequence[TitleCheck]) -> Iterator[Finding]:
    seen = set()
    for check in checks:
        for hatch in hatches(check.workflow, check.job, check.step):
            place = (hatch.location, hatch.kind, hatch.value)
            if place in seen:  # a job that several workflows call
                continue
            seen.add(place)
            message = f"{_called(check)} {_PASSED[hatch.kind].format(shown(hatch.value))}"
            data: dict[str, object] = {"workflow": check.workflow.path, "job": check.job.id, "kind": hatch.kind, "value": hatch.value}
            yield finding(rules.ESCAPE, message, hatch.location, f"{check.job.id} {hatch.kind} {hatch.value}", data=data)


# Whether the branch waits for it


def _not_required(
    reported: Sequence[Reported],
    everything: Sequence[Emission],
    workflows: Mapping[str, Workflow],
    covering: Sequence[Protection],
    default_branch: str,
    options: Options,
) -> Iterator[Finding]:
    required = {context.name for each in covering for context in each.contexts}
    where = ", ".join(dict.fromkeys(at(each.location) for each in covering))
    if options.title_check:
        if options.title_check not in required:
            context = shown(options.title_check)
            message = (
                f"{context} checks titles, as the policy says, and is not among the required checks of {default_branch} ({where}); add it"
            )
            place = covering[0].checks_location or covering[0].location
            data: dict[str, object] = {"contexts": [options.title_check], "branch": default_branch}
            yield finding(rules.NOT_REQUIRED, message, place, options.title_check, data=data)
        return
    # One check that is waited for is enough, whatever else remarks on the title.
    if any(_blocks(each.emission, everything, workflows, required) for each in reported):
        return
    for each in _first_of_each_job(reported):
        names = [name.shown if isinstance(name, Pattern) else name for name in each.emission.names]
        message = (
            f"the title check {all_of(names)} is not among the required checks of {default_branch} ({where}); "
            "add it there, or let a required job need it"
        )
        location = Location(each.check.workflow.path, each.check.job.line)
        details: dict[str, object] = {"contexts": names, "branch": default_branch, "workflow": each.emission.workflow.path}
        yield finding(rules.NOT_REQUIRED, message, location, each.check.job.id, data=details)


def _first_of_each_job(reported: Iterable[Reported]) -> list[Reported]:
    unique: dict[tuple[str, str], Reported] = {}
    for each in reported:
        unique.setdefault((each.check.workflow.path, each.check.job.id), each)
    return list(unique.values())


def _matching(emission: Emission, required: Iterable[str]) -> bool:
    """A name that is known only when the workflow runs has the benefit of the doubt: the protection gate speaks about it."""
    return any(match(name, context) != "no" for name in emission.names for context in required)


def _blocks(emission: Emission, everything: Sequence[Emission], workflows: Mapping[str, Workflow], required: Iterable[str]) -> bool:
    if _matching(emission, required):
        return True
    way = _way(emission)
    return any(
        other.workflow.path == emission.workflow.path and _matching(other, required) and _waits(_way(other), way, workflows)
        for other in everything
    )


def _way(emission: Emission) -> list[tuple[str, str]]:
    """The file and the id of each job on the way, outermost first."""
    return [*((caller.workflow.path, caller.job.id) for caller in emission.via), (emission.source, emission.job.id)]


def _way_to(check: TitleCheck) -> list[tuple[str, str]]:
    return [*((caller.workflow.path, caller.job.id) for caller in check.via), (check.workflow.path, check.job.id)]


def _waits(way: Sequence[tuple[str, str]], awaited: Sequence[tuple[str, str]], workflows: Mapping[str, Workflow]) -> bool:
    """Whether the jobs part where one needs the other, at whatever distance."""
    for (path, job), (other_path, other) in zip(way, awaited, strict=False):
        if (path, job) != (other_path, other):
            return path == other_path and path in workflows and _needs(workflows[path], job, other)
    return False


def _needs(workflow: Workflow, job: str, other: str) -> bool:
    waiting, seen = [job], {job}
    while waiting:
        needs = workflow.jobs[waiting.pop()].needs
        if other in needs:
            return True
        waiting += [each for each in needs if each not in seen]
        seen.update(needs)
    return False
