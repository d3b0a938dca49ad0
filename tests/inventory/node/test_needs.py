"""Edges, files and licences, as the readers of npm's, pnpm's and yarn's lock files tell them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.inventory.node import npm, yarn
from gates.inventory.node.graph import Entry, packages, project_needs
from gates.inventory.package import Inventory
from tests.inventory.edges import check, edges, reached
from tests.inventory.node.support import DIGEST, Read, fixture, lock_files, named

NAMES = [*"abcdef"]
keys = st.lists(st.sampled_from(NAMES), max_size=3).map(tuple)


@pytest.mark.parametrize(("read", "path"), [pytest.param(read, path, id=path.parent.name) for read, path in lock_files()])
def test_edges_end_in_the_file_and_reach_what_chains_reach(read: Read, path: Path) -> None:
    found = read(path.read_bytes(), path.name)
    check(found)
    assert all(package.needs is not None for package in found.packages)
    assert (found.needs is None) == (path.parent.name in ("yarn-1", "yarn-1-sources"))  # without the manifest


def test_classic_yarn_tells_what_the_project_needs_with_its_manifest() -> None:
    found = yarn.read(fixture("yarn-1/yarn.lock"), "yarn.lock", fixture("yarn-1/package.json"))
    check(found)
    assert found.needs is not None
    assert found.needs[""]


@given(st.lists(st.tuples(keys, keys, st.booleans()), min_size=len(NAMES), max_size=len(NAMES)), st.tuples(keys, keys, keys))
def test_edges_reach_what_chains_do_whatever_the_graph(drawn: list[tuple[tuple[str, ...], tuple[str, ...], bool]], wanted: object) -> None:
    needs, optional, dev = wanted  # type: ignore[misc]
    entries = {"": Entry("", "", 0, (), "", needs, optional, (("dev", dev),), ours=True)}
    for name, (some, others, ours) in zip(NAMES, drawn, strict=True):
        entries[name] = Entry(name, "1", 1, (), "", some, others, ours=ours and name < "c")
    roots = [key for key, entry in entries.items() if entry.ours]
    check(Inventory("x", "x", packages("x", entries, roots), needs=project_needs(entries)))


def lock(root: dict[str, object], **entries: dict[str, object]) -> Inventory:
    tables: dict[str, object] = {"": {"name": "shop", **root}}
    for name, more in entries.items():
        address = f"https://registry.example.invalid/{name}/-/{name}-1.0.0.tgz"
        tables[f"node_modules/{name}"] = {"version": "1.0.0", "resolved": address, "integrity": DIGEST, **more}
    return npm.read(json.dumps({"name": "shop", "lockfileVersion": 3, "packages": tables}).encode(), "package-lock.json")


def test_npm_tells_groups_edges_files_and_licences() -> None:
    root: dict[str, object] = {section: {name: "*"} for section, name in zip(("dependencies", "devDependencies"), "ab", strict=True)}
    root |= {"optionalDependencies": {"c": "*"}, "peerDependencies": {"d": "*"}}
    found = lock(
        root,
        a={"license": "MIT", "dependencies": {"e": "*"}, "peerDependencies": {"d": "*"}},
        b={"dev": True, "license": {"type": "MIT"}, "optionalDependencies": {"c": "*"}},
        c={"optional": True},
        d={"peer": True},
        e={"dependencies": {"a": "*", "e": "*"}},
    )
    assert found.needs == {"": (("a", "1.0.0"),), "dev": (("b", "1.0.0"),), "optional": (("c", "1.0.0"),), "peer": (("d", "1.0.0"),)}
    assert edges(found.packages) == {("a", "e"), ("a", "d"), ("b", "c"), ("e", "a")}
    assert [(file.name, file.hash[:9]) for file in named(found, "a").files] == [("a-1.0.0.tgz", "sha512:00")]
    assert [package.licence for package in found.packages] == ["MIT", "", "", "", ""]
    check(found)


def test_what_a_folder_for_development_needs_is_for_development() -> None:
    tables: dict[str, object] = {
        "": {"name": "shop", "devDependencies": {"tool": "file:tool"}},
        "tool": {"version": "1.0.0", "dev": True, "dependencies": {"a": "*"}},
        "node_modules/tool": {"resolved": "tool", "link": True},
        "node_modules/a": {"version": "1.0.0", "integrity": DIGEST, "dev": True},
    }
    found = npm.read(json.dumps({"lockfileVersion": 3, "packages": tables}).encode(), "package-lock.json")
    assert found.needs == {"": (), "dev": (("a", "1.0.0"),)}
    check(found)


def test_copies_of_one_version_need_what_each_of_them_finds() -> None:
    tables: dict[str, object] = {
        "": {"name": "shop", "dependencies": {"a": "*", "b": "*", "c": "1"}},
        "node_modules/a": {"version": "1.0.0", "dependencies": {"c": "1"}},
        "node_modules/b": {"version": "1.0.0", "dependencies": {"a": "*", "c": "2"}},
        "node_modules/b/node_modules/a": {"version": "1.0.0", "dependencies": {"c": "*"}, "license": "ISC"},
        "node_modules/b/node_modules/c": {"version": "2.0.0"},
        "node_modules/c": {"version": "1.0.0"},
    }
    found = npm.read(json.dumps({"lockfileVersion": 3, "packages": tables}).encode(), "package-lock.json")
    assert named(found, "a").needs == (("c", "1.0.0"), ("c", "2.0.0"))
    assert named(found, "a").licence == "ISC"
    assert reached(found, [""]) == {("a", "1.0.0"), ("b", "1.0.0"), ("c", "1.0.0"), ("c", "2.0.0")}


def test_the_strongest_digest_is_that_of_the_file() -> None:
    found = lock({"dependencies": {"a": "*"}}, a={"integrity": f"sha1-{'A' * 27}= {DIGEST}"})
    assert [file.hash for file in found.packages[0].files] == ["sha512:" + "0" * 128]
    assert len(found.packages[0].hashes) == 2


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://registry.example.invalid/a/-/a-1.0.0.tgz?x=1#y", "a-1.0.0.tgz"),
        ("https://registry.example.invalid/a/-/a%2D1.0.0.tgz", "a-1.0.0.tgz"),
        ("git+ssh://git@host.invalid/a.git#0123", ""),
    ],
)
def test_names_of_files(address: str, name: str) -> None:
    assert [file.name for file in lock({"dependencies": {"a": "*"}}, a={"resolved": address}).packages[0].files] == [name]
