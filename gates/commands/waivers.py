"""`gates waivers VERB`: finds the verb's module, and imports that one alone."""

from __future__ import annotations

from importlib import import_module

from gates.commands.options import Parser
from gates.core.errors import UsageError
from gates.core.world import World

VERBS = {
    "check": "whether the list is in order, and what has ended or ends soon",
    "list": "what the list holds",
    "add": "an entry for a finding",
    "renew": "a new last day for an entry, with a reason",
    "prune": "take out what has ended, or covers nothing",
    "import": "entries from the ignore lists of other tools",
    "export": "the list for other tools, and as VEX",
    "calendar": "the last days as a calendar file",
}


def run(name: str, argv: list[str], world: World) -> int:
    if argv and argv[0] in ("-h", "--help"):
        parser(name).parse_args(argv[:1])
    verb, rest = (argv[0], argv[1:]) if argv and not argv[0].startswith("-") else ("check", argv)
    if verb not in VERBS:
        raise UsageError(f"unknown verb {verb!r}{_nearest(verb)}; gates {name} --help lists them")
    code: int = _module(verb).run(f"{name} {verb}", rest, world)
    return code


def parser(name: str) -> Parser:
    """For the help and for completion; each verb has options of its own."""
    parser = _Overview(name, "the exception list")
    parser.add_argument("verb", nargs="?", choices=tuple(VERBS))
    return parser


class _Overview(Parser):
    def format_help(self) -> str:
        width = max(map(len, VERBS))
        verbs = "".join(f"  {verb:{width}}  {help_}\n" for verb, help_ in VERBS.items())
        usage, more = f"usage: {self.prog} [VERB] [options]", f"{self.prog} VERB --help tells a verb's options"
        return f"{usage}\n\n{self.description}; without a verb it is checked\n\n{verbs}\n{more}\n"


def parsers(name: str) -> list[Parser]:
    """Those of the verbs."""
    return [_module(verb).parser(f"{name} {verb}") for verb in VERBS]


def _module(verb: str):  # type: ignore[no-untyped-def]  # a module of commands: `run` and `parser`
    return import_module(f"gates.commands.waivers_{verb}")


def _nearest(verb: str) -> str:
    from gates.core.documents.table import nearest

    return nearest(verb, VERBS)
