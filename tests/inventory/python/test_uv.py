from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gates.inventory.python import pylock, uv
from tests.inventory.python.support import lock, one, pins, refuses

HEAD = "version = 1\nrevision = 3\n"
REGISTRY = 'source = { registry = "https://packages.example.invalid/simple" }\n'
ROOT = '[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "." }\n'


def package(name: str, version: str = "1.0", more: str = "", source: str = REGISTRY) -> str:
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n{source}{more}'


def test_reads_a_workspace_that_uv_wrote() -> None:
    found = uv.read(lock("uv-lock.toml"), "sub/uv.lock")
    assert (found.path, found.kind, found.root) == ("sub/uv.lock", "uv.lock", "shop")
    httpx = one(found, "httpx")
    assert (httpx.version, httpx.direct, httpx.chain, httpx.groups, httpx.source) == ("0.28.1", True, ("httpx",), (), "")
    assert len(httpx.hashes) == 2
    assert all(text.startswith("sha256:") for text in httpx.hashes)
    assert lock("uv-lock.toml").splitlines()[httpx.line - 1] == b'name = "httpx"'
    assert str(httpx.purl) == "pkg:pypi/httpx@0.28.1"


def test_members_and_the_project_are_roots_and_other_folders_are_packages() -> None:
    found = uv.read(lock("uv-lock.toml"), "uv.lock")
    names = {item.name for item in found.packages}
    assert not names & {"shop", "member"}
    assert one(found, "vendored").source == "vendored"


def test_every_platform_and_every_fork_is_there() -> None:
    found = uv.read(lock("uv-lock.toml"), "uv.lock")
    assert {item.version for item in found.packages if item.name == "toolz"} == {"0.12.1", "1.2.0"}
    assert one(found, "colorama").groups == ()
    assert one(found, "exceptiongroup").chain == ("httpx", "anyio", "exceptiongroup")


def test_groups_are_those_that_alone_need_a_package() -> None:
    found = uv.read(lock("uv-lock.toml"), "uv.lock")
    assert one(found, "pluggy").groups == ("dev",)
    assert one(found, "tabulate").groups == ("table",)
    assert {item.groups for item in found.packages if item.name == "pyflakes"} == {("dev", "lint")}
    assert one(found, "click").groups == ()  # of the group dev through `vendored`, but of a member always
    assert one(found, "socksio").chain == ("httpx", "socksio")  # through the extra that is asked for


def test_wants_are_what_the_root_declares() -> None:
    found = uv.read(lock("uv-lock.toml"), "uv.lock")
    assert found.wants is not None
    assert {("httpx", ">=0.27"), ("toolz", "<1"), ("toolz", ">=1"), ("tabulate", ">=0.9"), ("iniconfig", "")} <= set(found.wants)


