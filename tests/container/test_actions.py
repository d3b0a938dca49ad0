from __future__ import annotations

from collections.abc import Sequence

import pytest

from gates.container.actions import of_action, read
from gates.container.spec import RuntimeSpec
from gates.core.documents import DocumentError
from gates.core.finding import Location, Severity
from gates.github import reading
from gates.shell.command import Word
from tests.container.judging.specs import PASSWORD, doubts, ids, judged, said

PATH = ".github/workflows/ci.yml"


def workflow(below: str, runs_on: str = "ubuntu-24.04") -> str:
    lines = "".join(f"    {line}\n" for line in below.splitlines())
    return f"on: push\njobs:\n  test:\n    runs-on: {runs_on}\n{lines}    steps: [{{run: make}}]\n"


def specs(text: str) -> tuple[list[RuntimeSpec], list[tuple[Word, ...]]]:
    """The containers, and for each one the flags that stand for it."""
    asked: list[tuple[Word, ...]] = []

    def flags(words: Sequence[Word], path: str) -> RuntimeSpec:
        asked.append(tuple(words))
        privileged = next((word for word in words if word.text == "--privileged"), None)
        return RuntimeSpec("docker-run", "", Location(path), privileged=None if privileged is None else said(True))

    found = reading.read(text.encode(), PATH)
    assert found is not None
    return list(read(found, flags)), asked


def words(text: str) -> list[str]:
    _, (asked,) = specs(text)
    return [word.text for word in asked]


def test_the_container_of_a_job_and_its_services_are_read() -> None:
    found, _ = specs(workflow("container: registry.example/ci:1.2\nservices:\n  db: {image: 'postgres:16.4'}\n  none: ''"))
    assert [(spec.name, spec.image and spec.image.value) for spec in found] == [
        ("test", "registry.example/ci:1.2"),
        ("test.db", "postgres:16.4"),
    ]
    assert all(spec.syntax == "actions" and spec.short_lived for spec in found)
    assert "the container of job test: " in judged(found[0])[0].message
    assert "service db of job test: " in judged(found[1])[0].message


def test_every_key_becomes_flags_at_its_place() -> None:
    text = workflow(
        "container:\n  image: a/b:1\n  options: --cpus 1 --name 'a b'\n  volumes: ['/etc:/etc:ro']\n  ports: [80]\n  env: {A: 1, B: x y}"
    )
    assert words(text) == [
        *("--cpus", "1", "--name", "a b"),
        *("--volume", "/etc:/etc:ro"),
        *("--publish", "80"),
        *("--env", "A=1", "--env", "B=x y"),
    ]
    _, (asked,) = specs(text)
    assert [(word.line, word.column) for word in asked[:1]] == [(7, 16)]


def test_an_expression_is_a_part_of_its_word_and_is_not_known() -> None:
    options = "options: --user ${{ matrix.user || 'a b' }}:1"
    _, (asked,) = specs(
        workflow(f"container:\n  image: a/b:1\n  {options}\n  env: {{T: '${{{{ secrets.T }}}}'}}\n  volumes: '${{{{ v }}}}'")
    )
    assert [(word.text, word.dynamic) for word in asked] == [
        ("--user", False),
        ("${{ matrix.user || 'a b' }}:1", True),
        ("--volume", False),
        ("${{ v }}", True),
        ("--env", False),
        ("T=${{ secrets.T }}", True),
    ]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ("", []),
        ("--a b", ["--a", "b"]),
        ('--a="b c" d', ["--a=b c", "d"]),
        ("--a='b \"c' \"d'e\"", ['--a=b "c', "d'e"]),
        ('--a "open end', ["--a", "open end"]),
        ("  --a\n  --b  ", ["--a", "--b"]),
    ],
)
def test_options_are_parted_as_a_command_line(options: str, parts: list[str]) -> None:
    block = "".join(f"\n    {line}" for line in options.split("\n"))
    assert words(workflow(f"container:\n  image: a/b:1\n  options: |-{block}")) == parts


def test_a_matrix_s_image_is_a_doubt_and_so_are_services_from_elsewhere() -> None:
    found, _ = specs(workflow("container: ${{ matrix.image }}\nservices: ${{ fromJSON(inputs.services) }}"))
    assert [doubts(judged(spec)) for spec in found] == [{"base-untagged"}] * 2


def test_an_empty_container_is_none() -> None:
    assert specs(workflow("container: ''\nservices: {}"))[0] == []
    assert specs(workflow(""))[0] == []


@pytest.mark.parametrize("below", ["services: [a]", "container: {image: a, volumes: {a: b}}", "container: {image: a, options: [a]}"])
def test_another_shape_is_refused(below: str) -> None:
    with pytest.raises(DocumentError):
        specs(workflow(below))


