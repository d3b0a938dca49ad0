"""The user that an image runs as."""

from __future__ import annotations

from typing import NamedTuple

from gates.container.base_users import ROOT, user_of_image
from gates.container.dockerfile.instruction import Dockerfile, Stage, Step
from gates.container.judging.build_steps import is_windows
from gates.container.references import Reference, reference


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
        return said.step.value or None
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
    return user == ROOT or name in ("root", "0") or (name.isdecimal() and int(name) == 0)
