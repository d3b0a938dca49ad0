"""`gates deps`, and `gates deps db import`, which makes of a source of advisories a database that is quick to ask."""

from __future__ import annotations

import os
from datetime import UTC, datetime, time

from gates.commands import gate
from gates.commands.options import Parser
from gates.core.world import World

_IMPORT = ["db", "import"]


def run(name: str, argv: list[str], world: World) -> int:
    if argv[:2] != _IMPORT:
        return gate.run(name, argv, world)
    from gates.deps.advisories.database import import_database

    parsed = _import_parser().parse_args(argv[2:])
    moment = datetime.combine(world.today, time(), UTC)
    source, destination = (os.path.join(world.directory, path) for path in (parsed.source, parsed.destination))
    manifest = import_database(source, destination, moment)
    held = ", ".join(f"{share.records} advisories of {ecosystem}" for ecosystem, share in sorted(manifest.shares.items()))
    odd = f", {manifest.malformed + manifest.nameless} of them unreadable" if manifest.malformed + manifest.nameless else ""
    world.stdout.write(f"{parsed.destination}: {held}{odd}; sha256 {manifest.sha256}\n")
    return 0


def parser(name: str) -> Parser:
    return gate.parser(name)


def _import_parser() -> Parser:
    parser = Parser("deps db import", "make a database of the OSV records of a folder or zip")
    parser.add_argument("source", metavar="DIR|ZIP", help="an OSV bucket or cache, a checkout of an advisory database, or records")
    parser.add_argument("destination", metavar="FILE", help="the database to write")
    return parser
