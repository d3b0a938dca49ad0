"""`gates sbom make` as a person meets it: the document of a project, from its locks and from what is installed."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gates import registry
from gates.commands import COMMANDS, Command
from tests.commands.conftest import Answer, gates, make, repository
from tests.commands.conftest import Command as Gates
from tests.core.conftest import Maker
from tests.sbom.support import strict

__all__ = ["gates", "make", "repository"]

NAME = "sbom make"  # as one word, whatever verbs `gates sbom` has
Make = Callable[..., Answer]

PYPROJECT = """[project]
name = "app"
version = "1.0"
dependencies = ["requests"]
license = "MIT"
authors = [{name = "Ann"}]

[dependency-groups]
dev = ["pytest"]
"""
WHEEL, SDIST = "a" * 64, "b" * 64
UV = f"""version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "1.0"
source = {{ virtual = "." }}
dependencies = [{{ name = "requests" }}]

[package.dev-dependencies]
dev = [{{ name = "pytest" }}]

[package.metadata]
requires-dist = [{{ name = "requests" }}]

[package.metadata.requires-dev]
dev = [{{ name = "pytest" }}]

[[package]]
name = "pytest"
version = "8.4.0"
source = {{ registry = "https://index.example.org/simple" }}
sdist = {{ url = "https://files.example.org/pytest-8.4.0.tar.gz", hash = "sha256:{SDIST}" }}

[[package]]
name = "requests"
version = "2.32.0"
source = {{ registry = "https://index.example.org/simple" }}
dependencies = [{{ name = "urllib3" }}]
sdist = {{ url = "https://files.example.org/requests-2.32.0.tar.gz", hash = "sha256:{SDIST}" }}
wheels = [{{ url = "https://files.example.org/requests-2.32.0-py3-none-any.whl", hash = "sha256:{WHEEL}" }}]

