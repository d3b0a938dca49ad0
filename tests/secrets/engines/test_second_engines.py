"""What a second engine may get wrong, shown by programs that stand in for one: no fault of theirs is a pass."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gates.core.documents import Table, read_toml
from gates.core.errors import UsageError
from gates.core.gate import Selection
from gates.core.options import fill
from gates.secrets.engines.engine import supported
from gates.secrets.engines.second import ENGINES
from gates.secrets.gate import Options
from tests.detect.expand import expand
from tests.secrets.engines.support import Answer, judge

PATHS = Selection("paths", (".",))
SECRET = expand("{lower:31}", "stand-in")
TWIN = expand("{github:ghp_}", "stand-in")

# Speaks like the engine whose name it has, finds every word behind zebra:, and does one thing wrong.
STAND_IN = textwrap.dedent("""\
    #!{python} -IS
    import json, os, re, signal, sys, time
    name, fault = os.path.basename(sys.argv[0]), {fault!r}
    if "version" in sys.argv[1] :
        print({version!r})
        sys.exit(0)
    found, size = [], 0
    for file in sorted(os.listdir("files")):
        data = open("files/" + file, "rb").read()
        size += len(data)
        for match in re.finditer(rb"zebra:(\\w+)|(dop_v1_[0-9a-f]+)|(ghp_\\w+)", data):
            value = next(filter(None, match.groups())).decode()
            line = data.count(b"\\n", 0, match.start()) + 1
            if fault == "decodes" and file != "canary":
                value = value[::-1]
            found.append((file, value, line))
            if fault == "twice":
                found.append((file, value, line))
    if fault == "no canary":
        found = [each for each in found if each[0] != "canary"]
    if fault == "other canary":
        found = [(file, value[:-1], line) if file == "canary" else (file, value, line) for file, value, line in found]
    if fault == "skips":
        size -= 1
    if fault == "unknown file":
        found.append(("else", "x", 1))
    if fault == "outside":
        found.append(("../../etc/passwd", "x", 1))
    if fault == "unknown line":
        found.append((found[0][0], found[0][1], 10**6))
    if fault == "empty value":
        found.append((found[0][0], "", 1))
    if fault == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if fault == "hangs":
        time.sleep(60)
    if fault == "floods":
        sys.stdout.write("[" + "1," * 1_000_000)
    if name == "gitleaks":
        report = [dict(File="files/" + file, RuleID="rule", Secret=value, StartLine=line, EndLine=line) for file, value, line in found]
        status = 42
        sys.stderr.write("INF scanned ~%d bytes (much) in 1ms\\n" % size * (2 if fault == "says it twice" else fault != "silent"))
        if fault == "entry":
            report[0].pop("Secret")
        if fault == "shape":
            report = dict(report=report)
    else:
        findings = [dict(rule=dict(id="rule"), finding=dict(path="files/" + file, snippet=value, line=line)) for file, value, line in found]
        counts = dict(findings=len(findings), bytes_scanned=size)
        summary = dict(scan_partial=0, scan_failed=0, pending=0)
        if fault == "partial":
            summary["scan_partial"] = 1
        if fault == "counts":
            counts["findings"] += 1
        if fault == "entry":
            findings[0]["finding"].pop("line")
        report = dict(findings=findings, audit=dict(summary=summary), metadata=dict(kingfisher_version="2.99.0", summary=counts))
        if fault == "shape":
            report = [report]
        status = 200
    text = json.dumps(report)
    if fault == "cut":
        text = text[:-20]
    if fault == "nothing":
        text = ""
    print(text)
    sys.exit({{"status 0": 0, "status 1": 1, "status 205": 205}}.get(fault, status))
    """)


def stand_in(folder: Path, name: str, fault: str = "", version: str = "") -> str:
    """The PATH on which the stand-in is alone."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    version = version or {"gitleaks": "8.30.1", "kingfisher": "kingfisher 2.14.0"}[name]
    program.write_text(STAND_IN.format(python=sys.executable, fault=fault, version=version))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return os.fspath(folder)


def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a").write_bytes(b"\n\n  zebra:" + SECRET + b"\n" + TWIN + b"\n")
    return root


def ask(tmp_path: Path, name: str, fault: str = "", version: str = "", timeout: float = 30.0) -> Answer:
    path = stand_in(tmp_path / "bin", name, fault, version)
    return judge(tree(tmp_path), PATHS, name, path=path, timeout=timeout)


@pytest.mark.parametrize("name", list(ENGINES))
def test_a_stand_in_without_a_fault(tmp_path: Path, name: str) -> None:
    answer = ask(tmp_path, name)
    assert answer.error == ""
    ours, theirs = sorted(answer.findings, key=lambda found: found.rule.id)
    assert (ours.rule.id, ours.data["engines"]) == ("secrets/github-pat", ["builtin", name])
    assert theirs.rule.id == "secrets/other-engine"
    assert theirs.location is not None
    assert theirs.location[:5] == ("a", 3, 9, 3, 9 + len(SECRET))
    assert {key: theirs.data[key] for key in ("engines", "engine", "engine_rule")} == {
        "engines": [name],
        "engine": name,
        "engine_rule": "rule",
    }
    assert str(theirs.severity) == "high"
    assert SECRET.decode() not in repr(answer)


