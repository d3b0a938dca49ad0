"""The steps of the release workflow that are ours do what they say: their scripts run here, on a small project, without a network."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gates import __version__

ROOT = Path(__file__).parent.parent
WORKFLOW = ROOT / ".github/workflows/release.yml"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    return found


def script(name: str) -> str:
    (found,) = [step["run"] for job in jobs().values() for step in job["steps"] if step.get("name") == name]
    return str(found)


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)


def wheel(folder: Path, name: str, version: str, content: str) -> str:
    """Its hash."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    about = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nAuthor: Somebody\nLicense-Expression: MIT\n"
    files = {
        f"{name}.py": content,
        f"{info}/METADATA": about,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{place},,\n" for place in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for place, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(place), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one dependency, its lock, and the programs that the workflow finds in .venv."""
    top = tmp_path / "project"
    (tmp_path / "wheels").mkdir()
    digest = wheel(tmp_path / "wheels", "leftpad", "1.0", "pad = str.rjust\n")
    files = {
        "pyproject.toml": '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        f'[project]\nname = "acme"\nversion = "{__version__}"\nlicense = "MIT"\nrequires-python = ">=3.11"\n'
        'authors = [{name = "Acme"}]\ndependencies = ["leftpad"]\n[tool.hatch.build.targets.wheel]\npackages = ["acme"]\n',
        "acme/__init__.py": "",
        "requirements/release.txt": f"leftpad==1.0 \\\n    --hash=sha256:{digest}\n",
        ".gitignore": ".venv/\ndist/\n",
    }
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, "utf-8")
    for name, words in {"python": "", "pip": "-m pip", "gates": "-m gates", "hatchling": "-m hatchling"}.items():
        program(top / ".venv/bin" / name, f'exec "{sys.executable}" {words} "$@"')
    program(tmp_path / "bin/python", f'exec "{sys.executable}" "$@"')
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(top)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "feat: all"], ["update-ref", "refs/remotes/origin/main", "HEAD"]):
        subprocess.run([*git, *words], check=True)
    return top


@pytest.fixture
def run(project: Path) -> Run:
    """Runs the script of a step as GitHub does."""
    head = subprocess.run(["git", "-C", project, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    around = {
        "PATH": f"{project.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(project.parent),
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(project.parent),
        "GITHUB_STEP_SUMMARY": str(project.parent / "summary.md"),
        "GITHUB_REF_NAME": f"v{__version__}",
        "GITHUB_SHA": head,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(project.parent / "wheels"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }

    def step(name: str, **more: str) -> subprocess.CompletedProcess[str]:
        words = ["bash", "--noprofile", "--norc", "-e", "-c", script(name)]
        return subprocess.run(words, cwd=project, env={**around, **more}, capture_output=True, text=True, check=False)

    return step


def test_a_release_is_built_listed_checked_and_compared(project: Path, run: Run) -> None:
    for name in ("the tag is the version, on main", "build", "install what was built", "gates sbom make", "gates sbom check"):
        done = run(name)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    made = json.loads((project / "gates.cdx.json").read_text("utf-8"))
    assert made["metadata"]["component"]["purl"] == f"pkg:pypi/acme@{__version__}"
    (component,) = made["components"]
    locked = (project / "requirements/release.txt").read_text("utf-8").rpartition(":")[2].strip()
    assert component["purl"] == "pkg:pypi/leftpad@1.0"
    assert [each["content"] for each in component["hashes"]] == [locked]

    first = run("gates sbom diff")
    assert first.returncode == 0
    assert (project / "notes.md").read_text("utf-8") == "The first release with an SBOM.\n"

    last = json.loads(json.dumps(made).replace("leftpad@1.0", "leftpad@0.9"))
    (project / "last.cdx.json").write_text(json.dumps(last), "utf-8")
    assert run("gates sbom diff").returncode == 0
    assert "| `pkg:pypi/leftpad` | `0.9` | `1.0` | upgrade |" in (project / "notes.md").read_text("utf-8")

    last = json.loads(json.dumps(made).replace(locked, "0" * 64))
    (project / "last.cdx.json").write_text(json.dumps(last), "utf-8")
    blocked = run("gates sbom diff")
    assert blocked.returncode == 1
    assert "sbom/hash-changed" in blocked.stdout
    assert "**blocks**" in (project.parent / "summary.md").read_text("utf-8")

    assert run("gather").returncode == 0
    names = {path.name for path in (project / "release").iterdir()}
    assert names == {f"acme-{__version__}-py3-none-any.whl", f"acme-{__version__}.tar.gz", "gates.cdx.json", "SHA256SUMS"}
    program(project.parent / "bin/gh", 'printf "%s\\n" "$@" > gh.txt')
    assert run("gh release create").returncode == 0
    said = (project / "gh.txt").read_text("utf-8").split("\n")
    assert said[:5] == ["release", "create", f"v{__version__}", "--draft", "--verify-tag"]
    assert {f"release/{name}" for name in names} <= set(said)


def test_an_sbom_of_something_else_stops_the_release(project: Path, run: Run) -> None:
    other = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "x", "purl": "pkg:pypi/x@1"}]}
    (project / "gates.cdx.json").write_text(json.dumps(other), "utf-8")
    assert run("gates sbom check").returncode in (1, 3)
    (project / "gates.cdx.json").write_text("{}", "utf-8")
    assert run("gates sbom check").returncode == 3
    (project / "last.cdx.json").write_text("<bom/>", "utf-8")
    assert run("gates sbom diff").returncode == 3
    assert "were not compared" in (project.parent / "summary.md").read_text("utf-8")


