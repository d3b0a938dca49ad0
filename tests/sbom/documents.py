"""SBOMs and lock files that tests build up, and the check as the runner would run it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from gates.core import git
from gates.core.deadline import Deadline
from gates.core.finding import Finding
from gates.core.gate import Context, Event, Selection, Skipped, Unread
from gates.sbom.gate import GATE
from gates.sbom.options import Options
from gates.sbom.reading import Document, read

Json = dict[str, Any]


def component(name: str, version: str = "1.0", **more: Any) -> Json:
    """With all that the profile ntia asks for; None takes a field out."""
    purl = f"pkg:pypi/{name}@{version}"
    fields = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "supplier": {"name": "Ann Author"},
        "licenses": [{"license": {"id": "MIT"}}],
        **more,
    }
    return {key: value for key, value in fields.items() if value is not None}


def document(*components: Json, **more: Any) -> Json:
    """Of a root that needs each component; None takes a field out."""
    refs = [each["bom-ref"] for each in components if "bom-ref" in each]
    fields = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": "2026-11-20T00:00:00Z",
            "authors": [{"name": "Acme"}],
            "lifecycles": [{"phase": "pre-build"}],
            "tools": {"components": [{"type": "application", "name": "gates", "version": "1"}]},
            "component": {"type": "application", "bom-ref": "root", "name": "shop", "version": "1"},
        },
        "components": list(components),
        "dependencies": [{"ref": "root", "dependsOn": refs}, *({"ref": ref} for ref in refs)],
        **more,
    }
    return {key: value for key, value in fields.items() if value is not None}


def written(content: Json) -> bytes:
    return json.dumps(content, indent=1).encode()


def loaded(content: Json, path: str = "bom.json") -> Document:
    return read(written(content), path)


def uv_lock(*packages: tuple[str, str], dev: Iterable[tuple[str, str]] = ()) -> str:
    """A uv.lock of the project shop, which needs each package directly; those of `dev` for its group dev alone."""
    source = '{ registry = "https://packages.example.invalid/simple" }'
    dev = list(dev)
    needs = ", ".join(f'{{ name = "{name}" }}' for name, _ in packages)
    group = ", ".join(f'{{ name = "{name}" }}' for name, _ in dev)
    entries = "".join(f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {source}\n' for name, version in (*packages, *dev))
    return (
        'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "." }\n'
        f"dependencies = [{needs}]\n" + (f"\n[package.dev-dependencies]\ndev = [{group}]\n" if dev else "") + entries
    )


def context(root: Path, *paths: str, stage: str = "") -> Context:
    """In a work tree of git the whole of it, elsewhere without one."""
    found = git.discover(str(root), os.environ, explicit=True, deadline=Deadline(60)) if (root / ".git").exists() else None
    return Context(
        root=str(root),
        repository=found,
        selection=Selection("paths", paths) if paths else Selection(),
        excluded=lambda path: "left out" if path.startswith("excluded/") else "",
        today=date(2026, 11, 20),
        deadline=Deadline(60),
        tool_timeout=60,
        environment=dict(os.environ),
        offline=True,
        progress=lambda done, total, unit: None,
        stage=stage,
    )


def look(root: Path, *paths: str, options: Options | None = None, stage: str = "") -> list[Event]:
    return list(GATE.check(context(root, *paths, stage=stage), options or Options()))


def findings(events: Iterable[object]) -> list[Finding]:
    return [event for event in events if isinstance(event, Finding)]


def rules(events: Iterable[object]) -> set[str]:
    return {found.rule.id.removeprefix("sbom/") for found in findings(events)}


def unread(events: Iterable[object]) -> dict[str, tuple[int, str]]:
    return {event.path: (event.line, event.message) for event in events if isinstance(event, Unread)}


def skipped(events: Iterable[object]) -> dict[str, str]:
    return {event.path: event.reason for event in events if isinstance(event, Skipped)}


def said(found: Finding) -> str:
    """A finding as a person sees it in a line of text."""
    assert found.location
    return f"{found.location.path}:{found.location.line} {found.severity} {found.rule.id} {found.message}"
