"""The rules on secrets, for what stands anywhere in an instruction: the matcher knows it by its form or by what stands around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from gates.container.dockerfile.instruction import Instruction, Stage
from gates.container.judging.around import Around
from gates.container.judging.build_steps import Plan, steps
from gates.container.judging.literals import Literal
from gates.container.rules import build_contents as rules
from gates.container.rules.levels import Levelled
from gates.core.finding import Severity
from gates.detect.scan import Match

_READ_BY_PAIRS: Final = ("ENV", "ARG", "FROM")
_CONFIGURED: Final = ("LABEL", "CMD", "ENTRYPOINT", "HEALTHCHECK")  # the image's configuration holds them
_KEPT: Final = "and the history of the image keeps every command"


def found(plan: Plan, around: Around, told: Mapping[int, int]) -> Iterator[tuple[Stage, Levelled, str, int, str, Literal]]:
    """What to tell of a secret: the rule, what is wrong, the line, a key, and how bad it is. `told` are the numbers of those that were
    told of a line already.
    """
    seen: set[tuple[int, bytes]] = set()
    left = Counter(told)
    for stage, step in steps(plan.dockerfile):
        instruction = step.instruction
        if instruction.keyword in _READ_BY_PAIRS:
            continue
        for line, match in _matches(instruction, around):
            if (stage.number, match.identity) in seen:
                continue
            seen.add((stage.number, match.identity))
            if left[line] > 0:
                left[line] -= 1
                continue
            configured = instruction.keyword in _CONFIGURED
            level = rules.SECRET_IN_ENV if configured else rules.SECRET_IN_ARG
            why = "for everybody who has the image" if configured else _KEPT
            what = f"{instruction.keyword} holds {match.family.title} ({match.redacted}), {why}"
            key = f"{instruction.keyword}:{match.family.id}:{match.subject}"
            yield stage, level, what, line, key, _weighed(match)


def _matches(instruction: Instruction, around: Around) -> Iterator[tuple[int, Match]]:
    texts = [(instruction.source or instruction.value, instruction.line), *((each.body, each.line) for each in instruction.heredocs)]
    for text, first in texts:
        for match in around.scan(text.encode("utf-8", "surrogatepass")):
            if not match.family.id.startswith("generic-") or match.severity >= Severity.HIGH:
                yield first + match.line - 1, match


def _weighed(match: Match) -> Literal:
    if match.structure == "invalid":
        return Literal(Severity.LOW, match.family.title, "low, since it is wrong in its structure")
    return Literal(Severity.HIGH, match.family.title)
