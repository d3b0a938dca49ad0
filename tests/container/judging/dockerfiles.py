"""Judges a Dockerfile in a repository that exists only as a mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from gates.container.defect import Defect
from gates.container.dockerfile.instruction import Dockerfile
from gates.container.dockerfile.reading import read
from gates.container.dockerfile.stages import model
from gates.container.judging.around import Around
from gates.container.judging.build import judge
from gates.container.spec import RuntimeSpec
from gates.detect.families import FAMILIES
from gates.detect.prefilter import open_engine
from gates.detect.scan import Match, Scanner

TODAY = date(2026, 11, 20)


@cache
def scanner() -> Scanner:
    return Scanner(FAMILIES, open_engine(FAMILIES, ""), "", b"identity")


def scan(data: bytes) -> Sequence[Match]:
    return scanner().scan(data)


def parsed(text: str, path: str = "Dockerfile") -> Dockerfile:
    return model(read(text.encode(), path), path)


def defects(
    text: str,
    files: Mapping[str, str | bytes] | None = None,
    *,
    path: str = "Dockerfile",
    contexts: tuple[str, ...] = ("",),
    started: tuple[RuntimeSpec, ...] = (),
    today: date = TODAY,
) -> list[Defect]:
    there = {name: content.encode() if isinstance(content, str) else content for name, content in (files or {}).items()}

    def below(folder: str) -> list[str]:
        return [name for name in there if not folder or name.startswith(f"{folder}/")]

    around = Around(there.get, there.__contains__, contexts, started, today, scan, below)
    return list(judge(parsed(text, path), around))


def of(rule: str, found: Sequence[Defect]) -> list[Defect]:
    return [defect for defect in found if defect.rule.id == f"container/{rule}"]


def lines(rule: str, text: str, files: Mapping[str, str | bytes] | None = None) -> list[int]:
    """Where the rule speaks, of what can be judged."""
    return [defect.location.line for defect in of(rule, defects(text, files)) if defect.resolved]


def run(command: str, base: str = "debian:13-slim") -> str:
    return f"FROM {base}\nRUN {command}\nUSER 10001\n"
