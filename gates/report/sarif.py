"""SARIF 2.1.0 for code scanning: one run a gate, so that uploading one gate's leaves the alerts of the others alone.

The run of a gate that could not run says so (`executionSuccessful`, a notification), but code scanning closes the alerts that it
no longer finds all the same: the verdict is the job's exit code, never the list of alerts.
"""

from __future__ import annotations

import zlib
from typing import Any, Final
from urllib.parse import quote

from gates.core.finding import Location, Rule, Severity
from gates.core.gate import Unread
from gates.core.report import GateResult, Judged, Report
from gates.report import facts, rules_page
from gates.report.escape import path_bytes, sarif_text
from gates.report.json import dump

# GitHub shows the first 5,000 results of a run and refuses a file of more than 10 MB gzipped.
RESULTS = (5_000, 1_000, 200)
COMPRESSED = 10_000_000

# GitHub refuses a whole file for one result that has no location; this is what such a result points at.
NO_FILE = "no-file"

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# In the ranges that GitHub calls critical (9.0 and up), high (7.0), medium (4.0) and low.
_SCORES: Final = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}

Object = dict[str, Any]


def render(report: Report) -> str:
    """Results are worst first and cut, with a notification that gives the full count, until GitHub takes the file."""
    text = ""
    for limit in RESULTS:
        text = dump(_log(report, limit))
        if len(text) <= COMPRESSED or len(zlib.compress(text.encode())) <= COMPRESSED:
            break
    return text


def _log(report: Report, limit: int) -> Object:
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(report, result, limit) for result in report.gates]}


def _run(report: Report, result: GateResult, limit: int) -> Object:
    piles = facts.findings([result])
    judged = (*piles.blocking, *piles.open, *piles.waived)
    shown = judged[:limit]
    rules = {rule.id: rule for rule in sorted((one.finding.rule for one in shown), key=lambda rule: rule.id)}
    index = {rule_id: position for position, rule_id in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": "gates",
                "version": report.version,
                "semanticVersion": report.version,
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        # A code scanning service keeps one report of each category, and refuses two of the same.
        "automationDetails": {"id": f"gates/{result.gate}-{report.part}/" if report.part else f"gates/{result.gate}/"},
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": result.status != "error",
                "toolExecutionNotifications": _notifications(result, len(judged), len(shown)),
            }
        ],
        "results": [_result(one, index[one.finding.rule.id]) for one in shown],
    }


def _rule(rule: Rule) -> Object:
    url = facts.url(rule)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.rpartition("/")[2].split("-")),
        "shortDescription": {"text": _sentence(rule.summary)},
        "fullDescription": {"text": _sentence(f"{rule.summary}: {rule.why}" if rule.why else rule.summary)},
        "help": {
            "text": sarif_text(f"{rule.summary}. {rule.why}. Remedy: {rule.remedy}. gates explain {rule.id} tells more."),
            "markdown": rules_page.section(rule),
        },
        **({"helpUri": url} if url else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": _SCORES[rule.severity],
            "precision": "high",  # the same for all: alerts are ordered by it where severities are equal
            "tags": ["security", *(f"external/cwe/cwe-{number:03d}" for number in rule.cwe[:9])],
        },
    }


def _result(judged: Judged, rule_index: int) -> Object:
    found = judged.finding
    properties: Object = {"severity": str(judged.severity), "blocking": judged.blocking, "subject": sarif_text(found.subject)}
    if found.location and found.location.commit:
        properties["commit"] = found.location.commit
    return {
        "ruleId": found.rule.id,
        "ruleIndex": rule_index,
        # The rule has one security-severity for all its results; a result that differs says so by its level.
        "level": _LEVELS[judged.severity],
        "message": {"text": _sentence(found.message)},
        "locations": [_location(found.location)],
        # `primaryLocationLineHash` is left to the upload action, which warns for each result that brings another than its own.
        "partialFingerprints": {"gates/v1": judged.fingerprint},
        **_suppressions(judged),
        "properties": properties,
    }


def _suppressions(judged: Judged) -> Object:
    if judged.waiver is None:
        return {}
    waiver = judged.waiver
    why = f"{waiver.id} ({waiver.kind}) of {waiver.owner} until {waiver.sunset}: {waiver.reason}"
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": sarif_text(why)}]}


def _location(location: Location | None) -> Object:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(location.path) if location else NO_FILE, "uriBaseId": "%SRCROOT%"},
            "region": _region(location or Location("")),
        }
    }


def _region(location: Location) -> Object:
    """The whole file is its first line: a result without a region is refused."""
    region: Object = {"startLine": max(1, location.line)}
    if not location.line:
        return region
    if location.column:
        region["startColumn"] = location.column
    end_line = location.end_line or location.line
    if end_line < location.line or (end_line == location.line and 0 < location.end_column < location.column):
        return region
    if location.end_line:
        region["endLine"] = location.end_line
    if location.column and location.end_column:
        region["endColumn"] = location.end_column
    return region


def _uri(path: str) -> str:
    raw = path_bytes(path)
    return quote(path if raw is None else raw, safe="/")


def _notifications(result: GateResult, found: int, shown: int) -> list[Object]:
    notifications = [_notification("error", "gates/unread", _error_text(error), error) for error in result.errors]
    if result.status == "error":
        notifications.insert(0, _notification("error", "gates/could-not-run", result.reason or "the gate could not run"))
    elif result.reason:
        notifications.append(_notification("note", f"gates/{result.status}", result.reason))
    if shown < found:
        text = f"{shown} of {found} results are in this file, the worst first; the JSON report has all"
        notifications.append(_notification("warning", "gates/truncated", text))
    return notifications


def _error_text(error: Unread) -> str:
    return f"{facts.place(Location(error.path, error.line))}: {error.message}" if error.path else error.message


def _notification(level: str, identifier: str, text: str, error: Unread | None = None) -> Object:
    place = {"locations": [_location(Location(error.path, error.line))]} if error and error.path else {}
    return {"descriptor": {"id": identifier}, "level": level, "message": {"text": _sentence(text)}, **place}


def _sentence(text: str) -> str:
    """SARIF wants a message to end with a full stop."""
    shown = sarif_text(text)
    return shown if shown.endswith(".") else f"{shown}."
