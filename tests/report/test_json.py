from __future__ import annotations

import base64
import json as reference
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from gates.core.finding import Finding, Location, Rule, Severity, finding
from gates.report import json
from tests.report import sample
from tests.report.readers import command, report_schema, strictly

RULE = Rule("code/x", Severity.HIGH, "s", "w", "r", ("a book", "https://docs.example.com/x", "https://docs.example.com/y"))


def _rendered(found: Finding) -> dict[str, object]:
    secrets, waivers = sample.clean().gates
    report = sample.clean()._replace(gates=(secrets._replace(findings=(sample.judged(found, 1, blocking=False),)), waivers))
    one: dict[str, object] = strictly(json.render(report))["gates"][0]["findings"][0]
    return one


def test_the_sample_is_valid_and_its_keys_are_in_the_order_of_the_contract() -> None:
    document = strictly(json.render(sample.report(timed=True)))
    report_schema().validate(document)
    assert " ".join(document) == "schema_version tool verdict complete repository policy today duration_s weakened gates"
    assert " ".join(document["gates"][0]) == "gate status reason duration_s scope tools errors findings"
    keys = "rule severity blocking message subject fingerprint remedy url location waiver data"
    assert " ".join(document["gates"][0]["findings"][0]) == keys
    assert " ".join(document["gates"][1]["findings"][0]["location"]) == "path line column end_line end_column commit"


def test_without_timing_no_duration_is_left() -> None:
    assert "duration_s" not in json.render(sample.report(timed=False))
    assert strictly(json.render(sample.report(timed=True)))["gates"][0]["duration_s"] == 0.21


def test_a_name_that_is_not_utf8_comes_with_its_bytes() -> None:
    location = _rendered(finding(RULE, "m", Location("caf\udce9"), "s"))["location"]
    assert isinstance(location, dict)
    assert location["path"] == "caf\\xe9"
    assert base64.b64decode(location["path_bytes"]) == b"caf\xe9"
    assert "path_bytes" not in _rendered(finding(RULE, "m", Location("caf\u00e9"), "s"))["location"]  # type: ignore[operator]  # a dict


def test_absent_places_commits_and_waivers_are_null_and_the_url_is_the_first_on_the_web() -> None:
    one = _rendered(finding(RULE, "m", None, "s"))
    assert (one["location"], one["waiver"], one["url"]) == (None, None, "https://docs.example.com/x")
    placed = _rendered(finding(RULE, "m", Location("a"), "s"))["location"]
    assert isinstance(placed, dict)
    assert placed["commit"] is None


def test_a_number_that_json_lacks_is_refused_rather_than_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        _rendered(finding(RULE, "m", None, "s", data={"x": float("nan")}))


def test_a_job_log_finds_no_command_in_the_document() -> None:
    message = "\\##[add-mask]x\n::error::y"
    assert _rendered(finding(RULE, message, None, "s"))["message"] == message
    assert all(command(line) is None for line in json.render(sample.report()).split("\n"))


@pytest.mark.parametrize("error", [{"message": "m"}, {"message": "m", "path": "security/gates.toml", "line": 3}])
def test_the_schema_has_the_document_of_a_usage_error(error: dict[str, object]) -> None:
    definitions = report_schema().schema["$defs"]  # type: ignore[index]  # a schema may be a boolean, this one is none
    Draft202012Validator({"$ref": "#/$defs/usage_error", "$defs": definitions}).validate({"error": error})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"schema_version": 1', '"schema_version": 2'),
        ('"verdict": "fail"', '"verdict": "FAIL"'),
        ('"complete": false', '"complete": "no"'),
        ('"fingerprint": "0', '"fingerprint": "X0'),
        ('"days_left": 55', '"days_left": -1'),
        ('"today": "2026-11-21"', '"today": "2026-13-21"'),
        ('"line": 3', '"line": "3"'),
        ('"reason": "no Dockerfile"', '"reason": ""'),
        ('"remedy"', '"fix"'),
    ],
)
def test_the_schema_refuses_what_is_not_a_report(old: str, new: str) -> None:
    text = json.render(sample.report())
    assert old in text
    assert not report_schema().is_valid(reference.loads(text.replace(old, new, 1)))


def test_the_golden_file_is_ascii() -> None:
    assert (Path(__file__).parent / "golden" / "sample.json").read_bytes().isascii()
