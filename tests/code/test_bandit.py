"""Running bandit and believing its report: everything that is not proof that each file was looked at is an error."""

from __future__ import annotations

import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gates.code import bandit
from gates.code.bandit import Broken, Source, batches, read_report, severity
from gates.core.errors import GateUnavailable
from gates.core.finding import Severity
from tests.code.support import context, findings, look, scanned_files, unread, write

SOURCE = Source("app.py", "0.py", 8)
COUNTS = {"SEVERITY.UNDEFINED": 0, "SEVERITY.LOW": 0, "SEVERITY.MEDIUM": 0, "SEVERITY.HIGH": 0}


def result(name: str, test: str, level: str = "LOW") -> dict[str, object]:
    return {
        "filename": f"./{name}",
        "test_id": test,
        "issue_severity": level,
        "issue_confidence": "HIGH",
        "line_number": 1,
        "line_range": [1],
        "col_offset": 0,
        "end_col_offset": 8,
    }


def document() -> dict[str, Any]:
    """A report on `SOURCE`, with one finding, as bandit writes it."""
    control = [result(bandit.CONTROL_NAME, test) for test in sorted(bandit.CONTROL_TESTS)]
    return {
        "results": [*control, result("0.py", "B102", "MEDIUM")],
        "errors": [],
        "metrics": {
            "_totals": {},
            f".{os.sep}{bandit.CONTROL_NAME}": {**COUNTS, "SEVERITY.LOW": len(control)},
            f".{os.sep}0.py": {**COUNTS, "SEVERITY.MEDIUM": 1},
        },
    }


def read(report: object, log: str = "") -> tuple[bandit.Judged, ...]:
    return read_report(json.dumps(report).encode(), log, [SOURCE])


def test_a_sound_report_is_believed() -> None:
    (judged,) = read(document())
    assert [issue.test for issue in judged.issues] == ["B102"]
    assert judged.failures == ()


@pytest.mark.parametrize("report", [b"", b"null", b"{}", b"[]", b'{"results": [], "errors": [], "metrics": {}}', b"[" * 100_000, b"\xff"])
def test_what_is_no_report_is_not_believed(report: bytes) -> None:
    with pytest.raises(Broken):
        read_report(report, "", [SOURCE])


