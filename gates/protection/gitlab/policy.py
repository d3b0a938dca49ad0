"""The settings of a GitLab project, judged by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.github.requirement import Setting
from gates.protection.gitlab.settings import ProtectedBranch, Settings
from gates.protection.rules.gitlab import (
    CODE_OWNER_APPROVAL_OFF,
    DIRECT_PUSH_ALLOWED,
    DISCUSSIONS_OPEN,
    FORCE_PUSH_ALLOWED,
    NO_PROTECTED_BRANCH,
    PIPELINE_NOT_REQUIRED,
    SKIPPED_PIPELINE_MERGES,
)


def policy(settings: Settings) -> Iterator[Finding]:
    if not _on(settings.pipeline_succeeds):
        yield _finding(
            PIPELINE_NOT_REQUIRED,
            "merge requests are merged whatever their pipeline says; set only_allow_merge_if_pipeline_succeeds to true",
            _place(settings.pipeline_succeeds, settings.location),
            "only_allow_merge_if_pipeline_succeeds",
        )
    if _on(settings.skipped_merges):
        yield _finding(
            SKIPPED_PIPELINE_MERGES,
            "a skipped pipeline counts as a successful one, so that [ci skip] merges without a check; set allow_merge_on_skipped_pipeline "
            "to false",
            _place(settings.skipped_merges, settings.location),
            "allow_merge_on_skipped_pipeline",
        )
    if not _on(settings.discussions_resolved):
        yield _finding(
            DISCUSSIONS_OPEN,
            "merge requests are merged with open threads; set only_allow_merge_if_all_discussions_are_resolved to true",
            _place(settings.discussions_resolved, settings.location),
            "only_allow_merge_if_all_discussions_are_resolved",
        )
    default = settings.default_branch
    if not any(covers(branch.name, default.value) for branch in settings.branches):
        message = f"the default branch {default.value} is not protected; list it in protected_branches"
        yield _finding(NO_PROTECTED_BRANCH, message, default.location, default.value, default.value)
    for branch in settings.branches:
        yield from _branch(branch)


def covers(pattern: str, branch: str) -> bool:
    """`*` stands for any text, / included: https://docs.gitlab.com/user/project/repository/branches/protected/"""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == branch
    if not branch.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = branch.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(branch) - at >= len(rest[-1]) and branch.endswith(rest[-1])


def _branch(branch: ProtectedBranch) -> Iterator[Finding]:
    name = branch.name
    if _on(branch.force_push):
        yield _finding(
            FORCE_PUSH_ALLOWED,
            f"{name} can be pushed to by force; set allow_force_push to false",
            _place(branch.force_push, branch.location),
            f"{name}: allow_force_push",
            name,
        )
    if branch.pushers is None:
        yield _finding(
            DIRECT_PUSH_ALLOWED,
            f"{name} does not say who may push, and GitLab then lets maintainers do so; add push_access_levels with the access_level 0",
            branch.location,
            f"{name}: push_access_levels",
            name,
        )
    for number, access in enumerate(branch.pushers or ()):
        again = sum(other.who == access.who for other in (branch.pushers or ())[:number])
        yield _finding(
            DIRECT_PUSH_ALLOWED,
            f"{name} can be pushed to without a merge request by {access.who}; leave the access_level 0 alone in push_access_levels",
            access.location,
            f"{name}: push_access_levels: {access.who}" + (f" ({again + 1})" if again else ""),
            name,
        )
    if not _on(branch.code_owners):
        # Below GitLab Premium there is no such setting: where it is not given, that is a weakness and no switch that someone left off.
        yield _finding(
            CODE_OWNER_APPROVAL_OFF,
            f"{name} does not wait for the approval of code owners; set code_owner_approval_required to true",
            _place(branch.code_owners, branch.location),
            f"{name}: code_owner_approval_required",
            name,
            None if branch.code_owners is not None else Severity.MEDIUM,
        )


def _on(setting: Setting[bool] | None) -> bool:
    return setting is not None and setting.value


def _place(setting: Setting[bool] | None, default: Location) -> Location:
    return setting.location if setting is not None else default


def _finding(rule: Rule, message: str, location: Location, subject: str, branch: str = "", severity: Severity | None = None) -> Finding:
    data = {"context": "", "branch": branch, "emitters": [], "hint": ""}
    return finding(rule, message, location, subject, severity=severity, data=data)
