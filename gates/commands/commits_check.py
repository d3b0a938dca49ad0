"""`gates commits check`: the gate; with --fix the list of the authority is first written into the others."""

from __future__ import annotations

import os
from typing import cast

from gates.commands import fixing, gate
from gates.commands.options import Parser
from gates.commits import files
from gates.commits.fixing import Edit, fixes
from gates.commits.options import Options
from gates.core.source import tree
from gates.core.world import World
from gates.report.escape import printable

_NAME = "commits"


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    rest = [word for word in argv if word != "--fix"]
    if parsed.fix:
        _fix(rest, world)
    return gate.run(_NAME, rest, world)


def parser(name: str) -> Parser:
    parser = gate.parser(_NAME)
    parser.add_argument("--fix", action="store_true", help="first write the list of the policy's authority into the other lists")
    return parser


def _fix(argv: list[str], world: World) -> None:
    """Tells on stderr what it changed and what it left: the report that follows is about the files as they are then."""
    prepared, job = fixing.prepared(_NAME, argv, world)
    options = cast(Options, job.options)
    top = prepared.place.root
    for found in (event for event in files.read(job.context, options) if isinstance(event, files.Files)):
        for each in fixes(found.sources, options, tree(top).read, files.sources_of):
            if isinstance(each, Edit):
                fixing.rewrite(os.path.join(top, each.path), each.new)
                told = [f"{each.path}: {what}" for what in each.what]
            else:
                told = [f"{each.location.path}:{each.location.line}: left as it is: {each.why}"]
            world.stderr.writelines(printable(line) + "\n" for line in told)
