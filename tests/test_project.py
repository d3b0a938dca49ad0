"""The frame keeps its promises: pinned workflows, a locked environment, hooks and documents that name what exists."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gates import cli
from gates.commands import COMMANDS
from gates.core.world import World
from tests.detect.expand import expand

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SHELL_LINES = "\n".join(path.read_text("utf-8") for path in (*PAGES, ROOT / ".ci/run", ROOT / ".pre-commit-config.yaml", *WORKFLOWS))


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


# Workflows


def jobs(workflow: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]
    return found


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(workflow).values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
class TestEachWorkflow:
    def test_pins_every_action_to_a_commit_and_says_its_version(self, workflow: Path) -> None:
        used = [line for line in workflow.read_text("utf-8").splitlines() if re.match(r"\s*(- )?uses:", line)]
        assert used
        for line in used:
            assert re.fullmatch(r"\s*(- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line

    def test_grants_nothing_at_the_top_and_little_to_each_job(self, workflow: Path) -> None:
        assert yaml.safe_load(workflow.read_text("utf-8"))["permissions"] == {}
        known: tuple[dict[str, str], ...] = ({"contents": "read"}, {"security-events": "write"})
        if workflow.name == "release.yml":
            known = ({"contents": "read"}, {"contents": "write"}, {"id-token": "write", "attestations": "write"})
        for name, job in jobs(workflow).items():
            assert job["permissions"] in known, name
            assert job["timeout-minutes"] <= 30, name

    def test_leaves_no_credentials_behind(self, workflow: Path) -> None:
        for step in steps(workflow):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False

    def test_puts_no_expression_into_a_script(self, workflow: Path) -> None:
        assert not [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")]

    def test_uses_no_secrets_and_no_dangerous_trigger(self, workflow: Path) -> None:
        text = workflow.read_text("utf-8")
        if workflow.name != "branch-protection.yml":
            assert "secrets." not in re.sub(r"\bsecrets\.sarif\b", "", text)
        assert "pull_request_target" not in text
        assert "workflow_run" not in text


def test_only_a_person_can_apply_the_branch_protection() -> None:
    text = (ROOT / ".github/workflows/branch-protection.yml").read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert list(workflow[True]) == ["workflow_dispatch"]  # PyYAML takes `on` for a boolean
    assert [job["environment"] for job in workflow["jobs"].values()] == ["branch-protection"]
    assert set(re.findall(r"secrets\.\w+", text)) == {"secrets.BRANCH_PROTECTION_TOKEN"}


def test_no_scanning_job_can_write() -> None:
    for name, job in jobs(ROOT / ".github/workflows/security.yml").items():
        checks_out = any("checkout@" in step.get("uses", "") for step in job["steps"])
        assert not (checks_out and "write" in job["permissions"].values()), name


def test_each_gate_has_a_job_of_its_own_name() -> None:
    from gates import registry

    names = {job["name"] for job in jobs(ROOT / ".github/workflows/security.yml").values()}
    assert set(registry.NAMES) - {"sbom"} <= names  # an SBOM is judged where a release is built: release.yml


def test_a_pull_request_is_judged_by_the_policy_of_its_target() -> None:
    for step in steps(ROOT / ".github/workflows/security.yml"):
        if "/bin/gates " in step.get("run", ""):
            assert '--policy-ref "$BASE"' in step["run"]
            assert "github.base_ref" in step["env"]["BASE"]


def test_of_two_judges_of_an_image_neither_can_be_missed() -> None:
    script = next(
        step["run"] for step in jobs(ROOT / ".github/workflows/security.yml")["image"]["steps"] if "gates image" in step.get("run", "")
    )
    for outcomes in ((0, 0), (1, 0), (0, 1), (3, 0), (0, 3), (1, 3)):
        answers = "".join(f"{verb}) return {code};; " for verb, code in zip(("scan", "inspect"), outcomes, strict=True))
        said = script.replace("trusted/.venv/bin/gates", "gates").replace("\n", "\necho >/dev/null\n")
        fake = f'gates() {{ echo "$2"; case "$2" in {answers}esac; }}\n'
        done = subprocess.run(["bash", "-e", "-c", fake + said], capture_output=True, text=True, env={**os.environ, "BASE": "origin/main"})
        assert done.stdout.split() == ["scan", "inspect"]
        assert (done.returncode == 0) == (outcomes == (0, 0))


# The image


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", "")
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in text.splitlines()) if word]


def test_the_image_is_built_on_a_digest_and_runs_as_nobody_special() -> None:
    bases = {rest.partition(" AS ")[0] for word, rest in instructions() if word == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", *bases)
    assert [rest for word, rest in instructions() if word == "USER"][-1:] == ["10001:10001"]


def test_the_builder_gets_what_the_image_is_made_from_and_no_more() -> None:
    let = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = {name for word, rest in instructions() if word == "COPY" and not rest.startswith("--from") for name in rest.split()[:-1]}
    assert let == copied | {"Dockerfile"}


# The locked environment


def lock() -> dict[str, str]:
    """Name -> its whole entry: marker and hashes."""
    text = re.sub(r"^#.*\n", "", (ROOT / "requirements/dev.txt").read_text("utf-8"), flags=re.MULTILINE)
    entries = [entry for entry in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if entry.strip()]
    return {canonicalize_name(entry.partition("==")[0]): entry for entry in entries}


def test_lock_pins_a_hash_for_everything() -> None:
    for name, entry in lock().items():
        assert re.match(r"[\w.-]+==[\w.]+ ", entry), name
        assert "--hash=sha256:" in entry, name


def test_lock_names_no_host() -> None:
    # An address in the lock would decide for everybody where packages come from.
    text = (ROOT / "requirements/dev.txt").read_text("utf-8")
    assert not re.search(r"://|^\s*-", re.sub(r"^\s+--hash=sha256:[0-9a-f]{64}", "", text, flags=re.MULTILINE), flags=re.MULTILINE)


def test_lock_holds_what_the_project_asks_for() -> None:
    extras = [text for group in PYPROJECT["project"]["optional-dependencies"].values() for text in group]
    wanted = [
        *PYPROJECT["build-system"]["requires"],  # installed without build isolation, which would fetch it unhashed
        *PYPROJECT["project"]["dependencies"],
        *extras,
        *PYPROJECT["dependency-groups"]["dev"],
    ]
    locked = lock()
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name == "gates":
            continue
        version = locked[name].partition("==")[2].split()[0]
        assert requirement.specifier.contains(version), requirement


LINUX, MAC, WINDOWS = "linux", "darwin", "win32"


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize(
    ("system", "machine", "implementation", "engine"),
    [
        (LINUX, "x86_64", "cpython", {"hyperscan"}),
        (LINUX, "aarch64", "cpython", {"hyperscan"}),
        (MAC, "x86_64", "cpython", {"hyperscan"}),
        (MAC, "arm64", "cpython", {"hyperscan"}),
        (WINDOWS, "AMD64", "cpython", {"hyperscan"}),
        (WINDOWS, "ARM64", "cpython", {"google-re2"}),
        (WINDOWS, "x86", "cpython", {"google-re2"}),
        (LINUX, "x86_64", "pypy", set()),
        (LINUX, "riscv64", "cpython", set()),
        (LINUX, "armv7l", "cpython", set()),
        (LINUX, "ppc64le", "cpython", set()),
        ("freebsd14", "amd64", "cpython", set()),
    ],
)
def test_each_platform_gets_the_engine_that_has_a_wheel_for_it(
    python: str, system: str, machine: str, implementation: str, engine: set[str]
) -> None:
    environment: dict[str, Any] = {
        **default_environment(),
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_machine": machine,
        "implementation_name": implementation,
    }
    requirements = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
    asked = {one.name for one in requirements if one.marker is None or one.marker.evaluate(environment)}
    assert asked - {"PyYAML"} == engine


# The import contract


def test_import_contract_has_a_place_for_every_module() -> None:
    contract = next(entry for entry in PYPROJECT["tool"]["importlinter"]["contracts"] if entry["type"] == "layers")
    placed = {name for layer in contract["layers"] for name in re.findall(r"\w+", layer)}
    package = ROOT / "gates"
    modules = {path.stem for path in package.glob("*.py")} | {path.parent.name for path in package.glob("*/*.py")}
    assert contract["exhaustive"] is True
    assert placed == modules - {"__init__"}


# Files that are published


FORBIDDEN = {
    "the host of a package registry": r"\b(files\.pythonhosted\.org|pypi\.org/simple|registry\.npmjs\.org|proxy\.golang\.org)\b",
    "a path of somebody's machine": r"(?<![\w.~-])/(work|root|home/\w+|Users/\w+)/(?!\.)[\w.-]+/",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if path != Path(__file__)
        for match in pattern.finditer(path.read_text("utf-8", "replace"))
    ]
    assert not found


def test_every_test_folder_is_a_package() -> None:
    # Without it, tests/secrets and tests/code would stand in for the standard library's modules.
    folders = {path.parent for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT / "tests")}
    assert [str(folder) for folder in folders if "cases" not in folder.parts and not (folder / "__init__.py").is_file()] == []


# Commands and links in documents


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))


def test_make_has_every_target_that_is_promised() -> None:
    assert {"gates", "test", "lint", "tools", "lock", "bench", "help"} <= targets()
    named = set(re.findall(r"(?:^|`|run: |\$ )make (?:-C \w+ )?([a-z]+)\b", SHELL_LINES, flags=re.MULTILINE))
    assert {"gates", "test"} <= named <= targets()


def test_make_help_tells_every_target() -> None:
    told = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^make (\w+)", told, flags=re.MULTILINE)) == targets()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    linked = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [link for link in linked if not (page.parent / link).exists()] == []


def say(*words: str, directory: Path) -> tuple[int, str]:
    """Exit code and stdout of the command line, run in this process."""
    out, err = io.StringIO(), io.StringIO()
    environment = {name: os.environ[name] for name in ("PATH", "XDG_CACHE_HOME") if name in os.environ}
    world = World(environment, str(directory), date(2026, 11, 20), io.BytesIO(), out, err)
    try:
        return cli.run(list(words), world), out.getvalue()
    except SystemExit as stop:  # argparse's --help
        return int(stop.code or 0), out.getvalue()


def documented() -> list[list[str]]:
    """Each `gates …` line of a shell example in the README, without what the shell itself would take."""
    blocks = re.findall(r"^```(?:console|sh)?\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("gates ")]


def test_readme_shows_only_commands_that_exist() -> None:
    shown = documented()
    assert shown
    for _, command, *rest in shown:
        assert command in COMMANDS or command.startswith("-"), command
        verbs = [word for word in rest[:1] if command == "waivers" and not word.startswith("-")]
        code, help_text = say(command, *verbs, "--help", directory=ROOT)
        assert code == 0
        for word in rest:
            if word.startswith("--"):
                assert word.partition("=")[0] in help_text, f"{command} {word}"


def test_readme_shows_what_a_run_really_says(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "deploy.py").write_bytes(
        b"import subprocess\n\nTOKEN = %b\n\n\n" % repr(expand("{github:ghp_}").decode()).encode()
        + b'def deploy(branch):\n    subprocess.run(f"git push origin {branch}", shell=True, check=True)\n'
    )
    code, said = say("run", "--no-timing", directory=tmp_path)
    assert code == 1
    readme = ROOT / "README.md"
    start, shown, rest = re.split(
        r"(?<=^\$ gates run --no-timing\n)(.*?)(?=^```$)", readme.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    if os.environ.get("GATES_REGENERATE"):
        readme.write_text(start + said + rest, "utf-8")
        shown = said
    assert shown == said


def test_rules_page_is_what_explain_prints() -> None:
    page = ROOT / "docs/rules.md"
    code, said = say("explain", "--markdown", directory=ROOT)
    assert code == 0
    if os.environ.get("GATES_REGENERATE"):
        page.write_text(said, "utf-8")
    assert page.read_text("utf-8") == said, "renew it: gates explain --markdown > docs/rules.md"


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    linked = {(ROOT / "docs" / link).resolve() for link in re.findall(r"\]\(([^)#\s]+)", index)}
    pages = {path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "decisions"} - {ROOT / "docs/README.md"}
    assert pages <= linked


def test_hooks_for_others_run_in_a_new_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "hello.py").write_text("print('hello')\n", "utf-8")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nUSER 1000\nCOPY hello.py /\n", "utf-8")
    subprocess.run(["git", "-C", tmp_path, "add", "."], check=True)
    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")):
        program, *words = shlex.split(hook["entry"])
        assert program == "gates"
        if hook["stages"] == ["commit-msg"]:  # the one file name that git hands over is the message's
            (tmp_path / "message").write_text("feat: hello\n", "utf-8")
            words.append("message")
        else:
            assert hook["pass_filenames"] is False
            assert hook["require_serial"] is True
        assert say(*words, directory=tmp_path)[0] == 0, hook["id"]


def test_our_own_hooks_run_what_the_lock_installs() -> None:
    for repository in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]:
        assert repository["repo"] == "local"
        for hook in repository["hooks"]:
            folder, _, program = shlex.split(hook["entry"])[0].rpartition("/")
            assert folder == ".venv/bin"
            assert program in {"gates", "lint-imports"} or program in lock()
