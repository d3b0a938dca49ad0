"""Each format renders the same reports to golden files.

When output changes on purpose: `GATES_REGENERATE=1 python -m pytest tests/report/test_golden.py`, then read the diff.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gates.report import github, json, rules_page, sarif, text
from tests.report import sample

FOLDER = Path(__file__).parent / "golden"
RULES = (sample.TOKEN, sample.GENERIC, sample.SHELL, sample.ASSERT, sample.CONTEXT)

GOLDEN: dict[str, Callable[[], str]] = {
    "sample.txt": lambda: text.render(sample.report()),
    "sample.timed.txt": lambda: text.render(sample.report(timed=True)),
    "sample.quiet.txt": lambda: text.render(sample.report(), quiet=True),
    "sample.colour.txt": lambda: text.render(sample.report(), colour=True, links=True),
    "sample.json": lambda: json.render(sample.report(timed=True)),
    "sample.github.txt": lambda: github.render(sample.report()),
    "sample.summary.md": lambda: github.summary(sample.report()),
    "sample.sarif": lambda: sarif.render(sample.report()),
    "clean.txt": lambda: text.render(sample.clean()),
    "one-finding.txt": lambda: text.render(sample.one_finding()),
    "rules.md": lambda: rules_page.render(RULES),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_output_is_the_golden_file(name: str) -> None:
    rendered = GOLDEN[name]().encode()
    if os.environ.get("GATES_REGENERATE"):
        (FOLDER / name).write_bytes(rendered)
    assert rendered == (FOLDER / name).read_bytes()


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(GOLDEN)


def test_equal_reports_give_equal_bytes() -> None:
    assert [render() for render in GOLDEN.values()] == [render() for render in GOLDEN.values()]
