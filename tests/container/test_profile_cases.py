"""Each case of a rule on profiles, as the rule's own judge sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gates.container.apparmor import judging as apparmor
from gates.container.apparmor import reading as policies
from gates.container.rules.apparmor import LEVELS as APPARMOR
from gates.container.rules.seccomp import LEVELS as SECCOMP
from gates.container.seccomp import judging as seccomp
from gates.container.seccomp import reading as profiles
from gates.core.documents import read_json

CASES = Path(__file__).parent / "cases"
RULES = [level.rule.id.removeprefix("container/") for level in (*SECCOMP, *APPARMOR)]
FOLDERS = sorted(folder for rule in RULES for folder in (CASES / rule).iterdir())


def _said(folder: Path) -> Iterator[str]:
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        data, name = path.read_bytes(), path.relative_to(folder).as_posix()
        if name.endswith(".json"):
            assert profiles.looks_like(read_json(data, name))
            yield from (defect.rule.id for defect in seccomp.judge(profiles.read(data, name), name))
        elif not _is_included(path):
            assert policies.looks_like(data.decode())
            policy = policies.read(data, name, lambda other: (folder / other).read_bytes() if (folder / other).is_file() else None)
            yield from (defect.rule.id for defect in apparmor.judge(policy, name))


def _is_included(path: Path) -> bool:
    return path.suffix == ".inc" or path.parent.name == "local"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_case(folder: Path) -> None:
    assert (f"container/{folder.parent.name}" in set(_said(folder))) is folder.name.startswith("fails-")


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_both_kinds_of_case(rule: str) -> None:
    assert {folder.name.partition("-")[0] for folder in FOLDERS if folder.parent.name == rule} == {"fails", "passes"}
