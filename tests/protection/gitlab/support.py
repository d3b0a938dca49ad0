"""A GitLab project in two texts."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gates.core.finding import Finding
from gates.core.gate import Scanned, Unread
from gates.protection.gitlab.judging import judge
from gates.protection.gitlab.settings import PATH

NOBODY = [{"access_level": 0, "access_level_description": "No one"}]
MAIN = {
    "name": "main",
    "push_access_levels": NOBODY,
    "merge_access_levels": [{"access_level": 40}],
    "allow_force_push": False,
    "code_owner_approval_required": True,
}
GOOD = {
    "default_branch": "main",
    "only_allow_merge_if_pipeline_succeeds": True,
    "allow_merge_on_skipped_pipeline": None,
    "only_allow_merge_if_all_discussions_are_resolved": True,
    "protected_branches": [MAIN],
    "required_jobs": ["test"],
}


def settings(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}, indent=2).encode()


def events(
    pipeline: str | Mapping[str, str] | None, data: bytes | None = None, *, strict: bool = False, listed: bool = True
) -> list[Finding | Scanned | Unread]:
    files = {".gitlab-ci.yml": pipeline} if isinstance(pipeline, str) else pipeline or {}
    there = {path: text.encode() for path, text in files.items()}
    return list(judge((PATH, data or settings()), there.get, (lambda: there) if listed else None, strict=strict))


def findings(pipeline: str | Mapping[str, str], data: bytes | None = None, *, strict: bool = False, listed: bool = True) -> list[Finding]:
    """Those of a project that can be read whole."""
    found = events(pipeline, data, strict=strict, listed=listed)
    assert not [one for one in found if isinstance(one, Unread)]
    return [one for one in found if isinstance(one, Finding)]


def said(pipeline: str | Mapping[str, str], data: bytes | None = None, **options: bool) -> list[tuple[str, str]]:
    """Rule and severity of each finding."""
    return [(one.rule.id.removeprefix("protection/gitlab-"), str(one.severity)) for one in findings(pipeline, data, **options)]


def unread(pipeline: str | Mapping[str, str] | None, data: bytes | None = None) -> Unread:
    (found,) = [one for one in events(pipeline, data) if isinstance(one, Unread)]
    return found