def paths(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The place of every value in a document."""
    inner: list[tuple[str | int, ...]] = []
    if isinstance(value, dict):
        inner = [place for key in value for place in paths(value[key], (*at, key))]
    elif isinstance(value, list):
        inner = [place for index, item in enumerate(value) for place in paths(item, (*at, index))]
    return [at, *inner] if at else inner


PLACES = [place for place in paths(document()) if place != ("metrics", "_totals")]


def holder_of(changed: Any, place: tuple[str | int, ...]) -> Any:
    for key in place[:-1]:
        changed = changed[key]
    return changed


def never_a_pass(changed: object) -> None:
    """The report was on a file with a finding: either that is still seen, or the report is not believed."""
    try:
        (judged,) = read(changed)
    except Broken:
        return
    assert judged.issues or judged.failures


@given(st.sampled_from(PLACES), st.sampled_from([None, {}, [None], "?", 3.5]))
@settings(max_examples=200)
def test_no_change_of_a_part_of_a_report_makes_a_pass(place: tuple[str | int, ...], value: object) -> None:
    changed = document()
    holder_of(changed, place)[place[-1]] = value
    never_a_pass(changed)


@given(st.sampled_from(PLACES))
def test_no_loss_of_a_part_of_a_report_makes_a_pass(place: tuple[str | int, ...]) -> None:
    changed = document()
    del holder_of(changed, place)[place[-1]]
    never_a_pass(changed)


def test_a_file_that_bandit_could_not_parse_is_a_failure() -> None:
    report = document()
    report["errors"] = [{"filename": "./0.py", "reason": "syntax error while parsing AST from file"}]
    report["metrics"][f".{os.sep}0.py"] = {"loc": 1}
    report["results"].pop()
    (judged,) = read(report)
    assert "not valid Python" in judged.failures[0][1]


def test_a_check_that_raised_is_a_failure_with_its_line() -> None:
    log = "[tester]\tERROR\tBandit internal error running: hardcoded_password_funcarg on file ./0.py at line 7: no such thing\n"
    (judged,) = read(document(), log)
    assert [line for line, _ in judged.failures] == [7]
    assert len(judged.issues) == 1


def test_a_control_that_could_not_be_judged_is_no_proof() -> None:
    log = f"Bandit internal error running: exec_used on file ./{bandit.CONTROL_NAME} at line 1: no"
    with pytest.raises(Broken):
        read(document(), log)


@pytest.mark.parametrize("test", sorted(bandit.CONTROL_TESTS))
def test_a_test_that_misses_the_control_is_no_proof(test: str) -> None:
    report = document()
    report["results"] = [each for each in report["results"] if each["test_id"] != test or each["filename"] == "./0.py"]
    report["metrics"][f".{os.sep}{bandit.CONTROL_NAME}"]["SEVERITY.LOW"] -= 1
    with pytest.raises(Broken, match="control"):
        read(report)


@pytest.mark.parametrize(
    ("level", "confidence", "ours"),
    [
        ("HIGH", "HIGH", Severity.HIGH),
        ("HIGH", "MEDIUM", Severity.HIGH),
        ("HIGH", "LOW", Severity.MEDIUM),
        ("MEDIUM", "HIGH", Severity.MEDIUM),
        ("MEDIUM", "MEDIUM", Severity.MEDIUM),
        ("MEDIUM", "LOW", Severity.LOW),
        ("LOW", "HIGH", Severity.LOW),
        ("LOW", "LOW", Severity.LOW),
        ("UNDEFINED", "UNDEFINED", Severity.HIGH),
        ("NEW", "NEW", Severity.HIGH),
    ],
)
def test_severity_is_bandits_one_step_lower_where_it_is_unsure(level: str, confidence: str, ours: Severity) -> None:
    assert severity(level, confidence) is ours


@given(st.lists(st.integers(0, 4 * bandit.LARGE), max_size=60), st.integers(1, 8))
def test_batches_hold_every_source_once_and_are_never_too_long(sizes: list[int], jobs: int) -> None:
    sources = [Source(f"{index}", f"{index}.py", size) for index, size in enumerate(sizes)]
    shares = batches(sources, jobs)
    assert sorted(source for share in shares for source in share) == sorted(sources)
    assert all(0 < len(share) <= bandit.MANY for share in shares)


def test_many_files_are_split_even_when_they_are_empty() -> None:
    assert [len(share) for share in batches([Source("", "", 0)] * (bandit.MANY + 1), 1)] == [501, 500]


# real runs of real bandit


def test_a_file_that_breaks_bandits_report_is_named_and_hides_no_other(tmp_path: Path) -> None:
    # A lone surrogate in a message makes bandit's report writer fail, and the whole report with it.
    files: dict[str, str | bytes] = {f"good{number}.py": "exec('')\n" for number in range(5)}
    events = look(write(tmp_path, {**files, "bad.py": r"password = '\ud800'" + "\n"}))
    assert set(unread(events)) == {"bad.py"}
    assert len(findings(events)) == 5
    assert scanned_files(events) == 5


def test_a_line_on_which_a_check_of_bandit_fails_is_named(tmp_path: Path) -> None:
    events = look(write(tmp_path, {"app.py": "import os\n\nopen(**'password')\nexec('')\n"}))
    assert unread(events)["app.py"][0] == 3
    assert len(findings(events)) == 1
    assert scanned_files(events) == 0


def test_failures_too_many_to_follow_hide_no_other(tmp_path: Path) -> None:
    # Each failure is told on stderr with a traceback, of which the first MiB is kept.
    noisy = "open(**'password')\n" * 1000
    events = look(write(tmp_path, {"a.py": noisy, "b.py": "open(**'password')\n", "c.py": "exec('')\n"}))
    assert set(unread(events)) == {"a.py", "b.py"}
    assert "log is too long" in unread(events)["a.py"][1]
    assert len(findings(events)) == 1


def test_code_that_is_too_deep_for_bandit_is_named(tmp_path: Path) -> None:
    events = look(write(tmp_path, {"deep.py": "x = " + "+".join("1" * 20_000), "good.py": "exec('')\n"}))
    assert set(unread(events)) == {"deep.py"}
    assert len(findings(events)) == 1


FAKES = {
    "says-nothing": "exit 1",
    "finds-nothing": """printf '{"results": [], "errors": [], "metrics": {}}'""",
    "half-a-report": """printf '{"results": ['; exit 1""",
    "bad-usage": "exit 2",
    "killed": "kill -9 $$",
}


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
@pytest.mark.parametrize("fake", FAKES)
def test_an_engine_that_does_not_work_makes_the_gate_unavailable(fake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = write(tmp_path, {"python": f"#!/bin/sh\n{FAKES[fake]}\n"}) / "python"
    engine.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(engine))
    tree = write(tmp_path / "tree", {"a.py": "a = 1\n", "b.py": "b = 2\n"})
    with pytest.raises(GateUnavailable, match="bandit does not work"):
        look(tree)


def test_a_missing_engine_is_named_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    with pytest.raises(GateUnavailable, match=r"bandit is not installed; pip install 'gates\[code\]'"):
        look(write(tmp_path, {"a.py": "a = 1\n"}))


def test_running_out_of_time_makes_the_gate_unavailable(tmp_path: Path) -> None:
    source = Source("a.py", "0.py", 6)
    with pytest.raises(GateUnavailable, match="bandit was stopped"):
        list(bandit.judge([source], str(write(tmp_path, {"0.py": "a = 1\n"})), context(tmp_path, timeout=0.01), 1))
