"""Judges the required contexts of a small repository, as the gate would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from gates.core.finding import Finding, Severity
from gates.github import reading
from gates.github.branches import likely_default, protected_branches
from gates.github.emission import Problem
from gates.github.requirements import is_protection
from gates.github.requirements import read as read_protection
from gates.protection.contexts.judging import Situation, judge
from gates.protection.options import Options
from gates.protection.reporting import reporting

TODAY = date(2026, 11, 20)
NO_OPTIONS = Options()


def situation(files: Mapping[str, str], options: Options = NO_OPTIONS) -> tuple[Situation, list[Problem]]:
    workflows = {}
    protections = []
    for path, text in files.items():
        if reading.is_workflow(path):
            workflow = reading.read(text.encode(), path)
            assert workflow
            workflows[path] = workflow
        elif is_protection(path):
            protections += read_protection(text.encode(), path, {entry.file: entry.name for entry in options.branches})
    tell, problems = reporting(workflows, {entry.uses: entry.names for entry in options.remote_workflows})
    default = options.default_branch or likely_default(protections)
    branches = protected_branches(protections, default)
    return Situation(workflows, tell, protections, branches, default, options, TODAY), problems


def found(files: Mapping[str, str], options: Options = NO_OPTIONS) -> list[Finding]:
    judged, problems = situation(files, options)
    assert not problems
    return list(judge(judged))


def of_folder(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "expected.txt"
    }


def said(finding: Finding) -> str:
    """A finding as a person sees it in a line of text."""
    assert finding.location
    return f"{finding.location.path}:{finding.location.line} {finding.severity} {finding.rule.id} {finding.message}"


def rules(findings: list[Finding], least: Severity = Severity.LOW) -> list[str]:
    """The short ids of all findings that are not mere notes."""
    return [finding.rule.id.removeprefix("protection/") for finding in findings if finding.severity >= least]


def protection(*contexts: str, listed: str = "checks", **more: object) -> str:
    checks = [{"context": name, "app_id": 15368} for name in contexts] if listed == "checks" else list(contexts)
    body = {
        "required_status_checks": {"strict": True, listed: checks},
        "enforce_admins": True,
        "required_pull_request_reviews": None,
        "restrictions": None,
        **more,
    }
    return json.dumps(body, indent=2)


def repository(workflow: str, *contexts: str) -> dict[str, str]:
    """One workflow, and main requires the contexts of GitHub Actions."""
    return {".github/workflows/ci.yml": workflow, "branch-protection/main.json": protection(*contexts)}
