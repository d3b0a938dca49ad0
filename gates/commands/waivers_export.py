"""`gates waivers export --to FORM`: the exceptions about advisories for other tools, and as VEX."""

from __future__ import annotations

import os

from gates import __version__
from gates.commands import waivers_editing
from gates.commands.console import write_file
from gates.commands.options import Parser
from gates.core import waivers_export, waivers_vex
from gates.core.errors import UsageError
from gates.core.purl import Purl, parse_purl
from gates.core.world import World
from gates.report.escape import printable

FORMS = (*waivers_export.FORMS, *waivers_vex.FORMS)


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    vex = parsed.to in waivers_vex.FORMS
    if (parsed.product and not vex) or (parsed.author and parsed.to != "openvex"):
        raise UsageError("--product belongs to the VEX forms, --author to openvex")
    opened = waivers_editing.open_list(parsed, world)
    if vex:
        product = _product(parsed.product)
        exported = waivers_vex.export(opened.waivers, opened.today, parsed.to, version=__version__, product=product, author=parsed.author)
    else:
        exported = waivers_export.export(opened.waivers, opened.today, parsed.to)
    for left in exported.left:
        world.stderr.write(f"gates: not exported: {printable(left.id)}: {printable(left.why)}\n")
    if not exported.number and parsed.to == "openvex":
        raise UsageError("there is nothing to say, and an OpenVEX document holds at least one statement")
    if parsed.output:
        write_file(os.path.join(world.directory, parsed.output), exported.text)
    else:
        world.stdout.write(exported.text)
    return 0


def parser(name: str) -> Parser:
    parser = Parser(name, "writes the live entries about advisories for other tools; what a tool has no word for is left out, and said")
    add = parser.add_argument
    add("--to", required=True, choices=FORMS, metavar="FORM", help=", ".join(FORMS))
    add("--output", default="", metavar="FILE", help="the file to write (default: stdout)")
    add("--product", default="", metavar="PURL", help="VEX: what ships the packages")
    add("--author", default="", metavar="NAME", help="openvex: who says so (default: the owners of the entries)")
    waivers_editing.add_options(parser, trusted=True)
    return parser


def _product(text: str) -> Purl | None:
    try:
        return parse_purl(text) if text else None
    except ValueError as error:
        raise UsageError(f"--product: {text!r}: {error}") from None
