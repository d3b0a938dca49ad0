"""`gates waivers calendar`: the last days of the exceptions as a calendar file (.ics)."""

from __future__ import annotations

import os

from gates.commands import waivers_editing
from gates.commands.console import write_file
from gates.commands.options import Parser
from gates.core import waivers_calendar
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    opened = waivers_editing.open_list(parsed, world)
    exceptions = opened.session.judging.exceptions()
    text = waivers_calendar.calendar(exceptions.waivers, exceptions.baseline, opened.today)
    if parsed.output:
        write_file(os.path.join(world.directory, parsed.output), text)
    else:
        world.stdout.write(text)
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "writes the last days as a calendar, with an alarm as many days before as the list warns")
    parser.add_argument("--output", default="", metavar="FILE", help="the file to write, such as waivers.ics (default: stdout)")
    waivers_editing.add_options(parser, trusted=True)
    return parser
