"""`gates protection check`: the gate; with --fix it first corrects the names of contexts where what was meant is certain."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from typing import cast

from gates import registry
from gates.commands import gate, session
from gates.commands.console import Progress, write_file
from gates.commands.options import Parser, read_common
from gates.core.documents import DocumentError
from gates.core.errors import NothingToJudge
from gates.core.finding import Finding
from gates.core.gate import Selection
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
    checked = registry.load(_NAME)
    common = read_common(parser(_NAME).parse_args(argv), world)
    prepared = session.prepare(common, session.Request((checked,), {_NAME: Selection()}, {}, whole=False), world)
    job = session.job(prepared, checked, Progress(world, quiet=True))
    try:
        found = [event for event in checked.check(job.context, job.options) if isinstance(event, Finding)]
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
        place = os.path.join(prepared.place.root, path)
        write_file(place, fixed.decode(), mode=stat.S_IMODE(os.stat(place).st_mode))
        for each in made:
            world.stderr.write(printable(f"{path}:{each.line}: {each.old!r} is now {each.new!r}") + "\n")