def test_an_altered_artifact_is_not_published(project: Path, run: Run) -> None:
    (project / "release").mkdir()
    (project / "release/SHA256SUMS").write_text(f"{'0' * 64}  acme.whl\n", "utf-8")
    (project / "release/acme.whl").write_bytes(b"other")
    program(project.parent / "bin/gh", "touch published")
    assert run("gh release create").returncode == 1
    assert not (project / "published").exists()


def test_a_tag_that_is_not_the_version_or_not_on_main_stops_the_release(project: Path, run: Run) -> None:
    name = "the tag is the version, on main"
    assert run(name).returncode == 0
    assert run(name, GITHUB_REF_NAME="v999.0").returncode == 1
    (project / "more").touch()
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(project)]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "feat: more"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert run(name, GITHUB_SHA=head).returncode == 1


@pytest.mark.parametrize(
    ("answers", "code", "downloads"),
    [
        ({"list": "true"}, 0, False),
        ({"list": "exit 1"}, 1, False),
        ({"list": "echo v1", "view": "echo gates.cdx.json"}, 0, True),
        ({"list": "echo v1", "view": "echo notgates.cdx.json"}, 0, False),
        ({"list": "echo v1", "view": "exit 1"}, 1, False),
        ({"list": "echo v1", "view": "echo gates.cdx.json", "download": "exit 1"}, 1, True),
    ],
)
def test_of_a_last_release_that_cannot_be_read_nothing_is_taken_for_granted(
    project: Path, run: Run, answers: dict[str, str], code: int, downloads: bool
) -> None:
    cases = " ".join(f"{verb}) {answer};;" for verb, answer in answers.items())
    program(project.parent / "bin/gh", f'echo "$2" >> asked.txt\ncase "$2" in {cases} esac')
    assert run("the SBOM of the last release").returncode == code
    assert ("download" in (project / "asked.txt").read_text("utf-8").split()) == downloads


def test_only_the_job_that_runs_nothing_of_the_repository_can_write() -> None:
    for name, job in jobs().items():
        runs_ours = any("checkout@" in step.get("uses", "") for step in job["steps"])
        assert runs_ours == (job["permissions"] == {"contents": "read"}), name
    assert jobs()["draft"]["permissions"] == {"contents": "write"}
    assert "contents" not in jobs()["attest"]["permissions"]
    assert "--draft" in script("gh release create")


def test_what_is_attested_is_what_is_published() -> None:
    attested = [step["with"] for step in jobs()["attest"]["steps"] if "actions/attest@" in step["uses"]]
    assert [sorted(each) for each in attested] == [["subject-path"], ["sbom-path", "subject-path"]]
    assert {each["subject-path"] for each in attested} == {"release/*.whl\nrelease/*.tar.gz\n"}


def examples() -> list[Any]:
    """The workflows of docs/gates/sbom.md: GitHub's, then GitLab's."""
    page = (ROOT / "docs/gates/sbom.md").read_text("utf-8")
    read = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)]
    return [block for block in read if {"jobs", "stages"} & block.keys()]


def test_the_page_shows_workflows_that_are_pinned_and_grant_little() -> None:
    github, gitlab = examples()
    assert github["permissions"] == {}
    ours = {name: job["permissions"] for name, job in jobs().items()}
    assert {name: job["permissions"] for name, job in github["jobs"].items()} == ours
    known = {step["uses"] for job in jobs().values() for step in job["steps"] if "uses" in step} | {"OWNER/gates@<a full commit id>"}
    for step in (step for job in github["jobs"].values() for step in job["steps"]):
        assert step.get("uses") in {None, *known}
        assert "${{" not in step.get("run", "")
    for name in gitlab["stages"]:
        image = gitlab[name]["image"]
        assert "@sha256:" in (image["name"] if isinstance(image, dict) else image)


def test_the_page_shows_commands_that_exist() -> None:
    """Each line with its options, as the verbs read them."""
    import shlex

    from gates.commands import verbs

    github, gitlab = examples()
    given = [step["with"] for job in github["jobs"].values() for step in job["steps"] if step.get("uses", "").startswith("OWNER/")]
    lines = [f"{each['gate']} {' '.join(each.get('arguments', '').split())}" for each in given]
    lines += re.findall(r"(?<!/)gates (sbom [^;\n]*)", "\n".join(gitlab["sbom"]["script"]))
    assert len(lines) == 6
    for line in lines:
        _, verb, *words = shlex.split(line.replace("${{ runner.temp }}", "temp"))
        parser = verbs._module("sbom", verb).parser(f"sbom {verb}")
        parser.parse_args(words)
