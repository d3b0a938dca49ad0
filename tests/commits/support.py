"""Judges the commit types of a small repository, as the gate would."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from gates.commits import agreement, sources, titles
from gates.commits.options import Opaque, Options
from gates.commits.source import Source
from gates.commits.sources.title_checks import title_checks
from gates.core.documents import DocumentError
from gates.core.finding import Finding
from gates.core.gate import Unread
from gates.github import reading
from gates.github.branches import likely_default
from gates.github.requirements import is_protection
from gates.github.requirements import read as read_protection
from gates.github.workflow import Workflow

TODAY = date(2026, 11, 20)
NO_OPTIONS = Options()
OPTIONS_FILE = "options.toml"  # of a case: the policy's table [commits]

READERS: tuple[Any, ...] = tuple(
    module
    for found in pkgutil.iter_modules(sources.__path__)
    if hasattr(module := importlib.import_module(f"{sources.__name__}.{found.name}"), "is_source")
    if found.name != "python_semantic_release"  # semantic_release reads for it
)


def read_sources(data: bytes, path: str) -> list[Source]:
    return [source for reader in READERS if reader.is_source(path) for source in reader.read(data, path)]


def found(files: Mapping[str, str], options: Options = NO_OPTIONS) -> list[Finding | Unread]:
    sources: list[Source] = []
    told: list[Finding | Unread] = []
    workflows: dict[str, Workflow] = {}
    protections = []
    for path, text in files.items():
        try:
            sources += read_sources(text.encode(), path)
        except DocumentError as error:
            told.append(agreement.unreadable(error.path or path, error.line, error.message, options, TODAY))
        if reading.is_workflow(path):
            workflow = reading.read(text.encode(), path)
            assert workflow
            workflows[path] = workflow
        elif is_protection(path):
            protections += read_protection(text.encode(), path, {})
    checks = title_checks(workflows, sources)
    sources += titles.followed(checks, options)
    told += agreement.judge(sources, options, TODAY)
    told += titles.judge(sources, checks, workflows, protections, likely_default(protections), options)
    return told


def of_folder(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("expected.txt", OPTIONS_FILE)
    }


def options_of(folder: Path) -> Options:
    file = folder / OPTIONS_FILE
    given = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    opaque = tuple(Opaque(**entry) for entry in given.pop("opaque", ()))
    return Options(opaque=opaque, **{key: tuple(value) if isinstance(value, list) else value for key, value in given.items()})


def said(event: Finding | Unread) -> str:
    """As a person sees it in a line of text."""
    if isinstance(event, Unread):
        return f"{event.path}:{event.line} error {event.message}"
    assert event.location
    return f"{event.location.path}:{event.location.line} {event.severity} {event.rule.id.removeprefix('commits/')} {event.message}"
