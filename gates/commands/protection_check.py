"""`gates protection check`: the gate; with --fix it first corrects the names of contexts where what was meant is certain."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import cast

from gates.commands import fixing, gate
from gates.commands.options import Parser
from gates.core.documents import DocumentError
from gates.core.errors import NothingToJudge
from gates.core.finding import Finding
from gates.core.source import tree
from gates.core.world import World
from gates.protection import files
from gates.protection.fixing import Fix, applied, fixes
from gates.protection.options import Options
from gates.report.escape import printable

_NAME = "protection"


def run(name: str, argv: list[str], world: World) -> int:
    parsed = parser(name).parse_args(argv)
    rest = [word for word in argv if word != "--fix"]
    if parsed.fix:
        _fix(rest, world)
    return gate.run(_NAME, rest, world)


def parser(name: str) -> Parser:
    parser = gate.parser(_NAME)
    parser.add_argument(
        "--fix", action="store_true", help="first correct, in the JSON files, contexts of which it is certain what was meant"
    )
    return parser


def _fix(argv: list[str], world: World) -> None:
    """Tells on stderr what it changed: the report that follows is about the files as they are then."""
    prepared, job = fixing.prepared(_NAME, argv, world)
    try:
        found = [event for event in job.gate.check(job.context, job.options) if isinstance(event, Finding)]
    except NothingToJudge:
        return  # as the report will say
    listed = [event for event in files.read(job.context, cast(Options, job.options)) if isinstance(event, files.Files)]
    by_path: dict[str, list[Fix]] = defaultdict(list)
    for fix in fixes(found, [context for each in listed for protection in each.protections for context in protection.contexts]):
        by_path[fix.path].append(fix)
    for path, wanted in by_path.items():
        data = tree(prepared.place.root).read(path)
        if data is None:
            raise DocumentError("went away while it was looked at", path)
        fixed, made = applied(data, wanted)
        fixing.rewrite(os.path.join(prepared.place.root, path), fixed)
        for each in made:
            world.stderr.write(printable(f"{path}:{each.line}: {each.old!r} is now {each.new!r}") + "\n")