[[package]]
name = "urllib3"
version = "2.5.0"
source = {{ registry = "https://index.example.org/simple" }}
sdist = {{ url = "https://files.example.org/urllib3-2.5.0.tar.gz", hash = "sha256:{SDIST}" }}
"""


def package_lock(*names: str) -> str:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(b"x").digest()).decode()
    registered = "https://registry.example.org/{0}/-/{0}-1.0.0.tgz"
    packages: dict[str, Any] = {"": {"name": "web", "version": "2.0.0", "dependencies": dict.fromkeys(names, "^1.0.0")}}
    for name in names:
        packages[f"node_modules/{name}"] = {
            "version": "1.0.0",
            "resolved": registered.format(name),
            "integrity": integrity,
            "license": "(MIT OR ISC)",
        }
    return json.dumps({"name": "web", "version": "2.0.0", "lockfileVersion": 3, "packages": packages})


def node(repository: Maker, folder: str, *names: str) -> None:
    manifest = {"name": "web", "version": "2.0.0", "dependencies": dict.fromkeys(names, "^1.0.0")}
    repository.write(f"{folder}package-lock.json", package_lock(*names))
    repository.write(f"{folder}package.json", json.dumps(manifest))


def install(site: Path, name: str, version: str, *headers: str, tag: str = "py3-none-any") -> None:
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("\n".join(("Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *headers, "", "text")))
    (folder / "WHEEL").write_text(f"Wheel-Version: 1.0\nTag: {tag}\n")
    (folder / "RECORD").write_text("")


@pytest.fixture
def sbom(gates: Gates, repository: Maker, monkeypatch: pytest.MonkeyPatch) -> Make:
    """`sbom("--spec", "1.7")` in the repository."""
    pytest.importorskip("jsonschema_rs")
    monkeypatch.setitem(COMMANDS, NAME, Command("gates.commands.sbom_make", ""))
    monkeypatch.setattr(registry, "NAMES", tuple(dict.fromkeys((*registry.NAMES, "sbom"))))

    def run(*argv: str, at: Path | None = None, **variables: str) -> Answer:
        return gates(NAME, *argv, at=at or repository.top, environment=variables)

    return run


@pytest.fixture
def project(repository: Maker) -> Maker:
    repository.write("pyproject.toml", PYPROJECT)
    repository.write("uv.lock", UV)
    repository.commit()
    return repository


def document(answer: Answer) -> dict[str, Any]:
    assert answer.code == 0, answer.stderr
    strict(answer.stdout)
    return answer.report


def purls(document: dict[str, Any]) -> list[str]:
    return [each["purl"] for each in document["components"]]


def edges(document: dict[str, Any]) -> dict[str, list[str]]:
    return {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}


def test_a_locked_project_is_listed_with_its_graph(sbom: Make, project: Maker) -> None:
    found = document(sbom())
    assert purls(found) == ["pkg:pypi/requests@2.32.0", "pkg:pypi/urllib3@2.5.0"]
    assert edges(found) == {
        "pkg:pypi/app@1.0": ["pkg:pypi/requests@2.32.0"],
        "pkg:pypi/requests@2.32.0": ["pkg:pypi/urllib3@2.5.0"],
        "pkg:pypi/urllib3@2.5.0": [],
    }
    assert [each["hashes"][0]["content"] for each in found["components"]] == [WHEEL, SDIST]
    metadata = found["metadata"]
    assert (metadata["component"]["bom-ref"], metadata["lifecycles"]) == ("pkg:pypi/app@1.0", [{"phase": "pre-build"}])
    assert (metadata["timestamp"], metadata["authors"]) == ("2023-11-14T22:13:20Z", [{"name": "Ann"}])
    assert found["compositions"][0]["aggregate"] == "complete"


def test_two_runs_write_the_same_bytes(sbom: Make, project: Maker) -> None:
    one, other = sbom(), sbom("--output", "bom.json")
    assert (project.top / "bom.json").read_text() == one.stdout
    assert (other.stdout, sbom("--today", "2027-01-01").stdout) == ("", one.stdout)


def test_the_environment_may_set_the_date(sbom: Make, project: Maker) -> None:
    assert document(sbom(SOURCE_DATE_EPOCH="0"))["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"
    for text in ("-1", "now", "9" * 30, "1.5"):
        answer = sbom(SOURCE_DATE_EPOCH=text)
        assert (answer.code, answer.stdout) == (2, "")
        assert "is no number of seconds since 1970" in answer.stderr


def test_before_the_first_commit_there_is_no_date(sbom: Make, repository: Maker) -> None:
    node(repository, "", "left")
    answer = sbom()
    assert "timestamp" not in document(answer)["metadata"]
    assert "no timestamp" in answer.stderr
    assert sbom("--quiet").stderr == ""


def test_groups_are_listed_on_request(sbom: Make, project: Maker) -> None:
    answer = sbom()
    assert "uv.lock: 1 packages are left out" in answer.stderr
    found = document(sbom("--group", "dev"))
    assert found["components"][0]["scope"] == "optional"
    assert found["metadata"]["properties"] == [{"name": "gates:group", "value": "dev"}]
    assert purls(document(sbom("--all-groups"))) == purls(found)
    answer = sbom("--group", "devel")
    assert (answer.code, answer.stdout) == (2, "")
    assert "did you mean 'dev'?" in answer.stderr


def test_the_policy_may_name_root_and_groups(sbom: Make, project: Maker) -> None:
    project.write("security/gates.toml", '[sbom]\nroot = "suite@9"\ngroups = ["dev"]\n')
    found = document(sbom())
    assert (found["metadata"]["component"]["purl"], len(purls(found))) == ("pkg:generic/suite@9", 3)
    assert document(sbom("--root", "app@2"))["metadata"]["component"]["purl"] == "pkg:pypi/app@2"


def test_two_ecosystems_hang_on_one_root_and_equal_names_stay_apart(sbom: Make, project: Maker) -> None:
    node(project, "web/", "requests")
    found = document(sbom())
    assert purls(found) == ["pkg:npm/requests@1.0.0", "pkg:pypi/requests@2.32.0", "pkg:pypi/urllib3@2.5.0"]
    assert edges(found)["pkg:pypi/app@1.0"] == ["pkg:npm/requests@1.0.0", "pkg:pypi/requests@2.32.0"]
    assert found["components"][0]["licenses"] == [{"expression": "MIT OR ISC", "acknowledgement": "declared"}]
    assert purls(document(sbom("web"))) == ["pkg:npm/requests@1.0.0"]


@pytest.mark.parametrize("spec", ["1.6", "1.7"])
def test_both_versions_of_the_format_are_valid(sbom: Make, project: Maker, spec: str) -> None:
    assert document(sbom("--spec", spec))["specVersion"] == spec


def test_the_installed_wheel_and_what_it_says_of_itself_are_taken(sbom: Make, project: Maker) -> None:
    site = project.top / ".venv" / "lib" / "python3.12" / "site-packages"
    install(site, "requests", "2.32.0", "License-Expression: Apache-2.0", "Author-email: Ken <k@example.org>", "Requires-Dist: urllib3")
    install(site, "urllib3", "2.5.0", "License: BSD")
    install(site, "pip", "25.0")
    project.write(".gitignore", ".venv\n")
    answer = sbom("--environment", ".venv/lib/python3.12/site-packages")
    found = document(answer)
    assert purls(found) == ["pkg:pypi/pip@25.0", "pkg:pypi/requests@2.32.0", "pkg:pypi/urllib3@2.5.0"]
    beside, one, other = found["components"]
    assert beside["properties"] == [{"name": "gates:unlocked", "value": "true"}]
    assert (found["compositions"][0]["aggregate"], "in no lock, so listed as incomplete: pip" in answer.stderr) == ("incomplete", True)
    assert (one["licenses"][0]["license"]["id"], one["supplier"]["name"]) == ("Apache-2.0", "Ken")
    assert {"name": "gates:artifact", "value": "requests-2.32.0-py3-none-any.whl"} in one["properties"]
    assert (other["licenses"][0]["license"]["name"], other["hashes"][0]["content"]) == ("BSD", SDIST)
    assert found["metadata"]["lifecycles"] == [{"phase": "build"}]


def test_an_environment_of_something_else_is_refused(sbom: Make, project: Maker) -> None:
    site = project.top / "site-packages"
    install(site, "requests", "2.31.0")
    answer = sbom("--environment", "site-packages")
    assert (answer.code, answer.stdout) == (3, "")
    assert "the environment is not the one that the lock describes: requests 2.31.0 (the lock has 2.32.0)" in answer.stderr
    (project.top / "empty").mkdir()
    assert "holds no installed package" in sbom("--environment", "empty").stderr
    answer = sbom("--environment", "nowhere")
    assert (answer.code, "no such folder" in answer.stderr) == (2, True)


def test_an_environment_stands_in_for_a_lock(sbom: Make, repository: Maker) -> None:
    repository.write("pyproject.toml", PYPROJECT)
    repository.commit()
    assert "its dependencies are not locked" in sbom().stderr
    site = repository.top / "site-packages"
    install(site, "requests", "2.32.0", "Requires-Dist: urllib3>=1", "Requires-Dist: win; sys_platform == 'cp/m'")
    install(site, "urllib3", "2.5.0")
    install(site, "pip", "25.0")
    install(site, "app", "1.0", "Requires-Dist: requests")
    found = document(sbom("--environment", "site-packages"))
    assert edges(found)["pkg:pypi/app@1.0"] == ["pkg:pypi/pip@25.0", "pkg:pypi/requests@2.32.0"]
    assert purls(found) == ["pkg:pypi/pip@25.0", "pkg:pypi/requests@2.32.0", "pkg:pypi/urllib3@2.5.0"]
    assert found["compositions"][0]["aggregate"] == "incomplete"  # nobody knows the digests


def test_an_editable_installation_has_no_digest_of_the_registry(sbom: Make, project: Maker) -> None:
    site = project.top / "site-packages"
    install(site, "requests", "2.32.0")
    install(site, "urllib3", "2.5.0")
    at = {"url": "file:///srv/src/urllib3", "dir_info": {"editable": True}}
    (site / "urllib3-2.5.0.dist-info" / "direct_url.json").write_text(json.dumps(at))
    found = document(sbom("--environment", "site-packages"))
    part = found["components"][1]
    assert ("hashes" in part, "externalReferences" in part, found["compositions"][0]["aggregate"]) == (False, False, "incomplete")
    assert {"name": "gates:source", "value": "file:urllib3"} in part["properties"]
    at = {"url": "https://me:secret@files.example.org/urllib3.zip", "archive_info": {"hashes": {"sha256": "c" * 64}}}
    (site / "urllib3-2.5.0.dist-info" / "direct_url.json").write_text(json.dumps(at))
    part = document(sbom("--environment", "site-packages"))["components"][1]
    assert part["purl"] == "pkg:pypi/urllib3@2.5.0?download_url=https://files.example.org/urllib3.zip"
    assert part["hashes"] == [{"alg": "SHA-256", "content": "c" * 64}]


def test_a_path_limits_what_is_asked_for(sbom: Make, project: Maker) -> None:
    node(project, "", "left")
    assert purls(document(sbom("package-lock.json", "--root", "app@1"))) == ["pkg:npm/left@1.0.0"]


def test_members_of_an_npm_workspace_are_listed_with_what_they_need(sbom: Make, repository: Maker) -> None:
    lock = json.loads(package_lock("left", "right"))
    root = {"name": "mono", "version": "1.0.0", "workspaces": ["packages/*"]}
    lock["packages"] |= {
        "": {**root, "dependencies": {"left": "^1.0.0"}},
        "node_modules/@m/a": {"resolved": "packages/a", "link": True},
        "node_modules/b": {"resolved": "packages/b", "link": True},
        "packages/a": {"name": "@m/a", "version": "1.0.0", "dependencies": {"b": "1.0.0"}},
        "packages/b": {"version": "2.0.0", "devDependencies": {"right": "^1.0.0"}},
    }
    lock["packages"]["node_modules/right"]["dev"] = True
    repository.write("package.json", json.dumps({**root, "dependencies": {"left": "^1.0.0"}}))
    repository.write("package-lock.json", json.dumps(lock))
    repository.commit()
    found = document(sbom())
    assert edges(found) == {
        "pkg:npm/mono@1.0.0": ["pkg:npm/%40m/a@1.0.0", "pkg:npm/b@2.0.0", "pkg:npm/left@1.0.0"],
        "pkg:npm/%40m/a@1.0.0": ["pkg:npm/b@2.0.0"],
        "pkg:npm/b@2.0.0": [],
        "pkg:npm/left@1.0.0": [],
    }
    one = found["components"][0]
    assert ("hashes" in one, found["compositions"][0]["aggregate"]) == (False, "complete")
    assert {"name": "gates:source", "value": "packages/a"} in one["properties"]
    assert edges(document(sbom("--group", "dev")))["pkg:npm/b@2.0.0"] == ["pkg:npm/right@1.0.0"]


MEMBERS = """
[[package]]
name = "mem"
version = "0.5"
source = { editable = "mem" }
dependencies = [{ name = "urllib3" }]

