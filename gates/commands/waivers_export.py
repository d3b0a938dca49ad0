"""`gates waivers export --to FORM`: the exceptions about advisories for other tools, and as VEX."""

from __future__ import annotations

import argparse
import os

from gates import __version__
from gates.commands import waivers_editing
from gates.commands.console import write_file
from gates.commands.options import Parser
from gates.core import waivers_export, waivers_vex
from gates.core.errors import UsageError
from gates.core.purl import Purl, parse_purl
from gates.core.waivers_export import Exported
from gates.core.world import World
from gates.report.escape import printable

FORMS = (*waivers_export.FORMS, *waivers_vex.FORMS)


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    refuse_options(parsed.to, parsed)
    opened = waivers_editing.open_list(parsed, world)
    if parsed.to in waivers_vex.FORMS:
        product = read_product(parsed.product)
        exported = waivers_vex.export(opened.waivers, opened.today, parsed.to, version=__version__, product=product, author=parsed.author)
    else:
        exported = waivers_export.export(opened.waivers, opened.today, parsed.to)
    return write(exported, parsed.to, parsed.output, world)


def refuse_options(form: str, parsed: argparse.Namespace) -> None:
    """Raises UsageError for what the form has no use for."""
    if (parsed.product and form not in waivers_vex.FORMS) or (parsed.author and form != "openvex"):
        raise UsageError("--product belongs to the VEX forms, --author to openvex")


def write(exported: Exported, form: str, path: str, world: World) -> int:
    """To the file, else to stdout; what is left out is said."""
    for left in exported.left:
        world.stderr.write(f"gates: not exported: {printable(left.id)}: {printable(left.why)}\n")
    if not exported.number and form == "openvex":
        raise UsageError("there is nothing to say, and an OpenVEX document holds at least one statement")
    if path:
        write_file(os.path.join(world.directory, path), exported.text)
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


def read_product(text: str) -> Purl | None:
    """Of --product; None where it is not given. Raises UsageError."""
    try:
        return parse_purl(text) if text else None
    except ValueError as error:
        raise UsageError(f"--product: {text!r}: {error}") from None
