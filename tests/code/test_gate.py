"""The code gate as a whole: what it takes for Python, what nothing in the tree can change, and what a finding hangs on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gates.code import gate
from gates.code.gate import GATE, Options
from gates.core import git
from gates.core.errors import NothingToJudge
from gates.core.finding import Finding, Severity
from gates.core.gate import Event, Selection, ToolUsed
from tests.code.support import context, findings, look, said, scanned_files, skipped, unread, write
from tests.detect.expand import expand

EXEC = "exec('')\n"
POSIX = pytest.mark.skipif(os.name == "nt", reason="such names are for POSIX")


def found_in(events: list[Event]) -> set[str]:
    return {finding.location.path for finding in findings(events) if finding.location}


def the_finding(root: Path, rule: str) -> Finding:
    (finding,) = (each for each in findings(look(root)) if each.rule.id == f"code/bandit-{rule}")
    return finding


def test_python_is_known_by_its_name_or_its_first_line(tmp_path: Path) -> None:
    python: dict[str, str | bytes] = {
        "app.py": EXEC,
        "window.pyw": EXEC,
        "LOUD.PY": EXEC,
        "bin/tool": f"#!/usr/bin/env python3\n{EXEC}",
        "bin/.hook": f"#!/usr/bin/python3 -E\n{EXEC}",
        "bin/script": f"#!/usr/bin/env -S uv run --script\n{EXEC}",
    }
    other: dict[str, str | bytes] = {
        "notes.txt": EXEC,
        "stub.pyi": EXEC,
        "bin/shell": f"#!/bin/sh\n{EXEC}",
        "bin/data": b"\x00" * 2000,
        "bin/empty": b"",
    }
    events = look(write(tmp_path, {**python, **other}))
    assert found_in(events) == set(python)
    assert scanned_files(events) == len(python)
    assert not unread(events)


def test_of_a_work_tree_tracked_and_untracked_files_are_judged_and_ignored_ones_are_not(tmp_path: Path) -> None:
    write(tmp_path, {"tracked.py": EXEC, "new.py": EXEC, "ignored.py": EXEC, ".gitignore": "ignored.py\n", "gone.py": EXEC})
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "tracked.py", "gone.py"], cwd=tmp_path, check=True)
    (tmp_path / "gone.py").unlink()
    given = context(tmp_path)
    repository = git.discover(str(tmp_path), given.environment, explicit=True, deadline=given.deadline)
    events = list(GATE.check(given._replace(repository=repository, selection=Selection("tree")), Options()))
    assert found_in(events) == {"tracked.py", "new.py"}
    assert set(skipped(events)) == {"gone.py"}


@pytest.mark.skipif(os.name == "nt" or not os.geteuid(), reason="nothing is out of reach for this user")
def test_a_file_that_cannot_be_read_is_an_error_and_hides_no_other(tmp_path: Path) -> None:
    (write(tmp_path, {"locked.py": EXEC, "open.py": EXEC}) / "locked.py").chmod(0)
    events = look(tmp_path)
    assert set(unread(events)) == {"locked.py"}
    assert found_in(events) == {"open.py"}


def test_a_tree_without_python_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NothingToJudge, match="no Python files"):
        look(write(tmp_path, {"notes.txt": "exec"}))


@POSIX
def test_any_name_is_judged(tmp_path: Path) -> None:
    names = ["-r.py", "a\nb.py", " .py", "a,b.py", "-", "é.py", "a*[b].py", os.fsdecode(b"\xff\xfe.py"), ".svn/x.py", "CVS/.tox/a.egg/b.py"]
    files: dict[str, str | bytes] = dict.fromkeys(names, f"#!/usr/bin/python\n{EXEC}")
    events = look(write(tmp_path, files))
    assert found_in(events) == set(names)
    assert scanned_files(events) == len(names)


def test_nothing_in_the_tree_silences_bandit(tmp_path: Path) -> None:
    events = look(
        write(
            tmp_path,
            {
                "app.py": "exec('')  # nosec\nexec('')  # nosec B102\n",
                "tests/test_app.py": EXEC,
                ".bandit": "[bandit]\nexclude: /\nskips: B102\ntargets: nowhere\n",
                "bandit.yaml": "skips: [B102]\n",
                "pyproject.toml": "[tool.bandit]\nskips = ['B102']\nexclude_dirs = ['.']\n",
                "setup.cfg": "[bandit]\nskips = B102\n",
                "bandit/__init__.py": "raise SystemExit(0)\n",
                "bandit/__main__.py": "raise SystemExit(0)\n",
                "sitecustomize.py": "raise SystemExit(0)\n",
                "json.py": "raise SystemExit(0)\n",
            },
        )
    )
    assert sorted(said(finding) for finding in findings(events)) == [
        "app.py:1:1 medium code/bandit-b102 exec runs a string as code",
        "app.py:2:1 medium code/bandit-b102 exec runs a string as code",
        "tests/test_app.py:1:1 medium code/bandit-b102 exec runs a string as code",
    ]
    assert not unread(events)


def test_a_file_that_is_no_valid_python_is_an_error_and_hides_no_other(tmp_path: Path) -> None:
    events = look(write(tmp_path, {"bad.py": "print 'two'\n", "nul.py": b"\x00", "coding.py": b"'\xff'\n", "good.py": EXEC}))
    assert set(unread(events)) == {"bad.py", "nul.py", "coding.py"}
    assert all("not valid Python" in message for _, message in unread(events).values())
    assert found_in(events) == {"good.py"}


def test_an_empty_file_is_looked_at(tmp_path: Path) -> None:
    assert scanned_files(look(write(tmp_path, {"__init__.py": b""}))) == 1


def test_a_file_too_large_to_parse_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LIMIT", 100)
    events = look(write(tmp_path, {"large.py": "a = 1\n" * 20, "script": "#!/usr/bin/python\n" + "a = 1\n" * 20, "small.py": EXEC}))
    assert set(unread(events)) == {"large.py", "script"}
    assert found_in(events) == {"small.py"}


def test_a_pass_says_which_bandit_looked(tmp_path: Path) -> None:
    (tool,) = (event for event in look(write(tmp_path, {"a.py": "a = 1\n"})) if isinstance(event, ToolUsed))
    assert tool.name == "bandit"
    assert tool.version[0].isdigit()


def test_the_subject_survives_moved_and_indented_lines(tmp_path: Path) -> None:
    before = the_finding(write(tmp_path, {"a.py": EXEC}), "b102")
    after = the_finding(write(tmp_path, {"a.py": f"import os\n\nif os:\n    {EXEC}"}), "b102")
    assert after.location != before.location
    assert after.subject == before.subject


def test_the_subject_changes_with_the_code(tmp_path: Path) -> None:
    before = the_finding(write(tmp_path, {"a.py": "exec('')\n"}), "b102")
    assert the_finding(write(tmp_path, {"a.py": "exec(x)\n"}), "b102").subject != before.subject


def test_equal_snippets_of_a_file_have_subjects_of_their_own(tmp_path: Path) -> None:
    subjects = [finding.subject for finding in findings(look(write(tmp_path, {"a.py": EXEC * 3})))]
    assert len(set(subjects)) == 3
    assert [subject[-2:] for subject in subjects] == ["#1", "#2", "#3"]


def test_a_password_is_nowhere_in_what_the_gate_says(tmp_path: Path) -> None:
    password = "sword" + "fish"
    source = (
        f"password = '{password}'\nexec('')\nconnect(password='{password}')\n"
        f"def f(token='{password}'): pass\nd = {{\n    'secret': '{password}',\n}}\nif password == '{password}': pass\n"
    )
    events = look(write(tmp_path, {"a.py": source}))
    assert {finding.rule.id[-4:] for finding in findings(events)} == {"b105", "b106", "b107", "b102"}
    assert password not in repr(events)


def test_findings_do_not_depend_on_how_files_fall_to_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {f"{number}.py": f"{'#' * number * 97}\n{EXEC * number}import pickle\n" for number in range(1, 9)})
    alone = sorted(findings(look(tmp_path, jobs=1)), key=repr)
    monkeypatch.setattr("gates.code.bandit.SMALL", 1)
    monkeypatch.setattr("gates.code.bandit.MANY", 3)
    shared = sorted(findings(look(tmp_path, jobs=4)), key=repr)
    assert shared == alone
    assert len(alone) == sum(range(1, 9)) + 8


def test_bandits_own_view_is_kept_beside_ours(tmp_path: Path) -> None:
    finding = the_finding(write(tmp_path, {"a.py": "sql = 'SELECT a FROM b WHERE c = ' + d\n"}), "b608")
    assert finding.severity is Severity.LOW
    assert finding.data == {"test": "B608", "severity": "medium", "confidence": "low"}


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = tmp_path / "temporary"
    places.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(places))
    look(write(tmp_path / "tree", {"a.py": EXEC}))
    assert list(places.iterdir()) == []
    assert {path.name for path in (tmp_path / "tree").iterdir()} == {"a.py"}


def test_frames_and_subjects_hold_no_secret_of_the_line_or_its_neighbours(tmp_path: Path) -> None:
    """Short passwords too, which nothing but the secrets' own patterns knows."""
    first, second = (expand("postgres://app:{alnum:6}!{alnum:6}@db.acme.io/app", seed).decode() for seed in range(2))
    source = "import subprocess\nMAIN = '{}'\nsubprocess.run('psql {}', shell=True)\nOTHER = '{}'\n"
    events = look(write(tmp_path, {"a.py": source.format(first, first, first), "b/a.py": source.format(second, second, second)}))
    shown = [finding for finding in findings(events) if finding.rule.id == "code/bandit-b602"]
    assert len(shown) == 2
    for finding in shown:
        assert finding.frame
        assert finding.frame.lines[0].startswith("MAIN = 'postgres://app:*************@")
        text = "\n".join((*finding.frame.lines, finding.message, finding.subject))
        assert not any(url[at : at + 5] in text for url in (first, second) for at in range(15, 24))
    # Of the password nothing is hashed either: who guesses it cannot confirm the guess.
    assert shown[0].subject == shown[1].subject
