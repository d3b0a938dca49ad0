from __future__ import annotations

import zlib
from typing import Any

import pytest

from gates.core.finding import Location, Rule, Severity, finding
from gates.core.report import Judged, Report
from gates.report import sarif
from tests.report import sample
from tests.report.readers import sarif_schema, strictly

RULE = Rule("code/x", Severity.HIGH, "s", "w", "r")


def _report(*found: Judged) -> Report:
    secrets, waivers = sample.clean().gates
    return sample.clean()._replace(gates=(secrets._replace(findings=found), waivers))


def _run(*found: Judged) -> Any:
    return strictly(sarif.render(_report(*found)))["runs"][0]


def _one(location: Location | None, severity: Severity = Severity.HIGH) -> Judged:
    return sample.judged(finding(RULE, "m", location, "s", severity=severity), 1, blocking=False)


def test_the_sample_is_valid_with_one_run_a_gate() -> None:
    log = strictly(sarif.render(sample.report()))
    assert not [f"{error.json_path}: {error.message}" for error in sarif_schema().iter_errors(log)]
    assert [run["automationDetails"]["id"] for run in log["runs"]] == [f"gates/{gate.gate}/" for gate in sample.report().gates]
    assert len(log["runs"]) <= 20


def test_a_gate_that_could_not_run_was_not_executed_successfully_and_says_why() -> None:
    runs = strictly(sarif.render(sample.report()))["runs"]
    assert [run["invocations"][0]["executionSuccessful"] for run in runs] == [True, False, False, True, True, True]
    notes = runs[1]["invocations"][0]["toolExecutionNotifications"]
    assert [(note["level"], note["descriptor"]["id"]) for note in notes] == [
        ("error", "gates/could-not-run"),
        ("error", "gates/unread"),
        ("error", "gates/unread"),
    ]
    assert notes[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.py"


def test_a_waived_finding_is_suppressed_with_its_reason() -> None:
    results = strictly(sarif.render(sample.report()))["runs"][1]["results"]
    suppressed = [result["suppressions"] for result in results if "suppressions" in result]
    assert suppressed[0] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "W-0007 (risk) of @acme/sec until 2027-01-15: redirects are disabled in our only client",
        }
    ]
    assert len(suppressed) == 2


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("src/a.py", "src/a.py"),
        ("a b#?%.py", "a%20b%23%3F%25.py"),
        ("caf\u00e9", "caf%C3%A9"),
        ("caf\udce9", "caf%E9"),
        ("c:x", "c%3Ax"),
        ("a\nb", "a%0Ab"),
    ],
)
def test_paths_are_relative_percent_encoded_uris(path: str, uri: str) -> None:
    location = _run(_one(Location(path, 1)))["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


@pytest.mark.parametrize(
    ("location", "region"),
    [
        (None, {"startLine": 1}),
        (Location("a"), {"startLine": 1}),
        (Location("a", 3), {"startLine": 3}),
        (Location("a", 3, 5), {"startLine": 3, "startColumn": 5}),
        (Location("a", 3, 5, 4, 2), {"startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 2}),
        (Location("a", 3, 5, 2, 2), {"startLine": 3, "startColumn": 5}),
        (Location("a", 3, 5, 3, 4), {"startLine": 3, "startColumn": 5}),
    ],
)
def test_regions_are_written_as_far_as_they_are_known_and_make_sense(location: Location | None, region: dict[str, int]) -> None:
    assert _run(_one(location))["results"][0]["locations"][0]["physicalLocation"]["region"] == region


def test_the_rule_has_the_score_and_the_result_the_level() -> None:
    run = _run(_one(None, Severity.LOW))
    assert run["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "8.0"
    assert run["tool"]["driver"]["rules"][0]["defaultConfiguration"] == {"level": "error"}
    assert run["results"][0]["level"] == "note"


def test_tags_name_the_weaknesses_as_code_scanning_reads_them() -> None:
    rules = strictly(sarif.render(sample.report()))["runs"][1]["tool"]["driver"]["rules"]
    shell = next(rule for rule in rules if rule["id"] == "code/shell-injection")
    assert shell["properties"]["tags"] == ["security", "external/cwe/cwe-078", "external/cwe/cwe-088"]


def test_a_run_is_cut_at_what_code_scanning_shows_worst_first_and_says_how_many_there_were() -> None:
    low = [_one(Location(f"{number}", 1), Severity.LOW)._replace(fingerprint=f"{number:032x}") for number in range(5_000)]
    run = _run(*low, _one(Location("worst", 1), Severity.CRITICAL)._replace(fingerprint="f" * 32))
    assert len(run["results"]) == 5_000
    assert run["results"][0]["level"] == "error"
    note = run["invocations"][0]["toolExecutionNotifications"][-1]
    assert (note["descriptor"]["id"], note["level"]) == ("gates/truncated", "warning")
    assert note["message"]["text"].startswith("5000 of 5001 results")


def test_a_file_that_would_be_refused_for_its_size_is_cut_further(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [_one(Location(f"{number}", 1))._replace(fingerprint=f"{number:032x}") for number in range(1_500)]
    monkeypatch.setattr(sarif, "COMPRESSED", len(zlib.compress(sarif.render(_report(*found)).encode())) - 1)
    text = sarif.render(_report(*found))
    assert len(strictly(text)["runs"][0]["results"]) == 1_000
