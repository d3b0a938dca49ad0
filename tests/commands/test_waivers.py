from __future__ import annotations

import io
import json
import os
import subprocess
from datetime import date
from pathlib import Path

import pytest

from gates import cli
from gates.core.world import World

TODAY = date(2026, 11, 20)
ENTRY = """\
  - id: W-{number}
    gate: code
    rule: code/bandit-b101
    paths: [src/**]
    reason: the asserts are for readers only
    owner: "@acme/sec"
    created: 2026-11-01
    sunset: {sunset}
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "security").mkdir()
    return tmp_path


def list_of(repository: Path, *sunsets: str) -> None:
    entries = "".join(ENTRY.format(number=number, sunset=sunset) for number, sunset in enumerate(sunsets, 1))
    (repository / "security" / "waivers.yaml").write_text(f"version: 1\nwaivers:\n{entries}", "utf-8")


def gates(repository: Path, *words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = cli.run(["waivers", *words, "--no-timing"], World({"PATH": os.environ["PATH"]}, str(repository), TODAY, io.BytesIO(), out, err))
    return code, out.getvalue(), err.getvalue()


def test_check_passes_where_there_are_no_waivers(repository: Path) -> None:
    assert gates(repository)[0] == 0


def test_check_names_what_ended_and_what_ends_soon(repository: Path) -> None:
    list_of(repository, "2026-11-19", "2026-11-20", "2027-01-15")
    code, out, _ = gates(repository, "check", "--format", "json")
    (result,) = json.loads(out)["gates"]
    found = [(each["rule"], each["subject"], each["location"]["line"]) for each in result["findings"]]
    assert (code, found) == (0, [("waivers/expired", "W-1", 3), ("waivers/expiring", "W-2", 11)])
    assert gates(repository, "check", "--fail-on", "low")[0] == 1


def test_check_refuses_a_broken_list_with_its_place(repository: Path) -> None:
    list_of(repository, "2027-02-30")
    code, out, err = gates(repository)
    assert (code, out) == (2, "")
    assert "security/waivers.yaml:10: 'sunset' is no day of the calendar" in err


def test_list_shows_the_soonest_sunset_first(repository: Path) -> None:
    list_of(repository, "2027-01-15", "2026-11-19", "2026-11-20")
    code, out, _ = gates(repository, "list")
    lines = out.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines] == ["id", "W-2", "W-3", "W-1", "3"]
    assert lines[1].endswith("2026-11-19  ended")
    assert lines[-1] == "3 waivers, 1 ended"


def test_list_narrows_by_gate_and_by_days(repository: Path) -> None:
    list_of(repository, "2027-01-15", "2026-11-19", "2026-11-21")
    _, out, _ = gates(repository, "list", "--expiring", "1", "--format", "json")
    assert [(entry["id"], entry["days_left"]) for entry in json.loads(out)] == [("W-2", -1), ("W-3", 1)]
    assert gates(repository, "list", "--gate", "secrets")[1] == "0 waivers\n"


@pytest.mark.parametrize("words", [("check", "--gate", "code"), ("list", "--gate", "nothing"), ("list", "--format", "sarif"), ("revoke",)])
def test_words_that_make_no_sense_are_usage_errors(repository: Path, words: tuple[str, ...]) -> None:
    code, out, err = gates(repository, *words)
    assert (code, out) == (2, "")
    assert err.startswith("gates: ")
