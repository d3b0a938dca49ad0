"""Whether an aggregate looks at the results of its needs in a step that runs and can fail."""

from __future__ import annotations

import pytest

from tests.protection.support import found, repository, rules

RUN = "    runs-on: ubuntu-latest\n    steps: [{run: make}]\n"
NEEDS = f"on: pull_request\njobs:\n  lint:\n{RUN}  unit:\n{RUN}"
HEAD = "  all:\n    needs: [lint, unit]\n    if: always()\n    runs-on: ubuntu-latest\n    steps:\n"
CALLED = ".github/workflows/called.yml"
TELLING = "    with: {results: '${{ toJSON(needs) }}', other: x}\n"


def judged(step: str) -> list[str]:
    return rules(found(repository(f"{NEEDS}{HEAD}      - {step}\n", "all")))


def behind_a_call(step: str, given: str = TELLING) -> list[str]:
    caller = f"  all:\n    needs: [lint, unit]\n    if: always()\n    uses: ./{CALLED}\n{given}"
    inputs = "on: {workflow_call: {inputs: {results: {type: string}, other: {type: string}}}}\n"
    called = f"{inputs}jobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n"
    return rules(found({**repository(NEEDS + caller, "all / check"), CALLED: called}))


HOLLOW = [
    "{if: false, uses: re-actors/alls-green@v1, with: {jobs: '${{ toJSON(needs) }}'}}",
    "{uses: re-actors/alls-green@v1, with: {jobs: '${{ toJSON(needs) }}', allowed-failures: 'lint, unit'}}",
    "{uses: re-actors/alls-green@v1, with: {jobs: '${{ toJSON(needs) }}', allowed-failures: '[\"lint\", \"unit\"]'}}",
    "{if: \"false && contains(needs.*.result, 'failure')\", run: exit 1}",
    "{if: \"github.event_name == 'push' && contains(needs.*.result, 'failure')\", run: exit 1}",
    "{if: \"contains(needs.*.result, 'failed')\", run: exit 1}",
    "{if: \"needs.lnt.result == 'failure'\", run: exit 1}",
    "{if: \"failure() && contains(needs.*.result, 'failure')\", run: exit 1}",
    "{run: \"echo '${{ toJSON(needs) }}' | jq .\"}",
    '{shell: "bash {0}", run: "test \\"${{ needs.lint.result }}\\" = success\\necho done"}',
    '{run: "set +e\\ntest \\"${{ needs.lint.result }}\\" = success\\necho done"}',
]
SOUND = [
    "{uses: re-actors/alls-green@v1, with: {jobs: '${{ toJSON(needs) }}', allowed-failures: lint}}",
    "{uses: re-actors/alls-green@v1, with: {jobs: '${{ toJSON(needs) }}', allowed-skips: 'lint, unit'}}",
    "{if: \"contains(needs.*.result, 'failure') || contains(needs.*.result, 'cancelled')\", run: exit 1}",
    "{if: \"contains(join(needs.*.result, ','), 'fail')\", run: exit 1}",
    "{if: \"needs.lint.result == 'failure' && needs.unit.result == 'failure'\", run: exit 1}",
    "{if: \"needs.LINT.result != 'SUCCESS'\", run: exit 1}",
    '{if: "contains(fromJSON(\'[\\"failure\\"]\'), needs.lint.result)", run: exit 1}',
    "{if: \"needs.lint.outputs.x == 'true' && needs.unit.result != 'success'\", run: exit 1}",
    "{run: \"echo '${{ toJSON(needs) }}' | jq -e 'all(.result == \\\"success\\\")'\"}",
    "{run: \"echo '${{ toJSON(needs) }}' | jq 'if .lint.result then error else . end'\"}",
    '{shell: "bash -e {0}", run: "test \\"${{ needs.lint.result }}\\" = success\\necho done"}',
    '{run: "set +e\\ntest \\"${{ needs.lint.result }}\\" = success"}',
    '{run: "set +e\\ntest \\"${{ needs.lint.result }}\\" = success\\ncode=$?\\nexit $code"}',
    '{run: "set +e\\nls\\nset -euo pipefail\\ntest \\"${{ needs.lint.result }}\\" = success\\necho done"}',
]


@pytest.mark.parametrize("step", HOLLOW)
def test_steps_that_never_run_or_never_fail(step: str) -> None:
    assert judged(step) == ["hollow-aggregate"]


@pytest.mark.parametrize("step", SOUND)
def test_steps_that_may_fail(step: str) -> None:
    assert judged(step) == []


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ("run: echo ok", ""),
        ("run: echo ok", TELLING),
        ("{run: 'echo \"$R\"', env: {R: '${{ inputs.results }}'}}", TELLING),
        ("{if: \"inputs.other == 'failure'\", run: exit 1}", TELLING),
    ],
)
def test_a_called_workflow_that_does_not_look(step: str, given: str) -> None:
    assert behind_a_call(step, given) == ["hollow-aggregate"]


@pytest.mark.parametrize(
    "step", ["{if: \"contains(inputs.results, 'failure')\", run: exit 1}", "{run: './check \"${{ inputs.results }}\"'}"]
)
def test_a_called_workflow_that_looks(step: str) -> None:
    assert behind_a_call(step) == []
