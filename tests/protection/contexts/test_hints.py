"""What a context that nothing reports was probably meant to be, and when that is certain."""

from __future__ import annotations

import pytest

from tests.protection.support import found, repository

TEXT = """
name: CI
on: pull_request
jobs:
  test:
    strategy:
      matrix:
        python: [3.9, 3.10]
        os: [linux, macos]
    runs-on: x
    steps: [{run: make}]
  lint:
    name: Lint and types
    runs-on: x
    steps: [{run: make}]
  legs:
    name: Named
    strategy: {matrix: {fast: [true, false]}}
    runs-on: x
    steps: [{run: make}]
  hyphen:
    name: build \u2013 docs
    runs-on: x
    steps: [{run: make}]
  call:
    uses: ./.github/workflows/unit.yml
"""
UNIT = """
name: Units
on: workflow_call
jobs:
  unit:
    runs-on: x
    steps: [{run: make}]
"""


def hint(context: str, *required: str) -> tuple[str, object]:
    files = {**repository(TEXT, context, *required), ".github/workflows/unit.yml": UNIT}
    (finding,) = (one for one in found(files) if one.rule.id == "protection/unreported-context" and one.subject == context)
    return str(finding.data["hint"]), finding.data.get("replacement")


@pytest.mark.parametrize(
    ("context", "words", "replacement"),
    [
        ("lint and types", "upper and lower case", "Lint and types"),
        ("Lint and types ", "space at its start or end", "Lint and types"),
        ("Lint  and types", "differs only in spaces", "Lint and types"),
        ("Lint\u00a0and types", "no-break space", "Lint and types"),
        ("build - docs", "the job's name holds en dash", "build \u2013 docs"),
        ("build \u2014 docs", "it holds em dash", "build \u2013 docs"),
        ("Lint\u200b and types", "zero width space", "Lint and types"),
        ("CI / Lint and types", "name of the workflow", "Lint and types"),
        ("ci / Lint and types (pull_request)", "name of the workflow or event", "Lint and types"),
        ("Lint and types (pull_request)", "name of the workflow or event", "Lint and types"),
        ("CI", "it is the name of a workflow", None),
        ("lint", "id of a job that has a name", "Lint and types"),
        ("legs (true)", "id of a job that has a name", "Named (true)"),
        ("legs", "id of a job that has a name", None),
        ("unit", "lost the name of the job that calls", "call / unit"),
        ("call", "reports no check of its own", "call / unit"),
        ("test (3.10, linux)", "a number loses the zeros at its end", None),
        ("Named (True)", "upper and lower case", "Named (true)"),
        ("test (linux, 3.9)", "the order of its keys", "test (3.9, linux)"),
        ("test", "one check for each leg", None),
        ("test (3.9)", "more keys", None),
        ("test (3.9, linux, x64)", "fewer keys", None),
        ("test (3.8, linux)", "no such leg", None),
        ("Lint & types", "the nearest name that is reported is 'Lint and types' (.github/workflows/ci.yml:12)", None),
        ("Lint and types (a)", "has no matrix", "Lint and types"),
        ("call / unit (a)", "has no matrix", "call / unit"),
        ("else / unit", "the nearest name that is reported", None),
        ("something of its own", "", None),
    ],
)
def test_the_hint_that_fits(context: str, words: str, replacement: str | None) -> None:
    text, certain = hint(context)
    assert words in text
    assert certain == replacement
    assert bool(text) == bool(words)


def test_a_name_that_is_required_already_replaces_nothing() -> None:
    assert hint("lint", "Lint and types") == ("it is the id of a job that has a name, and reports 'Lint and types'", None)


def test_two_contexts_cannot_both_have_meant_one_name() -> None:
    assert hint("lint", "LINT AND TYPES")[1] is None


def test_the_hint_is_part_of_the_message() -> None:
    files = {**repository(TEXT, "lint"), ".github/workflows/unit.yml": UNIT}
    finding = next(one for one in found(files) if one.rule.id == "protection/unreported-context")
    assert str(finding.data["hint"]) in finding.message