[[package]]
name = "other"
version = "0.6"
source = { virtual = "other" }

[package.optional-dependencies]
web = [{ name = "requests" }]
"""


def test_members_of_a_uv_workspace_are_listed_with_what_they_need(sbom: Make, repository: Maker) -> None:
    repository.write("pyproject.toml", PYPROJECT.replace('"requests"', '"mem"') + "[tool.uv.sources]\nmem = {workspace = true}\n")
    lock = UV.replace('{ name = "requests" }', '{ name = "mem" }').replace(
        "\n[[package]]", '\n[manifest]\nmembers = ["app", "mem", "other"]\n\n[[package]]', 1
    )
    repository.write("uv.lock", lock + MEMBERS)
    repository.commit()
    found = document(sbom())
    assert edges(found) == {
        "pkg:pypi/app@1.0": ["pkg:pypi/mem@0.5", "pkg:pypi/other@0.6"],
        "pkg:pypi/mem@0.5": ["pkg:pypi/urllib3@2.5.0"],
        "pkg:pypi/other@0.6": [],
        "pkg:pypi/urllib3@2.5.0": [],
    }
    assert found["compositions"][0]["aggregate"] == "complete"
    assert edges(document(sbom("--group", "web")))["pkg:pypi/other@0.6"] == ["pkg:pypi/requests@2.32.0"]


def test_members_that_a_lock_does_not_name_are_said_to_be_left_out(sbom: Make, repository: Maker) -> None:
    repository.write("package.json", '{"name": "mono", "version": "1.0.0"}')
    lock = {
        "lockfileVersion": "9.0",
        "importers": {".": {}, "packages/a": {"dependencies": {"left": {"specifier": "^1.0.0", "version": "1.0.0"}}}},
        "packages": {"left@1.0.0": {"resolution": {"integrity": "sha512-" + base64.b64encode(hashlib.sha512(b"x").digest()).decode()}}},
        "snapshots": {"left@1.0.0": {}},
    }
    repository.write("pnpm-lock.yaml", json.dumps(lock))
    answer = sbom()
    assert document(answer)["compositions"][0]["aggregate"] == "incomplete"
    assert "so not listed themselves: pnpm-lock.yaml: packages/a" in answer.stderr


# what cannot be listed


def refused(answer: Answer, *words: str, code: int = 3) -> None:
    assert (answer.code, answer.stdout) == (code, ""), answer.stderr
    assert "Traceback" not in answer.stderr
    for word in words:
        assert word in answer.stderr


def test_a_broken_lock_is_an_error_and_nothing_is_written(sbom: Make, project: Maker) -> None:
    project.write("uv.lock", UV[:-40])
    refused(sbom("--output", "bom.json"), "nothing was written: uv.lock:")
    assert not (project.top / "bom.json").exists()


def test_a_lock_that_does_not_fit_the_manifest_is_an_error(sbom: Make, project: Maker) -> None:
    project.write("pyproject.toml", PYPROJECT.replace('["requests"]', '["requests", "flask"]'))
    refused(sbom(), "uv.lock: flask is asked for in pyproject.toml:4 and is not in the lock")


def test_a_project_without_a_lock_or_with_nothing_in_it_is_an_error(sbom: Make, repository: Maker) -> None:
    refused(sbom(), "no lock file names what the project depends on")
    node(repository, "")
    refused(sbom(), "nothing that the project depends on was found")


def test_a_direct_dependency_that_the_lock_lacks_is_an_error(sbom: Make, repository: Maker) -> None:
    repository.write("pyproject.toml", PYPROJECT)
    repository.write("requirements.txt", f"urllib3==2.5.0 --hash=sha256:{WHEEL}\n")
    refused(sbom(), "the project asks for requests, which no lock holds")


def test_what_an_installed_package_cannot_do_without_must_be_installed(sbom: Make, project: Maker) -> None:
    install(project.top / "site-packages", "requests", "2.32.0", "Requires-Dist: urllib3>=1", "Requires-Dist: win; os_name == 'cp/m'")
    refused(sbom("--environment", "site-packages"), "urllib3 (of requests): needed by what is installed, and not installed")


def test_what_is_released_must_be_known(sbom: Make, project: Maker) -> None:
    project.write("pyproject.toml", PYPROJECT.replace('version = "1.0"', 'dynamic = ["version"]'))
    refused(sbom(), "the version of app is not known", "--root NAME@VERSION", code=2)
    assert document(sbom("--root", "app@3"))["metadata"]["component"]["version"] == "3"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--spec", "1.5"), "--spec"),
        (("--output", "no/where.json"), "--output: its folder does not exist"),
        (("--root", "app@"), "is not written as NAME@VERSION"),
        (("--image-sbom", "nowhere.json"), "--image-sbom: no such file"),
        (("nowhere",), "no such file or directory"),
        (("--format", "json"), "unrecognized arguments"),
    ],
)
def test_a_wrong_command_line_is_said(sbom: Make, project: Maker, argv: tuple[str, ...], message: str) -> None:
    answer = sbom(*argv)
    assert (answer.code, message in answer.stderr) == (2, True), answer.stderr


# waivers and images


WAIVERS = """version: 1
waivers:
  - {id: W-1, gate: deps, rule: CVE-2026-1, purl: 'pkg:pypi/urllib3', owner: '@acme/sec', reason: 'redirects are disabled in our client',
     created: 2026-11-01, sunset: 2027-01-15, vex: {state: not_affected, justification: code_not_reachable}}
  - {id: W-2, gate: deps, rule: CVE-2026-2, purl: 'pkg:pypi/flask', owner: '@acme/sec', reason: 'is no longer a part of what is released',
     created: 2026-11-01, sunset: 2027-01-15}
  - {id: W-3, gate: image, rule: CVE-2026-3, purl: 'pkg:deb/debian/zlib1g', image: acme/app, owner: '@acme/sec',
     reason: 'nothing is unpacked in the image', created: 2026-11-01, sunset: 2027-01-15}
