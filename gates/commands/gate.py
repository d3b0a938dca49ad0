"""A gate by its own name: `gates secrets`, `gates code`, … with the selections and flags that the gate understands."""

from __future__ import annotations

import argparse
import os

from gates import registry
from gates.commands import session
from gates.commands.options import Parser, add_common, checked_range, read_common
from gates.core.errors import UsageError
from gates.core.gate import Flag, Gate, Selection
from gates.core.world import World


def run(name: str, argv: list[str], world: World) -> int:
    gate = registry.load(name)
    parsed = parser(name).parse_args(argv)
    given = {flag: getattr(parsed, flag.field) for flag in gate.flags}
    flags = {flag.field: _typed(flag, value, world) for flag, value in given.items() if value not in (None, False)}
    request = session.Request((gate,), {gate.name: selection(gate, parsed)}, {gate.name: flags}, whole=False)
    return session.judge(read_common(parsed, world), request, world)


def _typed(flag: Flag, value: str | bool | list[str], world: World) -> object:
    if isinstance(value, list):
        return tuple(_typed(flag, each, world) for each in value)
    return os.path.normpath(os.path.join(world.directory, value)) if flag.is_path and isinstance(value, str) else value


def parser(name: str) -> Parser:
    gate = registry.load(name)
    parser = Parser(gate.name, gate.summary)
    if "paths" in gate.selections:
        filters = "; with --staged, --range and --history they filter" if "staged" in gate.selections else ""
        parser.add_argument("paths", nargs="*", metavar="PATH", help=f"files or folders, walked in full{filters}")
    if gate.selections - {"paths"}:
        _add_kinds(parser.add_mutually_exclusive_group(), gate)
    for flag in gate.flags:
        names = filter(None, (flag.short, flag.name))
        if flag.metavar:
            action = "append" if flag.many else "store"
            parser.add_argument(*names, dest=flag.field, action=action, metavar=flag.metavar, choices=flag.choices or None, help=flag.help)
        else:
            parser.add_argument(*names, dest=flag.field, action="store_true", help=flag.help)
    add_common(parser)
    return parser


def _add_kinds(group: argparse._MutuallyExclusiveGroup, gate: Gate) -> None:
    if "staged" in gate.selections:
        group.add_argument("--staged", action="store_true", help="what the next commit would bring in: the index against HEAD")
    if "range" in gate.selections:
        group.add_argument(
            "--range", default="", metavar="A..B", help="what the commits of B that A lacks bring in, taken out again or not"
        )
    if "history" in gate.selections:
        group.add_argument("--history", action="store_true", help="every file and message that a ref or HEAD reaches")
    if "stdin" in gate.selections:
        group.add_argument("--stdin", action="store_true", help="standard input, of any length")


def selection(gate: Gate, parsed: argparse.Namespace) -> Selection:
    """What the command line selects. Raises UsageError for combinations that make no sense."""
    paths = tuple(getattr(parsed, "paths", ()))
    for kind in ("staged", "history", "stdin"):
        if getattr(parsed, kind, False):
            if kind == "stdin" and paths:
                raise UsageError("--stdin takes no PATH")
            return Selection(kind, paths)
    if range_ := getattr(parsed, "range", ""):
        return Selection("range", paths, checked_range(range_))
    return Selection("paths", paths) if paths else Selection()
