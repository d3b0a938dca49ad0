"""`gates waivers check`: whether the exception list is in order, and what has ended or ends soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from time import monotonic

from gates import __version__, registry, runner
from gates.commands import output, session
from gates.commands.options import Parser, add_common, read_common
from gates.core import baseline, waivers, waivers_history
from gates.core.finding import Finding
from gates.core.gate import Scanned, Selection
from gates.core.judging import NO_RENEWALS, Exceptions
from gates.core.report import GateResult, Report
from gates.core.waivers_history import History
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    gates = tuple(registry.load(gate) for gate in registry.NAMES)
    request = session.Request(gates, {gate.name: Selection() for gate in gates}, {}, whole=True)
    prepared = session.prepare(read_common(parsed, world), request, world)
    return _report(prepared, prepared.judging.exceptions(), session.renewals(prepared))


def parser(name: str) -> Parser:
    parser = Parser(name, "whether the exception list is in order, and what has ended, ends soon or was renewed too often")
    add_common(parser)
    return parser


def check(exceptions: Exceptions, history: History | None, today: date) -> Iterator[Finding]:
    """What the list itself gives rise to. What matches nothing is known only after a run of the gates: `gates run` says it."""
    listed = exceptions.waivers
    yield from waivers.expired(listed, today)
    yield from waivers.expiring(listed, today)
    yield from waivers_history.findings(history, listed, today) if history else ()
    yield from baseline.ending(exceptions.baseline, today, listed.terms)


def _report(prepared: session.Session, exceptions: Exceptions, history: History | None) -> int:
    """The check as a run of its own, in every format that a run has."""
    listed, today = exceptions.waivers, prepared.common.today
    judged = prepared.judging.judge("waivers", list(check(exceptions, history, today)))
    result = GateResult(
        gate="waivers",
        status="fail" if any(each.blocking for each in judged) else "pass",
        reason="" if listed.data else "no waivers are listed",
        scanned=Scanned(files=len(listed.data), bytes=sum(map(len, listed.data.values()))),
        skipped=(),
        tools=(),
        errors=(),
        findings=judged,
        duration=monotonic() - prepared.started,
    )
    repository = prepared.place.repository
    report = Report(
        version=__version__,
        verdict=runner.verdict([result]),
        complete=True,
        head=repository.head if repository else "",
        policy_source=prepared.policy.source,
        policy=prepared.policy.data,
        today=today,
        weakened=(*prepared.policy.weakened(today), *exceptions.weakened(today, history.counts() if history else NO_RENEWALS)),
        gates=(result,),
        duration=monotonic() - prepared.started,
        timed=prepared.common.timed,
    )
    output.write(report, prepared.common, prepared.world)
    return runner.EXIT[report.verdict]
