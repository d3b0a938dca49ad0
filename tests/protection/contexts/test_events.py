"""What conditions can ask of the event: the answers that are the same for all pull requests into a branch."""

from __future__ import annotations

import pytest

from tests.protection.support import found, repository, rules

WORKFLOW = """\
on: {{pull_request: {types}, push: {{branches: [main]}}}}
jobs:
  test:
    if: {condition}
    strategy: {{matrix: {{v: [1]}}}}
    runs-on: ubuntu-latest
    steps: [{{run: make}}]
"""


def judged(condition: str, types: str = "") -> list[str]:
    quoted = condition.replace("'", "''")
    return rules(found(repository(WORKFLOW.format(condition=f"'{quoted}'", types=types), "test (1)")))


@pytest.mark.parametrize(
    "condition",
    [
        "github.event.pull_request.base.ref == 'main'",
        "github.event.pull_request.merged != true",
        "!github.event.pull_request.merged",
        "github.event.pull_request.state == 'open'",
        "!contains(github.event.head_commit.message, 'skip ci')",
        "github.event.head_commit.message != 'x'",
        "github.event.action != 'closed'",
        "github.event.action != 'labeled'",
        "github.event.label.name != 'x'",
        "github.event.pull_request != null",
        "github.event.pull_request.number",
        "github.event.number > 0",
        "github.event.pull_request.title != ''",
        "github.head_ref != ''",
        "github.sha != ''",
        "github.event.inputs.skip != 'true'",
        "!github.event.schedule",
        "github.event.comment.body == null",
    ],
)
def test_a_condition_that_always_holds_on_an_open_pull_request_skips_nothing(condition: str) -> None:
    assert judged(condition) == []


@pytest.mark.parametrize(
    "condition",
    [
        "github.event.pull_request.base.ref == 'dev'",
        "github.event.pull_request.merged",
        "github.event.pull_request.state == 'closed'",
        "github.event.head_commit.message == 'x'",
        "github.event.pull_request.draft == false",
        "github.event.pull_request.title != 'x'",
        "github.head_ref != 'x'",
        "github.event.inputs.run == 'true'",
        "github.event.pull_request.number == 7",
        "github.ref_protected",
    ],
)
def test_a_condition_that_may_not_hold_skips(condition: str) -> None:
    assert judged(condition) == ["skippable-expansion"]


def test_what_a_label_says_is_not_known_where_labels_start_the_workflow() -> None:
    types = "{types: [opened, synchronize, labeled]}"
    assert judged("github.event.label.name != 'x'", types) == ["skippable-expansion"]
