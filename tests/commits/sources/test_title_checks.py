from __future__ import annotations

from textwrap import indent

import pytest

from gates.commits.sources import title_script
from gates.commits.sources.title_checks import Hatch, hatches, title_checks
from gates.core.documents import DocumentError
from gates.github.reading import read
from gates.github.workflow import Workflow
from tests.commits.sources.shared import WORKFLOW, step

USES = "uses: amannn/action-semantic-pull-request@v6\n"


def one(data: bytes, path: str = WORKFLOW) -> Workflow:
    found = read(data, path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (USES, "semantic-pull-request"),
        ("uses: Slashgear/action-check-pr-title@v4\n", "title-action"),
        ("uses: thehanimo/pr-title-checker@v1\n", "title-action"),
        ("run: gates commits lint --title-env TITLE\n", "gates"),
        ("run: |\n  set -e\n  python -m gates commits lint \\\n    --title-env=TITLE\n", "gates"),
        ("run: .venv/bin/gates --quiet commits lint --format text --title-env TITLE && echo fine\n", "gates"),
        ("run: gates commits lint --range a..b\n", None),
        ("run: |\n  # gates commits lint --title-env TITLE\n  true\n", None),
        ("run: echo gates; commits lint --title-env TITLE\n", None),
        ("run: gates commits check\n", None),
        ('run: cz check --message "$TITLE"\nenv:\n  TITLE: ${{ github.event.pull_request.title }}\n', "tool"),
        ('run: echo "$T" | npx --no -- commitlint\nenv:\n  T: ${{ github.event.pull_request.title }}\n', "tool"),
        ("run: cz check --rev-range origin/main..HEAD\n", None),
        ("run: make\n", None),
        ("uses: actions/checkout@v5\n", None),
    ],
)
def test_a_step_is_a_check_or_is_none(source: str, kind: str | None) -> None:
    workflow = one(step(source))
    found = title_checks({WORKFLOW: workflow})
    assert [check.kind for check in found] == ([] if kind is None else [kind])
    for check in found:
        assert (check.workflow, check.top, check.job.id, check.step) == (workflow, workflow, "title", workflow.jobs["title"].steps[0])


@pytest.mark.parametrize(
    ("source", "script"),
    [
        ("run: |\n  set -e\n  # gates:commit-types\n  grep -E '^(feat|fix): ' <<< \"$TITLE\"\n", WORKFLOW),
        ("name: title\nenv:\n  # gates:commit-types\n  TYPES: feat|fix\nrun: ./check\n", WORKFLOW),
        ("run: ./scripts/title.sh\n", "scripts/title.sh"),
        ('run: bash "$GITHUB_WORKSPACE/scripts/title.sh" "$TITLE"\n', "scripts/title.sh"),
        ("run: python -m tools.title\n", "tools/title.py"),
        ("uses: ./.github/actions/title\n", ".github/actions/title/action.yml"),
    ],
)
def test_a_marked_program_is_a_check_of_the_step_that_runs_it(source: str, script: str) -> None:
    data = step(source)
    sources = title_script.read(data if script == WORKFLOW else b"# gates:commit-types\nx='feat|fix'\n", script)
    assert len(sources) == 1
    (found,) = title_checks({WORKFLOW: one(data)}, sources)
    assert (found.kind, found.step is not None) == ("title-script", True)
    assert (
        title_checks({WORKFLOW: one(step("run: ./scripts/other.sh\n"))}, title_script.read(b"# gates:commit-types\nx='a|b'\n", script))
        == []
    )


def test_a_marked_list_outside_any_step_is_a_check_of_the_job() -> None:
    data = (
        b"on: pull_request\njobs:\n  other:\n    runs-on: x\n    steps:\n      - run: make\n  title:\n    runs-on: x\n    env:\n"
        b"      # gates:commit-types\n      TYPES: feat|fix\n    steps:\n      - run: make title\n"
    )
    (found,) = title_checks({WORKFLOW: one(data)}, title_script.read(data, WORKFLOW))
    assert (found.job.id, found.step, found.kind) == ("title", None, "title-script")


