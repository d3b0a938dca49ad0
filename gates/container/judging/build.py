"""Every rule on what builds an image."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from gates.container.defect import Defect
from gates.container.dockerfile.instruction import Dockerfile
from gates.container.judging import (
    build_downloads,
    build_executed,
    build_files,
    build_images,
    build_installs,
    build_leftovers,
    build_secrets,
    build_transport,
    build_users,
)
from gates.container.judging.around import Around
from gates.container.judging.build_steps import Plan, is_read, is_windows, plan, steps, told
from gates.container.quoting import shown
from gates.container.rules import build as rules


def judge(dockerfile: Dockerfile, around: Around) -> Iterator[Defect]:
    """No two defects share a rule, a path and a subject."""
    made = plan(dockerfile, around.started)
    started = build_users.started_of(made, around)
    scripts = [(stage, source) for stage in made.delivered for source in started[stage.number].scripts]
    found = chain(
        build_images.judge(made, around),
        build_installs.judge(made),
        build_executed.judge(made, around, scripts),
        build_downloads.judge(made),
        build_transport.judge(made),
        build_users.judge(made, around, started),
        build_files.judge(made, scripts),
        build_secrets.judge(made, around),
        build_leftovers.judge(made, around),
        _unread(made),
        _other_shells(made),
    )
    taken: dict[tuple[str, str, str], set[tuple[str, int]]] = {}
    for defect in found:
        told_already = taken.setdefault((defect.rule.id, defect.location.path, defect.subject), set())
        said = (defect.message, defect.location.line)
        if said in told_already:
            continue
        told_already.add(said)
        if len(told_already) > 1:
            defect = defect._replace(subject=f"{defect.subject}:{len(told_already)}")
        yield defect


def _unread(made: Plan) -> Iterator[Defect]:
    for run in made.runs:
        for problem in run.unread[:1]:
            what = f"cannot judge what this RUN fetches and runs: a shell would not read it from here on ({problem.message})"
            yield told(made.dockerfile, run.stage, rules.PIPE_TO_SHELL, what, problem.line, "unread", resolved=False)


def _other_shells(made: Plan) -> Iterator[Defect]:
    """Once for each stage."""
    seen: set[int] = set()
    for stage, step in steps(made.dockerfile):
        if step.instruction.keyword != "RUN" or stage.number in seen:
            continue
        if is_windows(made.dockerfile, stage):
            what = "cannot judge what RUN does: it depends on a Windows image, whose shells are not read here"
        elif step.instruction.words is None and not is_read(step.shell):
            what = f"cannot judge what RUN does: it depends on a shell that is not read here ({shown(' '.join(step.shell))})"
        else:
            continue
        seen.add(stage.number)
        yield told(made.dockerfile, stage, rules.PIPE_TO_SHELL, what, step.instruction.line, "shell", resolved=False)
