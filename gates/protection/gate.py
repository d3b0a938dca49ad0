"""The protection gate: for every protected branch, each required check is one that the workflows report on pull requests into it and
that can fail; and the rest of what the files ask of the branch is what the policy expects.

Nothing is asked of GitHub: the files of the repository decide. `gates protection diff --live` holds them against what is in force.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from gates.core import git
from gates.core.accountability import live
from gates.core.documents import DocumentError
from gates.core.errors import NothingToJudge
from gates.core.gate import Context, Event, Flag, Gate, Skipped, Unread
from gates.github.branches import likely_default, protected_branches
from gates.github.requirement import Protection
from gates.protection import files, own, ownership, settings
from gates.protection.contexts import judging as contexts
from gates.protection.contexts.findings import listed
from gates.protection.contexts.views import Situation
from gates.protection.files import Files
from gates.protection.gitlab import judging as gitlab
from gates.protection.options import Options
from gates.protection.reporting import reporting
from gates.protection.rules import RULES


def check(context: Context, options: Options) -> Iterator[Event]:
    found, unread = None, False
    for event in files.read(context, options):
        if isinstance(event, Files):
            found = event
        else:
            unread = unread or isinstance(event, Unread)
            yield event
    if found is None or not (found.protections or found.gitlab or unread):
        raise NothingToJudge("no branch protection in branch-protection/, .github/branch-protection/, .github/rulesets/ or .asf.yaml")
    if found.gitlab:
        yield from gitlab.judge(found.gitlab, found.read, lambda: found.paths, strict=options.strict)
    if found.protections:
        yield from _github(found, default_branch(context, found.protections, options), context.today, options)


def default_branch(context: Context, protections: Sequence[Protection], options: Options) -> str:
    """As the policy says, as the clone knows, or as the names of the protected branches suggest."""
    known = git.default_branch(context.repository, context.deadline) if context.repository and not options.default_branch else ""
    return options.default_branch or known or likely_default(protections)


def _github(found: Files, default: str, today: date, options: Options) -> Iterator[Event]:
    yield from (
        Skipped(each.location.path, f"{each.label} asks for checks alone, so nothing is said of reviews, force pushes and the like")
        for each in found.protections
        if each.kind == "classic" and not each.whole
    )
    if not (found.workflows or found.broken):
        yield from _without_workflows(found, today, options)
    emissions, problems = reporting(found.workflows, {each.uses: each.names for each in options.remote_workflows})
    yield from (Unread(problem.path, problem.line, problem.message) for problem in problems)
    branches = protected_branches(found.protections, default)
    yield from contexts.judge(Situation(found.workflows, emissions, found.protections, branches, default, options, today, found.broken))
    yield from settings.without_branches(found.protections, default)
    for branch in branches:
        covering = settings.covering(found.protections, branch, default)
        ours = own.contexts(emissions, branch) if covering else ()
        yield from settings.judge(branch, covering, options, default_branch=default, own=ours)
    try:
        yield from ownership.judge(found.paths, found.read, found.protections)
    except DocumentError as error:
        yield Unread(error.path, error.line, error.message)


def _without_workflows(found: Files, today: date, options: Options) -> Iterator[Unread]:
    declared = {each.context for each in options.external if live(each.sunset, today)}
    missing = "there is no workflow in .github/workflows that could report them; declare what another service reports"
    if found.excluded:
        missing = f"the policy excludes every workflow that could report them ({listed(found.excluded)}); let them be judged"
    for each in found.protections:
        if each.checks_location and any(context.name not in declared for context in each.contexts):
            yield Unread(each.location.path, each.checks_location.line, f"{each.label} requires checks, but {missing}")


GATE = Gate(
    name="protection",
    summary="the checks that branches require are those that workflows report",
    rules=RULES,
    options=Options,
    check=check,
    flags=(
        Flag("--strict", "strict", "block also what can only be guessed: names known when a workflow runs, services nobody declared"),
        Flag("--default-branch", "default_branch", "the repository's default branch, where the clone does not know it", "BRANCH"),
    ),
)
