"""Every rule has a repository in which it speaks, and one in which it does not: `cases/<rule>/{fails,passes}-<what>`.

Each holds `bom.json`, and a lock file where the two are compared. A folder whose name ends in that of a profile is judged by it.
When what is said changes on purpose: GATES_REGENERATE=1, then read the diff.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from gates.sbom.options import Options, Profile
from gates.sbom.rules import HASH_CHANGED, RULES
from tests.sbom.documents import findings, look, rules, said, unread

CASES = Path(__file__).parent / "cases"
IDS = sorted(rule.id.removeprefix("sbom/") for rule in RULES if rule is not HASH_CHANGED)  # which is of two SBOMs
FOLDERS = [case for rule in IDS for case in sorted((CASES / rule).iterdir())]


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_rule_speaks_where_it_should_and_nowhere_else(case: Path, tmp_path: Path) -> None:
    place = tmp_path / "repository"
    shutil.copytree(case, place)
    if (place / "uv.lock").exists():
        for command in (("git", "init", "--quiet"), ("git", "add", "--all", "--force")):
            subprocess.run(command, cwd=place, check=True, timeout=60)
    profile: Profile = next((each for each in get_args(Profile) if case.name.endswith(each)), "ntia")
    events = look(place, "bom.json", options=Options(profile=profile))
    assert not unread(events)
    assert (case.parent.name in rules(events)) == case.name.startswith("fails-")
    expected = case / "expected.txt"
    text = "".join(f"{line}\n" for line in map(said, findings(events)))
    if os.environ.get("GATES_REGENERATE") and text:
        expected.write_text(text, "utf-8")
    assert text == (expected.read_text("utf-8") if expected.exists() else "")


def test_every_rule_has_a_failing_and_a_passing_case() -> None:
    for rule in IDS:
        kinds = {case.name.partition("-")[0] for case in (CASES / rule).iterdir()}
        assert kinds == {"fails", "passes"}, rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_a_rule_says_what_is_wrong_in_a_phrase_and_why_and_the_way_out_in_sentences(rule: object) -> None:
    summary, why, remedy = (getattr(rule, name) for name in ("summary", "why", "remedy"))
    assert not summary.endswith(".")
    assert why.endswith(".")
    assert remedy.endswith(".")
