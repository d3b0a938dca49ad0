"""branch-protection/gitlab.json: the settings of a GitLab project, in the words of its REST API.

GitLab has no file for them. This one takes the fields, with their names and values, of
https://docs.gitlab.com/api/projects/ (the merge checks), https://docs.gitlab.com/api/protected_branches/ and
https://docs.gitlab.com/api/merge_request_approvals/ (under "approvals"), so that answers of the API can be pasted, and adds
"required_jobs": the jobs without which no merge request may be merged, for which GitLab has no setting of its own.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gates.core.documents import DocumentError, Node, Table, read_json
from gates.core.finding import Location
from gates.github.requirement import Setting

PATH: Final = "branch-protection/gitlab.json"
PIPELINE_FILE: Final = ".gitlab-ci.yml"

_MERGE_CHECKS: Final = (
    "only_allow_merge_if_pipeline_succeeds",
    "allow_merge_on_skipped_pipeline",
    "only_allow_merge_if_all_discussions_are_resolved",
)
_KEYS: Final = ("default_branch", "ci_config_path", *_MERGE_CHECKS, "protected_branches", "approvals", "required_jobs")
_LEVELS: Final = ("push_access_levels", "merge_access_levels", "unprotect_access_levels")
_BRANCH_KEYS: Final = ("id", "name", *_LEVELS, "allow_force_push", "code_owner_approval_required", "inherited")
_ACCESS_KEYS: Final = ("id", "access_level", "access_level_description", "user_id", "group_id", "deploy_key_id", "member_role_id")
_ROLES: Final = {0: "no one", 30: "developers", 40: "maintainers", 60: "administrators"}
_APPROVAL_FLAGS: Final = (
    "reset_approvals_on_push",
    "selective_code_owner_removals",
    "disable_overriding_approvers_per_merge_request",
    "merge_requests_author_approval",
    "merge_requests_disable_committers_approval",
    "require_password_to_approve",
    "require_reauthentication_to_approve",
)


class Access(NamedTuple):
    """Someone who may do something to a branch: "maintainers", "user 7", "deploy key 3"."""

    who: str
    location: Location


class ProtectedBranch(NamedTuple):
    """`name` may hold `*`, which stands for any text. `pushers` is None where the file does not say who may push."""

    name: str
    location: Location
    pushers: tuple[Access, ...] | None
    force_push: Setting[bool] | None
    code_owners: Setting[bool] | None


class RequiredJob(NamedTuple):
    name: str
    location: Location


class Settings(NamedTuple):
    """A setting that is None is not given, or null as the API writes what was never set."""

    path: str
    location: Location
    default_branch: Setting[str]
    pipeline_succeeds: Setting[bool] | None
    skipped_merges: Setting[bool] | None
    discussions_resolved: Setting[bool] | None
    branches: tuple[ProtectedBranch, ...]
    jobs: tuple[RequiredJob, ...]
    pipeline_file: Setting[str]


def read(data: bytes, path: str) -> Settings:
    """Raises DocumentError, also for a key that is not known: what is misspelt would protect nothing."""
    table = Table(read_json(data, path), path, "the settings").closed(_KEYS)
    flags = {name: _flag(table, name) for name in _MERGE_CHECKS}
    _check_approvals(table)
    branches = tuple(_branch(item) for item in table.tables("protected_branches", None))
    seen: set[str] = set()
    for branch in branches:
        if branch.name in seen:
            raise DocumentError(f"{branch.name!r} is protected twice; join the entries", path, branch.location.line)
        seen.add(branch.name)
    return Settings(
        path,
        Location(path, table.line, 1),
        Setting(table.text("default_branch"), _place(table, "default_branch")),
        flags["only_allow_merge_if_pipeline_succeeds"],
        flags["allow_merge_on_skipped_pipeline"],
        flags["only_allow_merge_if_all_discussions_are_resolved"],
        branches,
        _jobs(table),
        _pipeline_file(table),
    )


def _pipeline_file(table: Table) -> Setting[str]:
    """GitLab's `ci_config_path`: null or "" for the usual name; a file of another project, or of another host, cannot be read here."""
    node = table.node("ci_config_path")
    if node is None or node.value in (None, ""):
        return Setting(PIPELINE_FILE, Location(table.path, table.line, 1))
    name = table.text("ci_config_path")
    if "@" in name or "://" in name:
        raise table.error(f"the pipeline is configured outside of the repository, in {name}, and cannot be judged here", "ci_config_path")
    return Setting(name.lstrip("/"), _place(table, "ci_config_path"))


def _jobs(table: Table) -> tuple[RequiredJob, ...]:
    names = table.texts("required_jobs")
    if not names:
        raise table.error("'required_jobs' is empty; name the jobs without which nothing may be merged", "required_jobs")
    node = table.node("required_jobs")
    items = node.value if node is not None and isinstance(node.value, list) else []
    jobs: dict[str, RequiredJob] = {}
    for name, item in zip(names, items, strict=True):
        if name in jobs:
            raise DocumentError(f"{name!r} is required twice; drop one", table.path, item.line)
        jobs[name] = RequiredJob(name, Location(table.path, item.line, item.column))
    return tuple(jobs.values())


def _branch(table: Table) -> ProtectedBranch:
    table.closed(_BRANCH_KEYS)
    levels = {key: _access(table, key) for key in _LEVELS}
    return ProtectedBranch(
        table.text("name"),
        _place(table, "name"),
        levels["push_access_levels"],
        _flag(table, "allow_force_push"),
        _flag(table, "code_owner_approval_required"),
    )


def _access(table: Table, key: str) -> tuple[Access, ...] | None:
    """Those who are let in, without the entries that stand for no one."""
    if key not in table:
        return None
    node = table.node(key)
    items = node.value if node is not None and isinstance(node.value, list) else []
    found = []
    for entry, item in zip(table.tables(key), items, strict=False):
        entry.closed(_ACCESS_KEYS)
        if who := _who(entry):
            found.append(Access(who, Location(table.path, item.line, item.column)))
    return tuple(found)


def _who(entry: Table) -> str:
    """ "" for no one."""
    for key, what in (("user_id", "user"), ("group_id", "group"), ("deploy_key_id", "deploy key"), ("member_role_id", "role")):
        if not _absent(entry.node(key)):
            return f"{what} {entry.whole(key)}"
    level = entry.whole("access_level")
    if level not in _ROLES:
        raise entry.error(f"{level} is no access level; GitLab knows 0, 30, 40 and 60", "access_level")
    return _ROLES[level] if level else ""


def _check_approvals(table: Table) -> None:
    approvals = table.table("approvals")
    if approvals is None:
        return
    approvals.closed((*_APPROVAL_FLAGS, "approvals_before_merge"))
    for key in _APPROVAL_FLAGS:
        _flag(approvals, key)
    if not _absent(approvals.node("approvals_before_merge")):
        approvals.whole("approvals_before_merge")


def _flag(table: Table, key: str) -> Setting[bool] | None:
    return None if _absent(table.node(key)) else Setting(table.flag(key), _place(table, key))


def _absent(node: Node | None) -> bool:
    return node is None or node.value is None


def _place(table: Table, key: str) -> Location:
    node = table.node(key)
    return Location(table.path, node.key_line, node.key_column) if node is not None else Location(table.path, table.line, 1)
