"""Rules on whom an image runs as: USER, and what its entrypoint makes of root."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gates.container import base_users, entrypoint
from gates.container.defect import Defect
from gates.container.dockerfile import values
from gates.container.dockerfile.instruction import Dockerfile, Instruction, Stage, Step
from gates.container.entrypoint import Judged, judge_words
from gates.container.image_files import Places, Source, find
from gates.container.judging.around import Around
from gates.container.judging.build_steps import Plan, about, commands, is_windows, script_of, steps, told
from gates.container.judging.users import base_of, base_user, is_root, last_user, number_of
from gates.container.quoting import key_of, shown
from gates.container.rules import build_contents as rules
from gates.container.rules import runtime
from gates.container.rules.levels import Levelled
from gates.container.spec import RuntimeSpec
from gates.core.documents import DocumentError
from gates.core.finding import Location, Severity
from gates.core.patterns import lazy

_OF_USER = lazy(r"(?i)(?:[a-z0-9]+_)*(?:p?uid|user_?id|user)")
_USER = "RUN useradd --system --uid 10001 app\nUSER 10001"


class Start(NamedTuple):
    """What the file says of how the image is started; None where it leaves that to the image it is built from."""

    entrypoint: Step | None
    command: Step | None


class Started(NamedTuple):
    """What becomes of root when the image is started, None where the image that it is built from says so and that is not known.
    `scripts` are those of the repository that are run then.
    """

    judged: Judged | None
    scripts: tuple[Source, ...] = ()


def judge(plan: Plan, around: Around, started: Mapping[int, Started]) -> Iterator[Defect]:
    for stage in plan.delivered:
        yield from _stage(plan.dockerfile, stage, around, started[stage.number].judged)
        yield from _of_children(plan.dockerfile, stage)
    yield from _arguments(plan)


def started_of(plan: Plan, around: Around) -> dict[int, Started]:
    """By the number of the delivered stage."""
    return {stage.number: _started(plan.dockerfile, stage, around) for stage in plan.delivered}


def start_of(dockerfile: Dockerfile, stage: Stage) -> Start:
    """An ENTRYPOINT takes away the CMD of the stages that its own is built from."""
    found: dict[str, Step] = {}
    for each in dockerfile.ancestry(stage):
        for step in reversed(each.steps):
            keyword = step.instruction.keyword
            if keyword in ("ENTRYPOINT", "CMD"):
                found.setdefault(keyword, step)
        if "ENTRYPOINT" in found:
            break
    return Start(found.get("ENTRYPOINT"), found.get("CMD"))


def runs_something(dockerfile: Dockerfile, stage: Stage) -> bool:
    """Whether it is there to be started: what is built from nothing and names no command only hands over files."""
    base = base_of(dockerfile, stage)
    start = start_of(dockerfile, stage)
    return bool(start.entrypoint or start.command) or base is None or base.repository != "scratch"


def _stage(dockerfile: Dockerfile, stage: Stage, around: Around, judged: Judged | None) -> Iterator[Defect]:
    if not runs_something(dockerfile, stage):
        return
    said = last_user(dockerfile, stage)
    if is_windows(dockerfile, stage):
        if said is None:
            what = "cannot judge whom it runs as: it depends on a Windows image"
            yield told(dockerfile, stage, rules.USER_MISSING, what, stage.line, resolved=False)
        elif said.step.value and is_root(said.step.value):
            what = f"USER {shown(said.step.instruction.value)} is the last one, so its program runs as the administrator"
            yield told(dockerfile, stage, runtime.USER_ROOT, what, said.step.instruction.line, "USER", remedy="USER ContainerUser")
        return
    user = said.step.value if said else base_user(dockerfile, stage)
    number = number_of(dockerfile, stage, user) if said and user else ""
    elsewhere = _user_elsewhere(dockerfile, stage, around.started)
    drops = judged is not None and judged.verdict == "drops"
    if said is not None and not user:
        line, text = said.step.instruction.line, shown(said.step.instruction.value)
        what = f"cannot judge whom it runs as: it depends on USER {text}"
        yield told(dockerfile, stage, runtime.USER_ROOT, what, line, "USER", resolved=False)
    elif said is not None and number == "open" and not (drops or elsewhere):
        text = shown(said.step.instruction.value)
        what = f"cannot judge whom USER {text} is: it depends on a variable without a value, which is its number"
        yield told(dockerfile, stage, runtime.USER_ROOT, what, said.step.instruction.line, "USER", resolved=False)
    elif said is not None and user is not None and (is_root(user) or number == "zero") and not drops:
        why = ", which the file gives the number of root, 0," if number == "zero" else ""
        what = f"USER {shown(said.step.instruction.value)}{why} is the last one, so its program runs as root"
        severity = None
        if elsewhere:
            severity, what = Severity.MEDIUM, f"{what}; medium, since whatever starts it here names another user"
        yield told(dockerfile, stage, runtime.USER_ROOT, what, said.step.instruction.line, "USER", severity=severity, remedy=_USER)
    elif said is None and user is None and not (drops or elsewhere):
        what = f"cannot judge whom it runs as: it names no USER, and it depends on {shown(_root_text(dockerfile, stage))}"
        yield told(dockerfile, stage, rules.USER_MISSING, what, stage.line, resolved=False)
    elif said is None and user is not None and is_root(user) and not (drops or elsewhere):
        what = f"names no USER, and {shown(_root_text(dockerfile, stage))} has none either, so its program runs as root"
        yield told(dockerfile, stage, rules.USER_MISSING, what, stage.line, remedy=_USER)
    if judged is not None:
        yield from _entrypoint(dockerfile, stage, judged, as_root=user is None or is_root(user) or number == "zero", elsewhere=elsewhere)


def _of_children(dockerfile: Dockerfile, stage: Stage) -> Iterator[Defect]:
    """The USER that ONBUILD gives the images which are built from it."""
    triggers = [step.instruction.trigger for step in stage.steps if step.instruction.trigger is not None]
    trigger = next((each for each in reversed(triggers) if each.keyword == "USER"), None)
    if trigger is None:
        return
    text = f"ONBUILD USER {shown(trigger.value)}"
    if "$" in trigger.value:
        what = f"cannot judge whom the images that are built from it run as: it depends on {text}"
        yield told(dockerfile, stage, runtime.USER_ROOT, what, trigger.line, "ONBUILD", resolved=False)
    elif is_root(trigger.value):
        what = f"{text} makes the images that are built from it run as root"
        yield told(dockerfile, stage, runtime.USER_ROOT, what, trigger.line, "ONBUILD", remedy="ONBUILD USER 10001")


def _root_text(dockerfile: Dockerfile, stage: Stage) -> str:
    base = dockerfile.ancestry(stage)[-1].base
    return base.image or base.text


def _user_elsewhere(dockerfile: Dockerfile, stage: Stage, started: tuple[RuntimeSpec, ...]) -> bool:
    """Whether everything in the repository that starts it names a user who is not root."""
    own = [spec for spec in started if spec.build and dockerfile.stage(spec.build.target) == stage]
    return bool(own) and all(spec.user is not None and spec.user.value and not is_root(spec.user.value) for spec in own)


# the entrypoint


def _started(dockerfile: Dockerfile, stage: Stage, around: Around) -> Started:
    start, base = start_of(dockerfile, stage), base_of(dockerfile, stage)
    if start.entrypoint is None and base is not None and base_users.drops_by_itself(base, ""):
        return Started(Judged("drops"))
    emptied = start.entrypoint is not None and start.entrypoint.instruction.words == ()
    step = start.command if emptied else start.entrypoint or start.command
    if step is None or step.instruction.words == () or is_windows(dockerfile, stage):
        return Started(None)
    places = Places(around.read, around.exists, around.contexts, commands)
    instruction = step.instruction
    script = commands(instruction, step.shell)
    if script is None:
        return Started(Judged("unknown", reason="a shell that is not known here"))
    if instruction.words and step is start.entrypoint and start.command is not None:
        given = start.command.instruction.words or (*start.command.shell, start.command.instruction.value)
        script = script_of((*instruction.words, *given), instruction.line, instruction.column)
    source = Source(dockerfile.path, instruction.source, instruction.line)
    found: list[Source] = []

    def look(name: str) -> Source | None:
        source = find(dockerfile, stage, name, places)
        found.extend([source] if source else [])
        return source

    try:
        judged = judge_words(
            script,
            source,
            look,
            lambda name: base is not None and base_users.drops_by_itself(base, name),
            _environment(dockerfile, stage),
        )
    except DocumentError as error:
        return Started(Judged("unknown", reason=f"{error.path}, which cannot be read ({error.message})"), tuple(found))
    return Started(judged, tuple(found))


def _environment(dockerfile: Dockerfile, stage: Stage) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for each in reversed(dockerfile.ancestry(stage)):
        for step in each.steps:
            if step.instruction.keyword == "ENV":
                found |= {pair.name: pair.value for pair in values.pairs(step.instruction, step.variables, dockerfile.syntax.escape)}
    return found


def _entrypoint(dockerfile: Dockerfile, stage: Stage, judged: Judged, *, as_root: bool, elsewhere: bool) -> Iterator[Defect]:
    for step in judged.setuid:
        line = step.line
        what = f"the entrypoint runs `{_written(step)}`, which needs a setuid program that no-new-privileges forbids"
        yield _told(dockerfile, stage, rules.ENTRYPOINT_SUDO, what, step.source.path, line, key_of(_written(step)))
    if not as_root or elsewhere:
        return
    for step in judged.without_exec:
        if step in judged.setuid:
            continue
        what = f"`{_written(step)}` has no exec before it, so a shell of root stays above it"
        yield _told(dockerfile, stage, rules.ENTRYPOINT_NO_EXEC, what, step.source.path, step.line, key_of(_written(step)))
    own = judged.source is not None
    if judged.verdict == "sometimes" and judged.source is not None:
        line = judged.deciding.line if judged.deciding else judged.source.line
        what = f"the entrypoint leaves root only where `{shown(judged.reason)}` has it so, and goes on as root where not"
        yield _told(dockerfile, stage, rules.ENTRYPOINT_KEEPS_ROOT, what, judged.source.path, line, judged.source.path)
    elif judged.verdict == "keeps" and judged.source is not None and own and judged.source.path != dockerfile.path:
        line = judged.deciding.line if judged.deciding and judged.deciding.source == judged.source else judged.source.line
        what = f"the entrypoint {judged.source.path} starts the program as root: nothing in it becomes another user"
        yield _told(dockerfile, stage, rules.ENTRYPOINT_KEEPS_ROOT, what, judged.source.path, line, judged.source.path)
    elif judged.verdict == "unknown":
        line = (start_of(dockerfile, stage).entrypoint or start_of(dockerfile, stage).command or stage.steps[-1]).instruction.line
        what = f"cannot judge whether the entrypoint leaves root: it depends on {shown(judged.reason)}"
        yield told(dockerfile, stage, rules.ENTRYPOINT_KEEPS_ROOT, what, line, resolved=False)


def _written(step: entrypoint.Step) -> str:
    return shown(" ".join(word.text for word in step.command.words))[:60]


def _told(dockerfile: Dockerfile, stage: Stage, level: Levelled, what: str, path: str, line: int, key: str) -> Defect:
    found = told(dockerfile, stage, level, what, line, key)
    return found._replace(location=Location(path, line), subject=f"{about(stage)}:{key}")


# arguments


def _arguments(plan: Plan) -> Iterator[Defect]:
    escape = plan.dockerfile.syntax.escape
    before = [
        each for each in plan.dockerfile.syntax.instructions[: _first_from(plan.dockerfile.syntax.instructions)] if each.keyword == "ARG"
    ]
    for instruction in before:
        if plan.delivered:
            yield from _pairs(plan.dockerfile, plan.delivered[0], instruction, {}, escape)
    for stage, step in steps(plan.dockerfile):
        if step.instruction.keyword == "ARG":
            yield from _pairs(plan.dockerfile, stage, step.instruction, dict(step.variables), escape)


def _first_from(instructions: tuple[Instruction, ...]) -> int:
    return next((number for number, each in enumerate(instructions) if each.keyword == "FROM"), 0)


def _pairs(dockerfile: Dockerfile, stage: Stage, instruction: Instruction, known: dict[str, str | None], escape: str) -> Iterator[Defect]:
    for pair in values.pairs(instruction, known, escape):
        if pair.value and _OF_USER.fullmatch(pair.name) and is_root(pair.value):
            what = f"ARG {pair.name} is {shown(pair.value)} unless somebody sets it, which is root"
            remedy = f"ARG {pair.name}=10001"
            yield told(dockerfile, stage, rules.USER_ARG_ROOT, what, pair.line, pair.name, column=pair.column, remedy=remedy)
