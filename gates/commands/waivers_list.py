"""`gates waivers list`: what the exception list holds, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from json import dumps

from gates import registry
from gates.commands import session
from gates.commands.options import Common, Parser, add_common, read_common
from gates.core.accountability import live
from gates.core.errors import UsageError
from gates.core.gate import Selection
from gates.core.waivers import Waiver, Waivers
from gates.core.world import World
from gates.report.escape import printable


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    common = read_common(parsed, world)
    gates = tuple(registry.load(gate) for gate in registry.NAMES)
    request = session.Request(gates, {gate.name: Selection() for gate in gates}, {}, whole=True)
    listed = session.prepare(common, request, world).judging.exceptions().waivers
    world.stdout.write(_written(select(listed, common.today, gate=parsed.gate, expiring=parsed.expiring), common))
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "what the exception list holds, the soonest sunset first")
    parser.add_argument("--gate", default="", metavar="GATE", help="those for this gate")
    parser.add_argument("--expiring", type=int, metavar="DAYS", help="those that have ended or end within so many days")
    add_common(parser)
    return parser


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
