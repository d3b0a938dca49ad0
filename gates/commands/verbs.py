"""Commands that have verbs, such as `gates waivers add`: finds the verb's module, and imports that one alone."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final, NamedTuple

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


_TABLE: Final = (
    Verbs(
        "protection",
        "the checks that branches require, and the checks that workflows report",
        "check",
        {
            "check": "whether each required check can report, can fail, and what else the files ask of the branches",
            "names": "every check name that the workflows report, with file and line",
            "diff": "what the files ask for, against what the branches have on GitHub (--live)",
            "apply": "make GitHub's settings those of the files; a dry run unless told otherwise",
        },
    ),
    Verbs(
        "commits",
        "one list of commit types, held everywhere",
        "check",
        {
            "check": "whether every tool that lists commit types lists the same ones",
            "lint": "whether a message, a title or the messages of a range are written by the list",
        },
    ),
    Verbs(
        "image",
        "built images: known vulnerabilities, and what is in them",
        "check",
        {
            "check": "the images that the policy names, as `gates run` judges them",
            "scan": "known vulnerabilities in one image, by Trivy or Grype; its SBOM",
            "inspect": "what an image's configuration and layers hold, without any tool",
        },
    ),
    Verbs(
        "container",
        "what builds images and starts containers",
        "check",
        {
            "check": "Dockerfiles, compose files, Kubernetes workloads, seccomp and AppArmor profiles, `docker run` lines",
            "harden": "a tight seccomp profile from one that is there, or the hardened form of a compose service",
        },
    ),
    Verbs(
        "sbom",
        "what a release is made of, as CycloneDX",
        "check",
        {
            "make": "one document of the project, from its locks and what is installed",
            "check": "whether documents are valid, hold together, are complete, and list what the locks do",
            "diff": "what changed from one to the next; another hash of the same version blocks",
            "vex": "what the exceptions say of vulnerabilities, for those who read the document",
        },
    ),
    Verbs(
        "waivers",
        "the exception list",
        "check",
        {
            "check": "whether the list is in order, and what has ended or ends soon",
            "list": "what the list holds",
            "add": "an entry for a finding",
            "renew": "a new last day for an entry, with a reason",
            "prune": "take out what has ended, or covers nothing",
            "import": "entries from the ignore lists of other tools",
            "export": "the list for other tools, and as VEX",
            "calendar": "the last days as a calendar file",
        },
    ),
)
_VERBS: Final = {verbs.command: verbs for verbs in _TABLE}


def run(name: str, argv: list[str], world: World) -> int:
    verbs = _VERBS[name]
    if argv and argv[0] in ("-h", "--help"):
        parser(name).parse_args(argv[:1])
    verb, rest = (argv[0], argv[1:]) if argv and not argv[0].startswith("-") else (verbs.usual, argv)
    if verb not in verbs.help_of:
        raise UsageError(f"unknown verb {verb!r}{_nearest(verbs, verb)}; gates {name} --help lists them")
    code: int = _module(name, verb).run(f"{name} {verb}", rest, world)
    return code


def parser(name: str) -> Parser:
    """For the help and for completion; each verb has options of its own."""
    parser = _Overview(_VERBS[name])
    parser.add_argument("verb", nargs="?", choices=tuple(_VERBS[name].help_of))
    return parser


def parsers(name: str) -> list[Parser]:
    """Those of the verbs."""
    return [_module(name, verb).parser(f"{name} {verb}") for verb in _VERBS[name].help_of]


class _Overview(Parser):
    def __init__(self, verbs: Verbs) -> None:
        super().__init__(verbs.command, verbs.summary)
        self._verbs = verbs

    def format_help(self) -> str:
        width = max(map(len, self._verbs.help_of))
        verbs = "".join(f"  {verb:{width}}  {help_}\n" for verb, help_ in self._verbs.help_of.items())
        usage, more = f"usage: {self.prog} [VERB] [options]", f"{self.prog} VERB --help tells a verb's options"
        return f"{usage}\n\n{self.description}; without a verb: {self._verbs.usual}\n\n{verbs}\n{more}\n"


def _module(command: str, verb: str):  # type: ignore[no-untyped-def]  # a module of commands: `run` and `parser`
    return import_module(f"gates.commands.{command}_{verb}")


def _nearest(verbs: Verbs, verb: str) -> str:
    from gates.core.documents.table import nearest

    return nearest(verb, verbs.help_of)
