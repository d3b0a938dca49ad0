"""Whether each context that a branch requires is reported on every pull request into it, by one job, and can fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gates.core.finding import Finding, Severity
from gates.github import expressions
from gates.github.emission import Emission, Pattern
from gates.github.filters import complements
from gates.github.names import match
from gates.github.requirement import ACTIONS_APP, ANY_APP
from gates.github.samples import disjoint
from gates.github.triggers import PUSH
from gates.protection.contexts import hints, lists
from gates.protection.contexts.aggregates import sources
from gates.protection.contexts.conditions import Way, on_every_push, on_most_heads, skipped_by, way_of
from gates.protection.contexts.coverage import unrequired
from gates.protection.contexts.findings import Verdict, about, emitter, in_order, listed, shown, worst
from gates.protection.contexts.jobs import judge_job, judge_queued, omitted
from gates.protection.contexts.known import DEFAULT_SETUP, posted, posting, service
from gates.protection.contexts.views import Hit, Situation, View, key_of, view
from gates.protection.options import External
from gates.protection.rules import contexts as rules

__all__ = ["Situation", "judge"]

_MOST_GUESSED = 50  # contexts that are compared with every name; who has more of them needs no single names, but another list
_CODEQL = "github/codeql-action/"


def judge(situation: Situation) -> Iterator[Finding]:
    """All rules on required contexts, for every protected branch, in the order of the places they are about."""
    branches = sorted(situation.branches, key=lambda branch: (branch != situation.default_branch, branch))
    views = [view(situation, branch) for branch in branches]
    found: list[Finding] = []
    for one in views:
        found += _contexts(situation, one)
    found += lists.unpinned(views)
    found += lists.inconsistent(views)
    found += lists.differ(views, situation.options)
    found += unrequired(views, situation.options)
    yield from in_order(found)


class _Bench(NamedTuple):
    """What judging the contexts of a branch needs besides the branch."""

    situation: Situation
    external: Mapping[str, External]
    own_codeql: bool
    names: list[hints.Names]  # filled when the first hint is asked for
    posting: Sequence[tuple[str, tuple[str, ...]]]
    asked: set[str]  # the contexts that a hint was asked for


def _contexts(situation: Situation, view: View) -> Iterator[Finding]:
    steps = (step for workflow in situation.workflows.values() for job in workflow.jobs.values() for step in job.steps)
    own_codeql = any(step.uses.startswith(_CODEQL) for step in steps)
    bench = _Bench(
        situation,
        {entry.context: entry for entry in situation.options.external},
        own_codeql,
        [],
        tuple(posting(situation.workflows.values())),
        set(),
    )
    judged: dict[tuple[str, bool, bool], list[Verdict]] = {}
    places = []
    for protection in view.protections:
        foreign = {context.name for context in protection.contexts if context.app not in (None, ANY_APP, ACTIONS_APP)}
        own = {context.name for context in protection.contexts if context.app == ACTIONS_APP} - foreign
        seen: set[str] = set()
        for context in protection.contexts:
            if context.name in seen:
                continue  # a duplicate, or in both lists: judged once
            seen.add(context.name)
            key = (context.name, context.name in foreign, context.name in own)
            if key not in judged:
                judged[key] = list(worst(_judge(*key, view, bench)))
            places.append((protection, context, key))
    meant = Counter(verdict.replacement for verdicts in judged.values() for verdict in verdicts)
    for protection, context, key in places:
        for verdict in judged[key]:
            if meant[verdict.replacement] > 1:
                verdict = verdict._replace(replacement="")  # two contexts cannot both have meant it
            yield about(verdict, context.location, lists.subject(protection, view.branch, context.name), view.branch, context.name)


def _judge(name: str, foreign: bool, own: bool, view: View, bench: _Bench) -> Iterator[Verdict]:
    """`foreign`: an app other than GitHub Actions must report it; `own`: GitHub Actions must."""
    hits = view.reports.exact.get(name, ())
    on_pull_requests = [hit for hit in hits if view.reached(hit.emission)]
    if on_pull_requests:
        yield from _reported(name, on_pull_requests, hits, view, bench)
        if foreign and not _declared(name, bench):
            message = (
                f"{shown(name)} must come from another app than GitHub Actions, whose jobs report it; correct the app's id, or declare it"
            )
            yield Verdict(rules.UNDECLARED_EXTERNAL, message, _strict(bench), _emitters(on_pull_requests, name))
        return
    if _declared(name, bench):
        return
    patterns = [(pattern, emission) for pattern, emission in view.reports.patterns if match(pattern, name) != "no"]
    here = [(pattern, emission) for pattern, emission in patterns if _into(emission, view)]
    clear = [(pattern, emission) for pattern, emission in here if not pattern.opaque]
    if clear and not foreign:
        yield from _unverifiable(name, clear, view, bench)
        yield from _whatever_the_name(name, clear, view)
    elif hits:
        yield _never(name, [hit.emission for hit in hits], _emitters(hits, name), view)
    elif who := "another app than GitHub Actions" if foreign else _outside(name, own, bench):
        yield _external(name, who, view, bench)
    elif here:
        yield from _unverifiable(name, here, view, bench)
    elif clear := [(pattern, emission) for pattern, emission in patterns if not pattern.opaque]:
        yield _out_of_reach(name, clear, view)
    else:
        yield _unreported(name, own, view, bench)


# Reported on pull requests


def _reported(name: str, hits: Sequence[Hit], everywhere: Sequence[Hit], view: View, bench: _Bench) -> Iterator[Verdict]:
    """`everywhere`: also by workflows that do not run on pull requests."""
    reaching = [hit for hit in hits if _into(hit.emission, view)]
    pushed = _on_pushes(everywhere, view)
    if not reaching:
        yield _for_forks(name, _filtered(name, hits, view), pushed)
        return
    for verdict in _conditional(name, reaching, view):
        yield _for_forks(name, verdict, pushed)
    yield from _ambiguous(name, reaching, view)
    if view.queue is not None:
        yield from _waiting(name, [hit.emission for hit in reaching], _emitters(reaching, name), view)
    for hit in reaching:
        yield from judge_job(name, hit.emission, view)
        if bench.situation.options.aggregates_cover_all:
            yield from omitted(name, hit.emission, view)
        if hit.emission.truncated and len(name) == 100 and name.endswith("..."):
            message = f"{shown(name)} is cut at 100 characters, so that it changes with what stands before the cut; shorten the job's name"
            yield Verdict(rules.UNSTABLE, message, None, _emitters((hit,), name))


def _on_pushes(hits: Sequence[Hit], view: View) -> str:
    """The path of a workflow whose job runs on every push, so that nothing but the heads of forks can lack it; "" without one."""
    for hit in hits:
        workflow = hit.emission.workflow
        pushes = way_of(workflow, PUSH, view.sample)
        if on_every_push(workflow, view.sample) and all(skipped_by(link, pushes)[0] == "never" for link in view.links(hit.emission)):
            return workflow.path
    return ""


def _for_forks(name: str, verdict: Verdict, pushed: str) -> Verdict:
    if not pushed:
        return verdict
    message = f"{shown(name)} is sure to be reported on heads in this repository only, where {pushed} runs on every push, and not on forks"
    what = verdict.message.removeprefix(f"{shown(name)} ")
    return verdict._replace(rule=rules.NEVER_ON_PULL_REQUEST, message=f"{message}: there it {what}", severity=Severity.MEDIUM)


def _into(emission: Emission, view: View) -> bool:
    found = view.reached(emission)
    return bool(found) and not found[0].filtered


def _filtered(name: str, hits: Sequence[Hit], view: View) -> Verdict:
    trigger = view.reached(hits[0].emission)[0].trigger
    line = trigger.branches.line if trigger.branches else trigger.line
    message = (
        f"{shown(name)} is not reported on pull requests into {view.branch}: "
        f"the branch filter of {hits[0].emission.workflow.path}:{line} leaves the branch out; add it there"
    )
    # Of a pattern, as far as can be told: it may have branches that nothing here thought of.
    certain = trigger.branches is None or disjoint(view.branch, trigger.branches)
    return Verdict(rules.BRANCH_FILTERED, message, None if certain else Severity.MEDIUM, _emitters(hits, name))


def _conditional(name: str, hits: Sequence[Hit], view: View) -> Iterator[Verdict]:
    """What keeps the best of the emitters from always running; nothing where one of them always does, or two together."""
    found = [(hit, view.reached(hit.emission)[0]) for hit in hits]
    if any(way.clear for _, way in found) or _twins([way for _, way in found]):
        return
    hit, way = min(found, key=lambda one: (bool(one[1].missing), one[1].paths is not None))
    path, trigger = hit.emission.workflow.path, way.trigger
    if way.missing:
        line = trigger.types_line or trigger.line
        message = (
            f"{shown(name)} is not reported for every new commit: the types of {trigger.event} ({path}:{line}) "
            f"lack {' and '.join(way.missing)}; add {'it' if len(way.missing) == 1 else 'them'}"
        )
        yield Verdict(rules.ACTIVITY_TYPES, message, None, _emitters(hits, name))
    if way.paths is not None:
        touched = "touches ignored paths only" if way.paths.ignore else "touches none of the paths"
        message = (
            f"{shown(name)} stays pending on a pull request that {touched} of {path}:{way.paths.line}; "
            "drop the filter, or report the name from a workflow for exactly the other paths"
        )
        yield Verdict(rules.PATH_FILTERED, message, None, _emitters(hits, name))


def _twins(found: Sequence[Way]) -> bool:
    """Whether two workflows share all pull requests among them: the paths of one are exactly those that the other ignores."""
    filters = [way.paths for way in found if way.paths is not None and not way.missing]
    return any(complements(one, other) for index, one in enumerate(filters) for other in filters[index + 1 :])


def _ambiguous(name: str, hits: Sequence[Hit], view: View) -> Iterator[Verdict]:
    by_job = {key_of(hit.emission): hit for hit in hits}
    emitters = _emitters(hits, name)
    if len(by_job) > 1:
        found = list(by_job.values())
        exact = len(found) == 2 and _twins([view.reached(hit.emission)[0] for hit in found])
        places = listed([f"{hit.emission.source}:{hit.emission.job.line}" for hit in found])
        message = (
            f"{shown(name)} is reported by {len(found)} jobs ({places}): one can pass in place of another that fails; rename all but one"
        )
        yield Verdict(rules.AMBIGUOUS, message, Severity.MEDIUM if exact else None, emitters)
    elif hits[0].legs > 1:
        message = (
            f"{shown(name)} is reported by {hits[0].legs} legs of one matrix, which the branch cannot tell apart; name them by their values"
        )
        yield Verdict(rules.AMBIGUOUS, message, Severity.MEDIUM, emitters)


def _waiting(name: str, emissions: Sequence[Emission], emitters: tuple[Mapping[str, object], ...], view: View) -> Iterator[Verdict]:
    """The rules on the merge queue, where there is one."""
    if view.queue is None:
        return
    found = [hit.emission for hit in view.queue.exact.get(name, ())]
    patterns = [(pattern, emission) for pattern, emission in view.queue.patterns if match(pattern, name) != "no"]
    if not found and not patterns:
        files = ", ".join(dict.fromkeys(emission.workflow.path for emission in emissions))
        message = f"{shown(name)} is not reported in the merge queue of {view.branch}: {files} lacks the trigger merge_group; add it"
        yield Verdict(rules.QUEUE_UNREPORTED, message, None, emitters)
    elif not any(pattern.opaque for pattern, _ in patterns):
        verdicts = [judge_queued(name, emission, view) for emission in (*found, *(emission for _, emission in patterns))]
        idle = [verdict for verdict in verdicts if verdict]
        if len(idle) == len(verdicts):
            yield min(idle, key=lambda verdict: verdict.how_bad)


# Not reported on pull requests, or not for certain


def _unverifiable(name: str, found: Sequence[tuple[Pattern, Emission]], view: View, bench: _Bench) -> Iterator[Verdict]:
    """Where nothing but a name of holes can be it and it is plain what was meant instead, a drift is more likely than the hole."""
    emitters = _shown_emitters(found)
    kinds = listed(list(dict.fromkeys(pattern.shown for pattern, _ in found)))
    hint = hints.NONE
    if all(pattern.opaque for pattern, _ in found):
        hint = _hint(name, view, bench)
    meant = f"; {hint.text}" if hint.replacement else ""
    message = f"whether {shown(name)} is reported is known only when {kinds} runs{meant}; write the name out, or require an aggregate"
    severity = Severity.HIGH if hint.replacement or bench.situation.options.strict else None
    yield Verdict(rules.UNVERIFIABLE, message, severity, emitters, hint.text if hint.replacement else "", hint.replacement)
    if any(pattern.event_data and not pattern.opaque for pattern, _ in found):
        message = f"{shown(name)} holds what the event says ({kinds}), and changes with it; give the job a fixed name"
        yield Verdict(rules.UNSTABLE, message, None, emitters)
    if view.queue is not None:
        yield from _waiting(name, [emission for _, emission in found], emitters, view)


def _whatever_the_name(name: str, found: Sequence[tuple[Pattern, Emission]], view: View) -> Iterator[Verdict]:
    """What is wrong with every job that may report it: that holds whatever its name turns out to be."""
    hits = [Hit(emission, 1) for emission in {key_of(emission): emission for _, emission in found}.values()]
    pushed = _on_pushes(hits, view)
    for verdict in _conditional(name, hits, view):
        yield _for_forks(name, verdict, pushed)
    patterns = {pattern for pattern, _ in found}
    if len(patterns) == 1 and _names_alike(next(iter(patterns))):
        yield from _ambiguous(name, [hit._replace(legs=sum(one in patterns for one in hit.emission.names)) for hit in hits], view)
    judged = [{verdict.rule.id: verdict for verdict in worst(judge_job(name, hit.emission, view))} for hit in hits]
    for rule in judged[0]:
        same = [verdicts[rule] for verdicts in judged if rule in verdicts]
        if len(same) == len(judged):
            emitters = tuple(emitter for verdict in same for emitter in verdict.emitters)
            yield min(same, key=lambda verdict: verdict.how_bad)._replace(emitters=emitters)


def _names_alike(pattern: Pattern) -> bool:
    """Whether it is the same name wherever it stands: nothing but variables of the repository fills its holes."""
    found = list(sources(pattern.shown))
    paths = [path for source in found for path in expressions.references(source)]
    return bool(paths) and len(found) == len(pattern.literals) - 1 and all(path[0] == "vars" for path in paths)


def _out_of_reach(name: str, found: Sequence[tuple[Pattern, Emission]], view: View) -> Verdict:
    """Where every job that may report it stays away from pull requests into the branch."""
    here = [(pattern, emission) for pattern, emission in found if view.reached(emission)]
    if not here:
        return _never(name, [emission for _, emission in found], _shown_emitters(found), view)
    everywhere = [Hit(emission, 1) for _, emission in found]
    verdict = _filtered(name, [Hit(emission, 1) for _, emission in here], view)
    return _for_forks(name, verdict._replace(emitters=_shown_emitters(here)), _on_pushes(everywhere, view))


def _never(name: str, emissions: Sequence[Emission], emitters: tuple[Mapping[str, object], ...], view: View) -> Verdict:
    reasons = [reason for emission in emissions if (reason := on_most_heads(emission.workflow, view.sample))]
    workflow = emissions[0].workflow
    events = ", ".join(workflow.triggers)
    why = min(reasons) if reasons else f"{workflow.path} runs on {events} only"
    message = f"{shown(name)} is not reported on pull requests: {why}; add the trigger pull_request"
    return Verdict(rules.NEVER_ON_PULL_REQUEST, message, Severity.MEDIUM if reasons else None, emitters)


def _outside(name: str, own: bool, bench: _Bench) -> str:
    """`own`: GitHub Actions must report it, which no other service is."""
    who = service(name, bench.own_codeql)
    if who and (not own or who == DEFAULT_SETUP):
        return who
    place = posted(name, bench.posting)
    return f"a step that calls the API ({place})" if place else ""


def _external(name: str, who: str, view: View, bench: _Bench) -> Verdict:
    """A job of nearly that name may be what is meant."""
    state = _expired(name, bench) or ", and is not declared"
    near = hints.lookalike(name, _names(view, bench))
    meant = f", unless a job is meant: {near}" if near else ""
    message = f"{shown(name)} is reported by {who}{state}; add it to `external` with owner, reason and sunset{meant}"
    return Verdict(rules.UNDECLARED_EXTERNAL, message, _strict(bench), hint=near)


def _unreported(name: str, own: bool, view: View, bench: _Bench) -> Verdict:
    hint = _hint(name, view, bench)
    expired = _expired(name, bench)
    unread = bench.situation.unread
    if unread:
        message = f"{shown(name)} is reported by no workflow that could be read; correct {', '.join(unread)} and look again"
        return Verdict(rules.UNVERIFIABLE, message, _strict(bench), hint=hint.text)
    other = service(name, bench.own_codeql) if own else ""
    correct = f"{other} reports such a name, and not GitHub Actions ({ACTIONS_APP}), which must: correct the app and declare the context"
    meant = hint.text or (correct if other else "write it as a job reports it, or take it off the list")
    message = f"{shown(name)} is reported by no workflow{expired}; {meant}"
    return Verdict(rules.UNREPORTED, message, hint=hint.text, replacement=hint.replacement)


def _hint(name: str, view: View, bench: _Bench) -> hints.Hint:
    bench.asked.add(name)
    return hints.hint(name, _names(view, bench), view.required, guess=len(bench.asked) <= _MOST_GUESSED)


def _names(view: View, bench: _Bench) -> hints.Names:
    if not bench.names:
        bench.names.append(hints.names([emission for emission in view.emissions if _into(emission, view)]))
    return bench.names[0]


# What the policy says


def _declared(name: str, bench: _Bench) -> bool:
    entry = bench.external.get(name)
    return entry is not None and bench.situation.today <= entry.sunset


def _expired(name: str, bench: _Bench) -> str:
    entry = bench.external.get(name)
    return f", and its declaration by {entry.owner} ended on {entry.sunset}" if entry is not None else ""


def _strict(bench: _Bench) -> Severity | None:
    return Severity.HIGH if bench.situation.options.strict else None


# Emitters


def _emitters(hits: Sequence[Hit], name: str) -> tuple[Mapping[str, object], ...]:
    return tuple(_emitter(hit.emission, name) for hit in hits)


def _shown_emitters(found: Sequence[tuple[Pattern, Emission]]) -> tuple[Mapping[str, object], ...]:
    unique = {(key_of(emission), pattern.shown): _emitter(emission, pattern.shown) for pattern, emission in found}
    return tuple(unique.values())


def _emitter(emission: Emission, name: str) -> Mapping[str, object]:
    if not emission.job.uses:
        return emitter(emission.source, emission.job, name)
    # What it calls is not known: the job that calls stands for it.
    caller = emission.via[-1].job.uses.removeprefix("./") if emission.via else emission.workflow.path
    return emitter(caller, emission.job, name)