def test_two_engines_that_know_the_same(tmp_path: Path) -> None:
    stand_in(tmp_path / "bin", "gitleaks")
    path = stand_in(tmp_path / "bin", "kingfisher", "twice")
    answer = judge(tree(tmp_path), PATHS, "kingfisher", "gitleaks", path=path)
    assert answer.engines() == {
        ("a", "secrets/github-pat"): ["builtin", "gitleaks", "kingfisher"],
        ("a", "secrets/other-engine"): ["gitleaks", "kingfisher"],
    }
    assert [found.data["occurrences"] for found in answer.findings] == [1, 1]


@pytest.mark.parametrize("name", list(ENGINES))
def test_what_an_engine_has_decoded_has_a_line_and_no_column(tmp_path: Path, name: str) -> None:
    answer = ask(tmp_path, name, "decodes")
    assert answer.error == ""
    places = [found.location[1:5] for found in answer.findings if found.rule.id == "secrets/other-engine" and found.location]
    assert places == [(3, 0, 3, 0), (4, 0, 4, 0)]


@pytest.mark.parametrize("name", list(ENGINES))
@pytest.mark.parametrize(
    "fault",
    [
        *(
            "no canary",
            "other canary",
            "skips",
            "unknown file",
            "outside",
            "unknown line",
            "empty value",
            "crash",
            "cut",
            "nothing",
            "floods",
        ),
        *("entry", "shape", "status 0", "status 1", "status 205"),
    ],
)
def test_a_fault_is_an_error_and_what_is_known_is_told(tmp_path: Path, name: str, fault: str) -> None:
    answer = ask(tmp_path, name, fault)
    assert name in answer.error
    assert "secrets/github-pat" in {found.rule.id for found in answer.findings}
    for value in (SECRET, TWIN, b"8f3a61c97be2d054"):
        assert value.decode() not in repr(answer)


@pytest.mark.parametrize(
    ("name", "fault"), [("gitleaks", "silent"), ("gitleaks", "says it twice"), ("kingfisher", "partial"), ("kingfisher", "counts")]
)
def test_faults_of_one_kind_of_report(tmp_path: Path, name: str, fault: str) -> None:
    assert name in ask(tmp_path, name, fault).error


@pytest.mark.parametrize("name", list(ENGINES))
def test_an_engine_that_hangs_is_stopped(tmp_path: Path, name: str) -> None:
    answer = ask(tmp_path, name, "hangs", timeout=0.7)
    assert f"{name} was stopped after 0.7 s" in answer.error


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("gitleaks", "7.6.1"),
        ("gitleaks", "9.0.0"),
        ("gitleaks", "8.18.4"),
        ("gitleaks", "dev"),
        ("kingfisher", "kingfisher 1.99.0"),
        ("kingfisher", "3"),
    ],
)
def test_other_versions_are_errors(tmp_path: Path, name: str, version: str) -> None:
    assert "cannot be used" in ask(tmp_path, name, "", version).error


@pytest.mark.parametrize(
    ("version", "expected"),
    [("8.25", True), ("8.25.0-rc1", True), ("8.100.1", True), ("8.24.9", False), ("8", False), ("", False), ("8.x", False), ("8.²", False)],
)
def test_versions(version: str, expected: bool) -> None:
    assert supported(version, (8, 25)) is expected


@pytest.mark.parametrize("name", list(ENGINES))
def test_a_missing_engine_is_an_error_that_says_how_to_get_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "bin").mkdir()
    answer = judge(tree(tmp_path), PATHS, name, path=os.fspath(tmp_path / "bin"))
    assert f"{name} is not installed" in answer.error
    assert ENGINES[name].install in answer.error
    assert answer.engines() == {("a", "secrets/github-pat"): ["builtin"]}


def test_one_missing_engine_does_not_keep_the_other_from_its_work(tmp_path: Path) -> None:
    path = stand_in(tmp_path / "bin", "kingfisher")
    answer = judge(tree(tmp_path), PATHS, "gitleaks", "kingfisher", path=path)
    assert answer.engines()["a", "secrets/other-engine"] == ["kingfisher"]
    assert "gitleaks is not installed" in answer.error
    assert "kingfisher" not in answer.error


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('engines = ["gitleaks"]', "must hold 'builtin'"),
        ("engines = []", "must hold 'builtin'"),
        ('engines = ["builtin", "trufflehog"]', "must name engines among builtin, gitleaks, kingfisher"),
        ('engines = "builtin"', "engines"),
    ],
)
def test_a_policy_with_wrong_engines_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as refused:
        fill(Options, Table(read_toml(text.encode(), "p"), "p"))
    assert refused.value.line == 1


def test_more_engines_are_no_weakening() -> None:
    options = fill(Options, Table(read_toml(b'engines = ["builtin", "kingfisher", "gitleaks"]', "p"), "p"))
    assert options.engines == ("builtin", "kingfisher", "gitleaks")
    assert options.laxer() == ()


def test_a_run_without_second_engines_loads_none_of_this() -> None:
    code = "import sys; from gates.secrets import gate; print([name for name in sys.modules if 'engines' in name or 'foreign' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
