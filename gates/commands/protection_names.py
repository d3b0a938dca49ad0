"""`gates protection names`: every check name that the workflows report, with the place of its job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from json import dumps
from typing import cast

from gates import registry
from gates.commands import session
from gates.commands.console import Progress
from gates.commands.options import Common, Parser, add_common, read_common
from gates.core.errors import GateUnavailable, UsageError
from gates.core.gate import Selection, Unread
from gates.core.world import World
from gates.protection import files
from gates.protection.listing import Listed, listed
from gates.protection.options import Options
from gates.protection.reporting import reporting
from gates.report.escape import printable, unicode

INCOMPLETE = 3


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    gate = registry.load("protection")
    prepared = session.prepare(common, session.Request((gate,), {gate.name: Selection()}, {}, whole=False), world)
    job = session.job(prepared, gate, Progress(world, quiet=True))
    options = cast(Options, job.options)
    unread: list[Unread] = []
    found = None
    for event in files.read(job.context, options):
        if isinstance(event, files.Files):
            found = event
        elif isinstance(event, Unread):
            unread.append(event)
    unread = [each for each in unread if found and each.path in found.broken]
    if found is None or not (found.workflows or unread):
        raise GateUnavailable("there is no workflow in .github/workflows")
    emissions, problems = reporting(found.workflows, {each.uses: each.names for each in options.remote_workflows})
    unread += [Unread(problem.path, problem.line, problem.message) for problem in problems]
    told = listed(emissions, parsed.branch, parsed.event)
    world.stdout.write(_written(told, unread, common))
    for each in unread:
        world.stderr.write(printable(f"{each.path}:{each.line}: {each.message}") + "\n")
    return INCOMPLETE if unread else 0


def parser(name: str) -> Parser:
    parser = Parser(name, "every check name that the workflows report, with the file and line of its job")
    parser.add_argument(
        "--branch", default="", metavar="BRANCH", help="only what reports for this branch: pull requests into it, pushes to it"
    )
    parser.add_argument("--event", default="", metavar="EVENT", help="only what reports on this event, such as pull_request")
    add_common(parser)
    return parser


def _written(told: Sequence[Listed], unread: Sequence[Unread], common: Common) -> str:
    (first, *others) = common.outputs
    if others or first.file or first.format not in ("text", "json"):
        raise UsageError("gates protection names writes text or json to stdout; the other formats belong to gates protection check")
    if first.format == "text":
        return "".join(f"{printable(line)}\n" for line in _lines(told))
    document = {
        "schema_version": 1,
        "complete": not unread,
        "names": [each._asdict() for each in told],
        "errors": [{"path": each.path, "line": each.line, "message": each.message} for each in unread],
    }
    return unicode(dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _lines(told: Sequence[Listed]) -> Iterator[str]:
    """A table, aligned but for names of extraordinary length; a name that only a run completes says so."""
    width = min(60, max((len(each.name) for each in told), default=0))
    places = [f"{each.path}:{each.line}" for each in told]
    across = max(map(len, places), default=0)
    for each, place in zip(told, places, strict=True):
        kind = "" if each.kind == "exact" else "  (* is known when it runs)"
        yield f"{each.name:{width}}  {place:{across}}  {', '.join(each.events)}{kind}"
