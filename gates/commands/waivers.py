"""`gates waivers check|list`: whether the exception list is in order, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from json import dumps
from time import monotonic

from gates import __version__, registry, runner
from gates.commands import output, session
from gates.commands.options import Common, Parser, add_common, read_common
from gates.core import baseline, waivers
from gates.core.accountability import live
from gates.core.baseline import Baseline
from gates.core.errors import UsageError
from gates.core.finding import Finding
from gates.core.gate import Scanned, Selection
from gates.core.judging import Exceptions
from gates.core.report import GateResult, Report
from gates.core.waivers import Waiver, Waivers
from gates.core.world import World
from gates.report.escape import printable


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    gates = tuple(registry.load(gate) for gate in registry.NAMES)
    if parsed.verb == "check" and (parsed.gate or parsed.expiring is not None):
        raise UsageError("--gate and --expiring belong to gates waivers list")
    request = session.Request(gates, {gate.name: Selection() for gate in gates}, {}, whole=True)
    prepared = session.prepare(common, request, world)
    exceptions = prepared.judging.exceptions()
    if parsed.verb == "check":
        return _report(prepared, exceptions)
    chosen = select(exceptions.waivers, common.today, gate=parsed.gate, expiring=parsed.expiring)
    world.stdout.write(_written(chosen, common))
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "the exception list: check it (the default), or list what it holds")
    about = "check: whether the list is in order, and what has ended or ends soon; list: what it holds"
    parser.add_argument("verb", nargs="?", default="check", choices=("check", "list"), help=about)
    parser.add_argument("--gate", default="", metavar="GATE", help="list: those for this gate")
    parser.add_argument("--expiring", type=int, metavar="DAYS", help="list: those that have ended or end within so many days")
    add_common(parser)
    return parser


def check(listed: Waivers, old: Baseline, today: date) -> list[Finding]:
    """What the list itself gives rise to. What matches nothing is known only after a run of the gates: `gates run` says it."""
    return [*waivers.expired(listed, today), *waivers.expiring(listed, today), *baseline.ending(old, today, listed.terms)]


def select(listed: Waivers, today: date, *, gate: str = "", expiring: int | None = None) -> list[Waiver]:
    """The entries asked for, the soonest sunset first. Raises UsageError for a gate that does not exist."""
    if gate and gate not in registry.NAMES:
        raise UsageError(f"unknown gate {gate!r}; the gates are {', '.join(registry.NAMES)}")
    chosen = [
        entry
        for entry in listed.entries
        if (not gate or entry.gate == gate) and (expiring is None or (entry.sunset - today).days <= expiring)
    ]
    return sorted(chosen, key=lambda entry: (entry.sunset, entry.id))


def lines(chosen: Sequence[Waiver], today: date) -> Iterator[str]:
    """A table with one entry per line, aligned; how many there are comes last."""
    rows = [("id", "gate", "kind", "covers", "owner", "sunset", "left")]
    rows += [
        (entry.id, entry.gate, entry.kind, scope(entry), entry.owner, entry.sunset.isoformat(), _left(entry, today)) for entry in chosen
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows if chosen else ():
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    ended = sum(not live(entry.sunset, today) for entry in chosen)
    yield f"{len(chosen)} waiver{'' if len(chosen) == 1 else 's'}" + (f", {ended} ended" if ended else "")


def scope(entry: Waiver) -> str:
    """What the entry covers, in a few words."""
    package, versions = str(entry.purl or ""), str(entry.versions or "")
    return " ".join(filter(None, (*entry.rules, package, versions, entry.image, *entry.paths, entry.fingerprint[:12])))


def _left(entry: Waiver, today: date) -> str:
    days = (entry.sunset - today).days
    return "ended" if days < 0 else f"{days} d"


def _report(prepared: session.Session, exceptions: Exceptions) -> int:
    """The check as a run of its own, in every format that a run has."""
    listed, today = exceptions.waivers, prepared.common.today
    judged = prepared.judging.judge("waivers", check(listed, exceptions.baseline, today))
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
        weakened=(*prepared.policy.weakened(today), *exceptions.weakened(today)),
        gates=(result,),
        duration=monotonic() - prepared.started,
        timed=prepared.common.timed,
    )
    output.write(report, prepared.common, prepared.world)
    return runner.EXIT[report.verdict]


def _written(chosen: Sequence[Waiver], common: Common) -> str:
    (first, *others) = common.outputs
    if others or first.file or first.format not in ("text", "json"):
        raise UsageError("gates waivers list writes text or json to stdout; the other formats belong to gates waivers check")
    if first.format == "text":
        return "".join(f"{printable(line)}\n" for line in lines(chosen, common.today))
    return dumps([as_json(entry, common.today) for entry in chosen], indent=2) + "\n"


def as_json(entry: Waiver, today: date) -> dict[str, object]:
    return {
        "id": entry.id,
        "gate": entry.gate,
        "kind": entry.kind,
        "rules": list(entry.rules),
        "fingerprint": entry.fingerprint or None,
        "purl": str(entry.purl) if entry.purl else None,
        "versions": str(entry.versions) if entry.versions else None,
        "paths": list(entry.paths),
        "image": entry.image or None,
        "owner": entry.owner,
        "reason": entry.reason,
        "created": entry.created.isoformat() if entry.created else None,
        "sunset": entry.sunset.isoformat(),
        "days_left": (entry.sunset - today).days,
        "until_fixed": entry.until_fixed,
        "path": entry.path,
        "line": entry.line,
    }
