"""`gates image VERB`: built images."""

from __future__ import annotations

from gates.commands import verbs
from gates.commands.options import Parser
from gates.core.world import World

VERBS = verbs.Verbs(
    "image",
    "built images: known vulnerabilities, and what is in them",
    "check",
    {
        "check": "the images that the policy names, as `gates run` judges them",
        "scan": "known vulnerabilities in one image, by Trivy or Grype; its SBOM",
        "inspect": "what an image's configuration and layers hold, without any tool",
    },
)


def run(name: str, argv: list[str], world: World) -> int:
    return verbs.run(VERBS, argv, world)


def parser(name: str) -> Parser:
    return verbs.parser(VERBS)


def parsers(name: str) -> list[Parser]:
    return verbs.parsers(VERBS)