CALLER = "on: pull_request\njobs:\n  a:\n    uses: ./.github/workflows/callee.yml\n  b:\n    uses: ./.github/workflows/callee.yml\n"
CALLEE = ".github/workflows/callee.yml"


def test_a_called_check_counts_once_for_each_call() -> None:
    callee = one(step(USES).replace(b"on: pull_request", b"on: workflow_call"), CALLEE)
    caller = one(CALLER.encode())
    found = title_checks({WORKFLOW: caller, CALLEE: callee})
    assert [(check.workflow, check.top, [call.job.id for call in check.via]) for check in found] == [
        (callee, caller, ["a"]),
        (callee, caller, ["b"]),
    ]
    assert title_checks({CALLEE: callee}) == []


def test_calls_in_a_circle_end() -> None:
    paths = [f".github/workflows/{name}.yml" for name in "ab"]
    files = {
        path: one(f"on: [pull_request, workflow_call]\njobs:\n  x:\n    uses: ./{other}\n".encode(), path)
        for path, other in zip(paths, reversed(paths), strict=True)
    }
    assert title_checks(files) == []


def test_too_many_calls_are_refused() -> None:
    files = {}
    for level in range(10):
        calls = "".join(f"  j{number}:\n    uses: ./.github/workflows/w{level + 1}.yml\n" for number in range(8))
        path = f".github/workflows/w{level}.yml"
        files[path] = one(f"on: [pull_request, workflow_call]\njobs:\n{calls}".encode(), path)
    with pytest.raises(DocumentError, match="call each other"):
        title_checks(files)


# Hatches


def hatches_of(source: str, job: str = "") -> list[tuple[str, str, int]]:
    data = step(source).replace(b"    runs-on", indent(job, "    ").encode() + b"    runs-on") if job else step(source)
    workflow = one(data)
    found = hatches(workflow, workflow.jobs["title"], workflow.jobs["title"].steps[0])
    assert all(isinstance(hatch, Hatch) and hatch.location.path == WORKFLOW for hatch in found)
    return [(hatch.kind, hatch.value, hatch.location.line) for hatch in found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (USES, []),
        (USES + "with:\n  wip: false\n", []),
        (USES + "with:\n  wip: true\n", [("wip", "[WIP]", 8)]),
        (USES + "with:\n  wip: ${{ vars.WIP }}\n", [("wip", "[WIP]", 8)]),
        (USES + "with:\n  ignoreLabels: |\n    bot\n    skip title\n", [("label", "bot", 8), ("label", "skip title", 8)]),
        (USES + "if: github.event_name == 'pull_request'\n", []),
        (USES + "if: ${{ github.actor != 'x[bot]' }}\n", [("condition", "github.actor != 'x[bot]'", 7)]),
        (USES + "continue-on-error: true\n", [("continue-on-error", "true", 7)]),
        (USES + "continue-on-error: false\n", []),
        ("run: gates commits lint --title-env T\n", []),
        (
            "run: gates commits lint --title-env T || true\n",
            [("ignored-failure", "gates commits lint --title-env T || true", 6)],
        ),
        ("run: gates commits lint --title-env T || exit 1\n", []),
    ],
)
def test_what_switches_a_check_off_is_found(source: str, expected: list[tuple[str, str, int]]) -> None:
    assert hatches_of(source) == expected


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            "if: ${{ !contains(github.event.pull_request.labels.*.name, 'skip') }}\n",
            [("condition", "!contains(github.event.pull_request.labels.*.name, 'skip')", 4)],
        ),
        ("if: github.event.sender.type != 'Bot'\n", [("condition", "github.event.sender.type != 'Bot'", 4)]),
        ("if: github.base_ref == 'main'\n", []),
        ("continue-on-error: true\n", []),  # the check is red all the same
    ],
)
def test_conditions_of_the_job_count_too(job: str, expected: list[tuple[str, str, int]]) -> None:
    assert hatches_of(USES, job) == expected
