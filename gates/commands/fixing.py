"""What `--fix` of a gate's check needs, whichever gate it is: the same session as the check, and the writing of a file."""

from __future__ import annotations

import os
import stat

from gates import registry, runner
from gates.commands import session
from gates.commands.console import Progress, write_file
from gates.commands.gate import parser
from gates.commands.options import read_common
from gates.core.gate import Selection
from gates.core.world import World


def prepared(name: str, argv: list[str], world: World) -> tuple[session.Session, runner.Job]:
    """The gate with what its check of these words would be given. Raises UsageError."""
    checked = registry.load(name)
    common = read_common(parser(name).parse_args(argv), world)
    found = session.prepare(common, session.Request((checked,), {name: Selection()}, {}, whole=False), world)
    return found, session.job(found, checked, Progress(world, quiet=True))


def rewrite(place: str, content: bytes) -> None:
    """Replaces a file of UTF-8 text at once and keeps its permissions. Raises OSError."""
    write_file(place, content.decode(), mode=stat.S_IMODE(os.stat(place).st_mode))
