"""The user that an image runs as."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from gates.container.base_users import ROOT, user_of_image
from gates.container.dockerfile.expansion import expansion
from gates.container.dockerfile.instruction import Dockerfile, Stage, Step
from gates.container.dockerfile.stages import origins
from gates.container.image_files import sources_of
from gates.container.judging.build_steps import commands, is_windows
from gates.container.references import Reference, reference
from gates.core.patterns import lazy
from gates.shell.command import Command, Word
from gates.shell.programs import effective
from gates.shell.users import given_number

_ADMINISTRATORS: Final = ("containeradministrator", "user manager\\containeradministrator", "administrator", "nt authority\\system")
ROOT_NUMBER: Final = "0"
_LIST: Final = "/etc/passwd"
_ZERO = lazy(r"[+-]?0+")


class Said(NamedTuple):
    """Where a stage, or one that it is built from, says it last."""

    stage: Stage
    step: Step


def user_of(dockerfile: Dockerfile, target: str) -> str | None:
    """The USER of the image that the target makes, "" the last: "" where none is set anywhere in its ancestry, None where it cannot be
    told: the target is not there, it depends on a variable, or nobody knows what the image it is built from has.
    """
    stage = dockerfile.stage(target)
    if stage is None:
        return None
    said = last_user(dockerfile, stage)
    if said is not None:
        user = said.step.value or None
        return ROOT_NUMBER if user and number_of(dockerfile, stage, user) == "zero" else user
    return None if is_windows(dockerfile, stage) else base_user(dockerfile, stage)


def last_user(dockerfile: Dockerfile, stage: Stage) -> Said | None:
    for each in dockerfile.ancestry(stage):
        for step in reversed(each.steps):
            if step.instruction.keyword == "USER":
                return Said(each, step)
    return None


def base_user(dockerfile: Dockerfile, stage: Stage) -> str | None:
    named = base_of(dockerfile, stage)
    return user_of_image(named) if named is not None else None


def base_of(dockerfile: Dockerfile, stage: Stage) -> Reference | None:
    """The image at the end of its ancestry; the tag may hold a variable, the name may not."""
    base = dockerfile.ancestry(stage)[-1].base
    if base.image is not None:
        return reference(base.image)
    named = reference(base.text)
    return None if "$" in f"{named.registry}{named.repository}" or "{" in named.repository else named


def is_root(user: str) -> bool:
    name = user.partition(":")[0].strip()
    return user == ROOT or name in ("root", "0") or bool(_ZERO.fullmatch(name)) or name.lower() in _ADMINISTRATORS


# the number that the file gives a name

Number = Literal["zero", "open", ""]


def number_of(dockerfile: Dockerfile, stage: Stage, user: str) -> Number:
    """ "zero" where a step makes the name another one of root's, "open" where a variable without a value here may do so."""
    name = user.partition(":")[0].strip()
    if not name or name.lstrip("+-").isdecimal() or "$" in name:
        return ""
    return _number(dockerfile, stage, name, len(dockerfile.stages))


def _number(dockerfile: Dockerfile, stage: Stage, name: str, left: int) -> Number:
    found: Number = ""
    line = re.compile(rf"(?:^|[^A-Za-z0-9_-]){re.escape(name)}:[^:\n]*:0+(?![0-9])")
    for each in reversed(dockerfile.ancestry(stage)):
        for step in each.steps:
            keyword = step.instruction.keyword
            if keyword == "RUN":
                for said in _said(step, name, dockerfile.syntax.escape, line):
                    found = said
            elif keyword in ("COPY", "ADD") and _LIST in step.instruction.value:
                copied = _copied(dockerfile, step, name, left, line)
                found = found if copied is None else copied
    return found


def _copied(dockerfile: Dockerfile, step: Step, name: str, left: int, line: re.Pattern[str]) -> Number | None:
    """What a list of users that is copied says of it, None where that is not known."""
    sources, target = sources_of(step)
    if target.rstrip("/") not in (_LIST, "/etc"):
        return None
    if any(line.search(heredoc.body) for heredoc in step.instruction.heredocs):
        return "zero"
    base = next(iter(origins(dockerfile, step.instruction)), None)
    if base is None or base.stage is None or not left or not any(source.rstrip("/") in (_LIST, "/etc") for source in sources):
        return None
    return _number(dockerfile, dockerfile.stages[base.stage], name, left - 1)


def _said(step: Step, name: str, escape: str, line: re.Pattern[str]) -> Iterator[Number]:
    instruction = step.instruction
    texts = [instruction.value, *(heredoc.body for heredoc in instruction.heredocs)]
    if not any(name in text or "$" in text for text in texts):
        return
    if not any("useradd" in text or "adduser" in text or "usermod" in text or "passwd" in text for text in texts):
        return
    script = commands(instruction, step.shell)
    if any(_LIST in text for text in texts) and any(line.search(text) for text in texts):
        yield "zero"

    def known(word: Word) -> str | None:
        return expansion(word.text, step.variables, escape, quotes=False).text if word.dynamic else word.text

    for command in script.commands if script else ():
        yield from _numbered(command, name, known)


def _numbered(command: Command, name: str, known: Callable[[Word], str | None]) -> Iterator[Number]:
    given = given_number(effective(command))
    if given is None or known(given.name) != name:
        return
    number = known(given.number)
    if number is None:
        # no two names have one number unless that is asked for, and root has 0
        yield "open" if given.shared else ""
    else:
        yield "zero" if _ZERO.fullmatch(number) else ""
