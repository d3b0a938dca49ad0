"""The report as one JSON document (`schemas/report.schema.json`): ASCII, keys in a fixed order, equal bytes for equal reports."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gates.core.finding import Location
from gates.core.report import AppliedWaiver, GateResult, Judged, Report, Weakening
from gates.report import facts
from gates.report.escape import path_bytes, unicode

SCHEMA_VERSION = 1

Object = dict[str, Any]


def render(report: Report) -> str:
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "gates", "version": report.version},
        "verdict": report.verdict,
        "complete": report.complete,
        "repository": {"head": report.head},
        "policy": {"source": report.policy_source, "sha256": sha256(report.policy).hexdigest()},
        "today": report.today.isoformat(),
        **_duration(report.duration, report.timed),
        "weakened": [_weakening(entry) for entry in report.weakened],
        "gates": [_gate(result, report.timed) for result in report.gates],
    }
    return dump(plain(document))


def dump(document: object) -> str:
    """JSON of plain values. Raises ValueError for a number that JSON has no word for: half a report is no report."""
    text = json.dumps(document, indent=2, allow_nan=False)
    # GitHub's runner would act on `##[command]` in a report that goes to a job's log; only inside a string can it stand.
    return text.replace("##[", "\\u0023#[") + "\n"


def _duration(seconds: float, timed: bool) -> Object:
    return {"duration_s": round(seconds, 3)} if timed else {}


def _weakening(entry: Weakening) -> Object:
    return {"what": entry.what, "owner": entry.owner, "reason": entry.reason, "sunset": entry.sunset}


def _gate(result: GateResult, timed: bool) -> Object:
    return {
        "gate": result.gate,
        "status": result.status,
        "reason": result.reason,
        **_duration(result.duration, timed),
        "scope": {
            "files": result.scanned.files,
            "bytes": result.scanned.bytes,
            "commits": result.scanned.commits,
            "skipped": [{**_path(entry.path), "reason": entry.reason} for entry in result.skipped],
        },
        "tools": [{"name": tool.name, "version": tool.version} for tool in result.tools],
        "errors": [{**_path(error.path), "line": error.line, "message": error.message} for error in result.errors],
        "findings": [_finding(judged) for judged in result.findings],
    }


def _finding(judged: Judged) -> Object:
    found = judged.finding
    return {
        "rule": found.rule.id,
        "severity": str(judged.severity),
        "blocking": judged.blocking,
        "message": found.message,
        "subject": found.subject,
        "fingerprint": judged.fingerprint,
        "remedy": found.remedy,
        "url": facts.url(found.rule),
        "location": _location(found.location) if found.location else None,
        "waiver": _waiver(judged.waiver) if judged.waiver else None,
        "data": found.data,
    }


def _location(location: Location) -> Object:
    return {
        **_path(location.path),
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
        "commit": location.commit or None,
    }


def _path(path: str) -> Object:
    raw = path_bytes(path)
    return {"path": path} if raw is None else {"path": path, "path_bytes": b64encode(raw).decode()}


def _waiver(waiver: AppliedWaiver) -> Object:
    return {
        "id": waiver.id,
        "kind": waiver.kind,
        "owner": waiver.owner,
        "sunset": waiver.sunset.isoformat(),
        "reason": waiver.reason,
        "days_left": waiver.days_left,
    }


def plain(value: object) -> object:
    """The same value in types that `json` knows, and with text that every reader of JSON accepts: no lone surrogates."""
    if isinstance(value, str):
        return unicode(value)
    if isinstance(value, Mapping):
        return {unicode(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