"""
IMAGE = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.7",
    "metadata": {"component": {"type": "container", "bom-ref": "c", "name": "acme/app:1.0"}},
    "components": [{"type": "library", "bom-ref": "z", "name": "zlib1g", "version": "1.3", "purl": "pkg:deb/debian/zlib1g@1.3?arch=amd64"}],
    "dependencies": [{"ref": "c", "dependsOn": ["z"]}],
}


def test_waivers_in_force_are_said_of_what_is_listed(sbom: Make, project: Maker) -> None:
    project.write("security/waivers.yaml", WAIVERS)
    (said,) = document(sbom())["vulnerabilities"]
    assert (said["id"], said["analysis"]["state"], said["affects"]) == ("CVE-2026-1", "not_affected", [{"ref": "pkg:pypi/urllib3@2.5.0"}])
    assert "vulnerabilities" not in document(sbom("--today", "2027-01-16"))


def test_an_image_stands_beside_what_the_project_depends_on(sbom: Make, project: Maker) -> None:
    project.write("security/waivers.yaml", WAIVERS)
    project.write("image.json", json.dumps(IMAGE))
    found = document(sbom("--image-sbom", "image.json"))
    assert edges(found)["pkg:pypi/app@1.0"] == ["image/c", "pkg:pypi/requests@2.32.0"]
    assert edges(found)["image/c"] == ["image/z"]
    assert [(each["id"], each["affects"]) for each in found["vulnerabilities"]] == [
        ("CVE-2026-1", [{"ref": "pkg:pypi/urllib3@2.5.0"}]),
        ("CVE-2026-3", [{"ref": "image/z"}]),
    ]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"spdxVersion": "SPDX-2.3"}', '{"bomFormat": "CycloneDX", "specVersion": "1.6"}', "<bom/>"]
)
def test_an_image_sbom_that_is_none_is_refused(sbom: Make, project: Maker, content: str) -> None:
    project.write("image.json", content)
    refused(sbom("--image-sbom", "image.json"), "image.json", code=2)


def test_what_the_schema_forbids_is_never_written(sbom: Make, project: Maker) -> None:
    component = {"type": "library", "bom-ref": "z", "name": "z", "no-such-key": 1}
    project.write("image.json", json.dumps({**IMAGE, "components": [component]}))
    refused(sbom("--image-sbom", "image.json", "--output", "bom.json"), "does not keep to the schema of 1.6", "CycloneDX 1.7")
    assert not (project.top / "bom.json").exists()


# with the tools that others use


def test_an_environment_is_read_as_cyclonedx_py_reads_it(sbom: Make, repository: Maker, tmp_path: Path) -> None:
    """Of the interpreter that runs the tests; what extras would need is counted there by the name alone, so ours are among its edges."""
    peer = shutil.which("cyclonedx-py", path=os.path.dirname(sys.executable))
    if peer is None:
        pytest.skip("cyclonedx-py is not installed")
    output = tmp_path / "peer.json"
    subprocess.run(
        [peer, "environment", sys.executable, "--output-file", output, "--no-validate"], check=True, capture_output=True, timeout=120
    )
    theirs = json.loads(output.read_text())
    import sysconfig

    repository.commit()
    found = document(sbom("--root", "tests@1", "--environment", sysconfig.get_path("purelib")))
    names = {each["bom-ref"]: normal(each["purl"]) for each in theirs["components"]}
    assert {normal(purl) for purl in purls(found)} == set(names.values())
    pairs = {(names.get(ref, ""), names.get(target, "")) for ref, targets in edges(theirs).items() for target in targets}
    own = {(normal(ref), normal(target)) for ref, targets in edges(found).items() for target in targets if ref.startswith("pkg:pypi/")}
    assert own <= pairs
    licensed = [each for each in found["components"] if each.get("licenses")]
    assert len(licensed) >= 0.98 * len(found["components"])


def normal(purl: str) -> str:
    return purl.partition("?")[0].replace(".", "-").replace("_", "-")


def test_a_package_lock_is_read_as_npm_reads_it(sbom: Make, repository: Maker) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    node(repository, "", "left", "right")
    repository.commit()
    words = [npm, "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]
    done = subprocess.run(words, cwd=repository.top, capture_output=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip("this npm writes no SBOM of a lock alone")
    theirs, ours = json.loads(done.stdout), document(sbom())
    assert purls(ours) == sorted(purls(theirs))
    assert [each["hashes"] for each in ours["components"]] == [
        each["hashes"] if "hashes" in each else each["externalReferences"][0]["hashes"] for each in theirs["components"]
    ]
    assert len(edges(ours)["pkg:npm/web@2.0.0"]) == len(edges(theirs)["web@2.0.0"])
