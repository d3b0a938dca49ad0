"""What holds for any report, however hostile its texts: each format parses, holds no control character, and tells the same findings."""

from __future__ import annotations

from collections import Counter
from urllib.parse import unquote_to_bytes

from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from gates.core.report import Judged, Report
from gates.report import facts, github, json, sarif, text
from gates.report.escape import path_bytes, printable
from tests.report.hostile import hidden, reports
from tests.report.readers import LEVELS, command, report_schema, sarif_schema, strictly

# A report takes a while to draw; nothing here is slow by itself.
patiently = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _findings(report: Report) -> list[Judged]:
    return [judged for result in report.gates for judged in result.findings]


def _messages(report: Report) -> Counter[str]:
    return Counter(printable(judged.finding.message) for judged in _findings(report))


@patiently
@given(reports())
def test_no_format_holds_a_control_character_or_a_command(report: Report) -> None:
    for rendered in (text.render(report), github.summary(report), json.render(report), sarif.render(report)):
        lines = rendered.split("\n")
        assert lines[-1] == ""
        assert not any(hidden(line) for line in lines)
        assert all(command(line) is None for line in lines)
        rendered.encode()


@patiently
@given(reports())
def test_json_is_what_the_schema_says_and_keeps_every_path(report: Report) -> None:
    rendered = json.render(report)
    document = strictly(rendered)
    report_schema().validate(document)
    assert rendered.isascii()
    assert [found["fingerprint"] for gate in document["gates"] for found in gate["findings"]] == [
        judged.fingerprint for judged in _findings(report)
    ]
    assert ("duration_s" in document) == report.timed


@patiently
@given(reports())
def test_sarif_is_what_the_schema_says_and_its_uris_are_the_paths(report: Report) -> None:
    log = strictly(sarif.render(report))
    assert not list(sarif_schema().iter_errors(log))
    results = [result for run in log["runs"] for result in run["results"]]
    judged = {one.fingerprint: one for one in _findings(report)}
    assert sorted(result["partialFingerprints"]["gates/v1"] for result in results) == sorted(judged)
    for result in results:
        one = judged[result["partialFingerprints"]["gates/v1"]]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        if one.finding.location is None:
            assert uri == sarif.NO_FILE
        else:
            path = one.finding.location.path
            assert unquote_to_bytes(uri) == (path_bytes(path) or path.encode())
        assert ("suppressions" in result) == (one.waiver is not None)


@patiently
@given(reports())
def test_github_shows_every_finding_as_one_annotation(report: Report) -> None:
    *lines, verdict = github.render(report).splitlines()
    assert verdict == facts.verdict(report)
    commands = [command(line) for line in lines]
    annotations = [one for one in commands if one and "could not run" not in one.properties["title"]]
    assert all(one and one.name in LEVELS for one in commands)
    assert all(set(one.properties) <= {"file", "line", "col", "endLine", "endColumn", "title"} for one in annotations)
    assert Counter(one.data.split("\n")[0] for one in annotations) == _messages(report)
    assert [one.name for one in annotations].count("error") == sum(judged.blocking for judged in _findings(report))


@patiently
@given(reports())
def test_text_heads_every_finding_with_place_severity_rule_and_message(report: Report) -> None:
    rendered = text.render(report)
    heads = Counter(
        (f"{printable(facts.place(judged.finding.location))} " if judged.finding.location else "")
        + f"{judged.severity} {judged.finding.rule.id} {printable(judged.finding.message)}"
        for judged in _findings(report)
    )
    lines = Counter(rendered.split("\n"))
    assert all(lines[head] >= number for head, number in heads.items())
    assert rendered.split("\n")[-2] == facts.verdict(report)


@patiently
@given(reports())
def test_markdown_renders_nothing_but_its_own_structure(report: Report) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(github.summary(report))
    blocks = {"heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td"}
    assert {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} <= blocks | {"inline"}
    inline = [child for token in tokens for child in token.children or []]
    assert {child.type for child in inline} <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
    assert all(child.content.isprintable() and not set(child.content) & set("@<>`[]\\") for child in inline if child.type == "text")
    spans = Counter(child.content for child in inline if child.type == "code_inline")
    assert all(spans[message] >= number for message, number in _messages(report).items())
