"""`gates waivers prune`: takes out of the lists what has ended and, with the report of a complete run, what covers nothing."""

from __future__ import annotations

from gates.commands import waivers_editing
from gates.commands.options import Parser
from gates.commands.waivers_editing import Opened
from gates.core import waivers_edit
from gates.core.accountability import live
from gates.core.errors import UsageError
from gates.core.waivers import Waiver
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    opened = waivers_editing.open_list(parsed, world)
    gone = {waiver.id: f"ended on {waiver.sunset}" for waiver in opened.waivers.entries if not live(waiver.sunset, opened.today)}
    if parsed.report:
        gone |= dict.fromkeys(_stale(opened, parsed.report) - gone.keys(), "covers nothing")
    removed = [waiver for waiver in opened.waivers.entries if waiver.id in gone]
    if not parsed.dry_run:
        waivers_editing.write(opened, _without(opened, removed))
    verb = "would remove" if parsed.dry_run else "removed"
    waivers_editing.say(world, *(f"{verb} {_named(waiver)}: {gone[waiver.id]}" for waiver in removed))
    if not removed:
        waivers_editing.say(world, "nothing to remove")
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "removes the entries that have ended; with a report, also those that it calls stale")
    parser.add_argument("--from", dest="report", default="", metavar="REPORT.json", help="a report of gates run, every gate complete")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    waivers_editing.add_options(parser)
    return parser


def _stale(opened: Opened, report: str) -> frozenset[str]:
    run = waivers_editing.read_report(opened, report)
    if not run.complete:
        raise UsageError("a gate broke down in that run, so what covers nothing is not known; run the gates again", report)
    if opened.waivers.terms.stale == "off":
        raise UsageError("the list says stale: off, so that no report calls an entry stale", opened.path)
    return run.stale


def _without(opened: Opened, removed: list[Waiver]) -> dict[str, bytes]:
    """The lists that change."""
    changed: dict[str, bytes] = {}
    for path in {waiver.path: None for waiver in removed}:
        of_path = [waiver for waiver in removed if waiver.path == path]
        data = opened.waivers.data[path]
        if path == opened.path:
            changed[path] = waivers_edit.remove(data, path, {waiver.id for waiver in of_path})
        else:
            changed[path] = waivers_edit.remove_lines(data, {waiver.line for waiver in of_path})
    return changed


def _named(waiver: Waiver) -> str:
    about = ", ".join(waiver.rules) or waiver.fingerprint
    return waiver.id if about == waiver.id else f"{waiver.id} for {about}"
