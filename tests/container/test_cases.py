"""Every rule has a repository in which it speaks, and one in which it does not: `cases/<rule>/{fails,passes}-<what>`.

A folder whose name ends in "-hardened" is judged by that profile; `gate.toml` in it is the policy's table.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gates.container.options import Options
from gates.container.rules import hadolint
from gates.container.rules.table import LEVELS
from gates.core.documents import Table, read_toml
from gates.core.options import fill
from tests.container.support import look, rules, unread

CASES = Path(__file__).parent / "cases"
POLICY = "gate.toml"
ASKS_GIT = {"env-file-tracked"}  # for any other a folder does, and that is quicker by the three runs of git
FOLDERS = sorted(case for rule in CASES.iterdir() for case in rule.iterdir())


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_rule_speaks_where_it_should_and_nowhere_else(case: Path, tmp_path: Path) -> None:
    place = tmp_path / "repository"
    shutil.copytree(case, place)
    if case.parent.name in ASKS_GIT:
        for command in (("git", "init", "--quiet"), ("git", "add", "--all", "--force")):
            subprocess.run(command, cwd=place, check=True, timeout=60)
    options = Options()
    if (case / POLICY).exists():
        options = fill(Options, Table(read_toml((case / POLICY).read_bytes(), POLICY), POLICY, "the table"))
    events = look(place, options, "hardened" if case.name.endswith("-hardened") else "baseline")
    assert not unread(events)
    assert (case.parent.name in rules(events)) == case.name.startswith("fails-"), [str(event) for event in events]


def test_every_rule_has_a_failing_and_a_passing_case() -> None:
    """But those of hadolint, which its own test makes it say."""
    lacking = []
    for rule in LEVELS.keys() - {level.rule.id for level in hadolint.LEVELS}:
        folder = CASES / rule.removeprefix("container/")
        names = [case.name for case in folder.iterdir()] if folder.is_dir() else []
        lacking += [f"{rule}: {kind}" for kind in ("fails-", "passes-") if not any(name.startswith(kind) for name in names)]
    assert not lacking


def test_no_case_is_of_a_rule_that_is_not_there() -> None:
    assert {f"container/{folder.name}" for folder in CASES.iterdir()} <= set(LEVELS)
    assert all(case.name.startswith(("fails-", "passes-")) for case in FOLDERS)