@pytest.mark.parametrize(
    ("runs_on", "hosted"),
    [
        ("ubuntu-latest", True),
        ("ubuntu-24.04-arm", True),
        ("windows-2022", True),
        ("[macos-15]", True),
        ("self-hosted", False),
        ("[self-hosted, ubuntu-24.04]", False),
        ("${{ matrix.os }}", False),
        ("{group: big}", False),
        ("my-ubuntu-latest", False),
    ],
)
def test_only_a_machine_of_github_s_own_is_taken_for_one_that_is_thrown_away(runs_on: str, hosted: bool) -> None:
    ((spec,), _) = specs(workflow("container: {image: 'a/b:1', options: --privileged}", runs_on))
    (privileged,) = (defect for defect in judged(spec) if defect.rule.id == "container/privileged")
    assert privileged.severity == (Severity.HIGH if hosted else None)
    assert ("ports" in spec.unsaid) == hosted


def test_a_job_s_container_is_not_asked_for_what_a_job_cannot_do_without() -> None:
    found, _ = specs(workflow("container: a/b:1\nservices: {db: 'c/d:1'}"))
    assert not ids(judged(found[0])) & {"root-writable", "capabilities-kept"}
    assert ids(judged(found[1])) >= {"root-writable", "capabilities-kept"}


def test_the_password_for_a_registry_is_a_secret_s() -> None:
    ((written,), _) = specs(workflow(f"container: {{image: 'a/b:1', credentials: {{username: me, password: {PASSWORD}}}}}"))
    assert "plain-secret" in ids(judged(written))
    ((named,), _) = specs(workflow("container: {image: 'a/b:1', credentials: {username: me, password: '${{ secrets.P }}'}}"))
    assert "plain-secret" not in ids(judged(named))


MATRIX = "strategy: {matrix: {include: [{image: 'a/b:1', opt: --privileged}, {image: 'a/c:1'}, {image: 'a/c:1'}]}}\n"


def test_each_leg_of_a_matrix_that_differs_is_a_container() -> None:
    text = workflow(MATRIX + "container: {image: '${{ matrix.image }}', options: '${{ matrix.opt }} --cpus 2'}")
    found, asked = specs(text)
    assert [spec.image and spec.image.value for spec in found] == ["a/b:1", "a/c:1"]
    assert [[word.text for word in line] for line in asked] == [["--privileged", "--cpus", "2"], ["--cpus", "2"]]
    assert {spec.name for spec in found} == {"test"}


def test_a_leg_may_be_the_whole_container() -> None:
    legs = "strategy: {matrix: {c: [{image: 'a/b:1', options: --privileged}, a/c:1, '']}}\n"
    found, asked = specs(workflow(legs + "container: ${{ matrix.c }}"))
    assert [spec.image and spec.image.value for spec in found] == ["a/b:1", "a/c:1"]
    assert [[word.text for word in line] for line in asked] == [["--privileged"]]


@pytest.mark.parametrize("matrix", ["${{ fromJSON(inputs.m) }}", "{opt: '${{ fromJSON(needs.a.outputs.b) }}'}"])
def test_a_matrix_that_nobody_knows_leaves_its_options_open(matrix: str) -> None:
    (spec,), _ = specs(workflow(f"strategy:\n  matrix: {matrix}\ncontainer: {{image: 'a/b:1', options: '${{{{ matrix.opt }}}}'}}"))
    assert spec.open_flags
    assert spec.open_flags.text == "${{ matrix.opt }}"
    assert "privileged" in doubts(judged(spec))


@pytest.mark.parametrize(
    ("options", "known", "unknown"),
    [
        ("${{ inputs.o }} --privileged", ["--privileged"], "${{ inputs.o }}"),
        ("--cpus ${{ inputs.o }}", ["--cpus", "${{ inputs.o }}"], ""),
        ("--cpus=${{ inputs.o }}", ["--cpus=${{ inputs.o }}"], ""),
        ("--init ${{ inputs.o }}", ["--init"], "${{ inputs.o }}"),
        ("--${{ inputs.o }}", [], "--${{ inputs.o }}"),
        ("--name --init ${{ inputs.o }}", ["--name", "--init"], "${{ inputs.o }}"),
        ("-it ${{ inputs.o }}", ["-it"], "${{ inputs.o }}"),
    ],
)
def test_an_expression_that_may_be_any_option(options: str, known: list[str], unknown: str) -> None:
    (spec,), (asked,) = specs(workflow(f"container: {{image: 'a/b:1', options: '{options}'}}"))
    assert [word.text for word in asked] == known
    assert (spec.open_flags.text if spec.open_flags else "") == unknown


def test_images_of_steps_and_of_actions_are_read() -> None:
    found = reading.read(workflow("").replace("{run: make}", "{uses: 'docker://alpine'}, {uses: a/b@v1}").encode(), PATH)
    assert found is not None
    (spec,) = read(found, lambda words, path: RuntimeSpec("docker-run", "", Location(path)))
    assert spec.image
    assert spec.image.value == "alpine"
    assert "the step docker://alpine of job test: " in judged(spec)[0].message
    action = of_action(b"runs: {using: docker, image: 'docker://ghcr.io/a/b:latest'}\n", "action.yml")
    assert "the action docker://ghcr.io/a/b:latest: " in judged(action.specs[0])[0].message
    composite = of_action(b"runs: {using: composite, steps: [{run: make}, {uses: 'docker://alpine'}]}\n", "action.yml")
    assert (len(composite.specs), len(composite.steps)) == (1, 2)
    assert of_action(b"name: x\n", "action.yml") == ((), ())
