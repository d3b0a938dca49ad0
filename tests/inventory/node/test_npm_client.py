"""What the real npm makes of the same lock files. It reads them only: no registry is asked, and its settings are none of anybody's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import deque
from pathlib import Path
from typing import Any

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


def project_has_alias(project: Path) -> bool:
    return "lodash-alias" in (project / "package.json").read_text("utf-8")
