"""Commands that have verbs, such as `gates waivers add`: finds the verb's module, and imports that one alone."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from gates.commands.options import Parser
from gates.core.errors import UsageError
from gates.core.world import World


class Verbs(NamedTuple):
    """`help_of` has a line for each verb, and its module is `gates.commands.<command>_<verb>`, with `run(name, argv, world)` and
    `parser(name)`. `usual` is the verb where none is given.
    """

    command: str
    summary: str
    usual: str
    help_of: Mapping[str, str]


def run(verbs: Verbs, argv: list[str], world: World) -> int:
    if argv and argv[0] in ("-h", "--help"):
        parser(verbs).parse_args(argv[:1])
    verb, rest = (argv[0], argv[1:]) if argv and not argv[0].startswith("-") else (verbs.usual, argv)
    if verb not in verbs.help_of:
        raise UsageError(f"unknown verb {verb!r}{_nearest(verbs, verb)}; gates {verbs.command} --help lists them")
    code: int = _module(verbs, verb).run(f"{verbs.command} {verb}", rest, world)
    return code


def parser(verbs: Verbs) -> Parser:
    """For the help and for completion; each verb has options of its own."""
    parser = _Overview(verbs)
    parser.add_argument("verb", nargs="?", choices=tuple(verbs.help_of))
    return parser


def parsers(verbs: Verbs) -> list[Parser]:
    """Those of the verbs."""
    return [_module(verbs, verb).parser(f"{verbs.command} {verb}") for verb in verbs.help_of]


class _Overview(Parser):
    def __init__(self, verbs: Verbs) -> None:
        super().__init__(verbs.command, verbs.summary)
        self._verbs = verbs

    def format_help(self) -> str:
        width = max(map(len, self._verbs.help_of))
        verbs = "".join(f"  {verb:{width}}  {help_}\n" for verb, help_ in self._verbs.help_of.items())
        usage, more = f"usage: {self.prog} [VERB] [options]", f"{self.prog} VERB --help tells a verb's options"
        return f"{usage}\n\n{self.description}; without a verb: {self._verbs.usual}\n\n{verbs}\n{more}\n"


def _module(verbs: Verbs, verb: str):  # type: ignore[no-untyped-def]  # a module of commands: `run` and `parser`
    return import_module(f"gates.commands.{verbs.command}_{verb}")


def _nearest(verbs: Verbs, verb: str) -> str:
    from gates.core.documents.table import nearest

    return nearest(verb, verbs.help_of)
