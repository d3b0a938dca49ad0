"""Edges, files and licences, as the readers of Python locks tell them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.inventory.package import Artifact, Inventory
from gates.inventory.python import pdm, pipfile, poetry, pylock, uv
from gates.inventory.python.graph import Need, Needs, edges, trace
from gates.inventory.python.requirements import read_requirements
from tests.inventory.edges import check, reached
from tests.inventory.edges import edges as edges_of
from tests.inventory.python.support import lock, one
from tests.inventory.python.test_uv import HEAD, REGISTRY, ROOT, package

SIZE = 6
wanted = st.lists(st.builds(Need, st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=2).map(tuple), st.sampled_from([(), ("x",)])))
entries = st.lists(st.dictionaries(st.sampled_from(["", "x"]), wanted), min_size=SIZE, max_size=SIZE)


def read(name: str) -> Inventory:
    return {
        "uv": lambda: uv.read(lock("uv-lock.toml"), "x"),
        "poetry": lambda: poetry.read(lock("poetry-lock.toml"), "x", lock("poetry-manifest.toml")),
        "poetry-alone": lambda: poetry.read(lock("poetry-lock.toml"), "x"),
        "pdm": lambda: pdm.read(lock("pdm-lock.toml"), "x", lock("pdm-manifest.toml")),
        "pdm-alone": lambda: pdm.read(lock("pdm-lock.toml"), "x"),
        "pylock": lambda: pylock.read(lock("pylock-exported.toml"), "x"),
        "pipfile": lambda: pipfile.read(lock("pipfile-lock.json"), "x"),
        "requirements": lambda: requirements(lock("exported.txt").decode()),
    }[name]()


def requirements(text: str) -> Inventory:
    return read_requirements("x.txt", lambda _: text.encode())


@given(entries, st.dictionaries(st.sampled_from(["", "dev"]), wanted), st.sets(st.integers(0, SIZE - 1)))
def test_edges_reach_what_is_traced(needs: list[Needs], roots: dict[str, list[Need]], transparent: set[int]) -> None:
    graph = edges(needs, roots, transparent)
    places = trace(needs, roots, transparent)
    assert not transparent.intersection(target for targets in (*graph.wanted.values(), *graph.of) for target in targets)
    assert all(index not in targets for index, targets in enumerate(graph.of))
    for groups in (["", "dev"], [""]):
        queue = [target for group in groups for target in graph.wanted.get(group, ())]
        for target in queue:
            queue.extend(further for further in graph.of[target] if further not in queue)
        for index, place in enumerate(places):
            if index not in transparent and place.chain and (len(groups) == 2 or not place.groups):
                assert index in queue


@given(entries)
def test_an_edge_is_of_what_is_always_needed_or_of_an_extra_that_is_asked_for(needs: list[Needs]) -> None:
    graph = edges(needs, {"": [Need((0,), ("x",))]})
    asked = {0} | {target for own in needs for some in own.values() for need in some if need.extras for target in need.targets}
    for index, targets in enumerate(graph.of):
        always = {target for need in needs[index].get("", ()) for target in need.targets} - {index}
        maybe = {target for need in needs[index].get("x", ()) for target in need.targets}
        assert always <= set(targets) <= always | (maybe if index in asked else set())


@pytest.mark.parametrize("name", ["uv", "poetry", "poetry-alone", "pdm", "pdm-alone", "pylock", "pipfile", "requirements"])
def test_edges_end_in_the_file_and_reach_what_chains_reach(name: str) -> None:
    check(read(name))


def test_uv_tells_edges_files_and_what_the_project_needs() -> None:
    found = read("uv")
    httpx = one(found, "httpx")
    assert {name for name, _ in httpx.needs or ()} == {"anyio", "certifi", "httpcore", "idna", "socksio"}  # the last by an extra
    assert {file.name.rpartition("-")[2].partition(".")[0] for file in httpx.files} == {"any", "0"}
    assert {file.hash for file in httpx.files} == set(httpx.hashes)
    assert found.needs is not None
    # click is what a member of the workspace needs, and both versions of a fork are what may be installed.
    assert {name for name, _ in found.needs[""]} == {"click", "colorama", "httpx", "toolz"}
    assert len([name for name, _ in found.needs[""] if name == "toolz"]) == 2
    assert {name for name, _ in found.needs["table"]} == {"tabulate"}
    assert {name for name, _ in reached(found, ["table"])} == {"tabulate"}


def test_an_extra_that_nobody_asks_for_is_no_edge() -> None:
    more = 'dependencies = [{ name = "b" }]\n[package.optional-dependencies]\nx = [{ name = "c" }]\ny = [{ name = "d" }]\n'
    texts = [package("a", more=more), package("b", more='dependencies = [{ name = "a", extra = ["x"] }]\n'), package("c"), package("d")]
    found = uv.read((HEAD + ROOT + 'dependencies = [{ name = "a" }]\n' + "".join(texts)).encode(), "uv.lock")
    assert edges_of(found.packages) == {("a", "b"), ("b", "a"), ("a", "c")}
    check(found)


def test_a_package_that_needs_the_project_needs_what_it_does() -> None:
    root = ROOT + 'dependencies = [{ name = "plugin" }, { name = "a" }]\n'
    found = uv.read((HEAD + root + package("plugin", more='dependencies = [{ name = "shop" }]\n') + package("a")).encode(), "uv.lock")
    assert edges_of(found.packages) == {("plugin", "a")}
    check(found)


def test_a_file_without_a_hash_has_none() -> None:
    text = HEAD + package("a", more='wheels = [{ url = "https://x.example.invalid/a-1.0-py3-none-any.whl" }]\n')
    assert one(uv.read(text.encode(), "uv.lock"), "a").files == (Artifact("a-1.0-py3-none-any.whl", ""),)


def test_poetry_and_pdm_tell_edges_without_the_manifest_too() -> None:
    for name in ("poetry", "pdm"):
        alone, beside = read(f"{name}-alone"), read(name)
        assert alone.needs is None
        assert beside.needs is not None
        assert beside.needs[""]
        assert edges_of(alone.packages) <= edges_of(beside.packages)
        assert edges_of(alone.packages)
        assert all(file.hash for package in alone.packages for file in package.files)


def test_an_older_poetry_lock_keeps_the_files_of_all_versions_together() -> None:
    entry = '[[package]]\nname = "a"\nversion = "{}"\noptional = false\npython-versions = "*"\n'
    files = "".join(f'{{ file = "a-{version}-py3-none-any.whl", hash = "sha256:0{version[0]}" }},' for version in ("1.0", "2.0"))
    text = f'{entry.format("1.0")}{entry.format("2.0")}[metadata]\nlock-version = "1.1"\n[metadata.files]\na = [{files}]\n'
    found = poetry.read(text.encode(), "poetry.lock").packages
    assert [[file.name for file in item.files] for item in found] == [["a-1.0-py3-none-any.whl"], ["a-2.0-py3-none-any.whl"]]
    assert all(len(item.hashes) == 2 for item in found)


PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n'


def pylock_entry(name: str, more: str = "", version: str = "1.0") -> str:
    wheel = f'[[packages.wheels]]\nname = "{name}-{version}-py3-none-any.whl"\nurl = "https://x.example.invalid/f"\n'
    return f'[[packages]]\nname = "{name}"\nversion = "{version}"\n{more}{wheel}hashes = {{ sha256 = "00", sha512 = "{"1" * 128}" }}\n'


def test_pylock_tells_edges_where_the_tool_wrote_them() -> None:
    both = pylock_entry("b") + pylock_entry("b", version="2.0")
    found = pylock.read((PYLOCK + pylock_entry("a", 'dependencies = [{ name = "b", version = "2.0" }]\n') + both).encode(), "x")
    assert one(found, "a").needs == (("b", "2.0"),)
    assert one(found, "a").files == (Artifact("a-1.0-py3-none-any.whl", "sha512:" + "1" * 128),)
    assert [item.needs for item in found.packages if item.name == "b"] == [None, None]
    assert found.needs is None


@pytest.mark.parametrize("dependency", ['{ name = "c" }', '{ vcs = { url = "x" } }', '{ name = "b", version = "3" }'])
def test_pylock_does_not_tell_what_fits_no_entry(dependency: str) -> None:
    text = PYLOCK + pylock_entry("a", f'dependencies = [{{ name = "b" }}, {dependency}]\n') + pylock_entry("b")
    assert one(pylock.read(text.encode(), "x"), "a").needs is None


def test_pylock_tells_what_the_project_in_it_needs() -> None:
    root = '[[packages]]\nname = "shop"\ndependencies = [{ name = "a" }]\n[packages.directory]\npath = "."\n'
    found = pylock.read((PYLOCK + root + pylock_entry("a", 'dependencies = [{ name = "shop" }]\n')).encode(), "x")
    assert (found.root, found.needs, one(found, "a").needs) == ("shop", {"": (("a", "1.0"),)}, ())


def test_a_pipfile_lock_is_flat() -> None:
    found = read("pipfile")
    assert found.needs is None
    assert all(item.needs is None and not item.files and (item.hashes or item.source) for item in found.packages)


def test_comments_tell_the_edges_of_requirements() -> None:
    found = requirements("a==1\n    # via -r requirements.in\nb==1  # via a\nc==1\n    # via\n    #   a\n    #   b[x]\n")
    assert edges_of(found.packages) == {("a", "b"), ("a", "c"), ("b", "c")}
    assert found.needs == {"": (("a", "1"),)}
    check(found)


def test_one_requirement_without_a_comment_may_be_needed_by_any() -> None:
    found = requirements("a==1\n    # via -r requirements.in\nb==1  # via a\nc==1\n")
    assert found.needs is None
    assert all(item.needs is None for item in found.packages)


@pytest.mark.skipif(shutil.which("uv", path=str(Path(sys.executable).parent)) is None, reason="uv is not installed")
def test_agrees_with_the_edges_that_uv_writes(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_bytes(lock("uv-lock.toml"))
    (tmp_path / "pyproject.toml").write_bytes(lock("uv-manifest.toml"))
    for name in ("member", "vendored"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "0.1"\n')
    program = str(Path(sys.executable).parent / "uv")
    command = [program, "export", "--frozen", "--offline", "--no-config", "--no-default-groups", "--all-extras", "--no-emit-local"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    theirs, ours = requirements(result.stdout.decode()), read("uv")
    names = {item.name for item in theirs.packages}
    assert edges_of(theirs.packages) == {edge for edge in edges_of(ours.packages) if edge[0] in names}
    assert len(edges_of(theirs.packages)) > 8
    assert set((theirs.needs or {})[""]) == {*(ours.needs or {})[""], *(ours.needs or {})["table"]}


def test_a_package_of_two_registries_has_the_files_of_both() -> None:
    other = REGISTRY.replace("packages.", "other.")
    texts = [
        package("a", more=f'wheels = [{{ url = "https://x.example.invalid/a-1.0-{tag}.whl" }}]\n', source=source)
        for tag, source in (("py3-none-any", REGISTRY), ("cp312-cp312-win_amd64", other))
    ]
    found = uv.read((HEAD + "".join(texts)).encode(), "uv.lock")
    assert len([file for item in found.packages for file in item.files]) == 2
    check(found)
