"""`gates waivers renew ID`: a new last day for an entry, with what has changed since it got the old one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from datetime import date

from gates.commands import waivers_editing
from gates.commands.options import Parser
from gates.commands.waivers_editing import Opened
from gates.core import waivers_edit
from gates.core.documents.table import nearest
from gates.core.errors import UsageError
from gates.core.waivers import Waiver
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    opened = waivers_editing.open_list(parsed, world)
    waivers_editing.refuse_future(opened)
    waiver = _entry(opened, parsed.id)
    sunset = waivers_editing.read_end(parsed, opened.today)
    values = changes(waiver, parsed, opened.today, sunset)
    assert opened.data is not None  # noqa: S101 - it holds the entry
    changed = waivers_edit.change(opened.data, opened.path, waiver.id, values)
    told = waivers_editing.renewed(opened, waiver.id, waiver.kind, changed)
    waivers_editing.write(opened, {opened.path: changed})
    waivers_editing.say(world, f"{waiver.id} counts until {sunset}{told}; review and commit {opened.path}")
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "gives an entry a new last day, counted from today; its reason or its ticket must change too")
    parser.add_argument("id", metavar="ID", help="the entry's, such as W-0007")
    waivers_editing.add_end(parser)
    parser.add_argument("--reason", default="", help="why it holds on")
    parser.add_argument("--ticket", default="", metavar="URL", help="where the work that ends it is tracked")
    waivers_editing.add_options(parser)
    return parser


def _entry(opened: Opened, wanted: str) -> Waiver:
    known = {waiver.id.lower(): waiver for waiver in opened.waivers.entries}
    waiver = known.get(wanted.lower())
    if waiver is None:
        raise UsageError(f"no entry has the id {wanted}{nearest(wanted, [each.id for each in opened.waivers.entries])}", opened.path)
    if waiver.path != opened.path:
        raise UsageError(
            f"{waiver.id} stands in a plain list; edit the line, or move it with gates waivers import", waiver.path, waiver.line
        )
    return waiver


def changes(waiver: Waiver, parsed: Namespace, today: date, sunset: date) -> Mapping[str, str]:
    """The fields that get a new text. Raises UsageError."""
    reason = " ".join(parsed.reason.split())
    if sunset <= waiver.sunset:
        raise UsageError(f"{waiver.id} counts until {waiver.sunset} already")
    if reason in ("", waiver.reason) and parsed.ticket in ("", waiver.ticket):
        raise UsageError(f"{waiver.id} needs a new --reason or --ticket: the old ones were given for the time that is over")
    words = {"reason": reason, "ticket": parsed.ticket}
    return {"created": today.isoformat(), "sunset": sunset.isoformat()} | {key: text for key, text in words.items() if text}
