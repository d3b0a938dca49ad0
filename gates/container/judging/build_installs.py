"""Rules on what is installed: whether it has a version, and whether the lock file is kept to."""

from __future__ import annotations

from collections.abc import Iterator

from gates.container.defect import Defect
from gates.container.judging.build_steps import Act, Plan, Run, listed, told_of
from gates.container.judging.installs import Wanted, wanted
from gates.container.judging.runners import has_own_packages, ran
from gates.container.quoting import key_of, shown
from gates.container.rules import build as rules


def judge(plan: Plan) -> Iterator[Defect]:
    own_packages = has_own_packages(plan)
    for run in plan.runs:
        for act in run.acts:
            found = wanted(run, act) or ran(run, act, own_packages)
            if found is not None:
                yield from _defects(plan, run, act, found)


def _defects(plan: Plan, run: Run, act: Act, found: Wanted) -> Iterator[Defect]:
    dockerfile = plan.dockerfile
    if found.unpinned:
        names = list(dict.fromkeys(found.unpinned))
        what = f"{act.program} installs {listed(names)} without a version, so each build takes the newest"
        key = key_of(act.program, *names)
        yield told_of(dockerfile, run, act, rules.UNPINNED_INSTALL, what, key, remedy=found.fix)
    elif found.open:
        what = f"cannot judge which versions {act.program} installs: it depends on {listed(list(found.open))}"
        yield told_of(dockerfile, run, act, rules.UNPINNED_INSTALL, what, key_of(act.program, *found.open), resolved=False)
    if not found.locked:
        written = shown(" ".join(word.text for word in (act.invocation.word, *act.arguments) if word), 60)
        what = f"`{written}` {found.why or 'may install something else than the lock file says'}"
        yield told_of(dockerfile, run, act, rules.UNLOCKED_INSTALL, what, key_of(act.program, found.instead), remedy=f"RUN {found.instead}")
