"""One judging run, from options to exit code: find the repository, read policy and exceptions, run the gates, judge, report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from gates import __version__, registry, runner
from gates.commands import output
from gates.commands.console import Progress
from gates.commands.options import Common
from gates.commands.place import Place, locate
from gates.core import git, source
from gates.core import policy as policies
from gates.core.deadline import Deadline
from gates.core.errors import UsageError
from gates.core.finding import Finding, Rule, Severity
from gates.core.gate import Context, Gate, Kind, Scanned, Selection
from gates.core.judging import NO_RENEWALS, Exceptions, Judging
from gates.core.policy import GatePolicy, Policy
from gates.core.process import is_inside
from gates.core.report import GateResult, Report, Status, Weakening
from gates.core.source import Source
from gates.core.world import World

if TYPE_CHECKING:  # a hook has no time for it
    from gates.core.waivers import Waivers
    from gates.core.waivers_history import History

_SETTING_UP = 60.0  # seconds for what a run must know before it starts
_PULL_REQUESTS = {"GITHUB_EVENT_NAME": ("pull_request", "pull_request_target"), "CI_PIPELINE_SOURCE": ("merge_request_event",)}


class Request(NamedTuple):
    """What a command wants judged. `flags` are the gates' own options from the command line. `whole`: the built-in checks of the
    exceptions run too.
    """

    gates: tuple[Gate, ...]
    selections: Mapping[str, Selection]
    flags: Mapping[str, Mapping[str, object]]
    whole: bool
    stage: str = ""
    anywhere: bool = False  # files outside of the repository are judged by it


class Session(NamedTuple):
    """Everything that is decided before the first gate starts."""

    common: Common
    request: Request
    world: World
    place: Place
    trusted: Source
    policy: Policy
    judging: Judging
    started: float


def judge(common: Common, request: Request, world: World) -> int:
    """Runs the gates and writes every report; the exit code. Raises UsageError before any gate has started."""
    session = prepare(common, request, world)
    report = run(session)
    output.write(report, common, world)
    return runner.EXIT[report.verdict]


def prepare(common: Common, request: Request, world: World) -> Session:
    started = monotonic()
    deadline = Deadline(_SETTING_UP)
    place = locate(common.repo, request.selections, world, deadline, anywhere=request.anywhere)
    _check_today(common, place, deadline)
    trusted = _source(common, place, deadline)
    policy = _policy(common, request, world, trusted)
    judging = Judging(policy, lambda: _exceptions(common, request, world, trusted, policy), common.fail_on, common.today)
    if request.whole or any(selection.kind not in ("staged", "message") for selection in request.selections.values()):
        judging.exceptions()  # a broken list is refused before any gate starts
    return Session(common, request, world, place, trusted, policy, judging, started)


def run(session: Session) -> Report:
    """Raises UsageError before any gate has started."""
    progress = Progress(session.world, session.common.quiet)
    jobs = [job(session, gate, progress) for gate in session.request.gates]
    for given in jobs:
        if given.gate.refuse:
            given.gate.refuse(given.context, given.options)
    try:
        results = runner.run(jobs, session.judging.judge)
    finally:
        progress.clear()
    counted = renewals(session) if session.request.whole and session.request.stage != "commit" else None
    built_in = _built_in(session, results, counted)
    repository = session.place.repository
    policy = session.policy
    return Report(
        version=__version__,
        verdict=runner.verdict(results, built_in),
        complete=all(result.status != "error" for result in results),
        head=repository.head if repository else "",
        policy_source=policy.source,
        policy=policy.data,
        today=session.common.today,
        weakened=_weakened(session, counted),
        gates=(*results, *built_in),
        duration=monotonic() - session.started,
        timed=session.common.timed,
    )


# before the gates


def _check_today(common: Common, place: Place, deadline: Deadline) -> None:
    """A day before the code existed would bring ended exceptions back to life."""
    if common.today_given and place.repository and place.repository.head:
        committed = git.head_date(place.repository, deadline)
        if common.today < committed:
            raise UsageError(f"--today: {common.today} lies before the date of HEAD's commit, {committed}")


def _source(common: Common, place: Place, deadline: Deadline) -> Source:
    """What policy, waivers, baseline and ignore lists are read from."""
    repository = place.repository
    if not common.policy_ref:
        return source.tree(place.root) if repository else Source("default", lambda path: None)
    if repository is None:
        raise UsageError("--policy-ref needs a git work tree")
    commit = git.resolve(repository, common.policy_ref, deadline)
    return Source(f"ref:{common.policy_ref}", lambda path: git.blob_at(repository, commit, path, deadline))


def _policy(common: Common, request: Request, world: World, trusted: Source) -> Policy:
    """One gate's command reads that gate's table; a whole run has all gates loaded and so knows every rule."""
    built_in: tuple[Rule, ...] = policies.RULES
    if request.whole:
        from gates.core import waivers

        built_in += waivers.RULES
    chosen = source.named_file(world.directory) if common.policy else trusted
    return policies.read(chosen, request.gates, registry.NAMES, built_in=built_in, chosen=common.policy)


def _exceptions(common: Common, request: Request, world: World, trusted: Source, policy: Policy) -> Exceptions:
    from gates.core import baseline, waivers  # not on the path of a hook that finds nothing

    files, chosen = policy.files, None
    if common.waivers:
        files, chosen = files._replace(file=common.waivers), source.named_file(world.directory)
    known = waivers.known_rules(request.gates, registry.NAMES)
    listed = waivers.load(trusted, files, known, common.today, chosen=chosen)
    return Exceptions(listed.of([gate.name for gate in request.gates]), baseline.load(trusted, files, registry.NAMES))


def job(session: Session, gate: Gate, progress: Progress) -> runner.Job:
    """A gate with what it is given: for the runner, and for verbs that look at the same things in another way."""
    common, place, policy = session.common, session.place, session.policy
    settings: GatePolicy = policy.gates.get(gate.name) or GatePolicy(gate.options(), Severity.HIGH)
    context = Context(
        root=place.root,
        repository=place.repository,
        selection=place.selections[gate.name],
        excluded=policy.excluded(gate.name, common.today),
        today=common.today,
        deadline=Deadline(settings.timeout),
        tool_timeout=common.timeout,
        environment=session.world.environment,
        offline=common.offline or policy.network.offline,
        progress=progress.of(gate.name),
        stdin=session.world.stdin,
        proxy=policy.network.proxy,
        ca_bundle=policy.network.ca_bundle,
        stage=session.request.stage,
        profile=policy.profile,
    )
    options = settings.options._replace(**session.request.flags.get(gate.name, {}))
    return runner.Job(gate, context, options, settings.required)


# after the gates


def renewals(session: Session) -> History | None:
    """What the history tells of the exceptions; None where there is nothing to count: it takes time."""
    from gates.core import waivers_history

    listed = session.judging.exceptions().waivers
    return history(session, listed) if waivers_history.matters(listed) else None


def history(session: Session, listed: Waivers) -> History:
    """What it tells of these, which may be the exceptions as they would be."""
    from gates.core import waivers_history

    repository, common, deadline = session.place.repository, session.common, Deadline(_SETTING_UP)
    data = dict(listed.data)
    if common.waivers in data and repository:
        place = os.path.realpath(os.path.join(session.world.directory, common.waivers))
        if not is_inside(place, session.place.root):
            return waivers_history.History(unknown=f"{common.waivers} lies outside the repository")
        data[os.path.relpath(place, session.place.root).replace(os.sep, "/")] = data.pop(common.waivers)
    commit = repository.head if repository else ""
    if repository and common.policy_ref:
        commit = git.resolve(repository, common.policy_ref, deadline)
    return waivers_history.read(repository, commit, data, deadline)


def _built_in(session: Session, results: Sequence[GateResult], counted: History | None) -> list[GateResult]:
    """`policy` always, `waivers` where the whole list is judged: they are no gates, and run whatever the policy says."""
    policy, exceptions = session.policy, session.judging.known_exceptions
    built_in = [_result(session, "policy", _policy_findings(session), len(policy.data), "" if policy.path else "the default policy")]
    if session.request.whole or "history" in {selection.kind for selection in session.place.selections.values()}:
        size = sum(map(len, exceptions.waivers.data.values())) if exceptions else 0
        built_in.append(_result(session, "waivers", _waiver_findings(session, results, counted), size, ""))
    return [result for result in built_in if result.findings]


def _result(session: Session, name: str, findings: Sequence[Finding], size: int, reason: str) -> GateResult:
    judged = session.judging.judge(name, findings)
    status: Status = "fail" if any(each.blocking for each in judged) else "pass"
    return GateResult(name, status, reason, Scanned(files=1 if size else 0, bytes=size), (), (), (), judged, 0.0)


def _policy_findings(session: Session) -> Sequence[Finding]:
    place, common = session.place, session.common
    if common.policy_ref:
        return list(policies.changed(source.tree(place.root), session.trusted, session.policy))
    if place.repository and _is_pull_request(session):
        return [policies.from_the_change(session.policy)]
    return []


def _is_pull_request(session: Session) -> bool:
    environment = session.world.environment
    named = any(environment.get(name) in values for name, values in _PULL_REQUESTS.items())
    return named or session.request.stage == "pull-request"


def _waiver_findings(session: Session, results: Sequence[GateResult], counted: History | None) -> list[Finding]:
    from gates.core import baseline, waivers, waivers_history

    exceptions, today = session.judging.exceptions(), session.common.today
    listed = exceptions.waivers
    # Of a gate that broke down, or did not look at all it can see, nothing can be said about what it did not find.
    most: dict[str, Kind] = {gate.name: "history" if "history" in gate.selections else "tree" for gate in session.request.gates}
    complete = {
        result.gate
        for result in results
        if result.status in ("pass", "fail") and session.place.selections[result.gate].kind == most[result.gate]
    }
    return [
        *waivers.expired(listed, today),
        *waivers.expiring(listed, today),
        *waivers.stale(listed, session.judging.matched, complete, today),
        *waivers.overlapping(listed, session.judging.overlaps),
        *(waivers_history.findings(counted, listed, today) if counted else ()),
        *baseline.ending(exceptions.baseline, today, listed.terms),
    ]


def _weakened(session: Session, counted: History | None) -> tuple[Weakening, ...]:
    today = session.common.today
    exceptions = session.judging.known_exceptions
    times = counted.counts() if counted else NO_RENEWALS
    listed = [*session.policy.weakened(today), *(exceptions.weakened(today, times) if exceptions else ())]
    if session.common.fail_on is not None:
        for gate in session.request.gates:
            usual = policies.default_fail_on(gate.name, session.policy.profile)
            if session.common.fail_on > usual:
                listed.append(Weakening(f"{gate.name}: --fail-on {session.common.fail_on} (by default {usual})", "", "", ""))
    return tuple(listed)
