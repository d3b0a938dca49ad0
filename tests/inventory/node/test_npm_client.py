"""What the real npm makes of the same lock files. It reads them only: no registry is asked, and its settings are none of anybody's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from gates.inventory.node import npm
from gates.inventory.package import Inventory
from tests.inventory.node.support import FIXTURES

PROJECTS = ["npm-workspaces", "npm-sources", "npm-shrinkwrap"]


@pytest.fixture(scope="module")
def client() -> str:
    found = shutil.which("npm")
    if found is None:
        if os.environ.get("GATES_REQUIRE_TOOLS"):
            pytest.fail("npm is not installed, and GATES_REQUIRE_TOOLS is set")
        pytest.skip("npm is not installed")
    return found


def ask(client: str, words: list[str], project: Path, home: Path) -> Any:
    settings = ["--package-lock-only", "--offline", "--ignore-scripts", f"--cache={home}/cache", f"--userconfig={home}/none"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_UPDATE_NOTIFIER": "1"}
    done = subprocess.run([client, *words, *settings], cwd=project, env=environment, capture_output=True, check=False)
    return json.loads(done.stdout)


def read(project: Path) -> Inventory:
    (path,) = (path for name in ("package-lock.json", "npm-shrinkwrap.json") if (path := project / name).exists())
    return npm.read(path.read_bytes(), path.name)


@pytest.fixture(params=PROJECTS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    # In a copy: npm looks for a project in the folders above.
    shutil.copytree(FIXTURES / request.param, tmp_path / "project")
    return tmp_path / "project"


def test_finds_what_npm_queries(client: str, project: Path, tmp_path: Path) -> None:
    nodes = {node["location"]: node for node in ask(client, ["query", "*"], project, tmp_path)}
    packages = {location: node for location, node in nodes.items() if "node_modules/" in location and not is_link(node)}
    inventory = read(project)
    assert {(node["name"], node["version"]) for node in packages.values()} == {(one.name, one.version) for one in inventory.packages}
    for one in inventory.packages:
        copies = [(location, node) for location, node in packages.items() if (node["name"], node["version"]) == (one.name, one.version)]
        assert ("dev" in one.groups) == all(node["dev"] for _, node in copies), one
        assert len(one.chain) == min(distances(nodes).get(location, 0) for location, _ in copies), one
    # npm does not say which groups want a package in combination; that nothing else is optional shows here.
    assert {one.name for one in inventory.packages if "optional" in one.groups} == {
        node["name"] for node in packages.values() if node.get("optional") and not node["dev"]
    }


def is_link(node: dict[str, Any]) -> bool:
    return node["path"] != node["realpath"]


def distances(nodes: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Steps from what the project's own folders want, by the edges that npm sees."""
    ours = {location for location, node in nodes.items() if "node_modules/" not in location}
    targets = {node["path"]: location for location, node in nodes.items()}

    def edges(location: str) -> list[str]:
        return [targets.get(nodes[to]["realpath"], to) if to in nodes else to for to in nodes[location]["to"]]

    found = {to: 1 for location in ours for to in edges(location) if to not in ours}
    queue = deque(found)
    while queue:
        location = queue.popleft()
        for to in edges(location) if location in nodes else []:
            if to not in found and to not in ours:
                found[to] = found[location] + 1
                queue.append(to)
    return found


def test_finds_what_npm_lists(client: str, project: Path, tmp_path: Path) -> None:
    listed: set[tuple[str, str]] = set()

    def walk(tree: dict[str, Any]) -> None:
        for name, node in tree.get("dependencies", {}).items():
            if "version" in node:  # else a peer that is not installed
                listed.add((name, node["version"]))
            walk(node)

    walk(ask(client, ["ls", "--all", "--json"], project, tmp_path))
    # npm lists an alias under the name that the project gave it, and folders of the project too.
    ours = {("@sample/app", "1.0.0"), ("@sample/lib", "1.0.0"), ("linked", "0.3.0")}
    found = {
        ("lodash-alias" if one.name == "lodash" and project_has_alias(project) else one.name, one.version) for one in read(project).packages
    }
    assert listed - ours == found


def test_needs_what_npm_writes_into_its_own_bill_of_materials(client: str, project: Path, tmp_path: Path) -> None:
    theirs = ask(client, ["sbom", "--sbom-format=cyclonedx"], project, tmp_path)
    ours = read(project)
    packages = {(one.name, one.version): one for one in ours.packages}
    # By purl, where an alias has the name of what it stands for.
    ids = {one["bom-ref"]: identity(one["purl"]) for one in theirs["components"]}
    edges = {(one["ref"], to) for one in theirs["dependencies"] for to in one.get("dependsOn", [])}
    found = {(ids[one], ids[to]) for one, to in edges if one in ids and to in ids}
    assert packages.keys() <= set(ids.values())
    # Folders of the project are components there.
    assert {(one, need) for one in packages for need in packages[one].needs or ()} == {
        (one, need) for one, need in found if one in packages and need in packages
    }
    hashes = {ids[one["bom-ref"]]: one["hashes"][0]["content"] for one in theirs["components"] if "hashes" in one}
    assert {one: packages[one].files[0].hash.partition(":")[2] for one in packages if packages[one].files} == hashes
    licences = {ids[one["bom-ref"]]: told(one["licenses"][0]) for one in theirs["components"] if "licenses" in one}
    assert {one: packages[one].licence for one in packages if packages[one].licence} == {
        one: licence for one, licence in licences.items() if one in packages
    }


def identity(purl: str) -> tuple[str, str]:
    name, _, version = unquote(purl.removeprefix("pkg:npm/").partition("?")[0]).rpartition("@")
    return name, version


def told(licence: dict[str, Any]) -> str:
    inner = licence.get("license", {})
    return str(licence.get("expression") or inner.get("id") or inner.get("name"))


def project_has_alias(project: Path) -> bool:
    return "lodash-alias" in (project / "package.json").read_text("utf-8")
