"""`gates sbom vex`: what the exceptions say of vulnerabilities, for those who read the SBOM."""

from __future__ import annotations

import os

from gates import __version__
from gates.commands import waivers_editing, waivers_export
from gates.commands.options import Parser
from gates.core import waivers_vex
from gates.core.errors import UsageError
from gates.core.purl import Purl
from gates.core.source import read_regular
from gates.core.world import World
from gates.sbom import reading, vex

_FORMS = {"cyclonedx": "cyclonedx-vex", "openvex": "openvex"}  # as `gates waivers export` calls them


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    form = _FORMS[parsed.form]
    waivers_export.refuse_options(form, parsed)
    product: Purl | None = waivers_export.read_product(parsed.product)
    opened = waivers_editing.open_list(parsed, world)
    waivers = opened.waivers
    if parsed.sbom:
        data = read_regular(os.path.join(world.directory, parsed.sbom), parsed.sbom, reading.MAX_BYTES)
        if data is None:
            raise UsageError("--sbom: no such file", parsed.sbom)
        document = reading.read(data, parsed.sbom)
        waivers = vex.held(waivers, document)
        product = product or vex.product(document)
    exported = waivers_vex.export(waivers, opened.today, form, version=__version__, product=product, author=parsed.author)
    return waivers_export.write(exported, form, parsed.output, world)


def parser(name: str) -> Parser:
    parser = Parser(name, "the live exceptions about advisories as VEX; what cannot be said in it is left out, and told")
    add = parser.add_argument
    add(
        "--format",
        dest="form",
        default="cyclonedx",
        choices=tuple(_FORMS),
        metavar="FORM",
        help=f"{', '.join(_FORMS)} (default: cyclonedx)",
    )
    add("--sbom", default="", metavar="FILE", help="say nothing of what this SBOM does not list, and name its versions")
    add("--product", default="", metavar="PURL", help="what ships the packages (default: what the SBOM describes)")
    add("--author", default="", metavar="NAME", help="openvex: who says so (default: the owners of the entries)")
    add("--output", default="", metavar="FILE", help="the file to write (default: stdout)")
    waivers_editing.add_options(parser, trusted=True)
    return parser
