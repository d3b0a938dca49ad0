"""How the rules on running containers say what they found: whom it is about, where, and the way out in the syntax of the file."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from gates.container.defect import Defect
from gates.container.quoting import shown
from gates.container.rules.levels import Levelled
from gates.container.setting import Setting
from gates.container.spec import RuntimeSpec
from gates.core.finding import Location, Severity

IMAGE_OF_A_STEP = "docker://"  # GitHub's mark of an image in `uses`
T = TypeVar("T")


class Fix(NamedTuple):
    """The same remedy in each syntax, in one line; "" where it has none and the rule's own has to do. GitHub's `options:` are `run`."""

    compose: str = ""
    run: str = ""
    kubernetes: str = ""
    actions: str = ""


NO_FIX = Fix()


def whom(spec: RuntimeSpec) -> str:
    if spec.syntax == "compose":
        return f"service {spec.name}"
    if spec.syntax == "docker-run":
        return spec.name
    if spec.syntax == "kubernetes":
        return spec.name if spec.name.startswith("PersistentVolume") else f"container {spec.name}"  # no pod's name has a capital
    if spec.name.startswith(IMAGE_OF_A_STEP):
        return f"the action {spec.name}"
    job, dot, service = spec.name.partition(".")
    if service.startswith(IMAGE_OF_A_STEP):
        return f"the step {service} of job {job}"
    return f"service {service} of job {job}" if dot else f"the container of job {job}"


def disposable(spec: RuntimeSpec) -> bool:
    """Whether the machine itself is thrown away after the job: then its ports are nobody's, and it has nothing else to lose."""
    return spec.syntax == "actions" and "ports" in spec.unsaid


def told(
    spec: RuntimeSpec,
    level: Levelled,
    what: str,
    where: Location | None = None,
    key: str = "",
    *,
    fix: Fix = NO_FIX,
    severity: Severity | None = None,
    resolved: bool = True,
) -> Defect:
    """`what` goes on after the name. `key` tells two defects of one rule and container apart."""
    return Defect(
        rule=level.rule,
        message=f"{whom(spec)}: {what}",
        location=where or spec.location,
        subject=f"{spec.name}:{key}" if key else spec.name,
        about=spec.name,
        remedy=_remedy(spec, fix),
        resolved=resolved,
        severity=severity,
        example=spec.example,
    )


def unsettled(spec: RuntimeSpec, level: Levelled, what: str, setting: Setting[T], key: str = "", *, fix: Fix = NO_FIX) -> Defect:
    """For a value that only the environment knows. Not for secrets: the text is repeated."""
    message = f"cannot judge {what}: it depends on {shown(setting.text) or 'what nobody has written here'}"
    return told(spec, level, message, setting.location, key, fix=fix, resolved=False)


def by_default(setting: Setting[T]) -> str:
    """Behind a statement about a value that the environment can replace."""
    return f" (the default of {shown(setting.text)})" if setting.by_default else ""


def _remedy(spec: RuntimeSpec, fix: Fix) -> str:
    if spec.syntax == "compose":
        return fix.compose
    if spec.syntax == "kubernetes":
        return fix.kubernetes
    if spec.syntax == "actions":
        return fix.actions or (f"options: {fix.run}" if fix.run else "")
    return fix.run