@pytest.mark.skipif(shutil.which("uv", path=str(Path(sys.executable).parent)) is None, reason="uv is not installed")
def test_agrees_with_uv_itself(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_bytes(lock("uv-lock.toml"))
    (tmp_path / "pyproject.toml").write_bytes(lock("uv-manifest.toml"))
    for name in ("member", "vendored"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "0.1"\n')
    program = str(Path(sys.executable).parent / "uv")
    command = [program, "export", "--frozen", "--offline", "--no-config", "--all-groups", "--all-extras", "--format", "pylock.toml"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    theirs = pylock.read(result.stdout, "pylock.toml")
    ours = uv.read(lock("uv-lock.toml"), "uv.lock")
    registered = {(item.name, item.version, frozenset(item.hashes)) for item in theirs.packages if not item.source}
    assert registered == {(item.name, item.version, frozenset(item.hashes)) for item in ours.packages if not item.source}
    assert len(registered) > 15


def test_a_script_and_a_folder_without_a_project_have_their_requirements_in_the_manifest() -> None:
    script = uv.read((HEAD + '[manifest]\nrequirements = [{ name = "a", specifier = ">=1" }]\n' + package("a")).encode(), "s.py.lock")
    assert (script.root, script.wants) == ("", (("a", ">=1"),))
    assert one(script, "a").direct is True
    folder = uv.read((HEAD + '[manifest.dependency-groups]\ndev = [{ name = "a" }]\n' + package("a")).encode(), "uv.lock")
    assert (one(folder, "a").groups, folder.wants) == (("dev",), (("a", ""),))


def test_sources_that_are_no_registry() -> None:
    text = HEAD + "".join(
        package(name, source=f"source = {{ {source} }}\n")
        for name, source in {
            "g": 'git = "https://user:s3cret@git.example.invalid/g?rev=v1&token=s3cret#abc123"',
            "u": 'url = "https://u:s3cret@packages.example.invalid/u-1.0.tar.gz?sig=s3cret"',
            "p": 'path = "wheels/p-1.0-py3-none-any.whl"',
            "d": 'directory = "../d"',
            "e": 'editable = "../e"',
        }.items()
    )
    found = {item.name: item.source for item in uv.read(text.encode(), "uv.lock").packages}
    assert found == {
        "g": "git+https://git.example.invalid/g@abc123",
        "u": "https://packages.example.invalid/u-1.0.tar.gz",
        "p": "wheels/p-1.0-py3-none-any.whl",
        "d": "../d",
        "e": "../e",
    }


def test_a_folder_may_have_no_version_and_nothing_else_may() -> None:
    folder = '[[package]]\nname = "d"\nsource = { directory = "../d" }\n'
    assert one(uv.read((HEAD + folder).encode(), "uv.lock"), "d").version == ""
    refuses(uv.read, HEAD + '[[package]]\nname = "a"\n' + REGISTRY, "'version' is missing")


def test_what_nothing_needs_is_not_of_a_group() -> None:
    found = one(uv.read((HEAD + ROOT + package("a")).encode(), "uv.lock"), "a")
    assert (found.groups, found.direct, found.chain) == ((), False, ())


def test_a_registry_package_is_no_root_even_if_the_manifest_says_so() -> None:
    assert pins(uv.read((HEAD + '[manifest]\nmembers = ["a"]\n' + package("a")).encode(), "uv.lock")) == {("a", "1.0")}


def test_no_packages_is_for_the_gate_to_judge() -> None:
    assert uv.read(HEAD.encode(), "uv.lock").packages == ()
    assert uv.read((HEAD + ROOT).encode(), "uv.lock").packages == ()


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("revision = 1\n", "'version' is missing", None),
        ("version = 2\n", "version 2 of uv.lock is not known", 1),
        ('version = "1"\n', "'version' must be a whole number", 1),
        ("version = true\n", "'version' must be a whole number", 1),
        (HEAD + '[[distribution]]\nname = "a"\n', "before 0.3", 3),
        (HEAD + "package = 3\n", "'package' must be a list", 3),
        (HEAD + package("a", source=""), "'source' is missing", 3),
        (HEAD + package("a", source='source = "registry+https://x.example.invalid"\n'), "must be a table", 6),
        (HEAD + package("a", source='source = { moon = "." }\n'), "no known kind", 6),
        (HEAD + package("a", source='source = { virtual = ".", registry = "x" }\n'), "no known kind", 6),
        (HEAD + package("a", "one"), "no version of a Python package", 5),
        (HEAD + package("a b"), "no name of a Python package", 4),
        (HEAD + package("a") + package("a"), "already in line 4", 8),
        (HEAD + package("a", more='dependencies = [{ name = "b" }]\n'), "no entry for the dependency b", 7),
        (HEAD + package("a", more='dependencies = ["b"]\n'), "must be a table", 7),
        (HEAD + package("a", more='wheels = [{ url = "a-1.0-py3-none-any.whl", hash = "x" }]\n'), "no hash", 7),
        (HEAD + package("a", more='wheels = [{ url = "https://x.example.invalid/a-0.9-py3-none-any.whl" }]\n'), "another package's", 4),
        (HEAD + package("a", more='sdist = { url = "https://x.example.invalid/b-1.0.tar.gz" }\nsdist = 1\n'), "not valid TOML", 8),
        ("version = 1\nversion = 1\n", "not valid TOML", 2),
        (b"version = 1\n\xff", "not UTF-8", 2),
    ],
)
def test_refuses(text: str | bytes, message: str, line: int | None) -> None:
    refuses(uv.read, text, message, line)


@pytest.mark.parametrize(
    "file",
    ["a_b-1.0-py3-none-any.whl", "a_b-1.0.0-py3-none-any.whl", "a_b-1.0%2Bcpu-py3-none-any.whl", "a.b-1.0.tar.gz", "a-b-1.0.zip", "x.exe"],
)
def test_files_may_be_written_in_the_ways_that_occur(file: str) -> None:
    text = HEAD + package("a-b", more=f'wheels = [{{ url = "https://x.example.invalid/{file}#sha256=1" }}]\n')
    assert pins(uv.read(text.encode(), "uv.lock")) == {("a-b", "1.0")}
